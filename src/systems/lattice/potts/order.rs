//! Exact moments of the order parameter of small Potts models.

use super::Potts;
use crate::ensemble::Canonical;
use crate::model::SystemError;
use crate::numerics::sum;
use crate::units::Beta;

/// Moments of m = (q n_max/N - 1)/(q - 1) in equilibrium, n_max sites having the commonest colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderMoments {
    /// `<m>`.
    pub m: f64,
    /// `<m^2>`.
    pub m2: f64,
    /// `<m^4>`.
    pub m4: f64,
}

impl Potts {
    /// M = (q n_max - N)/(q - 1) of a state whose commonest colour fills `largest` sites.
    #[must_use]
    pub fn magnetization_of(&self, largest: u64) -> f64 {
        let q = f64::from(self.q());
        (q * largest as f64 - self.lattice().n_sites() as f64) / (q - 1.0)
    }

    /// Moments of the order parameter at `beta`, from the counted states.
    ///
    /// # Errors
    ///
    /// Too many states to count by energy and largest colour (beyond about 4 x 4).
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::model::{Boundary, Lattice, LatticeKind};
    /// use gibbs::systems::Potts;
    /// use gibbs::units::Beta;
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// // At T = 1 the 3 x 3 torus of three colours has <m> = 0.8679156335801188.
    /// let potts = Potts::new(Lattice::new(LatticeKind::Square, &[3, 3], Boundary::Periodic)?, 3, 1.0)?;
    /// assert!((potts.order_moments(Beta::new(1.0)?)?.m - 0.8679156335801188).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn order_moments(&self, beta: Beta) -> Result<OrderMoments, SystemError> {
        let counted = self.counted_by_both()?;
        let probabilities = Canonical::new(&counted.spectrum, beta).probabilities();
        let n = self.lattice().n_sites() as f64;
        let mean = |power: i32| {
            let m = |i: usize| self.magnetization_of(counted.levels[i].largest) / n;
            sum(probabilities.iter().enumerate().map(|(i, p)| p * m(i).powi(power)))
        };
        Ok(OrderMoments { m: mean(1), m2: mean(2), m4: mean(4) })
    }
}
