//! What is asked of a server.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::error::ServerError;
use super::pace::Pace;
use crate::tokens::sources::recorded;

/// Names of parameters that a request sets by itself.
const OWN: [&str; 9] =
    ["model", "messages", "prompt", "max_tokens", "temperature", "logprobs", "top_logprobs", "seed", "stream"];

/// The two interfaces of OpenAI-compatible servers that generate text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v1/chat/completions`: the prompt is the message of a user.
    #[default]
    Chat,
    /// `/v1/completions`: the prompt is continued.
    Completions,
}

impl Endpoint {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Chat => "/chat/completions",
            Self::Completions => "/completions",
        }
    }
}

/// A server and the requests to it.
#[derive(Clone)]
pub struct ServerConfig {
    /// `http://HOST[:PORT]` or `https://...`; a path replaces `/v1`.
    pub url: String,
    /// Name of the model, where the server needs one.
    pub model: Option<String>,
    /// Which interface is used.
    pub endpoint: Endpoint,
    /// Alternatives asked for at each position; many servers give 20 at most, or 5 of completions.
    pub top_logprobs: u32,
    /// The sampling temperature asked for.
    pub temperature: f64,
    /// Further sampling parameters, passed on as they are: `top_p`, `top_k`, `min_p`, ...
    pub parameters: Map<String, Value>,
    /// The prompts, which take turns.
    pub prompts: Vec<String>,
    /// Most tokens of an answer.
    pub max_tokens: u32,
    /// Requests in all.
    pub n_requests: u32,
    /// Seed of the first request; each further request has the next one, for equal seeds give equal answers.
    pub seed: Option<u64>,
    /// Time for one request, from looking up the host to the last byte of the answer.
    pub timeout: Duration,
    /// How often a request is repeated that failed for reasons that may pass.
    pub retries: u32,
    /// Requests per second, repeated ones included; `None` is as fast as the server answers.
    pub requests_per_second: Option<f64>,
    /// The environment variable that holds the key, which must be set then. Without a name `OPENAI_API_KEY` is used if
    /// set, over https or to this machine only.
    pub key_variable: Option<String>,
    /// How answers are read.
    pub reading: recorded::Options,
}

impl ServerConfig {
    /// One request of up to 256 tokens at T = 1 with 20 alternatives, repeated three times, two minutes each.
    #[must_use]
    pub fn new(url: &str, prompts: Vec<String>) -> Self {
        Self {
            url: url.to_owned(),
            model: None,
            endpoint: Endpoint::default(),
            top_logprobs: 20,
            temperature: 1.0,
            parameters: Map::new(),
            prompts,
            max_tokens: 256,
            n_requests: 1,
            seed: None,
            timeout: Duration::from_secs(120),
            retries: 3,
            requests_per_second: None,
            key_variable: None,
            reading: recorded::Options::default(),
        }
    }

    /// Refuses settings that make no request.
    pub(super) fn check(&self) -> Result<(), ServerError> {
        let refused = |name, expected, value: String| Err(ServerError::Setting { name, expected, value });
        let positive = [
            ("top_logprobs", u64::from(self.top_logprobs)),
            ("max_tokens", u64::from(self.max_tokens)),
            ("the number of requests", u64::from(self.n_requests)),
            ("the number of prompts", self.prompts.len() as u64),
        ];
        if let Some((name, value)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return refused(name, "at least 1", value.to_string());
        }
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            return refused(
                "the temperature asked of a server",
                "finite and not negative",
                self.temperature.to_string(),
            );
        }
        if self.timeout.is_zero() {
            return refused("the timeout", "longer than 0 s", "0".to_owned());
        }
        if let Some(rate) = self.requests_per_second.filter(|rate| !Pace::is_rate(*rate)) {
            return refused("the number of requests per second", "from 0.00001 to 1000000", rate.to_string());
        }
        match self.parameters.keys().find(|key| OWN.contains(&key.as_str())) {
            Some(key) => Err(ServerError::Parameter(key.clone())),
            None => Ok(()),
        }
    }

    /// Number of requests in all.
    pub(super) fn n_total(&self) -> u64 {
        u64::from(self.n_requests)
    }

    /// The body of request `index`, counted from 0.
    pub(super) fn request(&self, index: u64) -> Value {
        let prompt = &self.prompts[(index % self.prompts.len() as u64) as usize];
        let mut body = self.parameters.clone();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        match self.endpoint {
            Endpoint::Chat => {
                set("messages", json!([{"role": "user", "content": prompt}]));
                set("logprobs", json!(true));
                set("top_logprobs", json!(self.top_logprobs));
            }
            Endpoint::Completions => {
                set("prompt", json!(prompt));
                set("logprobs", json!(self.top_logprobs));
            }
        }
        set("temperature", json!(self.temperature));
        // The newer name of the same limit takes its place.
        if !self.parameters.contains_key("max_completion_tokens") {
            set("max_tokens", json!(self.max_tokens));
        }
        if let Some(model) = &self.model {
            set("model", json!(model));
        }
        if let Some(seed) = self.seed {
            set("seed", json!(seed.wrapping_add(index)));
        }
        Value::Object(body)
    }
}

impl fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may hold a password until it is checked.
        let url = if self.url.contains(['@', '?', '#']) { "[redacted]" } else { &self.url };
        f.debug_struct("ServerConfig")
            .field("url", &url)
            .field("model", &self.model)
            .field("endpoint", &self.endpoint)
            .field("temperature", &self.temperature)
            .field("prompts", &self.prompts.len())
            .field("key_variable", &self.key_variable)
            .finish_non_exhaustive()
    }
}
