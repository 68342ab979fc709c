//! Tensors of one or several safetensors files, read one at a time and widened to F32.
//!
//! Only the headers are kept; what a file declares is held against its length before anything is allocated.

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Component, Path, PathBuf},
};

use candle_core::{DType, Device, Tensor};
use safetensors::{
    Dtype,
    tensor::{Metadata, TensorInfo},
};
use serde::Deserialize;

use super::{error::LanguageError, files};

const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Longest header of a safetensors file, that of the format's own reader.
const MAX_HEADER: u64 = 100_000_000;

/// The tensors of a model.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    shards: Vec<Shard<'a>>,
    /// Shard and header entry of each tensor.
    places: HashMap<String, (usize, TensorInfo)>,
    /// What a message calls them.
    name: &'static str,
}

#[derive(Debug)]
struct Shard<'a> {
    name: String,
    bytes: Bytes<'a>,
    /// Where the tensors begin.
    start: u64,
}

#[derive(Debug)]
enum Bytes<'a> {
    Memory(&'a [u8]),
    File(PathBuf),
}

#[derive(Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

impl<'a> Weights<'a> {
    /// The weights of `folder`: one file, or the shards that its index names.
    pub fn open(folder: &Path) -> Result<Self, LanguageError> {
        let index = folder.join(INDEX);
        if folder.join(SINGLE).exists() || !index.exists() {
            return Self::new(SINGLE, [(SINGLE.to_string(), Bytes::File(folder.join(SINGLE)))]);
        }
        let index: Index = serde_json::from_slice(&files::read(&index)?).map_err(LanguageError::IndexSyntax)?;
        let shards: BTreeSet<String> = index.weight_map.into_values().collect();
        let shards = shards.into_iter().map(|name| shard_path(folder, &name).map(|path| (name, Bytes::File(path))));
        Self::new(INDEX, shards.collect::<Result<Vec<_>, _>>()?)
    }

    /// The weights in the bytes of one file.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, LanguageError> {
        Self::new(SINGLE, [(SINGLE.to_string(), Bytes::Memory(bytes))])
    }

    fn new(name: &'static str, files: impl IntoIterator<Item = (String, Bytes<'a>)>) -> Result<Self, LanguageError> {
        let mut weights = Self { shards: Vec::new(), places: HashMap::new(), name };
        for (name, bytes) in files {
            let (start, header) = bytes.header(&name)?;
            let shard = weights.shards.len();
            let tensors = header.tensors().into_iter().map(|(name, info)| (name, (shard, info.clone())));
            weights.places.extend(tensors);
            weights.shards.push(Shard { name, bytes, start });
        }
        Ok(weights)
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Shape of a tensor, if it is there.
    #[cfg(feature = "models")]
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.places.get(name).map(|(_, info)| info.shape.as_slice())
    }

    /// Length of the longest dimension of all tensors that hold a number.
    #[cfg(feature = "models")]
    pub fn longest(&self) -> usize {
        let filled = self.places.values().filter(|(_, info)| info.data_offsets.0 < info.data_offsets.1);
        filled.flat_map(|(_, info)| info.shape.iter().copied()).max().unwrap_or(0)
    }

    /// A tensor in F32.
    ///
    /// # Errors
    /// [`LanguageError::MissingTensor`], [`LanguageError::TensorShape`], [`LanguageError::TensorType`], or
    /// [`LanguageError::ReadFile`].
    pub fn tensor(&self, name: &str, expected: &[usize]) -> Result<Tensor, LanguageError> {
        let Some((shard, info)) = self.places.get(name) else {
            return Err(LanguageError::MissingTensor { file: self.name.to_string(), name: name.to_string() });
        };
        if info.shape != expected {
            let (expected, found) = (expected.to_vec(), info.shape.clone());
            return Err(LanguageError::TensorShape { name: name.to_string(), expected, found });
        }
        let dtype = match info.dtype {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            other => {
                let dtype = format!("{other:?}");
                return Err(LanguageError::TensorType { name: name.to_string(), dtype });
            }
        };
        let shard = &self.shards[*shard];
        let (start, end) = info.data_offsets;
        let data = shard.bytes.range(shard.start + start as u64, (end - start) as u64, &shard.name)?;
        let stored = Tensor::from_raw_buffer(&data, dtype, &info.shape, &Device::Cpu)?;
        Ok(stored.to_dtype(DType::F32)?)
    }
}

impl Bytes<'_> {
    /// Where the tensors begin, and the header, which accounts for every byte of the file.
    fn header(&self, name: &str) -> Result<(u64, Metadata), LanguageError> {
        let damaged = |reason: String| LanguageError::Weights { file: name.to_string(), reason };
        let total = match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(path) => files::length(path)?,
        };
        if total < 8 {
            return Err(damaged(format!("{total} bytes hold no header")));
        }
        let length = self.range(0, 8, name)?;
        let length = length.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        if length > MAX_HEADER.min(total - 8) {
            return Err(damaged(format!("a header of {length} bytes in a file of {total}")));
        }
        let header = self.range(8, length, name)?;
        let header: Metadata = serde_json::from_slice(&header).map_err(|e| damaged(e.to_string()))?;
        let (found, declared) = (total - 8 - length, header.data_len() as u64);
        if found != declared {
            return Err(damaged(format!("its header declares {declared} bytes of tensors, {found} follow")));
        }
        Ok((8 + length, header))
    }

    /// `length` bytes from `start` on, which the file was found to have.
    fn range(&self, start: u64, length: u64, name: &str) -> Result<Vec<u8>, LanguageError> {
        let short = || LanguageError::Weights { file: name.to_string(), reason: "it became shorter".to_string() };
        let mut data = vec![0; length as usize];
        match self {
            Self::Memory(bytes) => {
                let part = bytes.get(start as usize..).and_then(|rest| rest.get(..data.len())).ok_or_else(short)?;
                data.copy_from_slice(part);
            }
            Self::File(path) => {
                let read = |data: &mut [u8]| {
                    let mut file = File::open(path)?;
                    file.seek(SeekFrom::Start(start))?;
                    file.read_exact(data)
                };
                read(&mut data).map_err(|source| LanguageError::ReadFile { path: path.clone(), source })?;
            }
        }
        Ok(data)
    }
}

/// The path of a shard, which must not lead out of the folder. The links of a Hugging Face cache, from
/// `snapshots/REVISION` to `blobs` beside it, stay within the model.
fn shard_path(folder: &Path, name: &str) -> Result<PathBuf, LanguageError> {
    let refuse = |requirement| LanguageError::Shard { shard: name.to_string(), requirement };
    let mut components = Path::new(name).components();
    let plain = matches!((components.next(), components.next()), (Some(Component::Normal(only)), None) if only == name);
    if !plain || name.contains(['/', '\\', '\0']) {
        return Err(refuse("must be a plain file name"));
    }
    let path = folder.join(name);
    let resolve = |path: &Path| path.canonicalize().map_err(|source| files::error(path, source));
    let (home, target) = (resolve(folder)?, resolve(&path)?);
    let blobs = match (home.parent(), home.ancestors().nth(2)) {
        (Some(parent), Some(model)) if parent.ends_with("snapshots") => Some(model.join("blobs")),
        _ => None,
    };
    if !target.starts_with(&home) && !blobs.is_some_and(|blobs| target.starts_with(blobs)) {
        return Err(refuse("is a link that leads out of the model folder"));
    }
    Ok(path)
}
