//! Particles sorted into cubic cells, so that those near a point are looked for in 27 cells and not in the whole box.

use crate::simd::{CHUNK, InstructionSet, Near, PairSums, Slots};
use crate::systems::{FluidState, LennardJones};
use serde::{Deserialize, Serialize};

/// Particles that a cell holds on average at least.
const LEAST_MEAN: f64 = 20.0;
/// How much wider than the cutoff cells are, as a part of it: a particle that is displaced by less is compared at its
/// old and its new place with one list.
const MARGIN: f64 = 0.1;
/// A factor below 1 by more than the rounding of coordinates.
const ROUNDED_DOWN: f64 = 1.0 - 1e-9;
/// Cells along a side below which all particles are searched.
const LEAST_CELLS: usize = 4;

/// Where each particle is: its slot, and through it its cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ParticleCells {
    #[serde(skip, default = "InstructionSet::current")]
    set: InstructionSet,
    sums: PairSums,
    cutoff: f64,
    /// Displacements that one list serves.
    margin: f64,
    /// Cells along a side; one cell is the whole box.
    per_side: usize,
    /// Cells per length, and the inverse.
    scale: f64,
    width: f64,
    /// Chunks that a cell has.
    capacity: usize,
    /// Particles in each cell, `[cells]`.
    counts: Vec<u32>,
    /// The particle in each slot that is used, `[slots]`.
    particles: Vec<u32>,
    /// The slot of each particle, `[n]`.
    slots: Vec<u32>,
    positions: Slots,
    /// Chunks to be searched, the whole box if it is one cell, and what was found.
    chunks: Vec<u32>,
    #[serde(skip)]
    near: Near,
}

impl ParticleCells {
    /// The same particles, searched by the instructions of `other`.
    pub fn with_instructions_of(self, other: &Self) -> Self {
        Self { set: other.set, ..self }
    }

    /// The particles of `state`.
    pub fn new(model: &LennardJones, state: &FluidState, set: InstructionSet) -> Self {
        let (side, cutoff) = (model.side(), model.cutoff());
        let width = (cutoff * (1.0 + MARGIN)).max((LEAST_MEAN / model.density()).cbrt());
        let fitting = (side / width) as usize;
        let per_side = if fitting < LEAST_CELLS { 1 } else { fitting };
        let mut cells = Self {
            set,
            sums: PairSums { side, cutoff_squared: model.pair().squared, shift: model.pair().shift },
            cutoff,
            // With few cells, lists that are longer than two short ones do not pay.
            margin: if per_side == 1 { 0.25 * cutoff } else { side / per_side as f64 - cutoff },
            per_side,
            scale: per_side as f64 / side,
            width: side / per_side as f64,
            capacity: 1,
            counts: Vec::new(),
            particles: Vec::new(),
            slots: vec![0; state.n()],
            positions: Slots::new(side, 0),
            chunks: Vec::new(),
            near: Near::default(),
        };
        cells.fill(state);
        cells
    }

    /// Sorts all particles anew, with room for the fullest cell.
    fn fill(&mut self, state: &FluidState) {
        let cells = self.per_side.pow(3);
        self.counts = vec![0; cells];
        for at in state.positions() {
            let cell = self.cell(at);
            self.counts[cell] += 1;
        }
        let fullest = self.counts.iter().copied().max().unwrap_or(0) as usize;
        self.capacity = fullest.div_ceil(CHUNK).max(1);
        let chunks = cells * self.capacity;
        self.positions = Slots::new(self.sums.side, chunks);
        self.particles = vec![0; chunks * CHUNK];
        self.counts.fill(0);
        for (particle, at) in state.positions().enumerate() {
            let cell = self.cell(at);
            self.insert(particle, cell, at);
        }
        self.chunks = (0..if cells == 1 { chunks } else { 27 * self.capacity } as u32).collect();
    }

    /// The cell of a point.
    #[inline]
    fn cell(&self, at: [f64; 3]) -> usize {
        let [x, y, z] = self.place(at);
        x + self.per_side * (y + self.per_side * z)
    }

    #[inline]
    fn place(&self, at: [f64; 3]) -> [usize; 3] {
        at.map(|x| ((x * self.scale) as usize).min(self.per_side - 1))
    }

    /// Puts a particle into the first free slot of a cell that has one.
    #[inline]
    fn insert(&mut self, particle: usize, cell: usize, at: [f64; 3]) {
        let slot = cell * self.capacity * CHUNK + self.counts[cell] as usize;
        self.counts[cell] += 1;
        self.particles[slot] = particle as u32;
        self.slots[particle] = slot as u32;
        self.positions.set(slot, at);
    }

    /// Moves a particle that is at `from` to `to`; `state` has it there already.
    pub fn displace(&mut self, particle: usize, from: [f64; 3], to: [f64; 3], state: &FluidState) {
        let (old, new) = (self.cell(from), self.cell(to));
        let slot = self.slots[particle] as usize;
        if old == new {
            self.positions.set(slot, to);
            return;
        }
        if self.counts[new] as usize == self.capacity * CHUNK {
            self.fill(state);
            return;
        }
        // The last particle of the old cell fills the gap.
        self.counts[old] -= 1;
        let last = old * self.capacity * CHUNK + self.counts[old] as usize;
        let moved = self.particles[last];
        let at = self.positions.get(last);
        self.positions.clear(last);
        if last != slot {
            self.particles[slot] = moved;
            self.slots[moved as usize] = slot as u32;
            self.positions.set(slot, at);
        }
        self.insert(particle, new, to);
    }

    /// Where a particle is.
    #[inline]
    pub fn position(&self, particle: usize) -> [f64; 3] {
        self.positions.get(self.slots[particle] as usize)
    }

    /// Lists what is within `radius`, at most the cutoff and the margin, of `at`.
    #[inline]
    fn search(&mut self, at: [f64; 3], radius: f64) {
        let n = if self.per_side == 1 { self.chunks.len() } else { self.list_chunks(at, radius * radius) };
        self.positions.near(self.set, &self.chunks[..n], at, radius, &mut self.near);
    }

    /// Lists the chunks in use of those of the 27 cells around a point that come closer than the square root of
    /// `radius_squared`, and says how many there are.
    #[inline]
    fn list_chunks(&mut self, at: [f64; 3], radius_squared: f64) -> usize {
        let n = self.per_side;
        let around = |x: f64| {
            let cell = ((x * self.scale) as usize).min(n - 1);
            // Distances to the faces of the cell, less a hair for rounding.
            let below = (x - cell as f64 * self.width) * ROUNDED_DOWN;
            let above = ((cell + 1) as f64 * self.width - x) * ROUNDED_DOWN;
            let (left, right) = (if cell == 0 { n - 1 } else { cell - 1 }, if cell + 1 == n { 0 } else { cell + 1 });
            [(left, below * below), (cell, 0.0), (right, above * above)]
        };
        let [xs, ys, zs] = at.map(around);
        let mut listed = 0;
        for (z, from_z) in zs {
            for (y, from_y) in ys {
                let (row, rest) = (n * (y + n * z), radius_squared - from_y - from_z);
                for (x, from_x) in xs {
                    let cell = row + x;
                    let first = cell * self.capacity;
                    for (i, chunk) in self.chunks[listed..listed + self.capacity].iter_mut().enumerate() {
                        *chunk = (first + i) as u32;
                    }
                    let used = (self.counts[cell] as usize).div_ceil(CHUNK);
                    listed += if from_x < rest { used } else { 0 };
                }
            }
        }
        listed
    }

    /// E after a particle has gone from `from` to `to` minus E before.
    #[inline]
    pub fn energy_change(&mut self, particle: usize, from: [f64; 3], to: [f64; 3]) -> f64 {
        let slot = self.slots[particle] as usize;
        self.positions.lift(slot);
        let square = |axis: usize| {
            let apart = (to[axis] - from[axis]).abs();
            apart.min(self.sums.side - apart).powi(2)
        };
        let distance = (square(0) + square(1) + square(2)).sqrt();
        let [before, after] = if distance < self.margin {
            self.search(from, self.cutoff + distance);
            self.sums.energies(self.set, &self.near, [from, to])
        } else {
            self.search(from, self.cutoff);
            let [before] = self.sums.energies(self.set, &self.near, [from]);
            self.search(to, self.cutoff);
            let [after] = self.sums.energies(self.set, &self.near, [to]);
            [before, after]
        };
        self.positions.put_back(slot, from);
        after - before
    }

    /// Energy of one more particle at `at`.
    pub fn insertion_energy(&mut self, at: [f64; 3]) -> f64 {
        self.search(at, self.cutoff);
        let [energy] = self.sums.energies(self.set, &self.near, [at]);
        energy
    }

    /// The pair energy of all particles, each pair counted once.
    pub fn energy(&mut self, state: &FluidState) -> f64 {
        self.each_pair(state, |cells, at| {
            let [energy] = cells.sums.energies(cells.set, &cells.near, [at]);
            energy
        })
    }

    /// The sum of r.f over all pairs.
    pub fn virial(&mut self, state: &FluidState) -> f64 {
        self.each_pair(state, |cells, at| cells.sums.virial(cells.set, &cells.near, at))
    }

    /// Adds up what each particle has with those after it.
    fn each_pair(&mut self, state: &FluidState, mut term: impl FnMut(&Self, [f64; 3]) -> f64) -> f64 {
        let mut sum = 0.0;
        for (particle, at) in state.positions().enumerate() {
            self.positions.lift(self.slots[particle] as usize);
            self.search(at, self.cutoff);
            sum += term(self, at);
        }
        for (particle, at) in state.positions().enumerate() {
            self.positions.put_back(self.slots[particle] as usize, at);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::model::Model;
    use crate::rng::{Seed, TaskRng, uniform};
    use crate::systems::{Displacement, PairTruncation};

    /// A point of the box, now and then on a face.
    fn point(model: &LennardJones, rng: &mut TaskRng) -> [f64; 3] {
        [0, 1, 2].map(|_| if rng.next_u32().is_multiple_of(16) { 0.0 } else { uniform(rng) * 0.999_999 * model.side() })
    }

    fn close(found: f64, brute: f64) -> bool {
        (found - brute).abs() <= 1e-12 * brute.abs().max(1.0)
    }

    /// Random states, dense and dilute, in one cell and in many: everything agrees with sums over all particles.
    #[test]
    fn cells_agree_with_all_pairs() {
        for (case, (n, density, cutoff)) in
            [(2, 0.01, 2.5), (33, 0.2, 2.7), (500, 0.85, 3.0), (3000, 0.85, 3.0), (1500, 0.01, 2.5), (2500, 2.0, 1.2)]
                .into_iter()
                .enumerate()
        {
            for truncation in [PairTruncation::Cut, PairTruncation::Shifted] {
                let model = LennardJones::new(n, density, cutoff, truncation).unwrap();
                let mut rng = Seed(case as u64).set_up();
                let points: Vec<[f64; 3]> = (0..n).map(|_| point(&model, &mut rng)).collect();
                let mut state = model.state(&points).unwrap();
                let mut cells = ParticleCells::new(&model, &state, InstructionSet::detect().unwrap());
                assert_eq!(cells.per_side > 1, n > 1000, "{n}");
                for step in 0..200 {
                    let particle = step * 7 % n;
                    let from = state.position(particle);
                    // Short and long ones, across faces of cells and of the box.
                    let length = [0.01, 0.3, 1.5, 0.5 * model.side()][step % 4];
                    let by = [0, 1, 2].map(|_| length * (2.0 * uniform(&mut rng) - 1.0));
                    let to = if step % 16 == 0 { point(&model, &mut rng) } else { model.displaced(from, by) };
                    let change = Displacement { particle, to };
                    let (found, brute) =
                        (cells.energy_change(particle, from, to), model.energy_change(&state, &change));
                    // Both are differences of sums in which overlapping particles have enormous terms.
                    let scale = model.insertion_energy(&state, to).abs() + brute.abs();
                    assert!((found - brute).abs() <= 1e-12 * scale.max(1.0), "{n}: {found} {brute}");
                    if brute < 1e6 {
                        state.displace(change, brute);
                        cells.displace(particle, from, to, &state);
                    }
                    assert_eq!(cells.position(particle), state.position(particle));
                }
                assert!(
                    (0..n).all(|i| cells.position(i) == state.position(i)
                        && cells.particles[cells.slots[i] as usize] == i as u32)
                );
                let energy = model.energy(&state) - model.tail_energy();
                assert!(
                    close(cells.energy(&state), energy) && close(cells.virial(&state), model.virial(&state)),
                    "{n}"
                );
                let at = point(&model, &mut rng);
                assert!(close(cells.insertion_energy(at), model.insertion_energy(&state, at)));
            }
        }
    }

    /// All particles are driven into one cell, whose room must grow.
    #[test]
    fn full_cells_grow() {
        let model = LennardJones::new(2000, 0.5, 2.5, PairTruncation::Cut).unwrap();
        let mut state = model.lattice();
        let mut cells = ParticleCells::new(&model, &state, InstructionSet::detect().unwrap());
        let (before, mut rng) = (cells.capacity, Seed(1).set_up());
        for particle in 0..200 {
            let from = state.position(particle);
            let to = [0, 1, 2].map(|_| 2.0 * uniform(&mut rng));
            state.displace(Displacement { particle, to }, 0.0);
            cells.displace(particle, from, to, &state);
        }
        assert!(cells.per_side > 1 && cells.capacity > before);
        assert!((0..2000).all(|i| cells.position(i) == state.position(i)));
        let energy = model.energy(&state) - model.tail_energy();
        assert!((cells.energy(&state) / energy - 1.0).abs() < 1e-12);
    }
}
