//! Metropolis–Hastings over whole sequences against their enumeration, with mistakes that must be seen.
//!
//! Seeds are case numbers; |z| stays within 4.5 or the bound of the report.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use gibbs::estimators::{Moments, chi_square};
use gibbs::rng::{Seed, StreamId};
use gibbs::samplers::{Metropolis, Sampler};
use gibbs::systems::{Enumerable, MarkovText, Model, NextToken, Resampling, Sequence, SequenceModel, WholeSequences};
use gibbs::testing::{Kind, Report, Verdict, check_model, check_sampler, check_unlisted};
use gibbs::units::{Beta, Temperature};
use rand::Rng;

fn at(t: f64) -> Temperature {
    Temperature::new(t).unwrap()
}

fn text(alphabet: usize, order: usize, seed: u64) -> MarkovText {
    MarkovText::random(alphabet, order, 1.0, &mut Seed(seed).set_up()).unwrap()
}

/// The kinds of check that failed, once each.
fn red(report: &Report) -> Vec<Kind> {
    println!("{report}\n");
    let failed = report.failures().filter(|check| check.verdict() == Verdict::Failed);
    let mut kinds: Vec<Kind> = failed.map(|check| check.kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn the_harness_passes_sequences_of_every_kind() {
    // Letters that are forbidden after some others, but never from the start.
    let masked = [0.5, 0.0, -0.5, 0.2, f64::NEG_INFINITY, 0.9, -0.3, 1.0, f64::NEG_INFINITY];
    let cases = [
        (text(3, 1, 0), 4, 1.0, 0.8),
        (text(3, 2, 1), 4, 1.5, 1.0),
        (text(2, 3, 2), 5, 2.0, 1.5),
        (text(4, 1, 3), 3, f64::INFINITY, 1.2),
    ];
    for (case, (text, length, proposal, t)) in cases.into_iter().enumerate() {
        let model = SequenceModel::new(&text, length, at(proposal)).unwrap();
        let report = check_model(&model, &[at(t)], Seed(case as u64)).unwrap();
        println!("{report}\n");
        assert!(report.passed(), "case {case}");
    }
    let text = MarkovText::new(3, 1, &masked).unwrap();
    let (model, beta) = (SequenceModel::new(&text, 4, at(1.0)).unwrap(), at(0.7).beta());
    assert!(chi_square_of(&model, beta, beta, Seed(4)) > 1e-5);
}

#[test]
fn long_texts_are_checked_without_a_list() {
    let text = text(4, 1, 5);
    let model = SequenceModel::new(&text, 10, at(1.3)).unwrap();
    let report = check_unlisted(&model, &[at(1.3)], Seed(5)).unwrap();
    println!("{report}\n");
    assert!(report.passed());
}

/// A model that misstates its proposal ratio by a factor in the logarithm.
struct Mistaken<'a> {
    model: SequenceModel<'a, MarkovText>,
    factor: f64,
}

impl Model for Mistaken<'_> {
    type State = Sequence;
    type Move = Resampling;

    fn initial_state<R: Rng + ?Sized>(&self, rng: &mut R) -> Sequence {
        self.model.initial_state(rng)
    }
    fn energy(&self, state: &Sequence) -> f64 {
        self.model.energy(state)
    }
    fn propose<R: Rng + ?Sized>(&self, state: &Sequence, rng: &mut R) -> Resampling {
        self.model.propose(state, rng)
    }
    fn energy_change(&self, state: &Sequence, change: &Resampling) -> f64 {
        self.model.energy_change(state, change)
    }
    fn apply(&self, state: &mut Sequence, change: Resampling) {
        self.model.apply(state, change);
    }
    fn moves_per_sweep(&self) -> usize {
        self.model.moves_per_sweep()
    }
    fn ln_proposal_ratio(&self, state: &Sequence, change: &Resampling) -> f64 {
        self.factor * self.model.ln_proposal_ratio(state, change)
    }
}

impl Enumerable for Mistaken<'_> {
    fn states(&self) -> impl Iterator<Item = Sequence> {
        self.model.states()
    }
}

#[test]
fn a_forgotten_proposal_ratio_is_rejected() {
    let text = text(3, 1, 6);
    let model = SequenceModel::new(&text, 4, at(0.8)).unwrap();
    let kinds = red(&check_model(&Mistaken { model, factor: 0.0 }, &[at(0.8)], Seed(6)).unwrap());
    for kind in [Kind::Proposals, Kind::Enumeration, Kind::Invariance, Kind::Bias] {
        assert!(kinds.contains(&kind), "{kind:?} does not see it");
    }
    // As one would write it who forgets that proposals are tempered.
    let model = SequenceModel::new(&text, 4, at(0.8)).unwrap();
    let kinds = red(&check_model(&Mistaken { model, factor: 0.8 }, &[at(0.8)], Seed(7)).unwrap());
    assert!(kinds.contains(&Kind::Enumeration));
}

#[test]
fn a_chain_that_is_five_per_cent_too_cold_is_rejected() {
    let text = text(3, 2, 8);
    let model = SequenceModel::new(&text, 4, at(0.8)).unwrap();
    let colder = |beta: Beta, state| Metropolis::new(&model, beta.scaled(1.05).unwrap(), state);
    let kinds = red(&check_sampler(&model, colder, &[at(0.8)], Seed(8)).unwrap());
    assert!(kinds.contains(&Kind::Enumeration) && kinds.contains(&Kind::Bias));
}

/// Sweeps between visits that count as independent: tests below find tau_int of a few sweeps at most.
const APART: usize = 12;

/// p-value of chi-square of sequences visited at `sampled` against the exact distribution at `claimed`.
fn chi_square_of<P: NextToken>(model: &SequenceModel<'_, P>, sampled: Beta, claimed: Beta, seed: Seed) -> f64 {
    let spectrum = model.spectrum_of_states().unwrap();
    let index: std::collections::HashMap<Sequence, usize> = model.states().zip(0..).collect();
    let mut rng = seed.stream(StreamId::new(1, 0, 0));
    let mut chain = Metropolis::new(model, sampled, model.initial_state(&mut rng));
    let (mut counts, n) = (vec![0; spectrum.len()], 60_000);
    (0..100).for_each(|_| chain.advance(&mut rng));
    for _ in 0..n {
        (0..APART).for_each(|_| chain.advance(&mut rng));
        counts[index[chain.state()]] += 1;
    }
    let exact = gibbs::ensemble::Canonical::new(&spectrum, claimed).probabilities();
    let allowed = |k: &usize| exact[*k] > 0.0;
    assert!((0..exact.len()).all(|k| allowed(&k) || counts[k] == 0), "a forbidden sequence was visited");
    let observed: Vec<u64> = (0..exact.len()).filter(allowed).map(|k| counts[k]).collect();
    let expected: Vec<f64> = exact.iter().filter(|p| **p > 0.0).map(|p| p * f64::from(n)).collect();
    chi_square(&observed, &expected).unwrap().p_value
}

/// Visits of all sequences have the Boltzmann law of whole sequences; that of tempered tokens is excluded by the same data.
#[test]
fn visits_follow_whole_sequences_and_not_tempered_tokens() {
    for case in 10..14u64 {
        let text = text(3, 1 + (case % 2) as usize, case);
        let t = [0.6, 0.8, 1.5, 2.5][(case - 10) as usize];
        let model = SequenceModel::new(&text, 4, at(t)).unwrap();
        let beta = at(t).beta();
        let p = chi_square_of(&model, beta, beta, Seed(case));
        let wrong = chi_square_of(&model, beta, beta.scaled(1.05).unwrap(), Seed(case));
        println!("T = {t}: p = {p:.3}, against 1.05 beta {wrong:.1e}");
        assert!(p > 6.8e-6 && wrong < 6.8e-6);
    }
}

/// Tokens drawn one by one have the energy, the entropy and the partition functions that the enumeration says, and not those
/// of whole sequences.
#[test]
fn drawn_sequences_have_the_law_of_tempered_tokens() {
    for case in 20..23u64 {
        let text = text(4, 2, case);
        let t = [0.5, 0.8, 2.0][(case - 20) as usize];
        let (beta, length) = (at(t).beta(), 6);
        let model = SequenceModel::new(&text, length, at(1.0)).unwrap();
        let sequences = WholeSequences::list(&text, length).unwrap();
        let mut rng = Seed(case).stream(StreamId::new(1, 0, 0));
        let (mut energy, mut steps) = (Moments::default(), Moments::default());
        let mut counts = vec![0; sequences.spectrum().len()];
        let n = 200_000;
        for _ in 0..n {
            let (drawn, ln_z_steps) = model.draw(beta, &mut rng).unwrap();
            energy.push(model.running_energy(&drawn));
            steps.push(ln_z_steps);
            counts[sequences.position(drawn.tokens()).unwrap()] += 1;
        }
        let exact = sequences.tempered(beta);
        let (energy, variance, steps) =
            (energy.estimate().unwrap(), steps.variance().unwrap(), steps.estimate().unwrap());
        assert!(energy.z_score(exact.energy).abs() < 4.5 && steps.z_score(exact.ln_z_steps).abs() < 4.5);
        assert!(energy.z_score(sequences.whole(beta).energy).abs() > 4.5);
        assert!((variance / exact.ln_z_steps_variance - 1.0).abs() < 0.05);
        let expected = |q: Vec<f64>| q.iter().map(|q| q * f64::from(n)).collect::<Vec<_>>();
        let p = chi_square(&counts, &expected(sequences.tempered_probabilities(beta))).unwrap().p_value;
        let colder = sequences.tempered_probabilities(beta.scaled(1.05).unwrap());
        assert!(p > 6.8e-6 && chi_square(&counts, &expected(colder)).unwrap().p_value < 6.8e-6, "{p}");
    }
}

/// Six letters of the embedded model, enumerated: the same chain with a network behind it.
#[cfg(feature = "llm")]
#[test]
fn a_language_model_restricted_to_a_few_tokens_is_sampled_as_enumerated() {
    use gibbs::experiments::sequences::{Config, Continuation, study};
    use gibbs::language::LanguageModel;

    let model = LanguageModel::embedded().unwrap();
    let text = Continuation::restricted(&model, "And it came to pass, when the king", 6).unwrap();
    // One pass over several places gives what single steps give, to the precision of f32.
    let tokens = [0, 3, 1, 5];
    for (t, levels) in (1..4).zip(text.along(&tokens, 1).unwrap()) {
        let single = text.next(&tokens[..t]).unwrap();
        for i in 0..6 {
            assert!((levels.excitation(i) - single.excitation(i)).abs() < 1e-3, "{levels:?} {single:?}");
        }
    }
    assert_eq!(text.decode(&[]).unwrap(), "");
    let temperatures = vec![at(0.6), at(1.0)];
    let config = Config { length: 3, temperatures, sweeps: 600, replicas: 4 };
    let study = study("six tokens".to_owned(), &text, &config, Seed(30), &|| ()).unwrap();
    for point in &study.points {
        let (sampled, exact) = (point.sampled.unwrap(), &point.exact);
        println!(
            "{} {} exact {} tempered {}",
            exact.temperature, sampled.energy, exact.whole.energy, exact.tempered.energy
        );
        assert!(sampled.energy.z_score(exact.whole.energy).abs() < 4.5);
        assert!(sampled.energy.z_score(exact.whole.energy * 1.2).abs() > 4.5);
    }
    assert!((study.points[1].exact.whole.energy - study.points[1].exact.tempered.energy).abs() < 1e-12);
}

/// At T = 1 whole and tempered sequences of the embedded model are one; elsewhere the chain agrees with reweighted draws.
#[cfg(feature = "llm")]
#[test]
fn a_language_model_with_all_its_tokens_agrees_with_itself() {
    use gibbs::experiments::sequences::{Config, LanguageConfig, run_language};
    use gibbs::language::LanguageModel;

    let model = LanguageModel::embedded().unwrap();
    let chains = Config { length: 3, temperatures: vec![at(0.8), at(1.0)], sweeps: 200, replicas: 4 };
    let config = LanguageConfig { prompt: "The LORD is my".to_owned(), draws: 500, chains };
    let language = run_language(&model, &config, Seed(31), &|| ()).unwrap();
    for point in &language.points {
        let other = point.reweighted.unwrap();
        let difference = point.sampled.energy.value - other.value;
        let z = difference / point.sampled.energy.std_error.hypot(other.std_error);
        println!("T = {}: {} {other} {:?}", point.temperature, point.sampled.energy, point.divergence);
        assert!(z.abs() < 4.5, "{point:?}");
    }
    let at_one = &language.points[1];
    assert_eq!(at_one.reweighted.unwrap().n_eff.round(), 500.0);
    assert!(at_one.divergence.unwrap().value.abs() < 1e-9);
    // The control: energies of the other temperature.
    let wrong = language.points[0].sampled.energy.value - at_one.tempered.value;
    assert!(wrong.abs() > 4.5 * language.points[0].sampled.energy.std_error.hypot(at_one.tempered.std_error));
}
