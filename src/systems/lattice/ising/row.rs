//! The row of `ising`: finite lattices, and infinite ones.

use super::{Checkerboard, InfiniteIsing, Ising, IsingState, PackedSpins, SingleFlip};
use crate::model::{Exact, LatticeKind, Magnet, Model};
use crate::rng::TaskRng;
use crate::samplers::{Sampler, SamplerError};
use crate::simulation::{
    ChainMethods, Chains, EnergyGrid, ExactMoments, Magnetization, Method, Observables, SamplerName, Sampling, Start,
    chain_method, tempering_method,
};
use crate::systems::description::parameter;
use crate::systems::lattice::automatic::{Spins, mean_field_temperature};
use crate::systems::lattice::contest::{Contest, Pilots, Work};
use crate::systems::lattice::parameters::{
    BOUNDARY, COUPLING, DIMENSION, ENERGY, Extent, LARGEST, LATTICE, coupling, extent,
};
use crate::systems::parameters::Parameters;
use crate::systems::system::PhysicalSystem;
use crate::systems::{CatalogueError, Description, System};
use crate::units::Beta;
use std::sync::Arc;

/// The row of `ising`.
pub(in crate::systems) static ROW: Description = Description {
    name: "ising",
    summary: "spins on a chain, a square, triangular, honeycomb or cubic lattice",
    hamiltonian: "E = -j sum s s' - h sum s over neighbours, s = +1 or -1; every T is legal",
    parameters: &[
        DIMENSION,
        LATTICE,
        parameter(
            "l",
            Some("32"),
            "1",
            "side, or sides as 4x6; along a periodic side of 2, two bonds join each pair of neighbours; inf: exact results per site only",
        ),
        COUPLING,
        parameter("h", Some("0"), "E0", "field"),
        BOUNDARY,
    ],
    exact: "chains: transfer matrix, with field; square: Kaufman; lattices with few spins: counting of all \
            states; l=inf: chain, and h = 0 on the square (Onsager), triangular and honeycomb (Houtappel) lattices",
    samplers: "metropolis and heat-bath (bit-sliced on even tori without field), wolff, swendsen-wang, mixed, \
               tempering, wang-landau",
    reference: "L. Onsager, Phys. Rev. 65, 117 (1944), doi:10.1103/PhysRev.65.117; B. Kaufman, Phys. Rev. 76, 1232 \
                (1949); R. M. F. Houtappel, Physica 16, 425 (1950), doi:10.1016/0031-8914(50)90130-3",
    unit: None,
    build,
};

fn build(parameters: &Parameters<'_>) -> Result<System, CatalogueError> {
    let (j, h) = (coupling(parameters)?, parameters.number("h", ENERGY, |h| h.abs() <= LARGEST)?);
    let kind = match extent(parameters)? {
        Extent::Finite(lattice) => return Ok(System::new(Ising::new(lattice, j, h)?)),
        Extent::Infinite(kind) => kind,
    };
    if parameters.given("boundary").is_some_and(|boundary| boundary != "periodic") {
        return Err(parameters.refusal(
            "boundary",
            "left out with l=inf, because an infinite lattice has no boundary",
            parameters.text("boundary"),
        ));
    }
    if kind != LatticeKind::Chain && h != 0.0 {
        return Err(parameters.refusal("h", "0 with l=inf: there is no exact result", parameters.text("h")));
    }
    Ok(System::new(match kind {
        LatticeKind::Chain => InfiniteIsing::chain(j, h)?,
        LatticeKind::Square => InfiniteIsing::plane(j)?,
        LatticeKind::Triangular => InfiniteIsing::triangular(j)?,
        LatticeKind::Honeycomb => InfiniteIsing::honeycomb(j)?,
        LatticeKind::Cubic => {
            return Err(parameters.refusal("l", "finite in three dimensions: there is no exact result", "inf"));
        }
    }))
}

/// Bit-sliced sweeps.
const SLICED: Work = 0.09;

impl PhysicalSystem for Ising {
    fn description(&self) -> &'static Description {
        &ROW
    }

    /// Single flips are bit-sliced where they can be.
    fn sampling(&self) -> Sampling<'_> {
        let relaxed = mean_field_temperature(self.lattice(), self.j());
        let chains = Chains::new(self, self.observables(|state| self.magnetization(state))).stirred_below(relaxed);
        let sliced = |beta: Beta| Checkerboard::applies(self) && beta.get().is_finite();
        let methods = vec![
            chains.wolff(),
            chains.swendsen_wang(),
            chains.mixed(|beta, state| SingleFlip::heat_bath(self, beta, state)),
            Method::either(
                sliced,
                self.checkerboard(&chains, SamplerName::Metropolis, Checkerboard::metropolis),
                chains.each(SamplerName::Metropolis, |beta, state, _| Ok(SingleFlip::metropolis(self, beta, state))),
            ),
            Method::either(
                sliced,
                self.checkerboard(&chains, SamplerName::HeatBath, Checkerboard::heat_bath),
                chains.each(SamplerName::HeatBath, |beta, state, _| Ok(SingleFlip::heat_bath(self, beta, state))),
            ),
            if Checkerboard::applies(self) {
                let observables = self.observables(|spins: &PackedSpins| spins.magnetization() as f64);
                let make = |beta, start, rng: &mut TaskRng| {
                    let chain = Checkerboard::metropolis(self, beta, rng)?;
                    Ok(if start == Start::Ordered { chain } else { chain.disordered() })
                };
                tempering_method(self, Arc::new(observables), relaxed, make, None)
            } else {
                chains.tempering(relaxed, |beta, state| SingleFlip::metropolis(self, beta, state))
            },
            chains.flat_histogram(self.energy_grid(), self.ln_ground_states()),
        ];
        let spins = Spins {
            lattice: self.lattice(),
            j: self.j(),
            h: self.h(),
            mean_field_temperature: relaxed,
            antiferromagnetic_clusters: true,
            local: SamplerName::HeatBath,
        };
        let pilots = Pilots::new(self.lattice(), |lattice| Self::new(lattice, self.j(), self.h()));
        let cheapest = move |beta| pilots.as_ref()?.cheapest(|small| self.contest(small, beta));
        let methods = ChainMethods::new(methods).automatic(move |beta| spins.automatic(beta, &cheapest));
        Sampling::Chains(methods.anchored_by(SamplerName::HeatBath))
    }
}

impl Ising {
    fn observables<'a, S: ?Sized>(
        &'a self,
        magnetization: impl Fn(&S) -> f64 + Send + Sync + 'a,
    ) -> Observables<'a, S> {
        let kind = Magnetization { n_components: Some(1), in_field: self.h() != 0.0 };
        Observables::new().magnetization(kind, magnetization, |beta| {
            let (n, m) = (self.n_sites(), self.magnetic_moments(beta).ok()?);
            Some(ExactMoments {
                magnetization: n * m.magnetization,
                abs: n * m.abs_magnetization,
                square: n * n * m.m2,
                fourth: Some(n.powi(4) * m.m4),
            })
        })
    }

    /// The chain whose spins stand in bits, which `make` starts with all spins up.
    fn checkerboard<'a>(
        &'a self,
        chains: &Chains<'a, Self>,
        sampler: SamplerName,
        make: fn(&'a Self, Beta, &mut TaskRng) -> Result<Checkerboard<'a>, SamplerError>,
    ) -> Method<'a> {
        let observables = self.observables(|spins: &PackedSpins| spins.magnetization() as f64);
        let chains = chains.clone();
        chain_method(sampler, Some(self), Arc::new(observables), move |beta, start, rng| {
            let chain = make(self, beta, rng)?;
            if start == Start::Ordered {
                return Ok(chain);
            }
            let chain = chain.disordered();
            let start = chains.stirred(beta, self.state(&chain.state().spins()), rng);
            Ok(chain.with_spins(start.spins()))
        })
    }

    /// Samplers of `small`, which is like this model.
    fn contest<'m>(&self, small: &'m Self, beta: Beta) -> Contest<'m> {
        let lattice = self.lattice();
        let bonds = lattice.coordination() as f64;
        let mut contest = Contest::new(beta, [lattice.n_sites(), small.lattice().n_sites()]);
        let order = move |state: &IsingState| small.magnetization(state);
        if Checkerboard::applies(self) {
            let order = move |spins: &PackedSpins| spins.magnetization() as f64;
            contest
                .enter(SamplerName::Metropolis, SLICED, order, |beta, rng| Checkerboard::metropolis(small, beta, rng));
            contest.enter(SamplerName::HeatBath, SLICED, order, |beta, rng| Checkerboard::heat_bath(small, beta, rng));
        } else {
            let single = 6.0 + 3.0 * bonds;
            contest.enter(SamplerName::Metropolis, single, order, |beta, rng| {
                Ok(SingleFlip::metropolis(small, beta, small.initial_state(rng)))
            });
            contest.enter(SamplerName::HeatBath, single, order, |beta, rng| {
                Ok(SingleFlip::heat_bath(small, beta, small.initial_state(rng)))
            });
        }
        let wolff = if lattice.is_torus() { 11.0 } else { 8.0 + 6.0 * bonds };
        contest.enter_wolff(small, wolff, order);
        contest
    }

    fn energy_grid(&self) -> Option<EnergyGrid> {
        let reach = self.j().abs() * self.lattice().n_bonds() as f64;
        let grid = EnergyGrid { lowest: -reach, highest: reach, step: 2.0 * self.j().abs() };
        (self.h() == 0.0 && self.j() != 0.0).then_some(grid)
    }

    /// Where nothing is frustrated there are two.
    fn ln_ground_states(&self) -> Option<f64> {
        (self.j() > 0.0 || self.lattice().is_bipartite()).then_some(2f64.ln())
    }
}

physical_system!(InfiniteIsing, ROW, |_system| Sampling::ExactOnly);
