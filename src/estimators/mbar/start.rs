//! Where Newton's method begins: two-state acceptance ratios along the tree of nearest states.

use super::samples::MbarSamples;

/// Samples of a state that the start looks at: it needs free energies to a few tenths only.
const LOOKED_AT: usize = 256;

/// Bisections of a two-state estimate: 2^-60 of the span of the potentials.
const BISECTIONS: usize = 60;

/// A two-state estimate is narrowed down to this.
const PRECISION: f64 = 1e-3;

/// Free energies of the `sampled` states relative to the first of them, good to a few tenths.
///
/// The distance of two states is Jeffreys' divergence, `<u_j - u_i>_i + <u_i - u_j>_j`, zero for equal states. Each state
/// is joined to the nearest one of those joined before (Prim's tree), by Bennett's acceptance ratio.
pub(super) fn start(samples: &MbarSamples<'_>, sampled: &[usize]) -> Vec<f64> {
    let n_states = sampled.len();
    let drawn: Vec<Vec<(usize, f64)>> =
        sampled.iter().map(|&k| samples.thinned(k, samples.n_drawn(k).div_ceil(LOOKED_AT))).collect();
    let mean = |i: usize, j: usize| {
        let (row, total) = (samples.row(sampled[j]), drawn[i].iter().map(|(_, w)| w).sum::<f64>());
        drawn[i].iter().map(|(n, w)| w * row[*n]).sum::<f64>() / total
    };
    let means: Vec<Vec<f64>> = (0..n_states).map(|i| (0..n_states).map(|j| mean(i, j)).collect()).collect();
    let distance = |i: usize, j: usize| {
        let divergence = means[i][j] - means[i][i] + (means[j][i] - means[j][j]);
        if divergence.is_nan() { f64::INFINITY } else { divergence }
    };
    let mut f = vec![0.0; n_states];
    // (state, nearest joined state)
    let mut waiting: Vec<(usize, usize)> = (1..n_states).map(|k| (k, 0)).collect();
    while let Some(next) = (0..waiting.len()).min_by(|&a, &b| {
        let of = |x: usize| distance(waiting[x].0, waiting[x].1);
        of(a).total_cmp(&of(b))
    }) {
        let (state, joined) = waiting.remove(next);
        let (u_joined, u_state) = (samples.row(sampled[joined]), samples.row(sampled[state]));
        f[state] = f[joined] + acceptance_ratio(u_joined, u_state, &drawn[joined], &drawn[state]);
        for (other, nearest) in &mut waiting {
            if distance(*other, state) < distance(*other, *nearest) {
                *nearest = state;
            }
        }
    }
    f
}

/// f_b - f_a by Bennett's acceptance ratio: the root of a rising function, between the extreme differences u_b - u_a.
fn acceptance_ratio(u_a: &[f64], u_b: &[f64], from_a: &[(usize, f64)], from_b: &[(usize, f64)]) -> f64 {
    let list = |drawn: &[(usize, f64)]| -> Vec<(f64, f64)> {
        drawn.iter().map(|(n, weight)| (u_b[*n] - u_a[*n], *weight)).collect()
    };
    let (a, b) = (list(from_a), list(from_b));
    let total = |list: &[(f64, f64)]| list.iter().map(|(_, weight)| weight).sum::<f64>();
    let offset = (total(&a) / total(&b)).ln();
    let excess = |f: f64| {
        let forward: f64 = a.iter().map(|(du, weight)| weight / (1.0 + (offset + du - f).exp())).sum();
        let backward: f64 = b.iter().map(|(du, weight)| weight / (1.0 + (f - du - offset).exp())).sum();
        forward - backward
    };
    let finite = || a.iter().chain(&b).map(|(du, _)| *du).filter(|du| du.is_finite());
    let (mut low, mut high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return 0.0;
    }
    for _ in 0..BISECTIONS {
        if high - low < PRECISION {
            break;
        }
        let middle = low + 0.5 * (high - low);
        if excess(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + 0.5 * (high - low)
}
