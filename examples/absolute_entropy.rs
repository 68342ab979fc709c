//! Absolute entropy of the 8 x 8 Ising torus: integrated down from infinite temperature, and from a density of states
//! that a flat-histogram walk measures, beside the exact values.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::estimators::{Estimate, GaussLobatto, Known, density_from_transitions, series_mean};
use gibbs::model::{Exact, Model};
use gibbs::rng::{Seed, StreamId};
use gibbs::samplers::{EnergyCells, Refinement, Sampler, Schedule, WangLandau, run};
use gibbs::systems::Ising;
use gibbs::systems::SingleFlip;
use gibbs::units::Beta;

fn mean_energy(ising: &Ising, beta: Beta, point: u32) -> Result<Estimate, Box<dyn Error>> {
    let (mut rng, mut series) = (Seed(1).stream(StreamId::new(1, point, 0)), Vec::new());
    let mut chain = SingleFlip::heat_bath(ising, beta, ising.initial_state(&mut rng));
    run(&mut chain, Schedule { thermalization: 1000, sweeps: 30_000 }, &mut rng, |chain| series.push(chain.energy()));
    Ok(series_mean(&series)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (ising, ln_states) = (Ising::torus(8, 8, 1.0, 0.0)?, 64.0 * 2f64.ln());
    let rule = GaussLobatto::new(&(0..=20).map(|i| 0.05 * f64::from(i)).collect::<Vec<_>>())?;
    let mut u = Vec::new();
    for (point, &beta) in (0..).zip(rule.nodes()) {
        u.push(mean_energy(&ising, Beta::new(beta)?, point)?);
    }

    let (mut rng, cells) = (Seed(2).set_up(), EnergyCells::grid(-128.0, 128.0, 4.0)?);
    let mut walk = WangLandau::new(&ising, cells.clone(), ising.initial_state(&mut rng))?;
    walk.refine(Refinement { final_ln_f: 1e-5, ..Refinement::default() }, &mut rng)?;
    let mut chain = walk.into_multicanonical();
    let mut block = || {
        (0..20_000).for_each(|_| chain.advance(&mut rng));
        chain.take_transitions()
    };
    let blocks: Vec<_> = (0..33).map(|_| block()).skip(1).collect();
    let density = density_from_transitions(&blocks, cells.len())?.normalised(Known::Total(ln_states))?;
    let levels: Vec<f64> = density.cells().iter().map(|&cell| cells.energy(cell)).collect();
    println!("{:>6}  {:>9}  {:>12}  {:>5}  {:>12}  {:>5}", "T", "S exact", "integrated", "z", "from ln g", "z");
    for panels in [2, 6, 8, 9, 10, 12, 16, 20] {
        let beta = Beta::new(rule.nodes()[3 * panels])?;
        // S = N ln 2 + beta U - integral of U from 0 to beta: U(beta) enters twice
        let mut weights: Vec<f64> = rule.weights(0..panels)?.iter().map(|w| -w).collect();
        weights[3 * panels] += beta.get();
        let value = weights.iter().zip(&u).fold(ln_states, |sum, (w, u)| sum + w * u.value);
        let variance: f64 = weights.iter().zip(&u).map(|(w, u)| (w * u.std_error).powi(2)).sum();
        let walked = density.estimate(|ln_g| {
            Spectrum::with_ln_degeneracies(levels.clone(), ln_g.to_vec())
                .map_or(f64::NAN, |levels| Canonical::new(&levels, beta).thermo().entropy)
        })?;
        let (t, exact) = (beta.temperature().get(), ising.thermo(beta)?.entropy);
        print!("{t:>6.3}  {exact:>9.5}");
        for s in [Estimate::new(value, variance.sqrt(), f64::INFINITY), walked] {
            print!("  {:>12}  {:>5.2}", s.to_string(), s.z_score(exact));
        }
        println!();
    }
    Ok(())
}
