//! Every way a language model can be refused, with the offending value.

use std::path::PathBuf;

use serde_json::Value;

/// Why a model was not opened, or a forward pass not made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum LanguageError {
    /// A file of the model folder is not there.
    #[error("model folder lacks `{}` (needed: config.json, model.safetensors, tokenizer.json)", path.display())]
    MissingFile { path: PathBuf },
    /// The folder holds a PEFT adapter, which changes the weights.
    #[error(
        "model folder holds a PEFT adapter (`{name}`), which is not applied: merge it into the weights (merge_and_unload) \
         or move it elsewhere"
    )]
    Adapter { name: &'static str },
    /// A file of the model folder is there but cannot be read.
    #[error("cannot read `{}`", path.display())]
    ReadFile { path: PathBuf, source: std::io::Error },
    /// `config.json` is not JSON, or a key has the wrong type or is absent.
    #[error("config.json cannot be parsed: {0}")]
    ConfigSyntax(#[source] serde_json::Error),
    /// `config.json` asks for something this implementation does not compute.
    #[error("config.json: `{key}` = {value} is not supported (supported: {supported})")]
    Unsupported { key: &'static str, value: String, supported: &'static str },
    /// `config.json` contradicts itself or describes an impossible network.
    #[error("config.json: `{key}` = {value} {requirement}")]
    InvalidConfig { key: &'static str, value: String, requirement: &'static str },
    /// A file of the model folder is longer than any sound one.
    #[error("`{}` is longer than {max_bytes} bytes", path.display())]
    FileTooLarge { path: PathBuf, max_bytes: u64 },
    /// `model.safetensors.index.json` is not JSON or maps no tensors to files.
    #[error("model.safetensors.index.json cannot be parsed: {0}")]
    IndexSyntax(#[source] serde_json::Error),
    /// The index names a shard that is not a file of the model folder.
    #[error("model.safetensors.index.json: shard {shard:?} {requirement}")]
    Shard { shard: String, requirement: &'static str },
    /// A safetensors file that is truncated or damaged.
    #[error("{file} is truncated or damaged: {reason}")]
    Weights { file: String, reason: String },
    /// A tensor that the configuration implies is not in the weights.
    #[error("{file} lacks tensor `{name}`")]
    MissingTensor { file: String, name: String },
    /// A GGUF file that is truncated, contradicts itself or holds a model that is not computed.
    #[error("GGUF file: {0}")]
    Gguf(String),
    /// A model that only builds with the feature `models` compute.
    #[error("{what} needs a build with `--features models`")]
    NeedsFeature { what: String },
    /// A tensor has another shape than the configuration implies.
    #[error("tensor `{name}` has shape {found:?}, config.json implies {expected:?}")]
    TensorShape { name: String, expected: Vec<usize>, found: Vec<usize> },
    /// A tensor is stored in a number format that is not read.
    #[error("tensor `{name}` is stored as {dtype}; only F32, F16 and BF16 are supported")]
    TensorType { name: String, dtype: String },
    /// `tokenizer.json` cannot be parsed, or the tokenizer refused a text.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// The tokenizer can produce ids for which the model has no embedding.
    #[error("the tokenizer has {tokenizer} tokens, the model embeds only {model}")]
    VocabularyTooLarge { tokenizer: usize, model: usize },
    /// A GGUF file is written of Llamas with the tokenizer of GPT-2 alone.
    #[error("`{part}` = {value} cannot be exported to GGUF (supported: {supported})")]
    NotExportable { part: &'static str, value: String, supported: &'static str },
    /// A token id for which the model has no embedding.
    #[error("token id {token} is outside the vocabulary of {vocab_size} tokens")]
    TokenOutOfRange { token: u32, vocab_size: usize },
    /// A forward pass over no tokens.
    #[error("a forward pass needs at least one token")]
    NoTokens,
    /// The text is longer than the model's context.
    #[error("{positions} positions exceed the model's context of {max} tokens")]
    ContextOverflow { positions: usize, max: usize },
    /// A tensor operation was refused by candle.
    #[error("tensor operation: {}", first_line(.0))]
    Tensor(#[from] candle_core::Error),
}

/// A message of candle without the stack trace that it appends where `RUST_BACKTRACE` is set.
pub(super) fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}

/// A key whose value violates `requirement`, a phrase following the value.
pub(super) fn invalid(key: &'static str, value: impl ToString, requirement: &'static str) -> LanguageError {
    LanguageError::InvalidConfig { key, value: value.to_string(), requirement }
}

/// A key whose value is not among those `supported`.
pub(super) fn unsupported(key: &'static str, value: &Value, supported: &'static str) -> LanguageError {
    LanguageError::Unsupported { key, value: value.to_string(), supported }
}
