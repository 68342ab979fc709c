//! The weight of one level, where no whole ensemble is wanted.

/// e^(-beta E), E counted from the lowest level; 1 where either is 0, also against an infinite other.
#[inline]
pub(crate) fn boltzmann_weight(beta: f64, excitation: f64) -> f64 {
    if excitation == 0.0 || beta == 0.0 { 1.0 } else { (-beta * excitation).exp() }
}
