//! Progress on stderr: off with `--quiet` and when stderr is not a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of `total` steps labelled `what`, a running count where the total is not known, hidden where nobody would see it.
pub fn bar(quiet: bool, what: &'static str, total: impl Into<Option<usize>>) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match total.into() {
        Some(total) => {
            (ProgressBar::new(total as u64), "{msg:<28} {bar:40} {pos:>5}/{len} {elapsed_precise} eta {eta}")
        }
        None => (ProgressBar::no_length(), "{msg:<28} {pos:>5} {elapsed_precise}"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_message(what)
}

/// The same for sweeps, whose number is known better as the run goes on.
pub fn sweeps(quiet: bool, what: &'static str) -> ProgressBar {
    let bar = bar(quiet, what, 1);
    let template = "{msg:<28} {bar:40} {human_pos}/{human_len} sweeps {elapsed_precise} eta {eta}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style)
}
