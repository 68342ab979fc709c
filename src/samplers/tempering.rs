//! Replica exchange: chains of one model at a ladder of temperatures that trade their states.

use rayon::prelude::*;

use serde::{Deserialize, Serialize};

use super::{Replica, RestoreError, Resume, SamplerError, Schedule, accepts};
use crate::rng::{SavedRng, Seed, StreamId, TaskRng};

/// Parallel tempering (replica exchange Monte Carlo) over chains from cold to hot.
///
/// One [`Tempering::advance`] lets every chain do its sweeps, in parallel and each with its own generator, and then
/// proposes exchanges between neighbours of even and of odd pairs in turn, accepted with probability
/// `min(1, e^((beta_i - beta_j)(E_i - E_j)))`, E the **total** energy. Each of the two half-steps leaves the product of
/// the Boltzmann distributions unchanged, and so does their alternation, which is faster than a random choice of
/// pairs. The exchanges have a generator of their own: nothing depends on the number of threads.
///
/// A *rung* k is a temperature and a *replica* the state that wanders over rungs; round trips of replicas between
/// the ends, and the share of replicas at each rung that come from the cold end, tell whether the ladder mixes.
///
/// # Examples
///
/// ```
/// use gibbs::rng::{Seed, StreamId};
/// use gibbs::samplers::{Metropolis, Sampler, Tempering};
/// use gibbs::model::{Boundary, Lattice, LatticeKind, Model};
/// use gibbs::systems::SpinGlass;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut rng = Seed(1).set_up();
/// let glass = SpinGlass::bimodal(&Lattice::new(LatticeKind::Cubic, &[4, 4, 4], Boundary::Periodic)?, 0.0, &mut rng)?;
/// let mut chains = Vec::new();
/// for t in [1.0, 1.3, 1.6, 2.0] {
///     chains.push(Metropolis::new(&glass, Temperature::new(t)?.beta(), glass.initial_state(&mut rng)));
/// }
/// let mut tempering = Tempering::new(chains, 1, Seed(1), StreamId::new(1, 0, 0))?;
/// for _ in 0..100 {
///     tempering.advance();
/// }
/// assert!(tempering.chain(0).energy() < tempering.chain(3).energy());
/// assert!(tempering.acceptance(0) > 0.0);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// K. Hukushima and K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996), doi:10.1143/JPSJ.65.1604;
/// even and odd pairs in turn: T. Okabe et al., Chem. Phys. Lett. 335, 435 (2001), doi:10.1016/S0009-2614(01)00055-0;
/// round trips: H. G. Katzgraber et al., J. Stat. Mech. P03018 (2006), doi:10.1088/1742-5468/2006/03/P03018.
#[derive(Debug)]
pub struct Tempering<S> {
    chains: Vec<S>,
    rngs: Vec<TaskRng>,
    exchange_rng: TaskRng,
    sweeps_per_exchange: u32,
    parallel: bool,
    walk: Walk,
}

/// The way of the replicas up and down the ladder.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Walk {
    /// Whether the next exchanges are between rungs 1-2, 3-4, ... instead of 0-1, 2-3, ...
    odd: bool,
    /// Replica at each rung.
    replicas: Vec<usize>,
    /// Where each replica last came from.
    origins: Vec<Origin>,
    /// Made and proposed exchanges of each pair of neighbours.
    made: Vec<u64>,
    proposed: Vec<u64>,
    /// Visits of each rung by replicas from the cold and from the hot end.
    from_cold: Vec<u64>,
    from_hot: Vec<u64>,
    round_trips: u64,
}

/// Where a [`Tempering`] stands: chains `T`, generators, replicas and counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedTempering<T> {
    chains: Vec<T>,
    rngs: Vec<SavedRng>,
    exchange_rng: SavedRng,
    walk: Walk,
}

/// The end of the ladder that a replica visited last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Origin {
    Neither,
    Cold,
    /// The hot end, and whether it had been at the cold end before.
    Hot(bool),
}

impl<S: Replica> Tempering<S> {
    /// Exchange between `chains`, from the coldest (largest beta) to the hottest, every `sweeps_per_exchange` sweeps.
    ///
    /// With a rung at infinite temperature, where every flip is made, that number should be odd: after two sweeps the
    /// parity of M would be what it was.
    ///
    /// Chain k draws from stream (`stream.experiment`, `stream.point` + k, `stream.replica`) of `seed` and the
    /// exchanges from the point after the last chain: independent runs differ in experiment or replica.
    ///
    /// # Errors
    ///
    /// No chain, or temperatures that do not rise from chain to chain.
    pub fn new(chains: Vec<S>, sweeps_per_exchange: u32, seed: Seed, stream: StreamId) -> Result<Self, SamplerError> {
        let n = chains.len();
        if n == 0 {
            return Err(SamplerError::NoChains);
        }
        for (rung, pair) in chains.windows(2).enumerate() {
            let (cold, hot) = (pair[0].beta(), pair[1].beta());
            if cold.get() <= hot.get() {
                return Err(SamplerError::LadderOrder { rung, cold, hot });
            }
        }
        let generator = |k: usize| seed.stream(StreamId { point: stream.point.wrapping_add(k as u32), ..stream });
        let mut tempering = Self {
            chains,
            rngs: (0..n).map(generator).collect(),
            exchange_rng: generator(n),
            sweeps_per_exchange,
            parallel: true,
            walk: Walk {
                odd: false,
                replicas: (0..n).collect(),
                origins: vec![Origin::Neither; n],
                made: vec![0; n - 1],
                proposed: vec![0; n - 1],
                from_cold: vec![0; n],
                from_hot: vec![0; n],
                round_trips: 0,
            },
        };
        tempering.follow();
        tempering.forget();
        Ok(tempering)
    }

    /// The same chains advanced one after the other: faster where a sweep takes less than some ten microseconds, which a
    /// thread needs to wake up. Results are the same.
    #[must_use]
    pub fn on_one_thread(mut self) -> Self {
        self.parallel = false;
        self
    }

    /// Sweeps of all chains, then exchanges of every other pair of neighbours.
    pub fn advance(&mut self)
    where
        S: Send,
    {
        let sweeps = self.sweeps_per_exchange;
        let sweep = |(chain, rng): (&mut S, &mut TaskRng)| (0..sweeps).for_each(|_| chain.advance(rng));
        if self.parallel {
            self.chains.par_iter_mut().zip(&mut self.rngs).for_each(sweep);
        } else {
            self.chains.iter_mut().zip(&mut self.rngs).for_each(sweep);
        }
        self.exchange();
    }

    /// Runs by `schedule`, whose sweeps count advances here, and calls `observe` after every observed one;
    /// acceptances and round trips are counted from the first observed advance.
    pub fn run(&mut self, schedule: Schedule, mut observe: impl FnMut(&Self))
    where
        S: Send,
    {
        (0..schedule.thermalization).for_each(|_| self.advance());
        self.forget();
        for _ in 0..schedule.sweeps {
            self.advance();
            observe(self);
        }
    }

    fn exchange(&mut self) {
        for rung in (usize::from(self.walk.odd)..self.walk.made.len()).step_by(2) {
            let (colder, hotter) = self.chains.split_at_mut(rung + 1);
            let (cold, hot) = (&mut colder[rung], &mut hotter[0]);
            self.walk.proposed[rung] += 1;
            if accepts(exchange_cost(cold, hot), &mut self.exchange_rng) {
                cold.exchange(hot);
                self.walk.replicas.swap(rung, rung + 1);
                self.walk.made[rung] += 1;
            }
        }
        // A ladder of two has no odd pairs.
        self.walk.odd = !self.walk.odd && self.walk.made.len() > 1;
        self.follow();
    }

    /// Notes which replicas stand at the ends, and where those at each rung come from.
    fn follow(&mut self) {
        let last = self.chains.len() - 1;
        if last == 0 {
            return;
        }
        let (cold, hot) = (self.walk.replicas[0], self.walk.replicas[last]);
        if self.walk.origins[cold] == Origin::Hot(true) {
            self.walk.round_trips += 1;
        }
        self.walk.origins[cold] = Origin::Cold;
        self.walk.origins[hot] = match self.walk.origins[hot] {
            Origin::Neither => Origin::Hot(false),
            Origin::Cold => Origin::Hot(true),
            hot => hot,
        };
        for (rung, &replica) in self.walk.replicas.iter().enumerate() {
            match self.walk.origins[replica] {
                Origin::Neither => {}
                Origin::Cold => self.walk.from_cold[rung] += 1,
                Origin::Hot(_) => self.walk.from_hot[rung] += 1,
            }
        }
    }

    /// Where all chains stand.
    #[must_use]
    pub fn save(&self) -> SavedTempering<S::Saved>
    where
        S: Resume,
    {
        SavedTempering {
            chains: self.chains.iter().map(Resume::save).collect(),
            rngs: self.rngs.iter().map(SavedRng::of).collect(),
            exchange_rng: SavedRng::of(&self.exchange_rng),
            walk: self.walk.clone(),
        }
    }

    /// Puts chains that were started alike where the others were saved.
    ///
    /// # Errors
    ///
    /// Another number of chains; a state of another model.
    pub fn restore(&mut self, saved: SavedTempering<S::Saved>) -> Result<(), RestoreError>
    where
        S: Resume,
    {
        let (n, walk) = (self.chains.len(), saved.walk);
        let per_chain = [saved.rngs.len(), saved.chains.len(), walk.replicas.len(), walk.origins.len()];
        let per_chain = per_chain.into_iter().chain([walk.from_cold.len(), walk.from_hot.len()]);
        per_chain.into_iter().try_for_each(|found| RestoreError::unless_equal("chains", n, found))?;
        let per_pair = [walk.made.len(), walk.proposed.len()];
        per_pair.into_iter().try_for_each(|found| RestoreError::unless_equal("pairs of chains", n - 1, found))?;
        let mut replicas = walk.replicas.clone();
        replicas.sort_unstable();
        if !replicas.into_iter().eq(0..n) {
            return Err(RestoreError::State);
        }
        self.chains.iter_mut().zip(saved.chains).try_for_each(|(chain, saved)| chain.restore(saved))?;
        self.rngs = saved.rngs.iter().map(SavedRng::rng).collect();
        self.exchange_rng = saved.exchange_rng.rng();
        self.walk = walk;
        Ok(())
    }

    /// Forgets what was counted so far: acceptances, visits and round trips, not where the replicas are.
    pub fn forget(&mut self) {
        for counts in [&mut self.walk.made, &mut self.walk.proposed, &mut self.walk.from_cold, &mut self.walk.from_hot]
        {
            counts.fill(0);
        }
        self.walk.round_trips = 0;
    }

    /// Number of rungs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chains.len()
    }

    /// Never true: there is at least one chain.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// The chain at rung `k`, counted from the cold end.
    #[must_use]
    pub fn chain(&self, k: usize) -> &S {
        &self.chains[k]
    }

    /// All chains, from cold to hot.
    #[must_use]
    pub fn chains(&self) -> &[S] {
        &self.chains
    }

    /// The replica whose state is at rung `k`; replica r started at rung r.
    #[must_use]
    pub fn replica(&self, k: usize) -> usize {
        self.walk.replicas[k]
    }

    /// Share of the exchanges between rungs `pair` and `pair + 1` that were made; 0 before the first.
    #[must_use]
    pub fn acceptance(&self, pair: usize) -> f64 {
        self.walk.made[pair] as f64 / self.walk.proposed[pair].max(1) as f64
    }

    /// Proposed exchanges between rungs `pair` and `pair + 1`.
    #[must_use]
    pub fn proposed(&self, pair: usize) -> u64 {
        self.walk.proposed[pair]
    }

    /// Ways from the cold end to the hot end and back, all replicas together.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.walk.round_trips
    }

    /// Share of replicas at rung `k` that come from the cold end, of those that come from either: 1 at the cold end, 0
    /// at the hot one, and falling by equal steps where diffusion between them meets no bottleneck. `None` before
    /// any such visit.
    #[must_use]
    pub fn up_fraction(&self, k: usize) -> Option<f64> {
        let visits = self.walk.from_cold[k] + self.walk.from_hot[k];
        (visits > 0).then(|| self.walk.from_cold[k] as f64 / visits as f64)
    }
}

/// Dimensionless cost of exchanging two states, (beta_cold - beta_hot)(E_hot - E_cold); states of equal energy
/// change places freely at every temperature.
fn exchange_cost<S: Replica>(cold: &S, hot: &S) -> f64 {
    let gap = hot.energy() - cold.energy();
    if gap == 0.0 { 0.0 } else { (cold.beta().get() - hot.beta().get()) * gap }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samplers::Sampler;
    use crate::units::Beta;
    use rand::Rng;

    /// A chain that never moves.
    #[derive(Debug)]
    struct Fixed {
        beta: Beta,
        energy: f64,
    }

    impl Sampler for Fixed {
        type State = f64;
        fn advance<R: Rng + ?Sized>(&mut self, _rng: &mut R) {}
        fn state(&self) -> &f64 {
            &self.energy
        }
        fn energy(&self) -> f64 {
            self.energy
        }
    }

    impl Replica for Fixed {
        fn beta(&self) -> Beta {
            self.beta
        }
        fn exchange(&mut self, other: &mut Self) {
            std::mem::swap(&mut self.energy, &mut other.energy);
        }
    }

    fn fixed(rungs: &[(f64, f64)]) -> Result<Tempering<Fixed>, SamplerError> {
        let chain = |&(beta, energy): &(f64, f64)| Fixed { beta: Beta::new(beta).unwrap(), energy };
        Tempering::new(rungs.iter().map(chain).collect(), 1, Seed(1), StreamId::new(1, 0, 0))
    }

    #[test]
    fn limits_of_the_exchange_rule() {
        let cost = |rungs: [(f64, f64); 2]| {
            let tempering = fixed(&rungs).unwrap();
            exchange_cost(tempering.chain(0), tempering.chain(1))
        };
        assert_eq!(cost([(2.0, -5.0), (0.5, -3.0)]), 3.0);
        assert_eq!(cost([(2.0, -3.0), (0.5, -5.0)]), -3.0);
        let inf = f64::INFINITY;
        assert_eq!(cost([(inf, -5.0), (0.0, -3.0)]), inf);
        assert_eq!(cost([(inf, -3.0), (0.0, -5.0)]), -inf);
        assert_eq!(cost([(inf, -3.0), (0.0, -3.0)]), 0.0);
        assert_eq!(cost([(0.0, -3.0), (-inf, -3.0)]), 0.0);
    }

    #[test]
    fn replicas_of_equal_energy_travel_a_known_path() {
        // Every exchange is made: even and odd pairs in turn carry each replica from end to end and back.
        let mut tempering = fixed(&[(4.0, 0.0), (3.0, 0.0), (2.0, 0.0), (1.0, 0.0)]).unwrap();
        let mut paths = Vec::new();
        for _ in 0..8 {
            tempering.advance();
            paths.push((0..4).map(|k| tempering.replica(k)).collect::<Vec<_>>());
        }
        assert_eq!(paths[..4], [[1, 0, 3, 2], [1, 3, 0, 2], [3, 1, 2, 0], [3, 2, 1, 0]]);
        assert_eq!(paths[7], [0, 1, 2, 3]);
        assert_eq!((tempering.acceptance(0), tempering.proposed(0), tempering.proposed(1)), (1.0, 4, 4));
        // Replicas 0 and 1 began towards the hot end from the cold one: 0 is back after 7 steps, 1 after 9.
        assert_eq!(tempering.round_trips(), 1);
        (0..2).for_each(|_| tempering.advance());
        assert_eq!(tempering.round_trips(), 2);
        assert_eq!((tempering.up_fraction(0), tempering.up_fraction(3)), (Some(1.0), Some(0.0)));
        tempering.forget();
        assert_eq!((tempering.round_trips(), tempering.acceptance(0), tempering.up_fraction(0)), (0, 0.0, None));
    }

    #[test]
    fn two_rungs_exchange_at_every_step() {
        let mut tempering = fixed(&[(2.0, 0.0), (1.0, 0.0)]).unwrap();
        (0..5).for_each(|_| tempering.advance());
        // Replicas change places five times: 0 is back after steps 2 and 4, and 1, at the cold end since 1, since 3 and 5.
        assert_eq!((tempering.proposed(0), tempering.replica(0), tempering.round_trips()), (5, 1, 4));
    }

    #[test]
    fn refusals_and_a_single_rung() {
        assert_eq!(fixed(&[]).unwrap_err().to_string(), "replica exchange needs at least one chain, got none");
        for beta in [1.0, 2.0] {
            assert_eq!(
                fixed(&[(3.0, 0.0), (1.0, 0.0), (beta, 0.0)]).unwrap_err().to_string(),
                format!("temperatures must rise from chain to chain, got beta = 1 at chain 1 and {beta} at chain 2")
            );
        }
        let mut single = fixed(&[(1.0, -1.0)]).unwrap();
        single.run(Schedule { thermalization: 2, sweeps: 3 }, |tempering| assert_eq!(tempering.len(), 1));
        assert_eq!((single.round_trips(), single.up_fraction(0)), (0, None));
    }
}
