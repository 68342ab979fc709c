//! All sequences of one length, enumerated: the canonical ensemble of whole texts, compared with tempering each token.

use std::borrow::Cow;

use super::error::{MAX_SEQUENCES, SequenceError};
use super::next_token::{NextToken, in_probability_gauge, require_length};
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::numerics::CompensatedSum;
use crate::units::Beta;

/// What drawing each token at one temperature makes of a sequence: means over Q_T.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tempered {
    /// Inverse temperature of each token.
    pub beta: Beta,
    /// Mean of E(x) = -ln p_1(x), in nats.
    pub energy: f64,
    /// Entropy of Q_T in nats: the mean over Q_T of the entropies along the sequence.
    pub entropy: f64,
    /// Mean of sum_t ln Z_t, the partition functions that the steps divide by. Minus infinity at T = 0.
    pub ln_z_steps: f64,
    /// Variance of sum_t ln Z_t: 0 if and only if Q_T is the Boltzmann distribution. NaN at T = 0.
    pub ln_z_steps_variance: f64,
    /// KL(Q_T || P_T) = ln Z - `<sum_t ln Z_t>` >= 0 in nats; infinite at T = 0 unless Q_0 draws most likely sequences alone.
    pub divergence: f64,
}

/// Every sequence of one length, in lexicographic order, with its energy.
#[derive(Clone, Debug)]
pub struct WholeSequences {
    vocabulary: usize,
    length: usize,
    /// Levels after every prefix in the gauge E_i = -ln p_i, by length of the prefix.
    steps: Vec<Vec<Spectrum>>,
    spectrum: Spectrum,
}

impl WholeSequences {
    /// Lists the `vocabulary^length` sequences of `text`.
    ///
    /// # Errors
    ///
    /// No length; more than [`MAX_SEQUENCES`] sequences; the model refuses.
    pub fn list<P: NextToken + ?Sized>(text: &P, length: usize) -> Result<Self, SequenceError> {
        let (vocabulary, length) = (text.vocabulary(), require_length(length)?);
        let n = u32::try_from(length).ok().and_then(|power| vocabulary.checked_pow(power));
        // A single letter has one sequence of any length, but a list of that length would be made.
        if n.is_none_or(|n| n.max(length) > MAX_SEQUENCES) {
            return Err(SequenceError::TooMany { vocabulary, length });
        }
        let (mut steps, mut energies) = (Vec::with_capacity(length), vec![0.0]);
        for depth in 0..length {
            let levels = (0..energies.len())
                .map(|k| in_probability_gauge(text.next(&tokens(k, depth, vocabulary))?.as_ref()))
                .collect::<Result<Vec<Spectrum>, _>>()?;
            let pairs = energies.iter().zip(&levels);
            energies = pairs.flat_map(|(e, levels)| (0..vocabulary).map(move |i| e + levels.energy(i))).collect();
            steps.push(levels);
        }
        Ok(Self { vocabulary, length, steps, spectrum: Spectrum::new(energies)? })
    }

    /// Tokens of one sequence.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The energies, one level per sequence.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// The tokens of sequence `k` of the list.
    #[must_use]
    pub fn tokens(&self, k: usize) -> Vec<u32> {
        tokens(k, self.length, self.vocabulary)
    }

    /// The place of a sequence in the list, if it is there.
    #[must_use]
    pub fn position(&self, tokens: &[u32]) -> Option<usize> {
        let known = tokens.len() == self.length && tokens.iter().all(|&token| (token as usize) < self.vocabulary);
        known.then(|| tokens.iter().fold(0, |k, &token| k * self.vocabulary + token as usize))
    }

    /// ln Z, U, S and C of whole sequences at `beta`.
    #[must_use]
    pub fn whole(&self, beta: Beta) -> Thermo {
        Canonical::new(&self.spectrum, beta).thermo()
    }

    /// What tempering each token at `beta` makes of them.
    #[must_use]
    pub fn tempered(&self, beta: Beta) -> Tempered {
        let [mut energy, mut entropy, mut steps, mut squares, mut divergence] = [CompensatedSum::default(); 5];
        // Probability of each prefix, and its sum of ln Z_t.
        let mut prefixes = vec![(1.0, 0.0)];
        for (depth, levels) in self.steps.iter().enumerate() {
            let last = depth + 1 == self.length;
            let mut longer = Vec::with_capacity(prefixes.len() * self.vocabulary);
            for (levels, &(q, ln_z)) in levels.iter().zip(&prefixes) {
                let ensemble = Canonical::new(levels, beta);
                let own = ensemble.thermo();
                if q > 0.0 {
                    energy.add(q * own.energy);
                    entropy.add(q * own.entropy);
                    steps.add(q * own.ln_z);
                }
                if q > 0.0 && last {
                    squares.add(q * (ln_z + own.ln_z).powi(2));
                }
                longer.extend((0..self.vocabulary).map(|i| (q * ensemble.probability(i), ln_z + own.ln_z)));
            }
            prefixes = longer;
        }
        let mean = steps.value();
        let whole = Canonical::new(&self.spectrum, beta);
        for (k, &(q, _)) in prefixes.iter().enumerate().filter(|(_, (q, _))| *q > 0.0) {
            divergence.add(q * (q.ln() - whole.ln_probability(k)));
        }
        Tempered {
            beta,
            energy: energy.value(),
            entropy: entropy.value(),
            ln_z_steps: mean,
            ln_z_steps_variance: squares.value() - mean * mean,
            divergence: divergence.value().max(0.0),
        }
    }

    /// Q_T of every sequence at `beta`, `[n_sequences]`.
    #[must_use]
    pub fn tempered_probabilities(&self, beta: Beta) -> Vec<f64> {
        self.steps.iter().fold(vec![1.0], |prefixes, levels| {
            let ensembles = levels.iter().map(|levels| Canonical::new(levels, beta));
            let pairs = prefixes.iter().zip(ensembles);
            pairs.flat_map(|(q, ensemble)| ensemble.probabilities().into_iter().map(move |p| q * p)).collect()
        })
    }

    /// Largest difference that any statement about a sequence can show, `sum_x |P_T(x) - Q_T(x)| / 2`, between 0 and 1.
    #[must_use]
    pub fn total_variation(&self, beta: Beta) -> f64 {
        let whole = Canonical::new(&self.spectrum, beta);
        let tempered = self.tempered_probabilities(beta);
        let mut sum = CompensatedSum::default();
        tempered.iter().enumerate().for_each(|(k, q)| sum.add((whole.probability(k) - q).abs()));
        0.5 * sum.value()
    }

    /// Probability of the most likely sequence (of all of them, where several tie): as `(P_T, Q_T)`.
    #[must_use]
    pub fn most_likely(&self, beta: Beta) -> (f64, f64) {
        let whole = Canonical::new(&self.spectrum, beta);
        let tempered = self.tempered_probabilities(beta);
        let ground = || (0..tempered.len()).filter(|&k| self.spectrum.excitation(k) == 0.0);
        (ground().map(|k| whole.probability(k)).sum(), ground().map(|k| tempered[k]).sum())
    }
}

/// The list holds the levels after every prefix, so sampling does not call the model again.
impl NextToken for WholeSequences {
    fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    fn next(&self, prefix: &[u32]) -> Result<Cow<'_, Spectrum>, SequenceError> {
        let Some(levels) = self.steps.get(prefix.len()) else {
            let (expected, value) = ("shorter than the listed sequences", format!("{} tokens", prefix.len()));
            return Err(SequenceError::Setting { name: "prefix", expected, value });
        };
        let vocabulary = self.vocabulary;
        if let Some(place) = prefix.iter().position(|&token| token as usize >= vocabulary) {
            return Err(SequenceError::Token { token: prefix[place], place, vocabulary });
        }
        let k = prefix.iter().fold(0, |k, &token| k * vocabulary + token as usize);
        Ok(Cow::Borrowed(&levels[k]))
    }
}

/// The `length` digits of `k` in base `vocabulary`, the most significant one first.
fn tokens(mut k: usize, length: usize, vocabulary: usize) -> Vec<u32> {
    let mut digits = vec![0; length];
    for digit in digits.iter_mut().rev() {
        *digit = (k % vocabulary) as u32;
        k /= vocabulary;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::sequence::MarkovText;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn listed(order: usize, length: usize) -> WholeSequences {
        let text = MarkovText::random(4, order, 2.0, &mut ChaCha8Rng::seed_from_u64(5)).unwrap();
        WholeSequences::list(&text, length).unwrap()
    }

    fn beta(beta: f64) -> Beta {
        Beta::new(beta).unwrap()
    }

    /// Largest of |U_P - U_Q|, |S_P - S_Q|, KL, total variation and Var(sum ln Z_t).
    fn gap(sequences: &WholeSequences, beta: Beta) -> f64 {
        let (whole, tempered) = (sequences.whole(beta), sequences.tempered(beta));
        let gaps = [
            whole.energy - tempered.energy,
            whole.entropy - tempered.entropy,
            tempered.divergence,
            sequences.total_variation(beta),
            tempered.ln_z_steps_variance,
        ];
        gaps.into_iter().fold(0.0, |largest, gap: f64| largest.max(gap.abs()))
    }

    #[test]
    fn the_two_ensembles_are_one_at_unit_and_infinite_temperature_and_for_one_token() {
        for (order, length) in [(1, 6), (2, 5)] {
            let sequences = listed(order, length);
            assert!(gap(&sequences, beta(1.0)) < 1e-12 && gap(&sequences, Beta::ZERO) < 1e-12);
            assert!(sequences.whole(beta(1.0)).ln_z.abs() < 1e-13);
            assert!((sequences.whole(Beta::ZERO).entropy - length as f64 * 4f64.ln()).abs() < 1e-13);
            for b in [0.5, 0.9, 1.1, 2.0] {
                assert!(gap(&sequences, beta(b)) > 1e-3, "no difference at {b}");
            }
        }
        let single = listed(2, 1);
        for b in [0.3, 1.0, 4.0] {
            assert!(gap(&single, beta(b)) < 1e-13);
        }
        assert_eq!(single.most_likely(Beta::INFINITE), (1.0, 1.0));
    }

    #[test]
    fn the_divergence_is_the_gap_of_the_partition_functions() {
        let sequences = listed(2, 5);
        for b in [0.2, 0.7, 1.0, 1.6, 3.0] {
            let (whole, tempered) = (sequences.whole(beta(b)), sequences.tempered(beta(b)));
            assert!((tempered.divergence - (whole.ln_z - tempered.ln_z_steps)).abs() < 1e-12);
            // S_Q = <sum ln Z_t> + beta U_Q, step by step.
            assert!((tempered.entropy - (tempered.ln_z_steps + b * tempered.energy)).abs() < 1e-12);
            // The bound of Pinsker.
            assert!(sequences.total_variation(beta(b)).powi(2) <= 0.5 * tempered.divergence + 1e-24);
        }
        // ln Z = ln <e^(sum ln Z_t)>_Q, to second order where the spread is small.
        let (near, h) = (sequences.tempered(beta(1.001)), 0.001);
        assert!((near.divergence / (0.5 * near.ln_z_steps_variance) - 1.0).abs() < 20.0 * h, "{near:?}");
    }

    #[test]
    fn energies_and_tempered_probabilities_are_those_of_the_steps() {
        let text = MarkovText::random(3, 1, 1.0, &mut ChaCha8Rng::seed_from_u64(2)).unwrap();
        let sequences = WholeSequences::list(&text, 4).unwrap();
        for k in [0, 7, 40, 80] {
            let tokens = sequences.tokens(k);
            assert_eq!(sequences.position(&tokens), Some(k));
            let step = |b: f64| -> f64 {
                let p = (0..4).map(|t| {
                    Canonical::new(text.next(&tokens[..t]).unwrap().as_ref(), beta(b))
                        .ln_probability(tokens[t] as usize)
                });
                p.sum()
            };
            assert!((sequences.spectrum().energy(k) + step(1.0)).abs() < 1e-13);
            assert!((sequences.tempered_probabilities(beta(2.0))[k] / step(2.0).exp() - 1.0).abs() < 1e-12);
        }
        let again = WholeSequences::list(&sequences, 4).unwrap();
        for k in 0..81 {
            assert!((again.spectrum().energy(k) - sequences.spectrum().energy(k)).abs() < 1e-13);
        }
        assert!(sequences.next(&[0; 4]).is_err() && sequences.next(&[3]).is_err());
        assert_eq!((sequences.position(&[0, 3, 0, 0]), sequences.position(&[0])), (None, None));
    }

    #[test]
    fn too_many_sequences_are_refused() {
        let text = MarkovText::random(4, 1, 1.0, &mut ChaCha8Rng::seed_from_u64(2)).unwrap();
        for length in [10, 40, usize::MAX] {
            let message = WholeSequences::list(&text, length).unwrap_err().to_string();
            assert!(message.starts_with(&format!("4^{length} sequences are too many")), "{message}");
        }
        let single = MarkovText::new(1, 0, &[0.0]).unwrap();
        assert!(WholeSequences::list(&single, usize::MAX).is_err() && WholeSequences::list(&single, 3).is_ok());
        assert!(WholeSequences::list(&text, 0).is_err());
    }
}
