//! Systems built from names and parameters given as text; the only place of the library's systems that reads files.

use std::fmt::Display;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::System;
use super::descriptions::find;
use super::lattices::{Extent, boundary, extent, finite};
use super::parameters::{POSITIVE, Parameters};
use crate::model::{Boundary, LatticeKind, SystemError};
use crate::systems::{
    ClassicalPower, DebyeSolid, EinsteinSolid, Filling, Heisenberg, IdealGas, InfiniteIsing, InfinitePotts,
    InfiniteTfim, Ising, LennardJones, Levels, Logits, Matrix, Morse, Nuclear, Oscillator, Paramagnet, ParticleInBox,
    PhotonGas, Potts, Quartic, Rem, RemAverage, RemLimit, Rotor, SpinGlass, TfimChain, Truncation, TwoLevel, XxzChain,
    Xy,
};
use crate::units::EnergyUnit;

impl System {
    /// The system called `name` with `parameters` given as (key, value); the others take their defaults.
    ///
    /// # Errors
    ///
    /// An unknown name or parameter (the nearest one is suggested), a parameter given twice or out of its range, a
    /// file that cannot be read, and whatever the system itself refuses.
    pub fn parse(name: &str, parameters: &[(&str, &str)]) -> Result<Self, SystemError> {
        Ok(Self::parse_with_unit(name, parameters)?.0)
    }

    /// The same, and the unit that the energies among the parameters carry. With one, the system counts energies in
    /// kelvin (E/k_B), so that T is in kelvin; without, all are reduced (k_B = 1).
    ///
    /// # Errors
    ///
    /// As [`System::parse`]; energies of which some carry a unit and some do not, or units that differ.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::{systems::System, units::{EnergyUnit, Temperature}};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (system, unit) = System::parse_with_unit("two_level", &[("gap", "12.5meV")])?;
    /// assert_eq!(unit, Some(EnergyUnit::MilliElectronVolt));
    /// // At half filling, in the limit of high temperature, half of the gap.
    /// let energy = system.exact().thermo(Temperature::INFINITE.beta())?.energy;
    /// assert!((energy / EnergyUnit::MilliElectronVolt.kelvin() - 6.25).abs() < 1e-14);
    /// # Ok(())
    /// # }
    /// ```
    pub fn parse_with_unit(name: &str, given: &[(&str, &str)]) -> Result<(Self, Option<EnergyUnit>), SystemError> {
        let parameters = Parameters::new(find(name)?, given)?;
        Ok((Self::build(&parameters)?, parameters.unit()))
    }

    fn build(parameters: &Parameters<'_>) -> Result<Self, SystemError> {
        match parameters.system() {
            "levels" => parse_levels(parameters),
            "two_level" => {
                let [gap, g0, g1] = [("gap", POSITIVE), ("g0", POSITIVE), ("g1", POSITIVE)]
                    .map(|(name, expected)| parameters.number(name, expected, |x| x > 0.0));
                Ok(Self::TwoLevel(TwoLevel::new(gap?, g0?, g1?)?))
            }
            "paramagnet" => {
                let field = parameters.number("field", "finite", |_| true)?;
                Ok(Self::Paramagnet(Paramagnet::new(parameters.text("spin").parse()?, field)?))
            }
            "oscillator" => Ok(Self::Oscillator(Oscillator::new(parameters.positive("quantum")?)?)),
            "classical_power" => {
                let (power, stiffness) = (parameters.positive("power")?, parameters.positive("stiffness")?);
                Ok(Self::ClassicalPower(ClassicalPower::new(power, stiffness)?))
            }
            "rotor" => {
                let nuclear: Nuclear = parameters.text("nuclear").parse()?;
                Ok(Self::Rotor(Rotor::new(parameters.positive("theta")?, nuclear)?))
            }
            "box" => {
                let dimension = parameters.parsed("dimension", "1, 2 or 3")?;
                Ok(Self::ParticleInBox(ParticleInBox::new(dimension, parameters.positive("e1")?)?))
            }
            "rem" => parse_rem(parameters),
            "logits" => {
                let path = parameters.given("file");
                let path = path.ok_or(SystemError::Missing { system: "logits", missing: "`file=`" })?;
                Ok(Self::Logits(read_bytes(path, Logits::from_bytes)?))
            }
            "ising" => parse_ising(parameters),
            "potts" => {
                let q = parameters.parsed("q", "a whole number from 2 to 64")?;
                match extent(parameters)? {
                    Extent::Infinite(LatticeKind::Chain) => {
                        Ok(Self::InfinitePotts(InfinitePotts::chain(q, coupling(parameters)?)?))
                    }
                    _ => Ok(Self::Potts(Potts::new(finite(parameters)?, q, coupling(parameters)?)?)),
                }
            }
            "xy" => Ok(Self::Xy(Xy::new(finite(parameters)?, coupling(parameters)?)?)),
            "heisenberg" => Ok(Self::Heisenberg(Heisenberg::new(finite(parameters)?, coupling(parameters)?)?)),
            "spin_glass" => parse_spin_glass(parameters),
            "xxz_chain" => {
                let n = parameters.parsed("n", "a whole number of spins")?;
                let [j, delta, h] = ["j", "delta", "h"].map(|name| parameters.number(name, "finite", |_| true));
                Ok(Self::XxzChain(XxzChain::new(n, j?, delta?, h?, boundary(parameters)?)?))
            }
            "tfim_chain" => {
                let [j, gamma] = ["j", "gamma"].map(|name| parameters.number(name, "finite", |_| true));
                let boundary = boundary(parameters)?;
                if parameters.text("n") == "inf" && boundary == Boundary::Open {
                    return Err(parameters.refusal("boundary", "left out with n=inf, which has none", "open"));
                }
                if parameters.text("n") == "inf" {
                    return Ok(Self::InfiniteTfim(InfiniteTfim::new(j?, gamma?)?));
                }
                let n = parameters.parsed("n", "a whole number of spins, or inf")?;
                Ok(Self::TfimChain(TfimChain::new(n, j?, gamma?, boundary)?))
            }
            "matrix" => {
                let path = parameters.given("file");
                let path = path.ok_or(SystemError::Missing { system: "matrix", missing: "`file=`" })?;
                Ok(Self::Matrix(read_bytes(path, Matrix::from_bytes)?))
            }
            "quartic" => {
                let [a, b] = ["a", "b"].map(|name| parameters.number(name, "finite", |_| true));
                Ok(Self::Quartic(Quartic::new(a?, b?)?))
            }
            "morse" => {
                let [omega_e, omega_e_x_e] = ["omega_e", "omega_e_x_e"].map(|name| parameters.positive(name));
                Ok(Self::Morse(Morse::new(omega_e?, omega_e_x_e?)?))
            }
            "einstein_solid" => Ok(Self::EinsteinSolid(EinsteinSolid::new(parameters.positive("theta")?)?)),
            "debye_solid" => Ok(Self::DebyeSolid(DebyeSolid::new(parameters.positive("theta")?)?)),
            "ideal_gas" => parse_ideal_gas(parameters),
            "photon_gas" => Ok(Self::PhotonGas(PhotonGas::new(parameters.positive("volume")?)?)),
            "lennard_jones" => {
                let n = parameters.parsed("n", "a whole number of particles")?;
                let [density, cutoff] = ["density", "cutoff"].map(|name| parameters.positive(name));
                let truncation = match parameters.text("truncation") {
                    "cut" => Truncation::Cut,
                    "shifted" => Truncation::Shifted,
                    other => return Err(parameters.refusal("truncation", "cut or shifted", other)),
                };
                Ok(Self::LennardJones(LennardJones::new(n, density?, cutoff?, truncation)?))
            }
            name => Err(SystemError::UnknownSystem { name: name.to_owned(), nearest: None }),
        }
    }
}

/// Couplings and fields whose totals over any lattice are finite numbers.
const LARGEST: f64 = 1e290;
const ENERGY: &str = "finite and at most 1e290 in size";

fn parse_levels(parameters: &Parameters<'_>) -> Result<System, SystemError> {
    let (energies, degeneracies) = (parameters.list("energies")?, parameters.list("degeneracies")?);
    match (parameters.given("file"), energies, degeneracies) {
        (Some(_), Some(_), _) => Err(SystemError::Conflict { system: "levels", first: "energies", second: "file" }),
        (Some(_), _, Some(_)) => Err(SystemError::Conflict { system: "levels", first: "degeneracies", second: "file" }),
        (Some(path), None, None) => Ok(System::Levels(read(path, Levels::from_csv)?)),
        (None, Some(energies), degeneracies) => {
            Ok(System::Levels(Levels::new(energies, &degeneracies.unwrap_or_default())?))
        }
        (None, None, _) => Err(SystemError::Missing { system: "levels", missing: "`energies=` or `file=`" }),
    }
}

fn coupling(parameters: &Parameters<'_>) -> Result<f64, SystemError> {
    parameters.number("j", ENERGY, |j| j.abs() <= LARGEST)
}

fn parse_ising(parameters: &Parameters<'_>) -> Result<System, SystemError> {
    let (j, h) = (coupling(parameters)?, parameters.number("h", ENERGY, |h| h.abs() <= LARGEST)?);
    let kind = match extent(parameters)? {
        Extent::Finite(lattice) => return Ok(System::Ising(Ising::new(lattice, j, h)?)),
        Extent::Infinite(kind) => kind,
    };
    if parameters.given("boundary").is_some_and(|boundary| boundary != "periodic") {
        return Err(parameters.refusal("boundary", "left out with l=inf, which has none", parameters.text("boundary")));
    }
    if kind != LatticeKind::Chain && h != 0.0 {
        return Err(parameters.refusal("h", "0 with l=inf: there is no exact result", parameters.text("h")));
    }
    Ok(System::InfiniteIsing(match kind {
        LatticeKind::Chain => InfiniteIsing::chain(j, h)?,
        LatticeKind::Square => InfiniteIsing::plane(j)?,
        LatticeKind::Triangular => InfiniteIsing::triangular(j)?,
        LatticeKind::Honeycomb => InfiniteIsing::honeycomb(j)?,
        LatticeKind::Cubic => {
            return Err(parameters.refusal("l", "finite in three dimensions: there is no exact result", "inf"));
        }
    }))
}

fn parse_spin_glass(parameters: &Parameters<'_>) -> Result<System, SystemError> {
    let h = parameters.number("h", "finite", |_| true)?;
    let shaped = ["dimension", "l"].into_iter().any(|name| parameters.given(name).is_some());
    if let Some(path) = parameters.given("couplings") {
        for first in ["seed", "distribution"] {
            if parameters.given(first).is_some() {
                return Err(SystemError::Conflict { system: "spin_glass", first, second: "couplings" });
            }
        }
        let lattice = if shaped { Some(finite(parameters)?) } else { None };
        let parse = |text: &str| {
            let glass = SpinGlass::from_text(text, h)?;
            match &lattice {
                Some(lattice) => glass.matching(lattice),
                None => Ok(glass),
            }
        };
        return Ok(System::SpinGlass(read(path, parse)?));
    }
    let seed: u64 = parameters.parsed("seed", "a whole number")?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let lattice = finite(parameters)?;
    Ok(System::SpinGlass(match parameters.text("distribution") {
        "bimodal" => SpinGlass::bimodal(&lattice, h, &mut rng)?,
        "gaussian" => SpinGlass::gaussian(&lattice, h, &mut rng)?,
        other => return Err(parameters.refusal("distribution", "bimodal or gaussian", other)),
    }))
}

fn parse_ideal_gas(parameters: &Parameters<'_>) -> Result<System, SystemError> {
    let n = parameters.parsed("n", "a whole number of atoms")?;
    let filling = match (parameters.given("density"), parameters.given("pressure")) {
        (Some(_), Some(_)) => {
            return Err(SystemError::Conflict { system: "ideal_gas", first: "pressure", second: "density" });
        }
        (Some(_), None) => Filling::Density(parameters.positive("density")?),
        _ => Filling::Pressure(parameters.positive("pressure")?),
    };
    Ok(System::IdealGas(IdealGas::new(parameters.positive("mass")?, n, filling)?))
}

fn parse_rem(parameters: &Parameters<'_>) -> Result<System, SystemError> {
    let sigma = parameters.number("sigma", "finite and not negative", |x| x >= 0.0)?;
    let average = parameters.text("seed") == "average";
    let seed: u64 = if average { 0 } else { parameters.parsed("seed", "a whole number or `average`")? };
    if parameters.text("n") == "inf" {
        return Ok(System::RemLimit(RemLimit::new(sigma)?));
    }
    let n: u32 = parameters.parsed("n", "a whole number or inf")?;
    if average {
        return Ok(System::RemAverage(RemAverage::new(2f64.powi(n.min(1000) as i32), sigma)?));
    }
    // The generator of set-up work: stream 0 of the seed, as `rng::Seed::set_up` gives it.
    Ok(System::Rem(Rem::new(n, sigma, &mut ChaCha8Rng::seed_from_u64(seed))?))
}

/// What `parse` makes of the text at `path`.
fn read<T, E: Display>(path: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, SystemError> {
    read_bytes(path, |bytes| {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        parse(text).map_err(|error| error.to_string())
    })
}

/// The only place of this module that reads files: what `parse` makes of the bytes at `path`.
fn read_bytes<T, E: Display>(path: &str, parse: impl Fn(&[u8]) -> Result<T, E>) -> Result<T, SystemError> {
    let refused = |reason| SystemError::File { path: path.to_owned(), reason };
    let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    parse(&bytes).map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ensemble::Spectrum;
    use crate::systems::catalogue::all;
    use crate::units::Beta;

    fn message(name: &str, parameters: &[(&str, &str)]) -> String {
        System::parse(name, parameters).unwrap_err().to_string()
    }

    /// A file of its own for each test that needs one.
    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn every_described_system_is_parsed_by_its_name() {
        let (table, matrix) = (file("0\n1\n"), file("0,1\n1,0\n"));
        for description in all() {
            let path = if description.name == "matrix" { &matrix } else { &table }.path().to_str().unwrap();
            let needs_file = description.parameters.iter().any(|parameter| parameter.name == "file");
            let parameters: &[(&str, &str)] = if needs_file { &[("file", path)] } else { &[] };
            let system = System::parse(description.name, parameters).unwrap();
            assert_eq!(system.name(), description.name);
            let beta = Beta::new(1.0).unwrap();
            match system.exact().thermo(beta) {
                Ok(thermo) => assert!(thermo.entropy.is_finite()),
                Err(error) => assert!(error.to_string().contains("no exact result"), "{error}"),
            }
            let continuous = ["classical_power", "debye_solid", "ideal_gas", "photon_gas", "lennard_jones"];
            let sampled_otherwise = system.is_lattice() || continuous.contains(&description.name);
            assert_eq!(system.spectrum_at(beta).unwrap().is_none(), sampled_otherwise);
        }
    }

    #[test]
    fn parameters_reach_the_system() {
        let at = |name: &str, parameters: &[(&str, &str)], beta: f64| {
            let system = System::parse(name, parameters).unwrap();
            system.exact().thermo(Beta::new(beta).unwrap()).unwrap()
        };
        assert!(
            (at("levels", &[("energies", "0, 1,inf"), ("degeneracies", "1,2,5")], 0.0).energy - 2.0 / 3.0).abs()
                < 1e-15
        );
        assert_eq!(at("two_level", &[("gap", "2"), ("g0", "3")], f64::INFINITY).entropy, 3f64.ln());
        assert_eq!(at("paramagnet", &[("spin", "3/2"), ("field", "-2")], f64::INFINITY).energy, -3.0);
        assert_eq!(at("oscillator", &[("quantum", "3")], f64::INFINITY).energy, 1.5);
        assert_eq!(at("classical_power", &[("power", "4"), ("stiffness", "2")], 1.0).energy, 0.25);
        assert_eq!(at("rotor", &[("theta", "2"), ("nuclear", "ortho")], f64::INFINITY).energy, 4.0);
        assert_eq!(at("box", &[("dimension", "3"), ("e1", "2")], f64::INFINITY).energy, 6.0);
        assert_eq!(at("rem", &[("n", "4"), ("seed", "average")], 0.0).entropy, 16f64.ln());
        let limit = System::parse("rem", &[("n", "inf"), ("sigma", "2")]).unwrap();
        assert_eq!(limit.exact().thermo_per_site(Beta::new(0.25).unwrap()).unwrap().energy_per_site, -1.0);
        assert!(limit.spectrum_at(Beta::ZERO).unwrap().is_none());
    }

    #[test]
    fn a_realization_belongs_to_its_seed() {
        let levels = |seed: &str| match System::parse("rem", &[("n", "6"), ("seed", seed)]).unwrap() {
            System::Rem(rem) => rem.spectrum().clone(),
            _ => Spectrum::new(vec![0.0]).unwrap(),
        };
        assert_eq!(levels("1"), levels("1"));
        assert_ne!(levels("1"), levels("2"));
        assert_eq!(levels("7"), *Rem::new(6, 1.0, &mut crate::rng::Seed(7).set_up()).unwrap().spectrum());
    }

    #[test]
    fn names_are_checked_and_suggested() {
        assert_eq!(
            message("oscilator", &[]),
            "unknown system `oscilator`, did you mean `oscillator`? (`gibbs systems` lists them)"
        );
        assert_eq!(message("qqq", &[]), "unknown system `qqq` (`gibbs systems` lists them)");
        assert_eq!(
            message("two_level", &[("gapp", "1")]),
            "two_level has no parameter `gapp`, did you mean `gap`? (it takes gap, g0, g1)"
        );
        assert_eq!(message("two_level", &[("gap", "1"), ("gap", "2")]), "two_level: `gap` is given twice");
    }

    #[test]
    fn values_are_checked() {
        assert_eq!(
            message("two_level", &[("gap", "wide")]),
            "two_level: `gap` must be positive and finite, got `wide`"
        );
        assert_eq!(message("two_level", &[("g1", "0")]), "two_level: `g1` must be positive and finite, got `0`");
        assert_eq!(
            message("oscillator", &[("quantum", "nan")]),
            "oscillator: `quantum` must be positive and finite, got `nan`"
        );
        assert_eq!(message("paramagnet", &[("field", "inf")]), "paramagnet: `field` must be finite, got `inf`");
        assert_eq!(message("box", &[("dimension", "2.5")]), "box: `dimension` must be 1, 2 or 3, got `2.5`");
        assert_eq!(message("rem", &[("seed", "mean")]), "rem: `seed` must be a whole number or `average`, got `mean`");
        assert_eq!(message("rem", &[("n", "2.5")]), "rem: `n` must be a whole number or inf, got `2.5`");
        assert_eq!(
            message("rem", &[("n", "501"), ("seed", "average")]),
            "rem: `n` must be 1 to 500 with seed=average, got `501`"
        );
        assert_eq!(
            message("levels", &[("energies", "0,a")]),
            "levels: `energies` must be numbers separated by commas, got `a`"
        );
        assert_eq!(message("levels", &[("energies", "0,1"), ("degeneracies", "1")]), "2 energies but 1 degeneracies");
    }

    #[test]
    fn energies_carry_one_unit_or_none() {
        let energy = |name: &str, parameters: &[(&str, &str)]| {
            let (system, unit) = System::parse_with_unit(name, parameters).unwrap();
            (system.exact().thermo(Beta::INFINITE).unwrap().energy, unit)
        };
        assert_eq!(energy("oscillator", &[("quantum", "200K")]), (100.0, Some(EnergyUnit::Kelvin)));
        assert_eq!(energy("oscillator", &[("quantum", "200")]), (100.0, None));
        let wavenumber = EnergyUnit::InverseCentimetre;
        assert_eq!(energy("levels", &[("energies", "3 cm-1,0,inf")]), (0.0, Some(wavenumber)));
        assert_eq!(energy("ising", &[("l", "4"), ("j", "-2cm-1")]).0, -64.0 * wavenumber.kelvin());
        assert_eq!(
            message("levels", &[("energies", "1meV,2")]),
            "levels: `energies` has meV and `energies` no unit; give all energies in one unit, defaults included, or \
             all without"
        );
        assert!(message("ising", &[("h", "1K")]).starts_with("ising: `j` has no unit and `h` K; "));
        assert!(message("ising", &[("h", "1K"), ("j", "2meV")]).starts_with("ising: `j` has meV and `h` K; "));
        assert_eq!(
            message("two_level", &[("g0", "2K")]),
            "two_level: `g0` is no energy and takes a plain number, got `2K`"
        );
        assert_eq!(message("two_level", &[("gap", "-2K")]), "two_level: `gap` must be positive and finite, got `-2K`");
    }

    #[test]
    fn files_are_read_and_refused_by_path() {
        let levels = file("energy,degeneracy\n0,1\n1,3\n");
        let path = levels.path().to_str().unwrap();
        let system = System::parse("levels", &[("file", path)]).unwrap();
        assert_eq!(system.exact().entropy_limits().1, 4f64.ln());
        assert_eq!(
            message("levels", &[("file", path), ("energies", "1")]),
            "levels: give `energies` or `file`, not both"
        );
        assert_eq!(
            message("levels", &[("file", path), ("degeneracies", "1")]),
            "levels: give `degeneracies` or `file`, not both"
        );
        assert_eq!(message("levels", &[]), "levels needs `energies=` or `file=`");
        assert_eq!(message("logits", &[]), "logits needs `file=`");
        assert!(message("logits", &[("file", "/nowhere/at/all")]).starts_with("cannot read `/nowhere/at/all`: "));
        let broken = file("1\nx\n");
        let path = broken.path().to_str().unwrap();
        assert_eq!(
            message("logits", &[("file", path)]),
            format!("cannot read `{path}`: line 2: expected a number, got `x`")
        );
    }
}
