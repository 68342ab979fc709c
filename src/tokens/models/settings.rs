//! The keys of a `config.json`. Every key that changes the logits is read or refused.

#[cfg(feature = "models")]
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    error::{LanguageError, invalid, unsupported},
    rotary::RopeScaling,
};

/// A `config.json` as written.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    keys: Map<String, Value>,
}

impl Settings {
    pub fn from_json(bytes: &[u8]) -> Result<Self, LanguageError> {
        Ok(Self { keys: serde_json::from_slice(bytes).map_err(LanguageError::ConfigSyntax)? })
    }

    /// The value of `key`, unless it is absent or null.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.keys.get(key).filter(|value| !value.is_null())
    }

    /// Sets `key` to `value`.
    #[cfg(feature = "models")]
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.keys.insert(key.to_string(), value.into());
    }

    /// Sets `key` to `value` where it is absent or null.
    #[cfg(feature = "models")]
    pub fn default(&mut self, key: &str, value: impl Into<Value>) {
        if self.get(key).is_none() {
            self.set(key, value);
        }
    }

    /// Sets `key` to `value` where it is absent, but not where it is null.
    #[cfg(feature = "models")]
    pub fn absent(&mut self, key: &str, value: impl Into<Value>) {
        if !self.keys.contains_key(key) {
            self.set(key, value);
        }
    }

    /// Refuses any value of `key` but `accepted`; absent is always accepted.
    pub fn only(&self, key: &'static str, accepted: &[Value], supported: &'static str) -> Result<(), LanguageError> {
        match self.get(key) {
            Some(value) if !accepted.contains(value) => Err(unsupported(key, value, supported)),
            _ => Ok(()),
        }
    }

    /// The one architecture of the model, which must be among `known` pairs of architecture and `model_type`.
    pub fn architecture<'a>(
        &self,
        known: &[(&'a str, &'a str)],
        supported: &'static str,
    ) -> Result<&'a str, LanguageError> {
        let model_type = self.get("model_type");
        let Some(named) = self.get("architectures") else {
            let found = known.iter().find(|(_, kind)| model_type.is_some_and(|value| value == kind));
            let value = model_type.unwrap_or(&Value::Null);
            return found.map(|(name, _)| *name).ok_or_else(|| unsupported("model_type", value, supported));
        };
        let one = match named.as_array().map(Vec::as_slice) {
            Some([Value::String(one)]) => one.as_str(),
            _ => return Err(unsupported("architectures", named, "a list of one architecture")),
        };
        let found = known.iter().find(|(name, _)| *name == one);
        let (name, kind) = found.ok_or_else(|| unsupported("architectures", named, supported))?;
        match model_type {
            Some(value) if value != kind => Err(unsupported("model_type", value, "that of the architecture")),
            _ => Ok(name),
        }
    }

    /// The keys as a struct.
    #[cfg(feature = "models")]
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, LanguageError> {
        serde_json::from_value(Value::Object(self.keys.clone())).map_err(LanguageError::ConfigSyntax)
    }

    /// The number of `key` that the network needs, or its default.
    pub fn count(&self, key: &'static str, default: Option<usize>) -> Result<usize, LanguageError> {
        let value = match (self.get(key), default) {
            (Some(value), _) => value,
            (None, Some(default)) => return Ok(default),
            (None, None) => &Value::Null,
        };
        let count = value.as_u64().filter(|&count| 0 < count && count <= MAX_SIZE as u64);
        count.map(|count| count as usize).ok_or_else(|| invalid(key, value, SIZE))
    }

    /// The number of `key`, if there is one.
    pub fn number(&self, key: &'static str) -> Result<Option<f64>, LanguageError> {
        self.get(key).map(|value| number_of(key, value)).transpose()
    }

    /// Whether `key` is true, if it is there.
    pub fn flag(&self, key: &'static str) -> Result<Option<bool>, LanguageError> {
        let flag = |value: &Value| value.as_bool().ok_or_else(|| unsupported(key, value, "true or false"));
        self.get(key).map(flag).transpose()
    }

    /// A token id, a list of them, or none.
    pub fn token_ids(&self, key: &'static str) -> Result<Vec<u32>, LanguageError> {
        let wrong = |value: &Value| unsupported(key, value, "a token id, a list of token ids or null");
        let one = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(|| wrong(value));
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(ids)) => ids.iter().map(one).collect(),
            Some(id) => Ok(vec![one(id)?]),
        }
    }

    /// Base of the rotary wavelengths, if any is named, and their scaling: `rope_theta` and `rope_scaling`, or both in
    /// `rope_parameters`, where `transformers` 5 writes them. A `partial_rotary_factor` stays for the caller to judge.
    pub fn rotary(&self) -> Result<(Option<f64>, RopeScaling), LanguageError> {
        let theta = self.number("rope_theta")?;
        let scaling = RopeScaling::from_json("rope_scaling", self.get("rope_scaling"))?;
        let Some(parameters) = self.get("rope_parameters") else {
            return Ok((theta, scaling));
        };
        let nested = RopeScaling::from_json("rope_parameters", Some(parameters))?;
        if scaling != RopeScaling::None && scaling != nested {
            return Err(unsupported("rope_scaling", &self.keys["rope_scaling"], "the scaling of rope_parameters"));
        }
        let nested_theta = parameters.get("rope_theta").map(|value| number_of("rope_theta", value)).transpose()?;
        Ok((nested_theta.or(theta), nested))
    }

    /// The share of a head that is turned, at either of its two places.
    pub fn partial_rotary_factor(&self) -> Result<Option<f64>, LanguageError> {
        const KEY: &str = "partial_rotary_factor";
        let nested = self.get("rope_parameters").and_then(|parameters| parameters.get(KEY));
        nested.or(self.get(KEY)).map(|value| number_of(KEY, value)).transpose()
    }

    /// The longest text of which every token sees all earlier ones: no more than the sliding window.
    ///
    /// `layer_types`, where there is one, must know only full and sliding attention.
    pub fn context(&self, windowed: bool) -> Result<usize, LanguageError> {
        let kinds = self.get("layer_types").map(|value| {
            value.as_array().ok_or_else(|| unsupported("layer_types", value, "a list of kinds of attention"))
        });
        for kind in kinds.transpose()?.into_iter().flatten() {
            if kind != "full_attention" && kind != "sliding_attention" {
                return Err(unsupported("layer_types", kind, "\"full_attention\" or \"sliding_attention\""));
            }
        }
        let longest = self.count("max_position_embeddings", None)?;
        let window = if windowed { self.count("sliding_window", Some(longest))? } else { longest };
        Ok(longest.min(window))
    }
}

fn number_of(key: &'static str, value: &Value) -> Result<f64, LanguageError> {
    value.as_f64().ok_or_else(|| unsupported(key, value, "a number"))
}

/// No dimension of a network is longer, so that the product of two fits a `usize`.
pub(super) const MAX_SIZE: usize = i32::MAX as usize;

/// What a dimension must be, as a phrase following its value.
pub(super) const SIZE: &str = "must be a positive whole number below 2^31";
