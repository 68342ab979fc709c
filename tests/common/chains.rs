//! What the tests of lattice chains share: visits of states, chi-square, mean energies from blocks.

// Each test binary uses its own part.
#![allow(dead_code)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::model::Model;
use gibbs::rng::TaskRng;
use gibbs::samplers::{Sampler, Schedule, run};
use gibbs::systems::{Ising, IsingState};
use gibbs::units::Beta;
use rand::Rng;

pub const BLOCKS: usize = 128;
/// Two-sided 6.8e-6 (4.5 sigma) quantile of Student's t with 127 degrees of freedom.
pub const STUDENT: f64 = 4.70;

/// Bits of a state: bit i set where spin i is up.
pub fn index(spins: &[i8]) -> usize {
    spins.iter().enumerate().map(|(i, &s)| usize::from(s > 0) << i).sum()
}

pub fn spins(bits: usize, n: usize) -> Vec<i8> {
    (0..n).map(|i| if bits >> i & 1 == 1 { 1 } else { -1 }).collect()
}

/// Boltzmann probabilities of all 2^N states, from their energies computed one by one.
pub fn probabilities(ising: &Ising, beta: Beta) -> Vec<f64> {
    let n = ising.lattice().n_sites();
    let energies = (0..1 << n).map(|bits| ising.energy(&ising.state(&spins(bits, n)))).collect();
    Canonical::new(&Spectrum::new(energies).unwrap(), beta).probabilities()
}

/// Standardized chi-square by the cube-root normal approximation (Wilson and Hilferty 1931); cells that expect
/// fewer than 10 are pooled.
pub fn chi_square_z(counts: &[u64], probabilities: &[f64]) -> f64 {
    let total: u64 = counts.iter().sum();
    let (mut chi2, mut cells, mut pooled) = (0.0, 0.0, (0.0, 0.0));
    let mut add = |observed: f64, expected: f64| {
        chi2 += (observed - expected).powi(2) / expected;
        cells += 1.0;
    };
    for (&count, p) in counts.iter().zip(probabilities) {
        let expected = p * total as f64;
        if expected < 10.0 {
            pooled = (pooled.0 + count as f64, pooled.1 + expected);
        } else {
            add(count as f64, expected);
        }
    }
    if pooled.1 > 10.0 {
        add(pooled.0, pooled.1);
    } else {
        assert!(pooled.0 < 40.0, "{} in cells that expect {}", pooled.0, pooled.1);
    }
    let freedom: f64 = cells - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    ((chi2 / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

/// Visits of every state, one in `thinning` sweeps.
pub fn visits<S: Sampler<State = IsingState>>(
    chain: &mut S,
    thinning: u64,
    samples: u64,
    rng: &mut TaskRng,
) -> Vec<u64> {
    let mut counts = vec![0; 1 << chain.state().spins().len()];
    run(chain, Schedule { thermalization: 1000, sweeps: 0 }, rng, |_| ());
    for _ in 0..samples {
        (0..thinning).for_each(|_| chain.advance(rng));
        counts[index(chain.state().spins())] += 1;
    }
    counts
}

/// Mean energy and its standard error from block means.
pub fn mean_energy<S: Sampler, R: Rng>(chain: &mut S, sweeps_per_block: u64, rng: &mut R) -> (f64, f64) {
    let mut energies = Vec::new();
    let sweeps = sweeps_per_block * BLOCKS as u64;
    run(chain, Schedule { thermalization: sweeps / 20, sweeps }, rng, |chain| energies.push(chain.energy()));
    let means: Vec<f64> = energies
        .chunks(sweeps_per_block as usize)
        .map(|block| block.iter().sum::<f64>() / block.len() as f64)
        .collect();
    mean_and_error(&means)
}

pub fn mean_and_error(means: &[f64]) -> (f64, f64) {
    let mean = means.iter().sum::<f64>() / BLOCKS as f64;
    let variance = means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (BLOCKS - 1) as f64;
    (mean, (variance / BLOCKS as f64).sqrt())
}
