//! Distribution tests of the random numbers and of every direct sampler, each with a negative control.
//!
//! Seeds are case numbers. A test fails where chance alone would do the same with probability below [`RARE`], that of
//! 4.5 standard deviations.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::estimators::{Series, chi_square, kolmogorov_smirnov, slope_from_samples};
use gibbs::model::{Exact, Model};
use gibbs::rng::{Seed, StreamId, TaskRng, index, uniform};
use gibbs::samplers::{
    Alias, InverseCdf, LevelStream, Metropolis, Sampler, Schedule, occupation_numbers, run, split_binomially,
};
use gibbs::systems::{ClassicalPower, Paramagnet};
use gibbs::units::Beta;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Two-sided probability of 4.5 standard deviations.
const RARE: f64 = 6.8e-6;
const BOUND: f64 = 4.5;

/// The generator of one case of one test.
fn generator(test: u16, case: usize) -> TaskRng {
    Seed(case as u64).stream(StreamId::new(test, 0, 0))
}

fn beta(value: f64) -> Beta {
    Beta::new(value).unwrap()
}

fn histogram(n_cells: usize, draws: usize, mut draw: impl FnMut() -> usize) -> Vec<u64> {
    let mut counts = vec![0; n_cells];
    (0..draws).for_each(|_| counts[draw()] += 1);
    counts
}

/// p-value of counts against probabilities that add up to 1.
fn p_value(counts: &[u64], probabilities: &[f64]) -> f64 {
    let draws = counts.iter().sum::<u64>() as f64;
    let expected: Vec<f64> = probabilities.iter().map(|p| p * draws).collect();
    chi_square(counts, &expected).unwrap().p_value
}

/// z of the mean of `values` against an exact mean and standard deviation.
fn z_of_mean(values: &[f64], mean: f64, deviation: f64) -> f64 {
    let n = values.len() as f64;
    (values.iter().sum::<f64>() / n - mean) / (deviation / n.sqrt())
}

// ---- random numbers

#[test]
fn uniform_numbers_are_uniform() {
    let mut rng = generator(1, 0);
    let u: Vec<f64> = (0..1_000_000).map(|_| uniform(&mut rng)).collect();
    assert!(u.iter().all(|&u| u > 0.0 && u <= 1.0));
    assert!(kolmogorov_smirnov(&u, |x| x).unwrap().p_value > RARE);
    // Control: u^1.02 leaves the diagonal by 0.0073, which is 7.3 in units of 1/sqrt n.
    let bent: Vec<f64> = u.iter().map(|u| u.powf(1.02)).collect();
    assert!(kolmogorov_smirnov(&bent, |x| x).unwrap().p_value < RARE);
}

#[test]
fn the_last_bits_of_a_uniform_number_are_random() {
    const DRAWS: usize = 1_000_000;
    let word = |u: f64| (u * (1u64 << 53) as f64) as u64;
    let z_of_bit = |words: &[u64], bit: u32| {
        let ones = words.iter().filter(|&&w| w >> bit & 1 == 1).count() as f64;
        (2.0 * ones - DRAWS as f64) / (DRAWS as f64).sqrt()
    };
    let mut rng = generator(2, 0);
    let words: Vec<u64> = (0..DRAWS).map(|_| word(uniform(&mut rng))).collect();
    // Control: 32 bits leave the last 21 of 53 alone.
    let short: Vec<u64> = (0..DRAWS).map(|_| word((f64::from(rng.next_u32()) + 1.0) / 4_294_967_296.0)).collect();
    for bit in 0..21 {
        assert!(z_of_bit(&words, bit).abs() <= BOUND, "bit {bit}: {}", z_of_bit(&words, bit));
        assert!(z_of_bit(&short, bit).abs() > BOUND);
    }
    let mut last_byte = words.iter().map(|w| (w & 255) as usize);
    assert!(p_value(&histogram(256, DRAWS, || last_byte.next().unwrap()), &[1.0 / 256.0; 256]) > RARE);
}

#[test]
fn indices_are_equally_likely() {
    for (case, n) in [1u64, 2, 6, 7, 1000].into_iter().enumerate().skip(1) {
        let mut rng = generator(3, case);
        let counts = histogram(n as usize, 200_000, || index(&mut rng, n) as usize);
        assert!(p_value(&counts, &vec![1.0 / n as f64; n as usize]) > RARE, "{n}");
        // Control: one index in n is 5 % too likely.
        let mut rng = generator(3, case);
        let excess = 1.0 / (n as f64 * 20.0);
        let loaded = |rng: &mut TaskRng| if uniform(rng) < excess { 0 } else { index(rng, n) as usize };
        if n < 10 {
            let counts = histogram(n as usize, 2_000_000, || loaded(&mut rng));
            assert!(p_value(&counts, &vec![1.0 / n as f64; n as usize]) < RARE, "control {n}");
        }
    }
    assert_eq!(index(&mut generator(3, 0), 1), 0);
}

#[test]
fn indices_of_a_range_near_2_64_need_the_rejection() {
    let n = 3u64 << 62;
    let mut rng = generator(4, 0);
    let counts = histogram(3, 100_000, || (index(&mut rng, n) % 3) as usize);
    assert!(p_value(&counts, &[1.0 / 3.0; 3]) > RARE);
    // Control: the multiplication alone gives remainder 0 half of the time.
    let counts = histogram(3, 100_000, || (((u128::from(rng.next_u64()) * u128::from(n)) >> 64) % 3) as usize);
    assert!(p_value(&counts, &[1.0 / 3.0; 3]) < RARE);
}

// ---- levels

const FORBIDDEN: f64 = f64::INFINITY;

/// Spectra with a beta to draw at and one that must be rejected.
fn cases() -> Vec<(&'static str, Spectrum, f64, f64)> {
    let plain = |energies: &[f64]| Spectrum::new(energies.to_vec()).unwrap();
    let ladder: Vec<f64> = (0..40).map(f64::from).collect();
    let ln_g: Vec<f64> = ladder.iter().map(|e| 0.9 * e).collect();
    let mut rng = generator(5, 0);
    let random: Vec<f64> = (0..3000).map(|_| StandardNormal.sample(&mut rng)).collect();
    let logits: Vec<f64> = random.iter().map(|x: &f64| 4.0 * x).collect();
    let ties = plain(&[2.0, FORBIDDEN, 1.0, 1.0, 5.0, 1.0, FORBIDDEN]);
    let degenerate = Spectrum::with_degeneracies(vec![0.0, 1.0, 1.5, 4.0], &[1.0, 2.0, 1.0, 700.0]).unwrap();
    let tied_degenerate = Spectrum::with_degeneracies(vec![3.0, 0.0, 0.0, FORBIDDEN], &[9.0, 1.0, 3.0, 50.0]).unwrap();
    vec![
        ("two levels", plain(&[0.0, 1.0]), 1.0, 1.05),
        ("degeneracies", degenerate.clone(), 1.3, 1.3 * 1.05),
        ("degeneracies, hot", degenerate.clone(), 0.0, 0.1),
        ("ties and forbidden", ties.clone(), 0.8, 0.84),
        ("ties and forbidden, T = 0", ties.clone(), f64::INFINITY, 3.0),
        ("ties and forbidden, T = inf", ties.clone(), 0.0, 0.05),
        ("ties and forbidden, inverted", ties, -0.3, -0.315),
        ("ties on top, T = -0", plain(&[5.0, 1.0, FORBIDDEN, 5.0, 4.0]), f64::NEG_INFINITY, -2.0),
        ("degenerate ties, T = 0", tied_degenerate.clone(), f64::INFINITY, 3.0),
        ("degenerate ties, hot", tied_degenerate, 0.1, 0.12),
        ("weights from 1 to e^-39", plain(&ladder), 1.0, 1.05),
        ("degeneracies from 1 to e^35", Spectrum::with_ln_degeneracies(ladder, ln_g).unwrap(), 1.0, 1.05),
        ("random levels", plain(&random), 1.5, 1.5 * 1.05),
        ("Gaussian logits", Spectrum::from_logits(&logits).unwrap(), 1.0, 1.05),
        ("degeneracies, inverted", degenerate, -0.2, -0.4),
    ]
}

const DRAWS: usize = 400_000;

fn check_draws(test: u16, sampler: impl Fn(&Canonical<'_>, &mut TaskRng) -> Vec<u64>) {
    for (case, (name, spectrum, at, control)) in cases().into_iter().enumerate() {
        let ensemble = Canonical::new(&spectrum, beta(at));
        let counts = sampler(&ensemble, &mut generator(test, case));
        let p = p_value(&counts, &ensemble.probabilities());
        assert!(p > RARE, "{name}: p = {p}");
        let wrong = Canonical::new(&spectrum, beta(control)).probabilities();
        assert!(p_value(&counts, &wrong) < RARE, "{name}: beta = {control} passes");
    }
}

#[test]
fn inverse_cdf_draws_levels_by_their_probabilities() {
    check_draws(10, |ensemble, rng| {
        let sampler = InverseCdf::new(ensemble);
        histogram(ensemble.spectrum().len(), DRAWS, || sampler.draw(rng))
    });
}

#[test]
fn alias_draws_levels_by_their_probabilities() {
    check_draws(11, |ensemble, rng| {
        let sampler = Alias::new(ensemble);
        histogram(ensemble.spectrum().len(), DRAWS, || sampler.draw(rng))
    });
}

#[test]
fn alias_as_a_sampler_draws_levels_by_their_probabilities() {
    check_draws(12, |ensemble, rng| {
        let mut sampler = Alias::new(ensemble);
        let mut counts = vec![0; ensemble.spectrum().len()];
        run(&mut sampler, Schedule { thermalization: 0, sweeps: DRAWS as u64 }, rng, |sampler| {
            counts[*sampler.state()] += 1;
            assert_eq!(sampler.energy(), ensemble.spectrum().energy(*sampler.state()));
        });
        counts
    });
}

#[test]
fn occupation_numbers_follow_the_probabilities() {
    check_draws(13, |ensemble, rng| occupation_numbers(ensemble, DRAWS as u64, rng));
}

#[test]
fn a_stream_draws_levels_by_their_probabilities() {
    check_draws(16, |ensemble, rng| LevelStream::new(ensemble, rng).unwrap().counts(DRAWS as u64));
    check_draws(17, |ensemble, rng| {
        let mut levels = vec![0; DRAWS];
        LevelStream::new(ensemble, rng).unwrap().fill(&mut levels);
        let mut levels = levels.iter().map(|&level| level as usize);
        histogram(ensemble.spectrum().len(), DRAWS, || levels.next().unwrap())
    });
}

/// Four digits come from one word, 32 from one step of all generators: no two of them know of each other.
#[test]
fn levels_of_a_stream_are_independent_of_those_before() {
    const MANY: usize = 4_000_000;
    for (case, n_levels) in [3usize, 16, 20].into_iter().enumerate() {
        let spectrum = Spectrum::new((0..n_levels).map(|i| i as f64 * 0.2).collect()).unwrap();
        let ensemble = Canonical::new(&spectrum, beta(1.0));
        let p = ensemble.probabilities();
        let pairs: Vec<f64> = p.iter().flat_map(|a| p.iter().map(move |b| a * b)).collect();
        let mut levels = vec![0; MANY];
        LevelStream::new(&ensemble, &mut generator(18, case)).unwrap().fill(&mut levels);
        let p_of = |levels: &[u32], lag: usize| {
            // Pairs that do not overlap.
            let mut firsts = (0..MANY - lag).step_by(2 * lag).flat_map(|from| from..(from + lag).min(MANY - lag));
            let drawn = (MANY - lag).div_ceil(2 * lag) * lag - lag;
            let pair = |i: usize| levels[i] as usize * n_levels + levels[i + lag] as usize;
            p_value(&histogram(pairs.len(), drawn, || pair(firsts.next().unwrap())), &pairs)
        };
        let lags = [1, 2, 3, 4, 7, 8, 32, 64, 128];
        assert!(lags.iter().all(|&lag| p_of(&levels, lag) > RARE));
        // Control: the level of one pair in 125 is drawn but once.
        for i in (1..MANY).step_by(250) {
            levels[i] = levels[i - 1];
        }
        assert!(p_of(&levels, 1) < RARE);
    }
}

/// Rarer than the 2^-16 of the digits that are compared first.
#[test]
fn rare_levels_of_a_stream_have_their_share() {
    const MANY: u64 = 50_000_000;
    let rare = 2e-6f64;
    for (case, n_levels) in [2usize, 5, 16, 17, 60].into_iter().enumerate() {
        // The rare level stands in the middle, between ordinary ones.
        let mut energies: Vec<f64> = vec![0.0; n_levels];
        energies[n_levels / 2] = -((n_levels - 1) as f64 * rare / (1.0 - rare)).ln();
        let spectrum = Spectrum::new(energies).unwrap();
        let ensemble = Canonical::new(&spectrum, beta(1.0));
        let mut stream = LevelStream::new(&ensemble, &mut generator(19, case)).unwrap();
        let drawn = stream.counts(MANY)[n_levels / 2];
        let mean = MANY as f64 * rare;
        assert!(poisson_two_sided(drawn, mean) > RARE, "{n_levels}: {drawn} instead of {mean}");
        // Control: 16 bits alone would make it one draw in 65 536, or none.
        assert!(poisson_two_sided(drawn, MANY as f64 / 65_536.0) < RARE && poisson_two_sided(0, mean) < RARE);
    }
}

/// The two ground levels hold one state and three; weights must not depend on their order or on other levels.
#[test]
fn absolute_zero_is_uniform_over_the_ground_states() {
    let spectrum = Spectrum::with_degeneracies(vec![1.0, -2.0, FORBIDDEN, -2.0], &[5.0, 1.0, 1.0, 3.0]).unwrap();
    let ensemble = Canonical::new(&spectrum, Beta::INFINITE);
    let (inverse, alias) = (InverseCdf::new(&ensemble), Alias::new(&ensemble));
    let mut rng = generator(14, 0);
    let all = [
        histogram(4, DRAWS, || inverse.draw(&mut rng)),
        histogram(4, DRAWS, || alias.draw(&mut rng)),
        occupation_numbers(&ensemble, DRAWS as u64, &mut generator(14, 1)),
    ];
    for counts in all {
        assert_eq!((counts[0], counts[2]), (0, 0));
        assert!(p_value(&counts, &[0.0, 0.25, 0.0, 0.75]) > RARE);
        // Control: uniform over the levels instead of the states.
        assert!(p_value(&counts, &[0.0, 0.5, 0.0, 0.5]) < RARE);
    }
}

#[test]
fn forbidden_levels_are_never_drawn() {
    const MANY: u64 = 10_000_000;
    let energy = |i: usize| if i.is_multiple_of(7) || i == 62 { FORBIDDEN } else { (i % 5) as f64 };
    let spectrum = Spectrum::new((0..64).map(energy).collect()).unwrap();
    let drawn = |counts: &[u64]| (0..64).filter(|&i| spectrum.is_forbidden(i)).map(|i| counts[i]).sum::<u64>();
    for (case, b) in [1.0, -1.0, 0.0, f64::INFINITY].into_iter().enumerate() {
        let ensemble = Canonical::new(&spectrum, beta(b));
        let (inverse, alias) = (InverseCdf::new(&ensemble), Alias::new(&ensemble));
        let mut rng = generator(15, case);
        let draws = if case == 0 { MANY } else { MANY / 10 } as usize;
        assert_eq!(drawn(&histogram(64, draws, || inverse.draw(&mut rng))), 0);
        assert_eq!(drawn(&histogram(64, draws, || alias.draw(&mut rng))), 0);
        assert_eq!(drawn(&LevelStream::new(&ensemble, &mut rng).unwrap().counts(MANY)), 0);
        for n in [1, 1000, MANY, 1_000_000_000_000_000_000] {
            assert_eq!(drawn(&occupation_numbers(&ensemble, n, &mut rng)), 0);
        }
    }
    // Control: a penalty of 14 instead of a mask, p = 2e-6 for all eleven.
    let masked = |i: usize| if spectrum.is_forbidden(i) { 14.0 } else { spectrum.energy(i) };
    let penalized = Spectrum::new((0..64).map(masked).collect()).unwrap();
    let penalized = Canonical::new(&penalized, beta(1.0));
    let sampler = Alias::new(&penalized);
    let mut rng = generator(15, 9);
    assert!(drawn(&histogram(64, MANY as usize, || sampler.draw(&mut rng))) > 0);
    assert!(drawn(&LevelStream::new(&penalized, &mut rng).unwrap().counts(MANY)) > 0);
}

// ---- the tail of a vocabulary

/// Probability of a Poisson number at least as far out as `k` on its side of the mean, doubled.
fn poisson_two_sided(k: u64, mean: f64) -> f64 {
    let p = |i: u64| (i as f64 * mean.ln() - mean - libm::lgamma(i as f64 + 1.0)).exp();
    let below: f64 = (0..k).map(p).sum();
    2.0 * (below + p(k)).min(1.0 - below)
}

/// One top token and `tail` others `gap` below it, and the mean number of tail tokens in `draws`.
fn top_and_tail(tail: usize, gap: f64, draws: usize) -> (Spectrum, f64) {
    let mut logits = vec![-gap; tail + 1];
    logits[tail / 2] = 0.0;
    let weight = tail as f64 * (-gap).exp();
    (Spectrum::from_logits(&logits).unwrap(), draws as f64 * weight / (1.0 + weight))
}

#[test]
fn the_tail_of_a_large_vocabulary_is_reached() {
    const DRAWS: usize = 100_000;
    for (case, (tail, gap)) in [(262_144, 20.5), (129_279, 18.0), (129_279, 20.0)].into_iter().enumerate() {
        let (spectrum, mean) = top_and_tail(tail, gap, DRAWS);
        let ensemble = Canonical::new(&spectrum, beta(1.0));
        let (inverse, alias) = (InverseCdf::new(&ensemble), Alias::new(&ensemble));
        let mut rng = generator(20, case);
        let top = tail / 2;
        let hits = [
            (0..DRAWS).filter(|_| inverse.draw(&mut rng) != top).count() as u64,
            (0..DRAWS).filter(|_| alias.draw(&mut rng) != top).count() as u64,
            DRAWS as u64 - occupation_numbers(&ensemble, DRAWS as u64, &mut rng)[top],
        ];
        for hits in hits {
            let z = (hits as f64 - mean) / mean.sqrt();
            println!("tail {tail} gap {gap}: {hits} hits of {mean:.2}, z {z:.2}");
            assert!(poisson_two_sided(hits, mean) > RARE, "{hits} of {mean}");
            // Control: 1.15 beta leaves a twentieth of the tail; for 1.05 beta thirty hits are too few.
            assert!(poisson_two_sided(hits, mean * (-0.15 * gap).exp()) < RARE);
        }
    }
}

/// A race: token i arrives after -ln(u_i)/p_i and the first wins. With uniforms of 24 bits the first of the tail can
/// never be early enough; the largest of the tail's uniforms is drawn at once, as U^(1/tail).
#[test]
fn uniform_numbers_of_24_bits_miss_the_tail() {
    const DRAWS: usize = 100_000;
    let race = |bits: u32, tail: usize, gap: f64, rng: &mut TaskRng| {
        let cells = (1u64 << bits) as f64;
        // 1 - u is what counts near u = 1.
        let from_one = -(uniform(rng).ln() / tail as f64).exp_m1();
        let tail_time = -(-((from_one * cells).floor() + 0.5) / cells).ln_1p() * gap.exp();
        let top_time = -(((uniform(rng) * cells).ceil() - 0.5) / cells).ln();
        tail_time < top_time
    };
    for (case, gap) in [18.0, 20.0].into_iter().enumerate() {
        let (_, mean) = top_and_tail(129_279, gap, DRAWS);
        let mut rng = generator(21, case);
        let mut hits = |bits| (0..DRAWS).filter(|_| race(bits, 129_279, gap, &mut rng)).count() as u64;
        let (short, long) = (hits(24), hits(52));
        let z = |hits: u64| (hits as f64 - mean) / mean.sqrt();
        println!("gap {gap}: 24 bits z {:.1}, 52 bits z {:.1}", z(short), z(long));
        assert!(poisson_two_sided(long, mean) > RARE && poisson_two_sided(short, mean) < RARE);
    }
}

// ---- binomial and multinomial numbers

/// Binomial probabilities of `first..first + len`, from their ratios, with what lies outside in the outermost two.
fn binomial(n: u64, p: f64) -> (u64, Vec<f64>) {
    let mean = n as f64 * p;
    let width = 9.0 * (mean * (1.0 - p)).sqrt() + 40.0;
    let first = (mean - width).max(0.0) as u64;
    let last = ((mean + width) as u64).min(n);
    let mode = (mean as u64).clamp(first, last);
    let odds = p / (1.0 - p);
    let mut weights = vec![1.0; (last - first + 1) as usize];
    for k in mode..last {
        weights[(k + 1 - first) as usize] = weights[(k - first) as usize] * odds * (n - k) as f64 / (k + 1) as f64;
    }
    for k in (first..mode).rev() {
        weights[(k - first) as usize] = weights[(k + 1 - first) as usize] * (k + 1) as f64 / (odds * (n - k) as f64);
    }
    let total: f64 = weights.iter().sum();
    (first, weights.iter().map(|w| w / total).collect())
}

#[test]
fn the_reference_probabilities_are_binomial() {
    for (n, p) in [(40u64, 0.25), (1000, 0.97), (100_000, 3e-4), (5, 0.9)] {
        let (first, probabilities) = binomial(n, p);
        let ln_factorial = |k: u64| libm::lgamma(k as f64 + 1.0);
        for (k, q) in (first..).zip(probabilities) {
            let ln_q = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
                + k as f64 * p.ln()
                + (n - k) as f64 * (-p).ln_1p();
            assert!((q - ln_q.exp()).abs() < 1e-8, "{n} {p} {k}: {q} {}", ln_q.exp());
        }
    }
}

fn binomial_p_value(draws: &[u64], n: u64, p: f64) -> f64 {
    if p > 0.5 {
        let others: Vec<u64> = draws.iter().map(|k| n - k).collect();
        return binomial_p_value(&others, n, 1.0 - p);
    }
    let (first, probabilities) = binomial(n, p);
    let last = first + probabilities.len() as u64 - 1;
    let mut counts = vec![0; probabilities.len()];
    draws.iter().for_each(|&k| counts[(k.clamp(first, last) - first) as usize] += 1);
    p_value(&counts, &probabilities)
}

#[test]
fn splits_are_binomial() {
    const E18: u64 = 1_000_000_000_000_000_000;
    let cases = [
        (E18, 3e-18),
        (E18, 9.9e-18),
        (E18, 10.1e-18),
        (E18, 1e-16),
        (E18, 1e-15),
        (E18, 1e-14),
        (E18, 1.0 - 1e-14),
        (20_000_000, 0.9e-6),
        (30_000_000, 1.1e-6),
        (1_000_000_000_000_000, 1e-12),
        (1_000_000_000_000, 1e-9),
        (1_000_000_000, 1e-6),
        (u64::MAX, 1e-18),
        (40, 0.2499),
        (40, 0.25),
        (40, 0.2501),
        (13, 0.7),
        (20, 0.7),
        (1000, 0.97),
        (5, 0.99),
        (1, 0.5),
        (1_000_000, 2e-6),
        (100_000, 0.3),
    ];
    let mut failed = Vec::new();
    for (case, (n, p)) in cases.into_iter().enumerate() {
        let mut rng = generator(30, case);
        let draws: Vec<u64> = (0..DRAWS).map(|_| split_binomially(n, p, &mut rng)).collect();
        let wrong = if p > 0.5 { 1.0 - (1.0 - p) / 1.05 } else { p / 1.05 };
        let (found, control) = (binomial_p_value(&draws, n, p), binomial_p_value(&draws, n, wrong));
        println!("n = {n:e}, p = {p:e}: p-value {found:.2e}, 5 % off {control:.1e}");
        assert!(control < RARE, "n = {n}: p = {wrong} passes");
        if found <= RARE {
            failed.push((n, p, found));
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn certain_splits() {
    let mut rng = generator(31, 0);
    for n in [0, 1, 5, 9, 10, 1_000_000, u64::MAX] {
        assert_eq!(split_binomially(n, 0.0, &mut rng), 0);
        assert_eq!(split_binomially(n, 1.0, &mut rng), n);
    }
}

/// At a standard deviation of 10^8 and more the binomial is normal to 10^-8.
#[test]
fn astronomically_many_trials_give_normal_numbers() {
    const DRAWS: usize = 200_000;
    let n = 1_000_000_000_000_000_000u64;
    for (case, p) in [0.3, 0.5, 0.7, 0.25, 1e-2].into_iter().enumerate() {
        let mut rng = generator(32, case);
        let (mean, deviation) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
        let centre = mean as u64 as i128;
        let mut standard = |deviation: f64| -> Vec<f64> {
            let draw = |_| (i128::from(split_binomially(n, p, &mut rng)) - centre) as f64 / deviation;
            (0..DRAWS).map(draw).collect()
        };
        let verdict = |x: &[f64]| {
            let squares: Vec<f64> = x.iter().map(|x| x * x).collect();
            let distribution = |x: f64| 0.5 * libm::erfc(-x / 2f64.sqrt());
            // Twenty equally likely cells.
            let cells = histogram_of(x, |x| (20.0 * distribution(x)) as usize, 20);
            (
                z_of_mean(x, 0.0, 1.0),
                z_of_mean(&squares, 1.0, 2f64.sqrt()),
                kolmogorov_smirnov(x, distribution).unwrap().p_value.min(p_value(&cells, &[0.05; 20])),
            )
        };
        let (z_mean, z_variance, form) = verdict(&standard(deviation));
        println!("p = {p}: mean z {z_mean:.2}, variance z {z_variance:.2}, form {form:.2e}");
        assert!(z_mean.abs() <= BOUND && z_variance.abs() <= BOUND && form > RARE);
        // Control: a width wrong by 5 %.
        let (_, z_variance, form) = verdict(&standard(deviation / 1.05));
        assert!(z_variance.abs() > BOUND && form < RARE);
    }
}

fn histogram_of(values: &[f64], cell: impl Fn(f64) -> usize, n_cells: usize) -> Vec<u64> {
    let mut values = values.iter();
    histogram(n_cells, values.len(), || cell(*values.next().unwrap()).min(n_cells - 1))
}

#[test]
fn no_particle_is_lost() {
    for (case, (name, spectrum, at, _)) in cases().into_iter().enumerate() {
        let ensemble = Canonical::new(&spectrum, beta(at));
        let mut rng = generator(33, case);
        for n in [0, 1, 2, 17, 1_000_000, 1_000_000_000_000_000_000, u64::MAX] {
            let counts = occupation_numbers(&ensemble, n, &mut rng);
            assert_eq!(counts.iter().map(|&k| u128::from(k)).sum::<u128>(), u128::from(n), "{name}");
        }
    }
}

/// Means n p, variances n p (1 - p) and covariances -n p q over repeated ensembles.
#[test]
fn occupation_numbers_are_multinomial() {
    const REPEATS: usize = 20_000;
    let spectrum = Spectrum::with_degeneracies(vec![0.0, 0.4, 1.0, 1.0, 2.5], &[2.0, 1.0, 1.0, 3.0, 10.0]).unwrap();
    let ensemble = Canonical::new(&spectrum, beta(1.0));
    let (p, wrong) = (ensemble.probabilities(), Canonical::new(&spectrum, beta(1.05)).probabilities());
    let levels = p.len();
    for (case, n) in [3000u64, 1_000_000, 1_000_000_000_000_000_000].into_iter().enumerate() {
        let mut rng = generator(34, case);
        let total = n as f64;
        // Distances from n p, taken between integers: 10^18 has more digits than an f64.
        let centre: Vec<i128> = p.iter().map(|p| (total * p) as i128).collect();
        let distances: Vec<Vec<f64>> = (0..REPEATS)
            .map(|_| {
                let counts = occupation_numbers(&ensemble, n, &mut rng);
                let distance = |i: usize| (i128::from(counts[i]) - centre[i]) as f64 - (total * p[i]).fract();
                (0..levels).map(distance).collect()
            })
            .collect();
        let average = |f: &dyn Fn(&[f64]) -> f64| distances.iter().map(|d| f(d)).sum::<f64>() / REPEATS as f64;
        let repeats = REPEATS as f64;
        let mut rejected = 0;
        for i in 0..levels {
            let variance = total * p[i] * (1.0 - p[i]);
            let z_mean = average(&|d| d[i]) / (variance / repeats).sqrt();
            let z_wrong = (average(&|d| d[i]) + total * (p[i] - wrong[i])) / (variance / repeats).sqrt();
            // The square of a binomial deviation has the variance 2 v^2 + v (1 - 6 p q).
            let square = average(&|d| d[i] * d[i]);
            let scatter = (2.0 * variance.powi(2) + variance * (1.0 - 6.0 * p[i] * (1.0 - p[i]))).sqrt();
            let z_variance = (square - variance) / (scatter / repeats.sqrt());
            let z_poisson = (square - total * p[i]) / (scatter / repeats.sqrt());
            assert!(z_mean.abs() <= BOUND && z_variance.abs() <= BOUND, "n = {n}, {i}: {z_mean} {z_variance}");
            rejected += usize::from(z_wrong.abs() > BOUND);
            // Control: independent numbers of variance n p, 2e4 p^2/(1-p)^2 (z/0.7)^2 away.
            if p[i] > 0.1 {
                assert!(z_poisson.abs() > BOUND, "n = {n}, {i}: {z_poisson}");
            }
            for j in 0..i {
                let covariance = -total * p[i] * p[j];
                let scatter = (variance * total * p[j] * (1.0 - p[j]) + covariance.powi(2)).sqrt();
                let z = |exact: f64| (average(&|d| d[i] * d[j]) - exact) / (scatter / repeats.sqrt());
                assert!(z(covariance).abs() <= BOUND, "n = {n}, {i} {j}: {}", z(covariance));
                assert!(z(0.0) < -BOUND, "n = {n}, {i} {j}: {}", z(0.0));
            }
        }
        assert!(rejected >= 3, "n = {n}: 1.05 beta is rejected on {rejected} levels only");
    }
}

/// A gap of 34 temperatures and 10^18 particles: about 1700 of them are excited.
#[test]
fn the_few_excited_of_very_many_particles_are_binomial() {
    let n = 1_000_000_000_000_000_000;
    let spectrum = Spectrum::new(vec![0.0, 1.0]).unwrap();
    let ensemble = Canonical::new(&spectrum, beta(34.0));
    let mut rng = generator(35, 0);
    let excited: Vec<u64> = (0..DRAWS).map(|_| occupation_numbers(&ensemble, n, &mut rng)[1]).collect();
    let p = ensemble.probability(1);
    assert!(binomial_p_value(&excited, n, p) > RARE, "{}", binomial_p_value(&excited, n, p));
    assert!(binomial_p_value(&excited, n, p / 1.05) < RARE);
}

// ---- energies

#[test]
fn two_temperatures_of_alias_draws_differ_by_their_betas() {
    let mut rng = generator(40, 0);
    let random: Vec<f64> = (0..2000).map(|_| StandardNormal.sample(&mut rng)).collect();
    let paramagnet = Paramagnet::new("5/2".parse().unwrap(), 1.0).unwrap();
    let random = Spectrum::new(random).unwrap();
    for (case, (spectrum, first, second)) in
        [(paramagnet.spectrum(), 0.4, 1.2), (&random, 0.5, 1.5), (&random, -0.5, 0.5)].into_iter().enumerate()
    {
        let energies = |b: f64, replica: usize| -> Vec<f64> {
            let mut sampler = Alias::new(&Canonical::new(spectrum, beta(b)));
            let mut rng = generator(41, 10 * case + replica);
            let mut energies = Vec::new();
            let schedule = Schedule { thermalization: 0, sweeps: DRAWS as u64 };
            run(&mut sampler, schedule, &mut rng, |sampler| energies.push(sampler.energy()));
            energies
        };
        let fit = slope_from_samples(&energies(first, 0), &energies(second, 1), None).unwrap();
        let (z, control) = (fit.z_score(first, second), fit.z_score(1.05 * first, 1.05 * second));
        println!("case {case}: slope {} z {z:.2}, at 1.05 beta {control:.1}", fit.slope);
        assert!(z.abs() <= BOUND && control.abs() > BOUND, "case {case}: {z} {control}");
    }
}

#[test]
fn metropolis_in_a_well_has_the_mean_energy() {
    for (case, (power, stiffness, b)) in [(1.0, 2.0, 0.5), (2.0, 3.0, 2.0), (4.0, 0.7, 10.0)].into_iter().enumerate() {
        let well = ClassicalPower::new(power, stiffness).unwrap();
        let mut rng = generator(42, case);
        let mut chain = Metropolis::new(&well, beta(b), well.initial_state(&mut rng));
        let mut series = Series::new(1);
        run(&mut chain, Schedule { thermalization: 2000, sweeps: 400_000 }, &mut rng, |chain| {
            series.push(&[chain.energy()]).unwrap();
        });
        let mean = series.mean(0).unwrap();
        let z = mean.z_score(well.thermo(beta(b)).unwrap().energy);
        let control = mean.z_score(well.thermo(beta(1.05 * b)).unwrap().energy);
        println!("power {power}: {mean}, tau {:?}, z {z:.2}, at 1.05 beta {control:.1}", mean.tau_int);
        assert!(z.abs() <= BOUND && control.abs() > BOUND, "power {power}: {z} {control}");
    }
}
