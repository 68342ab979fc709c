//! What a run leaves behind: tables, figures, a summary, and the record of how they were made.

pub mod figures;
mod files;
mod manifest;
mod notes;
mod number;
mod page;
pub mod plot;
mod printable;
mod summary;
mod table;
mod text;
mod thermometer;
mod xyz;

pub use files::{ReportError, check_target, finish_writing, write_atomically, write_set};
pub use manifest::{Manifest, command_line};
pub use notes::{left_out_sentence, no_effect_sentence, note_sentence, unresolved_sentence};
pub use page::Page;
pub use printable::{printable, printable_line};
pub use summary::{summary, verdict_line, verdict_table};
pub use table::{Cell, Table};
pub use text::{WIDTH, hanging, wrapped};
pub use thermometer::{
    Provenance, Requests, reading_sentences, thermometer_json, thermometer_sentence, thermometer_text,
};
pub use xyz::{Frame, last_frame, to_xyz};
