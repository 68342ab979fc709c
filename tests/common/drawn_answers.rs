//! Answers of a language model that is a list of random numbers, drawn with a mistake or without, as servers record them.
#![allow(dead_code, reason = "each test uses some of it")]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::{Seed, TaskRng};
use gibbs::samplers::InverseCdf;
use gibbs::units::Temperature;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde_json::{Value, json};

/// A sampler with a mistake, or without.
#[derive(Clone, Copy)]
pub struct Plan {
    pub answers: usize,
    /// Tokens of an answer, at most.
    pub tokens: usize,
    pub vocabulary: usize,
    /// Length of the lists.
    pub top: usize,
    /// The temperature of the draws.
    pub drawn_at: f64,
    /// The temperature of the logprobs.
    pub reported_at: f64,
    /// What logits are multiples of.
    pub step: Option<f64>,
    /// Share of the vocabulary that is never drawn.
    pub masked: f64,
    /// What is subtracted from logits of tokens that the answer has.
    pub penalty: f64,
    /// Only so many of the likeliest are drawn.
    pub top_k: usize,
    /// An end token with this name ends answers, and is not recorded.
    pub end: Option<&'static str>,
}

/// 120 answers of 30 tokens at T = 0.7, with lists of 20.
pub const PLAN: Plan = Plan {
    answers: 120,
    tokens: 30,
    vocabulary: 60,
    top: 20,
    drawn_at: 0.7,
    reported_at: 1.0,
    step: None,
    masked: 0.0,
    penalty: 0.0,
    top_k: usize::MAX,
    end: None,
};

/// One position: ln p as reported, and the token drawn.
pub struct Step {
    pub ln_p: Vec<f64>,
    pub logits: Vec<f64>,
    pub drawn: usize,
}

fn ln_softmax(logits: &[f64], t: f64) -> Vec<f64> {
    let levels = Spectrum::from_logits(logits).unwrap();
    let ensemble = Canonical::new(&levels, Temperature::new(t).unwrap().beta());
    (0..logits.len()).map(|i| ensemble.ln_probability(i)).collect()
}

pub fn order(x: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&a, &b| x[b].total_cmp(&x[a]));
    order
}

fn normal(rng: &mut TaskRng) -> f64 {
    StandardNormal.sample(rng)
}

/// The next position of an answer that has drawn `before`; `None` where the end token is drawn.
fn step(plan: Plan, before: &[usize], rng: &mut TaskRng) -> Option<Step> {
    let mut logits: Vec<f64> = (0..plan.vocabulary).map(|_| 2.0 * normal(rng)).collect();
    if plan.end.is_some() {
        let top = logits.iter().copied().fold(f64::MIN, f64::max);
        logits[0] = if rng.random::<f64>() < 0.1 { top } else { -20.0 };
    }
    if let Some(step) = plan.step {
        logits.iter_mut().for_each(|logit| *logit = (*logit / step).round() * step);
    }
    let mut allowed = logits.clone();
    for &token in before {
        allowed[token] -= plan.penalty;
    }
    for (rank, &i) in order(&logits).iter().enumerate() {
        if rng.random::<f64>() < plan.masked || rank >= plan.top_k {
            allowed[i] = f64::NEG_INFINITY;
        }
    }
    if allowed.iter().all(|logit| *logit == f64::NEG_INFINITY) {
        return step(plan, before, rng);
    }
    let levels = Spectrum::from_logits(&allowed).unwrap();
    let ensemble = Canonical::new(&levels, Temperature::new(plan.drawn_at).unwrap().beta());
    let drawn = InverseCdf::new(&ensemble).draw(rng);
    (plan.end.is_none() || drawn != 0).then(|| Step { ln_p: ln_softmax(&logits, plan.reported_at), logits, drawn })
}

pub fn answers(plan: Plan, seed: u64) -> Vec<Vec<Step>> {
    let mut rng = Seed(seed).set_up();
    let answer = |_| {
        let (mut steps, mut before): (Vec<Step>, Vec<usize>) = (Vec::new(), Vec::new());
        while steps.len() < plan.tokens {
            let Some(next) = step(plan, &before, &mut rng) else { break };
            before.push(next.drawn);
            steps.push(next);
        }
        steps
    };
    (0..plan.answers).map(answer).collect()
}

/// An entry of a list.
pub fn entry(plan: Plan, step: &Step, i: usize) -> Value {
    let name = plan.end.filter(|_| i == 0).map_or_else(|| format!("t{i}"), str::to_owned);
    json!({"token": name, "logprob": (step.ln_p[i] * 1e6).round() / 1e6})
}

pub fn list(plan: Plan, step: &Step) -> Vec<Value> {
    order(&step.ln_p).iter().take(plan.top).map(|&i| entry(plan, step, i)).collect()
}

pub fn with_list(plan: Plan, step: &Step) -> Value {
    let mut found = entry(plan, step, step.drawn);
    found["top_logprobs"] = list(plan, step).into();
    found
}

/// Lines of answers, each as `shape` writes it.
pub fn lines(plan: Plan, seed: u64, shape: impl Fn(&[Step]) -> Value) -> String {
    answers(plan, seed).iter().map(|answer| shape(answer).to_string() + "\n").collect()
}

pub fn chat(plan: Plan, seed: u64) -> String {
    lines(plan, seed, |answer| {
        let content: Vec<Value> = answer.iter().map(|step| with_list(plan, step)).collect();
        json!({"object": "chat.completion", "choices": [{"finish_reason": "stop", "logprobs": {"content": content}}]})
    })
}
