//! All systems that a name and parameters can ask for: one row each, written in the system's own file.

use super::parameters::{Parameters, nearest};
use super::{CatalogueError, Description, System, fluid, lattice, levels, quantum, radiation};
use crate::units::EnergyUnit;

/// The rows, in the order they are listed.
static ROWS: &[&Description] = &[
    &levels::listed::ROW,
    &levels::two_level::ROW,
    &levels::paramagnet::ROW,
    &levels::oscillator::ROW,
    &levels::classical_power::ROW,
    &levels::rotor::ROW,
    &levels::particle_in_box::ROW,
    &levels::rem::ROW,
    &lattice::ising::ROW,
    &lattice::potts::ROW,
    &lattice::blume_capel::ROW,
    &lattice::clock::ROW,
    &lattice::vector::XY,
    &lattice::vector::HEISENBERG,
    &lattice::spin_glass::ROW,
    &quantum::chain::XXZ,
    &quantum::chain::TFIM,
    &quantum::matrix::ROW,
    &quantum::quartic::ROW,
    &levels::morse::ROW,
    &levels::einstein_solid::ROW,
    &levels::debye_solid::ROW,
    &fluid::ideal_gas::ROW,
    &radiation::photon_gas::ROW,
    &fluid::lennard_jones::ROW,
    &levels::logits::ROW,
];

/// All systems, in the order they are listed.
pub fn all() -> impl Iterator<Item = &'static Description> {
    ROWS.iter().copied()
}

/// The description of the system called `name`.
///
/// # Errors
///
/// No such system; the nearest name is suggested.
///
/// # Examples
///
/// ```
/// let message = gibbs::systems::catalogue::find("paramagnt").unwrap_err().to_string();
/// assert_eq!(message, "unknown system `paramagnt`, did you mean `paramagnet`? (`gibbs systems` lists them)");
/// ```
pub fn find(name: &str) -> Result<&'static Description, CatalogueError> {
    all().find(|row| row.name == name).ok_or_else(|| CatalogueError::UnknownSystem {
        name: name.to_owned(),
        nearest: nearest(name, all().map(|row| row.name)),
    })
}

impl System {
    /// The system called `name` with `parameters` given as (key, value); the others take their defaults.
    ///
    /// # Errors
    ///
    /// An unknown name or parameter (the nearest one is suggested), a parameter given twice or out of its range, a
    /// file that cannot be read, and whatever the system itself refuses.
    pub fn parse(name: &str, parameters: &[(&str, &str)]) -> Result<Self, CatalogueError> {
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
    pub fn parse_with_unit(name: &str, given: &[(&str, &str)]) -> Result<(Self, Option<EnergyUnit>), CatalogueError> {
        let row = find(name)?;
        let parameters = Parameters::new(row.name, row.parameters, row.unit, given)?;
        Ok(((row.build)(&parameters)?, parameters.unit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::{Sampling, Simulated};
    use crate::systems::Rem;
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
            let listed = matches!(Simulated::sampling(&system), Sampling::Levels(_));
            assert_eq!(system.spectrum_at(beta).unwrap().is_some(), listed);
        }
    }

    #[test]
    fn descriptions_name_the_samplers_that_apply() {
        for description in all().filter(|d| !["levels", "logits", "matrix"].contains(&d.name)) {
            let system = System::parse(description.name, &[]).unwrap();
            let names: Vec<&str> = match Simulated::sampling(&system) {
                Sampling::ExactOnly => Vec::new(),
                Sampling::Levels(_) | Sampling::Draws(_) => vec!["direct"],
                Sampling::Chains(chains) => chains.methods.iter().map(|method| method.sampler.name()).collect(),
            };
            let (text, name) = (description.samplers, description.name);
            assert!(names.iter().all(|sampler| text.contains(sampler)), "{name}: {names:?} in `{text}`");
            let known = ["wolff", "swendsen-wang", "heat-bath", "tempering", "wang-landau", "over-relaxation"];
            assert!(known.iter().all(|k| !text.contains(k) || names.contains(k)), "{name}: {names:?} in `{text}`");
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
        let levels = |seed: &str| {
            let system = System::parse("rem", &[("n", "6"), ("seed", seed)]).unwrap();
            system.downcast::<Rem>().unwrap().spectrum().clone()
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
            "levels: `energies` has meV but `energies` has no unit; give all energies the same unit (a default has \
             none), or give none a unit"
        );
        assert!(message("ising", &[("h", "1K")]).starts_with("ising: `j` has no unit but `h` has K; "));
        assert!(message("ising", &[("h", "1K"), ("j", "2meV")]).starts_with("ising: `j` has meV but `h` has K; "));
        assert_eq!(
            message("two_level", &[("g0", "2K")]),
            "two_level: `g0` is not an energy and takes a number without a unit, got `2K`"
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
