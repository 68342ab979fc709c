//! The iterator over the positions of a recording.

use std::collections::VecDeque;
use std::io::BufRead;

use crate::tokens::position::Position;

use super::entry::within;
use super::error::RecordedError;
use super::options::Options;
use super::parser::ResponseParser;
use super::tally::Tally;
use super::text::Documents;

/// The positions of recorded responses, in order; no more than one document of at most 64 MiB is held at a time.
///
/// The text is one JSON document, an array of them, one document per line (JSONL), or the server-sent events of a stream.
/// A line of a batch, `{"response": {"body": {...}}}`, is read as its body. After an error it ends.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::Draw;
/// use gibbs::tokens::sources::recorded::{Options, Responses};
///
/// let stream = concat!(
///     r#"data: {"choices": [{"delta": {"content": "a"}, "logprobs": {"content": [{"token": "a", "logprob": -1.625,"#,
///     r#" "top_logprobs": [{"token": "b", "logprob": -0.25}]}]}}]}"#,
///     "\n\ndata: [DONE]\n",
/// );
/// let options = Options { vocabulary: Some(10), ..Options::default() };
/// let positions: Vec<_> = Responses::new(stream.as_bytes(), options).collect::<Result<_, _>>()?;
/// assert_eq!(positions[0].listed.energy(0), 0.25);
/// assert_eq!(positions[0].drawn, [Draw::Unlisted { ln_probability: Some(-1.625) }]);
/// assert_eq!(positions[0].unlisted.and_then(|rest| rest.n_tokens), Some(9));
/// # Ok::<(), gibbs::tokens::sources::recorded::RecordedError>(())
/// ```
#[derive(Debug)]
pub struct Responses<R> {
    documents: Documents<R>,
    parser: ResponseParser,
    pending: VecDeque<Position>,
    /// Documents of several lines so far.
    part: usize,
    ended: bool,
}

impl<R: BufRead> Responses<R> {
    /// Reads from `reader`, which should be buffered.
    pub fn new(reader: R, options: Options) -> Self {
        Self {
            documents: Documents::new(reader),
            parser: ResponseParser::new(options),
            pending: VecDeque::new(),
            part: 0,
            ended: false,
        }
    }

    /// What was read so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.parser.tally()
    }

    /// Reads documents until one has positions; `None` at the end.
    fn advance(&mut self) -> Result<Option<Position>, RecordedError> {
        loop {
            if let Some(position) = self.pending.pop_front() {
                return Ok(Some(position));
            }
            let Some(document) = self.documents.next()? else { return self.end().map(|()| None) };
            let origin = match document.line {
                Some(line) => format!("line {line}"),
                None if document.is_last && self.part == 0 => String::new(),
                None => within("", "response", self.part),
            };
            self.part += 1;
            self.pending.extend(self.parser.parse(&document.value, &origin)?);
        }
    }

    /// A recording without any log probability is refused: it has been made without asking for them.
    fn end(&self) -> Result<(), RecordedError> {
        let tally = self.tally();
        match tally.documents {
            0 => Err(RecordedError::Empty),
            responses if tally.positions + tally.prompt_tokens + tally.unreported == 0 => {
                Err(RecordedError::NoLogprobs { responses })
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Iterator for Responses<R> {
    type Item = Result<Position, RecordedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.advance().transpose();
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}
