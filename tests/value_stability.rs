//! First draws of every branch of every algorithm, as known answers.
//!
//! A change here means that results at equal seed change. That is a decision, not a repair: it needs an entry under
//! *Value-breaking* in the CHANGELOG. Integers must agree exactly; numbers that hang on the last digit of exp or ln, which
//! differs between platforms, to 12 digits.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::model::{Boundary, Lattice, LatticeKind, Model};
use gibbs::rng::{Seed, StreamId, TaskRng, index, uniform};
use gibbs::samplers::{
    Alias, InverseCdf, LevelStream, Metropolis, Sampler, SwendsenWang, Tempering, Wolff, accepts, occupation_numbers,
    split_binomially,
};
use gibbs::systems::{Cavity, Geometric, OverRelaxation, Photons, PowerWell, SingleFlip, VectorHeatBath};
use gibbs::systems::{ClassicalPower, Ising, Oscillator, PhotonGas, SpinGlass, VectorModel, VectorState};
use gibbs::tokens::TokenSampler;
use gibbs::tokens::truncation::{Pipeline, Truncation};
use gibbs::units::{Beta, Temperature};
use rand::Rng;

const E18: u64 = 1_000_000_000_000_000_000;

fn rng() -> TaskRng {
    Seed(7).stream(StreamId::new(1, 2, 3))
}

fn first<T>(n: usize, mut draw: impl FnMut(&mut TaskRng) -> T) -> Vec<T> {
    let mut rng = rng();
    (0..n).map(|_| draw(&mut rng)).collect()
}

fn beta(value: f64) -> Beta {
    Beta::new(value).unwrap()
}

fn assert_close(found: &[f64], known: &[f64]) {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * b.abs();
    assert!(found.len() == known.len() && found.iter().zip(known).all(close), "{found:?}");
}

#[test]
fn streams() {
    assert_eq!(
        first(3, |rng| rng.next_u64()),
        [1_820_128_998_550_508_166, 233_909_128_835_358_451, 10_727_996_706_914_833_605]
    );
    assert_eq!(Seed(7).set_up().next_u64(), 2_910_824_217_569_608_635);
    assert_eq!(Seed(8).set_up().next_u64(), 1_335_302_730_827_994_718);
}

#[test]
fn uniform_numbers() {
    assert_eq!(first(3, uniform), [0.0986693907216164, 0.012680239282374384, 0.58156586680272]);
}

#[test]
fn indices() {
    assert_eq!(first(8, |rng| index(rng, 1000)), [98, 12, 581, 905, 154, 477, 87, 974]);
    // Rejects one in four.
    assert_eq!(
        first(4, |rng| index(rng, 3 << 62)),
        [1_365_096_748_912_881_124, 175_431_846_626_518_838, 8_045_997_530_186_125_203, 2_132_560_346_683_992_746]
    );
}

fn spectrum() -> Spectrum {
    Spectrum::with_degeneracies(vec![1.0, f64::INFINITY, 0.0, 0.5, 3.0], &[2.0, 1.0, 1.0, 3.0, 9.0]).unwrap()
}

#[test]
fn levels_by_inversion() {
    let spectrum = spectrum();
    let sampler = InverseCdf::new(&Canonical::new(&spectrum, beta(0.8)));
    assert_eq!(first(12, |rng| sampler.draw(rng)), [0, 0, 3, 4, 0, 3, 0, 4, 2, 3, 0, 3]);
}

#[test]
fn levels_by_alias() {
    let spectrum = spectrum();
    let sampler = Alias::new(&Canonical::new(&spectrum, beta(0.8)));
    assert_eq!(first(12, |rng| sampler.draw(rng)), [0, 2, 0, 2, 3, 0, 3, 4, 3, 0, 3, 4]);
}

#[test]
fn binomial_numbers() {
    // By inversion, from few trials and from astronomically many; likely successes by the unlikely failures.
    assert_eq!(first(5, |rng| split_binomially(20, 0.3, rng)), [3, 2, 6, 9, 4]);
    assert_eq!(first(5, |rng| split_binomially(E18, 3e-18, rng)), [1, 0, 3, 5, 1]);
    assert_eq!(first(5, |rng| split_binomially(20, 0.9, rng)), [20, 20, 18, 16, 19]);
    // By rejection, and as Poisson numbers.
    assert_eq!(first(5, |rng| split_binomially(1000, 0.3, rng)), [304, 299, 293, 276, 289]);
    assert_eq!(first(5, |rng| split_binomially(E18, 1e-16, rng)), [123, 94, 96, 90, 82]);
}

#[test]
fn occupations() {
    let spectrum = spectrum();
    let ensemble = Canonical::new(&spectrum, beta(0.8));
    // Inversion alone, and rejection first.
    assert_eq!(occupation_numbers(&ensemble, 12, &mut rng()), [4, 0, 0, 3, 5]);
    assert_eq!(occupation_numbers(&ensemble, 10_000, &mut rng()), [1919, 0, 2102, 4268, 1711]);
    // Of 10^18 the last digits depend on those of exp.
    let many: Vec<f64> = occupation_numbers(&ensemble, E18, &mut rng()).iter().map(|&n| n as f64).collect();
    let known = [190148706005945280.0, 0.0, 211591863484586112.0, 425502803457129408.0, 172756627052339200.0];
    assert_close(&many, &known);
    // A rare rest of many.
    let cold = Canonical::new(&spectrum, beta(60.0));
    assert_eq!(occupation_numbers(&cold, E18, &mut rng()), [0, 0, E18 - 280_092, 280_092, 0]);
}

#[test]
fn oscillator_numbers() {
    let mut sampler = Geometric::new(Oscillator::new(1.0).unwrap(), beta(0.2)).unwrap();
    let draw = |rng: &mut TaskRng| {
        sampler.advance(rng);
        *sampler.state()
    };
    assert_eq!(first(8, draw), [11, 21, 2, 0, 9, 3, 12, 0]);
}

#[test]
fn coordinates_in_a_well() {
    // Gamma variates of shape below and above 1.
    for (power, known) in [
        (4.0, [-0.06214886160179778, -0.3297478768969964, -0.18662158748007185, -0.046460918208377465]),
        (0.5, [-0.03336644472921805, 1.7966169726200336, 0.26896205123770184, -0.09032827924376043]),
    ] {
        let mut sampler = PowerWell::new(ClassicalPower::new(power, 1.5).unwrap(), beta(2.0)).unwrap();
        let draw = |rng: &mut TaskRng| {
            sampler.advance(rng);
            *sampler.state()
        };
        assert_close(&first(4, draw), &known);
    }
}

#[test]
fn accepted_moves() {
    let made: Vec<u8> = first(16, |rng| u8::from(accepts(0.7, rng)));
    assert_eq!(made, [1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1]);
}

#[test]
fn a_walk_in_a_well() {
    let well = ClassicalPower::new(4.0, 1.5).unwrap();
    let mut chain = Metropolis::new(&well, beta(2.0), 0.5);
    let draw = |rng: &mut TaskRng| {
        chain.advance(rng);
        *chain.state()
    };
    assert_close(&first(4, draw), &[0.3513279595667865, -0.8918862867177623, -0.3286241603893636, -0.5965397836165729]);
}

/// Energy and magnetization after each of five advances.
fn chain<S: Sampler<State = gibbs::systems::IsingState>>(chain: &mut S, rng: &mut TaskRng) -> Vec<(f64, i64)> {
    (0..5)
        .map(|_| {
            chain.advance(rng);
            (chain.energy(), chain.state().magnetization())
        })
        .collect()
}

#[test]
fn lattices() {
    let ising = Ising::torus(8, 6, 1.0, 0.0).unwrap();
    let start = || (rng(), ising.initial_state(&mut rng()));
    let (mut random, state) = start();
    let metropolis = chain(&mut SingleFlip::metropolis(&ising, beta(0.4), state), &mut random);
    assert_eq!(metropolis, [(-64.0, -38), (-44.0, -30), (-48.0, -32), (-40.0, -30), (-64.0, -38)]);
    let (mut random, state) = start();
    assert_eq!(chain(&mut Metropolis::new(&ising, beta(0.4), state), &mut random), metropolis);
    let (mut random, state) = start();
    assert_eq!(
        chain(&mut SingleFlip::heat_bath(&ising, beta(0.4), state), &mut random),
        [(-80.0, -44), (-80.0, -44), (-64.0, -40), (-80.0, -44), (-88.0, -46)]
    );
    let (mut random, state) = start();
    let mut wolff = Wolff::new(&ising, beta(0.4), state).unwrap();
    assert_eq!(chain(&mut wolff, &mut random), [(-40.0, 16), (-32.0, 2), (-36.0, 10), (-44.0, -28), (-68.0, 40)]);
    wolff.tune(10, &mut random);
    assert_eq!(
        (wolff.clusters_per_advance(), chain(&mut wolff, &mut random)),
        (1, vec![(-32.0, -26), (-32.0, -24), (-60.0, 34), (-80.0, -44), (-68.0, 40)])
    );
    let (mut random, state) = start();
    let mut swendsen_wang = SwendsenWang::new(&ising, beta(0.4), state).unwrap();
    assert_eq!(
        chain(&mut swendsen_wang, &mut random),
        [(-84.0, -44), (-76.0, 42), (-96.0, -48), (-72.0, 36), (-52.0, 34)]
    );
}

/// Energies after each of three advances of the two samplers of unit vectors, on a cold torus and a hot one.
fn vectors<const D: usize>() -> [Vec<f64>; 2] {
    fn energies<const D: usize>(mut chain: impl Sampler<State = VectorState<D>>, rng: &mut TaskRng) -> Vec<f64> {
        let mut advance = || {
            chain.advance(rng);
            chain.energy()
        };
        (0..3).map(|_| advance()).collect()
    }
    let square = Lattice::new(LatticeKind::Square, &[4, 6], Boundary::Periodic).unwrap();
    let model = VectorModel::<D>::new(square, 1.0).unwrap();
    let mut random = rng();
    let start = model.initial_state(&mut random);
    [
        energies(VectorHeatBath::new(&model, beta(1.5), start.clone()), &mut random),
        energies(OverRelaxation::new(&model, beta(0.5), start), &mut random),
    ]
}

#[test]
fn heat_bath_of_vectors() {
    assert_close(&vectors::<2>()[0], &[-40.378770045368356, -42.485718930319756, -39.85028239469904]);
    assert_close(&vectors::<3>()[0], &[-37.87305488888908, -36.906850602718855, -33.49960264079612]);
}

#[test]
fn over_relaxation_of_vectors() {
    assert_close(&vectors::<2>()[1], &[-31.788145696134258, -19.540901704968046, -11.500149266491588]);
    assert_close(&vectors::<3>()[1], &[-15.179462426193332, -15.71799105345665, -8.505824895374559]);
}

#[test]
fn replica_exchange() {
    let cubic = Lattice::new(LatticeKind::Cubic, &[3, 3, 3], Boundary::Periodic).unwrap();
    let mut random = rng();
    let glass = SpinGlass::bimodal(&cubic, 0.0, &mut random).unwrap();
    let chains = [1.0, 0.8, 0.5].map(|b| Metropolis::new(&glass, beta(b), glass.initial_state(&mut random)));
    let mut tempering = Tempering::new(chains.into(), 1, Seed(7), StreamId::new(1, 2, 3)).unwrap();
    let mut found = Vec::new();
    for _ in 0..5 {
        tempering.advance();
        found.push((0..3).map(|k| (tempering.replica(k), tempering.chain(k).energy())).collect::<Vec<_>>());
    }
    assert_eq!(
        found,
        [
            [(0, -37.0), (1, -21.0), (2, -9.0)],
            [(0, -41.0), (1, -41.0), (2, -21.0)],
            [(1, -41.0), (0, -41.0), (2, -37.0)],
            [(1, -45.0), (0, -41.0), (2, -33.0)],
            [(1, -45.0), (0, -41.0), (2, -29.0)],
        ]
    );
}

#[test]
fn photons() {
    let drawn = |mut photons: Photons| {
        first(4, |rng| {
            photons.advance(rng);
            photons.energy()
        })
    };
    assert_close(
        &drawn(Photons::by_number(beta(1.0)).unwrap()),
        &[0.9862137364248524, 1.0599329506167332, 5.464312767457401, 1.08023841463499],
    );
    assert_close(
        &drawn(Photons::by_power(beta(1.0)).unwrap()),
        &[2.0036425066899346, 3.018338487245055, 1.20372777937717, 6.829607681945324],
    );
}

/// A dozen clusters counted by size, and 10^12 of them together.
#[test]
fn cavities() {
    let drawn = |volume: f64| {
        let mut cavity = Cavity::new(PhotonGas::new(volume).unwrap(), beta(1.0 / 300.0)).unwrap();
        first(3, |rng| {
            cavity.advance(rng);
            let radiation = cavity.state();
            [radiation.clusters, radiation.photons, radiation.energy]
        })
        .concat()
    };
    assert_close(
        &drawn(2.5e-14),
        &[7.0, 8.0, 4073.7091053638155, 11.0, 13.0, 12366.685117447094, 13.0, 16.0, 11059.271502469868],
    );
    assert_close(
        &drawn(2e-3),
        &[
            986369699911.0,
            1095488454111.0,
            887733442609027.4,
            986370804335.0,
            1095489874050.0,
            887732804434932.4,
            986370628249.0,
            1095490096738.0,
            887733278328740.4,
        ],
    );
}

/// Thresholds of few levels and cells of many: the first draws, and those after a thousand batches.
#[test]
fn levels_in_a_stream() {
    let drawn = |spectrum: &Spectrum| {
        let mut stream = LevelStream::new(&Canonical::new(spectrum, beta(0.8)), &mut rng()).unwrap();
        let mut levels = [0; 12];
        stream.fill(&mut levels);
        let first = levels;
        stream.counts(128_000);
        stream.fill(&mut levels);
        (first, levels)
    };
    assert_eq!(drawn(&spectrum()), ([2, 2, 2, 4, 2, 2, 4, 3, 0, 3, 2, 0], [3, 3, 4, 3, 2, 0, 3, 0, 3, 4, 2, 4]));
    let ladder = Spectrum::new((0..100).map(|i| 0.1 * f64::from(i)).collect()).unwrap();
    assert_eq!(drawn(&ladder), ([14, 7, 12, 2, 3, 15, 2, 6, 15, 7, 10, 13], [7, 7, 10, 6, 7, 24, 8, 25, 9, 3, 27, 29]));
}

/// Plain and truncated, and one that takes all thresholds.
#[test]
fn tokens() {
    let logits: Vec<f32> = (0..3000u32).map(|i| (i * 7919 % 3000) as f32 * 0.004).collect();
    let drawn = |truncations: Vec<Truncation>, t: f64| {
        let pipeline = Pipeline::new(truncations, None, None).unwrap();
        let mut sampler = TokenSampler::new(pipeline, Temperature::new(t).unwrap());
        first(4, |rng| sampler.draw(&logits, rng).unwrap())
    };
    let [top_p, typical] = [Truncation::top_p(0.5).unwrap(), Truncation::typical(0.5).unwrap()];
    assert_eq!(drawn(vec![], 0.8), [306, 494, 633, 1124]);
    assert_eq!(drawn(vec![], -0.8), [258, 444, 616, 1060]);
    assert_eq!(drawn(vec![], f64::INFINITY), [258, 380, 697, 1044]);
    assert_eq!(drawn(vec![Truncation::top_k(9).unwrap()], 0.8), [247, 605, 605, 1321]);
    assert_eq!(drawn(vec![Truncation::top_k(9).unwrap(), top_p], 0.8), [605, 605, 1321, 2642]);
    assert_eq!(drawn(vec![Truncation::min_p(0.1).unwrap()], 0.8), [289, 494, 633, 1077]);
    assert_eq!(drawn(vec![top_p], 0.8), [494, 1124, 963, 902]);
    assert_eq!(drawn(vec![typical], 0.8), [569, 2767, 1249, 1263]);
    assert_eq!(drawn(vec![typical, top_p], 0.8), [322, 39, 1718, 2717]);
}
