//! Networks of candle-transformers made from a checked configuration and the tensors of a folder.

use std::sync::Arc;

use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_transformers::models::{bigcode, gemma, gemma2, gemma3, olmo, olmo2, phi, phi3, stable_lm, starcoder2};

use super::family::Family;
use super::loader::Loader;
use super::network::{Cloned, Rebuilt};
use crate::tokens::models::error::LanguageError;
use crate::tokens::models::settings::Settings;

pub(super) type Loaded = Result<Family, LanguageError>;

pub(super) fn gemma(settings: &Settings, vb: VarBuilder<'_>, _: &Loader<'_, '_>) -> Loaded {
    let model = gemma::Model::new(false, &settings.read()?, vb)?;
    Ok(Family::new(Cloned { model, forward: gemma::Model::forward }))
}

pub(super) fn gemma2(settings: &Settings, vb: VarBuilder<'_>, _: &Loader<'_, '_>) -> Loaded {
    let model = gemma2::Model::new(false, &settings.read()?, vb)?;
    Ok(Family::new(Cloned { model, forward: gemma2::Model::forward }))
}

pub(super) fn gemma3(settings: &Settings, vb: VarBuilder<'_>, _: &Loader<'_, '_>) -> Loaded {
    let model = gemma3::Model::new(false, &settings.read()?, vb)?;
    Ok(Family::new(Cloned { model, forward: one_by_one }))
}

pub(super) fn phi(settings: &Settings, vb: VarBuilder<'_>, _: &Loader<'_, '_>) -> Loaded {
    let model = phi::Model::new(&settings.read()?, vb)?;
    let forward = |model: &mut phi::Model, tokens: &Tensor, _: usize| model.forward(tokens);
    Ok(Family::new(Cloned { model, forward }))
}

pub(super) fn phi3(settings: &Settings, vb: VarBuilder<'_>, _: &Loader<'_, '_>) -> Loaded {
    let model = phi3::Model::new(&settings.read()?, vb)?;
    Ok(Family::new(Cloned { model, forward: phi3::Model::forward }))
}

pub(super) fn starcoder2(settings: &Settings, vb: VarBuilder<'_>, _: &Loader<'_, '_>) -> Loaded {
    let model = starcoder2::Model::new(&settings.read()?, vb)?;
    Ok(Family::new(Cloned { model, forward: starcoder2::Model::forward }))
}

pub(super) fn olmo(settings: &Settings, vb: VarBuilder<'_>, _: &Loader<'_, '_>) -> Loaded {
    let model = olmo::Model::new(&settings.read()?, vb)?;
    Ok(Family::new(Cloned { model, forward: olmo::Model::forward }))
}

pub(super) fn olmo2(settings: &Settings, vb: VarBuilder<'_>, _: &Loader<'_, '_>) -> Loaded {
    let model = olmo2::Model::new(&settings.read()?, vb)?;
    Ok(Family::new(Cloned { model, forward: olmo2::Model::forward }))
}

pub(super) fn bigcode(settings: &Settings, vb: VarBuilder<'_>, loader: &Loader<'_, '_>) -> Loaded {
    let config = bigcode_config(settings)?;
    let model = bigcode::GPTBigCode::load(vb, config()?)?;
    let vb = loader.tensors();
    let make = Arc::new(move || bigcode::GPTBigCode::load(vb.clone(), config()?));
    Ok(Family::new(Rebuilt { model, forward: bigcode::GPTBigCode::forward, make }))
}

pub(super) fn stable_lm(settings: &Settings, vb: VarBuilder<'_>, loader: &Loader<'_, '_>) -> Loaded {
    let config: stable_lm::Config = settings.read()?;
    let model = stable_lm::Model::new(&config, vb)?;
    let vb = loader.tensors();
    let make = Arc::new(move || stable_lm::Model::new(&config, vb.clone()));
    Ok(Family::new(Rebuilt { model, forward: stable_lm::Model::forward, make }))
}

/// Gemma 3, whose cache of keys and values takes no block where there are several heads of them.
fn one_by_one(model: &mut gemma3::Model, tokens: &Tensor, before: usize) -> candle_core::Result<Tensor> {
    let mut logits = model.forward(&tokens.narrow(1, 0, 1)?, before)?;
    for i in 1..tokens.dim(1)? {
        logits = model.forward(&tokens.narrow(1, i, 1)?, before + i)?;
    }
    Ok(logits)
}

/// A maker of StarCoder's configuration, which cannot be copied.
fn bigcode_config(
    settings: &Settings,
) -> Result<impl Fn() -> candle_core::Result<bigcode::Config> + Send + Sync + Copy + 'static, LanguageError> {
    let size = |key: &'static str| settings.count(key, None);
    let (vocab_size, hidden_size) = (size("vocab_size")?, size("hidden_size")?);
    let (num_hidden_layers, num_attention_heads) = (size("num_hidden_layers")?, size("num_attention_heads")?);
    let (max_position_embeddings, inner) = (size("max_position_embeddings")?, size("intermediate_size")?);
    let layer_norm_epsilon = settings.number("layer_norm_epsilon")?.unwrap_or(1e-5);
    Ok(move || {
        Ok(bigcode::Config {
            vocab_size,
            max_position_embeddings,
            num_hidden_layers,
            hidden_size,
            layer_norm_epsilon,
            n_inner: Some(inner),
            num_attention_heads,
            multi_query: true,
            use_cache: true,
        })
    })
}
