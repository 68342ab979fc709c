//! The row of `rem`.

use super::{Rem, RemAverage, RemLimit};
use crate::rng::Seed;
use crate::simulation::Sampling;
use crate::systems::description::{DIRECT, parameter};
use crate::systems::parameters::Parameters;
use crate::systems::{CatalogueError, Description, System};

/// The row of `rem`.
pub(in crate::systems) static ROW: Description = Description {
    name: "rem",
    summary: "the random energy model: 2^n independent normal levels",
    hamiltonian: "E_i ~ Normal(0, sigma^2), i = 1, ..., 2^n; every T is legal",
    parameters: &[
        parameter(
            "n",
            Some("12"),
            "1",
            "2^n levels; n from 1 to 23, up to 500 with seed=average, or inf (results per site)",
        ),
        parameter(
            "sigma",
            Some("1"),
            "E0",
            "standard deviation of the levels, J sqrt(n/2) in Derrida's notation; with n=inf divided by sqrt(n), \
             so J/sqrt(2)",
        ),
        parameter("seed", Some("1"), "1", "which realization; `average`: exact average over all of them"),
    ],
    exact: "enumeration; disorder average by quadrature; large-n phase diagram",
    samplers: DIRECT,
    reference: "B. Derrida, Phys. Rev. B 24, 2613 (1981), doi:10.1103/PhysRevB.24.2613",
    unit: None,
    build,
};

fn build(parameters: &Parameters<'_>) -> Result<System, CatalogueError> {
    let sigma = parameters.number("sigma", "finite and not negative", |x| x >= 0.0)?;
    let average = parameters.text("seed") == "average";
    let seed: u64 = if average { 0 } else { parameters.parsed("seed", "a whole number or `average`")? };
    if parameters.text("n") == "inf" {
        return Ok(System::new(RemLimit::new(sigma)?));
    }
    let n: u32 = parameters.parsed("n", "a whole number or inf")?;
    if average {
        return Ok(System::new(RemAverage::new(2f64.powi(n.min(1000) as i32), sigma)?));
    }
    Ok(System::new(Rem::new(n, sigma, &mut Seed(seed).set_up())?))
}

physical_system!(Rem, ROW, |system| Sampling::of_spectrum(system.spectrum()));

physical_system!(RemAverage, ROW, |_system| Sampling::ExactOnly);

physical_system!(RemLimit, ROW, |_system| Sampling::ExactOnly);
