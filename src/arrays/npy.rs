//! NumPy `.npy` files: a short header in Python's notation, then the numbers.

use std::fs::File;
use std::io::{BufReader, Read, Seek};

use super::binary_rows::{Layout, Rows};
use super::error::{ArrayError, brief};
use super::number::NumberType;

/// How a file begins.
const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header, NumPy's own limit.
const LONGEST_HEADER: u64 = 10_000;
const FLOATS: &str = "f2, f4, f8 or bfloat16 (floating-point numbers)";
const REALS: &str = "f2, f4, f8, bfloat16, i1 to i8 or u1 to u8 (real numbers)";

/// Whether `bytes` begin as a `.npy` file does.
pub(crate) fn is_npy(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// An array of real numbers of any shape, whole in memory.
pub(crate) struct NpyArray<'a> {
    header: Header,
    number: NumberType,
    big_endian: bool,
    /// What follows the header.
    numbers: &'a [u8],
}

impl<'a> NpyArray<'a> {
    /// The array in `bytes`, of which the header is read.
    pub(crate) fn new(mut bytes: &'a [u8]) -> Result<Self, ArrayError> {
        let header = Header::read(&mut bytes)?;
        let (number, big_endian) = header.number_type(REALS, |_| true)?;
        Ok(Self { header, number, big_endian, numbers: bytes })
    }

    pub(crate) fn shape(&self) -> &[u64] {
        &self.header.shape
    }

    /// Whether the numbers are stored column by column.
    pub(crate) fn is_fortran_order(&self) -> bool {
        self.header.fortran_order
    }

    /// All numbers, in the order stored. Their memory is taken only where the file has all that its header declares.
    pub(crate) fn numbers(&self) -> Result<Vec<f64>, ArrayError> {
        let mut factors = self.header.shape.iter().copied().chain([self.number.n_bytes() as u64]);
        let expected = factors.try_fold(1u64, u64::checked_mul).unwrap_or(u64::MAX);
        let bytes = usize::try_from(expected).ok().and_then(|n| self.numbers.get(..n));
        let found = self.numbers.len().to_string();
        let bytes = bytes.ok_or(ArrayError::Length { expected, found })?;
        Ok(self.number.numbers(bytes, self.big_endian))
    }
}

/// The rows of the array in `file`.
pub(super) fn open(file: File) -> Result<Rows<BufReader<File>>, ArrayError> {
    let metadata = file.metadata()?;
    let mut reader = BufReader::new(file);
    let layout = read_layout(&mut reader)?;
    if metadata.is_file() {
        let found = metadata.len().saturating_sub(reader.stream_position()?);
        if found != layout.n_bytes() {
            return Err(ArrayError::Length { expected: layout.n_bytes(), found: found.to_string() });
        }
    }
    Ok(Rows::new(reader, layout))
}

/// Reads the header, up to the first number, of an array of floating-point numbers.
pub(super) fn read_layout(reader: &mut impl Read) -> Result<Layout, ArrayError> {
    Header::read(reader)?.layout()
}

fn read_bytes(reader: &mut impl Read, n: u64) -> Result<Vec<u8>, ArrayError> {
    let mut bytes = Vec::new();
    reader.take(n).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refused(found: String) -> ArrayError {
    ArrayError::Format { expected: "a NumPy .npy file", found }
}

fn no_header(start: &[u8]) -> ArrayError {
    if start.is_empty() {
        return refused("an empty file".to_owned());
    }
    refused(format!("a file that begins with `{}`", start.escape_ascii()))
}

/// The three entries of a header.
#[derive(Debug, Default, PartialEq)]
struct Header {
    /// Order of the bytes and type of the numbers, as `<f4`; `records` where the array holds any.
    descr: String,
    fortran_order: bool,
    shape: Vec<u64>,
}

impl Header {
    fn read(reader: &mut impl Read) -> Result<Self, ArrayError> {
        let start = read_bytes(reader, 8)?;
        let [version, _] =
            start.strip_prefix(MAGIC).and_then(|rest| rest.first_chunk::<2>()).ok_or_else(|| no_header(&start))?;
        let n_length = match version {
            1 => 2,
            2 | 3 => 4,
            _ => return Err(refused(format!("version {version}"))),
        };
        let mut length = [0; 4];
        let bytes = read_bytes(reader, n_length)?;
        length[..bytes.len()].copy_from_slice(&bytes);
        let length = u64::from(u32::from_le_bytes(length));
        if length > LONGEST_HEADER {
            return Err(refused(format!("a header of {length} bytes")));
        }
        let bytes = read_bytes(reader, length)?;
        if bytes.len() as u64 != length || bytes.is_empty() {
            return Err(refused("a file that ends within its header".to_owned()));
        }
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(&text).ok_or_else(|| refused(format!("the header `{}`", brief(&text))))
    }

    /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, entries in any order.
    ///
    /// By hand, because a parser of all Python literals descends into brackets as deep as a file asks for.
    fn parse(text: &str) -> Option<Self> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        let mut rest = text.trim().strip_prefix('{')?.trim_start();
        while !rest.starts_with('}') {
            let (key, after) = quoted(rest)?;
            let value = after.trim_start().strip_prefix(':')?.trim_start();
            rest = match key {
                "descr" if value.starts_with('[') => {
                    // Records: enough is known to refuse them.
                    return Some(Self { descr: "records".to_owned(), ..Self::default() });
                }
                "descr" => {
                    let (text, after) = quoted(value)?;
                    descr = Some(text.to_owned());
                    after
                }
                "fortran_order" => {
                    fortran_order = Some(value.starts_with("True"));
                    value.strip_prefix("True").or_else(|| value.strip_prefix("False"))?
                }
                "shape" => {
                    let (inside, after) = value.strip_prefix('(')?.split_once(')')?;
                    let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
                    shape = Some(sizes.map(|size| size.trim_end_matches('L').parse().ok()).collect::<Option<_>>()?);
                    after
                }
                _ => return None,
            };
            rest = rest.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        Some(Self { descr: descr?, fortran_order: fortran_order?, shape: shape? })
    }

    /// The type of the numbers, which `is_read` accepts, and whether their highest byte comes first.
    fn number_type(
        &self,
        expected: &'static str,
        is_read: impl Fn(NumberType) -> bool,
    ) -> Result<(NumberType, bool), ArrayError> {
        let refused = || ArrayError::Type { expected, found: brief(&self.descr) };
        // NumPy knows no bfloat16: it saves two bytes without a meaning, in the order of the machine.
        if self.descr == "bfloat16" {
            return Ok((NumberType::Bf16, false));
        }
        let (order, kind) = self.descr.split_at_checked(1).ok_or_else(refused)?;
        let number = match kind {
            "f2" => NumberType::F16,
            "f4" => NumberType::F32,
            "f8" => NumberType::F64,
            "V2" => NumberType::Bf16,
            "i1" => NumberType::Signed(1),
            "i2" => NumberType::Signed(2),
            "i4" => NumberType::Signed(4),
            "i8" => NumberType::Signed(8),
            "u1" => NumberType::Unsigned(1),
            "u2" => NumberType::Unsigned(2),
            "u4" => NumberType::Unsigned(4),
            "u8" => NumberType::Unsigned(8),
            _ => return Err(refused()),
        };
        let big_endian = match order {
            "<" => false,
            ">" => true,
            "=" => cfg!(target_endian = "big"),
            "|" if number.n_bytes() == 1 || number == NumberType::Bf16 => false,
            _ => return Err(refused()),
        };
        match number {
            _ if is_read(number) => Ok((number, big_endian)),
            NumberType::Signed(2) | NumberType::Unsigned(2) => Err(ArrayError::Halves(brief(&self.descr))),
            _ => Err(refused()),
        }
    }

    fn layout(&self) -> Result<Layout, ArrayError> {
        let (number, big_endian) = self.number_type(FLOATS, NumberType::is_float)?;
        // With a single axis longer than one, both orders are the same.
        if self.fortran_order && self.shape.iter().filter(|&&n| n > 1).count() > 1 {
            return Err(ArrayError::FortranOrder);
        }
        Layout::new(&self.shape, number, big_endian)
    }
}

/// A string in single or double quotes without escapes, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote).filter(|(inside, _)| !inside.contains('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, numbers: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(numbers);
        bytes
    }

    fn message(bytes: &[u8]) -> String {
        read_layout(&mut &bytes[..]).unwrap_err().to_string()
    }

    #[test]
    fn headers_are_read_in_any_order_of_entries() {
        let layout = Layout::new(&[2, 3, 4], NumberType::F32, true).unwrap();
        for header in [
            "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3, 4), }          \n",
            "{\"shape\":(6,4),\"fortran_order\":False,\"descr\":\">f4\"}",
        ] {
            assert_eq!(read_layout(&mut &file(header, &[])[..]).unwrap(), layout);
        }
        let flat = file("{'descr': '<f2', 'fortran_order': True, 'shape': (7,), }", &[]);
        assert_eq!(read_layout(&mut &flat[..]).unwrap(), Layout::new(&[7], NumberType::F16, false).unwrap());
        let mut long = b"\x93NUMPY\x03\x00\x3d\0\0\0".to_vec();
        long.extend(format!("{:61}", "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}").into_bytes());
        assert_eq!(read_layout(&mut &long[..]).unwrap(), Layout::new(&[1, 2], NumberType::F64, false).unwrap());
    }

    #[test]
    fn two_bytes_without_a_meaning_are_bfloat16() {
        let layout = |big_endian| Layout::new(&[2], NumberType::Bf16, big_endian).unwrap();
        for (descr, big_endian) in [("|V2", false), ("<V2", false), (">V2", true), ("bfloat16", false)] {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,)}}");
            assert_eq!(read_layout(&mut &file(&header, &[])[..]).unwrap(), layout(big_endian), "{descr}");
        }
    }

    #[test]
    fn headers_that_are_none_are_refused() {
        assert_eq!(message(b""), "must be a NumPy .npy file, got an empty file");
        assert_eq!(
            message(b"PK\x03\x04rest"),
            "must be a NumPy .npy file, got a file that begins with `PK\\x03\\x04rest`"
        );
        assert_eq!(message(b"\x93NUMPY\x09\x00\0\0"), "must be a NumPy .npy file, got version 9");
        assert_eq!(
            message(b"\x93NUMPY\x02\x00\xff\xff\xff\xff"),
            "must be a NumPy .npy file, got a header of 4294967295 bytes"
        );
        let early = "must be a NumPy .npy file, got a file that ends within its header";
        assert_eq!(message(&file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", &[])[..40]), early);
        assert_eq!(message(b"\x93NUMPY\x01\x00"), early);
        let deep = "{'descr': ".to_owned() + &"(".repeat(9000);
        assert!(message(&file(&deep, &[])).starts_with("must be a NumPy .npy file, got the header `{'descr': (((("));
        let negative = file("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}", &[]);
        assert!(message(&negative).contains("(-3,)"));
    }

    #[test]
    fn other_numbers_and_orders_are_named() {
        let types = "the numbers must be of type f2, f4, f8 or bfloat16 (floating-point numbers), got ";
        let typed =
            |descr: &str| message(&file(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (3,)}}"), &[]));
        for descr in ["<i8", "|b1", "<f16", "<c16", "|O", "é", ""] {
            assert_eq!(typed(&format!("'{descr}'")), format!("{types}{descr}"));
        }
        assert_eq!(typed("[('a', '<f4')]"), format!("{types}records"));
        for descr in ["<u2", "<i2", ">u2"] {
            assert!(typed(&format!("'{descr}'")).ends_with("save logits.astype(numpy.float32)"));
        }
        let columns = file("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4)}", &[]);
        assert!(message(&columns).contains("numpy.ascontiguousarray"));
        let huge =
            file("{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976, 1152921504606846976)}", &[]);
        assert!(message(&huge).contains("at most 16777216 numbers"));
    }
}
