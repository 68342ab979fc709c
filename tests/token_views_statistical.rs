//! Views of a model's tokens against exact answers: random energies against their average over disorder, matched
//! temperatures and their errors, the balance of surprisal and entropy along drawn text, corpus temperatures.
#![cfg(all(feature = "cli", feature = "llm"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::OnceLock;

use gibbs::ensemble::{Canonical, Spectrum, Thermo};
use gibbs::estimators::{Estimate, Moments};
use gibbs::experiments::random_energy::{RandomEnergies, RandomEnergy};
use gibbs::model::Exact;
use gibbs::rng::{Seed, StreamId, TaskRng};
use gibbs::systems::{Rem, RemAverage};
use gibbs::tokens::Position;
use gibbs::tokens::models::LanguageModel;
use gibbs::tokens::truncation::{Pipeline, Truncation};
use gibbs::tokens::views::matching::{Prompts, match_models};
use gibbs::tokens::views::{
    Generated, MeanThermo, along_given_text, along_text, context, corpus, curve, generate, generate_many, read_text,
    read_tokens,
};
use gibbs::units::Temperature;
use rand_distr::{Distribution, StandardNormal};

/// |z| beyond which a check fails.
const BOUND: f64 = 4.5;
/// A text begins with one token, so that every other token of it is drawn.
const START: &str = "\n";
const LENGTH: usize = 80;
/// Temperature of the texts that many checks share.
const WARM: f64 = 1.25;
const N_TEXTS: usize = 100;

fn t(x: f64) -> Temperature {
    Temperature::new(x).unwrap()
}

fn stream(case: u32, k: usize) -> TaskRng {
    Seed(1).stream(StreamId::new(3, case, k as u16))
}

fn model() -> &'static LanguageModel {
    static MODEL: OnceLock<LanguageModel> = OnceLock::new();
    MODEL.get_or_init(|| LanguageModel::embedded().unwrap())
}

fn drawn(temperature: f64, n_texts: usize, case: u32) -> Vec<Generated> {
    let all = Pipeline::new(vec![], None, None).unwrap();
    let prompts = [START.to_owned()];
    generate_many(model(), &prompts, t(temperature), &all, LENGTH, n_texts, |k| stream(case, k)).unwrap()
}

fn warm() -> &'static [Generated] {
    static TEXTS: OnceLock<Vec<Generated>> = OnceLock::new();
    TEXTS.get_or_init(|| drawn(WARM, N_TEXTS, 1))
}

/// The tokens of a text with the one it began with.
fn tokens(text: &Generated) -> Vec<u32> {
    let mut tokens = model().encode(START).unwrap();
    assert_eq!(tokens.len(), 1);
    tokens.extend(text.steps.iter().map(|step| step.id));
    tokens
}

fn mean(values: impl Iterator<Item = f64>) -> Estimate {
    values.collect::<Moments>().estimate().unwrap()
}

/// `n` contexts of 2^`bits` normal logits of spread `sigma`.
fn normal_contexts(n: u32, bits: u32, sigma: f64) -> Vec<Position> {
    (0..n)
        .map(|k| {
            let rem = Rem::new(bits, sigma, &mut Seed(1).stream(StreamId::new(1, k, 0))).unwrap();
            Position::full(format!("realization {k}"), rem.spectrum().clone())
        })
        .collect()
}

#[test]
fn normal_logits_scatter_around_the_average_over_disorder() {
    let sigma = 2.0;
    let contexts = normal_contexts(300, 10, sigma);
    let energies = RandomEnergies::default();
    let views: Vec<RandomEnergy> = contexts.iter().map(|context| energies.view(context).unwrap()).collect();
    let t_c = sigma / (2.0 * 1024f64.ln()).sqrt();
    let check = |sigma: f64| {
        let average = RemAverage::new(1024.0, sigma).unwrap();
        [0.5, 1.0, 1.4, 2.0].map(|factor| {
            let temperature = t(factor * t_c);
            let at = |c: &Position| curve(&c.listed, &[temperature], &Pipeline::default()).unwrap()[0];
            let contexts: Vec<Thermo> = contexts.iter().map(at).collect();
            let point = MeanThermo::over(contexts.iter());
            let exact = average.thermo(temperature.beta()).unwrap();
            [
                point.energy.z_score(exact.energy),
                point.entropy.z_score(exact.entropy),
                point.heat_capacity.z_score(exact.heat_capacity),
            ]
        })
    };
    for z in check(sigma).into_iter().flatten() {
        assert!(z.abs() < BOUND, "z = {z}");
    }
    // Negative control: levels that spread 5 % wider.
    assert!(check(1.05 * sigma).into_iter().flatten().any(|z| z.abs() > 2.0 * BOUND));
    // In units of each context's own sigma, whose bias is 1/(4 V): far below these errors.
    let against = |own: fn(&RandomEnergy) -> f64, exact: f64| mean(views.iter().map(own)).z_score(exact);
    let exact = views[0].gaussian;
    for z in [
        against(|v| v.context.participation_at_half, exact.participation_at_half),
        against(|v| v.context.participation_at_freezing, exact.participation_at_freezing),
        against(|v| v.context.depth, exact.depth),
        against(|v| v.skewness, 0.0),
        against(|v| v.excess_kurtosis, 0.0),
        against(|v| v.sigma, sigma),
    ] {
        assert!(z.abs() < BOUND, "z = {z}");
    }
    assert!(against(|v| v.context.depth, 1.05 * exact.depth).abs() > BOUND);
}

/// Contexts of two models after `n` random prompts: what the prompt does to both, and what each does alone.
fn two_models(case: u32, n: usize) -> [Vec<Spectrum>; 2] {
    let mut rng = Seed(1).stream(StreamId::new(2, case, 0));
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let mut models = [Vec::new(), Vec::new()];
    for _ in 0..n {
        let width = 2.0 + 0.5 * normal();
        let shared: Vec<f64> = (0..64).map(|_| width * normal()).collect();
        for (model, scale) in models.iter_mut().zip([1.0, 1.5]) {
            model.push(Spectrum::new(shared.iter().map(|e| scale * (e + 0.5 * normal())).collect()).unwrap());
        }
    }
    models
}

#[test]
fn errors_of_matched_temperatures_are_those_of_the_prompts() {
    const RUNS: u32 = 200;
    let [first, second] = two_models(RUNS, 4000);
    let truth = match_models(&first, &second, t(0.7), Prompts::Same).unwrap().matched;
    let chi2 = |prompts: Prompts| {
        let deviation = |case| {
            let [first, second] = two_models(case, 40);
            match_models(&first, &second, t(0.7), prompts).unwrap().matched.z_score(truth.value).powi(2)
        };
        (0..RUNS).map(deviation).sum::<f64>()
    };
    // Student's t with 39 degrees of freedom: variance 39/37, that of its square 2 and a little more.
    let runs = f64::from(RUNS);
    let z = (chi2(Prompts::Same) - runs * 39.0 / 37.0) / (2.0 * runs * 1.3).sqrt();
    assert!(z.abs() < BOUND, "z = {z}");
    // Negative control: forgetting that the prompts are the same makes the errors too large.
    let z = (chi2(Prompts::Different) - runs * 39.0 / 37.0) / (2.0 * runs * 1.3).sqrt();
    assert!(z < -BOUND, "z = {z}");
}

#[test]
fn surprisal_balances_entropy_along_drawn_text_at_every_temperature() {
    for (case, temperature) in [(2, 0.5), (3, 2.0)] {
        let along = along_text(t(temperature), &drawn(temperature, 24, case));
        assert_eq!((along.positions.len(), along.n_texts), (LENGTH, 24));
        assert!(along.balance.z_score(0.0).abs() < BOUND, "{:?}", along.balance);
    }
    let along = along_text(t(WARM), warm());
    assert!(along.balance.z_score(0.0).abs() < BOUND, "{:?}", along.balance);
    // The same tokens read back at the temperature they were drawn at, and at one 5 % higher.
    let mut read = [Vec::new(), Vec::new()];
    for text in warm() {
        let steps = read_tokens(model(), &tokens(text), &[t(WARM), t(1.05 * WARM)]).unwrap();
        read.iter_mut().zip(steps).for_each(|(all, steps)| all.push(steps));
    }
    // Written one by one and read at once, the network's 32-bit sums differ in their last digits.
    let again = along_given_text(t(WARM), &read[0]);
    assert!((again.surprisal.value - along.surprisal.value).abs() < 1e-4);
    assert!((again.entropy.value - along.entropy.value).abs() < 1e-4);
    let hotter = along_given_text(t(1.05 * WARM), &read[1]);
    assert!(hotter.balance.z_score(0.0) < -BOUND, "{:?}", hotter.balance);
}

#[test]
fn the_corpus_temperature_of_drawn_text_is_its_temperature() {
    let passages: Vec<Vec<u32>> = warm().iter().map(tokens).collect();
    let found = corpus::temperature_of_passages(model(), &passages).unwrap();
    assert_eq!(found.n_tokens, N_TEXTS * LENGTH);
    let by_information = Estimate { std_error: found.information_error, ..found.temperature };
    assert!(by_information.z_score(WARM).abs() < BOUND, "{found:?}");
    assert!(by_information.z_score(1.05 * WARM) < -BOUND, "{found:?}");
    // Tokens drawn from the model itself: both errors estimate the same, that of 200 blocks to 1/sqrt(400).
    let ratio = found.temperature.std_error / found.information_error;
    assert!((ratio - 1.0).abs() < BOUND / 20.0, "{found:?}");
}

/// Texts in the public domain, from the parts that the embedded model has not seen (`assets/language_model/README.md`).
const HELD_OUT: [&str; 2] = [include_str!("data/kjv_excerpt.txt"), include_str!("data/shakespeare_excerpt.txt")];

#[test]
fn corpus_temperatures_of_real_text_solve_their_equation() {
    for text in HELD_OUT {
        let found = corpus::temperature(model(), text).unwrap();
        let read = read_text(model(), text, &[t(found.temperature.value), t(1.0)]).unwrap();
        let [best, one] = [0, 1].map(|k| along_given_text(t(1.0), &read[k..=k]));
        assert!(best.balance.value.abs() < 1e-5, "{:?}", best.balance);
        assert!((best.surprisal.value - found.loss).abs() < 1e-6);
        assert!((best.entropy.value - found.entropy).abs() < 1e-5);
        assert!((one.surprisal.value - found.loss_at_one).abs() < 1e-6);
        assert!(found.loss < found.loss_at_one);
        // Held-out text: the model is surer of itself than it may be, but not by much.
        let estimate = found.temperature;
        assert!(estimate.z_score(1.0) > 2.0 && estimate.z_score(1.3) < -BOUND, "{found:?}");
    }
    let short = corpus::temperature(model(), "In the beginning").unwrap_err().to_string();
    assert!(short.starts_with("text must be at least 4 blocks of 64 tokens long"), "{short}");
    assert!(corpus::temperature(model(), "").unwrap_err().to_string().starts_with("text must be at least two tokens"));
}

#[test]
fn truncated_text_is_drawn_from_the_truncated_ensembles() {
    let three = Pipeline::new(vec![Truncation::top_k(3).unwrap()], None, None).unwrap();
    let text = generate(model(), START, t(1.0), &three, 40, &mut stream(4, 0)).unwrap();
    assert!(text.steps.iter().all(|s| s.entropy <= 3f64.ln() + 1e-12 && s.participation_ratio <= 3.0 + 1e-12));
    let spectrum = context(model(), "The LORD is my").unwrap().listed;
    let kept = curve(&spectrum, &[Temperature::INFINITE], &three).unwrap();
    assert!((kept[0].entropy - 3f64.ln()).abs() < 1e-12);
    let all = Pipeline::new(vec![], None, None).unwrap();
    let whole = curve(&spectrum, &[t(0.7)], &all).unwrap();
    assert_eq!(whole, [Canonical::new(&spectrum, t(0.7).beta()).thermo()]);
}
