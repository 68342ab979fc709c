//! What one list of a recorded response says: repeated tokens, missing numbers, drawn tokens beside the list, repeated chunks.
#![allow(missing_docs, clippy::unwrap_used)]

use gibbs::tokens::sources::recorded::{
    Options, RecordedError, ResponseParser, Responses, is_recorded_response, parse_document,
};
use gibbs::tokens::thermometer::position_bounds;
use gibbs::tokens::{Draw, Position};
use serde_json::{Value, json};

/// A token of an array of the chat interface.
fn entry(token: &str, ln_p: Value) -> Value {
    json!({"token": token, "bytes": token.as_bytes(), "logprob": ln_p})
}

fn drawn(token: &str, ln_p: Value, top: &[Value]) -> Value {
    let mut entry = entry(token, ln_p);
    entry["top_logprobs"] = json!(top);
    entry
}

fn chat(tokens: &[Value]) -> Value {
    json!({"id": "x", "choices": [{"index": 0, "logprobs": {"content": tokens}}]})
}

fn read(document: &Value) -> Vec<Position> {
    parse_document(document, &Options { vocabulary: Some(1000), ..Options::default() }).unwrap()
}

fn energies(position: &Position) -> Vec<f64> {
    (0..position.listed.len()).map(|i| position.listed.energy(i)).collect()
}

fn ln(p: f64) -> Value {
    json!(p.ln())
}

/// The interval of the entropy at T = 1.
fn entropy(position: &Position) -> (f64, f64) {
    let bounds = position_bounds(position, position.unlisted.unwrap(), 1.0).unwrap();
    (bounds.entropy.low.unwrap(), bounds.entropy.high.unwrap())
}

#[test]
fn a_token_listed_twice_counts_once() {
    // At least ln p = ln 0.1 for 0.55 of all draws, at most 997 equal tokens.
    let (red, blue, green) = (entry(" red", ln(0.2)), entry(" blue", ln(0.15)), entry(" green", ln(0.1)));
    let top = drawn(" red", ln(0.2), &[red.clone(), red.clone(), blue.clone(), green.clone()]);
    let third = drawn(" green", ln(0.1), &[green.clone(), red, blue, green]);
    for (document, level) in [(chat(&[top]), 0), (chat(&[third]), 2)] {
        let position = &read(&document)[0];
        assert_eq!(position.tokens, [" red", " blue", " green"]);
        assert_eq!(position.drawn, [Draw::Listed(level)]);
        assert!((position.unlisted.unwrap().mass - 0.55).abs() < 1e-12);
        let (low, high) = entropy(position);
        assert!((low - 2.103_136).abs() < 1e-6 && (high - 4.963_137).abs() < 1e-6, "{low} {high}");
    }
    // Two tokens of equal bytes and different probability are two.
    let pair = [entry("a", ln(0.5)), entry("a", ln(0.25))];
    assert_eq!(read(&chat(&[drawn("a", ln(0.25), &pair)]))[0].drawn, [Draw::Listed(1)]);
    // So are two that are printed as the same replacement character, where no bytes tell.
    let unknown = json!({"token": "\u{fffd}", "logprob": -1.5});
    let list = [json!({"token": "x", "logprob": -0.75}), unknown.clone(), unknown];
    let position = read(&chat(&[json!({"token": "x", "logprob": -0.75, "top_logprobs": list})])).remove(0);
    assert_eq!(position.listed.len(), 3);
}

#[test]
fn null_at_the_head_is_what_the_others_leave_and_changes_no_other_list() {
    let tokens = |certain: Value| {
        chat(&[
            drawn("Once", ln(0.6), &[entry("Once", ln(0.6)), entry("In", ln(0.3))]),
            drawn(" upon", certain.clone(), &[entry(" upon", certain), entry(" more", ln(0.0005))]),
            drawn(" a", ln(0.9), &[entry(" a", ln(0.9)), entry(" the", ln(0.05))]),
        ])
    };
    let found = read(&tokens(Value::Null));
    assert_eq!(found.iter().map(|position| position.listed.len()).collect::<Vec<_>>(), [2, 2, 2]);
    let (low, high) = entropy(&found[1]);
    assert!((low - 0.004_300_3).abs() < 2e-6 && high - low < 1e-9, "{low} {high}");
    let zero = read(&tokens(json!(0.0)));
    assert_eq!((&found[0], &found[2]), (&zero[0], &zero[2]));
    // Further down it is a token that is not listed, and one of those that are left.
    let list = [entry("a", ln(0.5)), entry("b", Value::Null)];
    let position = read(&chat(&[drawn("b", Value::Null, &list)])).remove(0);
    assert_eq!((energies(&position).len(), position.unlisted.unwrap().n_tokens), (1, Some(999)));
    assert_eq!(position.drawn, [Draw::Unlisted { ln_probability: None }]);
    // What follows it is not the top of the distribution any more.
    let list = [entry("a", ln(0.5)), entry("b", Value::Null), entry("c", ln(0.1))];
    assert_eq!(read(&chat(&[drawn("a", ln(0.5), &list)]))[0].tokens, ["a"]);
}

#[test]
fn other_sentinels_change_no_other_list() {
    let sound = || drawn("a", ln(0.6), &[entry("a", ln(0.6)), entry("b", ln(0.3))]);
    for sentinel in
        [json!(-9999.0), json!(f64::from(f32::MIN)), json!(-65504.0), json!("-Infinity"), json!(null), json!(0.0)]
    {
        let odd = drawn("x", sentinel.clone(), &[entry("x", sentinel.clone()), entry("y", ln(0.0005))]);
        let found = read(&chat(&[odd, sound(), sound()]));
        for position in found.iter().rev().take(2) {
            assert_eq!(position.tokens, ["a", "b"], "{sentinel}");
        }
    }
}

#[test]
fn a_drawn_token_beside_its_list_is_a_level() {
    // p = 0.6, 0.3, 0.1 in all: the server lists the others alone.
    let list = [entry("b", ln(0.3)), entry("c", ln(0.1))];
    let options = Options { vocabulary: Some(3), ..Options::default() };
    let position = parse_document(&chat(&[drawn("a", ln(0.6), &list)]), &options).unwrap().remove(0);
    assert_eq!((position.listed.len(), position.drawn[0]), (3, Draw::Listed(2)));
    // Less likely than all that is listed, it bounds the rest without being listed.
    let list = [entry("a", ln(0.5)), entry("b", ln(0.25))];
    let position = read(&chat(&[drawn("z", ln(0.125), &list)])).remove(0);
    assert_eq!(position.drawn, [Draw::Unlisted { ln_probability: Some(0.125f64.ln()) }]);
    let (low, high) = entropy(&position);
    let listed: f64 = [0.5, 0.25, 0.125].iter().map(|p: &f64| -p * p.ln()).sum();
    assert!((low - (listed - 0.125 * 0.125f64.ln())).abs() < 1e-12, "{low}");
    assert!((high - (listed - 0.125 * (0.125f64 / 997.0).ln())).abs() < 1e-12, "{high}");
    // Alone and unlikely it says nothing of the rest.
    let position = read(&chat(&[drawn("z", ln(0.01), &[])])).remove(0);
    let bounds = position_bounds(&position, position.unlisted.unwrap(), 1.0).unwrap();
    assert_eq!((bounds.entropy.low, bounds.entropy.high), (None, None));
}

#[test]
fn lists_that_begin_with_the_drawn_token_lose_one_only_where_all_do() {
    let list = |first: &str| {
        let mut list = [("a", 0.5), ("b", 0.25), ("c", 0.125)].map(|(token, p)| entry(token, ln(p)));
        let i = list.iter().position(|entry| entry["token"] == first).unwrap();
        list[..=i].rotate_right(1);
        list
    };
    let ranked = [("a", 0.5), ("b", 0.25), ("c", 0.125)].map(|(token, p)| entry(token, ln(p)));
    let lengths = |tokens: &[Value]| read(&chat(tokens)).iter().map(|p| p.listed.len()).collect::<Vec<_>>();
    assert_eq!(lengths(&[drawn("b", ln(0.25), &list("b")), drawn("a", ln(0.5), &ranked)]), [2, 2]);
    // The second stands at its rank: only the first list has been changed.
    let at_rank = drawn("b", ln(0.25), &ranked);
    assert_eq!(lengths(&[drawn("b", ln(0.25), &list("b")), at_rank, drawn("a", ln(0.5), &ranked)]), [2, 3, 3]);
}

fn sglang(id: &str, ids: &[u64]) -> String {
    let tokens: Vec<Value> = ids.iter().map(|id| json!([-0.5 - *id as f64, id, null])).collect();
    let tops: Vec<Value> = ids.iter().map(|id| json!([[-0.5 - *id as f64, id, null], [-9.0, 99, null]])).collect();
    let meta = json!({"id": id, "output_token_logprobs": tokens, "output_top_logprobs": tops});
    format!("data: {}\n\n", json!({"text": "x", "meta_info": meta}))
}

fn n_drawn(text: &str) -> usize {
    Responses::new(text.as_bytes(), Options::default()).map(Result::unwrap).map(|position| position.drawn.len()).sum()
}

#[test]
fn chunks_that_repeat_their_answer_count_once() {
    let cumulative = sglang("r", &[1, 2])
        + &sglang("r", &[1, 2, 3])
        + &sglang("r", &[1, 2, 3, 4, 5])
        + &sglang("r", &[1, 2, 3, 4, 5]);
    assert_eq!(n_drawn(&cumulative), 5);
    // Two answers in turn that begin alike.
    let two = sglang("r", &[1]) + &sglang("s", &[1]) + &sglang("r", &[1, 2]) + &sglang("s", &[1, 3, 4]);
    assert_eq!(n_drawn(&two), 5);
    // Chunks that add to those before.
    assert_eq!(n_drawn(&(sglang("r", &[1, 2]) + &sglang("r", &[3, 4]) + &sglang("r", &[1, 2]))), 6);
    let chunk = |ids: &[&str]| {
        let tokens: Vec<Value> = ids.iter().map(|id| drawn(id, json!(-0.5), &[entry(id, json!(-0.5))])).collect();
        let choice = json!({"index": 0, "delta": {}, "logprobs": {"content": tokens}});
        format!("data: {}\n\n", json!({"id": "c", "choices": [choice]}))
    };
    assert_eq!(n_drawn(&(chunk(&["a"]) + &chunk(&["a", "b"]) + &chunk(&["a", "b", "c"]))), 3);
    assert_eq!(n_drawn(&(chunk(&["a"]) + &chunk(&["a"]) + &chunk(&["a"]))), 3);
}

#[test]
fn reasoning_is_drawn_too() {
    let token = |text: &str| drawn(text, json!(-0.5), &[entry(text, json!(-0.5)), entry("z", json!(-1.5))]);
    let logprobs = json!({"content": [token("b")], "reasoning_content": [token("a"), token("c")]});
    let found = read(&json!({"choices": [{"logprobs": logprobs}]}));
    assert_eq!(found.iter().map(|position| position.tokens[0].as_str()).collect::<Vec<_>>(), ["a", "c", "b"]);
}

#[test]
fn hosted_and_offline_shapes_are_read() {
    let file = |name: &str| {
        let path = format!("{}/tests/data/recorded/{name}", env!("CARGO_MANIFEST_DIR"));
        let document = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        parse_document(&document, &Options::default()).unwrap()
    };
    for name in ["gemini.json", "mlx_lm.json", "vllm_offline.json"] {
        let found = file(name);
        assert_eq!(found.len(), 2, "{name}");
        for position in &found {
            let mut levels = energies(position);
            levels.sort_by(f64::total_cmp);
            assert_eq!(levels, [0.5, 1.25], "{name}");
        }
        assert!(matches!(found[0].drawn[0], Draw::Listed(level) if found[0].listed.energy(level) == 0.5), "{name}");
        assert_eq!(found[1].drawn, [Draw::Unlisted { ln_probability: Some(-4.5) }], "{name}");
    }
    assert_eq!(file("cohere.json").iter().map(|position| energies(position)[0]).collect::<Vec<_>>(), [0.5, 2.0]);
    let generation = json!({"generations": [{"token_likelihoods": [{"token": "a", "likelihood": -0.5}]}]});
    assert_eq!(energies(&read(&generation)[0]), [0.5]);
    let snake =
        json!({"candidates": [{"logprobs_result": {"chosen_candidates": [{"token": "a", "log_probability": -0.25}]}}]});
    assert_eq!(energies(&read(&snake)[0]), [0.25]);
}

#[test]
fn what_is_no_list_is_named() {
    let message = |document: &Value| parse_document(document, &Options::default()).unwrap_err().to_string();
    let average = json!({"candidates": [{"avgLogprobs": -0.34}]});
    assert!(message(&average).contains("an average alone (`avgLogprobs`)"));
    let error = json!({"error": {"message": "Rate limit reached"}});
    assert!(message(&error).ends_with("records an error of the server: Rate limit reached"));
    assert!(message(&json!({"error": {"code": 7}})).ends_with("{\"code\":7}"));
    for text in ["{\"error\": \"x\"}", "{\n \"error\": {\n  \"message\": \"x\"}\n}\n", "{\"answer\": 1}"] {
        assert!(is_recorded_response(text.as_bytes()), "{text}");
    }
    let unknown = ResponseParser::new(Options::default()).parse(&json!({"answer": 1}), "").unwrap_err();
    assert!(matches!(unknown, RecordedError::Undetected { .. }));
    assert!(unknown.to_string().contains("gemini, cohere"));
}
