//! Responses with `choices`: the two interfaces of OpenAI, vLLM, mistral.rs and the many servers that follow them.

use std::borrow::Cow;

use serde_json::Value;

use super::entry::{Entry, Kind, Node, Record, token_origin, within};
use super::error::RecordedError;
use super::format::ResponseFormat;

/// The positions of all choices, with `prompt_logprobs` first.
pub(super) fn records(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let choices = document.array("choices")?;
    let mut records = prompt(document)?;
    for (index, choice) in choices.iter().enumerate() {
        let origin = match choices.len() {
            1 => Cow::Borrowed(document.origin),
            _ => Cow::Owned(within(document.origin, "choice", index)),
        };
        let choice = Node { value: choice, origin: &origin, ..document };
        let prompt = prompt(choice)?;
        let echoed = prompt.is_empty();
        records.extend(prompt);
        let Some(logprobs) = choice.get("logprobs") else { continue };
        let logprobs = choice.with(logprobs);
        if !logprobs.value.is_object() {
            return Err(choice.wrong_type("logprobs", "an object", logprobs.value));
        }
        let tokens = of_logprobs(document, choice, logprobs)?.into_iter();
        records.extend(tokens.filter(|record| echoed || !record.prompt));
    }
    Ok(records)
}

/// The positions of `choices[].logprobs`, in the shapes that the format allows.
fn of_logprobs(document: Node<'_>, choice: Node<'_>, logprobs: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    use ResponseFormat::{MistralRs, OpenaiCompletions, Vllm};
    let has = |key: &str| logprobs.value.get(key).is_some();
    let completions = matches!(document.format, OpenaiCompletions | Vllm);
    if completions && has("token_logprobs") {
        let prompt_tokens = document.get("usage").and_then(|usage| usage.get("prompt_tokens")).and_then(Value::as_u64);
        parallel(logprobs, prompt_tokens)
    } else if document.format == OpenaiCompletions {
        Err(choice.missing("choices[].logprobs.token_logprobs"))
    } else if has("content") || has("refusal") {
        let tokens = logprobs.array("content")?.iter().chain(logprobs.array("refusal")?);
        tokens.enumerate().map(|(i, value)| token(logprobs, i, value)).collect()
    } else if document.format == MistralRs && has("token") {
        Ok(vec![token(logprobs, 0, logprobs.value)?])
    } else {
        Err(choice.missing("choices[].logprobs.content"))
    }
}

fn token(parent: Node<'_>, index: usize, value: &Value) -> Result<Record, RecordedError> {
    Node { value, origin: &token_origin(parent.origin, index), ..parent }.record(false)
}

/// The parallel lists of the older interface: `tokens`, `token_logprobs`, `top_logprobs` of maps from text.
///
/// A first token without a logarithm is that of an echoed prompt, whose length stands in `usage`; without it the whole
/// choice counts as prompt.
fn parallel(logprobs: Node<'_>, prompt_tokens: Option<u64>) -> Result<Vec<Record>, RecordedError> {
    let tokens = logprobs.array("tokens")?;
    let numbers = logprobs.array("token_logprobs")?;
    let tops = logprobs.array("top_logprobs")?;
    let lengths =
        |key, others: usize| RecordedError::Lengths { origin: logprobs.named(), tokens: tokens.len(), key, others };
    if numbers.len() != tokens.len() {
        return Err(lengths("token_logprobs", numbers.len()));
    }
    if !tops.is_empty() && tops.len() != tokens.len() {
        return Err(lengths("top_logprobs", tops.len()));
    }
    let echo = numbers.first().is_some_and(Value::is_null);
    let n_prompt = match prompt_tokens {
        _ if !echo => 0,
        Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let record = |(i, text): (usize, &Value)| {
        let origin = token_origin(logprobs.origin, i);
        let node = Node { value: &numbers[i], origin: &origin, ..logprobs };
        let text = text.as_str().ok_or_else(|| node.wrong_type("tokens", "an array of strings", text))?;
        let chosen = Entry::new(Some(text), None, node.as_ln_probability("token_logprobs")?);
        let top = match tops.get(i) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Object(map)) => map
                .iter()
                .map(|(text, value)| {
                    Ok(Entry::new(Some(text), None, node.with(value).as_ln_probability("top_logprobs")?))
                })
                .collect::<Result<_, RecordedError>>()?,
            Some(other) => return Err(node.wrong_type("top_logprobs", "an array of maps", other)),
        };
        Ok(Record { prompt: i < n_prompt, chosen: Some(chosen), top, kind: Kind::Map, origin })
    };
    tokens.iter().enumerate().map(record).collect()
}

/// vLLM's `prompt_logprobs`: null, then maps from id to `logprob`, `rank` and `decoded_token`.
///
/// The token of the prompt itself is known from `prompt_token_ids`, or from a rank beyond the list, to which it was then
/// added.
fn prompt(holder: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    if holder.format != ResponseFormat::Vllm {
        return Ok(Vec::new());
    }
    let ids = holder.array("prompt_token_ids")?;
    let mut records = Vec::new();
    for (i, map) in holder.array("prompt_logprobs")?.iter().enumerate() {
        let origin = within(holder.origin, "prompt token", i);
        let node = Node { value: map, origin: &origin, ..holder };
        let entries = match map {
            Value::Null => continue,
            Value::Object(map) => map,
            other => return Err(node.wrong_type("prompt_logprobs", "an array of maps", other)),
        };
        let mut top = Vec::with_capacity(entries.len());
        for (id, value) in entries {
            let node = node.with(value);
            let text = node.get("decoded_token").and_then(Value::as_str);
            let ln_p = match value {
                Value::Object(_) => node.ln_probability("logprob")?,
                _ => node.as_ln_probability("logprob")?,
            };
            let rank = node.get("rank").and_then(Value::as_u64);
            top.push(Entry { rank, ..Entry::new(text, id.parse().ok(), ln_p) });
        }
        let id = ids.get(i).and_then(Value::as_u64);
        let listed = |entry: &&Entry| match id {
            Some(id) => entry.id == Some(id),
            None => entry.rank.is_some_and(|rank| rank > entries.len() as u64),
        };
        let chosen = top.iter().find(listed).cloned();
        records.push(Record { prompt: true, chosen, top, kind: Kind::Ranked, origin });
    }
    Ok(records)
}
