//! The Blume–Capel model: spins 1, 0 and -1 with a price on those that are not 0.
//!
//! Energies and temperatures in units of one arbitrary energy, k_B = 1. On the square lattice the order of the spins is
//! lost continuously for small delta and at once for large delta, where ordered spins and vacancies (s = 0) coexist; the two
//! lines meet in a tricritical point, delta/J = 1.966 and T/J = 0.608. Beyond delta = z J/2 (z neighbours) vacancies win at T = 0.

mod clusters;
mod row;

use std::sync::OnceLock;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::automatic::mean_field_temperature;
use super::few_spins::{CountedStates, StateGroup, visit_states};
use super::transfer;
use crate::ensemble::Thermo;
use crate::model::{
    Boundary, Enumerable, Environment, Exact, Lattice, LatticeKind, LocalStates, Magnet, Model, SystemError,
};
use crate::simulation::EnergyGrid;
use crate::units::Beta;

pub(in crate::systems) use row::ROW;

const SYSTEM: &str = "blume_capel";
/// 3^16 states are counted in half a second.
const MOST_COUNTED: usize = 16;
/// Energies that differ by less, relative to the largest that can occur, are equal.
const ROUNDING: f64 = 1e-13;

/// The Blume–Capel model `H = -J sum s s' + delta sum s^2 - h sum s` with s = 1, 0 or -1 on a finite lattice.
///
/// Exact results: chains of any length, by transfer matrix; any lattice of up to 16 spins, whose states are counted.
///
/// Where order and vacancies coexist, single-spin chains shorter than the lives of both phases give one of them and an error bar that
/// knows nothing of the other, though two starts agree: there, compare tempering with longer tempering.
///
/// # Examples
///
/// ```
/// use gibbs::model::{Boundary, Exact, Lattice, LatticeKind};
/// use gibbs::systems::BlumeCapel;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// // The transfer matrix of a ring at beta = 1 has eigenvalues 2 w sinh J and (a + 1)/2 +- sqrt((a - 1)^2/4 + 2 w)
/// // with w = e^-delta and a = 2 w cosh J.
/// let ring = BlumeCapel::new(Lattice::new(LatticeKind::Chain, &[8], Boundary::Periodic)?, 1.0, 0.4, 0.0)?;
/// let (w, a) = ((-0.4f64).exp(), 2.0 * (-0.4f64).exp() * 1f64.cosh());
/// let root = ((a - 1.0).powi(2) / 4.0 + 2.0 * w).sqrt();
/// let eigenvalues = [2.0 * w * 1f64.sinh(), (a + 1.0) / 2.0 + root, (a + 1.0) / 2.0 - root];
/// let ln_z = eigenvalues.iter().map(|x| x.powi(8)).sum::<f64>().ln();
/// assert!((ring.thermo(Beta::new(1.0)?)?.ln_z - ln_z).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. Blume, Phys. Rev. 141, 517 (1966), doi:10.1103/PhysRev.141.517; H. W. Capel, Physica 32, 966 (1966),
/// doi:10.1016/0031-8914(66)90027-9. Tricritical point of the square lattice: C. J. Silva, A. A. Caparica and
/// J. A. Plascak, Phys. Rev. E 73, 036702 (2006), doi:10.1103/PhysRevE.73.036702.
#[derive(Clone, Debug)]
pub struct BlumeCapel {
    lattice: Lattice,
    j: f64,
    delta: f64,
    h: f64,
    /// Energy of every value at a site, by the sum of the spins around it: see [`BlumeCapel::level`].
    levels: Vec<f64>,
    /// All states with the sums of M, |M|, M^2, M^4 and s^2, once they have been asked for.
    counted: OnceLock<CountedStates<5>>,
}

/// Spins with what the energy is made of, counted along as exact integers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlumeCapelState {
    spins: Vec<i8>,
    bonds: i64,
    squares: i64,
    magnetization: i64,
}

impl BlumeCapelState {
    /// The spins 1, 0 and -1, `[n_sites]`, in the order of the lattice's sites.
    #[must_use]
    pub fn spins(&self) -> &[i8] {
        &self.spins
    }

    /// Gives `site`, whose neighbours add up to `around`, the spin `to`.
    #[inline]
    fn set(&mut self, site: usize, to: i8, around: i64) {
        let spin = &mut self.spins[site];
        let (old, new) = (i64::from(*spin), i64::from(to));
        self.bonds += (new - old) * around;
        self.squares += new * new - old * old;
        self.magnetization += new - old;
        *spin = to;
    }
}

/// A proposed new value of one spin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpinChange {
    /// The site.
    pub site: u32,
    /// Its new spin.
    pub to: i8,
}

impl BlumeCapel {
    /// The model on `lattice` with coupling `j`, price `delta` of a spin that is not 0, and field `h`.
    ///
    /// # Errors
    ///
    /// An energy that is not finite.
    pub fn new(lattice: Lattice, j: f64, delta: f64, h: f64) -> Result<Self, SystemError> {
        if let Some((name, value)) = [("j", j), ("delta", delta), ("h", h)].into_iter().find(|(_, x)| !x.is_finite()) {
            return Err(SystemError::parameter(SYSTEM, name, "finite", value));
        }
        let z = lattice.coordination() as i32;
        let tiny = ROUNDING * (delta.abs() + h.abs() + j.abs() * f64::from(z));
        // Values that are equal but for rounding are equal: at T = 0 they are equally likely.
        let snapped = |energy: f64| if energy.abs() <= tiny { 0.0 } else { energy };
        let level = |(spin, around): (i32, i32)| {
            let (spin, field) = (f64::from(spin), snapped(h + j * f64::from(around)));
            snapped(delta * spin * spin - field * spin)
        };
        let levels = (-1..=1).flat_map(|spin| (-z..=z).map(move |around| (spin, around))).map(level).collect();
        Ok(Self { lattice, j: j + 0.0, delta: delta + 0.0, h: h + 0.0, levels, counted: OnceLock::new() })
    }

    /// The lattice.
    #[must_use]
    pub fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    /// J, coupling.
    #[must_use]
    pub fn j(&self) -> f64 {
        self.j
    }

    /// delta, price of a spin that is not 0.
    #[must_use]
    pub fn delta(&self) -> f64 {
        self.delta
    }

    /// h, field.
    #[must_use]
    pub fn h(&self) -> f64 {
        self.h
    }

    /// The state with these spins, `[n_sites]`, of which only the signs count; missing sites are 0, extra ones are ignored.
    #[must_use]
    pub fn state(&self, spins: &[i8]) -> BlumeCapelState {
        let spin = |site: usize| spins.get(site).map_or(0, |spin| spin.signum());
        let spins: Vec<i8> = (0..self.lattice.n_sites()).map(spin).collect();
        let of = |power: u32| spins.iter().map(|&s| i64::from(s).pow(power)).sum();
        BlumeCapelState { bonds: self.bond_sum(&spins), squares: of(2), magnetization: of(1), spins }
    }

    fn bond_sum(&self, spins: &[i8]) -> i64 {
        self.lattice.bonds().map(|(i, k)| i64::from(spins[i] * spins[k])).sum()
    }

    fn energy_of(&self, bonds: i64, squares: i64, magnetization: i64) -> f64 {
        // Adding zero turns -0 into 0.
        -self.j * bonds as f64 + self.delta * squares as f64 - self.h * magnetization as f64 + 0.0
    }

    /// The place among [`BlumeCapel::levels`] of `spin` where the spins around add up to `around`.
    #[inline]
    fn level(&self, spin: i8, around: i64) -> usize {
        let z = self.lattice.coordination() as i64;
        ((i64::from(spin) + 1) * (2 * z + 1) + around + z) as usize
    }

    #[inline]
    fn around(&self, state: &BlumeCapelState, site: u32) -> i64 {
        i64::from(self.lattice.neighbour_sum(&state.spins, site))
    }

    /// The largest energy that could occur.
    fn scale(&self) -> f64 {
        self.j.abs() * self.lattice.n_bonds() as f64 + (self.delta.abs() + self.h.abs()) * self.n_sites()
    }
}

impl Model for BlumeCapel {
    type State = BlumeCapelState;
    type Move = SpinChange;

    /// Order, whatever delta; random spins where bonds are frustrated.
    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> BlumeCapelState {
        let sites = 0..self.lattice.n_sites();
        let spins: Vec<i8> = if self.j >= 0.0 || self.lattice.is_bipartite() {
            let drawn = if rng.random() { 1 } else { -1 };
            let up = if self.h != 0.0 { self.h.signum() as i8 } else { drawn };
            let flipped = |site| self.j < 0.0 && self.lattice.sublattice(site) == 1;
            sites.map(|site| if flipped(site) { -up } else { up }).collect()
        } else {
            sites.map(|_| rng.random_range(-1..=1)).collect()
        };
        self.state(&spins)
    }

    /// Vacancies where they may coexist with order: quenched from infinite temperature, small lattices order though they should not. Else,
    /// in a field, the ferromagnet against it: where the field is weak, chains stay in either direction.
    fn opposite_state<R: Rng + ?Sized>(&self, rng: &mut R) -> Option<BlumeCapelState> {
        if self.may_coexist() {
            return Some(self.state(&[]));
        }
        let against = |along: BlumeCapelState| self.state(&along.spins.iter().map(|s| -s).collect::<Vec<i8>>());
        (self.h != 0.0 && self.j > 0.0).then(|| against(self.initial_state(rng)))
    }

    fn fits(&self, state: &BlumeCapelState) -> bool {
        self.state(&state.spins) == *state
    }

    fn energy(&self, state: &BlumeCapelState) -> f64 {
        let counted = self.state(&state.spins);
        self.energy_of(counted.bonds, counted.squares, counted.magnetization)
    }

    fn running_energy(&self, state: &BlumeCapelState) -> f64 {
        self.energy_of(state.bonds, state.squares, state.magnetization)
    }

    /// A site chosen at random, and one of its two other values.
    #[inline]
    fn propose<R: Rng + ?Sized>(&self, state: &BlumeCapelState, rng: &mut R) -> SpinChange {
        let site = rng.random_range(0..self.lattice.n_sites() as u32);
        let step = rng.random_range(1..=2);
        SpinChange { site, to: (state.spins[site as usize] + 1 + step) % 3 - 1 }
    }

    #[inline]
    fn energy_change(&self, state: &BlumeCapelState, change: &SpinChange) -> f64 {
        let around = self.around(state, change.site);
        let from = state.spins[change.site as usize];
        self.levels[self.level(change.to, around)] - self.levels[self.level(from, around)]
    }

    #[inline]
    fn apply(&self, state: &mut BlumeCapelState, change: SpinChange) {
        let around = self.around(state, change.site);
        state.set(change.site as usize, change.to, around);
    }

    fn moves_per_sweep(&self) -> usize {
        self.lattice.n_sites()
    }
}

impl Magnet for BlumeCapel {
    fn magnetization(&self, state: &BlumeCapelState) -> f64 {
        state.magnetization as f64
    }
}

/// Value v is the spin v - 1.
impl LocalStates for BlumeCapel {
    fn site_count(&self) -> usize {
        self.lattice.n_sites()
    }

    fn n_values(&self) -> usize {
        3
    }

    fn local_levels(&self) -> Vec<f64> {
        self.levels.clone()
    }

    #[inline]
    fn environment(&self, state: &BlumeCapelState, site: usize, environment: &mut Environment) {
        let around = self.around(state, site as u32);
        environment.clear(self.level(0, around));
        environment.list(0, self.level(-1, around));
        environment.list(2, self.level(1, around));
    }

    #[inline]
    fn value(&self, state: &BlumeCapelState, site: usize) -> usize {
        (state.spins()[site] + 1) as usize
    }

    #[inline]
    fn set_value(&self, state: &mut BlumeCapelState, site: usize, value: usize, environment: &Environment) {
        let around = environment.level(0) as i64 - self.lattice.coordination() as i64;
        state.set(site, value as i8 - 1, around);
    }
}

/// 3^N states: the spin of site i is digit i in base 3, less 1. Of more than 39 spins the first 3^39 states are listed.
impl Enumerable for BlumeCapel {
    fn states(&self) -> impl Iterator<Item = BlumeCapelState> {
        let n = self.lattice.n_sites();
        (0..3u64.pow(n.min(39) as u32)).map(move |code| {
            let spin = |site: usize| if site < 39 { (code / 3u64.pow(site as u32) % 3) as i8 - 1 } else { -1 };
            self.state(&(0..n).map(spin).collect::<Vec<i8>>())
        })
    }
}

impl BlumeCapel {
    /// Whether mean-field theory, which overestimates the range, has a first-order transition: z J (2/3) ln 2 < delta < z J/2.
    fn may_coexist(&self) -> bool {
        let pull = mean_field_temperature(&self.lattice, self.j);
        let range = 2.0 / 3.0 * std::f64::consts::LN_2 * pull..=0.5 * pull;
        pull > 0.0 && range.contains(&(self.delta - self.h.abs()))
    }

    /// A grid that holds all energies where J, delta and h are multiples of one step.
    fn energy_grid(&self) -> Option<EnergyGrid> {
        let halves = [self.j, self.delta, self.h].map(|x| 0.5 * x.abs());
        // The step of spins that flip is twice that of their couplings, here the step itself.
        let step = EnergyGrid::symmetric(0.0, halves.into_iter().filter(|&half| half > 0.0))?.step;
        // Each bond gives half of its energy to each of its ends.
        let sites = 0..self.lattice.n_sites();
        let pulls = sites.map(|site| self.h.abs() + 0.5 * self.j.abs() * self.lattice.neighbours(site).count() as f64);
        let bounds = pulls.map(|pull| ((self.delta - pull).min(0.0), (self.delta + pull).max(0.0)));
        let (lowest, highest) = bounds.fold((0.0, 0.0), |sum, bound| (sum.0 + bound.0, sum.1 + bound.1));
        let outwards = |energy: f64| step * (energy / step - 1e-6).ceil();
        Some(EnergyGrid { lowest: -outwards(-lowest), highest: outwards(highest), step })
    }

    /// ln g_0 where nothing is frustrated and all sites are alike (or no vacancy pays): a bond of s and s' is worth at most
    /// `abs(J) (s^2 + s'^2)/2`, so that all spins are aligned, all are 0, or both are equally good.
    fn ln_ground_states(&self) -> Option<f64> {
        let unfrustrated = self.j > 0.0 || (self.j < 0.0 && self.h == 0.0 && self.lattice.is_bipartite());
        let pull = self.h.abs() + 0.5 * mean_field_temperature(&self.lattice, self.j);
        let price = self.delta - pull;
        let aligned = if self.h == 0.0 { 2.0 } else { 1.0 };
        let states = if price.abs() <= ROUNDING * pull {
            aligned + 1.0
        } else if price < 0.0 {
            aligned
        } else {
            1.0
        };
        let alike = self.lattice.boundary() == Boundary::Periodic || self.delta <= 0.0;
        (unfrustrated && alike).then(|| f64::ln(states))
    }

    /// All states, counted once.
    fn counted(&self) -> Result<&CountedStates<5>, SystemError> {
        if let Some(counted) = self.counted.get() {
            return Ok(counted);
        }
        if self.lattice.n_sites() > MOST_COUNTED {
            let reason =
                "the lattice has too many states to count; take a chain or up to 16 spins, or sample it instead";
            return Err(SystemError::NoExactResult { system: SYSTEM, reason });
        }
        let counted = CountedStates::new(self.count(), ROUNDING * self.scale())?;
        Ok(self.counted.get_or_init(|| counted))
    }

    /// All states by the sums of s s', s^2 and s.
    fn count(&self) -> Vec<StateGroup<5>> {
        let (n, n_bonds) = (self.lattice.n_sites() as i64, self.lattice.n_bonds() as i64);
        let sizes = [2 * n_bonds + 1, n + 1, 2 * n + 1];
        let mut counts = vec![0u64; sizes.iter().product::<i64>() as usize];
        let spin = |value: u8| i64::from(value) - 1;
        let extend = |[bonds, squares, m]: [i64; 3], value: u8, around: &[u8]| {
            let (s, around) = (spin(value), around.iter().map(|&other| spin(other)).sum::<i64>());
            [bonds + s * around, squares + s * s, m + s]
        };
        visit_states(&self.lattice, (3, 3), [0; 3], extend, |[bonds, squares, m]| {
            counts[(((bonds + n_bonds) * sizes[1] + squares) * sizes[2] + m + n) as usize] += 1;
        });
        let group = |(place, count): (i64, f64)| {
            let (rest, m) = (place / sizes[2], place % sizes[2] - n);
            let (bonds, squares) = (rest / sizes[1] - n_bonds, rest % sizes[1]);
            let x = m as f64;
            let sums = [x, x.abs(), x.powi(2), x.powi(4), squares as f64].map(|each| count * each);
            StateGroup { energy: self.energy_of(bonds, squares, m), count, sums }
        };
        let found = (0..).zip(counts).filter(|&(_, count)| count > 0);
        found.map(|(place, count)| group((place, count as f64))).collect()
    }
}

impl Exact for BlumeCapel {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        // Without coupling all lattices are one.
        if self.j != 0.0 && self.lattice.kind() != LatticeKind::Chain {
            return Ok(self.counted()?.thermo(beta));
        }
        let spin = |value: usize| value as f64 - 1.0;
        let site = |a: usize| self.delta * spin(a).powi(2) - self.h * spin(a);
        let bond = |a: usize, b: usize| -self.j * spin(a) * spin(b);
        transfer::chain(&self.lattice, 3, site, bond, ROUNDING * self.scale(), beta)
    }

    fn n_sites(&self) -> f64 {
        self.lattice.n_sites() as f64
    }

    /// `(ln g_0, N ln 3)`; ln g_0 is NaN where no exact result tells it.
    fn entropy_limits(&self) -> (f64, f64) {
        let ground = || self.thermo(Beta::INFINITE).map_or(f64::NAN, |thermo| thermo.entropy);
        (self.ln_ground_states().unwrap_or_else(ground), self.n_sites() * 3f64.ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_hold_all_energies_and_coexistence_is_foreseen() {
        let torus = |delta, h| {
            let lattice = Lattice::new(LatticeKind::Square, &[3, 3], Boundary::Periodic).unwrap();
            BlumeCapel::new(lattice, 1.0, delta, h).unwrap()
        };
        for model in [torus(0.0, 0.0), torus(1.5, 0.25), torus(-0.4, 0.0)] {
            let grid = model.energy_grid().unwrap();
            for state in model.states().step_by(7) {
                let steps = (model.energy(&state) - grid.lowest) / grid.step;
                assert!((steps - steps.round()).abs() < 1e-9 && model.energy(&state) <= grid.highest + 1e-9);
            }
        }
        assert!(torus(0.5f64.sqrt(), 0.0).energy_grid().is_none());
        assert_eq!([1.5, 1.975, 2.2].map(|delta| torus(delta, 0.0).may_coexist()), [false, true, false]);
    }
}
