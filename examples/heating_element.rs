//! Heats an element from 300 K to 3000 K: photon energies and visible share, drawn beside exact, and when it starts to glow.
#![allow(clippy::print_stdout)]

use std::error::Error;

use gibbs::experiments::glow;
use gibbs::rng::Seed;
use gibbs::systems::radiation::colour::Tristimulus;
use gibbs::systems::radiation::planck::BlackBody;
use gibbs::units::Temperature;

const PHOTONS: u64 = 1_000_000;
/// Luminance \[cd/m^2\] below which the eye has no use of its cones and sees grey (CIE 191:2010).
const THRESHOLD: f64 = 5e-3;

/// Luminance of a black body \[cd/m^2\]: 683 lm/W times the tristimulus value Y.
fn luminance(kelvin: f64) -> Result<f64, Box<dyn Error>> {
    Ok(683.0 * Tristimulus::of_black_body(&BlackBody::new(kelvin)?)?.y)
}

fn main() -> Result<(), Box<dyn Error>> {
    let temperatures: Vec<Temperature> = [300.0, 500.0, 798.0, 1000.0, 1300.0, 1700.0, 2200.0, 3000.0]
        .map(Temperature::new)
        .into_iter()
        .collect::<Result<_, _>>()?;
    println!("{PHOTONS} photons at each temperature; z where 400 of them are visible");
    println!(
        "{:>6}  {:>13} {:>9} {:>6}  {:>13} {:>10} {:>6}  {:>9}  {:>7}",
        "T [K]", "<h nu> [eV]", "exact", "z", "visible share", "exact", "z", "cd/m^2", "colour"
    );
    for body in glow::run(&temperatures, PHOTONS, glow::range(&temperatures), Seed(1), &|| ())? {
        let z = |measured: glow::Measured| measured.z_score().map_or("-".to_owned(), |z| format!("{z:.2}"));
        let (energy, share) = (body.photon_energy, body.visible_share);
        let drawn = if share.estimate.value > 0.0 { share.estimate.to_string() } else { "none".to_owned() };
        let colour =
            body.colour.map_or("dark".to_owned(), |c| c.srgb.iter().fold("#".to_owned(), |s, b| format!("{s}{b:02x}")));
        println!(
            "{:>6}  {:>13} {:>9.6} {:>6}  {:>13} {:>10.3e} {:>6}  {:>9.2e}  {:>7}",
            body.kelvin,
            energy.estimate.to_string(),
            energy.exact,
            z(energy),
            drawn,
            share.exact,
            z(share),
            luminance(body.kelvin)?,
            colour
        );
    }
    let (mut dark, mut glows) = (300.0, 3000.0);
    while glows - dark > 0.1 {
        let middle = 0.5 * (dark + glows);
        if luminance(middle)? < THRESHOLD { dark = middle } else { glows = middle }
    }
    println!("red from {glows:.0} K on, where it has {THRESHOLD} cd/m^2; Draper (1847) saw all solids glow from 798 K");
    Ok(())
}
