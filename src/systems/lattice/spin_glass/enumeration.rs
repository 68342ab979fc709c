//! All states of a small spin glass: levels, ground states, magnetization and overlap in equilibrium.

use super::listed_states::ListedStates;
use super::{SYSTEM, SpinGlass};
use crate::ensemble::{Canonical, Spectrum};
use crate::model::SystemError;
use crate::numerics::sum;
use crate::units::Beta;

/// Most spins whose states are listed; 2^24 energies take 128 MiB, and their probabilities as much for a moment.
const MOST_SPINS: usize = 24;
/// Magnetization and overlap of a spin glass in equilibrium, per site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlassMoments {
    /// `<m>`, m = M/N.
    pub magnetization: f64,
    /// `<abs(m)>`.
    pub abs_magnetization: f64,
    /// `<m^2>`.
    pub m2: f64,
    /// `<q^2> = (1/N^2) sum_ij <s_i s_j>^2`, q the overlap of two independent copies; i = j is included.
    pub q2: f64,
}

/// Energy of every state in small units, by a Gray code: each state differs from the last by one flip.
fn energies(glass: &SpinGlass) -> Vec<i64> {
    let free = glass.free_spins();
    let all_down = (0..glass.n_sites).map(|site| if site < free { -1 } else { 1 }).collect::<Vec<i8>>();
    let mut state = glass.state(&all_down);
    let mut energies = vec![0; 1 << free];
    energies[0] = state.whole_energy();
    for step in 1..energies.len() {
        glass.flip(&mut state, step.trailing_zeros() as usize);
        energies[step ^ (step >> 1)] = state.whole_energy();
    }
    energies
}

impl SpinGlass {
    /// How many states one listed state stands for: without field a state and its reversal have the same energy.
    fn copies(&self) -> u32 {
        if self.h == 0.0 { 2 } else { 1 }
    }

    /// Spins that take both directions in the list of states.
    fn free_spins(&self) -> usize {
        if self.copies() == 2 { self.n_sites - 1 } else { self.n_sites }
    }

    fn listed_states(&self) -> Result<&ListedStates, SystemError> {
        if self.n_sites > MOST_SPINS {
            return Err(SystemError::NoExactResult {
                system: SYSTEM,
                reason: "all states are listed up to 24 spins only; sample it by replica exchange instead",
            });
        }
        match self.listed_states.get() {
            Some(listed) => Ok(listed),
            None => {
                let listed = ListedStates::new(energies(self), self.copies(), |energy| self.energy_of(energy))?;
                Ok(self.listed_states.get_or_init(|| listed))
            }
        }
    }

    /// Levels with their degeneracies; where energies hardly ever tie, one level per state (without field: per state
    /// and its reversal).
    ///
    /// 24 spins take about a second and less than 300 MB.
    ///
    /// # Errors
    ///
    /// More than 24 spins.
    pub fn levels(&self) -> Result<&Spectrum, SystemError> {
        let listed = self.listed_states()?;
        Ok(listed.levels.as_ref().unwrap_or(&listed.states))
    }

    /// All states of lowest energy in ascending order: bit i of a number is set where spin i is up.
    ///
    /// # Errors
    ///
    /// More than 24 spins.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), gibbs::systems::CouplingsError> {
    /// let pair = gibbs::systems::SpinGlass::from_text("0,1,-2.5", 0.0)?;
    /// assert_eq!(pair.ground_states()?, [0b01, 0b10]);
    /// assert_eq!(pair.levels()?.ground_energy(), -2.5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn ground_states(&self) -> Result<Vec<u32>, SystemError> {
        let states = &self.listed_states()?.states;
        let mut ground: Vec<u32> =
            (0u32..).zip(states.excitations()).filter(|(_, e)| **e == 0.0).map(|(k, _)| k).collect();
        if self.copies() == 2 {
            let up = 1u32 << (self.n_sites - 1);
            let reversed: Vec<u32> = ground.iter().map(|k| !k & (up - 1)).collect();
            ground.iter_mut().for_each(|k| *k |= up);
            ground.extend(reversed);
            ground.sort_unstable();
        }
        Ok(ground)
    }

    /// Magnetization and overlap at `beta`, from all states.
    ///
    /// # Errors
    ///
    /// More than 24 spins.
    pub fn glass_moments(&self, beta: Beta) -> Result<GlassMoments, SystemError> {
        let states = &self.listed_states()?.states;
        let mut probabilities = Canonical::new(states, beta).probabilities();
        let n = self.n_sites as f64;
        let always_up = self.n_sites - self.free_spins();
        let m = |k: usize| (2.0 * (k.count_ones() as usize + always_up) as f64 - n) / n;
        let mean = |f: &dyn Fn(f64) -> f64| sum(probabilities.iter().enumerate().map(|(k, p)| p * f(m(k))));
        let magnetization = if self.copies() == 2 { 0.0 } else { mean(&|m| m) };
        let (abs_magnetization, m2) = (mean(&f64::abs), mean(&|m| m * m));
        transform(&mut probabilities);
        // <s_i s_j> is the entry of bits i and j, <s_i s_last> = <s_i> that of bit i where the last spin is up.
        let bit = |site: usize| if site < self.free_spins() { 1usize << site } else { 0 };
        let pairs = (0..self.n_sites).flat_map(|j| (0..j).map(move |i| bit(i) | bit(j)));
        let squares = sum(pairs.map(|mask| probabilities[mask].powi(2)));
        Ok(GlassMoments { magnetization, abs_magnetization, m2, q2: (n + 2.0 * squares) / (n * n) })
    }
}

/// Walsh–Hadamard transform in place: entry k becomes sum_x p(x) (-1)^(number of bits that k and x share), which is, but
/// for a sign, the mean product of the spins of k.
fn transform(values: &mut [f64]) {
    let mut half = 1;
    while half < values.len() {
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Exact, Lattice, LatticeKind, Model};
    use crate::systems::Ising;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn lattice(sides: &[usize]) -> Lattice {
        Lattice::new(LatticeKind::Square, sides, Boundary::Periodic).unwrap()
    }

    fn spins(bits: u32, n: usize) -> Vec<i8> {
        (0..n).map(|i| if bits >> i & 1 == 1 { 1 } else { -1 }).collect()
    }

    #[test]
    fn every_state_has_the_energy_of_the_hamiltonian() {
        for h in [0.0, 0.37] {
            let glass = SpinGlass::gaussian(&lattice(&[3, 4]), h, &mut ChaCha8Rng::seed_from_u64(3)).unwrap();
            let states = &glass.listed_states().unwrap().states;
            let up = if h == 0.0 { 1 << 11 } else { 0 };
            for k in 0..states.len() {
                let energy = glass.energy(&glass.state(&spins(k as u32 | up, 12)));
                assert!((states.energy(k) - energy).abs() <= 1e-13);
            }
            let total = 12.0 * 2f64.ln();
            assert!((glass.entropy_limits().1 - total).abs() < 1e-13 && (states.ln_states() - total).abs() < 1e-13);
        }
    }

    #[test]
    fn moments_are_the_sums_over_all_states() {
        for (h, beta) in [(0.0, 0.7), (0.4, 1.3), (0.4, f64::INFINITY), (0.0, f64::INFINITY), (0.4, -0.5), (0.0, 0.0)] {
            let glass = SpinGlass::bimodal(&lattice(&[3, 3]), h, &mut ChaCha8Rng::seed_from_u64(4)).unwrap();
            let beta = Beta::new(beta).unwrap();
            let states: Vec<Vec<i8>> = (0..512).map(|k| spins(k, 9)).collect();
            let energies = states.iter().map(|s| glass.energy(&glass.state(s))).collect();
            let spectrum = Spectrum::new(energies).unwrap();
            let p = Canonical::new(&spectrum, beta).probabilities();
            let mean = |f: &dyn Fn(&[i8]) -> f64| states.iter().zip(&p).map(|(s, p)| p * f(s)).sum::<f64>();
            let m = |s: &[i8]| s.iter().map(|&s| f64::from(s)).sum::<f64>() / 9.0;
            let pair = |i: usize, j: usize| mean(&|s| f64::from(s[i] * s[j]));
            let q2 = (0..81).map(|ij| pair(ij / 9, ij % 9).powi(2)).sum::<f64>() / 81.0;
            let moments = glass.glass_moments(beta).unwrap();
            let close = |a: f64, b: f64| (a - b).abs() < 1e-13;
            assert!(close(moments.magnetization, mean(&m)) && close(moments.abs_magnetization, mean(&|s| m(s).abs())));
            assert!(close(moments.m2, mean(&|s| m(s).powi(2))) && close(moments.q2, q2), "{moments:?} {q2}");
            let thermo = glass.thermo(beta).unwrap();
            let listed = Canonical::new(&spectrum, beta).thermo();
            assert!(close(thermo.energy, listed.energy) && close(thermo.entropy, listed.entropy));
        }
    }

    #[test]
    fn a_uniform_glass_is_the_ising_model() {
        let torus = lattice(&[4, 5]);
        let bonds: String = torus.bonds().map(|(i, j)| format!("{i},{j},0.7\n")).collect();
        for h in [0.0, 0.3] {
            let glass = SpinGlass::from_text(&bonds, h).unwrap().matching(&torus).unwrap();
            let ising = Ising::torus(4, 5, 0.7, h).unwrap();
            for beta in [0.2, 0.6, 2.0].map(|beta| Beta::new(beta).unwrap()) {
                let (ours, theirs) = (glass.thermo(beta).unwrap(), ising.thermo(beta).unwrap());
                assert!((ours.energy / theirs.energy - 1.0).abs() < 1e-12);
                assert!((ours.heat_capacity / theirs.heat_capacity - 1.0).abs() < 1e-10);
                let (ours, theirs) = (glass.glass_moments(beta).unwrap(), ising.magnetic_moments(beta).unwrap());
                assert!((ours.m2 - theirs.m2).abs() < 1e-13);
                assert!((ours.abs_magnetization - theirs.abs_magnetization).abs() < 1e-13);
            }
            assert_eq!(
                glass.ground_states().unwrap(),
                if h == 0.0 { vec![0, (1 << 20) - 1] } else { vec![(1 << 20) - 1] }
            );
        }
    }

    #[test]
    fn decimal_couplings_tie_exactly() {
        // 0.1 + 0.2 = 0.3 in the table, though not in binary.
        let ring = SpinGlass::from_text("0,1,0.1\n1,2,0.2\n2,3,0.3\n3,0,-0.3", 0.0).unwrap();
        assert_eq!((ring.levels().unwrap().ground_energy(), ring.ground_states().unwrap().len()), (-0.7, 2));
        let degeneracies: Vec<f64> =
            (0..ring.levels().unwrap().len()).map(|i| ring.levels().unwrap().ln_degeneracy(i).exp().round()).collect();
        assert_eq!(degeneracies, [2.0, 2.0, 4.0, 4.0, 2.0, 2.0]);
    }

    #[test]
    fn too_many_spins_are_refused_with_the_remedy() {
        let glass = SpinGlass::bimodal(&lattice(&[5, 5]), 0.0, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let message = "spin_glass has no exact result here: all states are listed up to 24 spins only; sample it by \
                       replica exchange instead";
        assert_eq!(glass.thermo(Beta::ZERO).unwrap_err().to_string(), message);
        assert_eq!(glass.glass_moments(Beta::ZERO).unwrap_err().to_string(), message);
        let (ground, all) = glass.entropy_limits();
        assert!(ground.is_nan() && all == 25.0 * 2f64.ln());
    }

    #[test]
    #[ignore = "16 million states: seconds and 256 MiB"]
    fn twenty_four_spins_in_a_field() {
        let glass = SpinGlass::gaussian(&lattice(&[4, 6]), 0.1, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let beta = Beta::new(1.0).unwrap();
        let step = 1e-4;
        let at = |shift: f64| glass.thermo(Beta::new(1.0 + shift).unwrap()).unwrap();
        let slope = (at(step).ln_z - at(-step).ln_z) / (2.0 * step);
        assert!((slope + glass.thermo(beta).unwrap().energy).abs() < 1e-6);
        assert!(glass.glass_moments(beta).unwrap().q2 > 0.0);
    }
}
