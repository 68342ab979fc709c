//! Truncations against reference tables, against llama.cpp and transformers themselves, and against their own laws.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/reference.rs"]
#[allow(dead_code)]
mod reference;

use gibbs::TokenSampler;
use gibbs::ensemble::{Canonical, Spectrum, Thermo};
use gibbs::rng::{Seed, TaskRng, uniform};
use gibbs::tokens::truncation::{
    Engine, Pipeline, TemperatureOrder, Truncated, Truncation, TruncationKind, thresholds,
};
use gibbs::units::Temperature;
use reference::{Row, rows};

const FIRST: Option<TemperatureOrder> = Some(TemperatureOrder::First);
const LAST: Option<TemperatureOrder> = Some(TemperatureOrder::Last);

fn apply(
    logits: &[f64],
    truncations: &[Truncation],
    engine: Option<Engine>,
    order: Option<TemperatureOrder>,
    t: f64,
) -> Truncated {
    let spectrum = Spectrum::from_logits(logits).unwrap();
    let pipeline = Pipeline::new(truncations.to_vec(), engine, order).unwrap();
    pipeline.apply(&spectrum, Temperature::new(t).unwrap()).unwrap()
}

fn kept(truncated: &Truncated) -> Vec<usize> {
    (0..truncated.spectrum.len()).filter(|&i| !truncated.spectrum.is_forbidden(i)).collect()
}

fn ensemble(truncated: &Truncated) -> Canonical<'_> {
    Canonical::new(&truncated.spectrum, truncated.beta)
}

fn thermo(truncated: &Truncated) -> Thermo {
    ensemble(truncated).thermo()
}

fn by_name(name: &str, parameter: f64) -> Truncation {
    let name = name.trim_end_matches("_p").replace('_', "-");
    let name = if ["top", "min"].contains(&name.as_str()) { format!("{name}-p") } else { name };
    let kind = TruncationKind::ALL.into_iter().find(|kind| kind.name() == name).unwrap();
    Truncation::new(kind, parameter).unwrap()
}

fn indices(row: &Row, column: &str) -> Vec<usize> {
    row.text(column).split([' ', ';']).map(|i| i.parse().unwrap()).collect()
}

fn numbers(row: &Row, column: &str) -> Vec<f64> {
    row.text(column).split(' ').map(|x| x.parse().unwrap()).collect()
}

fn reference_logits(vector: &str) -> Vec<f64> {
    let vectors = rows("s15_truncation_vectors");
    vectors.iter().filter(|row| row.text("vector_id") == vector).map(|row| row.number("logit")).collect()
}

#[test]
fn kept_sets_and_probabilities_are_those_of_the_reference() {
    let cases = rows("s15_truncation_cases");
    let probabilities = rows("s15_truncation_probs");
    let (mut undecided, mut moved) = (0, 0);
    for case in &cases {
        let logits = reference_logits(case.text("vector_id"));
        let truncation = by_name(case.text("rule"), case.number("parameter"));
        let expected = indices(case, "kept_indices");
        // A margin of zero belongs to tokens tied with the k-th, which are kept by definition: nothing is skipped.
        undecided += u32::from(case.number("decision_margin") < 1e-12);
        for engine in [None, Some(Engine::Transformers)] {
            let truncated = apply(&logits, &[truncation], engine, None, case.number("T"));
            let name = format!("case {}", case.text("case_id"));
            assert_eq!(kept(&truncated), expected, "{name}");
            assert_eq!(truncated.n_kept, expected.len());
            assert!((truncated.kept_mass - case.number("kept_mass")).abs() < 1e-10, "{name}");
            assert!((thermo(&truncated).entropy - case.number("S_after")).abs() < 1e-10, "{name}");
            let rows = probabilities.iter().filter(|row| row.text("case_id") == case.text("case_id"));
            let mut n_rows = 0;
            for row in rows {
                n_rows += 1;
                let (i, after) = (row.number("index") as usize, row.number("p_after"));
                let before = Spectrum::from_logits(&logits).unwrap();
                let before = Canonical::new(&before, truncated.beta).probability(i);
                assert!((before - row.number("p_before")).abs() < 1e-10, "{name}");
                assert!((ensemble(&truncated).probability(i) - after).abs() < 1e-10, "{name}");
            }
            assert!(n_rows >= expected.len(), "{name} has {n_rows} probabilities");
        }
        moved += u32::from(kept(&apply(&logits, &[truncation], None, LAST, case.number("T"))) != expected);
    }
    assert_eq!((cases.len(), undecided), (246, 3));
    // Control: the other place of the temperature keeps other sets.
    assert!(moved > 50, "only {moved} cases see where the temperature stands");
}

/// Rows of a table in tests/data that disagree with our `engine`: tokens up to the order of ties, and probabilities.
fn disagreements(file: &str, engine: Engine, tolerance: f64) -> Vec<String> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let mut wrong = Vec::new();
    let mut n_rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let row = Row(names.iter().cloned().zip(record.iter().map(String::from)).collect());
        n_rows += 1;
        let logits = numbers(&row, "logits");
        let truncations: Vec<Truncation> = row
            .text("chain")
            .split(' ')
            .map(|link| link.split_once('=').unwrap())
            .map(|(name, parameter)| by_name(name, parameter.parse().unwrap()))
            .collect();
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        let Ok(pipeline) = Pipeline::new(truncations, Some(engine), None) else { continue };
        let temperature = Temperature::new(row.number("temperature")).unwrap();
        let truncated = pipeline.apply(&spectrum, temperature).unwrap();
        let sorted = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values
        };
        let logits_of = |tokens: &[usize]| sorted(tokens.iter().map(|&i| logits[i] + 0.0).collect());
        let (ours, theirs) = (kept(&truncated), indices(&row, "kept"));
        let ours_p = sorted(ours.iter().map(|&i| ensemble(&truncated).probability(i)).collect());
        let theirs_p = sorted(numbers(&row, "probabilities"));
        let same_p = || ours_p.iter().zip(&theirs_p).all(|(a, b)| (a - b).abs() <= tolerance * b);
        if logits_of(&ours) != logits_of(&theirs) || !same_p() {
            wrong.push(format!("{}: ours {ours:?}, theirs {theirs:?}", row.text("chain")));
        }
    }
    assert!(n_rows >= 39, "{file} has {n_rows} rows");
    wrong
}

#[test]
fn the_preset_of_llama_cpp_keeps_what_llama_cpp_keeps() {
    let wrong = disagreements("llama_cpp_truncations.csv", Engine::LlamaCpp, 2e-5);
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Control: the rules of transformers do not.
    let others = disagreements("llama_cpp_truncations.csv", Engine::Transformers, 2e-5);
    assert!(others.len() > 10, "{}", others.len());
}

#[test]
fn the_preset_of_transformers_keeps_what_transformers_keeps() {
    let wrong = disagreements("transformers_truncations.csv", Engine::Transformers, 1e-10);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let others = disagreements("transformers_truncations.csv", Engine::LlamaCpp, 1e-10);
    assert!(others.len() > 5, "{}", others.len());
}

fn random_logits(n: usize, rng: &mut TaskRng) -> Vec<f64> {
    // Broad, without ties, and some forbidden.
    let logits: Vec<f64> = (0..n)
        .map(|_| if uniform(rng) < 0.1 { f64::NEG_INFINITY } else { 4.0 * (uniform(rng) + uniform(rng)).ln() })
        .collect();
    if logits.iter().all(|x| x.is_infinite()) { vec![0.0; n] } else { logits }
}

/// A parameter of `kind` that cuts somewhere.
fn random_parameter(kind: TruncationKind, rng: &mut TaskRng) -> f64 {
    let u = uniform(rng);
    match kind {
        TruncationKind::TopK => (1.0 + 40.0 * u).floor(),
        TruncationKind::TopNSigma => 3.0 * u,
        TruncationKind::TopP | TruncationKind::Typical => 0.999 * u,
        TruncationKind::MinP | TruncationKind::Epsilon | TruncationKind::Eta => 0.5 * u.powi(4) + 1e-9,
    }
}

fn each_case(mut check: impl FnMut(TruncationKind, &[f64], f64, &mut TaskRng)) {
    for case in 0..200 {
        let mut rng = Seed(case).set_up();
        let logits = random_logits(60, &mut rng);
        let t = 0.2 + 3.0 * uniform(&mut rng);
        for kind in TruncationKind::ALL {
            check(kind, &logits, t, &mut rng);
        }
    }
}

#[test]
fn kept_sets_are_nested_and_never_empty() {
    each_case(|kind, logits, t, rng| {
        let (a, b) = (random_parameter(kind, rng), random_parameter(kind, rng));
        let kept = |parameter| kept(&apply(logits, &[Truncation::new(kind, parameter).unwrap()], None, None, t));
        let (less, more) = if (a < b) == kind.nested_upwards() { (kept(a), kept(b)) } else { (kept(b), kept(a)) };
        assert!(less.iter().all(|i| more.contains(i)), "{kind} {a} {b}");
        assert!(!less.is_empty());
        let tightest = match kind {
            TruncationKind::TopK => 1.0,
            _ if kind.nested_upwards() => 1e-300,
            TruncationKind::MinP => 1.0,
            _ => 1f64.next_down(),
        };
        for t in [0.0, t, 1e9, f64::INFINITY, -1.0] {
            let truncation = Truncation::new(kind, tightest).unwrap();
            assert!(apply(logits, &[truncation], None, None, t).n_kept >= 1, "{kind} at T = {t}");
        }
    });
}

#[test]
fn only_differences_of_logits_matter_and_not_their_order() {
    each_case(|kind, logits, t, rng| {
        let truncation = Truncation::new(kind, random_parameter(kind, rng)).unwrap();
        let kept = |logits: &[f64]| kept(&apply(logits, &[truncation], None, None, t));
        let expected = kept(logits);
        let shifted: Vec<f64> = logits.iter().map(|x| x + 37.25).collect();
        assert_eq!(kept(&shifted), expected, "{kind}");
        let n = logits.len();
        let turned: Vec<f64> = (0..n).map(|i| logits[(7 * i + 3) % n]).collect();
        let mut back: Vec<usize> = kept(&turned).iter().map(|i| (7 * i + 3) % n).collect();
        back.sort_unstable();
        assert_eq!(back, expected, "{kind}");
    });
}

#[test]
fn top_k_and_top_n_sigma_do_not_see_the_temperature_and_top_p_does() {
    let mut seen = 0;
    each_case(|kind, logits, t, rng| {
        let truncation = Truncation::new(kind, random_parameter(kind, rng)).unwrap();
        let kept = |t| kept(&apply(logits, &[truncation], None, None, t));
        match kind {
            TruncationKind::TopK | TruncationKind::TopNSigma => {
                for other in [0.0, 0.1, 2.0 * t, f64::INFINITY] {
                    assert_eq!(kept(t), kept(other), "{kind} at T = {other}");
                }
            }
            TruncationKind::TopP => seen += u32::from(kept(t) != kept(3.0 * t)),
            _ => {}
        }
    });
    assert!(seen > 150, "top-p saw a threefold temperature in {seen} of 200 cases");
}

#[test]
fn min_p_before_the_temperature_is_another_min_p_after_it() {
    let mut differ = 0;
    each_case(|kind, logits, t, rng| {
        if kind != TruncationKind::MinP {
            return;
        }
        let ratio = random_parameter(kind, rng);
        let before = apply(logits, &[Truncation::min_p(ratio).unwrap()], None, LAST, t);
        let after = apply(logits, &[Truncation::min_p(ratio.powf(1.0 / t)).unwrap()], None, FIRST, t);
        assert_eq!(kept(&before), kept(&after));
        assert!((thermo(&before).entropy - thermo(&after).entropy).abs() < 1e-12);
        differ +=
            u32::from(kept(&before) != kept(&apply(logits, &[Truncation::min_p(ratio).unwrap()], None, FIRST, t)));
    });
    assert!(differ > 100, "the place of the temperature mattered in {differ} of 200 cases");
}

#[test]
fn a_later_truncation_sees_what_the_earlier_has_left() {
    each_case(|kind, logits, t, rng| {
        let first = Truncation::new(kind, random_parameter(kind, rng)).unwrap();
        let then = Truncation::top_p(0.8).unwrap();
        let once = apply(logits, &[first], None, None, t);
        let survivors: Vec<f64> = once.spectrum.excitations().iter().map(|x| -x).collect();
        let expected = kept(&apply(&survivors, &[then], None, None, t));
        assert_eq!(kept(&apply(logits, &[first, then], None, None, t)), expected, "{kind}");
    });
}

#[test]
fn a_truncated_ensemble_has_the_energy_and_entropy_of_its_probabilities() {
    each_case(|kind, logits, t, rng| {
        let truncation = Truncation::new(kind, random_parameter(kind, rng)).unwrap();
        let truncated = apply(logits, &[truncation], None, None, t);
        let all = Spectrum::from_logits(logits).unwrap();
        let p = Canonical::new(&all, truncated.beta).probabilities();
        let kept = kept(&truncated);
        let mass: f64 = kept.iter().map(|&i| p[i]).sum();
        assert!((truncated.kept_mass - mass).abs() < 1e-12);
        let energy: f64 = kept.iter().map(|&i| -logits[i] * p[i] / mass).sum();
        let entropy: f64 = -kept.iter().map(|&i| p[i] / mass * (p[i] / mass).ln()).sum::<f64>();
        let thermo = thermo(&truncated);
        assert!((thermo.energy - energy).abs() < 1e-11 && (thermo.entropy - entropy).abs() < 1e-11, "{kind}");
    });
}

/// The known difference: the same T and top-p are two ensembles, unless T = 1.
#[test]
fn the_same_settings_mean_two_ensembles_to_two_engines() {
    let logits: Vec<f64> = (0..100).map(|i| -3.0 * f64::from(i).ln_1p()).collect();
    let top_p = [Truncation::top_p(0.9).unwrap()];
    let thermo = |engine, t| thermo(&apply(&logits, &top_p, Some(engine), None, t));
    let (last, first) = (thermo(Engine::LlamaCpp, 2.0), thermo(Engine::Transformers, 2.0));
    assert!(first.entropy > last.entropy + 0.5 && first.energy > last.energy + 0.5, "{first:?} {last:?}");
    assert_eq!(thermo(Engine::LlamaCpp, 1.0), thermo(Engine::Transformers, 1.0));
    assert_eq!(thermo(Engine::Vllm, 2.0), first);
}

#[test]
fn thresholds_of_a_whole_vocabulary_are_found() {
    let mut rng = Seed(1).set_up();
    let logits: Vec<f64> = (0..151_936).map(|_| 3.0 * (uniform(&mut rng) / uniform(&mut rng)).ln()).collect();
    let spectrum = Spectrum::from_logits(&logits).unwrap();
    let tokens = Canonical::new(&spectrum, Temperature::new(0.8).unwrap().beta());
    for kind in TruncationKind::ALL {
        let thresholds = thresholds(kind, &tokens);
        let n_kept =
            thresholds.iter().filter(|&&a| kind.keeps(0.9 + f64::from(kind == TruncationKind::TopK) * 0.1, a)).count();
        assert!(n_kept >= 1 && n_kept < logits.len(), "{kind} keeps {n_kept}");
    }
}

/// Shares of equal tokens are powers of two and their sums exact, so that the boundary itself can be asked for: top-p keeps the
/// smallest set whose mass reaches p, and no token more where it is reached exactly.
#[test]
fn top_p_stops_where_its_mass_is_reached() {
    for (n, forbidden) in [(8, 0), (8, 3), (64, 1)] {
        let mut logits = vec![1.5; n];
        logits.extend(vec![f64::NEG_INFINITY; forbidden]);
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        for t in [0.25, 1.0, 3.0, f64::INFINITY] {
            let ensemble = Canonical::new(&spectrum, Temperature::new(t).unwrap().beta());
            let first = thresholds(TruncationKind::TopP, &ensemble);
            for k in 1..n {
                let mass = k as f64 / n as f64;
                assert_eq!(first[k], mass);
                assert!(!TruncationKind::TopP.keeps(mass, first[k]) && TruncationKind::TopP.keeps(mass, first[k - 1]));
                for engine in [None, Some(Engine::Transformers), Some(Engine::LlamaCpp), Some(Engine::Vllm)] {
                    let n_kept = |p| apply(&logits, &[Truncation::top_p(p).unwrap()], engine, None, t).n_kept;
                    let found = [mass.next_down(), mass, mass.next_up()].map(n_kept);
                    assert_eq!(found, [k, k, k + 1], "top-p {mass} of {n} equal tokens, {engine:?}, T = {t}");
                }
            }
        }
    }
}

/// What a sampler draws at the boundary: each of the tokens kept, and never the one behind them.
#[test]
fn draws_stop_where_the_mass_of_top_p_is_reached() {
    const DRAWS: u32 = 4000;
    for k in [1, 4, 8, 15] {
        let pipeline = Pipeline::new(vec![Truncation::top_p(k as f64 / 16.0).unwrap()], None, None).unwrap();
        let mut sampler = TokenSampler::new(pipeline, Temperature::new(0.7).unwrap());
        let mut rng = Seed(k as u64).set_up();
        let mut counts = [0_u32; 16];
        (0..DRAWS).for_each(|_| counts[sampler.draw(&[0.5; 16], &mut rng).unwrap()] += 1);
        let expected = f64::from(DRAWS) / k as f64;
        let scatter = (expected * (1.0 - 1.0 / k as f64)).sqrt();
        assert!(counts[k..].iter().all(|&count| count == 0), "{k}: {counts:?}");
        assert!(
            counts[..k].iter().all(|&count| (f64::from(count) - expected).abs() <= 4.5 * scatter),
            "{k}: {counts:?}"
        );
    }
}
