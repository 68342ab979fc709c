//! Limits, refusals and overflow of the multistate estimator.

use super::*;
use crate::estimators::synthetic::rng;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Draws `n[k]` positions in each well stiffness[k] (x - centre[k])^2 / 2; potentials `[K, N]` and positions.
fn wells(stiffness: &[f64], centres: &[f64], n: &[usize], case: u64) -> (Vec<f64>, Vec<f64>) {
    let mut rng = rng(case);
    let mut x: Vec<f64> = Vec::new();
    for ((k, x0), n) in stiffness.iter().zip(centres).zip(n) {
        x.extend((0..*n).map(|_| {
            let normal: f64 = StandardNormal.sample(&mut rng);
            x0 + normal / k.sqrt()
        }));
    }
    let row = |(k, x0): (&f64, &f64)| x.iter().map(|x| 0.5 * k * (x - x0).powi(2)).collect::<Vec<_>>();
    (stiffness.iter().zip(centres).flat_map(row).collect(), x)
}

fn solve(reduced: &[f64], n: &[usize]) -> Result<Mbar, EstimatorError> {
    Mbar::solve(&MbarSamples::new(reduced, n)?)
}

#[test]
fn the_equations_hold_and_the_gauge_is_free() {
    let (stiffness, centres, n) = ([1.0, 2.0, 5.0, 3.0], [0.0, 0.5, 1.0, 0.2], [300, 200, 0, 500]);
    let (reduced, _) = wells(&stiffness, &centres, &n, 1);
    let mbar = solve(&reduced, &n).unwrap();
    let total: usize = n.iter().sum();
    // the definition, term by term
    for k in 0..4 {
        let sum: f64 = (0..total)
            .map(|s| {
                let mixture: f64 =
                    (0..4).map(|j| n[j] as f64 * (mbar.free_energies[j] - reduced[j * total + s]).exp()).sum();
                assert!((mixture.ln() - mbar.ln_mixture[s]).abs() < 1e-11);
                (mbar.free_energies[k] - reduced[k * total + s]).exp() / mixture
            })
            .sum();
        assert!((sum - 1.0).abs() < 1e-11, "state {k}: {sum}");
    }
    for row in mbar.overlap_matrix().chunks_exact(4) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    }
    // adding a constant to a state's potential adds it to its free energy, however large
    let shifted: Vec<f64> = reduced.iter().enumerate().map(|(x, u)| u + [1e6, -3e6, 2e6, 5e5][x / total]).collect();
    let far = solve(&shifted, &n).unwrap();
    for (k, shift) in [0.0, -4e6, 1e6, -5e5].into_iter().enumerate() {
        assert!((far.free_energies[k] - shift - mbar.free_energies[k]).abs() < 1e-8);
        let (there, here) = (far.difference(0, k).unwrap(), mbar.difference(0, k).unwrap());
        assert!((there.std_error - here.std_error).abs() < 1e-7);
    }
    // the order of the states does not matter
    let mut order: Vec<f64> = reduced[total..].to_vec();
    order.extend(&reduced[..total]);
    let counts: Vec<Vec<u64>> = [1usize, 2, 3, 0]
        .iter()
        .map(|&k| {
            let start: usize = n[..k].iter().sum();
            (0..total).map(|s| u64::from((start..start + n[k]).contains(&s))).collect()
        })
        .collect();
    let slices: Vec<&[u64]> = counts.iter().map(Vec::as_slice).collect();
    let turned = Mbar::solve(&MbarSamples::counted(&order, &slices, &[1.0; 4]).unwrap()).unwrap();
    let (a, b) = (turned.difference(3, 2).unwrap(), mbar.difference(0, 3).unwrap());
    assert!((a.value - b.value).abs() < 1e-10 && (a.std_error - b.std_error).abs() < 1e-8);
}

#[test]
fn one_state_has_the_textbook_errors() {
    let (reduced, x) = wells(&[1.0], &[0.0], &[1000], 2);
    let mbar = solve(&reduced, &[1000]).unwrap();
    let found = mbar.expectation(&x, &reduced).unwrap();
    let moments: crate::estimators::Moments = x.iter().copied().collect();
    assert!((found.value - moments.mean().unwrap()).abs() < 1e-13);
    assert!((found.std_error - (moments.variance_biased().unwrap() / 1000.0).sqrt()).abs() < 1e-13);
    assert!((found.n_eff - 1000.0).abs() < 1e-9);
    // one-sided perturbation: f = -ln <exp(u_0 - u_1)>_0 with the error of that mean
    let (two, _) = wells(&[1.0, 1.5], &[0.0, 0.0], &[1000, 0], 2);
    let perturbed = solve(&two, &[1000, 0]).unwrap().difference(0, 1).unwrap();
    let ratios: crate::estimators::Moments = (0..1000).map(|s| (two[s] - two[1000 + s]).exp()).collect();
    assert!((perturbed.value + ratios.mean().unwrap().ln()).abs() < 1e-12);
    let error = (ratios.variance_biased().unwrap() / 1000.0).sqrt() / ratios.mean().unwrap();
    assert!((perturbed.std_error / error - 1.0).abs() < 1e-9);
}

#[test]
fn identical_states_and_inefficiencies() {
    // two states of the same well are one: no difference, and no error of it
    let (reduced, x) = wells(&[1.0, 1.0], &[0.0, 0.0], &[100, 300], 3);
    let mbar = solve(&reduced, &[100, 300]).unwrap();
    let difference = mbar.difference(0, 1).unwrap();
    assert!(difference.value.abs() < 1e-12 && difference.std_error < 1e-7);
    assert!((mbar.overlap_gap() - 1.0).abs() < 1e-12);
    let (plain, squares) = (mbar.expectation(&x, &reduced[..400]).unwrap(), x.iter().map(|x| x * x));
    assert!(mbar.expectation(&squares.collect::<Vec<_>>(), &reduced[..400]).unwrap().z_score(1.0).abs() < 4.5);
    // g = 4 doubles the errors and changes nothing else
    let slow = MbarSamples::correlated(&reduced, &[100, 300], &[4.0, 4.0]).unwrap();
    let slow = Mbar::solve(&slow).unwrap().expectation(&x, &reduced[..400]).unwrap();
    assert!((slow.value - plain.value).abs() < 1e-12);
    assert!((slow.std_error / plain.std_error - 2.0).abs() < 1e-9);
    assert!((slow.n_eff * 4.0 / plain.n_eff - 1.0).abs() < 1e-9);
}

#[test]
fn distant_potentials_do_not_overflow() {
    // neighbours overlap, but u reaches 10^6 and the ends are ln ratios of 10^6 apart
    let centres: Vec<f64> = (0..40).map(|k| 36.0 * f64::from(k)).collect();
    let stiffness = vec![2e-3; 40];
    let (reduced, _) = wells(&stiffness, &centres, &[200; 40], 4);
    let scaled: Vec<f64> = reduced.iter().enumerate().map(|(x, u)| u - 1e6 + (x / 8000) as f64 * 3e4).collect();
    let mbar = solve(&scaled, &[200; 40]).unwrap();
    let difference = mbar.difference(0, 39).unwrap();
    assert!(difference.z_score(39.0 * 3e4).abs() < 4.5, "{difference}");
    assert!(difference.z_score(1.05 * 39.0 * 3e4).abs() > 4.5, "negative control");
}

#[test]
fn hard_walls() {
    // uniform on [0, 2] and on [1, 3]: half of each is forbidden in the other, the free energies are equal
    let n = 1000;
    let x: Vec<f64> = (0..n)
        .map(|i| (i as f64 + 0.5) / n as f64 * 2.0)
        .chain((0..n).map(|i| 1.0 + (i as f64 + 0.5) / n as f64 * 2.0))
        .collect();
    let wall = |low: f64| x.iter().map(move |x| if (low..low + 2.0).contains(x) { 0.0 } else { f64::INFINITY });
    let reduced: Vec<f64> = wall(0.0).chain(wall(1.0)).collect();
    let difference = solve(&reduced, &[n, n]).unwrap().difference(0, 1).unwrap();
    assert!(difference.value.abs() < 1e-9);
    // the only information is how many of each fell into the common half: Var ln(n_a/n_b) = 2 (1 - 1/2) / (n/2)
    assert!((difference.std_error / (2.0 / n as f64).sqrt() - 1.0).abs() < 1e-6, "{difference:?}");
}

#[test]
fn random_wells_are_solved_or_called_disconnected() {
    let (mut solved, mut apart) = (0, 0);
    for case in 0..60 {
        let mut rng = rng(case);
        let mut draw = |scale: f64| scale * rng.random::<f64>();
        let n_states = 2 + draw(9.0) as usize;
        let reach = [1.0, 4.0, 20.0][case as usize % 3];
        let stiffness: Vec<f64> = (0..n_states).map(|_| 0.2 + draw(30.0).powf(1.5)).collect();
        let centres: Vec<f64> = (0..n_states).map(|_| draw(reach)).collect();
        let n: Vec<usize> = (0..n_states).map(|_| 1 + draw(400.0) as usize).collect();
        let (reduced, _) = wells(&stiffness, &centres, &n, 1000 + case);
        match solve(&reduced, &n) {
            Ok(mbar) => {
                solved += 1;
                for k in 1..n_states {
                    // beyond an error of 0.3 the distribution of f is not normal
                    let difference = mbar.difference(0, k).unwrap();
                    let z = difference.z_score(0.5 * (stiffness[k] / stiffness[0]).ln());
                    assert!(z.abs() < 4.5 || difference.std_error > 0.3, "case {case}, state {k}: {difference}");
                }
            }
            Err(EstimatorError::StatesDisconnected { .. }) => apart += 1,
            Err(other) => panic!("case {case}: {other}"),
        }
    }
    assert!(solved > 15 && apart > 15, "{solved} solved, {apart} apart");
}

#[test]
fn refusals() {
    let (reduced, x) = wells(&[1.0, 1.0, 1.0], &[0.0, 0.5, 60.0], &[50, 50, 50], 5);
    match solve(&reduced, &[50, 50, 50]) {
        Err(EstimatorError::StatesDisconnected { states, shared }) => assert!(states == [2] && shared < 1.0),
        other => panic!("{other:?}"),
    }
    let (reduced, _) = (wells(&[1.0, 1.0], &[0.0, 8.0], &[50, 0], 5).0, x);
    let mbar = solve(&reduced, &[50, 0]).unwrap();
    assert!(matches!(mbar.difference(0, 1), Err(EstimatorError::Extrapolation { .. })));
    assert!(matches!(mbar.expectation(&reduced[..50], &reduced[50..]), Err(EstimatorError::Extrapolation { .. })));
    assert_eq!(mbar.difference(0, 2), Err(EstimatorError::NoSuchState { index: 2, n_states: 2 }));
    let refused = |reduced: &[f64], n: &[usize]| MbarSamples::new(reduced, n).unwrap_err();
    assert_eq!(refused(&[], &[]), EstimatorError::TooFew { needed: 1, found: 0 });
    assert_eq!(refused(&[], &[0]), EstimatorError::TooFew { needed: 1, found: 0 });
    assert_eq!(refused(&[1.0; 3], &[1, 1]), EstimatorError::LengthMismatch { expected: 4, found: 3 });
    let nan = refused(&[0.0, 0.0, f64::NAN, 0.0], &[1, 1]);
    assert!(matches!(nan, EstimatorError::ReducedPotential { state: 1, sample: 0, .. }));
    let forbidden = refused(&[f64::INFINITY, 0.0, 0.0, 0.0], &[1, 1]);
    assert!(matches!(forbidden, EstimatorError::ReducedPotential { state: 0, sample: 0, .. }));
    let slow = MbarSamples::correlated(&[0.0, 0.0], &[2], &[0.0]).unwrap_err();
    assert_eq!(slow, EstimatorError::Inefficiency { state: 0, value: 0.0 });
}

/// A state that is asked about weighs a level as often as it was drawn.
#[test]
fn counts_and_single_samples_of_unsampled_states_agree() {
    let energies = [0.0, 0.7, 1.5, 2.4];
    let counts: [&[u64]; 3] = [&[40, 25, 10, 5], &[30, 22, 18, 15], &[0, 0, 0, 0]];
    let betas = [1.0, 0.4, 0.7];
    let rows = |columns: &[usize]| -> Vec<f64> {
        betas.iter().flat_map(|beta| columns.iter().map(move |&level| beta * energies[level])).collect()
    };
    let repeat = |row: &[u64]| (0..4).flat_map(|level| vec![level; row[level] as usize]).collect::<Vec<usize>>();
    let expanded: Vec<usize> = counts.iter().flat_map(|row| repeat(row)).collect();
    let n: Vec<usize> = counts.iter().map(|row| row.iter().sum::<u64>() as usize).collect();
    let few = rows(&[0, 1, 2, 3]);
    let by_level = Mbar::solve(&MbarSamples::counted(&few, &counts, &[1.0; 3]).unwrap()).unwrap();
    let one_by_one = solve(&rows(&expanded), &n).unwrap();
    for (a, b) in by_level.overlap_matrix().into_iter().zip(one_by_one.overlap_matrix()) {
        assert!((a - b).abs() < 1e-11, "{a} {b}");
    }
    assert!((by_level.effective_samples(2).unwrap() / one_by_one.effective_samples(2).unwrap() - 1.0).abs() < 1e-11);
    let difference = |mbar: &Mbar| mbar.difference(0, 2).unwrap();
    let (a, b) = (difference(&by_level), difference(&one_by_one));
    assert!((a.value - b.value).abs() < 1e-11 && (a.std_error / b.std_error - 1.0).abs() < 1e-9, "{a:?} {b:?}");
}
