//! The formats of recorded responses and their names.

use std::fmt;

/// Names of all formats, for messages.
pub(super) const KNOWN: &str = "openai-chat, openai-responses, openai-completions, llama.cpp, llama.cpp-old, vllm, \
                                sglang, tgi, ai21, ollama, mistral.rs, gemini, cohere";

/// Who wrote a recorded response.
///
/// # Examples
///
/// ```
/// use gibbs::tokens::sources::recorded::ResponseFormat;
///
/// let document = serde_json::json!({"choices": [{"logprobs": {"content": []}}]});
/// assert_eq!(ResponseFormat::detect(&document), Some(ResponseFormat::OpenaiChat));
/// assert_eq!("llama.cpp".parse::<ResponseFormat>()?, ResponseFormat::LlamaCpp);
/// # Ok::<(), gibbs::tokens::sources::recorded::RecordedError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// `openai-chat`: `choices[].logprobs.content[]`, `.reasoning_content[]` and `.refusal[]`, whole or as streamed chunks.
    OpenaiChat,
    /// `openai-responses`: `output[].content[].logprobs[]`, or the events of its stream.
    OpenaiResponses,
    /// `openai-completions`: `choices[].logprobs` of parallel lists, the older interface; with ids for tokens in MLX-LM.
    OpenaiCompletions,
    /// `llama.cpp`: `completion_probabilities[]` (or `probs[]`) with `logprob` and `top_logprobs`, or with `prob` and
    /// `top_probs` after sampling.
    LlamaCpp,
    /// `llama.cpp-old`: `completion_probabilities[].probs[]` with `tok_str` and `prob`.
    LlamaCppOld,
    /// `vllm`: as the two OpenAI ones, with `token_id:N` for tokens or with `prompt_logprobs`; or `outputs[]` of its offline
    /// interface, with `token_ids` and `logprobs`.
    Vllm,
    /// `sglang`: `meta_info` of the native interface.
    Sglang,
    /// `tgi`: `details`, or a streamed `token`.
    Tgi,
    /// `ai21`: `completions[].data.tokens[].generatedToken`.
    Ai21,
    /// `ollama`: `logprobs[]` at the top.
    Ollama,
    /// `mistral.rs`: as `openai-chat`, with ids in the top list and a bare token in streams.
    MistralRs,
    /// `gemini`: `candidates[].logprobsResult` with `chosenCandidates` and `topCandidates`.
    Gemini,
    /// `cohere`: `logprobs[]` with `token_ids`, or `generations[].token_likelihoods[]`: drawn tokens without a list.
    Cohere,
}

impl ResponseFormat {
    /// All formats.
    pub const ALL: [Self; 13] = [
        Self::OpenaiChat,
        Self::OpenaiResponses,
        Self::OpenaiCompletions,
        Self::LlamaCpp,
        Self::LlamaCppOld,
        Self::Vllm,
        Self::Sglang,
        Self::Tgi,
        Self::Ai21,
        Self::Ollama,
        Self::MistralRs,
        Self::Gemini,
        Self::Cohere,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
            Self::OpenaiCompletions => "openai-completions",
            Self::LlamaCpp => "llama.cpp",
            Self::LlamaCppOld => "llama.cpp-old",
            Self::Vllm => "vllm",
            Self::Sglang => "sglang",
            Self::Tgi => "tgi",
            Self::Ai21 => "ai21",
            Self::Ollama => "ollama",
            Self::MistralRs => "mistral.rs",
            Self::Gemini => "gemini",
            Self::Cohere => "cohere",
        }
    }
}

impl fmt::Display for ResponseFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a token of which only the id is known, as vLLM writes it.
pub(super) fn name_of_id(id: u64) -> String {
    format!("token_id:{id}")
}

/// N of `token_id:N`.
pub(super) fn token_id(token: &str) -> Option<u64> {
    token.strip_prefix("token_id:")?.parse().ok()
}
