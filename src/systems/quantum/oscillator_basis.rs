//! Levels of one particle in a quartic potential from a basis of harmonic oscillator functions, with error bounds.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::numerics::sum;

/// A level is converged when the basis leaves it uncertain by less than this share of its height above the potential.
const CONVERGED: f64 = 1e-14;

/// A pair of levels of opposite parity this much closer than the next of the same parity is a tunnelling doublet, whose
/// splitting is computed by itself.
const DOUBLET: f64 = 1e-2;

/// The lowest levels that one basis converges, in increasing order: even and odd ones alternate.
#[derive(Clone, Debug)]
pub(super) struct BasisLevels {
    /// E_n.
    pub energies: Vec<f64>,
    /// Bound on the error of each: truncation of the basis, and rounding.
    pub errors: Vec<f64>,
    /// E_1 - E_0, with more digits than the difference has where the two are close.
    pub splitting: f64,
    /// Bound on its error.
    pub splitting_error: f64,
    /// Whether that error is one of rounding, which a larger basis would not lessen.
    pub resolved: bool,
}

/// One parity: eigenvectors of the truncated matrix, their energies and bounds.
struct Block {
    matrix: Banded,
    vectors: DMatrix<f64>,
    values: Vec<f64>,
    energies: Vec<f64>,
    errors: Vec<f64>,
}

/// H between functions of one parity: it connects each to two neighbours on either side.
struct Banded {
    diagonal: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

/// H = p^2/2 + a x^2 + b x^4 and the frequency of the basis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hamiltonian {
    pub a: f64,
    pub b: f64,
    pub omega: f64,
}

impl Hamiltonian {
    /// `<n|H|n>`, `<n|H|n+2>` and `<n|H|n+4>`; x = (c + c^+)/sqrt(2 omega).
    fn elements(self, n: usize) -> [f64; 3] {
        let n = n as f64;
        let (square, fourth) = (self.a / (2.0 * self.omega), self.b / (4.0 * self.omega * self.omega));
        let kinetic = 0.25 * self.omega;
        let pair = ((n + 1.0) * (n + 2.0)).sqrt();
        [
            (kinetic + square) * (2.0 * n + 1.0) + fourth * (6.0 * n * (n + 1.0) + 3.0),
            (square - kinetic + fourth * (4.0 * n + 6.0)) * pair,
            fourth * pair * ((n + 3.0) * (n + 4.0)).sqrt(),
        ]
    }

    /// The functions `parity`, `parity + 2`, ..., `[n_functions]` of them.
    fn block(self, parity: usize, n_functions: usize) -> Option<Block> {
        let mut matrix = Banded { diagonal: Vec::new(), first: Vec::new(), second: Vec::new() };
        for i in 0..n_functions {
            let [diagonal, first, second] = self.elements(parity + 2 * i);
            matrix.diagonal.push(diagonal);
            matrix.first.push(first);
            matrix.second.push(second);
        }
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        if !(finite(&matrix.diagonal) && finite(&matrix.first) && finite(&matrix.second)) {
            return None;
        }
        let dense = DMatrix::from_fn(n_functions, n_functions, |i, j| matrix.element(i, j));
        let eigen = SymmetricEigen::try_new(dense, f64::EPSILON, 100 * n_functions)?;
        let mut order: Vec<usize> = (0..n_functions).collect();
        order.sort_by(|&i, &j| eigen.eigenvalues[i].total_cmp(&eigen.eigenvalues[j]));
        let vectors = eigen.eigenvectors.select_columns(&order);
        let values: Vec<f64> = order.iter().map(|&i| eigen.eigenvalues[i]).collect();
        let mut block = Block { matrix, vectors, values, energies: Vec::new(), errors: Vec::new() };
        block.bound(self.floor());
        Some(block)
    }

    /// The lowest value of the potential.
    fn floor(self) -> f64 {
        if self.a < 0.0 { -self.a * self.a / (4.0 * self.b) } else { 0.0 }
    }

    /// All levels that a basis of `n_functions` of each parity converges; `None` where the matrix overflows.
    pub fn levels(self, n_functions: usize) -> Option<BasisLevels> {
        let mut even = self.block(0, n_functions)?;
        let mut odd = self.block(1, n_functions)?;
        let n_pairs = even.energies.len().min(odd.energies.len());
        let (mut energies, mut errors) = (Vec::new(), Vec::new());
        let (mut splitting, mut splitting_error, mut resolved) = (f64::INFINITY, f64::INFINITY, true);
        for k in 0..n_pairs {
            let (low, mut high) = (even.energies[k], odd.energies[k]);
            let mut error = odd.errors[k];
            let (mut distance, mut distance_error) = (high - low, even.errors[k] + odd.errors[k]);
            let next = even.values.get(k + 1).map_or(f64::INFINITY, |next| next - low);
            if distance < DOUBLET * next {
                let (splitting, splitting_error, rounding_only) = self.doublet(&mut even, &mut odd, k);
                resolved &= k > 0 || rounding_only;
                if splitting_error < distance_error {
                    (distance, distance_error) = (splitting, splitting_error);
                    (high, error) = (low + distance, error.min(even.errors[k] + distance_error));
                }
            }
            if k == 0 {
                (splitting, splitting_error) = (distance, distance_error);
            }
            energies.extend([low, high]);
            errors.extend([even.errors[k], error]);
        }
        Some(BasisLevels { energies, errors, splitting, splitting_error, resolved })
    }

    /// E_odd - E_even of doublet `k` from its wave functions at the barrier, the bound on its error, and whether that is
    /// one of rounding:
    /// `psi_even(0) psi_odd'(0) / (2 int_0^inf psi_even psi_odd dx)`, Green's identity on the half line.
    fn doublet(self, even: &mut Block, odd: &mut Block, k: usize) -> (f64, f64, bool) {
        let [(even_error, even_resolved), (odd_error, odd_resolved)] = [even.refine(k), odd.refine(k)];
        // phi_n(0) for even n; phi_n'(0) = sqrt(2 omega n) phi_(n-1)(0) for odd n.
        let mut at_centre = vec![(self.omega / std::f64::consts::PI).powf(0.25)];
        for i in 1..even.values.len() {
            let n = 2.0 * i as f64;
            at_centre.push(-((n - 1.0) / n).sqrt() * at_centre[i - 1]);
        }
        let slope = |i: usize| (2.0 * self.omega * (2.0 * i as f64 + 1.0)).sqrt() * at_centre[i];
        let value = |i: usize| even.vectors[(i, k)] * at_centre[i];
        let gradient = |i: usize| odd.vectors[(i, k)] * slope(i);
        let indices = 0..even.values.len();
        let (psi, dpsi) = (sum(indices.clone().map(value)), sum(indices.clone().map(gradient)));
        // The same identity for the oscillator's own functions gives their overlap on the half line.
        let overlap =
            |i: usize, j: usize| value(i) * gradient(j) / (2.0 * self.omega * (2.0 * j as f64 + 1.0 - 2.0 * i as f64));
        let overlap =
            sum(indices.clone().flat_map(|i| indices.clone().map(move |j| (i, j))).map(|(i, j)| overlap(i, j)));
        let splitting = (0.5 * psi * dpsi / overlap).abs();
        let norm = |values: &dyn Fn(usize) -> f64| indices.clone().map(|i| values(i).powi(2)).sum::<f64>().sqrt();
        let psi_error =
            even_error * norm(&|i| at_centre[i]) + f64::EPSILON * indices.clone().map(|i| value(i).abs()).sum::<f64>();
        let dpsi_error =
            odd_error * norm(&slope) + f64::EPSILON * indices.clone().map(|i| gradient(i).abs()).sum::<f64>();
        let error = (psi_error * (dpsi.abs() + dpsi_error) + dpsi_error * psi.abs()) * 0.5 / overlap.abs();
        (splitting, error + 16.0 * f64::EPSILON * splitting, even_resolved && odd_resolved)
    }
}

impl Banded {
    fn element(&self, i: usize, j: usize) -> f64 {
        let (low, distance) = (i.min(j), i.abs_diff(j));
        match distance {
            0 => self.diagonal[low],
            1 => self.first[low],
            2 => self.second[low],
            _ => 0.0,
        }
    }

    /// The neighbours of function `i` inside the basis, itself included.
    fn neighbours(&self, i: usize) -> std::ops::RangeInclusive<usize> {
        i.saturating_sub(2)..=(i + 2).min(self.diagonal.len() - 1)
    }

    /// Row `i` of H v.
    fn row(&self, i: usize, vector: &[f64]) -> f64 {
        sum(self.neighbours(i).map(|j| self.element(i, j) * vector[j]))
    }

    /// Row `i` of abs(H) abs(v), the scale of its rounding errors.
    fn absolute_row(&self, i: usize, vector: &[f64]) -> f64 {
        self.neighbours(i).map(|j| (self.element(i, j) * vector[j]).abs()).sum()
    }

    /// H v - E v, with the two rows that the next functions outside the basis would have.
    fn residual(&self, energy: f64, vector: &[f64]) -> (Vec<f64>, [f64; 2]) {
        let n = vector.len();
        let inside = (0..n).map(|i| self.row(i, vector) - energy * vector[i]).collect();
        let outside = [
            self.first[n - 1] * vector[n - 1] + self.second[n - 2] * vector[n - 2],
            self.second[n - 1] * vector[n - 1],
        ];
        (inside, outside)
    }
}

impl Block {
    fn vector(&self, k: usize) -> Vec<f64> {
        self.vectors.column(k).iter().copied().collect()
    }

    /// Energies as Rayleigh quotients, up to the last converged level; `floor` is the lowest value of the potential.
    ///
    /// The error of a Rayleigh quotient is at most `r^2/gap` (Temple, Kato), r = abs(H v - E v) in the whole space, which
    /// here has two more components than the basis. Rounding adds some `epsilon v abs(H) v`.
    fn bound(&mut self, floor: f64) {
        for k in 0..self.values.len() - 1 {
            let vector = self.vector(k);
            let norm = sum(vector.iter().map(|v| v * v));
            let energy = sum((0..vector.len()).map(|i| vector[i] * self.matrix.row(i, &vector))) / norm;
            let (inside, outside) = self.matrix.residual(energy, &vector);
            let square = inside.iter().chain(&outside).map(|r| r * r).sum::<f64>() / norm;
            let below = if k == 0 { f64::INFINITY } else { energy - self.values[k - 1] };
            let gap = 0.5 * below.min(self.values[k + 1] - energy);
            let truncation = square / gap;
            if !(square.sqrt() < gap && truncation <= CONVERGED * (energy - floor)) {
                break;
            }
            let scale =
                vector.iter().enumerate().map(|(i, v)| v.abs() * self.matrix.absolute_row(i, &vector)).sum::<f64>();
            self.energies.push(energy);
            self.errors.push(truncation + 4.0 * f64::EPSILON * scale);
        }
    }

    /// Corrects vector `k` by perturbation theory in the basis of all of them, twice, and bounds its error; true if rounding is most of it.
    ///
    /// What the diagonalization leaves is proportional to the largest element of H; what is left then to the energy.
    fn refine(&mut self, k: usize) -> (f64, bool) {
        let energy = self.energies[k];
        for _ in 0..2 {
            let vector = self.vector(k);
            let residual = DVector::from_vec(self.matrix.residual(energy, &vector).0);
            let mut parts = self.vectors.tr_mul(&residual);
            for (i, part) in parts.iter_mut().enumerate() {
                *part = if i == k { 0.0 } else { *part / (energy - self.values[i]) };
            }
            let corrected = (self.vectors.column(k) + &self.vectors * parts).normalize();
            self.vectors.set_column(k, &corrected);
        }
        let vector = self.vector(k);
        let (_, outside) = self.matrix.residual(energy, &vector);
        let rounding = (0..vector.len()).map(|i| self.matrix.absolute_row(i, &vector).powi(2)).sum::<f64>().sqrt();
        let below = if k == 0 { f64::INFINITY } else { energy - self.values[k - 1] };
        let gap = below.min(self.values[k + 1] - energy);
        let (rounding, truncation) = (f64::EPSILON * rounding / gap, outside[0].hypot(outside[1]) / gap);
        (rounding + truncation, truncation <= rounding)
    }
}
