//! gibbs
pub mod estimators;
