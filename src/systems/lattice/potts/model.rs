//! Potts states and changes of one colour: energies from exact integers, so a running energy never drifts.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::Potts;
use crate::model::{ClusterModel, Environment, Lattice, LocalStates, Magnet, Model};

/// Colours with their running number of satisfied bonds and of sites per colour, all exact integers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PottsState {
    colours: Vec<u8>,
    satisfied: i64,
    counts: Vec<u64>,
}

impl PottsState {
    /// The colours, below q, `[n_sites]`, row by row.
    #[must_use]
    pub fn colours(&self) -> &[u8] {
        &self.colours
    }

    /// Number of bonds between equal colours.
    #[must_use]
    pub fn satisfied(&self) -> i64 {
        self.satisfied
    }

    /// Number of sites of each colour, `[q]`.
    #[must_use]
    pub fn colour_counts(&self) -> &[u64] {
        &self.counts
    }

    /// n_max, number of sites of the commonest colour.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }

    /// Gives `site` the colour `to`, which `gained` more of its neighbours have.
    #[inline]
    fn recolour(&mut self, site: usize, to: u8, gained: i64) {
        let colour = &mut self.colours[site];
        self.counts[usize::from(*colour)] -= 1;
        self.counts[usize::from(to)] += 1;
        self.satisfied += gained;
        *colour = to;
    }
}

/// A proposed change of one site's colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recolour {
    /// The site.
    pub site: u32,
    /// Its new colour.
    pub colour: u8,
}

impl Potts {
    /// The state with these colours, `[n_sites]`, each taken modulo q; missing sites have colour 0 and extra ones are
    /// ignored.
    #[must_use]
    pub fn state(&self, colours: &[u8]) -> PottsState {
        let colour = |site: usize| colours.get(site).map_or(0, |&colour| colour % self.q() as u8);
        let colours = (0..self.lattice().n_sites()).map(colour).collect();
        let mut state = PottsState { colours, satisfied: 0, counts: Vec::new() };
        self.recount(&mut state);
        state
    }

    fn satisfied_bonds(&self, colours: &[u8]) -> i64 {
        self.lattice().bonds().filter(|&(i, k)| colours[i] == colours[k]).count() as i64
    }

    /// E = -J times the number of satisfied bonds.
    #[must_use]
    pub fn energy_of(&self, satisfied: i64) -> f64 {
        // Adding zero turns the -0 of no satisfied bond into 0.
        -self.j() * satisfied as f64 + 0.0
    }

    /// By how much the neighbours of the new colour outnumber those of the present one.
    #[inline]
    fn gained(&self, colours: &[u8], change: Recolour) -> i64 {
        let from = colours[change.site as usize];
        let gain = |&other: &u32| {
            let colour = colours[other as usize];
            i64::from(colour == change.colour) - i64::from(colour == from)
        };
        self.lattice().slots(change.site).as_slice().iter().map(gain).sum()
    }

    fn random_colour<R: Rng + ?Sized>(&self, rng: &mut R) -> u8 {
        rng.random_range(0..self.q()) as u8
    }

    /// A colour other than `present`, all with equal probability.
    #[inline]
    fn other_colour<R: Rng + ?Sized>(&self, present: u8, rng: &mut R) -> u8 {
        let colour = rng.random_range(0..self.q() - 1) as u8;
        colour + u8::from(colour >= present)
    }
}

impl Model for Potts {
    type State = PottsState;
    type Move = Recolour;

    /// One colour everywhere (J >= 0: a random start would freeze into domains at low temperature) or a random colour
    /// at every site (J < 0).
    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> PottsState {
        let n = self.lattice().n_sites();
        let colours = if self.j() < 0.0 {
            (0..n).map(|_| self.random_colour(rng)).collect()
        } else {
            vec![self.random_colour(rng); n]
        };
        self.state(&colours)
    }

    fn fits(&self, state: &PottsState) -> bool {
        self.state(&state.colours) == *state
    }

    fn energy(&self, state: &PottsState) -> f64 {
        self.energy_of(self.satisfied_bonds(&state.colours))
    }

    fn running_energy(&self, state: &PottsState) -> f64 {
        self.energy_of(state.satisfied)
    }

    /// A site chosen at random, and one of the other colours.
    #[inline]
    fn propose<R: Rng + ?Sized>(&self, state: &PottsState, rng: &mut R) -> Recolour {
        let site = rng.random_range(0..self.lattice().n_sites() as u32);
        Recolour { site, colour: self.other_colour(state.colours[site as usize], rng) }
    }

    #[inline]
    fn energy_change(&self, state: &PottsState, change: &Recolour) -> f64 {
        -self.j() * self.gained(&state.colours, *change) as f64
    }

    #[inline]
    fn apply(&self, state: &mut PottsState, change: Recolour) {
        let gained = self.gained(&state.colours, change);
        state.recolour(change.site as usize, change.colour, gained);
    }

    /// N, or N + 1 for even N: at infinite temperature every proposal is made, and with two colours an even number of
    /// them would keep the parity of the colour counts for ever.
    fn moves_per_sweep(&self) -> usize {
        self.lattice().n_sites() | 1
    }
}

impl Magnet for Potts {
    /// M = (q n_max - N)/(q - 1): N where all sites have one colour, 0 where all colours are equally common.
    fn magnetization(&self, state: &PottsState) -> f64 {
        self.magnetization_of(state.largest())
    }
}

impl LocalStates for Potts {
    fn site_count(&self) -> usize {
        self.lattice().n_sites()
    }

    fn n_values(&self) -> usize {
        self.q() as usize
    }

    /// -J c for c = 0, 1 ... neighbours of the colour.
    fn local_levels(&self) -> Vec<f64> {
        (0..=self.lattice().coordination()).map(|c| -self.j() * c as f64).collect()
    }

    #[inline]
    fn environment(&self, state: &PottsState, site: usize, environment: &mut Environment) {
        environment.clear(0);
        for &other in self.lattice().slots(site as u32).as_slice() {
            environment.raise(usize::from(state.colours[other as usize]));
        }
    }

    #[inline]
    fn value(&self, state: &PottsState, site: usize) -> usize {
        state.colours[site].into()
    }

    #[inline]
    fn set_value(&self, state: &mut PottsState, site: usize, value: usize, environment: &Environment) {
        let neighbours = |value: usize| environment.level(value) as i64;
        let gained = neighbours(value) - neighbours(usize::from(state.colours[site]));
        state.recolour(site, value as u8, gained);
    }
}

/// The change of a cluster is its new colour.
impl ClusterModel for Potts {
    type Spin = u8;
    type Frame = ();
    type Change = u8;

    fn lattice(&self) -> &Lattice {
        self.lattice()
    }

    fn coupling(&self) -> f64 {
        self.j()
    }

    fn fixed_bond_cost(&self) -> Option<f64> {
        Some(self.j().abs())
    }

    fn spins<'a>(&self, state: &'a PottsState) -> &'a [u8] {
        &state.colours
    }

    fn spins_mut<'a>(&self, state: &'a mut PottsState) -> &'a mut [u8] {
        &mut state.colours
    }

    fn recount(&self, state: &mut PottsState) {
        state.satisfied = self.satisfied_bonds(&state.colours);
        state.counts.clear();
        state.counts.resize(self.q() as usize, 0);
        state.colours.iter().for_each(|&colour| state.counts[usize::from(colour)] += 1);
    }

    fn draw_frame<R: Rng + ?Sized>(&self, _rng: &mut R) {}

    #[inline]
    fn bond_cost(&self, a: u8, b: u8, _frame: &()) -> f64 {
        if a == b { self.j() } else { 0.0 }
    }

    fn draw_change<R: Rng + ?Sized>(&self, _frame: &(), rng: &mut R) -> u8 {
        self.random_colour(rng)
    }

    fn draw_move<R: Rng + ?Sized>(&self, spin: u8, _frame: &(), rng: &mut R) -> u8 {
        self.other_colour(spin, rng)
    }

    #[inline]
    fn changed(&self, _spin: u8, _frame: &(), change: &u8) -> u8 {
        *change
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, LatticeKind};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn systems() -> Vec<Potts> {
        let mut systems = Vec::new();
        for boundary in [Boundary::Periodic, Boundary::Open] {
            for (kind, sides, q, j) in [
                (LatticeKind::Chain, vec![2], 2, 1.0),
                (LatticeKind::Chain, vec![9], 5, -0.7),
                (LatticeKind::Square, vec![2, 5], 3, 1.3),
                (LatticeKind::Square, vec![4, 4], 10, 1.0),
                (LatticeKind::Triangular, vec![3, 4], 3, -1.0),
                (LatticeKind::Honeycomb, vec![4, 4], 64, 0.3),
                (LatticeKind::Cubic, vec![2, 3, 4], 4, 1.0),
            ] {
                systems.push(Potts::new(Lattice::new(kind, &sides, boundary).unwrap(), q, j).unwrap());
            }
        }
        systems
    }

    #[test]
    fn energy_change_is_the_difference_and_the_running_energy_is_exact() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for potts in systems() {
            let mut state = potts.initial_state(&mut rng);
            for _ in 0..2000 {
                let change = potts.propose(&state, &mut rng);
                assert_ne!(change.colour, state.colours()[change.site as usize]);
                potts.apply(&mut state, change);
            }
            assert_eq!(potts.energy(&state), potts.running_energy(&state));
            assert_eq!(state, potts.state(state.colours()));
            for site in 0..potts.lattice().n_sites() as u32 {
                let change = Recolour { site, colour: potts.other_colour(state.colours()[site as usize], &mut rng) };
                let mut changed = state.clone();
                potts.apply(&mut changed, change);
                let difference = potts.energy(&changed) - potts.energy(&state);
                assert!((potts.energy_change(&state, &change) - difference).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn environments_tell_the_energy_of_every_value() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for potts in systems() {
            let levels = potts.local_levels();
            let colours: Vec<u8> = (0..potts.lattice().n_sites()).map(|_| potts.random_colour(&mut rng)).collect();
            let state = potts.state(&colours);
            let mut environment = Environment::default();
            for site in 0..colours.len() {
                potts.environment(&state, site, &mut environment);
                let present = levels[environment.level(usize::from(colours[site]))];
                for value in 0..potts.n_values() {
                    let mut changed = state.clone();
                    potts.set_value(&mut changed, site, value, &environment);
                    assert_eq!(changed, potts.state(changed.colours()));
                    let difference = potts.energy(&changed) - potts.energy(&state);
                    assert!((levels[environment.level(value)] - present - difference).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn clusters_pay_what_a_bond_costs() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let pair = Lattice::new(LatticeKind::Chain, &[2], Boundary::Open).unwrap();
        for j in [1.5, -1.5] {
            let potts = Potts::new(pair.clone(), 4, j).unwrap();
            for (a, b) in [(0, 0), (3, 3), (0, 2), (3, 1)] {
                let before = potts.state(&[a, b]);
                let spin = potts.spins(&before)[0];
                let mut drawn = [0; 4];
                for _ in 0..400 {
                    let change = potts.draw_move(spin, &(), &mut rng);
                    drawn[usize::from(change)] += 1;
                    let mut after = before.clone();
                    potts.spins_mut(&mut after)[0] = potts.changed(spin, &(), &change);
                    potts.recount(&mut after);
                    assert_eq!(after, potts.state(&[change, b]));
                    // Left and changed spins that were equal have no bond any more.
                    if a == b {
                        assert_eq!(potts.energy(&after) - potts.energy(&before), potts.bond_cost(a, b, &()));
                        assert_eq!(potts.bond_cost(change, b, &()), 0.0);
                    } else {
                        assert_eq!(potts.bond_cost(a, b, &()), 0.0);
                    }
                }
                // 400 draws of three colours: 133 each, 9.4 apart from it on average.
                assert_eq!(drawn[usize::from(a)], 0);
                assert!(drawn.iter().enumerate().all(|(c, &n)| c == usize::from(a) || (91..=175).contains(&n)));
            }
            let mut drawn = [0; 4];
            (0..400).for_each(|_| drawn[usize::from(potts.draw_change(&(), &mut rng))] += 1);
            assert!(drawn.iter().all(|n| (61..=139).contains(n)), "{drawn:?}");
        }
    }

    #[test]
    fn order_parameters_run_from_0_to_n() {
        let lattice = Lattice::new(LatticeKind::Square, &[2, 3], Boundary::Periodic).unwrap();
        let potts = Potts::new(lattice, 3, 1.0).unwrap();
        let m = |colours: &[u8]| potts.magnetization(&potts.state(colours));
        assert_eq!((m(&[2; 6]), m(&[0, 1, 2, 0, 1, 2]), m(&[0, 0, 0, 1, 1, 2])), (6.0, 0.0, 1.5));
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let start = potts.initial_state(&mut rng);
        assert_eq!((potts.magnetization(&start), potts.energy(&start)), (6.0, -12.0));
        // Colours beyond q wrap around, missing ones are 0.
        assert_eq!(potts.state(&[4, 3]).colours(), [1, 0, 0, 0, 0, 0]);
    }
}
