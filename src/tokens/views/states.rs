//! The density of states of a context, beside the Gaussian of the same width; its ties and the lattice of its gaps.

use super::level_moments::level_moments;
use crate::ensemble::{Canonical, Spectrum};
use crate::tokens::Position;
use crate::units::Temperature;

/// Lowest levels whose gaps are judged by themselves: as many as servers report.
pub const TOP: usize = 20;
/// Finest quantum that is looked for: 2^-24.
const FINEST: i32 = 24;
/// A lattice must be this many times coarser than the spacing of 32-bit numbers of the size of the energies.
const COARSER: f64 = 64.0;
/// Rounding errors that a gap may carry, in those spacings.
const ROUNDING: f64 = 2.0;
/// A lattice is reported only if gaps without one would lie on it by chance with a smaller probability than this.
const CHANCE: f64 = 1e-8;

/// One bin of the density of states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Lower edge, in nats from the mean level.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Number of tokens in it.
    pub n_tokens: f64,
    /// Number that V normal levels of the same mean and sigma would have in it on average.
    pub gaussian: f64,
}

/// The density of states of one context. Every token is counted, so nothing here has a statistical error.
#[derive(Clone, Debug)]
pub struct States {
    /// The prompt.
    pub prompt: String,
    /// V, the number of allowed tokens.
    pub n_tokens: f64,
    /// Standard deviation of the levels, in nats.
    pub sigma: f64,
    /// Tokens by energy, measured from the mean level.
    pub bins: Vec<Bin>,
    /// Mean energies U(T), measured from the mean level. ln of the density has slope 1/T there where it is smooth.
    pub marks: Vec<(Temperature, f64)>,
    /// Levels that coincide, and the lattice of the gaps.
    pub ties: LevelTies,
}

/// The density of states of `context`, which lists every token, in `n_bins` bins from the ground state to the highest level, with U(T) at
/// `temperatures`.
#[must_use]
pub fn density_of_states(context: &Position, n_bins: usize, temperatures: &[Temperature]) -> States {
    let (spectrum, n_bins) = (&context.listed, n_bins.max(1));
    let moments = level_moments(spectrum);
    let mean = moments.mean_excitation;
    let n_tokens = spectrum.ln_states().exp().round();
    let width = spectrum.highest_excitation() / n_bins as f64;
    let mut counts = vec![0.0; n_bins];
    for (i, &excitation) in spectrum.excitations().iter().enumerate().filter(|(_, e)| e.is_finite()) {
        let bin = if width > 0.0 { (excitation / width) as usize } else { 0 };
        counts[bin.min(n_bins - 1)] += spectrum.ln_degeneracy(i).exp();
    }
    let below = |x: f64| 0.5 * libm::erfc(-x / (moments.sigma * std::f64::consts::SQRT_2));
    let bins = counts.iter().enumerate().map(|(k, &count)| {
        let (low, high) = (k as f64 * width - mean, (k + 1) as f64 * width - mean);
        Bin { low, high, n_tokens: count, gaussian: n_tokens * (below(high) - below(low)) }
    });
    let energy =
        |t: &Temperature| (*t, Canonical::new(spectrum, t.beta()).thermo().energy - spectrum.ground_energy() - mean);
    States {
        prompt: context.origin.clone(),
        n_tokens,
        sigma: moments.sigma,
        bins: bins.collect(),
        marks: temperatures.iter().map(energy).collect(),
        ties: ties(spectrum),
    }
}

/// Coincident levels of a context, and the lattice its energies lie on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelTies {
    /// Allowed levels.
    pub n_levels: usize,
    /// Different energies among them.
    pub n_distinct: usize,
    /// Levels that share the lowest energy: T -> 0 leaves S = ln of this number.
    pub ground_degeneracy: usize,
    /// Significant bits that represent every energy: at most 8 (bf16), 11 (f16), 24 (f32), or 53.
    ///
    /// A number format is a lattice of its own, finer for small numbers: this tells the format, `quantum` what is coarser.
    /// A change of gauge (E = -ln p) hides it.
    pub significant_bits: u32,
    /// The largest quantum 2^-k, 0 <= k <= 24, of which every gap is a multiple, if there is one (see [`quantum`]).
    pub quantum: Option<f64>,
    /// The same for the gaps among the [`TOP`] lowest levels: numbers of one size share the spacing of their format.
    pub top_quantum: Option<f64>,
}

/// Counts the ties of `spectrum` and looks for the lattice of its gaps.
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::Spectrum;
/// use gibbs::tokens::views::states::ties;
/// # fn main() -> Result<(), gibbs::ensemble::SpectrumError> {
/// let sixteenths: Vec<f64> = [160, 160, 173, 181, 202, 231, 240, 260].map(|n| f64::from(n) / 16.0).to_vec();
/// let found = ties(&Spectrum::new(sixteenths)?);
/// assert_eq!((found.ground_degeneracy, found.n_distinct, found.quantum), (2, 7, Some(0.0625)));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn ties(spectrum: &Spectrum) -> LevelTies {
    let mut gaps: Vec<f64> = spectrum.excitations().iter().copied().filter(|e| e.is_finite()).collect();
    gaps.sort_by(f64::total_cmp);
    let largest = spectrum.ground_energy().abs().max(spectrum.ground_energy() + spectrum.highest_excitation());
    let size = largest.max(0.5 * spectrum.highest_excitation());
    LevelTies {
        n_levels: gaps.len(),
        n_distinct: 1 + gaps.windows(2).filter(|pair| pair[0] < pair[1]).count(),
        ground_degeneracy: gaps.iter().take_while(|&&gap| gap == 0.0).count(),
        significant_bits: significant_bits(spectrum),
        quantum: quantum(&gaps, size),
        top_quantum: quantum(&gaps[..gaps.len().min(TOP)], size),
    }
}

/// The largest quantum 2^-k, 0 <= k <= 24, of which each of `gaps` (distances from the ground state, ascending) is a
/// multiple; `size` is the magnitude of the energies the gaps come from.
///
/// Numbers of 32 bits are always on *some* lattice, and small numbers on a finer one than large ones. A quantum counts
/// only if it is 64 times the spacing that 32-bit numbers of this size have, gaps may miss their multiple by two such
/// spacings (1e-6 for energies of a few nats), and as many distinct gaps as there are would be so near to multiples by
/// chance less than once in 10^8.
#[must_use]
pub fn quantum(gaps: &[f64], size: f64) -> Option<f64> {
    let mut distinct: Vec<f64> = gaps.iter().copied().filter(|&gap| gap > 0.0).collect();
    distinct.dedup();
    let spacing = 2f64.powi(exponent(size) - 23);
    let slack = ROUNDING * spacing;
    let lattice = |quantum: f64| distinct.iter().all(|gap| (gap - (gap / quantum).round() * quantum).abs() <= slack);
    let significant = |quantum: f64| (2.0 * slack / quantum).ln() * (distinct.len() as f64) < CHANCE.ln();
    let found = (0..=FINEST).map(|k| 2f64.powi(-k)).find(|&quantum| lattice(quantum));
    found.filter(|&quantum| quantum >= COARSER * spacing && significant(quantum))
}

/// Significant bits of the least exact of the usual number formats that represents every energy.
fn significant_bits(spectrum: &Spectrum) -> u32 {
    let (ground, highest) = (spectrum.ground_energy(), spectrum.highest_excitation());
    let rounding = 2.0 * f64::EPSILON * ground.abs().max(highest);
    let energies: Vec<f64> =
        (0..spectrum.len()).filter(|&i| !spectrum.is_forbidden(i)).map(|i| spectrum.energy(i)).collect();
    let represents = |bits: u32| {
        energies.iter().all(|&energy| {
            let spacing = 2f64.powi(exponent(energy) + 1 - bits as i32);
            (energy - (energy / spacing).round() * spacing).abs() <= rounding
        })
    };
    [8, 11, 24].into_iter().find(|&bits| represents(bits)).unwrap_or(53)
}

/// The power of two at or below |x|, or 2^-500 for anything smaller.
fn exponent(x: f64) -> i32 {
    ((x.abs().to_bits() >> 52) as i32 - 1023).max(-500)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::systems::Rem;

    fn normal(n: u32) -> Vec<f64> {
        let rem = Rem::new(n, 3.0, &mut Seed(1).set_up()).unwrap();
        (0..rem.spectrum().len()).map(|i| rem.spectrum().energy(i)).collect()
    }

    fn of(levels: Vec<f64>) -> LevelTies {
        ties(&Spectrum::new(levels).unwrap())
    }

    #[test]
    fn planted_lattices_are_found() {
        for k in [0, 1, 4, 7, 12] {
            let q = 2f64.powi(-k);
            let levels: Vec<f64> = normal(8).iter().map(|e| (e / q).round() * q).collect();
            assert_eq!(of(levels.clone()).quantum, Some(q));
            // Through f32 arithmetic such as a log-softmax: an offset that is no multiple, and rounding.
            let rounded = levels.iter().map(|&e| f64::from(e as f32 - 1.234_567_8_f32)).collect();
            assert_eq!(of(rounded).quantum, Some(q));
        }
    }

    #[test]
    fn number_formats_are_no_lattice() {
        let single: Vec<f64> = normal(8).iter().map(|&e| f64::from(e as f32)).collect();
        let found = of(single);
        assert_eq!((found.quantum, found.top_quantum, found.significant_bits), (None, None, 24));
        let double = of(normal(8));
        assert_eq!((double.quantum, double.significant_bits), (None, 53));
        assert_eq!(double.n_distinct, 256);
    }

    #[test]
    fn bf16_shows_in_its_bits_and_among_the_top() {
        // Energies from -32 to -16 in bf16 are eighths; smaller ones are finer.
        let bf16 = |x: f64| f64::from(f32::from_bits(((x as f32).to_bits() + 0x8000) & 0xffff_0000));
        let levels: Vec<f64> = normal(10).iter().map(|&e| bf16(2.0 * e)).collect();
        let found = of(levels.clone());
        // The smallest of 1024 energies is near 0.01, so all are multiples of 2^-13 or so.
        assert!(found.significant_bits == 8 && found.quantum.is_some_and(|quantum| quantum < 1e-3));
        let cold: Vec<f64> = levels.iter().map(|e| bf16(e - 40.0)).filter(|e| (-63.0..-33.0).contains(e)).collect();
        assert!(cold.len() > 100);
        assert_eq!(of(cold).quantum, Some(0.25));
    }

    #[test]
    fn few_gaps_prove_nothing() {
        assert_eq!(of(vec![0.0, 0.5]).quantum, None);
        assert_eq!(
            of(vec![0.0; 4]),
            LevelTies {
                n_distinct: 1,
                n_levels: 4,
                ground_degeneracy: 4,
                significant_bits: 8,
                quantum: None,
                top_quantum: None
            }
        );
    }

    #[test]
    fn bins_count_every_token_and_the_gaussian_loses_its_tails_alone() {
        let mut levels = normal(12);
        levels.push(f64::INFINITY);
        let context = Position::full("x", Spectrum::new(levels).unwrap());
        let t = |x| Temperature::new(x).unwrap();
        let found = density_of_states(&context, 40, &[t(f64::INFINITY), t(3.0)]);
        assert_eq!(found.bins.iter().map(|b| b.n_tokens).sum::<f64>(), 4096.0);
        let gaussian: f64 = found.bins.iter().map(|b| b.gaussian).sum();
        assert!((gaussian / 4096.0 - 1.0).abs() < 2e-3);
        assert!(found.marks[0].1.abs() < 1e-12);
        // U = -sigma^2/T far above T_c, here 2.25 T_c.
        assert!((found.marks[1].1 + found.sigma.powi(2) / 3.0).abs() < 0.3, "{}", found.marks[1].1);
    }
}
