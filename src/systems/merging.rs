//! Levels that differ by rounding only, joined.

/// Sorts `levels` by energy and joins neighbours at most `resolution` apart: the lowest energy stays, `join` adds the rest.
pub(super) fn merge<L>(
    mut levels: Vec<L>,
    resolution: f64,
    energy: impl Fn(&L) -> f64,
    mut join: impl FnMut(&mut L, L),
) -> Vec<L> {
    levels.sort_by(|a, b| energy(a).total_cmp(&energy(b)));
    let mut merged: Vec<L> = Vec::with_capacity(levels.len());
    // Measured from the last level joined, so that a multiplet may be as wide as its rounding.
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

/// [`merge`] for pairs of energy and degeneracy, as the two lists that a spectrum is made of.
pub(super) fn merge_levels(levels: Vec<(f64, f64)>, resolution: f64) -> (Vec<f64>, Vec<f64>) {
    merge(levels, resolution, |level| level.0, |kept, level| kept.1 += level.1).into_iter().unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined_and_degeneracies_add_up() {
        let levels = vec![(1.0, 2.0), (0.0, 1.0), (1.0 + 1e-13, 3.0), (1.5, 1.0)];
        assert_eq!(merge_levels(levels.clone(), 1e-12), (vec![0.0, 1.0, 1.5], vec![1.0, 5.0, 1.0]));
        assert_eq!(merge_levels(levels, 0.0).0.len(), 4);
    }
}
