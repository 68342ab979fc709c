//! Distribution tests of photons, of the radiation in a cavity and of one mode, each with a negative control.
//!
//! Seeds are case numbers. A test fails where chance alone would do the same with probability below [`RARE`], that of
//! 4.5 standard deviations.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gibbs::estimators::{chi_square, kolmogorov_smirnov, slope_from_samples};
use gibbs::model::{Exact, SystemError};
use gibbs::rng::{Seed, StreamId, TaskRng};
use gibbs::samplers::Sampler;
use gibbs::systems::radiation::planck::{
    MEAN_PHOTON_ENERGY, MEAN_SQUARE_PHOTON_ENERGY, energy_cumulative, photon_cumulative,
};
use gibbs::systems::{Cavity, Geometric, Photons, Radiation};
use gibbs::systems::{Oscillator, PhotonGas};
use gibbs::units::{Beta, Temperature};
use special::Gamma as _;

const RARE: f64 = 6.8e-6;
const BOUND: f64 = 4.5;
/// Relative error of a negative control.
const CONTROL: f64 = 1.05;
const DRAWS: usize = 400_000;

const ZETA_3: f64 = 1.202_056_903_159_594_3;
const ZETA_4: f64 = 1.082_323_233_711_138_2;
const ZETA_5: f64 = 1.036_927_755_143_37;
const ZETA_6: f64 = 1.017_343_061_984_449;

fn generator(test: u16, case: usize) -> TaskRng {
    Seed(case as u64).stream(StreamId::new(test, 0, 0))
}

fn kelvin(t: f64) -> Beta {
    Temperature::new(t).unwrap().beta()
}

fn draw<S: Sampler, T>(mut sampler: S, n: usize, rng: &mut TaskRng, of: impl Fn(&S) -> T) -> Vec<T> {
    let mut one = || {
        sampler.advance(rng);
        of(&sampler)
    };
    (0..n).map(|_| one()).collect()
}

/// z of the mean of `values` against `exact`, with the error that they show themselves.
fn z_of_mean(values: &[f64], exact: f64) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean - exact) / (variance / n).sqrt()
}

/// z of the variance of `values` around their exact mean.
fn z_of_variance(values: &[f64], mean: f64, exact: f64) -> f64 {
    let squares: Vec<f64> = values.iter().map(|x| (x - mean).powi(2)).collect();
    z_of_mean(&squares, exact)
}

/// p-value of counts against probabilities, of which the last cell takes the rest.
fn p_value(counts: &[u64], mut probabilities: Vec<f64>) -> f64 {
    let draws = counts.iter().sum::<u64>() as f64;
    probabilities.push((1.0 - probabilities.iter().sum::<f64>()).max(0.0));
    let expected: Vec<f64> = probabilities.iter().map(|p| p * draws).collect();
    chi_square(counts, &expected).unwrap().p_value
}

fn counts(n_cells: usize, values: impl IntoIterator<Item = usize>) -> Vec<u64> {
    let mut counts = vec![0; n_cells];
    values.into_iter().for_each(|i| counts[i.min(n_cells - 1)] += 1);
    counts
}

/// A law of single photons: its constructor, its cumulative distribution, its exponent with zeta of it, <x> and <x^2>.
type Law = (fn(Beta) -> Result<Photons, SystemError>, fn(f64) -> f64, (f64, f64), f64, f64);

fn laws() -> [Law; 2] {
    [
        (Photons::by_number, photon_cumulative, (3.0, ZETA_3), MEAN_PHOTON_ENERGY, MEAN_SQUARE_PHOTON_ENERGY),
        (Photons::by_power, energy_cumulative, (4.0, ZETA_4), 4.0 * ZETA_5 / ZETA_4, 20.0 * ZETA_6 / ZETA_4),
    ]
}

// ---- single photons

#[test]
fn terms_of_the_series_have_zeta_distributions() {
    for (case, (law, _, (s, zeta), ..)) in laws().into_iter().enumerate() {
        let mut rng = generator(1, case);
        let terms = draw(law(kelvin(300.0)).unwrap(), DRAWS, &mut rng, |p| p.cluster_size() as usize - 1);
        let counts = counts(30, terms);
        let zeta_of = |s: f64| (1..30).map(|k| f64::from(k).powf(-s) / zeta).collect::<Vec<_>>();
        assert!(p_value(&counts, zeta_of(s)) > RARE, "{s}");
        let wrong = zeta_of(CONTROL * s);
        let total: f64 = wrong.iter().sum::<f64>() * (1.0 + 1e-6);
        assert!(p_value(&counts, wrong.iter().map(|p| p / total).collect()) < RARE, "{s}");
    }
}

#[test]
fn photons_follow_planck() {
    for (case, (law, cumulative, ..)) in laws().into_iter().enumerate() {
        for (offset, t) in [(0, 2.725), (2, 1e4)] {
            let mut rng = generator(2, case + offset);
            let energies = draw(law(kelvin(t)).unwrap(), DRAWS / 4, &mut rng, Photons::energy);
            let p_at = |t: f64| {
                let x: Vec<f64> = energies.iter().map(|e| e / t).collect();
                let cell = |x: &f64| (x / 0.25) as usize;
                let cells = (0..39).map(|i| 0.25 * f64::from(i));
                let probabilities = cells.map(|x| cumulative(x + 0.25) - cumulative(x)).collect();
                let chi = p_value(&counts(40, x.iter().map(cell)), probabilities);
                (kolmogorov_smirnov(&x, cumulative).unwrap().p_value, chi)
            };
            let (ks, chi) = p_at(t);
            assert!(ks > RARE && chi > RARE, "{t} K: KS {ks}, chi-square {chi}");
            let (ks, chi) = p_at(CONTROL * t);
            assert!(ks < RARE && chi < RARE, "{t} K: KS {ks}, chi-square {chi}");
        }
    }
}

#[test]
fn photons_have_their_moments() {
    for (case, (law, _, _, mean, mean_square)) in laws().into_iter().enumerate() {
        let t = 5778.0;
        let energies = draw(law(kelvin(t)).unwrap(), DRAWS, &mut generator(3, case), Photons::energy);
        let z_at = |t: f64| {
            let x: Vec<f64> = energies.iter().map(|e| e / t).collect();
            let squares: Vec<f64> = x.iter().map(|x| x * x).collect();
            [z_of_mean(&x, mean), z_of_mean(&squares, mean_square)]
        };
        assert!(z_at(t).iter().all(|z| z.abs() < BOUND), "{:?}", z_at(t));
        assert!(z_at(CONTROL * t).iter().all(|z| z.abs() > BOUND), "{:?}", z_at(CONTROL * t));
    }
}

/// The k photons of a term have the weight e^(-beta k h nu) together, single ones do not.
#[test]
fn clusters_of_photons_pass_the_two_temperature_test() {
    for (case, (law, ..)) in laws().into_iter().enumerate() {
        let mut rng = generator(4, case);
        let (cold, hot) = (kelvin(300.0), kelvin(360.0));
        let mut at = |beta, of: fn(&Photons) -> f64| draw(law(beta).unwrap(), DRAWS, &mut rng, of);
        let (first, second) = (at(cold, Photons::cluster_energy), at(hot, Photons::cluster_energy));
        let fit = slope_from_samples(&first, &second, None).unwrap();
        assert!(fit.z_score(cold.get(), hot.get()).abs() < BOUND, "{fit:?}");
        assert!(fit.z_score(CONTROL * cold.get(), CONTROL * hot.get()).abs() > BOUND, "{fit:?}");
        let single = slope_from_samples(&at(cold, Photons::energy), &at(hot, Photons::energy), None).unwrap();
        assert!(single.z_score(cold.get(), hot.get()).abs() > BOUND, "{single:?}");
    }
}

#[test]
fn single_photons_are_refused_where_there_are_none() {
    let message = |beta| Photons::by_number(beta).unwrap_err().to_string();
    assert_eq!(message(Beta::INFINITE), "photon_gas has no equilibrium at T = 0: it holds no photon to draw");
    assert!(message(Beta::ZERO).contains("levels never end"));
    assert!(message(kelvin(-2.0)).contains("no upper bound"));
}

// ---- cavities

/// A gas at `t` whose ln Z, the mean number of clusters, is `mean`.
fn gas(t: f64, mean: f64) -> PhotonGas {
    let one = PhotonGas::default().thermo(kelvin(t)).unwrap().ln_z;
    PhotonGas::new(mean / one).unwrap()
}

fn radiation(gas: PhotonGas, t: f64, n: usize, rng: &mut TaskRng) -> Vec<Radiation> {
    draw(Cavity::new(gas, kelvin(t)).unwrap(), n, rng, |cavity| *cavity.state())
}

/// From a few photons to more than a double counts: both moments of N and E, and their covariance.
#[test]
fn cavities_have_the_moments_of_the_canonical_ensemble() {
    for (case, mean) in [0.3, 5.0, 300.0, 1e5, 1e9, 1e11, 1e17, 1e22].into_iter().enumerate() {
        let t = 300.0;
        let gas = gas(t, mean);
        let draws = if mean == 1e9 { 10_000 } else { 100_000 };
        let drawn = radiation(gas, t, draws, &mut generator(5, case));
        let z_at = |t: f64| {
            let beta = kelvin(t);
            let exact = gas.thermo(beta).unwrap();
            let photons = gas.mean_photons(beta).unwrap();
            let (dn, de): (Vec<f64>, Vec<f64>) =
                drawn.iter().map(|r| (r.photons - photons, r.energy - exact.energy)).unzip();
            let products: Vec<f64> = dn.iter().zip(&de).map(|(n, e)| n * e).collect();
            [
                z_of_mean(&dn, 0.0),
                z_of_mean(&de, 0.0),
                z_of_variance(&dn, 0.0, gas.variance_of_photons(beta).unwrap()),
                z_of_variance(&de, 0.0, exact.heat_capacity * t * t),
                // Cov(N, E) = T^2 d<N>/dT = 3 T <N>.
                z_of_mean(&products, 3.0 * t * photons),
            ]
        };
        assert!(z_at(t).iter().all(|z| z.abs() < BOUND), "ln Z = {mean}: {:?}", z_at(t));
        assert!(z_at(CONTROL * t).iter().any(|z| z.abs() > BOUND), "ln Z = {mean}: {:?}", z_at(CONTROL * t));
    }
}

/// P(N = n) of a Poisson number of clusters with zeta-distributed sizes, by the recursion of compound Poisson counts:
/// `n P(n) = sum_k k lambda_k P(n - k)`.
fn photon_number(mean: f64, n_most: usize) -> Vec<f64> {
    let mut p = vec![(-mean).exp()];
    for n in 1..=n_most {
        let sum: f64 = (1..=n).map(|k| (k as f64).powi(-3) * p[n - k]).sum();
        p.push(mean / ZETA_4 / n as f64 * sum);
    }
    p
}

#[test]
fn photon_numbers_and_energies_of_small_cavities_follow_their_distributions() {
    for (case, mean) in [0.3, 2.0, 40.0].into_iter().enumerate() {
        let t = 1000.0;
        let drawn = radiation(gas(t, mean), t, DRAWS, &mut generator(6, case));
        let most = 150;
        let numbers = counts(most + 2, drawn.iter().map(|r| r.photons as usize));
        assert!(p_value(&numbers, photon_number(mean, most)) > RARE, "{mean}");
        assert!(p_value(&numbers, photon_number(CONTROL * mean, most)) < RARE, "{mean}");

        // Energies of cavities that are not empty: sum over M of Poisson(M) times Gamma(3 M).
        let energies: Vec<f64> = drawn.iter().map(|r| r.energy / t).filter(|e| *e > 0.0).take(50_000).collect();
        let cumulative = |mean: f64| {
            move |x: f64| {
                let (mut p, mut sum) = ((-mean).exp(), 0.0);
                let empty = p;
                for m in 1..(mean + 12.0 * mean.sqrt() + 20.0) as u32 {
                    p *= mean / f64::from(m);
                    sum += p * x.inc_gamma(3.0 * f64::from(m));
                }
                (sum / (1.0 - empty)).min(1.0)
            }
        };
        assert!(kolmogorov_smirnov(&energies, cumulative(mean)).unwrap().p_value > RARE, "{mean}");
        let wrong: Vec<f64> = energies.iter().map(|e| e / CONTROL).collect();
        assert!(kolmogorov_smirnov(&wrong, cumulative(mean)).unwrap().p_value < RARE, "{mean}");
    }
}

/// Empty cavities have a probability of their own, e^(-ln Z), and belong to the same straight line.
#[test]
fn cavities_pass_the_two_temperature_test() {
    for (case, (mean, hotter)) in [(2.0, 1.3), (100.0, 1.1), (1e4, 1.01), (1e6, 1.001)].into_iter().enumerate() {
        let (gas, cold, hot) = (gas(300.0, mean), 300.0, 300.0 * hotter);
        let mut rng = generator(7, case);
        let mut energies = |t: f64| radiation(gas, t, 100_000, &mut rng).iter().map(|r| r.energy).collect::<Vec<_>>();
        let fit = slope_from_samples(&energies(cold), &energies(hot), None).unwrap();
        let (cold, hot) = (kelvin(cold).get(), kelvin(hot).get());
        assert!(fit.z_score(cold, hot).abs() < BOUND, "{mean}: {fit:?}");
        assert!(fit.z_score(CONTROL * cold, CONTROL * hot).abs() > BOUND, "{mean}: {fit:?}");
    }
}

// ---- one mode

/// Photons of a single mode bunch: Var n = <n>(<n> + 1), more than the <n> of independent ones.
#[test]
fn photons_of_a_mode_bunch() {
    for (case, x) in [0.1, 1.0, 3.0].into_iter().enumerate() {
        let t = 300.0;
        let mode = Oscillator::new(x * t).unwrap();
        let numbers =
            draw(Geometric::new(mode, kelvin(t)).unwrap(), DRAWS, &mut generator(8, case), |g| *g.state() as f64);
        let z_at = |t: f64| {
            let n = mode.mean_occupation(kelvin(t)).unwrap();
            [z_of_mean(&numbers, n), z_of_variance(&numbers, n, n * (n + 1.0))]
        };
        assert!(z_at(t).iter().all(|z| z.abs() < BOUND), "{x}: {:?}", z_at(t));
        assert!(z_at(CONTROL * t).iter().all(|z| z.abs() > BOUND), "{x}: {:?}", z_at(CONTROL * t));
        let n = mode.mean_occupation(kelvin(t)).unwrap();
        assert!(z_of_variance(&numbers, n, n) > BOUND, "{x}: no bunching");
    }
}

#[test]
fn photons_of_a_mode_pass_the_two_temperature_test() {
    for (case, x) in [0.1, 1.0, 3.0].into_iter().enumerate() {
        let (cold, hot) = (kelvin(300.0), kelvin(400.0));
        let mode = Oscillator::new(x * 300.0).unwrap();
        let mut rng = generator(9, case);
        let mut energies = |beta| draw(Geometric::new(mode, beta).unwrap(), DRAWS, &mut rng, Geometric::energy);
        let fit = slope_from_samples(&energies(cold), &energies(hot), None).unwrap();
        assert!(fit.z_score(cold.get(), hot.get()).abs() < BOUND, "{x}: {fit:?}");
        assert!(fit.z_score(CONTROL * cold.get(), CONTROL * hot.get()).abs() > BOUND, "{x}: {fit:?}");
    }
}
