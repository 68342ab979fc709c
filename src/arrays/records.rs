//! Records of comma- or tab-separated text with the numbers of their lines.

use std::collections::VecDeque;
use std::io::BufRead;

use csv::{ReaderBuilder, StringRecord, Terminator};

use super::error::{ArrayError, brief};
use super::lines::Lines;

/// The records of a stream; blank lines and lines that begin with `#` are skipped. No record is longer than 64 MiB.
#[derive(Debug)]
pub(super) struct Records<R> {
    lines: Lines<R>,
    /// Read, not yet handed out.
    ready: VecDeque<(u64, StringRecord)>,
    /// What separates cells: tabs, where the first record has them and no comma.
    delimiter: Option<u8>,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader), ready: VecDeque::new(), delimiter: None }
    }

    /// The next record with the number of its first line.
    pub(super) fn next(&mut self) -> Result<Option<(u64, StringRecord)>, ArrayError> {
        while self.ready.is_empty() {
            let Some((first, text)) = self.lines.next_record()? else { return Ok(None) };
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            let tabs = || if text.contains('\t') && !text.contains(',') { b'\t' } else { b',' };
            let mut reader = ReaderBuilder::new()
                .delimiter(*self.delimiter.get_or_insert_with(tabs))
                .has_headers(false)
                .flexible(true)
                .terminator(Terminator::Any(b'\n'))
                .buffer_capacity(text.len().clamp(1 << 6, 1 << 16))
                .from_reader(text.as_bytes());
            for record in reader.records() {
                let record = record.map_err(|error| ArrayError::Read(brief(&error.to_string())))?;
                let line = first + record.position().map_or(0, |position| position.line() - 1);
                self.ready.push_back((line, record));
            }
        }
        Ok(self.ready.pop_front())
    }
}

/// The name of a column: lower case, without a unit in brackets.
pub(super) fn column_name(cell: &str) -> String {
    cell.split('[').next().unwrap_or(cell).trim().to_lowercase()
}

/// The number in a cell.
pub(super) fn number(line: u64, cell: &str) -> Result<f64, ArrayError> {
    cell.trim().parse().map_err(|_| ArrayError::Number { line, found: brief(cell) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_know_their_lines() {
        let text = "a,\"b\"\"\nc\" \r\n\n# it\"s a comment\n5\" nail,1\n6\" nail, \"2\"\n\"open,\n";
        let mut records = Records::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some((line, record)) = records.next().unwrap() {
            found.push((line, record.iter().map(str::to_owned).collect::<Vec<_>>()));
        }
        let wanted = [
            (1, vec!["a", "b\"\nc "]),
            (5, vec!["5\" nail", "1"]),
            (6, vec!["6\" nail", " \"2\""]),
            (7, vec!["open,"]),
        ];
        assert_eq!(found, wanted.map(|(line, cells)| (line, cells.into_iter().map(str::to_owned).collect())));
    }
}
