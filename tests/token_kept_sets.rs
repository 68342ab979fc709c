//! Whether single tokens are kept, against the kept sets of all thresholds: they must be the same, ties and roundings included.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use gibbs::ensemble::Spectrum;
use gibbs::rng::{Seed, TaskRng, index, uniform};
use gibbs::tokens::TokenSampler;
use gibbs::tokens::truncation::{Engine, Pipeline, TemperatureOrder, Truncated, Truncation, TruncationKind};
use gibbs::units::Temperature;
use rand_distr::{Distribution, StandardNormal};

const TEMPERATURES: [f64; 10] = [0.0, 1e-30, 0.05, 0.8, 1.0, 3.0, 1e4, f64::INFINITY, -0.7, -1e3];

/// Logits of one of several kinds: smooth, quantised, in two heaps, nearly all forbidden, masked by huge numbers, all equal.
fn logits(n: usize, shape: usize, rng: &mut TaskRng) -> Vec<f32> {
    let normal = |rng: &mut TaskRng| Distribution::<f64>::sample(&StandardNormal, rng);
    let mut logits: Vec<f32> = (0..n)
        .map(|_| {
            let x = 3.0 * normal(rng);
            match shape {
                0 => x as f32,
                1 => ((4.0 * x).round() / 4.0) as f32,
                2 => (if uniform(rng) < 0.1 { 20.0 + 0.1 * x } else { x }) as f32,
                3 => (if uniform(rng) < 0.95 { f64::NEG_INFINITY } else { x }) as f32,
                4 => (if uniform(rng) < 0.3 { -1e30 } else { x }) as f32,
                5 => 1.5,
                6 => (1e-9 * x.round() + if uniform(rng) < 0.5 { 30.0 } else { 0.0 }) as f32,
                _ => (1e4 * x) as f32,
            }
        })
        .collect();
    // Something has to be allowed.
    let place = index(rng, n as u64) as usize;
    logits[place] = if shape == 5 { 1.5 } else { 2.25 };
    logits
}

const SHAPES: usize = 8;

fn parameters(kind: TruncationKind) -> Vec<f64> {
    match kind {
        TruncationKind::TopK => vec![1.0, 2.0, 40.0, 1e4],
        TruncationKind::TopP | TruncationKind::Typical => vec![1e-10, 0.01, 0.5, 0.95, 0.9999, 1.0],
        TruncationKind::MinP => vec![0.0, 1e-12, 0.05, 0.5, 1.0],
        TruncationKind::Epsilon | TruncationKind::Eta => vec![1e-300, 1e-5, 3e-3, 0.5],
        TruncationKind::TopNSigma => vec![0.01, 1.0, 2.5],
    }
}

fn exact(pipeline: &Pipeline, logits: &[f32], t: f64) -> Truncated {
    let spectrum = Spectrum::from_logits_f32(logits).unwrap();
    pipeline.apply(&spectrum, Temperature::new(t).unwrap()).unwrap()
}

/// Compares on all tokens of a small vocabulary, on those around the cut and some others of a large one.
fn compare(pipeline: Pipeline, logits: &[f32], t: f64, rng: &mut TaskRng) -> usize {
    let truncated = exact(&pipeline, logits, t);
    let n = logits.len();
    let kept = |i: usize| !truncated.spectrum.is_forbidden(i);
    let mut tokens: Vec<usize> = (0..n).collect();
    if n > 40 {
        tokens.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]).then(a.cmp(&b)));
        let changes = (1..n).filter(|&place| kept(tokens[place - 1]) != kept(tokens[place])).take(4);
        let mut near: Vec<usize> =
            changes.flat_map(|place| tokens[place.saturating_sub(3)..(place + 3).min(n)].to_vec()).collect();
        near.extend((0..8).map(|_| index(rng, n as u64) as usize));
        tokens = near;
    }
    let name = pipeline.to_string();
    let mut sampler = TokenSampler::new(pipeline, Temperature::new(t).unwrap());
    for &token in &tokens {
        let found = sampler.keeps(logits, token).unwrap();
        assert_eq!(found, kept(token), "{name}: token {token} of {n} at T = {t}, logit {:?}", logits[token]);
    }
    for _ in 0..4 {
        let token = sampler.draw(logits, rng).unwrap();
        assert!(kept(token), "{name}: token {token} of {n} drawn at T = {t}, logit {:?}", logits[token]);
    }
    tokens.len()
}

#[test]
fn single_truncations_keep_what_thresholds_keep() {
    let mut compared = 0;
    for (case, n) in [1, 2, 3, 17, 33, 300].into_iter().enumerate() {
        let mut rng = Seed(case as u64).set_up();
        for shape in 0..SHAPES {
            let logits = logits(n, shape, &mut rng);
            for t in TEMPERATURES {
                for kind in TruncationKind::ALL {
                    for parameter in parameters(kind) {
                        for order in [TemperatureOrder::First, TemperatureOrder::Last] {
                            let truncations = vec![Truncation::new(kind, parameter).unwrap()];
                            let pipeline = Pipeline::new(truncations, None, Some(order)).unwrap();
                            compared += compare(pipeline, &logits, t, &mut rng);
                        }
                    }
                }
            }
        }
    }
    assert!(compared > 300_000, "{compared}");
}

#[test]
fn large_vocabularies_are_cut_at_the_same_token() {
    let sizes = [(4096, 6), (32_000, 3), (128_256, 1), (1_000_000, 1)];
    for (case, (n, repetitions)) in sizes.into_iter().enumerate() {
        let mut rng = Seed(case as u64).set_up();
        for shape in (0..SHAPES).filter(|&shape| n < 100_000 || shape == usize::from(n > 500_000)) {
            let logits = logits(n, shape, &mut rng);
            for kind in TruncationKind::ALL {
                for _ in 0..repetitions {
                    let choices = parameters(kind);
                    let parameter = choices[index(&mut rng, choices.len() as u64) as usize];
                    let truncation = Truncation::new(kind, parameter).unwrap();
                    let t = TEMPERATURES[index(&mut rng, TEMPERATURES.len() as u64) as usize];
                    compare(Pipeline::new(vec![truncation], None, None).unwrap(), &logits, t, &mut rng);
                }
            }
        }
    }
}

#[test]
fn pipelines_and_presets_keep_what_thresholds_keep() {
    for case in 0..1500u64 {
        let mut rng = Seed(case).set_up();
        let n = 1 + index(&mut rng, 200) as usize;
        let logits = logits(n, case as usize % SHAPES, &mut rng);
        let t = TEMPERATURES[index(&mut rng, TEMPERATURES.len() as u64) as usize];
        let choice = index(&mut rng, 8) as usize;
        let engine = Engine::ALL.get(choice).copied();
        let kinds = engine.map_or(&TruncationKind::ALL[..], Engine::order);
        let mut truncations = Vec::new();
        for &kind in kinds {
            if uniform(&mut rng) < 0.5 {
                let choices = parameters(kind);
                truncations
                    .push(Truncation::new(kind, choices[index(&mut rng, choices.len() as u64) as usize]).unwrap());
            }
        }
        if engine.is_none() && truncations.len() > 1 {
            truncations.rotate_left(1);
        }
        compare(Pipeline::new(truncations, engine, None).unwrap(), &logits, t, &mut rng);
    }
}

/// Numbers that overflow, underflow or round, and ones next to a threshold.
#[test]
fn numbers_at_their_limits_are_cut_at_the_same_token() {
    let mut rng = Seed(0).set_up();
    let mut case = |truncation: Truncation, order, logits: &[f32], t| {
        compare(Pipeline::new(vec![truncation], None, Some(order)).unwrap(), logits, t, &mut rng);
    };
    let (first, last) = (TemperatureOrder::First, TemperatureOrder::Last);
    for k in [1 << 60, i64::MAX as u64, u64::MAX] {
        case(Truncation::top_k(k).unwrap(), first, &[1.0, 0.0, 3.0], 1.0);
    }
    let mut masked = [f32::MIN; 64];
    masked[0] = 0.0;
    case(Truncation::eta(0.5).unwrap(), first, &masked, f64::INFINITY);
    // Of 30 and 30 - 1e-20 above the lowest energy, the second is rounded.
    for logits in [[30.0, 0.0, 1e-20], [30.0, 1e-20, 0.0]] {
        for order in [first, last] {
            case(Truncation::top_k(1).unwrap(), order, &logits, -1.0);
            case(Truncation::top_p(0.4).unwrap(), order, &logits, -1.0);
        }
    }
    for (order, t) in [(first, 1.0), (last, 1000.0)] {
        case(Truncation::min_p(5e-324).unwrap(), order, &[0.0, -745.0], t);
    }
    // So many equal terms round to the same side, one by one by 2.6e-11 in all.
    let mut flat = vec![-1.851_677_2; 1_000_001];
    flat[0] = 0.0;
    let share = 1.0 / (1.0 + 1e6 * f64::from(flat[1]).exp());
    for off in [-5e-12, 5e-12] {
        case(Truncation::top_p(share * (1.0 + off)).unwrap(), first, &flat, 1.0);
    }
}

/// Counting the ties of each by itself would take 10^10 comparisons.
#[test]
fn as_many_ties_as_tokens_are_counted_once() {
    let logits = vec![0.25; 128_256];
    for k in [40, 60_000] {
        let truncations = vec![Truncation::top_k(k).unwrap(), Truncation::top_p(0.9).unwrap()];
        let pipeline = Pipeline::new(truncations, Some(Engine::LlamaCpp), None).unwrap();
        let mut sampler = TokenSampler::new(pipeline.clone(), Temperature::new(1.0).unwrap());
        let token = sampler.draw(&logits, &mut Seed(0).set_up()).unwrap();
        assert!(!exact(&pipeline, &logits, 1.0).spectrum.is_forbidden(token));
    }
}

#[test]
fn refusals_are_those_of_a_spectrum() {
    let mut sampler = TokenSampler::new(Pipeline::default(), Temperature::new(-1.0).unwrap());
    let mut message = |logits: &[f32]| sampler.draw(logits, &mut Seed(1).set_up()).unwrap_err().to_string();
    assert_eq!(message(&[]), "a spectrum needs at least one level, got none");
    assert_eq!(message(&[0.0, f32::NAN]), "logit 1 must be a number or -inf (a forbidden token), got NaN");
    assert_eq!(message(&[f32::INFINITY]), "logit 0 must be a number or -inf (a forbidden token), got inf");
    assert_eq!(message(&[f32::NEG_INFINITY; 40]), "all 40 levels are forbidden, at least one must be allowed");
}
