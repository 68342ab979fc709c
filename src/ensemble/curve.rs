//! ln Z, U, S and C of one spectrum at many temperatures, at the cost of a few passes over its levels.

use super::canonical::{Canonical, Others};
use super::spectrum::Spectrum;
use super::thermo::Thermo;
use crate::simd::{Bins, InstructionSet, Terms};
use crate::units::Beta;

/// Inverse temperatures that bins serve: squares of them and of energies are then far from underflow and overflow.
const SERVED: std::ops::RangeInclusive<f64> = 1e-100..=1e100;
/// beta (E - E_1) beyond which no level matters beside the one at E_1.
const FAR: f64 = 80.0;
/// Accepted bound of what the moments leave out.
const LEFT_OUT: f64 = 1e-14;
/// Rounding moves a level by 2^-53 of its distance in the scale of bins, which may be so many times the mean distance.
const MOST_MOVED: f64 = 64.0;

/// [`Canonical::thermo`] of `spectrum` at every one of `betas`, `[n_betas]`, in their order, which is free.
///
/// The levels are gathered once in bins with 16 moments each (a bin is a sixteenth of an octave of the energy, from
/// 1/beta upwards), and e^(-beta E) is expanded about the middle of every bin, to less than 1e-14 of each sum whatever
/// the levels are: repeated levels and equal steps of beta are of no concern. The lowest levels are left out of the bins
/// and added last, as in [`Canonical`]. A beta at which bins would lose digits is left to [`Canonical`] itself; so are
/// beta <= 0 or infinite, degenerate levels, and lists too short to be worth it. U - E_0, S and C are right to 1e-12, and
/// what is asked for at other betas changes no digit above that.
///
/// # Examples
///
/// ```
/// use gibbs::{ensemble::{Canonical, Spectrum, curve}, units::Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spectrum = Spectrum::new((0..5000).map(|n| 0.001 * f64::from(n)).collect())?;
/// let betas = (1..=100).map(|k| Ok(Temperature::new(0.05 * f64::from(k))?.beta())).collect::<Result<Vec<_>, gibbs::units::UnitsError>>()?;
/// let thermo = curve(&spectrum, &betas);
/// let one = Canonical::new(&spectrum, betas[19]).thermo();
/// assert!((thermo[19].entropy / one.entropy - 1.0).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn curve(spectrum: &Spectrum, betas: &[Beta]) -> Vec<Thermo> {
    let set = InstructionSet::current();
    let bins = bins(set, spectrum, betas);
    let mut terms = Terms::default();
    betas
        .iter()
        .map(|&beta| {
            let binned = bins.as_ref().filter(|_| is_served(beta));
            binned
                .and_then(|bins| from_bins(set, spectrum, bins, beta, &mut terms))
                .unwrap_or_else(|| Canonical::new(spectrum, beta).thermo())
        })
        .collect()
}

fn is_served(beta: Beta) -> bool {
    SERVED.contains(&beta.get())
}

/// The largest power of 2 that is not above a normal `x`.
fn power_of_2(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & (0x7ff << 52))
}

/// Bins for those of `betas` that they serve, if they are worth it.
fn bins(set: InstructionSet, spectrum: &Spectrum, betas: &[Beta]) -> Option<Bins> {
    let gap = spectrum.gap();
    let served = || betas.iter().filter(|&&beta| is_served(beta)).map(|beta| beta.get());
    let (least, most) = served().fold((f64::INFINITY, 0.0), |(a, b), beta| (beta.min(a), beta.max(b)));
    if most == 0.0 || !spectrum.ln_degeneracies().is_empty() || gap == f64::INFINITY {
        return None;
    }
    let reach = (spectrum.highest_excitation() - gap).min(FAR / least);
    // Bins as fine as the temperatures ask for, and not all levels in the first ones.
    let start = power_of_2(if reach > 0.0 { (1.0 / most).min(0.25 * reach) } else { 1.0 / most });
    if !SERVED.contains(&start) {
        return None;
    }
    let n_octaves = ((power_of_2(reach + start).to_bits() - start.to_bits()) >> 52) as usize + 1;
    // Passes over the levels one by one, against one over the bins that costs as much as two over as many levels.
    let (n, n_betas, n_bins) = (spectrum.len(), served().count(), n_octaves.saturating_mul(Bins::PER_OCTAVE));
    let worth = n_bins <= Bins::MOST && n * n_betas > 4 * n + 4 * n_bins * n_betas;
    worth.then(|| Bins::new(set, spectrum.excitations(), gap, start, n_octaves))
}

/// The results at one beta, unless bins lose digits there.
fn from_bins(set: InstructionSet, spectrum: &Spectrum, bins: &Bins, beta: Beta, terms: &mut Terms) -> Option<Thermo> {
    let binned = bins.at(set, beta.get(), terms);
    let mean = spectrum.gap() + binned.mean;
    let others = Others { total: binned.total, mean, variance: binned.variance, without_signs: binned.without_signs };
    let ensemble = Canonical::of(spectrum, beta, others);
    let y = beta.get() * mean;
    let variance = ensemble.relative_variance();
    // Over the likeliest of the binned levels, whose weight is 1.
    let least = binned.total * 1f64.min(y).min(variance);
    let moved = bins.start() + binned.mean;
    let finite = binned.total < f64::INFINITY && variance < f64::INFINITY;
    let right = finite && binned.error <= LEFT_OUT * least && moved <= MOST_MOVED * mean;
    right.then(|| ensemble.thermo())
}
