//! Logits of one context read from a file: tokens as a spectrum, solved by enumeration.

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::simulation::Sampling;
use crate::systems::description::{DIRECT, Description, parameter};
use crate::systems::files::read;
use crate::systems::row::Row;
use crate::systems::system::{PhysicalSystem, System};
use crate::systems::table::{TableError, parse_json_array, parse_list, parse_table};
use crate::units::Beta;
use std::borrow::Cow;

/// Tokens as levels: E_i = -logit_i, g_i = 1, T the sampling temperature; a logit of minus infinity is forbidden.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::Logits;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = Logits::new(&[2.0, 0.5, f64::NEG_INFINITY])?;
/// assert_eq!(tokens.thermo(Beta::INFINITE)?.energy, -2.0);
/// assert_eq!(tokens.entropy_limits(), (0.0, 2f64.ln()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    spectrum: Spectrum,
}

impl Logits {
    /// Tokens of the given `logits` `[n_tokens]`.
    ///
    /// # Errors
    ///
    /// No logit, NaN or plus infinity (named by index), or all forbidden.
    pub fn new(logits: &[f64]) -> Result<Self, SystemError> {
        Ok(Self { spectrum: Spectrum::from_logits(logits)? })
    }

    /// Logits from text: a JSON array (or an object with an array `logits`), a comma-separated table whose header
    /// names a column `logit`, or a plain list separated by commas, white space or line ends.
    ///
    /// # Errors
    ///
    /// Text of no such form, and whatever [`Logits::new`] refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::systems::Logits;
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// let json = Logits::from_text("[1.5, 0, \"-inf\"]")?;
    /// assert_eq!(json, Logits::from_text("1.5\n0\n-inf\n")?);
    /// assert_eq!(json, Logits::from_text("token,logit\n17,1.5\n3,0\n9,-inf\n")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_text(text: &str) -> Result<Self, SystemError> {
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with(['[', '{']) {
            return Self::new(&parse_json_array(start)?);
        }
        let is_header = start.starts_with(|c: char| c.is_alphabetic() || c == '"') && !starts_with_number(start);
        if !is_header {
            return Self::new(&parse_list(start)?);
        }
        let table = parse_table(start)?;
        let header = table.header.unwrap_or_default();
        let column = header.iter().position(|name| matches!(name.as_str(), "logit" | "logits"));
        let column = column
            .ok_or_else(|| TableError::Header { expected: "one with a column `logit`", found: header.join(",") })?;
        Self::new(&table.rows.iter().map(|(_, row)| row[column]).collect::<Vec<_>>())
    }

    /// The tokens as a spectrum, in the order of the logits.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }
}

/// Whether the first item of a list is a number: `inf` and `nan` begin with letters too.
fn starts_with_number(text: &str) -> bool {
    let first = text.split(|c: char| c == ',' || c.is_whitespace()).next();
    first.is_some_and(|item| item.parse::<f64>().is_ok())
}

impl Exact for Logits {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        Ok(Canonical::new(&self.spectrum, beta).thermo())
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (self.spectrum.ln_ground_degeneracy(), self.spectrum.ln_states())
    }
}

/// The row of `logits`.
pub(in crate::systems) static ROW: Row = Row {
    description: Description {
        name: "logits",
        summary: "the next token of a language model, from a file of logits",
        hamiltonian: "E_i = -logit_i, a logit of -inf being forbidden; every T is legal",
        parameters: &[parameter("file", None, "-", "CSV, JSON array or plain list of logits")],
        exact: "enumeration",
        samplers: DIRECT,
        reference: "D. H. Ackley et al., Cogn. Sci. 9, 147 (1985), doi:10.1207/s15516709cog0901_7",
        unit: None,
    },
    build: |parameters| {
        let path = parameters.given("file").ok_or_else(|| parameters.missing("`file=`"))?;
        Ok(System::new(read(path, Logits::from_text)?))
    },
};

impl PhysicalSystem for Logits {
    fn description(&self) -> &'static Description {
        &ROW.description
    }

    fn sampling(&self) -> Sampling<'_> {
        Sampling::Levels(Box::new(|_| Ok(Cow::Borrowed(self.spectrum()))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_text_agree() {
        let direct = Logits::new(&[1.0, -2.5, 3e-2]).unwrap();
        for text in ["1,-2.5,3e-2", "1 -2.5\n3e-2\n", "[1, -2.5, 0.03]", "{\"logits\": [1, -2.5, 0.03]}"] {
            assert_eq!(Logits::from_text(text).unwrap(), direct);
        }
        assert_eq!(Logits::from_text("index[1],logit[1]\n0,1\n1,-2.5\n2,0.03\n").unwrap(), direct);
        assert!(Logits::from_text("-inf\n1\n").unwrap().spectrum().is_forbidden(0));
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |text: &str| Logits::from_text(text).unwrap_err().to_string();
        assert_eq!(message(""), "a spectrum needs at least one level, got none");
        assert_eq!(message("nan,1"), "logit 0 must be a number or -inf (a forbidden token), got NaN");
        assert_eq!(message("1,inf"), "logit 1 must be a number or -inf (a forbidden token), got inf");
        assert_eq!(message("-inf -inf"), "all 2 levels are forbidden, at least one must be allowed");
        assert_eq!(message("1\n2x\n"), "line 2: expected a number, got `2x`");
        assert_eq!(message("token,score\n1,2\n"), "the header must be one with a column `logit`, got `token,score`");
        assert_eq!(message("[1, null]"), "expected a JSON array of numbers: item 1 is null");
        assert_eq!(message("{}"), "expected a JSON array of numbers: neither an array nor an object with `logits`");
    }
}
