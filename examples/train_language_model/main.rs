//! Trains the language model in `assets/` from two public-domain texts, on one processor core.
//!
//! ```text
//! MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=67108864 \
//! RAYON_NUM_THREADS=1 taskset -c 0 cargo run --release --example train_language_model -- \
//!     --corpus CORPUS --minutes 85
//! ```
//! `CORPUS` holds `tinyshakespeare.txt` and `kjv.txt`. The three variables keep glibc from returning the large
//! buffers of every step to the system, which would cost up to half the speed. The same command resumes an
//! interrupted run from `.training/`.
#![allow(clippy::print_stdout, reason = "progress and results of a command-line program")]

mod checkpoint;
mod corpus;
mod evaluate;
mod export;
mod kneser_ney;
mod loss;
mod optimizer;
mod report;
mod tokenizer;
mod trainer;

use std::{fs, path::PathBuf};

use anyhow::{Error, Result};
use clap::Parser;
use gibbs::tokens::models::{LanguageModel, LlamaConfig, RopeScaling};
use tokenizers::Tokenizer;

use crate::trainer::{End, Plan};

/// Trains a small Llama on Shakespeare and the King James Bible.
#[derive(Parser)]
struct Arguments {
    /// Folder with tinyshakespeare.txt and kjv.txt
    #[arg(long)]
    corpus: PathBuf,
    /// Folder of the checkpoint and the loss curve
    #[arg(long, default_value = ".training")]
    work: PathBuf,
    /// Training time after which the learning rate has reached its end
    #[arg(long, default_value_t = 85.0)]
    minutes: f64,
    /// Steps instead of minutes
    #[arg(long)]
    steps: Option<u64>,
    /// Rows per step
    #[arg(long, default_value_t = 8)]
    batch: usize,
    /// Tokens per row
    #[arg(long, default_value_t = 256)]
    sequence: usize,
    /// Largest learning rate
    #[arg(long, default_value_t = 3e-3)]
    rate: f64,
    /// Seed of weights and segments
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Score the 5-gram on the held-out text and stop
    #[arg(long)]
    baseline: bool,
    /// Compare the model in this folder with the 5-gram on the held-out text and stop
    #[arg(long)]
    evaluate: Option<PathBuf>,
    /// Folder of the finished model
    #[arg(long, default_value = "assets/language_model")]
    out: PathBuf,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let texts = corpus::read(&arguments.corpus)?;
    if let Some(folder) = arguments.evaluate {
        let model = LanguageModel::open(folder)?;
        let tokens = corpus::encode(&texts, model.tokenizer())?;
        print!("{}", report::table(&report::compare(&model, &tokens)?)?);
        return Ok(());
    }
    let config = model_config();
    fs::create_dir_all(&arguments.work)?;
    let path = arguments.work.join("tokenizer.json");
    if !path.exists() {
        let parts: Vec<&str> = texts.iter().map(|text| text.train.as_str()).collect();
        tokenizer::train(config.vocab_size, &parts)?.save(&path, false).map_err(Error::msg)?;
    }
    let tokenizer = Tokenizer::from_file(&path).map_err(Error::msg)?;
    let tokens = corpus::encode(&texts, &tokenizer)?;
    for text in &tokens {
        println!("{}: {} tokens to train, {} held out", text.name, text.train.len(), text.held_out.len());
    }
    if arguments.baseline {
        print!("{}", report::baseline(&tokens, config.vocab_size));
        return Ok(());
    }
    let plan = Plan {
        seed: arguments.seed,
        batch: arguments.batch,
        seq: arguments.sequence,
        peak_rate: arguments.rate,
        end: arguments.steps.map_or(End::Seconds(60.0 * arguments.minutes), End::Steps),
        folder: arguments.work,
    };
    let (slots, progress) = trainer::train(&plan, &config, &tokens, &tokenizer)?;
    export::write(&arguments.out, &config, &slots, &tokenizer, &plan)?;
    export::write_card(&arguments.out, &tokens, &plan, &progress)
}

/// 1.9 million weights.
fn model_config() -> LlamaConfig {
    LlamaConfig {
        vocab_size: 2048,
        hidden_size: 160,
        intermediate_size: 432,
        num_hidden_layers: 5,
        num_attention_heads: 5,
        num_key_value_heads: 5,
        head_dim: 32,
        max_position_embeddings: 256,
        rms_norm_eps: 1e-5,
        rope_theta: 10_000.0,
        rope_scaling: RopeScaling::None,
        qkv_bias: false,
        output_bias: false,
        qk_norm: false,
        tie_word_embeddings: true,
        bos_token_id: Some(0),
        eos_token_ids: vec![0],
    }
}
