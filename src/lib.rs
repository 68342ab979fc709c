//! A laboratory for the canonical ensemble: particles and tokens sampled from one Boltzmann distribution.
//!
//! | start here | for |
//! | --- | --- |
//! | [`Spectrum`], [`Canonical`] | levels at a temperature: ln Z, U, S, C, probabilities. A list of logits is a spectrum too |
//! | [`System`] | a physical system by name, with its exact answer |
//! | [`simulation`] | sampling a system, or a model of your own, with error bars and verdicts |
//! | [`TokenSampler`] | drawing next tokens at a temperature, with truncations |
//! | [`tokens::thermometer`] | the temperature that tokens were really drawn at |
//! | [`Mbar`] | free energies and expectations from samples at several temperatures |
//! | [`testing`] | the tests of this crate for your own model or sampler |
//! | [`guide`] | chapters on all of this |
//!
//! ```
//! use gibbs::{Canonical, Spectrum, units::Temperature};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = Spectrum::from_logits(&[0.6f64.ln(), 0.3f64.ln(), 0.1f64.ln()])?;
//! let softmax = Canonical::new(&tokens, Temperature::new(1.0)?.beta()).probabilities();
//! assert!(softmax.iter().zip([0.6, 0.3, 0.1]).all(|(p, given)| (p - given).abs() < 1e-15));
//! # Ok(())
//! # }
//! ```
//!
//! The modules, each of which imports only from those above it; `systems` and `tokens` do not use each other:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`units`], [`numerics`], [`rng`] | temperature, sums that keep their digits, random streams |
//! | `simd` | loops over many bits or numbers at once |
//! | [`ensemble`] | levels, and the one place where Boltzmann weights are computed |
//! | [`model`] | what a model is: exact answer, Hamiltonian, moves, lattice |
//! | [`estimators`] | numbers with uncertainties from series of numbers |
//! | [`samplers`] | draws and Markov chains of any model |
//! | [`simulation`] | the one driver: starts, thermalization, observables, exchange, flat histograms, reweighting |
//! | [`files`], [`arrays`] | files up to a stated size; numbers from files |
//! | [`systems`] | physical systems, one per file or folder, with their own kernels and their row of the catalogue |
//! | [`tokens`] | next-token distributions: sources, models (feature `llm`), truncations, sampler, sequences, thermometer |
//! | [`testing`] | tests of models and samplers |
//! | `experiments`, `report` | one question per file; tables and figures (feature `cli`) |

pub mod arrays;
pub mod ensemble;
pub mod estimators;
#[cfg(feature = "cli")]
pub mod experiments;
pub mod files;
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

pub use ensemble::{Canonical, Spectrum};
pub use estimators::Mbar;
pub use systems::System;
pub use tokens::TokenSampler;

/// The guide: chapters with examples that are compiled and run.
#[cfg(any(doc, doctest))]
pub mod guide {
    #[doc = include_str!("../docs/getting-started.md")]
    pub mod getting_started {}
    #[doc = include_str!("../docs/sampling-and-error-bars.md")]
    pub mod sampling_and_error_bars {}
    #[doc = include_str!("../docs/matter-and-light.md")]
    pub mod matter_and_light {}
    #[doc = include_str!("../docs/language-models.md")]
    pub mod language_models {}
    #[doc = include_str!("../docs/your-own-model.md")]
    pub mod your_own_model {}
    #[doc = include_str!("../docs/reproducibility.md")]
    pub mod reproducibility {}
    #[doc = include_str!("../docs/definitions.md")]
    pub mod definitions {}
    #[doc = include_str!("../docs/benchmarks-and-checks.md")]
    pub mod benchmarks_and_checks {}
    #[doc = include_str!("../DESIGN.md")]
    pub mod design {}
    #[doc = include_str!("../CONTRIBUTING.md")]
    pub mod contributing {}
}

/// The first page of the repository, so that its example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
