//! The draws from one position, counted by level.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use crate::ensemble::{Canonical, Spectrum, SpectrumError};
use crate::tokens::TokensError;
use crate::tokens::{Draw, Position, Unlisted};
use crate::units::Beta;

/// How often each level of one spectrum was drawn.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    pub spectrum: Cow<'a, Spectrum>,
    pub unlisted: Option<Unlisted>,
    /// Drawn levels, ascending, with their counts; impossible ones are not among them.
    pub counts: Vec<(usize, u64)>,
    /// Draws of allowed listed levels: the sum of the counts.
    pub n: u64,
    /// Draws of unlisted tokens.
    pub n_unlisted: u64,
    /// Draws of forbidden levels.
    pub n_impossible: u64,
    order: OnceLock<Vec<u32>>,
}

impl<'a> Tally<'a> {
    pub fn new(position: &'a Position) -> Result<Self, TokensError> {
        let mut drawn = Vec::with_capacity(position.drawn.len());
        let (mut n_unlisted, mut n_impossible) = (0, 0);
        for draw in &position.drawn {
            match *draw {
                Draw::Listed(level) if level < position.listed.len() => drawn.push(level),
                Draw::Listed(level) => {
                    return Err(TokensError::Setting {
                        name: "a drawn token",
                        expected: "one of the listed tokens",
                        value: format!("number {level} of {} at {}", position.listed.len(), position.origin),
                    });
                }
                // The source reports the probability zero.
                Draw::Unlisted { ln_probability: Some(f64::NEG_INFINITY) } => n_impossible += 1,
                Draw::Unlisted { .. } => n_unlisted += 1,
            }
        }
        drawn.sort_unstable();
        let mut counts: Vec<(usize, u64)> = Vec::new();
        for level in drawn {
            match counts.last_mut() {
                Some((last, n)) if *last == level => *n += 1,
                _ => counts.push((level, 1)),
            }
        }
        // A full spectrum has no other tokens.
        if position.unlisted.is_none() {
            n_impossible += std::mem::take(&mut n_unlisted);
        }
        let mut tally = Self {
            spectrum: Cow::Borrowed(&position.listed),
            unlisted: position.unlisted,
            counts,
            n: 0,
            n_unlisted,
            n_impossible,
            order: OnceLock::new(),
        };
        tally.set_impossible_aside();
        Ok(tally)
    }

    /// The same draws against `spectrum`, of the same levels with more of them forbidden. A draw of a forbidden level
    /// counts as one of the level that `instead` names, if it names one.
    pub fn constrained(&self, spectrum: Spectrum, instead: impl Fn(usize) -> Option<usize>) -> Tally<'static> {
        let mut counts = Vec::with_capacity(self.counts.len());
        for &(level, n) in &self.counts {
            let other = if spectrum.is_forbidden(level) { instead(level) } else { None };
            counts.push((other.unwrap_or(level), n));
        }
        counts.sort_unstable();
        counts.dedup_by(|next, last| {
            let same = next.0 == last.0;
            last.1 += if same { next.1 } else { 0 };
            same
        });
        let mut tally = Tally {
            spectrum: Cow::Owned(spectrum),
            unlisted: self.unlisted,
            counts,
            n: 0,
            n_unlisted: self.n_unlisted,
            n_impossible: self.n_impossible,
            order: OnceLock::new(),
        };
        tally.set_impossible_aside();
        tally
    }

    /// The draws of the first `k` levels, against these alone and those tied with the last of them.
    pub fn first(&self, k: usize) -> Result<Tally<'static>, SpectrumError> {
        let (order, depth) = (self.order(), |level: u32| self.spectrum.excitation(level as usize));
        let n = order
            .get(k.saturating_sub(1))
            .map_or(order.len(), |&last| order.partition_point(|&level| depth(level) <= depth(last).min(f64::MAX)));
        let places: HashMap<usize, usize> =
            order[..n].iter().enumerate().map(|(i, &level)| (level as usize, i)).collect();
        let mut counts: Vec<(usize, u64)> =
            self.counts.iter().filter_map(|(level, n)| Some((*places.get(level)?, *n))).collect();
        counts.sort_unstable();
        let kept = counts.iter().map(|(_, n)| n).sum();
        let energies = order[..n].iter().map(|&level| self.spectrum.energy(level as usize)).collect();
        Ok(Tally {
            spectrum: Cow::Owned(Spectrum::new(energies)?),
            unlisted: None,
            counts,
            n: kept,
            n_unlisted: 0,
            n_impossible: self.n_impossible + self.n - kept,
            order: OnceLock::new(),
        })
    }

    fn set_impossible_aside(&mut self) {
        let spectrum = &self.spectrum;
        let total: u64 = self.counts.iter().map(|(_, n)| n).sum();
        self.counts.retain(|&(level, _)| !spectrum.is_forbidden(level));
        self.n = self.counts.iter().map(|(_, n)| n).sum();
        self.n_impossible += total - self.n;
    }

    /// The ensemble at `beta`; a beta that is not a number cannot come from here.
    pub fn at(&self, beta: f64) -> Canonical<'_> {
        Canonical::new(&self.spectrum, Beta::new(beta).unwrap_or(Beta::ZERO))
    }

    /// Levels by rising energy, equal ones by index.
    pub fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            let excitations = self.spectrum.excitations();
            let mut order: Vec<u32> = (0..excitations.len() as u32).collect();
            let key = |i: u32| excitations[i as usize];
            order.sort_unstable_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
            order
        })
    }

    /// Whether every token is listed.
    pub fn is_full(&self) -> bool {
        self.unlisted.is_none()
    }

    /// Whether its draws contain information about the temperature.
    pub fn is_informative(&self) -> bool {
        self.n > 0 && self.spectrum.highest_excitation() > 0.0
    }
}
