//! Positions from JSON documents, with the state that one document of a recording leaves for the next.

use serde_json::Value;

use crate::tokens::position::Position;

use super::cumulative::Answers;
use super::detect::unwrapped;
use super::entry::{Node, Record, named, within};
use super::error::{RecordedError, shortened};
use super::format::ResponseFormat;
use super::levels::{Lists, position};
use super::options::Options;
use super::tally::Tally;
use super::{choices, hosted, native};

/// A parser of the documents of one recording, in order.
///
/// Create one per recording or session: the lists of earlier documents help to read later ones.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::Draw;
/// use gibbs::tokens::sources::recorded::{Options, ResponseParser};
///
/// let document = serde_json::json!({"choices": [{"logprobs": {"content": [{
///     "token": "a", "logprob": -0.5,
///     "top_logprobs": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1.5}],
/// }]}}]});
/// let mut parser = ResponseParser::new(Options::default());
/// let positions = parser.parse(&document, "line 1")?;
/// assert_eq!(positions[0].origin, "line 1, token 1");
/// assert_eq!(positions[0].listed.energy(1), 1.5);
/// assert_eq!(positions[0].drawn, [Draw::Listed(0)]);
/// # Ok::<(), gibbs::tokens::sources::recorded::RecordedError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ResponseParser {
    options: Options,
    lists: Lists,
    tally: Tally,
    /// Whether the events of a Responses stream had logarithms: the event that ends it repeats them.
    event_logprobs: bool,
    /// The answers whose chunks are being read.
    answers: Answers,
}

impl ResponseParser {
    /// A parser that has seen nothing.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            lists: Lists::default(),
            tally: Tally::default(),
            event_logprobs: false,
            answers: Answers::default(),
        }
    }

    /// What was read so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The positions of one response, one streamed chunk, or an array of them, which stands at `origin` (`line 3`; empty
    /// where it is the only one). None where the document carries no logarithms, as the last chunk of a stream.
    ///
    /// # Errors
    ///
    /// A document of no known format, or not in the one that was forced; numbers that are no probabilities; all named
    /// by `origin` and token.
    pub fn parse(&mut self, document: &Value, origin: &str) -> Result<Vec<Position>, RecordedError> {
        let Value::Array(documents) = document else { return self.parse_one(document, origin) };
        if documents.is_empty() {
            return Err(RecordedError::Undetected { origin: named(origin) });
        }
        let mut positions = Vec::new();
        for (i, document) in documents.iter().enumerate() {
            positions.append(&mut self.parse_one(document, &within(origin, "response", i))?);
        }
        Ok(positions)
    }

    fn parse_one(&mut self, document: &Value, origin: &str) -> Result<Vec<Position>, RecordedError> {
        let document = unwrapped(document);
        if document.get("promptFeedback").is_some() && document.get("candidates").is_none() {
            // Gemini refused the prompt: there is no answer.
            self.tally.documents += 1;
            self.tally.without_logprobs += 1;
            return Ok(Vec::new());
        }
        let format = match self.options.format {
            Some(format) => format,
            None => match ResponseFormat::detect(document).filter(|_| document.is_object()) {
                Some(format) => format,
                None => return Err(server_error(document, origin)),
            },
        };
        if let Some(key) = format.missing_key(document) {
            return Err(match document.get("error") {
                Some(_) => server_error(document, origin),
                None => RecordedError::MissingKey { origin: named(origin), format, key },
            });
        }
        self.tally.documents += 1;
        self.tally.without_logprobs += choices::n_without_logprobs(document);
        let mut records = self.records(Node { value: document, origin, format })?;
        records.iter_mut().for_each(Record::join_equal);
        self.lists.observe(&records);
        let reported = format.logprobs_mode(document);
        let mut positions = Vec::with_capacity(records.len());
        for record in records {
            if record.prompt && !self.options.include_prompt {
                self.tally.prompt_tokens += 1;
            } else {
                let found = position(record, &self.lists, self.options.vocabulary, &mut self.tally)?;
                positions.extend(found.map(|position| Position { reported, ..position }));
            }
        }
        Ok(positions)
    }

    fn records(&mut self, document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
        match document.format {
            ResponseFormat::Vllm if document.get("outputs").is_some() => choices::outputs(document),
            ResponseFormat::OpenaiChat
            | ResponseFormat::OpenaiCompletions
            | ResponseFormat::Vllm
            | ResponseFormat::MistralRs => self.choices(document),
            ResponseFormat::Gemini => hosted::gemini(document),
            ResponseFormat::Cohere => hosted::cohere(document),
            ResponseFormat::OpenaiResponses => self.responses(document),
            ResponseFormat::LlamaCpp => native::llama_cpp(document),
            ResponseFormat::LlamaCppOld => native::llama_cpp_old(document),
            ResponseFormat::Sglang => self.sglang(document),
            ResponseFormat::Tgi => native::tgi(document),
            ResponseFormat::Ai21 => native::ai21(document),
            ResponseFormat::Ollama => native::ollama(document),
        }
    }

    /// Of the events of a stream those that add text are read; the others repeat them.
    fn responses(&mut self, document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
        match document.get("type").and_then(Value::as_str) {
            Some("response.output_text.delta") => {
                let records = native::responses_event(document)?;
                self.event_logprobs |= !records.is_empty();
                Ok(records)
            }
            Some(event) if event.starts_with("response.") => Ok(Vec::new()),
            _ if std::mem::take(&mut self.event_logprobs) => Ok(Vec::new()),
            _ => native::responses(document),
        }
    }

    /// The chunks of an SGLang stream carry all tokens so far: those already read are passed over.
    fn sglang(&mut self, document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
        let records = native::sglang(document)?;
        let (mut prompt, mut drawn): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| record.prompt);
        let meta = document.get("meta_info");
        if let Some(id) = meta.and_then(|meta| meta.get("id")).and_then(Value::as_str) {
            let name = format!("{id} {}", document.get("index").unwrap_or(&Value::Null));
            let total = meta.and_then(|meta| meta.get("completion_tokens")).and_then(Value::as_u64);
            if self.answers.knows(&name) {
                prompt.clear();
            }
            drawn.drain(..self.answers.n_repeated(&name, &drawn, total));
        }
        prompt.append(&mut drawn);
        Ok(prompt)
    }

    /// Choices of one response or chunk. A document with one choice may repeat the tokens of those before it with the same id.
    fn choices(&mut self, document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
        let mut records = choices::records(document)?;
        let [choice] = document.array("choices")? else { return Ok(records) };
        // A chunk of one token adds it, even where it equals the one before.
        if let Some(id) = document.get("id").and_then(Value::as_str).filter(|_| !records.is_empty()) {
            let name = format!("{id} {}", choice.get("index").unwrap_or(&Value::Null));
            let total = (records.len() == 1).then_some(0);
            records.drain(..self.answers.n_repeated(&name, &records, total));
        }
        Ok(records)
    }
}

/// The refusal of a document without positions: the error that a server recorded, if it is one.
fn server_error(document: &Value, origin: &str) -> RecordedError {
    let is_error = ["type", "object"].iter().any(|key| document.get(key).is_some_and(|kind| kind == "error"));
    let says_why = ["detail", "errors", "message"].into_iter().find_map(|key| document.get(key));
    let error = document.get("error").filter(|error| !error.is_null());
    let error = error.or(is_error.then_some(document)).or(says_why);
    let Some(error) = error else { return RecordedError::Undetected { origin: named(origin) } };
    let message = error.get("message").unwrap_or(error);
    let message = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    RecordedError::Server { origin: named(origin), message: shortened(&message) }
}

/// The positions of one document on its own: a response, or an array of them.
///
/// # Errors
///
/// As [`ResponseParser::parse`].
pub fn parse_document(document: &Value, options: &Options) -> Result<Vec<Position>, RecordedError> {
    ResponseParser::new(*options).parse(document, "")
}
