//! Counting states site by site: the order in which sites are added, and the frontier of those that await neighbours.

use crate::model::Lattice;

/// One site joins the frontier as its last member; then the members leave whose neighbours have all been added.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Members before the site joins.
    pub width: usize,
    /// The member at the other end of each bond to an earlier site.
    pub bonds: Vec<usize>,
    /// Members that leave, the last first; the site itself where it has no later neighbours.
    pub leaving: Vec<usize>,
}

/// The steps that add the sites of `lattice` in this `order`.
pub(super) fn steps(lattice: &Lattice, order: &[usize]) -> Vec<Step> {
    let mut waiting: Vec<usize> = (0..order.len()).map(|site| lattice.neighbours(site).count()).collect();
    let mut frontier: Vec<usize> = Vec::new();
    let mut steps = Vec::with_capacity(order.len());
    for &site in order {
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
    steps
}

/// Where a state is counted: at `unsatisfied * bond + up * spin`, with its numbers of unsatisfied bonds and up spins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// Places of an unsatisfied bond.
    pub bond: usize,
    /// Places of an up spin: 0 where up spins are not counted.
    pub spin: usize,
    /// Number of places.
    pub length: usize,
}

/// For every setting of the spins of the frontier, how many settings of the sites behind it are counted at each place.
///
/// Bit k of a setting is set where member k is up. All terms are positive sums of whole numbers: counts below 2^53 are
/// exact and larger ones right to rounding.
pub(super) struct SpinFrontier {
    places: Places,
    /// `[settings]` of `[places]`.
    counts: Vec<Vec<f64>>,
    /// Places in use: those beyond hold zeros.
    used: usize,
    /// Lists that are not needed at the moment; beyond `used` they hold zeros.
    spare: Vec<Vec<f64>>,
}

impl SpinFrontier {
    /// No sites.
    pub fn empty(places: Places) -> Self {
        Self::of(0, 0, 0, places)
    }

    /// `width` members in one `setting`, which is counted at `place`.
    pub fn of(width: usize, setting: usize, place: usize, places: Places) -> Self {
        let mut counts = vec![vec![0.0; places.length]; 1 << width];
        counts[setting][place] = 1.0;
        Self { places, counts, used: place + 1, spare: Vec::new() }
    }

    /// The counts of every setting.
    pub fn counts(&self) -> &[Vec<f64>] {
        &self.counts
    }

    /// Adds one site.
    pub fn take(&mut self, step: &Step) {
        let Places { bond, spin, length } = self.places;
        self.used = (self.used + step.bonds.len() * bond + spin).min(length);
        match step.leaving.split_first() {
            // One member leaves as the site joins: there are never more lists than before.
            Some((&first, rest)) if first < step.width => {
                self.replace(first, step);
                rest.iter().for_each(|&member| self.forget(member));
            }
            _ => {
                self.join(step);
                step.leaving.iter().for_each(|&member| self.forget(member));
            }
        }
    }

    /// Places between a state and the same with the site of `step` added as `new` (0: down, 1: up).
    fn shift(&self, step: &Step, setting: usize, new: usize) -> usize {
        let unsatisfied = step.bonds.iter().filter(|&&member| setting >> member & 1 != new).count();
        unsatisfied * self.places.bond + new * self.places.spin
    }

    fn list(&mut self) -> Vec<f64> {
        self.spare.pop().unwrap_or_else(|| vec![0.0; self.places.length])
    }

    /// The site of `step` joins.
    fn join(&mut self, step: &Step) {
        let used = self.used;
        for setting in 0..1 << step.width {
            let (stays, rises) = (self.shift(step, setting, 0), self.shift(step, setting, 1));
            let mut up = self.list();
            let down = &mut self.counts[setting];
            copy(&mut up[..used], down, rises);
            down.copy_within(..used - stays, stays);
            down[..stays].fill(0.0);
            self.counts.push(up);
        }
    }

    /// The site of `step` joins and `member` leaves.
    fn replace(&mut self, member: usize, step: &Step) {
        let used = self.used;
        let mut next = vec![Vec::new(); 1 << step.width];
        for place in 0..1usize << (step.width - 1) {
            let down = place >> member << (member + 1) | place & ((1 << member) - 1);
            let old = [down, down | 1 << member];
            for new in 0..2 {
                let mut list = self.list();
                let [first, second] = old.map(|setting| self.shift(step, setting, new));
                copy(&mut list[..used], &self.counts[old[0]], first);
                add(&mut list[second..used], &self.counts[old[1]]);
                next[place | new << (step.width - 1)] = list;
            }
            for setting in old {
                self.spare.push(std::mem::take(&mut self.counts[setting]));
            }
        }
        self.counts = next;
    }

    /// Sums over the two values of one member, which leaves.
    fn forget(&mut self, member: usize) {
        let all = std::mem::take(&mut self.counts);
        self.counts.reserve(all.len() / 2);
        for (setting, list) in all.into_iter().enumerate() {
            if setting >> member & 1 == 0 {
                self.counts.push(list);
            } else {
                let index = (setting >> (member + 1) << member) | setting & ((1 << member) - 1);
                add(&mut self.counts[index][..self.used], &list);
                self.spare.push(list);
            }
        }
    }
}

/// Writes `from`, `shift` places up.
fn copy(to: &mut [f64], from: &[f64], shift: usize) {
    let (zeros, rest) = to.split_at_mut(shift);
    zeros.fill(0.0);
    rest.copy_from_slice(&from[..rest.len()]);
}

fn add(to: &mut [f64], from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(sum, count)| *sum += count);
}
