//! Swendsen and Wang's algorithm: the whole lattice cut into clusters, each changed on its own.

use rand::Rng;

use super::accept::{Chance, accepts};
use super::bonds::Bonds;
use super::torus_clusters::{BELOW, RIGHT, TorusClusters, join};
use super::{Sampler, SamplerError, replica_by_state};
use crate::model::ClusterModel;
use crate::units::Beta;

/// A chain in which every advance freezes satisfied bonds, each with probability 1 - e^(-beta cost), and gives every
/// cluster of frozen bonds a change of its own, drawn from all changes.
///
/// Large clusters are moved less often than by [`super::Wolff`], small ones more often, and the work of one advance
/// does not fluctuate. Memory: one 32-bit label per site, on a torus one byte more.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{Sampler, SwendsenWang};
/// use gibbs::systems::Ising;
/// use gibbs::model::Model;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ising = Ising::torus(16, 16, 1.0, 0.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = SwendsenWang::new(&ising, Beta::new(0.44)?, ising.initial_state(&mut rng))?;
/// chain.advance(&mut rng);
/// assert_eq!(chain.energy(), ising.energy(chain.state()));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// R. H. Swendsen and J.-S. Wang, Phys. Rev. Lett. 58, 86 (1987), doi:10.1103/PhysRevLett.58.86.
#[derive(Clone, Debug)]
pub struct SwendsenWang<'a, M: ClusterModel> {
    model: &'a M,
    state: M::State,
    bonds: Bonds,
    /// A site of the same cluster with a smaller number, or the site itself; at the end the number of its cluster.
    labels: Vec<u32>,
    clusters: usize,
    torus: TorusClusters,
}

impl<'a, M: ClusterModel> SwendsenWang<'a, M> {
    /// A chain of `model` at `beta` that starts from `state`.
    ///
    /// # Errors
    ///
    /// beta J < 0 on a lattice that is not bipartite or in a model without antiferromagnetic clusters.
    pub fn new(model: &'a M, beta: Beta, state: M::State) -> Result<Self, SamplerError> {
        Ok(Self {
            model,
            state,
            bonds: Bonds::new(model, beta)?,
            labels: Vec::new(),
            clusters: 0,
            torus: TorusClusters::default(),
        })
    }

    /// Number of clusters of the last advance; 0 before the first.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// Freezes bonds and joins the labels of their ends.
    fn freeze<R: Rng + ?Sized>(&mut self, frame: &M::Frame, rng: &mut R) {
        match self.bonds.chance {
            Some(chance) if self.model.lattice().is_torus() => self.freeze_torus(chance, rng),
            _ => self.freeze_bonds(frame, rng),
        }
    }

    /// Bond by bond.
    fn freeze_bonds<R: Rng + ?Sized>(&mut self, frame: &M::Frame, rng: &mut R) {
        let (model, labels, bonds) = (self.model, &mut self.labels, self.bonds);
        let spins = model.spins(&self.state);
        let n_sites = model.lattice().n_sites() as u32;
        labels.clear();
        labels.extend(0..n_sites);
        for site in 0..n_sites {
            let spin = spins[site as usize];
            // At most three bonds belong to one site.
            let trials = bonds.chance.map(|chance| chance.four(rng));
            for (k, &neighbour) in model.lattice().forward(site).as_slice().iter().enumerate() {
                let other = spins[neighbour as usize];
                let frozen = match trials {
                    Some(trials) => ((spin == other) == bonds.parallel) & trials.succeeds(k),
                    None => bonds.freezes(model, spin, other, frame, rng),
                };
                if frozen {
                    join(labels, site, neighbour);
                }
            }
        }
    }

    /// The same clusters by the same random numbers, all bonds before all labels.
    fn freeze_torus<R: Rng + ?Sized>(&mut self, chance: Chance, rng: &mut R) {
        let (lattice, spins) = (self.model.lattice(), self.model.spins(&self.state));
        let parallel = self.bonds.parallel;
        let bonds = &mut self.torus.bonds;
        bonds.clear();
        bonds.extend((0..lattice.n_sites() as u32).map(|site| {
            let spin = spins[site as usize];
            let [right, _, below, _] = lattice.torus_neighbours(site);
            let trials = chance.four(rng);
            let frozen = |k: usize, neighbour: u32| {
                let satisfied = (spin == spins[neighbour as usize]) == parallel;
                u8::from(satisfied & trials.succeeds(k))
            };
            (frozen(0, right) * RIGHT) | (frozen(1, below) * BELOW)
        }));
        self.torus.label(lattice.sides()[0], &mut self.labels);
    }

    /// Draws a change for every cluster, and makes it unless the field refuses.
    fn change<R: Rng + ?Sized>(&mut self, frame: &M::Frame, rng: &mut R) {
        let (model, beta) = (self.model, self.bonds.beta.get());
        let (labels, mut changes) = (&mut self.labels, Vec::new());
        for (site, spin) in model.spins_mut(&mut self.state).iter_mut().enumerate() {
            let label = labels[site] as usize;
            // Smaller sites have the number of their cluster already.
            let cluster = if label == site {
                changes.push(model.draw_change(frame, rng));
                changes.len() - 1
            } else {
                labels[label] as usize
            };
            labels[site] = cluster as u32;
            if !model.has_field() {
                *spin = model.changed(*spin, frame, &changes[cluster]);
            }
        }
        self.clusters = changes.len();
        if !model.has_field() {
            return;
        }
        let mut lost = vec![0.0; changes.len()];
        for (&cluster, &spin) in labels.iter().zip(model.spins(&self.state)) {
            let changed = model.changed(spin, frame, &changes[cluster as usize]);
            lost[cluster as usize] += model.field_energy(changed) - model.field_energy(spin);
        }
        // At T = 0 a change that the field does not see is free, not 0 * inf.
        let cost = |&lost: &f64| if lost == 0.0 { 0.0 } else { beta * lost };
        let accepted: Vec<bool> = lost.iter().map(|lost| accepts(cost(lost), rng)).collect();
        for (&cluster, spin) in labels.iter().zip(model.spins_mut(&mut self.state)) {
            if accepted[cluster as usize] {
                *spin = model.changed(*spin, frame, &changes[cluster as usize]);
            }
        }
    }
}

impl<M: ClusterModel> Sampler for SwendsenWang<'_, M> {
    type State = M::State;

    /// One sweep: all bonds, all clusters.
    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let frame = self.model.draw_frame(rng);
        self.freeze(&frame, rng);
        self.change(&frame, rng);
        self.model.recount(&mut self.state);
    }

    fn state(&self) -> &M::State {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }
}

replica_by_state!("SwendsenWang", [M: ClusterModel<State: Send>] SwendsenWang<'_, M>, M::State, bonds.beta, clusters: usize);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::rng::Seed;
    use crate::systems::Ising;

    #[test]
    fn cold_clusters_are_everything_and_hot_ones_single_spins() {
        let mut rng = Seed(1).set_up();
        for j in [1.0, -1.0] {
            let ising = Ising::torus(6, 4, j, 0.0).unwrap();
            let start = ising.initial_state(&mut rng);
            let mut cold = SwendsenWang::new(&ising, Beta::INFINITE, start.clone()).unwrap();
            cold.advance(&mut rng);
            assert_eq!((cold.clusters(), cold.energy()), (1, -48.0));
            let mut hot = SwendsenWang::new(&ising, Beta::ZERO, start).unwrap();
            hot.advance(&mut rng);
            assert_eq!((hot.clusters(), hot.energy()), (24, ising.energy(hot.state())));
        }
        // In a field of the ground state, the one cluster stays.
        let field = Ising::torus(6, 4, 1.0, 0.5).unwrap();
        let mut cold = SwendsenWang::new(&field, Beta::INFINITE, field.initial_state(&mut rng)).unwrap();
        (0..20).for_each(|_| cold.advance(&mut rng));
        assert_eq!(cold.energy(), -60.0);
    }
}
