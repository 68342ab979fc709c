//! One particle in a quartic potential, a single or a double well: levels from a basis that grows until they converge.

use crate::simulation::Sampling;
use crate::systems::description::{DIRECT, parameter};
use crate::systems::system::PhysicalSystem;
use crate::units::Temperature;
use std::sync::{Arc, OnceLock};

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::systems::quantum::oscillator_basis::{BasisLevels, Hamiltonian};
use crate::systems::unbounded_spectrum::NEGLECTED_EXPONENT;
use crate::systems::{Description, System};
use crate::units::Beta;

const NAME: &str = "quartic";

/// Functions of each parity in the bases that are tried, one after the other.
const SIZES: [usize; 5] = [32, 64, 128, 256, 512];

/// The most levels that are listed; the largest basis converges more for every potential with one well.
const MAX_LEVELS: f64 = 750.0;

/// H = p^2/2 + a x^2 + b x^4 in units hbar = m = 1; a < 0 is a double well of depth `a^2/(4b)`.
///
/// H is diagonalized in oscillator functions, even and odd ones apart, in bases of 64, 128, ..., 1024 functions; a basis
/// is large enough when it converges all levels that are needed (see [`Quartic::accuracy`]) to 14 digits of their height
/// above the potential. The frequency of the basis is that of the phase-space ellipse around the region it has to hold.
/// Each basis is diagonalized once and kept.
///
/// Tunnelling doublets keep their digits: the splitting is computed from the wave functions at the barrier and not as a
/// difference. [`Quartic::accuracy`] bounds its error, which grows with the depth: below 1e-9 of a splitting of 5e-8
/// (a = -10, b = 1), some percent of one of 2e-24 (a = -20, b = 1), and deeper wells are unresolved. T = 0 is legal;
/// infinite and negative temperatures are refused, because the levels never end, as are temperatures that need more
/// than 750 levels and those low ones at which an unresolved splitting matters.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::Quartic;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ground = Quartic::new(0.0, 1.0)?.thermo(Beta::INFINITE)?;
/// assert!((ground.energy - 0.667_986_259_155_777_1).abs() < 1e-14);
/// assert_eq!(ground.entropy, 0.0);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// F. T. Hioe and E. W. Montroll, J. Math. Phys. 16, 1945 (1975), doi:10.1063/1.522747 (levels of the quartic oscillator);
/// T. Kato, J. Phys. Soc. Jpn. 4, 334 (1949), doi:10.1143/JPSJ.4.334 (bounds on eigenvalues).
#[derive(Clone, Debug)]
pub struct Quartic {
    a: f64,
    b: f64,
    bases: Arc<[OnceLock<Option<BasisLevels>>; SIZES.len()]>,
}

/// How well the levels of a [`Quartic`] oscillator are known at one temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuarticAccuracy {
    /// Levels listed.
    pub n_levels: usize,
    /// Oscillator functions in the basis, both parities together.
    pub n_functions: usize,
    /// Largest bound on the error of an energy among them: truncation of the basis and rounding.
    pub level_error: f64,
    /// Bound on the error of E_1 - E_0.
    pub splitting_error: f64,
    /// Bound on the Boltzmann weight of all other levels, as a share of that of the first excited level.
    pub neglected: f64,
}

/// How far a list of levels must go.
struct Reach {
    n_levels: f64,
    neglected: f64,
}

impl Quartic {
    /// An oscillator of the potential a x^2 + b x^4 (energies per length^2 and length^4).
    ///
    /// # Errors
    ///
    /// A coefficient that is not finite, a negative b, and b = 0 without a positive a, which does not bind.
    pub fn new(a: f64, b: f64) -> Result<Self, SystemError> {
        let refuse = |name, expected, value: f64| Err(SystemError::parameter(NAME, name, expected, value));
        if !a.is_finite() {
            return refuse("a", "finite", a);
        }
        if !(b >= 0.0 && b.is_finite()) {
            return refuse("b", "finite and not negative", b);
        }
        if b == 0.0 && a <= 0.0 {
            return refuse("b", "positive where a is not, or there are no bound states", b);
        }
        Ok(Self { a, b, bases: Arc::default() })
    }

    /// The coefficient a of x^2.
    #[must_use]
    pub fn a(&self) -> f64 {
        self.a
    }

    /// The coefficient b of x^4.
    #[must_use]
    pub fn b(&self) -> f64 {
        self.b
    }

    /// V(x) = a x^2 + b x^4.
    #[must_use]
    pub fn potential(&self, x: f64) -> f64 {
        x * x * (self.a + self.b * x * x)
    }

    /// The lowest value of the potential.
    #[must_use]
    pub fn floor(&self) -> f64 {
        if self.a < 0.0 { -self.a * self.a / (4.0 * self.b) } else { 0.0 }
    }

    /// The largest x at which V(x) = `energy`, for an energy above the floor.
    #[must_use]
    pub fn turning_point(&self, energy: f64) -> f64 {
        let root = (self.a * self.a + 4.0 * self.b * energy).max(0.0).sqrt();
        let square = if self.a > 0.0 { 2.0 * energy / (self.a + root) } else { (root - self.a) / (2.0 * self.b) };
        square.sqrt()
    }

    /// The lowest levels as a spectrum; the weight left out is below 2^-72 of that of the first excited level.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures, those that would need more than 750 levels, a double well too wide for 1024
    /// functions, and a temperature so low that a splitting which they do not resolve matters.
    pub fn spectrum_at(&self, beta: Beta) -> Result<Spectrum, SystemError> {
        let (basis, _, reach) = self.levels_at(beta)?;
        let n = reach.n_levels as usize;
        // E_1 - E_0 is positive in one dimension, however small.
        let splitting = basis.splitting.max(f64::MIN_POSITIVE);
        if beta.get() < f64::INFINITY
            && basis.splitting_error > 1e-3 * splitting
            && beta.get() * (splitting + basis.splitting_error) > 1e-6
        {
            let reason = "its tunnel splitting matters at this temperature but is too small to be resolved; use T = 0 \
                          or a higher temperature";
            return Err(SystemError::NoExactResult { system: NAME, reason });
        }
        let ground = basis.energies[0];
        let mut excitations: Vec<f64> = basis.energies[..n].iter().map(|energy| energy - ground).collect();
        excitations[1] = splitting;
        Ok(Spectrum::from_excitations(ground, excitations)?)
    }

    /// Bounds on what [`Quartic::spectrum_at`] neglects at `beta`.
    ///
    /// Relative errors of U, S and C are of the order of beta times the error of the levels that are occupied. The bound
    /// on the neglected weight uses `E_n >= sqrt(2a + 4bc) (n + 1/2) - b c^2` for every c, from x^4 >= 2 c x^2 - c^2.
    ///
    /// # Errors
    ///
    /// As [`Quartic::spectrum_at`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::{systems::Quartic, units::Beta};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let accuracy = Quartic::new(0.0, 1.0)?.accuracy(Beta::new(1.0)?)?;
    /// assert!(accuracy.n_levels < 40 && accuracy.level_error < 1e-12 && accuracy.neglected < 2f64.powi(-72));
    /// # Ok(())
    /// # }
    /// ```
    pub fn accuracy(&self, beta: Beta) -> Result<QuarticAccuracy, SystemError> {
        let (basis, n_functions, reach) = self.levels_at(beta)?;
        let n_levels = reach.n_levels as usize;
        let level_error = basis.errors[..n_levels].iter().copied().fold(0.0, f64::max);
        let (splitting_error, neglected) = (basis.splitting_error, reach.neglected);
        Ok(QuarticAccuracy { n_levels, n_functions, level_error, splitting_error, neglected })
    }

    /// The smallest basis that converges what `beta` needs, its number of functions, and how far the list goes.
    fn levels_at(&self, beta: Beta) -> Result<(&BasisLevels, usize, Reach), SystemError> {
        crate::systems::unbounded_spectrum::reduced_beta(NAME, beta, 1.0)?;
        for (stage, &size) in SIZES.iter().enumerate() {
            let Some(basis) = self.basis(stage) else { break };
            if basis.energies.len() < 2 {
                continue;
            }
            let reach = self.reach(beta, basis.energies[1]);
            let within = reach.n_levels <= MAX_LEVELS;
            if !within {
                let (temperature, needed, limit) = (beta.temperature(), reach.n_levels, MAX_LEVELS);
                return Err(SystemError::TooManyLevels { system: NAME, temperature, needed, limit });
            }
            let resolved = basis.resolved || stage + 1 == SIZES.len();
            if resolved && reach.n_levels as usize <= basis.energies.len() {
                return Ok((basis, 2 * size, reach));
            }
        }
        let reason = "1024 oscillator functions are too few for its levels to converge; the wells are too far apart, \
                      or the coefficients too extreme";
        Err(SystemError::NoExactResult { system: NAME, reason })
    }

    /// The levels that basis number `stage` converges; `None` where numbers overflow.
    fn basis(&self, stage: usize) -> Option<&BasisLevels> {
        let found = self.bases[stage].get_or_init(|| {
            let omega = self.frequency(2.0 * SIZES[stage] as f64);
            Hamiltonian { a: self.a, b: self.b, omega }.levels(SIZES[stage])
        });
        found.as_ref()
    }

    /// Frequency of a basis of `n_functions`: p/x of the largest momentum and distance at the energy up to which classical
    /// motion fits into the ellipse of the highest function, with a third of it left for what is classically forbidden.
    fn frequency(&self, n_functions: f64) -> f64 {
        let momentum = |energy: f64| (2.0 * (energy - self.floor())).sqrt();
        let scale = if self.b > 0.0 { self.b.cbrt() } else { 0.0 } + self.a.abs().sqrt();
        let (mut low, mut high) = (0.0, scale);
        let action = |height: f64| momentum(self.floor() + height) * self.turning_point(self.floor() + height);
        while action(high) < n_functions && high < f64::MAX {
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if action(middle) < n_functions { low = middle } else { high = middle }
        }
        let energy = self.floor() + high;
        momentum(energy) / self.turning_point(energy)
    }

    /// How many levels `beta` needs for a neglected weight of e^-50 of that of the level at `first_excited`.
    fn reach(&self, beta: Beta, first_excited: f64) -> Reach {
        if beta.get() == f64::INFINITY {
            return Reach { n_levels: 2.0, neglected: 0.0 };
        }
        let beta = beta.get();
        // The c whose straight line touches the bound at height 2ac + 3bc^2, and its slope.
        let line = |height: f64| {
            let root = (self.a * self.a + 3.0 * self.b * height).max(0.0).sqrt();
            let c = if self.a > 0.0 { height / (self.a + root) } else { (root - self.a) / (3.0 * self.b) };
            (c, (2.0 * self.a + 4.0 * self.b * c).sqrt())
        };
        // All levels from n on weigh at most e^-(beta E) / (1 - e^-(beta omega)) <= e^-(beta E) (1 + 1/(beta omega)).
        let excess = |omega: f64| (1.0 / (beta * omega)).ln_1p();
        let (_, omega) = line(first_excited + NEGLECTED_EXPONENT / beta);
        let (c, omega) = line(first_excited + (NEGLECTED_EXPONENT + excess(omega)) / beta);
        let n_levels = (c * omega + 0.5).ceil().max(2.0);
        let lowest_left_out = omega * (n_levels + 0.5) - self.b * c * c;
        let exponent = beta * (lowest_left_out - first_excited) - excess(omega);
        Reach { n_levels, neglected: (-exponent).exp() }
    }
}

impl Exact for Quartic {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        Ok(Canonical::new(&self.spectrum_at(beta)?, beta).thermo())
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}

/// The row of `quartic`.
pub(in crate::systems) static ROW: Description = Description {
    name: "quartic",
    summary: "one quantum particle in a quartic well, or in a double well",
    hamiltonian: "H = p^2/2 + a x^2 + b x^4, hbar = m = 1; a < 0 is a double well; T >= 0 and finite",
    parameters: &[
        parameter("a", Some("0"), "1/x0^4", "quadratic coefficient, either sign"),
        parameter("b", Some("1"), "1/x0^6", "quartic coefficient, positive, or 0 if a is positive"),
    ],
    exact: "diagonalization in oscillator functions; the basis grows until all levels that matter at T have \
            converged",
    samplers: DIRECT,
    reference: "F. T. Hioe and E. W. Montroll, J. Math. Phys. 16, 1945 (1975), doi:10.1063/1.522747",
    unit: None,
    build: |parameters| {
        let [a, b] = ["a", "b"].map(|name| parameters.finite(name));
        Ok(System::new(Quartic::new(a?, b?)?))
    },
};

impl PhysicalSystem for Quartic {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        Sampling::of_spectra(|beta| self.spectrum_at(beta))
    }

    fn accuracy(&self, temperatures: &[Temperature]) -> Option<String> {
        let worst = |a: QuarticAccuracy, b: QuarticAccuracy| if b.n_levels > a.n_levels { b } else { a };
        let a = temperatures.iter().filter_map(|t| Self::accuracy(self, t.beta()).ok()).reduce(worst)?;
        Some(format!(
            "up to {} levels from {} oscillator functions; energies are exact to {:.0e}; all other levels together \
             weigh less than {:.0e} of the first excited one",
            a.n_levels, a.n_functions, a.level_error, a.neglected
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beta(value: f64) -> Beta {
        Beta::new(value).unwrap()
    }

    #[test]
    fn without_a_fourth_power_it_is_harmonic() {
        let (quartic, harmonic) = (Quartic::new(2.0, 0.0).unwrap(), crate::systems::Oscillator::new(2.0).unwrap());
        for b in [f64::INFINITY, 10.0, 1.0, 0.1] {
            let (ours, exact) = (quartic.thermo(beta(b)).unwrap(), harmonic.thermo(beta(b)).unwrap());
            let close = |a: f64, b: f64| a == b || (a / b - 1.0).abs() < 1e-12;
            assert!(close(ours.energy, exact.energy) && close(ours.ln_z, exact.ln_z), "{b}");
            assert!(close(ours.entropy, exact.entropy) && close(ours.heat_capacity, exact.heat_capacity), "{b}");
        }
    }

    /// x -> s x turns (a, b) at T into (a s^4, b s^6) at T s^2.
    #[test]
    fn units_of_length_do_not_matter() {
        for (a, b) in [(0.3, 0.1), (-4.0, 1.0)] {
            let s: f64 = 1000.0;
            let (one, other) = (Quartic::new(a, b).unwrap(), Quartic::new(a * s.powi(4), b * s.powi(6)).unwrap());
            for t in [0.1, 1.0, 10.0] {
                let (x, y) = (one.thermo(beta(1.0 / t)).unwrap(), other.thermo(beta(1.0 / (t * s * s))).unwrap());
                assert!((x.entropy / y.entropy - 1.0).abs() < 1e-11, "{a} {t}");
                assert!((x.energy * s * s / y.energy - 1.0).abs() < 1e-12);
            }
        }
    }

    /// Splittings from inverse iteration with 70 digits in bases of 480 and 600 functions, which agree to 25 digits.
    #[test]
    fn tunnel_splittings_keep_their_digits() {
        for (a, exact, tolerance) in
            [(-10.0, 5.336_885_261_452_127e-8, 1e-10), (-20.0, 2.383_211_884_406_864e-24, 1e-2)]
        {
            let well = Quartic::new(a, 1.0).unwrap();
            let spectrum = well.spectrum_at(Beta::INFINITE).unwrap();
            let (splitting, error) = (spectrum.excitation(1), well.accuracy(Beta::INFINITE).unwrap().splitting_error);
            assert!((splitting - exact).abs() <= error, "{a}: {splitting:e} {exact:e} {error:e}");
            assert!((splitting / exact - 1.0).abs() < tolerance, "{a}: {splitting:e} {exact:e} {error:e}");
        }
    }

    /// At temperatures of the splitting the double well is a two-level system, whatever lies above.
    #[test]
    fn a_deep_double_well_has_the_entropy_of_its_doublet() {
        let well = Quartic::new(-10.0, 1.0).unwrap();
        assert!((well.spectrum_at(Beta::INFINITE).unwrap().ground_energy() + 21.889_658_283_494_498).abs() < 1e-13);
        let gap = 5.336_885_261_452_127e-8;
        for x in [0.1, 1.0, 10.0, 30.0] {
            let two = crate::systems::TwoLevel::new(gap, 1.0, 1.0).unwrap().thermo(beta(x / gap)).unwrap();
            let ours = well.thermo(beta(x / gap)).unwrap();
            assert!((ours.entropy / two.entropy - 1.0).abs() < 1e-9, "{x}: {} {}", ours.entropy, two.entropy);
            assert!((ours.heat_capacity / two.heat_capacity - 1.0).abs() < 1e-9);
        }
        assert_eq!(well.thermo(Beta::INFINITE).unwrap().entropy, 0.0);
    }

    #[test]
    fn a_splitting_beyond_reach_is_refused_only_where_it_matters() {
        let well = Quartic::new(-50.0, 1.0).unwrap();
        let cold = well.thermo(Beta::INFINITE).unwrap();
        assert_eq!((cold.entropy, cold.heat_capacity), (0.0, 0.0));
        assert!((well.thermo(beta(1e3)).unwrap().entropy - 2f64.ln()).abs() < 1e-14);
        let message = well.thermo(beta(1e30)).unwrap_err().to_string();
        assert!(message.starts_with("quartic has no exact result here: its tunnel splitting matters"), "{message}");
    }

    /// The next basis and four times as many levels change nothing beyond the stated bounds.
    #[test]
    fn a_larger_basis_agrees_within_the_bounds() {
        for (a, b) in [(0.0, 1.0), (0.5, 0.1), (-4.0, 1.0), (-10.0, 1.0), (1.0, 0.0)] {
            let quartic = Quartic::new(a, b).unwrap();
            for stage in 0..2 {
                let (small, large) = (quartic.basis(stage).unwrap(), quartic.basis(stage + 1).unwrap());
                assert!(large.energies.len() > small.energies.len());
                for (n, energy) in small.energies.iter().enumerate() {
                    let allowed = small.errors[n] + large.errors[n];
                    assert!((energy - large.energies[n]).abs() <= allowed, "{a} {b}: {n} of stage {stage}");
                }
                assert!(small.energies.is_sorted());
            }
        }
    }

    #[test]
    fn the_largest_basis_converges_all_levels_that_one_well_may_need() {
        for (a, b) in [(0.0, 1.0), (1.0, 0.0), (1.0, 1e-3), (0.5, 0.1)] {
            let quartic = Quartic::new(a, b).unwrap();
            let found = quartic.basis(SIZES.len() - 1).unwrap().energies.len();
            assert!(found as f64 >= MAX_LEVELS, "{a} {b}: {found}");
        }
    }

    #[test]
    fn the_tail_is_below_its_bound() {
        for (a, b, t) in [(0.0, 1.0, 1.0), (0.5, 0.1, 2.0), (-4.0, 1.0, 0.5), (1.0, 0.0, 1.0)] {
            let quartic = Quartic::new(a, b).unwrap();
            let (beta, levels) = (beta(1.0 / t), quartic.basis(3).unwrap());
            let accuracy = quartic.accuracy(beta).unwrap();
            let weight = |energy: f64| (-(energy - levels.energies[1]) / t).exp();
            let tail: f64 = levels.energies[accuracy.n_levels..].iter().map(|&energy| weight(energy)).sum();
            assert!(
                tail <= accuracy.neglected && accuracy.neglected < 2f64.powi(-72),
                "{a} {b}: {tail:e} {accuracy:?}"
            );
        }
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |a, b| Quartic::new(a, b).unwrap_err().to_string();
        assert_eq!(message(f64::NAN, 1.0), "quartic: `a` must be finite, got `NaN`");
        assert_eq!(message(1.0, -1.0), "quartic: `b` must be finite and not negative, got `-1`");
        assert_eq!(
            message(0.0, 0.0),
            "quartic: `b` must be positive where a is not, or there are no bound states, got `0`"
        );
        let quartic = Quartic::new(0.0, 1.0).unwrap();
        let message = |b: f64| quartic.thermo(beta(b)).unwrap_err().to_string();
        assert!(message(0.0).contains("levels never end") && message(-1.0).contains("no upper bound"));
        assert_eq!(message(1e-3), "quartic would need 3.1e3 levels at T = 1000, more than 7.5e2");
        let wide = Quartic::new(-3.0, 1e-4).unwrap().thermo(beta(1.0)).unwrap_err().to_string();
        assert!(wide.contains("1024 oscillator functions are too few"), "{wide}");
        for (a, b) in
            [(1e200, 1e-200), (-1e200, 1e-200), (0.0, f64::MAX), (-f64::MAX, f64::MAX), (f64::MIN_POSITIVE, 0.0)]
        {
            let _ = Quartic::new(a, b).unwrap().thermo(beta(1.0));
        }
    }
}
