//! Clusters of Blume–Capel spins: flips change the signs of spins and leave vacancies where they are, so that clusters need a sampler of single
//! spins beside them.

use rand::Rng;

use super::{BlumeCapel, BlumeCapelState};
use crate::model::{ClusterModel, Lattice};

impl ClusterModel for BlumeCapel {
    type Spin = i8;
    type Frame = ();
    /// Whether the cluster is flipped.
    type Change = bool;

    fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    fn coupling(&self) -> f64 {
        self.j
    }

    fn has_field(&self) -> bool {
        self.h != 0.0
    }

    /// Without delta, which no flip changes.
    #[inline]
    fn field_energy(&self, spin: i8) -> f64 {
        -self.h * f64::from(spin)
    }

    fn has_antiferromagnetic_clusters(&self) -> bool {
        true
    }

    fn spins<'a>(&self, state: &'a BlumeCapelState) -> &'a [i8] {
        &state.spins
    }

    fn spins_mut<'a>(&self, state: &'a mut BlumeCapelState) -> &'a mut [i8] {
        &mut state.spins
    }

    fn recount(&self, state: &mut BlumeCapelState) {
        state.bonds = self.bond_sum(&state.spins);
        state.magnetization = state.spins.iter().map(|&spin| i64::from(spin)).sum();
    }

    fn draw_frame<R: Rng + ?Sized>(&self, _rng: &mut R) {}

    #[inline]
    fn bond_cost(&self, a: i8, b: i8, (): &()) -> f64 {
        2.0 * self.j * f64::from(a * b)
    }

    #[inline]
    fn draw_change<R: Rng + ?Sized>(&self, (): &(), rng: &mut R) -> bool {
        rng.next_u32() >> 31 == 1
    }

    #[inline]
    fn draw_move<R: Rng + ?Sized>(&self, _spin: i8, (): &(), _rng: &mut R) -> bool {
        true
    }

    #[inline]
    fn changed(&self, spin: i8, (): &(), change: &bool) -> i8 {
        if *change { -spin } else { spin }
    }
}
