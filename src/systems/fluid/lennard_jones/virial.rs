//! The dilute limit: second virial coefficients of the full, the cut and the shifted potential.

use std::f64::consts::PI;

use super::two_particles::levels;
use super::{LennardJones, PairTruncation, require_equilibrium};
use crate::ensemble::{Canonical, Spectrum};
use crate::model::SystemError;
use crate::units::Temperature;

/// The temperature \[eps\] at which the second virial coefficient of the full potential vanishes.
pub const BOYLE_TEMPERATURE: f64 = 3.417_928_023_049_11;

/// First corrections to the ideal gas in the density, `P = rho T (1 + rho B) + ...` and `U/N = u1 rho + ...`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VirialLimit {
    /// `B2 = -(1/2) int (e^(-u/T) - 1) d^3r`, second virial coefficient \[sigma^3\].
    pub b2: f64,
    /// B of the pressure as it is measured \[sigma^3\]: from the virial inside the cutoff, without the impulse at a cut,
    /// with the tail. The same as `b2` for the full and for a shifted potential.
    pub b2_pressure: f64,
    /// `u1 = -T^2 dB2/dT`, configurational energy per particle and density \[eps sigma^3\], tail included.
    pub u1: f64,
}

impl VirialLimit {
    /// That of the full potential, without cutoff: `B2 = -(2 pi/3) sum_n 2^(n - 3/2) Gamma(n/2 - 1/4) T^-(2n+1)/4 / n!`.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T, and T below 0.002, where the sum overflows.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::{systems::{BOYLE_TEMPERATURE, VirialLimit}, units::Temperature};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let limit = VirialLimit::of_full_potential(Temperature::new(BOYLE_TEMPERATURE)?)?;
    /// assert!(limit.b2.abs() < 1e-8);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # References
    ///
    /// J. E. Jones, Proc. R. Soc. A 106, 463 (1924), doi:10.1098/rspa.1924.0082.
    pub fn of_full_potential(temperature: Temperature) -> Result<Self, SystemError> {
        require_equilibrium(temperature.beta())?;
        let t = temperature.get();
        let (mut b2, mut u1) = (0.0, 0.0);
        // Terms grow until n is about 2/sqrt(T) ... 4/T and then fall faster than geometrically.
        let mut n = 0.0;
        loop {
            let ln_size = (n - 1.5) * std::f64::consts::LN_2 + libm::lgamma(0.5 * n - 0.25)
                - 0.25 * (2.0 * n + 1.0) * t.ln()
                - libm::lgamma(n + 1.0);
            // Gamma(-1/4) is the only negative one.
            let term = if n == 0.0 { -ln_size.exp() } else { ln_size.exp() };
            b2 -= 2.0 * PI / 3.0 * term;
            u1 -= 2.0 * PI / 3.0 * term * 0.25 * (2.0 * n + 1.0) * t;
            if n > 4.0 / t + 40.0 && term < 1e-18 * b2.abs().max(1e-300) {
                break;
            }
            if !b2.is_finite() || n > 1e5 {
                return Err(SystemError::NoExactResult {
                    system: super::NAME,
                    reason: "its virial coefficients overflow at so low a temperature",
                });
            }
            n += 1.0;
        }
        Ok(Self { b2, b2_pressure: b2, u1 })
    }
}

impl LennardJones {
    /// The dilute limit of this potential with its cutoff, as energies and pressures of samples approach it.
    ///
    /// # Errors
    ///
    /// T = 0, infinite and negative T, and T below 1e-4.
    pub fn virial_limit(&self, temperature: Temperature) -> Result<VirialLimit, SystemError> {
        let beta = temperature.beta();
        let b = require_equilibrium(beta)?;
        let t = temperature.get();
        let cutoff = self.cutoff();
        let sphere = 4.0 / 3.0 * PI * cutoff.powi(3);
        // int of e^(-u/T) over the sphere is Z, and of u e^(-u/T) it is Z U.
        let inside = Canonical::new(&levels(self.pair(), b, 0.0)?, beta).thermo();
        let weight = inside.ln_z.exp();
        let b2 = 0.5 * (sphere - weight);
        let u1 = 0.5 * weight * inside.energy;
        if self.truncation() == PairTruncation::Shifted {
            return Ok(VirialLimit { b2, b2_pressure: b2, u1 });
        }
        let edge = Canonical::new(&Spectrum::new(vec![super::pair::full(cutoff * cutoff)])?, beta).thermo().ln_z;
        let without_impulse = b2 + 0.5 * sphere * edge.exp_m1();
        let per_density = 1.0 / self.density();
        Ok(VirialLimit {
            b2,
            b2_pressure: without_impulse + self.tail_pressure() * per_density * per_density / t,
            u1: u1 + 0.5 * self.tail_chemical_potential() * per_density,
        })
    }
}
