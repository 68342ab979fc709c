//! Spin-glass states and single-spin flips: local fields kept up to date in whole numbers, so no energy drifts.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::SpinGlass;
use crate::model::{Magnet, Model};
use crate::systems::Flip;

/// Spins with their local fields, running energy and magnetization, all exact whole numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlassState {
    spins: Vec<i8>,
    /// h + sum_j J_ij s_j in small units.
    fields: Vec<i64>,
    /// In small units.
    energy: i64,
    magnetization: i64,
}

impl GlassState {
    /// The spins, +1 or -1, `[n_sites]`.
    #[must_use]
    pub fn spins(&self) -> &[i8] {
        &self.spins
    }

    /// M = sum of s.
    #[must_use]
    pub fn magnetization(&self) -> i64 {
        self.magnetization
    }

    /// E in small units.
    #[inline]
    pub(super) fn whole_energy(&self) -> i64 {
        self.energy
    }

    /// s f of the spin at `site` in its local field f, in small units: half of what its flip costs.
    #[inline]
    pub(crate) fn alignment(&self, site: usize) -> i64 {
        self.fields[site] * i64::from(self.spins[site])
    }

    /// q = (1/N) sum of s s' with the spins of `other`, a second state of the same glass.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f64 {
        let products: i64 = self.spins.iter().zip(&other.spins).map(|(s, t)| i64::from(s * t)).sum();
        products as f64 / self.spins.len() as f64
    }
}

impl SpinGlass {
    /// The state with these spins, `[n_sites]`, zero and positive numbers up; missing sites are up and extra ones
    /// ignored.
    #[must_use]
    pub fn state(&self, spins: &[i8]) -> GlassState {
        let sign = |site: usize| if spins.get(site).is_some_and(|&s| s < 0) { -1 } else { 1 };
        let spins: Vec<i8> = (0..self.n_sites).map(sign).collect();
        let local = |site: usize| self.around(site).map(|(other, coupling)| coupling * i64::from(spins[other])).sum();
        let bonds: Vec<i64> = (0..self.n_sites).map(local).collect();
        // Every bond is seen from both of its ends.
        let twice: i64 = bonds.iter().zip(&spins).map(|(sum, &s)| sum * i64::from(s)).sum();
        let magnetization = spins.iter().map(|&s| i64::from(s)).sum();
        let fields = bonds.into_iter().map(|sum| sum + self.field).collect();
        GlassState { spins, fields, energy: -twice / 2 - self.field * magnetization, magnetization }
    }

    /// Flips the spin at `site`.
    #[inline]
    pub(crate) fn flip(&self, state: &mut GlassState, site: usize) {
        let twice = 2 * i64::from(state.spins[site]);
        state.energy += twice * state.fields[site];
        state.magnetization -= twice;
        state.spins[site] = -state.spins[site];
        for (other, coupling) in self.around(site) {
            state.fields[other] -= twice * coupling;
        }
    }
}

impl Model for SpinGlass {
    type State = GlassState;
    type Move = Flip;

    /// Every spin at random.
    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> GlassState {
        let spins: Vec<i8> = (0..self.n_sites).map(|_| if rng.random_range(0..2u32) == 1 { 1 } else { -1 }).collect();
        self.state(&spins)
    }

    fn fits(&self, state: &GlassState) -> bool {
        self.state(&state.spins) == *state
    }

    fn energy(&self, state: &GlassState) -> f64 {
        self.energy_of(self.state(&state.spins).energy)
    }

    fn running_energy(&self, state: &GlassState) -> f64 {
        self.energy_of(state.energy)
    }

    /// A site chosen at random.
    #[inline]
    fn propose<R: Rng + ?Sized>(&self, _state: &GlassState, rng: &mut R) -> Flip {
        Flip { site: rng.random_range(0..self.n_sites as u32) }
    }

    #[inline]
    fn energy_change(&self, state: &GlassState, change: &Flip) -> f64 {
        self.energy_of(2 * state.alignment(change.site as usize))
    }

    #[inline]
    fn apply(&self, state: &mut GlassState, change: Flip) {
        self.flip(state, change.site as usize);
    }

    /// N, or N + 1 for even N: at infinite temperature every flip is made, and an even number of flips would keep
    /// the parity of M for ever.
    fn moves_per_sweep(&self) -> usize {
        self.n_sites | 1
    }
}

impl Magnet for SpinGlass {
    fn magnetization(&self, state: &GlassState) -> f64 {
        state.magnetization as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Lattice, LatticeKind};
    use crate::numerics::sum;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    /// The Hamiltonian as it is written.
    fn direct(glass: &SpinGlass, spins: &[i8]) -> f64 {
        let bonds = glass.bonds().iter().map(|b| -b.coupling * f64::from(spins[b.i as usize] * spins[b.j as usize]));
        sum(bonds.chain(spins.iter().map(|&s| -glass.h() * f64::from(s))))
    }

    #[test]
    fn energies_follow_a_million_flips_without_drift() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let cubic = Lattice::new(LatticeKind::Cubic, &[3, 4, 2], Boundary::Periodic).unwrap();
        for glass in [
            SpinGlass::gaussian(&cubic, 0.0, &mut rng).unwrap(),
            SpinGlass::gaussian(&cubic, -0.37, &mut rng).unwrap(),
            SpinGlass::bimodal(&cubic, 0.25, &mut rng).unwrap(),
            SpinGlass::from_text("0,1,1e200\n1,2,-3.3e190\n2,3,0.1", 0.0).unwrap(),
            SpinGlass::from_text("0,1,1e-200\n1,2,-3.3e-201", 1e-202).unwrap(),
            SpinGlass::from_text("0,1,0\n1,2,0", 0.0).unwrap(),
        ] {
            let mut state = glass.initial_state(&mut rng);
            for _ in 0..1_000_000 {
                let change = glass.propose(&state, &mut rng);
                glass.apply(&mut state, change);
            }
            assert_eq!(state, glass.state(state.spins()));
            let magnitude: f64 = glass.bonds().iter().map(|bond| bond.coupling.abs()).sum();
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-15 * magnitude;
            assert!(close(glass.running_energy(&state), direct(&glass, state.spins())));
            assert_eq!(glass.running_energy(&state), glass.energy(&state));
            assert_eq!(glass.magnetization(&state), sum(state.spins().iter().map(|&s| f64::from(s))));
            for site in 0..glass.n_sites as u32 {
                let mut changed = state.clone();
                glass.apply(&mut changed, Flip { site });
                let difference = direct(&glass, changed.spins()) - direct(&glass, state.spins());
                assert!((glass.energy_change(&state, &Flip { site }) - difference).abs() <= 4e-15 * magnitude);
            }
        }
    }

    #[test]
    fn overlaps_run_from_minus_one_to_one() {
        let glass = SpinGlass::from_text("0,1,1\n1,2,1\n2,3,1", 0.0).unwrap();
        let state = |spins: &[i8]| glass.state(spins);
        assert_eq!(state(&[1, -1, 1, 1]).overlap(&state(&[1, -1, 1, 1])), 1.0);
        assert_eq!(state(&[1, -1, 1, 1]).overlap(&state(&[-1, 1, -1, -1])), -1.0);
        assert_eq!(state(&[1, -1, 1, 1]).overlap(&state(&[1, 1, 1, 1])), 0.5);
    }

    #[test]
    fn refusals() {
        let message = |text, h| SpinGlass::from_text(text, h).unwrap_err().to_string();
        assert_eq!(message("0,1,1", f64::NAN), "spin_glass: `h` must be a finite number, got `NaN`");
        assert!(message("0,1,1e308\n1,2,1e308", 0.0).starts_with("couplings and fields must add up to 0 or"));
        assert!(message("0,1,1e-300", 0.0).ends_with("got 1e-300"));
        let huge = Lattice::new(LatticeKind::Cubic, &[1024, 1024, 1024], Boundary::Periodic).unwrap();
        let refused = SpinGlass::gaussian(&huge, 0.0, &mut ChaCha8Rng::seed_from_u64(1)).unwrap_err().to_string();
        let expected = "spin_glass: `l` must be a lattice of at most 2^24 sites, got `cubic 1024x1024x1024`";
        assert_eq!(refused, expected);
    }
}
