//! Levels that differ by rounding only, joined.

/// Differences of energy below this share of (number of sites times coupling) are rounding.
///
/// Eigenvalues of the blocks scatter by some 10^-15 of the norm of the Hamiltonian, which is at most the number of sites
/// times the coupling; ten times closer than this they could not be told apart. No temperature above 10^-13 of the coupling sees
/// the difference, and at T = 0 the degeneracy of a multiplet is counted whole.
pub(super) const RESOLUTION: f64 = 1e-13;

/// Sorts `levels` by energy and joins neighbours closer than `resolution`: the lowest energy stays, `join` adds the rest.
pub(super) fn merge<L>(
    mut levels: Vec<L>,
    resolution: f64,
    energy: impl Fn(&L) -> f64,
    mut join: impl FnMut(&mut L, L),
) -> Vec<L> {
    levels.sort_by(|a, b| energy(a).total_cmp(&energy(b)));
    let mut merged: Vec<L> = Vec::with_capacity(levels.len());
    // Distance to the last level joined, so that a multiplet may be as wide as its rounding.
    let mut last = f64::NEG_INFINITY;
    for level in levels {
        let here = energy(&level);
        match merged.last_mut() {
            Some(kept) if here - last <= resolution => join(kept, level),
            _ => merged.push(level),
        }
        last = here;
    }
    merged
}
