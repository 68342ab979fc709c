//! Responses of hosted models with interfaces of their own: Gemini and Cohere.

use serde_json::Value;

use super::entry::{Entry, Kind, Node, Record, choice_origin, token_origin};
use super::error::RecordedError;

/// The value of a key in the spelling of JSON or of the Python client.
fn spelled<'a>(node: Node<'a>, camel: &str, snake: &str) -> Option<&'a Value> {
    node.get(camel).or_else(|| node.get(snake))
}

/// Gemini: `candidates[].logprobsResult` with `chosenCandidates` and, for each, `topCandidates[].candidates`.
pub(super) fn gemini(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let mut records = Vec::new();
    let candidates = document.array("candidates")?;
    for (index, candidate) in candidates.iter().enumerate() {
        let origin = choice_origin(document.origin, candidates, index);
        let candidate = Node { value: candidate, origin: &origin, ..document };
        let Some(result) = spelled(candidate, "logprobsResult", "logprobs_result") else {
            if spelled(candidate, "avgLogprobs", "avg_logprobs").is_some() {
                return Err(RecordedError::Average { origin: candidate.named(), key: "avgLogprobs" });
            }
            continue;
        };
        gemini_tokens(candidate.with(result), &mut records)?;
    }
    Ok(records)
}

fn gemini_tokens(result: Node<'_>, records: &mut Vec<Record>) -> Result<(), RecordedError> {
    let of = |camel: &'static str, snake: &'static str| match result.get(camel) {
        Some(_) => result.array(camel),
        None => result.array(snake),
    };
    let (chosen, tops) = (of("chosenCandidates", "chosen_candidates")?, of("topCandidates", "top_candidates")?);
    if !tops.is_empty() && tops.len() != chosen.len() {
        let (tokens, others) = (chosen.len(), tops.len());
        return Err(RecordedError::Lengths { origin: result.named(), tokens, key: "topCandidates", others });
    }
    for (i, value) in chosen.iter().enumerate() {
        let origin = token_origin(result.origin, i);
        let node = Node { value, origin: &origin, ..result };
        let top = match tops.get(i) {
            None => &[],
            Some(list) => node.with(list).array("candidates")?,
        };
        let top = top.iter().map(|value| gemini_entry(node.with(value))).collect::<Result<_, _>>()?;
        records.push(Record { prompt: false, chosen: Some(gemini_entry(node)?), top, kind: Kind::List, origin });
    }
    Ok(())
}

/// `token` and `tokenId`, which is left out where it is 0, with `logProbability`.
fn gemini_entry(node: Node<'_>) -> Result<Entry, RecordedError> {
    let id = spelled(node, "tokenId", "token_id").and_then(Value::as_u64);
    let ln_p = match node.get("log_probability") {
        Some(_) => node.ln_probability("log_probability")?,
        None => node.ln_probability("logProbability")?,
    };
    Ok(Entry::new(node.get("token").and_then(Value::as_str), id, ln_p))
}

/// Cohere: `logprobs[]` of pieces of text with `token_ids` and `logprobs`, or the older `generations[].token_likelihoods`.
pub(super) fn cohere(document: Node<'_>) -> Result<Vec<Record>, RecordedError> {
    let mut entries = Vec::new();
    for piece in document.array("logprobs")? {
        let piece = document.with(piece);
        let (ids, numbers) = (piece.array("token_ids")?, piece.array("logprobs")?);
        if ids.len() != numbers.len() {
            let (tokens, others) = (ids.len(), numbers.len());
            return Err(RecordedError::Lengths { origin: piece.named(), tokens, key: "logprobs", others });
        }
        for (id, number) in ids.iter().zip(numbers) {
            entries.push(Entry::new(None, id.as_u64(), piece.with(number).as_ln_probability("logprobs")?));
        }
    }
    for generation in document.array("generations")? {
        for token in document.with(generation).array("token_likelihoods")? {
            let token = document.with(token);
            entries.push(Entry::new(Some(token.text("token")?), None, token.ln_probability("likelihood")?));
        }
    }
    let record = |(i, chosen)| {
        let origin = token_origin(document.origin, i);
        Record { prompt: false, chosen: Some(chosen), top: Vec::new(), kind: Kind::List, origin }
    };
    Ok(entries.into_iter().enumerate().map(record).collect())
}
