//! Laws of the canonical ensemble, for random spectra with forbidden levels, ties and either sign of temperature.
#![allow(clippy::unwrap_used, missing_docs)]

use gibbs::ensemble::{Canonical, Spectrum, Thermo};
use gibbs::units::Beta;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Energies from a grid of quarters, so that ties are common, some forbidden; at least one is allowed.
fn energies() -> impl Strategy<Value = Vec<f64>> {
    let level = prop_oneof![
        6 => (-20i32..20).prop_map(|k| f64::from(k) / 4.0),
        3 => -5.0..5.0f64,
        1 => Just(f64::INFINITY),
    ];
    prop::collection::vec(level, 1..40).prop_filter("one allowed", |list| list.iter().any(|e| e.is_finite()))
}

fn spectra() -> impl Strategy<Value = Spectrum> {
    energies().prop_flat_map(|energies| {
        let n = energies.len();
        (Just(energies), prop::collection::vec(1.0..9.0f64, n))
            .prop_map(|(energies, degeneracies)| Spectrum::with_degeneracies(energies, &degeneracies).unwrap())
    })
}

fn thermo(spectrum: &Spectrum, beta: f64) -> Thermo {
    Canonical::new(spectrum, Beta::new(beta).unwrap()).thermo()
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn mean_energy_is_minus_the_slope_of_ln_z(spectrum in spectra(), beta in -4.0..4.0f64) {
        // Five-point difference: its error is h^4/30 times the fifth derivative, below 1e-9 for a span of 10.
        let h = 2e-3;
        let ln_z = |k: f64| thermo(&spectrum, beta + k * h).ln_z;
        let slope = (8.0 * (ln_z(1.0) - ln_z(-1.0)) - (ln_z(2.0) - ln_z(-2.0))) / (12.0 * h);
        prop_assert!(close(thermo(&spectrum, beta).energy, -slope, 1e-7));
    }

    #[test]
    fn heat_capacity_is_the_slope_of_the_energy(spectrum in spectra(), beta in 0.1..4.0f64) {
        let h = 2e-3;
        let energy = |k: f64| thermo(&spectrum, beta + k * h).energy;
        let slope = (8.0 * (energy(1.0) - energy(-1.0)) - (energy(2.0) - energy(-2.0))) / (12.0 * h);
        let c = thermo(&spectrum, beta).heat_capacity;
        prop_assert!(c >= 0.0);
        prop_assert!(close(c, -beta * beta * slope, 1e-6));
    }

    #[test]
    fn heat_capacity_is_never_negative(spectrum in spectra(), beta in -1e3..1e3f64) {
        let c = thermo(&spectrum, beta).heat_capacity;
        prop_assert!(c >= 0.0 && c.is_finite());
    }

    #[test]
    fn the_zero_of_energy_is_free(energies in energies(), beta in -5.0..5.0f64, shift in -64i32..64) {
        let shift = f64::from(shift);
        let moved = Spectrum::new(energies.iter().map(|e| e + shift).collect()).unwrap();
        let here = thermo(&Spectrum::new(energies).unwrap(), beta);
        let there = thermo(&moved, beta);
        prop_assert!(close(here.entropy, there.entropy, 1e-11));
        prop_assert!(close(here.heat_capacity, there.heat_capacity, 1e-10));
        prop_assert!(close(here.energy + shift, there.energy, 1e-12));
        prop_assert!(close(here.ln_z - beta * shift, there.ln_z, 1e-12));
    }

    #[test]
    fn splitting_a_degenerate_level_changes_nothing(
        energies in energies(),
        multiplicity in prop::collection::vec(1usize..5, 40),
        beta in prop_oneof![-5.0..5.0f64, Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ) {
        let split = energies.iter().zip(&multiplicity).flat_map(|(&e, &g)| std::iter::repeat_n(e, g)).collect();
        let degeneracies: Vec<f64> = multiplicity[..energies.len()].iter().map(|&g| g as f64).collect();
        let whole = thermo(&Spectrum::with_degeneracies(energies, &degeneracies).unwrap(), beta);
        let parts = thermo(&Spectrum::new(split).unwrap(), beta);
        prop_assert!(close(whole.ln_z, parts.ln_z, 1e-12));
        prop_assert!(close(whole.energy, parts.energy, 1e-12));
        prop_assert!(close(whole.entropy, parts.entropy, 1e-12));
        prop_assert!(close(whole.heat_capacity, parts.heat_capacity, 1e-11));
    }

    #[test]
    fn entropy_lies_between_its_limits(energies in energies(), beta in -1e3..1e3f64) {
        let spectrum = Spectrum::new(energies).unwrap();
        let s = thermo(&spectrum, beta).entropy;
        prop_assert!(s >= 0.0 && s <= spectrum.ln_states() * (1.0 + 1e-14));
        if beta >= 0.0 {
            prop_assert!(s >= spectrum.ln_ground_degeneracy() * (1.0 - 1e-14));
        }
    }

    #[test]
    fn entropy_is_the_mean_surprisal(spectrum in spectra(), beta in -5.0..5.0f64) {
        let ensemble = Canonical::new(&spectrum, Beta::new(beta).unwrap());
        let allowed = (0..spectrum.len()).filter(|&i| !spectrum.is_forbidden(i));
        let mean: f64 = allowed.map(|i| ensemble.probability(i) * ensemble.surprisal(i)).sum();
        prop_assert!(close(mean, ensemble.thermo().entropy, 1e-11));
    }

    #[test]
    fn probabilities_are_normalized_and_forbidden_levels_empty(spectrum in spectra(), beta in -1e3..1e3f64) {
        let p = Canonical::new(&spectrum, Beta::new(beta).unwrap()).probabilities();
        prop_assert!(close(p.iter().sum(), 1.0, 1e-12));
        prop_assert!((0..p.len()).all(|i| !spectrum.is_forbidden(i) || p[i] == 0.0));
    }

    #[test]
    fn softmax_undoes_the_logarithm(weights in prop::collection::vec(0.0..1.0f64, 1..50), constant in -100.0..100.0f64) {
        let total: f64 = weights.iter().sum();
        prop_assume!(total > 0.0);
        let p: Vec<f64> = weights.iter().map(|w| w / total).collect();
        let logits: Vec<f64> = p.iter().map(|p| p.ln() + constant).collect();
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        let back = Canonical::new(&spectrum, Beta::new(1.0).unwrap()).probabilities();
        // ln p + constant is rounded at 100, so p comes back to 100 eps.
        prop_assert!(p.iter().zip(&back).all(|(p, q)| (p - q).abs() <= 1e-13 * p));
    }

    #[test]
    fn inverting_the_spectrum_inverts_the_temperature(energies in energies(), beta in -5.0..5.0f64) {
        let mirrored = energies.iter().map(|&e| if e.is_finite() { -e } else { e }).collect();
        let here = thermo(&Spectrum::new(energies).unwrap(), beta);
        let there = thermo(&Spectrum::new(mirrored).unwrap(), -beta);
        prop_assert!(close(here.energy, -there.energy, 1e-12) && close(here.entropy, there.entropy, 1e-12));
    }
}
