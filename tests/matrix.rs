//! Hamiltonians given as matrices: known levels, both file formats, and every refusal.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use gibbs::model::{Boundary, Exact};
use gibbs::systems::{Matrix, XxzChain};
use gibbs::units::Beta;
use nalgebra::DMatrix;
use npyz::{AutoSerialize, Serialize, WriterBuilder};

fn npy<T: AutoSerialize + Serialize + Copy>(shape: &[u64], order: npyz::Order, elements: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(shape).order(order);
    let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
    writer.extend(elements.iter().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

/// The Heisenberg chain of n spins in the basis of products, built from the definition.
fn heisenberg(n: usize) -> DMatrix<f64> {
    let mut h = DMatrix::zeros(1 << n, 1 << n);
    for state in 0usize..1 << n {
        for i in 0..n - 1 {
            let pair = 3 << i;
            if (state & pair).count_ones() == 1 {
                h[(state, state)] -= 0.25;
                h[(state ^ pair, state)] += 0.5;
            } else {
                h[(state, state)] += 0.25;
            }
        }
    }
    h
}

#[test]
fn a_chain_given_as_a_matrix_is_the_chain() {
    let h = heisenberg(6);
    let (matrix, chain) = (Matrix::new(h).unwrap(), XxzChain::new(6, 1.0, 1.0, 0.0, Boundary::Open).unwrap());
    assert_eq!(matrix.spectrum().len(), chain.spectrum().len());
    for i in 0..matrix.spectrum().len() {
        assert!((matrix.spectrum().energy(i) - chain.spectrum().energy(i)).abs() < 1e-13);
        assert_eq!(matrix.spectrum().ln_degeneracy(i), chain.spectrum().ln_degeneracy(i));
    }
    for beta in [-3.0, 0.0, 1.0, f64::INFINITY] {
        let beta = Beta::new(beta).unwrap();
        let (a, b) = (matrix.thermo(beta).unwrap(), chain.thermo(beta).unwrap());
        assert!((a.energy - b.energy).abs() < 1e-12 && (a.entropy - b.entropy).abs() < 1e-12);
    }
}

#[test]
fn extreme_scales_are_harmless() {
    for scale in [1e-300, 1e300] {
        let matrix = Matrix::new(heisenberg(3) * scale).unwrap();
        assert!((matrix.spectrum().ground_energy() / scale + 1.0).abs() < 1e-14);
        assert_eq!(matrix.entropy_limits().0, 2f64.ln());
    }
    let zero = Matrix::new(DMatrix::zeros(3, 3)).unwrap();
    assert_eq!((zero.spectrum().len(), zero.entropy_limits()), (1, (3f64.ln(), 3f64.ln())));
}

#[test]
fn both_formats_and_all_numbers_agree() {
    let expected = Matrix::from_csv("# tunnelling\na,b\n2,-1\n-1,0\n").unwrap();
    assert_eq!(Matrix::from_csv("2,-1\n\n-1,0").unwrap(), expected);
    let shape = [2, 2];
    for order in [npyz::Order::C, npyz::Order::Fortran] {
        assert_eq!(Matrix::from_npy(&npy(&shape, order, &[2.0f64, -1.0, -1.0, 0.0])).unwrap(), expected);
    }
    assert_eq!(Matrix::from_npy(&npy(&shape, npyz::Order::C, &[2.0f32, -1.0, -1.0, 0.0])).unwrap(), expected);
    assert_eq!(Matrix::from_npy(&npy(&shape, npyz::Order::C, &[2i8, -1, -1, 0])).unwrap(), expected);
    assert_eq!(Matrix::from_npy(&npy(&shape, npyz::Order::C, &[2i32, -1, -1, 0])).unwrap(), expected);
    assert_eq!(Matrix::from_npy(&npy(&shape, npyz::Order::C, &[2i64, -1, -1, 0])).unwrap(), expected);
    let positive = Matrix::from_csv("2,1\n1,0").unwrap();
    assert_eq!(Matrix::from_npy(&npy(&shape, npyz::Order::C, &[2u16, 1, 1, 0])).unwrap(), positive);
    assert_eq!(Matrix::from_npy(&npy(&shape, npyz::Order::C, &[2u64, 1, 1, 0])).unwrap(), positive);
    // What numpy.save writes on a big-endian machine.
    let mut bytes = npy(&shape, npyz::Order::C, &[2.0f64, -1.0, -1.0, 0.0]);
    let data = bytes.len() - 32;
    bytes[data..].chunks_mut(8).for_each(<[u8]>::reverse);
    let at = bytes.windows(3).position(|w| w == b"<f8").unwrap();
    bytes[at] = b'>';
    assert_eq!(Matrix::from_npy(&bytes).unwrap(), expected);
    // Numbers of 16 bits, and bytes after the array, which are passed over.
    let mut half = npy(&shape, npyz::Order::C, &[0x4000u16, 0xbc00, 0xbc00, 0]);
    let at = half.windows(3).position(|w| w == b"<u2").unwrap();
    half[at + 1] = b'f';
    half.push(7);
    assert_eq!(Matrix::from_npy(&half).unwrap(), expected);
    assert_eq!(Matrix::from_bytes(&half).unwrap(), expected);
    assert_eq!(Matrix::from_bytes(b"2,-1\n-1,0\n").unwrap(), expected);
}

#[test]
fn every_refusal_names_its_cause() {
    let csv = |text: &str| Matrix::from_csv(text).unwrap_err().to_string();
    assert_eq!(csv(""), "matrix: `file` must be a square matrix, got `no numbers`");
    assert_eq!(csv("1,2\n"), "matrix: `file` must be a square matrix, got `1 rows of 2 numbers`");
    assert_eq!(csv("1,2\n2\n"), "line 2: expected 2 columns, got 1");
    assert_eq!(csv("1,2\n2,x\n"), "line 2: expected a number, got `x`");
    assert_eq!(
        csv("1,0.5\n0.6,1\n"),
        "matrix: `file` must be symmetric, got `0.5 in row 1, column 2, but 0.6 in row 2, column 1`"
    );
    assert_eq!(csv("1,2\n2,nan\n"), "matrix: `file` must be made of finite numbers, got `NaN in row 2, column 2`");
    assert!(csv("1,inf\ninf,1\n").contains("inf in row 1, column 2"));
    // The last digits of a symmetric matrix may differ.
    assert!(Matrix::from_csv("1,0.3\n0.30000000000000004,1").is_ok());
    assert!(Matrix::from_csv("1,0.3\n0.30000000001,1").is_err());
    let large = Matrix::new(DMatrix::zeros(4001, 4001)).unwrap_err().to_string();
    assert!(large.contains("at most 4000 rows") && large.contains("4001 rows"), "{large}");

    let file = |bytes: &[u8]| Matrix::from_npy(bytes).unwrap_err().to_string();
    assert!(file(b"").contains("a NumPy .npy file"));
    assert!(file(b"0,1\n1,0\n").contains("a NumPy .npy file"));
    let square = npy(&[2, 2], npyz::Order::C, &[1.0, 2.0, 2.0, 1.0]);
    for length in 0..square.len() {
        let message = file(&square[..length]);
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    assert!(file(&npy(&[4], npyz::Order::C, &[1.0; 4])).contains("an array of 1 dimensions"));
    assert!(file(&npy(&[1, 4], npyz::Order::C, &[1.0; 4])).contains("1 rows of 4 numbers"));
    assert!(file(&npy(&[0, 0], npyz::Order::C, &[0.0; 0])).contains("no numbers"));
    assert!(file(&npy(&[2, 2], npyz::Order::C, &[true; 4])).contains("real numbers"));
    let retyped = |kind: &str| {
        let mut bytes = square.clone();
        let at = bytes.windows(3).position(|w| w == b"<f8").unwrap();
        bytes[at..at + 3].copy_from_slice(kind.as_bytes());
        file(&bytes)
    };
    assert_eq!(retyped("<c8"), "matrix: `file` must be an array of real numbers (float or integer), got `<c8`");
    assert!(retyped("<f6").contains("real numbers (float or integer), got `<f6`"));
    // A file that claims more than it can hold.
    let mut vast = square.clone();
    let at = vast.windows(4).position(|w| w == b"2, 2").unwrap();
    vast[at..at + 4].copy_from_slice(b"9, 9");
    assert!(file(&vast).contains("whole .npy file"));
    // Headers that are no dictionary, however deep.
    for text in ["{'descr': '<f8'}".to_owned(), "{".to_owned(), "[".repeat(60_000), "(".repeat(200_000)] {
        let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.as_bytes());
        let message = file(&bytes);
        assert!(message.contains("a NumPy .npy file") && message.lines().count() == 1, "{message}");
        assert!(message.len() < 200);
    }
}
