//! States and single-spin moves of unit vectors.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::VectorModel;
use super::direction::{dot, plus_scaled, random_direction, renormalized, unit};
use crate::model::{Magnet, Model};
use crate::numerics::CompensatedSum;

/// Moves per site after which energy and vector sum are counted afresh.
const MOVES_PER_RECOUNT: usize = 16;

/// Unit vectors with their running energy and vector sum.
///
/// Spins are unit to 4e-16. Energy and vector sum are counted afresh after 16 N moves, so that what rounding adds in
/// between stays below 1e-14 (abs(J) per bond, 1 per spin) times N however long the chain is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "StoredState", try_from = "StoredState")]
pub struct VectorState<const D: usize> {
    spins: Vec<[f64; D]>,
    energy: f64,
    total: [f64; D],
    moves: usize,
}

/// The same as flat lists.
#[derive(Serialize, Deserialize)]
struct StoredState {
    spins: Vec<f64>,
    energy: f64,
    total: Vec<f64>,
    moves: usize,
}

impl<const D: usize> From<VectorState<D>> for StoredState {
    fn from(state: VectorState<D>) -> Self {
        let VectorState { spins, energy, total, moves } = state;
        Self { spins: spins.as_flattened().to_vec(), energy, total: total.to_vec(), moves }
    }
}

impl<const D: usize> TryFrom<StoredState> for VectorState<D> {
    type Error = String;

    fn try_from(stored: StoredState) -> Result<Self, String> {
        let (spins, rest) = stored.spins.as_chunks::<D>();
        let total = stored.total.try_into();
        match total {
            Ok(total) if rest.is_empty() => {
                Ok(Self { spins: spins.to_vec(), energy: stored.energy, total, moves: stored.moves })
            }
            _ => Err(format!("spins must have {D} components each")),
        }
    }
}

impl<const D: usize> VectorState<D> {
    /// The spins, `[n_sites]` of `[D]`, in the order of the lattice's sites.
    #[must_use]
    pub fn spins(&self) -> &[[f64; D]] {
        &self.spins
    }

    /// E.
    #[must_use]
    pub fn energy(&self) -> f64 {
        self.energy
    }

    /// M = sum of s, `[D]`.
    #[must_use]
    pub fn total(&self) -> [f64; D] {
        self.total
    }

    /// The spins for a collective move, after which [`VectorModel::recount`] must run.
    pub(crate) fn spins_mut(&mut self) -> &mut [[f64; D]] {
        &mut self.spins
    }
}

/// A proposed new direction of one spin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn<const D: usize> {
    /// The site.
    pub site: u32,
    /// Its new spin, a unit vector.
    pub to: [f64; D],
}

impl<const D: usize> VectorModel<D> {
    /// The state with spins along these vectors, `[n_sites]`; missing and zero vectors point along the first axis, extra
    /// ones are ignored.
    #[must_use]
    pub fn state(&self, spins: &[[f64; D]]) -> VectorState<D> {
        let first_axis = std::array::from_fn(|k| if k == 0 { 1.0 } else { 0.0 });
        let spin = |site| spins.get(site).and_then(unit).unwrap_or(first_axis);
        let spins = (0..self.lattice().n_sites()).map(spin).collect();
        let mut state = VectorState { spins, energy: 0.0, total: [0.0; D], moves: 0 };
        self.recount(&mut state);
        state
    }

    /// Scales the spins of `state` to unit length and counts energy and vector sum afresh.
    pub(crate) fn recount(&self, state: &mut VectorState<D>) {
        for spin in &mut state.spins {
            *spin = renormalized(spin);
        }
        state.energy = self.energy(state);
        state.total = std::array::from_fn(|k| state.spins.iter().map(|spin| spin[k]).sum());
        state.moves = 0;
    }

    /// Sum of the spins around `site`; J times it is the field that the spin feels.
    #[inline]
    pub(crate) fn neighbour_sum(&self, spins: &[[f64; D]], site: u32) -> [f64; D] {
        let mut sum = [0.0; D];
        for &other in self.lattice().slots(site).as_slice() {
            sum = plus_scaled(&sum, 1.0, &spins[other as usize]);
        }
        sum
    }

    /// Turns the spin of `site`, whose neighbours add up to `neighbours`, to the unit vector `to`.
    #[inline]
    pub(crate) fn turn(&self, state: &mut VectorState<D>, site: u32, to: [f64; D], neighbours: &[f64; D]) {
        let spin = &mut state.spins[site as usize];
        let turned = plus_scaled(&to, -1.0, spin);
        *spin = to;
        state.energy -= self.j() * dot(&turned, neighbours);
        state.total = plus_scaled(&state.total, 1.0, &turned);
        state.moves += 1;
        if state.moves >= MOVES_PER_RECOUNT * state.spins.len() {
            self.recount(state);
        }
    }
}

/// Half of the proposals are directions uniform on the sphere, half are small rotations (see
/// [`VectorModel::with_step`]). Both densities depend on the angle between the old and the new spin alone, so
/// proposals are symmetric; the first kind crosses any barrier, the second is accepted when it is cold.
impl<const D: usize> Model for VectorModel<D> {
    type State = VectorState<D>;
    type Move = Turn<D>;

    /// A ground state along a random axis where nothing frustrates, random directions elsewhere.
    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> VectorState<D> {
        let lattice = self.lattice();
        let sites = 0..lattice.n_sites();
        let spins: Vec<[f64; D]> = if self.j() >= 0.0 || lattice.is_bipartite() {
            let axis: [f64; D] = random_direction(rng);
            let flipped = |site| self.j() < 0.0 && lattice.sublattice(site) == 1;
            sites.map(|site| if flipped(site) { axis.map(|x| -x) } else { axis }).collect()
        } else {
            sites.map(|_| random_direction(rng)).collect()
        };
        self.state(&spins)
    }

    fn fits(&self, state: &VectorState<D>) -> bool {
        state.spins.len() == self.lattice().n_sites()
    }

    fn energy(&self, state: &VectorState<D>) -> f64 {
        let bonds: CompensatedSum =
            self.lattice().bonds().map(|(i, j)| dot(&state.spins[i], &state.spins[j])).collect();
        -self.j() * bonds.value() + 0.0
    }

    fn running_energy(&self, state: &VectorState<D>) -> f64 {
        state.energy
    }

    fn propose<R: Rng + ?Sized>(&self, state: &VectorState<D>, rng: &mut R) -> Turn<D> {
        let site = rng.random_range(0..self.lattice().n_sites() as u32);
        let direction = random_direction(rng);
        if rng.random::<bool>() {
            return Turn { site, to: direction };
        }
        let spin = state.spins[site as usize];
        // The sum of a unit vector and a shorter one is not zero.
        Turn { site, to: unit(&plus_scaled(&spin, self.step(), &direction)).unwrap_or(spin) }
    }

    #[inline]
    fn energy_change(&self, state: &VectorState<D>, change: &Turn<D>) -> f64 {
        let turned = plus_scaled(&change.to, -1.0, &state.spins[change.site as usize]);
        -self.j() * dot(&turned, &self.neighbour_sum(&state.spins, change.site))
    }

    fn apply(&self, state: &mut VectorState<D>, change: Turn<D>) {
        let neighbours = self.neighbour_sum(&state.spins, change.site);
        self.turn(state, change.site, change.to, &neighbours);
    }

    fn moves_per_sweep(&self) -> usize {
        self.lattice().n_sites()
    }
}

impl<const D: usize> Magnet for VectorModel<D> {
    fn magnetization(&self, state: &VectorState<D>) -> f64 {
        dot(&state.total, &state.total).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Lattice, LatticeKind};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn lattices() -> Vec<Lattice> {
        let mut all = Vec::new();
        for boundary in [Boundary::Periodic, Boundary::Open] {
            all.extend(Lattice::new(LatticeKind::Chain, &[2], boundary));
            all.extend(Lattice::new(LatticeKind::Square, &[2, 5], boundary));
            all.extend(Lattice::new(LatticeKind::Cubic, &[2, 3, 4], boundary));
            all.extend(Lattice::new(LatticeKind::Triangular, &[4, 4], boundary));
            all.extend(Lattice::new(LatticeKind::Honeycomb, &[4, 6], boundary));
        }
        all
    }

    fn energy_change_is_the_difference<const D: usize>() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for lattice in lattices() {
            let model = VectorModel::<D>::new(lattice, -0.7).unwrap().with_step(0.2).unwrap();
            let mut state = model.initial_state(&mut rng);
            for _ in 0..500 {
                let change = model.propose(&state, &mut rng);
                let (before, expected) = (model.energy(&state), model.energy_change(&state, &change));
                model.apply(&mut state, change);
                assert!((model.energy(&state) - before - expected).abs() < 1e-13);
                let spin = state.spins()[change.site as usize];
                assert!(spin.iter().zip(&change.to).all(|(x, y)| (x - y).abs() < 4e-16));
            }
        }
    }

    #[test]
    fn energy_changes_are_differences() {
        energy_change_is_the_difference::<2>();
        energy_change_is_the_difference::<3>();
    }

    /// A million moves, each of them made: counts stay within the documented 1e-14 per bond and spin.
    fn nothing_drifts<const D: usize>() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let lattice = Lattice::new(LatticeKind::Square, &[8, 8], Boundary::Periodic).unwrap();
        let model = VectorModel::<D>::new(lattice, 1.0).unwrap();
        let mut state = model.initial_state(&mut rng);
        let mut worst: (f64, f64, f64) = (0.0, 0.0, 0.0);
        for i in 0..1_000_000 {
            let change = model.propose(&state, &mut rng);
            model.apply(&mut state, change);
            if i % 997 == 0 {
                worst.0 = worst.0.max((state.energy() - model.energy(&state)).abs());
                let total: [f64; D] = std::array::from_fn(|k| state.spins().iter().map(|spin| spin[k]).sum());
                worst.1 = worst.1.max((dot(&total, &total).sqrt() - model.magnetization(&state)).abs());
                worst.2 = state.spins().iter().map(|s| (dot(s, s) - 1.0).abs()).fold(worst.2, f64::max);
            }
        }
        assert!(worst.0 < 128e-14 && worst.1 < 64e-14 && worst.2 < 8e-16, "{worst:?}");
        assert!(worst.0 > 0.0, "rounding must be seen");
    }

    #[test]
    fn running_counts_do_not_drift() {
        nothing_drifts::<2>();
        nothing_drifts::<3>();
    }

    #[test]
    fn starts_are_ground_states_where_nothing_frustrates() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut start = |kind, sides: &[usize], boundary, j| {
            let model = VectorModel::<3>::new(Lattice::new(kind, sides, boundary).unwrap(), j).unwrap();
            let state = model.initial_state(&mut rng);
            (state.energy(), model.magnetization(&state))
        };
        let (energy, m) = start(LatticeKind::Triangular, &[4, 4], Boundary::Periodic, 1.0);
        assert!((energy + 48.0).abs() < 1e-12 && (m - 16.0).abs() < 1e-12);
        let (energy, m) = start(LatticeKind::Square, &[4, 6], Boundary::Periodic, -1.0);
        assert!((energy + 48.0).abs() < 1e-12 && m < 1e-12);
        assert!(start(LatticeKind::Triangular, &[12, 12], Boundary::Periodic, -1.0).0.abs() < 144.0);
    }

    #[test]
    fn states_take_any_vectors() {
        let model =
            VectorModel::<2>::new(Lattice::new(LatticeKind::Chain, &[3], Boundary::Open).unwrap(), 1.0).unwrap();
        let state = model.state(&[[0.0, 5.0], [0.0, 0.0]]);
        assert_eq!(state.spins(), [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]);
        assert_eq!((state.energy(), state.total()), (-1.0, [2.0, 1.0]));
    }
}
