//! The row of `rotor`.

use super::{FrozenMixture, Nuclear, Rotor};
use crate::simulation::{DEFAULT_PARTICLES, DrawEstimates, DrawMethod, Sampling};
use crate::systems::description::{DIRECT, parameter};
use crate::systems::system::PhysicalSystem;
use crate::systems::{Description, System};

/// The row of `rotor`.
pub(in crate::systems) static ROW: Description = Description {
    name: "rotor",
    summary: "a rigid rotor, with the nuclear-spin species of hydrogen",
    hamiltonian: "E_l = theta l(l+1), degeneracy 2l+1 times the nuclear weight; T >= 0 and finite",
    parameters: &[
        parameter("theta", Some("1"), "E0", "rotational constant, hbar^2/2I"),
        parameter(
            "nuclear",
            Some("none"),
            "-",
            "none (weight 1); hydrogen: ortho (odd l, 3), para (even l, 1), equilibrium (both), normal (3:1, frozen); \
             ortho-deuterium, para-deuterium, deuterium, normal-deuterium",
        ),
    ],
    exact: "sum over l",
    samplers: DIRECT,
    reference: "D. M. Dennison, Proc. R. Soc. A 115, 483 (1927), doi:10.1098/rspa.1927.0105",
    unit: None,
    build: |parameters| {
        let nuclear: Nuclear = parameters.text("nuclear").parse()?;
        Ok(System::new(Rotor::new(parameters.positive("theta")?, nuclear)?))
    },
};

impl PhysicalSystem for Rotor {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        if self.species().is_none() {
            return Sampling::of_spectra(|beta| self.spectrum_at(beta));
        }
        Sampling::Draws(vec![DrawMethod::independent(DEFAULT_PARTICLES, |beta, n, rng| {
            DrawEstimates::of_quenched(&mut FrozenMixture::new(self, beta)?, n, rng)
        })])
    }
}
