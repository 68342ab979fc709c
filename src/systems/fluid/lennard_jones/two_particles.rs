//! One and two particles exactly: the distance of a pair has levels with the weights of a quadrature.

use std::f64::consts::PI;

use super::pair::Pair;
use super::{LennardJones, NAME};
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::{Exact, SystemError};
use crate::numerics::GAUSS_LEGENDRE_16;
use crate::units::Beta;

/// Distances at which beta u exceeds this have no weight in double precision.
const NEGLECTED_EXPONENT: f64 = 800.0;
/// Lowest temperature: below it the well would need too many nodes.
const COLDEST: f64 = 1e-4;

/// Nodes r of a quadrature of `4 pi r^2 dr` inside the cutoff, as a list of levels u(r) with degeneracies; `outside` is
/// the volume where u = 0.
///
/// Panels of 16 nodes are r/16 wide, so that the wall r^-12 is smooth on each, and no wider than four thermal widths,
/// the square root of T/u'': sqrt(T/57) in the well, growing with r^4 beyond it.
pub(super) fn levels(pair: &Pair, beta: f64, outside: f64) -> Result<Spectrum, SystemError> {
    if beta > 1.0 / COLDEST {
        return Err(SystemError::NoExactResult { system: NAME, reason: "the quadrature ends at T = 1e-4; sample it" });
    }
    let thermal = 0.5 / beta.sqrt();
    // There 4 r^-12 = 2 (NEGLECTED T + 16) and r^6 < 0.36, so that u = 4 r^-12 (1 - r^6) exceeds NEGLECTED T.
    let mut from = (2.0 / (NEGLECTED_EXPONENT / beta + 16.0)).powf(1.0 / 12.0);
    let cutoff = pair.cutoff();
    let (mut energies, mut degeneracies) = (Vec::new(), Vec::new());
    while from < cutoff {
        let to = (from + (from / 16.0).min(thermal * (from / 1.2).powi(4).max(1.0))).min(cutoff);
        let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
        for (node, weight) in GAUSS_LEGENDRE_16.iter().flat_map(|&(x, w)| [(x, w), (-x, w)]) {
            let r = middle + half * node;
            energies.push(pair.energy(r * r));
            degeneracies.push(4.0 * PI * r * r * half * weight);
        }
        from = to;
    }
    if outside > 0.0 {
        energies.push(0.0);
        degeneracies.push(outside);
    }
    Ok(Spectrum::with_degeneracies(energies, &degeneracies)?)
}

impl Exact for LennardJones {
    /// One particle has the energy of its tail alone; two have one distance, whose distribution is integrated.
    fn thermo(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let b = self.require_equilibrium(beta)?;
        let tail = self.tail_energy();
        let pair = match self.n() {
            1 => return Ok(Thermo { beta, ln_z: -b * tail, energy: tail, entropy: 0.0, heat_capacity: 0.0 }),
            2 => {
                let outside = self.volume() - 4.0 / 3.0 * PI * self.cutoff().powi(3);
                Canonical::new(&levels(self.pair(), b, outside)?, beta).thermo()
            }
            _ => {
                return Err(SystemError::NoExactResult {
                    system: NAME,
                    reason: "only one and two particles are solved; sample more",
                });
            }
        };
        let ln_volume = self.volume().ln();
        Ok(Thermo {
            beta,
            ln_z: pair.ln_z - ln_volume - b * tail,
            energy: pair.energy + tail,
            entropy: pair.entropy - ln_volume,
            heat_capacity: pair.heat_capacity,
        })
    }

    /// N, the particles.
    fn n_sites(&self) -> f64 {
        self.n() as f64
    }

    /// (minus infinity, 0), or (0, 0) for one particle.
    fn entropy_limits(&self) -> (f64, f64) {
        (if self.n() == 1 { 0.0 } else { f64::NEG_INFINITY }, 0.0)
    }
}
