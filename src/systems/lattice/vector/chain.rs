//! Chains of unit vectors, open and closed, from the eigenvalues of their transfer operator.

use super::bond::{Bond, Eigenvalues, Level};
use super::{VectorModel, name};
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::model::SystemError;
use crate::units::Beta;

/// Weights of a closed chain below e^-80 of the largest are neglected.
const NEGLECTED: f64 = -80.0;
/// Most eigenvalues that are summed over.
const MOST_LEVELS: f64 = 1e5;
/// Sums of alternating terms that leave less than this share of their size have lost too many digits.
const LEAST_SHARE: f64 = 0.01;

/// (N - 1) independent bonds: `Z = lambda_0^(N-1)`.
pub(super) fn open_thermo<const D: usize>(n: usize, j: f64, beta: Beta, k: f64) -> Thermo {
    let bond = Eigenvalues::<D>::new(k.abs()).bond();
    let bonds = (n - 1) as f64;
    Thermo {
        beta,
        ln_z: bonds * bond.ln_z,
        energy: -bonds * j * bond.mean.copysign(k),
        entropy: bonds * bond.entropy,
        heat_capacity: bonds * bond.heat_capacity,
    }
}

/// `<s_i . s_{i+1}>` of an open chain: u with the sign of K.
pub(super) fn open_correlation<const D: usize>(k: f64) -> f64 {
    Eigenvalues::<D>::new(k.abs()).bond().mean.copysign(k)
}

/// `<abs(M)^2>` = sum over i, j of u^abs(i-j) of an open chain.
pub(super) fn open_squared<const D: usize>(n: usize, k: f64) -> f64 {
    let bond = Eigenvalues::<D>::new(k.abs()).bond();
    let (u, sites) = (bond.mean, n as f64);
    if k < 0.0 {
        // N (1-u)/(1+u) + 2u (1 - (-u)^N)/(1+u)^2 with u = abs(u): every term is positive.
        let power = sites * (-bond.deficit).ln_1p();
        let rest = if n.is_multiple_of(2) { -power.exp_m1() } else { 1.0 + power.exp() };
        return (sites * bond.deficit + 2.0 * u * rest / (1.0 + u)) / (1.0 + u);
    }
    // Doubling adds positive terms only: f(n) is the double sum, g(n) = 1 + u + ... + u^(n-1), p(n) = u^n.
    let (mut f, mut g, mut p) = (0.0, 0.0, 1.0);
    for bit in (0..usize::BITS - n.leading_zeros()).rev() {
        (f, g, p) = (2.0 * f + 2.0 * u * g * g, g * (1.0 + p), p * p);
        if n >> bit & 1 == 1 {
            (f, g, p) = (f + 1.0 + 2.0 * u * g, 1.0 + u * g, p * u);
        }
    }
    f
}

/// A closed chain: `Z = sum_l g_l lambda_l^N`, with alternating signs where an odd ring is antiferromagnetic.
pub(super) struct Ring<const D: usize> {
    n: f64,
    k: f64,
    bond: Bond,
    levels: Vec<Level>,
    /// Share of each level in the sum of absolute values, with its sign, and its logarithm.
    shares: Vec<f64>,
    ln_shares: Vec<f64>,
    /// Sum of the shares.
    total: f64,
}

impl<const D: usize> Ring<D> {
    /// # Errors
    ///
    /// More than 10^5 levels needed, or a frustrated ring too cold for the sum of alternating terms.
    pub fn new(n: usize, beta: Beta, k: f64) -> Result<Self, SystemError> {
        let (size, eigenvalues) = (n as f64, Eigenvalues::<D>::new(k.abs()));
        // ln(lambda_l/lambda_0) = -l^2/(2K) where many are needed.
        let needed = (-2.0 * NEGLECTED * k.abs() / size).sqrt();
        if needed > MOST_LEVELS {
            let (system, temperature) = (name(D), beta.temperature());
            return Err(SystemError::TooManyLevels { system, temperature, needed, limit: MOST_LEVELS });
        }
        let (mut levels, mut energies, mut ln_degeneracies) = (Vec::new(), Vec::new(), Vec::new());
        for l in 0.. {
            let Some(level) = eigenvalues.level(l) else { break };
            let ln_degeneracy = degeneracy::<D>(l).ln();
            levels.push(level);
            energies.push(-size * level.ln_ratio);
            ln_degeneracies.push(ln_degeneracy);
            // While K is small the first terms matter to C and S beside 1, however small they are.
            if l >= 3 && ln_degeneracy + size * level.ln_ratio < NEGLECTED {
                break;
            }
        }
        let spectrum = Spectrum::with_ln_degeneracies(energies, ln_degeneracies)?;
        let canonical = Canonical::new(&spectrum, Beta::new(1.0)?);
        let alternating = k < 0.0 && n % 2 == 1;
        let sign = |l: usize| if alternating && l % 2 == 1 { -1.0 } else { 1.0 };
        let shares: Vec<f64> = (0..levels.len()).map(|l| sign(l) * canonical.probability(l)).collect();
        let ln_shares = (0..levels.len()).map(|l| canonical.ln_probability(l)).collect();
        let total: f64 = shares.iter().sum();
        if total < LEAST_SHARE {
            return Err(SystemError::NoExactResult {
                system: name(D),
                reason: "for a frustrated ring this cold, the exact result is a difference of nearly equal terms and \
                         loses its digits; sample it instead",
            });
        }
        Ok(Self { n: size, k, bond: eigenvalues.bond(), levels, shares, ln_shares, total })
    }

    fn average(&self, f: impl Fn(&Level) -> f64) -> f64 {
        self.levels.iter().zip(&self.shares).map(|(level, share)| share * f(level)).sum::<f64>() / self.total
    }

    /// `<s_i . s_{i+1}>`.
    pub fn correlation(&self) -> f64 {
        // One exponential per term: on a ring of two sites the shares may underflow while shares/K do not.
        let ln_k = self.k.abs().ln();
        let terms = self.levels.iter().zip(&self.shares).zip(&self.ln_shares);
        let excess: f64 = terms
            .map(|((level, share), ln_share)| level.excess * (ln_share - ln_k).exp().copysign(*share))
            .sum::<f64>();
        (self.bond.mean + excess / self.total).copysign(self.k)
    }

    pub fn thermo(&self, j: f64, beta: Beta) -> Thermo {
        let n = self.n;
        let excess = self.average(|level| level.excess);
        let variance = self.average(|level| (level.excess - excess).powi(2));
        let curvature = self.average(|level| level.curvature);
        // ln of the sum over the first term: it may differ from 0 by less than the spacing of numbers near 1.
        let ln_sum = (self.shares[1..].iter().sum::<f64>() / self.shares[0]).ln_1p();
        Thermo {
            beta,
            ln_z: n * self.bond.ln_z + ln_sum,
            energy: -n * j * self.correlation(),
            entropy: n * (self.bond.entropy - excess) + ln_sum,
            heat_capacity: n * curvature + n * n * variance,
        }
    }

    /// `<abs(M)^2>`: between sites d apart the transfer operator passes from l to l + 1 or back,
    /// `N <s_0 . s_d> = (2 N/Z) sum_l h_l lambda_l^(N-d) lambda_{l+1}^d` added up over d.
    pub fn squared(&self) -> f64 {
        let mut sum = 0.0;
        for (l, (pair, share)) in self.levels.windows(2).zip(&self.shares).enumerate() {
            let ln_x = pair[1].ln_ratio - pair[0].ln_ratio;
            let (x, ln_last) = (ln_x.exp(), (self.n - 1.0) * ln_x);
            let geometric = if self.k > 0.0 {
                x * ln_last.exp_m1() / ln_x.exp_m1()
            } else if self.n % 2.0 == 1.0 {
                x * ln_last.exp_m1() / (1.0 + x)
            } else {
                -x * (1.0 + ln_last.exp()) / (1.0 + x)
            };
            let hops = if D == 2 { 1.0 } else { (l + 1) as f64 };
            sum += share * 2.0 * hops / degeneracy::<D>(l) * geometric;
        }
        self.n * (1.0 + sum / self.total)
    }
}

/// Number of eigenfunctions of index `l`: cos and sin, or the spherical harmonics.
fn degeneracy<const D: usize>(l: usize) -> f64 {
    if D == 3 {
        (2 * l + 1) as f64
    } else if l == 0 {
        1.0
    } else {
        2.0
    }
}

impl<const D: usize> VectorModel<D> {
    /// `<s . s'>` of two neighbours on an open or closed chain.
    ///
    /// # Errors
    ///
    /// As [`crate::model::Exact::thermo`] of this model.
    pub fn neighbour_correlation(&self, beta: Beta) -> Result<f64, SystemError> {
        let k = self.reduced_coupling(beta)?;
        if k == 0.0 {
            return Ok(0.0);
        }
        self.require_chain()?;
        let ring = self.lattice().is_ring();
        if ring {
            Ok(Ring::<D>::new(self.lattice().n_sites(), beta, k)?.correlation())
        } else {
            Ok(open_correlation::<D>(k))
        }
    }

    /// `<abs(M)^2>`, mean square of the vector sum of all spins, of an open or closed chain.
    ///
    /// Good to 1e-13 of its value but for closed antiferromagnetic chains, where it is good to 1e-13 N.
    ///
    /// # Errors
    ///
    /// As [`crate::model::Exact::thermo`] of this model.
    pub fn squared_magnetization(&self, beta: Beta) -> Result<f64, SystemError> {
        let (k, n) = (self.reduced_coupling(beta)?, self.lattice().n_sites());
        if k == 0.0 {
            return Ok(n as f64);
        }
        self.require_chain()?;
        if self.lattice().is_ring() { Ok(Ring::<D>::new(n, beta, k)?.squared()) } else { Ok(open_squared::<D>(n, k)) }
    }
}
