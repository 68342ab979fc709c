//! Exact densities of states: how many states have bond sum B, or bond sum B and magnetization M.

use super::levels::{IsingJointLevel, IsingLevel};
use super::{chains, enumeration};
use crate::model::Lattice;
use crate::systems::lattice::frontier::{Places, SpinFrontier, Step, steps};

/// Largest number of additions spent on counting one lattice, about half a second.
const BUDGET: f64 = 4e8;
/// Largest number of counts held at once, 128 MiB.
const MOST_COUNTS: f64 = (1u64 << 24) as f64;
/// Counts are 64-bit floating-point numbers, which hold at most 2^1023.
const MOST_SITES: usize = 1000;
/// Widest torus whose rows are added one after the other.
const MOST_COLUMNS: usize = 12;
/// Largest number of spins whose states are counted one by one, and the cost of one state in additions.
const MOST_ENUMERATED: usize = 26;
const STATE_COST: f64 = 8.0;

/// A kind of level, by what it tells apart: the bond sum, or the magnetization as well.
pub(super) trait CountedLevel: Sized {
    /// Places that an up spin takes in a table of counts: 0 where magnetizations are not told apart, else 1.
    const UP: usize;

    /// A level of this kind.
    fn new(bond_sum: i64, magnetization: i64, ln_count: f64) -> Self;

    /// B.
    fn bond_sum(&self) -> i64;

    /// M, 0 where it is not told.
    fn magnetization(&self) -> i64;

    /// ln of the number of states.
    fn ln_count(&self) -> f64;

    /// Counts of all states with one number of unsatisfied bonds, from those by up spins of the half of them whose last
    /// spin is down.
    fn with_mirror_images(half: &[u64]) -> Vec<f64>;

    /// Levels of a ring, if it is not too long.
    fn of_ring(n: usize) -> Option<Vec<Self>>;

    /// Levels of a chain with two ends, if it is not too long.
    fn of_open_chain(n: usize) -> Option<Vec<Self>>;
}

impl CountedLevel for IsingLevel {
    const UP: usize = 0;

    fn new(bond_sum: i64, _magnetization: i64, ln_count: f64) -> Self {
        Self { bond_sum, ln_count }
    }

    fn bond_sum(&self) -> i64 {
        self.bond_sum
    }

    fn magnetization(&self) -> i64 {
        0
    }

    fn ln_count(&self) -> f64 {
        self.ln_count
    }

    fn with_mirror_images(half: &[u64]) -> Vec<f64> {
        vec![2.0 * half.iter().sum::<u64>() as f64]
    }

    fn of_ring(n: usize) -> Option<Vec<Self>> {
        chains::ring(n)
    }

    fn of_open_chain(n: usize) -> Option<Vec<Self>> {
        chains::open_chain(n)
    }
}

impl CountedLevel for IsingJointLevel {
    const UP: usize = 1;

    fn new(bond_sum: i64, magnetization: i64, ln_count: f64) -> Self {
        Self { bond_sum, magnetization, ln_count }
    }

    fn bond_sum(&self) -> i64 {
        self.bond_sum
    }

    fn magnetization(&self) -> i64 {
        self.magnetization
    }

    fn ln_count(&self) -> f64 {
        self.ln_count
    }

    fn with_mirror_images(half: &[u64]) -> Vec<f64> {
        half.iter().zip(half.iter().rev()).map(|(state, mirrored)| (state + mirrored) as f64).collect()
    }

    fn of_ring(n: usize) -> Option<Vec<Self>> {
        chains::joint_ring(n)
    }

    fn of_open_chain(n: usize) -> Option<Vec<Self>> {
        chains::joint_open_chain(n)
    }
}

/// Levels of `lattice`, by the way that suits it; `None` when it is too large to count.
pub(super) fn levels<L: CountedLevel>(lattice: &Lattice) -> Option<Vec<L>> {
    match lattice.sides()[..] {
        [n] if lattice.is_ring() => L::of_ring(n),
        [n] => L::of_open_chain(n),
        [lx, ly] if lattice.is_torus() => torus(lx, ly),
        _ => any_lattice(lattice),
    }
}

/// Levels of a periodic lx x ly lattice, row by row; `None` when it is too large to count.
///
/// Counts once for every first row: one of each class under rotation, and under reversal where M is not told.
pub(super) fn torus<L: CountedLevel>(lx: usize, ly: usize) -> Option<Vec<L>> {
    let (width, rows) = (lx.min(ly), lx.max(ly));
    let n = width * rows;
    if n > MOST_SITES || width > MOST_COLUMNS {
        return None;
    }
    let firsts = first_rows(width, L::UP == 0);
    let places = places::<L>(n, 2 * n);
    if firsts.len() as f64 * (n << width) as f64 * places.length as f64 > BUDGET {
        return None;
    }
    let row_steps = row_steps(width);
    let mut total = vec![0.0; places.length];
    for (first, multiplicity) in firsts {
        let place = unsatisfied_in_row(first, width) * places.bond + first.count_ones() as usize * places.spin;
        let mut frontier = SpinFrontier::of(width, first, place, places);
        for _ in 1..rows {
            row_steps.iter().for_each(|step| frontier.take(step));
        }
        for (row, counts) in frontier.counts().iter().enumerate() {
            let shift = (row ^ first).count_ones() as usize * places.bond;
            for (sum, count) in total[shift..].iter_mut().zip(counts) {
                *sum += multiplicity * count;
            }
        }
    }
    Some(listed(n, 2 * n, &total))
}

/// Levels of any lattice, site by site along its longest side, or state by state; `None` when it is too large to count.
fn any_lattice<L: CountedLevel>(lattice: &Lattice) -> Option<Vec<L>> {
    let (n, n_bonds) = (lattice.n_sites(), lattice.n_bonds());
    if n > MOST_SITES {
        return None;
    }
    let steps = steps(lattice, &along_longest_side(lattice));
    let places = places::<L>(n, n_bonds);
    let settings = || steps.iter().map(|step| 2f64.powi(step.width as i32 + 1));
    let site_by_site = settings().sum::<f64>() * places.length as f64;
    let state_by_state = if n <= MOST_ENUMERATED { STATE_COST * (1u64 << (n - 1)) as f64 } else { f64::INFINITY };
    if site_by_site.min(state_by_state) > BUDGET {
        return None;
    }
    let most_counts = settings().fold(0.0, f64::max) * places.length as f64;
    let total = if site_by_site < state_by_state && most_counts <= MOST_COUNTS {
        site_counts(&steps, places)
    } else if state_by_state <= BUDGET {
        state_counts::<L>(lattice)
    } else {
        return None;
    };
    Some(listed(n, n_bonds, &total))
}

/// The table of counts of a lattice.
fn places<L: CountedLevel>(n_sites: usize, n_bonds: usize) -> Places {
    let bond = 1 + L::UP * n_sites;
    Places { bond, spin: L::UP, length: (n_bonds + 1) * bond }
}

/// The levels that have states, from the counts by place.
fn listed<L: CountedLevel>(n_sites: usize, n_bonds: usize, total: &[f64]) -> Vec<L> {
    let stride = places::<L>(n_sites, n_bonds).bond;
    let level = |(place, &count): (usize, &f64)| {
        let (unsatisfied, up) = (place / stride, place % stride);
        L::new(n_bonds as i64 - 2 * unsatisfied as i64, 2 * up as i64 - n_sites as i64, count.ln())
    };
    total.iter().enumerate().filter(|(_, count)| **count > 0.0).map(level).collect()
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

/// The steps of one row around a torus of `width` columns. The frontier holds the newest spin of every column, the one
/// of the next column first: the site has a bond with that, with the last, and at the end of the row with the first of
/// its own row.
fn row_steps(width: usize) -> Vec<Step> {
    let step = |column: usize| {
        let left = (column > 0).then_some(width - 1);
        let around = (column == width - 1).then_some(1);
        Step { width, bonds: [Some(0), left, around].into_iter().flatten().collect(), leaving: vec![0] }
    };
    (0..width).map(step).collect()
}

/// Sites by their coordinate along the longest side.
fn along_longest_side(lattice: &Lattice) -> Vec<usize> {
    let sides = lattice.sides();
    let longest = (0..sides.len()).fold(0, |best, axis| if sides[axis] >= sides[best] { axis } else { best });
    let mut order: Vec<usize> = (0..lattice.n_sites()).collect();
    order.sort_by_key(|&site| lattice.coordinates(site as u32)[longest]);
    order
}

/// Numbers of states by place, site by site.
fn site_counts(steps: &[Step], places: Places) -> Vec<f64> {
    let mut frontier = SpinFrontier::empty(places);
    steps.iter().for_each(|step| frontier.take(step));
    frontier.counts()[0].clone()
}

/// Numbers of states by place, state by state.
fn state_counts<L: CountedLevel>(lattice: &Lattice) -> Vec<f64> {
    enumeration::half_counts(lattice).chunks_exact(lattice.n_sites() + 1).flat_map(L::with_mirror_images).collect()
}

#[cfg(test)]
mod tests;
