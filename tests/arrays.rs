//! Files of logits: every format, every refusal, and what hostile files cannot do.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::fs;
use std::io::{BufReader, Cursor, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gibbs::ensemble::Spectrum;
use gibbs::tokens::sources::logits::{JsonLines, LogitsError, Options, open, write_draws_line};
use gibbs::tokens::{Draw, Position};
use safetensors::tensor::{Dtype, TensorView};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Three contexts of four tokens; all numbers are exact in 16 bits.
const LOGITS: [f64; 12] = [1.5, -2.0, 0.25, 7.0, f64::NEG_INFINITY, 0.0, -0.5, 64.0, 3.0, 3.0, 3.0, 3.0];

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn read_named(&self, name: &str, bytes: &[u8], tensor: Option<&str>) -> Result<Vec<Position>, LogitsError> {
        let options = Options { tensor: tensor.map(str::to_owned) };
        open(&self.file(name, bytes), &options)?.collect()
    }

    fn read(&self, name: &str, bytes: &[u8]) -> Result<Vec<Position>, LogitsError> {
        self.read_named(name, bytes, None)
    }

    /// The message of a refusal, which begins with the name of the file and is one line.
    fn message(&self, name: &str, bytes: &[u8]) -> String {
        let message = self.read(name, bytes).unwrap_err().to_string();
        assert!(!message.contains('\n') && message.len() < 600, "{message}");
        message.split_once(&format!("{name}: ")).unwrap_or_else(|| panic!("{message}")).1.to_owned()
    }
}

fn spectra() -> Vec<Spectrum> {
    LOGITS.chunks(4).map(|row| Spectrum::from_logits(row).unwrap()).collect()
}

fn assert_is_logits(read: Result<Vec<Position>, LogitsError>) {
    let positions = read.unwrap();
    let listed: Vec<Spectrum> = positions.iter().map(|position| position.listed.clone()).collect();
    assert_eq!(listed, spectra());
    assert_eq!(positions[2].origin, "row 3");
    assert!(positions.iter().all(|p| p.unlisted.is_none() && p.drawn.is_empty() && p.tokens.is_empty()));
}

fn header(descr: &str, fortran: bool, shape: &str) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(118u16.to_le_bytes());
    bytes.extend(format!("{text:117}\n").into_bytes());
    bytes
}

fn half(x: f64) -> u16 {
    if x == f64::NEG_INFINITY {
        return 0xfc00;
    }
    if x == 0.0 {
        return 0;
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) + 15 - 1023;
    ((bits >> 63 << 15) | (exponent << 10) | (bits >> 42 & 1023)) as u16
}

fn npy(descr: &str, shape: &str) -> Vec<u8> {
    let mut bytes = header(descr, false, shape);
    for x in LOGITS {
        match descr {
            "<f2" => bytes.extend(half(x).to_le_bytes()),
            ">f2" => bytes.extend(half(x).to_be_bytes()),
            "<f4" => bytes.extend((x as f32).to_le_bytes()),
            ">f4" => bytes.extend((x as f32).to_be_bytes()),
            "<f8" => bytes.extend(x.to_le_bytes()),
            _ => bytes.extend(x.to_be_bytes()),
        }
    }
    bytes
}

fn npz(members: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn tensors(members: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) -> Vec<u8> {
    let view = |(name, dtype, shape, bytes): &(&str, Dtype, Vec<usize>, Vec<u8>)| {
        (
            (*name).to_owned(),
            TensorView::new(*dtype, shape.clone(), bytes).unwrap().data().to_vec(),
            shape.clone(),
            *dtype,
        )
    };
    let owned: Vec<_> = members.iter().map(view).collect();
    let views: HashMap<String, TensorView<'_>> = owned
        .iter()
        .map(|(name, bytes, shape, dtype)| (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).unwrap()))
        .collect();
    safetensors::serialize(views, None).unwrap()
}

fn bytes_of<const N: usize>(number: impl Fn(f64) -> [u8; N]) -> Vec<u8> {
    LOGITS.iter().flat_map(|&x| number(x)).collect()
}

#[test]
fn every_binary_format_gives_the_same_spectra() {
    let folder = Folder::new();
    for descr in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"] {
        assert_is_logits(folder.read("a.npy", &npy(descr, "(3, 4)")));
        assert_is_logits(folder.read("a.NPY", &npy(descr, "(3, 1, 4)")));
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            assert_is_logits(folder.read("a.npz", &npz(&[("x.npy", npy(descr, "(3, 4)"))], method)));
        }
    }
    let flat = folder.read("flat.npy", &npy("<f8", "(12,)")).unwrap();
    assert_eq!((flat.len(), flat[0].listed.len()), (1, 12));
    let kinds = [
        (Dtype::F16, bytes_of(|x| half(x).to_le_bytes())),
        (Dtype::BF16, bytes_of(|x| (((x as f32).to_bits() >> 16) as u16).to_le_bytes())),
        (Dtype::F32, bytes_of(|x| (x as f32).to_le_bytes())),
        (Dtype::F64, bytes_of(f64::to_le_bytes)),
    ];
    for (dtype, bytes) in kinds {
        let other = ("other", Dtype::I64, vec![2], vec![0; 16]);
        let file = tensors(&[("logits", dtype, vec![3, 4], bytes.clone()), other]);
        assert_is_logits(folder.read("a.safetensors", &file));
        assert_is_logits(folder.read("a.safetensors", &tensors(&[("x", dtype, vec![3, 4], bytes)])));
    }
}

#[test]
fn arrays_are_chosen_by_name() {
    let folder = Folder::new();
    let other = || header("<f8", false, "(1,)").into_iter().chain(9f64.to_le_bytes()).collect::<Vec<u8>>();
    let members = [("a/b.npy", other()), ("logits.npy", npy("<f4", "(3, 4)")), ("c.npy", other()), ("d.txt", vec![1])];
    let archive = npz(&members, CompressionMethod::Deflated);
    assert_is_logits(folder.read("a.npz", &archive));
    for name in ["a/b", "c"] {
        let chosen = folder.read_named("a.npz", &archive, Some(name)).unwrap();
        assert_eq!(chosen[0].listed.ground_energy(), -9.0);
    }
    let missing = folder.read_named("a.npz", &archive, Some("d")).unwrap_err().to_string();
    assert!(missing.ends_with("`d` was not found among the arrays `a/b`, `logits`, `c`"), "{missing}");
    let several = npz(&[("a.npy", other()), ("b.npy", other())], CompressionMethod::Stored);
    assert_eq!(folder.message("a.npz", &several), "`logits` was not found among the arrays `a`, `b`");
    let two = [("a", Dtype::F32, vec![1], vec![0; 4]), ("b", Dtype::F32, vec![1], vec![0; 4])];
    assert_eq!(folder.message("a.safetensors", &tensors(&two)), "`logits` was not found among the arrays `a`, `b`");
    assert_eq!(folder.read_named("a.safetensors", &tensors(&two), Some("b")).unwrap().len(), 1);
}

#[test]
fn every_text_format_gives_the_same_spectra() {
    let folder = Folder::new();
    let rows = "[1.5,-2,0.25,7],[null,0,-5e-1,64],[3,3,3,3]";
    assert_is_logits(folder.read("a.json", format!("[{rows}]").as_bytes()));
    assert_is_logits(folder.read("a.json", format!("{{\"model\": {{}}, \"logits\": [{rows}]}}").as_bytes()));
    assert_is_logits(folder.read("a.json", format!("\n{}\n", rows.replace("],", "]\n")).as_bytes()));
    let listed = |name: &str, text: &str| -> Vec<Spectrum> {
        folder.read(name, text.as_bytes()).unwrap().into_iter().map(|position| position.listed).collect()
    };
    assert_eq!(listed("a.jsonl", "[1.5,-2,0.25,7]\r\n{\"logits\":[\"-inf\",0,-0.5,64]}\n\n[3,3,3,3]"), spectra());
    assert_eq!(listed("a.ndjson", "[1.5,-2,0.25,7]\n[-Infinity,0,-0.5,64]\n[3,3,3,3]\n"), spectra());
    assert_eq!(listed("a.csv", "1.5,-2,0.25,7\n-inf,0,-0.5,64\n3,3,3,3\n"), spectra());
    assert_eq!(listed("a.txt", "1.5 -2 0.25 7\n-Infinity 0 -0.5 64\n3 3 3 3\n"), spectra());
    let long: String = LOGITS.iter().enumerate().map(|(i, x)| format!("{},{x}\n", i / 4)).collect();
    assert_eq!(listed("a.csv", &format!("context,logit\n{long}")), spectra());
    assert_eq!(listed("one.csv", "1.5\n-2\n0.25\n7\n"), spectra()[..1]);
    assert_eq!(listed("one.json", "[1.5,-2,0.25,7]"), spectra()[..1]);
    assert_eq!(listed("one.json", "{\"logits\": [1.5,-2,0.25,7]}"), spectra()[..1]);
}

#[test]
fn files_that_are_none_are_refused_in_one_line() {
    let folder = Folder::new();
    let whole = npy("<f4", "(3, 4)");
    let n = whole.len();
    assert_eq!(folder.message("a.npy", &whole[..n - 1]), "the header declares 48 bytes of numbers, but there are 47");
    assert_eq!(folder.message("a.npy", &whole[..n - 40]), "the header declares 48 bytes of numbers, but there are 8");
    assert!(folder.message("a.npy", &[&whole[..], b"x"].concat()).ends_with("48 bytes of numbers, but there are 49"));
    assert!(folder.message("a.npy", b"").ends_with("got an empty file"));
    assert!(
        folder.message("a.npy", b"\x89PNG\r\n\x1a\n").contains("got a file that begins with `\\x89PNG\\r\\n\\x1a\\n`")
    );
    let huge = header("<f4", false, "(1152921504606846976, 50257)");
    assert!(folder.message("a.npy", &huge).starts_with("the shape must be [vocab]"));
    let huge = header("<f4", false, "(1152921504606846976,)");
    assert!(folder.message("a.npy", &huge).contains("at most 16777216 logits, got 1152921504606846976"));
    let wide = header("<f8", false, "(1048576, 16777216)");
    assert!(folder.message("a.npy", &wide).ends_with("140737488355328 bytes of numbers, but there are 0"));
    assert!(folder.message("a.npy", &header("<f4", true, "(3, 4)")).contains("numpy.ascontiguousarray"));
    assert!(folder.message("a.npy", &header("<i4", false, "(3, 4)")).contains("got <i4"));
    assert!(folder.message("a.npy", &header("<f4", false, "(3, 0)")).ends_with("got [3, 0]"));
    assert!(folder.message("a.npy", &header("<f4", false, "()")).ends_with("got []"));
    assert!(
        folder
            .message("a.npy", &(b"\x93NUMPY\x02\x00".to_vec().into_iter().chain([0xff; 4]).collect::<Vec<_>>()))
            .contains("4294967295")
    );

    assert!(folder.message("a.unknown", b"").starts_with("the name must end in .npy"));
    assert!(folder.message("a.json", b"{\"choices\": []}").contains("nor an object with `logits`"));
    assert!(folder.message("a.json", "[".repeat(1_000_000).as_bytes()).contains("recursion limit"));
    assert!(folder.message("a.json", b"[1, \"\xff\"]").starts_with("row 1: "));
    assert_eq!(folder.message("a.jsonl", b"[1]\n[2, \xff]"), "line 2: must be UTF-8 text, byte 5 is not");
    assert_eq!(folder.message("a.csv", b"1,2\n\xff\xfe"), "line 2: must be UTF-8 text, byte 1 is not");
    for name in ["a.csv", "a.json", "a.jsonl"] {
        assert_eq!(folder.message(name, b" \n"), "there are no logits in it");
    }
    let absent = open(&folder.0.path().join("absent.npy"), &Options::default()).err().unwrap().to_string();
    assert!(absent.contains("absent.npy: cannot be read: No such file"), "{absent}");
    let is_folder = folder.0.path().join("folder.csv");
    fs::create_dir(&is_folder).unwrap();
    assert!(open(&is_folder, &Options::default()).unwrap().all(|position| position.is_err()));
}

#[test]
fn logits_that_are_none_name_row_and_index() {
    let folder = Folder::new();
    let number = "must be a number or -inf (a forbidden token), got";
    let bad = |value: f64| {
        let numbers = LOGITS.iter().enumerate().map(|(i, &x)| if i == 6 { value } else { x });
        numbers.flat_map(f64::to_le_bytes).collect::<Vec<u8>>()
    };
    for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let array = [header("<f8", false, "(3, 4)"), bad(value)].concat();
        let wanted = format!("row 2: logit 2 {number} {shown}");
        assert_eq!(folder.message("a.npy", &array), wanted);
        assert_eq!(folder.message("a.npz", &npz(&[("a.npy", array)], CompressionMethod::Deflated)), wanted);
        let tensor = tensors(&[("a", Dtype::F64, vec![3, 4], bad(value))]);
        assert_eq!(folder.message("a.safetensors", &tensor), wanted);
        let word = if shown == "inf" { "Infinity" } else { shown };
        assert_eq!(folder.message("a.json", format!("[[1, 1],\n[2, 3, {word}]]").as_bytes()), wanted);
    }
    // The rows before are handed out, and nothing after.
    let path = folder.file("a.npy", &[header("<f8", false, "(3, 4)"), bad(f64::NAN)].concat());
    let rows: Vec<_> = open(&path, &Options::default()).unwrap().map(|row| row.is_ok()).collect();
    assert_eq!(rows, [true, false]);
    let forbidden = [header("<f4", false, "(1, 2)"), [f32::NEG_INFINITY.to_le_bytes(); 2].concat()].concat();
    assert_eq!(folder.message("a.npy", &forbidden), "row 1: all 2 levels are forbidden, at least one must be allowed");
}

#[test]
fn archives_that_lie_are_refused() {
    let folder = Folder::new();
    let deflated = CompressionMethod::Deflated;
    let whole = npy("<f4", "(3, 4)");
    assert!(folder.message("a.npz", b"").contains("must be a NumPy .npz file"));
    assert!(folder.message("a.npz", &whole).contains("must be a NumPy .npz file"));
    let archive = npz(&[("logits.npy", whole.clone())], deflated);
    for cut in [archive.len() - 1, archive.len() / 2, 40] {
        assert!(folder.message("a.npz", &archive[..cut]).contains("must be a NumPy .npz file"), "{cut}");
    }
    // A member that is shorter or longer than its own header says, or no array.
    let cut = npz(&[("a.npy", whole[..whole.len() - 5].to_vec())], deflated);
    assert_eq!(folder.message("a.npz", &cut), "row 3: ends after 11 of 16 bytes");
    let long = npz(&[("a.npy", [&whole[..], b"x"].concat())], deflated);
    assert_eq!(folder.message("a.npz", &long), "the header declares 48 bytes of numbers, but there are more");
    assert!(folder.message("a.npz", &npz(&[("a.npy", vec![0; 99])], deflated)).contains("must be a NumPy .npy file"));
    // Bytes changed after the checksum was taken.
    let mut changed = npz(&[("a.npy", whole.clone())], CompressionMethod::Stored);
    let place = changed.windows(4).position(|w| w == 7f32.to_le_bytes()).unwrap();
    changed[place] ^= 1;
    assert!(folder.message("a.npz", &changed).contains("hecksum"), "{}", folder.message("a.npz", &changed));
    // Names that would leave a folder are not looked at.
    for name in ["../logits.npy", "/logits.npy", "..\\logits.npy", "a/../../logits.npy"] {
        let archive = npz(&[(name, whole.clone())], deflated);
        assert_eq!(folder.message("a.npz", &archive), "there are no logits in it", "{name}");
        let wanted = name.strip_suffix(".npy").unwrap();
        assert!(folder.read_named("a.npz", &archive, Some(wanted)).is_err());
    }
}

#[test]
fn archives_that_swell_are_read_row_by_row() {
    let folder = Folder::new();
    // 256 MiB of zeros in a quarter of a megabyte, said to be four thousand times as much.
    let mut member = header("<f4", false, "(4194304, 65536)");
    member.resize(member.len() + (256 << 20), 0);
    let archive = npz(&[("logits.npy", member)], CompressionMethod::Deflated);
    assert!(archive.len() < 1 << 20);
    let path = folder.file("bomb.npz", &archive);
    let mut rows = open(&path, &Options::default()).unwrap();
    assert_eq!(rows.by_ref().take(3).map(|row| row.unwrap().listed.len()).sum::<usize>(), 3 * 65536);
    drop(rows);
    let last = open(&path, &Options::default()).unwrap().last().unwrap();
    let message = last.unwrap_err().to_string();
    assert!(message.ends_with("row 1025: ends after 0 of 262144 bytes"), "{message}");
    // A row that no vocabulary has is not even begun.
    let mut member = header("<f4", false, "(1, 268435456)");
    member.resize(member.len() + (1 << 20), 0);
    let archive = npz(&[("logits.npy", member)], CompressionMethod::Deflated);
    assert!(folder.message("a.npz", &archive).contains("at most 16777216 logits"));
}

#[test]
fn tensor_files_that_lie_are_refused() {
    let folder = Folder::new();
    let whole = tensors(&[("logits", Dtype::F64, vec![3, 4], bytes_of(f64::to_le_bytes))]);
    let message = |bytes: &[u8]| folder.message("a.safetensors", bytes);
    assert_eq!(message(&whole[..whole.len() - 1]), "the header declares 96 bytes of numbers, but there are 95");
    assert_eq!(message(&[&whole[..], b"x"].concat()), "the header declares 96 bytes of numbers, but there are 97");
    assert!(message(&whole[..20]).contains("bytes in a file of 20"));
    assert!(message(b"1234").contains("a file of 4 bytes"));
    assert!(message(&[0xff; 16]).contains("a header of 18446744073709551615 bytes in a file of 16"));
    let with_header = |header: &str, n: usize| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + n, 0);
        bytes
    };
    let entry = |dtype: &str, shape: &str, end: u64| {
        format!("{{\"logits\": {{\"dtype\": \"{dtype}\", \"shape\": {shape}, \"data_offsets\": [0, {end}]}}}}")
    };
    assert!(message(&with_header("not JSON", 0)).starts_with("must be a .safetensors file, got "));
    assert!(message(&with_header(&"[".repeat(100_000), 0)).starts_with("must be a .safetensors file, got "));
    let overflow = entry("F32", "[1152921504606846976, 1152921504606846976]", 8);
    assert!(message(&with_header(&overflow, 8)).starts_with("must be a .safetensors file, got "));
    assert!(message(&with_header(&entry("F32", "[2]", 4), 4)).starts_with("must be a .safetensors file, got "));
    assert!(message(&with_header(&entry("I64", "[1]", 8), 8)).contains("F16, BF16, F32 or F64, got I64"));
    assert!(message(&with_header(&entry("F32", "[]", 4), 4)).ends_with("got []"));
    assert!(message(&with_header(&entry("F32", "[0, 7]", 0), 0)).ends_with("got [0, 7]"));
    assert!(message(&with_header("{}", 0)).ends_with("there are no logits in it"));
}

/// A gigabyte that is not in memory, and a count of what was taken of it.
struct Gigabyte {
    start: &'static [u8],
    again: &'static [u8],
    n_taken: Arc<AtomicU64>,
}

impl Read for Gigabyte {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let taken = self.n_taken.load(Ordering::Relaxed) as usize;
        let n = buffer.len().min((1 << 30) - taken);
        for (i, byte) in buffer[..n].iter_mut().enumerate() {
            let place = taken + i;
            *byte = *self.start.get(place).unwrap_or(&self.again[place % self.again.len()]);
        }
        self.n_taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

#[test]
fn a_line_of_a_gigabyte_is_left_at_once() {
    for (start, again) in [(&b"[1"[..], &b"1,"[..]), (b"{\"", b"a"), (b"[", b"["), (b" ", b" ")] {
        let n_taken = Arc::new(AtomicU64::new(0));
        let reader = BufReader::new(Gigabyte { start, again, n_taken: Arc::clone(&n_taken) });
        let mut lines = JsonLines::new(reader);
        let message = lines.next().unwrap().unwrap_err().to_string();
        assert_eq!(message, "line 1 is longer than 64 MiB, the most that is read");
        assert!(lines.next().is_none());
        assert!(n_taken.load(Ordering::Relaxed) <= (64 << 20) + (1 << 16));
    }
}

/// The next of a sequence of bits that look random.
fn scrambled(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let x = *state ^ *state >> 33;
    x.wrapping_mul(0xff51_afd7_ed55_8ccd) ^ x >> 29
}

#[test]
fn draws_are_read_back_to_the_last_bit() {
    let mut state = 1;
    let (mut n_raw, mut n_shifted) = (0, 0);
    for case in 0..400u64 {
        let n = 1 + scrambled(&mut state) as usize % 40;
        let logits: Vec<f64> = (0..n)
            .map(|i| {
                let bits = scrambled(&mut state);
                match case % 4 {
                    // As models give them; as sums of 64 bits; of all sizes; with forbidden ones.
                    0 => f64::from(bits as u32 as f32 / 1e8),
                    1 => bits as f64 / 1e18 - 7.7,
                    2 => f64::from_bits(bits & !(1 << 62) | 1 << 52),
                    _ if i > 0 && bits.is_multiple_of(3) => f64::NEG_INFINITY,
                    _ => (bits % 1000) as f64 / 7.0,
                }
            })
            .collect();
        let tokens =
            (0..n).map(|i| format!("\"{i}\\\u{1}\u{1F600}\n")).take(if case % 2 == 0 { n } else { 0 }).collect();
        let drawn = (0..case % 5).map(|_| Draw::Listed(scrambled(&mut state) as usize % n)).collect();
        let mut listed = Spectrum::from_logits(&logits).unwrap();
        if case % 4 == 1 {
            // Levels closer together than the rounding error of E_0.
            let excitations = (0..n).map(|i| if i == 0 { 0.0 } else { scrambled(&mut state) as f64 * 1e-37 }).collect();
            listed = Spectrum::from_excitations(logits[0], excitations).unwrap();
        }
        let given = Position { tokens, drawn, ..Position::full("line 1", listed) };
        let line = write_draws_line(Some("a prompt\n\u{2028}"), &given).unwrap();
        assert!(!line.contains('\n'));
        let found = JsonLines::new(line.as_bytes()).collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(found, [given], "{line}");
        if line.contains("ground_energy") { n_shifted += 1 } else { n_raw += 1 }
    }
    assert!(n_raw > 200 && n_shifted > 80, "{n_raw} {n_shifted}");
}

#[test]
fn partial_spectra_are_not_written() {
    let listed = Spectrum::from_logits(&[1.0]).unwrap();
    let unlisted = Some(gibbs::tokens::Unlisted { mass: 0.1, n_tokens: None });
    let full = Position::full("row 9", listed);
    let draw = vec![Draw::Unlisted { ln_probability: None }];
    for position in [Position { unlisted, ..full.clone() }, Position { drawn: draw, ..full.clone() }] {
        assert!(write_draws_line(None, &position).unwrap_err().to_string().starts_with("row 9: only full spectra"));
    }
    assert_eq!(write_draws_line(None, &full).unwrap(), r#"{"logits":[1.0],"drawn":[]}"#);
}
