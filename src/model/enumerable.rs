//! Models whose states can be listed, so that every answer about them is exact.

use std::hash::Hash;

use crate::ensemble::Spectrum;
use crate::model::{Model, SystemError};

/// A model of so few states that all can be listed.
///
/// # Examples
///
/// The heat capacity of eight spins from their 256 states:
///
/// ```
/// use gibbs::ensemble::Canonical;
/// use gibbs::model::{Enumerable, Exact};
/// use gibbs::systems::Ising;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let ring = Ising::ring(8, 1.0, 0.0)?;
/// let (spectrum, beta) = (ring.spectrum_of_states()?, Beta::new(1.0)?);
/// let listed = Canonical::new(&spectrum, beta).thermo();
/// assert!((listed.heat_capacity - ring.thermo(beta)?.heat_capacity).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
pub trait Enumerable: Model<State: Eq + Hash> {
    /// Every state, once.
    fn states(&self) -> impl Iterator<Item = Self::State>;

    /// The levels of the model, one per state in the order of [`Enumerable::states`], by [`Model::energy`].
    ///
    /// # Errors
    ///
    /// No state, or an invalid energy.
    fn spectrum_of_states(&self) -> Result<Spectrum, SystemError> {
        Ok(Spectrum::new(self.states().map(|state| self.energy(&state)).collect())?)
    }
}
