//! The Potts model in the thermodynamic limit: the infinite chain, and what is known of the square lattice at T_c.

use super::{SYSTEM, chain, checked};
use crate::ensemble::{Thermo, ThermoPerSite};
use crate::model::{Exact, SystemError};
use crate::units::{Beta, Temperature};

/// An infinite Potts chain, solved at every temperature, or square lattice, solved at its transition only.
///
/// The square lattice (J > 0) orders at T_c = J/ln(1 + sqrt q): continuously for q <= 4, with a latent heat above.
///
/// # Examples
///
/// ```
/// use gibbs::systems::InfinitePotts;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let square = InfinitePotts::plane(10, 1.0)?;
/// assert!(square.latent_heat().is_some_and(|latent| (latent - 0.696049431521910).abs() < 1e-12));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// R. J. Baxter, J. Phys. C 6, L445 (1973), doi:10.1088/0022-3719/6/23/005.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InfinitePotts {
    dimension: usize,
    q: u32,
    j: f64,
}

impl InfinitePotts {
    /// The infinite chain of `q` colours with coupling `j`.
    ///
    /// # Errors
    ///
    /// q outside 2..=64; a coupling that is not finite.
    pub fn chain(q: u32, j: f64) -> Result<Self, SystemError> {
        let (q, j) = checked(q, j)?;
        Ok(Self { dimension: 1, q, j })
    }

    /// The infinite square lattice of `q` colours with coupling `j`.
    ///
    /// # Errors
    ///
    /// As [`InfinitePotts::chain`].
    pub fn plane(q: u32, j: f64) -> Result<Self, SystemError> {
        let (q, j) = checked(q, j)?;
        Ok(Self { dimension: 2, q, j })
    }

    /// Whether it is a square lattice with a transition.
    fn orders(&self) -> bool {
        self.dimension == 2 && self.j > 0.0
    }

    fn root(&self) -> f64 {
        f64::from(self.q).sqrt()
    }

    /// T_c = J/ln(1 + sqrt q) of the square lattice; `None` in one dimension and for J <= 0.
    #[must_use]
    pub fn critical_temperature(&self) -> Option<Temperature> {
        if self.orders() { Temperature::new(self.j / self.root().ln_1p()).ok() } else { None }
    }

    /// U/N = -J (1 + 1/sqrt q) at T_c, for q > 4 the mean of the ordered and the disordered phase; `None` as
    /// [`InfinitePotts::critical_temperature`].
    #[must_use]
    pub fn critical_energy(&self) -> Option<f64> {
        self.orders().then(|| -self.j * (1.0 + 1.0 / self.root()))
    }

    /// Latent heat per site, `2 J (1 + 1/sqrt q) tanh(t/2) prod_n tanh^2(n t)` with 2 cosh t = sqrt q for q > 4, else
    /// 0; `None` as [`InfinitePotts::critical_temperature`].
    ///
    /// The two phases lie half of it below and above [`InfinitePotts::critical_energy`].
    #[must_use]
    pub fn latent_heat(&self) -> Option<f64> {
        let middle = self.critical_energy()?;
        if self.q <= 4 {
            return Some(0.0);
        }
        let t = (0.5 * self.root()).acosh();
        // A factor with n t > 20 differs from 1 by less than 4 e^-40.
        let product: f64 = (1..=(20.0 / t).ceil() as u32).map(|n| (f64::from(n) * t).tanh().powi(2)).product();
        Some(-2.0 * middle * (0.5 * t).tanh() * product)
    }

    /// The correlation length of the disordered phase at T_c for q > 4: 1/xi = 4 sum_n ln((1 + w_n)/(1 - w_n)) with
    /// w_n = 1/(sqrt 2 cosh((n + 1/2) pi^2/(2 v))) and v = ln((sqrt(sqrt q + 2) + sqrt(sqrt q - 2))/2). e^(-L/xi) is the share of
    /// states in which both phases share a torus of side L, and 1/xi is twice the tension between them. `None` where there is one phase.
    ///
    /// # References
    ///
    /// E. Buffenoir and S. Wallon, J. Phys. A 26, 3045 (1993), doi:10.1088/0305-4470/26/13/009;
    /// C. Borgs and W. Janke, J. Phys. I 2, 2011 (1992), doi:10.1051/jp1:1992265.
    #[must_use]
    pub fn correlation_length(&self) -> Option<f64> {
        if !self.orders() || self.q <= 4 {
            return None;
        }
        let v = (0.5 * ((self.root() + 2.0).sqrt() + (self.root() - 2.0).sqrt())).ln();
        let step = std::f64::consts::PI.powi(2) / (2.0 * v);
        // A term with cosh(x), x > 40, is less than 1e-16 of the first.
        let terms = (0..=(40.0 / step) as u32).map(|n| {
            let w = 1.0 / (2f64.sqrt() * ((f64::from(n) + 0.5) * step).cosh());
            w.ln_1p() - (-w).ln_1p()
        });
        Some(0.25 / terms.sum::<f64>())
    }

    /// ln Z, U, S and C per site.
    fn one_site(&self, beta: Beta) -> Result<Thermo, SystemError> {
        if self.dimension == 2 && self.j != 0.0 {
            let reason =
                "the infinite square lattice is solved only at T_c; ask for a chain or a lattice of few columns";
            return Err(SystemError::NoExactResult { system: SYSTEM, reason });
        }
        Ok(chain::bond(self.q, self.j, beta)?)
    }
}

impl Exact for InfinitePotts {
    /// Always an error: an infinite lattice has no totals.
    fn thermo(&self, _beta: Beta) -> Result<Thermo, SystemError> {
        let reason = "the totals of an infinite lattice are infinite; ask for values per site";
        Err(SystemError::NoExactResult { system: SYSTEM, reason })
    }

    fn n_sites(&self) -> f64 {
        f64::INFINITY
    }

    fn thermo_per_site(&self, beta: Beta) -> Result<ThermoPerSite, SystemError> {
        Ok(self.one_site(beta)?.per_site(1.0))
    }

    /// Per site: `(S(0)/N, ln q)`; S(0)/N is NaN where no exact result tells it.
    fn entropy_limits(&self) -> (f64, f64) {
        let ground = if self.orders() { Ok(0.0) } else { self.one_site(Beta::INFINITE).map(|thermo| thermo.entropy) };
        (ground.unwrap_or(f64::NAN), f64::from(self.q).ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_have_their_limits_and_planes_their_refusals() {
        let chain = InfinitePotts::chain(3, -1.0).unwrap();
        assert_eq!(chain.critical_temperature(), None);
        assert!((chain.entropy_limits().0 - 2f64.ln()).abs() < 1e-15 && chain.thermo(Beta::ZERO).is_err());
        let hot = chain.thermo_per_site(Beta::ZERO).unwrap();
        assert!((hot.energy_per_site - 1.0 / 3.0).abs() < 1e-15 && (hot.entropy_per_site - 3f64.ln()).abs() < 1e-15);
        let square = InfinitePotts::plane(3, 1.0).unwrap();
        assert!(square.thermo_per_site(Beta::ZERO).unwrap_err().to_string().contains("solved only at T_c"));
        assert_eq!((square.entropy_limits().0, square.latent_heat()), (0.0, Some(0.0)));
        let antiferromagnet = InfinitePotts::plane(3, -1.0).unwrap();
        assert!(antiferromagnet.latent_heat().is_none() && antiferromagnet.entropy_limits().0.is_nan());
        assert!(InfinitePotts::chain(65, 1.0).is_err() && InfinitePotts::plane(3, f64::NAN).is_err());
    }

    #[test]
    fn the_correlation_length_falls_with_q() {
        let length = |q| InfinitePotts::plane(q, 1.0).unwrap().correlation_length();
        // As published, to the digits given.
        for (q, known) in [(5, 2_512.246_7), (8, 23.878_2), (10, 10.559_519), (20, 2.695_502)] {
            let found = length(q).unwrap();
            assert!((found / known - 1.0).abs() < 1e-5, "q = {q}: {found}");
        }
        assert!(length(4).is_none() && InfinitePotts::chain(10, 1.0).unwrap().correlation_length().is_none());
    }

    #[test]
    fn large_q_loses_all_its_bonds_at_once() {
        // e^(2 K_c) -> q: the ordered phase has all 2N bonds satisfied, the disordered one almost none.
        let square = InfinitePotts::plane(64, 2.0).unwrap();
        let (middle, latent) = (square.critical_energy().unwrap(), square.latent_heat().unwrap());
        assert!(middle == -2.25 && (middle - 0.5 * latent) > -4.0 && (middle + 0.5 * latent) < 0.0);
        assert!(latent > InfinitePotts::plane(20, 2.0).unwrap().latent_heat().unwrap());
    }
}
