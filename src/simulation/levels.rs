//! An ensemble drawn level by level: energy, heat capacity and entropy from occupation numbers.
//!
//! Particles and tokens both come through [`measure_levels`].

use rand::Rng;

use super::estimates::heat_capacity;
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::{Counts, Estimate};
use crate::samplers::occupation_numbers;
use crate::units::Beta;

/// One ensemble of independent particles (or tokens) drawn over the levels of a spectrum.
#[derive(Clone, Debug)]
pub struct DrawnLevels {
    /// Inverse temperature it was drawn at.
    pub beta: Beta,
    /// How many occupy each level, `[n_levels]`.
    pub occupation: Vec<u64>,
    /// U.
    pub energy: Estimate,
    /// Var(E), what the heat capacity is made of.
    pub variance: Estimate,
    /// S in nats from the frequencies alone; `None` where levels never drawn would matter.
    pub entropy: Option<Estimate>,
    /// Share in the ground state(s).
    pub ground: Estimate,
    /// Whether enough draws left the most populated level for errors to be quoted.
    pub resolved: bool,
    /// The exact values.
    pub exact: Thermo,
    /// The exact share in the ground state(s).
    pub exact_ground: f64,
}

impl DrawnLevels {
    /// C = beta^2 Var(E), for the temperature the ensemble is said to have.
    #[must_use]
    pub fn heat_capacity(&self, beta: Beta) -> Estimate {
        heat_capacity(self.variance, beta)
    }
}

/// Draws `n` particles over the levels of `spectrum` at `beta` and measures.
pub fn measure_levels<R: Rng + ?Sized>(spectrum: &Spectrum, beta: Beta, n: u64, rng: &mut R) -> DrawnLevels {
    let ensemble = Canonical::new(spectrum, beta);
    let occupation = occupation_numbers(&ensemble, n, rng);
    let counts = Counts::new(spectrum.excitations(), &occupation);
    let is_ground = |i: usize| spectrum.excitation(i) == 0.0;
    DrawnLevels {
        beta,
        energy: counts.mean().shifted(spectrum.ground_energy()),
        variance: counts.variance(),
        entropy: counts.entropy(|i| spectrum.ln_degeneracy(i)),
        ground: counts.share(is_ground),
        resolved: counts.is_resolved(),
        exact: ensemble.thermo(),
        exact_ground: (0..spectrum.len()).filter(|&i| is_ground(i)).map(|i| ensemble.probability(i)).sum(),
        occupation,
    }
}
