//! Planck's law and the colours of black bodies against independent high-precision tables (`tests/reference/s13_*`).
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/reference.rs"]
mod reference;

use gibbs::model::Exact;
use gibbs::systems::PhotonGas;
use gibbs::systems::radiation::colour::{Tristimulus, srgb_from_xyz};
use gibbs::systems::radiation::planck;
use gibbs::units::constants;
use planck::BlackBody;
use reference::rows;

/// Relative agreement; values that underflow a double must come out as 0 or a subnormal number.
fn assert_close(value: f64, exact: f64, tolerance: f64, what: &str) {
    if exact.abs() < f64::MIN_POSITIVE {
        assert!(value.abs() < f64::MIN_POSITIVE, "{what}: {value:e} should underflow");
    } else {
        assert!((value / exact - 1.0).abs() <= tolerance, "{what}: {value:e} against {exact:e}");
    }
}

/// Where a photon's cumulative distribution is 1/2.
fn median(cumulative: fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 10.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if cumulative(middle) < 0.5 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[test]
fn constants_agree() {
    let one_kelvin = BlackBody::new(1.0).unwrap();
    let gas = PhotonGas::default();
    let beta = gibbs::units::Temperature::new(1.0).unwrap().beta();
    let (photons, thermo) = (gas.mean_photons(beta).unwrap(), gas.thermo(beta).unwrap());
    for row in rows("s13_planck_constants") {
        let value = match row.text("quantity") {
            "stefan_boltzmann" => constants::STEFAN_BOLTZMANN,
            "radiation_constant_a" => constants::RADIATION_DENSITY,
            "second_radiation_constant_c2" => constants::SECOND_RADIATION,
            "wien_x_wavelength" => planck::WIEN_X_WAVELENGTH,
            "wien_x_frequency" => planck::WIEN_X_FREQUENCY,
            "wien_x_photon_wavelength" => planck::WIEN_X_PHOTON_WAVELENGTH,
            "wien_x_photon_frequency" => planck::WIEN_X_PHOTON_FREQUENCY,
            "wien_b_wavelength" => one_kelvin.peak_wavelength(),
            "wien_b_frequency" => one_kelvin.peak_frequency(),
            "wien_b_photon_wavelength" => one_kelvin.photon_peak_wavelength(),
            "wien_b_photon_frequency" => one_kelvin.photon_peak_frequency(),
            "photon_number_density_coefficient" => photons,
            "photon_flux_coefficient" => one_kelvin.photon_exitance(),
            "mean_photon_energy" => thermo.energy / photons,
            "mean_square_photon_energy" => planck::MEAN_SQUARE_PHOTON_ENERGY,
            "variance_photon_energy" => planck::MEAN_SQUARE_PHOTON_ENERGY - planck::MEAN_PHOTON_ENERGY.powi(2),
            "entropy_per_photon" => thermo.entropy / photons,
            "median_photon_energy_by_number" => median(planck::photon_cumulative),
            "median_photon_energy_by_energy" => median(planck::energy_cumulative),
            "zeta_3" => 0.5 * planck::PHOTON_INTEGRAL,
            "integral_x3_over_expm1" => planck::ENERGY_INTEGRAL,
            "integral_x2_over_expm1" => planck::PHOTON_INTEGRAL,
            other => panic!("`{other}` is not tested"),
        };
        assert_close(value, row.number("value"), 1e-14, row.text("quantity"));
    }
    assert_close(planck::MEAN_PHOTON_ENERGY, thermo.energy / photons, 1e-14, "mean photon energy");
    assert_close(planck::ENTROPY_PER_PHOTON, thermo.entropy / photons, 1e-14, "entropy per photon");
}

#[test]
fn the_photon_gas_agrees() {
    // Two cubic metres, so that totals and densities cannot be confused.
    let gas = PhotonGas::new(2.0).unwrap();
    for row in rows("s13_photon_gas") {
        let beta = row.beta();
        let body = BlackBody::new(row.number("T")).unwrap();
        let thermo = gas.thermo(beta).unwrap();
        let photons = gas.mean_photons(beta).unwrap();
        let (joule, per_ev) = (constants::BOLTZMANN, constants::BOLTZMANN / constants::ELEMENTARY_CHARGE);
        let mut checked = Vec::new();
        let mut check = |column: &str, value: f64| {
            let exact = row.number(column);
            assert_close(value, exact, 1e-14, column);
            checked.push(column.split('[').next().unwrap().to_owned());
        };
        check("n", photons / 2.0);
        check("u[J/m^3]", thermo.energy / 2.0 * joule);
        check("u[eV/m^3]", thermo.energy / 2.0 * per_ev);
        check("P", gas.pressure(beta).unwrap());
        check("s", thermo.entropy / 2.0 * joule);
        check("c_V", thermo.heat_capacity / 2.0 * joule);
        check("mean_photon_energy", thermo.energy / photons * per_ev);
        check("emitted_flux", body.exitance());
        check("peak_wavelength", body.peak_wavelength() * 1e9);
        check("peak_frequency", body.peak_frequency());
        for column in row.0.keys().filter(|column| !column.contains('[') && *column != "T") {
            assert!(checked.contains(column), "{column} is not checked");
        }
    }
}

#[test]
fn densities_and_cumulatives_agree() {
    for row in rows("s13_planck_cdf") {
        let x = row.number("x_hnu_over_kT");
        assert_close(planck::photon_density(x), row.number("photon_pdf"), 1e-13, "photon density");
        assert_close(planck::photon_cumulative(x), row.number("photon_cdf"), 1e-13, "photon cumulative");
        assert_close(planck::energy_density(x), row.number("energy_pdf"), 1e-13, "energy density");
        assert_close(planck::energy_cumulative(x), row.number("energy_cdf"), 1e-13, "energy cumulative");
    }
}

#[test]
fn band_fractions_agree() {
    for row in rows("s13_band_fractions") {
        let [t, lower, upper] = ["T", "lambda_min", "lambda_max"].map(|column| row.number(column));
        let body = BlackBody::new(t).unwrap();
        let what = format!("{t} K, {lower} to {upper} nm");
        // In the tail the share goes as e^-x: rounding of the wavelengths alone changes it by x * 1e-16, x <= 120.
        let power = body.power_fraction(lower * 1e-9, upper * 1e-9).unwrap();
        assert_close(power, row.number("fraction_of_power"), 1e-12, &what);
        let photons = body.photon_fraction(lower * 1e-9, upper * 1e-9).unwrap();
        assert_close(photons, row.number("fraction_of_photons"), 1e-12, &what);
    }
}

#[test]
fn the_matrix_agrees() {
    let matrix = srgb_from_xyz().unwrap();
    for (row, exact) in matrix.iter().zip(rows("s13_srgb_matrix")) {
        for (value, column) in row.iter().zip(["from_X", "from_Y", "from_Z"]) {
            assert_close(*value, exact.number(column), 1e-13, exact.text("row"));
        }
    }
}

#[test]
fn black_body_colours_agree() {
    for row in rows("s13_blackbody_colour") {
        let kelvin = row.number("T");
        let tristimulus = Tristimulus::of_black_body(&BlackBody::new(kelvin).unwrap()).unwrap();
        let check = |value: f64, column: &str| assert_close(value, row.number(column), 1e-12, column);
        let (x, y) = tristimulus.chromaticity();
        check(x, "x");
        check(y, "y");
        let (u, v) = tristimulus.uniform_chromaticity();
        check(u, "u_1960");
        check(v, "v_1960");
        check(tristimulus.x / tristimulus.y, "X_for_Y1");
        check(tristimulus.z / tristimulus.y, "Z_for_Y1");
        let colour = tristimulus.brightest_colour().unwrap();
        let near = |value: f64, column: &str, tolerance: f64| {
            let exact = row.number(column);
            assert!((value - exact).abs() < tolerance, "{kelvin} K, {column}: {value} against {exact}");
        };
        let names = ["R", "G", "B"];
        for ((linear, encoded), name) in [colour.red, colour.green, colour.blue].iter().zip(colour.to_srgb()).zip(names)
        {
            near(*linear, &format!("{name}_linear"), 1e-12);
            near(encoded, &format!("{name}_srgb"), 1e-12);
        }
        for (byte, name) in colour.to_bytes().iter().zip(names) {
            near(f64::from(*byte), &format!("{name}_8bit"), 0.5);
        }
        // Luminance [cd/m^2]: 683 lm/W times Y of the radiance per wavelength.
        assert_close(683.0 * tristimulus.y, row.number("luminance"), 1e-11, "luminance");
        let efficacy = 683.0 * tristimulus.y * std::f64::consts::PI / BlackBody::new(kelvin).unwrap().exitance();
        assert_close(efficacy, row.number("luminous_efficacy"), 1e-11, "luminous efficacy");
        // A black body is on the locus at its own temperature; the published method interpolates and misses it by 0.2 K.
        let correlated = tristimulus.correlated_colour_temperature().unwrap();
        assert!((correlated.kelvin / kelvin - 1.0).abs() < 1e-9, "{kelvin} K: {}", correlated.kelvin);
        assert!(correlated.distance.abs() < 1e-12);
        near(correlated.kelvin, "CCT_Ohno2013", 0.2);
    }
}
