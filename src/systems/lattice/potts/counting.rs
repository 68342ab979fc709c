//! Exact densities of states of small Potts models: how many colourings have how many satisfied bonds.

use std::collections::{BTreeMap, HashMap};

use crate::model::Lattice;

/// Colourings that share a number of satisfied bonds and, where it is resolved, the size of their largest colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PottsLevel {
    /// Number of bonds between equal colours.
    pub satisfied: u64,
    /// n_max, sites of the commonest colour; `None` where all are counted together.
    pub largest: Option<u64>,
    /// Number of states: exact below 2^53, right to rounding above.
    pub count: f64,
}

/// Most sites that are remembered at once, and most colours where the size of each is.
const MOST_REMEMBERED: usize = 16;
/// Largest number of additions spent on one lattice, about a second, and of counts kept at once.
const BUDGET: usize = 600_000_000;
const MOST_COUNTS: usize = 1 << 24;
/// ln of the largest number of states, which 64-bit floating-point counts can hold.
const MOST_LN_STATES: f64 = 700.0;

/// Which remembered sites share a colour, whatever the colours are: classes are numbered as they first appear.
///
/// Where the largest colour is resolved, `sizes` holds the sites of each remembered class so far, then in falling
/// order those of the colours that have been forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Pattern {
    classes: [u8; MOST_REMEMBERED],
    sizes: [u8; MOST_REMEMBERED],
}

/// The addition of one site to the remembered ones: it becomes the last of them.
struct Step {
    remembered: usize,
    /// Position of the earlier neighbour at the other end of each of its bonds.
    neighbours: Vec<usize>,
    /// Positions that remain afterwards.
    kept: Vec<usize>,
}

/// Every pattern with its counts by number of satisfied bonds, `[n_patterns, stride]`.
///
/// Patterns keep the order in which they were first met, so sums do not depend on the order of a hash table.
struct Frontier {
    stride: usize,
    patterns: Vec<Pattern>,
    index: HashMap<Pattern, usize>,
    counts: Vec<f64>,
}

/// Levels of `q` colours on `lattice`, in rising order; `None` when it is too large to count.
///
/// A transfer matrix, site by site: only sites with neighbours still to come are remembered (on a torus the first row
/// too), and of those only which of them are equal. A new site takes the colour of one of their k classes or one of
/// the q - k others. All terms are positive sums of whole numbers.
pub(super) fn levels(lattice: &Lattice, q: u32, with_largest: bool) -> Option<Vec<PottsLevel>> {
    let n = lattice.n_sites();
    let too_many_colours = with_largest && n.min(q as usize) > MOST_REMEMBERED;
    if too_many_colours || n as f64 * f64::from(q).ln() > MOST_LN_STATES {
        return None;
    }
    let mut frontier = Frontier::empty(1);
    frontier.add(Pattern::default(), &[1.0], 0, 1.0);
    let mut budget = BUDGET;
    for step in steps(lattice)? {
        let mut next = Frontier::empty(frontier.stride + step.neighbours.len());
        for (pattern, counts) in frontier.patterns.iter().zip(frontier.counts.chunks_exact(frontier.stride)) {
            let children = pattern.children(&step, q, with_largest);
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
    let mut totals: BTreeMap<(u64, Option<u64>), f64> = BTreeMap::new();
    for (pattern, counts) in frontier.patterns.iter().zip(frontier.counts.chunks_exact(frontier.stride)) {
        let largest = with_largest.then_some(u64::from(pattern.sizes[0]));
        for (satisfied, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            *totals.entry((satisfied as u64, largest)).or_default() += count;
        }
    }
    let level = |((satisfied, largest), count)| PottsLevel { satisfied, largest, count };
    Some(totals.into_iter().map(level).collect())
}

/// The sites in an order that remembers few of them, the longest side last; `None` if those are too many.
fn steps(lattice: &Lattice) -> Option<Vec<Step>> {
    let order = sites_by_longest_side(lattice);
    let mut time = vec![0; order.len()];
    order.iter().enumerate().for_each(|(t, &site)| time[site] = t);
    let last_use = |site: usize| lattice.neighbours(site).map(|other| time[other]).max().unwrap_or(0);
    let mut remembered: Vec<usize> = Vec::new();
    let mut steps = Vec::with_capacity(order.len());
    for (t, &site) in order.iter().enumerate() {
        if remembered.len() == MOST_REMEMBERED {
            return None;
        }
        let earlier = lattice.neighbours(site).filter(|&other| time[other] < t);
        let neighbours = earlier.filter_map(|other| remembered.iter().position(|&r| r == other)).collect();
        let before = remembered.len();
        remembered.push(site);
        let kept: Vec<usize> = (0..=before).filter(|&position| last_use(remembered[position]) > t).collect();
        remembered = kept.iter().map(|&position| remembered[position]).collect();
        steps.push(Step { remembered: before, neighbours, kept });
    }
    Some(steps)
}

fn sites_by_longest_side(lattice: &Lattice) -> Vec<usize> {
    let sides = lattice.sides();
    let mut axes: Vec<usize> = (0..sides.len()).collect();
    axes.sort_by_key(|&axis| std::cmp::Reverse(sides[axis]));
    let coordinate = |site: usize, axis: usize| site / sides[..axis].iter().product::<usize>() % sides[axis];
    let mut sites: Vec<usize> = (0..lattice.n_sites()).collect();
    sites.sort_by_key(|&site| axes.iter().map(|&axis| coordinate(site, axis)).collect::<Vec<_>>());
    sites
}

impl Frontier {
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
    fn children(&self, step: &Step, q: u32, with_largest: bool) -> Vec<(Self, usize, f64)> {
        let new = step.remembered;
        let k = usize::from(self.classes[..new].iter().max().map_or(0, |class| class + 1));
        let mut children = Vec::with_capacity(k + 2);
        for class in 0..k {
            let satisfied = step.neighbours.iter().filter(|&&at| usize::from(self.classes[at]) == class).count();
            let mut child = *self;
            child.classes[new] = class as u8;
            child.sizes[class] += u8::from(with_largest);
            children.push((child.after(step, k, with_largest), satisfied, 1.0));
        }
        let used = if with_largest { self.sizes.iter().filter(|&&size| size > 0).count() } else { k };
        let mut fresh = |place: usize, size: u8, ways: f64| {
            let mut child = *self;
            child.classes[new] = k as u8;
            if with_largest {
                child.sizes[place] = size;
                child.sizes[k..=place].rotate_right(1);
            }
            children.push((child.after(step, k + 1, with_largest), 0, ways));
        };
        // A forgotten colour, one of those with equal size.
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

    /// Forgets the sites that are not kept and numbers the remaining of `k` classes afresh.
    fn after(&self, step: &Step, k: usize, with_largest: bool) -> Self {
        const UNSEEN: u8 = u8::MAX;
        let mut label = [UNSEEN; MOST_REMEMBERED];
        let mut next = Self::default();
        let mut seen = 0;
        for (place, &position) in step.kept.iter().enumerate() {
            let old = usize::from(self.classes[position]);
            if label[old] == UNSEEN {
                label[old] = seen;
                next.sizes[usize::from(seen)] = self.sizes[old];
                seen += 1;
            }
            next.classes[place] = label[old];
        }
        if with_largest {
            let unseen = (0..MOST_REMEMBERED).filter(|&old| old >= k || label[old] == UNSEEN);
            let forgotten = &mut next.sizes[usize::from(seen)..];
            forgotten.iter_mut().zip(unseen).for_each(|(size, old)| *size = self.sizes[old]);
            forgotten.sort_unstable_by(|a, b| b.cmp(a));
        }
        next
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::{Boundary, LatticeKind};
    use crate::systems::Potts;

    fn lattice(kind: LatticeKind, sides: &[usize], boundary: Boundary) -> Lattice {
        Lattice::new(kind, sides, boundary).unwrap()
    }

    /// Every state, one by one.
    fn enumerated(lattice: &Lattice, q: u32, with_largest: bool) -> BTreeMap<(u64, Option<u64>), f64> {
        let potts = Potts::new(lattice.clone(), q, 1.0).unwrap();
        let n = lattice.n_sites();
        let mut counts = BTreeMap::new();
        for code in 0..u64::from(q).pow(n as u32) {
            let colours: Vec<u8> = (0..n).map(|i| (code / u64::from(q).pow(i as u32) % u64::from(q)) as u8).collect();
            let state = potts.state(&colours);
            *counts.entry((state.satisfied() as u64, with_largest.then_some(state.largest()))).or_insert(0.0) += 1.0;
        }
        counts
    }

    #[test]
    fn counts_are_those_of_enumeration() {
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
            for with_largest in [false, true] {
                let exact = enumerated(&lattice, q, with_largest);
                let ours = levels(&lattice, q, with_largest).unwrap();
                assert_eq!(ours.len(), exact.len(), "{lattice:?} {q}");
                for level in ours {
                    assert_eq!(level.count, exact[&(level.satisfied, level.largest)], "{lattice:?} {q} {level:?}");
                }
            }
        }
    }

    #[test]
    fn all_states_are_counted() {
        for (sides, q, with_largest) in [(vec![4, 4], 64, false), (vec![4, 4], 3, true), (vec![4, 12], 10, false)] {
            let torus = lattice(LatticeKind::Square, &sides, Boundary::Periodic);
            let total: f64 = levels(&torus, q, with_largest).unwrap().iter().map(|level| level.count).sum();
            let states = f64::from(q).powi(torus.n_sites() as i32);
            assert!((total / states - 1.0).abs() < 1e-13, "{sides:?} {q}");
        }
    }

    #[test]
    fn too_large_lattices_are_left_alone() {
        let square = |side: usize, boundary| lattice(LatticeKind::Square, &[side, side], boundary);
        assert!(levels(&square(8, Boundary::Periodic), 3, false).is_none());
        assert!(levels(&square(32, Boundary::Open), 2, false).is_none());
        assert!(levels(&square(5, Boundary::Periodic), 64, true).is_none());
        assert!(levels(&lattice(LatticeKind::Cubic, &[3, 3, 3], Boundary::Periodic), 3, false).is_none());
    }
}
