//! Eigenvalues of a Hamiltonian of spins, block by block: one real symmetric matrix per symmetry.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::symmetry::{Bits, Group, Representation};

/// A squared norm that is a rounding error: those of vectors that do not vanish are far above, rounding is at 10^-30.
const NEGLIGIBLE: f64 = 1e-9;

/// A state's places in the vectors of one symmetry: columns and amplitudes, at most two.
type Places = Vec<(usize, f64)>;

/// All eigenvalues of the Hamiltonian on the space spanned by `states`, with multiplicities, in no order.
///
/// `apply(state, add)` calls `add(other, element)` for the matrix elements of one column; `states` must be closed under
/// it and under `group`, whose elements must commute with it.
pub(super) fn eigenvalues<H>(n: u32, states: &[Bits], group: &Group, apply: H) -> Vec<(f64, f64)>
where
    H: Fn(Bits, &mut dyn FnMut(Bits, f64)) + Sync,
{
    let blocks: Vec<Vec<(f64, f64)>> = group
        .representations()
        .into_par_iter()
        .map(|representation| {
            let (places, size) = symmetric_vectors(n, states, group, &representation);
            if size == 0 {
                return Vec::new();
            }
            let mut block = DMatrix::<f64>::zeros(size, size);
            for &state in states {
                for &(column, amplitude) in &places[state as usize] {
                    apply(state, &mut |other, element| {
                        for &(row, other_amplitude) in &places[other as usize] {
                            block[(row, column)] += other_amplitude * element * amplitude;
                        }
                    });
                }
            }
            let multiplicity = f64::from(representation.dimension);
            block.symmetric_eigenvalues().iter().map(|&energy| (energy, multiplicity)).collect()
        })
        .collect();
    blocks.into_iter().flatten().collect()
}

/// An orthonormal basis of the vectors that transform as the first row of `representation`: the places of every state
/// `[2^n]`, and how many vectors there are.
///
/// From each orbit of basis states a, `sum_g D_00(g) g a` and `sum_g D_01(g) g a`, orthonormalized; states of high symmetry
/// give one vector or none.
fn symmetric_vectors(n: u32, states: &[Bits], group: &Group, representation: &Representation) -> (Vec<Places>, usize) {
    let elements: Vec<_> = group.elements().map(|g| (g, representation.first_row(g))).collect();
    let mut places: Vec<Places> = vec![Vec::new(); 1 << n];
    let (mut seen, mut size) = (vec![false; 1 << n], 0);
    for &first in states {
        if seen[first as usize] {
            continue;
        }
        let mut orbit: Vec<(Bits, [f64; 2])> = Vec::new();
        for &(element, row) in &elements {
            let image = group.image(element, first);
            match orbit.iter_mut().find(|(state, _)| *state == image) {
                Some((_, sums)) => (0..2).for_each(|i| sums[i] += row[i]),
                None => orbit.push((image, row)),
            }
        }
        let product = |a: usize, b: usize| orbit.iter().map(|(_, v)| v[a] * v[b]).sum::<f64>();
        let (larger, smaller) = if product(1, 1) > product(0, 0) { (1, 0) } else { (0, 1) };
        let (norm, overlap) = (product(larger, larger), product(larger, smaller));
        if norm > NEGLIGIBLE {
            for (state, v) in &mut orbit {
                v[smaller] -= v[larger] * overlap / norm;
                places[*state as usize].push((size, v[larger] / norm.sqrt()));
            }
            size += 1;
        }
        let rest = orbit.iter().map(|(_, v)| v[smaller] * v[smaller]).sum::<f64>();
        if norm > NEGLIGIBLE && rest > NEGLIGIBLE {
            for (state, v) in &orbit {
                places[*state as usize].push((size, v[smaller] / rest.sqrt()));
            }
            size += 1;
        }
        orbit.iter().for_each(|(state, _)| seen[*state as usize] = true);
    }
    (places, size)
}
