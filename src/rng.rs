//! One user seed, a named portable generator, and an independent stream for every task.
//!
//! The generator is ChaCha8: the seed chooses the key and the packed [`StreamId`] its stream number, so two tasks
//! can never share numbers and a result depends on (configuration, seed) alone, not on the number of threads.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng, TryRng};

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
        self.stream(StreamId::new(0, 0, 0))
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

    #[test]
    fn index_stays_below_n() {
        assert_eq!(index(&mut Constant::new(u64::MAX), 10), 9);
        let mut rng = Seed(1).set_up();
        assert!((0..1000).all(|_| index(&mut rng, 3) < 3));
    }
}
