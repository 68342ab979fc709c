//! Replica exchange against exact averages at every rung, exact state probabilities and exact acceptances.
//!
//! Seeds are case numbers. Errors come from `BLOCKS` blocks, and bounds are the Student quantile of 4.5 standard
//! deviations. An error is never taken below that of as many independent draws: at cold rungs excitations may be so
//! rare that none was seen.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::estimators::chi_square;
use gibbs::model::{Boundary, Exact, Lattice, LatticeKind, Model};
use gibbs::rng::{Seed, StreamId};
use gibbs::samplers::{
    LadderRule, LadderSize, PilotPoint, Replica, Sampler, Schedule, Tempering, ladder, ladder_through,
    predicted_acceptances,
};
use gibbs::systems::{GlassFlip, SingleFlip};
use gibbs::systems::{GlassState, Ising, SpinGlass};
use gibbs::units::{Beta, Temperature};
use rand::Rng;

const BLOCKS: usize = 128;
/// Two-sided 6.8e-6 (4.5 sigma) quantile of Student's t with 127 degrees of freedom.
const STUDENT: f64 = 4.70;

fn on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(work)
}

fn temperature(t: f64) -> Temperature {
    Temperature::new(t).unwrap()
}

fn reference(file: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/reference/{file}.csv", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn edwards_anderson() -> SpinGlass {
    SpinGlass::from_text(&reference("s12_ea_bonds"), 0.0).unwrap()
}

fn variance(system: &impl Exact, beta: Beta) -> f64 {
    system.thermo(beta).unwrap().heat_capacity / beta.get().powi(2)
}

/// Exact fluctuations in place of a pilot run.
fn pilot(system: &impl Exact, coldest: f64, hottest: f64) -> Vec<PilotPoint> {
    let (high, low) = (1.0 / coldest, 1.0 / hottest);
    let beta = |k: i32| Beta::new(low + (high - low) * f64::from(k) / 200.0).unwrap();
    (0..=200).map(beta).map(|beta| PilotPoint { beta, variance: variance(system, beta) }).collect()
}

/// The temperatures asked for, from cold to hot, and those needed between them.
fn rungs(system: &impl Exact, requested: &[f64]) -> Vec<Beta> {
    let pilot = pilot(system, 0.999 * requested[0], 1.001 * requested[requested.len() - 1]);
    let temperatures: Vec<Temperature> = requested.iter().map(|&t| temperature(t)).collect();
    ladder_through(&temperatures, &pilot, LadderRule::EqualAcceptance, 0.3).unwrap()
}

fn chains<'a>(glass: &'a SpinGlass, rungs: &[Beta], seed: Seed) -> Vec<GlassFlip<'a>> {
    let mut rng = seed.set_up();
    rungs.iter().map(|&beta| GlassFlip::new(glass, beta, glass.initial_state(&mut rng))).collect()
}

fn mean_and_error(blocks: &[f64]) -> (f64, f64) {
    let n = blocks.len() as f64;
    let mean = blocks.iter().sum::<f64>() / n;
    let variance = blocks.iter().map(|b| (b - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Block means of `observe` at every rung, `[n_rungs][BLOCKS]`.
fn blocks<S: Replica + Send>(
    tempering: &mut Tempering<S>,
    per_block: usize,
    observe: impl Fn(&S) -> f64 + Sync,
) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; BLOCKS]; tempering.len()];
    let mut step = 0;
    let sweeps = (per_block * BLOCKS) as u64;
    tempering.run(Schedule { thermalization: sweeps / 20, sweeps }, |tempering| {
        for (rung, sums) in sums.iter_mut().enumerate() {
            sums[step / per_block] += observe(tempering.chain(rung)) / per_block as f64;
        }
        step += 1;
    });
    sums
}

/// z of the mean energy at every rung, and against 1.05 beta where that lies far enough away to be seen.
fn energy_z<S: Replica + Send>(
    exact: &impl Exact,
    tempering: &mut Tempering<S>,
    per_block: usize,
    energy: impl Fn(&S) -> f64 + Sync,
) -> (f64, usize) {
    let draws = (per_block * BLOCKS) as f64;
    let betas: Vec<Beta> = tempering.chains().iter().map(Replica::beta).collect();
    let (mut worst, mut seen): (f64, usize) = (0.0, 0);
    for (&beta, blocks) in betas.iter().zip(blocks(tempering, per_block, energy)) {
        let (mean, error) = mean_and_error(&blocks);
        let error = error.max((variance(exact, beta) / draws).sqrt());
        let at = |beta: Beta| exact.thermo(beta).unwrap().energy;
        let (here, colder) = (at(beta), at(beta.scaled(1.05).unwrap()));
        let (z, control) = ((mean - here) / error, (mean - colder) / error);
        println!("  T {:.3}: U {mean:.5} ({error:.5}), z {z:.2}, at 1.05 beta {control:.1}", beta.temperature().get());
        worst = worst.max(z.abs());
        if (here - colder).abs() > 10.0 * error {
            assert!(control.abs() > STUDENT, "1.05 beta passes at {beta}: {control}");
            seen += 1;
        }
    }
    (worst, seen)
}

/// Each glass with the temperatures asked for.
fn glasses() -> Vec<(&'static str, SpinGlass, Vec<f64>)> {
    let sk = reference("s12_sk_couplings");
    vec![
        ("edwards-anderson", edwards_anderson(), vec![0.2, 0.5, 1.0, 3.0]),
        ("sherrington-kirkpatrick", SpinGlass::from_text(&sk, 0.0).unwrap(), vec![0.1, 0.3, 1.0, 2.0]),
        ("sherrington-kirkpatrick in a field", SpinGlass::from_text(&sk, 0.3).unwrap(), vec![0.1, 0.3, 1.0, 2.0]),
    ]
}

#[test]
fn glasses_have_their_energies_at_every_rung() {
    for (case, (name, glass, requested)) in glasses().into_iter().enumerate() {
        let seed = Seed(case as u64);
        let rungs = rungs(&glass, &requested);
        println!("{name}: {} rungs", rungs.len());
        let mut tempering = Tempering::new(chains(&glass, &rungs, seed), 1, seed, StreamId::new(1, 0, 0)).unwrap();
        let (worst, seen) = on_one_thread(|| energy_z(&glass, &mut tempering, 512, |chain| chain.energy()));
        println!("  largest |z| {worst:.2}, {seen} controls, {} round trips", tempering.round_trips());
        assert!(worst <= STUDENT, "{name}: {worst}");
        assert!(2 * seen >= rungs.len(), "{name}: only {seen} controls have power");
        assert!(tempering.round_trips() > 1000);
    }
}

#[test]
fn glasses_have_their_magnetization_and_overlap_at_every_rung() {
    for (case, (name, glass, requested)) in glasses().into_iter().enumerate() {
        let rungs = rungs(&glass, &requested);
        let n = glass.n_sites();
        let run = |replica: u16| {
            let seed = Seed(10 + case as u64);
            Tempering::new(chains(&glass, &rungs, seed), 1, seed, StreamId::new(1, 0, replica)).unwrap()
        };
        let (mut one, mut two) = (run(0), run(1));
        let per_block = 512;
        let mut sums = vec![[[0.0; 2]; BLOCKS]; rungs.len()];
        on_one_thread(|| {
            for _ in 0..2000 {
                one.advance();
                two.advance();
            }
            for step in 0..per_block * BLOCKS {
                one.advance();
                two.advance();
                for (rung, sums) in sums.iter_mut().enumerate() {
                    let (a, b): (&GlassState, &GlassState) = (one.chain(rung).state(), two.chain(rung).state());
                    let m = a.magnetization() as f64 / n;
                    sums[step / per_block][0] += m * m / per_block as f64;
                    sums[step / per_block][1] += a.overlap(b).powi(2) / per_block as f64;
                }
            }
        });
        let (mut worst, mut seen): (f64, usize) = (0.0, 0);
        for (&beta, sums) in rungs.iter().zip(&sums) {
            let exact = glass.glass_moments(beta).unwrap();
            let colder = glass.glass_moments(beta.scaled(1.05).unwrap()).unwrap();
            for (k, exact, colder) in [(0, exact.m2, colder.m2), (1, exact.q2, colder.q2)] {
                let (mean, error) = mean_and_error(&sums.iter().map(|block| block[k]).collect::<Vec<_>>());
                let (z, control) = ((mean - exact) / error, (mean - colder) / error);
                println!(
                    "{name} T {:.3} {}: {mean:.5} ({error:.5}), z {z:.2}, at 1.05 beta {control:.1}",
                    beta.temperature().get(),
                    ["m2", "q2"][k]
                );
                worst = worst.max(z.abs());
                if (exact - colder).abs() > 10.0 * error {
                    assert!(control.abs() > STUDENT, "{name}: 1.05 beta passes at {beta} with {control}");
                    seen += 1;
                }
            }
        }
        println!("{name}: largest |z| {worst:.2}, {seen} controls");
        assert!(worst <= STUDENT && seen >= 1, "{name}: {worst}, {seen} controls");
    }
}

/// A chain that shows another energy to the exchanges: the mistakes that must be found.
struct Disguised<S> {
    chain: S,
    factor: f64,
}

impl<S: Sampler> Sampler for Disguised<S> {
    type State = S::State;
    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.chain.advance(rng);
    }
    fn state(&self) -> &S::State {
        self.chain.state()
    }
    fn energy(&self) -> f64 {
        self.factor * self.chain.energy()
    }
}

impl<S: Replica> Replica for Disguised<S> {
    fn beta(&self) -> Beta {
        self.chain.beta()
    }
    fn exchange(&mut self, other: &mut Self) {
        self.chain.exchange(&mut other.chain);
    }
}

/// Energy per site instead of the total, and no energy at all, which accepts every exchange.
#[test]
fn wrong_exchanges_are_found() {
    let glass = edwards_anderson();
    let rungs = rungs(&glass, &[0.2, 0.5, 1.0, 3.0]);
    for (name, factor, found) in [("total", 1.0, false), ("per site", 1.0 / 16.0, true), ("always", 0.0, true)] {
        let seed = Seed(20);
        let disguised = chains(&glass, &rungs, seed).into_iter().map(|chain| Disguised { chain, factor }).collect();
        let mut tempering = Tempering::new(disguised, 1, seed, StreamId::new(1, 0, 0)).unwrap();
        let draws = 128.0 * BLOCKS as f64;
        let energies = on_one_thread(|| blocks(&mut tempering, 128, |chain| chain.chain.energy()));
        let z = rungs.iter().zip(energies).map(|(&beta, blocks)| {
            let (mean, error) = mean_and_error(&blocks);
            let error = error.max((variance(&glass, beta) / draws).sqrt());
            ((mean - glass.thermo(beta).unwrap().energy) / error).abs()
        });
        let worst = z.fold(0.0, f64::max);
        println!("{name}: largest |z| {worst:.1}");
        assert_eq!(worst > STUDENT, found, "{name}: {worst}");
    }
}

/// Probability of an exchange by the levels alone.
fn exact_acceptance(levels: &Spectrum, cold: Beta, hot: Beta) -> f64 {
    let (p, q) = (Canonical::new(levels, cold).probabilities(), Canonical::new(levels, hot).probabilities());
    let made = |i: usize, j: usize| {
        let cost = (cold.get() - hot.get()) * (levels.energy(j) - levels.energy(i));
        if cost <= 0.0 { 1.0 } else { (-cost).exp() }
    };
    (0..p.len()).flat_map(|i| (0..q.len()).map(move |j| (i, j))).map(|(i, j)| p[i] * q[j] * made(i, j)).sum()
}

#[test]
fn the_8x8_ferromagnet_has_its_energies_and_acceptances() {
    let ising = Ising::torus(8, 8, 1.0, 0.0).unwrap();
    let counts = ising.density_of_states().unwrap();
    let energies = counts.iter().map(|level| -level.bond_sum as f64).collect();
    let levels = Spectrum::with_ln_degeneracies(energies, counts.iter().map(|l| l.ln_count).collect()).unwrap();
    let pilot = pilot(&ising, 1.9, 3.6);
    for (case, rule) in [LadderRule::EqualAcceptance, LadderRule::EqualEntropy].into_iter().enumerate() {
        let rungs = ladder(temperature(2.0), temperature(3.5), &pilot, rule, LadderSize::Acceptance(0.4)).unwrap();
        let seed = Seed(30 + case as u64);
        let mut rng = seed.set_up();
        let chains = rungs.iter().map(|&b| SingleFlip::metropolis(&ising, b, ising.initial_state(&mut rng))).collect();
        let mut tempering = Tempering::new(chains, 4, seed, StreamId::new(1, 0, 0)).unwrap();
        let (worst, seen) = on_one_thread(|| energy_z(&ising, &mut tempering, 128, |chain| chain.energy()));
        assert!(worst <= STUDENT && seen == rungs.len(), "{rule:?}: {worst}, {seen} controls");
        // Made exchanges block by block: the energies behind successive exchanges are correlated.
        let made = |tempering: &Tempering<_>, k: usize| tempering.acceptance(k) * tempering.proposed(k) as f64;
        let mut shares = vec![Vec::new(); rungs.len() - 1];
        on_one_thread(|| {
            for _ in 0..BLOCKS {
                tempering.run(Schedule { thermalization: 0, sweeps: 128 }, |_| ());
                shares
                    .iter_mut()
                    .enumerate()
                    .for_each(|(k, s)| s.push(made(&tempering, k) / tempering.proposed(k) as f64));
            }
        });
        for (k, predicted) in predicted_acceptances(&rungs, &pilot).unwrap().into_iter().enumerate() {
            let (mean, error) = mean_and_error(&shares[k]);
            let exact = exact_acceptance(&levels, rungs[k], rungs[k + 1]);
            let control = exact_acceptance(&levels, rungs[k].scaled(1.05).unwrap(), rungs[k + 1]);
            let (z, control) = ((mean - exact) / error, (mean - control) / error);
            println!(
                "{rule:?} pair {k}: {mean:.4} ({error:.4}), exact {exact:.4}, z {z:.2}, control {control:.1}, Gaussian {predicted:.4}"
            );
            assert!(z.abs() <= STUDENT && control.abs() > STUDENT, "{rule:?} pair {k}: {z} {control}");
            // Energies of 64 spins are nearly Gaussian.
            assert!((predicted - exact).abs() < 0.02 && predicted >= 0.4);
        }
    }
}

#[test]
fn every_state_is_visited_by_its_boltzmann_weight() {
    let square = Lattice::new(LatticeKind::Square, &[3, 3], Boundary::Periodic).unwrap();
    let glass = SpinGlass::gaussian(&square, 0.2, &mut Seed(40).set_up()).unwrap();
    let index =
        |state: &GlassState| state.spins().iter().enumerate().map(|(i, &s)| usize::from(s > 0) << i).sum::<usize>();
    let spins = |bits: usize| (0..9).map(|i| if bits >> i & 1 == 1 { 1 } else { -1 }).collect::<Vec<i8>>();
    let energies = (0..512).map(|bits| glass.energy(&glass.state(&spins(bits)))).collect();
    let states = Spectrum::new(energies).unwrap();
    let rungs = [1.0, 1.6, 3.0, f64::INFINITY].map(|t| temperature(t).beta());
    let mut tempering = Tempering::new(chains(&glass, &rungs, Seed(40)), 1, Seed(40), StreamId::new(1, 0, 0)).unwrap();
    let draws = 60_000;
    let mut counts = vec![vec![0u64; 512]; rungs.len()];
    on_one_thread(|| {
        (0..1000).for_each(|_| tempering.advance());
        for _ in 0..draws {
            (0..21).for_each(|_| tempering.advance());
            counts.iter_mut().enumerate().for_each(|(k, counts)| counts[index(tempering.chain(k).state())] += 1);
        }
    });
    for (&beta, counts) in rungs.iter().zip(&counts) {
        let expected = |beta: Beta| -> Vec<f64> {
            Canonical::new(&states, beta).probabilities().iter().map(|p| p * draws as f64).collect()
        };
        let p_value = |beta: Beta| chi_square(counts, &expected(beta)).unwrap().p_value;
        let (p, control) = (p_value(beta), if beta == Beta::ZERO { 0.0 } else { p_value(beta.scaled(1.05).unwrap()) });
        println!("T {}: p = {p:.3}, at 1.05 beta {control:.1e}", beta.temperature());
        assert!(p > 6.8e-6 && control < 6.8e-6, "T = {}: {p} {control}", beta.temperature());
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let glass = SpinGlass::gaussian(
        &Lattice::new(LatticeKind::Cubic, &[4, 4, 4], Boundary::Periodic).unwrap(),
        0.0,
        &mut Seed(50).set_up(),
    )
    .unwrap();
    let rungs: Vec<Beta> = [0.0, 0.5, 0.8, 1.2, 2.0, f64::INFINITY].iter().map(|&t| temperature(t).beta()).collect();
    let run = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let start = chains(&glass, &rungs, Seed(50));
        let mut tempering = Tempering::new(start, 2, Seed(seed), StreamId::new(1, 0, 0)).unwrap();
        pool.install(|| (0..500).for_each(|_| tempering.advance()));
        let states: Vec<GlassState> = tempering.chains().iter().map(|chain| chain.state().clone()).collect();
        let energies: Vec<u64> = tempering.chains().iter().map(|chain| chain.energy().to_bits()).collect();
        let replicas: Vec<usize> = (0..rungs.len()).map(|k| tempering.replica(k)).collect();
        (states, energies, replicas, tempering.round_trips())
    };
    assert_eq!(run(1, 50), run(4, 50));
    assert_ne!(run(1, 50), run(1, 51));
}
