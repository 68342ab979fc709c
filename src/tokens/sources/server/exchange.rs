//! One request and its answer over HTTP, and what a failure means.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};

use super::address::Address;
use super::error::ServerError;
use super::key::Key;
use crate::tokens::sources::recorded::{RecordedError, fits_memory};

/// Longest answer.
const MOST_BYTES: u64 = 64 << 20;

/// Longest refusal whose message is looked for.
const LONGEST_REFUSAL: usize = 1 << 20;

/// The connection to one endpoint.
#[derive(Debug)]
pub(super) struct Exchange {
    agent: Agent,
    pub(super) address: Address,
    pub(super) key: Key,
    timeout: Duration,
}

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: ServerError,
    /// Whether another attempt may succeed.
    pub(super) passing: bool,
    /// The wait that the server asks for.
    pub(super) wait: Option<Duration>,
}

impl Failure {
    fn lasting(error: ServerError) -> Self {
        Self { error, passing: false, wait: None }
    }

    fn passing(error: ServerError) -> Self {
        Self { error, passing: true, wait: None }
    }
}

impl Exchange {
    /// Nothing is sent yet. No redirect is followed and no proxy used: the key goes to one host.
    pub(super) fn new(address: Address, key: Key, timeout: Duration) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::WebPki).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(timeout))
            .user_agent(concat!("gibbs/", env!("CARGO_PKG_VERSION")));
        Self { agent: config.build().into(), address, key, timeout }
    }

    /// Sends `body` and reads the answer.
    pub(super) fn send(&self, body: &str) -> Result<Value, Failure> {
        let mut request = self.agent.post(&self.address.url).content_type("application/json");
        if let Some(header) = self.key.header() {
            request = request.header("Authorization", header);
        }
        let response = request.send(body).map_err(|error| self.failure(error))?;
        let (parts, body) = response.into_parts();
        let read = body.into_with_config().limit(MOST_BYTES).read_to_vec();
        let head = Response::from_parts(parts, ());
        let status = head.status().as_u16();
        let bytes = match read {
            Ok(bytes) => bytes,
            // Of a refusal the status is enough.
            Err(_) if status >= 300 => Vec::new(),
            Err(error) => return Err(self.failure(error)),
        };
        if !(200..300).contains(&status) {
            return Err(self.refusal(&head, &bytes));
        }
        if !fits_memory(&bytes) {
            return Err(Failure::lasting(ServerError::TooMany { host: self.host() }));
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            let (found, reason) = (self.quote(&String::from_utf8_lossy(start(&bytes))), error.to_string());
            let no_json = ServerError::NotJson { host: self.host(), found, reason: self.quote(&reason) };
            // A body that was cut off may come whole the next time.
            if error.is_eof() && !bytes.is_empty() { Failure::passing(no_json) } else { Failure::lasting(no_json) }
        })
    }

    /// What an answer with a status other than success means.
    fn refusal(&self, head: &Response<()>, bytes: &[u8]) -> Failure {
        let (host, status) = (self.host(), head.status().as_u16());
        let header = |name: &str| head.headers().get(name).and_then(|value| value.to_str().ok());
        let message = self.message(bytes);
        match status {
            300..=399 => {
                let location = self.quote(header("location").unwrap_or("an address that it does not name"));
                Failure::lasting(ServerError::Redirect { host, status, location })
            }
            // What the server says may hold parts of the key.
            401 | 403 => Failure::lasting(ServerError::Unauthorized { host, status, remedy: self.key.remedy() }),
            404 => Failure::lasting(ServerError::NotFound { host, path: self.address.path.clone(), message }),
            429 | 500.. => {
                let wait = header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
                Failure { wait, ..Failure::passing(ServerError::Status { host, status, message }) }
            }
            _ => Failure::lasting(ServerError::Status { host, status, message }),
        }
    }

    /// What the client library reports.
    fn failure(&self, error: ureq::Error) -> Failure {
        let (host, reason) = (self.host(), self.quote(&error.to_string()));
        let timeout = self.timeout;
        match error {
            ureq::Error::Timeout(_) => Failure::passing(ServerError::Timeout { host, timeout }),
            ureq::Error::Io(error) => match error.kind() {
                ErrorKind::TimedOut | ErrorKind::WouldBlock => Failure::passing(ServerError::Timeout { host, timeout }),
                // A certificate that is not trusted, among others.
                ErrorKind::InvalidData => Failure::lasting(ServerError::Protocol { host, reason }),
                _ => Failure::passing(ServerError::Unreachable { host, reason: self.quote(&error.to_string()) }),
            },
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
                Failure::passing(ServerError::Unreachable { host, reason })
            }
            ureq::Error::BodyExceedsLimit(_) => {
                Failure::lasting(ServerError::TooLong { host, limit: MOST_BYTES >> 20 })
            }
            _ => Failure::lasting(ServerError::Protocol { host, reason }),
        }
    }

    pub(super) fn host(&self) -> String {
        self.address.host.clone()
    }

    /// What a refusal says, in the forms that servers use.
    fn message(&self, bytes: &[u8]) -> String {
        // A refusal is short.
        let short = if bytes.len() <= LONGEST_REFUSAL { bytes } else { &[] };
        let document: Value = serde_json::from_slice(short).unwrap_or_default();
        let error = document.get("error").or_else(|| document.get("detail")).unwrap_or(&document);
        let message = error.get("message").unwrap_or(error).as_str();
        let text = message.map_or_else(|| String::from_utf8_lossy(start(bytes)).into_owned(), str::to_owned);
        if text.trim().is_empty() { "without a message".to_owned() } else { self.quote(&text) }
    }

    /// An answer that cannot be read; the key is taken out of its message if the server repeated it.
    pub(super) fn unreadable(&self, error: RecordedError) -> ServerError {
        let message = error.to_string();
        if self.key.redact(&message) == message {
            return error.into();
        }
        ServerError::Protocol { host: self.host(), reason: self.quote(&message) }
    }

    /// The start of a text from outside, in one line and without the key.
    fn quote(&self, text: &str) -> String {
        let head: String = text.chars().take(2000).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let clean = self.key.redact(&head);
        let mut short: String = clean.trim().chars().take(160).collect();
        if clean.trim().chars().nth(160).is_some() {
            short.push_str("...");
        }
        short
    }
}

fn start(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(2000)]
}
