//! Laws of the forward pass, on the stand-in.

use candle_core::{DType, Device, Tensor};
use gibbs::tokens::models::{Cache, LanguageError, LanguageModel, LlamaConfig, RopeScaling};

use crate::stand_in::{self, config, llama, row, tokens, weights};

fn largest_difference(a: &Tensor, b: &Tensor) -> f32 {
    (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar().unwrap()
}

/// Grouped-query attention with a wide head, plain attention with a tied head, biases (Qwen2) and norms (Qwen3).
fn configs() -> [LlamaConfig; 4] {
    let plain = LlamaConfig { num_key_value_heads: 4, head_dim: 6, tie_word_embeddings: true, ..config() };
    let biased = LlamaConfig { qkv_bias: true, output_bias: true, ..config() };
    let normed = LlamaConfig { qk_norm: true, rope_scaling: RopeScaling::Linear { factor: 2.0 }, ..config() };
    [config(), plain, biased, normed]
}

#[test]
fn cached_logits_equal_full_logits() {
    for config in configs() {
        let llama = llama(&config, &weights(&config));
        let tokens = tokens(32);
        let full = llama.forward(&row(&tokens)).unwrap();
        // One by one, in unequal pieces, and all at once.
        for pieces in [vec![1; 32], vec![5, 1, 1, 13, 12], vec![32]] {
            let mut cache = Cache::new();
            let mut start = 0;
            for length in pieces {
                let piece = row(&tokens[start..start + length]);
                let logits = llama.forward_cached(&piece, &mut cache).unwrap();
                let expected = full.narrow(1, start, length).unwrap();
                let difference = largest_difference(&logits, &expected);
                assert!(difference < 1e-5, "from position {start}: {difference}");
                start += length;
                assert_eq!(cache.len(), start);
            }
        }
    }
}

#[test]
fn a_later_token_changes_no_earlier_logits() {
    for config in configs() {
        let llama = llama(&config, &weights(&config));
        let mut tokens = tokens(20);
        let before = llama.forward(&row(&tokens)).unwrap();
        tokens[12] = (tokens[12] + 1) % 300;
        let after = llama.forward(&row(&tokens)).unwrap();
        let part = |t: &Tensor, start, len| t.narrow(1, start, len).unwrap();
        assert_eq!(largest_difference(&part(&before, 0, 12), &part(&after, 0, 12)), 0.0);
        for position in 12..20 {
            let changed = largest_difference(&part(&before, position, 1), &part(&after, position, 1));
            assert!(changed > 1e-4, "position {position}: {changed}");
        }
    }
}

#[test]
fn rows_of_a_batch_do_not_mix() {
    let config = config();
    let llama = llama(&config, &weights(&config));
    let both = Tensor::from_vec(tokens(24), (2, 12), &Device::Cpu).unwrap();
    let together = llama.forward(&both).unwrap();
    assert_eq!(together.dims(), [2, 12, 300]);
    for i in 0..2 {
        let alone = llama.forward(&both.narrow(0, i, 1).unwrap()).unwrap();
        assert!(largest_difference(&alone, &together.narrow(0, i, 1).unwrap()) < 1e-5);
    }
}

#[test]
fn order_of_the_context_matters() {
    // Without rotary positions the last row would see a set: attention has no other sense of order.
    let config = config();
    let llama = llama(&config, &weights(&config));
    let last = |tokens: &[u32]| llama.forward(&row(tokens)).unwrap().narrow(1, 3, 1).unwrap();
    assert!(largest_difference(&last(&[10, 20, 30, 40]), &last(&[20, 10, 30, 40])) > 1e-4);
}

#[test]
fn every_weight_has_a_gradient() {
    for config in configs() {
        let weights = weights(&config);
        let logits = llama(&config, &weights).forward(&row(&tokens(16))).unwrap();
        let targets = Tensor::from_vec(tokens(17).split_off(1), 16, &Device::Cpu).unwrap();
        let loss = candle_nn::loss::cross_entropy(&logits.flatten_to(1).unwrap(), &targets).unwrap();
        let gradients = loss.backward().unwrap();
        for (name, var) in &weights {
            let gradient = gradients.get(var).unwrap_or_else(|| panic!("no gradient for {name}"));
            let size: f32 = gradient.abs().unwrap().max_all().unwrap().to_scalar().unwrap();
            assert!(size > 0.0, "gradient of {name} vanishes");
        }
    }
}

#[test]
fn gradients_equal_difference_quotients() {
    let config = config();
    let weights = weights(&config);
    let tokens = tokens(9);
    let targets = Tensor::from_slice(&tokens[1..], 8, &Device::Cpu).unwrap();
    let loss = || {
        let logits = llama(&config, &weights).forward(&row(&tokens[..8])).unwrap();
        candle_nn::loss::cross_entropy(&logits.flatten_to(1).unwrap(), &targets).unwrap()
    };
    let gradients = loss().backward().unwrap();
    for (name, var) in &weights {
        // Along the gradient itself the slope is its norm.
        let direction = gradients.get(var).unwrap().clone();
        let norm = direction.sqr().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap().sqrt();
        let step = 0.01 / f64::from(norm);
        let start = var.as_tensor().copy().unwrap();
        let at = |sign: f64| {
            var.set(&(&start + (&direction * (sign * step)).unwrap()).unwrap()).unwrap();
            loss().to_scalar::<f32>().unwrap()
        };
        let slope = f64::from(at(1.0) - at(-1.0)) / 0.02;
        var.set(&start).unwrap();
        assert!((slope / f64::from(norm) - 1.0).abs() < 0.02, "{name}: {slope} against {norm}");
    }
}

#[test]
fn positions_beyond_the_context_are_an_error() {
    let folder = stand_in::folder(DType::F32);
    let model = LanguageModel::open(folder.path()).unwrap();
    let mut cache = Cache::new();
    let full = model.next_token_logits(&tokens(31), &mut cache);
    assert_eq!(full.unwrap().len(), 300);
    let error = model.next_token_logits(&[1, 2], &mut cache).unwrap_err();
    assert_eq!(error.to_string(), "33 positions exceed the model's context of 32 tokens");
    // The refused call left the cache usable.
    assert_eq!(cache.len(), 31);
    assert!(model.next_token_logits(&[1], &mut cache).is_ok());
    assert!(matches!(model.all_logits(&tokens(33)), Err(LanguageError::ContextOverflow { .. })));
}

#[test]
fn tokens_outside_the_vocabulary_are_an_error() {
    let folder = stand_in::folder(DType::F32);
    let model = LanguageModel::open(folder.path()).unwrap();
    let error = model.all_logits(&[1, 300]).unwrap_err();
    assert_eq!(error.to_string(), "token id 300 is outside the vocabulary of 300 tokens");
    let error = model.all_logits(&[]).unwrap_err();
    assert_eq!(error.to_string(), "a forward pass needs at least one token");
}

#[test]
fn a_folder_gives_the_logits_of_its_weights() {
    let config = config();
    let text = tokens(10);
    let logits = llama(&config, &weights(&config)).forward(&row(&text)).unwrap();
    let expected: Vec<Vec<f32>> = logits.get(0).unwrap().to_vec2().unwrap();
    // Weights that can learn are multiplied in another order of the sums.
    for (dtype, tolerance) in [(DType::F32, 1e-5), (DType::F16, 0.02), (DType::BF16, 0.15)] {
        let folder = stand_in::folder(dtype);
        let model = LanguageModel::open(folder.path()).unwrap();
        let all = model.all_logits(&text).unwrap();
        for (found, expected) in all.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - f64::from(*expected)).abs() < tolerance, "{dtype:?}");
        }
        let next = model.next_token_logits(&text, &mut Cache::new()).unwrap();
        for (found, expected) in next.iter().zip(&all[9]) {
            assert!((found - expected).abs() < 1e-5);
        }
    }
}

#[test]
fn text_survives_the_tokenizer() {
    let folder = stand_in::folder(DType::F32);
    let model = LanguageModel::open(folder.path()).unwrap();
    for text in ["Now is the winter", "  two\n\n lines\t", "naïve — 温度", ""] {
        assert_eq!(model.decode(&model.encode(text).unwrap()).unwrap(), text);
    }
}
