//! Rows of logits from comma-separated tables and plain lists of numbers.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::BufRead;

use super::columns::{Columns, numbers};
use super::error::{ArrayError, brief};
use super::limits::MOST_BYTES;
use super::records::{Records, number};
use super::row::Row;

/// Most contexts of a table whose names are remembered, to see whether one comes back.
const MOST_NAMES: usize = 1 << 20;

/// The rows of a table, one for each context, in order.
#[derive(Debug)]
pub(super) struct LogitTable<R> {
    records: Records<R>,
    /// Whether all numbers are one row, however they are spread over lines and contexts.
    one_row: bool,
    columns: Option<Columns>,
    /// The context whose lines are being read.
    open: Option<Open>,
    /// Hashes of the names of the contexts before.
    names: HashSet<u64>,
    done: bool,
}

#[derive(Debug)]
struct Open {
    name: Option<String>,
    row: Row,
    n_bytes: u64,
    /// Hashes of its tokens.
    tokens: HashSet<u64>,
}

impl Open {
    fn origin(&self) -> String {
        self.name.as_ref().map_or_else(|| "context 1".to_owned(), |name| format!("context `{}`", brief(name)))
    }

    fn close(self) -> Row {
        Row { origin: self.origin(), ..self.row }
    }
}

/// What one line adds to a context.
struct Token {
    context: Option<String>,
    text: Option<String>,
    /// What no other token of the context has: id or text.
    identity: Option<String>,
    logit: f64,
}

impl Token {
    fn new(logit: f64) -> Self {
        Self { context: None, text: None, identity: None, logit }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl<R: BufRead> LogitTable<R> {
    /// A table in which a line of plain numbers, or the lines of one context, are a row.
    pub(super) fn new(reader: R) -> Self {
        let records = Records::new(reader);
        Self { records, one_row: false, columns: None, open: None, names: HashSet::new(), done: false }
    }

    /// A table of which all numbers are one row.
    pub(super) fn of_one_row(reader: R) -> Self {
        Self { one_row: true, ..Self::new(reader) }
    }

    /// Reads until a row is complete; `None` at the end of the file.
    fn advance(&mut self) -> Result<Option<Row>, ArrayError> {
        while let Some((line, record)) = self.records.next()? {
            let columns = match &self.columns {
                Some(columns) => columns.clone(),
                None => {
                    let (columns, is_header) = Columns::of(&record, self.one_row)?;
                    self.columns = Some(columns.clone());
                    if is_header {
                        continue;
                    }
                    columns
                }
            };
            let n_bytes = record.as_slice().len() as u64;
            let complete = match columns {
                Columns::Wide { width, n_index } => {
                    let mut numbers = numbers(line, &record)?;
                    if numbers.len() != width + n_index {
                        return Err(ArrayError::Columns { line, expected: width + n_index, found: numbers.len() });
                    }
                    numbers.drain(..n_index);
                    Some(Row::new(format!("line {line}"), numbers))
                }
                Columns::Single => {
                    let logit = number(line, record.get(0).unwrap_or_default())?;
                    self.add(line, Token::new(logit), n_bytes)?
                }
                Columns::List => {
                    let words = record.iter().flat_map(str::split_whitespace);
                    for word in words {
                        let logit = number(line, word)?;
                        self.add(line, Token::new(logit), word.len() as u64)?;
                    }
                    None
                }
                Columns::Named(named) if record.len() != named.n_columns => {
                    return Err(ArrayError::Columns { line, expected: named.n_columns, found: record.len() });
                }
                Columns::Named(named) => {
                    let cell = |column: Option<usize>| column.and_then(|index| record.get(index)).map(str::to_owned);
                    let logit = number(line, record.get(named.logit).unwrap_or_default())?;
                    let text = cell(named.token);
                    // Many tokens are printed as a replacement character.
                    let identity =
                        cell(named.token_id).or_else(|| text.clone().filter(|text| !text.contains('\u{fffd}')));
                    self.add(line, Token { context: named.context(&record), text, identity, logit }, n_bytes)?
                }
            };
            if complete.is_some() {
                return Ok(complete);
            }
        }
        self.done = true;
        Ok(self.open.take().map(Open::close))
    }

    /// Adds a token to its context, and gives back the row before where another begins.
    fn add(&mut self, line: u64, token: Token, n_bytes: u64) -> Result<Option<Row>, ArrayError> {
        let begins = self.open.as_ref().is_none_or(|open| open.name != token.context);
        let before = if begins { self.open.take() } else { None };
        if let Some(name) = token.context.as_ref().filter(|_| begins)
            && self.names.len() < MOST_NAMES
            && !self.names.insert(hash(name))
        {
            return Err(ArrayError::Scattered { line, context: brief(name) });
        }
        let fresh = || Open { name: token.context, row: Row::default(), n_bytes: 0, tokens: HashSet::new() };
        let open = self.open.get_or_insert_with(fresh);
        open.n_bytes += n_bytes;
        if open.n_bytes > MOST_BYTES && !self.one_row {
            return Err(ArrayError::Long(open.origin()));
        }
        if let Some(identity) = token.identity.filter(|identity| !open.tokens.insert(hash(identity))) {
            return Err(ArrayError::Repeated { line, token: brief(&identity) });
        }
        open.row.push(token.logit, &format!("line {line}"))?;
        open.row.tokens.extend(token.text);
        Ok(before.map(Open::close))
    }
}

impl<R: BufRead> Iterator for LogitTable<R> {
    type Item = Result<Row, ArrayError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = self.advance().transpose();
        self.done |= !matches!(item, Some(Ok(_)));
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Row, ArrayError>> {
        LogitTable::new(text.as_bytes()).collect()
    }

    fn logits(text: &str) -> Vec<(String, Vec<f64>)> {
        read(text).into_iter().map(|row| row.map(|row| (row.origin, row.numbers)).unwrap()).collect()
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
        assert_eq!(read(text)[0].as_ref().unwrap().tokens, ["x,\"\n", " y"]);
    }

    #[test]
    fn columns_that_tell_contexts_apart_group_rows() {
        for name in ["position", "prompt", "row", "step", "sample", "Context"] {
            let rows: Vec<_> = logits(&format!("{name},token,logit\n0,a,1\n0,b,2\n1,a,3\n1,b,4\n"));
            assert_eq!(rows.iter().map(|row| row.1.clone()).collect::<Vec<_>>(), [[1.0, 2.0], [3.0, 4.0]], "{name}");
        }
        let both = logits("prompt,position,logit,token_id\nx,0,1,7\nx,1,2,7\ny,1,3,7\n");
        assert_eq!(both.len(), 3);
        assert_eq!(both[1].0, "context `prompt x, position 1`");
        // Different tokens may have one text.
        assert_eq!(logits("token,token_id,logit\na,0,1\na,1,2\n")[0].1, [1.0, 2.0]);
        assert_eq!(logits("token,logit\n\u{fffd},1\n\u{fffd},2\n")[0].1, [1.0, 2.0]);
    }

    #[test]
    fn a_header_of_counts_is_a_header() {
        let rows = [vec![0.5, 0.1, -1.0], vec![1.5, 0.2, 0.3]];
        for text in [
            "0,1,2\n0.5,0.1,-1\n1.5,0.2,0.3\n",
            ",0,1,2\n0,0.5,0.1,-1\n1,1.5,0.2,0.3\n",
            "0\t1\t2\n0.5\t0.1\t-1\n1.5\t0.2\t0.3\n",
            "0 1 2\n0.5 0.1 -1\n1.5 0.2 0.3\n",
        ] {
            assert_eq!(logits(text).into_iter().map(|row| row.1).collect::<Vec<_>>(), rows, "{text}");
        }
        // A series with its line numbers, and a token that is a comma between tabs.
        assert_eq!(logits(",0\n0,1.5\n1,-2\n")[0].1, [1.5, -2.0]);
        assert_eq!(logits("token\tlogit\n,\t1\nb\t2\n")[0].1, [1.0, 2.0]);
        assert_eq!(logits("0,2,1\n1,1,1\n").len(), 2);
        assert_eq!(logits("0\n1\n2\n")[0].1, [0.0, 1.0, 2.0]);
    }

    #[test]
    fn lines_may_be_one_row() {
        let row = |text: &str| LogitTable::of_one_row(text.as_bytes()).map(|row| row.unwrap().numbers).collect();
        let wanted = vec![vec![1.0, -2.5, 0.03]];
        for text in ["1,-2.5,3e-2", "1 -2.5\n3e-2\n", "1,,-2.5,\n 0.03", "context,logit\na,1\nb,-2.5\na,0.03"] {
            let rows: Vec<Vec<f64>> = row(text);
            assert_eq!(rows, wanted, "{text}");
        }
    }

    #[test]
    fn every_refusal_names_its_line() {
        assert!(read("").is_empty() && read("logit\n").is_empty());
        assert_eq!(message("a,b\n1,2\n"), "the header must be one with a column `logit`, got `a,b`");
        assert_eq!(message("1,2\n1,2,3\n"), "line 2: expected 2 columns, got 3");
        assert_eq!(message("1,2\n1,x\n"), "line 2: expected a number, got `x`");
        assert_eq!(message("1,2\n1,\n"), "line 2: expected a number, got ``");
        assert_eq!(message("1\n2 3\n"), "line 2: expected a number, got `2 3`");
        let scattered = "context,logit\na,1\nb,1\na,1\n";
        assert_eq!(message(scattered), "line 4: the rows of context `a` must be consecutive");
        let twice = "line 3: token `a` comes twice in one context: add a column `context`";
        assert!(message("token,logit\na,1\na,2\n").starts_with(twice));
        assert!(message("layer,token,logit\n0,a,1\n").starts_with("column `layer` is not known"));
    }
}
