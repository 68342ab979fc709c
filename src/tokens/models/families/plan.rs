//! The `config.json` of a family: what candle-transformers would ignore or misread is refused.

use serde_json::Value;

use super::checks::{heads, partial_rotary, plain_rotary};
use super::family::Family;
use super::loader::Loader;
use super::table::{FAMILIES, Rotary, Row, SUPPORTED};
use crate::tokens::models::error::{LanguageError, invalid, unsupported};
use crate::tokens::models::settings::Settings;
use crate::tokens::models::weights::Weights;

/// Longest context: candle-transformers tabulates the rotary angles of every position when it opens a model.
const MAX_CONTEXT: usize = 1 << 14;

/// Angles of all blocks together, some of which tabulate their own.
const MAX_ANGLES: usize = 1 << 27;

/// Longest context where a mask is tabulated for all pairs of positions.
const MAX_SQUARE_CONTEXT: usize = 1 << 13;

/// A checked configuration, with the defaults of `transformers` filled in.
pub struct Plan {
    row: &'static Row,
    settings: Settings,
    pub vocab_size: usize,
    pub context_length: usize,
}

impl Plan {
    /// Checks `settings` by the row of `architecture`, and every size against `weights`.
    pub fn new(mut settings: Settings, architecture: &str, weights: &Weights<'_>) -> Result<Self, LanguageError> {
        let named = |row: &&Row| row.architecture == architecture;
        let unknown = || unsupported("architectures", &Value::from(architecture), SUPPORTED);
        let row = FAMILIES.iter().find(named).ok_or_else(unknown)?;
        settle(&mut settings, row)?;
        let head_dim = heads(&mut settings, row.free_head_width)?;
        if head_dim > weights.longest() {
            return Err(invalid("head_dim", head_dim, "exceeds every tensor"));
        }
        for key in ["hidden_size", "intermediate_size"] {
            settings.count(key, None)?;
        }
        let n_layers = settings.count("num_hidden_layers", None)?;
        if n_layers > weights.len() {
            return Err(invalid("num_hidden_layers", n_layers, "exceeds the number of tensors"));
        }
        let context_length = context_length(&settings, row, n_layers * head_dim)?;
        settings.set("max_position_embeddings", context_length);
        let vocab_size = settings.count("vocab_size", None)?;
        Ok(Self { row, settings, vocab_size, context_length })
    }

    /// Reads the weights.
    pub fn build(&self, weights: &Weights<'_>) -> Result<Family, LanguageError> {
        let loader = Loader::new(weights);
        match (self.row.load)(&self.settings, loader.source(), &loader) {
            Err(LanguageError::Tensor(error)) => Err(loader.failure().unwrap_or(LanguageError::Tensor(error))),
            family => family,
        }
    }
}

/// Refuses what the row does not allow, fills in its values, and settles the rotary positions.
fn settle(settings: &mut Settings, row: &Row) -> Result<(), LanguageError> {
    settings.only("quantization_config", &[], "null")?;
    settings.only("use_bidirectional_attention", &[Value::Bool(false)], "false")?;
    for &(key, values) in row.only {
        settings.only(key, &values.split(" or ").map(json).collect::<Vec<_>>(), values)?;
    }
    row.fixed.iter().for_each(|&(key, value)| settings.set(key, json(value)));
    row.defaults.iter().for_each(|&(key, value)| settings.default(key, json(value)));
    (row.check)(settings)?;
    match row.rotary {
        Rotary::Checked => return Ok(()),
        Rotary::Part(share) => partial_rotary(settings, share)?,
        Rotary::Whole => {}
    }
    plain_rotary(settings)
}

/// A value of the table of families.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The longest text, bounded by what candle tabulates; `n_angles` is the number of angles of one position.
fn context_length(settings: &Settings, row: &Row, n_angles: usize) -> Result<usize, LanguageError> {
    let context = settings.context(row.windowed)?;
    if !row.square_mask {
        return Ok(context.min(MAX_CONTEXT).min(MAX_ANGLES / n_angles).max(1));
    }
    if context > MAX_SQUARE_CONTEXT {
        return Err(invalid("n_positions", context, "exceeds 8192"));
    }
    Ok(context)
}
