//! Exact densities of states of small Potts models: how many colourings have how many satisfied bonds.

use std::collections::{BTreeMap, HashMap};

use crate::model::Lattice;
use crate::systems::lattice::frontier::{Step, steps};

/// Colourings that share a number of satisfied bonds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PottsLevel {
    /// Number of bonds between equal colours.
    pub satisfied: u64,
    /// Number of states: exact below 2^53, right to rounding above.
    pub count: f64,
}

/// Colourings that share a number of satisfied bonds and the size of their largest colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PottsJointLevel {
    /// Number of bonds between equal colours.
    pub satisfied: u64,
    /// n_max, sites of the commonest colour.
    pub largest: u64,
    /// Number of states: exact below 2^53, right to rounding above.
    pub count: f64,
}

/// A kind of level, by what it tells apart: the satisfied bonds, or the size of the largest colour as well.
pub(super) trait CountedLevel: Sized {
    /// Whether sizes of colours are told apart.
    const SIZES: bool;

    /// A level of this kind.
    fn new(satisfied: u64, largest: u64, count: f64) -> Self;

    /// Number of bonds between equal colours.
    fn satisfied(&self) -> u64;

    /// Number of states.
    fn count(&self) -> f64;
}

impl CountedLevel for PottsLevel {
    const SIZES: bool = false;

    fn new(satisfied: u64, _largest: u64, count: f64) -> Self {
        Self { satisfied, count }
    }

    fn satisfied(&self) -> u64 {
        self.satisfied
    }

    fn count(&self) -> f64 {
        self.count
    }
}

impl CountedLevel for PottsJointLevel {
    const SIZES: bool = true;

    fn new(satisfied: u64, largest: u64, count: f64) -> Self {
        Self { satisfied, largest, count }
    }

    fn satisfied(&self) -> u64 {
        self.satisfied
    }

    fn count(&self) -> f64 {
        self.count
    }
}

/// Most sites of a frontier, and most colours where the size of each is told.
const MOST_MEMBERS: usize = 16;
/// Largest number of additions spent on one lattice, about a second, and of counts kept at once.
const BUDGET: usize = 600_000_000;
const MOST_COUNTS: usize = 1 << 24;
/// ln of the largest number of states, which 64-bit floating-point counts can hold.
const MOST_LN_STATES: f64 = 700.0;

/// Which sites of the frontier share a colour, whatever the colours are: classes are numbered as they first appear.
///
/// Where sizes of colours are told apart, `sizes` holds the sites of each of these classes so far, then in falling
/// order those of the colours that the frontier has no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Pattern {
    classes: [u8; MOST_MEMBERS],
    sizes: [u8; MOST_MEMBERS],
}

/// Every pattern with its counts by number of satisfied bonds, `[n_patterns, stride]`.
///
/// Patterns keep the order in which they were first met, so sums do not depend on the order of a hash table.
struct PatternFrontier {
    stride: usize,
    patterns: Vec<Pattern>,
    index: HashMap<Pattern, usize>,
    counts: Vec<f64>,
}

/// Levels of `q` colours on `lattice`, in rising order; `None` when it is too large to count.
///
/// Site by site: of the frontier (on a torus the first row too) only those colours count that are equal. A new site
/// takes the colour of one of their k classes or one of the q - k others. All terms are positive sums of whole numbers.
pub(super) fn levels<L: CountedLevel>(lattice: &Lattice, q: u32) -> Option<Vec<L>> {
    let n = lattice.n_sites();
    let too_many_colours = L::SIZES && n.min(q as usize) > MOST_MEMBERS;
    if too_many_colours || n as f64 * f64::from(q).ln() > MOST_LN_STATES {
        return None;
    }
    let steps = steps(lattice, &sites_by_longest_side(lattice));
    if steps.iter().any(|step| step.width >= MOST_MEMBERS) {
        return None;
    }
    let mut frontier = PatternFrontier::empty(1);
    frontier.add(Pattern::default(), &[1.0], 0, 1.0);
    let mut budget = BUDGET;
    for step in steps {
        let mut next = PatternFrontier::empty(frontier.stride + step.bonds.len());
        for (pattern, counts) in frontier.patterns.iter().zip(frontier.counts.chunks_exact(frontier.stride)) {
            let children = pattern.children::<L>(&step, q);
            budget = budget.checked_sub(children.len() * frontier.stride)?;
            for (child, satisfied, ways) in children {
                next.add(child, counts, satisfied, ways);
            }
            if next.counts.len() > MOST_COUNTS {
                return None;
            }
        }
        frontier = next;
    }
    // By satisfied bonds and size of the largest colour, 0 where that is not told.
    let mut totals: BTreeMap<(u64, u64), f64> = BTreeMap::new();
    for (pattern, counts) in frontier.patterns.iter().zip(frontier.counts.chunks_exact(frontier.stride)) {
        let largest = u64::from(pattern.sizes[0]);
        for (satisfied, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            *totals.entry((satisfied as u64, largest)).or_default() += count;
        }
    }
    Some(totals.into_iter().map(|((satisfied, largest), count)| L::new(satisfied, largest, count)).collect())
}

/// Sites by their coordinate along the longest side, then along the next, and so on: few of them are in the frontier.
fn sites_by_longest_side(lattice: &Lattice) -> Vec<usize> {
    let sides = lattice.sides();
    let mut axes: Vec<usize> = (0..sides.len()).collect();
    axes.sort_by_key(|&axis| std::cmp::Reverse(sides[axis]));
    let coordinate = |site: usize, axis: usize| site / sides[..axis].iter().product::<usize>() % sides[axis];
    let mut sites: Vec<usize> = (0..lattice.n_sites()).collect();
    sites.sort_by_key(|&site| axes.iter().map(|&axis| coordinate(site, axis)).collect::<Vec<_>>());
    sites
}

impl PatternFrontier {
    fn empty(stride: usize) -> Self {
        Self { stride, patterns: Vec::new(), index: HashMap::new(), counts: Vec::new() }
    }

    /// Adds `ways` times the counts of a pattern that has led here with so many more `satisfied` bonds.
    fn add(&mut self, pattern: Pattern, counts: &[f64], satisfied: usize, ways: f64) {
        let place = *self.index.entry(pattern).or_insert_with(|| {
            self.patterns.push(pattern);
            self.counts.resize(self.counts.len() + self.stride, 0.0);
            self.patterns.len() - 1
        });
        let sums = &mut self.counts[place * self.stride + satisfied..(place + 1) * self.stride];
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += ways * count;
        }
    }
}

impl Pattern {
    /// What becomes of it for every colour of the new site: pattern, satisfied bonds and number of such colours.
    fn children<L: CountedLevel>(&self, step: &Step, q: u32) -> Vec<(Self, usize, f64)> {
        let new = step.width;
        let k = usize::from(self.classes[..new].iter().max().map_or(0, |class| class + 1));
        let mut children = Vec::with_capacity(k + 2);
        for class in 0..k {
            let satisfied = step.bonds.iter().filter(|&&at| usize::from(self.classes[at]) == class).count();
            let mut child = *self;
            child.classes[new] = class as u8;
            child.sizes[class] += u8::from(L::SIZES);
            children.push((child.after::<L>(step, k), satisfied, 1.0));
        }
        let used = if L::SIZES { self.sizes.iter().filter(|&&size| size > 0).count() } else { k };
        let mut fresh = |place: usize, size: u8, ways: f64| {
            let mut child = *self;
            child.classes[new] = k as u8;
            if L::SIZES {
                child.sizes[place] = size;
                child.sizes[k..=place].rotate_right(1);
            }
            children.push((child.after::<L>(step, k + 1), 0, ways));
        };
        // A colour that the frontier has no more, one of those with equal size.
        let mut place = k;
        while place < used {
            let size = self.sizes[place];
            let equal = self.sizes[place..used].iter().filter(|&&other| other == size).count();
            fresh(place + equal - 1, size + 1, equal as f64);
            place += equal;
        }
        if used < q as usize {
            fresh(used, 1, f64::from(q) - used as f64);
        }
        children
    }

    /// Without the sites that leave, the remaining of `k` classes numbered afresh.
    fn after<L: CountedLevel>(&self, step: &Step, k: usize) -> Self {
        const UNSEEN: u8 = u8::MAX;
        let mut label = [UNSEEN; MOST_MEMBERS];
        let mut next = Self::default();
        let mut seen = 0;
        let staying = (0..=step.width).filter(|member| !step.leaving.contains(member));
        for (place, position) in staying.enumerate() {
            let old = usize::from(self.classes[position]);
            if label[old] == UNSEEN {
                label[old] = seen;
                next.sizes[usize::from(seen)] = self.sizes[old];
                seen += 1;
            }
            next.classes[place] = label[old];
        }
        if L::SIZES {
            let unseen = (0..MOST_MEMBERS).filter(|&old| old >= k || label[old] == UNSEEN);
            let forgotten = &mut next.sizes[usize::from(seen)..];
            forgotten.iter_mut().zip(unseen).for_each(|(size, old)| *size = self.sizes[old]);
            forgotten.sort_unstable_by(|a, b| b.cmp(a));
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, LatticeKind};
    use crate::systems::Potts;

    fn lattice(kind: LatticeKind, sides: &[usize], boundary: Boundary) -> Lattice {
        Lattice::new(kind, sides, boundary).unwrap()
    }

    /// Every state, one by one.
    fn brute_force<L: CountedLevel>(lattice: &Lattice, q: u32) -> BTreeMap<(u64, u64), f64> {
        let potts = Potts::new(lattice.clone(), q, 1.0).unwrap();
        let n = lattice.n_sites();
        let mut counts = BTreeMap::new();
        for code in 0..u64::from(q).pow(n as u32) {
            let colours: Vec<u8> = (0..n).map(|i| (code / u64::from(q).pow(i as u32) % u64::from(q)) as u8).collect();
            let state = potts.state(&colours);
            let largest = if L::SIZES { state.largest() } else { 0 };
            *counts.entry((state.satisfied() as u64, largest)).or_insert(0.0) += 1.0;
        }
        counts
    }

    fn counts_are_those_of_brute_force<L: CountedLevel>(lattice: &Lattice, q: u32, largest: fn(&L) -> u64) {
        let (ours, exact) = (levels::<L>(lattice, q).unwrap(), brute_force::<L>(lattice, q));
        assert_eq!(ours.len(), exact.len(), "{lattice:?} {q}");
        for level in ours {
            assert_eq!(level.count(), exact[&(level.satisfied(), largest(&level))], "{lattice:?} {q}");
        }
    }

    #[test]
    fn small_lattices_are_counted_as_by_brute_force() {
        let mut cases = Vec::new();
        for boundary in [Boundary::Periodic, Boundary::Open] {
            for (kind, sides, q) in [
                (LatticeKind::Chain, vec![2], 7),
                (LatticeKind::Chain, vec![7], 4),
                (LatticeKind::Square, vec![2, 2], 5),
                (LatticeKind::Square, vec![2, 4], 3),
                (LatticeKind::Square, vec![3, 3], 3),
                (LatticeKind::Square, vec![4, 3], 2),
                (LatticeKind::Triangular, vec![3, 3], 3),
                (LatticeKind::Triangular, vec![3, 2], 6),
                (LatticeKind::Honeycomb, vec![4, 2], 4),
                (LatticeKind::Honeycomb, vec![2, 4], 4),
                (LatticeKind::Cubic, vec![2, 2, 2], 4),
                (LatticeKind::Cubic, vec![3, 2, 2], 2),
            ] {
                cases.push((lattice(kind, &sides, boundary), q));
            }
        }
        for (lattice, q) in cases {
            counts_are_those_of_brute_force::<PottsLevel>(&lattice, q, |_| 0);
            counts_are_those_of_brute_force::<PottsJointLevel>(&lattice, q, |level| level.largest);
        }
    }

    #[test]
    fn all_states_are_counted() {
        fn check<L: CountedLevel>(sides: [usize; 2], q: u32) {
            let torus = lattice(LatticeKind::Square, &sides, Boundary::Periodic);
            let total: f64 = levels::<L>(&torus, q).unwrap().iter().map(CountedLevel::count).sum();
            let states = f64::from(q).powi(torus.n_sites() as i32);
            assert!((total / states - 1.0).abs() < 1e-13, "{sides:?} {q}");
        }
        check::<PottsLevel>([4, 4], 64);
        check::<PottsJointLevel>([4, 4], 3);
        check::<PottsLevel>([4, 12], 10);
    }

    #[test]
    fn too_large_lattices_are_left_alone() {
        let square = |side: usize, boundary| lattice(LatticeKind::Square, &[side, side], boundary);
        assert!(levels::<PottsLevel>(&square(8, Boundary::Periodic), 3).is_none());
        assert!(levels::<PottsLevel>(&square(32, Boundary::Open), 2).is_none());
        assert!(levels::<PottsJointLevel>(&square(5, Boundary::Periodic), 64).is_none());
        assert!(levels::<PottsLevel>(&lattice(LatticeKind::Cubic, &[3, 3, 3], Boundary::Periodic), 3).is_none());
    }
}
