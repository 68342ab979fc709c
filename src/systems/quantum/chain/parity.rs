//! Partition functions of fermion modes with an even or odd number of particles, one mode at a time and without a
//! difference of large numbers.

use super::RESOLUTION;
use super::fermions::{Mode, Particles, Sector};
use crate::ensemble::{Portion, Spectrum};
use crate::model::SystemError;
use crate::systems::merging::{merge, merge_levels};
use crate::units::Beta;

/// Energies of single particles closer than this share of the coupling are equal up to rounding.
const TIE: f64 = 4e-15;

/// The modes from one on: states of an even and of an odd number of particles, with the mean of d(energy)/dGamma in each.
#[derive(Clone, Copy, Debug)]
struct Rest {
    portion: Portion,
    slope: f64,
}

impl Rest {
    fn with_particle(self, mode: &Mode) -> Self {
        Self { portion: self.portion.shifted(mode.energy), slope: self.slope + mode.slope }
    }

    fn joined(self, other: Self, resolution: f64) -> (Self, f64) {
        let (portion, [first, second]) = self.portion.joined(other.portion, resolution);
        (Self { portion, slope: first * self.slope + second * other.slope }, second)
    }
}

/// The states of one sector at one beta >= 0, energies measured from the vacuum of the first sector.
#[derive(Clone, Debug)]
pub(crate) struct SectorEnsemble {
    pub portion: Portion,
    /// Mean of dH/dGamma.
    pub slope: f64,
    /// For each mode: the probability that it is occupied when the particles from it on are even, and odd, in number (the
    /// same where any number is allowed).
    pub occupied: Vec<[f64; 2]>,
}

impl SectorEnsemble {
    /// `coupling` is the energy that rounding is measured by.
    pub fn new(sector: &Sector, coupling: f64, beta: Beta) -> Self {
        let tie = TIE * coupling;
        let vacuum = Rest { portion: Portion::state(0.0, beta), slope: 0.0 };
        let mut occupied = vec![[0.0; 2]; sector.modes.len()];
        let whole = if sector.particles == Particles::Any {
            let mut whole = vacuum;
            for (mode, occupied) in sector.modes.iter().zip(&mut occupied) {
                let (one, share) = vacuum.joined(vacuum.with_particle(mode), 0.0);
                *occupied = [share; 2];
                whole = Rest { portion: whole.portion.beside(one.portion), slope: whole.slope + one.slope };
            }
            whole
        } else {
            let (mut even, mut odd) = (vacuum, None);
            for (mode, occupied) in sector.modes.iter().zip(&mut occupied).rev() {
                let (before, one) = (even, even.with_particle(mode));
                (even, occupied[0]) = match odd.map(|odd: Rest| odd.with_particle(mode)) {
                    Some(other) => before.joined(other, tie),
                    None => (before, 0.0),
                };
                let (next, share) = odd.map_or((one, 1.0), |odd| odd.joined(one, tie));
                (odd, occupied[1]) = (Some(next), share);
            }
            // There is at least one mode.
            if sector.particles == Particles::Odd { odd.unwrap_or(even) } else { even }
        };
        let portion = whole.portion.shifted(sector.above_first);
        Self { portion, slope: sector.vacuum_slope + whole.slope, occupied }
    }
}

/// All states of `sectors` together at beta >= 0: the whole, the mean of dH/dGamma, the sectors, and the probability of
/// each.
pub(crate) fn combine(sectors: &[Sector], coupling: f64, beta: Beta) -> Option<Combined> {
    let ensembles: Vec<_> = sectors.iter().map(|sector| SectorEnsemble::new(sector, coupling, beta)).collect();
    let first = ensembles.first()?;
    let (mut portion, mut slope, mut shares) = (first.portion, first.slope, vec![1.0]);
    for (sector, ensemble) in sectors.iter().zip(&ensembles).skip(1) {
        // Two vacua differ by what is known to all its digits, particles by rounding too.
        let vacua = portion.ground == 0.0 && ensemble.portion.ground == sector.above_first;
        let tie = if vacua { 0.0 } else { TIE * coupling };
        let (joined, [before, share]) = portion.joined(ensemble.portion, tie);
        shares.iter_mut().for_each(|earlier| *earlier *= before);
        shares.push(share);
        (portion, slope) = (joined, before * slope + share * ensemble.slope);
    }
    portion = portion.shifted(sectors.first()?.vacuum);
    Some(Combined { portion, slope, sectors: ensembles, shares })
}

/// What [`combine`] finds.
#[derive(Clone, Debug)]
pub(crate) struct Combined {
    pub portion: Portion,
    pub slope: f64,
    pub sectors: Vec<SectorEnsemble>,
    pub shares: Vec<f64>,
}

/// Rounding of a sum of n mode energies: errors of random sign.
fn rounding(sectors: &[Sector], coupling: f64) -> f64 {
    let n = sectors.first().map_or(0, |sector| sector.modes.len());
    RESOLUTION * coupling * (n as f64).sqrt()
}

/// Energy and degeneracy.
type Level = (f64, f64);

/// The levels of all sectors as one spectrum: sums of mode energies, equal ones joined.
pub(super) fn spectrum(sectors: &[Sector], coupling: f64) -> Result<Spectrum, SystemError> {
    let resolution = rounding(sectors, coupling);
    let joined = |levels: Vec<Level>| merge(levels, resolution, |level| level.0, |kept, level| kept.1 += level.1);
    let mut levels: Vec<Level> = Vec::new();
    for sector in sectors {
        let (mut even, mut odd): (Vec<Level>, Vec<Level>) = (vec![(0.0, 1.0)], Vec::new());
        for mode in &sector.modes {
            let with_particle =
                |levels: &[Level]| levels.iter().map(|&(e, g)| (e + mode.energy, g)).collect::<Vec<_>>();
            let (to_odd, to_even) = (with_particle(&even), with_particle(&odd));
            even.extend(to_even);
            odd.extend(to_odd);
            (even, odd) = (joined(even), joined(odd));
        }
        let states = match sector.particles {
            Particles::Even => even,
            Particles::Odd => odd,
            Particles::Any => even.into_iter().chain(odd).collect(),
        };
        levels.extend(states.into_iter().map(|(energy, g)| (sector.vacuum + energy, g)));
    }
    let (energies, degeneracies) = merge_levels(levels, resolution);
    Ok(Spectrum::with_degeneracies(energies, &degeneracies)?)
}
