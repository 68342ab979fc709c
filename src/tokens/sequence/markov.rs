//! A text whose next letter depends on the last few: small enough for exact answers at any length.

use std::borrow::Cow;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::error::SequenceError;
use super::next_token::{NextToken, in_probability_gauge, require_length};
use super::whole::Tempered;
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::numerics::sum;
use crate::units::Beta;

/// Most entries of a table.
const MAX_ENTRIES: usize = 1 << 20;

/// A Markov chain of letters: the logits of the next one are a row of a table, chosen by the last `order` letters.
///
/// The sequence starts after `order` letters 0.
///
/// # Examples
///
/// Where the greedy sequence is not the most likely one: `p(0|0)` = 0.6 leads to 00 with 0.36, while 11 has 0.4 x 0.95 = 0.38.
///
/// ```
/// use gibbs::tokens::sequence::{MarkovText, WholeSequences};
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::tokens::sequence::SequenceError> {
/// let text = MarkovText::new(2, 1, &[0.6f64.ln(), 0.4f64.ln(), 0.05f64.ln(), 0.95f64.ln()])?;
/// let pairs = WholeSequences::list(&text, 2)?;
/// assert!((pairs.whole(Beta::INFINITE).energy + 0.38f64.ln()).abs() < 1e-14);
/// assert!((pairs.tempered(Beta::INFINITE).energy + 0.36f64.ln()).abs() < 1e-14);
/// assert_eq!(pairs.most_likely(Beta::INFINITE), (1.0, 0.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MarkovText {
    alphabet: usize,
    /// Levels of the next letter in the gauge E_i = -ln p_i, one spectrum per context.
    levels: Vec<Spectrum>,
}

impl MarkovText {
    /// The chain with `logits` `[alphabet^order][alphabet]`, row by row; rows count contexts with the last letter fastest. A logit of
    /// minus infinity forbids a letter.
    ///
    /// # Errors
    ///
    /// No letter, a table of another size or of more than 2^20 entries, a row that is no spectrum.
    pub fn new(alphabet: usize, order: usize, logits: &[f64]) -> Result<Self, SequenceError> {
        let n_contexts = n_contexts(alphabet, order)?;
        if logits.len() != n_contexts * alphabet {
            let value = format!("{} for {n_contexts} contexts of {alphabet} letters", logits.len());
            return Err(SequenceError::Setting { name: "logits", expected: "one per context and letter", value });
        }
        let row = |row| in_probability_gauge(&Spectrum::from_logits(row)?);
        Ok(Self { alphabet, levels: logits.chunks_exact(alphabet).map(row).collect::<Result<_, _>>()? })
    }

    /// The chain with logits drawn from Normal(0, `spread`^2) by `rng`.
    ///
    /// # Errors
    ///
    /// As [`MarkovText::new`]; a spread that is negative or not finite.
    pub fn random<R: Rng + ?Sized>(
        alphabet: usize,
        order: usize,
        spread: f64,
        rng: &mut R,
    ) -> Result<Self, SequenceError> {
        if !(spread >= 0.0 && spread.is_finite()) {
            let value = spread.to_string();
            return Err(SequenceError::Setting { name: "spread", expected: "finite and not negative", value });
        }
        let n = n_contexts(alphabet, order)? * alphabet;
        let logits: Vec<f64> = (0..n).map(|_| spread * Distribution::<f64>::sample(&StandardNormal, rng)).collect();
        Self::new(alphabet, order, &logits)
    }

    /// The context that `letter` leads to.
    fn after(&self, context: usize, letter: usize) -> usize {
        (context * self.alphabet + letter) % self.levels.len()
    }

    /// Letters of `levels` that can occur at `beta`, with their probability and the context they lead to.
    fn branches<'a>(&'a self, context: usize, ensemble: &'a Canonical<'a>) -> impl Iterator<Item = Branch> + 'a {
        (0..self.alphabet).filter_map(move |letter| {
            let probability = ensemble.probability(letter);
            let branch = Branch { letter, probability, context: self.after(context, letter) };
            (probability > 0.0).then_some(branch)
        })
    }

    /// ln Z, U, S and C of whole sequences of `length` letters at a finite `beta`, by the transfer matrix.
    ///
    /// The matrix acts on ln Z of what is still to come: a letter is a level with as many states as the rest has weight. Takes
    /// `length * alphabet^(order + 1)` steps.
    ///
    /// # Errors
    ///
    /// No length; an infinite beta.
    pub fn whole(&self, length: usize, beta: Beta) -> Result<Thermo, SequenceError> {
        let length = finite(length, beta)?;
        // ln Z, mean and variance of the energy of what follows each context.
        let mut rest = vec![[0.0; 3]; self.levels.len()];
        for _ in 0..length {
            let step = |(context, levels): (usize, &Spectrum)| {
                let follows = |letter| rest[self.after(context, letter)];
                let energies = (0..self.alphabet).map(|letter| levels.energy(letter)).collect();
                let ln_weights = (0..self.alphabet).map(|letter| follows(letter)[0]).collect();
                let levels = Spectrum::with_ln_degeneracies(energies, ln_weights)?;
                let ensemble = Canonical::new(&levels, beta);
                let energy = |branch: &Branch| levels.energy(branch.letter) + rest[branch.context][1];
                let mean = sum(self.branches(context, &ensemble).map(|b| b.probability * energy(&b)));
                let spread = |b: Branch| b.probability * ((energy(&b) - mean).powi(2) + rest[b.context][2]);
                let variance = sum(self.branches(context, &ensemble).map(spread));
                Ok([ensemble.thermo().ln_z, mean, variance])
            };
            rest = self.levels.iter().enumerate().map(step).collect::<Result<_, SequenceError>>()?;
        }
        let [ln_z, energy, variance] = rest[0];
        let b = beta.get();
        Ok(Thermo { beta, ln_z, energy, entropy: ln_z + b * energy, heat_capacity: b * b * variance })
    }

    /// What tempering each letter at a finite `beta` makes of sequences of `length` letters, by the same recursion.
    ///
    /// # Errors
    ///
    /// As [`MarkovText::whole`].
    pub fn tempered(&self, length: usize, beta: Beta) -> Result<Tempered, SequenceError> {
        let length = finite(length, beta)?;
        // Mean energy, entropy, mean and variance of the sum of ln Z_t of what follows each context.
        let mut rest = vec![[0.0; 4]; self.levels.len()];
        for _ in 0..length {
            let step = |(context, levels): (usize, &Spectrum)| {
                let ensemble = Canonical::new(levels, beta);
                let own = ensemble.thermo();
                let mean =
                    |k: usize| sum(self.branches(context, &ensemble).map(|b| b.probability * rest[b.context][k]));
                let ln_z = mean(2);
                let spread = |b: Branch| b.probability * ((rest[b.context][2] - ln_z).powi(2) + rest[b.context][3]);
                let variance = sum(self.branches(context, &ensemble).map(spread));
                [own.energy + mean(0), own.entropy + mean(1), own.ln_z + ln_z, variance]
            };
            rest = self.levels.iter().enumerate().map(step).collect();
        }
        let [energy, entropy, ln_z_steps, ln_z_steps_variance] = rest[0];
        let divergence = (self.whole(length, beta)?.ln_z - ln_z_steps).max(0.0);
        Ok(Tempered { beta, energy, entropy, ln_z_steps, ln_z_steps_variance, divergence })
    }
}

/// A letter that may come next.
struct Branch {
    letter: usize,
    probability: f64,
    context: usize,
}

impl NextToken for MarkovText {
    fn vocabulary(&self) -> usize {
        self.alphabet
    }

    fn next(&self, prefix: &[u32]) -> Result<Cow<'_, Spectrum>, SequenceError> {
        let mut context = 0;
        for (place, &token) in prefix.iter().enumerate() {
            if token as usize >= self.alphabet {
                return Err(SequenceError::Token { token, place, vocabulary: self.alphabet });
            }
            context = self.after(context, token as usize);
        }
        Ok(Cow::Borrowed(&self.levels[context]))
    }
}

/// `length`, if a recursion of so many steps has an answer at `beta`.
fn finite(length: usize, beta: Beta) -> Result<usize, SequenceError> {
    if beta.get().is_finite() { require_length(length) } else { Err(SequenceError::NoTransferMatrix(beta)) }
}

/// alphabet^order, if a table may have so many rows.
fn n_contexts(alphabet: usize, order: usize) -> Result<usize, SequenceError> {
    let bad = |name, expected, value: usize| SequenceError::Setting { name, expected, value: value.to_string() };
    if alphabet == 0 {
        return Err(bad("alphabet", "at least one letter", alphabet));
    }
    let entries = u32::try_from(order).ok().and_then(|order| alphabet.checked_pow(order)?.checked_mul(alphabet));
    match entries.filter(|&n| n <= MAX_ENTRIES) {
        Some(n) => Ok(n / alphabet),
        None => Err(bad("order", "small enough for a table of alphabet^(order + 1) <= 2^20 logits", order)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::sequence::WholeSequences;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn random(alphabet: usize, order: usize) -> MarkovText {
        MarkovText::random(alphabet, order, 2.0, &mut ChaCha8Rng::seed_from_u64(order as u64)).unwrap()
    }

    fn beta(beta: f64) -> Beta {
        Beta::new(beta).unwrap()
    }

    #[test]
    fn the_transfer_matrix_is_the_sum_over_all_sequences() {
        let masked = [0.3, -1.0, f64::NEG_INFINITY, f64::NEG_INFINITY, 0.5, 0.1, 2.0, f64::NEG_INFINITY, -0.7];
        let masked = MarkovText::new(3, 1, &masked).unwrap();
        for text in [random(5, 0), random(4, 1), random(3, 2), random(2, 3), masked] {
            for length in 1..=6 {
                let listed = WholeSequences::list(&text, length).unwrap();
                for b in [-0.7, 0.0, 0.3, 1.0, 2.5, 9.0] {
                    let (a, b) = (text.whole(length, beta(b)).unwrap(), listed.whole(beta(b)));
                    for (x, y) in [
                        (a.ln_z, b.ln_z),
                        (a.energy, b.energy),
                        (a.entropy, b.entropy),
                        (a.heat_capacity, b.heat_capacity),
                    ] {
                        assert!((x - y).abs() <= 1e-12 * (1.0 + y.abs()), "{x} {y} at {} for {length}", b.beta);
                    }
                    let (a, b) = (text.tempered(length, b.beta).unwrap(), listed.tempered(b.beta));
                    for (x, y) in [
                        (a.energy, b.energy),
                        (a.entropy, b.entropy),
                        (a.ln_z_steps, b.ln_z_steps),
                        (a.ln_z_steps_variance, b.ln_z_steps_variance),
                        (a.divergence, b.divergence),
                    ] {
                        assert!((x - y).abs() <= 1e-12 * (1.0 + y.abs()), "{x} {y} at {} for {length}", b.beta);
                    }
                }
            }
        }
    }

    #[test]
    fn letters_without_memory_are_tempered_as_whole_sequences() {
        let text = random(4, 0);
        for b in [0.2, 1.0, 3.0] {
            let (whole, tempered) = (text.whole(50, beta(b)).unwrap(), text.tempered(50, beta(b)).unwrap());
            assert!((whole.energy - tempered.energy).abs() < 1e-11 && tempered.divergence < 1e-11);
            assert!(tempered.ln_z_steps_variance < 1e-20);
        }
    }

    #[test]
    fn the_divergence_grows_with_the_length() {
        let text = random(3, 1);
        let [d1, d2, d3] = [1000, 2000, 3000].map(|n| text.tempered(n, beta(2.0)).unwrap().divergence);
        assert!(d1 > 0.01 && ((d3 - d2) / (d2 - d1) - 1.0).abs() < 1e-9, "{d1} {d2} {d3}");
    }

    #[test]
    fn refusals_name_their_cause() {
        let message = |result: Result<MarkovText, SequenceError>| result.unwrap_err().to_string();
        assert_eq!(message(MarkovText::new(0, 1, &[])), "alphabet must be at least one letter, got 0");
        assert!(message(MarkovText::new(2, 1, &[0.0; 3])).ends_with("got 3 for 2 contexts of 2 letters"));
        assert!(message(MarkovText::new(10, 40, &[])).contains("2^20 logits, got 40"));
        assert!(message(MarkovText::new(2, 0, &[f64::NAN, 0.0])).contains("logit 0"));
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        assert!(message(MarkovText::random(2, 1, f64::NAN, rng)).starts_with("spread must be"));
        let text = random(2, 1);
        assert!(text.whole(3, Beta::INFINITE).unwrap_err().to_string().contains("finite beta"));
        assert!(text.whole(0, beta(1.0)).unwrap_err().to_string().contains("at least one token"));
        assert_eq!(text.next(&[0, 7]).unwrap_err().to_string(), "token 7 at place 1 is outside the vocabulary of 2");
    }
}
