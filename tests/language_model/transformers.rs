//! Agreement with Hugging Face transformers on the weights of this repository.
//!
//! The table is made by `tests/scripts/transformers_logits.py`.

use std::{fs, path::Path};

use gibbs::tokens::models::LanguageModel;

/// f32 sums in another order move a logit by some 1e-5.
const TOLERANCE: f64 = 1e-4;

fn numbers<T: std::str::FromStr>(field: &str) -> Vec<T>
where
    T::Err: std::fmt::Debug,
{
    field.split(' ').map(|number| number.parse().unwrap()).collect()
}

#[test]
fn logits_equal_those_of_transformers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = LanguageModel::open(root.join("assets/language_model")).unwrap();
    let table = fs::read(root.join("tests/data/transformers_logits.csv")).unwrap();
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(table.as_slice());
    let mut n_contexts = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let (text, tokens) = (&record[0], numbers::<u32>(&record[1]));
        let (ids, logits) = (numbers::<usize>(&record[2]), numbers::<f64>(&record[3]));
        let (ln_sum_exp, argmax): (f64, usize) = (record[4].parse().unwrap(), record[5].parse().unwrap());
        assert_eq!(model.encode(text).unwrap(), tokens, "token ids of {text:?}");
        let last = model.all_logits(&tokens).unwrap().pop().unwrap();
        for (id, expected) in ids.into_iter().zip(logits) {
            let found = last[id];
            assert!((found - expected).abs() < TOLERANCE, "{text:?}, token {id}: {found}, {expected}");
        }
        let largest = last.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = last.iter().map(|logit| (logit - largest).exp()).sum();
        assert!((largest + sum.ln() - ln_sum_exp).abs() < TOLERANCE, "{text:?}");
        assert_eq!(last[argmax], largest, "{text:?}");
        n_contexts += 1;
    }
    assert!(n_contexts >= 6, "only {n_contexts} contexts");
}
