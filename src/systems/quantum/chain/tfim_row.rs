//! The row of `tfim_chain`: finite chains, and the infinite one.

use super::{FermionModes, InfiniteTfim, TfimChain};
use crate::model::Boundary;
use crate::samplers::Schedule;
use crate::simulation::{DrawEstimates, DrawMethod, Observables, Sampling, affordable_draws, measure_chain};
use crate::systems::description::parameter;
use crate::systems::lattice::parameters::{BOUNDARY, boundary};
use crate::systems::parameters::Parameters;
use crate::systems::system::PhysicalSystem;
use crate::systems::{CatalogueError, Description, System};

/// The row of `tfim_chain`.
pub(in crate::systems) static ROW: Description = Description {
    name: "tfim_chain",
    summary: "the Ising chain in a transverse field",
    hamiltonian: "H = -j sum sz sz - gamma sum sx over neighbours, sz and sx Pauli matrices; every T is legal",
    parameters: &[
        parameter("n", Some("8"), "1", "number of spins, 2 to 10^6; inf: exact results per site only"),
        parameter("j", Some("1"), "E0", "coupling"),
        parameter("gamma", Some("1"), "E0", "transverse field"),
        BOUNDARY,
    ],
    exact: "free fermions, at any length; levels listed up to 20 spins",
    samplers: "direct (levels of short chains, fermion modes of long ones)",
    reference: "P. Pfeuty, Ann. Phys. 57, 79 (1970), doi:10.1016/0003-4916(70)90270-8",
    unit: None,
    build,
};

fn build(parameters: &Parameters<'_>) -> Result<System, CatalogueError> {
    let [j, gamma] = ["j", "gamma"].map(|name| parameters.finite(name));
    let boundary = boundary(parameters)?;
    if parameters.text("n") == "inf" && boundary == Boundary::Open {
        return Err(parameters.refusal(
            "boundary",
            "left out with n=inf, because an infinite chain has no boundary",
            "open",
        ));
    }
    if parameters.text("n") == "inf" {
        return Ok(System::new(InfiniteTfim::new(j?, gamma?)?));
    }
    let n = parameters.parsed("n", "a whole number of spins, or inf")?;
    Ok(System::new(TfimChain::new(n, j?, gamma?, boundary)?))
}

impl PhysicalSystem for TfimChain {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        if let Some(spectrum) = self.spectrum() {
            return Sampling::of_spectrum(spectrum);
        }
        Sampling::Draws(vec![DrawMethod::independent(affordable_draws(self.n().into()), |beta, n, rng| {
            let schedule = Schedule { thermalization: 0, sweeps: n };
            let chain = measure_chain(&mut FermionModes::new(self, beta)?, schedule, &Observables::new(), rng)?;
            Ok(DrawEstimates::of_chain(&chain, beta))
        })])
    }
}

physical_system!(InfiniteTfim, ROW, |_system| Sampling::ExactOnly);
