//! Text: the embedded fonts, cleaning, sub- and superscripts, measuring, wrapping and cutting.

use std::sync::LazyLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use super::error::PlotError;

/// Start of a subscript, start of a superscript, end of either: private-use characters that [`prepare`] removes from input.
pub(super) const SUBSCRIPT: char = '\u{e000}';
pub(super) const SUPERSCRIPT: char = '\u{e001}';
pub(super) const BASELINE: char = '\u{e002}';

/// Size of sub- and superscripts relative to the text around them.
pub(super) const SCRIPT_SIZE: f64 = 0.7;

/// The three faces in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    Mono,
}

impl Face {
    /// Name of the family as registered with plotters.
    pub fn family(self) -> FontFamily<'static> {
        match self {
            Face::Regular | Face::Bold => FontFamily::Name("DejaVu Sans"),
            Face::Mono => FontFamily::Name("DejaVu Sans Mono"),
        }
    }

    pub fn style(self) -> FontStyle {
        if self == Face::Bold { FontStyle::Bold } else { FontStyle::Normal }
    }
}

/// Registers the embedded fonts with plotters, once per process.
pub(super) fn register_fonts() -> Result<(), PlotError> {
    static REGISTERED: LazyLock<bool> = LazyLock::new(|| {
        [
            ("DejaVu Sans", FontStyle::Normal, dejavu::sans::regular()),
            ("DejaVu Sans", FontStyle::Bold, dejavu::sans::bold()),
            ("DejaVu Sans Mono", FontStyle::Normal, dejavu::sans_mono::regular()),
        ]
        .into_iter()
        .all(|(name, style, bytes)| register_font(name, style, bytes).is_ok())
    });
    if *REGISTERED { Ok(()) } else { Err(PlotError::Font) }
}

/// A text with the left end and height of its baseline, or with its centre, as its owner knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub text: String,
    pub x: f64,
    pub y: f64,
}

/// Text fit for XML, with `_{...}` and `^{...}` turned into the marks above; spaces inside them do not break.
pub(super) fn prepare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = printable(text).into_iter().peekable();
    let mut inside = false;
    while let Some(c) = chars.next() {
        match c {
            '_' | '^' if !inside && chars.peek() == Some(&'{') => {
                chars.next();
                out.push(if c == '_' { SUBSCRIPT } else { SUPERSCRIPT });
                inside = true;
            }
            '}' if inside => {
                out.push(BASELINE);
                inside = false;
            }
            ' ' if inside => out.push('\u{a0}'),
            other => out.push(other),
        }
    }
    if inside {
        out.push(BASELINE);
    }
    out
}

/// Text shown as it is: no markup, no collapsing of spaces.
pub(super) fn verbatim(text: &str) -> String {
    printable(&text.replace("\r\n", "↵").replace('\n', "↵").replace('\t', "    "))
        .into_iter()
        .map(|c| if c == ' ' { '\u{a0}' } else { c })
        .collect()
}

/// Characters that XML allows and a font may have: other white space becomes a space, controls and private marks vanish.
fn printable(text: &str) -> Vec<char> {
    text.chars()
        .map(|c| if c.is_whitespace() && c != '\u{a0}' { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '\u{e000}'..='\u{e002}' | '\u{fffe}' | '\u{ffff}'))
        .collect()
}

/// Width of prepared text at a size in pixels.
pub(super) fn width(text: &str, face: Face, size: f64) -> f64 {
    let mut total = 0.0;
    let mut scale = 1.0;
    for run in text.split_inclusive([SUBSCRIPT, SUPERSCRIPT, BASELINE]) {
        let next = match run.chars().last() {
            Some(SUBSCRIPT | SUPERSCRIPT) => SCRIPT_SIZE,
            Some(BASELINE) => 1.0,
            _ => scale,
        };
        total += scale * plain_width(run.trim_end_matches([SUBSCRIPT, SUPERSCRIPT, BASELINE]), face);
        scale = next;
    }
    total * size
}

/// Width in units of the size.
fn plain_width(text: &str, face: Face) -> f64 {
    // ab_glyph's scale is the height of a line, 2384/2048 of the em in all three faces; measured large, since it rounds down.
    const EM: f64 = 1000.0;
    const LINE_HEIGHT: f64 = 2384.0 / 2048.0;
    let font = FontDesc::new(face.family(), EM * LINE_HEIGHT, face.style());
    match font.layout_box(text) {
        Ok(((left, _), (right, _))) => f64::from(right - left) / EM,
        Err(_) => 0.62 * text.chars().count() as f64,
    }
}

/// Lines of at most `limit` pixels, broken at spaces, those around an equals sign excepted; a longer word is cut.
pub(super) fn wrap(text: &str, face: Face, size: f64, limit: f64) -> Vec<String> {
    let text = text.replace(" = ", "\u{a0}=\u{a0}");
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if width(&longer, face, size) <= limit {
                *line = longer;
                continue;
            }
        }
        lines.push(cut(word, face, size, limit));
    }
    lines
}

/// The text, or as much of it as fits into `limit` pixels with an ellipsis.
pub(super) fn cut(text: &str, face: Face, size: f64, limit: f64) -> String {
    if width(text, face, size) <= limit {
        return text.to_owned();
    }
    // Text of any length: nothing beyond this many characters can fit.
    let mut kept: Vec<char> = text.chars().take((limit / (0.2 * size)).max(0.0) as usize).collect();
    loop {
        let open = kept.iter().rev().find(|c| matches!(**c, SUBSCRIPT | SUPERSCRIPT | BASELINE));
        let close = if matches!(open, Some(&(SUBSCRIPT | SUPERSCRIPT))) { BASELINE.to_string() } else { String::new() };
        let shorter: String = kept.iter().collect::<String>() + &close + "…";
        if kept.is_empty() || width(&shorter, face, size) <= limit {
            return shorter;
        }
        kept.pop();
    }
}

/// The same, cut between words where the first word fits.
pub(super) fn cut_between_words(text: &str, face: Face, size: f64, limit: f64) -> String {
    let shorter = cut(text, face, size, limit);
    let Some(kept) = shorter.strip_suffix('…').filter(|_| shorter != text) else { return shorter };
    let ends_word = text[kept.len()..].starts_with(char::is_whitespace);
    match kept.trim_end().rsplit_once(char::is_whitespace) {
        Some((words, _)) if !ends_word => words.trim_end().to_owned() + " …",
        _ => shorter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_marks_and_controls_vanish() {
        assert_eq!(prepare("T_{c} e^{S} a_b"), "T\u{e000}c\u{e002} e\u{e001}S\u{e002} a_b");
        assert_eq!(prepare("x_{open"), "x\u{e000}open\u{e002}");
        assert_eq!(prepare("a\u{0}b\u{1b}[c\u{e000}\u{ffff}"), "ab[c");
        assert_eq!(verbatim("a  b\n_{c}"), "a\u{a0}\u{a0}b↵_{c}");
    }

    #[test]
    fn widths_add_up() {
        register_fonts().unwrap();
        // All glyphs of the mono face are 1233/2048 em wide.
        assert!((width("iiiiiiiiii", Face::Mono, 20.0) - 200.0 * 1233.0 / 2048.0).abs() < 0.1);
        assert!(width(&prepare("n_{c}"), Face::Regular, 20.0) < width("nc", Face::Regular, 20.0));
        assert!(width("bold", Face::Bold, 20.0) > width("bold", Face::Regular, 20.0));
    }

    #[test]
    fn lines_fit_their_limit() {
        register_fonts().unwrap();
        let text = prepare(
            "a sentence of several words, one of which_{is long} pneumonoultramicroscopicsilicovolcanoconiosis",
        );
        let lines = wrap(&text, Face::Regular, 18.0, 150.0);
        assert!(lines.len() > 3);
        assert!(lines.iter().all(|line| width(line, Face::Regular, 18.0) <= 150.0));
        assert_eq!(cut("abc", Face::Regular, 18.0, 0.0), "…");
        let sentence = "And the king said";
        let limit = width("And the kin…", Face::Mono, 18.0);
        assert_eq!(cut(sentence, Face::Mono, 18.0, limit), "And the kin…");
        assert_eq!(cut_between_words(sentence, Face::Mono, 18.0, limit), "And the …");
        assert_eq!(cut_between_words("Nebuchadnezzar", Face::Mono, 18.0, limit), "Nebuchadnez…");
        assert_eq!(cut_between_words(sentence, Face::Mono, 18.0, 1e3), sentence);
        let equation = "b\u{a0}=\u{a0}c";
        let limit = width(equation, Face::Regular, 18.0);
        assert_eq!(wrap("a b = c", Face::Regular, 18.0, limit), ["a", equation]);
    }
}
