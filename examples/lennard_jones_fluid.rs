//! From gas to liquid at T = 0.9: energy and pressure of a Lennard-Jones fluid beside the virial limit of a thin gas and
//! published simulations of a dense one.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::estimators::Estimate;
use gibbs::rng::Seed;
use gibbs::simulation::{Budget, Observable, Settings, run};
use gibbs::systems::{CHEMICAL_POTENTIAL, LennardJones, PRESSURE, PairTruncation, System};
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let temperature = Temperature::new(0.9)?;
    let settings = Settings { budget: Some(Budget::Sweeps(4_000)), per_site: true, ..Settings::default() };
    println!("{:>8}  {:<22}  {:>15}  {:>10}  {:>10}  {:>6}", "density", "", "sampled", "virial", "published", "z");
    for density in ["0.003", "0.007", "0.776", "0.86"] {
        let system = System::parse("lennard_jones", &[("n", "500"), ("density", density)])?;
        let sampled = run(&system, &[temperature], &settings, Seed(1), &|| ())?;
        let rho: f64 = density.parse()?;
        let fluid = LennardJones::new(500, rho, 3.0, PairTruncation::Cut)?;
        let virial = fluid.virial_limit(temperature)?;
        for row in &sampled.rows {
            // The first terms of the virial series, which hold where rho B2 is small.
            let limit = match row.kind {
                Observable::ENERGY => Some(rho * virial.u1),
                PRESSURE => Some(rho * temperature.get() * (1.0 + rho * virial.b2_pressure)),
                CHEMICAL_POTENTIAL => Some(2.0 * temperature.get() * rho * virial.b2 + fluid.tail_chemical_potential()),
                _ => None,
            };
            let text = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.6}"));
            let limit = text(limit.filter(|_| rho < 0.1));
            let z = row.z_score().map_or("-".to_owned(), |z| format!("{z:+.2}"));
            let (name, estimate, published) = (&row.observable, row.estimate.to_string(), text(row.exact));
            println!("{density:>8}  {name:<22}  {estimate:>15}  {limit:>10}  {published:>10}  {z:>6}");
        }
        // The most crowded distance: the first shell of neighbours.
        let shells = &sampled.radial[0].shells;
        let crowded = shells.iter().max_by(|a, b| a.g.value.total_cmp(&b.g.value)).ok_or("no pair was counted")?;
        let Estimate { value, std_error, .. } = crowded.g;
        println!("{density:>8}  g(r) is largest at r = {:.3}: {value:.3} +- {std_error:.3}", crowded.low);
    }
    Ok(())
}
