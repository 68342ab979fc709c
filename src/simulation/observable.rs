//! What a measured quantity is: its name, its dimension, and how it grows with the system.

use crate::units::Dimension;

/// How a quantity grows with the number of sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// In proportion to it: such a quantity can be divided by it.
    Extensive,
    /// Not at all.
    Intensive,
}

/// The name and the kind of a measured quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observable {
    /// Its name in results.
    pub name: &'static str,
    /// What it is made of, as far as units of energy are concerned.
    pub dimension: Dimension,
    /// How it grows with the number of sites.
    pub scaling: Scaling,
}

impl Observable {
    /// U.
    pub const ENERGY: Self = Self::extensive("energy", Dimension::Energy);
    /// C.
    pub const HEAT_CAPACITY: Self = Self::extensive("heat_capacity", Dimension::Entropy);
    /// S.
    pub const ENTROPY: Self = Self::extensive("entropy", Dimension::Entropy);
    /// F.
    pub const FREE_ENERGY: Self = Self::extensive("free_energy", Dimension::Energy);

    /// A quantity that grows in proportion to the number of sites.
    #[must_use]
    pub const fn extensive(name: &'static str, dimension: Dimension) -> Self {
        Self { name, dimension, scaling: Scaling::Extensive }
    }

    /// A quantity that does not grow with the number of sites.
    #[must_use]
    pub const fn intensive(name: &'static str, dimension: Dimension) -> Self {
        Self { name, dimension, scaling: Scaling::Intensive }
    }
}
