//! The plain results at one inverse temperature: totals, and the same per site under other names.

use crate::units::{Beta, Temperature};

/// ln Z, U, S and C of a whole system at one beta.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermo {
    /// Inverse temperature.
    pub beta: Beta,
    /// ln Z, logarithm of the partition function. Infinite at T = 0 unless the ground-state energy is zero.
    pub ln_z: f64,
    /// U = `<E>`, mean energy.
    pub energy: f64,
    /// S = ln Z + beta U, entropy in nats.
    pub entropy: f64,
    /// C = dU/dT = Var(E)/T^2, heat capacity in units of k_B.
    pub heat_capacity: f64,
}

impl Thermo {
    /// F = -T ln Z, free energy; U at T = 0, and minus infinity at infinite temperature unless S = 0.
    #[must_use]
    pub fn free_energy(&self) -> f64 {
        free_energy(self.beta, self.ln_z, self.energy, self.entropy)
    }

    /// ln of the probability of a level: ln p = ln g - beta E - ln Z, at finite beta.
    #[must_use]
    pub fn ln_level_probability(&self, energy: f64, ln_degeneracy: f64) -> f64 {
        (ln_degeneracy - self.beta.get() * energy - self.ln_z).min(0.0)
    }

    /// T = 1/beta.
    #[must_use]
    pub fn temperature(&self) -> Temperature {
        self.beta.temperature()
    }

    /// These totals divided by `n_sites`.
    #[must_use]
    pub fn per_site(&self, n_sites: f64) -> ThermoPerSite {
        ThermoPerSite {
            beta: self.beta,
            ln_z_per_site: self.ln_z / n_sites,
            energy_per_site: self.energy / n_sites,
            entropy_per_site: self.entropy / n_sites,
            heat_capacity_per_site: self.heat_capacity / n_sites,
        }
    }
}

/// ln Z, U, S and C divided by the number of sites, at one beta; all that an infinite system has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThermoPerSite {
    /// Inverse temperature.
    pub beta: Beta,
    /// (ln Z)/N.
    pub ln_z_per_site: f64,
    /// U/N.
    pub energy_per_site: f64,
    /// S/N in nats.
    pub entropy_per_site: f64,
    /// C/N in units of k_B.
    pub heat_capacity_per_site: f64,
}

impl ThermoPerSite {
    /// F/N, with the limits of [`Thermo::free_energy`].
    #[must_use]
    pub fn free_energy_per_site(&self) -> f64 {
        free_energy(self.beta, self.ln_z_per_site, self.energy_per_site, self.entropy_per_site)
    }

    /// T = 1/beta.
    #[must_use]
    pub fn temperature(&self) -> Temperature {
        self.beta.temperature()
    }
}

/// F = -T ln Z where that is finite, else the limit of U - T S.
fn free_energy(beta: Beta, ln_z: f64, energy: f64, entropy: f64) -> f64 {
    if beta.get().is_infinite() {
        energy
    } else if beta == Beta::ZERO {
        if entropy == 0.0 { energy } else { -entropy * f64::INFINITY }
    } else {
        // Adding zero turns the -0 of ln Z = 0 into 0.
        -ln_z / beta.get() + 0.0
    }
}
