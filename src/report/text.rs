//! Text for people: sentences and aligned columns, no line wider than [`WIDTH`].

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table as Grid, Width, presets};

/// The header of temperatures.
pub const TEMPERATURE: &str = "T";

/// Columns of a line.
pub const WIDTH: u16 = 100;

/// `text` with its long lines broken at spaces.
#[must_use]
pub fn wrapped(text: &str) -> String {
    hanging("", text)
}

/// `head` and then `text`, broken at spaces; all lines but the first are indented by the width of `head`.
///
/// # Examples
///
/// ```
/// use gibbs::report::hanging;
/// let text = hanging("power  ", &"these tokens would have revealed a wrong temperature ".repeat(2));
/// assert!(text.lines().nth(1).unwrap().starts_with("       temperature"));
/// ```
#[must_use]
pub fn hanging(head: &str, text: &str) -> String {
    let indent = head.chars().count();
    let lines = text.split('\n').flat_map(|line| broken(line, WIDTH.saturating_sub(indent as u16).max(1)));
    head.to_owned() + &lines.collect::<Vec<_>>().join(&format!("\n{:indent$}", ""))
}

/// One line in parts of at most `width` columns.
fn broken(line: &str, width: u16) -> Vec<String> {
    // A word that does not fit, such as a path, must stay whole to be copied.
    if line.split(' ').any(|word| word.chars().count() > usize::from(width)) {
        return vec![line.to_owned()];
    }
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    grid.add_row([line]).column_iter_mut().for_each(|column| {
        column.set_padding((0, 0));
    });
    let parts: Vec<String> = grid.lines().map(|part| part.trim_end().to_owned()).collect();
    if parts.len() > 1 { parts } else { vec![line.to_owned()] }
}

/// A column of a table.
#[derive(Clone)]
pub struct Column {
    /// Its name.
    pub header: String,
    /// Its entries.
    pub cells: Vec<String>,
    /// Whether they are words, which may be broken, and not numbers.
    pub words: bool,
}

impl Column {
    /// Whether they are names without spaces, to be broken behind underscores.
    fn is_of_names(&self) -> bool {
        self.words && !self.cells.iter().any(|cell| cell.contains(' '))
    }

    /// The longest of their words that are worth keeping whole.
    fn longest_word(&self, of_names: bool) -> usize {
        let end = if of_names { '_' } else { ' ' };
        let words = self.cells.iter().flat_map(|cell| cell.split_inclusive(end));
        words.map(|word| word.trim_end().chars().count()).filter(|&length| length <= LONGEST_WORD).max().unwrap_or(0)
    }
}

/// Lengths to which headers are broken, one after the other, until a table fits.
const HEADERS: [usize; 4] = [WIDTH as usize, 20, 14, 8];
/// Spaces around an entry.
const PADDING: u16 = 2;
/// Longer words are broken.
const LONGEST_WORD: usize = 24;
/// Where a name may be broken: a space without width.
const BREAK: char = '\u{200b}';

/// Aligned columns in as many tables as their numbers need, one below the other, which all begin with the first columns: those of words,
/// and a temperature.
pub fn fitted(columns: &[Column]) -> String {
    let text = aligned(columns);
    let is_key = |column: &&Column| column.words || column.header == TEMPERATURE;
    let (keys, values) = columns.split_at(columns.iter().take_while(is_key).count());
    if values.len() < 2 || text.lines().all(|line| line.chars().count() <= usize::from(WIDTH)) {
        return text;
    }
    let halves = values.chunks(values.len().div_ceil(2)).map(|half| fitted(&[keys, half].concat()));
    halves.collect::<Vec<_>>().join("\n")
}

/// Aligned columns, words to the left and numbers to the right. Where they are too wide, headers are broken first and then
/// words, at spaces or underscores; numbers are never broken.
fn aligned(columns: &[Column]) -> String {
    let of_names: Vec<bool> = columns.iter().map(Column::is_of_names).collect();
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING).set_header(columns.iter().map(|_| ""));
    for row in 0..columns.first().map_or(0, |column| column.cells.len()) {
        grid.add_row(columns.iter().zip(&of_names).map(|(column, of_names)| match &column.cells[row] {
            name if *of_names => name.replace('_', &format!("_{BREAK}")),
            cell => cell.clone(),
        }));
    }
    let cells: Vec<usize> = grid.column_max_content_widths().into_iter().map(usize::from).collect();
    // The last column ends with a space that is not printed.
    let most = usize::from(WIDTH) + 1;
    for length in HEADERS {
        let broken = |(column, cells): (&Column, &usize)| broken_header(&column.header, length.max(*cells));
        let headers: Vec<String> = columns.iter().zip(&cells).map(broken).collect();
        let longest = |header: &String| header.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        let width: usize =
            headers.iter().zip(&cells).map(|(header, cells)| longest(header).max(*cells) + usize::from(PADDING)).sum();
        grid.set_header(headers);
        if width <= most {
            break;
        }
    }
    // Where it fits now, this changes nothing.
    grid.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH + 1);
    for ((text, column), of_names) in grid.column_iter_mut().zip(columns).zip(of_names) {
        text.set_cell_alignment(if column.words { CellAlignment::Left } else { CellAlignment::Right });
        if of_names {
            text.set_delimiter(BREAK);
        }
        text.set_constraint(if column.words {
            ColumnConstraint::LowerBoundary(Width::Fixed(column.longest_word(of_names) as u16 + PADDING))
        } else {
            ColumnConstraint::ContentWidth
        });
    }
    grid.trim_fmt().replace(BREAK, "") + "\n"
}

/// A header in lines no longer than `width`, where its words allow that.
fn broken_header(header: &str, width: usize) -> String {
    let words: Vec<&str> = header.split_inclusive(['_', ' ']).collect();
    let width = words.iter().map(|word| word.len()).max().unwrap_or(0).max(width);
    let mut lines = vec![String::new()];
    for word in words {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() <= width => line.push_str(word),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(text: &str) -> usize {
        text.lines().map(|line| line.chars().count()).max().unwrap()
    }

    #[test]
    fn sentences_are_broken_between_words_and_lose_none() {
        let text = "these 2000 tokens would have revealed a temperature wrong by 3.5 % ".repeat(5);
        let lines = hanging("power         ", &text);
        assert!(width(&lines) <= usize::from(WIDTH) && lines.lines().count() > 3, "{lines}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&lines), words(&format!("power {text}")));
        assert_eq!(wrapped("short,  as it is\n\n  twice"), "short,  as it is\n\n  twice");
    }

    #[test]
    fn wide_tables_break_headers_then_words_and_never_numbers() {
        let numbers = |header: &str| Column {
            header: header.to_owned(),
            cells: vec!["-1234.567(12)".to_owned(), "0.1".to_owned()],
            words: false,
        };
        let names = ["temperature", "mean_energy_per_site", "heat_capacity_per_site", "susceptibility_per_site"];
        let mut columns: Vec<Column> = names.map(numbers).into();
        columns.push(Column {
            header: "system".to_owned(),
            cells: vec!["ising dimension=2 l=4x6 boundary=open h=0.25 lattice=square".to_owned(), "rem".to_owned()],
            words: true,
        });
        let text = aligned(&columns);
        assert!(width(&text) <= usize::from(WIDTH), "{text}");
        assert_eq!(text.matches("-1234.567(12)").count(), 4, "{text}");
        assert!(text.contains("susceptibility_") && !text.contains("susceptibility_per"), "{text}");
        assert!(text.contains(" boundary=open") && !text.contains("lattice=square rem"), "{text}");
    }
}
