//! A particle in a box of one to three dimensions: a sum over n, or its Jacobi transform where it is hot.

use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::simulation::Sampling;
use crate::systems::description::{DIRECT, TEXTBOOK, parameter};
use crate::systems::unbounded_spectrum::{NEGLECTED_EXPONENT, count_levels, reduced_beta};
use crate::systems::{Description, System};
use crate::units::Beta;

const NAME: &str = "box";

/// Below this e1/T the transformed sum has one term: the next is e^(-pi^2/t) < e^-49 of it.
const TRANSFORM_BELOW: f64 = 0.2;

/// The most states a list for samplers is made from.
const MAX_STATES: f64 = 1e8;

/// E = e1 (n_1^2 + ... + n_d^2), n_i = 1, 2, ...: a cube of side a with e1 = pi^2 hbar^2/(2 m a^2), d = 1, 2 or 3.
///
/// The sum is separable, so ln Z, U, S and C are d times those of one dimension, `Z_1 = sum_n e^(-t n^2)`, t = e1/T.
/// For t < 0.2 Jacobi's transform `Z_1 = (sqrt(pi/t) - 1)/2` is used, exact up to e^(-pi^2/t) < 1e-21.
/// T = 0 is legal; infinite and negative temperatures are refused, because the levels never end.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::ParticleInBox;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hot = ParticleInBox::new(3, 1.0)?.thermo(Beta::new(1e-12)?)?;
/// assert!((hot.heat_capacity - 1.5).abs() < 1e-5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParticleInBox {
    dimension: u8,
    e1: f64,
}

impl ParticleInBox {
    /// A box of `dimension` 1, 2 or 3 whose ground level per dimension is `e1` > 0 (unit of energy).
    ///
    /// # Errors
    ///
    /// Another dimension; an e1 that is not positive and finite.
    pub fn new(dimension: u8, e1: f64) -> Result<Self, SystemError> {
        if !(1..=3).contains(&dimension) {
            return Err(SystemError::parameter(NAME, "dimension", "1, 2 or 3", dimension));
        }
        Ok(Self { dimension, e1: SystemError::positive(NAME, "e1", e1)? })
    }

    /// Largest n of a list at t = e1/T whose neglected weight is below 2^-72 of that of the first excited level:
    /// the tail beyond N is at most `e^(-t N^2)/(2 t N)`, the integral of the decreasing summand.
    fn largest_quantum_number(t: f64) -> f64 {
        let exponent = NEGLECTED_EXPONENT + (-t.ln()).max(0.0);
        1.0 + (4.0 + exponent / t).sqrt().ceil()
    }

    /// The lowest levels as a spectrum with degeneracies, by increasing energy; the weight left out (states with
    /// some n_i beyond the list of one dimension) is below 2^-60 of the whole.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures, and those that would need more than 10^7 levels or 10^8 states.
    pub fn spectrum_at(&self, beta: Beta) -> Result<Spectrum, SystemError> {
        let t = reduced_beta(NAME, beta, self.e1)?;
        let n_max = Self::largest_quantum_number(t);
        let needed = n_max.powi(i32::from(self.dimension));
        if self.dimension == 1 {
            let n_levels = count_levels(NAME, beta, needed)?;
            let energies = (1..=n_levels).map(|n| self.e1 * (n as f64).powi(2)).collect();
            return Ok(Spectrum::new(energies)?);
        }
        if needed > MAX_STATES {
            let temperature = beta.temperature();
            return Err(SystemError::TooManyLevels { system: NAME, temperature, needed, limit: MAX_STATES });
        }
        let counts = self.counts(n_max as usize);
        let listed: Vec<usize> = (0..counts.len()).filter(|&square| counts[square] > 0).collect();
        let energies = listed.iter().map(|&square| self.e1 * square as f64).collect();
        let degeneracies: Vec<f64> = listed.iter().map(|&square| counts[square] as f64).collect();
        Ok(Spectrum::with_degeneracies(energies, &degeneracies)?)
    }

    /// How many states with all n_i <= `n_max` have n_1^2 + ... + n_d^2 equal to the index.
    fn counts(&self, n_max: usize) -> Vec<u64> {
        let mut counts = vec![1u64];
        for _ in 0..self.dimension {
            let mut next = vec![0; counts.len() + n_max * n_max];
            for (square, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
                (1..=n_max).for_each(|n| next[square + n * n] += count);
            }
            counts = next;
        }
        counts
    }

    /// ln Z, U, S and C of one dimension.
    fn one_dimension(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let t = reduced_beta(NAME, beta, self.e1)?;
        if t >= TRANSFORM_BELOW {
            let n_max = Self::largest_quantum_number(t) as usize;
            let spectrum = Spectrum::new((1..=n_max).map(|n| self.e1 * (n as f64).powi(2)).collect())?;
            return Ok(Canonical::new(&spectrum, beta).thermo());
        }
        // With q = sqrt(t/pi): Z = (1/q - 1)/2, beta U = 1/(2(1 - q)), C = beta U - q/(4(1 - q)^2).
        let q = (t / std::f64::consts::PI).sqrt();
        let ln_z = (-q).ln_1p() - q.ln() - std::f64::consts::LN_2;
        let beta_u = 0.5 / (1.0 - q);
        let heat_capacity = beta_u - q * beta_u * beta_u;
        Ok(Thermo { beta, ln_z, energy: beta_u / beta.get(), entropy: ln_z + beta_u, heat_capacity })
    }
}

impl Exact for ParticleInBox {
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let one = self.one_dimension(beta)?;
        let d = f64::from(self.dimension);
        Ok(Thermo {
            beta,
            ln_z: d * one.ln_z,
            energy: d * one.energy,
            entropy: d * one.entropy,
            heat_capacity: d * one.heat_capacity,
        })
    }

    fn entropy_limits(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}

/// The row of `box`.
pub(in crate::systems) static ROW: Description = Description {
    name: "box",
    summary: "a particle in a box of one, two or three dimensions",
    hamiltonian: "E = e1 (n_1^2 + ... + n_d^2), n_i = 1, 2, ...; T >= 0 and finite",
    parameters: &[
        parameter("dimension", Some("1"), "1", "number of dimensions, 1 to 3"),
        parameter("e1", Some("1"), "E0", "ground-state energy per dimension, pi^2 hbar^2/(2 m side^2)"),
    ],
    exact: "sum over n",
    samplers: DIRECT,
    reference: TEXTBOOK,
    unit: None,
    build: |parameters| {
        let dimension = parameters.parsed("dimension", "1, 2 or 3")?;
        Ok(System::new(ParticleInBox::new(dimension, parameters.positive("e1")?)?))
    },
};

physical_system!(ParticleInBox, ROW, |system| Sampling::of_spectra(|beta| system.spectrum_at(beta)));

#[cfg(test)]
mod tests {
    use super::*;

    fn at(dimension: u8, beta: f64) -> (Thermo, Thermo) {
        let system = ParticleInBox::new(dimension, 0.5).unwrap();
        let beta = Beta::new(beta).unwrap();
        let spectrum = system.spectrum_at(beta).unwrap();
        (system.thermo(beta).unwrap(), Canonical::new(&spectrum, beta).thermo())
    }

    #[test]
    fn closed_form_and_levels_agree_in_every_dimension() {
        for dimension in 1..=3 {
            for beta in [0.05, 0.39, 0.41, 3.0, 60.0, f64::INFINITY] {
                let (closed, listed) = at(dimension, beta);
                for (a, b) in [
                    (closed.ln_z, listed.ln_z),
                    (closed.energy, listed.energy),
                    (closed.entropy, listed.entropy),
                    (closed.heat_capacity, listed.heat_capacity),
                ] {
                    assert!(a == b || (a / b - 1.0).abs() < 1e-12, "{dimension} {beta} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let message = |d, e1| ParticleInBox::new(d, e1).unwrap_err().to_string();
        assert_eq!(message(4, 1.0), "box: `dimension` must be 1, 2 or 3, got `4`");
        assert_eq!(message(1, 0.0), "box: `e1` must be positive and finite, got `0`");
        let system = ParticleInBox::new(3, 1.0).unwrap();
        assert!(system.thermo(Beta::ZERO).unwrap_err().to_string().contains("T = inf: its levels never end"));
        assert!(system.thermo(Beta::new(-1.0).unwrap()).unwrap_err().to_string().contains("no upper bound"));
        let message = system.spectrum_at(Beta::new(1e-6).unwrap()).unwrap_err().to_string();
        assert!(message.ends_with("more than 1e8"), "{message}");
    }
}
