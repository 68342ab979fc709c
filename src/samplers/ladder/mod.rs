//! Temperatures for replica exchange, from the fluctuations of the energy that a pilot run has seen.

mod pilot;
mod rule;

pub use rule::{LadderError, LadderRule, LadderSize, PilotPoint};

use crate::units::{Beta, Temperature};
use pilot::Pilot;

/// Rungs from `cold` to `hot`, both included, as beta from the largest to the smallest.
///
/// Between pilot points the densities `sqrt(Var E)` and `beta Var E` are interpolated linearly in beta, so their integrals
/// are trapezoids. Gaussian energies of slowly changing width sigma exchange with probability `erfc(L/2)`,
/// `L = integral sigma d beta` between the two rungs.
///
/// # Errors
///
/// A pilot of fewer than two temperatures or one that does not cover the ends; an end at T = 0, where no finite number
/// of rungs leads ([`ladder_through`] adds it); ends that do not span a range; an impossible number of rungs or acceptance.
///
/// # Examples
///
/// ```
/// use gibbs::samplers::{LadderRule, LadderSize, PilotPoint, ladder};
/// use gibbs::units::{Beta, Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Where C is constant, rungs of equal acceptance are a geometric series.
/// let mut pilot = Vec::new();
/// for beta in (100..=400).map(|b| f64::from(b) / 100.0) {
///     pilot.push(PilotPoint { beta: Beta::new(beta)?, variance: 9.0 / (beta * beta) });
/// }
/// let (cold, hot) = (Temperature::new(0.25)?, Temperature::new(1.0)?);
/// let rungs = ladder(cold, hot, &pilot, LadderRule::EqualAcceptance, LadderSize::Rungs(3))?;
/// assert!((rungs[1].get() - 2.0).abs() < 1e-4);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// C. Predescu, M. Predescu and C. V. Ciobanu, J. Chem. Phys. 120, 4119 (2004), doi:10.1063/1.1644093;
/// D. Sabo et al., J. Chem. Phys. 128, 174109 (2008), doi:10.1063/1.2907846 (equal entropy).
pub fn ladder(
    cold: Temperature,
    hot: Temperature,
    pilot: &[PilotPoint],
    rule: LadderRule,
    size: LadderSize,
) -> Result<Vec<Beta>, LadderError> {
    let pilot = Pilot::new(pilot)?;
    pilot.check_covers(cold.beta())?;
    pilot.check_covers(hot.beta())?;
    if cold.beta().get() <= hot.beta().get() {
        return Err(LadderError::Ends { cold, hot });
    }
    pilot.rungs(cold.beta(), hot.beta(), rule, size)
}

/// All `requested` temperatures as rungs, with as few between them as predict `acceptance` for every pair of neighbours;
/// beta from the largest to the smallest, repeated temperatures once.
///
/// T = 0 may be requested: it becomes the coldest rung, and none is put between it and the next, which should be so
/// cold that its chain is often in a ground state.
///
/// # Errors
///
/// As [`ladder`].
pub fn ladder_through(
    requested: &[Temperature],
    pilot: &[PilotPoint],
    rule: LadderRule,
    acceptance: f64,
) -> Result<Vec<Beta>, LadderError> {
    let pilot = Pilot::new(pilot)?;
    let mut wanted: Vec<Beta> = requested.iter().map(|t| t.beta()).collect();
    wanted.sort_by(|a, b| b.get().total_cmp(&a.get()));
    wanted.dedup();
    wanted.iter().filter(|beta| **beta != Beta::INFINITE).try_for_each(|&beta| pilot.check_covers(beta))?;
    let mut rungs = vec![*wanted.first().ok_or(LadderError::Empty)?];
    for pair in wanted.windows(2) {
        if pair[0] == Beta::INFINITE {
            rungs.push(pair[1]);
        } else {
            rungs.extend(&pilot.rungs(pair[0], pair[1], rule, LadderSize::Acceptance(acceptance))?[1..]);
        }
    }
    Ok(rungs)
}

/// Predicted acceptance of exchanges between neighbours of `rungs`, `[n_rungs - 1]`: `erfc(L/2)`, see [`ladder`].
///
/// # Errors
///
/// As [`ladder`].
pub fn predicted_acceptances(rungs: &[Beta], pilot: &[PilotPoint]) -> Result<Vec<f64>, LadderError> {
    let pilot = Pilot::new(pilot)?;
    rungs.iter().try_for_each(|&beta| pilot.check_covers(beta))?;
    Ok(pilot.acceptances(rungs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::{Canonical, Spectrum};

    const RULES: [LadderRule; 2] = [LadderRule::EqualAcceptance, LadderRule::EqualEntropy];

    fn beta(value: f64) -> Beta {
        Beta::new(value).unwrap()
    }

    fn temperature(value: f64) -> Temperature {
        Temperature::new(value).unwrap()
    }

    /// n independent two-level systems of gap 1: counts of excited ones are binomial.
    fn two_level_spins(n: u32) -> Spectrum {
        let ln_factorial = |k: u32| libm::lgamma(f64::from(k) + 1.0);
        let ln_counts = (0..=n).map(|k| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)).collect();
        Spectrum::with_ln_degeneracies((0..=n).map(f64::from).collect(), ln_counts).unwrap()
    }

    fn pilot(spectrum: &Spectrum, points: usize, coldest: f64) -> Vec<PilotPoint> {
        let point = |k: usize| {
            let b = coldest * k as f64 / (points - 1) as f64;
            // At beta = 0 the heat capacity vanishes and the variance does not.
            let safe = beta(b.max(1e-6));
            let variance = Canonical::new(spectrum, safe).thermo().heat_capacity / safe.get().powi(2);
            PilotPoint { beta: beta(b), variance }
        };
        (0..points).map(point).collect()
    }

    /// Exact probability of an exchange: the mean of min(1, e^-cost) over pairs of levels.
    fn exact_acceptance(spectrum: &Spectrum, cold: Beta, hot: Beta) -> f64 {
        let (p, q) = (Canonical::new(spectrum, cold).probabilities(), Canonical::new(spectrum, hot).probabilities());
        let mut total = 0.0;
        for (i, p) in p.iter().enumerate() {
            for (j, q) in q.iter().enumerate() {
                let cost = (cold.get() - hot.get()) * (spectrum.energy(j) - spectrum.energy(i));
                total += p * q * crate::samplers::accept::metropolis_probability(cost);
            }
        }
        total
    }

    #[test]
    fn rungs_of_two_level_spins_are_at_equal_closed_form_steps() {
        // sigma = sqrt(n)/(2 cosh(beta/2)), whose integral is sqrt(n) times the Gudermannian of beta/2.
        let n = 400;
        let spectrum = two_level_spins(n);
        let pilot = pilot(&spectrum, 2001, 8.0);
        let distance = |b: Beta| f64::from(n).sqrt() * (0.5 * b.get()).sinh().atan();
        let entropy = |b: Beta| -Canonical::new(&spectrum, b).thermo().entropy;
        for (rule, measure) in RULES.into_iter().zip([&distance as &dyn Fn(Beta) -> f64, &entropy]) {
            let rungs = ladder(temperature(0.125), Temperature::INFINITE, &pilot, rule, LadderSize::Rungs(12)).unwrap();
            assert_eq!((rungs.len(), rungs[0], rungs[11]), (12, beta(8.0), Beta::ZERO));
            let step = (measure(rungs[0]) - measure(rungs[11])) / 11.0;
            for pair in rungs.windows(2) {
                // Trapezoids of width 0.004 are right to h^2/12 = 1.3e-6 times the curvature, below 1 here.
                assert!(((measure(pair[0]) - measure(pair[1])) / step - 1.0).abs() < 1e-4, "{rule:?}");
            }
        }
    }

    #[test]
    fn acceptance_is_that_of_the_levels() {
        // Deviations from Gaussian energies fall as 1/n.
        let deviation = |n: u32| {
            let spectrum = two_level_spins(n);
            let pilot = pilot(&spectrum, 2001, 2.0);
            let size = LadderSize::Acceptance(0.3);
            let rungs = ladder(temperature(0.5), Temperature::INFINITE, &pilot, RULES[0], size).unwrap();
            let predicted = predicted_acceptances(&rungs, &pilot).unwrap();
            let exact = rungs.windows(2).map(|pair| exact_acceptance(&spectrum, pair[0], pair[1]));
            let far = |(p, e): (&f64, f64)| (p - e).abs();
            (predicted.iter().zip(exact).map(far).fold(0.0, f64::max), predicted)
        };
        let ((small, _), (large, predicted)) = (deviation(250), deviation(1000));
        assert!(large < 2e-3 && small / large > 2.0, "{small} {large}");
        // As few rungs as reach the target, all alike.
        let steps = predicted.len() as f64;
        assert!(predicted.iter().all(|p| *p >= 0.3 && (p - predicted[0]).abs() < 1e-9));
        let one_fewer = libm::erfc(0.5 * 1000f64.sqrt() * 1f64.sinh().atan() / (steps - 1.0));
        assert!(one_fewer < 0.3);
    }

    #[test]
    fn requested_temperatures_are_kept() {
        let pilot = pilot(&two_level_spins(1000), 501, 4.0);
        let requested = [2.0, 0.5, 0.5, 0.0, 0.31, f64::INFINITY].map(temperature);
        for rule in RULES {
            let rungs = ladder_through(&requested, &pilot, rule, 0.4).unwrap();
            assert!(requested.iter().all(|t| rungs.contains(&t.beta())));
            assert!(rungs.windows(2).all(|pair| pair[0] > pair[1]));
            assert!(rungs[0] == Beta::INFINITE && rungs[1] == temperature(0.31).beta());
            assert!(predicted_acceptances(&rungs[1..], &pilot).unwrap().iter().all(|p| *p >= 0.4), "{rule:?}");
        }
        assert_eq!(ladder_through(&[temperature(1.0)], &pilot, RULES[0], 0.3).unwrap(), [beta(1.0)]);
    }

    #[test]
    fn energies_without_spread_need_no_rung_between() {
        let flat = [0.5, 3.0].map(|b| PilotPoint { beta: beta(b), variance: 0.0 });
        let ends = (temperature(0.5), temperature(1.0));
        assert_eq!(ladder(ends.0, ends.1, &flat, RULES[1], LadderSize::default()).unwrap(), [beta(2.0), beta(1.0)]);
        let rungs = ladder(ends.0, ends.1, &flat, RULES[0], LadderSize::Rungs(3)).unwrap();
        assert_eq!(rungs, [beta(2.0), beta(1.5), beta(1.0)]);
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let good = [0.5, 3.0].map(|b| PilotPoint { beta: beta(b), variance: 4.0 });
        let message = |cold, hot, pilot: &[PilotPoint], size| {
            ladder(temperature(cold), temperature(hot), pilot, RULES[0], size).unwrap_err().to_string()
        };
        let size = LadderSize::default();
        let covered = "the pilot run covers T = 0.333333333333333 to 2, but not T = ";
        assert_eq!(message(0.0, 1.0, &good, size), format!("{covered}0"));
        assert_eq!(message(0.5, 4.0, &good, size), format!("{covered}4"));
        let ends = "temperatures must go from cold to hot, got T = 1 and 0.5";
        assert_eq!(message(1.0, 0.5, &good, size), ends);
        assert!(message(0.5, 1.0, &good[..1], size).ends_with("got 1"));
        assert_eq!(
            message(0.5, 1.0, &[good[0], good[0]], size),
            "the pilot has two points at beta = 0.5; combine them into one"
        );
        let bad = PilotPoint { beta: beta(1.0), variance: f64::NAN };
        assert!(message(0.5, 1.0, &[good[0], bad], size).starts_with("pilot point 1 needs a finite beta"));
        assert!(message(0.5, 1.0, &good, LadderSize::Rungs(1)).ends_with("got 1"));
        assert!(message(0.5, 1.0, &good, LadderSize::Acceptance(f64::NAN)).ends_with("got NaN"));
        let wide = [0.5, 3.0].map(|b| PilotPoint { beta: beta(b), variance: 1e12 });
        assert!(message(0.5, 1.0, &wide, size).starts_with("an acceptance of 0.3 needs more than 4096 temperatures"));
        assert!(ladder_through(&[], &good, RULES[0], 0.3).unwrap_err().to_string().ends_with("got none"));
    }
}
