//! Single draws of levels in bulk: as many per second as the memory that takes them can hold.

use rand::Rng;

use super::SamplerError;
use crate::ensemble::Canonical;
use crate::simd::{BATCH, InstructionSet, Lanes, LevelDraws};

/// 2^64, the mass of all levels together.
const WHOLE: u128 = 1 << 64;
/// Batches that are drawn before they are counted.
const COUNTED: usize = 16;
/// Draws in a row are counted in this many places, so that equal levels need not wait for each other.
const PLACES: usize = 4;

/// An endless sequence of independent levels of a [`Canonical`], drawn many at a time.
///
/// What [`super::Alias`] draws one by one from any generator, this draws six times as fast and more from generators of its
/// own (eight xoshiro256++, seeded from the generator that builds it): particles one by one, in the order in which they
/// come. Where only their numbers matter, [`super::occupation_numbers`] draws those at a cost that does not grow with
/// the number of particles.
///
/// Level i is drawn with probability m_i 2^-64, exactly, where the m_i are integers: m_i 2^-64 differs from w_i / sum w
/// by its rounding in f64 and by at most 2^-65, that of the heaviest level by at most the sum of what the others lack or
/// exceed. A forbidden level has m_i = 0 and is never drawn, and neither is one rarer than 2^-65. Of up to 16 levels the
/// thresholds below a random number are counted, of more an alias table tells the level.
///
/// Results do not depend on the instruction set, which the environment variable `GIBBS_SIMD` (`portable`, `avx2`,
/// `avx512`) limits, nor on how many levels are asked for at a time.
///
/// # Examples
///
/// ```
/// use gibbs::{ensemble::{Canonical, Spectrum}, rng::Seed, samplers::LevelStream, units::Beta};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spectrum = Spectrum::new(vec![0.0, 1.0, f64::INFINITY])?;
/// let ensemble = Canonical::new(&spectrum, Beta::new(1.0)?);
/// let mut particles = vec![0; 10_000];
/// LevelStream::new(&ensemble, &mut Seed(1).set_up())?.fill(&mut particles);
/// let excited = particles.iter().filter(|&&level| level == 1).count() as f64;
/// // 45 is the standard deviation.
/// assert!((excited - 10_000.0 * ensemble.probability(1)).abs() < 4.5 * 45.0);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. D. Vose, IEEE Trans. Softw. Eng. 17, 972 (1991), doi:10.1109/32.92917 (alias table).
#[derive(Clone, Debug)]
pub struct LevelStream {
    levels: LevelDraws,
    n_levels: usize,
    lanes: Lanes,
    set: InstructionSet,
    /// The last batch that was drawn, and how many of it have been given away.
    batch: [u32; BATCH],
    given: usize,
}

impl LevelStream {
    /// Builds the table, one pass over the levels; own generators seeded from `rng`.
    ///
    /// # Errors
    ///
    /// An unknown name in `GIBBS_SIMD`.
    pub fn new<R: Rng + ?Sized>(ensemble: &Canonical<'_>, rng: &mut R) -> Result<Self, SamplerError> {
        let set = InstructionSet::detect().map_err(SamplerError::InstructionSet)?;
        let masses = masses(&ensemble.weights());
        let lanes = Lanes::new(|| rng.next_u64());
        Ok(Self {
            levels: LevelDraws::new(&masses),
            n_levels: masses.len(),
            lanes,
            set,
            batch: [0; BATCH],
            given: BATCH,
        })
    }

    /// The next levels, as many as `levels` has places.
    pub fn fill(&mut self, levels: &mut [u32]) {
        let left = &self.batch[self.given..];
        let (now, levels) = levels.split_at_mut(left.len().min(levels.len()));
        now.copy_from_slice(&left[..now.len()]);
        self.given += now.len();
        let (batches, last) = levels.as_chunks_mut();
        self.levels.fill(self.set, &mut self.lanes, batches);
        if !last.is_empty() {
            self.levels.fill(self.set, &mut self.lanes, std::slice::from_mut(&mut self.batch));
            last.copy_from_slice(&self.batch[..last.len()]);
            self.given = last.len();
        }
    }

    /// How many of the next `n` draws give each level, `[n_levels]`, without storing the draws.
    pub fn counts(&mut self, n: u64) -> Vec<u64> {
        let mut counts = vec![[0u64; PLACES]; self.n_levels];
        let mut drawn = [0; COUNTED * BATCH];
        let mut left = n;
        while left > 0 {
            let drawn = &mut drawn[..(COUNTED * BATCH).min(usize::try_from(left).unwrap_or(usize::MAX))];
            self.fill(drawn);
            left -= drawn.len() as u64;
            let (fours, last) = drawn.as_chunks::<PLACES>();
            for four in fours {
                for (place, &level) in four.iter().enumerate() {
                    counts[level as usize][place] += 1;
                }
            }
            last.iter().for_each(|&level| counts[level as usize][0] += 1);
        }
        counts.iter().map(|places| places.iter().sum()).collect()
    }
}

/// Integers that add up to 2^64, as near to proportional to `weights` as f64 can tell; the heaviest takes the rest.
fn masses(weights: &[f64]) -> Vec<u128> {
    const UNIT: f64 = WHOLE as f64;
    // The sum of weights of at most about 1, exact to 2^-96 each.
    const FINE: f64 = (1u128 << 96) as f64;
    let total = weights.iter().map(|weight| (weight * FINE) as u128).sum::<u128>() as f64 / FINE;
    let mut masses: Vec<u128> = weights.iter().map(|weight| (weight / total * UNIT).round() as u128).collect();
    let heaviest = (0..weights.len()).fold(0, |best, i| if weights[i] > weights[best] { i } else { best });
    let others: u128 = masses.iter().sum::<u128>() - masses[heaviest];
    masses[heaviest] = WHOLE.saturating_sub(others);
    masses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Spectrum;
    use crate::rng::Seed;
    use crate::units::Beta;

    fn stream(energies: Vec<f64>, beta: f64) -> LevelStream {
        let spectrum = Spectrum::new(energies).unwrap();
        LevelStream::new(&Canonical::new(&spectrum, Beta::new(beta).unwrap()), &mut Seed(1).set_up()).unwrap()
    }

    #[test]
    fn masses_are_probabilities_to_the_last_digit() {
        let ladder: Vec<f64> = (0..60).map(|i| (-0.75 * f64::from(i)).exp()).collect();
        let uniform = vec![1.0; 1000];
        let light = [vec![1.0, 0.9999], (0..1000).map(|i| 1e-6 * (1.0 + 1e-3 * f64::from(i))).collect()].concat();
        let rare = vec![1e-12, 0.0, 1.0, 1e-12, 1e-19, 1e-25];
        for weights in [ladder, uniform, light, rare, vec![0.0, 1.0], vec![1.0, 1.0, 1.0]] {
            let masses = masses(&weights);
            assert_eq!(masses.iter().sum::<u128>(), WHOLE);
            let total: f64 = weights.iter().sum();
            for (&mass, weight) in masses.iter().zip(&weights) {
                let exact = weight / total * WHOLE as f64;
                let bound = 0.5 + exact * 4.0 * f64::EPSILON;
                let heavy = *weight == 1.0;
                assert!((mass as f64 - exact).abs() <= if heavy { 1e3 + bound } else { bound }, "{mass} {exact}");
                assert!(*weight > 0.0 || mass == 0);
            }
        }
    }

    #[test]
    fn levels_do_not_depend_on_how_many_are_asked_for() {
        for n_levels in [2u32, 5, 40] {
            let energies: Vec<f64> = (0..n_levels).map(f64::from).collect();
            let mut all = [0; 2000];
            stream(energies.clone(), 0.3).fill(&mut all);
            let (mut pieces, mut from, mut cut) = (stream(energies.clone(), 0.3), 0, 0);
            let mut levels = [0; 2000];
            while from < levels.len() {
                cut = (cut + 1) % 300;
                let to = levels.len().min(from + cut);
                pieces.fill(&mut levels[from..to]);
                from = to;
            }
            assert_eq!(levels, all);
            let mut counted = stream(energies.clone(), 0.3);
            let mut counts = counted.counts(999);
            counts.iter_mut().zip(counted.counts(1001)).for_each(|(sum, more)| *sum += more);
            let expected: Vec<u64> =
                (0..n_levels).map(|i| all.iter().filter(|&&level| level == i).count() as u64).collect();
            assert_eq!(counts, expected);
        }
    }

    #[test]
    fn what_is_certain_is_always_drawn() {
        assert_eq!(stream(vec![3.0], 1.0).counts(1000), [1000]);
        assert_eq!(stream(vec![f64::INFINITY, 0.0, 1.0], f64::INFINITY).counts(1000), [0, 1000, 0]);
        let mut many = vec![f64::INFINITY; 40];
        many[17] = 2.0;
        assert_eq!(stream(many, 1.0).counts(1000)[17], 1000);
    }
}
