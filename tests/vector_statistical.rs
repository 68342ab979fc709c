//! The samplers of unit vectors against exact conditional distributions, chains and ratios of temperatures.
//!
//! Seeds are case numbers. Bounds are 4.5 standard deviations of the statistic under the exact law; where a variance is
//! estimated from `BLOCKS` blocks the bound is the Student quantile of the same probability.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use gibbs::estimators::{Series, kolmogorov_smirnov, slope_from_blocks};
use gibbs::model::{Boundary, Exact, Lattice, LatticeKind, Magnet, Model};
use gibbs::rng::{Seed, TaskRng, uniform};
use gibbs::samplers::{Metropolis, Replica, Sampler, Schedule, SwendsenWang, Wolff, accepts, run};
use gibbs::systems::{OverRelaxation, VectorHeatBath};
use gibbs::systems::{Turn, VectorModel, VectorState};
use gibbs::units::Beta;
use rand::Rng;

const BLOCKS: usize = 128;
/// Two-sided 6.8e-6 (4.5 sigma) quantile of Student's t with 127 degrees of freedom.
const STUDENT: f64 = 4.70;
/// The same with 63 degrees of freedom.
const STUDENT_63: f64 = 4.92;
/// The same probability.
const RARE: f64 = 6.8e-6;

fn beta(value: f64) -> Beta {
    Beta::new(value).unwrap()
}

fn chain<const D: usize>(n: usize, boundary: Boundary, j: f64) -> VectorModel<D> {
    VectorModel::new(Lattice::new(LatticeKind::Chain, &[n], boundary).unwrap(), j).unwrap()
}

fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// A direction uniform on the sphere.
fn direction<const D: usize>(rng: &mut TaskRng) -> [f64; D] {
    loop {
        let point: [f64; D] = std::array::from_fn(|_| 2.0 * uniform(rng) - 1.0);
        let length = dot(&point, &point).sqrt();
        if length <= 1.0 && length > 0.0 {
            return point.map(|x| x / length);
        }
    }
}

/// P(1 - cos theta <= x) on the sphere.
fn fisher_cumulative(kappa: f64) -> impl Fn(f64) -> f64 {
    move |x| if kappa == 0.0 { 0.5 * x } else { (-kappa * x).exp_m1() / (-2.0 * kappa).exp_m1() }
}

/// P(1 - cos theta <= x) on the circle, from the density of theta by Simpson's rule, with theta = w y and e^(-kappa
/// theta^2/2) in mind where it is narrow: 4000 steps in y, and a cubic between them.
fn von_mises_cumulative(kappa: f64) -> impl Fn(f64) -> f64 {
    const STEPS: usize = 4000;
    let end = std::f64::consts::PI.min(12.0 / kappa.sqrt());
    let step = end / STEPS as f64;
    let density = move |theta: f64| (-2.0 * kappa * (0.5 * theta).sin().powi(2)).exp();
    let simpson =
        move |from: f64, to: f64| (to - from) / 6.0 * (density(from) + 4.0 * density(0.5 * (from + to)) + density(to));
    let mut sums = vec![0.0];
    for k in 0..STEPS {
        let last = sums[k];
        sums.push(last + simpson(k as f64 * step, (k + 1) as f64 * step));
    }
    move |x| {
        let theta = 2.0 * (0.5 * x).sqrt().min(1.0).asin();
        let k = ((theta / step) as usize).min(STEPS);
        let reached = sums[k] + if k < STEPS { simpson(k as f64 * step, theta) } else { 0.0 };
        (reached / sums[STEPS]).min(1.0)
    }
}

/// Two spins: whichever of them is drawn, s.s' is a fresh draw at kappa = beta |J|.
fn conditional_draws<const D: usize>(case: u64, j: f64, beta: Beta) -> Vec<f64> {
    let model = chain::<D>(2, Boundary::Open, j);
    let mut rng = Seed(case).set_up();
    let mut sampler = VectorHeatBath::new(&model, beta, model.initial_state(&mut rng));
    let sign = (j * beta.get()).signum();
    (0..40_000)
        .map(|_| {
            sampler.advance(&mut rng);
            // 1 - cos theta without its cancellation.
            let spins = sampler.state().spins();
            let apart: [f64; D] = std::array::from_fn(|k| spins[0][k] - sign * spins[1][k]);
            (0.5 * dot(&apart, &apart)).min(2.0)
        })
        .collect()
}

fn check_conditional<const D: usize, F: Fn(f64) -> f64>(cumulative: impl Fn(f64) -> F) {
    for (case, kappa) in [0.0, 0.1, 1.0, 30.0, 1e4].into_iter().enumerate() {
        for (signs, (j, b)) in [(kappa, 1.0), (-2.0 * kappa, 0.5), (kappa, -1.0)].into_iter().enumerate() {
            let draws = conditional_draws::<D>((10 * case + signs) as u64, j, beta(b));
            let p = kolmogorov_smirnov(&draws, cumulative(kappa)).unwrap().p_value;
            println!("{D} components, kappa {kappa}: p {p:.3}");
            assert!(p > RARE, "{D} components, kappa {kappa}, J = {j}: p = {p}");
            // Where kappa is small a few percent more of it change nothing.
            let wrong = if kappa < 1.0 { kappa + 0.2 } else { 1.1 * kappa };
            let control = kolmogorov_smirnov(&draws, cumulative(wrong)).unwrap().p_value;
            assert!(control < RARE, "{D} components, kappa {kappa}: {wrong} passes with p = {control}");
        }
    }
}

#[test]
fn heat_bath_draws_follow_von_mises_and_fisher() {
    check_conditional::<2, _>(von_mises_cumulative);
    check_conditional::<3, _>(fisher_cumulative);
}

/// Pairs of numbers that are equal to rounding.
fn equal_pairs(mut draws: Vec<f64>) -> usize {
    draws.sort_by(f64::total_cmp);
    draws.windows(2).filter(|pair| pair[1] - pair[0] < 1e-12).count()
}

/// Uniforms of 24 bits make angles of 2^24 values, of which 40 000 draws take 48 twice; of 53 bits they take none.
#[test]
fn angles_of_24_bits_are_found_out() {
    for (case, kappa) in [0.3, 1.0, 3.0].into_iter().enumerate() {
        let (circle, sphere) = (
            |case| conditional_draws::<2>(case, kappa, beta(1.0)),
            |case| conditional_draws::<3>(case, kappa, beta(1.0)),
        );
        // A pair within 1e-12 by chance has a probability of 1e-3.
        assert_eq!(equal_pairs(circle(case as u64)), 0, "circle, kappa {kappa}");
        assert_eq!(equal_pairs(sphere(case as u64)), 0, "sphere, kappa {kappa}");
    }
    // Control: the cosine on the sphere by inversion, from uniforms k/2^24.
    let mut rng = Seed(7).set_up();
    let cosine = |u: f64| -((-2.0f64).exp_m1() * u).ln_1p();
    let coarse =
        (0..40_000).map(|_| cosine((uniform(&mut rng) * f64::from(1u32 << 24)).ceil() / f64::from(1u32 << 24)));
    assert!(equal_pairs(coarse.collect()) > 20);
}

/// The forgotten Jacobian: theta on the sphere drawn as on the circle.
#[test]
fn angles_without_their_solid_angle_are_found_out() {
    for (case, kappa) in [0.0, 1.0, 30.0].into_iter().enumerate() {
        let draws = conditional_draws::<2>(case as u64, kappa, beta(1.0));
        assert!(kolmogorov_smirnov(&draws, fisher_cumulative(kappa)).unwrap().p_value < RARE);
        let draws = conditional_draws::<3>(case as u64, kappa, beta(1.0));
        assert!(kolmogorov_smirnov(&draws, von_mises_cumulative(kappa)).unwrap().p_value < RARE);
    }
}

/// Energies and squared magnetizations of a run.
fn series<const D: usize, S: Sampler<State = VectorState<D>>>(
    model: &VectorModel<D>,
    mut sampler: S,
    sweeps: u64,
    rng: &mut TaskRng,
) -> Series {
    let mut series = Series::new(2);
    run(&mut sampler, Schedule { thermalization: 500, sweeps }, rng, |sampler| {
        series.push(&[sampler.energy(), model.magnetization(sampler.state()).powi(2)]).unwrap();
    });
    series
}

/// z of U, C and M^2, and of U against 1.05 beta.
fn z_scores<const D: usize>(model: &VectorModel<D>, b: Beta, series: &Series) -> [f64; 4] {
    let (exact, colder) = (model.thermo(b).unwrap(), model.thermo(b.scaled(1.05).unwrap()).unwrap());
    let energy = series.jackknife(BLOCKS, |means| means[0]).unwrap();
    let heat_capacity = series.variance(0, BLOCKS).unwrap().scaled(b.get() * b.get());
    let squared = series.jackknife(BLOCKS, |means| means[1]).unwrap();
    // Blocks are ten relaxation times long, so that none had to be joined and the Student quantile is that of all.
    assert_eq!((energy.n_eff, squared.n_eff), (BLOCKS as f64, BLOCKS as f64));
    [
        energy.z_score(exact.energy),
        heat_capacity.z_score(exact.heat_capacity),
        squared.z_score(model.squared_magnetization(b).unwrap()),
        energy.z_score(colder.energy),
    ]
}

/// The five samplers on one chain.
fn check_chain<const D: usize>(case: u64, model: &VectorModel<D>, t: f64, sweeps: u64) {
    let b = beta(1.0 / t);
    let mut rng = Seed(case).set_up();
    let start = model.initial_state(&mut rng);
    let wolff = |rng: &mut TaskRng| {
        let mut wolff = Wolff::new(model, b, start.clone()).unwrap();
        wolff.tune(100, rng);
        wolff
    };
    let runs = [
        ("metropolis", series(model, Metropolis::new(model, b, start.clone()), 2 * sweeps, &mut rng)),
        ("heat bath", series(model, VectorHeatBath::new(model, b, start.clone()), sweeps, &mut rng)),
        ("over-relaxation", series(model, OverRelaxation::new(model, b, start.clone()), sweeps, &mut rng)),
        ("wolff", series(model, wolff(&mut rng), sweeps, &mut rng)),
        ("swendsen-wang", series(model, SwendsenWang::new(model, b, start.clone()).unwrap(), 2 * sweeps, &mut rng)),
    ];
    for (name, series) in &runs {
        let tau = series.mean(0).unwrap().tau_int.unwrap();
        let z = z_scores(model, b, series);
        println!("case {case} D {D} T {t} {name}: z {z:.2?} tau {tau:.1}");
        assert!(z[..3].iter().all(|z| z.abs() <= STUDENT), "case {case} {name}: z = {z:?}");
        assert!(z[3].abs() > STUDENT, "case {case} {name}: 1.05 beta passes with {}", z[3]);
    }
}

/// Sweeps until 1.05 beta is told: many at high temperature, where energies hardly depend on it.
fn check_chains<const D: usize>() {
    let first = 100 * D as u64;
    for (case, (t, sweeps)) in [(0.3, 80_000), (1.0, 50_000), (3.0, 120_000)].into_iter().enumerate() {
        let case = first + 10 * case as u64;
        check_chain(case, &chain::<D>(12, Boundary::Open, 1.0), t, sweeps);
        check_chain(case + 1, &chain::<D>(8, Boundary::Periodic, 1.0), t, sweeps);
    }
    check_chain(first + 50, &chain::<D>(10, Boundary::Periodic, -1.0), 1.0, 50_000);
}

#[test]
fn chains_of_two_components_are_exact() {
    check_chains::<2>();
}

#[test]
fn chains_of_three_components_are_exact() {
    check_chains::<3>();
}

/// Heat baths and reflections, right and wrong, as moves of the model.
struct Planted<'a, const D: usize> {
    model: &'a VectorModel<D>,
    coupling: f64,
    mistake: Mistake,
    state: VectorState<D>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mistake {
    None,
    /// Directions drawn by their angle to the field, without the solid angle.
    Angle,
    /// Reflection about one of the neighbours instead of their sum.
    Neighbour,
    /// Reflection about the vector sum of all spins.
    Total,
}

fn plus_scaled<const D: usize>(a: &[f64; D], factor: f64, b: &[f64; D]) -> [f64; D] {
    std::array::from_fn(|k| a[k] + factor * b[k])
}

impl<const D: usize> Planted<'_, D> {
    /// A spin in its field, by rejection from uniform directions or, by mistake, from uniform angles.
    fn draw(&self, field: &[f64; D], rng: &mut TaskRng) -> [f64; D] {
        let length = dot(field, field).sqrt();
        let axis = field.map(|x| x / length);
        loop {
            let free = direction(rng);
            let along = dot(&free, &axis);
            let across = plus_scaled(&free, -along, &axis);
            let norm = dot(&across, &across).sqrt();
            let theta = std::f64::consts::PI * uniform(rng);
            let spin = if self.mistake == Mistake::Angle && norm > 0.0 {
                plus_scaled(&axis.map(|x| x * theta.cos()), theta.sin() / norm, &across)
            } else {
                free
            };
            if accepts(self.coupling * length * (1.0 - dot(&spin, &axis)), rng) {
                return spin;
            }
        }
    }

    fn field(&self, site: usize) -> [f64; D] {
        let spins = self.state.spins();
        self.model.lattice().neighbours(site).fold([0.0; D], |sum, other| plus_scaled(&sum, 1.0, &spins[other]))
    }
}

impl<const D: usize> Planted<'_, D> {
    fn sweep(&mut self, rng: &mut TaskRng) {
        for site in 0..self.model.lattice().n_sites() as u32 {
            let to = self.draw(&self.field(site as usize), rng);
            self.model.apply(&mut self.state, Turn { site, to });
        }
        for site in 0..self.model.lattice().n_sites() as u32 {
            let spin = self.state.spins()[site as usize];
            let mirror = match self.mistake {
                Mistake::None | Mistake::Angle => self.field(site as usize),
                Mistake::Neighbour => {
                    let first = self.model.lattice().neighbours(site as usize).next().unwrap();
                    self.state.spins()[first]
                }
                Mistake::Total => self.state.total(),
            };
            let along = 2.0 * dot(&spin, &mirror) / dot(&mirror, &mirror);
            let to = plus_scaled(&spin.map(|x| -x), along, &mirror);
            self.model.apply(&mut self.state, Turn { site, to });
        }
    }
}

/// z of the mean energy of a ring, sampled by the rules of the tests.
fn planted<const D: usize>(mistake: Mistake) -> f64 {
    let model = chain::<D>(8, Boundary::Periodic, 1.0);
    let mut rng = Seed(400 + D as u64).set_up();
    let state = model.initial_state(&mut rng);
    let mut sampler = Planted { model: &model, coupling: 1.25, mistake, state };
    let mut series = Series::new(1);
    for sweep in 0..20_500 {
        sampler.sweep(&mut rng);
        if sweep >= 500 {
            series.push(&[model.energy(&sampler.state)]).unwrap();
        }
    }
    series.mean(0).unwrap().z_score(model.thermo(beta(1.25)).unwrap().energy)
}

/// The same code is exact without its mistakes, so that it is they that are found out.
#[test]
fn planted_mistakes_are_found_out() {
    for (components, z) in [
        (2, [Mistake::None, Mistake::Neighbour, Mistake::Total].map(planted::<2>)),
        (3, [Mistake::None, Mistake::Neighbour, Mistake::Total].map(planted::<3>)),
    ] {
        println!("{components} components: z {z:.1?}");
        assert!(z[0].abs() < 4.5, "{components}: {z:?}");
        assert!(z[1].abs() > 9.0 && z[2].abs() > 9.0, "{components}: {z:?}");
    }
    let z = [planted::<3>(Mistake::Angle), planted::<2>(Mistake::Angle)];
    println!("angles: z {z:.1?}");
    // On the circle an angle is its own measure.
    assert!(z[0].abs() > 9.0 && z[1].abs() < 4.5, "{z:?}");
}

fn torus<const D: usize>(j: f64) -> VectorModel<D> {
    VectorModel::new(Lattice::new(LatticeKind::Square, &[4, 4], Boundary::Periodic).unwrap(), j).unwrap()
}

/// Slopes of ln(P_1/P_2) between two temperatures at which energies overlap, for samplers started by `start`.
fn check_slope<'a, const D: usize, S: Sampler<State = VectorState<D>>>(
    case: u64,
    name: &str,
    model: &'a VectorModel<D>,
    start: impl Fn(&'a VectorModel<D>, Beta, VectorState<D>) -> S,
) {
    let betas = [0.85, 1.15];
    let energies: Vec<Vec<f64>> = betas
        .into_iter()
        .enumerate()
        .map(|(k, b)| {
            let mut rng = Seed(2 * case + k as u64).set_up();
            let mut sampler = start(model, beta(b), model.initial_state(&mut rng));
            let mut energies = Vec::new();
            // One energy in eight sweeps: what is left out says little, and takes time to fit.
            for sweep in 0..42_000 {
                sampler.advance(&mut rng);
                if sweep >= 2000 && sweep % 8 == 0 {
                    energies.push(sampler.energy());
                }
            }
            energies
        })
        .collect();
    let fit = slope_from_blocks(&energies[0], &energies[1], 64).unwrap();
    // A second temperature that is 5 % off.
    let (z, control) = (fit.z_score(betas[0], betas[1]), fit.z_score(betas[0], 1.05 * betas[1]));
    println!("{D} components, {name}: slope {}, z {z:.2}, control {control:.1}", fit.slope);
    assert!(z.abs() <= STUDENT_63, "{D} components, {name}: z = {z}");
    assert!(control.abs() > STUDENT_63, "{D} components, {name}: 1.05 beta passes with {control}");
}

fn check_slopes<const D: usize>(case: u64) {
    let model = torus::<D>(1.0);
    check_slope(case, "metropolis", &model, Metropolis::new);
    check_slope(case + 1, "heat bath", &model, VectorHeatBath::new);
    check_slope(case + 2, "over-relaxation", &model, OverRelaxation::new);
    check_slope(case + 3, "wolff", &model, |model, b, state| {
        let mut wolff = Wolff::new(model, b, state).unwrap();
        wolff.tune(100, &mut Seed(case).set_up());
        wolff
    });
    check_slope(case + 4, "swendsen-wang", &model, |model, b, state| SwendsenWang::new(model, b, state).unwrap());
    check_slope(case + 5, "antiferromagnetic heat bath", &torus::<D>(-1.0), VectorHeatBath::new);
}

#[test]
fn ratios_of_two_temperatures_are_exact_on_a_torus() {
    check_slopes::<2>(500);
    check_slopes::<3>(600);
}

/// A thousand sweeps of reflections, and two spins by hand.
fn check_reflections<const D: usize>(case: u64) {
    for (j, b) in [(1.0, 0.8), (-0.7, 2.0)] {
        let model = torus::<D>(j);
        let mut rng = Seed(case).set_up();
        let mut sampler = OverRelaxation::new(&model, beta(b), model.initial_state(&mut rng));
        (0..100).for_each(|_| sampler.advance(&mut rng));
        let (energy, before) = (model.energy(sampler.state()), sampler.state().clone());
        for _ in 0..1000 {
            sampler.reflect();
            assert!((model.energy(sampler.state()) - energy).abs() < 2e-12);
            assert!((sampler.energy() - model.energy(sampler.state())).abs() < 32e-14);
        }
        let moved = before.spins().iter().zip(sampler.state().spins()).filter(|(a, b)| dot(a, b) < 0.99).count();
        assert!(moved > 8, "reflections must move spins, {moved} did");
        // A heat bath does change the energy.
        sampler.advance(&mut rng);
        assert!((sampler.energy() - energy).abs() > 1e-3);
    }
    // The first spin is reflected about the second, then the second about the image of the first.
    let pair = chain::<D>(2, Boundary::Open, 1.0);
    let mut rng = Seed(case + 1).set_up();
    let (a, b) = (direction::<D>(&mut rng), direction::<D>(&mut rng));
    let mut sampler = OverRelaxation::new(&pair, Beta::ZERO, pair.state(&[a, b]));
    sampler.reflect();
    let spins = sampler.state().spins();
    let image = plus_scaled(&a.map(|x| -x), 2.0 * dot(&a, &b), &b);
    let other = plus_scaled(&b.map(|x| -x), 2.0 * dot(&image, &b), &image);
    let close = |x: &[f64; D], y: &[f64; D]| x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-15);
    assert!(close(&spins[0], &image) && close(&spins[1], &other));
    // From that image, and the second spin as it was, the same reflection leads back.
    let mut back = OverRelaxation::new(&pair, Beta::ZERO, pair.state(&[image, b]));
    back.reflect();
    assert!(close(&back.state().spins()[0], &a));
}

#[test]
fn reflections_conserve_the_energy_and_undo_themselves() {
    check_reflections::<2>(700);
    check_reflections::<3>(710);
}

fn check_limits<const D: usize>(case: u64) {
    let mut rng = Seed(case).set_up();
    // Absolute zero: from disorder the energy falls with every sweep and ends in a ground state of a small torus.
    for (j, b) in [(1.0, f64::INFINITY), (-1.0, f64::INFINITY), (1.0, f64::NEG_INFINITY)] {
        let model = torus::<D>(j);
        let lowest = -32.0 * j.abs();
        let disorder: Vec<[f64; D]> = (0..16).map(|_| direction(&mut rng)).collect();
        let start = model.state(&disorder);
        let sign = if b > 0.0 { 1.0 } else { -1.0 };
        let mut cold = VectorHeatBath::new(&model, beta(b), start.clone());
        let mut reflecting = OverRelaxation::new(&model, beta(b), start);
        let mut last = sign * cold.energy();
        for _ in 0..2000 {
            cold.advance(&mut rng);
            reflecting.advance(&mut rng);
            assert!(sign * cold.energy() <= last + 1e-12);
            last = sign * cold.energy();
        }
        assert!(last < 0.5 * lowest && last >= lowest - 1e-12, "{D} components, J = {j}: {last}");
        assert!(sign * reflecting.energy() < 0.5 * lowest);
    }
    // Without coupling spins are free at every temperature; without neighbours' sum they are free as well.
    for b in [f64::INFINITY, 1.0, 0.0] {
        let free = torus::<D>(0.0);
        let start = free.initial_state(&mut rng);
        let mut sampler = OverRelaxation::new(&free, beta(b), start);
        let mut series = Series::new(1);
        run(&mut sampler, Schedule { thermalization: 10, sweeps: 20_000 }, &mut rng, |sampler| {
            series.push(&[free.magnetization(sampler.state()).powi(2)]).unwrap();
        });
        let squared = series.mean(0).unwrap();
        assert!(squared.z_score(16.0).abs() < 4.5 && squared.z_score(1.05 * 16.0).abs() > 4.5, "{squared}");
        assert_eq!(sampler.energy(), 0.0);
    }
}

#[test]
fn limits_of_temperature_and_coupling() {
    check_limits::<2>(800);
    check_limits::<3>(810);
}

#[test]
fn replicas_exchange_states_and_keep_their_temperatures() {
    fn exchange<const D: usize, S: Replica<State = VectorState<D>>>(mut cold: S, mut hot: S, rng: &mut impl Rng) {
        (0..10).for_each(|_| hot.advance(rng));
        let (a, b) = (cold.state().clone(), hot.state().clone());
        cold.exchange(&mut hot);
        assert!(cold.state() == &b && hot.state() == &a && a != b);
        assert_eq!((cold.beta().get(), hot.beta()), (2.0, Beta::ZERO));
        assert_eq!((cold.energy(), hot.energy()), (b.energy(), a.energy()));
    }
    let model = torus::<3>(1.0);
    let mut rng = Seed(900).set_up();
    let start = model.initial_state(&mut rng);
    let at = |b: f64| VectorHeatBath::new(&model, beta(b), start.clone());
    exchange(at(2.0), at(0.0), &mut rng);
    let at = |b: f64| OverRelaxation::new(&model, beta(b), start.clone());
    exchange(at(2.0), at(0.0), &mut rng);
}
