//! The transition of the 2-D Ising model on a finite torus: Wolff clusters beside Kaufman's exact values.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::rng::Seed;
use gibbs::simulation::{Budget, SamplerName, Settings, run};
use gibbs::systems::System;
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let system = System::parse("ising", &[("l", "16")])?;
    let temperatures: Result<Vec<_>, _> =
        [1.5, 1.8, 2.0, 2.1, 2.2, 2.269_185_314, 2.35, 2.5, 3.0, 4.0].map(Temperature::new).into_iter().collect();
    let budget = Some(Budget::Sweeps(50_000));
    let settings = Settings { sampler: SamplerName::Wolff, budget, per_site: true, ..Settings::default() };
    let rows = run(&system, &temperatures?, &settings, Seed(1), &|| ())?.rows;
    println!("16 x 16 torus, T_c of the infinite lattice = 2.269185");
    println!("{:>9}  {:<30}  {:>14}  {:>10}  {:>6}", "T", "observable", "sampled", "exact", "z");
    for row in rows {
        let exact = row.exact.map_or("-".to_owned(), |x| format!("{x:.6}"));
        let z = row.z_score().map_or("-".to_owned(), |z| format!("{z:+.2}"));
        let sampled = row.estimate.to_string();
        println!("{:>9.5}  {:<30}  {sampled:>14}  {exact:>10}  {z:>6}", row.temperature.get(), row.observable);
    }
    Ok(())
}
