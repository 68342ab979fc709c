//! Responses of the servers' own interfaces: llama.cpp, SGLang, TGI, AI21, Ollama, and OpenAI's Responses.

use serde_json::Value;

use super::detect::llama_cpp_entries;
use super::entry::{Entry, Kind, LnProbability, Node, Record, choice_origin, token_origin, within};
use super::error::RecordedError;

/// The records of an array of tokens that carry their own top lists.
fn tokens(document: Node<'_>, tokens: &[Value]) -> Result<Vec<Record>, RecordedError> {
    let record = |(i, value)| Node { value, origin: &token_origin(document.origin, i), ..document }.record(false);
    tokens.iter().enumerate().map(record).collect()
}

/// llama.cpp: `completion_probabilities`.
pub(super) fn llama_cpp(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    tokens(document, llama_cpp_entries(document.value).map(Vec::as_slice).unwrap_or_default())
}

/// llama.cpp before December 2024: the probabilities after sampling, the chosen token by its text alone.
pub(super) fn llama_cpp_old(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let entries = llama_cpp_entries(document.value).map(Vec::as_slice).unwrap_or_default();
    let mut records = Vec::with_capacity(entries.len());
    for (i, value) in entries.iter().enumerate() {
        let origin = token_origin(document.origin, i);
        let node = Node { value, origin: &origin, ..document };
        if node.get("probs").is_none() {
            return Err(node.missing("probs"));
        }
        let mut top = Vec::new();
        for value in node.array("probs")? {
            let entry = node.with(value);
            top.push(Entry::new(Some(entry.text("tok_str")?), None, entry.probability("prob")?));
        }
        let chosen = Some(Entry::new(Some(node.text("content")?), None, LnProbability::Unknown));
        records.push(Record { prompt: false, chosen, top, kind: Kind::Sampled, origin });
    }
    Ok(records)
}

/// Ollama: `logprobs` at the top.
pub(super) fn ollama(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    tokens(document, document.array("logprobs")?)
}

/// OpenAI Responses: the tokens of every text part of the output.
pub(super) fn responses(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let mut all = Vec::new();
    for item in document.array("output")? {
        for part in document.with(item).array("content")? {
            all.extend_from_slice(document.with(part).array("logprobs")?);
        }
    }
    tokens(document, &all)
}

/// An event of a Responses stream that adds text.
pub(super) fn responses_event(event: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    tokens(event, event.array("logprobs")?)
}

/// SGLang: `meta_info` with triples of ln p, id and text for input and output.
pub(super) fn sglang(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let meta = document.with(document.get("meta_info").unwrap_or(&Value::Null));
    let mut records = triples(meta, "input_token_logprobs", "input_top_logprobs")?;
    records.extend(triples(meta, "output_token_logprobs", "output_top_logprobs")?);
    Ok(records)
}

fn triples(meta: Node<'_>, key: &'static str, top_key: &'static str) -> Result<Vec<Record>, RecordedError> {
    let (chosen, tops) = (meta.array(key)?, meta.array(top_key)?);
    let prompt = key.starts_with("input");
    let part = if prompt { "prompt token" } else { "token" };
    let record = |(i, value): (usize, &Value)| {
        let origin = within(meta.origin, part, i);
        let node = Node { value, origin: &origin, ..meta };
        let chosen = triple(node, key)?;
        let top = match tops.get(i) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => {
                list.iter().map(|value| triple(node.with(value), top_key)).collect::<Result<_, _>>()?
            }
            Some(other) => return Err(node.wrong_type(top_key, "an array of arrays", other)),
        };
        Ok(Record { prompt, chosen: Some(chosen), top, kind: Kind::List, origin })
    };
    chosen.iter().enumerate().map(record).collect()
}

/// `[ln p, id, text or null]`.
fn triple(node: Node<'_>, key: &'static str) -> Result<Entry, RecordedError> {
    match node.value.as_array().map(Vec::as_slice) {
        Some([ln_p, id, rest @ ..]) => {
            let ln_p = node.with(ln_p).as_ln_probability(key)?;
            Ok(Entry::new(rest.first().and_then(Value::as_str), id.as_u64(), ln_p))
        }
        _ => Err(node.wrong_type(key, "an array of [logprob, id, text]", node.value)),
    }
}

/// TGI: `details` with `prefill`, `tokens` and `top_tokens`, or one streamed `token` with its `top_tokens`.
pub(super) fn tgi(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    if let Some(token) = document.get("token") {
        let origin = token_origin(document.origin, 0);
        let node = Node { value: token, origin: &origin, ..document };
        let top = Node { origin: &origin, ..document }.entries("top_tokens")?;
        return Ok(vec![Record { prompt: false, chosen: Some(node.entry()?), top, kind: Kind::List, origin }]);
    }
    let Some(details) = document.get("details") else { return Ok(Vec::new()) };
    let details = document.with(details);
    let mut records = Vec::new();
    for (i, value) in details.array("prefill")?.iter().enumerate() {
        let origin = within(document.origin, "prompt token", i);
        let chosen = Node { value, origin: &origin, ..document }.entry()?;
        records.push(Record { prompt: true, chosen: Some(chosen), top: Vec::new(), kind: Kind::List, origin });
    }
    let tops = details.array("top_tokens")?;
    for (i, value) in details.array("tokens")?.iter().enumerate() {
        let origin = token_origin(document.origin, i);
        let node = Node { value, origin: &origin, ..document };
        let top = match tops.get(i) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list.iter().map(|value| node.with(value).entry()).collect::<Result<_, _>>()?,
            Some(other) => return Err(node.wrong_type("top_tokens", "an array of arrays", other)),
        };
        records.push(Record { prompt: false, chosen: Some(node.entry()?), top, kind: Kind::List, origin });
    }
    Ok(records)
}

/// AI21 J2: `generatedToken` with `topTokens`, in the prompt and in every completion.
///
/// `logprob` is read, not `raw_logprob`: it is what the top tokens carry.
pub(super) fn ai21(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let mut records = match document.get("prompt") {
        Some(prompt) => ai21_tokens(document.with(prompt), "prompt token", document.origin)?,
        None => Vec::new(),
    };
    let completions = document.array("completions")?;
    for (index, completion) in completions.iter().enumerate() {
        let origin = choice_origin(document.origin, completions, index);
        let completion = Node { value: completion, origin: &origin, ..document };
        let Some(data) = completion.get("data") else { return Err(completion.missing("data")) };
        records.extend(ai21_tokens(completion.with(data), "token", &origin)?);
    }
    Ok(records)
}

fn ai21_tokens(holder: Node<'_>, part: &str, document: &str) -> Result<Vec<Record>, RecordedError> {
    let mut records = Vec::new();
    for (i, value) in holder.array("tokens")?.iter().enumerate() {
        let origin = within(document, part, i);
        let node = Node { value, origin: &origin, ..holder };
        let Some(generated) = node.get("generatedToken") else { return Err(node.missing("generatedToken")) };
        let chosen = node.with(generated).entry()?;
        let top = node.entries("topTokens")?;
        records.push(Record { prompt: part != "token", chosen: Some(chosen), top, kind: Kind::List, origin });
    }
    Ok(records)
}
