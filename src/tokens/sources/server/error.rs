//! What can go wrong between us and a server, in one line and without the key.

use std::time::Duration;

use thiserror::Error;

use crate::tokens::sources::recorded::RecordedError;

/// A request without a usable answer, or an invalid configuration.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum ServerError {
    /// An invalid address.
    #[error("the URL of a server must be http://HOST[:PORT][/PATH] or https://..., {0}")]
    Url(String),
    /// A setting that makes no request.
    #[error("{name} must be {expected}, got {value}")]
    Setting { name: &'static str, expected: &'static str, value: String },
    /// A parameter that the configuration has a field for.
    #[error("the parameter `{0}` is set by the request itself and must not be given again")]
    Parameter(String),
    /// No key where one was named.
    #[error("the environment variable {variable} must hold the key of the server in one line of ASCII, but {found}")]
    Key { variable: String, found: &'static str },
    /// Nobody answers.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable { host: String, reason: String },
    /// No whole answer in time.
    #[error("{host} did not answer completely within {} s", .timeout.as_secs_f64())]
    Timeout { host: String, timeout: Duration },
    /// A secure connection that cannot be trusted, or speech that is no HTTP.
    #[error("{host} did not answer as expected: {reason}")]
    Protocol { host: String, reason: String },
    /// The key is missing or refused.
    #[error("{host} answers HTTP {status}: {remedy}")]
    Unauthorized { host: String, status: u16, remedy: String },
    /// No such endpoint or model.
    #[error("{host} answers HTTP 404 to {path}: the path or the model does not exist there ({message})")]
    NotFound { host: String, path: String, message: String },
    /// A redirect, which is not followed.
    #[error(
        "{host} redirects (HTTP {status}) to {location}; redirects are not followed, give that URL if you trust it"
    )]
    Redirect { host: String, status: u16, location: String },
    /// Any other status that is no success.
    #[error("{host} answers HTTP {status}: {message}")]
    Status { host: String, status: u16, message: String },
    /// Too long an answer.
    #[error("the answer of {host} is longer than {limit} MiB: ask for fewer tokens or alternatives")]
    TooLong { host: String, limit: u64 },
    /// Too many values in an answer.
    #[error("the answer of {host} holds more values than 512 MiB of memory: ask for fewer tokens or alternatives")]
    TooMany { host: String },
    /// An answer that is no JSON.
    #[error("{host} answers `{found}`, which is not JSON ({reason}): is it an OpenAI-compatible server?")]
    NotJson { host: String, found: String, reason: String },
    /// An answer without what we came for.
    #[error(
        "{host} answers without log probabilities: the server must give them for this model (llama-cpp-python: \
         --logits_all true; vLLM: --max-logprobs {wanted} or more; llama.cpp, TGI and Ollama from 0.12.11: no option)"
    )]
    NoLogprobs { host: String, wanted: u32 },
    /// An answer with invalid numbers.
    #[error(transparent)]
    Answer(#[from] RecordedError),
    /// An answer with the drawn tokens alone.
    #[error(
        "{host} answers with the log probability of the drawn token alone, which tells no temperature: {wanted} alternatives were asked for; \
         the server may need an option or another endpoint to give them"
    )]
    NoAlternatives { host: String, wanted: u32 },
    /// A file that answers cannot be saved in.
    #[error("the file of answers `{path}` cannot be used: {reason}; name another with --save")]
    Recording { path: String, reason: String },
    /// Failed again and again.
    #[error("{source} (tried {attempts} times)")]
    Repeated { attempts: u32, source: Box<ServerError> },
}
