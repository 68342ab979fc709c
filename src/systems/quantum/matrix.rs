//! Any real symmetric Hamiltonian, given as a matrix: its eigenvalues are the levels.

use nalgebra::DMatrix;

use crate::arrays::{ArrayError, NpyArray, NumberTable, is_npy};
use crate::ensemble::Spectrum;
use crate::model::SystemError;
use crate::systems::description::{DIRECT, parameter};
use crate::systems::files::read_bytes;
use crate::systems::merging::merge_levels;
use crate::systems::read_error::ReadError;
use crate::systems::{Description, System};

const SYSTEM: &str = "matrix";
/// Largest matrix: about a minute on one core, growing as the third power.
const MOST_ROWS: usize = 4000;
/// Elements across the diagonal may differ by this share of the largest.
const ASYMMETRY: f64 = 1e-12;
/// Levels closer than this share of the largest in size are one: the eigenvalues scatter by some 10^-14 of it.
const RESOLUTION: f64 = 1e-12;

/// A Hamiltonian H of finite dimension, real and symmetric: Z = Tr e^(-beta H).
///
/// Levels closer than 10^-12 of the largest eigenvalue in size are one level, so that multiplets are counted whole at T = 0.
/// Every temperature is legal: 0, infinite and negative.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::Matrix;
/// # fn main() -> Result<(), gibbs::systems::ReadError> {
/// // A two-state system with tunnelling: levels -1 and 1.
/// let tunnelling = Matrix::from_csv("0,-1\n-1,0\n")?;
/// assert!((tunnelling.spectrum().ground_energy() + 1.0).abs() < 1e-15);
/// assert_eq!(tunnelling.entropy_limits(), (0.0, 2f64.ln()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    n_rows: usize,
    spectrum: Spectrum,
}

impl Matrix {
    /// The Hamiltonian `h` `[n, n]`, diagonalized.
    ///
    /// # Errors
    ///
    /// A matrix that is empty, not square, larger than 4000 rows, or not symmetric to 10^-12 of its largest element; an
    /// element that is no finite number. Rows and columns are counted from 1.
    pub fn new(h: DMatrix<f64>) -> Result<Self, SystemError> {
        check_shape(h.nrows(), h.ncols())?;
        let n_rows = h.nrows();
        let bad = |(i, j): &(usize, usize)| !h[(*i, *j)].is_finite();
        let places = || (0..n_rows).flat_map(|i| (0..n_rows).map(move |j| (i, j)));
        if let Some((i, j)) = places().find(bad) {
            let value = format!("{} in row {}, column {}", h[(i, j)], i + 1, j + 1);
            return Err(refused("made of finite numbers", value));
        }
        let largest = h.amax();
        if largest == 0.0 {
            let spectrum = Spectrum::with_degeneracies(vec![0.0], &[n_rows as f64])?;
            return Ok(Self { n_rows, spectrum });
        }
        // In units of the largest element, so that no square over- or underflows.
        let mut scaled = h.map(|element| element / largest);
        let unequal = |(i, j): &(usize, usize)| (scaled[(*i, *j)] - scaled[(*j, *i)]).abs() > ASYMMETRY;
        if let Some((i, j)) = places().find(unequal) {
            let (row, column) = (i + 1, j + 1);
            let (upper, lower) = (h[(i, j)], h[(j, i)]);
            let value = format!("{upper} in row {row}, column {column}, but {lower} in row {column}, column {row}");
            return Err(refused("symmetric", value));
        }
        scaled = 0.5 * (&scaled + scaled.transpose());
        let levels = scaled.symmetric_eigenvalues();
        let size = levels.amax();
        let levels = levels.iter().map(|&energy| (energy * largest, 1.0)).collect();
        let (energies, degeneracies) = merge_levels(levels, RESOLUTION * size * largest);
        Ok(Self { n_rows, spectrum: Spectrum::with_degeneracies(energies, &degeneracies)? })
    }

    /// The Hamiltonian from comma-separated `text`, one row a line; a first line of names is skipped, as are blank lines
    /// and lines that start with `#`.
    ///
    /// # Errors
    ///
    /// Text that is no table of numbers (the line is named), and whatever [`Matrix::new`] refuses.
    pub fn from_csv(text: &str) -> Result<Self, ReadError> {
        let rows = NumberTable::parse(text)?.rows;
        let n_columns = rows.first().map_or(0, |(_, row)| row.len());
        check_shape(rows.len(), n_columns)?;
        let elements = rows.iter().flat_map(|(_, row)| row.iter().copied());
        Ok(Self::new(DMatrix::from_row_iterator(rows.len(), n_columns, elements))?)
    }

    /// The Hamiltonian from the bytes of a NumPy `.npy` file: two dimensions, real floating-point or whole numbers.
    ///
    /// # Errors
    ///
    /// Bytes that are no such file or end early; numbers of another type, complex ones among them; whatever
    /// [`Matrix::new`] refuses.
    pub fn from_npy(bytes: &[u8]) -> Result<Self, ReadError> {
        let array = NpyArray::new(bytes).map_err(refused_array)?;
        let &[n_rows, n_columns] = array.shape() else {
            let dimensions = format!("an array of {} dimensions", array.shape().len());
            return Err(refused("a square matrix", dimensions).into());
        };
        let (n_rows, n_columns) = (n_rows as usize, n_columns as usize);
        check_shape(n_rows, n_columns)?;
        let elements = array.numbers().map_err(refused_array)?;
        Ok(Self::new(if array.is_fortran_order() {
            DMatrix::from_column_slice(n_rows, n_columns, &elements)
        } else {
            DMatrix::from_row_slice(n_rows, n_columns, &elements)
        })?)
    }

    /// The Hamiltonian from the bytes of a file: `.npy` by its first bytes, comma-separated text otherwise.
    ///
    /// # Errors
    ///
    /// As [`Matrix::from_npy`] and [`Matrix::from_csv`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReadError> {
        if is_npy(bytes) { Self::from_npy(bytes) } else { Self::from_csv(std::str::from_utf8(bytes)?) }
    }

    /// The eigenvalues with their degeneracies.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// Dimension of the matrix.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }
}

fn refused(expected: &'static str, value: String) -> SystemError {
    SystemError::Parameter { system: SYSTEM, name: "file", expected, value }
}

/// What is wrong with a `.npy` file, in the words of a matrix.
fn refused_array(error: ArrayError) -> ReadError {
    match error {
        ArrayError::Format { expected, found } => refused(expected, found).into(),
        ArrayError::Type { found, .. } => refused("an array of real numbers (float or integer)", found).into(),
        ArrayError::Length { expected, found } => {
            refused("a whole .npy file", format!("{found} of {expected} bytes of numbers")).into()
        }
        other => other.into(),
    }
}

fn check_shape(n_rows: usize, n_columns: usize) -> Result<(), SystemError> {
    if n_rows == 0 || n_columns == 0 {
        return Err(refused("a square matrix", "no numbers".to_owned()));
    }
    if n_rows != n_columns {
        return Err(refused("a square matrix", format!("{n_rows} rows of {n_columns} numbers")));
    }
    if n_rows > MOST_ROWS {
        return Err(refused("of at most 4000 rows (the time grows as their cube)", format!("{n_rows} rows")));
    }
    Ok(())
}

/// The row of `matrix`.
pub(in crate::systems) static ROW: Description = Description {
    name: "matrix",
    summary: "any real symmetric Hamiltonian",
    hamiltonian: "the eigenvalues of the matrix in the file, of up to 4000 rows; every T is legal",
    parameters: &[parameter("file", None, "-", "CSV of its rows without a header, or a two-dimensional .npy array")],
    exact: "diagonalization",
    samplers: DIRECT,
    reference: "G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed. (2013), chapter 8",
    unit: None,
    build: |parameters| {
        let path = parameters.given("file").ok_or_else(|| parameters.missing("`file=`"))?;
        Ok(System::new(read_bytes(path, Matrix::from_bytes)?))
    },
};

solved_by_enumeration!(Matrix, ROW);
