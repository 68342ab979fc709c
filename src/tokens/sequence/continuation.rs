//! A language model as a source of sequences after a prompt, with its whole vocabulary or a few letters of it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ensemble::Spectrum;
use crate::tokens::models::{Cache, LanguageError, LanguageModel};
use crate::tokens::sequence::{NextToken, SequenceError};

/// Sequences whose reading is remembered in a generation; those of all replicas at one temperature are far fewer.
const REMEMBERED: usize = 128;

/// What a language model writes after a prompt. A restricted vocabulary forbids all other tokens: a constrained ensemble.
///
/// The prompt is read once, and every later token for itself: a new block costs the tokens from its start on. The latest
/// sequences are remembered; since each is always read token by token, what is remembered changes the time and no number.
#[derive(Debug)]
pub struct Continuation<'a> {
    model: &'a LanguageModel,
    /// After the prompt alone.
    prompt: Read,
    /// The letters as tokens of the model; `None` for all of them.
    letters: Option<Vec<u32>>,
    recent: Mutex<Recent>,
}

/// What the model knows once it has read a sequence.
#[derive(Clone, Debug)]
struct Read {
    cache: Cache,
    /// Levels of what comes next.
    levels: Spectrum,
}

/// The sequences read lately, in two generations: when the younger one is full, the older one is forgotten.
#[derive(Debug, Default)]
struct Recent {
    younger: HashMap<Vec<u32>, Arc<Read>>,
    older: HashMap<Vec<u32>, Arc<Read>>,
}

impl Recent {
    fn get(&mut self, sequence: &[u32]) -> Option<Arc<Read>> {
        if let Some(read) = self.younger.get(sequence) {
            return Some(Arc::clone(read));
        }
        let read = self.older.remove(sequence)?;
        self.insert(sequence.to_vec(), Arc::clone(&read));
        Some(read)
    }

    fn insert(&mut self, sequence: Vec<u32>, read: Arc<Read>) {
        if self.younger.len() >= REMEMBERED {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(sequence, read);
    }
}

impl<'a> Continuation<'a> {
    /// Sequences of any tokens after `prompt`.
    ///
    /// # Errors
    ///
    /// A prompt without tokens, or longer than the model reads.
    pub fn new(model: &'a LanguageModel, prompt: &str) -> Result<Self, SequenceError> {
        let mut cache = Cache::new();
        let logits = model.next_token_logits(&model.encode(prompt).map_err(refused)?, &mut cache).map_err(refused)?;
        let prompt = Read { cache, levels: levels(&logits, None)? };
        Ok(Self { model, prompt, letters: None, recent: Mutex::default() })
    }

    /// Sequences of the `n` tokens that are the likeliest ones right after `prompt`: letter 0 is the likeliest.
    ///
    /// # Errors
    ///
    /// As [`Continuation::new`]; no letter, or more than the vocabulary has.
    pub fn restricted(model: &'a LanguageModel, prompt: &str, n: usize) -> Result<Self, SequenceError> {
        let all = Self::new(model, prompt)?;
        if !(1..=all.vocabulary()).contains(&n) {
            let (name, expected) = ("letters", "at least one and at most the vocabulary");
            return Err(SequenceError::Setting { name, expected, value: n.to_string() });
        }
        let Read { cache, levels: of_all } = all.prompt;
        let mut order: Vec<u32> = (0..of_all.len() as u32).collect();
        order.sort_by(|&a, &b| of_all.excitation(a as usize).total_cmp(&of_all.excitation(b as usize)));
        order.truncate(n);
        let own = order.iter().map(|&token| of_all.energy(token as usize)).collect();
        let prompt = Read { cache, levels: Spectrum::new(own)? };
        Ok(Self { model, prompt, letters: Some(order), recent: all.recent })
    }

    /// The text of a sequence.
    ///
    /// # Errors
    ///
    /// A token outside the vocabulary; the tokenizer refuses.
    pub fn decode(&self, sequence: &[u32]) -> Result<String, SequenceError> {
        self.model.decode(&self.of_model(sequence)?).map_err(refused)
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

    /// The sequence that `before` has read with one more letter.
    fn one_more(&self, before: &Read, letter: u32) -> Result<Read, SequenceError> {
        let mut cache = before.cache.clone();
        let logits = self.model.next_token_logits(&self.of_model(&[letter])?, &mut cache).map_err(refused)?;
        Ok(Read { cache, levels: levels(&logits, self.letters.as_deref())? })
    }

    /// The sequences read lately; a thread that stopped half-way has left nothing false in them.
    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Levels of the `letters` (`None` for all tokens) among the `logits` of all tokens.
fn levels(logits: &[f64], letters: Option<&[u32]>) -> Result<Spectrum, SequenceError> {
    Ok(match letters {
        None => Spectrum::from_logits(logits)?,
        Some(letters) => {
            Spectrum::from_logits(&letters.iter().map(|&token| logits[token as usize]).collect::<Vec<_>>())?
        }
    })
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
        if prefix.is_empty() {
            return Ok(Cow::Borrowed(&self.prompt.levels));
        }
        // First, so that a refusal names the place in the whole sequence.
        self.of_model(prefix)?;
        let known = {
            let mut recent = self.recent();
            (1..=prefix.len()).rev().find_map(|n| Some((n, recent.get(&prefix[..n])?)))
        };
        let (n, mut read) = known.map_or((0, None), |(n, read)| (n, Some(read)));
        for end in n + 1..=prefix.len() {
            let longer = Arc::new(self.one_more(read.as_deref().unwrap_or(&self.prompt), prefix[end - 1])?);
            self.recent().insert(prefix[..end].to_vec(), Arc::clone(&longer));
            read = Some(longer);
        }
        Ok(Cow::Owned(read.map_or_else(|| self.prompt.levels.clone(), |read| read.levels.clone())))
    }
}
