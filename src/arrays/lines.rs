//! Lines of text of bounded length.

use std::io::{BufRead, Read};

use super::error::ArrayError;
use super::limits::MOST_BYTES;

/// The lines of a stream, which may be followed by others in one record.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    /// Lines read.
    line: u64,
    /// Number of the first line of the record.
    first: u64,
    bytes: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 0, first: 0, bytes: Vec::new() }
    }

    /// The next line with its number, counted from 1, and without its end.
    pub(super) fn next_line(&mut self) -> Result<Option<(u64, &str)>, ArrayError> {
        self.begin();
        if !self.append()? {
            return Ok(None);
        }
        self.text().map(Some)
    }

    /// The next lines of a comma-separated table that hold whole records, with the number of the first: quotes may
    /// enclose line ends. A comment, which begins with `#`, is one line.
    pub(super) fn next_record(&mut self) -> Result<Option<(u64, &str)>, ArrayError> {
        self.begin();
        let (mut checked, mut n_quotes) = (0, 0);
        loop {
            if !self.append()? {
                return if checked == 0 { Ok(None) } else { self.text().map(Some) };
            }
            n_quotes += self.bytes[checked..].iter().filter(|&&byte| byte == b'"').count();
            checked = self.bytes.len();
            if n_quotes % 2 == 0 || self.bytes.starts_with(b"#") {
                return self.text().map(Some);
            }
        }
    }

    fn begin(&mut self) {
        self.bytes.clear();
        self.first = self.line + 1;
    }

    /// Reads one more line; false at the end.
    fn append(&mut self) -> Result<bool, ArrayError> {
        let room = (MOST_BYTES + 1).saturating_sub(self.bytes.len() as u64);
        let n = self.reader.by_ref().take(room).read_until(b'\n', &mut self.bytes)?;
        if self.bytes.len() as u64 > MOST_BYTES {
            return Err(ArrayError::Long(format!("line {}", self.first)));
        }
        self.line += u64::from(n > 0);
        Ok(n > 0)
    }

    fn text(&self) -> Result<(u64, &str), ArrayError> {
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let bytes = if self.first == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|error| ArrayError::Utf8 { line: self.first, byte: error.valid_up_to() + 1 })?;
        Ok((self.first, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_records_count_from_one() {
        let mut lines = Lines::new(&b"\xef\xbb\xbfa\r\n\nb"[..]);
        assert_eq!(lines.next_line().unwrap(), Some((1, "a")));
        assert_eq!(lines.next_line().unwrap(), Some((2, "")));
        assert_eq!(lines.next_line().unwrap(), Some((3, "b")));
        assert_eq!(lines.next_line().unwrap(), None);
        let mut records = Lines::new(&b"\"a\nb\",1\nc,2\n\"d"[..]);
        assert_eq!(records.next_record().unwrap(), Some((1, "\"a\nb\",1")));
        assert_eq!(records.next_record().unwrap(), Some((3, "c,2")));
        assert_eq!(records.next_record().unwrap(), Some((4, "\"d")));
        assert_eq!(records.next_record().unwrap(), None);
    }

    #[test]
    fn text_is_utf_8() {
        let mut lines = Lines::new(&b"1\n2,\xff"[..]);
        lines.next_line().unwrap();
        assert_eq!(lines.next_line().unwrap_err().to_string(), "line 2: must be UTF-8 text, byte 3 is not");
    }
}
