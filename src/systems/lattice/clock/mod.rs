//! The clock model: planar spins that point in one of q equally spaced directions.
//!
//! Energies and temperatures in units of one arbitrary energy, k_B = 1. Two directions are the Ising model, three are the Potts
//! model of coupling 3J/2, four are two Ising models of coupling J/2, many are the xy model. On the square lattice five
//! directions and more have a phase without long-range order between the ordered one and the hot one.

mod row;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::few_spins::{CountedStates, StateGroup, visit_states};
use super::transfer;
use crate::ensemble::Thermo;
use crate::model::{ClusterModel, Enumerable, Exact, Lattice, LatticeKind, Magnet, Model, SiteEnergies, SystemError};
use crate::simulation::EnergyGrid;
use crate::units::Beta;

pub(in crate::systems) use row::ROW;

const SYSTEM: &str = "clock";
const DIRECTIONS: &str = "a whole number from 2 to 64";
const MOST_DIRECTIONS: u32 = 64;
/// Most states that are counted, up to a common turn: a second.
const MOST_COUNTED: f64 = 4e6;
/// Energies that differ by less, relative to the largest that can occur, are equal.
const ROUNDING: f64 = 1e-13;

/// The q-state clock model `H = -J sum cos(theta - theta')`, theta = 2 pi k/q, on a finite lattice.
///
/// Exact results: chains of any length, by transfer matrix; lattices of few spins, whose states are counted.
///
/// # Examples
///
/// ```
/// use gibbs::model::{Boundary, Exact, Lattice, LatticeKind};
/// use gibbs::systems::Clock;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// // The eigenvalues of the transfer matrix are those of a circulant: the sums of e^(beta J cos theta) cos(m theta).
/// let ring = Clock::new(Lattice::new(LatticeKind::Chain, &[8], Boundary::Periodic)?, 5, 1.0)?;
/// let theta = |k: i32| std::f64::consts::TAU * f64::from(k) / 5.0;
/// let eigenvalue = |m: i32| (0..5).map(|k| theta(k).cos().exp() * theta(m * k).cos()).sum::<f64>();
/// let ln_z = (0..5).map(|m| eigenvalue(m).powi(8)).sum::<f64>().ln();
/// assert!((ring.thermo(Beta::new(1.0)?)?.ln_z - ln_z).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// J. V. Jose, L. P. Kadanoff, S. Kirkpatrick and D. R. Nelson, Phys. Rev. B 16, 1217 (1977),
/// doi:10.1103/PhysRevB.16.1217.
#[derive(Clone, Debug)]
pub struct Clock {
    lattice: Lattice,
    q: u8,
    j: f64,
    /// cos(2 pi k/q), `[2 q]`, so that differences need no division.
    cosines: Vec<f64>,
    /// The unit vector of every direction, `[q]`.
    vectors: Vec<[f64; 2]>,
    /// All states with the sums of |M|, M^2 and M^4, once they have been asked for.
    counted: OnceLock<CountedStates<3>>,
}

/// Directions, with counts of their differences and of themselves as exact integers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClockState {
    directions: Vec<u8>,
    differences: Vec<i64>,
    counts: Vec<u64>,
}

impl ClockState {
    /// The directions, below q, `[n_sites]`, in the order of the lattice's sites.
    #[must_use]
    pub fn directions(&self) -> &[u8] {
        &self.directions
    }
}

/// A proposed new direction of one spin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockTurn {
    /// The site.
    pub site: u32,
    /// Its new direction.
    pub to: u8,
}

impl Clock {
    /// `q` directions on `lattice` with coupling `j`.
    ///
    /// # Errors
    ///
    /// q outside 2..=64; a coupling that is not finite.
    pub fn new(lattice: Lattice, q: u32, j: f64) -> Result<Self, SystemError> {
        if !(2..=MOST_DIRECTIONS).contains(&q) {
            return Err(SystemError::parameter(SYSTEM, "q", DIRECTIONS, q));
        }
        if !j.is_finite() {
            return Err(SystemError::parameter(SYSTEM, "j", "finite", j));
        }
        let cosines = (0..2 * q).map(|k| cosine(k % q, q)).collect();
        // sin x = cos(x + 3 pi/2)
        let vectors = (0..q).map(|k| [cosine(k, q), cosine((4 * k + 3 * q) % (4 * q), 4 * q)]).collect();
        Ok(Self { lattice, q: q as u8, j: j + 0.0, cosines, vectors, counted: OnceLock::new() })
    }

    /// The lattice.
    #[must_use]
    pub fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    /// q, number of directions.
    #[must_use]
    pub fn q(&self) -> u32 {
        self.q.into()
    }

    /// J, coupling.
    #[must_use]
    pub fn j(&self) -> f64 {
        self.j
    }

    /// The state with these directions, `[n_sites]`, each taken modulo q; missing sites have direction 0 and extra ones are
    /// ignored.
    #[must_use]
    pub fn state(&self, directions: &[u8]) -> ClockState {
        let direction = |site: usize| directions.get(site).map_or(0, |&direction| direction % self.q);
        let directions = (0..self.lattice.n_sites()).map(direction).collect();
        let mut state = ClockState { directions, differences: Vec::new(), counts: Vec::new() };
        self.recount(&mut state);
        state
    }

    #[inline]
    fn difference(&self, a: u8, b: u8) -> usize {
        usize::from(a.abs_diff(b).min(self.q - a.abs_diff(b)))
    }

    /// cos(theta_a - theta_b).
    #[inline]
    fn cosine_between(&self, a: u8, b: u8) -> f64 {
        self.cosines[usize::from(a + self.q - b)]
    }

    /// The number of bonds of each difference, `[q/2 + 1]`.
    fn count_differences(&self, directions: &[u8]) -> Vec<i64> {
        let mut differences = vec![0; usize::from(self.q) / 2 + 1];
        self.lattice.bonds().for_each(|(i, k)| differences[self.difference(directions[i], directions[k])] += 1);
        differences
    }

    fn energy_of(&self, differences: &[i64]) -> f64 {
        let sum: f64 = differences.iter().zip(&self.cosines).map(|(&n, cosine)| n as f64 * cosine).sum();
        -self.j * sum + 0.0
    }

    /// Energy of `direction` at `site` in the field of its neighbours.
    #[inline]
    fn local_energy(&self, directions: &[u8], site: u32, direction: u8) -> f64 {
        let cosine = |&other: &u32| self.cosine_between(direction, directions[other as usize]);
        -self.j * self.lattice.slots(site).as_slice().iter().map(cosine).sum::<f64>()
    }

    /// The largest energy that could occur.
    fn scale(&self) -> f64 {
        self.j.abs() * self.lattice.n_bonds() as f64
    }

    /// ln q where nothing is frustrated: all spins are parallel, or antiparallel to their neighbours.
    fn ln_ground_states(&self) -> Option<f64> {
        let antiparallel = self.j < 0.0 && self.q.is_multiple_of(2) && self.lattice.is_bipartite();
        (self.j > 0.0 || antiparallel).then(|| f64::from(self.q).ln())
    }

    /// The energies where all cosines are multiples of one step from 1 down to the lowest, that of opposite directions or nearly so.
    fn energy_grid(&self) -> Option<EnergyGrid> {
        let (step, lowest_cosine) = match self.q {
            2 => (2.0, -1.0),
            3 => (1.5, -0.5),
            4 => (1.0, -1.0),
            6 => (0.5, -1.0),
            _ => return None,
        };
        let (scale, [low, high]) =
            (self.scale(), if self.j > 0.0 { [-1.0, -lowest_cosine] } else { [lowest_cosine, 1.0] });
        (scale > 0.0).then(|| EnergyGrid { lowest: low * scale, highest: high * scale, step: step * self.j.abs() })
    }

    /// All states, counted once.
    fn counted(&self) -> Result<&CountedStates<3>, SystemError> {
        if let Some(counted) = self.counted.get() {
            return Ok(counted);
        }
        let reason = "the lattice has too many states to count; take a chain or fewer spins, or sample it instead";
        let groups = self.count().ok_or(SystemError::NoExactResult { system: SYSTEM, reason })?;
        let counted = CountedStates::new(groups, ROUNDING * self.scale())?;
        Ok(self.counted.get_or_init(|| counted))
    }

    /// All states by energy, one for each q that a common turn makes equal; `None` if too many.
    fn count(&self) -> Option<Vec<StateGroup<3>>> {
        let (n, q) = (self.lattice.n_sites(), f64::from(self.q));
        if (n as f64 - 1.0) * q.ln() > MOST_COUNTED.ln() {
            return None;
        }
        let extend = |(energy, [x, y]): (f64, [f64; 2]), value: u8, around: &[u8]| {
            let bonds: f64 = around.iter().map(|&other| self.cosine_between(value, other)).sum();
            let [dx, dy] = self.vectors[usize::from(value)];
            (energy - self.j * bonds, [x + dx, y + dy])
        };
        // Energies that differ by rounding may fall into two groups, which become one level.
        let quantum = 8.0 * ROUNDING * self.scale();
        let mut groups: BTreeMap<i64, StateGroup<3>> = BTreeMap::new();
        visit_states(&self.lattice, (1, self.q), (0.0, [0.0; 2]), extend, |(energy, [x, y])| {
            let empty = || StateGroup { energy, count: 0.0, sums: [0.0; 3] };
            let group = groups.entry((energy / quantum).round() as i64).or_insert_with(empty);
            let square = x * x + y * y;
            group.count += q;
            group
                .sums
                .iter_mut()
                .zip([square.sqrt(), square, square * square])
                .for_each(|(sum, each)| *sum += q * each);
        });
        Some(groups.into_values().collect())
    }
}

/// cos(2 pi k/q), exact where it is 0, 1/2 or 1, and of one size where sizes are equal.
fn cosine(k: u32, q: u32) -> f64 {
    let k = k.min(q - k);
    match (4 * k).cmp(&q) {
        std::cmp::Ordering::Equal => 0.0,
        std::cmp::Ordering::Greater if q.is_multiple_of(2) => -cosine(q / 2 - k, q),
        _ if 6 * k == q => 0.5,
        _ if 3 * k == q => -0.5,
        _ => (std::f64::consts::TAU * f64::from(k) / f64::from(q)).cos(),
    }
}

impl Model for Clock {
    type State = ClockState;
    type Move = ClockTurn;

    /// A ground state where nothing frustrates, random directions elsewhere.
    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> ClockState {
        let sites = 0..self.lattice.n_sites();
        let directions: Vec<u8> = if self.j >= 0.0 || self.lattice.is_bipartite() {
            let direction = rng.random_range(0..self.q);
            let turned = |site| self.j < 0.0 && self.lattice.sublattice(site) == 1;
            sites.map(|site| if turned(site) { (direction + self.q / 2) % self.q } else { direction }).collect()
        } else {
            sites.map(|_| rng.random_range(0..self.q)).collect()
        };
        self.state(&directions)
    }

    fn fits(&self, state: &ClockState) -> bool {
        self.state(&state.directions) == *state
    }

    fn energy(&self, state: &ClockState) -> f64 {
        self.energy_of(&self.count_differences(&state.directions))
    }

    fn running_energy(&self, state: &ClockState) -> f64 {
        self.energy_of(&state.differences)
    }

    /// A site chosen at random, and half of the time a direction next to its own, half of the time any other.
    #[inline]
    fn propose<R: Rng + ?Sized>(&self, state: &ClockState, rng: &mut R) -> ClockTurn {
        let site = rng.random_range(0..self.lattice.n_sites() as u32);
        let near = if rng.random() { 1 } else { self.q - 1 };
        let step = if rng.random() { near } else { rng.random_range(1..self.q) };
        ClockTurn { site, to: (state.directions[site as usize] + step) % self.q }
    }

    #[inline]
    fn energy_change(&self, state: &ClockState, change: &ClockTurn) -> f64 {
        let at = |direction| self.local_energy(&state.directions, change.site, direction);
        at(change.to) - at(state.directions[change.site as usize])
    }

    fn apply(&self, state: &mut ClockState, change: ClockTurn) {
        let from = state.directions[change.site as usize];
        for &other in self.lattice.slots(change.site).as_slice() {
            let other = state.directions[other as usize];
            state.differences[self.difference(from, other)] -= 1;
            state.differences[self.difference(change.to, other)] += 1;
        }
        state.counts[usize::from(from)] -= 1;
        state.counts[usize::from(change.to)] += 1;
        state.directions[change.site as usize] = change.to;
    }

    /// N, or N + 1 for even N: at infinite temperature every proposal is made, and with two directions an even number of
    /// them would keep the parity of the counts for ever.
    fn moves_per_sweep(&self) -> usize {
        self.lattice.n_sites() | 1
    }
}

impl Magnet for Clock {
    /// M, the length of the vector sum.
    fn magnetization(&self, state: &ClockState) -> f64 {
        let total = |k: usize| -> f64 { state.counts.iter().zip(&self.vectors).map(|(&n, v)| n as f64 * v[k]).sum() };
        total(0).hypot(total(1))
    }
}

/// The frame is an axis, which a reflection keeps: direction k becomes a - k. A change reflects every spin of a cluster in it, or
/// leaves them all; as in the xy model the embedded couplings may have any sign.
///
/// # References
///
/// U. Wolff, Phys. Rev. Lett. 62, 361 (1989), doi:10.1103/PhysRevLett.62.361.
impl ClusterModel for Clock {
    type Spin = u8;
    type Frame = u8;
    /// Whether to reflect.
    type Change = bool;

    fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    fn coupling(&self) -> f64 {
        self.j
    }

    fn has_antiferromagnetic_clusters(&self) -> bool {
        true
    }

    fn spins<'a>(&self, state: &'a ClockState) -> &'a [u8] {
        &state.directions
    }

    fn spins_mut<'a>(&self, state: &'a mut ClockState) -> &'a mut [u8] {
        &mut state.directions
    }

    fn recount(&self, state: &mut ClockState) {
        state.differences = self.count_differences(&state.directions);
        state.counts = vec![0; self.q.into()];
        state.directions.iter().for_each(|&direction| state.counts[usize::from(direction)] += 1);
    }

    /// Of two directions one axis holds both: a reflection in it would change nothing.
    fn draw_frame<R: Rng + ?Sized>(&self, rng: &mut R) -> u8 {
        if self.q == 2 { 1 } else { rng.random_range(0..self.q) }
    }

    #[inline]
    fn bond_cost(&self, a: u8, b: u8, axis: &u8) -> f64 {
        self.j * (self.cosine_between(a, b) - self.cosine_between(self.changed(a, axis, &true), b))
    }

    fn draw_change<R: Rng + ?Sized>(&self, _axis: &u8, rng: &mut R) -> bool {
        rng.random()
    }

    fn draw_move<R: Rng + ?Sized>(&self, _spin: u8, _axis: &u8, _rng: &mut R) -> bool {
        true
    }

    #[inline]
    fn changed(&self, spin: u8, axis: &u8, change: &bool) -> u8 {
        if *change { (axis + self.q - spin) % self.q } else { spin }
    }
}

impl SiteEnergies for Clock {
    fn n_values(&self) -> usize {
        self.q.into()
    }

    fn n_sites(&self) -> usize {
        self.lattice.n_sites()
    }

    fn site_energies(&self, state: &ClockState, site: usize, energies: &mut [f64]) {
        (0..).zip(energies).for_each(|(k, energy)| *energy = self.local_energy(&state.directions, site as u32, k));
    }

    fn set_value(&self, state: &mut ClockState, site: usize, value: usize) {
        self.apply(state, ClockTurn { site: site as u32, to: value as u8 });
    }
}

/// q^N states: the direction of site i is digit i in base q. Of more states than 2^64 not all are listed.
impl Enumerable for Clock {
    fn states(&self) -> impl Iterator<Item = ClockState> {
        let (n, q) = (self.lattice.n_sites(), u64::from(self.q));
        let direction =
            move |code: u64, site: usize| q.checked_pow(site as u32).map_or(0, |place| (code / place % q) as u8);
        let all = q.checked_pow(n as u32).unwrap_or(u64::MAX);
        (0..all).map(move |code| self.state(&(0..n).map(|site| direction(code, site)).collect::<Vec<u8>>()))
    }
}

impl Exact for Clock {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        // Without coupling all lattices are one.
        if self.j != 0.0 && self.lattice.kind() != LatticeKind::Chain {
            return Ok(self.counted()?.thermo(beta));
        }
        let bonds: Vec<f64> = self.cosines[..self.q.into()].iter().map(|cosine| -self.j * cosine).collect();
        transfer::cyclic_chain(&self.lattice, &bonds, ROUNDING * self.scale(), beta)
    }

    fn n_sites(&self) -> f64 {
        self.lattice.n_sites() as f64
    }

    /// `(ln g_0, N ln q)`; ln g_0 is NaN where no exact result tells it.
    fn entropy_limits(&self) -> (f64, f64) {
        let ground = || self.thermo(Beta::INFINITE).map_or(f64::NAN, |thermo| thermo.entropy);
        (self.ln_ground_states().unwrap_or_else(ground), Exact::n_sites(self) * f64::from(self.q).ln())
    }
}
