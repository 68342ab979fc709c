//! Settings of the comparison, with the defaults of `gibbs compare`.

use serde::{Deserialize, Serialize};

use crate::experiments::error::ExperimentError;

/// What `compare` simulates; every field may be set in a TOML file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Independent particles drawn at each temperature.
    pub particles: u64,
    /// Tokens drawn from each context at each temperature.
    pub tokens: u64,
    /// Side of the Ising lattice; even, at least 4.
    pub ising_side: usize,
    /// Sweeps of the Ising lattice at each temperature.
    pub sweeps: u64,
    /// ln of the number of levels of the random-energy model over ln 2.
    pub rem_n: u32,
    /// Prompts whose next tokens are drawn; empty: those built in.
    pub prompts: Vec<String>,
    /// Temperatures of the generated text.
    pub text_temperatures: Vec<f64>,
    /// Tokens of generated text at each of them.
    pub text_length: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            particles: 200_000,
            tokens: 1_000_000,
            ising_side: 8,
            sweeps: 100_000,
            // 2048 levels, as many as the embedded model has tokens.
            rem_n: 11,
            prompts: Vec::new(),
            text_temperatures: vec![0.0, 0.7, 1.5, 5.0],
            text_length: 40,
        }
    }
}

impl Config {
    /// A tenth of the tokens, for a first look. Particles and sweeps stay: with fewer, a test of form could not tell a temperature that is 5 %
    /// wrong, or two ground states from one.
    #[must_use]
    pub fn quick(self) -> Self {
        Self { tokens: (self.tokens / 10).max(1), ..self }
    }

    /// Checks every field against its range.
    ///
    /// # Errors
    ///
    /// The first field that is outside.
    pub fn check(&self) -> Result<(), ExperimentError> {
        let setting = |name, ok: bool, expected, value: String| {
            if ok { Ok(()) } else { Err(ExperimentError::Setting { name, expected, value }) }
        };
        let draws = 1_000..=1_000_000_000_000;
        setting("particles", draws.contains(&self.particles), "from 1000 to 10^12", self.particles.to_string())?;
        setting("tokens", draws.contains(&self.tokens), "from 1000 to 10^12", self.tokens.to_string())?;
        let side = self.ising_side;
        setting(
            "ising_side",
            (4..=256).contains(&side) && side.is_multiple_of(2),
            "even, from 4 to 256",
            side.to_string(),
        )?;
        setting("sweeps", self.sweeps >= 1_000, "at least 1000", self.sweeps.to_string())?;
        setting("rem_n", (4..=20).contains(&self.rem_n), "from 4 to 20", self.rem_n.to_string())?;
        let bad = self.text_temperatures.iter().find(|t| t.is_nan() || **t < 0.0);
        setting(
            "text_temperatures",
            bad.is_none() && !self.text_temperatures.is_empty(),
            "a list of temperatures of at least 0",
            bad.map_or("an empty list".to_owned(), ToString::to_string),
        )?;
        setting("text_length", (1..=1000).contains(&self.text_length), "from 1 to 1000", self.text_length.to_string())
    }
}
