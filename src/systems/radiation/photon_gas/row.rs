//! The row of `photon_gas`.

use super::{Cavity, PhotonGas, Photons};
use crate::model::Exact;
use crate::samplers::{Sampler, Schedule};
use crate::simulation::estimates::or_constant;
use crate::simulation::{
    DEFAULT_PARTICLES, DrawEstimates, DrawMethod, Observable, Observables, Sampling, measure_chain, record,
};
use crate::systems::description::parameter;
use crate::systems::radiation::planck::MEAN_PHOTON_ENERGY;
use crate::systems::system::PhysicalSystem;
use crate::systems::{Description, System};
use crate::units::constants::SECOND_RADIATION;
use crate::units::{Beta, Dimension, EnergyUnit};

/// The row of `photon_gas`.
pub(in crate::systems) static ROW: Description = Description {
    name: "photon_gas",
    summary: "black-body radiation in a cavity",
    hamiltonian: "E = sum over modes of n h nu, n = 0, 1, ..., without zero-point energy; the cavity is taken as \
                  much larger than the thermal wavelength h c/(k_B T); T >= 0 and finite",
    parameters: &[parameter("volume", Some("1"), "m^3", "volume of the cavity")],
    exact: "Planck, Stefan-Boltzmann; `gibbs glow` prints Wien's peaks and colours",
    samplers: "direct: whole cavities (each counts as one of --particles) and single photons (zeta-gamma mixture)",
    reference: "M. Planck, Ann. Phys. 309, 553 (1901), doi:10.1002/andp.19013090310",
    unit: Some(EnergyUnit::Joule),
    build: |parameters| Ok(System::new(PhotonGas::new(parameters.positive("volume")?)?)),
};

/// Sides below so many thermal wavelengths have corrections of a percent or more.
const SMALL: f64 = 10.0;
const PHOTONS: Observable = Observable::extensive("photons", Dimension::Number);
/// Mean energy of one photon.
const PHOTON_ENERGY: Observable = Observable::intensive("photon_energy", Dimension::Energy);

impl PhysicalSystem for PhotonGas {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        Sampling::Draws(vec![DrawMethod::independent(DEFAULT_PARTICLES / 10, |beta, n, rng| {
            let (exact, photons) = (self.thermo(beta)?.energy, self.mean_photons(beta)?);
            let mut events = 0;
            let series = record(&mut Cavity::new(*self, beta)?, n, rng, |cavity| {
                events += u64::from(cavity.state().photons > 0.0);
                [cavity.energy() - exact, cavity.state().photons - photons]
            })?;
            let mut others = vec![(PHOTONS, or_constant(series.mean(1))?.shifted(photons), photons)];
            if photons > 0.0 {
                let schedule = Schedule { thermalization: 0, sweeps: n };
                let one = measure_chain(&mut Photons::by_number(beta)?, schedule, &Observables::new(), rng)?;
                others.push((PHOTON_ENERGY, one.energy, MEAN_PHOTON_ENERGY * beta.temperature().get()));
            }
            DrawEstimates::about(&series, exact, beta, others, events)
        })])
    }

    fn caveat(&self, beta: Beta) -> Option<String> {
        let (t, side) = (beta.temperature(), self.volume.cbrt());
        let wavelength = SECOND_RADIATION / t.get();
        (wavelength.is_finite() && side < SMALL * wavelength).then(|| {
            format!(
                "T = {t}: the cavity has a side of {side:.2e} m and the thermal wavelength h c/(k_B T) is {wavelength:.2e} m; in a \
                 cavity this small the modes are discrete, and Planck's law does not hold: the numbers are those of a part of a \
                 large cavity"
            )
        })
    }
}
