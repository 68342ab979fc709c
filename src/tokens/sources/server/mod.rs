//! A live OpenAI-compatible server as a source of next-token distributions with the tokens that it drew.
//!
//! The key is read from an environment variable and sent as `Authorization: Bearer` to the one host named, and nowhere
//! else: redirects are not followed, proxies not used, and messages show no part of it. Certificates are checked against
//! Mozilla's list, which the program carries.

mod address;
mod config;
mod error;
mod exchange;
mod key;
mod pace;
mod recording;

use std::collections::VecDeque;

use serde_json::Value;

use address::Address;
pub use config::{Endpoint, ServerConfig};
pub use error::ServerError;
use exchange::Exchange;
pub use key::DEFAULT_KEY_VARIABLE;
use key::Key;
pub use pace::Clock;
use pace::{Pace, wait_after};
pub use recording::Recording;

use crate::tokens::position::Position;
use crate::tokens::sources::recorded::{ResponseParser, Tally};

/// A server, ready to be asked.
///
/// A request that fails for reasons that may pass (HTTP 429 and 5xx, no connection, no answer in time) is repeated after
/// 1, 2, 4, ... seconds, or after the time that the server asks for, two minutes at most.
///
/// # Examples
///
/// ```no_run
/// use gibbs::tokens::sources::server::{Server, ServerConfig};
/// # fn main() -> Result<(), gibbs::tokens::sources::server::ServerError> {
/// let mut config = ServerConfig::new("http://localhost:8080", vec!["Once upon a time".to_owned()]);
/// config.temperature = 0.7;
/// for position in Server::new(config)?.positions() {
///     println!("{:?}", position?.drawn);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    exchange: Exchange,
    clock: Clock,
    pace: Pace,
}

impl Server {
    /// The server of `config`, to which nothing is sent yet.
    ///
    /// # Errors
    ///
    /// A URL that is invalid or holds a password; settings that make no request; a key that is named but not there.
    pub fn new(config: ServerConfig) -> Result<Self, ServerError> {
        Self::with_clock(config, Clock::system())
    }

    /// The same, which waits by another `clock`.
    ///
    /// # Errors
    ///
    /// As [`Server::new`].
    pub fn with_clock(config: ServerConfig, clock: Clock) -> Result<Self, ServerError> {
        config.check()?;
        let address = Address::new(&config.url, config.endpoint)?;
        let key = Key::read(config.key_variable.as_deref(), &address)?;
        let pace = Pace::new(config.requests_per_second);
        let exchange = Exchange::new(address, key, config.timeout);
        Ok(Self { config, exchange, clock, pace })
    }

    /// Number of requests in all, repeated ones aside.
    #[must_use]
    pub fn n_requests(&self) -> u64 {
        self.config.n_total()
    }

    /// The answer to request `index`, counted from 0, as the server gives it.
    ///
    /// # Errors
    ///
    /// No success, at the last attempt; an answer that is no JSON or too long.
    pub fn answer(&mut self, index: u64) -> Result<Value, ServerError> {
        let body = self.config.request(index).to_string();
        let mut n_failed = 0;
        loop {
            self.pace.wait(&self.clock);
            let failure = match self.exchange.send(&body) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if !failure.passing {
                return Err(failure.error);
            }
            if n_failed == self.config.retries {
                let source = Box::new(failure.error);
                return Err(if n_failed == 0 {
                    *source
                } else {
                    ServerError::Repeated { attempts: n_failed + 1, source }
                });
            }
            self.clock.sleep(wait_after(n_failed, failure.wait));
            n_failed += 1;
        }
    }

    /// The positions of all answers, each asked for when those before are used up; nothing follows an error.
    #[must_use]
    pub fn positions(self) -> Positions {
        let parser = ResponseParser::new(self.config.reading);
        Positions { server: self, parser, recording: None, request: 0, ready: VecDeque::new(), done: false }
    }

    /// The same, where answers are saved as they come, and those that `recording` holds already are not asked for again.
    #[must_use]
    pub fn recorded(self, recording: Recording) -> Positions {
        Positions { recording: Some(recording), ..self.positions() }
    }
}

/// The positions of the answers of a [`Server`].
#[derive(Debug)]
pub struct Positions {
    server: Server,
    parser: ResponseParser,
    recording: Option<Recording>,
    /// Requests answered.
    request: u64,
    ready: VecDeque<Position>,
    done: bool,
}

impl Positions {
    /// What was read so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.parser.tally()
    }

    /// Requests that have been answered.
    #[must_use]
    pub fn n_answered(&self) -> u64 {
        self.request
    }

    /// Positions of the last answer that were not yielded yet; no more requests are made.
    pub fn end(&mut self) -> impl Iterator<Item = Position> {
        self.done = true;
        std::mem::take(&mut self.ready).into_iter()
    }

    fn advance(&mut self) -> Result<(), ServerError> {
        let (host, wanted) = (self.server.exchange.host(), self.server.config.top_logprobs);
        let no_logprobs = ServerError::NoLogprobs { host: host.clone(), wanted };
        if self.request == self.server.n_requests() {
            self.done = true;
            return if self.tally().positions == 0 { Err(no_logprobs) } else { Ok(()) };
        }
        let saved = self.recording.as_mut().and_then(Recording::take);
        let is_saved = saved.is_some();
        let answer = saved.map_or_else(|| self.server.answer(self.request), Ok)?;
        self.request += 1;
        // An answer may be empty; one without a place for logarithms is refused.
        if !has_logprobs(&answer) && answer.get("error").is_none_or(Value::is_null) && self.tally().positions == 0 {
            return Err(no_logprobs);
        }
        let positions = self.parser.parse(&answer, &format!("request {}", self.request));
        self.ready.extend(positions.map_err(|error| self.server.exchange.unreadable(error))?);
        if let (Some(recording), false) = (&mut self.recording, is_saved) {
            recording.append(&self.server.config, self.request - 1, &answer)?;
        }
        // The others would be paid for in vain.
        let tally = self.tally();
        if self.request == 1 && tally.positions > 0 && tally.positions == tally.without_list {
            self.ready.clear();
            return Err(ServerError::NoAlternatives { host, wanted });
        }
        Ok(())
    }
}

impl Iterator for Positions {
    type Item = Result<Position, ServerError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(position) = self.ready.pop_front() {
                return Some(Ok(position));
            }
            if self.done {
                return None;
            }
            if let Err(error) = self.advance() {
                self.done = true;
                return Some(Err(error));
            }
        }
    }
}

/// Whether a choice of an answer has a place for logarithms.
fn has_logprobs(answer: &Value) -> bool {
    let choices = answer.get("choices").and_then(Value::as_array);
    choices
        .is_none_or(|choices| choices.iter().any(|choice| choice.get("logprobs").is_some_and(|found| !found.is_null())))
}
