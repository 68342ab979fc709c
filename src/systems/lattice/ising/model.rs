//! Ising states and single-spin flips: energies from exact integers, so a running energy never drifts.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::Ising;
use crate::model::{ClusterModel, Environment, Lattice, LocalStates, Magnet, Model};
use crate::samplers::{Sampler, Wolff};

/// Spins with their running bond sum and magnetization, both exact integers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IsingState {
    spins: Vec<i8>,
    bond_sum: i64,
    magnetization: i64,
}

impl IsingState {
    /// The spins, +1 or -1, `[n_sites]`, row by row.
    #[must_use]
    pub fn spins(&self) -> &[i8] {
        &self.spins
    }

    /// B = sum of s s' over the bonds.
    #[must_use]
    pub fn bond_sum(&self) -> i64 {
        self.bond_sum
    }

    /// M = sum of s.
    #[must_use]
    pub fn magnetization(&self) -> i64 {
        self.magnetization
    }

    /// Flips `site`, whose neighbours sum to `neighbour_sum`.
    #[inline]
    pub(crate) fn flip(&mut self, site: u32, neighbour_sum: i32) {
        let spin = &mut self.spins[site as usize];
        self.bond_sum -= 2 * i64::from(i32::from(*spin) * neighbour_sum);
        self.magnetization -= 2 * i64::from(*spin);
        *spin = -*spin;
    }
}

/// A proposed flip of one spin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// The site.
    pub site: u32,
}

impl Ising {
    /// The state with these spins, `[n_sites]`, zero and positive numbers up; missing sites are up and extra ones
    /// ignored.
    #[must_use]
    pub fn state(&self, spins: &[i8]) -> IsingState {
        let sign = |site: usize| if spins.get(site).is_some_and(|&s| s < 0) { -1 } else { 1 };
        let mut state =
            IsingState { spins: (0..self.lattice().n_sites()).map(sign).collect(), bond_sum: 0, magnetization: 0 };
        self.recount(&mut state);
        state
    }

    /// E = -J B - h M of a state with bond sum B and magnetization M.
    #[must_use]
    pub fn energy_of(&self, bond_sum: i64, magnetization: i64) -> f64 {
        let (b, m) = (bond_sum as f64, magnetization as f64);
        // In units of J, levels that tie (h/J a small fraction) tie exactly.
        if self.j() == 0.0 { -self.h() * m } else { -self.j() * (b + self.h() / self.j() * m) }
    }

    /// E after minus E before flipping a spin `s` whose neighbours sum to `neighbour_sum`.
    pub(crate) fn flip_energy(&self, s: i8, neighbour_sum: i32) -> f64 {
        2.0 * (self.j() * f64::from(i32::from(s) * neighbour_sum) + self.h() * f64::from(s))
    }
}

impl Model for Ising {
    type State = IsingState;
    type Move = Flip;

    /// All spins parallel (J >= 0; along the field, or either way at h = 0) or alternating (J < 0): a random start
    /// would freeze into stripes at low temperature.
    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> IsingState {
        let up = if self.h() == 0.0 { rng.random_range(0..2u32) == 1 } else { self.h() > 0.0 };
        let alternates = |site: usize| self.j() < 0.0 && self.lattice().sublattice(site) == 1;
        let spins: Vec<i8> =
            (0..self.lattice().n_sites()).map(|site| if up != alternates(site) { 1 } else { -1 }).collect();
        self.state(&spins)
    }

    /// In a field, the ferromagnet against it: where the field is weak, chains stay in either direction.
    fn opposite_state<R: Rng + ?Sized>(&self, rng: &mut R) -> Option<IsingState> {
        let against = |along: IsingState| self.state(&along.spins.iter().map(|s| -s).collect::<Vec<i8>>());
        (self.h() != 0.0 && self.j() > 0.0).then(|| against(self.initial_state(rng)))
    }

    fn fits(&self, state: &IsingState) -> bool {
        self.state(&state.spins) == *state
    }

    fn energy(&self, state: &IsingState) -> f64 {
        self.energy_of(self.lattice().bond_sum(&state.spins), magnetization(&state.spins))
    }

    fn running_energy(&self, state: &IsingState) -> f64 {
        self.energy_of(state.bond_sum, state.magnetization)
    }

    /// A site chosen at random.
    #[inline]
    fn propose<R: Rng + ?Sized>(&self, _state: &IsingState, rng: &mut R) -> Flip {
        Flip { site: rng.random_range(0..self.lattice().n_sites() as u32) }
    }

    #[inline]
    fn energy_change(&self, state: &IsingState, change: &Flip) -> f64 {
        let sum = self.lattice().neighbour_sum(&state.spins, change.site);
        self.flip_energy(state.spins[change.site as usize], sum)
    }

    #[inline]
    fn apply(&self, state: &mut IsingState, change: Flip) {
        let sum = self.lattice().neighbour_sum(&state.spins, change.site);
        state.flip(change.site, sum);
    }

    /// N, or N + 1 for even N: at infinite temperature every flip is made, and an even number of flips would keep
    /// the parity of M for ever.
    fn moves_per_sweep(&self) -> usize {
        self.lattice().n_sites() | 1
    }
}

impl Magnet for Ising {
    fn magnetization(&self, state: &IsingState) -> f64 {
        state.magnetization() as f64
    }
}

/// Value 0 is down and 1 is up; a level is twice the sum of the neighbours, from the lowest on, plus the value.
impl LocalStates for Ising {
    fn site_count(&self) -> usize {
        self.lattice().n_sites()
    }

    fn n_values(&self) -> usize {
        2
    }

    fn local_levels(&self) -> Vec<f64> {
        let most = self.lattice().coordination() as i32;
        // Half the energy that a flip would gain: -J s sum - h s.
        let levels = |sum: i32| [-1, 1].map(|spin| -0.5 * self.flip_energy(spin, sum));
        (-most..=most).flat_map(levels).collect()
    }

    #[inline]
    fn environment(&self, state: &IsingState, site: usize, environment: &mut Environment) {
        let sum = self.lattice().neighbour_sum(&state.spins, site as u32);
        let level = 2 * (sum + self.lattice().coordination() as i32) as usize;
        environment.clear(level);
        environment.list(1, level + 1);
    }

    #[inline]
    fn value(&self, state: &IsingState, site: usize) -> usize {
        usize::from(state.spins[site] > 0)
    }

    #[inline]
    fn set_value(&self, state: &mut IsingState, site: usize, value: usize, environment: &Environment) {
        if (state.spins[site] > 0) != (value == 1) {
            state.flip(site as u32, (environment.level(0) / 2) as i32 - self.lattice().coordination() as i32);
        }
    }
}

/// Sum of s; that of 64 fits into a byte.
fn magnetization(spins: &[i8]) -> i64 {
    spins.chunks(64).map(|spins| i64::from(spins.iter().sum::<i8>())).sum()
}

/// Clusters of satisfied bonds are flipped or left: of parallel spins where beta J > 0, alternating ones otherwise.
impl ClusterModel for Ising {
    type Spin = i8;
    type Frame = ();
    /// Whether the cluster is flipped.
    type Change = bool;

    fn lattice(&self) -> &Lattice {
        self.lattice()
    }

    fn coupling(&self) -> f64 {
        self.j()
    }

    fn has_field(&self) -> bool {
        self.h() != 0.0
    }

    #[inline]
    fn field_energy(&self, spin: i8) -> f64 {
        -self.h() * f64::from(spin)
    }

    fn has_antiferromagnetic_clusters(&self) -> bool {
        true
    }

    fn fixed_bond_cost(&self) -> Option<f64> {
        Some(2.0 * self.j().abs())
    }

    fn spins<'a>(&self, state: &'a IsingState) -> &'a [i8] {
        &state.spins
    }

    fn spins_mut<'a>(&self, state: &'a mut IsingState) -> &'a mut [i8] {
        &mut state.spins
    }

    fn recount(&self, state: &mut IsingState) {
        state.bond_sum = self.lattice().bond_sum(&state.spins);
        state.magnetization = magnetization(&state.spins);
    }

    fn draw_frame<R: Rng + ?Sized>(&self, _rng: &mut R) {}

    fn bond_cost(&self, a: i8, b: i8, (): &()) -> f64 {
        2.0 * self.j() * f64::from(a * b)
    }

    #[inline]
    fn draw_change<R: Rng + ?Sized>(&self, (): &(), rng: &mut R) -> bool {
        rng.next_u32() >> 31 == 1
    }

    #[inline]
    fn draw_move<R: Rng + ?Sized>(&self, _spin: i8, (): &(), _rng: &mut R) -> bool {
        true
    }

    #[inline]
    fn changed(&self, spin: i8, (): &(), change: &bool) -> i8 {
        if *change { -spin } else { spin }
    }
}

impl Wolff<'_, Ising> {
    /// M, magnetization of the present state.
    #[must_use]
    pub fn magnetization(&self) -> i64 {
        self.state().magnetization()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn energy_change_is_the_difference_and_the_running_energy_is_exact() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let systems = [
            Ising::ring(2, 1.0, 0.3).unwrap(),
            Ising::ring(7, -0.7, 0.3).unwrap(),
            Ising::torus(2, 2, 1.0, 0.0).unwrap(),
            Ising::torus(2, 5, 1.3, -0.4).unwrap(),
            Ising::torus(3, 3, 1.0, 0.1).unwrap(),
            Ising::torus(4, 6, -1.0, 0.25).unwrap(),
        ];
        for ising in systems {
            let mut state = ising.initial_state(&mut rng);
            for _ in 0..2000 {
                let change = ising.propose(&state, &mut rng);
                ising.apply(&mut state, change);
            }
            assert_eq!(ising.energy(&state), ising.energy_of(state.bond_sum(), state.magnetization()));
            assert_eq!(state, ising.state(state.spins()));
            for site in 0..ising.lattice().n_sites() as u32 {
                let mut changed = state.clone();
                ising.apply(&mut changed, Flip { site });
                let difference = ising.energy(&changed) - ising.energy(&state);
                assert!((ising.energy_change(&state, &Flip { site }) - difference).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn starts_are_ground_states_where_nothing_frustrates() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let start = |ising: Ising, rng: &mut ChaCha8Rng| {
            let state = ising.initial_state(rng);
            ising.energy(&state)
        };
        assert_eq!(start(Ising::torus(4, 6, -1.0, 0.0).unwrap(), &mut rng), -48.0);
        assert_eq!(start(Ising::torus(3, 5, 1.0, -0.5).unwrap(), &mut rng), -37.5);
        assert_eq!(start(Ising::ring(7, -1.0, 0.0).unwrap(), &mut rng), -5.0);
    }
}
