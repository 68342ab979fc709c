//! All states of a small spin glass by their energies.

use std::collections::HashMap;

use crate::ensemble::Spectrum;
use crate::model::SystemError;

/// Most different energies that are collected into levels.
const MOST_LEVELS: usize = 1 << 14;

/// Energies of all states.
#[derive(Clone, Debug)]
pub(super) struct ListedStates {
    /// State k has spin i up where bit i of k is set. Without field the last spin is up in all of them, and each
    /// stands for itself and its reversal.
    pub states: Spectrum,
    /// The same by energy, where many states share few energies.
    pub levels: Option<Spectrum>,
}

impl ListedStates {
    /// States of the given energies in small units, each standing for `copies`; `energy_of` gives their energies proper.
    pub fn new(energies: Vec<i64>, copies: u32, energy_of: impl Fn(i64) -> f64) -> Result<Self, SystemError> {
        let mut counts: HashMap<i64, u32> = HashMap::new();
        for &energy in &energies {
            *counts.entry(energy).or_default() += copies;
            if counts.len() > MOST_LEVELS {
                break;
            }
        }
        let levels = if counts.len() <= MOST_LEVELS {
            let mut counts: Vec<(i64, u32)> = counts.into_iter().collect();
            counts.sort_unstable();
            let degeneracies: Vec<f64> = counts.iter().map(|&(_, count)| f64::from(count)).collect();
            let energies = counts.iter().map(|&(energy, _)| energy_of(energy)).collect();
            Some(Spectrum::with_degeneracies(energies, &degeneracies)?)
        } else {
            None
        };
        let energies: Vec<f64> = energies.into_iter().map(|energy| energy_of(energy)).collect();
        let states = if copies == 1 {
            Spectrum::new(energies)?
        } else {
            let ln_copies = vec![f64::from(copies).ln(); energies.len()];
            Spectrum::with_ln_degeneracies(energies, ln_copies)?
        };
        Ok(Self { states, levels })
    }
}
