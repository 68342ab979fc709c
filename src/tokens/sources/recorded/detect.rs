//! The format that a document is in, or that a name stands for.

use std::str::FromStr;

use serde_json::Value;

use super::error::{RecordedError, shortened};
use super::format::{ResponseFormat, token_id};
use crate::tokens::LogprobsMode;

impl ResponseFormat {
    /// The format of one response, one streamed chunk or an array of them; `None` if the format is unknown.
    ///
    /// A response that was recorded without log probabilities is still one. Arrays of numbers and objects with
    /// `logits` are not responses.
    #[must_use]
    pub fn detect(document: &Value) -> Option<Self> {
        if let Value::Array(documents) = document {
            return documents.iter().find(|document| document.is_object()).and_then(Self::detect);
        }
        let document = unwrapped(document);
        let has = |key: &str| document.get(key).is_some();
        let is_array = |key: &str| document.get(key).is_some_and(Value::is_array);
        let event = document.get("type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("response."));
        if !document.is_object() || has("logits") {
            None
        } else if is_array("choices") {
            Some(of_choices(document))
        } else if event || document.get("object").is_some_and(|kind| kind == "response") || has_output_text(document) {
            Some(Self::OpenaiResponses)
        } else if let Some(entries) = llama_cpp_entries(document) {
            let old = entries.first().is_some_and(|entry| entry.get("probs").is_some_and(Value::is_array));
            Some(if old { Self::LlamaCppOld } else { Self::LlamaCpp })
        } else if document.get("meta_info").is_some_and(Value::is_object) {
            Some(Self::Sglang)
        } else if has("details") || has("generated_text") || document.get("token").is_some_and(Value::is_object) {
            Some(Self::Tgi)
        } else if is_array("candidates") {
            Some(Self::Gemini)
        } else if is_array("outputs") {
            Some(Self::Vllm)
        } else if is_array("generations") || has_token_ids(document) {
            Some(Self::Cohere)
        } else if is_array("completions") {
            Some(Self::Ai21)
        } else if is_array("logprobs") || (has("done") && (has("response") || has("message"))) {
            Some(Self::Ollama)
        } else if has("content") && has("stop") {
            Some(Self::LlamaCpp)
        } else {
            None
        }
    }

    /// Which distribution a document in this format reports, in the default configuration of what writes it; `None` where that is not known.
    pub(super) fn logprobs_mode(self, document: &Value) -> Option<LogprobsMode> {
        match self {
            Self::Ollama | Self::Vllm => Some(LogprobsMode::Raw),
            Self::LlamaCpp => {
                let sampled = |entry: &Value| entry.get("prob").is_some() || entry.get("top_probs").is_some();
                let after = llama_cpp_entries(document).is_some_and(|entries| entries.iter().any(sampled));
                Some(if after { LogprobsMode::Tempered } else { LogprobsMode::Raw })
            }
            Self::LlamaCppOld | Self::Tgi => Some(LogprobsMode::Tempered),
            Self::OpenaiChat
            | Self::OpenaiResponses
            | Self::OpenaiCompletions
            | Self::Sglang
            | Self::Ai21
            | Self::MistralRs
            | Self::Gemini
            | Self::Cohere => None,
        }
    }

    /// The key that a document in this format must have and this one has not.
    pub(super) fn missing_key(self, document: &Value) -> Option<&'static str> {
        let has = |key: &str| document.get(key).is_some();
        match self {
            Self::OpenaiChat | Self::OpenaiCompletions | Self::MistralRs => (!has("choices")).then_some("choices"),
            Self::Vllm => (!has("choices") && !has("outputs")).then_some("choices"),
            Self::Gemini => (!has("candidates")).then_some("candidates"),
            Self::Cohere => (!has("logprobs") && !has("generations")).then_some("logprobs"),
            Self::OpenaiResponses => (!has("output") && !has("type")).then_some("output"),
            Self::LlamaCpp | Self::LlamaCppOld => (llama_cpp_entries(document).is_none()
                && !(has("content") && has("stop")))
            .then_some("completion_probabilities"),
            Self::Sglang => (!has("meta_info")).then_some("meta_info"),
            Self::Tgi => (!has("details") && !has("token") && !has("generated_text")).then_some("details"),
            Self::Ai21 => (!has("completions")).then_some("completions"),
            Self::Ollama => (!has("logprobs") && !has("done")).then_some("logprobs"),
        }
    }
}

impl FromStr for ResponseFormat {
    type Err = RecordedError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| RecordedError::UnknownFormat { name: shortened(name) })
    }
}

/// The response within a line of a batch (`{"custom_id", "response": {"body"}}`) or within the event that ends a stream.
pub(super) fn unwrapped(document: &Value) -> &Value {
    match document.get("response") {
        Some(response @ Value::Object(_)) if document.get("choices").is_none() => {
            response.get("body").unwrap_or(response)
        }
        _ => document,
    }
}

/// The entries of a llama.cpp response: its README once names the key `probs`.
pub(super) fn llama_cpp_entries(document: &Value) -> Option<&Vec<Value>> {
    ["completion_probabilities", "probs"].into_iter().find_map(|key| document.get(key).and_then(Value::as_array))
}

/// Whether `logprobs` are Cohere's: those of pieces of text, each with the ids of its tokens.
fn has_token_ids(document: &Value) -> bool {
    document.get("logprobs").and_then(|pieces| pieces.get(0)).is_some_and(|piece| piece.get("token_ids").is_some())
}

fn has_output_text(document: &Value) -> bool {
    let items = document.get("output").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().any(|item| item.get("content").is_some_and(Value::is_array))
}

/// Which of the formats with `choices` it is: what only vLLM and mistral.rs write decides.
fn of_choices(document: &Value) -> ResponseFormat {
    let choices = document.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut found = None;
    if document.get("prompt_logprobs").is_some() {
        return ResponseFormat::Vllm;
    }
    for choice in choices {
        if choice.get("prompt_logprobs").is_some() {
            return ResponseFormat::Vllm;
        }
        let Some(logprobs) = choice.get("logprobs").filter(|logprobs| logprobs.is_object()) else { continue };
        let token = logprobs.get("tokens").and_then(|tokens| tokens.get(0)).and_then(Value::as_str);
        if token.is_some_and(is_token_id) {
            return ResponseFormat::Vllm;
        }
        if logprobs.get("token_logprobs").is_some() {
            found = Some(ResponseFormat::OpenaiCompletions);
            continue;
        }
        if logprobs.get("token").is_some() {
            return ResponseFormat::MistralRs;
        }
        for entry in ["reasoning_content", "content", "refusal"].iter().filter_map(|key| logprobs.get(key)?.get(0)) {
            if entry.get("token").and_then(Value::as_str).is_some_and(is_token_id) {
                return ResponseFormat::Vllm;
            }
            let listed = entry.get("top_logprobs").and_then(|top| top.get(0)).and_then(|entry| entry.get("token"));
            if listed.is_some_and(Value::is_number) {
                return ResponseFormat::MistralRs;
            }
        }
        found = found.or(Some(ResponseFormat::OpenaiChat));
    }
    let completion = document.get("object").is_some_and(|kind| kind == "text_completion")
        || (found.is_none() && choices.iter().any(|choice| choice.get("text").is_some()));
    found.unwrap_or(if completion { ResponseFormat::OpenaiCompletions } else { ResponseFormat::OpenaiChat })
}

fn is_token_id(token: &str) -> bool {
    token_id(token).is_some()
}
