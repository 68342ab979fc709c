//! Levels given by hand or read from a table: energies with degeneracies, solved by enumeration.

use crate::arrays::{ArrayError, NumberTable};
use crate::ensemble::Spectrum;
use crate::model::SystemError;
use crate::systems::description::{DIRECT, TEXTBOOK, parameter};
use crate::systems::files::read;
use crate::systems::parameters::Parameters;
use crate::systems::read_error::ReadError;
use crate::systems::{CatalogueError, Description, System};

/// Any finite list of levels E_i with degeneracies g_i: Z = sum_i g_i e^(-beta E_i).
///
/// Every temperature is legal: 0, infinite and negative.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::Levels;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let levels = Levels::new(vec![0.0, 1.0, 2.0], &[1.0, 2.0, 1.0])?;
/// assert!((levels.thermo(Beta::ZERO)?.entropy - 4f64.ln()).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    spectrum: Spectrum,
}

impl Levels {
    /// Levels of the given `energies` `[n_levels]`; `degeneracies` is `[n_levels]`, or empty for g = 1 throughout.
    ///
    /// # Errors
    ///
    /// Whatever [`Spectrum`] refuses; an energy of +infinity is a forbidden level.
    pub fn new(energies: Vec<f64>, degeneracies: &[f64]) -> Result<Self, SystemError> {
        let spectrum = if degeneracies.is_empty() {
            Spectrum::new(energies)?
        } else {
            Spectrum::with_degeneracies(energies, degeneracies)?
        };
        Ok(Self { spectrum })
    }

    /// Levels from a comma-separated table of one column, `energy`, or two, `energy,degeneracy`; the header may be
    /// left out.
    ///
    /// # Errors
    ///
    /// Text that is no such table, and whatever [`Levels::new`] refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::systems::Levels;
    /// # fn main() -> Result<(), gibbs::systems::ReadError> {
    /// assert_eq!(Levels::from_csv("energy,degeneracy\n0,1\n1.5,3\n")?, Levels::new(vec![0.0, 1.5], &[1.0, 3.0])?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, ReadError> {
        let table = NumberTable::parse(text)?;
        if let Some(header) = &table.header {
            let names: Vec<&str> = header.iter().map(String::as_str).collect();
            if !matches!(names[..], ["energy" | "e"] | ["energy" | "e", "degeneracy" | "g"]) {
                let expected = "`energy` or `energy,degeneracy`";
                return Err(ArrayError::Header { expected, found: header.join(",") }.into());
            }
        }
        if let Some((line, row)) = table.rows.iter().find(|(_, row)| row.len() > 2) {
            return Err(ArrayError::Columns { line: *line, expected: 2, found: row.len() }.into());
        }
        let energies = table.rows.iter().map(|(_, row)| row[0]).collect();
        let degeneracies: Vec<f64> = table.rows.iter().filter_map(|(_, row)| row.get(1).copied()).collect();
        Ok(Self::new(energies, &degeneracies)?)
    }

    /// The levels as a spectrum.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }
}

/// The row of `levels`.
pub(in crate::systems) static ROW: Description = Description {
    name: "levels",
    summary: "any finite list of levels",
    hamiltonian: "E_i with degeneracy g_i, as given; a level of energy inf is forbidden; every T is legal",
    parameters: &[
        parameter("energies", None, "E0", "energies of the levels, separated by commas"),
        parameter("degeneracies", None, "1", "their degeneracies, 1 each if not given"),
        parameter("file", None, "-", "CSV with the columns energy and, optionally, degeneracy"),
    ],
    exact: "enumeration",
    samplers: DIRECT,
    reference: TEXTBOOK,
    unit: None,
    build,
};

fn build(parameters: &Parameters<'_>) -> Result<System, CatalogueError> {
    let (energies, degeneracies) = (parameters.list("energies")?, parameters.list("degeneracies")?);
    match (parameters.given("file"), energies, degeneracies) {
        (Some(_), Some(_), _) => Err(parameters.conflict("energies", "file")),
        (Some(_), _, Some(_)) => Err(parameters.conflict("degeneracies", "file")),
        (Some(path), None, None) => Ok(System::new(read(path, Levels::from_csv)?)),
        (None, Some(energies), degeneracies) => {
            Ok(System::new(Levels::new(energies, &degeneracies.unwrap_or_default())?))
        }
        (None, None, _) => Err(parameters.missing("`energies=` or `file=`")),
    }
}

solved_by_enumeration!(Levels, ROW);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Exact;

    #[test]
    fn tables_with_and_without_header_agree() {
        let with = Levels::from_csv("Energy[meV],Degeneracy[1]\n# a comment\n0, 1\n\n1,2\ninf,1\n").unwrap();
        let without = Levels::from_csv("0,1\n1,2\ninf,1").unwrap();
        assert_eq!(with, without);
        assert!((with.entropy_limits().1 - 3f64.ln()).abs() < 1e-15);
        assert_eq!(Levels::from_csv("0\n1\n").unwrap(), Levels::new(vec![0.0, 1.0], &[]).unwrap());
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |text: &str| Levels::from_csv(text).unwrap_err().to_string();
        assert_eq!(message(""), "a spectrum needs at least one level, got none");
        assert_eq!(message("0,1\n1,x\n"), "line 2: expected a number, got `x`");
        assert_eq!(message("0,1\n1\n"), "line 2: expected 2 columns, got 1");
        assert_eq!(message("0,1,2\n"), "line 1: expected 2 columns, got 3");
        assert_eq!(
            message("degeneracy,energy\n1,0\n"),
            "the header must be `energy` or `energy,degeneracy`, got `degeneracy,energy`"
        );
        assert_eq!(message("energy\nnan\n"), "energy 0 must be a number or +inf (a forbidden level), got NaN");
        assert_eq!(message("0,1\n1,-2\n"), "degeneracy 1 must be positive and finite, got -2");
    }
}
