//! The row of `ideal_gas`.

use super::{Filling, IdealGas, Maxwell};
use crate::model::Exact;
use crate::samplers::Sampler;
use crate::simulation::{DrawEstimates, DrawMethod, Observable, Sampling, affordable_draws, record};
use crate::systems::description::parameter;
use crate::systems::parameters::Parameters;
use crate::systems::system::PhysicalSystem;
use crate::systems::{CatalogueError, Description, System};
use crate::units::{Beta, Dimension, EnergyUnit};

/// The row of `ideal_gas`.
pub(in crate::systems) static ROW: Description = Description {
    name: "ideal_gas",
    summary: "free atoms, without spin",
    hamiltonian: "E = sum m v^2/2 of n atoms; the volume follows from the pressure (V = n k_B T/p) or the \
                  density; ln n! by Stirling's formula; T > 0 and finite",
    parameters: &[
        parameter("mass", Some("39.948"), "u", "mass of an atom; argon"),
        parameter("n", Some("1"), "1", "number of atoms; all results are proportional to it"),
        parameter("pressure", Some("100000"), "Pa", "pressure; C is nevertheless that at constant volume"),
        parameter("density", None, "1/m^3", "atoms per volume, in place of a pressure"),
    ],
    exact: "Sackur-Tetrode entropy, Maxwell-Boltzmann speeds",
    samplers: "direct (normal velocities)",
    reference: "H. Tetrode, Ann. Phys. 343, 434 (1912), doi:10.1002/andp.19123430708",
    unit: Some(EnergyUnit::Joule),
    build,
};

/// Mean speed of an atom, in m/s.
const MEAN_SPEED: Observable = Observable::intensive("mean_speed", Dimension::Number);
/// Atoms in a cube of one thermal wavelength, above which quantum statistics changes the pressure by a per cent or two.
const DEGENERATE: f64 = 0.1;

fn build(parameters: &Parameters<'_>) -> Result<System, CatalogueError> {
    let n = parameters.parsed("n", "a whole number of atoms")?;
    let filling = match (parameters.given("density"), parameters.given("pressure")) {
        (Some(_), Some(_)) => return Err(parameters.conflict("pressure", "density")),
        (Some(_), None) => Filling::Density(parameters.positive("density")?),
        (None, _) => Filling::Pressure(parameters.positive("pressure")?),
    };
    Ok(System::new(IdealGas::new(parameters.positive("mass")?, n, filling)?))
}

impl PhysicalSystem for IdealGas {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn site_name(&self) -> &'static str {
        "particle"
    }

    fn sampling(&self) -> Sampling<'_> {
        Sampling::Draws(vec![DrawMethod::independent(affordable_draws(self.n()), |beta, n, rng| {
            let exact = self.thermo(beta)?.energy;
            let series = record(&mut Maxwell::new(*self, beta)?, n, rng, |atoms| {
                let [x, y, z] = atoms.state()[0];
                [atoms.energy() - exact, x.hypot(y).hypot(z)]
            })?;
            let speed = (MEAN_SPEED, series.mean(1)?, self.speeds(beta)?.mean());
            DrawEstimates::about(&series, exact, beta, vec![speed], n)
        })])
    }

    fn caveat(&self, beta: Beta) -> Option<String> {
        let degeneracy = self.degeneracy_parameter(beta).ok().filter(|x| *x > DEGENERATE)?;
        let t = beta.temperature();
        Some(format!(
            "T = {t}: {degeneracy:.2} atoms in a cube of one thermal wavelength; at this density quantum statistics \
             matter, and Maxwell-Boltzmann does not hold"
        ))
    }
}
