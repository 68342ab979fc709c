//! Streams whose chunks repeat the tokens before them: each chunk of one answer replaces the one before.

use std::collections::VecDeque;

use super::entry::Record;

/// Most answers that are remembered at a time: those of one request, whose chunks come in turn.
const MOST_ANSWERS: usize = 256;

/// The answers whose chunks are being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(VecDeque<Answer>);

/// One answer, and the drawn tokens read of it.
#[derive(Clone, Debug)]
struct Answer {
    name: String,
    tokens: Vec<Token>,
}

/// A drawn token: text, id and the bits of its ln p.
type Token = (Option<String>, Option<u64>, Option<u64>);

fn token(record: &Record) -> Token {
    let Some(chosen) = &record.chosen else { return Token::default() };
    (chosen.text.clone(), chosen.id, chosen.ln_p.known().map(f64::to_bits))
}

impl Answers {
    /// How many of `drawn`, a chunk of the answer called `name`, were read before. A chunk is a repetition if it begins
    /// with all tokens of the answer so far; `total`, the number of tokens so far, decides where the server writes it.
    pub(super) fn n_repeated(&mut self, name: &str, drawn: &[Record], total: Option<u64>) -> usize {
        let mut answer = match self.0.iter().position(|answer| answer.name == name) {
            Some(i) => self.0.remove(i).unwrap_or_else(|| Answer::new(name)),
            None => Answer::new(name),
        };
        let tokens: Vec<Token> = drawn.iter().map(token).collect();
        let is_whole = total.is_none_or(|total| total == tokens.len() as u64);
        let repeats = is_whole && tokens.starts_with(&answer.tokens);
        let n_repeated = if repeats { answer.tokens.len() } else { 0 };
        answer.tokens.extend(tokens.into_iter().skip(n_repeated));
        if self.0.len() == MOST_ANSWERS {
            self.0.pop_front();
        }
        self.0.push_back(answer);
        n_repeated
    }

    /// Whether chunks of the answer called `name` were read.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.0.iter().any(|answer| answer.name == name)
    }
}

impl Answer {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), tokens: Vec::new() }
    }
}
