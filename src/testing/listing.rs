//! The listed states of a model: who is who, exact draws, exact probabilities, and chi-square against them.

use std::collections::HashMap;

use super::TestingError;
use super::report::size_of_chi_square;
use crate::ensemble::{Canonical, Spectrum, Thermo};
use crate::estimators::{ChiSquareTest, EstimatorError, chi_square};
use crate::model::Enumerable;
use crate::samplers::InverseCdf;
use crate::units::Beta;

/// Models of more states are not listed.
pub const MAX_STATES: usize = 1 << 18;

/// Models of more states are compared by energy level instead of by state.
pub const MAX_CELLS: usize = 4096;

/// Levels closer than this share of the whole span are one level.
const TIE: f64 = 1e-10;

/// All states of a model with their energies.
#[derive(Debug)]
pub struct Listing<'a, M: Enumerable> {
    model: &'a M,
    states: Vec<M::State>,
    index: HashMap<M::State, usize>,
    spectrum: Spectrum,
    /// Cell of each state: itself, or its energy level where there are many.
    cells: Vec<usize>,
    n_cells: usize,
}

impl<'a, M: Enumerable> Listing<'a, M> {
    /// Lists the states of `model`.
    ///
    /// # Errors
    ///
    /// More than [`MAX_STATES`] states, a state listed twice, energies that are no spectrum or all equal.
    pub fn new(model: &'a M) -> Result<Self, TestingError> {
        let states: Vec<M::State> = model.states().take(MAX_STATES + 1).collect();
        if states.len() > MAX_STATES {
            return Err(TestingError::TooManyStates(MAX_STATES));
        }
        let mut index = HashMap::with_capacity(states.len());
        for (second, state) in states.iter().enumerate() {
            if let Some(first) = index.insert(state.clone(), second) {
                return Err(TestingError::ListedTwice { first, second });
            }
        }
        let spectrum = Spectrum::new(states.iter().map(|state| model.energy(state)).collect())?;
        if spectrum.highest_excitation() == 0.0 {
            return Err(TestingError::SingleLevel(spectrum.ground_energy()));
        }
        let (cells, n_cells) = cells(&spectrum);
        Ok(Self { model, states, index, spectrum, cells, n_cells })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a M {
        self.model
    }

    /// The states, `[n_states]`.
    #[must_use]
    pub fn states(&self) -> &[M::State] {
        &self.states
    }

    /// The energies, one level per state.
    #[must_use]
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// The number of `state` in the list, if it is there.
    #[must_use]
    pub fn position(&self, state: &M::State) -> Option<usize> {
        self.index.get(state).copied()
    }

    /// ln Z, U, S and C from the listed states.
    #[must_use]
    pub fn thermo(&self, beta: Beta) -> Thermo {
        Canonical::new(&self.spectrum, beta).thermo()
    }

    /// Exact draws of states at `beta`, by number.
    #[must_use]
    pub fn exact_draws(&self, beta: Beta) -> InverseCdf {
        InverseCdf::new(&Canonical::new(&self.spectrum, beta))
    }

    /// What states are compared by.
    pub(super) fn cell_name(&self) -> &'static str {
        if self.n_cells == self.states.len() { "states" } else { "levels" }
    }

    /// The cell of state number `i`.
    pub(super) fn cell(&self, i: usize) -> usize {
        self.cells[i]
    }

    /// Boltzmann probabilities of the cells, `[n_cells]`.
    pub(super) fn cell_probabilities(&self, beta: Beta) -> Vec<f64> {
        let ensemble = Canonical::new(&self.spectrum, beta);
        let mut probabilities = vec![0.0; self.n_cells];
        for (i, &cell) in self.cells.iter().enumerate() {
            probabilities[cell] += ensemble.probability(i);
        }
        probabilities
    }

    /// Independent draws needed for chi-square at the bound `z` to tell `beta` from `control` with a margin of three
    /// standard deviations and more: its non-centrality per draw is sum (p - q)^2 / q.
    pub(super) fn draws_to_tell(&self, beta: Beta, control: Beta, z: f64) -> f64 {
        let pairs = || self.cell_probabilities(beta).into_iter().zip(self.cell_probabilities(control));
        let divergence: f64 = pairs().filter(|(_, q)| *q > 0.0).map(|(p, q)| (p - q) * (p - q) / q).sum();
        let dof = (self.n_cells - 1) as f64;
        3.0 * (z * z + z * (2.0 * dof).sqrt()) / divergence
    }

    /// Chi-square of cell counts against Boltzmann's distribution at `beta`, and its size in normal standard errors.
    pub(super) fn deviation(&self, counts: &[u64], beta: Beta) -> Result<(ChiSquareTest, f64), EstimatorError> {
        let draws = counts.iter().sum::<u64>() as f64;
        let expected: Vec<f64> = self.cell_probabilities(beta).iter().map(|p| p * draws).collect();
        let test = chi_square(counts, &expected)?;
        Ok((test, size_of_chi_square(test.statistic, test.dof)?))
    }
}

/// States themselves, or runs of equal energies.
fn cells(spectrum: &Spectrum) -> (Vec<usize>, usize) {
    let n = spectrum.len();
    if n <= MAX_CELLS {
        return ((0..n).collect(), n);
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| spectrum.excitation(a).total_cmp(&spectrum.excitation(b)));
    let tie = TIE * spectrum.highest_excitation();
    let (mut cells, mut cell, mut last) = (vec![0; n], 0, 0.0);
    for i in order {
        let excitation = spectrum.excitation(i);
        if excitation - last > tie {
            cell += 1;
        }
        last = excitation;
        cells[i] = cell;
    }
    (cells, cell + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::Ising;

    #[test]
    fn many_states_are_compared_by_level() {
        let ising = Ising::torus(4, 4, 1.0, 0.0).unwrap();
        let listing = Listing::new(&ising).unwrap();
        let probabilities = listing.cell_probabilities(Beta::ZERO);
        // g(E) of the 4 x 4 torus.
        let g = [2, 32, 64, 424, 1728, 6688, 13568, 20524, 13568, 6688, 1728, 424, 64, 32, 2];
        assert_eq!((listing.cell_name(), probabilities.len()), ("levels", g.len()));
        for (p, g) in probabilities.iter().zip(g) {
            assert!((p * 65536.0 - f64::from(g)).abs() < 1e-7);
        }
    }

    #[test]
    fn refusals_name_their_cause() {
        let message = |ising: Ising| Listing::new(&ising).map(|_| ()).unwrap_err().to_string();
        assert!(message(Ising::torus(8, 8, 1.0, 0.0).unwrap()).contains("more than 262144 states"));
        assert!(message(Ising::ring(4, 0.0, 0.0).unwrap()).contains("all states of the model have the energy 0"));
    }
}
