//! Exact answers of lattices of few spins: all states, grouped by energy, with sums of what is measured of them.

use crate::ensemble::{Canonical, Spectrum, SpectrumError, Thermo};
use crate::model::{Lattice, MOST_NEIGHBOURS};
use crate::numerics::sum;
use crate::systems::merging::merge;
use crate::units::Beta;

/// States of one energy.
#[derive(Clone, Debug)]
pub(super) struct StateGroup<const N: usize> {
    pub energy: f64,
    /// Number of states.
    pub count: f64,
    /// Sums over these states of `N` quantities.
    pub sums: [f64; N],
}

/// All states of a model.
#[derive(Clone, Debug)]
pub(super) struct CountedStates<const N: usize> {
    spectrum: Spectrum,
    /// Means of the quantities at each level, `[n_levels]`.
    means: Vec<[f64; N]>,
}

impl<const N: usize> CountedStates<N> {
    /// The groups as levels; those at most `resolution` apart are one.
    ///
    /// # Errors
    ///
    /// No group, or an energy that is not finite.
    pub fn new(groups: impl IntoIterator<Item = StateGroup<N>>, resolution: f64) -> Result<Self, SpectrumError> {
        let join = |kept: &mut StateGroup<N>, other: StateGroup<N>| {
            kept.count += other.count;
            kept.sums.iter_mut().zip(other.sums).for_each(|(sum, more)| *sum += more);
        };
        let levels = merge(groups.into_iter().collect(), resolution, |group| group.energy, join);
        let (energies, counts) = levels.iter().map(|level| (level.energy, level.count)).unzip();
        let counts: Vec<f64> = counts;
        let spectrum = Spectrum::with_degeneracies(energies, &counts)?;
        let means = levels.iter().map(|level| level.sums.map(|sum| sum / level.count)).collect();
        Ok(Self { spectrum, means })
    }

    /// ln Z, U, S and C.
    pub fn thermo(&self, beta: Beta) -> Thermo {
        Canonical::new(&self.spectrum, beta).thermo()
    }

    /// Canonical means of the quantities, `[N]`.
    pub fn means(&self, beta: Beta) -> [f64; N] {
        let probabilities = Canonical::new(&self.spectrum, beta).probabilities();
        std::array::from_fn(|k| sum(probabilities.iter().zip(&self.means).map(|(p, means)| p * means[k])))
    }
}

/// Visits all states of spins on `lattice` that take `n_values` values each, numbered from 0, the spin of the first site only the
/// first `n_first` of them. `extend` adds a site to a running total: total so far, value, values of the neighbours that came
/// before, one per bond. `visit` gets the total of each state, which starts from `empty`.
pub(super) fn visit_states<T: Copy>(
    lattice: &Lattice,
    (n_first, n_values): (u8, u8),
    empty: T,
    extend: impl Fn(T, u8, &[u8]) -> T,
    mut visit: impl FnMut(T),
) {
    let n = lattice.n_sites();
    let earlier = (0..n).map(|site| lattice.neighbours(site).filter(|&other| other < site).collect()).collect();
    Walk { earlier, values: vec![0; n], n_values, extend }.place(0, n_first, empty, &mut visit);
}

/// The values of the sites that come before some site.
struct Walk<E> {
    /// The neighbours of each site that come before it.
    earlier: Vec<Vec<usize>>,
    values: Vec<u8>,
    n_values: u8,
    extend: E,
}

impl<E> Walk<E> {
    /// Gives `site` the first `n` values, and all later sites every value.
    fn place<T: Copy>(&mut self, site: usize, n: u8, total: T, visit: &mut impl FnMut(T))
    where
        E: Fn(T, u8, &[u8]) -> T,
    {
        let Some(earlier) = self.earlier.get(site) else { return visit(total) };
        let mut around = [0; MOST_NEIGHBOURS];
        around.iter_mut().zip(earlier).for_each(|(value, &other)| *value = self.values[other]);
        let n_around = earlier.len();
        for value in 0..n {
            self.values[site] = value;
            let total = (self.extend)(total, value, &around[..n_around]);
            self.place(site + 1, self.n_values, total, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, LatticeKind};

    #[test]
    fn all_states_are_visited_with_their_bonds() {
        let lattice = Lattice::new(LatticeKind::Square, &[2, 2], Boundary::Periodic).unwrap();
        let (mut states, mut equal) = (0, 0);
        let extend = |n: usize, value: u8, around: &[u8]| n + around.iter().filter(|&&other| other == value).count();
        visit_states(&lattice, (3, 3), 0, extend, |n| (states, equal) = (states + 1, equal + n));
        // Each of eight bonds joins equal values in a third of the states.
        assert_eq!((states, equal), (81, 8 * 27));
        // Levels that differ by rounding are one.
        let group = |energy, sum| StateGroup { energy, count: 2.0, sums: [sum] };
        let counted = CountedStates::new([group(1.0, 2.0), group(0.0, 4.0), group(1.0 + 1e-15, 6.0)], 1e-12).unwrap();
        assert_eq!(counted.means(Beta::INFINITE), [2.0]);
        assert_eq!(counted.means(Beta::ZERO), [2.0]);
        assert!((counted.thermo(Beta::new(f64::NEG_INFINITY).unwrap()).entropy - 4f64.ln()).abs() < 1e-15);
    }
}
