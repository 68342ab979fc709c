//! The rotational heat capacity of hydrogen, which depends on its history: para and ortho hydrogen, the normal mixture of
//! a bottle from room temperature, and the equilibrium that a catalyst reaches. Occupation numbers of 10^9 molecules of
//! each species are drawn; C is their variance of energy over T^2, in R.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::ensemble::Canonical;
use gibbs::estimators::{Counts, Estimate};
use gibbs::model::Exact;
use gibbs::rng::{Seed, StreamId};
use gibbs::samplers::occupation_numbers;
use gibbs::systems::{Nuclear, Rotor};
use gibbs::units::{Beta, Temperature};

/// Rotational temperature of H2 [K].
const THETA: f64 = 87.6;
const MOLECULES: u64 = 1_000_000_000;

/// C of `rotor` at `beta` from drawn occupation numbers; of a frozen mixture, the sum over its two gases.
fn sampled(rotor: &Rotor, beta: Beta, stream: StreamId) -> Result<Estimate, Box<dyn Error>> {
    if let Some([(x, even), (y, odd)]) = rotor.species() {
        let [even, odd] = [sampled(&even, beta, stream)?, sampled(&odd, beta, StreamId { replica: 1, ..stream })?];
        let error = (x * even.std_error).hypot(y * odd.std_error);
        return Ok(Estimate::new(x * even.value + y * odd.value, error, even.n_eff.min(odd.n_eff)));
    }
    let spectrum = rotor.spectrum_at(beta)?;
    let counts = occupation_numbers(&Canonical::new(&spectrum, beta), MOLECULES, &mut Seed(1).stream(stream));
    Ok(Counts::new(spectrum.excitations(), &counts).variance().scaled(beta.get() * beta.get()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let gases = [
        ("para", Nuclear::Para),
        ("ortho", Nuclear::Ortho),
        ("normal", Nuclear::Normal),
        ("eq.", Nuclear::Equilibrium),
    ];
    println!("C of H2 in units of R: exact, sampled, z");
    print!("{:>6}", "T [K]");
    gases.iter().for_each(|(name, _)| print!("  {name:>30}"));
    println!();
    for (point, kelvin) in (0..).zip([40.0, 50.0, 60.0, 80.0, 120.0, 160.0, 200.0, 300.0, 500.0]) {
        let beta = Temperature::new(kelvin)?.beta();
        print!("{kelvin:>6}");
        for (experiment, (_, nuclear)) in (1..).zip(gases) {
            let rotor = Rotor::new(THETA, nuclear)?;
            let exact = rotor.thermo(beta)?.heat_capacity;
            let drawn = sampled(&rotor, beta, StreamId::new(experiment, point, 0))?;
            print!("  {exact:>9.6}  {:>13}  {:>4.1}", drawn.to_string(), drawn.z_score(exact));
        }
        println!();
    }
    Ok(())
}
