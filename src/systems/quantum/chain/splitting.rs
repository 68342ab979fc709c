//! The difference of the two vacuum energies of a ring, exponentially small off criticality, to full relative precision.

use crate::numerics::sum;

/// Above this power of the smaller over the larger parameter the difference of the sums themselves is precise.
const SMALL_POWER: f64 = 0.1;

/// Vacuum energy of the odd sector minus that of the even one, for n spins: `(1/2)(sum_even e(k) - sum_odd e(k))` over the wave
/// numbers of each, e(k) = 2 sqrt(J^2 + Gamma^2 - 2 J Gamma cos k). None where it is no small number.
///
/// The sums are trapezoidal rules, which differ by the Fourier coefficients of e at multiples of n: the difference is
/// `-2 n (c_n + c_3n + ...)`. With x = min/max of J and Gamma, `c_l = 2 max x^l sum_i a_i a_(i+l) x^2i`, where a_i are the coefficients
/// of `sqrt(1 - z) = sum_i a_i z^i`.
pub(super) fn vacuum_splitting(n: u32, j: f64, gamma: f64) -> Option<f64> {
    let (sites, larger) = (f64::from(n), j.abs().max(gamma.abs()));
    let ratio = if larger == 0.0 { 0.0 } else { j.abs().min(gamma.abs()) / larger };
    if ratio.powf(sites) > SMALL_POWER {
        return None;
    }
    // Opposite signs shift the wave numbers by pi, which turns odd coefficients around.
    let turned = n % 2 == 1 && (j < 0.0) != (gamma < 0.0);
    let mut total = 0.0;
    for multiple in (1..).step_by(2) {
        let coefficient = fourier_coefficient(sites * f64::from(multiple), ratio);
        total += coefficient;
        if coefficient.abs() <= f64::EPSILON * total.abs() {
            break;
        }
    }
    let splitting = -4.0 * larger * sites * total;
    Some(if turned { -splitting } else { splitting })
}

/// c_l of abs(1 - x e^(ik)).
fn fourier_coefficient(l: f64, x: f64) -> f64 {
    let power = x.powf(l);
    if power == 0.0 {
        return 0.0;
    }
    // a_(i+1) = a_i (i - 1/2)/(i + 1), a_0 = 1.
    let next = |i: f64| (i - 0.5) / (i + 1.0);
    let first = (0..l as u64).fold(1.0, |a, i| a * next(i as f64));
    let mut terms = vec![first];
    let (mut term, mut i) = (first, 0.0);
    while term.abs() > f64::EPSILON * f64::EPSILON * first.abs() {
        term *= next(i) * next(i + l) * x * x;
        terms.push(term);
        i += 1.0;
    }
    power * sum(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_difference_of_the_sums_where_they_can_tell() {
        let vacuum = |n: u32, j: f64, gamma: f64, offset: f64| {
            let energy = |i: u32| {
                let k = std::f64::consts::TAU * (f64::from(i) + offset) / f64::from(n);
                2.0 * (j * j + gamma * gamma - 2.0 * j * gamma * k.cos()).sqrt()
            };
            -0.5 * sum((0..n).map(energy))
        };
        for (n, j, gamma) in
            [(4, 1.0, 0.5), (5, -1.0, 0.5), (5, 1.0, -0.4), (6, -1.0, 0.3), (9, 0.7, 1.0), (7, -0.2, -1.0)]
        {
            let difference = vacuum(n, j, gamma, 0.0) - vacuum(n, j, gamma, 0.5);
            let splitting = vacuum_splitting(n, j, gamma).unwrap();
            assert!((splitting - difference).abs() < 1e-14 * f64::from(n), "{n} {j} {gamma}: {splitting} {difference}");
            assert!(difference.abs() > 1e-6);
        }
        assert_eq!(vacuum_splitting(8, 1.0, 1.0), None);
        assert_eq!(vacuum_splitting(8, 1.0, 0.0), Some(0.0));
    }

    #[test]
    fn it_falls_with_the_power_of_the_field() {
        // For large n: J sqrt((1 - x^2)/(pi n)) 2 x^n, x = Gamma/J.
        let (n, x) = (1000, 0.7f64);
        let leading = 2.0 * x.powi(n) * ((1.0 - x * x) / (std::f64::consts::PI * f64::from(n))).sqrt();
        let ratio = vacuum_splitting(n as u32, 1.0, x).unwrap() / leading;
        assert!((ratio - 1.0).abs() < 2e-3, "{ratio}");
    }
}
