//! Autocorrelation times of the square Ising model at T_c by three samplers, with fitted dynamic exponents.
//!
//! The largest single-spin runs take most of the time: some twenty minutes on one core in all.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::estimators::Estimate;
use gibbs::experiments::dynamics::{Times, exponent, times};
use gibbs::rng::{Seed, StreamId};
use gibbs::simulation::SamplerName;
use rayon::prelude::*;

const SIDES: [usize; 5] = [16, 32, 64, 128, 256];
/// Sweeps of each side; the times of single spins grow like L^2.17.
const METROPOLIS: [u64; 5] = [1_000_000, 2_000_000, 4_000_000, 8_000_000, 40_000_000];
const CLUSTERS: [u64; 5] = [400_000, 400_000, 200_000, 100_000, 40_000];

fn main() -> Result<(), Box<dyn Error>> {
    let samplers = [
        (SamplerName::Metropolis, METROPOLIS, "2.1667(5), Phys. Rev. B 62, 1089 (2000)"),
        (SamplerName::Wolff, CLUSTERS, "about 0.25 or ln L, Phys. Rev. B 43, 10617 (1991)"),
        (SamplerName::SwendsenWang, CLUSTERS, "about 0.25 or ln L, Phys. Rev. B 43, 10617 (1991)"),
    ];
    println!("{:<14} {:>4}  {:>16}  {:>16}", "sampler", "L", "tau_int of E", "tau_int of M^2");
    for (number, (sampler, sweeps, literature)) in (0u16..).zip(samplers) {
        let rows: Result<Vec<Times>, _> = (0..SIDES.len())
            .into_par_iter()
            .map(|k| times(SIDES[k], sampler, sweeps[k], &mut Seed(1).stream(StreamId::new(7, k as u32, number))))
            .collect();
        let rows = rows?;
        for row in &rows {
            let (energy, square) = (row.energy.to_string(), row.square.to_string());
            println!("{:<14} {:>4}  {energy:>16}  {square:>16}", sampler.name(), row.side);
        }
        let fit = |of: fn(&Times) -> Estimate| exponent(&SIDES, &rows.iter().map(of).collect::<Vec<_>>());
        let (energy, square) = (fit(|row| row.energy)?.to_string(), fit(|row| row.square)?.to_string());
        println!("{:<14} {:>4}  {energy:>16}  {square:>16}  literature: {literature}", "", "z");
    }
    Ok(())
}
