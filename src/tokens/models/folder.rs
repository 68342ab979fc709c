//! Opens a language model: three files of a folder, the same three as bytes in the binary, or one GGUF file.

use std::path::Path;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;

use super::{
    config::{LLAMAS, LlamaConfig},
    error::{LanguageError, invalid},
    files,
    llama::Llama,
    model::{About, LanguageModel, Network, check_vocabulary},
    settings::Settings,
    tokens,
    weights::Weights,
};

#[cfg(feature = "models")]
use super::{families, gguf};

/// The supported architectures of a folder, for messages.
#[cfg(feature = "models")]
const SUPPORTED: &str = families::SUPPORTED;
#[cfg(not(feature = "models"))]
const SUPPORTED: &str = "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM; with `--features \
    models` also Gemma 1 to 3, Phi, Phi-3, StarCoder 1 and 2, OLMo 1 and 2, StableLM";

impl LanguageModel {
    /// Opens a Hugging Face folder, which holds `config.json`, `model.safetensors` (or the shards that
    /// `model.safetensors.index.json` names) and `tokenizer.json`; or, where the feature `models` is on, a GGUF file.
    ///
    /// # Errors
    /// [`LanguageError::Adapter`] for a folder with a PEFT adapter;
    /// [`LanguageError::MissingFile`], [`LanguageError::ReadFile`] or [`LanguageError::FileTooLarge`] with the path;
    /// [`LanguageError::Shard`] for a shard outside the folder; [`LanguageError::Gguf`]; otherwise as
    /// [`LanguageModel::from_bytes`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LanguageError> {
        let path = path.as_ref();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf")) {
            #[cfg(feature = "models")]
            return gguf::open(path);
            #[cfg(not(feature = "models"))]
            return Err(LanguageError::NeedsFeature { what: "a GGUF file".to_string() });
        }
        for name in ["adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"] {
            if path.join(name).exists() {
                return Err(LanguageError::Adapter { name });
            }
        }
        let config = files::read(&path.join("config.json"))?;
        // The tokenizer is parsed after the configuration, but a folder without one is refused before its weights are read.
        let tokenizer = path.join("tokenizer.json");
        let weights = Weights::open(path);
        let tokenizer = files::read(&tokenizer);
        Self::new(&config, &weights?, &tokenizer?)
    }

    /// Opens the contents of `config.json`, `model.safetensors` and `tokenizer.json`.
    ///
    /// Weights in F16 and BF16 are widened to F32. Tensors the configuration does not imply are ignored.
    ///
    /// # Errors
    /// Those of [`LlamaConfig::from_json`]; [`LanguageError::Weights`] for a truncated or damaged file;
    /// [`LanguageError::MissingTensor`], [`LanguageError::TensorShape`], [`LanguageError::TensorType`];
    /// [`LanguageError::Tokenizer`]; [`LanguageError::VocabularyTooLarge`].
    pub fn from_bytes(config: &[u8], weights: &[u8], tokenizer: &[u8]) -> Result<Self, LanguageError> {
        Self::new(config, &Weights::from_bytes(weights)?, tokenizer)
    }

    fn new(config: &[u8], weights: &Weights<'_>, tokenizer: &[u8]) -> Result<Self, LanguageError> {
        let settings = Settings::from_json(config)?;
        #[cfg(feature = "models")]
        let known = [LLAMAS.as_slice(), families::known().as_slice()].concat();
        #[cfg(not(feature = "models"))]
        let known = LLAMAS;
        let architecture = settings.architecture(&known, SUPPORTED)?;
        let tokenizer = tokens::from_json(tokenizer)?;
        let about = |vocab_size: usize, context_length: usize| {
            check_vocabulary(&tokenizer, vocab_size)?;
            Ok::<_, LanguageError>(About {
                architecture: architecture.to_string(),
                vocab_size,
                context_length,
                bos_token_id: settings.token_ids("bos_token_id")?.first().copied(),
                eos_token_ids: settings.token_ids("eos_token_id")?,
            })
        };
        let n_layers = settings.count("num_hidden_layers", Some(1))?;
        if n_layers > weights.len() {
            return Err(invalid("num_hidden_layers", n_layers, "exceeds the number of tensors"));
        }
        #[cfg(feature = "models")]
        if !LLAMAS.iter().any(|(name, _)| *name == architecture) {
            let plan = families::Plan::new(settings.clone(), architecture, weights)?;
            let about = about(plan.vocab_size, plan.context_length)?;
            return Ok(Self { network: Network::Other(plan.build(weights)?), tokenizer, about });
        }
        let config = LlamaConfig::from_settings(&settings, architecture)?;
        let about = about(config.vocab_size, config.max_position_embeddings)?;
        let tensors =
            config.tensors().into_iter().map(|(name, shape)| Ok((name.clone(), weights.tensor(&name, &shape)?)));
        let tensors = tensors.collect::<Result<_, LanguageError>>()?;
        let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        Ok(Self { network: Network::Llama(Box::new(Llama::new(config, &vb)?)), tokenizer, about })
    }
}
