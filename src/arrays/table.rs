//! Logits from comma-separated tables and plain lists of numbers.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::BufRead;

use super::context::Context;
use super::error::brief;
use super::lines::{Lines, MOST_BYTES};
use super::{ArrayError, Position};

/// Most contexts of a table whose names are remembered, to see whether one comes back.
const MOST_NAMES: usize = 1 << 20;

/// The contexts of a table, in order.
#[derive(Debug)]
pub(super) struct Table<R> {
    lines: Lines<R>,
    form: Option<Form>,
    /// The context whose rows are being read.
    open: Option<Open>,
    /// Hashes of the names of the contexts before.
    names: HashSet<u64>,
    n_contexts: u64,
    done: bool,
}

/// How a table holds its contexts.
#[derive(Clone, Debug)]
enum Form {
    /// One a line, all of the same number of logits.
    Wide(usize),
    /// A single one, one number a line.
    Column,
    /// One token a line.
    Long { n_columns: usize, logit: usize, context: Option<usize>, token: Option<usize> },
}

#[derive(Debug)]
struct Open {
    name: Option<String>,
    context: Context,
    n_bytes: u64,
}

impl Open {
    fn origin(&self) -> String {
        self.name.as_ref().map_or_else(|| "context 1".to_owned(), |name| format!("context `{}`", brief(name)))
    }

    fn close(self) -> Result<Position, ArrayError> {
        let origin = self.origin();
        self.context.into_position(origin)
    }
}

impl<R: BufRead> Table<R> {
    pub(super) fn new(reader: R) -> Self {
        let lines = Lines::new(reader);
        Self { lines, form: None, open: None, names: HashSet::new(), n_contexts: 0, done: false }
    }

    /// Reads until a context is complete; none at the end of the file.
    fn advance(&mut self) -> Result<Option<Position>, ArrayError> {
        while let Some((line, record)) = self.lines.next_record()? {
            if record.trim().is_empty() || record.starts_with('#') {
                continue;
            }
            let form = match &self.form {
                Some(form) => form.clone(),
                None => {
                    let (form, is_header) = Form::of(record)?;
                    self.form = Some(form.clone());
                    if is_header {
                        continue;
                    }
                    form
                }
            };
            if let Form::Wide(width) = form {
                let logits = numbers(line, record)?;
                if logits.len() != width {
                    return Err(ArrayError::Columns { line, expected: width, found: logits.len() });
                }
                return Context { logits, ..Context::default() }.into_position(format!("line {line}")).map(Some);
            }
            let row = form.row(line, record)?;
            let n_bytes = record.len() as u64;
            if let Some(position) = self.add(line, row, n_bytes)? {
                return Ok(Some(position));
            }
        }
        self.done = true;
        self.open.take().map(Open::close).transpose()
    }

    /// Adds a row of a context, and gives back the one before where another begins.
    fn add(&mut self, line: u64, row: Row, n_bytes: u64) -> Result<Option<Position>, ArrayError> {
        let begins = self.open.as_ref().is_none_or(|open| open.name != row.name);
        let before = if begins { self.open.take() } else { None };
        if let Some(name) = row.name.as_ref().filter(|_| begins) {
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            if self.names.len() < MOST_NAMES && !self.names.insert(hasher.finish()) {
                return Err(ArrayError::Scattered { line, context: brief(name) });
            }
        }
        let fresh = || Open { name: row.name, context: Context::default(), n_bytes: 0 };
        let open = self.open.get_or_insert_with(fresh);
        open.n_bytes += n_bytes;
        if open.n_bytes > MOST_BYTES {
            return Err(ArrayError::Long(open.origin()));
        }
        open.context.push(row.logit, &format!("line {line}"))?;
        open.context.tokens.extend(row.token);
        before.map(Open::close).transpose()
    }
}

impl<R: BufRead> Iterator for Table<R> {
    type Item = Result<Position, ArrayError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = match self.advance() {
            Ok(None) if self.n_contexts == 0 => Some(Err(ArrayError::Empty)),
            other => other.transpose(),
        };
        self.n_contexts += 1;
        self.done |= !matches!(item, Some(Ok(_)));
        item
    }
}

/// One token of a context.
struct Row {
    name: Option<String>,
    token: Option<String>,
    logit: f64,
}

impl Form {
    /// The form of a table that begins with `record`, and whether that is a header.
    fn of(record: &str) -> Result<(Self, bool), ArrayError> {
        let names = cells(record);
        if names.iter().any(|cell| cell.trim().parse::<f64>().is_ok()) || numbers(1, record).is_ok() {
            let width = if record.contains(',') { names.len() } else { record.split_whitespace().count() };
            return Ok((if width == 1 { Self::Column } else { Self::Wide(width) }, false));
        }
        let names: Vec<String> = names.iter().map(|cell| column_name(cell)).collect();
        let column = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        let logit = column(&["logit", "logits"]).ok_or_else(|| ArrayError::Header(brief(record)))?;
        let (context, token) = (column(&["context"]), column(&["token"]));
        Ok((Self::Long { n_columns: names.len(), logit, context, token }, true))
    }

    fn row(&self, line: u64, record: &str) -> Result<Row, ArrayError> {
        let Self::Long { n_columns, logit, context, token } = self else {
            return Ok(Row { name: None, token: None, logit: number(line, record)? });
        };
        let cells = cells(record);
        if cells.len() != *n_columns {
            return Err(ArrayError::Columns { line, expected: *n_columns, found: cells.len() });
        }
        let text = |column: &Option<usize>| column.map(|index| cells[index].clone().into_owned());
        Ok(Row { name: text(context), token: text(token), logit: number(line, &cells[*logit])? })
    }
}

fn number(line: u64, cell: &str) -> Result<f64, ArrayError> {
    let bad = |_| ArrayError::Number { origin: format!("line {line}"), found: brief(cell) };
    cell.trim().parse().map_err(bad)
}

/// The numbers of a line, separated by commas, or by white space where there are no commas.
fn numbers(line: u64, record: &str) -> Result<Vec<f64>, ArrayError> {
    if record.contains(',') {
        return cells(record).iter().map(|cell| number(line, cell)).collect();
    }
    record.split_whitespace().map(|cell| number(line, cell)).collect()
}

/// The cells of a record, quotes removed.
fn cells(record: &str) -> Vec<Cow<'_, str>> {
    if !record.contains('"') {
        return record.split(',').map(Cow::Borrowed).collect();
    }
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = record.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => cell.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(Cow::Owned(std::mem::take(&mut cell))),
            other => cell.push(other),
        }
    }
    cells.push(Cow::Owned(cell));
    cells
}

/// Lower case, without a unit in brackets.
fn column_name(cell: &str) -> String {
    cell.split('[').next().unwrap_or(cell).trim().to_lowercase()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Position, ArrayError>> {
        Table::new(text.as_bytes()).collect()
    }

    fn logits(text: &str) -> Vec<(String, Vec<f64>)> {
        let row = |position: &Position| (0..position.listed.len()).map(|i| 0.0 - position.listed.energy(i)).collect();
        read(text).into_iter().map(|p| p.map(|p| (p.origin.clone(), row(&p))).unwrap()).collect()
    }

    fn message(text: &str) -> String {
        read(text).pop().unwrap().unwrap_err().to_string()
    }

    #[test]
    fn plain_numbers_are_a_context_a_line_or_a_single_column() {
        let wide = vec![("line 1".to_owned(), vec![1.0, -2.5]), ("line 4".to_owned(), vec![0.03, 0.0])];
        assert_eq!(logits("1,-2.5\n\n# note\n3e-2 , 0\n"), wide);
        assert_eq!(logits("1 -2.5\n\n\n0.03\t0"), wide);
        assert_eq!(logits("1\n-2.5\n-inf\n"), [("context 1".to_owned(), vec![1.0, -2.5, f64::NEG_INFINITY])]);
    }

    #[test]
    fn headers_name_the_columns() {
        let one = vec![("context 1".to_owned(), vec![1.5, 0.0])];
        assert_eq!(logits("token,logit[1]\n17,1.5\n3,0\n"), one);
        assert_eq!(logits("\"Logits\"\r\n1.5\r\n0\r\n"), one);
        let text = "logit,context,token\n1,a,\"x,\"\"\n\"\n2,a, y\n3,b,z\n4,b,w\n";
        assert_eq!(
            logits(text),
            [("context `a`".to_owned(), vec![1.0, 2.0]), ("context `b`".to_owned(), vec![3.0, 4.0])]
        );
        assert_eq!(read(text)[0].clone().unwrap().tokens, ["x,\"\n", " y"]);
    }

    #[test]
    fn every_refusal_names_its_line() {
        assert_eq!(message(""), "there are no logits in it");
        assert_eq!(message("logit\n"), "there are no logits in it");
        assert_eq!(message("a,b\n1,2\n"), "the header must be one with a column `logit`, got `a,b`");
        assert_eq!(message("1,2\n1,2,3\n"), "line 2: expected 2 columns, got 3");
        assert_eq!(message("1,2\n1,x\n"), "line 2: expected a number, got `x`");
        assert_eq!(message("1,2\n1,\n"), "line 2: expected a number, got ``");
        assert_eq!(message("1,2\nnan,1\n"), "line 2: logit 0 must be a number or -inf (a forbidden token), got NaN");
        assert_eq!(message("1,2\n1,inf\n"), "line 2: logit 1 must be a number or -inf (a forbidden token), got inf");
        assert_eq!(message("-inf -inf\n"), "line 1: all 2 levels are forbidden, at least one must be allowed");
        assert_eq!(message("1\n2 3\n"), "line 2: expected a number, got `2 3`");
        let scattered = "context,logit\na,1\nb,1\na,1\n";
        assert_eq!(
            message(scattered),
            "line 4: the rows of context `a` must follow each other, but others stand between"
        );
        assert_eq!(
            message("logit,context\n1,a\nnan,a\n"),
            "context `a`: logit 1 must be a number or -inf (a forbidden token), got NaN"
        );
    }
}
