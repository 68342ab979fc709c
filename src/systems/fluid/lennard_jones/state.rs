//! Positions of the particles of a fluid, and the moves that displace one.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::cells::Cells;
use super::{LennardJones, NAME};
use crate::model::{Model, SystemError};
use crate::numerics::CompensatedSum;

/// Moves per particle after which the energy is counted afresh.
const MOVES_PER_RECOUNT: usize = 128;

/// Positions of N particles with their running energy (configurational, tail included).
///
/// Coordinates lie in \[0, L). Chains count the energy afresh after every 128 N moves, so that rounding does not add up
/// however long they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FluidState {
    /// Coordinates, `[3][n]`.
    coordinates: [Vec<f64>; 3],
    energy: f64,
    moves: usize,
}

impl FluidState {
    /// Number of particles.
    #[must_use]
    pub fn n(&self) -> usize {
        self.coordinates[0].len()
    }

    /// Position of `particle` \[sigma\], each coordinate in \[0, L).
    ///
    /// # Panics
    ///
    /// The number of the particle is not below N.
    #[must_use]
    pub fn position(&self, particle: usize) -> [f64; 3] {
        [0, 1, 2].map(|axis| self.coordinates[axis][particle])
    }

    /// The positions in order of the particles \[sigma\], each coordinate in \[0, L).
    pub fn positions(&self) -> impl ExactSizeIterator<Item = [f64; 3]> + '_ {
        (0..self.n()).map(|particle| self.position(particle))
    }

    /// E, configurational, tail included.
    #[must_use]
    pub fn energy(&self) -> f64 {
        self.energy
    }

    /// Makes a move whose change of the energy is known.
    #[inline]
    pub(crate) fn displace(&mut self, change: Displacement, energy_change: f64) {
        for (axis, x) in self.coordinates.iter_mut().zip(change.to) {
            axis[change.particle] = x;
        }
        self.energy += energy_change;
    }

    /// Replaces the running energy by one that was counted afresh.
    pub(crate) fn set_energy(&mut self, energy: f64) {
        self.energy = energy;
        self.moves = 0;
    }
}

/// A proposed new position of one particle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Displacement {
    /// The particle.
    pub particle: usize,
    /// Where it would go \[sigma\], each coordinate in \[0, L).
    pub to: [f64; 3],
}

/// `x` moved into \[0, side).
#[inline]
pub(crate) fn wrapped(x: f64, side: f64) -> f64 {
    let inside = x - side * (x / side).floor();
    // Rounding may leave a hair outside on either side.
    if (0.0..side).contains(&inside) { inside } else { 0.0 }
}

/// Squared distance of the nearest images of two points in the box.
#[inline]
pub(crate) fn squared_distance(a: [f64; 3], b: [f64; 3], side: f64) -> f64 {
    let square = |axis: usize| {
        let apart = (a[axis] - b[axis]).abs();
        let nearest = if side - apart < apart { side - apart } else { apart };
        nearest * nearest
    };
    square(0) + square(1) + square(2)
}

impl LennardJones {
    /// The state with particles at `positions` `[n]` \[sigma\], moved into the box by whole sides.
    ///
    /// # Errors
    ///
    /// Another number of positions than N, coordinates that are not finite, and particles so close that their energy
    /// is infinite.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::systems::{LennardJones, PairTruncation};
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// let fluid = LennardJones::new(2, 0.002, 3.0, PairTruncation::Shifted)?;
    /// let state = fluid.state(&[[-1.0, 0.0, 0.0], [1.0, 0.0, 25.0]])?;
    /// assert_eq!(state.position(0), [9.0, 0.0, 0.0]);
    /// assert!(fluid.state(&[[0.0; 3], [10.0, 0.0, 0.0]]).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn state(&self, positions: &[[f64; 3]]) -> Result<FluidState, SystemError> {
        let refuse =
            |expected, value: String| Err(SystemError::Parameter { system: NAME, name: "positions", expected, value });
        if positions.len() != self.n() {
            return refuse("as many as there are particles", positions.len().to_string());
        }
        if let Some(position) = positions.iter().find(|position| position.iter().any(|x| !x.is_finite())) {
            return refuse("finite", format!("{position:?}"));
        }
        let coordinates =
            [0, 1, 2].map(|axis| positions.iter().map(|position| wrapped(position[axis], self.side())).collect());
        let mut state = FluidState { coordinates, energy: 0.0, moves: 0 };
        state.energy = self.energy(&state);
        if !state.energy.is_finite() {
            return refuse("of particles that do not overlap", format!("an energy of {}", state.energy));
        }
        Ok(state)
    }

    /// The particles on that cubic lattice (simple, body-centred or face-centred) whose nearest neighbours are
    /// farthest apart; where it has more sites than particles, every so manieth site stays empty. No randomness.
    #[must_use]
    pub fn lattice(&self) -> FluidState {
        const SIMPLE: &[[f64; 3]] = &[[0.0; 3]];
        const BODY: &[[f64; 3]] = &[[0.0; 3], [0.5; 3]];
        const FACE: &[[f64; 3]] = &[[0.0; 3], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]];
        let n = self.n();
        let fitting = |basis: &'static [[f64; 3]], nearest: f64| {
            let mut cells = 1usize;
            while basis.len() * cells * cells * cells < n {
                cells += 1;
            }
            (basis, cells, nearest / cells as f64)
        };
        let mut best = fitting(FACE, 0.5f64.sqrt());
        for candidate in [fitting(BODY, 0.75f64.sqrt()), fitting(SIMPLE, 1.0)] {
            if candidate.2 > best.2 {
                best = candidate;
            }
        }
        let (basis, cells, _) = best;
        let sites = basis.len() * cells * cells * cells;
        let spacing = self.side() / cells as f64;
        let site = |particle: usize| {
            let index = (particle as u128 * sites as u128 / n as u128) as usize;
            let (cell, corner) = (index / basis.len(), basis[index % basis.len()]);
            let cell = [cell % cells, cell / cells % cells, cell / (cells * cells)];
            // A quarter of a spacing away from the faces of the box.
            [0, 1, 2].map(|axis| wrapped((cell[axis] as f64 + corner[axis] + 0.25) * spacing, self.side()))
        };
        let coordinates = [0, 1, 2].map(|axis| (0..n).map(|particle| site(particle)[axis]).collect());
        let mut state = FluidState { coordinates, energy: 0.0, moves: 0 };
        state.energy = self.energy(&state);
        state
    }

    /// `W = sum over pairs of r.f`, f the force between two particles inside the cutoff; without tail and without the
    /// impulse that a cut potential has at the cutoff. It enters [`LennardJones::pressure`].
    #[must_use]
    pub fn virial(&self, state: &FluidState) -> f64 {
        self.pairs(state, |r_squared| self.pair().virial(r_squared))
    }

    /// Energy that one more particle at `at` \[sigma\] would have with all N, without tail: infinite on top of another.
    ///
    /// The chemical potential by Widom's insertions is `mu_ex = -T ln <e^(-insertion_energy/T)> + mu_LRC`, with
    /// [`LennardJones::tail_chemical_potential`] added.
    ///
    /// # References
    ///
    /// B. Widom, J. Chem. Phys. 39, 2808 (1963), doi:10.1063/1.1734110.
    #[must_use]
    pub fn insertion_energy(&self, state: &FluidState, at: [f64; 3]) -> f64 {
        self.energy_at(state, at.map(|x| wrapped(x, self.side())), None)
    }

    /// The point of the box that is reached from `from` in it by the vector `by`.
    #[inline]
    pub(crate) fn displaced(&self, from: [f64; 3], by: [f64; 3]) -> [f64; 3] {
        [0, 1, 2].map(|axis| wrapped(from[axis] + by[axis], self.side()))
    }

    /// Energy of a particle at `at` with all others but `without`.
    fn energy_at(&self, state: &FluidState, at: [f64; 3], without: Option<usize>) -> f64 {
        let others = (0..state.n()).filter(|&other| Some(other) != without);
        others.map(|other| self.pair().energy(squared_distance(at, state.position(other), self.side()))).sum()
    }

    /// The sum over all pairs of a function of r^2 that is 0 beyond the cutoff.
    fn pairs(&self, state: &FluidState, term: impl Fn(f64) -> f64) -> f64 {
        let side = self.side();
        let cells = Cells::new(state.positions(), side, self.cutoff());
        let row = |first: usize| -> f64 {
            let at = state.position(first);
            let term = |other| term(squared_distance(at, state.position(other), side));
            match &cells {
                None => (first + 1..state.n()).map(term).sum(),
                Some(cells) => cells.around(at).filter(|&other| other > first).map(term).sum(),
            }
        };
        let sum = (0..state.n()).map(row).collect::<CompensatedSum>().value();
        // The compensation of an infinite sum is not a number.
        if sum.is_nan() { f64::INFINITY } else { sum }
    }
}

/// Proposals are uniform in a cube around the particle, of half-width [`LennardJones::step`], and so symmetric.
impl Model for LennardJones {
    type State = FluidState;
    type Move = Displacement;

    /// The lattice, whatever the generator.
    fn initial_state<R: Rng + ?Sized>(&self, _rng: &mut R) -> FluidState {
        self.lattice()
    }

    fn fits(&self, state: &FluidState) -> bool {
        state
            .coordinates
            .iter()
            .all(|along| along.len() == self.n() && along.iter().all(|x| (0.0..=self.side()).contains(x)))
    }

    fn energy(&self, state: &FluidState) -> f64 {
        self.pairs(state, |r_squared| self.pair().energy(r_squared)) + self.tail_energy()
    }

    fn running_energy(&self, state: &FluidState) -> f64 {
        state.energy
    }

    fn propose<R: Rng + ?Sized>(&self, state: &FluidState, rng: &mut R) -> Displacement {
        let particle = rng.random_range(0..self.n());
        let mut by = || self.step() * (2.0 * rng.random::<f64>() - 1.0);
        let by = [by(), by(), by()];
        Displacement { particle, to: self.displaced(state.position(particle), by) }
    }

    fn energy_change(&self, state: &FluidState, change: &Displacement) -> f64 {
        let energy = |at| self.energy_at(state, at, Some(change.particle));
        energy(change.to) - energy(state.position(change.particle))
    }

    fn apply(&self, state: &mut FluidState, change: Displacement) {
        state.displace(change, self.energy_change(state, &change));
        state.moves += 1;
        if state.moves >= MOVES_PER_RECOUNT * state.n() {
            state.set_energy(self.energy(state));
        }
    }

    fn moves_per_sweep(&self) -> usize {
        self.n()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::PairTruncation;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn lattices_keep_neighbours_apart() {
        for (n, nearest) in [(1, 1.0), (2, 0.75f64.sqrt()), (4, 0.5f64.sqrt()), (8, 0.5), (16, 0.75f64.sqrt() / 2.0)]
            .into_iter()
            .chain([(500, 0.5f64.sqrt() / 5.0), (27, 1.0 / 3.0), (250, 0.75f64.sqrt() / 5.0), (63, 0.25)])
        {
            let model = LennardJones::new(n, 0.01, 1.0, PairTruncation::Cut).unwrap();
            let state = model.lattice();
            let pairs = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
            let distance = |(i, j)| squared_distance(state.position(i), state.position(j), model.side()).sqrt();
            let found = pairs.map(distance).fold(f64::INFINITY, f64::min) / model.side();
            assert!(found > nearest - 1e-12, "{n}: {found}");
        }
    }

    #[test]
    fn cells_find_all_pairs() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (n, density, cutoff) in [(2000, 0.85, 3.0), (1000, 0.1, 2.5), (300, 1e-3, 4.0), (343, 0.4, 1.3)] {
            let model = LennardJones::new(n, density, cutoff, PairTruncation::Cut).unwrap();
            let mut points: Vec<[f64; 3]> =
                (0..n).map(|_| [0, 1, 2].map(|_| rng.random::<f64>() * model.side())).collect();
            // Some on faces, edges and a corner of the box.
            for (particle, zeros) in [1usize, 3, 7].into_iter().enumerate() {
                (0..3).filter(|axis| zeros >> axis & 1 == 1).for_each(|axis| points[particle][axis] = 0.0);
            }
            let state = model.state(&points).unwrap();
            assert!(Cells::new(state.positions(), model.side(), cutoff).is_some());
            let rows = (0..n).map(|i| -> f64 {
                let near = |j: usize| squared_distance(points[i], points[j], model.side());
                (0..i).map(|j| model.pair().virial(near(j))).sum()
            });
            let (brute, found) = (rows.sum::<f64>(), model.virial(&state));
            assert!((found / brute - 1.0).abs() < 1e-13, "{n}: {found} {brute}");
        }
    }

    #[test]
    fn wrapping_stays_inside() {
        for x in [-1e-300, -1e-20, 7.0 - 1e-16, 7.0, 1e17, -1e17, -7.0, 13.999_999_999_999_999] {
            assert!((0.0..7.0).contains(&wrapped(x, 7.0)), "{x}");
        }
        assert_eq!((wrapped(-1.0, 7.0), wrapped(8.0, 7.0)), (6.0, 1.0));
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let model = LennardJones::new(2, 0.002, 3.0, PairTruncation::Cut).unwrap();
        let message = |positions: &[[f64; 3]]| model.state(positions).unwrap_err().to_string();
        assert_eq!(message(&[[0.0; 3]]), "lennard_jones: `positions` must be as many as there are particles, got `1`");
        assert!(message(&[[0.0; 3], [f64::NAN, 0.0, 0.0]]).contains("must be finite"));
        assert!(
            message(&[[1.0; 3], [1.0; 3]])
                .ends_with("must be of particles that do not overlap, got `an energy of inf`")
        );
    }
}
