//! gibbs
pub mod report;
pub mod systems;
