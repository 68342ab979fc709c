//! Boltzmann sampling proved without a partition function: ln of the ratio of energy histograms at two temperatures
//! is a straight line of slope -(beta_1 - beta_2). A sampler that is 5 % too hot is caught.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::Canonical;
use gibbs::estimators::{LevelCount, slope_from_levels};
use gibbs::rng::{Seed, StreamId};
use gibbs::samplers::occupation_numbers;
use gibbs::systems::Paramagnet;
use gibbs::units::{Beta, Temperature};

fn main() -> Result<(), Box<dyn Error>> {
    let system = Paramagnet::new("5/2".parse()?, 1.0)?;
    let levels = system.spectrum();
    let (cold, hot) = (Temperature::new(1.0)?.beta(), Temperature::new(1.5)?.beta());
    let draw = |beta: Beta, point: u32| {
        let mut rng = Seed(1).stream(StreamId::new(1, point, 0));
        occupation_numbers(&Canonical::new(levels, beta), 1_000_000, &mut rng)
    };
    for (name, error) in [("correct sampler", 1.0), ("sampler 5 % too hot", 1.0 / 1.05)] {
        let (first, second) = (draw(cold.scaled(error)?, 1), draw(hot.scaled(error)?, 2));
        let counts: Vec<LevelCount> = (0..levels.len())
            .map(|i| LevelCount { energy: levels.energy(i), count1: first[i] as f64, count2: second[i] as f64 })
            .collect();
        let slope = slope_from_levels(&counts)?.slope;
        let predicted = hot.get() - cold.get();
        println!("{name}: slope {slope}, predicted {predicted:.4}, z = {:+.2}", slope.z_score(predicted));
        for level in counts {
            let ratio = (level.count1 / level.count2).ln();
            println!(
                "  E = {:>4}  n_1 = {:>6}  n_2 = {:>6}  ln = {ratio:+.4}",
                level.energy, level.count1, level.count2
            );
        }
    }
    Ok(())
}
