//! The constants of the SI that quantities in physical units need, each written once.
//!
//! Since 2019 the constants of Planck, Boltzmann and Avogadro, the elementary charge and the speed of light are exact by
//! definition; the derived ones are computed from them here and carry no uncertainty but rounding. The atomic mass
//! constant alone is measured.
//!
//! # References
//!
//! The International System of Units, 9th edition (BIPM, 2019), section 2.2.

use std::f64::consts::PI;

/// Planck constant `h` \[J s\], exact.
pub const PLANCK: f64 = 6.626_070_15e-34;

/// Boltzmann constant `k_B` \[J/K\], exact.
pub const BOLTZMANN: f64 = 1.380_649e-23;

/// Speed of light in vacuum `c` \[m/s\], exact.
pub const SPEED_OF_LIGHT: f64 = 299_792_458.0;

/// Elementary charge `e` \[C\], exact; also one electronvolt in joules.
pub const ELEMENTARY_CHARGE: f64 = 1.602_176_634e-19;

/// Avogadro constant `N_A` \[1/mol\], exact.
pub const AVOGADRO: f64 = 6.022_140_76e23;

/// The thermochemical calorie \[J\], exact.
pub const CALORIE: f64 = 4.184;

/// Atomic mass constant `m_u` \[kg\], measured to 3e-10 (CODATA 2022).
pub const ATOMIC_MASS: f64 = 1.660_539_068_92e-27;

/// First radiation constant for spectral radiance, `c_1L = 2 h c^2` \[W m^2 sr^-1\].
pub const FIRST_RADIATION: f64 = 2.0 * PLANCK * SPEED_OF_LIGHT * SPEED_OF_LIGHT;

/// Second radiation constant `c_2 = h c / k_B` \[m K\].
pub const SECOND_RADIATION: f64 = PLANCK * SPEED_OF_LIGHT / BOLTZMANN;

/// Stefan–Boltzmann constant `sigma = 2 pi^5 k_B^4 / (15 h^3 c^2)` \[W m^-2 K^-4\].
pub const STEFAN_BOLTZMANN: f64 = {
    let k_over_h = BOLTZMANN / PLANCK;
    let pi_5 = PI * PI * PI * PI * PI;
    2.0 * pi_5 * BOLTZMANN * k_over_h * k_over_h * k_over_h / (15.0 * SPEED_OF_LIGHT * SPEED_OF_LIGHT)
};

/// Radiation constant `a = 4 sigma / c` \[J m^-3 K^-4\]: energy density of thermal radiation over `T^4`.
pub const RADIATION_DENSITY: f64 = 4.0 * STEFAN_BOLTZMANN / SPEED_OF_LIGHT;
