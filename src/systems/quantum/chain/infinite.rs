//! The infinite Ising chain in a transverse field, per site: integrals over wave numbers.

use std::f64::consts::{LN_2, PI};

use super::checked;
use super::fermions::pair_mode;
use crate::ensemble::{Portion, Thermo, ThermoPerSite};
use crate::model::{Exact, SystemError};
use crate::numerics::tanh_sinh;
use crate::units::Beta;

const SYSTEM: &str = "tfim_chain";
/// Modes whose weight is below e^-40 of that of the lowest add nothing.
const NEGLIGIBLE_EXPONENT: f64 = 40.0;

/// `H = -J sum_i sz_i sz_i+1 - Gamma sum_i sx_i` in the thermodynamic limit: values per site only, nothing to sample.
///
/// `ln Z/n = (1/pi) integral_0^pi ln[2 cosh(beta e(k)/2)] dk`, `e(k) = 2 sqrt(J^2 + Gamma^2 - 2 J Gamma cos k)`. There is no transition
/// at T > 0; at T = 0 the chain is critical where abs(Gamma) = abs(J).
///
/// # Examples
///
/// The critical chain has the energy -4/pi per site.
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::InfiniteTfim;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let critical = InfiniteTfim::new(1.0, 1.0)?.thermo_per_site(Beta::INFINITE)?;
/// assert!((critical.energy_per_site + 4.0 / std::f64::consts::PI).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// P. Pfeuty, Ann. Phys. 57, 79 (1970), doi:10.1016/0003-4916(70)90270-8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InfiniteTfim {
    j: f64,
    gamma: f64,
}

impl InfiniteTfim {
    /// The chain with coupling `j` and transverse field `gamma`.
    ///
    /// # Errors
    ///
    /// A parameter that is not finite or beyond 1e100 in size.
    pub fn new(j: f64, gamma: f64) -> Result<Self, SystemError> {
        Ok(Self { j: checked(SYSTEM, "j", j)?, gamma: checked(SYSTEM, "gamma", gamma)? })
    }

    /// `<sx>` per site at `beta`.
    #[must_use]
    pub fn transverse_magnetization(&self, beta: Beta) -> f64 {
        let sign = if beta.get() < 0.0 { -1.0 } else { 1.0 };
        let vacuum = 0.5 * tanh_sinh(PI, |k| self.mode(k).slope);
        let thermal = |k: f64| {
            let mode = self.mode(k);
            let (_, [_, occupied]) = occupation(mode.energy, beta);
            occupied * mode.slope
        };
        sign * (vacuum - tanh_sinh(self.reach(beta), thermal)) / PI
    }

    /// The mode at wave number k, counted from where the energy is lowest.
    fn mode(&self, k: f64) -> super::fermions::Mode {
        let (sine, cosine) = (0.5 * k).sin_cos();
        let j = if self.gamma < 0.0 { -self.j.abs() } else { self.j.abs() };
        pair_mode(j, self.gamma, sine * sine, cosine * cosine)
    }

    /// The wave number beyond which no mode is excited.
    fn reach(&self, beta: Beta) -> f64 {
        let temperature = 1.0 / beta.get().abs();
        let (gap, above) = (2.0 * (self.j.abs() - self.gamma.abs()).abs(), NEGLIGIBLE_EXPONENT * temperature);
        // (e/2)^2 = (gap/2)^2 + 4 J Gamma sin^2(k/2), and sin(k/2) >= k/pi.
        let sine = 0.25 * (above * (above + 2.0 * gap)).sqrt() / (self.j.abs().sqrt() * self.gamma.abs().sqrt());
        (PI * sine).min(PI)
    }
}

/// An empty and an occupied mode at abs(beta), and their probabilities.
fn occupation(energy: f64, beta: Beta) -> (Portion, [f64; 2]) {
    let beta = if beta.get() < 0.0 { beta.scaled(-1.0).unwrap_or(beta) } else { beta };
    Portion::state(0.0, beta).joined(Portion::state(energy, beta), 0.0)
}

impl Exact for InfiniteTfim {
    /// Always an error: an infinite chain has no totals.
    fn thermo(&self, _beta: Beta) -> Result<Thermo, SystemError> {
        let reason = "the totals of an infinite chain are infinite; ask for values per site";
        Err(SystemError::NoExactResult { system: SYSTEM, reason })
    }

    fn n_sites(&self) -> f64 {
        f64::INFINITY
    }

    fn thermo_per_site(&self, beta: Beta) -> Result<ThermoPerSite, SystemError> {
        let reach = self.reach(beta);
        let thermal =
            |value: fn(&Portion) -> f64| tanh_sinh(reach, |k| value(&occupation(self.mode(k).energy, beta).0)) / PI;
        let vacuum = -0.5 * tanh_sinh(PI, |k| self.mode(k).energy) / PI;
        let positive = Beta::new(beta.get().abs())?;
        let mut site = Portion::state(vacuum, positive);
        (site.ln_z, site.mean) = (thermal(|mode| mode.ln_z), thermal(|mode| mode.mean));
        site.variance = thermal(|mode| mode.variance);
        let thermo = site.thermo();
        let energy = if beta.get() < 0.0 { -thermo.energy } else { thermo.energy };
        Ok(Thermo { beta, energy, ..thermo }.per_site(1.0))
    }

    /// Per site: `(S(0)/n, ln 2)`; the first is 0 unless there is neither coupling nor field.
    fn entropy_limits(&self) -> (f64, f64) {
        (if self.j == 0.0 && self.gamma == 0.0 { LN_2 } else { 0.0 }, LN_2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Boundary;
    use crate::systems::TfimChain;

    #[test]
    fn a_ring_much_longer_than_its_correlations_is_infinite() {
        for (j, gamma, beta, n) in [
            (1.0, 1.0, 0.0, 100),
            (1.0, 1.0, 1.0, 1000),
            (1.0, 1.0, 100.0, 40_000),
            (1.0, 0.5, 3.0, 40_000),
            (-1.0, 0.9, -2.0, 10_000),
            (-1.0, 1.1, 20.0, 10_000),
            (0.3, -1.0, 30.0, 1000),
            (0.0, 1.0, 2.0, 100),
            (1.0, 0.0, 2.0, 1000),
        ] {
            let infinite = InfiniteTfim::new(j, gamma).unwrap();
            let ring = TfimChain::new(n, j, gamma, Boundary::Periodic).unwrap();
            let beta = Beta::new(beta).unwrap();
            let (a, b) = (infinite.thermo_per_site(beta).unwrap(), ring.thermo_per_site(beta).unwrap());
            for (infinite, ring) in [
                (a.ln_z_per_site, b.ln_z_per_site),
                (a.energy_per_site, b.energy_per_site),
                (a.entropy_per_site, b.entropy_per_site),
                (a.heat_capacity_per_site, b.heat_capacity_per_site),
                (infinite.transverse_magnetization(beta), ring.transverse_magnetization(beta).unwrap()),
            ] {
                let close = (infinite - ring).abs() <= 1e-11 * ring.abs() + 1e-15;
                assert!(close, "{j} {gamma} {beta}: {infinite} {ring}");
            }
        }
    }

    #[test]
    fn the_critical_chain_has_the_heat_capacity_of_its_central_charge() {
        // C = pi c T/(3 v) with c = 1/2 and v = 2 J.
        let critical = InfiniteTfim::new(1.0, 1.0).unwrap();
        for t in [1e-5, 1e-8] {
            let at = critical.thermo_per_site(Beta::new(1.0 / t).unwrap()).unwrap();
            assert!((at.heat_capacity_per_site / (PI * t / 12.0) - 1.0).abs() < 1e-9, "{at:?}");
        }
        assert!((critical.transverse_magnetization(Beta::INFINITE) - 2.0 / PI).abs() < 1e-14);
        let free = InfiniteTfim::new(0.0, 0.0).unwrap().thermo_per_site(Beta::INFINITE).unwrap();
        assert!((free.entropy_per_site - LN_2).abs() < 1e-15);
    }
}
