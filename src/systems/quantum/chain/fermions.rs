//! The modes of the transverse-field Ising chain: energies of free fermions, on rings by wave number and on open chains by
//! root finding.

use super::splitting::vacuum_splitting;
use crate::model::Boundary;
use crate::numerics::sum;

/// One fermion mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mode {
    /// Energy of its particle, >= 0.
    pub energy: f64,
    /// Derivative of that by Gamma.
    pub slope: f64,
}

/// All states of one boundary condition of the fermions: any number of particles, or an even or odd number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sector {
    /// Energy without particles.
    pub vacuum: f64,
    /// That, measured from the vacuum of the first sector: more precise than the difference.
    pub above_first: f64,
    /// Derivative of that by Gamma.
    pub vacuum_slope: f64,
    /// By energy, lowest first.
    pub modes: Vec<Mode>,
    pub particles: Particles,
}

/// Which numbers of particles are states of the spins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Particles {
    Any,
    Even,
    Odd,
}

/// The sectors that together hold the 2^n states of n spins.
pub(super) fn sectors(n: u32, j: f64, gamma: f64, boundary: Boundary) -> Vec<Sector> {
    if boundary == Boundary::Open {
        return vec![Sector::new(open_modes(n, j, gamma), Particles::Any)];
    }
    let (even, mut odd) = (ring_sector(n, j, gamma, true), ring_sector(n, j, gamma, false));
    odd.above_first = vacuum_splitting(n, j, gamma).unwrap_or(odd.vacuum - even.vacuum);
    odd.vacuum = even.vacuum + odd.above_first;
    vec![even, odd]
}

impl Sector {
    fn new(mut modes: Vec<Mode>, particles: Particles) -> Self {
        modes.sort_by(|a, b| a.energy.total_cmp(&b.energy));
        let vacuum = -0.5 * sum(modes.iter().map(|mode| mode.energy));
        let vacuum_slope = -0.5 * sum(modes.iter().map(|mode| mode.slope));
        Self { vacuum, above_first: 0.0, vacuum_slope, modes, particles }
    }
}

/// Even numbers of fermions have half-integer wave numbers, odd ones integer, in units of 2 pi/n.
///
/// k and -k are two modes of energy `2 sqrt(J^2 + Gamma^2 - 2 J Gamma cos k)`; k = 0 and k = pi stand alone with `2 (Gamma - J)` and
/// `2 (Gamma + J)`. Where that is negative, an empty mode is the particle, and even numbers become odd.
fn ring_sector(n: u32, j: f64, gamma: f64, even: bool) -> Sector {
    let mut modes = Vec::with_capacity(n as usize);
    let mut odd = !even;
    // Half the wave number in units of pi/2n, 0..=n.
    for half_steps in (u32::from(even)..=n).step_by(2) {
        if half_steps == 0 || half_steps == n {
            let (energy, slope) = if half_steps == 0 { (2.0 * (gamma - j), 2.0) } else { (2.0 * (gamma + j), 2.0) };
            if energy < 0.0 {
                odd = !odd;
                modes.push(Mode { energy: -energy, slope: -slope });
            } else {
                modes.push(Mode { energy, slope });
            }
        } else {
            let half = std::f64::consts::FRAC_PI_2 * f64::from(half_steps) / f64::from(n);
            let mode = pair_mode(j, gamma, half.sin().powi(2), half.cos().powi(2));
            modes.extend([mode, mode]);
        }
    }
    Sector::new(modes, if odd { Particles::Odd } else { Particles::Even })
}

/// The mode of wave number k from the squares of sin(k/2) and cos(k/2).
pub(super) fn pair_mode(j: f64, gamma: f64, sin2: f64, cos2: f64) -> Mode {
    let scale = j.abs().max(gamma.abs());
    if scale == 0.0 {
        return Mode { energy: 0.0, slope: 2.0 };
    }
    let (j, gamma) = (j / scale, gamma / scale);
    // Sums of squares, whatever the sign of J Gamma.
    let square = sin2 * (gamma + j).powi(2) + cos2 * (gamma - j).powi(2);
    let along = sin2 * (gamma + j) + cos2 * (gamma - j);
    Mode { energy: 2.0 * scale * square.sqrt(), slope: if square == 0.0 { 2.0 } else { 2.0 * along / square.sqrt() } }
}

/// The n modes of an open chain: `Gamma sin((n+1) k) = J sin(n k)` for J, Gamma > 0, with one k to each interval between the
/// zeros of sin(n k).
///
/// For J n > Gamma (n+1) one mode sits at the ends. Its energy is exponentially small and follows from the determinant, as the
/// product of all energies is (2 Gamma)^n.
///
/// # References
///
/// P. Pfeuty, Ann. Phys. 57, 79 (1970), doi:10.1016/0003-4916(70)90270-8.
fn open_modes(n: u32, j: f64, gamma: f64) -> Vec<Mode> {
    let sign = if gamma < 0.0 { -1.0 } else { 1.0 };
    let (j, gamma, sites) = (j.abs(), gamma.abs(), f64::from(n));
    if j == 0.0 || gamma == 0.0 {
        // Free spins, or n - 1 free bonds.
        let ends = Mode { energy: 2.0 * gamma, slope: 2.0 * sign };
        let mut modes = vec![if j == 0.0 { ends } else { Mode { energy: 2.0 * j, slope: 0.0 } }; n as usize - 1];
        modes.push(if j == 0.0 { ends } else { Mode { energy: 0.0, slope: 0.0 } });
        return modes;
    }
    let (scale, ratio) = (j.max(gamma), j / gamma);
    let step = std::f64::consts::PI / sites;
    let mismatch = |k: f64| ((sites + 1.0) * k).sin() - ratio * (sites * k).sin();
    let at_the_ends = ratio * sites > sites + 1.0;
    let mut modes = Vec::with_capacity(n as usize);
    for interval in u32::from(at_the_ends)..n {
        // The sign at the lower end of interval i is (-1)^i.
        let lower_sign = if interval % 2 == 0 { 1.0 } else { -1.0 };
        let (mut low, mut high) = (step * f64::from(interval), step * f64::from(interval + 1));
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if mismatch(middle) * lower_sign > 0.0 { low = middle } else { high = middle }
        }
        let k = 0.5 * (low + high);
        let (sin2, cos2) = ((0.5 * k).sin().powi(2), (0.5 * k).cos().powi(2));
        let mode = pair_mode(j, gamma, sin2, cos2);
        // The wave number moves with Gamma: dk/dGamma = J sin k/(n w^2 + Gamma (Gamma - J cos k)), w = energy/2.
        let (g, c) = (gamma / scale, j / scale);
        let (square, along) = ((0.5 * mode.energy / scale).powi(2), (g - c) * cos2 + (g + c) * sin2);
        let moved = c * 4.0 * sin2 * cos2 / (sites * square + g * along);
        let slope = sign * (mode.slope + 2.0 * g * c * moved / square.sqrt());
        modes.push(Mode { energy: mode.energy, slope });
    }
    if at_the_ends {
        let ln_half = sites * gamma.ln() - sum(modes.iter().map(|mode| (0.5 * mode.energy).ln()));
        let energy = 2.0 * ln_half.exp();
        let logarithmic = sign * sites / gamma - sum(modes.iter().map(|mode| mode.slope / mode.energy));
        modes.push(Mode { energy, slope: energy * logarithmic });
    }
    modes
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;

    #[test]
    fn open_modes_are_singular_values() {
        for (n, j, gamma) in [(2, 1.0, 1.0), (7, 1.0, 0.5), (8, -1.0, 0.9), (12, 0.3, -1.0), (13, 1.0, 12.0 / 13.0)] {
            let matrix = DMatrix::from_fn(n, n, |row, column| match (row, column) {
                (row, column) if row == column => 2.0 * gamma,
                (row, column) if row + 1 == column => 2.0 * j,
                _ => 0.0,
            });
            let mut values: Vec<f64> = matrix.singular_values().iter().copied().collect();
            values.sort_by(f64::total_cmp);
            let sector = &sectors(n as u32, j, gamma, Boundary::Open)[0];
            assert_eq!(sector.modes.len(), n);
            for (mode, value) in sector.modes.iter().zip(&values) {
                assert!((mode.energy - value).abs() < 1e-13, "{n} {j} {gamma}: {} {value}", mode.energy);
            }
        }
    }

    #[test]
    fn slopes_are_derivatives() {
        for boundary in [Boundary::Open, Boundary::Periodic] {
            for (n, j, gamma) in [(5, 1.0, 0.3), (6, 1.0, 1.1), (6, -0.7, 0.2), (7, -1.0, -0.6)] {
                let (below, above) = (sectors(n, j, gamma - 1e-5, boundary), sectors(n, j, gamma + 1e-5, boundary));
                for ((sector, below), above) in sectors(n, j, gamma, boundary).iter().zip(&below).zip(&above) {
                    for ((mode, below), above) in sector.modes.iter().zip(&below.modes).zip(&above.modes) {
                        let slope = (above.energy - below.energy) / 2e-5;
                        assert!((mode.slope - slope).abs() < 1e-8, "{n} {j} {gamma}: {mode:?} {slope}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_exponentially_small_energy_keeps_its_digits() {
        // n = 2: the product of the two energies is 4 Gamma^2, the sum of their squares 4 J^2 + 8 Gamma^2.
        let modes = open_modes(2, 1.0, 1e-4);
        let large: f64 = 2.0 * (0.5 + 1e-8 + (0.25f64 + 1e-8).sqrt()).sqrt();
        let (small, sector) = (4e-8 / large, Sector::new(modes, Particles::Any));
        assert!((sector.modes[0].energy / small - 1.0).abs() < 1e-14);
        // Long chains: 2 J (1 - x^2) x^n, x = Gamma/J.
        let long = Sector::new(open_modes(200, 1.0, 0.5), Particles::Any);
        assert!((long.modes[0].energy / (1.5 * 0.5f64.powi(200)) - 1.0).abs() < 1e-12);
        assert_eq!(Sector::new(open_modes(2000, 1.0, 0.5), Particles::Any).modes[0].energy, 0.0);
    }
}
