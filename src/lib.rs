//! A laboratory for the canonical ensemble: particles and tokens sampled from one Boltzmann distribution.
//!
//! The modules, each of which imports only from those above it:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`units`], [`numerics`], [`rng`] | temperature, sums that keep their digits, random streams |
//! | `simd` | loops over many bits or numbers at once |
//! | [`ensemble`] | levels, and the one place where Boltzmann weights are computed |
//! | [`systems`] | one physical system per file, each with its exact answer |
//! | [`language`] | next-token distributions: models (feature `llm`), files, recorded responses, servers |
//! | [`samplers`] | draws and Markov chains |
//! | [`estimators`] | numbers with uncertainties from series of numbers |
//! | [`testing`] | the tests of this crate for anyone's own model or sampler |
//! | [`experiments`] | one question per file |
//! | [`report`] | tables and figures |
//!
//! ```
//! use gibbs::{ensemble::{Canonical, Spectrum}, units::Temperature};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = Spectrum::from_logits(&[0.6f64.ln(), 0.3f64.ln(), 0.1f64.ln()])?;
//! let softmax = Canonical::new(&tokens, Temperature::new(1.0)?.beta()).probabilities();
//! assert!(softmax.iter().zip([0.6, 0.3, 0.1]).all(|(p, given)| (p - given).abs() < 1e-15));
//! # Ok(())
//! # }
//! ```

pub mod arrays;
pub mod ensemble;
pub mod estimators;
#[cfg(feature = "cli")]
pub mod experiments;
pub mod model;
pub mod numerics;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod report;
pub mod rng;
pub mod samplers;
mod simd;
pub mod simulation;
pub mod systems;
pub mod testing;
pub mod tokens;
pub mod units;

/// The pages of the repository, so that their examples are compiled.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}
}
