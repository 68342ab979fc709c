//! The entropy of argon gas: Sackur and Tetrode's formula, the literature value, and the entropy of drawn velocities from
//! the distances between neighbours in their order, which knows no formula for their distribution.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::estimators::Moments;
use gibbs::model::Exact;
use gibbs::rng::{Seed, StreamId};
use gibbs::samplers::Sampler;
use gibbs::systems::Maxwell;
use gibbs::systems::{Filling, IdealGas};
use gibbs::units::Temperature;
use gibbs::units::constants::{ATOMIC_MASS, AVOGADRO, BOLTZMANN, PLANCK};
use special::Gamma;

/// Neighbours apart, velocities in a sample, and samples.
const STEP: usize = 3;
const ATOMS: u64 = 500_000;
const SAMPLES: u32 = 20;

/// -int f ln f of the density f that `values` were drawn from: mean of ln(x_(i+m) - x_i), which is psi(m) - psi(n+1) larger
/// than the mean of -ln f wherever f is nearly constant between m neighbours: all but the last m/n in the tails (O. Vasicek, J. R. Stat. Soc. B 38, 54 (1976)).
fn entropy_of_draws(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let spacings: Moments = values.windows(STEP + 1).map(|window| (window[STEP] - window[0]).ln()).collect();
    spacings.mean().unwrap_or(f64::NAN) - (STEP as f64).digamma() + (values.len() as f64 + 1.0).digamma()
}

fn main() -> Result<(), Box<dyn Error>> {
    let (beta, molar) = (Temperature::new(298.15)?.beta(), BOLTZMANN * AVOGADRO);
    let argon = IdealGas::new(39.948, ATOMS, Filling::Pressure(100_000.0))?;
    let exact = argon.thermo_per_site(beta)?.entropy_per_site;
    let room = argon.volume(beta)? / ATOMS as f64;
    println!("argon at 298.15 K and 1 bar, n lambda^3/V = {:.1e}", argon.degeneracy_parameter(beta)?);

    // S/N = 1 + ln(V/(N h^3)) - int f ln f d^3p: positions are uniform, momenta m v are drawn; 1 is that of n!.
    let cell = (room * (argon.mass() * ATOMIC_MASS / PLANCK).powi(3)).ln();
    let mut samples = Moments::default();
    for sample in 0..SAMPLES {
        let mut atoms = Maxwell::new(argon, beta)?;
        atoms.advance(&mut Seed(1).stream(StreamId::new(1, sample, 0)));
        let component = |axis: usize| atoms.state().iter().map(|velocity| velocity[axis]).collect();
        samples.push(1.0 + cell + (0..3).map(|axis| entropy_of_draws(component(axis))).sum::<f64>());
    }
    let drawn = samples.estimate()?;
    println!("{:24} {:>14}", "S [J/(mol K)]", "");
    println!("{:24} {:>14}", "literature", "154.846(3)");
    println!("{:24} {:>14.4}", "Sackur and Tetrode", exact * molar);
    println!("{:24} {:>14}  z {:.1}", "drawn velocities", drawn.scaled(molar).to_string(), drawn.z_score(exact));
    Ok(())
}
