//! Distribution tests of what is drawn for solids, gases, molecules and wells, each with a negative control.
//!
//! Seeds are case numbers. A test fails where chance alone would do the same with probability below [`RARE`], that of
//! 4.5 standard deviations.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::estimators::{Moments, chi_square, kolmogorov_smirnov, slope_from_samples};
use gibbs::model::Exact;
use gibbs::rng::{Seed, StreamId, TaskRng, uniform};
use gibbs::samplers::{Alias, Metropolis, Quenched, Sampler, occupation_numbers};
use gibbs::systems::{
    ClassicalPower, DebyeSolid, EinsteinSolid, Filling, IdealGas, MaxwellBoltzmann, Morse, Nuclear, Oscillator,
    Quartic, Rotor,
};
use gibbs::systems::{DebyeModes, FrozenMixture, Geometric, Maxwell, PowerWell};
use gibbs::testing::{self, Report};
use gibbs::units::{Beta, Temperature};
use special::Gamma;

/// Two-sided probability of 4.5 standard deviations.
const RARE: f64 = 6.8e-6;
const BOUND: f64 = 4.5;
const DRAWS: usize = 400_000;

fn generator(test: u16, case: usize) -> TaskRng {
    Seed(case as u64).stream(StreamId::new(test, 0, 0))
}

fn beta(value: f64) -> Beta {
    Beta::new(value).unwrap()
}

fn at(temperature: f64) -> Beta {
    Temperature::new(temperature).unwrap().beta()
}

/// p-values of `values` against a distribution function at the right beta and at 1.05 beta.
fn judge(what: &str, values: &[f64], distribution: impl Fn(f64, f64) -> f64) {
    let p = |factor: f64| kolmogorov_smirnov(values, |x| distribution(x, factor)).unwrap().p_value;
    println!("{what}: p {:.2e}, at 1.05 beta {:.1e}", p(1.0), p(1.05));
    assert!(p(1.0) > RARE && p(1.05) < RARE, "{what}: {:e} {:e}", p(1.0), p(1.05));
}

/// Means of `values` against exact ones.
fn judge_mean(what: &str, values: &[f64], exact: f64, control: f64) {
    let mean = values.iter().copied().collect::<Moments>().estimate().unwrap();
    let (z, z_control) = (mean.z_score(exact), mean.z_score(control));
    println!("{what}: {mean} of {exact:.6}, z {z:.2}, control {z_control:.1}");
    assert!(z.abs() <= BOUND && z_control.abs() > BOUND, "{what}: {z} {z_control}");
}

/// Chi-square of counts against the probabilities of `spectrum` at `at`; 1.05 beta must be rejected.
fn judge_levels(what: &str, spectrum: &Spectrum, at: Beta, counts: &[u64]) {
    let p = |beta: Beta| {
        let draws = counts.iter().sum::<u64>() as f64;
        let expected: Vec<f64> = Canonical::new(spectrum, beta).probabilities().iter().map(|p| p * draws).collect();
        chi_square(counts, &expected).unwrap().p_value
    };
    let (found, control) = (p(at), p(at.scaled(1.05).unwrap()));
    println!("{what}: p {found:.2e}, at 1.05 beta {control:.1e}");
    assert!(found > RARE && control < RARE, "{what}: {found:e} {control:e}");
}

// ---- levels

#[test]
fn listed_levels_are_drawn_by_their_weights() {
    let quartic = |a, b, t| Quartic::new(a, b).unwrap().spectrum_at(at(t)).unwrap();
    let einstein = EinsteinSolid::new(1.0).unwrap();
    let cases = [
        ("quartic", quartic(0.0, 1.0, 2.0), at(2.0)),
        ("double well, across the splitting", quartic(-4.0, 1.0, 0.1), at(0.1)),
        ("double well, hot", quartic(-4.0, 1.0, 20.0), at(20.0)),
        ("morse", Morse::new(1.0, 0.02).unwrap().spectrum().clone(), at(3.0)),
        ("morse, inverted", Morse::new(1.0, 0.02).unwrap().spectrum().clone(), at(-5.0)),
        ("einstein", einstein.spectrum_at(at(0.7)).unwrap(), at(0.7)),
    ];
    for (case, (name, spectrum, beta)) in cases.into_iter().enumerate() {
        let ensemble = Canonical::new(&spectrum, beta);
        let (alias, mut rng) = (Alias::new(&ensemble), generator(1, case));
        let mut counts = vec![0; spectrum.len()];
        (0..DRAWS).for_each(|_| counts[alias.draw(&mut rng)] += 1);
        judge_levels(name, &spectrum, beta, &counts);
        judge_levels(name, &spectrum, beta, &occupation_numbers(&ensemble, 1_000_000, &mut rng));
    }
}

// ---- slopes

#[test]
fn energies_at_two_temperatures_differ_by_their_betas() {
    let gas = IdealGas::new(39.948, 5, Filling::Pressure(1e5)).unwrap();
    let well = |power| ClassicalPower::new(power, 0.7).unwrap();
    let quartic = Quartic::new(-4.0, 1.0).unwrap();
    // One list for all temperatures that the check may ask for: that of the hottest.
    let (levels, einstein) = (quartic.spectrum_at(at(8.0)).unwrap(), EinsteinSolid::new(1.0).unwrap());
    let (atoms, morse) = (einstein.spectrum_at(at(8.0)).unwrap(), Morse::new(1.0, 0.02).unwrap());
    let mut rng = generator(2, 0);
    let checks = vec![
        testing::slope(|beta| Maxwell::new(gas, beta).unwrap(), at(300.0), &mut rng),
        testing::slope(|beta| PowerWell::new(well(2.0), beta).unwrap(), at(1.3), &mut rng),
        testing::slope(|beta| PowerWell::new(well(4.0), beta).unwrap(), at(0.2), &mut rng),
        testing::slope(|beta| Geometric::new(Oscillator::new(1.0).unwrap(), beta).unwrap(), at(2.0), &mut rng),
        testing::slope(|beta| Alias::new(&Canonical::new(&levels, beta)), at(2.0), &mut rng),
        testing::slope(|beta| Alias::new(&Canonical::new(&atoms, beta)), at(1.0), &mut rng),
        testing::slope(|beta| Alias::new(&Canonical::new(morse.spectrum(), beta)), at(4.0), &mut rng),
    ];
    let report = Report::new(checks, testing::ALPHA).unwrap();
    println!("{report}");
    assert!(report.passed(), "{report}");
}

/// Energy changes are differences of energies, and ln P1(E)/P2(E) has its slope, which that of 1.05 beta is not.
#[test]
fn metropolis_in_a_well_has_the_slope() {
    for (case, (power, stiffness, t)) in [(1.0, 2.0, 0.3), (4.0, 0.7, 1.0)].into_iter().enumerate() {
        let (well, mut rng) = (ClassicalPower::new(power, stiffness).unwrap(), generator(21, case));
        let checks = vec![
            testing::consistency(&well, 0.0, |_| true, &mut rng),
            testing::slope(|beta| Metropolis::new(&well, beta, 0.0), at(t), &mut rng),
        ];
        let report = Report::new(checks, testing::ALPHA).unwrap();
        println!("{report}");
        assert!(report.passed(), "{report}");
    }
}

/// Independent chains from x = 0, stopped after 25 sweeps, some 20 tau_int: abs(x) has the distribution of beta E ~ Gamma(1/power).
#[test]
fn metropolis_in_a_well_has_the_distribution() {
    for (case, (power, stiffness, b)) in [(1.0, 2.0, 0.5), (2.0, 3.0, 2.0)].into_iter().enumerate() {
        let well = ClassicalPower::new(power, stiffness).unwrap();
        let mut rng = generator(3, case);
        let mut positions = Vec::new();
        for _ in 0..100_000 {
            let mut chain = Metropolis::new(&well, beta(b), 0.0);
            (0..25).for_each(|_| chain.advance(&mut rng));
            positions.push(*chain.state());
        }
        let distances: Vec<f64> = positions.iter().map(|x| x.abs()).collect();
        let distribution = |x: f64, factor: f64| (factor * b * stiffness * x.powf(power)).inc_gamma(1.0 / power);
        judge(&format!("power {power}"), &distances, distribution);
        let signs: Vec<f64> = positions.iter().map(|x| x.signum()).collect();
        judge_mean(&format!("sign at power {power}"), &signs, 0.0, 0.05);
    }
}

// ---- the ideal gas

#[test]
fn velocities_are_those_of_maxwell() {
    for (case, (mass, kelvin)) in [(39.948, 298.15), (4.0026, 4.2)].into_iter().enumerate() {
        let gas = IdealGas::new(mass, 1000, Filling::Pressure(1e5)).unwrap();
        let (mut atoms, mut rng) = (Maxwell::new(gas, at(kelvin)).unwrap(), generator(4, case));
        let (mut speeds, mut components) = (Vec::new(), Vec::new());
        for _ in 0..300 {
            atoms.advance(&mut rng);
            components.extend(atoms.state().iter().flatten().copied());
            speeds.extend(atoms.state().iter().map(|v| v.iter().map(|v| v * v).sum::<f64>().sqrt()));
        }
        let exact = |factor: f64| MaxwellBoltzmann::new(mass, at(kelvin).scaled(factor).unwrap()).unwrap();
        let (right, wrong) = (exact(1.0), exact(1.05));
        let pick = |factor: f64| if factor == 1.0 { right } else { wrong };
        judge("speeds", &speeds, |v, factor| pick(factor).cdf(v));
        judge("components", &components, |v, factor| pick(factor).component_cdf(v));
        judge_mean("mean speed", &speeds, right.mean(), wrong.mean());
    }
}

/// E/T of n atoms is a gamma variate of shape 3n/2.
#[test]
fn kinetic_energies_are_gamma_distributed() {
    for (case, n) in [1u64, 2, 25].into_iter().enumerate() {
        let gas = IdealGas::new(20.0, n, Filling::Density(1e25)).unwrap();
        let (mut atoms, mut rng) = (Maxwell::new(gas, at(300.0)).unwrap(), generator(5, case));
        let mut draw = || {
            atoms.advance(&mut rng);
            atoms.energy()
        };
        let energies: Vec<f64> = (0..DRAWS / 4).map(|_| draw()).collect();
        judge(&format!("{n} atoms"), &energies, |e, factor| (factor * e / 300.0).inc_gamma(1.5 * n as f64));
        let thermo = |factor: f64| gas.thermo(at(300.0).scaled(factor).unwrap()).unwrap();
        judge_mean(&format!("energy of {n}"), &energies, thermo(1.0).energy, thermo(1.05).energy);
        let square = |e: &f64| (e / 300.0 - 1.5 * n as f64).powi(2);
        let squares: Vec<f64> = energies.iter().map(square).collect();
        judge_mean(&format!("heat capacity of {n}"), &squares, 1.5 * n as f64, 1.5 * n as f64 / 1.05f64.powi(2));
    }
}

// ---- quenched draws

/// Draws of modes at T/theta.
fn modes(case: usize, t: f64, draws: usize) -> Vec<DebyeModes> {
    let mut sampler = DebyeModes::new(DebyeSolid::new(1.0).unwrap(), at(t)).unwrap();
    let mut rng = generator(6, case);
    let mut draw = || {
        sampler.advance(&mut rng);
        sampler
    };
    (0..draws).map(|_| draw()).collect()
}

/// The frequencies have the density 3 omega^2; given the frequency, occupation numbers are geometric. A number spread
/// uniformly over its share `q^n .. q^(n+1)` of the unit interval is uniform.
#[test]
fn modes_have_debyes_density_and_geometric_occupations() {
    for (case, t) in [0.2, 1.0, 5.0].into_iter().enumerate() {
        let (draws, mut rng) = (modes(case, t, DRAWS), generator(7, case));
        let frequencies: Vec<f64> = draws.iter().map(|mode| mode.state().frequency).collect();
        let p = |power: f64| kolmogorov_smirnov(&frequencies, |f| f.powf(power)).unwrap().p_value;
        assert!(p(3.0) > RARE && p(3.0 * 1.05) < RARE, "{t}: {} {}", p(3.0), p(3.0 * 1.05));
        let mut spread = |which: usize, factor: f64| -> Vec<f64> {
            let place = |mode: &DebyeModes| {
                let x = factor * mode.state().frequency / t;
                let n = mode.state().occupations[which] as f64;
                (-n * x).exp() * (1.0 - uniform(&mut rng) * (1.0 - (-x).exp()))
            };
            draws.iter().map(place).collect()
        };
        let p = |values: &[f64]| kolmogorov_smirnov(values, |u| u).unwrap().p_value;
        let [first, second] = [0, 1].map(|which| spread(which, 1.0));
        assert!(p(&first) > RARE && p(&second) > RARE, "{t}: {} {}", p(&first), p(&second));
        assert!(p(&spread(0, 1.05)) < RARE && p(&spread(1, 1.05)) < RARE, "{t}");
        // Given the frequency the two are independent: their spread places do not correlate.
        let products: Vec<f64> = first.iter().zip(&second).map(|(u, v)| 12.0 * (u - 0.5) * (v - 0.5)).collect();
        judge_mean(&format!("correlation at {t}"), &products, 0.0, 0.05);
    }
}

#[test]
fn modes_measure_energy_and_heat_capacity() {
    for (case, t) in [0.1, 0.2, 1.0, 20.0].into_iter().enumerate() {
        let draws = modes(10 + case, t, 3 * DRAWS);
        let solid = DebyeSolid::new(1.0).unwrap();
        let thermo = |factor: f64| solid.thermo(at(t).scaled(factor).unwrap()).unwrap();
        let (exact, control) = (thermo(1.0), thermo(1.05));
        let energies: Vec<f64> = draws.iter().map(Sampler::energy).collect();
        judge_mean(&format!("U at {t}"), &energies, exact.energy, control.energy);
        let capacities: Vec<f64> = draws.iter().map(Quenched::heat_capacity).collect();
        // Hot, C hardly knows beta; what is squared does.
        let wrong = if t < 0.5 { control.heat_capacity } else { exact.heat_capacity / 1.05f64.powi(2) };
        judge_mean(&format!("C at {t}"), &capacities, exact.heat_capacity, wrong);
        // Control: the variance of one number per mode counts the spread of frequencies as heat.
        if t < 0.5 {
            let single = |mode: &DebyeModes| {
                let energy = 3.0 * mode.state().frequency * (mode.state().occupations[0] as f64 + 0.5);
                (energy - exact.energy).powi(2) / (3.0 * t * t)
            };
            let naive: Moments = draws.iter().map(single).collect();
            assert!(naive.estimate().unwrap().z_score(exact.heat_capacity) > 4.0 * BOUND, "{t}");
        }
    }
}

/// E - E' of one mode at two temperatures: `P(D)/P(-D) = e^((beta' - beta) D)` for every frequency, so for their mixture.
#[test]
fn modes_of_equal_frequency_at_two_temperatures_differ_by_their_betas() {
    let solid = DebyeSolid::new(1.0).unwrap();
    for (case, (first, second)) in [(3.0, 1.0), (0.5, 0.2)].into_iter().enumerate() {
        let mut rng = generator(8, case);
        let [mut one, mut other] = [first, second].map(|b| DebyeModes::new(solid, beta(b)).unwrap());
        let mut distance = || {
            one.advance(&mut rng);
            let frequency = one.state().frequency;
            other.draw_at(frequency, &mut rng);
            frequency * (one.state().occupations[0] as f64 - other.state().occupations[1] as f64)
        };
        let forward: Vec<f64> = (0..DRAWS).map(|_| distance()).collect();
        let backward: Vec<f64> = (0..DRAWS).map(|_| -distance()).collect();
        let fit = slope_from_samples(&forward, &backward, None).unwrap();
        let (z, control) = (fit.z_score(first, second), fit.z_score(1.05 * first, 1.05 * second));
        println!("case {case}: slope {} z {z:.2}, at 1.05 beta {control:.1}", fit.slope);
        assert!(z.abs() <= BOUND && control.abs() > BOUND, "case {case}: {z} {control}");
    }
}

#[test]
fn frozen_mixtures_are_drawn_species_by_species() {
    for (case, (nuclear, kelvin)) in
        [(Nuclear::Normal, 150.0), (Nuclear::Normal, 400.0), (Nuclear::NormalDeuterium, 100.0)].into_iter().enumerate()
    {
        let rotor = Rotor::new(if case == 2 { 43.0 } else { 87.6 }, nuclear).unwrap();
        let (mut gas, mut rng) = (FrozenMixture::new(&rotor, at(kelvin)).unwrap(), generator(9, case));
        let mut draws = Vec::new();
        for _ in 0..DRAWS {
            gas.advance(&mut rng);
            draws.push((*gas.state(), gas.energy(), gas.heat_capacity()));
        }
        let species = rotor.species().unwrap();
        for (parity, (share, pure)) in species.into_iter().enumerate() {
            let spectrum = pure.spectrum_at(at(kelvin)).unwrap();
            for which in 0..2 {
                let mut counts = vec![0; spectrum.len()];
                let own = draws.iter().filter(|(molecule, ..)| molecule.l[which] % 2 == parity);
                own.for_each(|(molecule, ..)| counts[molecule.l[which] / 2] += 1);
                judge_levels(&format!("case {case}, parity {parity}"), &spectrum, at(kelvin), &counts);
                let odd: Vec<f64> = draws.iter().map(|d| f64::from(u8::from(d.0.l[which] % 2 == parity))).collect();
                judge_mean("share", &odd, share, 1.05 * share);
            }
        }
        let thermo = |factor: f64| rotor.thermo(at(kelvin).scaled(factor).unwrap()).unwrap();
        let energies: Vec<f64> = draws.iter().map(|draw| draw.1).collect();
        judge_mean("U", &energies, thermo(1.0).energy, thermo(1.05).energy);
        let capacities: Vec<f64> = draws.iter().map(|draw| draw.2).collect();
        let exact = thermo(1.0).heat_capacity;
        judge_mean("C", &capacities, exact, exact / 1.05f64.powi(2));
    }
}

/// Within one species the energies are those of one canonical ensemble.
#[test]
fn frozen_species_at_two_temperatures_differ_by_their_betas() {
    let rotor = Rotor::new(87.6, Nuclear::Normal).unwrap();
    let energies = |b: f64, parity: usize, case: usize| -> Vec<f64> {
        let (mut gas, mut rng) = (FrozenMixture::new(&rotor, beta(b)).unwrap(), generator(20, case));
        let mut found = Vec::new();
        while found.len() < DRAWS / 2 {
            gas.advance(&mut rng);
            let l = gas.state().l;
            if l[0] % 2 == parity {
                found.extend(l.map(|l| 87.6 * (l * (l + 1)) as f64));
            }
        }
        found
    };
    let (first, second) = (1.0 / 150.0, 1.0 / 350.0);
    for parity in 0..2 {
        let (one, other) = (energies(first, parity, 2 * parity), energies(second, parity, 2 * parity + 1));
        let fit = slope_from_samples(&one, &other, None).unwrap();
        let (z, control) = (fit.z_score(first, second), fit.z_score(1.05 * first, 1.05 * second));
        println!("parity {parity}: slope {} z {z:.2}, at 1.05 beta {control:.1}", fit.slope);
        assert!(z.abs() <= BOUND && control.abs() > BOUND, "parity {parity}: {z} {control}");
    }
}
