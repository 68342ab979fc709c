//! The two texts, cut once into a training part and a held-out part, as tokens.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use rand::{Rng, RngExt};
use tokenizers::Tokenizer;

/// Share of each text, in bytes, that is trained on; the rest, its end, is held out.
pub const TRAINED_SHARE: f64 = 0.95;
/// Names of the texts: file stem and column name.
pub const NAMES: [&str; 2] = ["tinyshakespeare", "kjv"];
/// How many times more often per byte each text is seen in training.
pub const WEIGHTS: [f64; 2] = [1.5, 1.0];

/// One text, cut at the line end that follows 95 % of its bytes.
pub struct Text {
    /// File stem.
    pub name: &'static str,
    /// The beginning, for the tokenizer, the network and the 5-gram.
    pub train: String,
    /// The end, which none of them sees.
    pub held_out: String,
}

/// Reads both texts from `folder`.
pub fn read(folder: &Path) -> Result<Vec<Text>> {
    NAMES
        .into_iter()
        .map(|name| {
            let path = folder.join(format!("{name}.txt"));
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let earliest = (text.len() as f64 * TRAINED_SHARE) as usize;
            let line_end = text.as_bytes().iter().skip(earliest).position(|&byte| byte == b'\n');
            let cut = earliest + line_end.context("text without a line end")? + 1;
            let (train, held_out) = text.split_at(cut);
            Ok(Text { name, train: train.to_string(), held_out: held_out.to_string() })
        })
        .collect()
}

/// One text as tokens.
pub struct Tokens {
    /// File stem.
    pub name: &'static str,
    /// Training part.
    pub train: Vec<u32>,
    /// Held-out part.
    pub held_out: Vec<u32>,
    /// Bytes of the held-out part, to convert losses per token into losses per byte.
    pub held_out_bytes: usize,
}

/// Encodes both parts of every text and checks that nothing is lost.
pub fn encode(texts: &[Text], tokenizer: &Tokenizer) -> Result<Vec<Tokens>> {
    let ids = |text: &str| -> Result<Vec<u32>> {
        let ids = tokenizer.encode(text, false).map_err(anyhow::Error::msg)?.get_ids().to_vec();
        let back = tokenizer.decode(&ids, false).map_err(anyhow::Error::msg)?;
        ensure!(back == text, "the tokenizer does not give the text back");
        Ok(ids)
    };
    texts
        .iter()
        .map(|text| {
            Ok(Tokens {
                name: text.name,
                train: ids(&text.train)?,
                held_out: ids(&text.held_out)?,
                held_out_bytes: text.held_out.len(),
            })
        })
        .collect()
}

/// Draws training segments; which ones is a function of the generator alone.
pub struct Segments<'a> {
    texts: &'a [Tokens],
    /// For each text, positions right after a line end.
    line_starts: Vec<Vec<usize>>,
    end_of_text: u32,
    /// Share of each batch that comes from the first text.
    first_share: f64,
}

impl<'a> Segments<'a> {
    /// One segment in eight starts a line and is preceded by `end_of_text`, which so learns to open a text.
    const OPENED: f64 = 0.125;

    /// Prepares segments of `texts`; `is_line_end` tells which tokens end in a line feed.
    pub fn new(texts: &'a [Tokens], end_of_text: u32, is_line_end: &[bool]) -> Self {
        let line_starts = texts
            .iter()
            .map(|text| {
                let ends = |token: u32| is_line_end.get(token as usize) == Some(&true);
                (1..text.train.len()).filter(|&i| text.train.get(i - 1).is_some_and(|&t| ends(t))).collect()
            })
            .collect();
        let mass: Vec<f64> = texts.iter().zip(WEIGHTS).map(|(text, w)| w * text.train.len() as f64).collect();
        let first_share = mass.first().copied().unwrap_or(0.0) / mass.iter().sum::<f64>();
        Self { texts, line_starts, end_of_text, first_share }
    }

    /// `batch` rows of `seq + 1` tokens, both texts in their shares.
    pub fn draw<R: Rng + ?Sized>(&self, batch: usize, seq: usize, rng: &mut R) -> Vec<u32> {
        let from_first = (self.first_share * batch as f64 + rng.random::<f64>()) as usize;
        let mut rows = Vec::with_capacity(batch * (seq + 1));
        for row in 0..batch {
            let which = usize::from(row >= from_first);
            let tokens = &self.texts[which].train;
            if rng.random_bool(Self::OPENED) {
                let starts = &self.line_starts[which];
                let start = starts[rng.random_range(0..starts.len())].min(tokens.len() - seq);
                rows.push(self.end_of_text);
                rows.extend_from_slice(&tokens[start..start + seq]);
            } else {
                let start = rng.random_range(0..tokens.len() - seq);
                rows.extend_from_slice(&tokens[start..start + seq + 1]);
            }
        }
        rows
    }
}
