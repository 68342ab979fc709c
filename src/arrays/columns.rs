//! How a table holds its rows of logits, which its first line says.

use csv::StringRecord;

use super::error::{ArrayError, brief};
use super::records::{column_name, number};

/// Columns whose values tell contexts apart.
const GROUPS: [&str; 16] = [
    "context",
    "contexts",
    "prompt",
    "prompt_id",
    "position",
    "pos",
    "row",
    "line",
    "step",
    "sample",
    "sequence",
    "seq",
    "text",
    "document",
    "batch",
    "request",
];
/// Columns that say no more of a token than which it is.
const PASSED: [&str; 10] = ["rank", "probability", "prob", "p", "logprob", "ln_p", "energy", "bytes", "count", "index"];

/// How a table holds its rows.
#[derive(Clone, Debug)]
pub(super) enum Columns {
    /// One a line, all of the same width, after `n_index` cells that number the lines.
    Wide { width: usize, n_index: usize },
    /// A single one, one number a line.
    Single,
    /// A single one, any number of numbers a line.
    List,
    /// One token a line, in columns that a header names.
    Named(Named),
}

/// The columns of a table of tokens, by their places.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) n_columns: usize,
    pub(super) logit: usize,
    /// Names and places of the columns that tell contexts apart.
    pub(super) groups: Vec<(String, usize)>,
    pub(super) token: Option<usize>,
    pub(super) token_id: Option<usize>,
}

impl Named {
    /// What the context of a record is called; `None` where no column tells contexts apart.
    pub(super) fn context(&self, record: &StringRecord) -> Option<String> {
        let cell = |place: usize| record.get(place).unwrap_or_default();
        match self.groups.as_slice() {
            [] => None,
            [(name, place)] if name == "context" => Some(cell(*place).to_owned()),
            groups => {
                Some(groups.iter().map(|(name, i)| format!("{name} {}", cell(*i))).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl Columns {
    /// The columns of a table that begins with `record`, and whether that is a header.
    pub(super) fn of(record: &StringRecord, one_row: bool) -> Result<(Self, bool), ArrayError> {
        if let Some(columns) = Self::numbered(record).filter(|_| !one_row) {
            return Ok((columns, true));
        }
        if record.iter().any(|cell| cell.trim().parse::<f64>().is_ok()) || numbers(1, record).is_ok() {
            let width = if record.len() == 1 { record[0].split_whitespace().count() } else { record.len() };
            let columns = match width {
                _ if one_row => Self::List,
                1 => Self::Single,
                width => Self::Wide { width, n_index: 0 },
            };
            return Ok((columns, false));
        }
        let names: Vec<String> = record.iter().map(column_name).collect();
        let column = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        let header = || {
            let found = record.iter().collect::<Vec<_>>().join(",");
            ArrayError::Header { expected: "one with a column `logit`", found: brief(&found) }
        };
        let logit = column(&["logit", "logits"]).ok_or_else(header)?;
        let mut named = Named { n_columns: names.len(), logit, groups: Vec::new(), token: None, token_id: None };
        if one_row {
            return Ok((Self::Named(named), true));
        }
        named.token = column(&["token"]);
        named.token_id = column(&["token_id", "id"]);
        for (place, name) in names.into_iter().enumerate() {
            let used = [Some(logit), named.token, named.token_id].contains(&Some(place));
            // The first column has no name where it numbers the lines.
            let passed = used || PASSED.contains(&name.as_str()) || (name.is_empty() && place == 0);
            if GROUPS.contains(&name.as_str()) {
                named.groups.push((name, place));
            } else if !passed {
                return Err(ArrayError::Column(brief(&name)));
            }
        }
        Ok((Self::Named(named), true))
    }

    /// The columns under a header 0, 1, 2, ... of at least two, which may stand behind an empty cell above line numbers.
    fn numbered(record: &StringRecord) -> Option<Self> {
        let n_index = usize::from(record.len() > 1 && record[0].trim().is_empty());
        let cells: Vec<&str> = match record.len() {
            1 => record[0].split_whitespace().collect(),
            _ => record.iter().skip(n_index).map(str::trim).collect(),
        };
        let counts = cells.iter().enumerate().all(|(i, cell)| *cell == i.to_string());
        match cells.len() {
            1 if counts && n_index == 1 => {
                let (groups, token, token_id) = (Vec::new(), None, None);
                Some(Self::Named(Named { n_columns: 2, logit: 1, groups, token, token_id }))
            }
            width if counts && width >= 2 => Some(Self::Wide { width, n_index }),
            _ => None,
        }
    }
}

/// The numbers of a record, separated by commas, or by white space where there are no commas.
pub(super) fn numbers(line: u64, record: &StringRecord) -> Result<Vec<f64>, ArrayError> {
    match record.len() {
        1 => record[0].split_whitespace().map(|cell| number(line, cell)).collect(),
        _ => record.iter().map(|cell| number(line, cell)).collect(),
    }
}
