//! Exact densities of states of chains and small tori: how many states have bond sum B and magnetization M.

use crate::numerics::{CompensatedSum, ln_sum_exp};

/// States that share a bond sum and, where it is resolved, a magnetization.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelCount {
    /// B = sum of s s' over the bonds.
    pub bond_sum: i64,
    /// M = sum of s; `None` where all magnetizations are counted together.
    pub magnetization: Option<i64>,
    /// ln of the number of states.
    pub ln_count: f64,
}

/// Largest number of additions spent on counting one torus, about half a second.
const BUDGET: f64 = 4e8;
/// Counts are 64-bit floating-point numbers, which hold at most 2^1023.
const MOST_SITES: usize = 1000;
/// Rings up to this length are counted by B alone, and by B and M together.
const MOST_RING_SITES: usize = 2_000_000;
const MOST_JOINT_RING_SITES: usize = 1024;
const MOST_JOINT_OPEN_SITES: usize = 512;

/// Levels of a periodic lx x ly lattice by transfer matrix, site by site; `None` when it is too large to count.
///
/// For every first row (one of each class under rotation, and under reversal when M is not resolved) the frontier of
/// the lattice carries a polynomial in the number of unsatisfied bonds and of up spins. All terms are positive sums
/// of whole numbers: counts below 2^53 are exact and larger ones right to rounding.
pub(super) fn torus(lx: usize, ly: usize, with_magnetization: bool) -> Option<Vec<LevelCount>> {
    let (width, rows) = (lx.min(ly), lx.max(ly));
    let n = width * rows;
    if n > MOST_SITES || width > 12 {
        return None;
    }
    let firsts = first_rows(width, !with_magnetization);
    // Indices are unsatisfied * stride + up.
    let stride = if with_magnetization { n + 1 } else { 1 };
    let length = (2 * n + 1) * stride;
    if firsts.len() as f64 * (n << width) as f64 * length as f64 > BUDGET {
        return None;
    }
    let mut total = vec![0.0; length];
    for (first, multiplicity) in firsts {
        let frontier = Frontier::after_first_row(width, first, stride, length).grown(rows);
        for (row, counts) in frontier.counts.iter().enumerate() {
            let shift = (row ^ first).count_ones() as usize * stride;
            for (sum, count) in total[shift..].iter_mut().zip(counts) {
                *sum += multiplicity * count;
            }
        }
    }
    let level = |(index, &count): (usize, &f64)| LevelCount {
        bond_sum: 2 * n as i64 - 2 * (index / stride) as i64,
        magnetization: with_magnetization.then(|| 2 * (index % stride) as i64 - n as i64),
        ln_count: count.ln(),
    };
    Some(total.iter().enumerate().filter(|(_, count)| **count > 0.0).map(level).collect())
}

/// One row of every symmetry class with the number of rows in it.
fn first_rows(width: usize, reversal: bool) -> Vec<(usize, f64)> {
    let all = (1usize << width) - 1;
    let representative = |row: usize| {
        let turned = (0..width).map(|k| ((row << k) | (row >> (width - k))) & all);
        turned.flat_map(|r| [r, if reversal { !r & all } else { r }]).min().unwrap_or(row)
    };
    let mut multiplicities = vec![0.0; all + 1];
    (0..=all).for_each(|row| multiplicities[representative(row)] += 1.0);
    multiplicities.into_iter().enumerate().filter(|(_, m)| *m > 0.0).collect()
}

/// Number of unsatisfied bonds around one periodic row.
fn unsatisfied_in_row(row: usize, width: usize) -> usize {
    (0..width).filter(|x| (row >> x) & 1 != (row >> ((x + 1) % width)) & 1).count()
}

/// The newest spin of every column, and for each of their 2^width settings the counts of what lies behind.
struct Frontier {
    width: usize,
    stride: usize,
    counts: Vec<Vec<f64>>,
    /// Entries in use: the lattice so far has no more unsatisfied bonds.
    used: usize,
}

impl Frontier {
    fn after_first_row(width: usize, first: usize, stride: usize, length: usize) -> Self {
        let mut counts = vec![vec![0.0; length]; 1 << width];
        let up = if stride > 1 { first.count_ones() as usize } else { 0 };
        counts[first][unsatisfied_in_row(first, width) * stride + up] = 1.0;
        Self { width, stride, counts, used: (width + 1) * stride }
    }

    /// Adds sites until there are `rows` rows.
    fn grown(mut self, rows: usize) -> Self {
        let length = self.counts[0].len();
        let mut scratch = [vec![0.0; length], vec![0.0; length]];
        for _ in 1..rows {
            for x in 0..self.width {
                // A site adds the bond above it, the one to its left, and in the last column the one around.
                self.used = (self.used + 3 * self.stride).min(length);
                for row in (0..1 << self.width).filter(|row| (row >> x) & 1 == 0) {
                    self.add_site(x, row, &mut scratch);
                }
            }
        }
        self
    }

    /// Replaces the spin of column `x` by the one below it, for the two settings that differ there alone.
    fn add_site(&mut self, x: usize, row: usize, scratch: &mut [Vec<f64>; 2]) {
        let old = [row, row | (1 << x)];
        for (spin, new) in scratch.iter_mut().enumerate() {
            let differs = |column: usize| usize::from((row >> column) & 1 != spin);
            let mut sideways = if x > 0 { differs(x - 1) } else { 0 };
            if x == self.width - 1 {
                sideways += differs(0);
            }
            let up = if self.stride > 1 { spin } else { 0 };
            new[..self.used].fill(0.0);
            for (above, &setting) in old.iter().enumerate() {
                let shift = (sideways + usize::from(above != spin)) * self.stride + up;
                for (sum, count) in new[shift..self.used].iter_mut().zip(&self.counts[setting]) {
                    *sum += count;
                }
            }
        }
        for (spin, new) in scratch.iter_mut().enumerate() {
            std::mem::swap(new, &mut self.counts[old[spin]]);
        }
    }
}

/// Levels of a ring of `n` spins by its number of domain walls; `None` when it is too long to list them.
pub(super) fn ring(n: usize, with_magnetization: bool) -> Option<Vec<LevelCount>> {
    if with_magnetization { (n <= MOST_JOINT_RING_SITES).then(|| joint_ring(n)) } else { ring_by_walls(n) }
}

/// g(w) = 2 C(n, w) for w = 0, 2, 4 ... walls, where B = n - 2w.
fn ring_by_walls(n: usize) -> Option<Vec<LevelCount>> {
    if n > MOST_RING_SITES {
        return None;
    }
    let mut ln_count = CompensatedSum::default();
    ln_count.add(std::f64::consts::LN_2);
    let mut levels = Vec::with_capacity(n / 2 + 1);
    for walls in (0..=n).step_by(2) {
        if walls > 0 {
            ln_count.add(((n - walls + 2) as f64 / (walls - 1) as f64).ln());
            ln_count.add(((n - walls + 1) as f64 / walls as f64).ln());
        }
        let bond_sum = n as i64 - 2 * walls as i64;
        levels.push(LevelCount { bond_sum, magnetization: None, ln_count: ln_count.value() });
    }
    Some(levels)
}

/// ln n! for all numbers up to `n`.
fn ln_factorials(n: usize) -> Vec<f64> {
    let mut ln_factorials = vec![0.0];
    let mut sum = CompensatedSum::default();
    for i in 1..=n {
        sum.add((i as f64).ln());
        ln_factorials.push(sum.value());
    }
    ln_factorials
}

/// Levels of an open chain of `n` spins by its number of domain walls; `None` when it is too long to list them.
pub(super) fn open_chain(n: usize, with_magnetization: bool) -> Option<Vec<LevelCount>> {
    if with_magnetization {
        return (n <= MOST_JOINT_OPEN_SITES).then(|| joint_open_chain(n));
    }
    if n > MOST_RING_SITES {
        return None;
    }
    // g(w) = 2 C(n - 1, w).
    let mut ln_count = CompensatedSum::default();
    ln_count.add(std::f64::consts::LN_2);
    let level = |walls: usize| {
        if walls > 0 {
            ln_count.add(((n - walls) as f64 / walls as f64).ln());
        }
        let bond_sum = n as i64 - 1 - 2 * walls as i64;
        LevelCount { bond_sum, magnetization: None, ln_count: ln_count.value() }
    };
    Some((0..n).map(level).collect())
}

/// u up spins in a domains and n - u down spins in b, where a and b differ by at most 1: C(u - 1, a - 1)
/// C(n - u - 1, b - 1) states that begin with one kind, and as many with the other where a = b.
fn joint_open_chain(n: usize) -> Vec<LevelCount> {
    let ln_factorials = ln_factorials(n);
    let ln_choose = |n: usize, k: usize| ln_factorials[n] - ln_factorials[k] - ln_factorials[n - k];
    let level = |up: usize, domains: usize, ln_count: f64| LevelCount {
        bond_sum: n as i64 + 1 - 2 * domains as i64,
        magnetization: Some(2 * up as i64 - n as i64),
        ln_count,
    };
    let mut levels = vec![level(0, 1, 0.0), level(n, 1, 0.0)];
    for up in 1..n {
        let down = n - up;
        for domains in 2..=n {
            let (more, less) = (domains.div_ceil(2), domains / 2);
            let placings = |a: usize, b: usize| {
                if a > up || b > down {
                    f64::NEG_INFINITY
                } else {
                    ln_choose(up - 1, a - 1) + ln_choose(down - 1, b - 1)
                }
            };
            let ln_count = ln_sum_exp([placings(more, less), placings(less, more)]);
            if ln_count.is_finite() {
                levels.push(level(up, domains, ln_count));
            }
        }
    }
    levels
}

/// g(u, 2k) = (n/k) C(u - 1, k - 1) C(n - u - 1, k - 1) for u up spins in k domains, and the two uniform states.
fn joint_ring(n: usize) -> Vec<LevelCount> {
    let ln_factorials = ln_factorials(n);
    let ln_choose = |n: usize, k: usize| ln_factorials[n] - ln_factorials[k] - ln_factorials[n - k];
    let level = |up: usize, domains: usize, ln_count: f64| LevelCount {
        bond_sum: n as i64 - 4 * domains as i64,
        magnetization: Some(2 * up as i64 - n as i64),
        ln_count,
    };
    let mut levels = vec![level(0, 0, 0.0), level(n, 0, 0.0)];
    for up in 1..n {
        for k in 1..=up.min(n - up) {
            let placings = ln_choose(up - 1, k - 1) + ln_choose(n - up - 1, k - 1);
            levels.push(level(up, k, (n as f64 / k as f64).ln() + placings));
        }
    }
    levels
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Boundary, Lattice, LatticeKind};

    /// Every state, one by one.
    fn enumerated(lattice: &Lattice, with_magnetization: bool) -> BTreeMap<(i64, Option<i64>), f64> {
        let mut counts = BTreeMap::new();
        for bits in 0u32..1 << lattice.n_sites() {
            let spins: Vec<i8> = (0..lattice.n_sites()).map(|i| if bits >> i & 1 == 1 { 1 } else { -1 }).collect();
            let magnetization = spins.iter().map(|&s| i64::from(s)).sum();
            let key = (lattice.bond_sum(&spins), with_magnetization.then_some(magnetization));
            *counts.entry(key).or_insert(0.0) += 1.0;
        }
        counts
    }

    #[test]
    fn counts_are_those_of_enumeration() {
        for with_magnetization in [false, true] {
            let mut cases = vec![];
            for (lx, ly) in [(2, 2), (2, 3), (3, 2), (3, 3), (2, 6), (3, 4), (4, 4), (5, 3)] {
                let levels = torus(lx, ly, with_magnetization).unwrap();
                cases.push((Lattice::new(LatticeKind::Square, &[lx, ly], Boundary::Periodic).unwrap(), levels));
            }
            for n in [2, 3, 4, 7, 10] {
                cases.push((
                    Lattice::new(LatticeKind::Chain, &[n], Boundary::Periodic).unwrap(),
                    ring(n, with_magnetization).unwrap(),
                ));
                cases.push((
                    Lattice::new(LatticeKind::Chain, &[n], Boundary::Open).unwrap(),
                    open_chain(n, with_magnetization).unwrap(),
                ));
            }
            for (lattice, levels) in cases {
                let exact = enumerated(&lattice, with_magnetization);
                assert_eq!(levels.len(), exact.len(), "{lattice:?}");
                for level in levels {
                    let count = exact[&(level.bond_sum, level.magnetization)];
                    assert!((level.ln_count - count.ln()).abs() < 1e-13, "{lattice:?} {level:?} {count}");
                }
            }
        }
    }

    #[test]
    fn too_large_lattices_are_left_alone() {
        assert!(torus(16, 16, false).is_none() && torus(2, 600, false).is_none() && torus(8, 8, true).is_none());
        assert!(ring(2000, true).is_none() && ring(3_000_000, false).is_none());
    }
}
