//! The Schottky anomaly: heat capacity of two levels, sampled beside the closed form, and the place of its peak.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::Canonical;
use gibbs::estimators::Counts;
use gibbs::model::Exact;
use gibbs::rng::{Seed, StreamId};
use gibbs::samplers::occupation_numbers;
use gibbs::systems::TwoLevel;
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let system = TwoLevel::new(1.0, 1.0, 3.0)?;
    println!("gap 1, g1/g0 = 3; ten million particles at each temperature");
    println!("{:>6}  {:>14}  {:>10}  {:>6}", "T", "C sampled", "C exact", "z");
    for (point, t) in (0..).zip([0.1, 0.2, 0.3, 0.35, 0.4, 0.6, 1.0, 2.0]) {
        let beta = Temperature::new(t)?.beta();
        let mut rng = Seed(1).stream(StreamId::new(1, point, 0));
        let occupation = occupation_numbers(&Canonical::new(system.spectrum(), beta), 10_000_000, &mut rng);
        let variance = Counts::new(system.spectrum().excitations(), &occupation).variance();
        let sampled = variance.scaled(beta.get().powi(2));
        let exact = system.thermo(beta)?.heat_capacity;
        println!("{t:>6}  {:>14}  {exact:>10.6}  {:>6.2}", sampled.to_string(), sampled.z_score(exact));
    }
    let peak = system.schottky_peak()?;
    println!("exact peak: C = {:.6} at T = {:.6}", peak.heat_capacity, peak.temperature.get());
    Ok(())
}
