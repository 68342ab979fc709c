//! Every e^-cost of the Markov chains: the Metropolis–Hastings rule, the heat bath, the bonds of a cluster.

use rand::Rng;

use crate::rng::uniform;
use crate::units::Beta;

const SIXTH: f64 = 1.0 / 6.0;

/// Moves of a smaller cost are all but free.
pub(super) const FREE: f64 = 1e-3;

/// The cost of a Metropolis move, beta dE - ln(proposal ratio). Half of the moves that are all but free are left out: were all of them made,
/// hot sweeps of an even number of flips would see states of one parity alone.
///
/// The chance to be left out is the same there and back, so detailed balance holds. At T = 0 an energy-neutral move is free, not 0 * inf.
pub(crate) fn metropolis_cost(beta: Beta, energy_change: f64, ln_proposal_ratio: f64) -> f64 {
    let boltzmann_cost = if energy_change == 0.0 { 0.0 } else { beta.get() * energy_change };
    let cost = boltzmann_cost - ln_proposal_ratio;
    let is_free = beta == Beta::ZERO || (energy_change != 0.0 && boltzmann_cost.abs() < FREE);
    if is_free { std::f64::consts::LN_2 + cost.max(0.0) } else { cost }
}

/// Whether a move of dimensionless `cost` = beta dE - ln(proposal ratio) is made: always when the cost is not
/// positive, else with probability e^-cost.
///
/// The comparison is u <= e^-cost with u in (0, 1] of 53 bits, so an uphill move less likely than 2^-53 is never
/// made by an accident of u = 0, and a NaN cost is refused.
///
/// # References
///
/// N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953), doi:10.1063/1.1699114;
/// W. K. Hastings, Biometrika 57, 97 (1970), doi:10.1093/biomet/57.1.97.
#[inline]
pub fn accepts<R: Rng + ?Sized>(cost: f64, rng: &mut R) -> bool {
    if cost <= 0.0 {
        return true;
    }
    // Most u lie outside the bounds 1 - c + c^2/2 - c^3/6 <= e^-c <= 1/(1 + c + c^2/2 + c^3/6).
    let u = uniform(rng);
    if u <= 1.0 - cost * (1.0 - cost * (0.5 - cost * SIXTH)) {
        return true;
    }
    u * (1.0 + cost * (1.0 + cost * (0.5 + cost * SIXTH))) <= 1.0 && u <= metropolis_probability(cost)
}

/// min(1, e^-cost), the probability of a Metropolis move; 0 for a NaN cost.
pub(crate) fn metropolis_probability(cost: f64) -> f64 {
    if cost.is_nan() { 0.0 } else { (-cost).exp().min(1.0) }
}

/// 1/(1 + e^cost), the probability that a heat bath leaves the other one of two states that lies `cost` higher.
///
/// # References
///
/// R. J. Glauber, J. Math. Phys. 4, 294 (1963), doi:10.1063/1.1703954.
pub(crate) fn heat_bath_probability(cost: f64) -> f64 {
    1.0 / (1.0 + cost.exp())
}

/// e^-cost, the weight in a heat bath of a value that lies `cost` above the best one.
pub(crate) fn heat_bath_weight(cost: f64) -> f64 {
    (-cost).exp()
}

/// 1 - e^-cost, the probability that a bond which would cost `cost` to break joins a cluster.
///
/// # References
///
/// U. Wolff, Phys. Rev. Lett. 62, 361 (1989), doi:10.1103/PhysRevLett.62.361.
pub(crate) fn bond_probability(cost: f64) -> f64 {
    -(-cost).exp_m1()
}

/// A fixed probability asked for very often: the law of u <= p, u of 53 bits, from 16 of them in all but one case of
/// 2^16.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    /// Accepted values of the first 16 bits, and of the other 37 in a tie.
    first: u32,
    rest: u64,
}

impl Chance {
    pub fn new(probability: f64) -> Self {
        // u = (k + 1) 2^-53 <= p for the k below p 2^53.
        let accepted = (probability * (1u64 << 53) as f64) as u64;
        Self { first: (accepted >> 37) as u32, rest: accepted & ((1 << 37) - 1) }
    }

    /// How many of the 2^53 values of k are accepted.
    pub fn accepted(self) -> u64 {
        (u64::from(self.first) << 37) | self.rest
    }

    /// Four independent trials.
    #[inline]
    pub fn four<R: Rng + ?Sized>(self, rng: &mut R) -> Trials {
        let mut word = rng.next_u64();
        let tie = (0..4).fold(false, |tie, trial| tie | (digit(word, trial) == self.first));
        if tie {
            word = self.settled(word, rng);
        }
        Trials { word, below: self.first.max(1) }
    }

    /// `word` with each tied digit replaced by one that says how its tie ends.
    #[cold]
    fn settled<R: Rng + ?Sized>(self, word: u64, rng: &mut R) -> u64 {
        let tied = (0..4).filter(|&trial| digit(word, trial) == self.first);
        tied.fold(word, |settled, trial| {
            let ones = 0xffff << (16 * trial);
            if rng.next_u64() >> 27 < self.rest { settled & !ones } else { settled | ones }
        })
    }
}

/// One of the four digits of 16 bits in a word.
#[inline]
fn digit(word: u64, trial: usize) -> u32 {
    (word >> (16 * trial)) as u32 & 0xffff
}

/// The outcomes of four independent trials of one chance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trials {
    /// A digit of 16 bits each.
    word: u64,
    /// Digits below succeed. At least 1: zero is the digit of a tie that succeeded, all ones that of one that failed.
    below: u32,
}

impl Trials {
    /// Whether trial number `trial`, 0 to 3, succeeds.
    #[inline]
    pub fn succeeds(self, trial: usize) -> bool {
        digit(self.word, trial) < self.below
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Constant;

    #[test]
    fn the_tail_of_the_accept_rule_is_exact() {
        // u = 2^-53, the smallest there is: accepts what is at least that likely and nothing rarer.
        let smallest = 53.0 * std::f64::consts::LN_2;
        assert!(accepts(smallest - 1e-9, &mut Constant::new(0)) && !accepts(smallest + 1e-9, &mut Constant::new(0)));
        // An uphill move of probability 1e-12 is made when u <= 1e-12 and not for the next u.
        let cost = 1e12f64.ln();
        let last = ((-cost).exp() * (1u64 << 53) as f64) as u64;
        assert!(accepts(cost, &mut Constant::new((last - 1) << 11)) && !accepts(cost, &mut Constant::new(last << 11)));
        // u = 1 accepts only what is certain; a certain move draws nothing; NaN and infinite costs are refused.
        assert!(!accepts(f64::EPSILON, &mut Constant::new(u64::MAX)));
        let mut unused = Constant::new(u64::MAX);
        assert!(accepts(0.0, &mut unused) && accepts(f64::NEG_INFINITY, &mut unused) && unused.words_drawn() == 0);
        assert!(!accepts(f64::NAN, &mut Constant::new(0)) && !accepts(f64::INFINITY, &mut Constant::new(0)));
    }

    #[test]
    fn moves_that_are_all_but_free_keep_detailed_balance() {
        for (beta, energy_change) in
            [(0.0, 3.0), (1e-9, 4.0), (1e-4, 4.0), (0.9e-3, 1.0), (1.1e-3, 1.0), (2.0, 0.7), (2.0, 0.0)]
        {
            let beta = Beta::new(beta).unwrap();
            let probability =
                |sign: f64, ln_ratio| metropolis_probability(metropolis_cost(beta, sign * energy_change, ln_ratio));
            for ln_ratio in [0.0, 0.4, -1.3] {
                let ratio = probability(1.0, ln_ratio) / probability(-1.0, -ln_ratio);
                assert!((ratio.ln() + beta.get() * energy_change - ln_ratio).abs() < 1e-14);
            }
        }
        let cost = |beta, energy_change| metropolis_cost(Beta::new(beta).unwrap(), energy_change, 0.0);
        assert_eq!((cost(f64::INFINITY, 0.0), cost(f64::INFINITY, 1.0)), (0.0, f64::INFINITY));
        assert_eq!((cost(0.0, 5.0), cost(1e-320, 1e-10)), (std::f64::consts::LN_2, std::f64::consts::LN_2));
    }

    #[test]
    fn probabilities_have_their_limits() {
        assert_eq!(
            (metropolis_probability(-1.0), metropolis_probability(f64::INFINITY), metropolis_probability(f64::NAN)),
            (1.0, 0.0, 0.0)
        );
        assert_eq!((heat_bath_probability(0.0), heat_bath_probability(f64::INFINITY)), (0.5, 0.0));
        assert_eq!((heat_bath_weight(0.0), heat_bath_weight(f64::INFINITY)), (1.0, 0.0));
        assert_eq!((bond_probability(0.0), bond_probability(f64::INFINITY)), (0.0, 1.0));
    }

    #[test]
    fn a_chance_splits_the_53_bits() {
        let all = |trials: Trials| [0, 1, 2, 3].map(|trial| trials.succeeds(trial));
        assert_eq!(all(Chance::new(1.0).four(&mut Constant::new(u64::MAX))), [true; 4]);
        assert_eq!(all(Chance::new(0.0).four(&mut Constant::new(0))), [false; 4]);
        // The rarest chance, which shares its first bits with no chance at all, and the next to certain one.
        assert_eq!(all(Chance::new(f64::EPSILON / 2.0).four(&mut Constant::new(0))), [true; 4]);
        assert_eq!(all(Chance::new(f64::EPSILON / 2.0).four(&mut Constant::new(1 << 27))), [false; 4]);
        assert_eq!(all(Chance::new(1.0 - f64::EPSILON / 2.0).four(&mut Constant::new(u64::MAX))), [false; 4]);
        assert_eq!(
            all(Chance::new(1.0 - f64::EPSILON / 2.0).four(&mut Constant::new(u64::MAX - (1 << 27)))),
            [true; 4]
        );
        // The constant word w stands for u with first bits 16 bits of w and, in a tie, last bits w >> 27.
        let word = 0x0123_4567_89ab_cdef_u64;
        for (trial, first) in [0xcdef_u64, 0x89ab, 0x4567, 0x0123].into_iter().enumerate() {
            let k = (first << 37) | (word >> 27);
            let four = |accepted: u64| {
                Chance::new(accepted as f64 / (1u64 << 53) as f64).four(&mut Constant::new(word)).succeeds(trial)
            };
            assert_eq!((four(k + 1), four(k)), (true, false));
        }
    }
}
