//! Sweeps of single sites and clusters in turn: clusters cross between phases, single sites move what no cluster does.

use rand::Rng;

use super::{Replica, RestoreError, Resume, Sampler, StateAlone, Wolff};
use crate::model::ClusterModel;
use crate::units::Beta;

/// A chain in which every advance is one advance of `local` and then one of `clusters`, such as [`Wolff`], at the same beta.
///
/// In a weak field clusters change sign as a whole, which single spins do once in e^(barrier) sweeps; in a strong one nearly all clusters are
/// refused and the sweep does the work. Each of the two leaves the Boltzmann distribution as it is, and so does one after the other.
///
/// # Examples
///
/// ```
/// use gibbs::model::Model;
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{Mixed, Sampler, Wolff};
/// use gibbs::systems::{Ising, SingleFlip};
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ising = Ising::torus(16, 16, 1.0, 0.01)?;
/// let (mut rng, beta) = (Seed(1).set_up(), Beta::new(0.5)?);
/// let start = ising.initial_state(&mut rng);
/// let mut chain = Mixed::new(SingleFlip::heat_bath(&ising, beta, start.clone()), Wolff::new(&ising, beta, start)?);
/// chain.advance(&mut rng);
/// assert_eq!(chain.energy(), ising.energy(chain.state()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Mixed<L, C> {
    local: L,
    clusters: C,
}

impl<L: StateAlone, C: StateAlone<State = L::State>> Mixed<L, C> {
    /// A chain that starts from the state of `local`; the state of `clusters` is not used.
    #[must_use]
    pub fn new(local: L, clusters: C) -> Self {
        Self { local, clusters }
    }

    fn swap(&mut self) {
        std::mem::swap(self.local.state_mut(), self.clusters.state_mut());
    }
}

impl<M: ClusterModel<State: Send>, L: StateAlone<State = M::State>> Mixed<L, Wolff<'_, M>> {
    /// [`Wolff::tune`], from the present state.
    pub fn tune<R: Rng + ?Sized>(&mut self, sweeps: u64, rng: &mut R) {
        self.swap();
        self.clusters.tune(sweeps, rng);
        self.swap();
    }
}

impl<L: StateAlone, C: StateAlone<State = L::State>> Sampler for Mixed<L, C> {
    type State = L::State;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.local.advance(rng);
        self.swap();
        self.clusters.advance(rng);
        self.swap();
    }

    fn state(&self) -> &L::State {
        self.local.state()
    }

    fn energy(&self) -> f64 {
        self.local.energy()
    }

    fn adapt(&mut self) {
        self.local.adapt();
        self.clusters.adapt();
    }
}

impl<L: StateAlone + Resume, C: StateAlone<State = L::State> + Resume> Resume for Mixed<L, C> {
    type Saved = (L::Saved, C::Saved);

    const NAME: &'static str = "Mixed";

    fn save(&self) -> Self::Saved {
        (self.local.save(), self.clusters.save())
    }

    fn restore(&mut self, (local, clusters): Self::Saved) -> Result<(), RestoreError> {
        self.local.restore(local)?;
        self.clusters.restore(clusters)
    }
}

impl<L: StateAlone, C: StateAlone<State = L::State>> Replica for Mixed<L, C> {
    fn beta(&self) -> Beta {
        self.local.beta()
    }

    fn exchange(&mut self, other: &mut Self) {
        self.local.exchange(&mut other.local);
    }
}
