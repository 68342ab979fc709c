//! Recorded responses of language-model servers: the top of every next-token distribution and the token drawn from it.
//!
//! Energies are E = -ln p of the distribution that the server reports. Servers differ in whether this is the distribution
//! before or after temperature and truncation; that is not decided here.
//!
//! - **The list is the top of the distribution**, whatever was drawn. Some servers add the chosen token to it; then it is
//!   taken out again and drawn as [`Draw::Unlisted`] with its ln p. It counts as added where it is the least likely entry,
//!   without a tie, and the list is one longer than those of the same response (or of the last one that showed a length);
//!   where no list has shown a length, in the maps of the older completions interface, but not in arrays; and where vLLM
//!   gives it a rank beyond the list.
//! - **Lists that begin with the chosen token** although a likelier one follows are vLLM's chat: the chosen token pushed
//!   in front, and the list then cut at n. From the first such document on, every list that begins with the chosen token
//!   loses its least likely entry: what is left is the top n - 1, and does not depend on the draw. A document in which
//!   the chosen token stands elsewhere ends this. (A list as long as the known vocabulary keeps it.)
//! - **A token listed twice** with the same bytes and ln p is one token.
//! - **A chosen token beside its list** that is likelier than the least of it belongs to the list.
//! - **Chunks that repeat** all tokens of their answer so far, as in the streams of SGLang, replace the chunks before.
//! - **Maps from text** hold one entry for several tokens of equal text. A chosen token whose ln p is not that of its
//!   entry was overwritten: it is put back if it is likelier than the least of the list. Overwritten tokens that were not
//!   drawn leave no trace but a shorter list.
//! - **Without a list** the chosen token is the only listed one. Such a position says nothing about temperature, although
//!   it has the shape of a top-1 list: a measurement passes over positions with one listed level and a rest.
//!   [`Tally::without_list`] counts them.
//! - **The rest** has the mass 1 - sum p, at least 0 and at least the p of an unlisted token drawn. It keeps the rounding
//!   error of the server (about 1e-7 for f32); only probabilities after sampling that miss 1 by at most 1e-6 have none
//!   left. A sum over 1.001 is refused.
//! - **Sentinels** are no energies. Minus infinity, the lowest f32 and p = 0 say "impossible": a forbidden level, and the
//!   drawn token may be that level. -9999 and -100 (exactly, with no number below it at the position) say
//!   "unlikely or impossible": a forbidden level, but where it was drawn the token leaves the list and its ln p is not
//!   known. null says nothing: at the head of a list it is a certain token, which has what the others leave; elsewhere the
//!   token is not listed, nor is what follows it. Tokens for which the server reports no number are passed over, counted in [`Tally::unreported`].
//! - **Prompts** are not draws of a sampler; their positions come with [`Options::include_prompt`] only, and then with the
//!   token of the prompt as the drawn one, where the server names it.
//!
//! [`Draw::Unlisted`]: crate::tokens::Draw::Unlisted

mod choices;
mod cumulative;
mod detect;
mod entry;
mod error;
mod format;
mod hosted;
mod levels;
mod native;
mod options;
mod parser;
mod responses;
mod tally;
mod text;

pub use error::RecordedError;
pub use format::ResponseFormat;
pub use options::Options;
pub use parser::{ResponseParser, parse_document};
pub use responses::Responses;
pub use tally::Tally;
#[cfg(feature = "server")]
pub(super) use text::fits_memory;
pub use text::is_recorded_response;
