//! The embedded language model: tokens per second, read at once and one by one.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gibbs::rng::Seed;
use gibbs::tokens::models::{Cache, LanguageModel};
use gibbs::tokens::truncation::Pipeline;
use gibbs::tokens::views::generate;
use gibbs::units::Temperature;

fn language(c: &mut Criterion) {
    let model = LanguageModel::embedded().unwrap();
    let mut group = c.benchmark_group("language");
    group.sample_size(10);
    for n in [16usize, 128] {
        let prompt: Vec<u32> = (0..n as u32).map(|i| 300 + 7 * i).collect();
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("prompt", n), |b| {
            b.iter(|| model.next_token_logits(&prompt, &mut Cache::new()).unwrap());
        });
    }
    const LENGTH: usize = 32;
    group.throughput(Throughput::Elements(LENGTH as u64));
    group.bench_function(BenchmarkId::new("generated text", LENGTH), |b| {
        let (temperature, mut rng) = (Temperature::new(1.0).unwrap(), Seed(1).set_up());
        b.iter(|| generate(&model, "And the king said", temperature, &Pipeline::default(), LENGTH, &mut rng).unwrap());
    });
    group.finish();
}

criterion_group!(benches, language);
criterion_main!(benches);
