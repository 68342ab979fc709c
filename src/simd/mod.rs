//! Loops over many bits or numbers at once, one portable definition of each compiled for several instruction sets.
//!
//! The loops run over blocks of eight words or numbers and are plain arithmetic, which the compiler turns into vector
//! instructions; so the results are the same bits everywhere. The only `unsafe` is the call of a function compiled for
//! an instruction set that was detected, and in the filter of neighbours loads and stores of whole vectors.

mod bins;
mod block;
mod dispatch;
mod exp;
mod extremes;
mod instruction_set;
mod kernel;
mod layout;
mod level_draws;
mod levels;
mod neighbours;
mod pair_sums;
mod random;
mod tokens;
mod torus;

pub(crate) use bins::{Bins, Terms};
pub(crate) use exp::{exp, weights};
pub(crate) use extremes::{below, measure_from, range};
pub(crate) use instruction_set::InstructionSet;
pub(crate) use kernel::{Rule, Thresholds};
pub(crate) use layout::Layout;
pub(crate) use level_draws::{BATCH, LevelDraws};
pub(crate) use levels::{LevelList, LevelMoments};
pub(crate) use neighbours::{CHUNK, Near, Slots};
pub(crate) use pair_sums::PairSums;
pub(crate) use random::Lanes;
pub(crate) use tokens::{CRUDE, LANES, block_maxima, masses, moments, weight_bounds};
pub(crate) use torus::{Counts, Torus};
