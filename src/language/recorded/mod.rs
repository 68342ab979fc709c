//! Recorded responses of language-model servers: the top of every next-token distribution and the token drawn from it.
//!
//! Energies are E = -ln p of the distribution that the server reports. Which temperature and truncation that
//! distribution already has differs from server to server and is not decided here.
//!
//! - **The list is the top of the distribution**, whatever was drawn. A chosen token that the server added to it is taken
//!   out again and drawn as [`Draw::Unlisted`] with its ln p: where a map of the older completions interface is one longer
//!   than the others and its least likely entry is the chosen one (also where no other list shows the length, unless the
//!   list is an array); where vLLM gives it a rank beyond the list; and in lists that begin with the chosen token although
//!   likelier ones follow (vLLM's chat, which then cuts at n): there the least entry is taken out of every such list, so
//!   that what is listed does not depend on the draw.
//! - **Without a list** the chosen token is the only listed one. Such a position looks like a top-1 list and has the
//!   information of neither about temperature: whoever measures one passes over positions of one listed level and a rest.
//!   [`Tally::without_list`] counts them.
//! - **The rest** has the mass 1 - sum p, at least 0 and at least the p of an unlisted token drawn. It keeps the rounding
//!   error of the server (about 1e-7 for f32); only probabilities after sampling that miss 1 by at most 1e-6 have none
//!   left. A sum over 1.001 is refused.
//! - **Sentinels** are no energies. Minus infinity, the lowest f32 and p = 0 say "impossible": a forbidden level, and the
//!   drawn token may be that level. null, -9999 and -100 (exactly, with no number below it at the position) say
//!   "unlikely or impossible": a forbidden level, but where it was drawn the token leaves the list and its ln p is not
//!   known. Tokens of which the server tells no number at all are passed over, counted in [`Tally::untold`].
//! - **Prompts** are not draws of a sampler; their positions come with [`Options::include_prompt`] only, and then with the
//!   token of the prompt as the drawn one, where the server says which it was.
//!
//! [`Draw::Unlisted`]: super::Draw::Unlisted

mod choices;
mod entry;
mod error;
mod format;
mod levels;
mod native;
mod parser;
mod responses;
mod text;

pub use error::RecordedError;
pub use format::ResponseFormat;
pub use parser::{ResponseParser, Tally, parse_document};
pub use responses::Responses;
pub use text::looks_like_response;

/// How responses are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The format; detected for each document where there is none.
    pub format: Option<ResponseFormat>,
    /// Size of the vocabulary, from which the number of unlisted tokens follows.
    pub vocabulary: Option<u64>,
    /// Whether positions of the prompt are yielded, too.
    pub include_prompt: bool,
}
