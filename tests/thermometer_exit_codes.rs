//! What the exit code of `gibbs thermometer` is in 49 situations: the table of the guide, tried.
#![cfg(feature = "cli")]
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/drawn_answers.rs"]
mod drawn_answers;
#[path = "common/program.rs"]
mod program;

use drawn_answers::{PLAN, Plan, Step, answers, entry, lines, list, order, with_list};
use program::gibbs;
use serde_json::{Value, json};

/// Lines of full logits with draws.
fn logits(plan: Plan) -> String {
    let lines = answers(plan, 1).into_iter().flatten();
    lines.map(|step| json!({"logits": step.logits, "drawn": [step.drawn]}).to_string() + "\n").collect()
}

fn llama_cpp(plan: Plan) -> String {
    lines(plan, 2, |answer| {
        let content: Vec<Value> = answer.iter().map(|step| with_list(plan, step)).collect();
        json!({"content": "", "stop": true, "completion_probabilities": content})
    })
}

fn llama_cpp_after_sampling(plan: Plan) -> String {
    let probability = |value: &Value| {
        let p = value["logprob"].as_f64().unwrap().exp();
        json!({"token": value["token"], "prob": p})
    };
    lines(plan, 2, |answer| {
        let token = |step: &Step| {
            let mut found = probability(&entry(plan, step, step.drawn));
            found["top_probs"] = list(plan, step).iter().map(probability).collect();
            found
        };
        json!({"content": "", "stop": true, "completion_probabilities": answer.iter().map(token).collect::<Vec<_>>()})
    })
}

fn ollama(plan: Plan) -> String {
    lines(plan, 2, |answer| {
        let content: Vec<Value> = answer.iter().map(|step| with_list(plan, step)).collect();
        json!({"response": "", "done": true, "logprobs": content})
    })
}

fn tgi(plan: Plan) -> String {
    let rename =
        |value: &Value| json!({"id": 1, "text": value["token"], "logprob": value["logprob"], "special": false});
    lines(plan, 2, |answer| {
        let tokens: Vec<Value> = answer.iter().map(|step| rename(&entry(plan, step, step.drawn))).collect();
        let tops: Vec<Vec<Value>> = answer.iter().map(|step| list(plan, step).iter().map(rename).collect()).collect();
        let ids =
            |value: &mut Value, text: &str| value["id"] = text.trim_start_matches('t').parse::<u64>().unwrap().into();
        let mut details = json!({"finish_reason": "length", "tokens": tokens, "top_tokens": tops});
        for value in details["tokens"].as_array_mut().unwrap() {
            let text = value["text"].as_str().unwrap().to_owned();
            ids(value, &text);
        }
        for value in
            details["top_tokens"].as_array_mut().unwrap().iter_mut().flat_map(|top| top.as_array_mut().unwrap())
        {
            let text = value["text"].as_str().unwrap().to_owned();
            ids(value, &text);
        }
        json!({"generated_text": "", "details": details})
    })
}

fn vllm(plan: Plan) -> String {
    lines(plan, 2, |answer| {
        let id = |i: usize| format!("token_id:{i}");
        let top = |step: &Step| -> Value {
            let entries = order(&step.ln_p).into_iter().take(plan.top);
            entries.chain([step.drawn]).map(|i| (id(i), json!(step.ln_p[i]))).collect::<serde_json::Map<_, _>>().into()
        };
        json!({"choices": [{"logprobs": {
            "tokens": answer.iter().map(|step| id(step.drawn)).collect::<Vec<_>>(),
            "token_logprobs": answer.iter().map(|step| step.ln_p[step.drawn]).collect::<Vec<_>>(),
            "top_logprobs": answer.iter().map(top).collect::<Vec<_>>(),
        }}]})
    })
}

fn chat(plan: Plan) -> String {
    drawn_answers::chat(plan, 2)
}

/// The first line so many times.
fn copies(text: &str, n: usize) -> String {
    format!("{}\n", text.lines().next().unwrap()).repeat(n)
}

/// The first line so many times, with other last digits of its numbers.
fn rounded_copies(text: &str, n: usize) -> String {
    let mut answer: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let mut copy = |number: usize| {
        let content = answer["choices"][0]["logprobs"]["content"].as_array_mut().unwrap();
        for (place, token) in content.iter_mut().enumerate() {
            let moved = |value: &Value| json!(value.as_f64().unwrap() - 1e-5 * ((7 * number + 3 * place) % 11) as f64);
            token["logprob"] = moved(&token["logprob"]);
            let top = token["top_logprobs"].as_array_mut().unwrap();
            top.iter_mut().for_each(|entry| entry["logprob"] = moved(&entry["logprob"]));
        }
        answer.to_string() + "\n"
    };
    (0..n).map(&mut copy).collect()
}

/// Every answer after its first token, its first two, and so on, a line each.
fn growing(plan: Plan) -> String {
    let beginnings = |line: &str| -> String {
        let answer: Value = serde_json::from_str(line).unwrap();
        let content = answer["choices"][0]["logprobs"]["content"].as_array().unwrap().clone();
        let so_far = |n: usize| json!({"choices": [{"logprobs": {"content": content[..n]}}]}).to_string() + "\n";
        (1..=content.len()).map(so_far).collect()
    };
    chat(plan).lines().map(beginnings).collect()
}

/// Situation, input, options, exit code.
fn situations() -> Vec<(&'static str, String, &'static str, i32)> {
    let greedy = Plan { drawn_at: 0.0, ..PLAN };
    let few = Plan { answers: 1, ..PLAN };
    let tempered = Plan { reported_at: 0.7, ..PLAN };
    let sixteen_bits = Plan { step: Some(0.0625), ..tempered };
    let three = "{\"logits\": [1, 0, -1], \"drawn\": [0, 1, 2]}\n".to_owned();
    let at = |drawn_at| Plan { drawn_at, ..PLAN };
    let cut = |top_k| Plan { top_k, answers: 240, ..PLAN };
    let ended = |end| Plan { end: Some(end), answers: 400, ..PLAN };
    let uniform_half =
        logits(at(0.7)).lines().zip(logits(at(20.0)).lines()).map(|(a, b)| format!("{a}\n{b}\n")).collect();
    let impossible = "{\"logits\": [1, 0, null], \"drawn\": [0, 2]}\n".replace("null", "-Infinity");
    vec![
        ("whole logits, the requested temperature", logits(PLAN), "--requested 0.7", 0),
        ("whole logits, the temperature applied twice", logits(at(0.49)), "--requested 0.7", 1),
        ("whole logits, no temperature applied", logits(at(1.0)), "--requested 0.7", 1),
        ("whole logits, greedy decoding", logits(greedy), "--requested 0.7", 1),
        ("whole logits, multiplied by the temperature", logits(at(1.0 / 0.7)), "--requested 0.7", 1),
        ("whole logits, 30 tokens", logits(few), "--requested 0.7", 3),
        ("whole logits, 30 tokens, `--detect 2`", logits(few), "--requested 0.7 --detect 2", 0),
        ("whole logits, nothing requested", logits(PLAN), "", 0),
        ("nothing requested, three tokens", three, "", 3),
        ("nothing requested, a token of probability zero drawn", impossible, "", 1),
        ("nothing requested, two temperatures in turn", uniform_half, "", 1),
        ("T = 0 requested, only likeliest tokens drawn", logits(greedy), "--requested 0", 0),
        (
            "T = 0 requested, only likeliest tokens drawn, two tokens",
            logits(Plan { tokens: 2, answers: 1, ..greedy }),
            "--requested 0",
            3,
        ),
        ("T = 0 requested, other tokens drawn", logits(PLAN), "--requested 0", 1),
        ("T = inf requested, tokens drawn alike", logits(at(f64::INFINITY)), "--requested inf", 0),
        ("a hidden top-k of 5", logits(cut(5)), "--requested 0.7", 1),
        ("a top-k of 5, requested", logits(cut(5)), "--requested 0.7 --top-k 5", 0),
        ("a top-k of 5 requested, but not applied", logits(PLAN), "--requested 0.7 --top-k 5", 1),
        ("lists, raw as stated, the requested temperature", chat(PLAN), "--requested 0.7 --logprobs-mode raw", 0),
        ("lists, raw as stated, another temperature", chat(at(1.0)), "--requested 0.7 --logprobs-mode raw", 1),
        ("lists that may be raw or tempered", chat(PLAN), "--requested 0.7", 3),
        ("lists that may be raw or tempered, T = 1", chat(at(1.0)), "--requested 1", 0),
        (
            "lists, tempered as stated, the requested temperature",
            chat(tempered),
            "--requested 0.7 --logprobs-mode tempered",
            0,
        ),
        (
            "lists, tempered as stated, drawn at another",
            chat(Plan { drawn_at: 1.0, ..tempered }),
            "--requested 0.7 --logprobs-mode tempered",
            1,
        ),
        ("lists of tempered 16-bit logits", chat(sixteen_bits), "--requested 0.7", 0),
        ("lists of 16-bit logits of another temperature", chat(sixteen_bits), "--requested 0.8", 1),
        ("one answer many times, as from a cache", copies(&chat(PLAN), 40), "--requested 0.7 --logprobs-mode raw", 3),
        (
            "the same, rounded otherwise each time",
            rounded_copies(&chat(PLAN), 40),
            "--requested 0.7 --logprobs-mode raw",
            3,
        ),
        ("answers as far as they had come, again and again", growing(PLAN), "--requested 0.7 --logprobs-mode raw", 0),
        ("the same among others", chat(PLAN) + &copies(&chat(PLAN), 40), "--requested 0.7 --logprobs-mode raw", 0),
        ("end tokens that are not recorded", chat(ended("<|im_end|>")), "--requested 0.7 --logprobs-mode raw", 0),
        (
            "the same with `--never-drawn` for another name",
            chat(ended("[FIN]")),
            "--requested 0.7 --logprobs-mode raw --never-drawn [FIN]",
            0,
        ),
        (
            "end tokens of another name, that are not recorded",
            chat(ended("[FIN]")),
            "--requested 0.7 --logprobs-mode raw",
            3,
        ),
        (
            "`--never-drawn` of a token that was drawn",
            chat(PLAN),
            "--requested 0.7 --logprobs-mode raw --never-drawn t1",
            2,
        ),
        (
            "30 % of the tokens masked, as by a grammar",
            chat(Plan { masked: 0.3, ..PLAN }),
            "--requested 0.7 --logprobs-mode raw",
            1,
        ),
        ("a presence penalty of 2", chat(Plan { penalty: 2.0, ..PLAN }), "--requested 0.7 --logprobs-mode raw", 1),
        (
            "a hidden top-k as long as the lists",
            chat(cut(PLAN.top)),
            "--requested 0.7 --logprobs-mode raw --vocabulary 60",
            1,
        ),
        ("llama.cpp, raw by its format", llama_cpp(PLAN), "--requested 0.7", 0),
        ("llama.cpp, another temperature", llama_cpp(at(1.0)), "--requested 0.7", 1),
        ("llama.cpp, probabilities after sampling", llama_cpp_after_sampling(tempered), "--requested 0.7", 0),
        ("Ollama, raw by its format", ollama(PLAN), "--requested 0.7", 0),
        ("TGI, tempered by its format", tgi(tempered), "--requested 0.7", 0),
        ("vLLM, raw by its format", vllm(PLAN), "--requested 0.7", 0),
        ("vLLM, started with processed logprobs", vllm(tempered), "--requested 0.7 --logprobs-mode tempered", 0),
        ("lists of the drawn token alone", chat(PLAN).replace("top_logprobs", "other"), "--requested 0.7", 2),
        ("a compressed file", "\u{1f}\u{8b}".to_owned(), "--requested 0.7", 2),
        ("answers without logprobs", "{\"choices\": [{\"logprobs\": null}]}\n".to_owned(), "--requested 0.7", 2),
        ("an empty file", String::new(), "--requested 0.7", 2),
        ("an option out of range", logits(few), "--requested 0.7 --alpha 2", 2),
    ]
}

#[test]
fn exit_codes_are_those_of_the_guide() {
    let folder = tempfile::tempdir().unwrap();
    let guide = include_str!("../docs/language-models.md");
    let situations = situations();
    assert_eq!(situations.len(), 49);
    let mut wrong = Vec::new();
    for (name, input, options, code) in situations {
        let row = format!("| {name} | {code} |");
        if !guide.contains(&row) {
            wrong.push(format!("not in the guide: {row}"));
        }
        let path = folder.path().join("input.jsonl");
        std::fs::write(&path, input).unwrap();
        let words = ["thermometer", path.to_str().unwrap(), "--quiet"];
        let output = gibbs(&words.into_iter().chain(options.split_whitespace()).collect::<Vec<_>>());
        if output.status.code() != Some(code) {
            let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            wrong.push(format!("{name}: {:?}, not {code}: {out}{err}", output.status.code()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
