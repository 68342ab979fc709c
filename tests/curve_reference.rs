//! U - E_0, S, C and ln Z of long lists of levels against sums of 60 digits, to 1e-12 relative.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "common/reference.rs"]
mod reference;

use gibbs::ensemble::{Canonical, Spectrum, Thermo, curve};
use gibbs::units::{Beta, Temperature};
use reference::rows;

/// The numbers of `scripts/curve_reference.py`, which made the table.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).fold(0.0, |sum, u| sum + u) - 6.0
    }
}

fn energies(name: &str) -> Vec<f64> {
    let mut r = Numbers(1);
    match name {
        "normal" => (0..128_256).map(|_| 3.0 * r.normal()).collect(),
        "peaked" => std::iter::once(-25.0).chain((0..128_255).map(|_| 2.5 * r.normal())).collect(),
        "quantised" => (0..128_256).map(|_| (24.0 * r.normal()).floor() * 0.125).collect(),
        "masked" => (0..128_256).map(|i| if i % 3 == 1 { f64::INFINITY } else { 3.0 * r.normal() }).collect(),
        "two values" => std::iter::once(0.0).chain([1.5].repeat(128_255)).collect(),
        "two clusters" => (0..20_000).map(|i| 1e-9 * r.next() + if i % 2 == 1 { 10.0 } else { 0.0 }).collect(),
        "outlier" => std::iter::once(1e6).chain((0..19_999).map(|i| 1e-9 * f64::from(i))).collect(),
        "huge span" => {
            let number = |_| (1.0 + r.next()) * 2f64.powi((1000.0 * r.next()) as i32 - 500);
            std::iter::once(0.0).chain((0..19_999).map(number)).collect()
        }
        "subnormal gaps" => {
            (0..20_000).map(|i| if i < 100 { f64::from_bits(1) * f64::from(i % 7) } else { 4.0 + r.next() }).collect()
        }
        "far above" => std::iter::once(0.0).chain((0..19_999).map(|_| 30.0 + r.next())).collect(),
        _ => panic!("no levels {name}"),
    }
}

/// The levels measured from the lowest of them, so that U is U - E_0.
fn spectrum(name: &str) -> Spectrum {
    let excitations = Spectrum::new(energies(name)).unwrap().excitations().to_vec();
    Spectrum::from_excitations(0.0, excitations).unwrap()
}

fn temperatures() -> Vec<Beta> {
    (0..200).map(|k| Temperature::new(0.05 + 4.95 * f64::from(k) / 199.0).unwrap().beta()).collect()
}

fn numbers(t: &Thermo) -> [f64; 4] {
    [t.ln_z, t.energy, t.entropy, t.heat_capacity]
}

/// Largest relative difference; numbers that are nearly subnormal have none.
fn apart(ours: [f64; 4], known: [f64; 4]) -> f64 {
    let tiny = |x: f64| x.abs() < 1e-290;
    let apart = |(a, b): (f64, f64)| if a == b || tiny(a) && tiny(b) { 0.0 } else { (a / b - 1.0).abs() };
    ours.into_iter().zip(known).map(apart).fold(0.0, f64::max)
}

#[test]
fn long_lists_agree_with_60_digits() {
    let rows = rows("s17_curves");
    for rows in rows.chunk_by(|a, b| a.text("levels") == b.text("levels")) {
        let name = rows[0].text("levels");
        let spectrum = spectrum(name);
        let betas: Vec<Beta> = rows.iter().map(|row| Beta::new(row.number("beta")).unwrap()).collect();
        // Among many temperatures, or else no bins are made.
        let at_all = curve(&spectrum, &[betas.clone(), temperatures()].concat());
        for ((row, beta), binned) in rows.iter().zip(&betas).zip(&at_all) {
            let known = ["ln_z", "energy", "entropy", "heat_capacity"].map(|column| row.number(column));
            let one = Canonical::new(&spectrum, *beta).thermo();
            for (way, ours) in [("one by one", one), ("in bins", *binned)] {
                let apart = apart(numbers(&ours), known);
                assert!(apart < 1e-12, "{name} {way} at {}: {apart} {ours:?} {known:?}", beta.get());
            }
        }
    }
}

#[test]
fn all_sizes_agree_with_one_temperature_at_a_time() {
    let mut sizes: Vec<usize> = (1..40).chain([63, 64, 65, 100, 511, 512, 513]).collect();
    sizes.extend([1000, 2047, 4096, 10_007, 50_000, 1_000_000]);
    let mut betas = temperatures();
    betas.extend([0.0, f64::INFINITY, f64::NEG_INFINITY, -0.3, 1e-9, 1e300].map(|beta| Beta::new(beta).unwrap()));
    for (case, n) in sizes.into_iter().enumerate() {
        let mut r = Numbers(case as u64);
        let spectrum = Spectrum::new((0..n).map(|_| 3.0 * r.normal()).collect()).unwrap();
        let all = curve(&spectrum, &betas);
        assert_eq!(all.len(), betas.len());
        for k in (0..betas.len()).filter(|k| n < 100_000 || k % 20 == 0) {
            let one = Canonical::new(&spectrum, betas[k]).thermo();
            let (ours, known) = (numbers(&all[k]), numbers(&one));
            assert!(all[k].beta == betas[k] && apart(ours, known) < 1e-12, "{n} {:?} {one:?}", all[k]);
        }
        // A part of the list in another order gives the same to the same accuracy.
        let some: Vec<Beta> = betas.iter().rev().step_by(9).copied().collect();
        for (thermo, beta) in curve(&spectrum, &some).iter().zip(&some) {
            let k = betas.iter().position(|b| b == beta).unwrap();
            assert!(apart(numbers(thermo), numbers(&all[k])) < 1e-12);
        }
    }
}

#[test]
fn repeated_levels_and_limits_are_exact() {
    let equal = Spectrum::new(vec![2.5; 10_000]).unwrap();
    for thermo in curve(&equal, &temperatures()) {
        assert_eq!((thermo.energy, thermo.heat_capacity, thermo.entropy), (2.5, 0.0, 10_000f64.ln()));
    }
    assert!(curve(&equal, &[]).is_empty());
    // Quantised levels are a degenerate spectrum.
    let n = 50_000;
    let listed = Spectrum::new((0..n).map(|i| f64::from(i % 50)).collect()).unwrap();
    let merged = Spectrum::with_degeneracies((0..50).map(f64::from).collect(), &[1000.0; 50]).unwrap();
    for (listed, merged) in curve(&listed, &temperatures()).iter().zip(curve(&merged, &temperatures())) {
        assert!(apart(numbers(listed), numbers(&merged)) < 1e-12);
    }
    // A million levels of two energies in one bin, whose rounding errors would add up.
    let [first, second] = [0.001_480_931_978_803_29, 0.001_906_494_725_164_96];
    let mut levels = vec![0.0, 10.0];
    levels.extend((0..1_000_000).map(|i| if i % 2 == 0 { first } else { second }));
    let listed = Spectrum::new(levels).unwrap();
    let merged = Spectrum::with_degeneracies(vec![0.0, 10.0, first, second], &[1.0, 1.0, 0.5e6, 0.5e6]).unwrap();
    for (listed, merged) in curve(&listed, &temperatures()).iter().zip(curve(&merged, &temperatures())) {
        assert!(apart(numbers(listed), numbers(&merged)) < 1e-12, "{listed:?} {merged:?}");
    }
}

#[test]
fn the_unit_of_energy_does_not_matter() {
    let mut r = Numbers(1);
    let levels: Vec<f64> = (0..5000).map(|_| 3.0 * r.normal()).collect();
    let known = curve(&Spectrum::new(levels.clone()).unwrap(), &temperatures());
    for power in [-960, -800, -515, -300, 300, 515, 800, 960] {
        // In two steps: 2^960 squared is no number.
        let scaled = |x: f64, n: i32| x * 2f64.powi(n / 2) * 2f64.powi(n - n / 2);
        let spectrum = Spectrum::new(levels.iter().map(|&e| scaled(e, power)).collect()).unwrap();
        let betas: Vec<Beta> = temperatures().iter().map(|b| Beta::new(scaled(b.get(), -power)).unwrap()).collect();
        for (ours, known) in curve(&spectrum, &betas).iter().zip(&known) {
            let [ours, known] =
                [[ours.ln_z, ours.entropy, ours.heat_capacity], [known.ln_z, known.entropy, known.heat_capacity]];
            assert!(ours.iter().zip(known).all(|(a, b)| (a / b - 1.0).abs() < 1e-12), "2^{power}: {ours:?} {known:?}");
        }
    }
}
