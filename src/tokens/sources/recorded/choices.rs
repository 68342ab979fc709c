//! Responses with `choices`: the two interfaces of OpenAI, vLLM, mistral.rs and the many servers that follow them.

use serde_json::Value;

use super::entry::{Entry, Kind, LnProbability, Node, Record, choice_origin, token_origin, within};
use super::error::RecordedError;
use super::format::ResponseFormat;

/// The positions of all choices, with `prompt_logprobs` first.
pub(super) fn records(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let choices = document.array("choices")?;
    let mut records = prompt(document)?;
    for (index, choice) in choices.iter().enumerate() {
        let origin = choice_origin(document.origin, choices, index);
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

/// Choices that have text and no logarithms.
pub(super) fn n_without_logprobs(document: &Value) -> u64 {
    let Some(Value::Array(choices)) = document.get("choices") else { return 0 };
    let has_text = |choice: &Value| {
        let said = ["message", "delta"].iter().filter_map(|key| choice.get(key)?.get("content"));
        said.chain(choice.get("text")).any(|text| text.as_str().is_some_and(|text| !text.is_empty()))
    };
    let is_silent = |choice: &&Value| choice.get("logprobs").is_none_or(Value::is_null) && has_text(choice);
    choices.iter().filter(is_silent).count() as u64
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
    } else if has("content") || has("reasoning_content") || has("refusal") {
        let parts = [logprobs.array("reasoning_content")?, logprobs.array("content")?, logprobs.array("refusal")?];
        let tokens = parts.into_iter().flatten();
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
        let by_id = text.is_u64();
        if !by_id && !text.is_string() {
            return Err(node.wrong_type("tokens", "an array of strings or of ids", text));
        }
        let chosen = Entry::new(text.as_str(), text.as_u64(), node.as_ln_probability("token_logprobs")?);
        let named = |name: &str| if by_id { (None, name.parse().ok()) } else { (Some(name.to_owned()), None) };
        let top = match tops.get(i) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Object(map)) => map
                .iter()
                .map(|(name, value)| {
                    let (text, id) = named(name);
                    Ok(Entry::new(text.as_deref(), id, node.with(value).as_ln_probability("top_logprobs")?))
                })
                .collect::<Result<_, RecordedError>>()?,
            Some(Value::Array(list)) => list.iter().map(|value| node.with(value).entry()).collect::<Result<_, _>>()?,
            Some(other) => return Err(node.wrong_type("top_logprobs", "an array of maps", other)),
        };
        let kind = if by_id { Kind::Ranked } else { Kind::Map };
        Ok(Record { prompt: i < n_prompt, chosen: Some(chosen), top, kind, origin })
    };
    tokens.iter().enumerate().map(record).collect()
}

/// vLLM's offline interface: `outputs` with `token_ids` and maps from id in `logprobs`.
pub(super) fn outputs(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let outputs = document.array("outputs")?;
    let mut records = prompt(document)?;
    for (index, output) in outputs.iter().enumerate() {
        let origin = choice_origin(document.origin, outputs, index);
        let output = Node { value: output, origin: &origin, ..document };
        let (ids, maps) = (output.array("token_ids")?, output.array("logprobs")?);
        if !maps.is_empty() && maps.len() != ids.len() {
            let (tokens, others) = (ids.len(), maps.len());
            return Err(RecordedError::Lengths { origin: output.named(), tokens, key: "logprobs", others });
        }
        for (i, map) in maps.iter().enumerate() {
            let origin = token_origin(output.origin, i);
            let top = ranked(Node { value: map, origin: &origin, ..output }, "logprobs")?;
            let id = ids.get(i).and_then(Value::as_u64);
            let chosen = top.iter().find(|entry| entry.id.is_some() && entry.id == id).cloned();
            let chosen = chosen.or_else(|| id.map(|id| Entry::new(None, Some(id), LnProbability::Unknown)));
            records.push(Record { prompt: false, chosen, top, kind: Kind::Ranked, origin });
        }
    }
    Ok(records)
}

/// vLLM's map from id to `logprob`, `rank` and `decoded_token`; empty where it is null.
fn ranked(node: Node<'_>, key: &'static str) -> Result<Vec<Entry>, RecordedError> {
    let entries = match node.value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(map) => map,
        other => return Err(node.wrong_type(key, "an array of maps", other)),
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
    Ok(top)
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
        if map.is_null() {
            continue;
        }
        let top = ranked(node, "prompt_logprobs")?;
        let id = ids.get(i).and_then(Value::as_u64);
        let listed = |entry: &&Entry| match id {
            Some(id) => entry.id == Some(id),
            None => entry.rank.is_some_and(|rank| rank > top.len() as u64),
        };
        let chosen = top.iter().find(listed).cloned();
        records.push(Record { prompt: true, chosen, top, kind: Kind::Ranked, origin });
    }
    Ok(records)
}
