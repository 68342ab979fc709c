//! Held-out loss of the network, on a sample of windows while training and on every token at the end.

use anyhow::Result;
use candle_core::{Device, Tensor};
use gibbs::tokens::models::Llama;

use crate::{corpus::Tokens, loss::surprisals};

/// Total surprisal in nats over a number of tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Loss {
    /// Sum of `-ln p`.
    pub nats: f64,
    /// Tokens scored.
    pub n_tokens: usize,
}

impl Loss {
    /// Nats per token.
    pub fn per_token(&self) -> f64 {
        self.nats / self.n_tokens as f64
    }

    /// Bits per byte, for text with `bytes_per_token`.
    pub fn bits_per_byte(&self, bytes_per_token: f64) -> f64 {
        self.per_token() / (bytes_per_token * std::f64::consts::LN_2)
    }
}

/// Windows scored together.
const BATCH: usize = 8;

/// Loss on `n_windows` windows of the context length, evenly spread over the held-out part.
pub fn sample(llama: &Llama, text: &Tokens, n_windows: usize) -> Result<Loss> {
    let len = llama.config().max_position_embeddings + 1;
    let last = text.held_out.len() - len;
    let starts: Vec<usize> = (0..n_windows).map(|i| i * last / (n_windows - 1).max(1)).collect();
    let mut loss = Loss::default();
    for group in starts.chunks(BATCH) {
        let rows: Vec<&[u32]> = group.iter().map(|&start| &text.held_out[start..start + len]).collect();
        for row in score(llama, &rows)? {
            loss.nats += row.iter().sum::<f64>();
            loss.n_tokens += row.len();
        }
    }
    Ok(loss)
}

/// Surprisal of every held-out token, in order.
///
/// Windows advance by half the context, and a token is scored in the window where it has more context, so all but
/// those of the first window see at least half the context. `end_of_text` precedes the first token.
pub fn every_token(llama: &Llama, text: &Tokens, end_of_text: u32) -> Result<Vec<f64>> {
    let context = llama.config().max_position_embeddings;
    let stride = context / 2;
    let mut stream = vec![end_of_text];
    stream.extend_from_slice(&text.held_out);
    let n = stream.len() - 1;
    let mut surprisals = Vec::with_capacity(n);
    // The window from `start` predicts the tokens start + 1 ..= start + context of the stream.
    let mut starts: Vec<usize> = (0..).map(|i| i * stride).take_while(|&start| start + context <= n).collect();
    if starts.last().is_none_or(|&start| start + context < n) {
        starts.push(n.saturating_sub(context));
    }
    for group in starts.chunks(BATCH) {
        let rows: Vec<&[u32]> = group.iter().map(|&s| &stream[s..(s + context + 1).min(n + 1)]).collect();
        for (&start, row) in group.iter().zip(score(llama, &rows)?) {
            let known = surprisals.len() - start;
            surprisals.extend(row.into_iter().skip(known));
        }
    }
    Ok(surprisals)
}

/// Surprisal of all tokens but the first of each row; rows are of one length.
fn score(llama: &Llama, rows: &[&[u32]]) -> Result<Vec<Vec<f64>>> {
    let seq = rows.first().map_or(0, |row| row.len() - 1);
    let inputs: Vec<u32> = rows.iter().flat_map(|row| row[..seq].iter().copied()).collect();
    let targets: Vec<u32> = rows.iter().flat_map(|row| row[1..].iter().copied()).collect();
    let logits = llama.forward(&Tensor::from_vec(inputs, (rows.len(), seq), &Device::Cpu)?)?;
    let values = surprisals(&logits.flatten_to(1)?, &targets)?;
    Ok(values.chunks_exact(seq).map(<[f64]>::to_vec).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashMap;

    use candle_core::DType;
    use candle_nn::VarBuilder;
    use gibbs::tokens::models::LlamaConfig;

    use super::*;

    fn tiny() -> Llama {
        let json = r#"{"model_type": "llama", "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
            "num_attention_heads": 2, "vocab_size": 20, "max_position_embeddings": 8}"#;
        let config = LlamaConfig::from_json(json.as_bytes()).unwrap();
        let tensors: HashMap<String, Tensor> = config
            .tensors()
            .into_iter()
            .map(|(name, shape)| {
                let n: usize = shape.iter().product();
                let values: Vec<f32> = (0..n).map(|i| ((i * i + 3) as f32).sin()).collect();
                (name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap())
            })
            .collect();
        Llama::new(config, &VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu)).unwrap()
    }

    #[test]
    fn every_token_is_scored_once_with_the_longest_context_on_offer() {
        let llama = tiny();
        for n in [1, 5, 8, 9, 12, 13, 30] {
            let held_out: Vec<u32> = (0..n).map(|i| (i * 7 + i * i) % 19 + 1).collect();
            let mut stream = vec![0];
            stream.extend_from_slice(&held_out);
            let text = Tokens { name: "test", train: Vec::new(), held_out, held_out_bytes: n as usize };
            let found = every_token(&llama, &text, 0).unwrap();
            assert_eq!(found.len(), n as usize);
            for (i, found) in found.into_iter().enumerate() {
                // Windows start at multiples of 4, the last one where the text ends.
                let last = stream.len().saturating_sub(9);
                let start = if i < 8 { 0 } else { ((i - 4) / 4 * 4).min(last) };
                let expected = score(&llama, &[&stream[start..=i + 1]]).unwrap()[0][i - start];
                assert!((found - expected).abs() < 1e-5, "{n} tokens, token {i}: {found}, {expected}");
            }
        }
    }
}
