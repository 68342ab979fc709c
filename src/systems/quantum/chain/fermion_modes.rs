//! Independent draws from the transverse-field Ising chain at any length: fermion modes filled one by one, with the parity of
//! their number.

use rand::Rng;

use super::{
    TfimChain,
    fermions::{Particles, Sector},
    parity::SectorEnsemble,
};
use crate::model::SystemError;
use crate::rng::uniform;
use crate::samplers::{Independent, Sampler};
use crate::units::Beta;

/// Draws eigenstates of a [`TfimChain`] from its canonical ensemble, exactly: no list of the 2^n levels is needed.
///
/// The sector is drawn by its share of Z. The modes are then filled in order; a mode is occupied with the probability that
/// it has given that the particles from it on are even (or odd) in number, known from the partition functions of the modes
/// that remain. One draw costs n random numbers.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{FermionModes, TfimChain};
/// use gibbs::samplers::Sampler;
/// use gibbs::model::Boundary;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ring = TfimChain::new(8, 1.0, 1.0, Boundary::Periodic)?;
/// let mut draws = FermionModes::new(&ring, Beta::INFINITE)?;
/// draws.advance(&mut Seed(1).set_up());
/// assert!((draws.energy() - ring.spectrum().ok_or("few spins")?.ground_energy()).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FermionModes {
    sectors: Vec<Filling>,
    /// Probability of each sector.
    shares: Vec<f64>,
    /// -1 at negative temperatures, where the modes are those of -H.
    sign: f64,
    state: FermionState,
    energy: f64,
}

/// One eigenstate: which sector, and which of its modes are occupied, `[n_modes]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FermionState {
    /// 0 or 1 on a ring, for an even or odd number of fermions; 0 on an open chain.
    pub sector: usize,
    /// Whether each mode has a particle, lowest energy first.
    pub occupied: Vec<bool>,
}

#[derive(Clone, Debug)]
struct Filling {
    vacuum: f64,
    /// Energy of a mode, and the probability that it is occupied given an even and an odd number of particles from it on.
    modes: Vec<(f64, [f64; 2])>,
    odd: bool,
}

impl FermionModes {
    /// Prepares the modes of `chain` at `beta`; the state is the lowest of the first sector until
    /// [`Sampler::advance`] draws.
    ///
    /// # Errors
    ///
    /// As `TfimChain::thermo`.
    pub fn new(chain: &TfimChain, beta: Beta) -> Result<Self, SystemError> {
        let combined = chain.combined(beta)?;
        let filling = |(sector, ensemble): (&Sector, &SectorEnsemble)| Filling {
            vacuum: sector.vacuum,
            modes: sector.modes.iter().map(|mode| mode.energy).zip(ensemble.occupied.iter().copied()).collect(),
            odd: sector.particles == Particles::Odd,
        };
        let sectors: Vec<Filling> = chain.sectors(beta).iter().zip(&combined.sectors).map(filling).collect();
        let sign = if beta.get() < 0.0 { -1.0 } else { 1.0 };
        let mut chain = Self {
            sectors,
            shares: combined.shares,
            sign,
            state: FermionState { sector: 0, occupied: Vec::new() },
            energy: 0.0,
        };
        chain.fill(0, |rank, _, odd| rank == 0 && odd);
        Ok(chain)
    }

    /// Fills the modes of `sector`; `occupied` decides by rank, probabilities and whether the rest is odd in number.
    fn fill(&mut self, sector: usize, mut occupied: impl FnMut(usize, &[f64; 2], bool) -> bool) {
        self.state.sector = sector;
        self.state.occupied.clear();
        let Some(filling) = self.sectors.get(sector) else { return };
        let (mut odd, mut excitation) = (filling.odd, 0.0);
        for (rank, (energy, probability)) in filling.modes.iter().enumerate() {
            let filled = occupied(rank, probability, odd);
            self.state.occupied.push(filled);
            if filled {
                odd = !odd;
                excitation += energy;
            }
        }
        self.energy = self.sign * (filling.vacuum + excitation);
    }
}

impl Sampler for FermionModes {
    type State = FermionState;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        // There are at most two sectors.
        let sector = usize::from(self.shares.len() > 1 && uniform(rng) <= self.shares[1]);
        self.fill(sector, |_, probability, odd| uniform(rng) <= probability[usize::from(odd)]);
    }

    fn state(&self) -> &FermionState {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.energy
    }
}

impl Independent for FermionModes {}
