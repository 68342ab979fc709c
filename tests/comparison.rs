//! The comparison as a whole: equal bits from any number of threads, figures from their tables alone, and panels fine
//! enough that the tests of form test statistics and not the quadrature.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::estimators::{Estimate, GaussLobatto};
use gibbs::experiments::canonical_tests::{self, CanonicalTest, SampledPoint};
use gibbs::experiments::compare::{self, Comparison, Config, Findings, Glow, RankShare, Side, Subject};
use gibbs::report::figures::{FigureName, draw};
use gibbs::report::{summary, verdict_table};
use gibbs::rng::{Seed, StreamId};
use gibbs::tokens::Position;
use gibbs::units::Temperature;
use rand_distr::{Distribution, StandardNormal};
use rayon::ThreadPoolBuilder;

/// Contexts of Gaussian logits, in the gauge of those of a language model.
fn contexts(n: usize, vocabulary: usize, spread: f64) -> Vec<Position> {
    let context = |c: usize| {
        let mut rng = Seed(c as u64).stream(StreamId::new(200, 0, 0));
        let logits: Vec<f64> =
            (0..vocabulary).map(|_| spread * Distribution::<f64>::sample(&StandardNormal, &mut rng)).collect();
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        let unit = Canonical::new(&spectrum, Temperature::new(1.0).unwrap().beta());
        let energies = (0..vocabulary).map(|i| -unit.ln_probability(i)).collect();
        Position::full(format!("stand-in, {c}"), Spectrum::new(energies).unwrap())
    };
    (0..n).map(context).collect()
}

fn small() -> Config {
    Config { particles: 2_000, tokens: 2_000, ising_side: 4, sweeps: 1_000, rem_n: 6, ..Config::default() }
}

fn comparison(config: &Config, contexts: &[Position], threads: usize) -> Comparison {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let subjects = compare::subjects(config, contexts).unwrap();
    pool.install(|| compare::run(config, &subjects, Seed(1), &|| ()).unwrap())
}

fn glow(contexts: &[Position]) -> Glow {
    let texts = [0.0, 1.0, 2.0].map(|t| (Temperature::new(t).unwrap(), format!("text, \"at\" T = {t}")));
    compare::glow(&small(), contexts, "a prompt", &texts, Seed(1), &|| ()).unwrap()
}

#[test]
fn one_and_four_threads_give_equal_bits() {
    let (config, contexts) = (small(), contexts(2, 64, 2.0));
    let (one, four) = (comparison(&config, &contexts, 1), comparison(&config, &contexts, 4));
    assert_eq!(format!("{one:?}"), format!("{four:?}"));
    assert_eq!(summary(&one), summary(&four));
    // Control: another seed shows.
    let subjects = compare::subjects(&config, &contexts).unwrap();
    let other = compare::run(&config, &subjects, Seed(2), &|| ()).unwrap();
    assert_ne!(verdict_table(&one), verdict_table(&other));
}

#[test]
fn every_tick_is_given() {
    let (config, contexts) = (small(), contexts(1, 64, 2.0));
    let subjects = compare::subjects(&config, &contexts).unwrap();
    let ticks = std::sync::atomic::AtomicUsize::new(0);
    let count = || {
        ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    compare::run(&config, &subjects, Seed(1), &count).unwrap();
    assert_eq!(ticks.into_inner(), compare::n_ticks(&subjects));
}

#[test]
fn figures_are_redrawn_from_their_tables() {
    let contexts = contexts(2, 64, 2.0);
    let (comparison, glow) = (comparison(&small(), &contexts, 2), glow(&contexts));
    let mut drawings = Vec::new();
    for name in FigureName::ALL {
        let csv = name.table(&comparison, &glow).to_csv();
        // Through the text of the file and back, twice.
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(reader.headers().unwrap()).unwrap();
        reader.records().for_each(|record| writer.write_record(&record.unwrap()).unwrap());
        let again = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        assert_eq!(csv, again, "{}", name.stem());
        let (first, second) = (draw(name, &csv).unwrap(), draw(name, &again).unwrap());
        assert_eq!(first.svg, second.svg, "{}", name.stem());
        assert_eq!(first.png, second.png, "{}", name.stem());
        drawings.push(first.svg);
    }
    // Control: seven tables, seven different pictures; and a table of another figure's form is refused.
    drawings.sort();
    drawings.dedup();
    assert_eq!(drawings.len(), FigureName::ALL.len());
    assert!(draw(FigureName::Glow, "a,b\n1,2\n").is_err());
}

/// Tokens of every rank are drawn as often as their exact probability says, and not as that at T 5 % higher says.
#[test]
fn drawn_tokens_have_the_probabilities_of_their_ranks() {
    let contexts = contexts(3, 512, 2.0);
    let config = Config { particles: 1_000, tokens: 1_000_000, ..small() };
    let at = |t: f64| {
        let text = [(Temperature::new(t).unwrap(), String::new())];
        compare::glow(&config, &contexts, "", &text, Seed(1), &|| ()).unwrap().tokens.remove(0)
    };
    for t in [0.5, 1.0, 3.0] {
        let (right, wrong) = (at(t), at(1.05 * t));
        let resolved = || right.drawn.iter().filter(|share| share.probability.resolved);
        assert!(resolved().count() > 8, "T = {t}");
        assert!(resolved().all(|share| share.probability.z_score().is_some_and(|z| z.abs() < 4.5)), "T = {t}");
        let z = |share: &RankShare| share.probability.estimate.z_score(wrong.by_rank[share.rank - 1]);
        assert!(resolved().any(|share| z(share).abs() > 4.5), "T = {t}");
    }
    // At absolute zero the first rank has everything.
    let cold = at(0.0);
    assert_eq!((cold.drawn.len(), cold.drawn[0].rank, cold.drawn[0].probability.estimate.value), (1, 1, 1.0));
}

/// The values at the nodes of panels between `edges`, without statistical errors.
fn exact_points(subject: &Subject, edges: &[f64]) -> Vec<SampledPoint> {
    let exact = |value| Estimate::new(value, 0.0, f64::INFINITY);
    let point = |ln_temperature: &f64| {
        let temperature = Temperature::new(ln_temperature.exp()).unwrap();
        let thermo = subject.exact().thermo(temperature.beta()).unwrap();
        let variance = exact(thermo.heat_capacity * temperature.get().powi(2));
        SampledPoint { temperature, energy: exact(thermo.energy), variance, resolved: true }
    };
    GaussLobatto::new(edges).unwrap().nodes().iter().map(point).collect()
}

/// Error of the quadrature in each test of form: measured - predicted without statistical errors.
fn residuals(subject: &Subject, edges: &[f64]) -> Vec<(CanonicalTest, f64)> {
    let (panels, points) = (GaussLobatto::new(edges).unwrap(), exact_points(subject, edges));
    let dissipation = canonical_tests::fluctuation_dissipation(&subject.name, &panels, &points).unwrap();
    let mut all = vec![(dissipation.test, dissipation.measured.value - 1.0)];
    if subject.ln_states.is_finite() {
        let law = canonical_tests::third_law(
            &subject.name,
            (&panels, subject.n_frozen_panels()),
            &points,
            subject.ln_states,
            subject.ln_ground,
        )
        .unwrap();
        all.push((law.test, law.measured.value - law.predicted));
    }
    all
}

/// Largest error of the quadrature of dU = C dT in one panel, in statistical errors of that panel.
fn worst_panel(findings: &Findings) -> f64 {
    let (subject, sampled) = (&findings.subject, &findings.points);
    let panels = GaussLobatto::new(subject.panels()).unwrap();
    let exact = exact_points(subject, subject.panels());
    let of = |variance: Estimate, t: Temperature| variance.scaled(1.0 / t.get());
    let integrand: Vec<Estimate> = exact.iter().map(|p| of(p.variance, p.temperature)).collect();
    let noise: Vec<Estimate> = sampled.iter().map(|p| of(p.variance, p.temperature)).collect();
    let resolved = |panel: &usize| sampled[3 * panel..=3 * panel + 3].iter().all(|p| p.resolved);
    let ratio = |panel: usize| {
        let (first, last) = (3 * panel, 3 * panel + 3);
        let rise = exact[last].energy.value - exact[first].energy.value;
        let residual = panels.integral_over(panel..panel + 1, &integrand).unwrap().value - rise;
        let integral = panels.integral_over(panel..panel + 1, &noise).unwrap().std_error;
        let ends = sampled[first].energy.std_error.hypot(sampled[last].energy.std_error);
        residual.abs() / integral.hypot(ends)
    };
    (0..panels.n_panels()).filter(resolved).map(ratio).fold(0.0, f64::max)
}

/// A quadrature error below a tenth of the statistical error moves no z by more than 0.1.
#[test]
fn the_quadrature_is_finer_than_the_statistics() {
    let config = Config::default();
    let contexts = contexts(2, 2048, 2.2);
    let comparison = comparison(&config, &contexts, 2);
    let mut coarse = Vec::new();
    for findings in &comparison.findings {
        let subject = &findings.subject;
        let error_of = |form| findings.tests.iter().find(|v| v.test == form).unwrap().measured.std_error;
        for (form, residual) in residuals(subject, subject.panels()) {
            let error = error_of(form);
            println!(
                "{}, {}: quadrature {residual:+.2e}, statistics {error:.2e}, ratio {:.4}",
                subject.name,
                form.name(),
                residual.abs() / error
            );
            let fine = residual.abs() < 0.1 * error;
            if !fine {
                coarse.push((subject.name.clone(), form, residual / error));
            }
        }
        let worst = worst_panel(findings);
        println!("{}, worst single panel: ratio {worst:.4}", subject.name);
        assert!(worst < 0.1, "{}: a panel is off by {worst} errors", subject.name);
        // Control: two panels for the whole range.
        let (first, last) = (subject.panels()[0], subject.panels()[subject.panels().len() - 1]);
        for (form, residual) in residuals(subject, &[first, 0.5 * (first + last), last]) {
            assert!(residual.abs() > 0.1 * error_of(form), "{}: two panels would do", subject.name);
        }
    }
    assert!(coarse.is_empty(), "panels too coarse: {coarse:?}");
    assert_eq!(comparison.side(Side::Tokens).count(), 2);
    assert!(comparison.passed(), "{}", summary(&comparison));
}
