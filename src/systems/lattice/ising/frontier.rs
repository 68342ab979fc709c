//! Exact densities of states of any lattice: site by site along its longest side, or state by state.

use super::LevelCount;
use crate::model::Lattice;
use crate::model::MOST_NEIGHBOURS;

/// Largest number of additions spent on counting one lattice, about half a second.
const BUDGET: f64 = 4e8;
/// Largest number of counts held at once, 128 MiB.
const MOST_COUNTS: f64 = (1u64 << 24) as f64;
/// Counts are 64-bit floating-point numbers, which hold at most 2^1023.
const MOST_SITES: usize = 1000;
/// Largest number of spins whose states are counted one by one, and the cost of one state in additions.
const MOST_ENUMERATED: usize = 26;
const STATE_COST: f64 = 8.0;

/// Levels of `lattice`; `None` when it is too large to count.
pub(super) fn levels(lattice: &Lattice, with_magnetization: bool) -> Option<Vec<LevelCount>> {
    let (n, n_bonds) = (lattice.n_sites(), lattice.n_bonds());
    if n > MOST_SITES {
        return None;
    }
    let plan = Plan::new(lattice);
    // Indices are unsatisfied * stride + up.
    let stride = if with_magnetization { n + 1 } else { 1 };
    let length = (n_bonds + 1) * stride;
    let site_by_site = plan.configurations() * length as f64;
    let state_by_state = if n <= MOST_ENUMERATED { STATE_COST * (1u64 << (n - 1)) as f64 } else { f64::INFINITY };
    if site_by_site.min(state_by_state) > BUDGET {
        return None;
    }
    let total = if site_by_site < state_by_state && plan.widest() * length as f64 <= MOST_COUNTS {
        plan.counts(stride, length)
    } else if state_by_state <= BUDGET {
        enumerated(lattice, with_magnetization)
    } else {
        return None;
    };
    let level = |(index, &count): (usize, &f64)| LevelCount {
        bond_sum: n_bonds as i64 - 2 * (index / stride) as i64,
        magnetization: with_magnetization.then(|| 2 * (index % stride) as i64 - n as i64),
        ln_count: count.ln(),
    };
    Some(total.iter().enumerate().filter(|(_, count)| **count > 0.0).map(level).collect())
}

/// The order in which sites are added, and what becomes of the frontier: the added sites that still await neighbours.
struct Plan {
    steps: Vec<Step>,
}

/// One site joins the frontier as its last member; then some members leave.
struct Step {
    /// Members before it joins.
    width: usize,
    /// One member per bond to the sites before it.
    bonds: Vec<usize>,
    /// Members that leave, itself included where it has no later neighbours, the last first.
    leaving: Vec<usize>,
}

impl Plan {
    fn new(lattice: &Lattice) -> Self {
        let sides = lattice.sides();
        let longest = (0..sides.len()).fold(0, |best, axis| if sides[axis] >= sides[best] { axis } else { best });
        let mut order: Vec<usize> = (0..lattice.n_sites()).collect();
        order.sort_by_key(|&site| lattice.coordinates(site as u32)[longest]);
        let mut waiting: Vec<usize> = (0..order.len()).map(|site| lattice.neighbours(site).count()).collect();
        let mut frontier: Vec<usize> = Vec::new();
        let mut steps = Vec::with_capacity(order.len());
        for site in order {
            let width = frontier.len();
            let member = |other: usize| frontier.iter().position(|&f| f == other);
            let bonds: Vec<usize> = lattice.neighbours(site).filter_map(member).collect();
            for &other in &bonds {
                waiting[frontier[other]] -= 1;
            }
            waiting[site] -= bonds.len();
            frontier.push(site);
            let leaving: Vec<usize> = (0..=width).rev().filter(|&member| waiting[frontier[member]] == 0).collect();
            for &member in &leaving {
                frontier.remove(member);
            }
            steps.push(Step { width, bonds, leaving });
        }
        Self { steps }
    }

    /// Settings of the frontier, over all steps and before members leave.
    fn configurations(&self) -> f64 {
        self.steps.iter().map(|step| 2f64.powi(step.width as i32 + 1)).sum()
    }

    fn widest(&self) -> f64 {
        self.steps.iter().map(|step| 2f64.powi(step.width as i32 + 1)).fold(0.0, f64::max)
    }

    /// Numbers of states by index. All terms are positive sums of whole numbers: counts below 2^53 are exact and
    /// larger ones right to rounding.
    fn counts(&self, stride: usize, length: usize) -> Vec<f64> {
        let mut table = vec![vec![0.0; length]];
        table[0][0] = 1.0;
        let mut used = 1;
        for step in &self.steps {
            used = (used + step.bonds.len() * stride + usize::from(stride > 1)).min(length);
            let settings = 1usize << step.width;
            table.resize_with(2 * settings, || vec![0.0; length]);
            let (down, up) = table.split_at_mut(settings);
            for (setting, (down, up)) in down.iter_mut().zip(up).enumerate() {
                let ups = step.bonds.iter().filter(|&&member| setting >> member & 1 == 1).count();
                let raise = usize::from(stride > 1);
                shifted(up, down, (step.bonds.len() - ups) * stride + raise, used);
                down.copy_within(..used - ups * stride, ups * stride);
                down[..ups * stride].fill(0.0);
            }
            for &member in &step.leaving {
                table = without(table, member, used);
            }
        }
        table.swap_remove(0)
    }
}

/// Writes `from` to `to`, `shift` places up.
fn shifted(to: &mut [f64], from: &[f64], shift: usize, used: usize) {
    to[..shift].fill(0.0);
    to[shift..used].copy_from_slice(&from[..used - shift]);
}

/// Sums over the two values of one member.
fn without(table: Vec<Vec<f64>>, member: usize, used: usize) -> Vec<Vec<f64>> {
    let mut rest: Vec<Vec<f64>> = Vec::with_capacity(table.len() / 2);
    for (setting, counts) in table.into_iter().enumerate() {
        if setting >> member & 1 == 0 {
            rest.push(counts);
        } else {
            let low = setting & ((1 << member) - 1);
            let index = (setting >> (member + 1) << member) | low;
            rest[index][..used].iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
        }
    }
    rest
}

/// Numbers of states by index, one spin flipped from state to state (Gray code). The last spin stays down: the other
/// half of the states is the mirror image.
fn enumerated(lattice: &Lattice, with_magnetization: bool) -> Vec<f64> {
    let n = lattice.n_sites();
    // Neighbours as bits, and once more those that a second bond leads to.
    let mut masks = vec![[0u32; 2]; n];
    for (site, [once, twice]) in masks.iter_mut().enumerate() {
        for other in lattice.neighbours(site) {
            *twice |= *once & (1 << other);
            *once |= 1 << other;
        }
    }
    let mut counts = vec![0u64; (lattice.n_bonds() + MOST_NEIGHBOURS) * (n + 1)];
    let (mut state, mut unsatisfied, mut up) = (0u32, 0usize, 0usize);
    counts[0] = 1;
    for k in 1u32..1 << (n - 1) {
        let site = k.trailing_zeros() as usize;
        let [once, twice] = masks[site];
        let ups = (state & once).count_ones() + (state & twice).count_ones();
        let downs = once.count_ones() + twice.count_ones() - ups;
        state ^= 1 << site;
        if state >> site & 1 == 1 {
            (unsatisfied, up) = (unsatisfied + downs as usize - ups as usize, up + 1);
        } else {
            (unsatisfied, up) = (unsatisfied + ups as usize - downs as usize, up - 1);
        }
        counts[unsatisfied * (n + 1) + up] += 1;
    }
    let rows = counts.chunks_exact(n + 1).take(lattice.n_bonds() + 1);
    if with_magnetization {
        rows.flat_map(|row| row.iter().zip(row.iter().rev()).map(|(a, b)| (a + b) as f64)).collect()
    } else {
        rows.map(|row| 2.0 * row.iter().sum::<u64>() as f64).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::{Boundary, LatticeKind};

    fn small_lattices() -> Vec<Lattice> {
        let mut all = Vec::new();
        for boundary in [Boundary::Periodic, Boundary::Open] {
            for (kind, sides) in [
                (LatticeKind::Chain, vec![2]),
                (LatticeKind::Chain, vec![7]),
                (LatticeKind::Square, vec![2, 2]),
                (LatticeKind::Square, vec![3, 4]),
                (LatticeKind::Triangular, vec![2, 2]),
                (LatticeKind::Triangular, vec![3, 3]),
                (LatticeKind::Triangular, vec![4, 3]),
                (LatticeKind::Honeycomb, vec![2, 2]),
                (LatticeKind::Honeycomb, vec![4, 2]),
                (LatticeKind::Honeycomb, vec![2, 6]),
                (LatticeKind::Cubic, vec![2, 2, 2]),
                (LatticeKind::Cubic, vec![3, 2, 2]),
                (LatticeKind::Cubic, vec![2, 2, 3]),
            ] {
                all.push(Lattice::new(kind, &sides, boundary).unwrap());
            }
        }
        all
    }

    /// Every state, its bonds summed one by one.
    fn brute_force(lattice: &Lattice, stride: usize) -> Vec<f64> {
        let mut counts = vec![0.0; (lattice.n_bonds() + 1) * stride];
        for bits in 0u32..1 << lattice.n_sites() {
            let unsatisfied = lattice.bonds().filter(|&(i, j)| (bits >> i ^ bits >> j) & 1 == 1).count();
            counts[unsatisfied * stride + if stride > 1 { bits.count_ones() as usize } else { 0 }] += 1.0;
        }
        counts
    }

    #[test]
    fn both_ways_count_what_brute_force_counts() {
        for lattice in small_lattices() {
            for with_magnetization in [false, true] {
                let stride = if with_magnetization { lattice.n_sites() + 1 } else { 1 };
                let exact = brute_force(&lattice, stride);
                assert_eq!(enumerated(&lattice, with_magnetization), exact, "{lattice:?}");
                assert_eq!(Plan::new(&lattice).counts(stride, exact.len()), exact, "{lattice:?}");
            }
        }
    }

    /// Under equal weights bonds are uncorrelated where no two join the same sites: Var B is the number of bonds, and
    /// a double bond counts as one of weight 2. M is uncorrelated with B.
    #[test]
    fn moments_are_those_of_independent_spins() {
        for (kind, sides, boundary) in [
            (LatticeKind::Triangular, vec![4, 6], Boundary::Periodic),
            (LatticeKind::Triangular, vec![5, 9], Boundary::Open),
            (LatticeKind::Honeycomb, vec![6, 8], Boundary::Periodic),
            (LatticeKind::Square, vec![8, 9], Boundary::Open),
            (LatticeKind::Cubic, vec![3, 3, 3], Boundary::Open),
            (LatticeKind::Cubic, vec![2, 3, 4], Boundary::Periodic),
            (LatticeKind::Cubic, vec![2, 2, 6], Boundary::Periodic),
        ] {
            let lattice = Lattice::new(kind, &sides, boundary).unwrap();
            let n = lattice.n_sites() as f64;
            let by_energy = levels(&lattice, false).unwrap();
            let mean = |f: &dyn Fn(f64) -> f64| -> f64 {
                by_energy.iter().map(|l| f(l.bond_sum as f64) * (l.ln_count - n * std::f64::consts::LN_2).exp()).sum()
            };
            let mut multiplicities = std::collections::HashMap::new();
            lattice.bonds().for_each(|(i, j)| *multiplicities.entry((i.min(j), i.max(j))).or_insert(0.0) += 1.0);
            let variance: f64 = multiplicities.values().map(|m| m * m).sum();
            assert!((mean(&|_| 1.0) - 1.0).abs() < 1e-12 && mean(&|b| b).abs() < 1e-10, "{lattice}");
            assert!((mean(&|b| b * b) / variance - 1.0).abs() < 1e-11, "{lattice}");
            // The largest level: all spins parallel.
            let aligned = by_energy.iter().find(|l| l.bond_sum == lattice.n_bonds() as i64).unwrap();
            assert_eq!(aligned.ln_count, std::f64::consts::LN_2);
            if n > 30.0 {
                continue;
            }
            let by_both = levels(&lattice, true).unwrap();
            for level in &by_energy {
                let same = by_both.iter().filter(|l| l.bond_sum == level.bond_sum).map(|l| l.ln_count.exp());
                assert!((same.sum::<f64>() / level.ln_count.exp() - 1.0).abs() < 1e-12, "{lattice}");
            }
            let m2: f64 = by_both
                .iter()
                .map(|l| (l.magnetization.unwrap() as f64).powi(2) * (l.ln_count - n * std::f64::consts::LN_2).exp())
                .sum();
            assert!((m2 / n - 1.0).abs() < 1e-12, "{lattice}");
        }
    }

    #[test]
    fn too_large_lattices_are_left_alone() {
        let none = |kind, sides: &[usize], boundary, both| {
            levels(&Lattice::new(kind, sides, boundary).unwrap(), both).is_none()
        };
        assert!(none(LatticeKind::Cubic, &[4, 4, 4], Boundary::Periodic, false));
        assert!(none(LatticeKind::Triangular, &[8, 8], Boundary::Periodic, true));
        assert!(none(LatticeKind::Square, &[20, 20], Boundary::Open, false));
        assert!(none(LatticeKind::Square, &[2, 600], Boundary::Open, false));
    }
}
