//! T_c of the square Ising and three-colour Potts models from crossings of Binder cumulants, with a figure.
//!
//! Writes output/finite_size.{csv,svg,png}; some four minutes on two cores.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::Path;

use gibbs::experiments::finite_size::{Config, Family, run};
use gibbs::report::{figures, write_atomically};
use gibbs::rng::Seed;

fn main() -> Result<(), Box<dyn Error>> {
    let mut studies = Vec::new();
    for (family, sides, sweeps) in
        [(Family::Ising, vec![8, 16, 32, 64], 200_000), (Family::Potts3, vec![16, 32, 64, 96], 200_000)]
    {
        let study = run(&Config { family, sides, sweeps }, Seed(1), &|| ())?;
        let critical = family.critical_temperature();
        println!("{}: T_c = {critical:.7}", family.name());
        for crossing in &study.crossings {
            let percent = crossing.temperature.scaled(100.0 / critical).shifted(-100.0);
            println!(
                "  L = {:>2} and {:>2} cross at T = {}, {percent} % off, where U4 = {}",
                crossing.sides.0, crossing.sides.1, crossing.temperature, crossing.binder
            );
        }
        studies.push(study);
    }
    let csv = figures::finite_size_table(&studies).to_csv();
    let drawn = figures::draw_finite_size(&csv)?;
    for (extension, contents) in [("csv", csv.into_bytes()), ("svg", drawn.svg.into_bytes()), ("png", drawn.png)] {
        write_atomically(&Path::new("output").join(format!("finite_size.{extension}")), &contents)?;
    }
    Ok(())
}
