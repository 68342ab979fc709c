//! Held-out losses of the network and of the 5-gram, side by side.

use std::{f64::consts::LN_2, fmt::Write};

use anyhow::{Context, Result};
use gibbs::tokens::models::LanguageModel;

use crate::{
    corpus::Tokens,
    evaluate::{self, Loss},
    kneser_ney::KneserNey,
    tokenizer,
};

/// One held-out text, or all together.
pub struct Row {
    /// File stem, or `total`.
    pub name: String,
    n_tokens: usize,
    n_bytes: usize,
    network: f64,
    five_gram: f64,
    /// Standard error of the difference per token, from 64-token blocks.
    std_error: f64,
}

/// Tokens per block of the error bar: neighbouring surprisals are correlated.
const BLOCK: usize = 64;

/// Scores every held-out token with the network and with the 5-gram.
pub fn compare(model: &LanguageModel, texts: &[Tokens]) -> Result<Vec<Row>> {
    let end_of_text = tokenizer::end_of_text(model.tokenizer())?;
    let parts: Vec<&[u32]> = texts.iter().map(|text| text.train.as_slice()).collect();
    let both = KneserNey::new(&parts, model.vocab_size());
    let llama = model.llama().context("the model is no Llama")?;
    let (mut rows, mut all) = (Vec::new(), (Vec::new(), Vec::new()));
    for text in texts {
        let network = evaluate::every_token(llama, text, end_of_text)?;
        let five_gram = both.surprisals(&text.held_out);
        rows.push(row(text.name, text.held_out_bytes, &network, &five_gram));
        all.0.extend(network);
        all.1.extend(five_gram);
    }
    let n_bytes = texts.iter().map(|text| text.held_out_bytes).sum();
    rows.push(row("total", n_bytes, &all.0, &all.1));
    Ok(rows)
}

fn row(name: &str, n_bytes: usize, network: &[f64], five_gram: &[f64]) -> Row {
    let n = network.len() as f64;
    let differences: Vec<f64> = network.iter().zip(five_gram).map(|(a, b)| a - b).collect();
    let blocks: Vec<f64> = differences.chunks(BLOCK).map(|block| block.iter().sum()).collect();
    let mean = blocks.iter().sum::<f64>() / blocks.len() as f64;
    let squares: f64 = blocks.iter().map(|block| (block - mean).powi(2)).sum();
    let b = blocks.len() as f64;
    Row {
        name: name.to_string(),
        n_tokens: network.len(),
        n_bytes,
        network: network.iter().sum(),
        five_gram: five_gram.iter().sum(),
        std_error: (squares / (b - 1.0) * b).sqrt() / n,
    }
}

/// The rows as a Markdown table.
pub fn table(rows: &[Row]) -> Result<String> {
    let mut table = String::from(
        "| held-out text | tokens | network, nats/token | 5-gram, nats/token | difference | network, bits/byte | \
         5-gram, bits/byte |\n| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in rows {
        let per_token = |nats: f64| nats / row.n_tokens as f64;
        let per_byte = |nats: f64| nats / LN_2 / row.n_bytes as f64;
        writeln!(
            table,
            "| {} | {} | {:.4} | {:.4} | {:+.4} ± {:.4} | {:.4} | {:.4} |",
            row.name,
            row.n_tokens,
            per_token(row.network),
            per_token(row.five_gram),
            per_token(row.network - row.five_gram),
            row.std_error,
            per_byte(row.network),
            per_byte(row.five_gram)
        )?;
    }
    Ok(table)
}

/// The 5-gram alone, trained on both texts and on each text by itself.
pub fn baseline(texts: &[Tokens], vocab_size: usize) -> String {
    let parts: Vec<&[u32]> = texts.iter().map(|text| text.train.as_slice()).collect();
    let both = KneserNey::new(&parts, vocab_size);
    let mut lines = String::new();
    for text in texts {
        let alone = KneserNey::new(&[&text.train], vocab_size);
        let mean = |model: &KneserNey| Loss {
            nats: model.surprisals(&text.held_out).iter().sum(),
            n_tokens: text.held_out.len(),
        };
        let bytes_per_token = text.held_out_bytes as f64 / text.held_out.len() as f64;
        for (what, loss) in [("both texts", mean(&both)), ("this text", mean(&alone))] {
            let bits = loss.bits_per_byte(bytes_per_token);
            lines +=
                &format!("5-gram of {what}: {} {:.4} nats/token, {bits:.4} bits/byte\n", text.name, loss.per_token());
        }
    }
    lines
}
