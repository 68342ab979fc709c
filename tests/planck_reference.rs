//! Planck's law and the colours of black bodies against independent high-precision tables (`tests/reference/s13_*`).
#![allow(clippy::unwrap_used, clippy::panic)]

use gibbs::systems::colour::{Tristimulus, srgb_from_xyz};
use gibbs::systems::planck;
use gibbs::units::constants;
use planck::BlackBody;

/// The rows of a reference table as text; the header is dropped.
fn rows(name: &str) -> Vec<csv::StringRecord> {
    let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    let rows: Vec<_> = csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap).collect();
    assert!(!rows.is_empty());
    rows
}

fn numbers(name: &str) -> Vec<Vec<f64>> {
    rows(name).iter().map(|row| row.iter().map(|cell| cell.parse().unwrap()).collect()).collect()
}

/// Relative agreement; values that underflow a double must come out as 0 or a subnormal number.
fn assert_close(value: f64, exact: f64, tolerance: f64, what: &str) {
    if exact.abs() < f64::MIN_POSITIVE {
        assert!(value.abs() < f64::MIN_POSITIVE, "{what}: {value:e} should underflow");
    } else {
        assert!((value / exact - 1.0).abs() <= tolerance, "{what}: {value:e} against {exact:e}");
    }
}

#[test]
fn constants_agree() {
    let one_kelvin = BlackBody::new(1.0).unwrap();
    let mut checked = 0;
    for row in rows("s13_planck_constants.csv") {
        let exact: f64 = row[1].parse().unwrap();
        let value = match &row[0] {
            "stefan_boltzmann" => constants::STEFAN_BOLTZMANN,
            "radiation_constant_a" => constants::RADIATION_DENSITY,
            "second_radiation_constant_c2" => constants::SECOND_RADIATION,
            "wien_x_wavelength" => planck::WIEN_X_WAVELENGTH,
            "wien_x_frequency" => planck::WIEN_X_FREQUENCY,
            "wien_x_photon_wavelength" => planck::WIEN_X_PHOTON_WAVELENGTH,
            "wien_x_photon_frequency" => planck::WIEN_X_PHOTON_FREQUENCY,
            "wien_b_wavelength" => one_kelvin.peak_wavelength(),
            "wien_b_frequency" => one_kelvin.peak_frequency(),
            "integral_x3_over_expm1" => planck::ENERGY_INTEGRAL,
            "integral_x2_over_expm1" => planck::PHOTON_INTEGRAL,
            _ => continue,
        };
        assert_close(value, exact, 1e-14, &row[0]);
        checked += 1;
    }
    assert_eq!(checked, 11);
}

#[test]
fn densities_and_cumulatives_agree() {
    for row in numbers("s13_planck_cdf.csv") {
        let x = row[0];
        assert_close(planck::photon_density(x), row[1], 1e-13, "photon density");
        assert_close(planck::photon_cumulative(x), row[2], 1e-13, "photon cumulative");
        assert_close(planck::energy_density(x), row[3], 1e-13, "energy density");
        assert_close(planck::energy_cumulative(x), row[4], 1e-13, "energy cumulative");
    }
}

#[test]
fn band_fractions_agree() {
    for row in numbers("s13_band_fractions.csv") {
        let (lower, upper) = (row[1] * 1e-9, row[2] * 1e-9);
        let body = BlackBody::new(row[0]).unwrap();
        let what = format!("{} K, {} to {} nm", row[0], row[1], row[2]);
        // In the tail the share goes as e^-x: rounding of the wavelengths alone changes it by x * 1e-16, x <= 120.
        assert_close(body.power_fraction(lower, upper).unwrap(), row[3], 1e-12, &what);
        assert_close(body.photon_fraction(lower, upper).unwrap(), row[4], 1e-12, &what);
    }
}

#[test]
fn the_matrix_agrees() {
    let matrix = srgb_from_xyz().unwrap();
    for (row, exact) in matrix.iter().zip(rows("s13_srgb_matrix.csv")) {
        for (value, cell) in row.iter().zip(exact.iter().skip(1)) {
            assert_close(*value, cell.parse().unwrap(), 1e-13, &exact[0]);
        }
    }
}

#[test]
fn black_body_colours_agree() {
    for row in numbers("s13_blackbody_colour.csv") {
        let kelvin = row[0];
        let tristimulus = Tristimulus::of_black_body(&BlackBody::new(kelvin).unwrap()).unwrap();
        let (x, y) = tristimulus.chromaticity();
        assert_close(x, row[1], 1e-12, "x");
        assert_close(y, row[2], 1e-12, "y");
        let colour = tristimulus.brightest_colour().unwrap();
        for (value, exact) in [colour.red, colour.green, colour.blue].iter().zip(&row[12..15]) {
            assert!((value - exact).abs() < 1e-12, "{kelvin} K: linear {value} against {exact}");
        }
        for (value, exact) in colour.to_srgb().iter().zip(&row[15..18]) {
            assert!((value - exact).abs() < 1e-12, "{kelvin} K: encoded {value} against {exact}");
        }
        for (value, exact) in colour.to_bytes().iter().zip(&row[18..21]) {
            assert!((f64::from(*value) - exact).abs() < 0.5, "{kelvin} K: byte {value} against {exact}");
        }
        // Luminance [cd/m^2]: 683 lm/W times Y of the radiance per wavelength.
        assert_close(683.0 * tristimulus.y, row[21], 1e-11, "luminance");
    }
}
