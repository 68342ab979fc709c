//! Rotary positions: the wavelengths of a head, and how they are stretched for texts longer than those trained on.

use candle_core::{Device, Tensor};
use serde_json::{Value, json};

use super::error::{LanguageError, invalid, unsupported};

/// How the rotary frequencies `theta^(-2 i / head_dim)` are changed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum RopeScaling {
    /// They are not.
    #[default]
    None,
    /// All are divided by one factor.
    Linear {
        /// The factor.
        factor: f64,
    },
    /// Wavelengths beyond the trained context are stretched by `factor`, short ones are kept, between them the
    /// frequency is interpolated.
    Llama3 {
        /// Factor of the long wavelengths.
        factor: f64,
        /// Wavelengths above `original_context / low_freq_factor` are long.
        low_freq_factor: f64,
        /// Wavelengths below `original_context / high_freq_factor` are short.
        high_freq_factor: f64,
        /// Context of the first training, in tokens.
        original_context: f64,
    },
}

const SUPPORTED: &str = "rope_type \"default\", \"linear\" or \"llama3\" with the numbers that belong to it";

impl RopeScaling {
    /// Reads the value of `key`: `rope_scaling`, or `rope_parameters` with `rope_theta` among its numbers.
    pub(super) fn from_json(key: &'static str, value: Option<&Value>) -> Result<Self, LanguageError> {
        let Some(value) = value else { return Ok(Self::None) };
        let refuse = || unsupported(key, value, SUPPORTED);
        let keys = value.as_object().ok_or_else(refuse)?;
        let kind = match keys.get("rope_type").or(keys.get("type")) {
            None => "default",
            Some(kind) => kind.as_str().ok_or_else(refuse)?,
        };
        let numbers: &[&str] = match kind {
            "default" => &[],
            "linear" => &["factor"],
            "llama3" => &["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
            _ => return Err(refuse()),
        };
        for (name, value) in keys {
            let known = match name.as_str() {
                "rope_type" | "type" => value == kind,
                "rope_theta" | "partial_rotary_factor" => value.is_number(),
                other => numbers.contains(&other),
            };
            if !known {
                return Err(refuse());
            }
        }
        let number = |name: &str| keys.get(name).and_then(Value::as_f64).ok_or_else(refuse);
        Ok(match kind {
            "linear" => Self::Linear { factor: number("factor")? },
            "llama3" => Self::Llama3 {
                factor: number("factor")?,
                low_freq_factor: number("low_freq_factor")?,
                high_freq_factor: number("high_freq_factor")?,
                original_context: number("original_max_position_embeddings")?,
            },
            _ => Self::None,
        })
    }

    /// The value of `rope_scaling` that reads back as the same.
    pub(super) fn to_json(self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Linear { factor } => json!({"rope_type": "linear", "factor": factor}),
            Self::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => json!({
                "rope_type": "llama3",
                "factor": factor,
                "low_freq_factor": low_freq_factor,
                "high_freq_factor": high_freq_factor,
                "original_max_position_embeddings": original_context,
            }),
        }
    }

    pub(super) fn check(self) -> Result<(), LanguageError> {
        let positive = |numbers: &[f64]| numbers.iter().all(|&x| x > 0.0 && x.is_finite());
        let sound = match self {
            Self::None => true,
            Self::Linear { factor } => positive(&[factor]),
            Self::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
                positive(&[factor, low_freq_factor, high_freq_factor, original_context])
                    && low_freq_factor < high_freq_factor
            }
        };
        if sound { Ok(()) } else { Err(invalid("rope_scaling", self.to_json(), "must be positive and in order")) }
    }

    fn scale(self, frequency: f32) -> f32 {
        match self {
            Self::None => frequency,
            Self::Linear { factor } => frequency / factor as f32,
            Self::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
                let turns = original_context * f64::from(frequency) / (2.0 * std::f64::consts::PI);
                // Share of the unscaled frequency: 0 below the low factor, 1 above the high one.
                let share = ((turns - low_freq_factor) / (high_freq_factor - low_freq_factor)).clamp(0.0, 1.0);
                (f64::from(frequency) * (share + (1.0 - share) / factor)) as f32
            }
        }
    }

    /// The frequencies `[head_dim / 2]`, in f32 like the reference.
    pub(super) fn frequencies(self, theta: f64, head_dim: usize) -> Vec<f32> {
        let exponent = |i: usize| (2 * i) as f32 / head_dim as f32;
        (0..head_dim / 2).map(|i| self.scale(1.0 / (theta as f32).powf(exponent(i)))).collect()
    }
}

/// Cosine and sine `[n_positions, head_dim / 2]` of position times frequency, for positions from `start` on.
pub(super) fn angles(
    frequencies: &[f32],
    start: usize,
    n_positions: usize,
    device: &Device,
) -> candle_core::Result<(Tensor, Tensor)> {
    let angle = |position: usize| frequencies.iter().map(move |frequency| position as f32 * frequency);
    let angles: Vec<f32> = (start..start + n_positions).flat_map(angle).collect();
    let angles = Tensor::from_vec(angles, (n_positions, frequencies.len()), device)?;
    Ok((angles.cos()?, angles.sin()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LLAMA3: RopeScaling =
        RopeScaling::Llama3 { factor: 8.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_context: 8192.0 };

    #[test]
    fn llama3_keeps_short_wavelengths_and_stretches_long_ones() {
        let plain = RopeScaling::None.frequencies(5e5, 128);
        let scaled = LLAMA3.frequencies(5e5, 128);
        assert_eq!(plain[0], scaled[0]);
        assert!((scaled[63] / plain[63] - 0.125).abs() < 1e-7);
        assert!(plain.iter().zip(&scaled).all(|(plain, scaled)| scaled <= plain));
    }

    #[test]
    fn scalings_survive_their_json() {
        for scaling in [RopeScaling::None, RopeScaling::Linear { factor: 4.0 }, LLAMA3] {
            let json = scaling.to_json();
            let read = RopeScaling::from_json("rope_scaling", Some(&json).filter(|json| !json.is_null())).unwrap();
            assert_eq!(read, scaling);
        }
    }

    #[test]
    fn unknown_scalings_and_loose_numbers_are_refused() {
        for json in [
            json!({"rope_type": "yarn", "factor": 4.0}),
            json!({"type": "dynamic", "factor": 2.0}),
            json!({"rope_type": "linear"}),
            json!({"rope_type": "linear", "factor": "2"}),
            json!({"rope_type": "default", "factor": 2.0}),
            json!({"rope_theta": "1e4"}),
            json!(1e4),
        ] {
            let message = RopeScaling::from_json("rope_scaling", Some(&json)).unwrap_err().to_string();
            assert!(message.starts_with("config.json: `rope_scaling` = "), "{message}");
        }
        assert!(RopeScaling::Linear { factor: 0.0 }.check().is_err());
    }
}
