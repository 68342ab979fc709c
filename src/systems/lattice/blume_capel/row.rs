//! The row of `blume_capel`.

use super::{BlumeCapel, BlumeCapelState};
use crate::model::{Magnet, Model};
use crate::samplers::HeatBath;
use crate::simulation::{
    ChainMethods, Chains, Choice, ExactMoments, Magnetization, Observable, Observables, SamplerName, Sampling,
};
use crate::systems::description::parameter;
use crate::systems::lattice::automatic::{CHEAPEST, mean_field_temperature};
use crate::systems::lattice::contest::{Contest, Pilots, Work};
use crate::systems::lattice::parameters::{
    BOUNDARY, COUPLING, DIMENSION, ENERGY, LARGEST, LATTICE, SIDE, coupling, finite,
};
use crate::systems::system::PhysicalSystem;
use crate::systems::{Description, System};
use crate::units::{Beta, Dimension};

/// The row of `blume_capel`.
pub(in crate::systems) static ROW: Description = Description {
    name: "blume_capel",
    summary: "spins 1, 0 and -1, with vacancies and a tricritical point",
    hamiltonian: "E = -j sum s s' + delta sum s^2 - h sum s over neighbours, s = 1, 0 or -1; every T is legal",
    parameters: &[
        DIMENSION,
        LATTICE,
        SIDE,
        COUPLING,
        parameter("delta", Some("0"), "E0", "price of a spin that is not 0"),
        parameter("h", Some("0"), "E0", "field"),
        BOUNDARY,
    ],
    exact: "chains: transfer matrix, with field; any lattice of up to 16 spins: counted states",
    samplers: "mixed (heat bath and clusters), heat-bath, metropolis, tempering, wang-landau (j, delta and h multiples of one step)",
    reference: "M. Blume, Phys. Rev. 141, 517 (1966), doi:10.1103/PhysRev.141.517; H. W. Capel, Physica 32, 966 (1966), \
                doi:10.1016/0031-8914(66)90027-9; tricritical point: C. J. Silva, A. A. Caparica and J. A. Plascak, \
                Phys. Rev. E 73, 036702 (2006), doi:10.1103/PhysRevE.73.036702",
    unit: None,
    build: |parameters| {
        let energy = |name| parameters.number(name, ENERGY, |x| x.abs() <= LARGEST);
        let (j, delta, h) = (coupling(parameters)?, energy("delta")?, energy("h")?);
        Ok(System::new(BlumeCapel::new(finite(parameters)?, j, delta, h)?))
    },
};

/// A heat-bath sweep, without the sums over neighbours.
const SINGLE: Work = 10.0;

/// `<sum s^2>`, the number of spins that are not 0.
const QUADRUPOLE: Observable = Observable::extensive("quadrupole", Dimension::Number);

impl PhysicalSystem for BlumeCapel {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        let kind = Magnetization { n_components: Some(1), in_field: self.h != 0.0 };
        let moments = |beta| {
            let [magnetization, abs, square, fourth, _] = self.counted().ok()?.means(beta);
            Some(ExactMoments { magnetization, abs, square, fourth: Some(fourth) })
        };
        let quadrupole = QUADRUPOLE.known(|beta| Some(self.counted().ok()?.means(beta)[4]));
        let observables = Observables::new()
            .magnetization(kind, |state| self.magnetization(state), moments)
            .mean(quadrupole, |state: &BlumeCapelState| state.squares as f64);
        let relaxed = mean_field_temperature(&self.lattice, self.j);
        let chains = Chains::new(self, observables).stirred_below(relaxed);
        let methods = vec![
            chains.mixed(|beta, state| HeatBath::new(self, beta, state)),
            chains.heat_bath(),
            chains.metropolis(),
            chains.tempering(relaxed, |beta, state| HeatBath::new(self, beta, state)),
            chains.flat_histogram(self.energy_grid(), self.ln_ground_states()),
        ];
        let coexist = self.may_coexist();
        let pilots = Pilots::new(&self.lattice, |lattice| Self::new(lattice, self.j, self.delta, self.h));
        // In a field the two sublattices of an antiferromagnet differ.
        let clusters = |order: f64| order > 0.0 || (order < 0.0 && self.h == 0.0 && self.lattice.is_bipartite());
        let automatic = move |beta: Beta| match beta.get() {
            b if coexist && b > 0.0 && b.is_finite() => Choice {
                sampler: SamplerName::Tempering,
                why: "order and vacancies may coexist, and exchange carries states from one to the other",
            },
            b if !clusters(b * self.j) || b.abs() * relaxed < 1.0 => Choice {
                sampler: SamplerName::HeatBath,
                why: "single spins move vacancies, and clusters would add little",
            },
            _ if self.h != 0.0 => Choice {
                sampler: SamplerName::Mixed,
                why: "clusters cross between the directions of the magnetization, single spins move vacancies",
            },
            _ => match pilots.as_ref().and_then(|pilots| pilots.cheapest(|small| self.contest(small, beta))) {
                Some(sampler) => Choice { sampler, why: CHEAPEST },
                None => Choice {
                    sampler: SamplerName::Mixed,
                    why: "clusters turn ordered spins, single spins move vacancies",
                },
            },
        };
        Sampling::Chains(ChainMethods::new(methods).automatic(automatic).anchored_by(SamplerName::HeatBath))
    }
}

impl BlumeCapel {
    /// Samplers of `small`, which is like this model.
    fn contest<'m>(&self, small: &'m Self, beta: Beta) -> Contest<'m> {
        let mut contest = Contest::new(beta, [self.lattice.n_sites(), small.lattice.n_sites()]);
        let order = move |state: &BlumeCapelState| small.magnetization(state);
        let bonds = self.lattice.coordination() as f64;
        let (single, clusters) = (SINGLE + 3.0 * bonds, 8.0 + 6.0 * bonds);
        contest.enter(SamplerName::HeatBath, single, order, |beta, rng| {
            Ok(HeatBath::new(small, beta, small.initial_state(rng)))
        });
        contest.enter_mixed(small, single + clusters, order, |beta, state| HeatBath::new(small, beta, state));
        contest
    }
}
