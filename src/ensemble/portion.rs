//! A set of states summed up at one beta, and how two such sets are joined: the step of a partition function built
//! recursively.

use super::thermo::Thermo;
use crate::units::Beta;

/// ln Z, mean and variance of a set of states, measured from its lowest energy to keep precision at low T.
///
/// beta may be 0 or +infinity, not negative: the lowest energy is the base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Portion {
    beta: Beta,
    /// Lowest energy.
    pub ground: f64,
    /// ln of the sum of e^(-beta (E - ground)).
    pub ln_z: f64,
    /// Mean of E - ground.
    pub mean: f64,
    /// Variance of beta E.
    pub variance: f64,
}

impl Portion {
    /// One state.
    pub fn state(energy: f64, beta: Beta) -> Self {
        Self { beta, ground: energy, ln_z: 0.0, mean: 0.0, variance: 0.0 }
    }

    /// All states moved up by `energy`.
    pub fn shifted(self, energy: f64) -> Self {
        Self { ground: self.ground + energy, ..self }
    }

    /// The union with a disjoint set, and the probabilities in it of this set and of `other`.
    ///
    /// Lowest energies at most `resolution` apart count as equal.
    pub fn joined(self, other: Self, resolution: f64) -> (Self, [f64; 2]) {
        if other.ground < self.ground - resolution {
            let (joined, [second, first]) = other.joined(self, resolution);
            return (joined, [first, second]);
        }
        let beta = self.beta.get();
        let gap = if other.ground <= self.ground + resolution { 0.0 } else { other.ground - self.ground };
        let boltzmann_term = if gap == 0.0 { 0.0 } else { beta * gap };
        let ln_ratio = other.ln_z - self.ln_z - boltzmann_term;
        // Both shares to full relative precision.
        let (first, second) = (1.0 / (1.0 + ln_ratio.exp()), 1.0 / (1.0 + (-ln_ratio).exp()));
        let ln_z = if ln_ratio > 0.0 {
            other.ln_z - boltzmann_term + (-ln_ratio).exp().ln_1p()
        } else {
            self.ln_z + ln_ratio.exp().ln_1p()
        };
        let other_mean = other.mean + gap;
        let apart = other_mean - self.mean;
        let both = first * second;
        let between = if both == 0.0 || apart == 0.0 { 0.0 } else { both * (beta * apart).powi(2) };
        let joined = Self {
            beta: self.beta,
            ground: self.ground.min(other.ground),
            ln_z,
            mean: first * self.mean + second * other_mean,
            variance: first * self.variance + second * other.variance + between,
        };
        (joined, [first, second])
    }

    /// Every state of this set together with every state of `other`, energies added.
    pub fn beside(self, other: Self) -> Self {
        Self {
            beta: self.beta,
            ground: self.ground + other.ground,
            ln_z: self.ln_z + other.ln_z,
            mean: self.mean + other.mean,
            variance: self.variance + other.variance,
        }
    }

    /// ln Z, U, S and C of the set.
    pub fn thermo(self) -> Thermo {
        let product = |energy: f64| if energy == 0.0 { 0.0 } else { self.beta.get() * energy };
        Thermo {
            beta: self.beta,
            ln_z: self.ln_z - product(self.ground),
            energy: self.ground + self.mean,
            entropy: self.ln_z + product(self.mean),
            heat_capacity: self.variance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::{Canonical, Spectrum};

    #[test]
    fn states_joined_one_by_one_are_their_spectrum() {
        let energies = [0.3, -1.0, 2.0, -1.0, 0.9, 40.0];
        let spectrum = Spectrum::new(energies.to_vec()).unwrap();
        for beta in [0.0, 0.1, 1.0, 30.0, 900.0, f64::INFINITY] {
            let beta = Beta::new(beta).unwrap();
            let first = Portion::state(energies[0], beta);
            let all = energies[1..].iter().fold(first, |sum, &e| sum.joined(Portion::state(e, beta), 0.0).0);
            let (ours, exact) = (all.thermo(), Canonical::new(&spectrum, beta).thermo());
            for (ours, exact) in [
                (ours.ln_z, exact.ln_z),
                (ours.energy, exact.energy),
                (ours.entropy, exact.entropy),
                (ours.heat_capacity, exact.heat_capacity),
            ] {
                assert!(ours == exact || (ours / exact - 1.0).abs() < 1e-13, "{ours} {exact} at {beta}");
            }
        }
    }
}
