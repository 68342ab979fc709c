//! gibbs
pub mod systems;
