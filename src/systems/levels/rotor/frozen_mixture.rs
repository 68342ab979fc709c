//! Independent draws of molecules from a mixture of rotors whose composition is frozen.

use rand::Rng;

use crate::ensemble::{Canonical, Spectrum};
use crate::model::SystemError;
use crate::rng::uniform;
use crate::samplers::Alias;
use crate::samplers::{Independent, Quenched, Sampler};
use crate::systems::Rotor;
use crate::units::Beta;

/// Draws molecules of a frozen mixture of [`Rotor`]s: the species by its share, and two independent levels of that
/// species by their Boltzmann weights.
///
/// U is the mean energy (here of both levels). The species is quenched: see [`Quenched`] for why there are two levels and
/// how C follows from them.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{FrozenMixture, Nuclear, Rotor};
/// use gibbs::samplers::Sampler;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut hydrogen = FrozenMixture::new(&Rotor::new(87.6, Nuclear::Normal)?, Beta::INFINITE)?;
/// hydrogen.advance(&mut Seed(1).set_up());
/// let l = hydrogen.state().l;
/// assert!(l == [0, 0] || l == [1, 1]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FrozenMixture {
    beta: f64,
    even_share: f64,
    species: [(Spectrum, Alias); 2],
    molecule: Molecule,
}

/// A molecule, twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Molecule {
    /// Two independent rotational quantum numbers: both even, or both odd.
    pub l: [usize; 2],
}

impl FrozenMixture {
    /// A sampler of `rotor` at `beta`; before the first draw the molecule is in the ground state of the species of even l.
    ///
    /// # Errors
    ///
    /// A rotor that is no frozen mixture, and whatever [`Rotor::spectrum_at`] refuses.
    pub fn new(rotor: &Rotor, beta: Beta) -> Result<Self, SystemError> {
        let reason = "the rotor is no frozen mixture; draw from its levels";
        let species = rotor.species().ok_or(SystemError::NoExactResult { system: "rotor", reason })?;
        let [(even_share, even), (_, odd)] = species;
        let levels = |rotor: Rotor| -> Result<(Spectrum, Alias), SystemError> {
            let spectrum = rotor.spectrum_at(beta)?;
            let alias = Alias::new(&Canonical::new(&spectrum, beta));
            Ok((spectrum, alias))
        };
        let (species, molecule) = ([levels(even)?, levels(odd)?], Molecule { l: [0, 0] });
        Ok(Self { beta: beta.get(), even_share, species, molecule })
    }

    fn energies(&self) -> [f64; 2] {
        self.molecule.l.map(|l| self.species[l % 2].0.energy(l / 2))
    }
}

impl Sampler for FrozenMixture {
    type State = Molecule;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let parity = usize::from(uniform(rng) > self.even_share);
        self.molecule.l = [(); 2].map(|()| 2 * self.species[parity].1.draw(rng) + parity);
    }

    fn state(&self) -> &Molecule {
        &self.molecule
    }

    /// Mean energy of the two levels: its mean over draws is U.
    fn energy(&self) -> f64 {
        let [first, second] = self.energies();
        0.5 * (first + second)
    }
}

impl Independent for FrozenMixture {}

impl Quenched for FrozenMixture {
    fn heat_capacity(&self) -> f64 {
        let [first, second] = self.energies();
        if first == second { 0.0 } else { 0.5 * (self.beta * (first - second)).powi(2) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::Nuclear;

    #[test]
    fn refuses_what_is_not_frozen() {
        let rotor = |nuclear| Rotor::new(1.0, nuclear).unwrap();
        let beta = Beta::new(1.0).unwrap();
        assert!(FrozenMixture::new(&rotor(Nuclear::Equilibrium), beta).unwrap_err().to_string().contains("no frozen"));
        assert!(FrozenMixture::new(&rotor(Nuclear::Normal), Beta::ZERO).is_err());
    }
}
