//! timing
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]
use gibbs::rng::Seed;
use gibbs::samplers::{Sampler, SwendsenWang, Wolff};
use gibbs::systems::{Ising, Model};
use gibbs::units::Beta;

fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    s.split(' ').next().unwrap().parse().unwrap()
}
#[test]
#[ignore = "timing"]
fn timing() {
    let beta = Beta::new(0.5 * 2f64.sqrt().ln_1p()).unwrap();
    for side in [32usize, 128, 512] {
        let ising = Ising::torus(side, side, 1.0, 0.0).unwrap();
        let mut rng = Seed(1).set_up();
        let mut wolff = Wolff::new(&ising, beta, ising.initial_state(&mut rng)).unwrap();
        wolff.tune(50, &mut rng);
        let n = 3_000_000 / (side * side) as u64 + 1;
        let mut best: (f64, f64) = (1e9, 1e9);
        for _ in 0..10 {
            let mut w = wolff.clone();
            let t = cpu();
            let before = w.mean_cluster_size();
            let _ = before;
            (0..n).for_each(|_| w.advance(&mut rng));
            let flips = w.mean_cluster_size() * f64::from(w.clusters_per_advance()) * n as f64;
            best.0 = best.0.min((cpu() - t) / flips);
            let mut s = SwendsenWang::new(&ising, beta, w.state().clone()).unwrap();
            let t = cpu();
            (0..n).for_each(|_| s.advance(&mut rng));
            best.1 = best.1.min((cpu() - t) / (n as f64 * (side * side) as f64));
        }
        println!("L {side}: wolff {:.2} ns/flip, sw {:.2} ns/site", best.0, best.1);
    }
}
