//! Photons from Planck's law without tables: a zeta-distributed term of a series, then a gamma variate.

use rand::Rng;
use rand_distr::{Distribution, Gamma, Zeta};

use crate::model::SystemError;
use crate::samplers::{Independent, Sampler};
use crate::systems::PhotonGas;
use crate::units::Beta;

/// Draws single photons of black-body radiation, independent of each other.
///
/// The Bose factor is a geometric series, `1/(e^x - 1) = sum_{k>=1} e^(-k x)`, so Planck's law is a mixture of gamma
/// distributions: `x^(s-1) / (e^x - 1) = sum_k x^(s-1) e^(-k x)`, whose k-th term has weight `Gamma(s) / k^s`. A photon is
/// drawn by `k ~ Zeta(s)` and `x ~ Gamma(s) / k`, exactly, with s = 3 for the number of photons and s = 4 for the power
/// they carry. x = h nu / (k_B T).
///
/// k is how many photons share a mode in the term drawn, and the k of them together have the Boltzmann weight
/// `e^(-beta k h nu)`: energies of [`Photons::cluster_energy`] at two temperatures have a log ratio of slope
/// `beta_2 - beta_1`. Single photons do not, because a Bose factor is no Boltzmann factor.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::Photons;
/// use gibbs::samplers::Sampler;
/// use gibbs::systems::radiation::planck::MEAN_PHOTON_ENERGY;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut photons, mut rng) = (Photons::by_number(Temperature::new(300.0)?.beta())?, Seed(1).set_up());
/// let mean = (0..10_000).map(|_| { photons.advance(&mut rng); photons.energy() }).sum::<f64>() / 1e4;
/// assert!((mean / 300.0 - MEAN_PHOTON_ENERGY).abs() < 4.5 * 3.055f64.sqrt() / 100.0);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// L. Devroye, *Non-Uniform Random Variate Generation* (1986), section X.6.1, doi:10.1007/978-1-4613-8643-8, for the zeta
/// distribution.
#[derive(Clone, Copy, Debug)]
pub struct Photons {
    terms: Zeta<f64>,
    energies: Gamma<f64>,
    term: f64,
    energy: f64,
}

impl Photons {
    /// Photons as they are counted: density `x^2 / (e^x - 1) / (2 zeta(3))`; beta in 1/K.
    ///
    /// # Errors
    ///
    /// T = 0 (there is no photon) and temperatures at which [`PhotonGas`] has no equilibrium.
    pub fn by_number(beta: Beta) -> Result<Self, SystemError> {
        Self::new(3.0, beta)
    }

    /// Photons with the probability of the energy they carry: density `15 / pi^4 * x^3 / (e^x - 1)`; beta in 1/K.
    ///
    /// The share of draws in a band of wavelengths estimates the share of power.
    ///
    /// # Errors
    ///
    /// As [`Photons::by_number`].
    pub fn by_power(beta: Beta) -> Result<Self, SystemError> {
        Self::new(4.0, beta)
    }

    fn new(exponent: f64, beta: Beta) -> Result<Self, SystemError> {
        let refuse =
            |reason| SystemError::NoEquilibrium { system: "photon_gas", temperature: beta.temperature(), reason };
        if PhotonGas::default().mean_photons(beta)? == 0.0 {
            return Err(refuse("it holds no photon to draw"));
        }
        let energies = Gamma::new(exponent, 1.0 / beta.get()).ok();
        let (terms, energies) = Zeta::new(exponent)
            .ok()
            .zip(energies)
            .ok_or_else(|| refuse("it is too extreme for the gamma distribution"))?;
        Ok(Self { terms, energies, term: 1.0, energy: 0.0 })
    }

    /// k, the number of photons that share a mode in the term drawn last.
    #[must_use]
    pub fn cluster_size(&self) -> f64 {
        self.term
    }

    /// k h nu / k_B \[K\], what these photons have together.
    #[must_use]
    pub fn cluster_energy(&self) -> f64 {
        self.term * self.energy
    }
}

impl Sampler for Photons {
    /// h nu / k_B \[K\] of one photon.
    type State = f64;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.term = self.terms.sample(rng);
        self.energy = self.energies.sample(rng) / self.term;
    }

    fn state(&self) -> &f64 {
        &self.energy
    }

    fn energy(&self) -> f64 {
        self.energy
    }
}

impl Independent for Photons {}
