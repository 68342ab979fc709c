//! A walk through the header of a GGUF file that allocates nothing: what it declares must fit the file.
//!
//! candle's own reader bounds lengths by the file, but takes 32 bytes of memory for each byte of an array, and divides
//! by the alignment.

use std::io::{Read, Seek, SeekFrom};

use crate::tokens::models::error::LanguageError;

/// Elements of all arrays together; a vocabulary with its scores, types and merges has some million.
const MAX_ELEMENTS: u64 = 1 << 23;
/// Bytes of one string; a chat template has some thousand.
const MAX_STRING: u64 = 1 << 24;
/// Arrays of arrays of arrays.
const MAX_DEPTH: usize = 3;
/// Elements of a tensor, so that their sizes fit a `usize` many times over.
const MAX_TENSOR: u64 = 1 << 48;

/// Walks from the beginning of `reader`, which has `length` bytes, to the end of the header.
pub fn check(reader: &mut (impl Read + Seek), length: u64) -> Result<(), LanguageError> {
    let mut walk = Walk { reader, position: 0, length, elements: 0 };
    if walk.bytes::<4>()? != *b"GGUF" {
        return Err(damaged("it does not begin with \"GGUF\""));
    }
    let version = walk.u32()?;
    if !(2..=3).contains(&version) {
        return Err(damaged(format!("version {version} is not supported (supported: 2, 3)")));
    }
    let (n_tensors, n_keys) = (walk.u64()?, walk.u64()?);
    // A key has a name, a type and a value; a tensor a name, a rank, a type and an offset.
    let least = n_tensors.saturating_mul(8 + 4 + 4 + 8).saturating_add(n_keys.saturating_mul(8 + 4 + 1));
    if least > walk.left() {
        let left = walk.left();
        return Err(damaged(format!("{n_tensors} tensors and {n_keys} keys are declared in {left} bytes")));
    }
    for _ in 0..n_keys {
        walk.key()?;
    }
    for _ in 0..n_tensors {
        walk.tensor()?;
    }
    Ok(())
}

struct Walk<'a, R> {
    reader: &'a mut R,
    position: u64,
    length: u64,
    /// Array elements so far.
    elements: u64,
}

impl<R: Read + Seek> Walk<'_, R> {
    fn left(&self) -> u64 {
        self.length.saturating_sub(self.position)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], LanguageError> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|_| damaged("it ends within its header"))?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, LanguageError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, LanguageError> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn skip(&mut self, n_bytes: u64) -> Result<(), LanguageError> {
        if n_bytes > self.left() {
            return Err(damaged(format!("{n_bytes} bytes are declared where {} are left", self.left())));
        }
        self.position += n_bytes;
        self.reader.seek(SeekFrom::Start(self.position)).map(drop).map_err(|_| damaged("it ends within its header"))
    }

    fn string(&mut self) -> Result<(), LanguageError> {
        let length = self.u64()?;
        if length > MAX_STRING {
            return Err(damaged(format!("a string of {length} bytes is declared (at most {MAX_STRING})")));
        }
        self.skip(length)
    }

    fn key(&mut self) -> Result<(), LanguageError> {
        const ALIGNMENT: &[u8; 17] = b"general.alignment";
        let length = self.u64()?;
        let is_alignment = if length == ALIGNMENT.len() as u64 {
            self.bytes::<17>()? == *ALIGNMENT
        } else if length > MAX_STRING {
            return Err(damaged(format!("a key of {length} bytes is declared")));
        } else {
            self.skip(length)?;
            false
        };
        let kind = self.u32()?;
        if is_alignment {
            let alignment = if kind == 4 { self.u32()? } else { 0 };
            return match alignment.is_power_of_two() {
                true => Ok(()),
                false => Err(damaged("general.alignment must be a u32 power of two")),
            };
        }
        self.value(kind, 0)
    }

    fn value(&mut self, kind: u32, depth: usize) -> Result<(), LanguageError> {
        match kind {
            0 | 1 | 7 => self.skip(1),
            2 | 3 => self.skip(2),
            4..=6 => self.skip(4),
            10..=12 => self.skip(8),
            8 => self.string(),
            9 if depth < MAX_DEPTH => {
                let (kind, n) = (self.u32()?, self.u64()?);
                self.elements = self.elements.saturating_add(n);
                if self.elements > MAX_ELEMENTS {
                    return Err(damaged(format!("arrays of over {MAX_ELEMENTS} elements are declared")));
                }
                (0..n).try_for_each(|_| self.value(kind, depth + 1))
            }
            9 => Err(damaged("its arrays are nested too deep")),
            other => Err(damaged(format!("a value of the unknown type {other}"))),
        }
    }

    fn tensor(&mut self) -> Result<(), LanguageError> {
        self.string()?;
        let rank = self.u32()?;
        if rank > 4 {
            return Err(damaged(format!("a tensor of rank {rank} is declared")));
        }
        let mut n_elements = 1_u64;
        for _ in 0..rank {
            n_elements = n_elements.saturating_mul(self.u64()?.max(1));
        }
        if n_elements > MAX_TENSOR {
            return Err(damaged(format!("a tensor of {n_elements} numbers or more is declared")));
        }
        self.skip(4 + 8)
    }
}

pub fn damaged(reason: impl Into<String>) -> LanguageError {
    LanguageError::Gguf(reason.into())
}
