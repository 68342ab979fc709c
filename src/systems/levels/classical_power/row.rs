//! The row of `classical_power`.

use super::ClassicalPower;
use crate::model::Model;
use crate::samplers::{Metropolis, Schedule};
use crate::simulation::{
    DEFAULT_PARTICLES, DEFAULT_SWEEPS, DrawEstimates, DrawMethod, Observables, SamplerName, Sampling, measure_chain,
};
use crate::systems::description::parameter;
use crate::systems::levels::PowerWell;
use crate::systems::system::PhysicalSystem;
use crate::systems::{Description, System};

/// The row of `classical_power`.
pub(in crate::systems) static ROW: Description = Description {
    name: "classical_power",
    summary: "one classical coordinate in a power-law well, without momentum",
    hamiltonian: "E = stiffness abs(x)^power, measure dx; T > 0 and finite (classical entropy diverges at T = 0)",
    parameters: &[
        parameter("power", Some("2"), "1", "exponent"),
        parameter("stiffness", Some("1"), "E0/x0^power", "prefactor"),
    ],
    exact: "equipartition: U = T/power, C = 1/power",
    samplers: "direct (gamma), metropolis",
    reference: "R. C. Tolman, Phys. Rev. 11, 261 (1918), doi:10.1103/PhysRev.11.261",
    unit: None,
    build: |parameters| {
        let (power, stiffness) = (parameters.positive("power")?, parameters.positive("stiffness")?);
        Ok(System::new(ClassicalPower::new(power, stiffness)?))
    },
};

impl PhysicalSystem for ClassicalPower {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        let direct = DrawMethod::independent(DEFAULT_PARTICLES, |beta, n, rng| {
            let schedule = Schedule { thermalization: 0, sweeps: n };
            Ok(DrawEstimates::of_chain(
                &measure_chain(&mut PowerWell::new(*self, beta)?, schedule, &Observables::new(), rng)?,
                beta,
            ))
        });
        let metropolis = DrawMethod::chain(SamplerName::Metropolis, 2 * DEFAULT_SWEEPS, |beta, n, rng| {
            let schedule = Schedule { thermalization: n / 10, sweeps: n };
            let mut walker = Metropolis::new(self, beta, self.initial_state(rng));
            Ok(DrawEstimates::of_chain(&measure_chain(&mut walker, schedule, &Observables::new(), rng)?, beta))
        });
        Sampling::Draws(vec![direct, metropolis])
    }
}
