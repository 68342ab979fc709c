//! Wolff's single-cluster algorithm for any model with clusters.

use rand::{Rng, RngExt};

use super::accept::{Chance, accepts};
use super::bonds::Bonds;
use super::{Sampler, SamplerError, replica_by_state};
use crate::model::{ClusterModel, Lattice};
use crate::rng::uniform;
use crate::units::Beta;

/// Visits per site that tell the mean size of clusters.
const ENOUGH_SWEEPS: u64 = 16;

/// A chain of cluster moves: from a random site the cluster grows over satisfied bonds, each with probability
/// 1 - e^(-beta cost), and is then changed as a whole.
///
/// One `advance` is a **fixed** number of clusters. Stopping after some number of visited spins instead would end
/// sweeps preferably in large clusters, where spins are aligned, and bias every average. The number is 1 unless
/// [`Wolff::tune`] sets it, before measuring, to about one visit per site; it is always odd, because hot clusters
/// are single spins and an even number of them would keep the parity of M (cold ones are everything, and would keep
/// its sign).
///
/// In a field the change of a whole cluster is accepted as in [`super::Metropolis`], by what its spins gain or lose there. Where all
/// of them lose alike, growth stops as soon as the change is bound to be refused.
///
/// Where beta J < 0 the satisfied bonds of an [`Ising`](crate::systems::Ising) join antiparallel spins. On a bipartite lattice their clusters
/// are those of the ferromagnet with one sublattice flipped; on other lattices they are refused.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{Sampler, Wolff};
/// use gibbs::systems::Ising;
/// use gibbs::model::Model;
/// use gibbs::units::Beta;
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
/// U. Wolff, Phys. Rev. Lett. 62, 361 (1989), doi:10.1103/PhysRevLett.62.361. In a field: P. G. Lauwers and V. Rittenberg, Phys.
/// Lett. B 233, 197 (1989), doi:10.1016/0370-2693(89)90640-3.
#[derive(Clone, Debug)]
pub struct Wolff<'a, M: ClusterModel> {
    model: &'a M,
    state: M::State,
    bonds: Bonds,
    torus: Option<BinaryTorus>,
    clusters_per_advance: u32,
    clusters: u64,
    visited: u64,
    /// The sites of the cluster in the order in which they joined: each is asked for its neighbours in turn.
    members: Vec<u32>,
    /// What the members were, in models whose bonds differ in cost.
    were: Vec<M::Spin>,
}

impl<'a, M: ClusterModel> Wolff<'a, M> {
    /// A chain of `model` at `beta` that starts from `state`, with one cluster per advance.
    ///
    /// # Errors
    ///
    /// beta J < 0 on a lattice that is not bipartite or in a model without antiferromagnetic clusters.
    pub fn new(model: &'a M, beta: Beta, state: M::State) -> Result<Self, SamplerError> {
        let bonds = Bonds::new(model, beta)?;
        let torus = BinaryTorus::of(model.lattice());
        let (members, were) = (Vec::new(), Vec::new());
        Ok(Self { model, state, bonds, torus, clusters_per_advance: 1, clusters: 0, visited: 0, members, were })
    }

    /// Moves clusters until each site has been visited `sweeps` times on average, then fixes the clusters per advance
    /// to an odd number near one visit per site. Part of thermalization: call it before the first measurement.
    pub fn tune<R: Rng + ?Sized>(&mut self, sweeps: u64, rng: &mut R) {
        let target = sweeps.max(1) * self.model.lattice().n_sites() as u64;
        let mut visited = 0;
        // From an ordered start the first clusters are too large: the second half is counted.
        while 2 * visited < target {
            visited += self.move_cluster(rng);
        }
        let (mut clusters, mut counted) = (0u64, 0);
        while counted < target / 2 {
            counted += self.move_cluster(rng);
            clusters += 1;
        }
        self.choose_number(clusters, counted);
        // The loop above ends in a large cluster more often than not: forget that with clusters fixed in number.
        for _ in 0..self.clusters_per_advance {
            self.move_cluster(rng);
        }
        self.model.recount(&mut self.state);
    }

    /// As many clusters per advance as visit about every site once, by `clusters` that visited `visited` sites; an odd number.
    fn choose_number(&mut self, clusters: u64, visited: u64) {
        let per_sweep = clusters as f64 * self.model.lattice().n_sites() as f64 / visited.max(1) as f64;
        self.clusters_per_advance = (2 * (0.5 * per_sweep) as u32) | 1;
    }

    /// Clusters moved by one advance.
    #[must_use]
    pub fn clusters_per_advance(&self) -> u32 {
        self.clusters_per_advance
    }

    /// Mean number of sites in the clusters of all advances since the last [`Sampler::adapt`]; of an Ising ferromagnet without field its mean over N is the
    /// mean of m^2. In a field clusters that were refused count as far as they had grown.
    #[must_use]
    pub fn mean_cluster_size(&self) -> f64 {
        self.visited as f64 / self.clusters.max(1) as f64
    }

    /// Grows one cluster, changes it unless the field refuses, and returns its size. Leaves the counts of the state behind.
    fn move_cluster<R: Rng + ?Sized>(&mut self, rng: &mut R) -> u64 {
        let (model, lattice) = (self.model, self.model.lattice());
        let seed = rng.random_range(0..lattice.n_sites() as u32);
        let frame = model.draw_frame(rng);
        let change = model.draw_move(model.spins(&self.state)[seed as usize], &frame, rng);
        let cluster = Cluster { model, bonds: self.bonds, frame, change, seed };
        let (spins, members, were) = (model.spins_mut(&mut self.state), &mut self.members, &mut self.were);
        let Some(chance) = self.bonds.chance else {
            cluster.grow_by_cost(spins, members, were, rng);
            if model.has_field() {
                cluster.accept_or_undo(spins, members, were, rng);
            }
            return members.len() as u64;
        };
        // A place is left for the last neighbour, which may not join.
        members.resize(lattice.n_sites() + 1, 0);
        let first = spins[seed as usize];
        let most = if model.has_field() { cluster.most_members(first, rng) } else { usize::MAX };
        let size = if let Some(torus) = self.torus {
            cluster.grow_by_chance(chance, most, |site| torus.neighbours(site), spins, members, rng)
        } else if lattice.is_torus() {
            cluster.grow_by_chance(chance, most, |site| lattice.torus_neighbours(site), spins, members, rng)
        } else {
            cluster.grow_by_chance(chance, most, |site| lattice.slots(site), spins, members, rng)
        };
        if size > most {
            members[..size].iter().for_each(|&site| spins[site as usize] = first);
        } else if model.has_field() && !self.bonds.parallel {
            // Two-valued spins: the change undoes itself.
            were.clear();
            were.extend(members[..size].iter().map(|&site| cluster.changed(spins[site as usize])));
            cluster.accept_or_undo(spins, &members[..size], were, rng);
        }
        size as u64
    }
}

/// A torus whose sides are powers of two: its neighbours need no comparison with an edge.
#[derive(Clone, Copy, Debug)]
struct BinaryTorus {
    /// L_x.
    side: u32,
    /// N - 1.
    last: u32,
}

impl BinaryTorus {
    fn of(lattice: &Lattice) -> Option<Self> {
        let (sides, n_sites) = (lattice.sides(), lattice.n_sites());
        let fits = lattice.is_torus() && n_sites.is_power_of_two();
        fits.then(|| Self { side: sides[0] as u32, last: n_sites as u32 - 1 })
    }

    /// In the order of the lattice: right, left, below, above.
    #[inline]
    fn neighbours(self, site: u32) -> [u32; 4] {
        let column = self.side - 1;
        let row = site & !column;
        [
            row | (site.wrapping_add(1) & column),
            row | (site.wrapping_sub(1) & column),
            site.wrapping_add(self.side) & self.last,
            site.wrapping_sub(self.side) & self.last,
        ]
    }
}

/// One move: where it starts and what happens to the spins that join.
struct Cluster<'a, M: ClusterModel> {
    model: &'a M,
    bonds: Bonds,
    frame: M::Frame,
    change: M::Change,
    seed: u32,
}

impl<M: ClusterModel> Cluster<'_, M> {
    fn changed(&self, spin: M::Spin) -> M::Spin {
        self.model.changed(spin, &self.frame, &self.change)
    }

    /// beta times what a spin that was `was` and is `now` has lost in the field.
    fn field_cost(&self, was: M::Spin, now: M::Spin) -> f64 {
        let lost = self.model.field_energy(now) - self.model.field_energy(was);
        // At T = 0 a change that the field does not see is free, not 0 * inf.
        if lost == 0.0 { 0.0 } else { self.bonds.beta.get() * lost }
    }

    /// The most members that a cluster of spins which all are `first` may have, for the field to accept its change: drawn before it grows.
    fn most_members<R: Rng + ?Sized>(&self, first: M::Spin, rng: &mut R) -> usize {
        let cost = self.field_cost(first, self.changed(first));
        if !self.bonds.parallel || cost <= 0.0 {
            return usize::MAX;
        }
        (-uniform(rng).ln() / cost) as usize
    }

    /// Accepts the change of `members`, which were `were`, or takes it back.
    fn accept_or_undo<R: Rng + ?Sized>(&self, spins: &mut [M::Spin], members: &[u32], were: &[M::Spin], rng: &mut R) {
        let pairs = members.iter().zip(were);
        let cost = pairs.clone().map(|(&site, &was)| self.field_cost(was, spins[site as usize])).sum();
        if !accepts(cost, rng) {
            pairs.for_each(|(&site, &was)| spins[site as usize] = was);
        }
    }

    /// Growth with one probability for all satisfied bonds, until there are more members than `most`.
    ///
    /// Whether a neighbour joins is hard to guess, so nothing branches on it: it is written to the end of the list in
    /// any case, and the list grows by 0 or 1. A spin is changed as it joins, so it cannot join twice.
    fn grow_by_chance<N: AsRef<[u32]>, R: Rng + ?Sized>(
        &self,
        chance: Chance,
        most: usize,
        neighbours: impl Fn(u32) -> N,
        spins: &mut [M::Spin],
        members: &mut [u32],
        rng: &mut R,
    ) -> usize {
        let model = self.model;
        let first = spins[self.seed as usize];
        spins[self.seed as usize] = model.changed(first, &self.frame, &self.change);
        members[0] = self.seed;
        let (mut asked, mut size) = (0, 1);
        while asked < size && size <= most {
            let site = members[asked];
            asked += 1;
            // What satisfies a bond with what this site was: the same, or what differs from it, which of two values
            // is what the site is now.
            let wanted = if self.bonds.parallel { first } else { spins[site as usize] };
            for four in neighbours(site).as_ref().chunks(4) {
                let frozen = chance.four(rng);
                for (k, &neighbour) in four.iter().enumerate() {
                    let spin = spins[neighbour as usize];
                    let joins = (spin == wanted) & frozen.succeeds(k);
                    let changed = model.changed(spin, &self.frame, &self.change);
                    spins[neighbour as usize] = if joins { changed } else { spin };
                    members[size] = neighbour;
                    size += usize::from(joins);
                }
            }
        }
        size
    }

    /// Growth with a probability for every bond; `were` holds what the members were before.
    fn grow_by_cost<R: Rng + ?Sized>(
        &self,
        spins: &mut [M::Spin],
        members: &mut Vec<u32>,
        were: &mut Vec<M::Spin>,
        rng: &mut R,
    ) {
        let model = self.model;
        let join = |site: u32, spins: &mut [M::Spin], members: &mut Vec<u32>, were: &mut Vec<M::Spin>| {
            let spin = spins[site as usize];
            members.push(site);
            were.push(spin);
            spins[site as usize] = model.changed(spin, &self.frame, &self.change);
        };
        members.clear();
        were.clear();
        join(self.seed, spins, members, were);
        let mut asked = 0;
        while let (Some(&site), Some(&was)) = (members.get(asked), were.get(asked)) {
            asked += 1;
            for &neighbour in model.lattice().slots(site).as_slice() {
                let spin = spins[neighbour as usize];
                if self.bonds.freezes(model, was, spin, &self.frame, rng) {
                    join(neighbour, spins, members, were);
                }
            }
        }
    }
}

impl<M: ClusterModel> Sampler for Wolff<'_, M> {
    type State = M::State;

    /// The fixed number of clusters.
    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        for _ in 0..self.clusters_per_advance {
            if self.bonds.all_but_free && rng.random() {
                continue;
            }
            self.visited += self.move_cluster(rng);
            self.clusters += 1;
        }
        self.model.recount(&mut self.state);
    }

    fn state(&self) -> &M::State {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }

    /// The number of clusters, once so many have been seen that a few small ones do not decide.
    fn adapt(&mut self) {
        if self.visited >= ENOUGH_SWEEPS * self.model.lattice().n_sites() as u64 {
            self.choose_number(self.clusters, self.visited);
            (self.clusters, self.visited) = (0, 0);
        }
    }
}

replica_by_state!(
    "Wolff", [M: ClusterModel<State: Send>] Wolff<'_, M>,
    M::State,
    bonds.beta,
    clusters_per_advance: u32,
    clusters: u64,
    visited: u64
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Lattice, LatticeKind, Model};
    use crate::rng::Seed;
    use crate::systems::Ising;

    #[test]
    fn refuses_what_its_clusters_do_not_sample() {
        let lattice = |kind, sides: &[usize]| Lattice::new(kind, sides, Boundary::Periodic).unwrap();
        let build = |lattice: Lattice, j: f64, h: f64, beta: f64| {
            let ising = Ising::new(lattice, j, h).unwrap();
            Wolff::new(&ising, Beta::new(beta).unwrap(), ising.state(&[])).map(|_| ()).map_err(|e| e.to_string())
        };
        let (square, odd) = (lattice(LatticeKind::Square, &[4, 4]), lattice(LatticeKind::Square, &[3, 4]));
        let (triangular, honeycomb) =
            (lattice(LatticeKind::Triangular, &[4, 4]), lattice(LatticeKind::Honeycomb, &[4, 4]));
        assert_eq!(
            build(triangular.clone(), -1.0, 0.0, 0.5).unwrap_err(),
            "clusters are frustrated on triangular 4x4 with J = -1 at beta = 0.5; use metropolis or heat-bath"
        );
        assert!(build(odd.clone(), 1.0, 0.0, -0.5).is_err() && build(odd, -1.0, 0.0, f64::INFINITY).is_err());
        assert!(build(square, -1.0, 0.0, 0.5).is_ok() && build(honeycomb, 1.0, 0.0, -0.5).is_ok());
        assert!(build(triangular.clone(), -1.0, 0.0, 0.0).is_ok() && build(triangular, -1.0, 0.0, -0.5).is_ok());
    }

    #[test]
    fn binary_toruses_have_the_neighbours_of_the_lattice() {
        for (lx, ly) in [(2, 2), (2, 8), (8, 2), (4, 4), (16, 4), (128, 128)] {
            let lattice = Lattice::new(LatticeKind::Square, &[lx, ly], Boundary::Periodic).unwrap();
            let torus = BinaryTorus::of(&lattice).unwrap();
            let equal = |site| torus.neighbours(site) == lattice.torus_neighbours(site);
            assert!((0..lattice.n_sites() as u32).all(equal), "{lx}x{ly}");
        }
        let square = |sides: &[usize], boundary| Lattice::new(LatticeKind::Square, sides, boundary).unwrap();
        assert!(BinaryTorus::of(&square(&[4, 6], Boundary::Periodic)).is_none());
        assert!(BinaryTorus::of(&square(&[4, 4], Boundary::Open)).is_none());
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
