//! Rows of floating-point numbers of fixed width, read one at a time from a stream of bytes.

use std::io::Read;

use super::context::{Context, MOST_TOKENS};
use super::{ArrayError, Position};

/// How a number is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Width {
    Half,
    Brain,
    Single,
    Double,
}

/// The layout of an array of logits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) width: Width,
    pub(super) big_endian: bool,
    pub(super) n_rows: u64,
    pub(super) n_tokens: usize,
}

impl Layout {
    /// The layout of an array of the given `shape`: rows along the last axis, all others are contexts.
    pub(super) fn new(shape: &[u64], width: Width, big_endian: bool) -> Result<Self, ArrayError> {
        let refused = || ArrayError::Shape(format!("{shape:?}"));
        let Some((&n_tokens, leading)) = shape.split_last() else { return Err(refused()) };
        let n_rows = leading.iter().try_fold(1u64, |product, &n| product.checked_mul(n)).ok_or_else(refused)?;
        if n_tokens == 0 || n_rows == 0 {
            return Err(refused());
        }
        if n_tokens > MOST_TOKENS as u64 {
            return Err(ArrayError::Vocabulary { origin: "row 1".to_owned(), n_tokens });
        }
        let layout = Self { width, big_endian, n_rows, n_tokens: n_tokens as usize };
        layout.row_bytes().checked_mul(n_rows).map(|_| layout).ok_or_else(refused)
    }

    pub(super) fn n_bytes(&self) -> u64 {
        self.row_bytes().saturating_mul(self.n_rows)
    }

    fn row_bytes(&self) -> u64 {
        (self.n_tokens * self.width.n_bytes()) as u64
    }

    /// The numbers of one row.
    fn numbers(&self, bytes: &[u8]) -> Vec<f64> {
        let number = |chunk: &[u8]| {
            let mut little = [0; 8];
            let place = &mut little[..chunk.len()];
            place.copy_from_slice(chunk);
            if self.big_endian {
                place.reverse();
            }
            self.width.value(u64::from_le_bytes(little))
        };
        bytes.chunks_exact(self.width.n_bytes()).map(number).collect()
    }
}

impl Width {
    fn n_bytes(self) -> usize {
        match self {
            Self::Half | Self::Brain => 2,
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    /// The number stored as the lowest bits of `bits`.
    fn value(self, bits: u64) -> f64 {
        match self {
            Self::Half => half(bits),
            Self::Brain => f64::from(f32::from_bits((bits as u32) << 16)),
            Self::Single => f64::from(f32::from_bits(bits as u32)),
            Self::Double => f64::from_bits(bits),
        }
    }
}

/// A number of 1 sign, 5 exponent and 10 fraction bits.
fn half(bits: u64) -> f64 {
    let (negative, exponent, fraction) = (bits >> 15 == 1, bits >> 10 & 31, bits & 1023);
    let size = match (exponent, fraction) {
        (0, _) => fraction as f64 / f64::from(1 << 24),
        (31, 0) => f64::INFINITY,
        (31, _) => f64::NAN,
        _ => f64::from_bits((exponent + 1023 - 15) << 52 | fraction << 42),
    };
    if negative { -size } else { size }
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

    fn read_row(&mut self) -> Result<Position, ArrayError> {
        let origin = format!("row {}", self.row);
        let expected = self.layout.row_bytes();
        self.bytes.clear();
        // The buffer grows with the bytes that are there, not with those declared.
        self.reader.by_ref().take(expected).read_to_end(&mut self.bytes)?;
        let found = self.bytes.len() as u64;
        if found < expected {
            return Err(ArrayError::Truncated { origin, expected, found });
        }
        Context { logits: self.layout.numbers(&self.bytes), ..Context::default() }.into_position(origin)
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Position, ArrayError>;

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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn half_numbers_are_those_of_the_standard() {
        let known =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0400, 2f64.powi(-14)), (0x0001, 2f64.powi(-24))];
        for (bits, value) in known {
            assert_eq!(Width::Half.value(bits), value);
        }
        assert_eq!(Width::Half.value(0xfc00), f64::NEG_INFINITY);
        assert!(Width::Half.value(0x7e00).is_nan());
        assert_eq!(Width::Half.value(0x3555), 0.333_251_953_125);
        assert_eq!(Width::Brain.value(0xc2ce), -103.0);
        assert_eq!(Width::Half.value(0x8000).to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn both_orders_of_bytes_are_read() {
        let little = Layout::new(&[2, 2], Width::Single, false).unwrap();
        let numbers = [1.5f32, -2.0, 0.25, 7.0];
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        let rows: Vec<_> = Rows::new(&bytes[..], little).map(Result::unwrap).collect();
        let swapped: Vec<u8> = numbers.iter().flat_map(|x| x.to_be_bytes()).collect();
        let big = Layout { big_endian: true, ..little };
        assert_eq!(rows, Rows::new(&swapped[..], big).map(Result::unwrap).collect::<Vec<_>>());
        assert_eq!((rows.len(), rows[1].origin.as_str(), rows[1].listed.energy(0)), (2, "row 2", -0.25));
    }

    #[test]
    fn shapes_that_lie_are_refused() {
        let message = |shape: &[u64]| Layout::new(shape, Width::Double, false).unwrap_err().to_string();
        assert!(message(&[]).ends_with("got []"));
        assert!(message(&[3, 0]).ends_with("got [3, 0]"));
        assert!(message(&[0, 3]).ends_with("got [0, 3]"));
        assert!(message(&[1 << 60, 1 << 60, 4]).starts_with("the shape must be"));
        assert!(message(&[1 << 62, 4]).starts_with("the shape must be"));
        assert_eq!(message(&[1 << 60]), "row 1: a context may have at most 16777216 logits, got 1152921504606846976");
    }

    #[test]
    fn a_row_that_ends_early_ends_the_rows() {
        let layout = Layout::new(&[1 << 40, 1 << 20], Width::Double, false).unwrap();
        let mut rows = Rows::new(&[0u8; 24][..], layout);
        assert_eq!(rows.next().unwrap().unwrap_err().to_string(), "row 1: ends after 24 of 8388608 bytes");
        assert!(rows.next().is_none());
        assert!(rows.bytes.capacity() < 1 << 16);
    }
}
