//! Every e^-cost of the Markov chains: the Metropolis–Hastings rule, the heat bath, the bonds of a cluster.

use rand::Rng;

use crate::rng::uniform;

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
pub fn accepts<R: Rng + ?Sized>(cost: f64, rng: &mut R) -> bool {
    cost <= 0.0 || uniform(rng) <= metropolis_probability(cost)
}

/// min(1, e^-cost), the probability of a Metropolis move; 0 for a NaN cost.
pub(super) fn metropolis_probability(cost: f64) -> f64 {
    if cost.is_nan() { 0.0 } else { (-cost).exp().min(1.0) }
}

/// 1/(1 + e^cost), the probability that a heat bath leaves the other one of two states that lies `cost` higher.
///
/// # References
///
/// R. J. Glauber, J. Math. Phys. 4, 294 (1963), doi:10.1063/1.1703954.
pub(super) fn heat_bath_probability(cost: f64) -> f64 {
    1.0 / (1.0 + cost.exp())
}

/// 1 - e^-cost, the probability that a bond which would cost `cost` to break joins a cluster.
///
/// # References
///
/// U. Wolff, Phys. Rev. Lett. 62, 361 (1989), doi:10.1103/PhysRevLett.62.361.
pub(super) fn bond_probability(cost: f64) -> f64 {
    -(-cost).exp_m1()
}

/// A fixed probability asked for very often: the law of u <= p, u of 53 bits, from 32 of them in all but one case of
/// 2^32.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    /// Accepted values of the first 32 bits, and of the other 21 in a tie.
    first: u64,
    rest: u32,
}

impl Chance {
    pub fn new(probability: f64) -> Self {
        // u = (k + 1) 2^-53 <= p for the k below p 2^53.
        let accepted = (probability * (1u64 << 53) as f64) as u64;
        Self { first: accepted >> 21, rest: (accepted & ((1 << 21) - 1)) as u32 }
    }

    /// How many of the 2^53 values of k are accepted.
    pub fn accepted(self) -> u64 {
        (self.first << 21) | u64::from(self.rest)
    }

    #[inline]
    pub fn occurs<R: Rng + ?Sized>(self, rng: &mut R) -> bool {
        let word = u64::from(rng.next_u32());
        word < self.first || (word == self.first && rng.next_u32() >> 11 < self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator that repeats one word and counts its calls.
    struct Constant(u64, u32);

    impl rand::rand_core::TryRng for Constant {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(self.0 as u32)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            self.1 += 1;
            Ok(self.0)
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0 as u8);
            Ok(())
        }
    }

    #[test]
    fn the_tail_of_the_accept_rule_is_exact() {
        // u = 2^-53, the smallest there is: accepts what is at least that likely and nothing rarer.
        let smallest = 53.0 * std::f64::consts::LN_2;
        assert!(accepts(smallest - 1e-9, &mut Constant(0, 0)) && !accepts(smallest + 1e-9, &mut Constant(0, 0)));
        // An uphill move of probability 1e-12 is made when u <= 1e-12 and not for the next u.
        let cost = 1e12f64.ln();
        let last = ((-cost).exp() * (1u64 << 53) as f64) as u64;
        assert!(accepts(cost, &mut Constant((last - 1) << 11, 0)) && !accepts(cost, &mut Constant(last << 11, 0)));
        // u = 1 accepts only what is certain; a certain move draws nothing; NaN and infinite costs are refused.
        assert!(!accepts(f64::EPSILON, &mut Constant(u64::MAX, 0)));
        let mut unused = Constant(u64::MAX, 0);
        assert!(accepts(0.0, &mut unused) && accepts(f64::NEG_INFINITY, &mut unused) && unused.1 == 0);
        assert!(!accepts(f64::NAN, &mut Constant(0, 0)) && !accepts(f64::INFINITY, &mut Constant(0, 0)));
    }

    #[test]
    fn probabilities_have_their_limits() {
        assert_eq!(
            (metropolis_probability(-1.0), metropolis_probability(f64::INFINITY), metropolis_probability(f64::NAN)),
            (1.0, 0.0, 0.0)
        );
        assert_eq!((heat_bath_probability(0.0), heat_bath_probability(f64::INFINITY)), (0.5, 0.0));
        assert_eq!((bond_probability(0.0), bond_probability(f64::INFINITY)), (0.0, 1.0));
    }

    #[test]
    fn a_chance_splits_the_53_bits() {
        assert!(Chance::new(1.0).occurs(&mut Constant(u64::MAX, 0)) && !Chance::new(0.0).occurs(&mut Constant(0, 0)));
        // The constant word w stands for u with first bits w and, in a tie, last bits w >> 11.
        let word = 0x89ab_cdef_u64;
        let k = (word << 21) | (word >> 11);
        let edge = (k + 1) as f64 / (1u64 << 53) as f64;
        assert!(Chance::new(edge).occurs(&mut Constant(word, 0)));
        assert!(!Chance::new(k as f64 / (1u64 << 53) as f64).occurs(&mut Constant(word, 0)));
    }
}
