//! Laws of recorded responses, for random texts and random distributions: nothing panics, what is written is read back.
#![allow(missing_docs, clippy::unwrap_used)]

use gibbs::tokens::Draw;
use gibbs::tokens::sources::recorded::{Options, ResponseFormat, Responses, is_recorded_response, parse_document};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

/// Keys that the formats read, and one that none does.
const KEYS: [&str; 38] = [
    "choices",
    "logprobs",
    "content",
    "refusal",
    "token",
    "logprob",
    "top_logprobs",
    "bytes",
    "tokens",
    "token_logprobs",
    "prompt_logprobs",
    "prompt_token_ids",
    "rank",
    "decoded_token",
    "completion_probabilities",
    "probs",
    "prob",
    "top_probs",
    "tok_str",
    "id",
    "meta_info",
    "output_token_logprobs",
    "output_top_logprobs",
    "input_token_logprobs",
    "details",
    "prefill",
    "top_tokens",
    "completions",
    "data",
    "generatedToken",
    "topTokens",
    "output",
    "type",
    "text",
    "usage",
    "prompt_tokens",
    "stop",
    "other",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-5.0..0.5f64).prop_map(|x| json!(x)),
        prop::sample::select(vec![-9999.0, -100.0, 0.0, -0.0, 0.5, 1.0, 2.0, -3.402_823_466_385_288_6e38, 1e300])
            .prop_map(|x| json!(x)),
        any::<i64>().prop_map(|x| json!(x)),
        prop::sample::select(vec!["-Infinity", "NaN", "a", "\u{fffd}", "token_id:7", "response.completed"])
            .prop_map(|s| json!(s)),
    ]
}

/// JSON of the keys that the formats read, in shapes that they do not have.
fn json_value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(8, 96, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((prop::sample::select(KEYS.to_vec()), inner), 0..5).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

/// Puts `damage` where the steps lead, or where they can lead no further.
fn damage_at(value: &mut Value, path: &[usize], damage: Value) {
    match (value, path) {
        (Value::Array(items), [step, rest @ ..]) if !items.is_empty() => {
            let n = items.len();
            damage_at(&mut items[step % n], rest, damage);
        }
        (Value::Object(map), [step, rest @ ..]) if !map.is_empty() => {
            let n = map.len();
            let entry = map.iter_mut().nth(step % n);
            damage_at(entry.unwrap().1, rest, damage);
        }
        (value, _) => *value = damage,
    }
}

/// A document of one of the formats with one place replaced by random JSON.
fn damaged() -> impl Strategy<Value = Value> {
    let top = json!([{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1.25}]);
    let entry = json!({"id": 1, "token": "a", "logprob": -0.5, "top_logprobs": top});
    let documents = vec![
        json!({"choices": [{"logprobs": {"content": [entry]}}]}),
        json!({"choices": [{"logprobs": {"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": [{"a": -0.5, "b": -1.0}]}}]}),
        json!({"choices": [{"prompt_logprobs": [null, {"1": {"logprob": -0.5, "rank": 1, "decoded_token": "a"}}], "logprobs": null}]}),
        json!({"object": "response", "output": [{"content": [{"logprobs": [entry]}]}]}),
        json!({"completion_probabilities": [{"content": "a", "probs": [{"tok_str": "a", "prob": 0.5}]}]}),
        json!({"completion_probabilities": [{"token": "a", "prob": 0.5, "top_probs": [{"token": "a", "prob": 0.5}]}]}),
        json!({"meta_info": {"id": "1", "completion_tokens": 1, "output_token_logprobs": [[-0.5, 1, "a"]], "output_top_logprobs": [[[-0.5, 1, "a"]]]}}),
        json!({"details": {"prefill": [{"id": 1, "text": "x", "logprob": null}], "tokens": [entry], "top_tokens": [top]}}),
        json!({"completions": [{"data": {"tokens": [{"generatedToken": {"token": "a", "logprob": -0.5}, "topTokens": top}]}}]}),
        json!({"logprobs": [entry], "done": false}),
    ];
    let place = prop::collection::vec(0usize..4, 0..8);
    (prop::sample::select(documents), place, json_value()).prop_map(|(mut document, path, damage)| {
        damage_at(&mut document, &path, damage);
        document
    })
}

/// Reads a text in every way; each error is one short line.
fn read(text: &[u8]) -> Result<(), TestCaseError> {
    let _ = is_recorded_response(text);
    for format in std::iter::once(None).chain(ResponseFormat::ALL.map(Some)) {
        let options = Options { format, vocabulary: Some(4), include_prompt: true };
        for item in Responses::new(text, options) {
            match item {
                Ok(position) => {
                    prop_assert!(position.tokens.is_empty() || position.tokens.len() == position.listed.len());
                    prop_assert!(position.unlisted.is_none_or(|rest| rest.mass >= 0.0 && rest.mass <= 1.0));
                    for draw in position.drawn {
                        prop_assert!(!matches!(draw, Draw::Listed(i) if i >= position.listed.len()));
                    }
                }
                Err(error) => {
                    let message = error.to_string();
                    prop_assert!(message.len() < 400 && !message.contains('\n'), "{}", message);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_bytes_never_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&text)?;
    }

    #[test]
    fn random_text_never_panics(text in "(data: ?)?[\\[\\]{}\",:0-9a-zN\\-\\\\ \n]{0,80}") {
        read(text.as_bytes())?;
    }

    #[test]
    fn random_json_never_panics(value in json_value(), copies in 1usize..3) {
        read(format!("{value}\n").repeat(copies).as_bytes())?;
    }

    #[test]
    fn damaged_responses_never_panic(first in damaged(), second in damaged()) {
        read(format!("{first}\n{second}").as_bytes())?;
    }

    /// A distribution written as the top of a list is read back: energies, mass and draw.
    #[test]
    fn what_is_written_is_read_back(
        weights in prop::collection::vec(1e-6..1.0f64, 3..30),
        listed in 2usize..20,
        chosen in 0usize..30,
    ) {
        let total: f64 = weights.iter().sum();
        let mut p: Vec<f64> = weights.iter().map(|w| w / total).collect();
        p.sort_by(|a, b| b.total_cmp(a));
        let (n, chosen) = (listed.min(p.len() - 1), chosen % p.len());
        let entry = |i: usize| json!({"token": i.to_string(), "logprob": p[i].ln()});
        let mut token = entry(chosen);
        token["top_logprobs"] = (0..n).map(entry).collect();
        let document = json!({"choices": [{"logprobs": {"content": [token]}}]});
        let read = |text: &str| {
            let options = Options { vocabulary: Some(p.len() as u64), ..Options::default() };
            Responses::new(text.as_bytes(), options).collect::<Result<Vec<_>, _>>().unwrap().remove(0)
        };
        let position = read(&document.to_string());
        for (i, p) in p[..n].iter().enumerate() {
            prop_assert!((position.listed.energy(i) + p.ln()).abs() <= 1e-15 * p.ln().abs());
        }
        let rest = position.unlisted.unwrap();
        prop_assert_eq!(rest.n_tokens, Some((p.len() - n) as u64));
        prop_assert!((rest.mass - p[n..].iter().sum::<f64>()).abs() < 1e-12);
        let expected = if chosen < n { Draw::Listed(chosen) } else { Draw::Unlisted { ln_probability: Some(p[chosen].ln()) } };
        prop_assert_eq!(position.drawn[0], expected);
        // Laid out over lines, as an event and parsed before, it is the same.
        let pretty = read(&serde_json::to_string_pretty(&document).unwrap());
        let event = read(&format!("data: {document}\n\ndata: [DONE]\n"));
        let parsed = parse_document(&document, &Options { vocabulary: Some(p.len() as u64), ..Options::default() });
        prop_assert_eq!(&pretty.listed, &position.listed);
        prop_assert_eq!(&event, &position);
        prop_assert_eq!(parsed.unwrap().remove(0).drawn, position.drawn);
    }
}
