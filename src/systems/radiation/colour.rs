//! The colour of a spectrum: CIE 1931 tristimulus values, chromaticity, and the sRGB colour a screen can show.
//!
//! Observer: CIE 1931, 2 degrees. Sums: plain sums over a table with 1 nm steps from 360 to 830 nm, no interpolation. The
//! 10-degree observer or another policy for colours outside the screen's gamut gives visibly different swatches, most of
//! all below 1900 K, so both are part of every statement about "the colour" of a hot body.

use std::sync::LazyLock;

use nalgebra::{Matrix3, Vector3};
use thiserror::Error;

use crate::systems::radiation::planck::{BlackBody, PlanckError};

/// Why a spectrum has no colour.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum ColourError {
    /// The sum of the tristimulus values is zero (no light between 360 and 830 nm) or not finite.
    #[error("a colour needs light between 360 and 830 nm, got tristimulus values ({x}, {y}, {z})")]
    Dark { x: f64, y: f64, z: f64 },
    /// No screen primary is positive, so no scale makes the brightest channel 1.
    #[error("the colour has no positive sRGB channel, got ({0}, {1}, {2})")]
    NoPositiveChannel(f64, f64, f64),
    /// No black body is near in chromaticity.
    #[error("no black body from 400 K to 1e8 K has a colour near u = {u}, v = {v} (CIE 1960)")]
    NoTemperature { u: f64, v: f64 },
    /// The embedded table of colour-matching functions does not have its 471 rows of four numbers.
    #[error("the embedded table of colour-matching functions is damaged")]
    Table,
    /// The spectrum itself could not be computed.
    #[error(transparent)]
    Planck(#[from] PlanckError),
}

/// CIE 1931 tristimulus values of a spectrum, in the spectrum's own units times nanometres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tristimulus {
    /// X.
    pub x: f64,
    /// Y, proportional to the luminance: `683 lm/W * Y` for a spectral radiance per nanometre.
    pub y: f64,
    /// Z.
    pub z: f64,
}

impl Tristimulus {
    /// Tristimulus values of a spectrum per wavelength, `X = sum_i xbar(lambda_i) L(lambda_i) * 1 nm`, Y and Z alike.
    ///
    /// `spectrum` is called with wavelengths in metres, 360e-9 to 830e-9.
    ///
    /// # Errors
    ///
    /// [`ColourError::Dark`] when nothing falls into the table's range, plus whatever `spectrum` returns.
    ///
    /// # Examples
    ///
    /// The equal-energy spectrum has x = y = 1/3:
    ///
    /// ```
    /// use gibbs::systems::radiation::colour::{ColourError, Tristimulus};
    /// # fn main() -> Result<(), ColourError> {
    /// let (x, y) = Tristimulus::of_spectrum(|_| Ok(1.0))?.chromaticity();
    /// assert!((x - 1.0 / 3.0).abs() < 1e-4 && (y - 1.0 / 3.0).abs() < 1e-4);
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_spectrum<F>(spectrum: F) -> Result<Self, ColourError>
    where
        F: Fn(f64) -> Result<f64, ColourError>,
    {
        let table = MATCHING_FUNCTIONS.as_ref().ok_or(ColourError::Table)?;
        let (mut x, mut y, mut z) = (0.0, 0.0, 0.0);
        for &(nanometres, xbar, ybar, zbar) in table {
            let light = spectrum(nanometres * 1e-9)?;
            x += xbar * light;
            y += ybar * light;
            z += zbar * light;
        }
        let sum: f64 = x + y + z;
        if sum > 0.0 && sum.is_finite() { Ok(Self { x, y, z }) } else { Err(ColourError::Dark { x, y, z }) }
    }

    /// Tristimulus values of a black body, from its spectral radiance per nanometre.
    ///
    /// # Errors
    ///
    /// [`ColourError::Dark`] below about 24 K, where the radiance at 830 nm underflows.
    pub fn of_black_body(body: &BlackBody) -> Result<Self, ColourError> {
        Self::of_spectrum(|wavelength| Ok(body.spectral_radiance(wavelength)? * 1e-9))
    }

    /// Chromaticity coordinates `x = X / (X + Y + Z)`, `y = Y / (X + Y + Z)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::systems::radiation::colour::{ColourError, Tristimulus};
    /// use gibbs::systems::radiation::planck::BlackBody;
    /// # fn main() -> Result<(), ColourError> {
    /// let (x, y) = Tristimulus::of_black_body(&BlackBody::new(2000.0)?)?.chromaticity();
    /// assert!((x - 0.52668).abs() < 1e-5 && (y - 0.41330).abs() < 1e-5);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn chromaticity(&self) -> (f64, f64) {
        let sum = self.x + self.y + self.z;
        (self.x / sum, self.y / sum)
    }

    /// The colour on an sRGB screen at full brightness: linear channels divided by the largest, negative ones set to 0.
    ///
    /// A negative channel means that the colour lies outside the screen's gamut; it is clipped, not desaturated. For black
    /// bodies that concerns blue below about 1900 K.
    ///
    /// # Errors
    ///
    /// [`ColourError::NoPositiveChannel`] when there is no largest channel to divide by.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::systems::radiation::colour::{ColourError, Tristimulus};
    /// use gibbs::systems::radiation::planck::BlackBody;
    /// # fn main() -> Result<(), ColourError> {
    /// let candle = Tristimulus::of_black_body(&BlackBody::new(2000.0)?)?.brightest_colour()?;
    /// assert_eq!(candle.to_bytes(), [255, 139, 22]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn brightest_colour(&self) -> Result<LinearRgb, ColourError> {
        let [red, green, blue] = self.to_linear_unclipped().ok_or(ColourError::Table)?;
        let largest = red.max(green).max(blue);
        if !(largest > 0.0 && largest.is_finite()) {
            return Err(ColourError::NoPositiveChannel(red, green, blue));
        }
        let clip = |channel: f64| (channel / largest).max(0.0);
        Ok(LinearRgb { red: clip(red), green: clip(green), blue: clip(blue) })
    }

    /// Linear sRGB channels as the matrix gives them, neither scaled nor clipped; `None` if the matrix were singular.
    fn to_linear_unclipped(self) -> Option<[f64; 3]> {
        let matrix = SRGB_FROM_XYZ.as_ref()?;
        Some((matrix * Vector3::new(self.x, self.y, self.z)).into())
    }
}

/// A colour in linear sRGB, each channel from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearRgb {
    /// Red.
    pub red: f64,
    /// Green.
    pub green: f64,
    /// Blue.
    pub blue: f64,
}

impl LinearRgb {
    /// Gamma-encoded sRGB channels, `12.92 c` below 0.0031308 and `1.055 c^(1/2.4) - 0.055` above.
    ///
    /// # References
    ///
    /// IEC 61966-2-1:1999.
    #[must_use]
    pub fn to_srgb(&self) -> [f64; 3] {
        let encode = |c: f64| if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
        [encode(self.red), encode(self.green), encode(self.blue)]
    }

    /// Gamma-encoded channels as bytes, rounded to the nearest; what a hexadecimal colour code holds.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 3] {
        // `as` saturates and maps NaN to 0: the cast cannot leave the range.
        self.to_srgb().map(|channel| (255.0 * channel).round() as u8)
    }
}

/// Matrix from XYZ to linear sRGB, from the primaries (0.64, 0.33), (0.30, 0.60), (0.15, 0.06) and white (0.3127, 0.3290).
///
/// Solved here rather than copied: the four-decimal matrix printed in IEC 61966-2-1 differs by up to 4e-4.
///
/// # Errors
///
/// [`ColourError::Table`] if the matrix of the primaries were singular; it is not.
pub fn srgb_from_xyz() -> Result<[[f64; 3]; 3], ColourError> {
    let matrix = SRGB_FROM_XYZ.as_ref().ok_or(ColourError::Table)?;
    Ok([0, 1, 2].map(|row| [0, 1, 2].map(|column| matrix[(row, column)])))
}

/// The inverse of `P diag(s)`, where the columns of P are the primaries at Y = 1 and `P s` is white at Y = 1.
static SRGB_FROM_XYZ: LazyLock<Option<Matrix3<f64>>> = LazyLock::new(|| {
    let at_unit_y = |x: f64, y: f64| Vector3::new(x / y, 1.0, (1.0 - x - y) / y);
    let primaries = Matrix3::from_columns(&[at_unit_y(0.64, 0.33), at_unit_y(0.30, 0.60), at_unit_y(0.15, 0.06)]);
    let scales = primaries.try_inverse()? * at_unit_y(0.3127, 0.3290);
    (primaries * Matrix3::from_diagonal(&scales)).try_inverse()
});

/// `(lambda [nm], xbar, ybar, zbar)`.
type MatchingRow = (f64, f64, f64, f64);

/// The embedded table; provenance in `assets/README.md`.
static MATCHING_FUNCTIONS: LazyLock<Option<Vec<MatchingRow>>> = LazyLock::new(|| {
    let text = include_str!("../../../assets/cie1931_2deg_1nm.csv");
    let rows: Result<Vec<_>, _> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
    rows.ok().filter(|rows| rows.len() == 471)
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_covers_360_to_830_nm_in_steps_of_one() {
        let table = MATCHING_FUNCTIONS.as_ref().unwrap();
        for (i, row) in table.iter().enumerate() {
            assert_eq!(row.0, 360.0 + i as f64);
        }
        // ybar is the photopic luminous efficiency: its maximum is 1 at 555 nm.
        assert_eq!(table[555 - 360].2, 1.0);
    }

    #[test]
    fn white_maps_to_equal_channels() {
        let (x, y) = (0.3127, 0.3290);
        let white = Tristimulus { x: x / y, y: 1.0, z: (1.0 - x - y) / y };
        for channel in white.to_linear_unclipped().unwrap() {
            assert!((channel - 1.0).abs() < 1e-14);
        }
        assert_eq!(white.brightest_colour().unwrap().to_bytes(), [255, 255, 255]);
    }

    #[test]
    fn a_cold_or_broken_spectrum_is_an_error() {
        let cold = BlackBody::new(10.0).unwrap();
        assert!(matches!(Tristimulus::of_black_body(&cold), Err(ColourError::Dark { .. })));
        assert!(matches!(Tristimulus::of_spectrum(|_| Ok(f64::NAN)), Err(ColourError::Dark { .. })));
        let anti_white = Tristimulus { x: -0.95, y: -1.0, z: -1.09 };
        assert!(matches!(anti_white.brightest_colour(), Err(ColourError::NoPositiveChannel(..))));
    }

    #[test]
    fn the_encoding_joins_its_two_branches() {
        let grey = |c: f64| LinearRgb { red: c, green: c, blue: c }.to_srgb()[0];
        assert!((grey(0.003_130_8) - grey(0.003_130_81)).abs() < 1e-6);
        assert!((grey(1.0) - 1.0).abs() < 1e-15);
    }
}
