//! What a model is: its exact answer, its Hamiltonian with its moves, and what further samplers ask of it.

mod clusters;
mod enumerable;
mod error;
mod lattice;
mod local_states;

pub use clusters::ClusterModel;
pub use enumerable::Enumerable;
pub use error::SystemError;
pub(crate) use lattice::MOST_NEIGHBOURS;
pub use lattice::{Boundary, Lattice, LatticeKind};
pub use local_states::{Environment, LocalStates, SiteEnergies};

use rand::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ensemble::{Canonical, Spectrum, Thermo, ThermoPerSite};
use crate::units::Beta;

/// A system whose thermodynamics is known exactly.
pub trait Exact {
    /// ln Z, U, S and C of the whole system at `beta`.
    ///
    /// # Errors
    ///
    /// No equilibrium at that temperature, or no finite total (an infinite lattice has values per site only).
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError>;

    /// The number of sites that per-site values divide by; infinite for a system in the thermodynamic limit.
    fn n_sites(&self) -> f64 {
        1.0
    }

    /// The same per site.
    ///
    /// # Errors
    ///
    /// As [`Exact::thermo`].
    fn thermo_per_site(&self, beta: Beta) -> Result<ThermoPerSite, SystemError> {
        Ok(self.thermo(beta)?.per_site(self.n_sites()))
    }

    /// Whether its levels are the same at all temperatures, so that C = T dS/dT; those of a gas at constant pressure follow
    /// its volume.
    fn has_fixed_levels(&self) -> bool {
        true
    }

    /// What rounding does to its totals: the relative error of each, and an error of S that stays where S is small because it is a
    /// difference of larger numbers. Checks of identities allow for it.
    fn rounding(&self) -> (f64, f64) {
        (1e-15, 0.0)
    }

    /// Range of the entropy in nats: `(S(0), S(inf))` = (ln g_0, ln W), with an infinite W where levels never end.
    fn entropy_limits(&self) -> (f64, f64);
}

/// Listed levels are their own exact answer.
impl Exact for Spectrum {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        Ok(Canonical::new(self, beta).thermo())
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (self.ln_ground_degeneracy(), self.ln_states())
    }
}

/// A Hamiltonian that is sampled by moves: it stores no temperature and owns no generator.
pub trait Model {
    /// A microstate: it can be copied, and stored so that a run goes on from it.
    type State: Clone + Serialize + DeserializeOwned;
    /// A proposed change of it.
    type Move;

    /// A starting state.
    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> Self::State;

    /// A state of another phase than [`Model::initial_state`], where a hot one need not lead to it: every second replica starts from
    /// here. `None` where order and heat are the only two.
    fn opposite_state<R: Rng + ?Sized>(&self, _rng: &mut R) -> Option<Self::State> {
        None
    }

    /// Whether `state`, which may come from a file, is a state of this model: of its size, with values and counts that are right. A run
    /// does not go on from a state that does not fit.
    fn fits(&self, _state: &Self::State) -> bool {
        true
    }

    /// E of `state`, computed from scratch.
    fn energy(&self, state: &Self::State) -> f64;

    /// E of `state` from running counts, if the state keeps them.
    fn running_energy(&self, state: &Self::State) -> f64 {
        self.energy(state)
    }

    /// A move drawn from the proposal distribution.
    fn propose<R: Rng + ?Sized>(&self, state: &Self::State, rng: &mut R) -> Self::Move;

    /// E after `change` minus E before it.
    fn energy_change(&self, state: &Self::State, change: &Self::Move) -> f64;

    /// Makes the change.
    fn apply(&self, state: &mut Self::State, change: Self::Move);

    /// Proposed moves in one sweep.
    fn moves_per_sweep(&self) -> usize;

    /// ln of (probability to propose the way back / probability to propose this move); 0 for symmetric proposals.
    fn ln_proposal_ratio(&self, _state: &Self::State, _change: &Self::Move) -> f64 {
        0.0
    }
}

/// A model of spins, with the magnetization in which they order.
pub trait Magnet: Model {
    /// M of `state`: with a sign where the spins have two directions, the length of the vector sum otherwise.
    fn magnetization(&self, state: &Self::State) -> f64;
}
