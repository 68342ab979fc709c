//! A Llama decoder on differentiable candle operations: token ids in, logits of every position out.
//!
//! candle's fused norm, softmax and rotary operations have no gradient and would leave most weights
//! untrained without a word, so this file uses the slower primitives throughout.

use candle_core::{CpuStorage, D, Device, Storage, Tensor};
use candle_nn::{VarBuilder, ops, rotary_emb};
use nalgebra::{DMatrix, DMatrixView};

use super::{cache::Cache, config::LlamaConfig, error::LanguageError, rotary::angles};

/// A Llama network with its weights, or one that is a Llama up to a bias or a norm: Mistral, Qwen2, Qwen3.
///
/// With `x` of shape `[batch, seq, hidden]` a block is `x += attention(norm(x))`, `x += ffn(norm(x))`, where
/// `norm(x) = w x / sqrt(mean(x^2) + eps)` and `ffn(x) = W_down (silu(W_gate x) * W_up x)`.
///
/// # References
/// Touvron et al., arXiv:2302.13971; rotary positions: Su et al., arXiv:2104.09864.
#[derive(Debug, Clone)]
pub struct Llama {
    config: LlamaConfig,
    embedding: Tensor,
    blocks: Vec<Block>,
    norm: Norm,
    /// `[vocab, hidden]`; the embedding itself if tied.
    head: Tensor,
    /// Rotary frequencies `[head_dim / 2]`.
    frequencies: Vec<f32>,
}

#[derive(Debug, Clone)]
struct Norm {
    weight: Tensor,
    eps: f64,
}

impl Norm {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let mean_square = x.sqr()?.mean_keepdim(D::Minus1)?;
        x.broadcast_div(&(mean_square + self.eps)?.sqrt()?)?.broadcast_mul(&self.weight)
    }
}

/// Queries, keys, values or the output of an attention.
#[derive(Debug, Clone)]
struct Projection {
    weight: Tensor,
    bias: Option<Tensor>,
    /// Over each head, of queries and keys.
    norm: Option<Norm>,
}

impl Projection {
    /// `[batch * seq, out]`.
    fn flat(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let x = linear(x, &self.weight)?;
        match &self.bias {
            Some(bias) => x.broadcast_add(bias),
            None => Ok(x),
        }
    }

    /// `[batch, n_heads, seq, head_dim]`.
    fn heads(&self, x: &Tensor, pass: &Pass<'_>, n_heads: usize) -> candle_core::Result<Tensor> {
        let x = self.flat(x)?.reshape((pass.batch, pass.seq, n_heads, pass.config.head_dim))?;
        let x = match &self.norm {
            Some(norm) => norm.forward(&x)?,
            None => x,
        };
        x.transpose(1, 2)?.contiguous()
    }
}

#[derive(Debug, Clone)]
struct Block {
    attention_norm: Norm,
    q: Projection,
    k: Projection,
    v: Projection,
    o: Projection,
    ffn_norm: Norm,
    gate: Tensor,
    up: Tensor,
    down: Tensor,
}

/// What all blocks share during one forward pass.
struct Pass<'a> {
    config: &'a LlamaConfig,
    batch: usize,
    seq: usize,
    /// `[seq, head_dim / 2]`, rows of the positions of this pass.
    cos: Tensor,
    sin: Tensor,
    /// `[seq, past + seq]`, 0 where attention is allowed and -inf where it is not; `None` for one token.
    mask: Option<Tensor>,
}

impl Llama {
    /// Takes the weights of `config` from `vb`, under their Hugging Face names.
    ///
    /// # Errors
    /// [`LanguageError::InvalidConfig`] for impossible sizes, [`LanguageError::Tensor`] if `vb` has not every tensor
    /// in its shape (a [`LanguageModel`](super::LanguageModel) names the tensor).
    pub fn new(config: LlamaConfig, vb: &VarBuilder<'_>) -> Result<Self, LanguageError> {
        config.check()?;
        let tensors = config.tensors().into_iter().map(|(name, shape)| vb.get(shape, &name));
        let mut tensors = tensors.collect::<candle_core::Result<Vec<_>>>()?.into_iter();
        let mut next = || tensors.next().ok_or_else(|| candle_core::Error::Msg("too few tensors".to_string()));
        let eps = config.rms_norm_eps;
        let projection = |next: &mut dyn FnMut() -> candle_core::Result<Tensor>, biased: bool, normed: bool| {
            let (weight, bias) = (next()?, biased.then(&mut *next).transpose()?);
            let norm = normed.then(&mut *next).transpose()?.map(|weight| Norm { weight, eps });
            Ok::<_, candle_core::Error>(Projection { weight, bias, norm })
        };
        let embedding = next()?;
        let mut blocks = Vec::new();
        for _ in 0..config.num_hidden_layers {
            blocks.push(Block {
                attention_norm: Norm { weight: next()?, eps },
                q: projection(&mut next, config.qkv_bias, config.qk_norm)?,
                k: projection(&mut next, config.qkv_bias, config.qk_norm)?,
                v: projection(&mut next, config.qkv_bias, false)?,
                o: projection(&mut next, config.output_bias, false)?,
                ffn_norm: Norm { weight: next()?, eps },
                gate: next()?,
                up: next()?,
                down: next()?,
            });
        }
        let norm = Norm { weight: next()?, eps };
        let head = if config.tie_word_embeddings { embedding.clone() } else { next()? };
        let frequencies = config.rope_scaling.frequencies(config.rope_theta, config.head_dim);
        Ok(Self { config, embedding, blocks, norm, head, frequencies })
    }

    /// The shape of the network.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// Hugging Face name and weights of every tensor, in the order of [`LlamaConfig::tensors`].
    pub fn tensors(&self) -> Vec<(String, &Tensor)> {
        let mut tensors = vec![&self.embedding];
        for block in &self.blocks {
            tensors.push(&block.attention_norm.weight);
            for projection in [&block.q, &block.k, &block.v, &block.o] {
                let norm = projection.norm.as_ref().map(|norm| &norm.weight);
                tensors.extend([Some(&projection.weight), projection.bias.as_ref(), norm].into_iter().flatten());
            }
            tensors.extend([&block.ffn_norm.weight, &block.gate, &block.up, &block.down]);
        }
        tensors.extend([&self.norm.weight, &self.head]);
        // A tied head is no tensor of its own: it has no name, and `zip` leaves it out.
        self.config.tensors().into_iter().map(|(name, _)| name).zip(tensors).collect()
    }

    /// The device its weights live on.
    pub fn device(&self) -> &Device {
        self.embedding.device()
    }

    /// Logits `[batch, seq, vocab]` of every position of `tokens` `[batch, seq]` (u32): row t is the
    /// prediction of token t + 1 from tokens 0..=t.
    ///
    /// # Errors
    /// [`LanguageError::NoTokens`], [`LanguageError::ContextOverflow`], or [`LanguageError::Tensor`] for ids
    /// outside the vocabulary or a tensor of another type or rank.
    pub fn forward(&self, tokens: &Tensor) -> Result<Tensor, LanguageError> {
        self.pass(tokens, None)
    }

    /// Logits `[batch, seq, vocab]` of `tokens` `[batch, seq]` (u32) as the continuation of what `cache` has read,
    /// which then includes `tokens`. After an error the cache is as before.
    ///
    /// # Errors
    /// As [`Llama::forward`]; the positions in the cache count towards the context length.
    pub fn forward_cached(&self, tokens: &Tensor, cache: &mut Cache) -> Result<Tensor, LanguageError> {
        self.pass(tokens, Some(cache))
    }

    fn pass(&self, tokens: &Tensor, mut cache: Option<&mut Cache>) -> Result<Tensor, LanguageError> {
        let (batch, seq) = tokens.dims2()?;
        if batch == 0 || seq == 0 {
            return Err(LanguageError::NoTokens);
        }
        let past = cache.as_ref().map_or(0, |cache| cache.n_positions);
        let (positions, max) = (past + seq, self.config.max_position_embeddings);
        if positions > max {
            return Err(LanguageError::ContextOverflow { positions, max });
        }
        let (cos, sin) = angles(&self.frequencies, past, seq, self.device())?;
        let pass = Pass {
            config: &self.config,
            batch,
            seq,
            cos,
            sin,
            mask: (seq > 1).then(|| causal_mask(past, seq, self.device())).transpose()?,
        };
        let mut read = Vec::with_capacity(self.blocks.len());
        let ids = tokens.flatten_all()?;
        let mut x = self.embedding.index_select(&ids, 0)?;
        for (layer, block) in self.blocks.iter().enumerate() {
            let before = cache.as_ref().and_then(|cache| cache.layers.get(layer));
            let (out, keys_and_values) = block.forward(&x, &pass, before)?;
            x = out;
            if cache.is_some() {
                read.push(keys_and_values);
            }
        }
        let logits = linear(&self.norm.forward(&x)?, &self.head)?;
        if let Some(cache) = cache.as_mut() {
            cache.n_positions = positions;
            cache.layers = read;
        }
        Ok(logits.reshape((batch, seq, self.config.vocab_size))?)
    }
}

impl Block {
    /// The block's output and all its keys and values so far; `x` is `[batch * seq, hidden]`.
    fn forward(
        &self,
        x: &Tensor,
        pass: &Pass<'_>,
        before: Option<&(Tensor, Tensor)>,
    ) -> candle_core::Result<(Tensor, (Tensor, Tensor))> {
        let (attended, keys_and_values) = self.attend(&self.attention_norm.forward(x)?, pass, before)?;
        let x = (x + attended)?;
        let normed = self.ffn_norm.forward(&x)?;
        let gated = (linear(&normed, &self.gate)?.silu()? * linear(&normed, &self.up)?)?;
        Ok(((x + linear(&gated, &self.down)?)?, keys_and_values))
    }

    fn attend(
        &self,
        x: &Tensor,
        pass: &Pass<'_>,
        before: Option<&(Tensor, Tensor)>,
    ) -> candle_core::Result<(Tensor, (Tensor, Tensor))> {
        let (n_heads, n_kv_heads) = (pass.config.num_attention_heads, pass.config.num_key_value_heads);
        let head_dim = pass.config.head_dim;
        let q = rotary_emb::rope_slow(&self.q.heads(x, pass, n_heads)?, &pass.cos, &pass.sin)?;
        let k = rotary_emb::rope_slow(&self.k.heads(x, pass, n_kv_heads)?, &pass.cos, &pass.sin)?;
        let v = self.v.heads(x, pass, n_kv_heads)?;
        let (k, v) = match before {
            None => (k, v),
            Some((past_k, past_v)) => (Tensor::cat(&[past_k, &k], 2)?, Tensor::cat(&[past_v, &v], 2)?),
        };
        let scale = 1.0 / (head_dim as f64).sqrt();
        let scores = (q * scale)?.matmul(&share_heads(&k, n_heads)?.t()?)?;
        let scores = match &pass.mask {
            Some(mask) => scores.broadcast_add(mask)?,
            None => scores,
        };
        let weights = ops::softmax(&scores, D::Minus1)?;
        let mixed = weights.matmul(&share_heads(&v, n_heads)?)?;
        let mixed = mixed.transpose(1, 2)?.reshape((pass.batch * pass.seq, n_heads * head_dim))?;
        Ok((self.o.flat(&mixed)?, (k, v)))
    }
}

/// `x W^T` for `x` `[n, in]` and `w` `[out, in]`.
fn linear(x: &Tensor, w: &Tensor) -> candle_core::Result<Tensor> {
    let learns = x.track_op() || w.track_op();
    let small = x.dim(0)? <= FEW_ROWS && w.elem_count() <= SMALL;
    if small
        && !learns
        && let Some(y) = few_rows(x, w)?
    {
        return Ok(y);
    }
    x.matmul(&w.t()?)
}

/// Most rows and weights of a product that is not worth several threads.
const FEW_ROWS: usize = 16;
const SMALL: usize = 1 << 22;

/// The same in the main memory by one thread. candle finds out the number of processors at every product, which takes longer
/// than a small one.
fn few_rows(x: &Tensor, w: &Tensor) -> candle_core::Result<Option<Tensor>> {
    let (storage, layout) = w.storage_and_layout();
    let (Storage::Cpu(CpuStorage::F32(weights)), Some((from, to))) = (&*storage, layout.contiguous_offsets()) else {
        return Ok(None);
    };
    let (n_out, n_in) = w.dims2()?;
    let columns = DMatrixView::from_slice(&weights[from..to], n_in, n_out);
    let n_rows = x.dim(0)?;
    let y = columns.tr_mul(&DMatrix::from_vec(n_in, n_rows, x.flatten_all()?.to_vec1::<f32>()?));
    Ok(Some(Tensor::from_slice(y.as_slice(), (n_rows, n_out), x.device())?))
}

/// Repeats each key or value head for the group of query heads that share it.
fn share_heads(x: &Tensor, n_heads: usize) -> candle_core::Result<Tensor> {
    let (batch, n_kv_heads, seq, head_dim) = x.dims4()?;
    if n_kv_heads == n_heads {
        return Ok(x.clone());
    }
    let group = n_heads / n_kv_heads;
    x.unsqueeze(2)?.expand((batch, n_kv_heads, group, seq, head_dim))?.reshape((batch, n_heads, seq, head_dim))
}

/// `[seq, past + seq]`: position past + i sees positions 0..=past + i.
fn causal_mask(past: usize, seq: usize, device: &Device) -> candle_core::Result<Tensor> {
    let allowed = |i: usize, j: usize| if j <= past + i { 0.0 } else { f32::NEG_INFINITY };
    let mask: Vec<f32> = (0..seq).flat_map(|i| (0..past + seq).map(move |j| allowed(i, j))).collect();
    Tensor::from_vec(mask, (seq, past + seq), device)
}
