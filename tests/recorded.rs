//! Recorded responses in every shape: exact energies, the mass of the rest, the tokens drawn.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use gibbs::tokens::sources::recorded::{
    Options, RecordedError, ResponseFormat, ResponseParser, Responses, Tally, is_recorded_response, parse_document,
};
use gibbs::tokens::{Draw, Position};
use serde_json::json;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recorded");

fn bytes(file: &str) -> Vec<u8> {
    fs::read(Path::new(FOLDER).join(file)).unwrap()
}

fn read(text: &[u8], options: Options) -> (Vec<Position>, Tally) {
    let mut responses = Responses::new(text, options);
    let positions = responses.by_ref().collect::<Result<_, _>>().unwrap();
    (positions, responses.tally())
}

fn positions(file: &str) -> Vec<Position> {
    read(&bytes(file), Options::default()).0
}

fn with_prompt(file: &str) -> Vec<Position> {
    read(&bytes(file), Options { include_prompt: true, ..Options::default() }).0
}

fn refusal(text: &[u8]) -> String {
    forced_refusal(text, None)
}

fn forced_refusal(text: &[u8], format: Option<ResponseFormat>) -> String {
    let mut responses = Responses::new(text, Options { format, ..Options::default() });
    let error = responses.by_ref().find_map(Result::err).unwrap();
    assert!(responses.next().is_none(), "goes on after {error}");
    error.to_string()
}

/// What is expected of one position.
struct Expected<'a> {
    origin: &'a str,
    energies: &'a [f64],
    tokens: &'a [&'a str],
    drawn: Draw,
}

fn expect<'a>(origin: &'a str, energies: &'a [f64], tokens: &'a [&'a str], drawn: Draw) -> Expected<'a> {
    Expected { origin, energies, tokens, drawn }
}

fn outside(ln_probability: f64) -> Draw {
    Draw::Unlisted { ln_probability: Some(ln_probability) }
}

/// Energies are those of the file to the last bit; the mass is what they leave.
fn assert_positions(found: &[Position], expected: &[Expected<'_>]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (position, expected) in found.iter().zip(expected) {
        let energies: Vec<f64> = (0..position.listed.len()).map(|i| position.listed.energy(i)).collect();
        assert_eq!(position.origin, expected.origin);
        assert_eq!(energies, expected.energies, "{}", expected.origin);
        assert_eq!(position.tokens, expected.tokens, "{}", expected.origin);
        assert_eq!(position.drawn, [expected.drawn], "{}", expected.origin);
        let left = 1.0 - energies.iter().map(|e| (-e).exp()).sum::<f64>();
        let rest = position.unlisted.unwrap();
        assert!((rest.mass - left).abs() < 1e-15, "{}: {} for {left}", expected.origin, rest.mass);
        assert_eq!(rest.n_tokens, None);
    }
}

const TOP: &[f64] = &[0.5, 1.25, 3.0];
const FORBIDDEN: f64 = f64::INFINITY;

#[test]
fn openai_chat() {
    let first = ["Hello", "Hi", "Hey"];
    let second = ["!", ",", "."];
    assert_positions(
        &positions("openai_chat.json"),
        &[
            expect("choice 1, token 1", TOP, &first, Draw::Listed(1)),
            expect("choice 1, token 2", TOP, &second, outside(-4.5)),
            expect("choice 2, token 1", &[0.25], &["No"], Draw::Listed(0)),
        ],
    );
    for (file, lines) in [("openai_chat.sse", [5, 7]), ("openai_chat_chunks.jsonl", [2, 3])] {
        let [a, b] = lines.map(|line| format!("line {line}, token 1"));
        let expected = [expect(&a, TOP, &first, Draw::Listed(1)), expect(&b, TOP, &second, outside(-4.5))];
        assert_positions(&positions(file), &expected);
    }
    assert_positions(
        &positions("openai_batch.jsonl"),
        &[
            expect("line 1, token 1", &[0.5, 1.25], &["x", "y"], Draw::Listed(0)),
            expect("line 3, token 1", &[0.5, 1.25], &["x", "y"], outside(-3.0)),
        ],
    );
}

#[test]
fn openai_responses() {
    assert_positions(
        &positions("openai_responses.json"),
        &[
            expect("token 1", &[0.5, 1.25], &["a", "c"], Draw::Listed(0)),
            expect("token 2", &[2.0], &["b"], Draw::Listed(0)),
        ],
    );
    assert_eq!(read(&bytes("openai_responses.json"), Options::default()).1.without_list, 1);
    let expected = expect("line 5, token 1", &[0.5, 1.25], &["a", "c"], Draw::Listed(0));
    assert_positions(&positions("openai_responses.sse"), &[expected]);
    // Where no delta tells them, the logarithms of the last event count.
    let text = String::from_utf8(bytes("openai_responses.sse")).unwrap();
    let last = text.lines().last().unwrap();
    let expected = expect("line 1, token 1", &[0.5, 1.25], &["a", "c"], Draw::Listed(0));
    assert_positions(&read(last.as_bytes(), Options::default()).0, &[expected]);
}

#[test]
fn openai_completions_with_an_echo_an_added_token_and_a_collision() {
    let drawn = [
        expect("token 3", &[0.5, 1.25], &[" a", " the"], Draw::Listed(0)),
        expect("token 4", &[0.5, 1.25], &[" old", " new"], outside(-4.5)),
        expect("token 5", &[0.5, 2.0, 1.5], &[" sad", " bad", " bad"], Draw::Listed(2)),
        expect("token 6", &[0.5, 1.25], &[" day", " time"], Draw::Listed(1)),
    ];
    assert_positions(&positions("openai_completions.json"), &drawn);
    let prompt = [expect("token 2", &[0.5, 1.25], &[" upon", " in"], Draw::Listed(0))];
    let (all, tally) = read(&bytes("openai_completions.json"), Options { include_prompt: true, ..Options::default() });
    assert_positions(&all, &prompt.into_iter().chain(drawn).collect::<Vec<_>>());
    assert_eq!((tally.unreported, tally.restored, tally.unlisted_draws, tally.positions), (1, 1, 1, 5));
    assert_eq!(read(&bytes("openai_completions.json"), Options::default()).1.prompt_tokens, 2);
}

#[test]
fn llama_cpp() {
    assert_positions(
        &positions("llama_cpp.json"),
        &[
            expect("token 1", TOP, &["c", "a", "d"], Draw::Listed(1)),
            // Id 30 has the same text as the drawn id 31.
            expect("token 2", &[0.5, 1.25, FORBIDDEN], &["c", "b", "d"], outside(-4.5)),
        ],
    );
    let sampled = positions("llama_cpp_sampled.json");
    assert_eq!(sampled[0].listed.energy(1), 4f64.ln());
    assert_eq!([sampled[0].drawn[0], sampled[1].drawn[0]], [Draw::Listed(1), Draw::Listed(0)]);
    for position in &sampled {
        assert_eq!(position.unlisted.unwrap().mass, 0.0);
    }
}

#[test]
fn llama_cpp_old() {
    let (two, four) = (2f64.ln(), 4f64.ln());
    assert_positions(
        &positions("llama_cpp_old.json"),
        &[
            expect("token 1", &[two, four, FORBIDDEN], &["c", "a", "d"], Draw::Listed(1)),
            expect("token 2", &[two, four], &["c", "a"], Draw::Unlisted { ln_probability: None }),
        ],
    );
}

#[test]
fn vllm_lists_lose_what_the_draw_decides() {
    // The second and third list begin with the drawn token, so that the last of three places depends on the draw.
    let tokens = ["token_id:5", "token_id:8"];
    assert_positions(
        &positions("vllm_chat.json"),
        &[
            expect("token 1", &[0.5, 1.25], &tokens, Draw::Listed(0)),
            expect("token 2", &[1.25, 0.5], &["token_id:8", "token_id:5"], Draw::Listed(0)),
            expect("token 3", &[0.5, 1.25], &tokens, outside(-4.5)),
        ],
    );
    let drawn = || expect("token 1", TOP, &["token_id:5", "token_id:8", "token_id:2"], Draw::Listed(1));
    assert_positions(&positions("vllm_completions.json"), &[drawn()]);
    let prompt = |origin| expect(origin, &[0.5, 1.25], &[" a", " b"], Draw::Listed(1));
    let added = Expected { drawn: outside(-4.5), ..prompt("prompt token 3") };
    assert_positions(&with_prompt("vllm_completions.json"), &[prompt("prompt token 2"), added, drawn()]);
    // A list of the whole vocabulary has lost nothing.
    let (whole, _) = read(&bytes("vllm_chat.json"), Options { vocabulary: Some(200), ..Options::default() });
    assert_eq!(whole[0].unlisted.unwrap().n_tokens, Some(198));
}

#[test]
fn sglang() {
    // Where texts are null, ids name the tokens.
    let ids = ["token_id:5", "token_id:8"];
    let drawn = || {
        [
            expect("response 1, token 1", &[0.5, 1.25], &ids, Draw::Listed(0)),
            expect("response 1, token 2", TOP, &["token_id:5", "token_id:8", "token_id:2"], outside(-4.5)),
        ]
    };
    assert_positions(&positions("sglang.json"), &drawn());
    let prompt = expect("response 1, prompt token 2", &[0.5, 1.25], &ids, Draw::Listed(1));
    let all: Vec<_> = std::iter::once(prompt).chain(drawn()).collect();
    assert_positions(&with_prompt("sglang.json"), &all);
    let tokens = [" a", " b"];
    assert_positions(
        &positions("sglang.sse"),
        &[
            expect("line 1, token 1", &[0.5, 1.25], &tokens, Draw::Listed(0)),
            expect("line 3, token 2", &[0.5, 1.25], &tokens, Draw::Listed(1)),
        ],
    );
}

#[test]
fn tgi() {
    let drawn = || {
        [
            expect("token 1", &[0.5, 1.25], &[" a", " b"], Draw::Listed(0)),
            expect("token 2", &[0.0], &[" z"], Draw::Listed(0)),
        ]
    };
    assert_positions(&positions("tgi.json"), &drawn());
    let prompt = expect("prompt token 2", &[2.0], &[" b"], Draw::Listed(0));
    assert_positions(&with_prompt("tgi.json"), &std::iter::once(prompt).chain(drawn()).collect::<Vec<_>>());
    assert_positions(
        &positions("tgi.sse"),
        &[
            expect("line 1, token 1", &[0.5, 1.25], &[" a", " b"], Draw::Listed(0)),
            expect("line 3, token 1", &[2.0], &[" c"], Draw::Listed(0)),
        ],
    );
}

#[test]
fn ai21_ollama_and_mistral_rs() {
    let pair = [0.5, 1.25];
    let tokens = ["a", "b"];
    let both = [expect("token 1", &pair, &tokens, Draw::Listed(0)), expect("token 2", &pair, &tokens, outside(-4.5))];
    assert_positions(&positions("ai21.json"), &both);
    assert_positions(&positions("mistral_rs.json"), &both);
    assert_eq!(with_prompt("ai21.json")[0].origin, "prompt token 1");
    assert_positions(
        &positions("ollama.jsonl"),
        &[
            expect("line 1, token 1", &pair, &tokens, Draw::Listed(0)),
            expect("line 2, token 1", &pair, &tokens, outside(-4.5)),
        ],
    );
    let chunk = expect("line 1, token 1", &pair, &tokens, Draw::Listed(1));
    assert_positions(&positions("mistral_rs.sse"), &[chunk]);
}

#[test]
fn sentinels_are_no_energies() {
    let (found, tally) = read(&bytes("sentinels.jsonl"), Options::default());
    let none = FORBIDDEN;
    assert_positions(
        &found[..6],
        &[
            expect(
                "line 1, token 1",
                // Null is no level: nothing is known of it.
                &[0.5, none, none, none, none],
                &["a", "b", "c", "e", "f"],
                Draw::Listed(0),
            ),
            expect("line 2, token 1", &[0.5], &["a"], Draw::Unlisted { ln_probability: None }),
            expect("line 3, token 1", &[0.5, none], &["a", "b"], Draw::Listed(1)),
            expect("line 4, token 1", &[0.5], &["a"], outside(f64::NEG_INFINITY)),
            expect("line 5, token 1", &[0.5], &["a"], Draw::Unlisted { ln_probability: None }),
            // -100 is a number where another one lies below it.
            expect("line 6, token 1", &[0.0, 100.0, 101.5], &["a", "b", "c"], Draw::Listed(0)),
        ],
    );
    // A sum of 1 + 1e-7 is 1.
    assert_eq!((found[6].listed.energy(0), found[6].unlisted.unwrap().mass), (0.0, 0.0));
    assert_eq!(found.len(), 7);
    assert_eq!((tally.sentinels, tally.unreported, tally.documents, tally.unlisted_draws), (7, 1, 8, 3));
}

#[test]
fn an_added_token_shows_in_the_length_of_the_lists() {
    let completion = |chosen: &str, ln_p: f64, map: serde_json::Value| json!({"choices": [{"logprobs": {"tokens": [chosen], "token_logprobs": [ln_p], "top_logprobs": [map]}}]});
    let mut parser = ResponseParser::new(Options::default());
    let mut drawn = |document| parser.parse(&document, "").unwrap()[0].drawn[0];
    // Nothing tells the length yet: the least likely entry of a map may be the added one.
    assert_eq!(drawn(completion("b", -1.25, json!({"a": -0.5, "b": -1.25}))), outside(-1.25));
    assert_eq!(drawn(completion("a", -0.5, json!({"a": -0.5, "b": -1.25}))), Draw::Listed(0));
    assert_eq!(drawn(completion("b", -1.25, json!({"a": -0.5, "b": -1.25}))), Draw::Listed(1));
    assert_eq!(drawn(completion("c", -3.0, json!({"a": -0.5, "b": -1.25, "c": -3.0}))), outside(-3.0));
    // A tie with the least of the list is rank n or n + 1 alike, and then the list is complete with it.
    assert_eq!(drawn(completion("c", -2.0, json!({"a": -0.5, "b": -2.0, "c": -2.0}))), Draw::Listed(2));

    let chat = |chosen: &str, ln_p: f64, top: &[(&str, f64)]| {
        let top: Vec<_> = top.iter().map(|(token, ln_p)| json!({"token": token, "logprob": ln_p})).collect();
        json!({"choices": [{"logprobs": {"content": [{"token": chosen, "logprob": ln_p, "top_logprobs": top}]}}]})
    };
    let mut parser = ResponseParser::new(Options::default());
    let mut drawn = |document| parser.parse(&document, "").unwrap()[0].drawn[0];
    // An array is the top of the distribution unless it is longer than the others.
    assert_eq!(drawn(chat("b", -1.25, &[("a", -0.5), ("b", -1.25)])), Draw::Listed(1));
    assert_eq!(drawn(chat("a", -0.5, &[("a", -0.5), ("b", -1.25)])), Draw::Listed(0));
    assert_eq!(drawn(chat("c", -3.0, &[("a", -0.5), ("b", -1.25), ("c", -3.0)])), outside(-3.0));
}

#[test]
fn the_vocabulary_counts_what_is_not_listed() {
    let document = |p: &[f64]| {
        let top: Vec<_> = p.iter().enumerate().map(|(i, p)| json!({"id": i, "token": "x", "prob": p})).collect();
        json!({"content": "x", "completion_probabilities": [{"id": 0, "token": "x", "prob": p[0], "top_probs": top}]})
    };
    let options = |size| Options { vocabulary: Some(size), ..Options::default() };
    let rest = |p: &[f64], size| parse_document(&document(p), &options(size)).map(|found| found[0].unlisted);
    let some = rest(&[0.5, 0.25], 10).unwrap().unwrap();
    assert!((some.mass - 0.25).abs() < 1e-15 && some.n_tokens == Some(8), "{some:?}");
    assert_eq!(rest(&[0.5, 0.5], 2).unwrap(), None);
    assert_eq!(rest(&[0.5, 0.5], 10).unwrap().map(|rest| (rest.mass, rest.n_tokens)), Some((0.0, Some(8))));
    for (p, size) in [([0.5, 0.25], 2), ([0.5, 0.5], 1)] {
        let message = rest(&p, size).unwrap_err().to_string();
        assert!(message.starts_with("token 1: 2 tokens with probability"), "{message}");
    }
}

fn fixtures() -> Vec<(PathBuf, ResponseFormat)> {
    let of = |name: &str| match name {
        "openai_batch" | "openai_chat" | "openai_chat_chunks" | "sentinels" => ResponseFormat::OpenaiChat,
        "openai_responses" => ResponseFormat::OpenaiResponses,
        "openai_completions" | "mlx_lm" => ResponseFormat::OpenaiCompletions,
        "llama_cpp" | "llama_cpp_sampled" => ResponseFormat::LlamaCpp,
        "llama_cpp_old" => ResponseFormat::LlamaCppOld,
        "gemini" => ResponseFormat::Gemini,
        "cohere" => ResponseFormat::Cohere,
        "vllm_chat" | "vllm_completions" | "vllm_offline" => ResponseFormat::Vllm,
        "sglang" => ResponseFormat::Sglang,
        "tgi" => ResponseFormat::Tgi,
        "ai21" => ResponseFormat::Ai21,
        "ollama" => ResponseFormat::Ollama,
        "mistral_rs" => ResponseFormat::MistralRs,
        other => unreachable!("{other}"),
    };
    let paths = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let recordings = paths.filter(|path| path.extension().unwrap() != "md");
    recordings.map(|path| (path.clone(), of(path.file_stem().unwrap().to_str().unwrap()))).collect()
}

/// The documents of a recording that carry logarithms.
fn documents(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).unwrap().replace("-Infinity", "\"-Infinity\"");
    let whole = serde_json::from_str(&text).map(|document: serde_json::Value| vec![document]);
    let lines = || {
        let lines = text.lines().map(|line| line.strip_prefix("data:").unwrap_or(line));
        lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    let all: Vec<_> = whole.unwrap_or_else(|_| lines());
    all.into_iter().filter(|document| document.to_string().contains("prob")).collect()
}

#[test]
fn every_document_shows_its_format() {
    let mut seen = std::collections::HashSet::new();
    for (path, format) in fixtures() {
        seen.insert(format);
        let name = path.display();
        // A chunk without logarithms may look like one of OpenAI; what follows from it is the same: nothing.
        let found: Vec<_> = documents(&path).iter().map(|d| (ResponseFormat::detect(d), d.clone())).collect();
        assert!(!found.is_empty(), "{name}");
        for (found, document) in found {
            assert_eq!(found, Some(format), "{name}: {document}");
        }
        let text = fs::read(&path).unwrap();
        assert!(is_recorded_response(&text[..text.len().min(4096)]), "{name}");
        assert!(is_recorded_response(&text[..text.len().min(200)]), "{name}");
        let forced = Options { format: Some(format), ..Options::default() };
        assert_eq!(read(&text, forced), read(&text, Options::default()), "{name}");
    }
    assert_eq!(seen.len(), ResponseFormat::ALL.len());
    for format in ResponseFormat::ALL {
        assert_eq!(format.name().parse::<ResponseFormat>().unwrap(), format);
    }
}

#[test]
fn a_forced_format_names_the_key_it_lacks() {
    let forced = |file: &str, format| forced_refusal(&bytes(file), Some(format));
    let lacks =
        |origin: &str, format: &str, key: &str| format!("{origin} is not in the format {format}: it lacks `{key}`");
    assert_eq!(
        forced("openai_chat.json", ResponseFormat::OpenaiCompletions),
        lacks("choice 1", "openai-completions", "choices[].logprobs.token_logprobs")
    );
    assert_eq!(
        forced("openai_completions.json", ResponseFormat::OpenaiChat),
        lacks("the response", "openai-chat", "choices[].logprobs.content")
    );
    assert_eq!(forced("llama_cpp.json", ResponseFormat::LlamaCppOld), lacks("token 1", "llama.cpp-old", "probs"));
    assert_eq!(forced("llama_cpp_old.json", ResponseFormat::LlamaCpp), lacks("token 1", "llama.cpp", "token"));
    assert_eq!(forced("tgi.json", ResponseFormat::Vllm), lacks("the response", "vllm", "choices"));
    assert_eq!(forced("ollama.jsonl", ResponseFormat::Sglang), lacks("line 1", "sglang", "meta_info"));
    assert_eq!(forced("ollama.jsonl", ResponseFormat::Ai21), lacks("line 1", "ai21", "completions"));
    assert_eq!(forced("sglang.json", ResponseFormat::Tgi), lacks("response 1", "tgi", "details"));
    assert_eq!(forced("tgi.json", ResponseFormat::Ollama), lacks("the response", "ollama", "logprobs"));
    assert_eq!(
        forced("tgi.json", ResponseFormat::OpenaiResponses),
        lacks("the response", "openai-responses", "output")
    );
    assert_eq!(forced("tgi.json", ResponseFormat::MistralRs), lacks("the response", "mistral.rs", "choices"));
    let error = "gpt".parse::<ResponseFormat>().unwrap_err().to_string();
    assert_eq!(
        error,
        "`gpt` is no format of recorded responses (known: openai-chat, openai-responses, openai-completions, \
         llama.cpp, llama.cpp-old, vllm, sglang, tgi, ai21, ollama, mistral.rs, gemini, cohere)"
    );
}

#[test]
fn arrays_of_logits_are_no_responses() {
    for text in
        ["[0.5, 1.0]", "[[0.5], [1.0]]", "{\"logits\": [0.5, -1.0]}\n", "0.5,1.0\n", "", "[", "{", "{\"logits\": ["]
    {
        assert!(!is_recorded_response(text.as_bytes()), "{text}");
    }
    assert!(matches!(
        parse_document(&json!({"logits": [0.5, 1.0]}), &Options::default()),
        Err(RecordedError::Undetected { .. })
    ));
    let message = refusal(b"[[0.5, -1.0], [0.25, 3.0]]");
    assert!(message.starts_with("line 1, response 1 is no recorded response of a known format (known: openai-chat,"));
}

/// One chat response of one token with a list.
fn chat(chosen: &str, top: &[&str]) -> String {
    let entries = top.iter().enumerate().map(|(i, ln_p)| format!(r#"{{"token":"{i}","logprob":{ln_p}}}"#));
    let top = entries.collect::<Vec<_>>().join(",");
    format!(
        r#"{{"choices":[{{"logprobs":{{"content":[{{"token":"x","logprob":{chosen},"top_logprobs":[{top}]}}]}}}}]}}"#
    ) + "\n"
}

#[test]
fn refusals_say_where_and_what() {
    let good = chat("-4.5", &["-0.5"]);
    let second = |line: &str| refusal(format!("{good}{line}").as_bytes());
    let exact = [
        (chat("NaN", &[]), "line 2, token 1: `logprob` must be the logarithm of a probability, at most 0, got NaN"),
        (
            chat("-0.5", &["NaN"]),
            "line 2, token 1: `logprob` must be the logarithm of a probability, at most 0, got NaN",
        ),
        (chat("0.002", &[]), "line 2, token 1: `logprob` must be the logarithm of a probability, at most 0, got 0.002"),
        (
            chat("Infinity", &[]),
            "line 2, token 1: `logprob` must be the logarithm of a probability, at most 0, got inf",
        ),
        (chat("\"high\"", &[]), "line 2, token 1: `logprob` must be a number, got a string"),
        (chat("[]", &[]), "line 2, token 1: `logprob` must be a number, got an array"),
        (
            r#"{"completion_probabilities":[{"token":"x","prob":1.5,"top_probs":[]}]}"#.into(),
            "line 2, token 1: `prob` must be a probability between 0 and 1, got 1.5",
        ),
        (
            r#"{"completion_probabilities":[{"content":"x","probs":[{"tok_str":"x","prob":-0.5}]}]}"#.into(),
            "line 2, token 1: `prob` must be a probability between 0 and 1, got -0.5",
        ),
        (
            chat("-0.5", &["-0.25"]),
            "line 2, token 1: the drawn token is not listed and has probability 0.606531, but the listed tokens leave \
             only 0.221199",
        ),
        (
            r#"{"choices":[{"logprobs":{"tokens":["a"],"token_logprobs":[]}}]}"#.into(),
            "line 2: 1 tokens but 0 entries of `token_logprobs`",
        ),
        (r#"{"choices":[{"logprobs":3}]}"#.into(), "line 2: `logprobs` must be an object, got a number"),
        (r#"{"choices":{}}"#.into(), "line 2 is no recorded response"),
        (r#"{"error":{"message":"rate\nlimit"}}"#.into(), "line 2 records an error of the server: rate limit"),
        (r#"{"type":"error","message":"overloaded"}"#.into(), "line 2 records an error of the server: overloaded"),
        ("{\"choices\": [".into(), "line 2 ends within a JSON value: the recording is cut off"),
        ("{\"choices\": [}".into(), "line 2, column 14 is not JSON: expected value"),
        ("{\"a\": 1e999}".into(), "line 2, column 11 is not JSON: number out of range"),
        ("[".repeat(200), "line 2, column 128 is not JSON: recursion limit exceeded"),
        ("\"x\"".into(), "line 2 is no recorded response"),
        ("[]".into(), "line 2 is no recorded response"),
    ];
    for (line, expected) in exact {
        let message = second(&line);
        assert!(message.starts_with(expected), "{message}\nfor {expected}");
        assert!(!message.contains('\n') && message.len() < 300, "{message}");
    }
    let message = second(&chat("-0.5", &["-0.25", "-0.25"]));
    assert!(message.starts_with("line 2, token 1: the listed probabilities add up to 1.5576"), "{message}");
    let utf8 = [good.as_bytes(), b"{\"choices\xff\": []}\n"].concat();
    assert_eq!(refusal(&utf8), "line 2 is not UTF-8 text (byte 10 of it)");
    assert_eq!(refusal(b"{\n\"choices\":\n\"\xff\"}"), "line 3 is not UTF-8 text (byte 2 of it)");
    assert_eq!(refusal(b"{\n\"choices\": [\n"), "line 3 ends within a JSON value: the recording is cut off");
    assert_eq!(refusal(b" \n\n"), "no recorded response: the input is empty");
    assert_eq!(refusal(b""), "no recorded response: the input is empty");
    assert_eq!(
        refusal(b"{\"choices\": [{\"message\": {}, \"logprobs\": null}]}"),
        "1 responses but no log probability in them: record them with `logprobs` and `top_logprobs`"
    );
    let long = json!({"error": {"message": "é".repeat(1 << 20)}}).to_string();
    assert!(refusal(long.as_bytes()).chars().count() < 120);
    assert!("z".repeat(1 << 20).parse::<ResponseFormat>().unwrap_err().to_string().len() < 300);
}

#[test]
fn text_is_read_with_its_line_ends_and_marks() {
    let two = chat("-4.5", &["-0.5"]).repeat(2);
    for text in
        [two.clone(), two.replace('\n', "\r\n"), format!("\u{feff}{two}"), format!("\n \n{two}"), two.trim().into()]
    {
        assert_eq!(read(text.as_bytes(), Options::default()).0.len(), 2, "{text}");
    }
    // Documents over several lines, one after the other.
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&chat("-4.5", &["-0.5"])).unwrap());
    let text = format!("{0}\n{0}", pretty.unwrap());
    let origins: Vec<_> = read(text.as_bytes(), Options::default()).0.into_iter().map(|p| p.origin).collect();
    assert_eq!(origins, ["response 1, token 1", "response 2, token 1"]);
}

/// As many bytes as asked for, without holding them.
struct Endless {
    head: &'static [u8],
    left: u64,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(buffer);
        }
        let n = buffer.len().min(self.left.try_into().unwrap());
        buffer[..n].fill(b'x');
        self.left -= n as u64;
        Ok(n)
    }
}

#[test]
fn what_is_too_long_is_refused_before_it_is_held() {
    let message = |head: &'static [u8]| {
        let source = std::io::BufReader::new(Endless { head, left: 1 << 30 });
        Responses::new(source, Options::default()).find_map(Result::err).unwrap().to_string()
    };
    let remedy = "write one response per line (JSONL)";
    assert_eq!(message(b"\n\n{\"choices\": \""), format!("line 3 is longer than 64 MiB: {remedy}"));
    assert_eq!(message(b"{\n\"choices\": \""), format!("the document from line 1 is longer than 64 MiB: {remedy}"));
    let many = format!("[{}{{}}]", "{\"a\":0},".repeat(1 << 20));
    assert_eq!(
        refusal(many.as_bytes()),
        format!("line 1 holds more than 512 MiB of parsed values: {remedy}, of fewer tokens or shorter lists")
    );
}
