//! Systems: Hamiltonians and their exact answers, one system per file.

pub mod colour;
pub mod constants;
pub mod planck;
