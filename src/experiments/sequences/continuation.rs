//! A language model as a source of sequences after a prompt, with its whole vocabulary or a few letters of it.

use std::borrow::Cow;

use crate::ensemble::Spectrum;
use crate::experiments::ExperimentError;
use crate::language::{Cache, LanguageError, LanguageModel};
use crate::systems::{NextToken, SequenceError};

/// What a language model writes after a prompt. A restricted vocabulary forbids all other tokens: a constrained ensemble.
#[derive(Debug)]
pub struct Continuation<'a> {
    model: &'a LanguageModel,
    prompt: Vec<u32>,
    /// What the model has read of the prompt: all but its last token.
    read: Cache,
    /// The letters as tokens of the model; none for all of them.
    letters: Option<Vec<u32>>,
}

impl<'a> Continuation<'a> {
    /// Sequences of any tokens after `prompt`.
    ///
    /// # Errors
    ///
    /// A prompt without tokens, or longer than the model reads.
    pub fn new(model: &'a LanguageModel, prompt: &str) -> Result<Self, ExperimentError> {
        let prompt = model.encode(prompt)?;
        let mut read = Cache::new();
        let Some((_, before)) = prompt.split_last() else { return Err(LanguageError::NoTokens.into()) };
        if !before.is_empty() {
            model.next_token_logits(before, &mut read)?;
        }
        Ok(Self { model, prompt, read, letters: None })
    }

    /// Sequences of the `n` tokens that are the likeliest ones right after `prompt`: letter 0 is the likeliest.
    ///
    /// # Errors
    ///
    /// As [`Continuation::new`]; no letter, or more than the vocabulary has.
    pub fn restricted(model: &'a LanguageModel, prompt: &str, n: usize) -> Result<Self, ExperimentError> {
        let mut all = Self::new(model, prompt)?;
        if !(1..=all.vocabulary()).contains(&n) {
            let (name, expected) = ("letters", "at least one and at most the vocabulary");
            return Err(ExperimentError::Setting { name, expected, value: n.to_string() });
        }
        let levels = all.next(&[])?.into_owned();
        let mut order: Vec<u32> = (0..all.vocabulary() as u32).collect();
        order.sort_by(|&a, &b| levels.excitation(a as usize).total_cmp(&levels.excitation(b as usize)));
        order.truncate(n);
        all.letters = Some(order);
        Ok(all)
    }

    /// The text of a sequence.
    ///
    /// # Errors
    ///
    /// A token outside the vocabulary; the tokenizer refuses.
    pub fn decode(&self, sequence: &[u32]) -> Result<String, ExperimentError> {
        Ok(self.model.decode(&self.of_model(sequence)?)?)
    }

    /// The tokens of the model that a sequence of letters stands for.
    fn of_model(&self, sequence: &[u32]) -> Result<Vec<u32>, SequenceError> {
        let Some(letters) = &self.letters else { return Ok(sequence.to_vec()) };
        let one = |(place, &token): (usize, &u32)| {
            let unknown = SequenceError::Token { token, place, vocabulary: letters.len() };
            letters.get(token as usize).copied().ok_or(unknown)
        };
        sequence.iter().enumerate().map(one).collect()
    }

    /// Levels of the letters among the `logits` of all tokens.
    fn levels(&self, logits: &[f64]) -> Result<Spectrum, SequenceError> {
        Ok(match &self.letters {
            None => Spectrum::from_logits(logits)?,
            Some(letters) => {
                Spectrum::from_logits(&letters.iter().map(|&token| logits[token as usize]).collect::<Vec<_>>())?
            }
        })
    }
}

/// A refusal of the language model as one of a sequence.
fn refused(error: LanguageError) -> SequenceError {
    SequenceError::Source(Box::new(error))
}

impl NextToken for Continuation<'_> {
    fn vocabulary(&self) -> usize {
        self.letters.as_ref().map_or(self.model.vocab_size(), Vec::len)
    }

    fn next(&self, prefix: &[u32]) -> Result<Cow<'_, Spectrum>, SequenceError> {
        let unread = [&self.prompt[self.prompt.len() - 1..], &self.of_model(prefix)?].concat();
        let logits = self.model.next_token_logits(&unread, &mut self.read.clone()).map_err(refused)?;
        Ok(Cow::Owned(self.levels(&logits)?))
    }

    /// All positions in one pass of the model.
    fn along(&self, tokens: &[u32], start: usize) -> Result<Vec<Cow<'_, Spectrum>>, SequenceError> {
        let Some((_, before)) = tokens.split_last() else { return Ok(Vec::new()) };
        let logits = self.model.all_logits(&[&self.prompt[..], &self.of_model(before)?].concat()).map_err(refused)?;
        let first = self.prompt.len() - 1 + start;
        logits[first..].iter().map(|row| Ok(Cow::Owned(self.levels(row)?))).collect()
    }
}
