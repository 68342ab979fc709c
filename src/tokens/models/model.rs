//! A language model: a network together with its tokenizer.

use candle_core::{DType, Tensor};
use tokenizers::Tokenizer;

#[cfg(feature = "models")]
use super::families;
use super::{cache::Cache, error::LanguageError, llama::Llama};

/// A network together with its tokenizer: text in, next-token logits out.
#[derive(Debug, Clone)]
pub struct LanguageModel {
    pub(super) network: Network,
    pub(super) tokenizer: Tokenizer,
    pub(super) about: About,
}

/// What a network computes its logits with.
#[derive(Debug, Clone)]
pub(super) enum Network {
    Llama(Box<Llama>),
    #[cfg(feature = "models")]
    Other(families::Family),
}

/// What is the same for every network.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub architecture: String,
    pub vocab_size: usize,
    pub context_length: usize,
    pub bos_token_id: Option<u32>,
    pub eos_token_ids: Vec<u32>,
}

impl LanguageModel {
    /// The network, if it is of the Llama family.
    pub fn llama(&self) -> Option<&Llama> {
        match &self.network {
            Network::Llama(llama) => Some(llama),
            #[cfg(feature = "models")]
            Network::Other(_) => None,
        }
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Architecture of the network, as its file names it: `LlamaForCausalLM`, or `llama` in a GGUF file.
    pub fn architecture(&self) -> &str {
        &self.about.architecture
    }

    /// Number of tokens with a logit, `vocab`.
    pub fn vocab_size(&self) -> usize {
        self.about.vocab_size
    }

    /// Longest text, in tokens, of which every token sees all earlier ones: no more than a sliding window.
    pub fn context_length(&self) -> usize {
        self.about.context_length
    }

    /// The token that opens a text, if the configuration names one. [`LanguageModel::encode`] prepends it where the
    /// tokenizer asks for it.
    pub fn bos_token_id(&self) -> Option<u32> {
        self.about.bos_token_id
    }

    /// The tokens that end a text.
    pub fn eos_token_ids(&self) -> &[u32] {
        &self.about.eos_token_ids
    }

    /// Token ids of `text`, with the special tokens that the tokenizer's post-processor adds, as `transformers` does
    /// by default: most Llamas begin with a beginning-of-text token, the embedded model with none.
    ///
    /// # Errors
    /// [`LanguageError::Tokenizer`] with the tokenizer's own words.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, LanguageError> {
        self.encoded(text, true)
    }

    /// Token ids of `text` alone, for a text that continues another.
    ///
    /// # Errors
    /// As [`LanguageModel::encode`].
    pub fn encode_continuation(&self, text: &str) -> Result<Vec<u32>, LanguageError> {
        self.encoded(text, false)
    }

    fn encoded(&self, text: &str, add_special_tokens: bool) -> Result<Vec<u32>, LanguageError> {
        let encoding = self.tokenizer.encode(text, add_special_tokens);
        Ok(encoding.map_err(|e| LanguageError::Tokenizer(e.to_string()))?.get_ids().to_vec())
    }

    /// Ids that have a logit and no token: matrices are padded to round sizes.
    pub fn ids_without_token(&self) -> Vec<u32> {
        (0..self.vocab_size() as u32).filter(|&id| self.tokenizer.id_to_token(id).is_none()).collect()
    }

    /// The name of a token that [`LanguageModel::decode`] leaves out: a special one, or an id without a token.
    pub fn name_of_left_out(&self, token: u32) -> Option<String> {
        let Some(name) = self.tokenizer.id_to_token(token) else { return Some(format!("<id {token}>")) };
        self.tokenizer.get_added_tokens_decoder().get(&token).is_some_and(|added| added.special).then_some(name)
    }

    /// Text of `tokens`, special tokens and ids without a token left out.
    ///
    /// # Errors
    /// [`LanguageError::Tokenizer`] with the tokenizer's own words.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, LanguageError> {
        self.tokenizer.decode(tokens, true).map_err(|e| LanguageError::Tokenizer(e.to_string()))
    }

    /// Text of one token within a text, special ones by name, with the space that some decoders strip from the first
    /// token of a text. Parts of a UTF-8 character come out as U+FFFD, and an id without a token as nothing.
    ///
    /// # Errors
    /// [`LanguageError::Tokenizer`] with the tokenizer's own words.
    pub fn token_text(&self, token: u32) -> Result<String, LanguageError> {
        let decode =
            |ids: &[u32]| self.tokenizer.decode(ids, false).map_err(|e| LanguageError::Tokenizer(e.to_string()));
        let first = decode(&[token])?;
        let twice = decode(&[token, token])?;
        Ok(twice.strip_prefix(&first).map_or_else(|| first.clone(), str::to_owned))
    }

    /// Logits `[vocab]` of the token after `tokens`, which continue what `cache` has read. After an error the cache
    /// is as before.
    ///
    /// # Errors
    /// [`LanguageError::NoTokens`], [`LanguageError::TokenOutOfRange`], [`LanguageError::ContextOverflow`].
    pub fn next_token_logits(&self, tokens: &[u32], cache: &mut Cache) -> Result<Vec<f64>, LanguageError> {
        self.check(tokens, cache.len())?;
        match &self.network {
            Network::Llama(llama) => {
                let logits = llama.forward_cached(&row(tokens, llama)?, cache)?;
                let last = logits.get(0)?.get(tokens.len() - 1)?;
                Ok(last.to_dtype(DType::F64)?.to_vec1()?)
            }
            #[cfg(feature = "models")]
            Network::Other(family) => {
                let logits = family.read(tokens, &mut cache.family)?;
                cache.n_positions += tokens.len();
                Ok(logits)
            }
        }
    }

    /// Logits `[n_tokens][vocab]` of every position of `tokens`: row t predicts token t + 1.
    ///
    /// # Errors
    /// As [`LanguageModel::next_token_logits`].
    pub fn all_logits(&self, tokens: &[u32]) -> Result<Vec<Vec<f64>>, LanguageError> {
        self.check(tokens, 0)?;
        match &self.network {
            Network::Llama(llama) => {
                let logits = llama.forward(&row(tokens, llama)?)?;
                Ok(logits.get(0)?.to_dtype(DType::F64)?.to_vec2()?)
            }
            #[cfg(feature = "models")]
            Network::Other(_) => {
                let mut cache = Cache::new();
                tokens.iter().map(|&token| self.next_token_logits(&[token], &mut cache)).collect()
            }
        }
    }

    /// Whether `tokens` can be read after `past` positions.
    fn check(&self, tokens: &[u32], past: usize) -> Result<(), LanguageError> {
        if tokens.is_empty() {
            return Err(LanguageError::NoTokens);
        }
        let About { vocab_size, context_length, .. } = self.about;
        if let Some(&token) = tokens.iter().find(|&&token| token as usize >= vocab_size) {
            return Err(LanguageError::TokenOutOfRange { token, vocab_size });
        }
        let positions = past + tokens.len();
        if positions > context_length {
            return Err(LanguageError::ContextOverflow { positions, max: context_length });
        }
        Ok(())
    }
}

/// `tokens` as a tensor `[1, n_tokens]`.
fn row(tokens: &[u32], llama: &Llama) -> Result<Tensor, LanguageError> {
    Ok(Tensor::from_slice(tokens, (1, tokens.len()), llama.device())?)
}

/// Whether the model embeds every token the tokenizer can produce.
pub(super) fn check_vocabulary(tokenizer: &Tokenizer, vocab_size: usize) -> Result<(), LanguageError> {
    let largest = tokenizer.get_vocab(true).into_values().max();
    let n_tokens = largest.map_or(0, |id| id as usize + 1);
    if n_tokens > vocab_size {
        return Err(LanguageError::VocabularyTooLarge { tokenizer: n_tokens, model: vocab_size });
    }
    Ok(())
}
