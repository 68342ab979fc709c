//! The training loop: schedule, steps, loss curve, checkpoints.

use std::{collections::HashMap, fs, io::Write, path::PathBuf, time::Instant};

use anyhow::Result;
use candle_core::{DType, Device, Tensor, Var};
use candle_nn::VarBuilder;
use gibbs::tokens::models::{Cache, Llama, LlamaConfig};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rand_distr::{Distribution, Normal};
use tokenizers::Tokenizer;

use crate::{
    checkpoint::{self, Progress},
    corpus::{Segments, Tokens},
    evaluate, loss,
    optimizer::{self, Slot},
};

/// What decides a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seed of the initial weights (stream 0) and of the segments (stream n at step n).
    pub seed: u64,
    /// Rows per step.
    pub batch: usize,
    /// Tokens per row.
    pub seq: usize,
    /// Largest learning rate.
    pub peak_rate: f64,
    /// When the schedule ends.
    pub end: End,
    /// Where checkpoint and loss curve go.
    pub folder: PathBuf,
}

/// The end of the cosine.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// After this much training time: fits a machine, not repeatable.
    Seconds(f64),
    /// After this many steps: repeatable.
    Steps(u64),
}

/// Fraction of the run in which the learning rate rises.
const WARM_UP: f64 = 0.015;
/// Learning rate at the end, as a fraction of its peak.
const FINAL_RATE: f64 = 0.05;
/// Seconds between two rows of the curve, and between two checkpoints.
const ROW_EVERY: f64 = 90.0;
const CHECKPOINT_EVERY: f64 = 180.0;
/// Held-out windows per text in a row of the curve.
pub const WINDOWS: usize = 24;
/// File of the loss curve.
pub const CURVE: &str = "training_curve.csv";

/// Trains, or resumes, `config` on `texts` until the plan's end; returns the weights and how they came about.
pub fn train(
    plan: &Plan,
    config: &LlamaConfig,
    texts: &[Tokens],
    tokenizer: &Tokenizer,
) -> Result<(Vec<Slot>, Progress)> {
    fs::create_dir_all(&plan.folder)?;
    let names = config.tensors().into_iter().map(|(name, _)| name);
    let (mut slots, mut progress) = match checkpoint::load(&plan.folder, names)? {
        Some(state) => state,
        None => (initial_weights(config, plan.seed)?, Progress::default()),
    };
    let tensors: HashMap<String, Tensor> =
        slots.iter().map(|slot| (slot.name.clone(), slot.var.as_tensor().clone())).collect();
    let llama = Llama::new(config.clone(), &VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu))?;
    let end_of_text = crate::tokenizer::end_of_text(tokenizer)?;
    let segments = Segments::new(texts, end_of_text, &line_ends(tokenizer)?);
    println!("{} weights, from step {}", config.n_parameters(), progress.step);

    let mut curve = Curve::open(plan, texts, progress.step == 0)?;
    let (mut last_row, mut last_checkpoint) = (progress.seconds, progress.seconds);
    let mut clock = Instant::now();
    while progress.fraction(plan.end) < 1.0 {
        let rate = plan.peak_rate * schedule(progress.fraction(plan.end));
        let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
        rng.set_stream(progress.step + 1);
        let rows = segments.draw(plan.batch, plan.seq, &mut rng);
        let split = |from: usize| -> Vec<u32> {
            rows.chunks_exact(plan.seq + 1).flat_map(|row| row[from..from + plan.seq].iter().copied()).collect()
        };
        let inputs = Tensor::from_vec(split(0), (plan.batch, plan.seq), &Device::Cpu)?;
        let loss = loss::cross_entropy(&llama.forward(&inputs)?.flatten_to(1)?, split(1))?;
        let norm = optimizer::step(&mut slots, &loss.backward()?, rate, progress.step + 1)?;
        curve.train(f64::from(loss.to_scalar::<f32>()?), norm);

        progress.step += 1;
        progress.tokens += (plan.batch * plan.seq) as u64;
        progress.seconds += clock.elapsed().as_secs_f64();
        clock = Instant::now();
        if progress.step == 30 || progress.seconds - last_row >= ROW_EVERY {
            curve.row(&llama, texts, &progress, rate)?;
            last_row = progress.seconds;
        }
        if progress.seconds - last_checkpoint >= CHECKPOINT_EVERY {
            checkpoint::save(&plan.folder, &slots, &progress)?;
            last_checkpoint = progress.seconds;
            println!("{}", preview(&llama, tokenizer, 80, progress.step)?);
        }
    }
    if !curve.losses.is_empty() {
        curve.row(&llama, texts, &progress, plan.peak_rate * FINAL_RATE)?;
        checkpoint::save(&plan.folder, &slots, &progress)?;
    }
    Ok((slots, progress))
}

impl Progress {
    fn fraction(&self, end: End) -> f64 {
        match end {
            End::Seconds(seconds) => self.seconds / seconds,
            End::Steps(steps) => self.step as f64 / steps as f64,
        }
    }
}

/// Learning rate over its peak: a straight rise, then half a cosine.
fn schedule(fraction: f64) -> f64 {
    if fraction < WARM_UP {
        return (fraction / WARM_UP).max(1e-3);
    }
    let done = (fraction - WARM_UP) / (1.0 - WARM_UP);
    FINAL_RATE + (1.0 - FINAL_RATE) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
}

/// Normal weights of width 0.02, narrower by `sqrt(2 n_layers)` where a block writes to the residual stream; norms 1.
fn initial_weights(config: &LlamaConfig, seed: u64) -> Result<Vec<Slot>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let narrow = 1.0 / (2.0 * config.num_hidden_layers as f32).sqrt();
    let slots = config.tensors().into_iter().map(|(name, shape)| -> Result<Slot> {
        let writes = name.contains("o_proj") || name.contains("down_proj");
        let normal = Normal::new(0.0, if writes { 0.02 * narrow } else { 0.02 })?;
        let n = shape.iter().product();
        let values: Vec<f32> = match shape.as_slice() {
            [_] => vec![1.0; n],
            _ => (0..n).map(|_| normal.sample(&mut rng)).collect(),
        };
        Ok(Slot::new(name, Var::from_vec(values, shape, &Device::Cpu)?))
    });
    slots.collect()
}

/// For every token, whether its text ends in a line feed.
fn line_ends(tokenizer: &Tokenizer) -> Result<Vec<bool>> {
    let n = tokenizer.get_vocab_size(true) as u32;
    let text = |id| tokenizer.decode(&[id], false).map_err(anyhow::Error::msg);
    (0..n).map(|id| Ok(text(id)?.ends_with('\n'))).collect()
}

/// The loss curve: a CSV that resumed runs continue.
struct Curve {
    file: fs::File,
    losses: Vec<f64>,
    norms: Vec<f64>,
}

impl Curve {
    fn open(plan: &Plan, texts: &[Tokens], new: bool) -> Result<Self> {
        let path = plan.folder.join(CURVE);
        let mut file = fs::OpenOptions::new().create(true).append(!new).write(true).truncate(new).open(path)?;
        if new {
            let columns: Vec<String> =
                texts.iter().map(|t| format!("{0}_nats_per_token,{0}_bits_per_byte", t.name)).collect();
            writeln!(
                file,
                "step,tokens,minutes,learning_rate,gradient_norm,train_nats_per_token,{}",
                columns.join(",")
            )?;
        }
        Ok(Self { file, losses: Vec::new(), norms: Vec::new() })
    }

    fn train(&mut self, loss: f64, norm: f64) {
        self.losses.push(loss);
        self.norms.push(norm);
    }

    /// Means since the last row, and the held-out loss now.
    fn row(&mut self, llama: &Llama, texts: &[Tokens], progress: &Progress, rate: f64) -> Result<()> {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let minutes = progress.seconds / 60.0;
        let mut row = format!(
            "{},{},{minutes:.2},{rate:.3e},{:.3},{:.4}",
            progress.step,
            progress.tokens,
            mean(&self.norms),
            mean(&self.losses)
        );
        for text in texts {
            let loss = evaluate::sample(llama, text, WINDOWS)?;
            let bytes_per_token = text.held_out_bytes as f64 / text.held_out.len() as f64;
            row += &format!(",{:.4},{:.4}", loss.per_token(), loss.bits_per_byte(bytes_per_token));
        }
        writeln!(self.file, "{row}")?;
        println!("{row}  ({:.0} tokens/s)", progress.tokens as f64 / progress.seconds);
        self.losses.clear();
        self.norms.clear();
        Ok(())
    }
}

/// A text of `n_tokens` at T = 0.7, to see how far the network has come: the largest `logit / T + Gumbel noise` is such a draw.
pub fn preview(llama: &Llama, tokenizer: &Tokenizer, n_tokens: usize, seed: u64) -> Result<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut cache, mut text) = (Cache::new(), Vec::new());
    let mut token = crate::tokenizer::end_of_text(tokenizer)?;
    for _ in 0..n_tokens {
        let input = Tensor::from_vec(vec![token], (1, 1), &Device::Cpu)?;
        let logits = llama.forward_cached(&input, &mut cache)?.flatten_all()?.to_vec1::<f32>()?;
        let mut best = f64::NEG_INFINITY;
        for (id, &logit) in logits.iter().enumerate() {
            let noisy = f64::from(logit) / 0.7 - (-(1.0 - rng.random::<f64>()).ln()).ln();
            if noisy > best {
                (best, token) = (noisy, id as u32);
            }
        }
        text.push(token);
    }
    tokenizer.decode(&text, false).map_err(anyhow::Error::msg)
}
