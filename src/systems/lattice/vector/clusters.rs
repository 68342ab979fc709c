//! Clusters of unit vectors by Wolff's embedding: Ising spins are the signs of s . r along one random direction r.

use rand::{Rng, RngExt};

use super::VectorModel;
use super::direction::{dot, plus_scaled, random_direction};
use crate::model::{ClusterModel, Lattice};

/// The frame is a unit vector r; a change reflects every spin of a cluster in the plane normal to r, s - 2 (s . r) r,
/// or leaves them all.
///
/// The embedded couplings J (s . r)(s' . r) may have any sign, so antiferromagnets on bipartite lattices are sampled as
/// well. Where they are frustrated clusters grow too large to be of use, and the samplers refuse them.
///
/// # References
///
/// U. Wolff, Phys. Rev. Lett. 62, 361 (1989), doi:10.1103/PhysRevLett.62.361.
impl<const D: usize> ClusterModel for VectorModel<D> {
    type Spin = [f64; D];
    type Frame = [f64; D];
    /// Whether to reflect.
    type Change = bool;

    fn lattice(&self) -> &Lattice {
        self.lattice()
    }

    fn coupling(&self) -> f64 {
        self.j()
    }

    fn has_antiferromagnetic_clusters(&self) -> bool {
        true
    }

    fn spins<'a>(&self, state: &'a Self::State) -> &'a [[f64; D]] {
        state.spins()
    }

    fn spins_mut<'a>(&self, state: &'a mut Self::State) -> &'a mut [[f64; D]] {
        state.spins_mut()
    }

    fn recount(&self, state: &mut Self::State) {
        self.recount(state);
    }

    fn draw_frame<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; D] {
        random_direction(rng)
    }

    #[inline]
    fn bond_cost(&self, a: [f64; D], b: [f64; D], frame: &[f64; D]) -> f64 {
        2.0 * self.j() * dot(&a, frame) * dot(&b, frame)
    }

    fn draw_change<R: Rng + ?Sized>(&self, _frame: &[f64; D], rng: &mut R) -> bool {
        rng.random()
    }

    fn draw_move<R: Rng + ?Sized>(&self, _spin: [f64; D], _frame: &[f64; D], _rng: &mut R) -> bool {
        true
    }

    #[inline]
    fn changed(&self, spin: [f64; D], frame: &[f64; D], change: &bool) -> [f64; D] {
        if *change { plus_scaled(&spin, -2.0 * dot(&spin, frame), frame) } else { spin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, LatticeKind, Model};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn costs_are_energies<const D: usize>() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let pair = Lattice::new(LatticeKind::Chain, &[2], Boundary::Open).unwrap();
        for j in [1.0, -0.6] {
            let model = VectorModel::<D>::new(pair.clone(), j).unwrap();
            for _ in 0..1000 {
                let (a, b) = (random_direction(&mut rng), random_direction(&mut rng));
                let frame = model.draw_frame(&mut rng);
                assert!((dot(&frame, &frame) - 1.0).abs() < 1e-15);
                let energy = |a, b| model.energy(&model.state(&[a, b]));
                let move_drawn = model.draw_move(a, &frame, &mut rng);
                let (turned, other) = (model.changed(a, &frame, &move_drawn), model.changed(b, &frame, &move_drawn));
                let cost = model.bond_cost(a, b, &frame);
                assert!((energy(turned, b) - energy(a, b) - cost).abs() < 1e-14);
                assert!((energy(a, other) - energy(a, b) - cost).abs() < 1e-14);
                // Both reflected: nothing changes. One reflected: the cost has the other sign. Twice: the same spin.
                assert!((energy(turned, other) - energy(a, b)).abs() < 1e-14);
                assert!((model.bond_cost(turned, b, &frame) + cost).abs() < 1e-14);
                let twice = model.changed(turned, &frame, &true);
                // Two reflections of D products and sums each, rounded to 1.1e-16.
                assert!(twice.iter().zip(&a).all(|(x, y)| (x - y).abs() < 2e-15));
                assert_eq!(model.changed(a, &frame, &false), a);
            }
        }
    }

    #[test]
    fn bond_costs_are_energies_of_broken_bonds() {
        costs_are_energies::<2>();
        costs_are_energies::<3>();
    }

    /// Means of r r' are 1/D on the diagonal and 0 elsewhere, and r has no preferred sign.
    fn frames_are_isotropic<const D: usize>() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let model =
            VectorModel::<D>::new(Lattice::new(LatticeKind::Chain, &[2], Boundary::Open).unwrap(), 1.0).unwrap();
        let n = 100_000;
        let frames: Vec<[f64; D]> = (0..n).map(|_| model.draw_frame(&mut rng)).collect();
        let mean = |f: &dyn Fn(&[f64; D]) -> f64| frames.iter().map(f).sum::<f64>() / f64::from(n);
        for i in 0..D {
            let spread = |square: f64| 4.5 * (square / f64::from(n)).sqrt();
            assert!(mean(&|r| r[i]).abs() < spread(1.0 / D as f64));
            for k in 0..D {
                let expected = if i == k { 1.0 / D as f64 } else { 0.0 };
                // <(r_i r_k)^2> is at most 3/(D (D + 2)).
                assert!((mean(&|r| r[i] * r[k]) - expected).abs() < spread(3.0 / (D * (D + 2)) as f64));
            }
        }
    }

    #[test]
    fn frames_have_no_preferred_axis() {
        frames_are_isotropic::<2>();
        frames_are_isotropic::<3>();
    }

    #[test]
    fn collective_moves_keep_the_counts() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let square = Lattice::new(LatticeKind::Square, &[4, 4], Boundary::Periodic).unwrap();
        let model = VectorModel::<3>::new(square, 1.0).unwrap();
        let mut state = model.initial_state(&mut rng);
        for _ in 0..10_000 {
            let frame = model.draw_frame(&mut rng);
            for spin in &mut model.spins_mut(&mut state)[..8] {
                *spin = model.changed(*spin, &frame, &true);
            }
            ClusterModel::recount(&model, &mut state);
        }
        assert_eq!(state.energy(), model.energy(&state));
        assert!(state.spins().iter().all(|s| (dot(s, s) - 1.0).abs() < 1e-15));
        let changes = (0..1000).filter(|_| model.draw_change(&[1.0, 0.0, 0.0], &mut rng)).count();
        assert!(changes.abs_diff(500) < 72);
    }
}
