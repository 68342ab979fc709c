//! The thermometer on draws of known origin: coverage, error bars, false accusations, planted mistakes, bounds.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::report::thermometer_sentence;
use gibbs::rng::{Seed, StreamId, TaskRng, uniform};
use gibbs::samplers::Alias;
use gibbs::tokens::thermometer::{
    Diagnosis, FitStatus, Likelihood, LogprobsMode, Measurement, Request, TestKind, TruncationOrder, TruncationPair,
    bounds, measure,
};
use gibbs::tokens::truncation::{Pipeline, TemperatureOrder, Truncation, TruncationKind, thresholds};
use gibbs::tokens::{Draw, Position, Unlisted};
use gibbs::units::{Beta, Temperature};

const STREAM: u16 = 200;

fn normal(rng: &mut TaskRng) -> f64 {
    (-2.0 * uniform(rng).ln()).sqrt() * (2.0 * std::f64::consts::PI * uniform(rng)).cos()
}

/// Contexts of `size` tokens with Gaussian logits whose spread grows from context to context, E = -ln p at T = 1.
fn contexts(n: usize, size: usize, case: u64) -> Vec<Spectrum> {
    let mut rng = Seed(case).stream(StreamId::new(STREAM, 0, 0));
    (0..n)
        .map(|j| {
            let sigma = 1.5 + 0.4 * j as f64;
            let logits: Vec<f64> = (0..size).map(|_| sigma * normal(&mut rng)).collect();
            in_gauge(&Spectrum::from_logits(&logits).unwrap())
        })
        .collect()
}

fn in_gauge(spectrum: &Spectrum) -> Spectrum {
    let unit = Canonical::new(spectrum, Beta::new(1.0).unwrap());
    Spectrum::new((0..spectrum.len()).map(|i| -unit.ln_probability(i)).collect()).unwrap()
}

fn samplers(contexts: &[Spectrum], beta: f64) -> Vec<Alias> {
    contexts.iter().map(|s| Alias::new(&Canonical::new(s, Beta::new(beta).unwrap()))).collect()
}

fn position(listed: &Spectrum, unlisted: Option<Unlisted>, drawn: Vec<Draw>) -> Position {
    Position { unlisted, drawn, ..Position::full("test", listed.clone()) }
}

/// `n` draws from each sampler, recorded with the full spectra of `contexts`.
fn full(contexts: &[Spectrum], samplers: &[Alias], n: usize, rng: &mut TaskRng) -> Vec<Position> {
    let drawn = |sampler: &Alias, rng: &mut TaskRng| (0..n).map(|_| Draw::Listed(sampler.draw(rng))).collect();
    contexts.iter().zip(samplers).map(|(s, sampler)| position(s, None, drawn(sampler, rng))).collect()
}

/// The same with the `top` likeliest tokens of each spectrum alone listed.
fn partial(contexts: &[Spectrum], samplers: &[Alias], n: usize, top: usize, rng: &mut TaskRng) -> Vec<Position> {
    contexts
        .iter()
        .zip(samplers)
        .map(|(spectrum, sampler)| {
            let (listed, unlisted, place) = head(spectrum, top);
            let drawn = (0..n)
                .map(|_| match place[sampler.draw(rng)] {
                    Some(level) => Draw::Listed(level),
                    None => Draw::Unlisted { ln_probability: None },
                })
                .collect();
            position(&listed, Some(unlisted), drawn)
        })
        .collect()
}

fn head(spectrum: &Spectrum, top: usize) -> (Spectrum, Unlisted, Vec<Option<usize>>) {
    let mut order: Vec<usize> = (0..spectrum.len()).collect();
    order.sort_by(|&a, &b| spectrum.excitation(a).total_cmp(&spectrum.excitation(b)));
    let mut place = vec![None; spectrum.len()];
    order[..top].iter().enumerate().for_each(|(rank, &i)| place[i] = Some(rank));
    let listed = Spectrum::new(order[..top].iter().map(|&i| spectrum.energy(i)).collect()).unwrap();
    let unit = Canonical::new(spectrum, Beta::new(1.0).unwrap());
    let mass = order[top..].iter().map(|&i| unit.probability(i)).sum();
    (listed, Unlisted { mass, n_tokens: Some((spectrum.len() - top) as u64) }, place)
}

fn request(temperature: f64) -> Request {
    Request { temperature: Some(Temperature::new(temperature).unwrap()), ..Request::default() }
}

fn stream(case: u64) -> TaskRng {
    Seed(case).stream(StreamId::new(STREAM, 1, 0))
}

/// The spectrum without the levels that a truncation at b removes.
fn truncated(spectrum: &Spectrum, kind: TruncationKind, parameter: f64, at: f64) -> Spectrum {
    let thresholds = thresholds(kind, &Canonical::new(spectrum, Beta::new(at).unwrap()));
    let energy = |i: usize| if kind.keeps(parameter, thresholds[i]) { spectrum.energy(i) } else { f64::INFINITY };
    Spectrum::new((0..spectrum.len()).map(energy).collect()).unwrap()
}

/// Bound of a binomial count of `n` trials at `p` at 4.5 standard deviations.
fn binomial_bound(n: f64, p: f64) -> f64 {
    4.5 * (n * p * (1.0 - p)).sqrt()
}

/// Runs of 300 draws at b: how often the interval holds it, mean z, and the scatter of T over the predicted one.
fn runs(top: Option<usize>, n_runs: u64, held_against: f64) -> (f64, f64, f64) {
    let contexts = contexts(3, 500, 1);
    let beta = 1.0 / 0.7;
    let samplers = samplers(&contexts, beta);
    let mut rng = stream(1);
    let (mut held, mut z, mut squares, mut predicted) = (0.0, 0.0, 0.0, 0.0);
    for _ in 0..n_runs {
        let positions = match top {
            None => full(&contexts, &samplers, 300, &mut rng),
            Some(top) => partial(&contexts, &samplers, 300, top, &mut rng),
        };
        let likelihood = Likelihood::new(&positions).unwrap();
        let fit = likelihood.fit(0.95).unwrap();
        assert_eq!(fit.status, FitStatus::Measured);
        held += f64::from(fit.contains(held_against));
        let error = fit.beta.unwrap() - held_against;
        z += error / fit.beta_std_error.unwrap();
        squares += (error / held_against).powi(2);
        let point = likelihood.at(held_against);
        predicted += 1.0 / (held_against * held_against * point.information);
    }
    let n = n_runs as f64;
    (held, z / n.sqrt(), (squares / predicted).sqrt())
}

#[test]
fn the_interval_holds_the_temperature_as_often_as_it_says() {
    for top in [None, Some(20)] {
        let (held, z, scatter) = runs(top, 1000, 1.0 / 0.7);
        assert!((held - 950.0).abs() < binomial_bound(1000.0, 0.95), "{held} of 1000");
        // The mean of b^ is off by half a skewness of the score, a few hundredths of an error here.
        assert!(z.abs() < 4.5, "mean z {z}");
        // Relative error of a standard deviation from 1000 runs: 1/sqrt(2000) = 2.2 %.
        assert!((scatter - 1.0).abs() < 0.1, "{scatter}");
        let (held, z, _) = runs(top, 1000, 1.05 / 0.7);
        assert!(held < 900.0 && z.abs() > 9.0, "the control of 1.05 beta passes: {held} {z}");
    }
}

/// T and its error as printed: `measured 0.825(28)`.
fn printed(sentence: &str) -> (f64, f64) {
    let (_, rest) = sentence.split_once("measured ").unwrap();
    let (value, rest) = rest.split_once('(').unwrap();
    let error: f64 = rest.split_once(')').unwrap().0.parse().unwrap();
    let decimals = value.split_once('.').unwrap().1.len() as i32;
    (value.parse().unwrap(), error * 0.1f64.powi(decimals))
}

#[test]
fn the_printed_error_is_one_standard_deviation() {
    let (contexts, n_runs) = (contexts(4, 500, 2), 600);
    let samplers = samplers(&contexts, 1.0 / 0.7);
    let mut rng = stream(21);
    let (mut covered, mut squares) = (0.0, 0.0);
    for run in 0..n_runs {
        let report = measure(&full(&contexts, &samplers, 200, &mut rng), &Request::default(), Seed(run)).unwrap();
        let (t, error) = printed(&thermometer_sentence(&report));
        covered += f64::from((t - 0.7).abs() < error);
        squares += ((t - 0.7) / error).powi(2);
    }
    let n = n_runs as f64;
    assert!((covered - 0.6827 * n).abs() < binomial_bound(n, 0.6827), "{covered} of {n}");
    // Two digits of an error are good to 2 %; an error that is too large by sqrt 2 makes this 0.5.
    assert!((squares / n - 1.0).abs() < 0.04 + 4.5 * (2.0 / n).sqrt(), "{}", squares / n);
}

fn accusations(top: Option<usize>, n_runs: u64, n: usize, drawn_at: f64, requested: f64) -> u64 {
    let contexts = contexts(4, 500, 2);
    let samplers = samplers(&contexts, 1.0 / drawn_at);
    let mut rng = stream(2);
    let mut accused = 0;
    for run in 0..n_runs {
        let positions = match top {
            None => full(&contexts, &samplers, n, &mut rng),
            Some(top) => partial(&contexts, &samplers, n, top, &mut rng),
        };
        let report = measure(&positions, &request(requested), Seed(run)).unwrap();
        accused += u64::from(report.is_rejected());
    }
    accused
}

#[test]
fn a_correct_sampler_is_accused_no_more_often_than_alpha() {
    for top in [None, Some(20)] {
        let accused = accusations(top, 1000, 500, 0.7, 0.7);
        assert!(accused as f64 <= 10.0 + binomial_bound(1000.0, 0.01), "{accused} of 1000");
        // Far from both readings of logprobs, b = 1/0.7 and b = 1.
        let control = accusations(top, 10, 500, 0.5, 0.7);
        assert_eq!(control, 10);
    }
}

fn planted(contexts: &[Spectrum], drawn_from: &[Spectrum], beta: f64, requested: f64, n: usize) -> Measurement {
    let positions = full(contexts, &samplers(drawn_from, beta), n, &mut stream(3));
    measure(&positions, &request(requested), Seed(1)).unwrap()
}

#[test]
fn wrong_temperatures_are_named() {
    let contexts = contexts(6, 2048, 4);
    for (t, expected) in [
        (0.7, Diagnosis::Consistent),
        (0.49, Diagnosis::AppliedTwice),
        (1.0, Diagnosis::NotApplied),
        (1.0 / 0.7, Diagnosis::Inverse),
        (0.8, Diagnosis::OtherTemperature),
        (0.0, Diagnosis::Greedy),
        (f64::INFINITY, Diagnosis::InfinitelyHot),
    ] {
        let report = planted(&contexts, &contexts, 1.0 / t, 0.7, 3000);
        assert_eq!(report.is_rejected(), expected != Diagnosis::Consistent);
        assert_eq!(report.diagnoses[0], expected, "{:?}", report.diagnoses);
    }
}

#[test]
fn hidden_truncations_are_found_with_their_parameter() {
    let contexts = contexts(6, 2048, 5);
    let t = 0.8;
    for (kind, parameter, order) in [
        (TruncationKind::TopK, 40.0, TruncationOrder::Either),
        (TruncationKind::TopP, 0.9, TruncationOrder::Before),
        (TruncationKind::TopP, 0.9, TruncationOrder::After),
        (TruncationKind::MinP, 0.05, TruncationOrder::Either),
        (TruncationKind::Typical, 0.8, TruncationOrder::After),
        (TruncationKind::Typical, 0.8, TruncationOrder::Before),
        (TruncationKind::Epsilon, 0.003, TruncationOrder::After),
        (TruncationKind::Eta, 0.003, TruncationOrder::After),
        (TruncationKind::TopNSigma, 2.0, TruncationOrder::Either),
    ] {
        let at = if order == TruncationOrder::After { 1.0 / t } else { 1.0 };
        let cut: Vec<Spectrum> = contexts.iter().map(|s| truncated(s, kind, parameter, at)).collect();
        let report = planted(&contexts, &cut, 1.0 / t, t, 3000);
        assert!(report.is_rejected());
        let of_kind = report
            .truncations
            .iter()
            .find(|c| c.kind == kind && c.order == order)
            .unwrap_or_else(|| panic!("{kind} is not among the candidates"));
        assert_eq!((report.truncations[0].kind, report.truncations[0].order), (kind, order));
        assert!((of_kind.parameter_low..=of_kind.parameter_high).contains(&parameter), "{parameter}: {of_kind:?}");
        let z = (of_kind.beta - 1.0 / t) / of_kind.beta_std_error.unwrap();
        assert!(z.abs() < 4.5, "T behind {kind}: z = {z}");
        assert!(matches!(&report.diagnoses[0], Diagnosis::HiddenTruncation { truncation, .. } if *truncation == kind));
        assert_eq!(report.pair, None, "{kind}");
    }
}

/// The defaults of engines, of full spectra and, where the list holds what top-k leaves, of lists.
#[test]
fn two_hidden_truncations_are_found_together() {
    let contexts = contexts(6, 500, 12);
    let t = 0.8;
    let min_p = Truncation::min_p(0.05).unwrap();
    let top_k = Truncation::top_k(20).unwrap();
    let top_p = |p| Truncation::top_p(p).unwrap();
    for (truncations, temperature, order, top) in [
        ([top_k, top_p(0.8)], TemperatureOrder::First, TruncationOrder::After, None),
        ([top_k, top_p(0.8)], TemperatureOrder::First, TruncationOrder::After, Some(30)),
        ([top_k, top_p(0.8)], TemperatureOrder::First, TruncationOrder::After, Some(20)),
        ([top_k, top_p(0.9)], TemperatureOrder::Last, TruncationOrder::Before, None),
        ([top_p(0.8), min_p], TemperatureOrder::First, TruncationOrder::After, None),
        ([top_k, min_p], TemperatureOrder::Last, TruncationOrder::Either, None),
    ] {
        let pipeline = Pipeline::new(truncations.to_vec(), None, Some(temperature)).unwrap();
        let kept = |s: &Spectrum| pipeline.apply(s, Temperature::new(t).unwrap()).unwrap().spectrum;
        let cut: Vec<Spectrum> = contexts.iter().map(kept).collect();
        let (drawing, mut rng) = (samplers(&cut, 1.0 / t), stream(15));
        let positions = match top {
            None => full(&contexts, &drawing, 4000, &mut rng),
            Some(top) => partial(&contexts, &drawing, 4000, top, &mut rng),
        };
        let asked = Request { mode: Some(LogprobsMode::Raw), ..request(t) };
        let report = measure(&positions, &asked, Seed(1)).unwrap();
        assert!(report.is_rejected());
        let found = report.pair.as_ref().unwrap_or_else(|| panic!("{pipeline}: {}", thermometer_sentence(&report)));
        let as_drawn = |pair: &&TruncationPair| {
            let names = [pair.first, pair.second.kind];
            pair.second.order == order && truncations.iter().all(|planted| names.contains(&planted.kind()))
        };
        let found = std::iter::once(found).chain(&found.alike).find(as_drawn);
        let found = found.unwrap_or_else(|| panic!("{pipeline}: {}", thermometer_sentence(&report)));
        for truncation in truncations {
            let of_first = truncation.kind() == found.first;
            let fitted = if of_first { found.first_parameter } else { found.second.parameter };
            // min-p is stated as it is before the temperature.
            let power = if truncation == min_p && temperature == TemperatureOrder::First { t } else { 1.0 };
            let ratio = fitted / truncation.parameter().powf(power);
            assert!((0.85..1.2).contains(&ratio), "{pipeline}: {}", thermometer_sentence(&report));
        }
        let z = (found.second.beta - 1.0 / t) / found.second.beta_std_error.unwrap();
        assert!(z.abs() < 4.5, "T behind {pipeline}: z = {z}");
        assert!(matches!(report.diagnoses[..], [Diagnosis::HiddenTruncations(_)]), "{}", thermometer_sentence(&report));
    }
}

/// top-p after the temperature cannot be tested on lists: whatever comes nearest, no other temperature is claimed.
#[test]
fn what_lists_do_not_tell_is_not_excluded() {
    let t = 0.7;
    for case in 20..26 {
        let contexts = contexts(6, 400, case);
        let cut: Vec<Spectrum> = contexts.iter().map(|s| truncated(s, TruncationKind::TopP, 0.8, 1.0 / t)).collect();
        let positions = partial(&contexts, &samplers(&cut, 1.0 / t), 500, 20, &mut stream(case));
        let asked = Request { mode: Some(LogprobsMode::Raw), ..request(t) };
        let report = measure(&positions, &asked, Seed(1)).unwrap();
        assert!(
            report.is_rejected() && !report.diagnoses.contains(&Diagnosis::OtherTemperature),
            "{}",
            thermometer_sentence(&report)
        );
    }
}

#[test]
fn what_cannot_be_told_is_not_told() {
    // A gap of 12: C is 10^-3 per draw.
    let spectrum = in_gauge(&Spectrum::new(vec![0.0, 12.0]).unwrap());
    let positions =
        full(std::slice::from_ref(&spectrum), &samplers(std::slice::from_ref(&spectrum), 1.0), 200, &mut stream(6));
    let report = measure(&positions, &request(1.0), Seed(1)).unwrap();
    assert!(!report.is_rejected() && report.fit.status == FitStatus::GroundStates, "{}", thermometer_sentence(&report));
    assert!(report.fit.temperature_high.unwrap() > 1.0);
    // The likeliest of 20 tokens once: at T = infinity that has the probability 1 - 0.95.
    let twenty = Spectrum::new((0..20).map(|i| f64::from(i) * 0.3).collect()).unwrap();
    let once = [position(&twenty, None, vec![Draw::Listed(0)])];
    let report = measure(&once, &request(0.7), Seed(1)).unwrap();
    assert_eq!(
        (report.fit.status, report.is_rejected()),
        (FitStatus::NotIdentifiable, false),
        "{}",
        thermometer_sentence(&report)
    );
    assert_eq!(report.diagnoses, [Diagnosis::NotIdentifiable]);
    // Equal energies: no temperature at all.
    let flat = Spectrum::new(vec![0.0; 8]).unwrap();
    let positions = full(std::slice::from_ref(&flat), &samplers(std::slice::from_ref(&flat), 1.0), 200, &mut stream(6));
    let report = measure(&positions, &request(1.0), Seed(1)).unwrap();
    assert_eq!(
        (report.fit.status, report.is_rejected()),
        (FitStatus::NotIdentifiable, false),
        "{}",
        thermometer_sentence(&report)
    );
    assert_eq!(report.diagnoses, [Diagnosis::NotIdentifiable]);
}

#[test]
fn readings_of_logprobs() {
    let contexts = contexts(6, 500, 7);
    let t = 0.7;
    // The server reports raw logprobs, or those at the temperature.
    let tempered: Vec<Spectrum> = contexts
        .iter()
        .map(|s| in_gauge(&Spectrum::new((0..s.len()).map(|i| s.energy(i) / t).collect()).unwrap()))
        .collect();
    for (reported, reading) in [(&contexts, LogprobsMode::Raw), (&tempered, LogprobsMode::Tempered)] {
        let beta = if reading == LogprobsMode::Raw { 1.0 / t } else { 1.0 };
        let positions = partial(reported, &samplers(reported, beta), 2000, 20, &mut stream(8));
        let report = measure(&positions, &request(t), Seed(1)).unwrap();
        assert!(!report.is_rejected() && report.reference.mode == Some(reading), "{:?}", report.reference);
        // Told that it is the other one, the draws reject it.
        let other = if reading == LogprobsMode::Raw { LogprobsMode::Tempered } else { LogprobsMode::Raw };
        let wrong = measure(&positions, &Request { mode: Some(other), ..request(t) }, Seed(1)).unwrap();
        assert!(wrong.is_rejected());
    }
    // What acts on the tempered distribution acts after the temperature.
    let cut: Vec<Spectrum> = tempered.iter().map(|s| truncated(s, TruncationKind::TopP, 0.8, 1.0)).collect();
    let positions = partial(&tempered, &samplers(&cut, 1.0), 1000, 20, &mut stream(14));
    let asked = Request { mode: Some(LogprobsMode::Tempered), ..request(t) };
    let report = measure(&positions, &asked, Seed(1)).unwrap();
    let found = &report.truncations[0];
    assert_eq!(
        (found.kind, found.order),
        (TruncationKind::TopP, TruncationOrder::After),
        "{}",
        thermometer_sentence(&report)
    );
    assert!((found.parameter_low..=found.parameter_high).contains(&0.8), "{}", thermometer_sentence(&report));
}

#[test]
fn impossible_tokens_accuse_at_once() {
    let spectrum = Spectrum::new(vec![0.0, 0.5, f64::INFINITY]).unwrap();
    let mut positions =
        full(std::slice::from_ref(&spectrum), &samplers(std::slice::from_ref(&spectrum), 1.0), 500, &mut stream(9));
    assert!(!measure(&positions, &request(1.0), Seed(1)).unwrap().is_rejected());
    positions[0].drawn.push(Draw::Listed(2));
    let report = measure(&positions, &request(1.0), Seed(1)).unwrap();
    assert!(report.is_rejected() && report.diagnoses[0] == Diagnosis::Impossible { n: 1 });
    assert!(report.tested[0].battery.rejects(TestKind::Impossible));
}

#[test]
fn bounds_hold_the_truth_and_say_something() {
    let mut narrow = [0, 0];
    for case in 0..40 {
        let spectrum = &contexts(4, 300 + 40 * case as usize, 100 + case)[(case % 4) as usize];
        for top in [1, 5, 20] {
            let (listed, unlisted, _) = head(spectrum, top);
            for beta in [0.0, 0.2, 0.7, 1.0, 1.4, 3.0, 20.0, f64::INFINITY] {
                let truth = Canonical::new(spectrum, Beta::new(beta).unwrap()).thermo();
                for n_tokens in [unlisted.n_tokens, None] {
                    let found = bounds(&listed, Unlisted { n_tokens, ..unlisted }, beta).unwrap();
                    for (name, interval, value) in [
                        ("ln Z", found.ln_z, truth.ln_z),
                        ("U", found.energy, truth.energy),
                        ("S", found.entropy, truth.entropy),
                        ("C", found.heat_capacity, truth.heat_capacity),
                    ] {
                        assert!(
                            interval.contains(value),
                            "{name} = {value} not in {interval:?}, top {top} at {beta}, case {case}"
                        );
                    }
                    if n_tokens.is_some() && top == 20 && beta == 1.4 {
                        let width = found.entropy.high.unwrap() - found.entropy.low.unwrap();
                        narrow[usize::from(3.0 * width < spectrum.ln_states())] += 1;
                    }
                }
            }
        }
    }
    // At T = 0 unlisted tokens may share the top with the listed ones, but only as many as their mass allows.
    let quarters = Spectrum::new(vec![-0.25f64.ln(); 2]).unwrap();
    let found = bounds(&quarters, Unlisted { mass: 0.5, n_tokens: None }, f64::INFINITY).unwrap();
    assert!((found.entropy.low.unwrap() - 2f64.ln()).abs() < 1e-12);
    assert!((found.entropy.high.unwrap() - 4f64.ln()).abs() < 1e-12 && found.tail.high == Some(0.5));
    // Negative control: with half the mass the truth ln Z(1) = 0 is outside.
    let spectrum = &contexts(1, 400, 99)[0];
    let (listed, unlisted, _) = head(spectrum, 20);
    let wrong = bounds(&listed, Unlisted { mass: 0.5 * unlisted.mass, ..unlisted }, 1.0).unwrap();
    assert!(!wrong.ln_z.contains(0.0));
    assert!(narrow[1] > narrow[0], "the bounds say little: {narrow:?}");
}

#[test]
fn requested_truncations_and_their_order_are_judged() {
    let contexts = contexts(6, 2048, 11);
    let t = 1.5;
    let pipeline = |order| Pipeline::new(vec![Truncation::top_p(0.9).unwrap()], None, Some(order)).unwrap();
    let asked = |order| Request { truncations: Some(pipeline(order)), ..request(t) };
    for (drawn, at) in [(TemperatureOrder::First, 1.0 / t), (TemperatureOrder::Last, 1.0)] {
        let cut: Vec<Spectrum> = contexts.iter().map(|s| truncated(s, TruncationKind::TopP, 0.9, at)).collect();
        let positions = full(&contexts, &samplers(&cut, 1.0 / t), 2000, &mut stream(12));
        for order in [TemperatureOrder::First, TemperatureOrder::Last] {
            let report = measure(&positions, &asked(order), Seed(1)).unwrap();
            assert_eq!(report.is_rejected(), order != drawn);
            if order != drawn {
                let place =
                    if drawn == TemperatureOrder::First { TruncationOrder::After } else { TruncationOrder::Before };
                let best = &report.truncations[0];
                assert_eq!((best.kind, best.order), (TruncationKind::TopP, place));
            }
        }
    }
}

/// Draws by the largest of logit/T + noise, the noise of uniform numbers as `uniform` makes them.
fn by_noise(contexts: &[Spectrum], t: f64, n: usize, mut uniform: impl FnMut(&mut TaskRng) -> f64) -> Vec<Position> {
    let mut rng = stream(13);
    let mut one = |spectrum: &Spectrum, rng: &mut TaskRng| {
        let mut best = (f64::NEG_INFINITY, 0);
        for (i, excitation) in spectrum.excitations().iter().enumerate() {
            let value = -excitation / t - (-uniform(rng).ln()).ln();
            if value > best.0 {
                best = (value, i);
            }
        }
        Draw::Listed(best.1)
    };
    let mut drawn = |spectrum: &Spectrum| (0..n).map(|_| one(spectrum, &mut rng)).collect();
    contexts.iter().map(|s| position(s, None, drawn(s))).collect()
}

#[test]
fn capped_noise_shows_and_24_bits_do_not() {
    let contexts = contexts(5, 500, 14);
    let t = 0.7;
    // As candle's GumbelSoftmax: uniform in [10^-7, 0.999).
    let capped = by_noise(&contexts, t, 2000, |rng| 1e-7 + (0.999 - 1e-7) * uniform(rng));
    let report = measure(&capped, &request(t), Seed(1)).unwrap();
    assert!(report.is_rejected() && report.diagnoses[0] == Diagnosis::NotBoltzmann, "{:?}", report.diagnoses);
    // Uniform numbers of 24 bits change no probability by more than 6e-8.
    let coarse =
        by_noise(&contexts, t, 2000, |rng| (uniform(rng) * 16_777_216.0).ceil().min(16_777_215.0) / 16_777_216.0);
    let report = measure(&coarse, &request(t), Seed(1)).unwrap();
    assert!(!report.is_rejected(), "{}", thermometer_sentence(&report));
    assert!(report.power.removed_share > 1e-4);
}
