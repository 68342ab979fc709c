//! The matrix of Boltzmann factors that every iteration streams once: after it is made, an iteration has no exponential.

use nalgebra::DMatrix;

/// Columns in a block: with 16 states a block of factors is 8 kB and stays in the first-level cache.
const BLOCK: usize = 64;

/// Sums run over this many independent lanes, so that they can be vectorised.
const LANES: usize = 4;

/// Free energies further than this from the centre ask for new factors: e^(2 * 30) of the smallest is still a number.
const REACH: f64 = 30.0;

/// R_kn = exp(c_k - u_kn - m_n) with m_n = max_k (c_k - u_kn), for a centre c near the free energies.
///
/// Every column has a 1 and nothing larger, so no u overflows; what underflows is negligible in its column.
#[derive(Clone, Debug)]
pub(super) struct Exponentials {
    n_states: usize,
    n_columns: usize,
    /// Even number of rows in a block; the last may be zero.
    n_rows: usize,
    centre: Vec<f64>,
    /// `[n_blocks, n_rows, BLOCK]`; columns beyond the last hold 1.
    factors: Vec<f64>,
    /// m_n, `[n_columns]`.
    shifts: Vec<f64>,
}

impl Exponentials {
    /// The factors of `rows`: K slices `[N]`, centred on `centre`, `[K]`.
    pub(super) fn new(rows: &[&[f64]], centre: &[f64]) -> Self {
        let (n_states, n_columns) = (rows.len(), rows.first().map_or(0, |row| row.len()));
        let n_rows = n_states.next_multiple_of(2);
        let factors = vec![0.0; n_columns.div_ceil(BLOCK) * n_rows * BLOCK];
        let mut new =
            Self { n_states, n_columns, n_rows, centre: centre.to_vec(), factors, shifts: vec![0.0; n_columns] };
        new.fill(rows);
        new
    }

    /// Makes the factors anew if `f` has left their reach.
    pub(super) fn recentre(&mut self, rows: &[&[f64]], f: &[f64]) {
        if f.iter().zip(&self.centre).any(|(f, c)| (f - c).abs() > REACH) {
            self.centre.copy_from_slice(f);
            self.fill(rows);
        }
    }

    fn fill(&mut self, rows: &[&[f64]]) {
        for (b, block) in self.factors.chunks_exact_mut(self.n_rows * BLOCK).enumerate() {
            let start = b * BLOCK;
            let length = BLOCK.min(self.n_columns - start);
            let mut largest = [f64::NEG_INFINITY; BLOCK];
            for ((out, row), c) in block.chunks_exact_mut(BLOCK).zip(rows).zip(&self.centre) {
                for ((x, u), largest) in out.iter_mut().zip(&row[start..start + length]).zip(&mut largest) {
                    *x = c - u;
                    *largest = largest.max(*x);
                }
            }
            self.shifts[start..start + length].copy_from_slice(&largest[..length]);
            for out in block.chunks_exact_mut(BLOCK).take(self.n_states) {
                for (x, largest) in out[..length].iter_mut().zip(&largest) {
                    *x = (*x - largest).exp();
                }
                out[length..].fill(1.0);
            }
        }
    }

    /// One number per column, made ready for the sums: zeros up to the end of the last block.
    pub(super) fn padded(&self, values: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut padded: Vec<f64> = values.collect();
        padded.resize(self.n_columns.next_multiple_of(BLOCK), 0.0);
        padded
    }

    /// e^(f_k - c_k), zero in the row that only fills up.
    fn amplitudes(&self, f: &[f64]) -> Vec<f64> {
        let mut amplitudes: Vec<f64> = f.iter().zip(&self.centre).map(|(f, c)| (f - c).exp()).collect();
        amplitudes.resize(self.n_rows, 0.0);
        amplitudes
    }

    /// The mixture sum_k N_k e^(f_k - c_k) R_kn of one block.
    fn mixture(block: &[f64], scales: &[f64]) -> [f64; BLOCK] {
        let mut mixture = [0.0; BLOCK];
        for (row, scale) in block.chunks_exact(BLOCK).zip(scales) {
            for (d, r) in mixture.iter_mut().zip(row) {
                *d += scale * r;
            }
        }
        mixture
    }

    fn scales(amplitudes: &[f64], n_samples: &[f64]) -> Vec<f64> {
        amplitudes.iter().zip(n_samples).map(|(a, n)| a * n).collect()
    }

    /// The overlaps G_kl = sum_n w_n W_kn W_ln, `[K, K]`, with W_kn = exp(f_k - u_kn) / sum_j N_j exp(f_j - u_jn).
    ///
    /// `root_weights`: sqrt(w_n), padded. Since sum_l N_l W_ln = 1, the sums of W follow as sum_l N_l G_kl.
    pub(super) fn overlaps(&self, f: &[f64], n_samples: &[f64], root_weights: &[f64]) -> DMatrix<f64> {
        let amplitudes = self.amplitudes(f);
        let scales = Self::scales(&amplitudes, n_samples);
        let mut scaled = vec![0.0; self.n_rows * BLOCK];
        let mut sums = vec![0.0; self.n_rows * self.n_rows];
        for (block, roots) in self.factors.chunks_exact(self.n_rows * BLOCK).zip(root_weights.chunks_exact(BLOCK)) {
            let mut quotients = Self::mixture(block, &scales);
            quotients.iter_mut().zip(roots).for_each(|(d, root)| *d = root / *d);
            for (out, row) in scaled.chunks_exact_mut(BLOCK).zip(block.chunks_exact(BLOCK)) {
                for ((x, r), quotient) in out.iter_mut().zip(row).zip(&quotients) {
                    *x = r * quotient;
                }
            }
            for (i, left) in scaled.chunks_exact(2 * BLOCK).enumerate() {
                for (j, right) in scaled.chunks_exact(2 * BLOCK).enumerate().take(i + 1) {
                    let tile = products(left, right);
                    for (x, sum) in tile.into_iter().enumerate() {
                        sums[(2 * i + x / 2) * self.n_rows + 2 * j + x % 2] += sum;
                    }
                }
            }
        }
        DMatrix::from_fn(self.n_states, self.n_states, |k, l| {
            sums[k.max(l) * self.n_rows + k.min(l)] * amplitudes[k] * amplitudes[l]
        })
    }

    /// ln sum_k N_k exp(f_k - u_kn) of every column, `[N]`.
    pub(super) fn ln_mixture(&self, f: &[f64], n_samples: &[f64]) -> Vec<f64> {
        let scales = Self::scales(&self.amplitudes(f), n_samples);
        let blocks = self.factors.chunks_exact(self.n_rows * BLOCK);
        let mixture = blocks.flat_map(|block| Self::mixture(block, &scales));
        mixture.zip(&self.shifts).map(|(d, shift)| d.ln() + shift).collect()
    }

    /// sum_n v_n W_kn of every state, `[K]`; `v`: one number per column, zero wherever the sum shall not look.
    pub(super) fn project(&self, f: &[f64], n_samples: &[f64], v: &[f64]) -> Vec<f64> {
        let amplitudes = self.amplitudes(f);
        let scales = Self::scales(&amplitudes, n_samples);
        let mut sums = vec![0.0; self.n_rows];
        for (block, v) in self.factors.chunks_exact(self.n_rows * BLOCK).zip(v.chunks_exact(BLOCK)) {
            let mut quotients = Self::mixture(block, &scales);
            quotients.iter_mut().zip(v).for_each(|(d, v)| *d = v / *d);
            for (sum, row) in sums.iter_mut().zip(block.chunks_exact(BLOCK)) {
                let mut lanes = [0.0; LANES];
                for (r, q) in row.chunks_exact(LANES).zip(quotients.chunks_exact(LANES)) {
                    for lane in 0..LANES {
                        lanes[lane] += r[lane] * q[lane];
                    }
                }
                *sum += lanes.iter().sum::<f64>();
            }
        }
        sums.iter().zip(&amplitudes).take(self.n_states).map(|(sum, a)| sum * a).collect()
    }
}

/// The four scalar products of two rows with two rows.
fn products(left: &[f64], right: &[f64]) -> [f64; 4] {
    let (l0, l1) = left.split_at(BLOCK);
    let (r0, r1) = right.split_at(BLOCK);
    let mut lanes = [[0.0; LANES]; 4];
    let rows = l0.chunks_exact(LANES).zip(l1.chunks_exact(LANES));
    for ((l0, l1), (r0, r1)) in rows.zip(r0.chunks_exact(LANES).zip(r1.chunks_exact(LANES))) {
        for x in 0..LANES {
            lanes[0][x] += l0[x] * r0[x];
            lanes[1][x] += l0[x] * r1[x];
            lanes[2][x] += l1[x] * r0[x];
            lanes[3][x] += l1[x] * r1[x];
        }
    }
    lanes.map(|lanes| lanes.iter().sum())
}
