//! Independent draws of the vibrations of Debye's solid: a frequency from its density, its quanta geometrically.

use rand::Rng;

use crate::model::SystemError;
use crate::rng::uniform;
use crate::samplers::{Independent, Quenched, Sampler};
use crate::systems::DebyeSolid;
use crate::systems::levels::direct_draws::occupation;
use crate::units::Beta;

/// Draws modes of a [`DebyeSolid`]: omega = theta u^(1/3), and two independent occupation numbers of that mode,
/// P(n >= k) = e^(-k omega/T).
///
/// An atom has three modes, so U per atom is the mean of three times the thermal energy `omega n` of a mode (here of both
/// numbers, which halves its thermal variance) plus the zero-point energy 9 theta/8, which is known: the scatter of drawn
/// `omega/2` would only bury thermal energies that fall as T^4. The frequency of a mode is quenched: see [`Quenched`] for
/// why there are two numbers and how C follows from them. Of all modes the share (T/theta)^3 is excited, so n draws
/// measure C at low T with a relative error near `(theta/T)^(3/2)/sqrt(n)`.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{DebyeModes, DebyeSolid};
/// use gibbs::samplers::{Quenched, Sampler};
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut modes = DebyeModes::new(DebyeSolid::new(2.0)?, Beta::INFINITE)?;
/// modes.advance(&mut Seed(1).set_up());
/// assert_eq!((modes.state().occupations, modes.heat_capacity()), ([0, 0], 0.0));
/// assert_eq!(modes.energy(), 9.0 / 8.0 * 2.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DebyeModes {
    theta: f64,
    reduced_beta: f64,
    mode: Mode,
}

/// A mode of vibration, twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mode {
    /// omega, the quantum of the mode (unit of energy).
    pub frequency: f64,
    /// Two independent occupation numbers.
    pub occupations: [u64; 2],
}

impl DebyeModes {
    /// A sampler of the modes of `solid` at `beta`; before the first draw the mode at the cutoff is in its ground state.
    ///
    /// # Errors
    ///
    /// Infinite and negative temperatures.
    pub fn new(solid: DebyeSolid, beta: Beta) -> Result<Self, SystemError> {
        let theta = solid.theta();
        Ok(Self {
            theta,
            reduced_beta: solid.reduced_beta(beta)?,
            mode: Mode { frequency: theta, occupations: [0, 0] },
        })
    }

    /// Draws the two occupation numbers of the mode of a given `frequency` (unit of energy).
    pub fn draw_at<R: Rng + ?Sized>(&mut self, frequency: f64, rng: &mut R) {
        let x = self.reduced_beta * (frequency / self.theta);
        self.mode = Mode { frequency, occupations: [(); 2].map(|()| occupation(x, rng)) };
    }
}

impl Sampler for DebyeModes {
    type State = Mode;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let frequency = self.theta * uniform(rng).cbrt();
        self.draw_at(frequency, rng);
    }

    fn state(&self) -> &Mode {
        &self.mode
    }

    /// Energy per atom that this mode stands for, 9 theta/8 + 3 omega (n + n')/2: its mean is U.
    fn energy(&self) -> f64 {
        let [n, m] = self.mode.occupations.map(|n| n as f64);
        1.125 * self.theta + 1.5 * self.mode.frequency * (n + m)
    }
}

impl Independent for DebyeModes {}

impl Quenched for DebyeModes {
    /// Three modes: 3 (beta (E - E'))^2/2.
    fn heat_capacity(&self) -> f64 {
        let [n, m] = self.mode.occupations.map(|n| n as f64);
        let distance = n - m;
        if distance == 0.0 {
            return 0.0;
        }
        1.5 * (self.reduced_beta * (self.mode.frequency / self.theta) * distance).powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_has_no_equilibrium() {
        let solid = DebyeSolid::new(1.0).unwrap();
        for b in [0.0, -1.0] {
            assert!(DebyeModes::new(solid, Beta::new(b).unwrap()).is_err());
        }
    }
}
