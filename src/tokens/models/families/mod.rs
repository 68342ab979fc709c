//! Families of networks that run on candle-transformers.

mod checks;
mod family;
mod load;
mod loader;
mod network;
mod plan;
mod table;

pub(super) use family::{Family, FamilyCache};
pub(super) use network::{Cloned, Network, row};
pub(super) use plan::Plan;
pub(super) use table::{SUPPORTED, known};
