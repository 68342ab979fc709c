//! A byte-level BPE tokenizer learned from the training parts of the texts.

use anyhow::{Context, Error, Result};
use tokenizers::{
    AddedToken, Tokenizer,
    models::TrainerWrapper,
    models::bpe::{BPE, BpeTrainer, BpeTrainerBuilder},
    pre_tokenizers::byte_level::ByteLevel,
};

/// The token that stands between texts.
pub const END_OF_TEXT: &str = "<|endoftext|>";

/// Learns `vocab_size` tokens, the 256 bytes and [`END_OF_TEXT`] (id 0) among them.
pub fn train(vocab_size: usize, texts: &[&str]) -> Result<Tokenizer> {
    let byte_level = ByteLevel::default().add_prefix_space(false);
    let mut tokenizer = Tokenizer::new(BPE::default());
    tokenizer.with_pre_tokenizer(Some(byte_level)).with_decoder(Some(byte_level));
    let trainer: BpeTrainer = BpeTrainerBuilder::new()
        .show_progress(false)
        .vocab_size(vocab_size)
        .min_frequency(2)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .special_tokens(vec![AddedToken::from(END_OF_TEXT, true)])
        .build();
    let mut trainer = TrainerWrapper::from(trainer);
    tokenizer.train(&mut trainer, texts.iter().copied()).map_err(Error::msg)?;
    Ok(tokenizer)
}

/// The id of [`END_OF_TEXT`].
pub fn end_of_text(tokenizer: &Tokenizer) -> Result<u32> {
    tokenizer.token_to_id(END_OF_TEXT).context("the tokenizer has no end of text")
}
