//! Wolff's single-cluster algorithm for the Ising ferromagnet without a field.

use rand::{Rng, RngExt};

use super::accept::{Chance, bond_probability};
use super::{Sampler, SamplerError};
use crate::systems::{Ising, IsingState};
use crate::units::Beta;

/// A chain of cluster flips: from a random site the cluster grows over parallel neighbours with probability
/// 1 - e^(-2 beta J) per bond and is then flipped as a whole.
///
/// One `advance` is a **fixed** number of clusters. Stopping after some number of flipped spins instead would end
/// sweeps preferably in large clusters, where spins are aligned, and bias every average. The number is 1 unless
/// [`Wolff::tune`] sets it, before measuring, to about one flip per site; it is always odd, because hot clusters
/// are single spins and an even number of them would keep the parity of M (cold ones are everything, and would keep
/// its sign).
///
/// # Examples
///
/// ```
/// use gibbs::{rng::Seed, samplers::{Sampler, Wolff}, systems::{Ising, Model}, units::Beta};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ising = Ising::torus(16, 16, 1.0, 0.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = Wolff::new(&ising, Beta::new(0.44)?, ising.initial_state(&mut rng))?;
/// chain.tune(20, &mut rng);
/// chain.advance(&mut rng);
/// assert_eq!(chain.energy(), ising.energy(chain.state()));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// U. Wolff, Phys. Rev. Lett. 62, 361 (1989), doi:10.1103/PhysRevLett.62.361.
#[derive(Clone, Debug)]
pub struct Wolff<'a> {
    model: &'a Ising,
    state: IsingState,
    bond: Chance,
    clusters_per_advance: u32,
    clusters: u64,
    flipped: u64,
    /// Sites of the growing cluster whose neighbours are still to be asked.
    front: Vec<u32>,
}

impl<'a> Wolff<'a> {
    /// A chain of `model` at `beta` that starts from `state`, with one cluster per advance.
    ///
    /// # Errors
    ///
    /// A field, or beta J < 0: clusters of parallel spins would then sample another distribution.
    pub fn new(model: &'a Ising, beta: Beta, state: IsingState) -> Result<Self, SamplerError> {
        if model.h() != 0.0 {
            return Err(SamplerError::ClusterField(model.h()));
        }
        let cost = if model.j() == 0.0 || beta == Beta::ZERO { 0.0 } else { 2.0 * beta.get() * model.j() };
        if cost < 0.0 {
            return Err(SamplerError::ClusterCoupling { j: model.j(), beta });
        }
        let bond = Chance::new(bond_probability(cost));
        Ok(Self { model, state, bond, clusters_per_advance: 1, clusters: 0, flipped: 0, front: Vec::new() })
    }

    /// Flips clusters until each site has been flipped `sweeps` times on average, then fixes the clusters per advance
    /// to an odd number near one flip per site. Part of thermalization: call it before the first measurement.
    pub fn tune<R: Rng + ?Sized>(&mut self, sweeps: u64, rng: &mut R) {
        let target = sweeps.max(1) * self.model.lattice().n_sites() as u64;
        let mut flipped = 0;
        // From an ordered start the first clusters are too large: the second half is counted.
        while 2 * flipped < target {
            flipped += self.flip_cluster(rng);
        }
        let (mut clusters, mut counted) = (0u64, 0);
        while counted < target / 2 {
            counted += self.flip_cluster(rng);
            clusters += 1;
        }
        let per_sweep = clusters as f64 / sweeps.max(1) as f64;
        self.clusters_per_advance = (2 * per_sweep as u32) | 1;
        // The loop above ends in a large cluster more often than not: forget that with clusters fixed in number.
        for _ in 0..self.clusters_per_advance {
            self.flip_cluster(rng);
        }
        self.model.recount(&mut self.state);
    }

    /// Clusters flipped by one advance.
    #[must_use]
    pub fn clusters_per_advance(&self) -> u32 {
        self.clusters_per_advance
    }

    /// Mean number of sites in the clusters of all advances so far; its mean over N is the mean of m^2.
    #[must_use]
    pub fn mean_cluster_size(&self) -> f64 {
        self.flipped as f64 / self.clusters.max(1) as f64
    }

    /// M, magnetization of the present state.
    #[must_use]
    pub fn magnetization(&self) -> i64 {
        self.state.magnetization()
    }

    /// Grows one cluster, flips it and returns its size. Leaves the counts of the state behind.
    fn flip_cluster<R: Rng + ?Sized>(&mut self, rng: &mut R) -> u64 {
        let lattice = self.model.lattice();
        let bond = self.bond;
        let seed = rng.random_range(0..lattice.n_sites() as u32);
        let spins = self.state.spins_mut();
        let spin = spins[seed as usize];
        // A spin is flipped as it joins, so it cannot join twice.
        spins[seed as usize] = -spin;
        self.front.push(seed);
        let mut size = 1;
        while let Some(site) = self.front.pop() {
            for &neighbour in lattice.slots(site).as_slice() {
                let other = &mut spins[neighbour as usize];
                if *other == spin && bond.occurs(rng) {
                    *other = -spin;
                    self.front.push(neighbour);
                    size += 1;
                }
            }
        }
        size
    }
}

impl Sampler for Wolff<'_> {
    type State = IsingState;

    /// The fixed number of clusters.
    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        for _ in 0..self.clusters_per_advance {
            self.flipped += self.flip_cluster(rng);
        }
        self.clusters += u64::from(self.clusters_per_advance);
        self.model.recount(&mut self.state);
    }

    fn state(&self) -> &IsingState {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.energy_of(self.state.bond_sum(), self.state.magnetization())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::systems::Model;

    #[test]
    fn refuses_what_its_clusters_do_not_sample() {
        let refusal = |ising: Ising, beta: f64| {
            let state = ising.state(&[]);
            Wolff::new(&ising, Beta::new(beta).unwrap(), state).map(|_| ()).unwrap_err().to_string()
        };
        let antiferromagnet = refusal(Ising::torus(4, 4, -1.0, 0.0).unwrap(), 0.5);
        assert!(antiferromagnet.starts_with("clusters of parallel spins need beta J >= 0, got J = -1 at beta = 0.5"));
        assert!(refusal(Ising::torus(4, 4, 1.0, 0.0).unwrap(), -0.5).starts_with("clusters of parallel spins"));
        assert!(
            refusal(Ising::torus(4, 4, 1.0, 0.1).unwrap(), 0.5).starts_with("clusters need a system without field")
        );
    }

    #[test]
    fn cold_clusters_are_everything_and_hot_ones_single_spins() {
        let ising = Ising::torus(6, 5, 1.0, 0.0).unwrap();
        let mut rng = Seed(1).set_up();
        let mut cold = Wolff::new(&ising, Beta::INFINITE, ising.state(&[])).unwrap();
        cold.tune(3, &mut rng);
        cold.advance(&mut rng);
        assert_eq!((cold.clusters_per_advance(), cold.mean_cluster_size(), cold.energy()), (1, 30.0, -60.0));
        let mut hot = Wolff::new(&ising, Beta::ZERO, ising.state(&[])).unwrap();
        hot.tune(10, &mut rng);
        hot.advance(&mut rng);
        assert_eq!((hot.clusters_per_advance(), hot.mean_cluster_size()), (31, 1.0));
        assert_eq!(hot.energy(), ising.energy(hot.state()));
    }
}
