//! A spin J in a field: the Brillouin paramagnet, solved by enumerating its 2J + 1 levels.

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::numerics::sum;
use crate::simulation::{LevelMagnetization, Sampling};
use crate::systems::description::{DIRECT, parameter};
use crate::systems::{Description, PhysicalSystem, System};
use crate::units::Beta;

const MAX_TWICE_SPIN: u32 = 20_000;

/// One spin J in a field h: E_m = -h m, m = -J, ..., J. Level i has m = J - i.
///
/// Every temperature is legal: 0, infinite and negative.
///
/// # Examples
///
/// ```
/// use gibbs::{systems::Paramagnet, units::Beta};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spin = Paramagnet::new("1/2".parse()?, 1.0)?;
/// assert!((spin.magnetization(Beta::new(3.0)?) - 0.5 * 1.5f64.tanh()).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Paramagnet {
    spin: Spin,
    field: f64,
    spectrum: Spectrum,
}

/// A spin quantum number J: a positive multiple of 1/2 up to 10000.
///
/// # Examples
///
/// ```
/// use gibbs::systems::Spin;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// assert_eq!("3/2".parse::<Spin>()?, "1.5".parse::<Spin>()?);
/// assert_eq!("2".parse::<Spin>()?.get(), 2.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spin {
    twice: u32,
}

impl Spin {
    /// The number J.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.twice) / 2.0
    }
}

impl std::str::FromStr for Spin {
    type Err = SystemError;

    fn from_str(text: &str) -> Result<Self, SystemError> {
        let number = |part: &str| part.trim().parse::<f64>().ok();
        let twice = match text.split_once('/') {
            Some((numerator, "2")) => number(numerator),
            Some((numerator, "1")) => number(numerator).map(|spin| 2.0 * spin),
            Some(_) => None,
            None => number(text).map(|spin| 2.0 * spin),
        };
        match twice {
            Some(twice) if twice >= 1.0 && twice <= f64::from(MAX_TWICE_SPIN) && twice.fract() == 0.0 => {
                Ok(Self { twice: twice as u32 })
            }
            _ => {
                let expected = "a positive multiple of 1/2 up to 10000, such as 3/2 or 1.5";
                Err(SystemError::parameter("paramagnet", "spin", expected, text))
            }
        }
    }
}

impl Paramagnet {
    /// A spin in `field` h (energy per unit of m; either sign, or 0).
    ///
    /// # Errors
    ///
    /// A field that is not finite.
    pub fn new(spin: Spin, field: f64) -> Result<Self, SystemError> {
        if !field.is_finite() {
            return Err(SystemError::parameter("paramagnet", "field", "finite", field));
        }
        let energies = (0..=spin.twice).map(|i| -field * (spin.get() - f64::from(i))).collect();
        Ok(Self { spin, field, spectrum: Spectrum::new(energies)? })
    }

    /// The 2J + 1 levels, from m = J down to -J.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// m of level `i`.
    fn projection(&self, i: usize) -> f64 {
        self.spin.get() - i as f64
    }

    /// m = `<m>`, the magnetization: J B_J(beta h J) with the Brillouin function B_J.
    ///
    /// Levels m and -m are taken in pairs, so a small magnetization keeps its relative precision.
    #[must_use]
    pub fn magnetization(&self, beta: Beta) -> f64 {
        if self.field == 0.0 || beta == Beta::ZERO {
            return 0.0;
        }
        let drive = beta.get() * self.field;
        let ensemble = Canonical::new(&self.spectrum, beta);
        let aligned = |i: usize| {
            let m = self.projection(i);
            let level = if drive > 0.0 { i } else { self.spectrum.len() - 1 - i };
            // p(-m)/p(m) = e^(-2 drive m), so this is m (p(m) - p(-m)).
            -m * ensemble.probability(level) * (-2.0 * drive.abs() * m).exp_m1()
        };
        drive.signum() * sum((0..self.spectrum.len() / 2).map(aligned))
    }

    /// `<m^2>`, the mean square magnetization.
    #[must_use]
    pub fn square_magnetization(&self, beta: Beta) -> f64 {
        if self.spectrum.len() == 2 {
            return self.spin.get().powi(2);
        }
        let ensemble = Canonical::new(&self.spectrum, beta);
        sum((0..self.spectrum.len()).map(|i| ensemble.probability(i) * self.projection(i).powi(2)))
    }

    /// chi = `d<m>/dh` = beta Var(m), the susceptibility; infinite at T = 0 without a field.
    #[must_use]
    pub fn susceptibility(&self, beta: Beta) -> f64 {
        let b = beta.get();
        if b == 0.0 {
            0.0
        } else if self.field == 0.0 {
            b * self.spin.get() * (self.spin.get() + 1.0) / 3.0
        } else if b.is_infinite() {
            0.0
        } else {
            Canonical::new(&self.spectrum, beta).thermo().heat_capacity / (b * self.field * self.field)
        }
    }
}

impl Exact for Paramagnet {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let thermo = Canonical::new(&self.spectrum, beta).thermo();
        Ok(Thermo { energy: 0.0 - self.field * self.magnetization(beta), ..thermo })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (self.spectrum.ln_ground_degeneracy(), self.spectrum.ln_states())
    }
}

/// The row of `paramagnet`.
pub(in crate::systems) static ROW: Description = Description {
    name: "paramagnet",
    summary: "a spin in a field",
    hamiltonian: "E_m = -field m, m = -spin, ..., spin; every T is legal",
    parameters: &[
        parameter("spin", Some("1/2"), "1", "spin quantum number, a multiple of 1/2 up to 10000"),
        parameter("field", Some("1"), "E0", "energy per unit of m, either sign"),
    ],
    exact: "Brillouin function, by enumeration: also <m>, <m^2> and the susceptibility d<m>/dfield",
    samplers: DIRECT,
    reference: "L. Brillouin, J. Phys. Radium 8, 74 (1927), doi:10.1051/jphysrad:019270080207400",
    unit: None,
    build: |parameters| {
        let field = parameters.finite("field")?;
        Ok(System::new(Paramagnet::new(parameters.text("spin").parse()?, field)?))
    },
};

impl PhysicalSystem for Paramagnet {
    fn description(&self) -> &'static Description {
        &ROW
    }

    fn sampling(&self) -> Sampling<'_> {
        Sampling::of_spectrum(self.spectrum())
    }

    fn level_magnetization(&self) -> Option<LevelMagnetization<'_>> {
        let values = (0..self.spectrum.len()).map(|i| self.projection(i)).collect();
        Some(LevelMagnetization::new(values, |beta| {
            [self.magnetization(beta), self.square_magnetization(beta), self.susceptibility(beta)]
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paramagnet(spin: &str, field: f64) -> Paramagnet {
        Paramagnet::new(spin.parse().unwrap(), field).unwrap()
    }

    #[test]
    fn spins_are_half_integers() {
        for (text, spin) in [("1/2", 0.5), ("7/2", 3.5), ("1.5", 1.5), ("1000", 1000.0), ("2/1", 2.0)] {
            assert_eq!(text.parse::<Spin>().unwrap().get(), spin);
        }
        for text in ["0", "-1/2", "0.3", "1/3", "x", "nan", "inf", "20000", ""] {
            let message = text.parse::<Spin>().unwrap_err().to_string();
            let expected = "a positive multiple of 1/2 up to 10000, such as 3/2 or 1.5";
            assert_eq!(message, format!("paramagnet: `spin` must be {expected}, got `{text}`"));
        }
        let message = Paramagnet::new("1".parse().unwrap(), f64::NAN).unwrap_err().to_string();
        assert_eq!(message, "paramagnet: `field` must be finite, got `NaN`");
    }

    #[test]
    fn agrees_with_the_brillouin_function() {
        let j = 3.5f64;
        for x in [0.01f64, 0.3, 2.0, -1.0] {
            let coth = |y: f64| 1.0 / y.tanh();
            let brillouin = (j + 0.5) * coth((j + 0.5) * x) - 0.5 * coth(0.5 * x);
            let m = paramagnet("7/2", 0.5).magnetization(Beta::new(2.0 * x).unwrap());
            assert!((m / brillouin - 1.0).abs() < 1e-10, "{m} {brillouin}");
        }
    }

    #[test]
    fn curie_law_and_other_limits() {
        let tiny = paramagnet("1000", 1.0);
        let beta = Beta::new(1e-9).unwrap();
        assert!((tiny.magnetization(beta) / (1000.0 * 1001.0 / 3.0 * 1e-9) - 1.0).abs() < 1e-12);
        assert!((tiny.susceptibility(beta) / (1000.0 * 1001.0 / 3.0 * 1e-9) - 1.0).abs() < 1e-12);
        for (beta, m) in [(f64::INFINITY, 1000.0), (0.0, 0.0), (f64::NEG_INFINITY, -1000.0)] {
            let beta = Beta::new(beta).unwrap();
            assert_eq!(tiny.magnetization(beta), m);
            assert_eq!(tiny.susceptibility(beta), 0.0);
        }
        assert_eq!(tiny.thermo(Beta::INFINITE).unwrap().energy, -1000.0);
        let free = paramagnet("1", 0.0);
        assert_eq!(free.magnetization(Beta::INFINITE), 0.0);
        assert_eq!(free.susceptibility(Beta::INFINITE), f64::INFINITY);
        assert_eq!(free.entropy_limits(), (3f64.ln(), 3f64.ln()));
        assert_eq!(paramagnet("1", -1.0).magnetization(Beta::INFINITE), -1.0);
    }
}
