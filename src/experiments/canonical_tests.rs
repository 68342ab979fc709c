//! Three tests of whether samples come from a canonical ensemble: the slope between two temperatures, fluctuation and
//! dissipation, and the third law. None of them mentions softmax. Particles and tokens take them with the same code, and
//! each test has its negative control.

use std::ops::Range;

use super::error::ExperimentError;
use crate::estimators::{Estimate, GaussLobatto, family_wise_bound};
use crate::units::{Beta, Temperature};

/// Factor by which the temperature is misstated in the negative control.
pub const CONTROL: f64 = 1.05;

/// Probability that any check of a run fails by chance.
pub const ALPHA: f64 = 0.001;

/// What the tests need of one simulated temperature.
#[derive(Clone, Copy, Debug)]
pub struct SampledPoint {
    /// Temperature.
    pub temperature: Temperature,
    /// U, sampled.
    pub energy: Estimate,
    /// Var(E), sampled.
    pub variance: Estimate,
    /// Whether enough events were seen for the errors to be trusted.
    pub resolved: bool,
}

/// Which of the three tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CanonicalTest {
    /// Slope of ln[P1(E)/P2(E)] against E is -(beta_1 - beta_2).
    TwoTemperatureSlope,
    /// U rises by the integral of Var(E)/T^2.
    FluctuationDissipation,
    /// S(inf) - integral of C/T dT = S(0).
    ThirdLaw,
}

impl CanonicalTest {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TwoTemperatureSlope => "two-temperature slope",
            Self::FluctuationDissipation => "fluctuation–dissipation",
            Self::ThirdLaw => "third law",
        }
    }
}

/// One test of one subject: measured against predicted, and the same with the temperature misstated by 5 %.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Which test.
    pub test: CanonicalTest,
    /// What was tested.
    pub subject: String,
    /// What was measured.
    pub measured: Estimate,
    /// What the Boltzmann distribution predicts for it.
    pub predicted: f64,
    /// (measured - predicted)/error.
    pub z: f64,
    /// The same when the stated temperatures are 5 % too high.
    pub control_z: f64,
    /// z of each panel of temperatures, where the test is made panel by panel as well.
    pub panels_z: Vec<f64>,
}

impl TestResult {
    /// Number of checks it stands for.
    #[must_use]
    pub fn n_checks(&self) -> usize {
        1 + self.panels_z.len()
    }

    /// Holds within `bound`, also panel by panel, so that errors cannot cancel between temperatures.
    #[must_use]
    pub fn holds(&self, bound: f64) -> bool {
        self.z.abs() <= bound && self.panels_z.iter().all(|z| z.abs() <= bound)
    }

    /// The negative control is rejected by `bound`.
    #[must_use]
    pub fn control_rejected(&self, bound: f64) -> bool {
        self.control_z.abs() > bound
    }
}

/// The bound on |z| for a family of `n` tests at the false-alarm rate [`ALPHA`].
#[must_use]
pub fn bound(n: usize) -> f64 {
    family_wise_bound(n.max(1), ALPHA).unwrap_or(0.0)
}

/// Compares a slope of the log ratio of energy histograms, `measured` between `first` and `second`, with the
/// predicted -(beta_1 - beta_2); the control predicts it for betas divided by 1.05.
#[must_use]
pub fn two_temperature_slope(subject: &str, measured: Estimate, first: Beta, second: Beta) -> TestResult {
    let predicted = second.get() - first.get();
    TestResult {
        test: CanonicalTest::TwoTemperatureSlope,
        subject: subject.to_owned(),
        measured,
        predicted,
        z: measured.z_score(predicted),
        control_z: measured.z_score(predicted / CONTROL),
        panels_z: Vec::new(),
    }
}

/// Compares the measured rise of U with the integral of the measured Var(E)/T^2: as the ratio of the two over the
/// whole range of `points`, and as a difference in every panel of temperature.
///
/// `points` stand at the nodes of `panels` in ln T. Panels with a point so cold that its errors cannot be trusted are left
/// out of the second part.
///
/// # Errors
///
/// Points and nodes differ in number.
pub fn fluctuation_dissipation(
    subject: &str,
    panels: &GaussLobatto,
    points: &[SampledPoint],
) -> Result<TestResult, ExperimentError> {
    let ratio = |stated: f64| -> Result<Estimate, ExperimentError> {
        let (rise, integral) = rise_and_integral(panels, points, stated, 0..panels.n_panels())?;
        Ok(Estimate { value: integral.value / rise, std_error: integral.std_error / rise, ..integral })
    };
    let measured = ratio(1.0)?;
    let resolved = |panel: &usize| points[3 * panel..=3 * panel + 3].iter().all(|point| point.resolved);
    let panels_z: Result<Vec<f64>, ExperimentError> = (0..panels.n_panels())
        .filter(resolved)
        .map(|panel| {
            let (rise, integral) = rise_and_integral(panels, points, 1.0, panel..panel + 1)?;
            Ok(integral.z_score(rise))
        })
        .collect();
    Ok(TestResult {
        test: CanonicalTest::FluctuationDissipation,
        subject: subject.to_owned(),
        measured,
        predicted: 1.0,
        z: measured.z_score(1.0),
        control_z: ratio(CONTROL)?.z_score(1.0),
        panels_z: panels_z?,
    })
}

/// The rise of U over `range` and the integral that should equal it, with the error of their difference.
///
/// U and Var(E) of one sample are correlated. Both enter at the two ends only; there their errors are added, which is an
/// upper bound whatever the correlation.
fn rise_and_integral(
    panels: &GaussLobatto,
    points: &[SampledPoint],
    stated: f64,
    range: Range<usize>,
) -> Result<(f64, Estimate), ExperimentError> {
    // dU = C dT = C T d ln T with C = Var(E)/T^2.
    let integrand: Vec<Estimate> =
        points.iter().map(|p| p.variance.scaled(1.0 / (p.temperature.get() * stated))).collect();
    let integral = panels.integral_over(range.clone(), &integrand)?;
    let weights = panels.weights(range.clone())?;
    let end = |node: usize, weight: f64| {
        let (energy, own) = (points[node].energy.std_error, weight * integrand[node].std_error);
        energy * energy + 2.0 * energy * own
    };
    let (first, last) = (3 * range.start, 3 * range.end);
    let ends = end(first, weights[0]) + end(last, weights[weights.len() - 1]);
    let std_error = (integral.std_error.powi(2) + ends).sqrt();
    Ok((points[last].energy.value - points[first].energy.value, Estimate { std_error, ..integral }))
}

/// Compares S(inf) - integral of C d ln T, from the measured heat capacities alone, with S(0).
///
/// Where S(0) is not zero there is a second control, S(0) = 0, and the weaker of the two counts: a test that cannot
/// see the degeneracy of the ground state says nothing about it. Above the last node C is taken to fall as 1/T^2, which
/// adds C/2 to the integral; below the first node, and in the first `frozen` panels, C is taken to be 0, so these must be cold enough.
///
/// # Errors
///
/// Points and nodes differ in number.
pub fn third_law(
    subject: &str,
    (panels, frozen): (&GaussLobatto, usize),
    points: &[SampledPoint],
    infinite: f64,
    zero: f64,
) -> Result<TestResult, ExperimentError> {
    let residual = |stated: f64| -> Result<Estimate, ExperimentError> {
        let removed = entropy_removed((panels, frozen), points, stated)?;
        Ok(Estimate { value: infinite - removed.value, ..removed })
    };
    let measured = residual(1.0)?;
    let (misstated, blind) = (residual(CONTROL)?.z_score(zero), measured.z_score(0.0));
    Ok(TestResult {
        test: CanonicalTest::ThirdLaw,
        subject: subject.to_owned(),
        measured,
        predicted: zero,
        z: measured.z_score(zero),
        control_z: if zero == 0.0 || blind.abs() > misstated.abs() { misstated } else { blind },
        panels_z: Vec::new(),
    })
}

/// Integral of C d ln T over all panels but the first `frozen` from the measured variances, for temperatures misstated by `stated`.
fn entropy_removed(
    (panels, frozen): (&GaussLobatto, usize),
    points: &[SampledPoint],
    stated: f64,
) -> Result<Estimate, ExperimentError> {
    let heat_capacities: Vec<Estimate> =
        points.iter().map(|p| p.variance.scaled((p.temperature.get() * stated).powi(-2))).collect();
    let integral = panels.integral_over(frozen..panels.n_panels(), &heat_capacities)?;
    let tail = heat_capacities.last().map_or(0.0, |c| c.value / 2.0);
    Ok(Estimate { value: integral.value + tail, ..integral })
}
