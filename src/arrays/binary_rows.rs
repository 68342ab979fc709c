//! Rows of floating-point numbers of fixed width, read one at a time from a stream of bytes.

use std::io::Read;

use super::error::ArrayError;
use super::limits::MOST_NUMBERS;
use super::number::NumberType;
use super::row::Row;

/// The layout of an array that is read by rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) number: NumberType,
    pub(super) big_endian: bool,
    pub(super) n_rows: u64,
    pub(super) n_numbers: usize,
}

impl Layout {
    /// The layout of an array of the given `shape`: rows along the last axis, all others count them.
    pub(super) fn new(shape: &[u64], number: NumberType, big_endian: bool) -> Result<Self, ArrayError> {
        let refused = || ArrayError::Shape(format!("{shape:?}"));
        let Some((&n_numbers, leading)) = shape.split_last() else { return Err(refused()) };
        let n_rows = leading.iter().try_fold(1u64, |product, &n| product.checked_mul(n)).ok_or_else(refused)?;
        if n_numbers == 0 || n_rows == 0 {
            return Err(refused());
        }
        if n_numbers > MOST_NUMBERS as u64 {
            return Err(ArrayError::Wide { origin: "row 1".to_owned(), n_numbers });
        }
        let layout = Self { number, big_endian, n_rows, n_numbers: n_numbers as usize };
        layout.row_bytes().checked_mul(n_rows).map(|_| layout).ok_or_else(refused)
    }

    pub(super) fn n_bytes(&self) -> u64 {
        self.row_bytes().saturating_mul(self.n_rows)
    }

    fn row_bytes(&self) -> u64 {
        (self.n_numbers * self.number.n_bytes()) as u64
    }
}

/// The rows of an array, in order.
#[derive(Debug)]
pub(super) struct Rows<R> {
    reader: R,
    layout: Layout,
    /// Rows read, all of them after an error.
    row: u64,
    bytes: Vec<u8>,
}

impl<R: Read> Rows<R> {
    /// The rows that `reader` stands in front of.
    pub(super) fn new(reader: R, layout: Layout) -> Self {
        Self { reader, layout, row: 0, bytes: Vec::new() }
    }

    fn read_row(&mut self) -> Result<Row, ArrayError> {
        let origin = format!("row {}", self.row);
        let expected = self.layout.row_bytes();
        self.bytes.clear();
        // The buffer grows with the bytes that are there, not with those declared.
        self.reader.by_ref().take(expected).read_to_end(&mut self.bytes)?;
        let found = self.bytes.len() as u64;
        if found < expected {
            return Err(ArrayError::Truncated { origin, expected, found });
        }
        Ok(Row::new(origin, self.layout.number.numbers(&self.bytes, self.layout.big_endian)))
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, ArrayError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.row >= self.layout.n_rows {
            return None;
        }
        self.row += 1;
        let row = self.read_row();
        if row.is_err() {
            self.row = self.layout.n_rows;
        }
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_of_bytes_are_read() {
        let little = Layout::new(&[2, 2], NumberType::F32, false).unwrap();
        let numbers = [1.5f32, -2.0, 0.25, 7.0];
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        let rows: Vec<_> = Rows::new(&bytes[..], little).map(Result::unwrap).collect();
        let swapped: Vec<u8> = numbers.iter().flat_map(|x| x.to_be_bytes()).collect();
        let big = Layout { big_endian: true, ..little };
        assert_eq!(rows, Rows::new(&swapped[..], big).map(Result::unwrap).collect::<Vec<_>>());
        assert_eq!((rows.len(), rows[1].origin.as_str(), rows[1].numbers[0]), (2, "row 2", 0.25));
    }

    #[test]
    fn shapes_that_lie_are_refused() {
        let message = |shape: &[u64]| Layout::new(shape, NumberType::F64, false).unwrap_err().to_string();
        assert!(message(&[]).ends_with("got []"));
        assert!(message(&[3, 0]).ends_with("got [3, 0]"));
        assert!(message(&[0, 3]).ends_with("got [0, 3]"));
        assert!(message(&[1 << 60, 1 << 60, 4]).starts_with("the shape must be"));
        assert!(message(&[1 << 62, 4]).starts_with("the shape must be"));
        assert_eq!(message(&[1 << 60]), "row 1: a row may have at most 16777216 numbers, got 1152921504606846976");
    }

    #[test]
    fn a_row_that_ends_early_ends_the_rows() {
        let layout = Layout::new(&[1 << 40, 1 << 20], NumberType::F64, false).unwrap();
        let mut rows = Rows::new(&[0u8; 24][..], layout);
        assert_eq!(rows.next().unwrap().unwrap_err().to_string(), "row 1: ends after 24 of 8388608 bytes");
        assert!(rows.next().is_none());
        assert!(rows.bytes.capacity() < 1 << 16);
    }
}
