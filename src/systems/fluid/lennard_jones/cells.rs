//! Particles listed by cubic cells, for sums over the pairs of large boxes.

/// Cells along a side below which sums run over all pairs.
const LEAST_CELLS: usize = 4;

/// The particles of each cell, in the order of their numbers.
pub(super) struct Cells {
    per_side: usize,
    scale: f64,
    /// Where the members of each cell begin, and where the last ones end.
    first: Vec<usize>,
    members: Vec<usize>,
}

impl Cells {
    /// Cells of width `cutoff` at least, if the box has 4 of them or more along a side.
    pub fn new(positions: impl ExactSizeIterator<Item = [f64; 3]>, side: f64, cutoff: f64) -> Option<Self> {
        let n = positions.len();
        // No more cells than particles, however dilute they are.
        let per_side = ((side / cutoff) as usize).min((n as f64).cbrt() as usize);
        if per_side < LEAST_CELLS {
            return None;
        }
        let mut cells = Self { per_side, scale: per_side as f64 / side, first: Vec::new(), members: Vec::new() };
        let index = |at| {
            let [x, y, z] = cells.place(at);
            cells.index(x, y, z)
        };
        let of_particles: Vec<usize> = positions.map(index).collect();
        let mut next = vec![0; per_side.pow(3) + 1];
        of_particles.iter().for_each(|&cell| next[cell + 1] += 1);
        for cell in 1..next.len() {
            next[cell] += next[cell - 1];
        }
        cells.first = next.clone();
        cells.members = vec![0; n];
        for (particle, cell) in of_particles.into_iter().enumerate() {
            cells.members[next[cell]] = particle;
            next[cell] += 1;
        }
        Some(cells)
    }

    fn place(&self, at: [f64; 3]) -> [usize; 3] {
        at.map(|x| ((x * self.scale) as usize).min(self.per_side - 1))
    }

    fn index(&self, x: usize, y: usize, z: usize) -> usize {
        x + self.per_side * (y + self.per_side * z)
    }

    /// The particles in the cell of a point and in the 26 around it.
    pub fn around(&self, at: [f64; 3]) -> impl Iterator<Item = usize> + '_ {
        let n = self.per_side;
        let [xs, ys, zs] = self.place(at).map(|i| [(i + n - 1) % n, i, (i + 1) % n]);
        let cells = zs.into_iter().flat_map(move |z| ys.into_iter().flat_map(move |y| xs.map(|x| self.index(x, y, z))));
        cells.flat_map(|cell| self.members[self.first[cell]..self.first[cell + 1]].iter().copied())
    }
}
