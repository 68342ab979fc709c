//! One user seed, a named portable generator, and an independent stream for every task.
//!
//! The generator is ChaCha8: the seed chooses the key and the packed [`StreamId`] its stream number, so two tasks
//! can never share numbers and a result depends on (configuration, seed) alone, not on the number of threads.

/// What a move draws its random numbers from: the trait of the version of `rand` that this crate uses.
pub use rand::Rng;
use rand::rngs::ChaCha8Rng;
use rand::{SeedableRng, TryRng};
use serde::{Deserialize, Serialize};

/// The generator of one task.
pub type TaskRng = ChaCha8Rng;

/// The one seed a user chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

impl Default for Seed {
    fn default() -> Self {
        Self(1)
    }
}

/// Which task of a run a generator belongs to: experiment, point (a temperature, a prompt) and replica.
///
/// Experiment 0 is set-up (disorder, initial weights); experiments count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamId {
    /// Number of the experiment.
    pub experiment: u16,
    /// Number of the point within it.
    pub point: u32,
    /// Number of the replica at that point.
    pub replica: u16,
}

impl StreamId {
    /// Stream of `point` and `replica` in `experiment`.
    #[must_use]
    pub fn new(experiment: u16, point: u32, replica: u16) -> Self {
        Self { experiment, point, replica }
    }

    fn packed(self) -> u64 {
        (u64::from(self.experiment) << 48) | (u64::from(self.point) << 16) | u64::from(self.replica)
    }
}

impl Seed {
    /// The generator of task `stream`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::rng::{Seed, StreamId};
    /// use rand::Rng;
    /// let stream = StreamId::new(1, 0, 0);
    /// assert_eq!(Seed(7).stream(stream).next_u64(), Seed(7).stream(stream).next_u64());
    /// assert_ne!(Seed(7).stream(stream).next_u64(), Seed(7).stream(StreamId::new(1, 1, 0)).next_u64());
    /// ```
    #[must_use]
    pub fn stream(self, stream: StreamId) -> TaskRng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.0);
        rng.set_stream(stream.packed());
        rng
    }

    /// The generator of set-up work such as quenched disorder: stream 0.
    #[must_use]
    pub fn set_up(self) -> TaskRng {
        self.stream(Stream::SetUp.id())
    }
}

/// Every random stream of this library and its program: the one place where they are numbered.
///
/// # Examples
///
/// ```
/// use gibbs::rng::{Stream, StreamId};
/// assert_eq!(Stream::Sampled { temperature: 3, replica: 1 }.id(), StreamId::new(2, 3, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Quenched disorder and other work before a run.
    SetUp,
    /// One ensemble of the comparison.
    Compared {
        /// Number of the system or context.
        subject: u32,
        /// Number of the temperature.
        temperature: u16,
    },
    /// One of the two samples of a ratio test of the comparison; it shares its subjects' points, from the last replica down.
    Ratio {
        /// Number of the system or context.
        subject: u32,
        /// 0 or 1.
        sample: u16,
    },
    /// One replica of a system sampled at one temperature.
    Sampled {
        /// Number of the temperature.
        temperature: u32,
        /// Number of the replica.
        replica: u16,
    },
    /// The pilot run of a ladder of temperatures.
    Pilot,
    /// Starting states of a set of exchanged chains.
    Starts(u16),
    /// A set of exchanged chains; its rungs use the points of the set.
    Chains(u16),
    /// A replica at infinite temperature, where reweighting is anchored.
    Anchor(u16),
    /// A walker over energies.
    Walkers(u16),
    /// A sampler that a pilot run tries.
    Candidate(u16),
    /// A text of a language model.
    Text {
        /// Number of the text.
        text: u32,
        /// Number of the temperature.
        temperature: u16,
    },
    /// A text of the summary.
    SummaryText(u32),
    /// A lattice of the finite-size study.
    FiniteSize {
        /// Number of side and temperature.
        point: u32,
        /// Number of the family of models.
        family: u16,
    },
    /// A chunk of photons of a black body.
    Photons {
        /// Number of the body.
        body: u32,
        /// Number of the chunk.
        chunk: u16,
    },
    /// Tokens of the glow figure.
    GlowTokens {
        /// Number of the temperature.
        temperature: u32,
        /// Number of the context.
        context: u16,
    },
    /// One ensemble of the page.
    LookedUp {
        /// Number of the system or context.
        subject: u32,
        /// Number of the temperature.
        temperature: u16,
    },
    /// Particles and spins that the page shows at one temperature.
    Picture(u32),
    /// A text of the page.
    PageText {
        /// Number of the prompt.
        prompt: u32,
        /// Number of the temperature.
        temperature: u16,
    },
    /// Tokens drawn after a prompt.
    TokenDraws(u32),
    /// A chain of sequences of letters.
    Letters {
        /// Number of the temperature.
        temperature: u32,
        /// Number of the replica.
        replica: u16,
    },
    /// A chain of sequences of tokens.
    SequenceChain {
        /// Number of the temperature.
        temperature: u32,
        /// Number of the replica.
        replica: u16,
    },
    /// Independent sequences of tokens.
    SequenceDraws {
        /// Number of the temperature.
        temperature: u32,
        /// Number of the chunk.
        chunk: u16,
    },
    /// Random places within the jumps of the distribution function of recorded draws.
    Thermometer(u32),
    /// A question that the testing harness asks of a model.
    Testing {
        /// Number of the question.
        question: u16,
        /// Number of the temperature.
        point: u32,
    },
}

/// First point of the chains of sequences of tokens: those before belong to sequences of letters.
const SEQUENCES: u32 = 1 << 16;

impl Stream {
    /// Its number.
    #[must_use]
    pub fn id(self) -> StreamId {
        let (experiment, point, replica) = match self {
            Self::SetUp => (0, 0, 0),
            Self::Compared { subject, temperature } => (1, subject, temperature),
            Self::Ratio { subject, sample } => (1, subject, u16::MAX - sample),
            Self::Sampled { temperature, replica } => (2, temperature, replica),
            Self::Pilot => (2, 1 << 24, 0),
            Self::Starts(set) => (2, 2 << 24, set),
            Self::Chains(set) => (2, 3 << 24, set),
            Self::Anchor(replica) => (2, 4 << 24, replica),
            Self::Walkers(walker) => (2, 5 << 24, walker),
            Self::Candidate(candidate) => (2, 6 << 24, candidate),
            Self::Text { text, temperature } => (3, text, temperature),
            Self::SummaryText(number) => (4, number, 0),
            Self::FiniteSize { point, family } => (6, point, family),
            Self::Photons { body, chunk } => (7, body, chunk),
            Self::GlowTokens { temperature, context } => (8, temperature, context),
            Self::LookedUp { subject, temperature } => (11, subject, temperature),
            Self::Picture(temperature) => (12, temperature, 0),
            Self::PageText { prompt, temperature } => (13, prompt, temperature),
            Self::TokenDraws(context) => (9, context, 0),
            Self::Letters { temperature, replica } => (10, temperature, replica),
            Self::SequenceChain { temperature, replica } => (10, SEQUENCES + 2 * temperature, replica),
            Self::SequenceDraws { temperature, chunk } => (10, SEQUENCES + 2 * temperature + 1, chunk),
            Self::Thermometer(position) => (20, position, 0),
            Self::Testing { question, point } => (32 + question, point, 0),
        };
        StreamId::new(experiment, point, replica)
    }
}

/// Where a generator stands in its stream, to be stored and to go on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRng {
    key: [u8; 32],
    stream: u64,
    /// Words drawn, high and low half.
    words: [u64; 2],
}

impl SavedRng {
    /// Where `rng` stands.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::rng::{SavedRng, Seed};
    /// use rand::Rng;
    /// let mut rng = Seed(1).set_up();
    /// rng.next_u64();
    /// let saved = SavedRng::of(&rng);
    /// assert_eq!(saved.rng().next_u64(), rng.next_u64());
    /// ```
    #[must_use]
    pub fn of(rng: &TaskRng) -> Self {
        let words = rng.get_word_pos();
        Self { key: rng.get_seed(), stream: rng.get_stream(), words: [(words >> 64) as u64, words as u64] }
    }

    /// A generator that goes on from there.
    #[must_use]
    pub fn rng(&self) -> TaskRng {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        rng.set_stream(self.stream);
        rng.set_word_pos((u128::from(self.words[0]) << 64) | u128::from(self.words[1]));
        rng
    }
}

/// One uniform number in (0, 1] with 53 random bits: the only uniform in the program.
///
/// Zero never occurs, so ln u is finite and a level of probability zero can never be drawn; the smallest value is
/// 2^-53, so no event more likely than 1.1e-16 is floored or missed.
///
/// # Examples
///
/// ```
/// let u = gibbs::rng::uniform(&mut gibbs::rng::Seed(1).set_up());
/// assert!(u > 0.0 && u <= 1.0);
/// ```
pub fn uniform<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    ((rng.next_u64() >> 11) + 1) as f64 * STEP
}

/// One of `0..n` with equal probabilities, exactly (Lemire's multiplication with rejection).
///
/// # References
///
/// D. Lemire, ACM Trans. Model. Comput. Simul. 29, 3 (2019), doi:10.1145/3230636.
pub fn index<R: Rng + ?Sized>(rng: &mut R, n: u64) -> u64 {
    let mut product = u128::from(rng.next_u64()) * u128::from(n);
    if (product as u64) < n {
        let rejected = n.wrapping_neg() % n.max(1);
        while (product as u64) < rejected {
            product = u128::from(rng.next_u64()) * u128::from(n);
        }
    }
    (product >> 64) as u64
}

/// A generator that repeats one word: shows what a sampler makes of the extreme random numbers, which chance seldom draws.
///
/// # Examples
///
/// ```
/// use gibbs::rng::{Constant, uniform};
/// assert_eq!(uniform(&mut Constant::new(u64::MAX)), 1.0);
/// assert_eq!(uniform(&mut Constant::new(0)), 2f64.powi(-53));
/// ```
#[derive(Clone, Debug)]
pub struct Constant {
    word: u64,
    words_drawn: u64,
}

impl Constant {
    /// Repeats `word`.
    #[must_use]
    pub fn new(word: u64) -> Self {
        Self { word, words_drawn: 0 }
    }

    /// How many words of 64 bits were asked for.
    #[must_use]
    pub fn words_drawn(&self) -> u64 {
        self.words_drawn
    }
}

impl TryRng for Constant {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.word as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.words_drawn += 1;
        Ok(self.word)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.word.to_le_bytes()[..chunk.len()]));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_is_never_zero_and_reaches_one() {
        assert_eq!(uniform(&mut Constant::new(0)), f64::EPSILON / 2.0);
        assert_eq!(uniform(&mut Constant::new(u64::MAX)), 1.0);
    }

    /// No two streams have one number, however many temperatures, replicas, texts and chunks there are.
    #[test]
    fn no_stream_is_numbered_twice() {
        let mut seen = std::collections::HashMap::new();
        let numbers = |most: u32| [0, 1, 2, 3, most / 2, most - 1, most];
        let mut all = vec![Stream::SetUp, Stream::Pilot];
        for replica in numbers(1 << 12).map(|n| n as u16) {
            let sets = [Stream::Starts, Stream::Chains, Stream::Anchor, Stream::Walkers, Stream::Candidate];
            all.extend(sets.map(|of| of(replica)));
            all.push(Stream::Ratio { subject: replica.into(), sample: 0 });
            all.push(Stream::Ratio { subject: replica.into(), sample: 1 });
            for point in numbers((1 << 14) - 1) {
                all.push(Stream::Compared { subject: point, temperature: replica });
                all.push(Stream::Sampled { temperature: point, replica });
                all.push(Stream::Text { text: point, temperature: replica });
                all.push(Stream::FiniteSize { point, family: replica });
                all.push(Stream::Photons { body: point, chunk: replica });
                all.push(Stream::GlowTokens { temperature: point, context: replica });
                all.push(Stream::Letters { temperature: point, replica });
                all.push(Stream::SequenceChain { temperature: point, replica });
                all.push(Stream::SequenceDraws { temperature: point, chunk: replica });
                all.push(Stream::Testing { question: replica % 16, point });
            }
        }
        for point in numbers(1 << 20) {
            all.extend([Stream::SummaryText, Stream::TokenDraws, Stream::Thermometer].map(|of| of(point)));
        }
        for stream in all {
            if let Some(other) = seen.insert(stream.id(), stream) {
                assert_eq!(other, stream, "both have number {:?}", stream.id());
            }
        }
    }

    #[test]
    fn index_stays_below_n() {
        assert_eq!(index(&mut Constant::new(u64::MAX), 10), 9);
        let mut rng = Seed(1).set_up();
        assert!((0..1000).all(|_| index(&mut rng, 3) < 3));
    }
}
