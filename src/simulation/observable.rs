//! What a measured quantity is: its name, its dimension, and how it grows with the system.

use std::fmt;
use std::sync::Arc;

use crate::units::{Beta, Dimension};

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
    /// Whether it is the mean of squares: its error then grows with its value, and its logarithm is distributed more evenly.
    pub is_square: bool,
}

impl Observable {
    /// U.
    pub const ENERGY: Self = Self::extensive("energy", Dimension::Energy);
    /// C.
    pub const HEAT_CAPACITY: Self = Self::extensive("heat_capacity", Dimension::Entropy).square();
    /// S.
    pub const ENTROPY: Self = Self::extensive("entropy", Dimension::Entropy);
    /// F.
    pub const FREE_ENERGY: Self = Self::extensive("free_energy", Dimension::Energy);

    /// A quantity that grows in proportion to the number of sites.
    #[must_use]
    pub const fn extensive(name: &'static str, dimension: Dimension) -> Self {
        Self { name, dimension, scaling: Scaling::Extensive, is_square: false }
    }

    /// A quantity that does not grow with the number of sites.
    #[must_use]
    pub const fn intensive(name: &'static str, dimension: Dimension) -> Self {
        Self { name, dimension, scaling: Scaling::Intensive, is_square: false }
    }

    /// A quantity that is a mean of squares, such as a variance.
    #[must_use]
    pub const fn square(self) -> Self {
        Self { is_square: true, ..self }
    }

    /// The observable with its exact value, where that is known at some beta.
    pub fn known<'a>(self, exact: impl Fn(Beta) -> Option<f64> + Send + Sync + 'a) -> KnownObservable<'a> {
        KnownObservable { observable: self, exact: Some(Arc::new(exact)) }
    }
}

/// The exact value at some beta, where it is known.
type ExactValue<'a> = Arc<dyn Fn(Beta) -> Option<f64> + Send + Sync + 'a>;

/// An observable beside what is exactly known of it.
#[derive(Clone)]
pub struct KnownObservable<'a> {
    /// The observable.
    pub observable: Observable,
    exact: Option<ExactValue<'a>>,
}

impl KnownObservable<'_> {
    /// Its exact value at `beta`, where it is known.
    #[must_use]
    pub fn exact(&self, beta: Beta) -> Option<f64> {
        self.exact.as_ref().and_then(|exact| exact(beta))
    }
}

impl fmt::Debug for KnownObservable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownObservable").field("observable", &self.observable).finish_non_exhaustive()
    }
}

/// An observable of which nothing is exactly known.
impl From<Observable> for KnownObservable<'_> {
    fn from(observable: Observable) -> Self {
        Self { observable, exact: None }
    }
}
