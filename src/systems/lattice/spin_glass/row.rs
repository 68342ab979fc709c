//! The row of `spin_glass`.

use super::{GlassFlip, SpinGlass};
use crate::model::{Exact, Magnet};
use crate::rng::Seed;
use crate::simulation::{
    ChainMethods, Chains, Choice, EnergyGrid, ExactMoments, Magnetization, Observable, Observables, SamplerName,
    Sampling,
};
use crate::systems::description::parameter;
use crate::systems::files::read;
use crate::systems::lattice::parameters::{BOUNDARY, finite};
use crate::systems::parameters::Parameters;
use crate::systems::system::PhysicalSystem;
use crate::systems::{CatalogueError, Description, System};
use crate::units::Dimension;

/// The row of `spin_glass`.
pub(in crate::systems) static ROW: Description = Description {
    name: "spin_glass",
    summary: "Ising spins with given or random couplings",
    hamiltonian: "E = -sum J_ij s_i s_j - h sum s_i, s = +1 or -1; every T is legal",
    parameters: &[
        parameter("dimension", Some("3"), "1", "1, 2 or 3: chain, square or cubic lattice"),
        parameter(
            "l",
            Some("8"),
            "1",
            "side, or sides as 4x6; along a periodic side of 2, two bonds join each pair of neighbours",
        ),
        parameter("seed", Some("1"), "1", "which realization of the random couplings"),
        parameter("distribution", Some("bimodal"), "-", "bimodal (+1 or -1) or gaussian (mean 0, variance 1)"),
        parameter("couplings", None, "-", "CSV with rows i,j,J instead of random couplings; sites count from 0"),
        parameter("h", Some("0"), "J0", "field, in the unit of the couplings"),
        BOUNDARY,
    ],
    exact: "enumeration up to 24 spins",
    samplers: "tempering, metropolis, wang-landau (couplings that are whole multiples of one step)",
    reference: "S. F. Edwards and P. W. Anderson, J. Phys. F 5, 965 (1975), doi:10.1088/0305-4608/5/5/017",
    unit: None,
    build,
};

/// The square of the overlap q = sum s s'/N of two independent replicas.
const OVERLAP: Observable = Observable::intensive("overlap_squared", Dimension::Number).square();

fn build(parameters: &Parameters<'_>) -> Result<System, CatalogueError> {
    let h = parameters.finite("h")?;
    let shaped = ["dimension", "l"].into_iter().any(|name| parameters.given(name).is_some());
    if let Some(path) = parameters.given("couplings") {
        for first in ["seed", "distribution"] {
            if parameters.given(first).is_some() {
                return Err(parameters.conflict(first, "couplings"));
            }
        }
        let lattice = if shaped { Some(finite(parameters)?) } else { None };
        let parse = |text: &str| {
            let glass = SpinGlass::from_text(text, h)?;
            match &lattice {
                Some(lattice) => glass.matching(lattice),
                None => Ok(glass),
            }
        };
        return Ok(System::new(read(path, parse)?));
    }
    let seed: u64 = parameters.parsed("seed", "a whole number")?;
    let (mut rng, lattice) = (Seed(seed).set_up(), finite(parameters)?);
    Ok(System::new(match parameters.text("distribution") {
        "bimodal" => SpinGlass::bimodal(&lattice, h, &mut rng)?,
        "gaussian" => SpinGlass::gaussian(&lattice, h, &mut rng)?,
        other => return Err(parameters.refusal("distribution", "bimodal or gaussian", other)),
    }))
}

impl PhysicalSystem for SpinGlass {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        let kind = Magnetization { n_components: Some(1), in_field: self.h() != 0.0 };
        let moments = |beta| {
            let (n, m) = (self.n_sites(), self.glass_moments(beta).ok()?);
            Some(ExactMoments {
                magnetization: n * m.magnetization,
                abs: n * m.abs_magnetization,
                square: n * n * m.m2,
                fourth: None,
            })
        };
        let observables = Observables::new().magnetization(kind, |state| self.magnetization(state), moments);
        let chains = Chains::new(self, observables);
        let square = OVERLAP.known(|beta| Some(self.glass_moments(beta).ok()?.q2));
        let make = |beta, state| GlassFlip::new(self, beta, state);
        let overlap = |a: &super::GlassState, b: &super::GlassState| a.overlap(b).powi(2);
        let sizes = self.bonds().iter().map(|bond| bond.coupling.abs());
        let reach = sizes.clone().sum::<f64>() + self.h().abs() * self.n_sites();
        let methods = vec![
            chains.tempering_with_overlap(self.mean_field_temperature(), make, square, overlap),
            chains.each(SamplerName::Metropolis, move |beta, state, _| Ok(make(beta, state))),
            chains.flat_histogram(EnergyGrid::symmetric(reach, sizes.chain([self.h().abs()])), None),
        ];
        let why = "cold spins freeze; exchange with hotter replicas frees them";
        let automatic = move |_| Choice { sampler: SamplerName::Tempering, why };
        Sampling::Chains(ChainMethods::new(methods).automatic(automatic))
    }
}
