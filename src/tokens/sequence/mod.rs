//! Whole sequences of tokens as microstates: any model of the next token gives every sequence an energy.
//!
//! `E(x) = -sum_t ln p_1(x_t | x_<t)`, where p_1 is the model's distribution at T = 1. The zero of energy is thereby fixed: ln Z = 0 at
//! T = 1 and any length. Two ensembles share these energies:
//!
//! * whole sequences, `P_T(x) = e^(-E(x)/T) / Z(T)`: the canonical ensemble of texts;
//! * each token tempered, `Q_T(x) = prod_t p_1(x_t | x_<t)^(1/T) / Z_t(x_<t; T)`: what a language model draws at temperature T.
//!
//! Every step of the second divides by a partition function of its own, which depends on what stands before: so
//! `Q_T(x) = e^(-E(x)/T) / prod_t Z_t`, and `KL(Q || P) = ln Z - <sum_t ln Z_t>_Q`. The two are one at T = 1, for a single token,
//! and at infinite T (where no token is forbidden, or always equally many); nowhere else in general, T = 0 included: the greedy
//! sequence need not be the most likely one.

mod error;
mod markov;
mod model;
mod next_token;
pub mod study;
mod whole;

pub use error::{MAX_SEQUENCES, SequenceError};
pub use markov::MarkovText;
pub use model::{Resampling, Sequence, SequenceModel};
pub use next_token::NextToken;
pub use whole::{Tempered, WholeSequences};
