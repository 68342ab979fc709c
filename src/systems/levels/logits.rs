//! Logits of one context read from a file: tokens as a spectrum, solved by enumeration.

use crate::arrays::{is_npy, one_row, one_row_of_npy};
use crate::ensemble::Spectrum;
use crate::model::SystemError;
use crate::systems::description::{DIRECT, parameter};
use crate::systems::files::read_bytes;
use crate::systems::read_error::ReadError;
use crate::systems::{Description, System};

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
    /// In JSON a forbidden token is `null`, `"-inf"` or `-Infinity`. Whatever else an object or a table holds is passed over.
    ///
    /// # Errors
    ///
    /// Text of no such form or with the logits of several contexts, and whatever [`Logits::new`] refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::systems::Logits;
    /// # fn main() -> Result<(), gibbs::systems::ReadError> {
    /// let json = Logits::from_text("[1.5, 0, null]")?;
    /// assert_eq!(json, Logits::from_text("1.5\n0\n-inf\n")?);
    /// assert_eq!(json, Logits::from_text("token,logit\n17,1.5\n3,0\n9,-inf\n")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_text(text: &str) -> Result<Self, ReadError> {
        Ok(Self::new(&one_row(text)?)?)
    }

    /// Logits from the bytes of a file: a NumPy `.npy` file of one row of floating-point numbers, by its first bytes, or
    /// text as [`Logits::from_text`] reads it.
    ///
    /// # Errors
    ///
    /// As [`Logits::from_text`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReadError> {
        if is_npy(bytes) {
            return Ok(Self::new(&one_row_of_npy(bytes)?)?);
        }
        Self::from_text(std::str::from_utf8(bytes)?)
    }

    /// The tokens as a spectrum, in the order of the logits.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }
}

/// The row of `logits`.
pub(in crate::systems) static ROW: Description = Description {
    name: "logits",
    summary: "the next token of a language model, from a file of logits",
    hamiltonian: "E_i = -logit_i; a logit of -inf is a forbidden token; every T is legal",
    parameters: &[parameter("file", None, "-", "CSV, JSON array or plain list of logits")],
    exact: "enumeration",
    samplers: DIRECT,
    reference: "D. H. Ackley et al., Cogn. Sci. 9, 147 (1985), doi:10.1207/s15516709cog0901_7",
    unit: None,
    build: |parameters| {
        let path = parameters.given("file").ok_or_else(|| parameters.missing("`file=`"))?;
        Ok(System::new(read_bytes(path, Logits::from_bytes)?))
    },
};

solved_by_enumeration!(Logits, ROW);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_text_agree() {
        let direct = Logits::new(&[1.0, -2.5, 3e-2]).unwrap();
        for text in ["1,-2.5,3e-2", "1 -2.5\n3e-2\n", "[1, -2.5, 0.03]", "{\"logits\": [1, -2.5, 0.03]}"] {
            assert_eq!(Logits::from_text(text).unwrap(), direct);
        }
        assert_eq!(Logits::from_text("index[1],logit[1]\n0,1\n1,-2.5\n2,0.03\n").unwrap(), direct);
        assert_eq!(Logits::from_text("context,token,logit\na,\"x, y\",1\na,,-2.5\na,z,0.03\n").unwrap(), direct);
        assert_eq!(Logits::from_text("[[1, -2.5, 0.03]]").unwrap(), direct);
        assert!(Logits::from_text("-inf\n1\n").unwrap().spectrum().is_forbidden(0));
        assert!(Logits::from_text("[1, null, -Infinity]").unwrap().spectrum().is_forbidden(1));
        let notes = "{\"logits\": [1, -2.5, 0.03], \"tokens\": 3, \"drawn\": [7], \"ground_energy\": \"?\"}";
        assert_eq!(Logits::from_text(notes).unwrap(), direct);
    }

    #[test]
    fn files_of_numpy_hold_one_row() {
        let file = |shape: &str| {
            let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend((header.len() as u16).to_le_bytes());
            bytes.extend(header.as_bytes());
            bytes.extend([1f32, -2.5, f32::NEG_INFINITY, 0.5].iter().flat_map(|x| x.to_le_bytes()));
            bytes
        };
        let direct = Logits::new(&[1.0, -2.5, f64::NEG_INFINITY, 0.5]).unwrap();
        assert_eq!(Logits::from_bytes(&file("(4,)")).unwrap(), direct);
        assert_eq!(Logits::from_bytes(&file("(1, 4)")).unwrap(), direct);
        assert_eq!(Logits::from_bytes(b"[1, -2.5, null, 0.5]").unwrap(), direct);
        let message = |bytes: &[u8]| Logits::from_bytes(bytes).unwrap_err().to_string();
        assert_eq!(message(&file("(2, 2)")), "there must be the logits of one context, got those of 2");
        assert_eq!(message(&file("(9,)")), "the header declares 36 bytes of numbers, but there are 16");
        assert_eq!(message(b"1\n\xff"), "invalid utf-8 sequence of 1 bytes from index 2");
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
        assert!(message("[1, true]").starts_with("row 1: invalid type: boolean `true`, expected a logit"));
        assert!(message("{}").starts_with("row 1: neither an array of logits nor an object with `logits`"));
        assert_eq!(message("[[1], [2]]"), "there must be the logits of one context, got those of 2");
    }
}
