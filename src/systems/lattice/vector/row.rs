//! The rows of `xy` and `heisenberg`.

use super::{Heisenberg, OverRelaxation, VectorHeatBath, VectorModel, VectorState, Xy};
use crate::model::{Magnet, Model, SystemError};
use crate::samplers::Metropolis;
use crate::simulation::{ChainMethods, Chains, Magnetization, Observables, SamplerName, Sampling};
use crate::systems::lattice::automatic::{Spins, mean_field_temperature};
use crate::systems::lattice::contest::{Contest, Pilots};
use crate::systems::lattice::parameters::{BOUNDARY, COUPLING, DIMENSION, LATTICE, SIDE, coupling, finite};
use crate::systems::system::PhysicalSystem;
use crate::systems::{Description, System};
use crate::units::Beta;

/// The row of `xy`.
pub(in crate::systems) static XY: Description = Description {
    name: "xy",
    summary: "unit vectors in a plane",
    hamiltonian: "E = -j sum s . s' over neighbours, abs(s) = 1, measure d theta/2 pi; T not 0",
    parameters: &[DIMENSION, LATTICE, SIDE, COUPLING, BOUNDARY],
    exact: "chains: Bessel functions",
    samplers: "wolff, swendsen-wang, over-relaxation, heat-bath, metropolis, tempering",
    reference: "J. M. Kosterlitz and D. J. Thouless, J. Phys. C 6, 1181 (1973), doi:10.1088/0022-3719/6/7/010",
    unit: None,
    build: |parameters| Ok(System::new(Xy::new(finite(parameters)?, coupling(parameters)?)?)),
};

/// The row of `heisenberg`.
pub(in crate::systems) static HEISENBERG: Description = Description {
    name: "heisenberg",
    summary: "unit vectors in space",
    hamiltonian: "E = -j sum s . s' over neighbours, abs(s) = 1, measure d Omega/4 pi; T not 0",
    parameters: &[DIMENSION, LATTICE, SIDE, COUPLING, BOUNDARY],
    exact: "chains: Langevin function and spherical Bessel functions",
    samplers: "wolff, swendsen-wang, over-relaxation, heat-bath, metropolis, tempering",
    reference: "M. E. Fisher, Am. J. Phys. 32, 343 (1964), doi:10.1119/1.1970340",
    unit: None,
    build: |parameters| Ok(System::new(Heisenberg::new(finite(parameters)?, coupling(parameters)?)?)),
};

impl PhysicalSystem for Xy {
    fn description(&self) -> &'static Description {
        &XY
    }

    fn sampling(&self) -> Sampling<'_> {
        sampling(self)
    }

    fn has_equilibrium(&self, beta: Beta) -> Result<(), SystemError> {
        self.reduced_coupling(beta).map(drop)
    }
}

impl PhysicalSystem for Heisenberg {
    fn description(&self) -> &'static Description {
        &HEISENBERG
    }

    fn sampling(&self) -> Sampling<'_> {
        sampling(self)
    }

    fn has_equilibrium(&self, beta: Beta) -> Result<(), SystemError> {
        self.reduced_coupling(beta).map(drop)
    }
}

fn sampling<const D: usize>(model: &VectorModel<D>) -> Sampling<'_>
where
    VectorModel<D>: PhysicalSystem,
{
    let kind = Magnetization { n_components: Some(D as u32), in_field: false };
    let observables = Observables::new().magnetization(kind, |state| model.magnetization(state), |_| None);
    let relaxed = mean_field_temperature(model.lattice(), model.j()) / D as f64;
    let chains = Chains::new(model, observables).stirred_below(relaxed);
    let methods = vec![
        chains.wolff(),
        chains.swendsen_wang(),
        chains.each(SamplerName::OverRelaxation, |beta, state, _| Ok(OverRelaxation::new(model, beta, state))),
        chains.metropolis(),
        chains.each(SamplerName::HeatBath, |beta, state, _| Ok(VectorHeatBath::new(model, beta, state))),
        chains.tempering(relaxed, |beta, state| OverRelaxation::new(model, beta, state)),
    ];
    let spins = Spins {
        lattice: model.lattice(),
        j: model.j(),
        h: 0.0,
        mean_field_temperature: relaxed,
        antiferromagnetic_clusters: true,
        local: SamplerName::OverRelaxation,
    };
    let pilots = Pilots::new(model.lattice(), |lattice| VectorModel::new(lattice, model.j()));
    let cheapest = move |beta| pilots.as_ref()?.cheapest(|small| contest(model, small, beta));
    let methods = ChainMethods::new(methods).automatic(move |beta| spins.automatic(beta, &cheapest));
    Sampling::Chains(methods.anchored_by(SamplerName::HeatBath))
}

/// Samplers of `small`, which is like `model`.
fn contest<'m, const D: usize>(model: &VectorModel<D>, small: &'m VectorModel<D>, beta: Beta) -> Contest<'m>
where
    VectorModel<D>: PhysicalSystem,
{
    let bonds = model.lattice().coordination() as f64;
    let mut contest = Contest::new(beta, [model.lattice().n_sites(), small.lattice().n_sites()]);
    let order = move |state: &VectorState<D>| small.magnetization(state);
    contest.enter(SamplerName::Metropolis, 14.0 * bonds, order, |beta, rng| {
        Ok(Metropolis::new(small, beta, small.initial_state(rng)))
    });
    contest.enter(SamplerName::OverRelaxation, 30.0 * bonds, order, |beta, rng| {
        Ok(OverRelaxation::new(small, beta, small.initial_state(rng)))
    });
    contest.enter(SamplerName::HeatBath, 20.0 * bonds, order, |beta, rng| {
        Ok(VectorHeatBath::new(small, beta, small.initial_state(rng)))
    });
    contest.enter_wolff(small, 20.0 * bonds, order);
    contest
}
