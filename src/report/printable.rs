//! Texts from outside, as they are shown: nothing in them is obeyed by a terminal, a spreadsheet or a web page.

use std::borrow::Cow;

/// `text` with the characters that a terminal obeys instead of showing (control characters, also of the direction of writing) written
/// out as `\u001b`. Ends of lines and tabs stay. JSON stays JSON of the same value.
///
/// # Examples
///
/// ```
/// use gibbs::report::printable;
/// assert_eq!(printable("E\u{301} = 1\n"), "E\u{301} = 1\n");
/// assert_eq!(printable("\u{1b}[2J\u{202e}"), "\\u001b[2J\\u202e");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    written_out(text, |c| is_obeyed(c) && c != '\n' && c != '\t')
}

/// `text` on one line: as [`printable`], with ends of lines as `\n` and tabs as `\t`.
#[must_use]
pub fn printable_line(text: &str) -> Cow<'_, str> {
    written_out(text, is_obeyed)
}

fn written_out(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !hidden(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            c => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal obeys `c`; all such characters have at most four hexadecimal digits.
fn is_obeyed(c: char) -> bool {
    let of_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || of_direction || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// First characters of what a spreadsheet takes for a formula.
const FORMULA: [char; 5] = ['=', '+', '-', '@', '\t'];

/// A text as a cell of a CSV file: one that a spreadsheet would execute begins with an apostrophe; numbers are as they are.
#[must_use]
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let shown = printable(text);
    let is_formula = shown.starts_with(FORMULA) && text.parse::<f64>().is_err();
    if is_formula { Cow::Owned(format!("'{shown}")) } else { shown }
}

/// The text of [`csv_cell`] without its apostrophe.
#[must_use]
pub fn from_csv_cell(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| text.starts_with(FORMULA)).unwrap_or(cell)
}

/// A text as a cell of a Markdown table: no link, no code, no HTML, no end of the cell.
#[must_use]
pub fn markdown_cell(text: &str) -> String {
    let mut cell = String::new();
    for c in printable_line(text).chars() {
        match c {
            '<' => cell.push_str("&lt;"),
            '>' => cell.push_str("&gt;"),
            '&' => cell.push_str("&amp;"),
            '|' | '\\' | '`' | '[' | ']' | '*' | '_' => cell.extend(['\\', c]),
            c => cell.push(c),
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        let hostile = "a\u{1b}]0;x\u{7}\r\u{9b}2J\u{7f}\u{0}\u{2066}\u{2028}\u{feff}z";
        let shown = printable_line(hostile);
        assert_eq!(shown, "a\\u001b]0;x\\u0007\\u000d\\u009b2J\\u007f\\u0000\\u2066\\u2028\\ufeffz");
        assert_eq!(serde_json::from_str::<String>(&format!("\"{shown}\"")).unwrap(), hostile);
        assert_eq!(printable_line("a\n\tb é 水 👩‍🔬"), "a\\n\\tb é 水 👩‍🔬");
        assert_eq!(printable("a\n\tb\r"), "a\n\tb\\u000d");
    }

    #[test]
    fn cells_are_data_and_not_formulas() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\\u000d=1"),
        ] {
            assert_eq!(csv_cell(text), cell);
            assert_eq!(from_csv_cell(&csv_cell(text)), printable(text));
        }
        for number in ["-1.5", "+2e-3", "-inf", "1", "the", "'tis", ""] {
            assert_eq!(csv_cell(number), number);
            assert_eq!(from_csv_cell(number), number);
        }
    }

    #[test]
    fn markdown_shows_what_it_is_given() {
        assert_eq!(markdown_cell("a|b <img src=x> [l](u) `c`\n"), "a\\|b &lt;img src=x&gt; \\[l\\](u) \\`c\\`\\\\n");
        assert_eq!(markdown_cell("Ising, 4 x 4"), "Ising, 4 x 4");
    }
}
