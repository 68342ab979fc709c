//! Draws of tokens far out in the tail and draws that must never happen, with samplers that get them wrong.
//!
//! Seeds are case numbers; counts are compared with their binomial law, and |z| <= 4.5 is what chance may do.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "common/planted.rs"]
mod planted;

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::{Constant, Seed, TaskRng, uniform};
use gibbs::samplers::{Alias, InverseCdf, occupation_numbers};
use gibbs::tokens::truncation::Truncation;
use gibbs::units::{Beta, Temperature};
use planted::{Planted, Prepared, exponential_24, inverse};

const BOUND: f64 = 4.5;

fn unit() -> Temperature {
    Temperature::new(1.0).unwrap()
}

/// Standard score of `hits` among `n` draws of probability `p`.
fn z(hits: u64, n: u64, p: f64) -> f64 {
    let mean = n as f64 * p;
    (hits as f64 - mean) / (mean * (1.0 - p)).sqrt()
}

/// One likely token at `place` and `n_tail` tokens a gap above it.
fn one_above_a_tail(n_tail: usize, gap: f64, place: usize) -> Spectrum {
    let mut energies = vec![gap; n_tail + 1];
    energies[place] = 0.0;
    Spectrum::new(energies).unwrap()
}

/// Whether a tail token wins the race of `n_tail` equal tokens against one a `gap` above, all in 24 bits: only the
/// shortest of the tail's times matters, and the largest of n uniforms k/2^24 is U^(1/n) rounded up to such a number.
fn race_won_by_tail(n_tail: usize, gap: f64, rng: &mut TaskRng) -> bool {
    let steps = f64::from(1u32 << 24);
    let largest = (uniform(rng).powf(1.0 / n_tail as f64) * steps).ceil() / steps;
    let shortest = (-(largest as f32).ln()).max(f32::EPSILON / 2.0);
    (-gap).exp() as f32 / shortest > 1.0 / exponential_24(rng)
}

/// Settings published with the faults they showed: vLLM issues 43150 (gap 20.5) and 51367 (gaps 18 and 20).
const TAILS: [(usize, f64); 3] = [(262_144, 20.5), (129_279, 18.0), (129_279, 20.0)];

#[test]
fn tails_are_drawn_as_often_as_they_should() {
    const DRAWS: u64 = 100_000;
    for (case, (n_tail, gap)) in TAILS.into_iter().enumerate() {
        for place in [0, n_tail / 2, n_tail] {
            let spectrum = one_above_a_tail(n_tail, gap, place);
            let ensemble = Canonical::new(&spectrum, Beta::from(unit()));
            let weight = n_tail as f64 * (-gap).exp();
            let tail = weight / (1.0 + weight);
            if case == 0 {
                assert!((DRAWS as f64 * tail - 32.76).abs() < 0.01);
            }
            let mut rng = Seed(case as u64).set_up();
            let score = |name: &str, hits: u64| {
                let z = z(hits, DRAWS, tail);
                println!("{n_tail} tokens at gap {gap}, the other at {place}, {name}: {hits} hits, z = {z:.2}");
                z
            };
            let inverse = InverseCdf::new(&ensemble);
            let hits = (0..DRAWS).filter(|_| inverse.draw(&mut rng) != place).count() as u64;
            assert!(score("inverse CDF", hits).abs() < BOUND);
            let alias = Alias::new(&ensemble);
            let hits = (0..DRAWS).filter(|_| alias.draw(&mut rng) != place).count() as u64;
            assert!(score("alias table", hits).abs() < BOUND);
            let hits = DRAWS - occupation_numbers(&ensemble, DRAWS, &mut rng)[place];
            assert!(score("occupation numbers", hits).abs() < BOUND);
            // Control: the race in single precision.
            let hits = (0..DRAWS).filter(|_| race_won_by_tail(n_tail, gap, &mut rng)).count() as u64;
            assert!(score("24-bit race", hits) < -BOUND);
        }
    }
}

/// The tail as a whole is right in 24 bits, but few of its tokens can occur: they are counted on the grid of uniforms.
#[test]
fn every_tail_token_can_be_drawn() {
    let (n_tail, gap) = TAILS[0];
    let spectrum = one_above_a_tail(n_tail, gap, 0);
    let ensemble = Canonical::new(&spectrum, Beta::from(unit()));
    let Prepared::Inverse { cumulative } = Planted::Uniform24Bits.prepare(&spectrum, unit()) else { panic!() };
    let grid = 1u32 << 24;
    let mut reached: Vec<usize> =
        (grid - 10_000..grid).map(|k| inverse(&cumulative, f64::from(k) / f64::from(grid))).collect();
    reached.dedup();
    assert!(reached.len() < n_tail / 40, "{} of {n_tail} tail tokens are reached by 24 bits", reached.len());
    // A billion tail draws, 4e3 per token: nobody is missing, and the counts scatter as Poisson numbers do.
    let n = 3_000_000_000_000;
    let counts = occupation_numbers(&ensemble, n, &mut Seed(1).set_up());
    let mean = n as f64 * ensemble.probability(1);
    let chi2: f64 = counts[1..].iter().map(|&count| (count as f64 - mean).powi(2) / mean).sum();
    let z = (chi2 - n_tail as f64) / (2.0 * n_tail as f64).sqrt();
    println!("occupation of {n_tail} tail tokens, {mean:.0} each: z of chi-square = {z:.2}");
    assert!(counts.iter().all(|&count| count > 0) && z.abs() < BOUND);
}

/// One likely token and 2^20 others that share 2^-6: each has 2^-26, a quarter of a step of 24-bit uniforms. Pairs of equal tokens
/// among `n` draws of the others, which are as rare as birthdays shared by chance, and their expectation.
fn equal_pairs(n: u64, mut draw: impl FnMut() -> usize) -> (u64, f64) {
    const TAIL: usize = 1 << 20;
    let mut counts = vec![0_u64; TAIL];
    let mut left = n;
    while left > 0 {
        if let Some(token) = draw().checked_sub(1) {
            counts[token] += 1;
            left -= 1;
        }
    }
    let pairs = counts.iter().map(|count| count * count.saturating_sub(1) / 2).sum();
    (pairs, (n * (n - 1)) as f64 / (2.0 * TAIL as f64))
}

/// The tail as a whole has its probability in 24 bits: only its tokens are too few.
#[test]
fn uniforms_of_24_bits_are_found_out() {
    const DRAWS: u64 = 20_000;
    let n_tail = 1 << 20;
    let gap = f64::from(n_tail).ln() + 63f64.ln();
    let spectrum = one_above_a_tail(n_tail as usize, gap, 0);
    let ensemble = Canonical::new(&spectrum, Beta::from(unit()));
    assert!((ensemble.probability(1) * f64::from(1u32 << 26) - 1.0).abs() < 1e-9);
    let score = |name: &str, (pairs, expected): (u64, f64)| {
        let z = (pairs as f64 - expected) / expected.sqrt();
        println!("{name}: {pairs} equal pairs, {expected:.1} expected, z = {z:.2}");
        z
    };
    let mut rng = Seed(5).set_up();
    let inverse = InverseCdf::new(&ensemble);
    assert!(score("inverse CDF", equal_pairs(DRAWS, || inverse.draw(&mut rng))).abs() < BOUND);
    let alias = Alias::new(&ensemble);
    assert!(score("alias table", equal_pairs(DRAWS, || alias.draw(&mut rng))).abs() < BOUND);
    // Control: the same inversion with uniforms k/2^24 reaches one token in four.
    let planted = Planted::Uniform24Bits.prepare(&spectrum, unit());
    assert!(score("24 bits", equal_pairs(DRAWS, || planted.draw(&mut rng))) > 3.0 * BOUND);
}

/// 1000 tokens, of which the ends, a block in the middle and every seventh are forbidden.
fn masked() -> Spectrum {
    let mut rng = Seed(0).set_up();
    let logit = |i: usize| {
        let forbidden = !(5..995).contains(&i) || (480..520).contains(&i) || i.is_multiple_of(7);
        if forbidden { f64::NEG_INFINITY } else { 3.0 * uniform(&mut rng).ln() }
    };
    Spectrum::from_logits(&(0..1000).map(logit).collect::<Vec<_>>()).unwrap()
}

#[test]
fn impossible_tokens_are_never_drawn() {
    const DRAWS: u64 = 10_000_000;
    let spectrum = masked();
    for (case, t) in [0.7, 1000.0, f64::INFINITY].into_iter().enumerate() {
        let temperature = Temperature::new(t).unwrap();
        let ensemble = Canonical::new(&spectrum, temperature.beta());
        let mut rng = Seed(case as u64).set_up();
        let alias = Alias::new(&ensemble);
        assert_eq!((0..DRAWS).filter(|_| spectrum.is_forbidden(alias.draw(&mut rng))).count(), 0, "alias at T = {t}");
        let inverse = InverseCdf::new(&ensemble);
        assert_eq!((0..DRAWS).filter(|_| spectrum.is_forbidden(inverse.draw(&mut rng))).count(), 0, "CDF at T = {t}");
        let occupation = occupation_numbers(&ensemble, DRAWS, &mut rng);
        assert!((0..1000).all(|i| !spectrum.is_forbidden(i) || occupation[i] == 0));
    }
    // Control: the rates published for two libraries, 1 in 220 and 0.158 %.
    for (case, rate) in [1.0 / 220.0, 0.00158].into_iter().enumerate() {
        let wrong = Planted::ForbiddenDrawn { rate }.prepare(&spectrum, unit());
        let mut rng = Seed(10 + case as u64).set_up();
        let n = DRAWS / 10;
        let hits = (0..n).filter(|_| spectrum.is_forbidden(wrong.draw(&mut rng))).count() as u64;
        assert!(hits > 1000 && z(hits, n, rate).abs() < BOUND, "{hits} hits at rate {rate}");
    }
}

#[test]
fn extreme_random_numbers_draw_no_impossible_token() {
    let spectrum = masked();
    for beta in [0.0, 1e-3, 1.0, 1e3, f64::INFINITY, -1.0] {
        let ensemble = Canonical::new(&spectrum, Beta::new(beta).unwrap());
        for word in [(1 << 63) + 12_345, u64::MAX, u64::MAX - 4096, 4096] {
            assert!(!spectrum.is_forbidden(InverseCdf::new(&ensemble).draw(&mut Constant::new(word))));
            assert!(!spectrum.is_forbidden(Alias::new(&ensemble).draw(&mut Constant::new(word))));
        }
        assert!(!spectrum.is_forbidden(InverseCdf::new(&ensemble).draw(&mut Constant::new(0))));
    }
}

/// Share of `wanted` among `n` draws of a planted sampler.
fn share(planted: Planted, spectrum: &Spectrum, t: f64, n: u64, wanted: impl Fn(usize) -> bool) -> f64 {
    let prepared = planted.prepare(spectrum, Temperature::new(t).unwrap());
    let mut rng = Seed(3).set_up();
    (0..n).filter(|_| wanted(prepared.draw(&mut rng))).count() as f64 / n as f64
}

fn within(share: f64, p: f64, n: u64) -> bool {
    (share - p).abs() < BOUND * (p * (1.0 - p) / n as f64).sqrt()
}

#[test]
fn capped_noise_makes_the_likely_token_far_too_likely() {
    const V: usize = 32_000;
    const DRAWS: u64 = 1500;
    let mut logits = vec![0.0; V];
    logits[77] = 8.0;
    let spectrum = Spectrum::from_logits(&logits).unwrap();
    // The largest of n capped uniforms has the law x^n on its interval: the winner's probability is one integral.
    let (low, high) = (1e-7, 0.999f64);
    let steps = 20_000;
    let wins = (0..steps).map(|i| {
        let u = low + (high - low) * (f64::from(i) + 0.5) / f64::from(steps);
        let beaten = (-(-(8.0 - (-u.ln()).ln())).exp()).exp();
        ((beaten.min(high) - low) / (high - low)).powi(V as i32 - 1)
    });
    let capped = wins.sum::<f64>() / f64::from(steps);
    // In 0.949 of all draws the winner alone is above the end of the others' noise; in a few more it wins the race.
    let out_of_reach = 1.0 - (-(8.0 + (-high.ln()).ln()).exp()).exp();
    assert!((out_of_reach - 0.949).abs() < 5e-4 && (capped - 0.9537).abs() < 2e-4, "{out_of_reach} {capped}");
    let p = Canonical::new(&spectrum, Beta::from(unit())).probability(77);
    assert!((p - 0.0852).abs() < 5e-5);
    let wrong = share(Planted::CappedGumbel, &spectrum, 1.0, DRAWS, |i| i == 77);
    assert!(within(wrong, capped, DRAWS) && !within(wrong, p, DRAWS), "{wrong}");
    let right = share(Planted::Correct, &spectrum, 1.0, 100_000, |i| i == 77);
    assert!(within(right, p, 100_000), "{right}");
    // Two tokens, gap 8: 1.4e-5 instead of 3.35e-4.
    let two = Spectrum::new(vec![0.0, 8.0]).unwrap();
    let rare = share(Planted::CappedGumbel, &two, 1.0, 1_000_000, |i| i == 1);
    assert!(rare < 3e-5, "{rare}");
}

#[test]
fn each_planted_sampler_has_its_fault() {
    const N: u64 = 100_000;
    let spectrum = Spectrum::from_logits(&[2.0, 1.0, 0.0, -1.0, -2.0, f64::NEG_INFINITY]).unwrap();
    let p = |t: f64, i: usize| Canonical::new(&spectrum, Temperature::new(t).unwrap().beta()).probability(i);
    let t = 1.5;
    for (planted, expected) in [
        (Planted::Correct, p(t, 0)),
        (Planted::TemperatureTwice, p(t * t, 0)),
        (Planted::TemperatureNot, p(1.0, 0)),
        (Planted::HiddenTopK(2), p(t, 0) / (p(t, 0) + p(t, 1))),
        (Planted::HiddenTopP(0.6), p(t, 0) / (p(t, 0) + p(t, 1))),
        (Planted::HiddenMinP(0.2), p(t, 0) / (p(t, 0) + p(t, 1) + p(t, 2))),
        (Planted::Uniform24Bits, p(t, 0)),
        (Planted::Race24Bits, p(t, 0)),
        (Planted::ForbiddenDrawn { rate: 0.1 }, 0.9 * p(t, 0)),
        // top-p 0.6 keeps one token at T = 1 and two at T = 1.5.
        (Planted::WrongOrder(Truncation::top_p(0.6).unwrap()), 1.0),
    ] {
        let found = share(planted, &spectrum, t, N, |i| i == 0);
        assert!(
            (found - expected).abs() <= BOUND * (expected * (1.0 - expected) / N as f64).sqrt(),
            "{planted:?}: {found}"
        );
        let forbidden = share(planted, &spectrum, t, N, |i| i == 5);
        let rate = if matches!(planted, Planted::ForbiddenDrawn { .. }) { 0.1 } else { 0.0 };
        assert!((forbidden - rate).abs() <= BOUND * (0.09 / N as f64).sqrt() * f64::from(rate > 0.0), "{planted:?}");
    }
    let twice = share(Planted::TemperatureTwice, &spectrum, t, N, |i| i == 0);
    assert!(!within(twice, p(t, 0), N));
}

#[test]
fn what_is_rarer_than_24_bits_is_lost() {
    let two = Spectrum::new(vec![0.0, 20.0]).unwrap();
    let Prepared::Inverse { cumulative } = Planted::Uniform24Bits.prepare(&two, unit()) else { panic!() };
    assert_eq!(inverse(&cumulative, 1.0 - 1.0 / f64::from(1u32 << 24)), 0);
    // The race of the planted sampler and its law for equal tail tokens are one.
    let (n_tail, gap, n) = (3000, 14.0, 10_000);
    let spectrum = one_above_a_tail(n_tail, gap, 0);
    let by_planted = share(Planted::Race24Bits, &spectrum, 1.0, n, |i| i != 0);
    let mut rng = Seed(4).set_up();
    let by_law = (0..200_000).filter(|_| race_won_by_tail(n_tail, gap, &mut rng)).count() as f64 / 200_000.0;
    assert!(within(by_planted, by_law, n), "{by_planted} {by_law}");
}
