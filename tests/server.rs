//! The client of a live server against servers of the test, which answer well, badly, late or never.
#![cfg(feature = "server")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gibbs::tokens::sources::recorded::{Options, Responses};
use gibbs::tokens::sources::server::{Clock, Endpoint, Recording, Server, ServerConfig, ServerError};
use gibbs::tokens::{Draw, Position};
use serde_json::{Value, json};

/// A variable that cargo sets for tests, and whose value stands in for a key.
const KEY_VARIABLE: &str = "CARGO_MANIFEST_DIR";

/// What the server of a test does with a request.
#[derive(Clone)]
enum Reply {
    /// Status line and headers without the end, then the body.
    Answer(String, Vec<u8>),
    /// Nothing for so long.
    Silence(Duration),
    /// The connection is closed.
    Close,
    /// A body that does not end.
    Endless,
}

impl Reply {
    fn json(status: &str, document: &Value) -> Self {
        Self::text(status, "", &document.to_string())
    }

    fn text(status: &str, headers: &str, body: &str) -> Self {
        Self::Answer(
            format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n", body.len()),
            body.as_bytes().to_vec(),
        )
    }
}

struct Request {
    line: String,
    headers: Vec<String>,
    body: Value,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.headers
            .iter()
            .find_map(|h| h.get(..prefix.len()).filter(|p| p.eq_ignore_ascii_case(&prefix)).map(|p| &h[p.len()..]))
    }
}

/// A server that gives its replies in turn, the last one for ever, and remembers what it was asked.
struct Mock {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Mock {
    fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for (i, stream) in listener.incoming().enumerate() {
                let Ok(stream) = stream else { break };
                let reply = replies[i.min(replies.len() - 1)].clone();
                let seen = Arc::clone(&seen);
                thread::spawn(move || serve(stream, &reply, &seen));
            }
        });
        Self { url, requests }
    }

    fn n_requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

fn serve(mut stream: TcpStream, reply: &Reply, seen: &Mutex<Vec<Request>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut request = Request { line: lines.remove(0), headers: lines, body: Value::Null };
    let length: u64 = request.header("Content-Length")?.parse().ok()?;
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body).ok()?;
    request.body = serde_json::from_slice(&body).ok()?;
    seen.lock().unwrap().push(request);
    match reply {
        Reply::Answer(head, body) => {
            stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).ok()?;
            stream.write_all(body).ok()?;
        }
        Reply::Silence(time) => thread::sleep(*time),
        Reply::Close => {}
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").ok()?;
            while stream.write_all(&[b' '; 1 << 16]).is_ok() {}
        }
    }
    Some(())
}

/// A clock that runs only while one sleeps, and what was slept.
fn fake_clock() -> (Clock, Arc<Mutex<Vec<Duration>>>) {
    let slept = Arc::new(Mutex::new(Vec::new()));
    let (read, write) = (Arc::clone(&slept), Arc::clone(&slept));
    let clock = Clock::new(move || read.lock().unwrap().iter().sum(), move |wait| write.lock().unwrap().push(wait));
    (clock, slept)
}

fn seconds(slept: &Mutex<Vec<Duration>>) -> Vec<f64> {
    slept.lock().unwrap().iter().map(Duration::as_secs_f64).collect()
}

fn chat_answer() -> Value {
    let top = |p: [f64; 2]| json!([{"token": "a", "logprob": p[0].ln()}, {"token": "b", "logprob": p[1].ln()}]);
    json!({"object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "ba"},
    "logprobs": {"content": [
        {"token": "b", "logprob": 0.25f64.ln(), "top_logprobs": top([0.5, 0.25])},
        {"token": "a", "logprob": 0.75f64.ln(), "top_logprobs": top([0.75, 0.125])},
    ]}}]})
}

fn completions_answer() -> Value {
    json!({"object": "text_completion", "choices": [{"index": 0, "text": "a", "logprobs": {
        "tokens": ["a"], "token_logprobs": [0.5f64.ln()], "text_offset": [0],
        "top_logprobs": [{"a": 0.5f64.ln(), "b": 0.25f64.ln()}]}}]})
}

fn config(mock: &Mock) -> ServerConfig {
    ServerConfig::new(&mock.url, vec!["One".to_owned()])
}

fn ask(config: ServerConfig) -> Result<Vec<Position>, ServerError> {
    Server::with_clock(config, fake_clock().0)?.positions().collect()
}

/// The refusal after `replies`, in one line.
fn message(replies: Vec<Reply>) -> String {
    let mock = Mock::new(replies);
    let message = ask(ServerConfig { retries: 0, ..config(&mock) }).unwrap_err().to_string();
    assert!(!message.contains('\n') && message.len() < 500, "{message}");
    message.replace(mock.url.strip_prefix("http://").unwrap(), "HOST")
}

#[test]
fn chats_give_positions_and_send_what_was_asked() {
    let mock = Mock::new(vec![Reply::json("200 OK", &chat_answer())]);
    let mut asked = ServerConfig { model: Some("m".to_owned()), temperature: 0.7, max_tokens: 9, ..config(&mock) };
    asked.parameters.insert("top_p".to_owned(), json!(0.9));
    asked.prompts.push("Two".to_owned());
    asked.n_requests = 4;
    asked.seed = Some(u64::MAX);
    let mut positions = Server::new(asked).unwrap().positions();
    let first = positions.next().unwrap().unwrap();
    assert_eq!((first.drawn.as_slice(), first.listed.energy(0)), (&[Draw::Listed(1)][..], 2f64.ln()));
    assert!((first.unlisted.unwrap().mass - 0.25).abs() < 1e-15);
    assert!(first.origin.starts_with("request 1, "), "{}", first.origin);
    // Lazily: the second request is not sent before the first answer is used up.
    positions.next().unwrap().unwrap();
    assert_eq!(mock.n_requests(), 1);
    assert_eq!(positions.by_ref().map(Result::unwrap).count(), 6);
    assert_eq!((positions.tally().documents, positions.tally().positions), (4, 8));
    let requests = mock.requests.lock().unwrap();
    assert_eq!(requests[0].line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(
        requests[0].body,
        json!({"model": "m", "messages": [{"role": "user", "content": "One"}], "max_tokens": 9, "temperature": 0.7,
            "top_p": 0.9, "logprobs": true, "top_logprobs": 20, "seed": u64::MAX})
    );
    let told = |i: usize| (requests[i].body["messages"][0]["content"].clone(), requests[i].body["seed"].clone());
    assert_eq!([told(1), told(2), told(3)], [("Two", 0), ("One", 1), ("Two", 2)].map(|(p, s)| (json!(p), json!(s))));
}

#[test]
fn completions_give_positions() {
    let mock = Mock::new(vec![Reply::json("200 OK", &completions_answer())]);
    let asked = ServerConfig { endpoint: Endpoint::Completions, top_logprobs: 5, ..config(&mock) };
    let positions = ask(asked).unwrap();
    assert_eq!((positions.len(), positions[0].listed.len(), positions[0].drawn.len()), (1, 2, 1));
    let requests = mock.requests.lock().unwrap();
    assert_eq!(requests[0].line, "POST /v1/completions HTTP/1.1");
    assert_eq!(requests[0].body, json!({"prompt": "One", "max_tokens": 256, "temperature": 1.0, "logprobs": 5}));
    assert!(requests[0].header("User-Agent").unwrap().starts_with("gibbs/"));
}

#[test]
fn passing_failures_are_repeated_after_longer_and_longer_waits() {
    let busy = |after: &str| Reply::text("429 Too Many Requests", after, "{\"error\": {\"message\": \"slow down\"}}");
    let broken = Reply::text("503 Service Unavailable", "", "");
    let good = Reply::json("200 OK", &chat_answer());
    let mock = Mock::new(vec![busy("Retry-After: 7\r\n"), broken.clone(), Reply::Close, good.clone()]);
    let (clock, slept) = fake_clock();
    assert_eq!(Server::with_clock(config(&mock), clock).unwrap().positions().map(Result::unwrap).count(), 2);
    assert_eq!(seconds(&slept), [7.0, 2.0, 4.0]);
    assert_eq!(mock.n_requests(), 4);
    // A server that asks for too much, or in another form.
    let date = busy("Retry-After: Wed, 21 Oct 2065 07:28:00 GMT\r\n");
    let mock = Mock::new(vec![busy("Retry-After: 86400\r\n"), date, good]);
    let (clock, slept) = fake_clock();
    assert!(Server::with_clock(config(&mock), clock).unwrap().positions().all(|p| p.is_ok()));
    assert_eq!(seconds(&slept), [120.0, 2.0]);
    // Again and again.
    let mock = Mock::new(vec![broken, busy("")]);
    let (clock, slept) = fake_clock();
    let error = Server::with_clock(config(&mock), clock).unwrap().positions().last().unwrap().unwrap_err().to_string();
    assert!(error.ends_with("answers HTTP 429: slow down (tried 4 times)"), "{error}");
    assert_eq!((mock.n_requests(), seconds(&slept)), (4, vec![1.0, 2.0, 4.0]));
}

#[test]
fn lasting_failures_are_not_repeated() {
    for status in ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "422 Unprocessable Content"]
    {
        let mock = Mock::new(vec![Reply::text(status, "Retry-After: 1\r\n", "{\"detail\": \"no such model\"}")]);
        let (clock, slept) = fake_clock();
        let error =
            Server::with_clock(config(&mock), clock).unwrap().positions().last().unwrap().unwrap_err().to_string();
        assert!(error.contains(&format!("answers HTTP {}", &status[..3])), "{error}");
        assert_eq!((mock.n_requests(), slept.lock().unwrap().len()), (1, 0));
    }
}

#[test]
fn requests_keep_their_distance() {
    let mock =
        Mock::new(vec![Reply::text("500 Oops", "Retry-After: 0\r\n", ""), Reply::json("200 OK", &chat_answer())]);
    let (clock, slept) = fake_clock();
    let asked = ServerConfig { n_requests: 4, requests_per_second: Some(0.5), ..config(&mock) };
    assert_eq!(Server::with_clock(asked, clock).unwrap().positions().map(Result::unwrap).count(), 8);
    // Five requests, the repeated one among them.
    assert_eq!(seconds(&slept), [2.0; 4]);
}

#[test]
fn silence_ends() {
    let mock = Mock::new(vec![Reply::Silence(Duration::from_secs(20))]);
    let (clock, slept) = fake_clock();
    let asked = ServerConfig { timeout: Duration::from_millis(200), retries: 1, ..config(&mock) };
    let start = Instant::now();
    let error = Server::with_clock(asked, clock).unwrap().positions().last().unwrap().unwrap_err().to_string();
    assert!(error.ends_with("did not answer completely within 0.2 s (tried 2 times)"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!((mock.n_requests(), seconds(&slept)), (2, vec![1.0]));
    // A body that is announced and does not come.
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1152921504606846976\r\n".to_owned();
    assert!(message(vec![Reply::Answer(head, b"{".to_vec())]).starts_with("HOST cannot be reached: "));
}

#[test]
fn nobody_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (clock, slept) = fake_clock();
    let asked = ServerConfig::new(&format!("http://127.0.0.1:{port}"), vec!["One".to_owned()]);
    let error = Server::with_clock(asked, clock).unwrap().positions().last().unwrap().unwrap_err().to_string();
    assert!(error.starts_with(&format!("127.0.0.1:{port} cannot be reached: ")), "{error}");
    assert!(error.ends_with("(tried 4 times)") && seconds(&slept) == [1.0, 2.0, 4.0], "{error}");
}

#[test]
fn bad_answers_are_refused_in_one_line() {
    let text = |body: &str| message(vec![Reply::text("200 OK", "", body)]);
    let page = text("<!DOCTYPE html>\n<title>A router</title>");
    assert!(page.starts_with("HOST answers `<!DOCTYPE html> <title>A router</title>`, which is not JSON ("), "{page}");
    assert!(text("").contains("which is not JSON"));
    assert!(text("{\"choices\": [").contains("which is not JSON"));
    assert!(text(&"[".repeat(100_000)).contains("recursion limit"));
    assert!(text("{}").contains("no recorded response of a known format"));
    assert!(text("{\"error\": {\"message\": \"out of memory\"}}").contains("out of memory"));
    let untold = text("{\"choices\": [{\"message\": {\"content\": \"a\"}, \"logprobs\": null}]}");
    assert!(untold.contains("without log probabilities") && untold.contains("--logits_all true"), "{untold}");
    assert!(untold.contains("--max-logprobs 20"));
    assert_eq!(untold, text("{\"choices\": [{\"text\": \"a\"}]}"));
    assert_eq!(untold, text("{\"choices\": [{\"message\": {\"content\": \"\"}, \"logprobs\": {\"content\": []}}]}"));
    let huge = message(vec![Reply::Endless]);
    assert_eq!(huge, "the answer of HOST is longer than 64 MiB: ask for fewer tokens or alternatives");
    let garbled = message(vec![Reply::Answer("SSH-2.0-OpenSSH_9.6\r\n".to_owned(), Vec::new())]);
    assert!(garbled.starts_with("HOST did not answer as expected: "), "{garbled}");
    let missing =
        message(vec![Reply::text("404 Not Found", "", "{\"error\": {\"message\": \"model `x` not found\"}}")]);
    assert_eq!(
        missing,
        "HOST answers HTTP 404 to /v1/chat/completions: the path or the model does not exist there (model `x` not found)"
    );
}

#[test]
fn an_empty_answer_among_others_is_none_of_these() {
    let empty = json!({"choices": [{"message": {"content": ""}, "logprobs": null}]});
    let mock = Mock::new(vec![
        Reply::json("200 OK", &chat_answer()),
        Reply::json("200 OK", &empty),
        Reply::json("200 OK", &chat_answer()),
    ]);
    assert_eq!(ask(ServerConfig { n_requests: 3, ..config(&mock) }).unwrap().len(), 4);
}

#[test]
fn answers_are_saved_and_not_asked_for_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("answers.jsonl");
    let good = Reply::json("200 OK", &chat_answer());
    let mock = Mock::new(vec![good.clone(), good.clone(), Reply::text("400 Bad Request", "", "{}"), good]);
    let asked = ServerConfig { n_requests: 4, ..config(&mock) };
    let session = |asked: &ServerConfig| {
        let recording = Recording::open(&path, asked)?;
        let earlier = recording.n_earlier();
        let positions: Vec<_> = Server::with_clock(asked.clone(), fake_clock().0)?.recorded(recording).collect();
        Ok::<_, ServerError>((earlier, positions))
    };
    let (earlier, positions) = session(&asked).unwrap();
    assert!(earlier == 0 && positions.len() == 5 && positions[4].is_err(), "{positions:?}");
    // Cut off in the middle of a line.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.clone() + "{\"custom_id\": \"requ").unwrap();
    let other = ServerConfig { temperature: 0.5, ..asked.clone() };
    assert!(session(&other).unwrap_err().to_string().contains("line 1 is no answer to request 1 of this session"));
    let (earlier, positions) = session(&asked).unwrap();
    assert!(earlier == 2 && positions.len() == 8 && positions.iter().all(Result::is_ok), "{positions:?}");
    assert_eq!(mock.n_requests(), 5);
    let saved = std::fs::read_to_string(&path).unwrap();
    assert!(saved.starts_with(&text) && saved.lines().count() == 4, "{saved}");
    assert!(session(&asked).unwrap_err().to_string().contains("holds all answers already"));
    // Readers of recorded responses know the lines.
    let read = Responses::new(saved.as_bytes(), Options::default()).collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(read.len(), 8);
}

#[test]
fn what_cannot_be_used_is_noticed_at_the_first_answer() {
    let token = json!({"token": "a", "logprob": -0.5, "top_logprobs": []});
    let alone = json!({"choices": [{"logprobs": {"content": [token.clone(), token]}}]});
    let mock = Mock::new(vec![Reply::json("200 OK", &alone)]);
    let error = ask(ServerConfig { n_requests: 9, ..config(&mock) }).unwrap_err().to_string();
    assert!(error.contains("drawn token alone") && error.contains("20 alternatives"), "{error}");
    assert_eq!(mock.n_requests(), 1);
}

#[test]
fn an_answer_that_is_cut_off_is_asked_for_again() {
    let whole = chat_answer().to_string();
    let mock = Mock::new(vec![Reply::text("200 OK", "", &whole[..whole.len() / 2]), Reply::text("200 OK", "", &whole)]);
    assert_eq!(ask(config(&mock)).unwrap().len(), 2);
    assert_eq!(mock.n_requests(), 2);
}

#[test]
fn redirects_are_not_followed() {
    let other = Mock::new(vec![Reply::json("200 OK", &chat_answer())]);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let to = format!("Location: {}/v1/chat/completions\r\n", other.url);
        let text = message(vec![Reply::text(status, &to, "")]);
        assert!(text.starts_with(&format!("HOST redirects (HTTP {}) to {}", &status[..3], other.url)), "{text}");
    }
    assert_eq!(other.n_requests(), 0);
}

#[test]
fn the_key_is_sent_to_the_server_and_shown_nowhere() {
    let key = std::env::var(KEY_VARIABLE).unwrap();
    let named = |mock: &Mock| ServerConfig { key_variable: Some(KEY_VARIABLE.to_owned()), retries: 0, ..config(mock) };
    let mock = Mock::new(vec![Reply::json("200 OK", &chat_answer())]);
    let mut server = Server::with_clock(named(&mock), fake_clock().0).unwrap();
    server.answer(0).unwrap();
    assert_eq!(mock.requests.lock().unwrap()[0].header("Authorization"), Some(format!("Bearer {key}").as_str()));
    assert!(!mock.requests.lock().unwrap()[0].body.to_string().contains(&key));
    assert!(!format!("{server:?}").contains(&key));
    assert!(!format!("{:?}", server.positions()).contains(&key));
    // Servers that say it back, whole or in part.
    let part = &key[..key.len() - 1];
    let echo = |status: &str| {
        Reply::text(status, "", &json!({"error": {"message": format!("bad {key} or {part}*")}}).to_string())
    };
    let replies = [
        echo("400 Bad Request"),
        echo("401 Unauthorized"),
        echo("403 Forbidden"),
        echo("404 Not Found"),
        echo("429 Too Many Requests"),
        echo("500 Oops"),
        Reply::text("200 OK", "", &format!("no JSON: {key}")),
        Reply::text("302 Found", &format!("Location: http://a/{key}\r\n"), ""),
        Reply::Answer(format!("{key}\r\n"), Vec::new()),
        Reply::Close,
    ];
    for reply in replies {
        let mock = Mock::new(vec![reply]);
        let error = ask(named(&mock)).unwrap_err();
        for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
            assert!(!text.contains(&key) && !text.contains(part), "{text}");
        }
    }
    let mock = Mock::new(vec![echo("401 Unauthorized")]);
    let refused = ask(named(&mock)).unwrap_err().to_string();
    assert!(refused.ends_with("the key in the environment variable CARGO_MANIFEST_DIR is not accepted"), "{refused}");
    let unset = ServerConfig { key_variable: Some("GIBBS_NO_SUCH_VARIABLE".to_owned()), ..config(&mock) };
    assert!(Server::new(unset).unwrap_err().to_string().contains("GIBBS_NO_SUCH_VARIABLE"));
    if std::env::var_os("OPENAI_API_KEY").is_none() {
        let refused = ask(config(&mock)).unwrap_err().to_string();
        assert!(
            refused.ends_with("set the environment variable OPENAI_API_KEY to the key of this server"),
            "{refused}"
        );
    }
}

#[test]
fn secure_connections_begin_without_files_of_the_system() {
    // No certificate can be had here; what is tested is that the library has all it needs to ask for one.
    let mock = Mock::new(vec![Reply::Close]);
    let asked = ServerConfig { retries: 0, timeout: Duration::from_secs(5), ..config(&mock) };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let hello = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut start = [0; 3];
        stream.read_exact(&mut start).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        start
    });
    let error = ask(ServerConfig { url, ..asked }).unwrap_err().to_string();
    assert!(error.starts_with("127.0.0.1:") && !error.contains('\n'), "{error}");
    // The record of a handshake, in version 3.x.
    assert_eq!(hello.join().unwrap()[..2], [0x16, 3]);
}

#[test]
fn settings_that_make_no_request_are_refused() {
    let refused = |change: &dyn Fn(&mut ServerConfig)| {
        let mut config = ServerConfig::new("http://localhost:1", vec!["One".to_owned()]);
        change(&mut config);
        Server::new(config).unwrap_err().to_string()
    };
    assert_eq!(refused(&|c| c.top_logprobs = 0), "top_logprobs must be at least 1, got 0");
    assert_eq!(refused(&|c| c.max_tokens = 0), "max_tokens must be at least 1, got 0");
    assert_eq!(refused(&|c| c.prompts.clear()), "the number of prompts must be at least 1, got 0");
    assert!(refused(&|c| c.temperature = f64::NAN).ends_with("must be finite and not negative, got NaN"));
    assert!(refused(&|c| c.requests_per_second = Some(0.0)).contains("from 0.00001 to 1000000, got 0"));
    assert!(refused(&|c| c.timeout = Duration::ZERO).contains("the timeout must be"));
    assert!(refused(&|c| drop(c.parameters.insert("stream".to_owned(), json!(true)))).contains("`stream`"));
    let secret = refused(&|c| c.url = "http://user:hunter2@localhost".to_owned());
    assert!(secret.contains("environment variable") && !secret.contains("hunter2"));
    let config = ServerConfig::new("http://user:hunter2@localhost", Vec::new());
    assert!(!format!("{config:?}").contains("hunter2"));
}
