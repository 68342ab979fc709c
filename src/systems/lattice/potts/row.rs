//! The row of `potts`: finite lattices, and the infinite chain.

use super::{InfinitePotts, Potts, PottsState};
use crate::model::{Boundary, Exact, LatticeKind, Magnet, Model};
use crate::samplers::{HeatBath, Metropolis};
use crate::simulation::{
    ChainMethods, Chains, Choice, EnergyGrid, ExactMoments, Magnetization, Observables, SamplerName, Sampling,
};
use crate::systems::description::parameter;
use crate::systems::lattice::automatic::Spins;
use crate::systems::lattice::contest::{Contest, Pilots};
use crate::systems::lattice::parameters::{
    BOUNDARY, COUPLING, DIMENSION, Extent, LATTICE, SIDE, coupling, extent, finite,
};
use crate::systems::parameters::Parameters;
use crate::systems::system::PhysicalSystem;
use crate::systems::{CatalogueError, Description, System};
use crate::units::Beta;

/// ln of the odds against a phase of which nothing is seen in the averages.
const RARE: f64 = 7.0;

/// The row of `potts`.
pub(in crate::systems) static ROW: Description = Description {
    name: "potts",
    summary: "spins of q colours",
    hamiltonian: "E = -j sum delta(s, s') over neighbours, s = 1, ..., q; every T is legal",
    parameters: &[
        DIMENSION,
        LATTICE,
        SIDE,
        parameter("q", Some("3"), "1", "number of colours, 2 to 64"),
        COUPLING,
        BOUNDARY,
    ],
    exact: "chains, infinite ones too: closed form; lattices with few spins: counting of all states; square: \
            T_c = j/ln(1 + sqrt q)",
    samplers: "wolff and swendsen-wang (j > 0), metropolis, heat-bath, tempering, multicanonical, wang-landau",
    reference: "F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982), doi:10.1103/RevModPhys.54.235",
    unit: None,
    build,
};

fn build(parameters: &Parameters<'_>) -> Result<System, CatalogueError> {
    let q = parameters.parsed("q", "a whole number from 2 to 64")?;
    match extent(parameters)? {
        Extent::Infinite(LatticeKind::Chain) => Ok(System::new(InfinitePotts::chain(q, coupling(parameters)?)?)),
        Extent::Infinite(_) | Extent::Finite(_) => {
            Ok(System::new(Potts::new(finite(parameters)?, q, coupling(parameters)?)?))
        }
    }
}

impl PhysicalSystem for Potts {
    fn description(&self) -> &'static Description {
        &ROW
    }

    /// On the square torus, where the transition and its latent heat are known.
    fn coexisting_energies(&self, beta: Beta) -> Option<[f64; 2]> {
        if self.lattice().kind() != LatticeKind::Square || self.lattice().boundary() != Boundary::Periodic {
            return None;
        }
        let plane = InfinitePotts::plane(self.q(), self.j()).ok()?;
        let (middle, latent) = (plane.critical_energy()?, plane.latent_heat().filter(|&latent| latent > 0.0)?);
        let n = self.n_sites();
        // How much likelier the disordered phase is than the q ordered ones.
        let ln_odds = n * latent * (plane.critical_temperature()?.beta().get() - beta.get()) - f64::from(self.q()).ln();
        (ln_odds.abs() < RARE).then(|| [middle - 0.5 * latent, middle + 0.5 * latent].map(|energy| n * energy))
    }

    fn sampling(&self) -> Sampling<'_> {
        let kind = Magnetization { n_components: None, in_field: false };
        let observables = Observables::new().magnetization(
            kind,
            |state| self.magnetization(state),
            |beta| {
                let (n, m) = (self.n_sites(), self.order_moments(beta).ok()?);
                Some(ExactMoments {
                    magnetization: n * m.m,
                    abs: n * m.m,
                    square: n * n * m.m2,
                    fourth: Some(n.powi(4) * m.m4),
                })
            },
        );
        let relaxed = self.mean_field_temperature();
        let chains = Chains::new(self, observables).stirred_below(relaxed);
        let methods = vec![
            chains.wolff(),
            chains.swendsen_wang(),
            chains.metropolis(),
            chains.heat_bath(),
            chains.tempering(relaxed, |beta, state| HeatBath::new(self, beta, state)),
            chains.multicanonical(self.energy_grid()),
            chains.flat_histogram(self.energy_grid(), (self.j() > 0.0).then_some(f64::from(self.q()).ln())),
        ];
        let spins = Spins {
            lattice: self.lattice(),
            j: self.j(),
            h: 0.0,
            mean_field_temperature: relaxed,
            antiferromagnetic_clusters: false,
            local: SamplerName::HeatBath,
        };
        let pilots = Pilots::new(self.lattice(), |lattice| Self::new(lattice, self.q(), self.j()));
        let cheapest = move |beta| pilots.as_ref()?.cheapest(|small| self.contest(small, beta));
        let methods = ChainMethods::new(methods).automatic(move |beta| match self.coexisting_energies(beta) {
            Some(_) if self.phases_are_apart() => Choice {
                sampler: SamplerName::Multicanonical,
                why: "two phases coexist, and flat energies lead from one to the other",
            },
            _ => spins.automatic(beta, &cheapest),
        });
        Sampling::Chains(methods.anchored_by(SamplerName::HeatBath))
    }
}

impl Potts {
    /// Whether the torus is larger than the correlation length at the transition: on a smaller one the way between the phases is short, and
    /// any sampler finds it.
    fn phases_are_apart(&self) -> bool {
        let length = InfinitePotts::plane(self.q(), self.j()).ok().and_then(|plane| plane.correlation_length());
        let side = self.lattice().sides().into_iter().min();
        length.zip(side).is_some_and(|(length, side)| length <= side as f64)
    }

    /// Samplers of `small`, which is like this model.
    fn contest<'m>(&self, small: &'m Self, beta: Beta) -> Contest<'m> {
        let bonds = self.lattice().coordination() as f64;
        let mut contest = Contest::new(beta, [self.lattice().n_sites(), small.lattice().n_sites()]);
        let order = move |state: &PottsState| small.magnetization(state);
        contest.enter(SamplerName::Metropolis, 8.0 + 3.0 * bonds, order, |beta, rng| {
            Ok(Metropolis::new(small, beta, small.initial_state(rng)))
        });
        contest.enter(SamplerName::HeatBath, 6.0 + 3.0 * bonds + 3.7 * f64::from(self.q()), order, |beta, rng| {
            Ok(HeatBath::new(small, beta, small.initial_state(rng)))
        });
        let wolff = if self.lattice().is_torus() { 21.0 } else { 15.0 + 6.0 * bonds };
        contest.enter_wolff(small, wolff, order);
        contest
    }

    /// The temperature of the transition that mean-field theory predicts, which lies above the true one: `z abs(J)/2` for two colours and
    /// `z abs(J) (q - 2)/(2 (q - 1) ln(q - 1))` for more, on lattices of z neighbours.
    ///
    /// # References
    ///
    /// F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982), doi:10.1103/RevModPhys.54.235, section I.C.
    fn mean_field_temperature(&self) -> f64 {
        let pull = self.lattice().coordination() as f64 * self.j().abs();
        if self.q() == 2 {
            return pull / 2.0;
        }
        let others = f64::from(self.q() - 1);
        pull * (others - 1.0) / (2.0 * others * others.ln())
    }

    fn energy_grid(&self) -> Option<EnergyGrid> {
        let end = -self.j() * self.lattice().n_bonds() as f64;
        let grid = EnergyGrid { lowest: end.min(0.0), highest: end.max(0.0), step: self.j().abs() };
        (self.j() != 0.0).then_some(grid)
    }
}

physical_system!(InfinitePotts, ROW, |_system| Sampling::ExactOnly);
