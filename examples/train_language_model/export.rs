//! The finished model as a Hugging Face folder, with a model card.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context, Error, Result};
use candle_core::DType;
use gibbs::tokens::models::{LanguageModel, LlamaConfig};
use tokenizers::Tokenizer;

use crate::{
    checkpoint::Progress,
    corpus::{NAMES, Tokens, WEIGHTS},
    optimizer::Slot,
    report,
    tokenizer::END_OF_TEXT,
    trainer::{CURVE, End, Plan, preview},
};

/// Writes `config.json`, `model.safetensors` (F16), `tokenizer.json` and the loss curve to `folder`.
pub fn write(folder: &Path, config: &LlamaConfig, slots: &[Slot], tokenizer: &Tokenizer, plan: &Plan) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut json = serde_json::to_string_pretty(&config.to_json())?;
    json.push('\n');
    fs::write(folder.join("config.json"), json)?;
    let narrow = |slot: &Slot| Ok((slot.name.clone(), slot.var.to_dtype(DType::F16)?));
    let tensors = slots.iter().map(narrow).collect::<Result<Vec<_>>>()?;
    // transformers refuses files that do not name a framework.
    let framework = HashMap::from([("format".to_string(), "pt".to_string())]);
    fs::write(folder.join("model.safetensors"), safetensors::serialize(tensors, Some(framework))?)?;
    tokenizer.save(folder.join("tokenizer.json"), false).map_err(Error::msg)?;
    fs::copy(plan.folder.join(CURVE), folder.join(CURVE))?;
    Ok(())
}

/// Writes `README.md`: what the model was trained on, and how good the written files are on the held-out text.
pub fn write_card(folder: &Path, texts: &[Tokens], plan: &Plan, progress: &Progress) -> Result<()> {
    let model = LanguageModel::open(folder)?;
    let rows = report::compare(&model, texts)?;
    let llama = model.llama().context("the model is no Llama")?;
    let config = llama.config();
    let parts: Vec<String> = texts
        .iter()
        .map(|text| {
            let (train, held_out) = (text.train.len(), text.held_out.len());
            format!("| {} | {train} | {held_out} | {} |", text.name, text.held_out_bytes)
        })
        .collect();
    let end = match plan.end {
        End::Seconds(seconds) => format!("--minutes {}", seconds / 60.0),
        End::Steps(steps) => format!("--steps {steps}"),
    };
    let card = format!(
        "# A small Llama of Shakespeare and the King James Bible

A `LlamaForCausalLM` with {n} weights ({layers} blocks, hidden size {hidden}, {heads} heads, context {context} tokens,
tied embedding), stored as F16. Made to be studied as a physical system, not to be useful; it writes verse-like
text of locally correct grammar and little sense.

## Text

| text | training tokens | held-out tokens | held-out bytes |
| --- | --- | --- | --- |
{parts}

`tinyshakespeare.txt` is `data/tinyshakespeare/input.txt` of the repository karpathy/char-rnn (1 115 394 bytes);
`kjv.txt` is the King James Bible from the Debian package `bible-kjv`, one verse a line without references
(`bible -f 'gen1:1-rev22:21'`, prefix `Book c:v` stripped; 4 137 850 bytes). Both texts are in the public domain; the
weights are under the licence of this crate. The first 95 % of the bytes of each text, up to the next line end, were
trained on; the rest was seen neither by the tokenizer nor by the network.

Tokenizer: byte-level BPE, {vocab} tokens, learned on both training parts; lossless. `{END_OF_TEXT}` (id 0) stands
before one training segment in eight, which then begins at a line start: it opens a text.

## Held-out loss

Every held-out token is scored, by the files of this folder, in windows of {context} tokens that advance by {half}. The 5-gram
is an interpolated modified Kneser-Ney model of the same tokens and the same training parts. Errors of the difference are
standard errors over blocks of 64 tokens.

{table}
`{CURVE}` holds the loss while training ({windows} windows per text, F32 weights).

## Training

{steps} steps of {batch} x {seq} tokens ({tokens:.1} million) in {minutes:.0} minutes on one core; {first} is seen {weight} times as often
per token as {second}. AdamW (0.9, 0.95, weight decay 0.1 on matrices), gradient norm clipped at 1, learning rate {rate}
after warm-up, then half a cosine to a twentieth. Seed {seed}. The schedule follows the clock, so the
command repeats the recipe and not the bits:

```text
cargo run --release --example train_language_model -- --corpus CORPUS {end} --batch {batch} --sequence {seq} --rate {rate} --seed {seed}
```

## Sample

`T = 0.7`, after `{END_OF_TEXT}`:

```text
{sample}
```
",
        n = config.n_parameters(),
        layers = config.num_hidden_layers,
        hidden = config.hidden_size,
        heads = config.num_attention_heads,
        context = config.max_position_embeddings,
        half = config.max_position_embeddings / 2,
        parts = parts.join("\n"),
        vocab = config.vocab_size,
        table = report::table(&rows)?,
        windows = crate::trainer::WINDOWS,
        steps = progress.step,
        batch = plan.batch,
        seq = plan.seq,
        tokens = progress.tokens as f64 / 1e6,
        minutes = progress.seconds / 60.0,
        first = NAMES[0],
        second = NAMES[1],
        weight = WEIGHTS[0] / WEIGHTS[1],
        rate = plan.peak_rate,
        seed = plan.seed,
        sample = preview(llama, model.tokenizer(), 200, plan.seed)?,
    );
    Ok(fs::write(folder.join("README.md"), card)?)
}
