//! Heisenberg rings of 4 to 12 spins: the ground state on its way to Bethe's 1/4 - ln 2, the heat capacity sampled beside
//! the exact one, and the susceptibility.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::f64::consts::LN_2;

use gibbs::ensemble::Canonical;
use gibbs::estimators::Counts;
use gibbs::model::{Boundary, Exact};
use gibbs::rng::{Seed, StreamId};
use gibbs::samplers::occupation_numbers;
use gibbs::systems::XxzChain;
use gibbs::units::Temperature;

fn main() -> Result<(), Box<dyn Error>> {
    let beta = Temperature::new(0.5)?.beta();
    println!("H = sum S.S on rings of n spins; per site; ten million rings sampled at T = 0.5");
    println!(
        "{:>3}  {:>11}  {:>12}  {:>15}  {:>10}  {:>5}  {:>8}",
        "n", "E0/n", "n^2 (E0/n-e)", "C/n sampled", "C/n exact", "z", "chi/n"
    );
    for (point, n) in (0..).zip([4, 6, 8, 10, 12]) {
        let ring = XxzChain::new(n, 1.0, 1.0, 0.0, Boundary::Periodic)?;
        let (sites, spectrum) = (ring.n_sites(), ring.spectrum());
        let ground = spectrum.ground_energy() / sites;
        let mut rng = Seed(1).stream(StreamId::new(1, point, 0));
        let occupation = occupation_numbers(&Canonical::new(spectrum, beta), 10_000_000, &mut rng);
        let variance = Counts::new(spectrum.excitations(), &occupation).variance();
        let sampled = variance.scaled(beta.get().powi(2) / sites);
        let exact = ring.thermo_per_site(beta)?.heat_capacity_per_site;
        println!(
            "{n:>3}  {ground:>11.8}  {:>12.6}  {:>15}  {exact:>10.6}  {:>5.2}  {:>8.6}",
            sites * sites * (ground - (0.25 - LN_2)),
            sampled.to_string(),
            sampled.z_score(exact),
            ring.magnetic_response(beta).1,
        );
    }
    println!("inf  {:>11.8}  Bethe: 1/4 - ln 2; the corrections tend to -pi^2/12 = -0.8225 per n^2", 0.25 - LN_2);
    Ok(())
}
