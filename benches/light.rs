//! Photons a second: single ones from Planck's law, whole cavities, one mode; colours and colour temperatures.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::rng::{Seed, StreamId, TaskRng};
use gibbs::samplers::Sampler;
use gibbs::systems::radiation::colour::Tristimulus;
use gibbs::systems::radiation::planck::BlackBody;
use gibbs::systems::{Cavity, Geometric, Photons};
use gibbs::systems::{Oscillator, PhotonGas};
use gibbs::units::{Beta, Temperature};

fn rng() -> TaskRng {
    Seed(1).stream(StreamId::new(1, 0, 0))
}

fn kelvin(t: f64) -> Beta {
    Temperature::new(t).unwrap().beta()
}

fn photons(c: &mut Criterion) {
    const PHOTONS: usize = 1000;
    let mut group = c.benchmark_group("photons");
    group.throughput(Throughput::Elements(PHOTONS as u64));
    let samplers = [("by number", Photons::by_number(kelvin(5778.0))), ("by power", Photons::by_power(kelvin(5778.0)))];
    for (name, sampler) in samplers {
        let (mut sampler, mut rng) = (sampler.unwrap(), rng());
        group.bench_function(name, |b| {
            b.iter(|| {
                (0..PHOTONS).for_each(|_| sampler.advance(&mut rng));
                black_box(sampler.energy())
            });
        });
    }
    let mut mode = Geometric::new(Oscillator::new(5778.0).unwrap(), kelvin(5778.0)).unwrap();
    let mut rng = rng();
    group.bench_function("in one mode", |b| {
        b.iter(|| {
            (0..PHOTONS).for_each(|_| mode.advance(&mut rng));
            black_box(*mode.state())
        });
    });
    group.finish();
}

/// A cubic micrometre to a cubic metre at 300 K: 5e-4 to 5e14 photons on average.
fn cavities(c: &mut Criterion) {
    let mut group = c.benchmark_group("cavity");
    for volume in [1e-18, 1e-12, 1e-6, 1e-5, 1.0, 1e6] {
        let mut cavity = Cavity::new(PhotonGas::new(volume).unwrap(), kelvin(300.0)).unwrap();
        let mut rng = rng();
        group.bench_function(BenchmarkId::new("cubic metres", volume), |b| b.iter(|| cavity.advance(&mut rng)));
    }
    group.finish();
}

fn colours(c: &mut Criterion) {
    let body = BlackBody::new(5778.0).unwrap();
    c.bench_function("colour of a body", |b| {
        b.iter(|| Tristimulus::of_black_body(black_box(&body)).unwrap().brightest_colour().unwrap());
    });
    let light = Tristimulus::of_black_body(&body).unwrap();
    c.bench_function("correlated colour temperature", |b| {
        b.iter(|| black_box(&light).correlated_colour_temperature().unwrap());
    });
}

criterion_group!(benches, photons, cavities, colours);
criterion_main!(benches);
