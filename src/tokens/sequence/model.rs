//! Whole sequences sampled by moves: a block is drawn again from the model itself, the tail behind it stays.

use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use rand::{Rng, RngExt};

use super::error::SequenceError;
use super::next_token::{NextToken, require_length, unit};
use super::whole::WholeSequences;
use crate::ensemble::{Canonical, Spectrum};
use crate::model::{Enumerable, Model};
use crate::numerics::sum;
use crate::units::{Beta, Temperature};

/// Longest block, apart from those that reach the end.
const LONGEST_BLOCK: usize = 4;

/// A sequence with what each of its tokens costs and how likely it would be proposed. Equal if the tokens are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sequence {
    tokens: Vec<u32>,
    costs: Vec<Cost>,
}

/// One token in its place.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cost {
    /// -ln p_1(x_t | x_<t).
    energy: f64,
    /// ln of its probability at the temperature of proposals.
    ln_proposal: f64,
}

impl Sequence {
    /// The tokens, `[length]`.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// -ln p_1(x_t | x_<t) of each token, `[length]`, in nats.
    pub fn energies(&self) -> impl ExactSizeIterator<Item = f64> {
        self.costs.iter().map(|cost| cost.energy)
    }
}

impl PartialEq for Sequence {
    fn eq(&self, other: &Self) -> bool {
        self.tokens == other.tokens
    }
}

impl Eq for Sequence {}

impl Hash for Sequence {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.tokens.hash(state);
    }
}

/// A block of new tokens, with the costs of everything from its first token to the end of the sequence.
#[derive(Clone, Debug)]
pub struct Resampling {
    start: usize,
    tokens: Vec<u32>,
    costs: Vec<Cost>,
}

impl Resampling {
    /// Place of the first new token.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// The new tokens.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }
}

/// The sequences of one length under a model of the next token, as a Hamiltonian with moves.
///
/// A move chooses a block (half of the time the whole rest of the sequence behind a random place, else up to four tokens), draws
/// its tokens one by one from the model at the temperature of proposals T_q, each after those before it, and keeps the tail behind
/// the block, whose energies change because its context did. The probabilities of the way there and back are known, so
/// Metropolis–Hastings with [`Model::ln_proposal_ratio`] samples the Boltzmann distribution of whole sequences exactly,
/// whatever T_q is. With T_q = T = 1 a block that reaches the end is always accepted.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::samplers::{Metropolis, Sampler};
/// use gibbs::tokens::sequence::{MarkovText, SequenceModel};
/// use gibbs::model::Model;
/// use gibbs::units::Temperature;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut rng = Seed(1).set_up();
/// let text = MarkovText::random(4, 2, 2.0, &mut rng)?;
/// let (t, length) = (Temperature::new(0.5)?, 8);
/// let model = SequenceModel::new(&text, length, t)?;
/// let mut chain = Metropolis::new(&model, t.beta(), model.greedy()?);
/// (0..100).for_each(|_| chain.advance(&mut rng));
/// assert!((chain.energy() - model.energy(chain.state())).abs() < 1e-9 && model.failure().is_none());
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// W. K. Hastings, Biometrika 57, 97 (1970), doi:10.1093/biomet/57.1.97.
#[derive(Debug)]
pub struct SequenceModel<'a, P: ?Sized> {
    text: &'a P,
    length: usize,
    proposal: Beta,
    start: Sequence,
    moves_per_sweep: usize,
    failure: OnceLock<SequenceError>,
}

impl<'a, P: NextToken + ?Sized> SequenceModel<'a, P> {
    /// Sequences of `length` tokens of `text`, with proposals drawn at temperature `proposal` > 0.
    ///
    /// # Errors
    ///
    /// No length; a `proposal` of 0, where most tokens are never drawn; the model refuses.
    pub fn new(text: &'a P, length: usize, proposal: Temperature) -> Result<Self, SequenceError> {
        let beta = proposal.beta();
        if !(beta.get() >= 0.0 && beta.get().is_finite()) {
            let (name, expected, value) = ("temperature of proposals", "positive", proposal.to_string());
            return Err(SequenceError::Setting { name, expected, value });
        }
        let length = require_length(length)?;
        let start = Sequence { tokens: Vec::new(), costs: Vec::new() };
        let moves_per_sweep = moves_per_sweep(length);
        let mut model = Self { text, length, proposal: beta, start, moves_per_sweep, failure: OnceLock::new() };
        model.start = model.greedy()?;
        Ok(model)
    }

    /// The sequence of these tokens.
    ///
    /// # Errors
    ///
    /// Another number of tokens than the length, a token outside the vocabulary, the model refuses.
    pub fn sequence(&self, tokens: Vec<u32>) -> Result<Sequence, SequenceError> {
        if tokens.len() != self.length {
            let value = format!("{} tokens where the length is {}", tokens.len(), self.length);
            return Err(SequenceError::Setting { name: "sequence", expected: "as long as the model says", value });
        }
        let vocabulary = self.text.vocabulary();
        if let Some(place) = tokens.iter().position(|&token| token as usize >= vocabulary) {
            return Err(SequenceError::Token { token: tokens[place], place, vocabulary });
        }
        let costs = self.costs(&tokens, 0)?;
        Ok(Sequence { tokens, costs })
    }

    /// The sequence whose every token is the likeliest one after those before it, the first of equals.
    ///
    /// # Errors
    ///
    /// The model refuses.
    pub fn greedy(&self) -> Result<Sequence, SequenceError> {
        let mut tokens = Vec::with_capacity(self.length);
        for _ in 0..self.length {
            let levels = self.text.next(&tokens)?;
            tokens.push(levels.excitations().iter().position(|&e| e == 0.0).unwrap_or(0) as u32);
        }
        self.sequence(tokens)
    }

    /// A sequence drawn token by token at `beta`, which is the law of [`Tempered`](super::Tempered), with its sum of ln Z_t (NaN at T = 0).
    ///
    /// # Errors
    ///
    /// The model refuses.
    pub fn draw<R: Rng + ?Sized>(&self, beta: Beta, rng: &mut R) -> Result<(Sequence, f64), SequenceError> {
        let (mut tokens, mut costs) = (Vec::with_capacity(self.length), Vec::with_capacity(self.length));
        let mut ln_z_steps = 0.0;
        for _ in 0..self.length {
            let levels = self.text.next(&tokens)?;
            let (ensemble, model) = (Canonical::new(&levels, beta), Canonical::new(&levels, unit()?));
            let token = draw(&ensemble, rng);
            costs.push(self.cost(&levels, token)?);
            // In the gauge E_i = -ln p_i, where ln Z = 0 at T = 1.
            ln_z_steps += ensemble.thermo().ln_z - beta.get() * model.thermo().ln_z;
            tokens.push(token as u32);
        }
        Ok((Sequence { tokens, costs }, ln_z_steps))
    }

    /// What made the model refuse during a run, if it did: such a run has rejected all moves since and must be discarded.
    pub fn failure(&self) -> Option<&SequenceError> {
        self.failure.get()
    }

    /// The same, to hand on.
    ///
    /// # Errors
    ///
    /// What made the model refuse.
    pub fn into_failure(self) -> Result<(), SequenceError> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    fn cost(&self, levels: &Spectrum, token: usize) -> Result<Cost, SequenceError> {
        let (model, proposal) = (Canonical::new(levels, unit()?), Canonical::new(levels, self.proposal));
        Ok(Cost { energy: -model.ln_probability(token), ln_proposal: proposal.ln_probability(token) })
    }

    /// Costs of `tokens[start..]`.
    fn costs(&self, tokens: &[u32], start: usize) -> Result<Vec<Cost>, SequenceError> {
        let levels = self.text.along(tokens, start)?;
        tokens[start..].iter().zip(levels).map(|(&token, levels)| self.cost(&levels, token as usize)).collect()
    }

    fn resample<R: Rng + ?Sized>(
        &self,
        state: &Sequence,
        start: usize,
        end: usize,
        rng: &mut R,
    ) -> Result<Resampling, SequenceError> {
        let mut tokens = state.tokens.clone();
        let mut costs = Vec::with_capacity(self.length - start);
        for t in start..end {
            let levels = self.text.next(&tokens[..t])?;
            let token = draw(&Canonical::new(&levels, self.proposal), rng);
            costs.push(self.cost(&levels, token)?);
            tokens[t] = token as u32;
        }
        if end < self.length {
            costs.extend(self.costs(&tokens, end)?);
        }
        Ok(Resampling { start, tokens: tokens[start..end].to_vec(), costs })
    }
}

/// First token and end of a block: chosen without looking at the state, so that the way back chooses it as often.
fn block<R: Rng + ?Sized>(length: usize, rng: &mut R) -> (usize, usize) {
    let start = rng.random_range(0..length);
    let rest = length - start;
    let size = if rng.random_range(0..2u32) == 0 { rest } else { rng.random_range(1..=rest.min(LONGEST_BLOCK)) };
    (start, start + size)
}

/// Moves that draw about as many tokens as there are.
fn moves_per_sweep(length: usize) -> usize {
    let mean = |rest: usize| 0.5 * rest as f64 + 0.25 * (1 + rest.min(LONGEST_BLOCK)) as f64;
    let drawn = (1..=length).map(mean).sum::<f64>() / length as f64;
    (length as f64 / drawn).ceil() as usize
}

/// The sum; with a forbidden token it is infinite, where a compensated one would have no value.
fn total(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    if terms.clone().all(f64::is_finite) { sum(terms) } else { terms.sum() }
}

/// One level by inversion of the cumulative distribution, u in (0, 1].
fn draw<R: Rng + ?Sized>(ensemble: &Canonical<'_>, rng: &mut R) -> usize {
    let mut cumulative = ensemble.weights();
    let mut total = 0.0;
    for weight in &mut cumulative {
        total += *weight;
        *weight = total;
    }
    let target = (1.0 - rng.random::<f64>()) * total;
    cumulative.partition_point(|&sum| sum < target)
}

impl<P: NextToken + ?Sized> Model for SequenceModel<'_, P> {
    type State = Sequence;
    type Move = Resampling;

    /// The greedy sequence.
    fn initial_state<R: Rng + ?Sized>(&self, _rng: &mut R) -> Sequence {
        self.start.clone()
    }

    fn fits(&self, state: &Sequence) -> bool {
        state.tokens.len() == self.length && state.costs.len() == self.length
    }

    /// E from the tokens alone; NaN if the model refuses.
    fn energy(&self, state: &Sequence) -> f64 {
        self.costs(&state.tokens, 0).map_or(f64::NAN, |costs| total(costs.iter().map(|cost| cost.energy)))
    }

    fn running_energy(&self, state: &Sequence) -> f64 {
        total(state.costs.iter().map(|cost| cost.energy))
    }

    /// Draws a block; where the model refuses, the failure is kept and the move has no energy, so that it is never made.
    fn propose<R: Rng + ?Sized>(&self, state: &Sequence, rng: &mut R) -> Resampling {
        let (start, end) = block(self.length, rng);
        self.resample(state, start, end, rng).unwrap_or_else(|error| {
            self.failure.get_or_init(|| error);
            Resampling { start, tokens: Vec::new(), costs: vec![Cost { energy: f64::NAN, ln_proposal: f64::NAN }] }
        })
    }

    fn energy_change(&self, state: &Sequence, change: &Resampling) -> f64 {
        let old = &state.costs[change.start..];
        // Tokens drawn again as they were cost what they cost: an unchanged sequence has no rounding error to carry.
        total(change.costs.iter().zip(old).map(|(new, old)| new.energy - old.energy))
    }

    fn apply(&self, state: &mut Sequence, change: Resampling) {
        let end = change.start + change.tokens.len();
        state.tokens[change.start..end].copy_from_slice(&change.tokens);
        state.costs[change.start..].copy_from_slice(&change.costs);
    }

    fn moves_per_sweep(&self) -> usize {
        self.moves_per_sweep
    }

    fn ln_proposal_ratio(&self, state: &Sequence, change: &Resampling) -> f64 {
        let (old, new) = (&state.costs[change.start..], &change.costs[..change.tokens.len()]);
        total(old.iter().zip(new).map(|(old, new)| old.ln_proposal - new.ln_proposal))
    }
}

/// All sequences that the vocabulary can write, in lexicographic order; forbidden ones have infinite energy.
///
/// Listed up to [`MAX_SEQUENCES`](super::MAX_SEQUENCES); of more, or if the model refuses, none is listed.
impl<P: NextToken + ?Sized> Enumerable for SequenceModel<'_, P> {
    fn states(&self) -> impl Iterator<Item = Sequence> {
        let listed = WholeSequences::list(self.text, self.length);
        let all = listed.into_iter().flat_map(|all| (0..all.spectrum().len()).map(move |k| all.tokens(k)));
        all.filter_map(|tokens| self.sequence(tokens).ok())
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::tokens::sequence::MarkovText;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    fn at(t: f64) -> Temperature {
        Temperature::new(t).unwrap()
    }

    /// Every move taken: what is kept of each token is what its new context says.
    #[test]
    fn costs_are_kept_up_to_date() {
        let text = MarkovText::random(4, 2, 2.0, &mut rng(1)).unwrap();
        let (model, mut rng) = (SequenceModel::new(&text, 7, at(1.7)).unwrap(), rng(2));
        let mut state = model.initial_state(&mut rng);
        for _ in 0..500 {
            let change = model.propose(&state, &mut rng);
            let (before, change_of_energy) = (model.energy(&state), model.energy_change(&state, &change));
            model.apply(&mut state, change);
            let fresh = model.sequence(state.tokens().to_vec()).unwrap();
            assert!((model.energy(&state) - before - change_of_energy).abs() < 1e-12);
            for (kept, fresh) in state.costs.iter().zip(&fresh.costs) {
                assert_eq!((kept.energy, kept.ln_proposal), (fresh.energy, fresh.ln_proposal));
            }
        }
    }

    #[test]
    fn the_rest_of_a_text_drawn_at_the_temperature_of_the_model_costs_nothing() {
        let text = MarkovText::random(5, 1, 2.0, &mut rng(3)).unwrap();
        let (model, mut rng) = (SequenceModel::new(&text, 6, at(1.0)).unwrap(), rng(4));
        let (mut state, mut ends, mut others) = (model.initial_state(&mut rng), 0, 0.0f64);
        for _ in 0..400 {
            let change = model.propose(&state, &mut rng);
            let cost = model.energy_change(&state, &change) - model.ln_proposal_ratio(&state, &change);
            if change.start + change.tokens.len() == 6 {
                assert!(cost.abs() < 1e-13, "{cost}");
                ends += 1;
            } else {
                others = others.max(cost.abs());
            }
            model.apply(&mut state, change);
        }
        assert!(ends > 200 && others > 0.1);
    }

    #[test]
    fn blocks_reach_every_place_and_sweeps_draw_the_length() {
        let mut rng = rng(5);
        for length in [1, 2, 5, 12] {
            let mut seen = std::collections::HashSet::new();
            let mut drawn = 0;
            let n = 20_000 * moves_per_sweep(length);
            for _ in 0..n {
                let (start, end) = block(length, &mut rng);
                assert!(start < end && end <= length);
                seen.insert((start, end));
                drawn += end - start;
            }
            let blocks = |start: usize| {
                let rest = length - start;
                rest.min(LONGEST_BLOCK) + usize::from(rest > LONGEST_BLOCK)
            };
            assert_eq!(seen.len(), (0..length).map(blocks).sum::<usize>());
            let per_sweep = drawn as f64 / 20_000.0;
            assert!(per_sweep > 0.99 * length as f64 && per_sweep < 2.0 * length as f64, "{per_sweep} of {length}");
        }
    }

    #[test]
    fn greedy_follows_the_likeliest_letters() {
        let text = MarkovText::new(2, 1, &[0.0, 1.0, 3.0, 1.0]).unwrap();
        let model = SequenceModel::new(&text, 4, at(1.0)).unwrap();
        assert_eq!(model.greedy().unwrap().tokens(), [1, 0, 1, 0]);
        assert_eq!(model.states().count(), 16);
    }

    #[test]
    fn forbidden_sequences_have_infinite_energy() {
        let never = f64::NEG_INFINITY;
        let text = MarkovText::new(3, 1, &[0.5, 0.0, -0.5, 0.2, never, 0.9, -0.3, 1.0, never]).unwrap();
        let model = SequenceModel::new(&text, 4, at(1.0)).unwrap();
        let listed = WholeSequences::list(&text, 4).unwrap();
        for (k, state) in model.states().enumerate() {
            let (energy, exact) = (model.energy(&state), listed.spectrum().energy(k));
            let forbidden = state.tokens().windows(2).any(|pair| pair == [1, 1] || pair == [2, 2]);
            assert_eq!((energy == f64::INFINITY, exact == f64::INFINITY), (forbidden, forbidden), "{state:?}");
            assert!(forbidden || (energy - exact).abs() < 1e-13);
            assert_eq!(model.running_energy(&state).is_finite(), !forbidden);
        }
    }

    /// Refuses once the letter 1 has been written.
    struct Broken;

    impl NextToken for Broken {
        fn vocabulary(&self) -> usize {
            2
        }

        fn next(&self, prefix: &[u32]) -> Result<Cow<'_, Spectrum>, SequenceError> {
            if prefix.contains(&1) {
                return Err(SequenceError::Source("the weights are gone".into()));
            }
            Ok(Cow::Owned(Spectrum::new(vec![0.0, 0.5])?))
        }
    }

    #[test]
    fn a_model_that_refuses_stops_the_chain_and_says_why() {
        let (model, mut rng) = (SequenceModel::new(&Broken, 3, at(1.0)).unwrap(), rng(6));
        let mut state = model.initial_state(&mut rng);
        while model.failure().is_none() {
            let change = model.propose(&state, &mut rng);
            let allowed = model.energy_change(&state, &change).is_finite();
            assert_eq!(allowed, model.failure().is_none());
            if allowed {
                model.apply(&mut state, change);
            }
        }
        assert_eq!(model.into_failure().unwrap_err().to_string(), "the weights are gone");
    }

    #[test]
    fn refusals_name_their_cause() {
        let text = MarkovText::random(3, 1, 1.0, &mut rng(7)).unwrap();
        let message = |length, t| SequenceModel::new(&text, length, t).unwrap_err().to_string();
        assert_eq!(message(3, Temperature::ZERO), "temperature of proposals must be positive, got 0");
        assert_eq!(message(0, at(1.0)), "length must be at least one token, got 0");
        let model = SequenceModel::new(&text, 3, Temperature::INFINITE).unwrap();
        let message = |tokens| model.sequence(tokens).unwrap_err().to_string();
        assert_eq!(message(vec![0, 3, 0]), "token 3 at place 1 is outside the vocabulary of 3");
        assert_eq!(message(vec![0]), "sequence must be as long as the model says, got 1 tokens where the length is 3");
    }
}
