//! Faults of real samplers planted under the embedded model, and what 20 000 of its tokens show of them.
#![cfg(all(feature = "cli", feature = "llm"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/planted.rs"]
mod planted;

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::report::{Provenance, thermometer_sentence, thermometer_text};
use gibbs::rng::{Seed, StreamId};
use gibbs::tokens::models::LanguageModel;
use gibbs::tokens::thermometer::{Diagnosis, Measurement, Request, measure};
use gibbs::tokens::truncation::{Pipeline, TemperatureOrder, Truncation, TruncationKind};
use gibbs::tokens::views::{PROMPTS, contexts};
use gibbs::tokens::{Draw, Position, Unlisted};
use gibbs::units::Temperature;
use planted::{Planted, Prepared};

const DRAWS: usize = 20_000;
/// Stream of these tests, apart from those of the thermometer itself.
const STREAM: u16 = 300;

/// The model's distributions after the prompts of the comparison, E = -ln p at T = 1.
fn spectra() -> Vec<Spectrum> {
    let prompts = PROMPTS.map(str::to_owned);
    contexts(&LanguageModel::embedded().unwrap(), &prompts).unwrap().into_iter().map(|c| c.listed).collect()
}

/// The same with every tenth token masked.
fn masked() -> Vec<Spectrum> {
    let mask = |spectrum: &Spectrum| {
        let energy = |i: usize| if i % 10 == 3 { f64::INFINITY } else { spectrum.energy(i) };
        Spectrum::new((0..spectrum.len()).map(energy).collect()).unwrap()
    };
    spectra().iter().map(mask).collect()
}

fn at(t: f64) -> Temperature {
    Temperature::new(t).unwrap()
}

fn prepare(planted: Planted, spectra: &[Spectrum], t: f64) -> Vec<Prepared> {
    spectra.iter().map(|spectrum| planted.prepare(spectrum, at(t))).collect()
}

/// `n` draws in all, with the full distributions.
fn full(spectra: &[Spectrum], samplers: &[Prepared], n: usize, case: u64) -> Vec<Position> {
    let each = n.div_ceil(spectra.len());
    let of = |(k, (spectrum, sampler)): (u32, (&Spectrum, &Prepared))| {
        let mut rng = Seed(case).stream(StreamId::new(STREAM, k, 0));
        let drawn = (0..each).map(|_| Draw::Listed(sampler.draw(&mut rng))).collect();
        Position { drawn, ..Position::full(format!("context {k}"), spectrum.clone()) }
    };
    (0..).zip(spectra.iter().zip(samplers)).map(of).collect()
}

/// The same as a server reports it: the 20 likeliest tokens and the mass of the others.
fn listed(positions: Vec<Position>) -> Vec<Position> {
    const TOP: usize = 20;
    let shorten = |position: Position| {
        let whole = &position.listed;
        let mut order: Vec<usize> = (0..whole.len()).collect();
        order.sort_by(|&a, &b| whole.excitation(a).total_cmp(&whole.excitation(b)));
        let unit = Canonical::new(whole, at(1.0).beta());
        let mass = order[TOP..].iter().map(|&i| unit.probability(i)).sum();
        let place = |level: usize| order[..TOP].iter().position(|&i| i == level);
        let draw = |draw: &Draw| match *draw {
            Draw::Listed(level) => place(level).map_or(Draw::Unlisted { ln_probability: None }, Draw::Listed),
            other => other,
        };
        Position {
            listed: Spectrum::new(order[..TOP].iter().map(|&i| whole.energy(i)).collect()).unwrap(),
            unlisted: Some(Unlisted { mass, n_tokens: Some((whole.len() - TOP) as u64) }),
            drawn: position.drawn.iter().map(draw).collect(),
            ..position
        }
    };
    positions.into_iter().map(shorten).collect()
}

fn request(t: f64) -> Request {
    Request { temperature: Some(at(t)), ..Request::default() }
}

/// 20 000 tokens of a planted sampler that was asked for `t`, before the thermometer.
fn audit(planted: Planted, spectra: &[Spectrum], t: f64, request: &Request) -> Measurement {
    measure(&full(spectra, &prepare(planted, spectra, t), DRAWS, 1), request, Seed(1)).unwrap()
}

fn names(report: &Measurement, kind: TruncationKind, parameter: f64) -> bool {
    report.diagnoses.iter().any(|found| match found {
        Diagnosis::HiddenTruncation { truncation, parameter_low, parameter_high, .. } => {
            *truncation == kind && *parameter_low <= parameter && parameter <= *parameter_high
        }
        _ => false,
    })
}

#[test]
fn wrong_temperatures_are_named() {
    let spectra = spectra();
    for t in [0.7, 1.5] {
        let report = audit(Planted::TemperatureTwice, &spectra, t, &request(t));
        assert!(
            report.is_rejected() && report.diagnoses == [Diagnosis::AppliedTwice],
            "{t}: {}",
            thermometer_sentence(&report)
        );
        let report = audit(Planted::TemperatureNot, &spectra, t, &request(t));
        assert!(
            report.is_rejected() && report.diagnoses == [Diagnosis::NotApplied],
            "{t}: {}",
            thermometer_sentence(&report)
        );
        let report = audit(Planted::Correct, &spectra, t, &request(t));
        assert!(
            !report.is_rejected() && report.diagnoses == [Diagnosis::Consistent],
            "{t}: {}",
            thermometer_sentence(&report)
        );
        let report = audit(Planted::Correct, &spectra, t, &request(1.05 * t));
        assert!(report.is_rejected(), "a temperature wrong by 5 % passes: {}", thermometer_sentence(&report));
    }
}

#[test]
fn hidden_truncations_are_named_with_their_parameter() {
    let spectra = spectra();
    for (planted, kind, parameter) in [
        (Planted::HiddenTopK(40), TruncationKind::TopK, 40.0),
        (Planted::HiddenTopP(0.95), TruncationKind::TopP, 0.95),
        (Planted::HiddenMinP(0.02), TruncationKind::MinP, 0.02),
    ] {
        // At T = 1 the places before and after the temperature are one.
        let report = audit(planted, &spectra, 1.0, &request(1.0));
        assert!(
            report.is_rejected() && names(&report, kind, parameter),
            "{planted:?}: {}",
            thermometer_sentence(&report)
        );
        let truncation = match planted {
            Planted::HiddenTopK(k) => Truncation::top_k(k),
            Planted::HiddenTopP(p) => Truncation::top_p(p),
            _ => Truncation::min_p(parameter),
        };
        let pipeline = Pipeline::new(vec![truncation.unwrap()], None, None).unwrap();
        let asked = Request { truncations: Some(pipeline), ..request(1.0) };
        let report = audit(planted, &spectra, 1.0, &asked);
        assert!(!report.is_rejected(), "{planted:?} asked for: {}", thermometer_sentence(&report));
    }
}

#[test]
fn the_wrong_order_is_found() {
    let spectra = spectra();
    let top_p = Truncation::top_p(0.9).unwrap();
    let asked =
        |order| Request { truncations: Some(Pipeline::new(vec![top_p], None, Some(order)).unwrap()), ..request(1.5) };
    let (first, last) = (TemperatureOrder::First, TemperatureOrder::Last);
    for (planted, true_order, wrong) in
        [(Planted::WrongOrder(top_p), last, first), (Planted::HiddenTopP(0.9), first, last)]
    {
        let report = audit(planted, &spectra, 1.5, &asked(wrong));
        assert!(report.is_rejected(), "{planted:?}: {}", thermometer_sentence(&report));
        let report = audit(planted, &spectra, 1.5, &asked(true_order));
        assert!(!report.is_rejected(), "{planted:?}: {}", thermometer_sentence(&report));
        // Without a request for a truncation it is named, with its place.
        let report = audit(planted, &spectra, 1.5, &request(1.5));
        assert!(
            report.is_rejected() && names(&report, TruncationKind::TopP, 0.9),
            "{planted:?}: {}",
            thermometer_sentence(&report)
        );
        let place = if true_order == last { "before the temperature" } else { "after the temperature" };
        assert!(thermometer_sentence(&report).contains(place), "{planted:?}: {}", thermometer_sentence(&report));
    }
}

#[test]
fn capped_noise_is_no_boltzmann_distribution() {
    let spectra = spectra();
    let report = audit(Planted::CappedGumbel, &spectra, 0.8, &request(0.8));
    assert!(report.is_rejected(), "{}", thermometer_sentence(&report));
    assert_eq!(report.diagnoses[0], Diagnosis::NotBoltzmann, "{}", thermometer_sentence(&report));
}

#[test]
fn forbidden_tokens_are_counted() {
    let spectra = masked();
    for rate in [1.0 / 220.0, 0.001_58] {
        let report = audit(Planted::ForbiddenDrawn { rate }, &spectra, 0.8, &request(0.8));
        let expected = rate * DRAWS as f64;
        let z = (report.n_impossible as f64 - expected) / expected.sqrt();
        assert!(report.is_rejected() && z.abs() < 4.5, "{rate}: {} impossible", report.n_impossible);
        assert!(matches!(report.diagnoses[0], Diagnosis::Impossible { .. }), "{}", thermometer_sentence(&report));
    }
    let report = audit(Planted::Correct, &spectra, 0.8, &request(0.8));
    assert!(!report.is_rejected() && report.n_impossible == 0, "{}", thermometer_sentence(&report));
}

#[test]
fn what_24_bits_change_is_said_to_be_out_of_reach() {
    let spectra = spectra();
    for planted in [Planted::Uniform24Bits, Planted::Race24Bits] {
        let report = audit(planted, &spectra, 1.0, &request(1.0));
        assert!(!report.is_rejected(), "{planted:?}: {}", thermometer_sentence(&report));
        let text = thermometer_text(&report, &Provenance::default());
        let (_, blind) = text.split_once("not seen").unwrap();
        assert!(blind.contains("24 bits") && blind.contains("Gumbel noise"), "{blind}");
        // The race ends at gaps of 24 ln 2 + ln 17; the draws did not reach as far.
        assert!(report.power.deepest_gap.unwrap() < 24.0 * 2f64.ln(), "{:?}", report.power);
    }
}

#[test]
fn lists_of_the_likeliest_tokens_show_them_too() {
    let spectra = spectra();
    let see = |planted, t| {
        let positions = listed(full(&spectra, &prepare(planted, &spectra, t), DRAWS, 2));
        let raw = gibbs::tokens::thermometer::LogprobsMode::Raw;
        measure(&positions, &Request { mode: Some(raw), ..request(t) }, Seed(2)).unwrap()
    };
    for (planted, diagnosis) in
        [(Planted::TemperatureTwice, Diagnosis::AppliedTwice), (Planted::TemperatureNot, Diagnosis::NotApplied)]
    {
        let report = see(planted, 0.7);
        assert!(
            report.is_rejected() && report.diagnoses.contains(&diagnosis),
            "{planted:?}: {}",
            thermometer_sentence(&report)
        );
    }
    for (planted, kind, parameter) in
        [(Planted::HiddenTopK(10), TruncationKind::TopK, 10.0), (Planted::HiddenTopP(0.5), TruncationKind::TopP, 0.5)]
    {
        let report = see(planted, 1.0);
        assert!(
            report.is_rejected() && names(&report, kind, parameter),
            "{planted:?}: {}",
            thermometer_sentence(&report)
        );
    }
    let report = see(Planted::Correct, 0.7);
    assert!(!report.is_rejected(), "{}", thermometer_sentence(&report));
}

/// Accusations of 1 000 correct samplers at alpha = 1 %: at most 10 are expected, and a count of more than
/// 10 + 4.5 sqrt(9.9) = 24 has a probability below 1e-4.
fn accusations(t: f64, draws: usize, request: &Request, planted: Planted, repetitions: u64) -> u64 {
    let spectra = spectra();
    let samplers = prepare(planted, &spectra, t);
    let accused = |case: u64| {
        let positions = full(&spectra, &samplers, draws, 1000 + case);
        measure(&positions, request, Seed(1000 + case)).unwrap().is_rejected()
    };
    (0..repetitions).filter(|&case| accused(case)).count() as u64
}

#[test]
fn correct_samplers_are_hardly_ever_accused() {
    let accused = accusations(0.7, 2000, &request(0.7), Planted::Correct, 1000);
    assert!(accused <= 24, "{accused} of 1000 correct samplers are accused");
    // The same draws against a temperature 10 % off: this many tokens have the power to tell.
    let caught = accusations(0.7, 2000, &request(0.77), Planted::Correct, 10);
    assert_eq!(caught, 10, "only {caught} of 10 wrong temperatures are found");
}

#[test]
fn correct_truncations_are_hardly_ever_accused() {
    let pipeline = Pipeline::new(vec![Truncation::top_p(0.9).unwrap()], None, None).unwrap();
    let asked = Request { truncations: Some(pipeline), ..request(1.0) };
    let accused = accusations(1.0, 2000, &asked, Planted::HiddenTopP(0.9), 300);
    // 3 + 4.5 sqrt(3) of 300.
    assert!(accused <= 10, "{accused} of 300 correct samplers are accused");
    let caught = accusations(1.0, 2000, &asked, Planted::HiddenTopP(0.95), 10);
    assert_eq!(caught, 10, "only {caught} of 10 wrong truncations are found");
}

#[test]
fn few_draws_accuse_nobody_either() {
    let spectra = spectra();
    let samplers = prepare(Planted::Correct, &spectra, 0.7);
    for draws in [1, 2, 3, 5, 8, 15, 16, 40] {
        let accused = |case: u64| {
            // All draws from one context.
            let one = full(&spectra[..1], &samplers[..1], draws, 5000 + case);
            measure(&one, &request(0.7), Seed(case)).unwrap().is_rejected()
        };
        let n = (0..100).filter(|&case| accused(case)).count();
        // One of 100 is expected at most; 7 or more have a probability of 1e-4.
        assert!(n <= 6, "{n} of 100 correct samplers are accused by {draws} draws");
    }
}
