//! One token from the logits of a vocabulary, plain and truncated: tokens of the vocabulary per second.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::ensemble::{Canonical, Spectrum};
use gibbs::rng::Seed;
use gibbs::samplers::Alias;
use gibbs::tokens::TokenSampler;
use gibbs::tokens::truncation::{Pipeline, Truncation};
use gibbs::units::{Beta, Temperature};
use rand_distr::{Distribution, StandardNormal};

const SIZES: [usize; 3] = [2048, 32_000, 128_256];

fn logits(n: usize) -> Vec<f32> {
    let mut rng = Seed(1).set_up();
    (0..n).map(|_| 3.0 * Distribution::<f32>::sample(&StandardNormal, &mut rng)).collect()
}

/// The settings of `tokens.py` among the peers: T = 0.8, logits of standard deviation 3.
fn one_token(c: &mut Criterion) {
    let mut group = c.benchmark_group("draw of a token");
    let truncations = [
        ("plain", vec![]),
        ("top-p 0.95", vec![Truncation::top_p(0.95).unwrap()]),
        ("typical 0.9", vec![Truncation::typical(0.9).unwrap()]),
        ("min-p 0.05", vec![Truncation::min_p(0.05).unwrap()]),
        ("top-k 40", vec![Truncation::top_k(40).unwrap()]),
        ("top-k 40, top-p 0.95", vec![Truncation::top_k(40).unwrap(), Truncation::top_p(0.95).unwrap()]),
        // Takes all thresholds.
        ("top-p 0.95, typical 0.9", vec![Truncation::top_p(0.95).unwrap(), Truncation::typical(0.9).unwrap()]),
    ];
    for n in SIZES {
        let logits = logits(n);
        group.throughput(Throughput::Elements(n as u64));
        for (name, truncations) in &truncations {
            let pipeline = Pipeline::new(truncations.clone(), None, None).unwrap();
            let mut sampler = TokenSampler::new(pipeline, Temperature::new(0.8).unwrap());
            let mut rng = Seed(2).set_up();
            group.bench_function(BenchmarkId::new(*name, n), |b| b.iter(|| sampler.draw(&logits, &mut rng).unwrap()));
        }
    }
    group.finish();
}

fn many_tokens(c: &mut Criterion) {
    let mut group = c.benchmark_group("draws of many tokens");
    for n in SIZES {
        let logits: Vec<f64> = logits(n).into_iter().map(f64::from).collect();
        let spectrum = Spectrum::from_logits(&logits).unwrap();
        let ensemble = Canonical::new(&spectrum, Beta::new(1.25).unwrap());
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("alias table and 1000 draws", n), |b| {
            let mut rng = Seed(2).set_up();
            b.iter(|| {
                let alias = Alias::new(&ensemble);
                (0..1000).map(|_| alias.draw(&mut rng)).sum::<usize>()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, one_token, many_tokens);
criterion_main!(benches);
