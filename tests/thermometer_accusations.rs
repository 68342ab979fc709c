//! How often correct samplers are accused, over many recordings of each kind, and what is said of those that differ.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/drawn_answers.rs"]
mod drawn_answers;

use drawn_answers::{PLAN, Plan, chat};
use gibbs::report::thermometer_sentence;
use gibbs::rng::Seed;
use gibbs::tokens::sources::recorded::{Options, Responses};
use gibbs::tokens::thermometer::{LogprobsMode, Measurement, Request, measure};
use gibbs::units::Temperature;
use rayon::prelude::*;

/// Recordings of each kind. Over 1000, 3 to 7 were accused of each.
const RUNS: u64 = 250;

fn measured(text: &str, requested: f64, mode: LogprobsMode) -> Measurement {
    let positions: Vec<_> = Responses::new(text.as_bytes(), Options::default()).map(Result::unwrap).collect();
    let temperature = Some(Temperature::new(requested).unwrap());
    measure(&positions, &Request { temperature, mode: Some(mode), ..Request::default() }, Seed(1)).unwrap()
}

/// Makes the recording of a seed.
type Recorded = Box<dyn Fn(u64) -> String + Sync>;

/// The first `n` answers of a recording `copies` times each, behind the others.
fn cached(text: &str, n: usize, copies: usize) -> String {
    let answers: Vec<&str> = text.lines().collect();
    let repeated = answers[..n].iter().flat_map(|answer| vec![*answer; copies]);
    answers.iter().copied().chain(repeated).map(|answer| answer.to_owned() + "\n").collect()
}

#[test]
#[ignore = "many recordings of each kind; run with --ignored"]
fn correct_samplers_are_accused_no_more_often_than_alpha() {
    const SMALL: Plan = Plan { answers: 10, ..PLAN };
    const RAW: LogprobsMode = LogprobsMode::Raw;
    let ended = Plan { end: Some("<|im_end|>"), answers: 40, ..PLAN };
    let of = |plan: Plan| move |seed| chat(plan, seed);
    let kinds: Vec<(&str, Recorded, f64, LogprobsMode)> = vec![
        ("lists of 20", Box::new(of(SMALL)), 0.7, RAW),
        ("cold", Box::new(of(Plan { drawn_at: 0.2, ..SMALL })), 0.2, RAW),
        ("a vocabulary of 5", Box::new(of(Plan { vocabulary: 5, top: 4, ..SMALL })), 0.7, RAW),
        ("tempered logprobs", Box::new(of(Plan { reported_at: 0.7, ..SMALL })), 0.7, LogprobsMode::Tempered),
        ("a cache", Box::new(|seed| cached(&chat(SMALL, seed), 5, 8)), 0.7, RAW),
        ("a cache of everything", Box::new(|seed| cached(&chat(SMALL, seed), 10, 10)), 0.7, RAW),
        ("end tokens that are not recorded", Box::new(of(ended)), 0.7, RAW),
    ];
    for (name, recording, t, mode) in kinds {
        let accused =
            (0..RUNS).into_par_iter().filter(|&seed| measured(&recording(seed), t, mode).is_rejected()).count();
        println!("{name}: {accused} of {RUNS} accused");
        // alpha = 1 %, and 4.5 standard deviations.
        assert!(
            accused as f64 <= 0.01 * RUNS as f64 + 4.5 * (RUNS as f64 * 0.0099).sqrt(),
            "{name}: {accused} of {RUNS}"
        );
    }
}

#[test]
#[ignore = "many recordings of each kind; run with --ignored"]
fn masks_and_penalties_are_no_temperatures() {
    let masked = Plan { masked: 0.3, answers: 30, ..PLAN };
    let penalized = Plan { penalty: 3.0, answers: 30, ..PLAN };
    for (name, plan, least) in [("mask", masked, 0.5), ("penalty", penalized, 0.5)] {
        let sentences: Vec<Option<String>> = (0..RUNS / 2)
            .into_par_iter()
            .map(|seed| {
                let report = measured(&chat(plan, seed), 0.7, LogprobsMode::Raw);
                report.is_rejected().then(|| thermometer_sentence(&report))
            })
            .collect();
        let said: Vec<&String> = sentences.iter().flatten().collect();
        let names_others = |sentence: &&&String| {
            let temperature = ["as if", "energies drawn are"].iter().any(|words| sentence.contains(words));
            !temperature || sentence.contains("a mask, a grammar, a penalty")
        };
        assert_eq!(said.iter().filter(names_others).count(), said.len());
        let penalties = said.iter().filter(|sentence| sentence.contains("repetition, presence")).count();
        println!("{name}: {} of {} rejected, {penalties} with repeated tokens that are too rare", said.len(), RUNS / 2);
        assert!(said.len() as f64 > least * (RUNS / 2) as f64, "{name}: {} rejected", said.len());
        let share = penalties as f64 / said.len() as f64;
        assert!(if name == "penalty" { share > 0.5 } else { share < 0.05 }, "{name}: {share}");
    }
}
