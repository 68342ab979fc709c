//! What cluster algorithms need to know about a lattice model.

use rand::Rng;

use crate::model::{Lattice, Model};

/// A model whose satisfied bonds can be frozen and the clusters they make moved as a whole.
///
/// One update chooses a *frame* (nothing for two-valued spins and colours, a direction for vectors). A bond of spins
/// `a` and `b` is satisfied where `beta bond_cost(a, b)` is positive, and is then frozen with probability
/// `1 - e^(-beta bond_cost(a, b))`. Each cluster of frozen bonds undergoes one *change*. A spin that has been changed
/// has no satisfied bond with the spins it left, so a growing cluster never meets itself.
///
/// In a field a cluster is changed with the Metropolis probability of what its spins gain or lose in the field: bonds are frozen
/// regardless of the field, and a change and its inverse are drawn equally often.
///
/// Where beta J < 0 satisfied bonds join spins that differ. The two sublattices of a bipartite lattice then move
/// together and nothing is lost; on other lattices unsatisfied bonds remain inside a cluster, and clusters are refused.
pub trait ClusterModel: Model {
    /// The variable of one site.
    type Spin: Copy + PartialEq;
    /// What is chosen once per update.
    type Frame;
    /// What happens to all spins of one cluster.
    type Change;

    /// Where the spins sit.
    fn lattice(&self) -> &Lattice;

    /// J, the coupling.
    fn coupling(&self) -> f64;

    /// Whether spins have an energy of their own: clusters are then not free to change.
    fn has_field(&self) -> bool {
        false
    }

    /// Energy of one spin by itself, in a field.
    fn field_energy(&self, _spin: Self::Spin) -> f64 {
        0.0
    }

    /// Whether one change moves both ends of a satisfied bond in step where beta J < 0: true of reflections and of
    /// two-valued spins, false of colours, which may differ in many ways.
    fn has_antiferromagnetic_clusters(&self) -> bool {
        false
    }

    /// The cost of every satisfied bond, `abs(bond_cost)`, where it is one number: equal spins satisfy a bond if
    /// beta J > 0 and different ones if beta J < 0. `None` where it depends on the spins.
    fn fixed_bond_cost(&self) -> Option<f64> {
        None
    }

    /// The spins, `[n_sites]`, in the order of the lattice's sites.
    fn spins<'a>(&self, state: &'a Self::State) -> &'a [Self::Spin];

    /// The spins, to be changed; running counts of the state must then be renewed by [`ClusterModel::recount`].
    fn spins_mut<'a>(&self, state: &'a mut Self::State) -> &'a mut [Self::Spin];

    /// Renews the running counts of the state after changes through [`ClusterModel::spins_mut`].
    fn recount(&self, state: &mut Self::State);

    /// The frame of one update.
    fn draw_frame<R: Rng + ?Sized>(&self, rng: &mut R) -> Self::Frame;

    /// Energy gained by the bond if one of two neighbours `a` and `b` is changed and the other is not: a number that
    /// the sign of J enters and beta does not.
    fn bond_cost(&self, a: Self::Spin, b: Self::Spin, frame: &Self::Frame) -> f64;

    /// A change drawn from all, the identity included, for a whole cluster (Swendsen and Wang).
    fn draw_change<R: Rng + ?Sized>(&self, frame: &Self::Frame, rng: &mut R) -> Self::Change;

    /// A change that moves `spin`, drawn from those that do (Wolff).
    fn draw_move<R: Rng + ?Sized>(&self, spin: Self::Spin, frame: &Self::Frame, rng: &mut R) -> Self::Change;

    /// `spin` after `change`.
    fn changed(&self, spin: Self::Spin, frame: &Self::Frame, change: &Self::Change) -> Self::Spin;
}
