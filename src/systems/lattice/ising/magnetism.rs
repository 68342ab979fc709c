//! Exact magnetization, its moments and the susceptibility of finite Ising models.

use super::{Counted, Ising, IsingJointLevel, SYSTEM, Transfer};
use crate::ensemble::Canonical;
use crate::model::{Exact, LatticeKind, SystemError};
use crate::numerics::sum;
use crate::units::Beta;

/// Longest open chain whose correlations are summed one by one.
const SUMMED: f64 = 1e6;

/// Moments of m = M/N in equilibrium.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MagneticMoments {
    /// `<m>`.
    pub magnetization: f64,
    /// `<abs(m)>`.
    pub abs_magnetization: f64,
    /// `<m^2>`.
    pub m2: f64,
    /// `<m^4>`.
    pub m4: f64,
    /// `chi = d<m>/dh = Var(M)/(N T)`, susceptibility per site. At h = 0 the mean of M is zero, not abs(M).
    pub susceptibility: f64,
    /// `U4 = 1 - <m^4>/(3 <m^2>^2)`, Binder's cumulant.
    pub binder: f64,
}

impl Ising {
    /// Moments of the magnetization at `beta`, from the counted states.
    ///
    /// # Errors
    ///
    /// Too many states to count by energy and magnetization.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::{systems::Ising, units::Beta};
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// // At T = 2 the 4 x 4 torus has <abs m> = 0.918943267.
    /// let moments = Ising::torus(4, 4, 1.0, 0.0)?.magnetic_moments(Beta::new(0.5)?)?;
    /// assert!((moments.abs_magnetization - 0.918943267).abs() < 1e-9);
    /// # Ok(())
    /// # }
    /// ```
    pub fn magnetic_moments(&self, beta: Beta) -> Result<MagneticMoments, SystemError> {
        let counted = self.counted_by_both()?.ok_or(SystemError::NoExactResult {
            system: SYSTEM,
            reason: "moments of the magnetization need lattices small enough to count; sample it instead",
        })?;
        Ok(self.moments(counted, beta))
    }

    fn moments(&self, counted: &Counted<IsingJointLevel>, beta: Beta) -> MagneticMoments {
        let n = self.n_sites();
        let probabilities = Canonical::new(&counted.spectrum, beta).probabilities();
        let mean = |f: &dyn Fn(f64) -> f64| {
            let m = |i: usize| counted.levels[i].magnetization as f64 / n;
            sum(probabilities.iter().enumerate().map(|(i, p)| p * f(m(i))))
        };
        // Without a field the two signs are equally likely, which the rounding of a sum only approximates.
        let magnetization = if self.h() == 0.0 { 0.0 } else { mean(&|m| m) };
        let (m2, m4) = (mean(&|m| m * m), mean(&|m| m.powi(4)));
        let variance = mean(&|m| (m - magnetization).powi(2));
        MagneticMoments {
            magnetization,
            abs_magnetization: mean(&f64::abs),
            m2,
            m4,
            susceptibility: if variance == 0.0 { 0.0 } else { beta.get() * n * variance },
            binder: 1.0 - m4 / (3.0 * m2 * m2),
        }
    }

    /// `<m>` and `chi = d<m>/dh` per site at `beta`; on a ring, and an open chain without field, of any length, else
    /// from the counted states.
    ///
    /// # Errors
    ///
    /// Too many states to count by energy and magnetization.
    pub fn magnetic_response(&self, beta: Beta) -> Result<(f64, f64), SystemError> {
        if self.lattice().is_ring() || self.j() == 0.0 {
            let (j, h, positive) = self.at_positive(beta)?;
            let (m, chi) = Transfer::new(j, h, positive).response(self.n_sites());
            // The response to h of -H at -beta has the opposite sign.
            return Ok((h.signum() * m, if beta.get() < 0.0 { -chi } else { chi }));
        }
        if self.lattice().kind() == LatticeKind::Chain && self.h() == 0.0 {
            return Ok((0.0, beta.get() * self.open_chain_correlations(beta)));
        }
        let moments = self.magnetic_moments(beta)?;
        Ok((moments.magnetization, moments.susceptibility))
    }

    /// `<M^2>/N` of an open chain without field, the sum of v^abs(i - j) over pairs of sites, v = tanh(beta J).
    fn open_chain_correlations(&self, beta: Beta) -> f64 {
        let n = self.n_sites();
        let k = if beta == Beta::ZERO { 0.0 } else { beta.get() * self.j() };
        let v = k.tanh();
        if v > 0.0 && n <= SUMMED {
            // Positive terms, where the closed form would cancel.
            let pairs = (1..self.lattice().n_sites()).scan(1.0, |power, d| {
                *power *= v;
                Some(*power * (n - d as f64))
            });
            return 1.0 + 2.0 * sum(pairs) / n;
        }
        let far = if v >= 0.0 || n % 2.0 == 0.0 { v.abs().powf(n) } else { -v.abs().powf(n) };
        (2.0 * k).exp() - 2.0 * v * (1.0 - far) / (n * (1.0 - v).powi(2))
    }
}
