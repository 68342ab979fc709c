//! JSON documents from text, one line at a time: JSON lines, server-sent events, or one document over several lines.

use std::io::{BufRead, Read};

use serde_json::Value;

use crate::arrays::quoted_literals;

use super::error::RecordedError;

/// Most bytes of one line, or of one document over several lines.
pub(super) const MAX_MIB: usize = 64;
/// Most MiB of memory that the parsed form of one document may take.
const MEMORY_MIB: usize = 512;

/// A parsed document and where it starts.
pub(super) struct Document {
    pub value: Value,
    /// Its line, from 1; `None` if it covers several lines.
    pub line: Option<u64>,
    /// Whether it is the last of those over several lines.
    pub is_last: bool,
}

/// How the text is cut into documents.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Lines,
    Events,
}

/// The documents of a source, read one at a time.
#[derive(Debug)]
pub(super) struct Documents<R> {
    reader: R,
    /// Lines read so far.
    line: u64,
    /// Whether the text is server-sent events, once that is known.
    events: Option<bool>,
    /// Documents over several lines that were read at once, last first.
    several: Vec<Value>,
}

impl<R: BufRead> Documents<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 0, events: None, several: Vec::new() }
    }

    /// The next document; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Document>, RecordedError> {
        loop {
            if let Some(value) = self.several.pop() {
                return Ok(Some(Document { value, line: None, is_last: self.several.is_empty() }));
            }
            let Some(bytes) = self.read_line()? else { return Ok(None) };
            let text = self.text(&bytes, self.line)?.trim();
            if text.is_empty() {
                continue;
            }
            let first = self.events.is_none();
            let layout = match *self.events.get_or_insert_with(|| is_event(text)) {
                true => Layout::Events,
                false => Layout::Lines,
            };
            let text = match layout {
                Layout::Lines => text,
                // An event without data says nothing; `[DONE]` ends a stream, after which another may begin.
                Layout::Events => match text.strip_prefix("data:").map(str::trim) {
                    None | Some("" | "[DONE]") => continue,
                    Some(data) => data,
                },
            };
            check_size(text, &format!("line {}", self.line))?;
            match parse(text) {
                Ok(value) => return Ok(Some(Document { value, line: Some(self.line), is_last: false })),
                Err(error) if error.is_eof() && first && layout == Layout::Lines => self.read_several(bytes)?,
                Err(error) => return Err(syntax(&error, self.line)),
            }
        }
    }

    /// Bytes of the next line with its end; `None` at the end of the input.
    fn read_line(&mut self) -> Result<Option<Vec<u8>>, RecordedError> {
        let mut bytes = Vec::new();
        let limit = MAX_MIB << 20;
        let n = self.reader.by_ref().take(limit as u64 + 1).read_until(b'\n', &mut bytes)?;
        if n == 0 {
            return Ok(None);
        }
        self.line += 1;
        if n > limit {
            return Err(RecordedError::TooLong { origin: format!("line {}", self.line), limit: MAX_MIB });
        }
        Ok(Some(bytes))
    }

    /// Reads the rest of the input after a first line that is an unfinished document.
    fn read_several(&mut self, mut bytes: Vec<u8>) -> Result<(), RecordedError> {
        let limit = MAX_MIB << 20;
        let left = (limit + 1).saturating_sub(bytes.len()) as u64;
        self.reader.by_ref().take(left).read_to_end(&mut bytes)?;
        let origin = format!("the document from line {}", self.line);
        if bytes.len() > limit {
            return Err(RecordedError::TooLong { origin, limit: MAX_MIB });
        }
        let text = self.text(&bytes, self.line)?;
        check_size(text, &origin)?;
        let values = match parse_several(text) {
            Err(error) if !error.is_eof() => match quoted_literals(text) {
                Some(text) => parse_several(&text),
                None => Err(error),
            },
            parsed => parsed,
        };
        self.several = values.map_err(|error| syntax(&error, self.line))?;
        self.several.reverse();
        Ok(())
    }

    /// Bytes from line `line` as text, without a byte-order mark at the start of the input.
    fn text<'a>(&self, bytes: &'a [u8], line: u64) -> Result<&'a str, RecordedError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = &bytes[..error.valid_up_to()];
            let lines = valid.iter().filter(|&&byte| byte == b'\n').count();
            let start = valid.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
            RecordedError::Utf8 { line: line + lines as u64, byte: valid.len() - start + 1 }
        })?;
        Ok(if line == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text })
    }
}

/// Whether a text whose first bytes are these is one of recorded responses, and not of arrays of logits.
///
/// A few KiB are enough. Responses are the events of a stream, a first line in a known format, or a longer first line
/// with a key that only responses have. Arrays of numbers and objects with `logits` are not responses.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::sources::recorded::is_recorded_response;
///
/// assert!(is_recorded_response(br#"{"id": "1", "choices": [{"index": 0, "#));
/// assert!(!is_recorded_response(b"[[0.5, -1.25], [2.0, 0.0]]"));
/// assert!(!is_recorded_response(br#"{"logits": [0.5, -1.25], "drawn": [0]}"#));
/// ```
#[must_use]
pub fn is_recorded_response(first_bytes: &[u8]) -> bool {
    const KEYS: [&str; 18] = [
        "\"candidates\"",
        "\"choices\"",
        "\"completion_probabilities\"",
        "\"completions\"",
        "\"details\"",
        "\"error\"",
        "\"generated_text\"",
        "\"generatedToken\"",
        "\"logprob\"",
        "\"logprobs\"",
        "\"meta_info\"",
        "\"output_text\"",
        "\"outputs\"",
        "\"prob\"",
        "\"prompt_logprobs\"",
        "\"tok_str\"",
        "\"top_logprobs\"",
        "\"top_probs\"",
    ];
    let text = String::from_utf8_lossy(first_bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if is_event(text) {
        return true;
    }
    if !text.trim_start_matches('[').trim_start().starts_with('{') || text.starts_with("[[") {
        return false;
    }
    match serde_json::Deserializer::from_str(text).into_iter::<Value>().next() {
        Some(Ok(document)) => is_response(&document),
        _ if text.lines().next().is_some_and(|line| parse(line).is_ok_and(|document| is_response(&document))) => true,
        _ => !text.contains("\"logits\"") && KEYS.iter().any(|key| text.contains(key)),
    }
}

/// Whether a document is a response, or an object of an unknown kind that holds no logits.
fn is_response(document: &Value) -> bool {
    match document {
        Value::Array(documents) => documents.iter().find(|document| !document.is_null()).is_some_and(is_response),
        _ => document.is_object() && document.get("logits").is_none() && document.get("logit").is_none(),
    }
}

/// Whether a line is one of server-sent events.
fn is_event(line: &str) -> bool {
    line.starts_with(':') || ["data:", "event:", "id:", "retry:"].iter().any(|field| line.starts_with(field))
}

/// Whether the parsed form of a text takes no more memory than [`MEMORY_MIB`], by an estimate from above: an object takes room for
/// eleven members at once, an array for four, and every value for itself, its text, and as much again while its array grows.
pub(in crate::tokens::sources) fn fits_memory(text: &[u8]) -> bool {
    const OBJECT: usize = 680;
    const ARRAY: usize = 150;
    const VALUE: usize = 100;
    let cost = |byte: &u8| match byte {
        b'{' => OBJECT,
        b'[' => ARRAY,
        b',' => VALUE,
        _ => 0,
    };
    text.len() + text.iter().map(cost).sum::<usize>() <= MEMORY_MIB << 20
}

/// Bounds the memory that the parsed text takes.
fn check_size(text: &str, origin: &str) -> Result<(), RecordedError> {
    if fits_memory(text.as_bytes()) {
        return Ok(());
    }
    Err(RecordedError::TooMany { origin: origin.to_owned(), limit: MEMORY_MIB, what: "MiB of parsed values" })
}

fn syntax(error: &serde_json::Error, line: u64) -> RecordedError {
    let line = line + (error.line() as u64).saturating_sub(1);
    if error.is_eof() {
        return RecordedError::CutOff { line };
    }
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default().to_owned();
    RecordedError::Syntax { line, column: error.column(), reason }
}

/// One JSON value, with the literals that Python adds to JSON as strings.
fn parse(text: &str) -> Result<Value, serde_json::Error> {
    match serde_json::from_str(text) {
        Err(error) if !error.is_eof() => match quoted_literals(text) {
            Some(text) => serde_json::from_str(&text),
            None => Err(error),
        },
        parsed => parsed,
    }
}

fn parse_several(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    serde_json::Deserializer::from_str(text).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_parsed_text_is_bounded() {
        let message = |text: &str| check_size(text, "line 1").unwrap_err().to_string();
        assert_eq!(
            message(&"{".repeat(1 << 20)),
            "line 1 holds more than 512 MiB of parsed values: write one response per line (JSONL), of fewer tokens or shorter lists"
        );
        assert!(message(&",".repeat(6 << 20)).contains("512 MiB"));
        // The lists of a whole vocabulary at eight positions are read.
        assert!(
            check_size(&r#"{"id":1,"token":"a","bytes":[1,2],"logprob":-1.5},"#.repeat(8 * 32_000), "line 1").is_ok()
        );
    }
}
