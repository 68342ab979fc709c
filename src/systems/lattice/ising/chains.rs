//! Exact densities of states of chains, from how many ways there are to place domain walls.

use super::levels::{IsingJointLevel, IsingLevel};
use crate::numerics::{CompensatedSum, ln_sum_exp};

/// Chains up to this length are counted by B alone, and by B and M together.
const MOST_SITES: usize = 2_000_000;
const MOST_JOINT_RING_SITES: usize = 1024;
const MOST_JOINT_OPEN_SITES: usize = 512;

/// Levels of a ring of `n` spins; `None` when it is too long to list them.
///
/// g(w) = 2 C(n, w) for w = 0, 2, 4 ... domain walls, where B = n - 2w.
pub(super) fn ring(n: usize) -> Option<Vec<IsingLevel>> {
    if n > MOST_SITES {
        return None;
    }
    let mut ln_count = CompensatedSum::default();
    ln_count.add(std::f64::consts::LN_2);
    let mut levels = Vec::with_capacity(n / 2 + 1);
    for walls in (0..=n).step_by(2) {
        if walls > 0 {
            ln_count.add(((n - walls + 2) as f64 / (walls - 1) as f64).ln());
            ln_count.add(((n - walls + 1) as f64 / walls as f64).ln());
        }
        let bond_sum = n as i64 - 2 * walls as i64;
        levels.push(IsingLevel { bond_sum, ln_count: ln_count.value() });
    }
    Some(levels)
}

/// ln n! for all numbers up to `n`.
fn ln_factorials(n: usize) -> Vec<f64> {
    let mut ln_factorials = vec![0.0];
    let mut sum = CompensatedSum::default();
    for i in 1..=n {
        sum.add((i as f64).ln());
        ln_factorials.push(sum.value());
    }
    ln_factorials
}

/// Levels of an open chain of `n` spins; `None` when it is too long to list them.
///
/// g(w) = 2 C(n - 1, w) for w domain walls, where B = n - 1 - 2w.
pub(super) fn open_chain(n: usize) -> Option<Vec<IsingLevel>> {
    if n > MOST_SITES {
        return None;
    }
    let mut ln_count = CompensatedSum::default();
    ln_count.add(std::f64::consts::LN_2);
    let level = |walls: usize| {
        if walls > 0 {
            ln_count.add(((n - walls) as f64 / walls as f64).ln());
        }
        let bond_sum = n as i64 - 1 - 2 * walls as i64;
        IsingLevel { bond_sum, ln_count: ln_count.value() }
    };
    Some((0..n).map(level).collect())
}

/// Joint levels of an open chain of `n` spins; `None` when it is too long to list them.
///
/// u up spins in a domains and n - u down spins in b, where a and b differ by at most 1: C(u - 1, a - 1)
/// C(n - u - 1, b - 1) states that begin with one kind, and as many with the other where a = b.
pub(super) fn joint_open_chain(n: usize) -> Option<Vec<IsingJointLevel>> {
    if n > MOST_JOINT_OPEN_SITES {
        return None;
    }
    let ln_factorials = ln_factorials(n);
    let ln_choose = |n: usize, k: usize| ln_factorials[n] - ln_factorials[k] - ln_factorials[n - k];
    let level = |up: usize, domains: usize, ln_count: f64| IsingJointLevel {
        bond_sum: n as i64 + 1 - 2 * domains as i64,
        magnetization: 2 * up as i64 - n as i64,
        ln_count,
    };
    let mut levels = vec![level(0, 1, 0.0), level(n, 1, 0.0)];
    for up in 1..n {
        let down = n - up;
        for domains in 2..=n {
            let (more, less) = (domains.div_ceil(2), domains / 2);
            let placings = |a: usize, b: usize| {
                if a > up || b > down {
                    f64::NEG_INFINITY
                } else {
                    ln_choose(up - 1, a - 1) + ln_choose(down - 1, b - 1)
                }
            };
            let ln_count = ln_sum_exp([placings(more, less), placings(less, more)]);
            if ln_count.is_finite() {
                levels.push(level(up, domains, ln_count));
            }
        }
    }
    Some(levels)
}

/// Joint levels of a ring of `n` spins; `None` when it is too long to list them.
///
/// g(u, 2k) = (n/k) C(u - 1, k - 1) C(n - u - 1, k - 1) for u up spins in k domains, and the two uniform states.
pub(super) fn joint_ring(n: usize) -> Option<Vec<IsingJointLevel>> {
    if n > MOST_JOINT_RING_SITES {
        return None;
    }
    let ln_factorials = ln_factorials(n);
    let ln_choose = |n: usize, k: usize| ln_factorials[n] - ln_factorials[k] - ln_factorials[n - k];
    let level = |up: usize, domains: usize, ln_count: f64| IsingJointLevel {
        bond_sum: n as i64 - 4 * domains as i64,
        magnetization: 2 * up as i64 - n as i64,
        ln_count,
    };
    let mut levels = vec![level(0, 0, 0.0), level(n, 0, 0.0)];
    for up in 1..n {
        for k in 1..=up.min(n - up) {
            let placings = ln_choose(up - 1, k - 1) + ln_choose(n - up - 1, k - 1);
            levels.push(level(up, k, (n as f64 / k as f64).ln() + placings));
        }
    }
    Some(levels)
}
