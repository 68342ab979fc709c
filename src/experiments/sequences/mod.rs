//! Is tempering each token the Boltzmann distribution of whole sequences: exact answers for short ones, and a chain that samples it.
//!
//! Two ensembles share the energy E(x) = -ln p_1(x): whole sequences at T, and sequences whose tokens are drawn one by one at T. Both
//! are enumerated for a text of few letters; a chain of resampled blocks ([`SequenceModel`](crate::tokens::sequence::SequenceModel)) is judged
//! by the first. For a language model with its whole vocabulary there is no enumeration: there the chain is compared with
//! independent tempered draws, as they are and reweighted to whole sequences.

mod chain;
#[cfg(feature = "llm")]
mod language;

#[cfg(feature = "llm")]
pub use language::run_language;

use rayon::prelude::*;

use crate::ensemble::Thermo;
use crate::estimators::Estimate;
use crate::experiments::{ExperimentError, Tick};
use crate::rng::{Seed, Stream};
use crate::simulation::RunLength;
use crate::tokens::sequence::{MarkovText, NextToken, Tempered, WholeSequences};
use crate::units::Temperature;

/// Temperatures of the exact curves.
const CURVE: usize = 81;

/// What is studied at which temperatures.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Tokens of a sequence.
    pub length: usize,
    /// Temperatures of the chains; at 0 exact values alone.
    pub temperatures: Vec<Temperature>,
    /// Measured sweeps of each replica.
    pub sweeps: u64,
    /// Replicas at each temperature; half of them start from the greedy sequence, half from a random one.
    pub replicas: u16,
}

/// A random text of few letters; see [`MarkovText::random`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Letters {
    /// Number of letters.
    pub alphabet: usize,
    /// How many of the last letters the next one depends on.
    pub order: usize,
    /// Spread of the logits.
    pub spread: f64,
}

impl Default for Letters {
    /// Five letters, each of which depends on the one before it.
    fn default() -> Self {
        Self { alphabet: 5, order: 1, spread: 2.0 }
    }
}

/// ExactSequences values at one temperature: totals of a sequence.
#[derive(Clone, Copy, Debug)]
pub struct ExactSequences {
    /// Temperature.
    pub temperature: Temperature,
    /// The Boltzmann distribution P of whole sequences.
    pub whole: Thermo,
    /// The distribution Q of sequences whose every token is tempered.
    pub tempered: Tempered,
    /// sum |P - Q| / 2.
    pub total_variation: f64,
    /// Probability of the most likely sequence under P and under Q.
    pub most_likely: (f64, f64),
}

impl ExactSequences {
    /// Of listed sequences.
    #[must_use]
    pub fn new(sequences: &WholeSequences, temperature: Temperature) -> Self {
        let beta = temperature.beta();
        Self {
            temperature,
            whole: sequences.whole(beta),
            tempered: sequences.tempered(beta),
            total_variation: sequences.total_variation(beta),
            most_likely: sequences.most_likely(beta),
        }
    }
}

/// What the chain of whole sequences found at one temperature: totals of a sequence.
#[derive(Clone, Copy, Debug)]
pub struct SampledSequences {
    /// U.
    pub energy: Estimate,
    /// C.
    pub heat_capacity: Estimate,
    /// Share of the most likely sequence, where it is known.
    pub most_likely: Option<Estimate>,
    /// Share of the proposed blocks that were accepted.
    pub acceptance: f64,
    /// Sweeps until the replicas had forgotten their starts.
    pub thermalization: u64,
}

/// One temperature.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// From the enumeration.
    pub exact: ExactSequences,
    /// From the chains; `None` at T = 0.
    pub sampled: Option<SampledSequences>,
}

/// A text of few letters, enumerated and sampled.
#[derive(Clone, Debug)]
pub struct Study {
    /// What the text is, in words.
    pub text: String,
    /// Number of letters.
    pub vocabulary: usize,
    /// Tokens of a sequence.
    pub length: usize,
    /// One entry per temperature.
    pub points: Vec<Point>,
    /// ExactSequences values between the lowest and the highest of the temperatures that are neither 0 nor infinite.
    pub curve: Vec<ExactSequences>,
}

/// What is drawn from a language model.
#[derive(Clone, Debug, PartialEq)]
pub struct LanguageConfig {
    /// Text before the sequences.
    pub prompt: String,
    /// Independent sequences drawn at each temperature.
    pub draws: u64,
    /// Length, temperatures and chains.
    pub chains: Config,
}

/// One temperature of a language model: totals of a sequence.
#[derive(Clone, Copy, Debug)]
pub struct LanguagePoint {
    /// Temperature.
    pub temperature: Temperature,
    /// The chain of whole sequences.
    pub sampled: SampledSequences,
    /// Mean energy of independent draws, each token tempered.
    pub tempered: Estimate,
    /// Mean energy of whole sequences from the same draws with weights prod_t Z_t; `None` if too few of them count.
    pub reweighted: Option<Estimate>,
    /// KL(Q || P) in nats, from the same weights.
    pub divergence: Option<Estimate>,
}

/// Sequences of a language model at several temperatures.
#[derive(Clone, Debug)]
pub struct Language {
    /// Text before the sequences.
    pub prompt: String,
    /// Tokens of a sequence.
    pub length: usize,
    /// One entry per temperature.
    pub points: Vec<LanguagePoint>,
}

/// Number of [`Tick`]s of a [`run`]: one per temperature.
#[must_use]
pub fn n_ticks(config: &Config) -> usize {
    config.temperatures.len()
}

/// Enumerates and samples a random text of few letters, drawn by the set-up stream of `seed`.
///
/// # Errors
///
/// A text that does not exist or has too many sequences to list; a temperature below 0; as [`study`].
///
/// # Examples
///
/// ```
/// use gibbs::experiments::sequences::{Config, Letters, run};
/// use gibbs::{rng::Seed, units::Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let temperatures = vec![Temperature::new(0.5)?, Temperature::new(1.0)?];
/// let config = Config { length: 4, temperatures, sweeps: 2000, replicas: 4 };
/// let study = run(Letters { alphabet: 3, order: 1, spread: 2.0 }, &config, Seed(1), &|| ())?;
/// let at_one = &study.points[1].exact;
/// assert!((at_one.whole.energy - at_one.tempered.energy).abs() < 1e-12 && at_one.total_variation < 1e-12);
/// # Ok(())
/// # }
/// ```
pub fn run(letters: Letters, config: &Config, seed: Seed, tick: Tick<'_>) -> Result<Study, ExperimentError> {
    let Letters { alphabet, order, spread } = letters;
    let text = MarkovText::random(alphabet, order, spread, &mut seed.set_up())?;
    let name = format!("{alphabet} letters, the next depends on the last {order}");
    study(name, &text, config, seed, tick)
}

/// Enumerates and samples any text whose sequences can be listed.
///
/// # Errors
///
/// Too many sequences to list; no temperature, or a negative one; chains that do not thermalize or are too short for an error.
pub fn study<P: NextToken>(
    name: String,
    text: &P,
    config: &Config,
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Study, ExperimentError> {
    check(config)?;
    let sequences = WholeSequences::list(text, config.length)?;
    let run = RunLength::new(config.sweeps, config.replicas, config.length as f64);
    let ground = |tokens: &[u32]| sequences.position(tokens).is_some_and(|k| sequences.spectrum().excitation(k) == 0.0);
    let point = |(number, &temperature): (usize, &Temperature)| {
        let stream = |replica| seed.stream(Stream::Letters { temperature: number as u32, replica }.id());
        let sampled = (temperature != Temperature::ZERO)
            .then(|| chain::measure(&sequences, config.length, temperature, run, Some(&ground), stream))
            .transpose()
            .map_err(|error| error.at(temperature, config.replicas))?;
        tick();
        Ok(Point { exact: ExactSequences::new(&sequences, temperature), sampled })
    };
    let points = config.temperatures.par_iter().enumerate().map(point);
    Ok(Study {
        text: name,
        vocabulary: text.vocabulary(),
        length: config.length,
        points: points.collect::<Result<_, ExperimentError>>()?,
        curve: curve(&config.temperatures)?.par_iter().map(|&t| ExactSequences::new(&sequences, t)).collect(),
    })
}

/// Refuses what no chain can run at.
fn check(config: &Config) -> Result<(), ExperimentError> {
    let bad = |name, expected, value: String| Err(ExperimentError::Setting { name, expected, value });
    if config.temperatures.is_empty() {
        return bad("temperatures", "at least one", "none".to_owned());
    }
    if let Some(t) = config.temperatures.iter().find(|t| t.get().is_nan() || t.get() < 0.0) {
        return bad("temperature", "0 or higher", t.to_string());
    }
    if config.sweeps == 0 || config.replicas < 2 {
        let value = format!("{} sweeps of {} replicas", config.sweeps, config.replicas);
        return bad("sweeps", "at least one, of at least two replicas", value);
    }
    Ok(())
}

/// Temperatures of the curves, equally spaced in ln T.
fn curve(temperatures: &[Temperature]) -> Result<Vec<Temperature>, ExperimentError> {
    let finite = || temperatures.iter().map(|t| t.get()).filter(|t| *t > 0.0 && t.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
    if high <= low {
        return Ok(Vec::new());
    }
    let share = |k: usize| k as f64 / (CURVE - 1) as f64;
    (0..CURVE).map(|k| Ok(Temperature::new(low * (high / low).powf(share(k)))?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(temperatures: &[f64]) -> Config {
        let temperatures = temperatures.iter().map(|&t| Temperature::new(t).unwrap()).collect();
        Config { length: 5, temperatures, sweeps: 4000, replicas: 4 }
    }

    #[test]
    fn chains_find_whole_sequences_and_not_tempered_ones() {
        let config = config(&[0.0, 0.4, 0.7, 1.0, 2.0, f64::INFINITY]);
        let study = run(Letters::default(), &config, Seed(1), &|| ()).unwrap();
        assert_eq!((study.curve.len(), study.points.len(), study.points[0].sampled.is_none()), (CURVE, 6, true));
        for point in &study.points[1..] {
            let (exact, sampled) = (&point.exact, point.sampled.unwrap());
            assert!(sampled.energy.z_score(exact.whole.energy).abs() < 4.5, "{point:?}");
            assert!(sampled.most_likely.unwrap().z_score(exact.most_likely.0).abs() < 4.5, "{point:?}");
            assert!(sampled.acceptance > 0.2);
        }
        let [cold, hot] = [1, 5].map(|k| study.points[k]);
        let sampled = cold.sampled.unwrap();
        assert!(sampled.energy.z_score(cold.exact.tempered.energy).abs() > 4.5, "{cold:?}");
        // At infinite temperature every move is free, and half of them are tried: 4 chains of 4000 sweeps of 5 moves.
        let n_moves = 80_000.0f64;
        assert!((hot.sampled.unwrap().acceptance - 0.5).abs() < 4.5 * 0.5 / n_moves.sqrt());
        assert_eq!(hot.sampled.unwrap().heat_capacity.value, 0.0);
    }

    #[test]
    fn refusals_name_their_cause() {
        let letters = Letters { alphabet: 4, ..Letters::default() };
        let message = |config: Config| run(letters, &config, Seed(1), &|| ()).unwrap_err().to_string();
        assert_eq!(message(config(&[])), "temperatures must be at least one, got none");
        assert_eq!(message(config(&[-1.0])), "temperature must be 0 or higher, got -1");
        assert!(message(Config { length: 10, ..config(&[1.0]) }).starts_with("4^10 sequences are too many"));
        assert!(message(Config { replicas: 1, ..config(&[1.0]) }).contains("at least two replicas"));
    }
}
