//! The row of `debye_solid`.

use super::{DebyeModes, DebyeSolid};
use crate::simulation::{DEFAULT_PARTICLES, DrawEstimates, DrawMethod, Sampling};
use crate::systems::description::parameter;
use crate::systems::system::PhysicalSystem;
use crate::systems::{Description, System};

/// The row of `debye_solid`.
pub(in crate::systems) static ROW: Description = Description {
    name: "debye_solid",
    summary: "an atom of Debye's crystal: three modes below a cutoff",
    hamiltonian: "modes of quantum omega, density 9 omega^2/theta^3 up to theta, zero-point energy included (9/8 theta); \
                  T >= 0 and finite",
    parameters: &[parameter("theta", Some("1"), "E0", "cutoff")],
    exact: "Debye's integral",
    samplers: "direct (modes)",
    reference: "P. Debye, Ann. Phys. 344, 789 (1912), doi:10.1002/andp.19123441404",
    unit: None,
    build: |parameters| Ok(System::new(DebyeSolid::new(parameters.positive("theta")?)?)),
};

impl PhysicalSystem for DebyeSolid {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        Sampling::Draws(vec![DrawMethod::independent(DEFAULT_PARTICLES, |beta, n, rng| {
            DrawEstimates::of_quenched(&mut DebyeModes::new(*self, beta)?, n, rng)
        })])
    }
}
