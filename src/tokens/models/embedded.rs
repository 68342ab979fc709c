//! The small language model inside the program: 1.9 million weights, trained on Shakespeare and the King James Bible.

use super::{error::LanguageError, model::LanguageModel};

impl LanguageModel {
    /// The embedded model; `assets/language_model/README.md` says how it was made and how good it is.
    ///
    /// # Errors
    ///
    /// None in a sound build: the embedded files are read by the same code as any folder.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::tokens::models::{Cache, LanguageModel};
    /// # fn main() -> Result<(), gibbs::tokens::models::LanguageError> {
    /// let model = LanguageModel::embedded()?;
    /// let logits = model.next_token_logits(&model.encode("In the beginning")?, &mut Cache::new())?;
    /// assert_eq!(logits.len(), 2048);
    /// # Ok(())
    /// # }
    /// ```
    pub fn embedded() -> Result<Self, LanguageError> {
        Self::from_bytes(
            include_bytes!("../../../assets/language_model/config.json"),
            include_bytes!("../../../assets/language_model/model.safetensors"),
            include_bytes!("../../../assets/language_model/tokenizer.json"),
        )
    }
}
