//! The row of `clock`.

use super::{Clock, ClockState, DIRECTIONS};
use crate::model::{Magnet, Model};
use crate::samplers::{Metropolis, SiteHeatBath};
use crate::simulation::{ChainMethods, Chains, ExactMoments, Magnetization, Observables, SamplerName, Sampling};
use crate::systems::description::parameter;
use crate::systems::lattice::automatic::{Spins, mean_field_temperature};
use crate::systems::lattice::contest::{Contest, Pilots};
use crate::systems::lattice::parameters::{BOUNDARY, COUPLING, DIMENSION, LATTICE, SIDE, coupling, finite};
use crate::systems::system::PhysicalSystem;
use crate::systems::{Description, System};
use crate::units::Beta;

/// The row of `clock`.
pub(in crate::systems) static ROW: Description = Description {
    name: "clock",
    summary: "planar spins with q directions",
    hamiltonian: "E = -j sum cos(theta - theta') over neighbours, theta = 2 pi k/q, k = 0, ..., q - 1; every T is legal",
    parameters: &[
        DIMENSION,
        LATTICE,
        SIDE,
        parameter("q", Some("6"), "1", "number of directions, 2 to 64"),
        COUPLING,
        BOUNDARY,
    ],
    exact: "chains: transfer matrix; lattices of few spins (3 x 3 at q = 6): counted states",
    samplers: "wolff and swendsen-wang (by reflections), heat-bath, metropolis, tempering, wang-landau (q = 2, 3, 4, 6)",
    reference: "J. V. Jose, L. P. Kadanoff, S. Kirkpatrick and D. R. Nelson, Phys. Rev. B 16, 1217 (1977), \
                doi:10.1103/PhysRevB.16.1217",
    unit: None,
    build: |parameters| {
        let q = parameters.parsed("q", DIRECTIONS)?;
        Ok(System::new(Clock::new(finite(parameters)?, q, coupling(parameters)?)?))
    },
};

impl PhysicalSystem for Clock {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        // Two directions lie on one line.
        let n_components = if self.q == 2 { 1 } else { 2 };
        let kind = Magnetization { n_components: Some(n_components), in_field: false };
        let moments = |beta| {
            let [abs, square, fourth] = self.counted().ok()?.means(beta);
            Some(ExactMoments { magnetization: 0.0, abs, square, fourth: Some(fourth) })
        };
        let observables = Observables::new().magnetization(kind, |state| self.magnetization(state), moments);
        let relaxed = mean_field_temperature(&self.lattice, self.j) / f64::from(n_components);
        let chains = Chains::new(self, observables).stirred_below(relaxed);
        let methods = vec![
            chains.wolff(),
            chains.swendsen_wang(),
            chains.site_heat_bath(),
            chains.metropolis(),
            chains.tempering(relaxed, |beta, state| SiteHeatBath::new(self, beta, state)),
            chains.flat_histogram(self.energy_grid(), self.ln_ground_states()),
        ];
        let spins = Spins {
            lattice: &self.lattice,
            j: self.j,
            h: 0.0,
            mean_field_temperature: relaxed,
            antiferromagnetic_clusters: true,
            local: SamplerName::HeatBath,
        };
        let pilots = Pilots::new(&self.lattice, |lattice| Self::new(lattice, self.q.into(), self.j));
        let cheapest = move |beta| pilots.as_ref()?.cheapest(|small| self.contest(small, beta));
        let methods = ChainMethods::new(methods).automatic(move |beta| spins.automatic(beta, &cheapest));
        Sampling::Chains(methods.anchored_by(SamplerName::HeatBath))
    }
}

impl Clock {
    /// Samplers of `small`, which is like this model.
    fn contest<'m>(&self, small: &'m Self, beta: Beta) -> Contest<'m> {
        let mut contest = Contest::new(beta, [self.lattice.n_sites(), small.lattice.n_sites()]);
        let order = move |state: &ClockState| small.magnetization(state);
        let bonds = self.lattice.coordination() as f64;
        contest.enter(SamplerName::Metropolis, 10.0 * bonds, order, |beta, rng| {
            Ok(Metropolis::new(small, beta, small.initial_state(rng)))
        });
        contest.enter(SamplerName::HeatBath, 7.0 * bonds + 11.0 * f64::from(self.q), order, |beta, rng| {
            Ok(SiteHeatBath::new(small, beta, small.initial_state(rng)))
        });
        contest.enter_wolff(small, 20.0 * bonds, order);
        contest
    }
}
