//! The density of states from energies at several temperatures: single- and multiple-histogram reweighting.

use super::error::{EstimatorError, check_finite};
use super::mbar::{Mbar, MbarSamples, Recounted};
use crate::numerics::ln_sum_exp;

/// How often each energy was seen, in rising order of energy.
///
/// Equal energies share a level, so a lattice has few; of a continuous energy every sample is its own level.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::EnergyHistogram;
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// let histogram = EnergyHistogram::of_series(&[-4.0, 0.0, -4.0])?;
/// assert_eq!((histogram.energies(), histogram.counts()), (&[-4.0, 0.0][..], &[2, 1][..]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyHistogram {
    energies: Vec<f64>,
    counts: Vec<u64>,
}

impl EnergyHistogram {
    /// The histogram of a series of energies `[n_sweeps]`.
    ///
    /// # Errors
    ///
    /// An energy that is not finite.
    pub fn of_series(energies: &[f64]) -> Result<Self, EstimatorError> {
        Self::of_counts(energies, &vec![1; energies.len()])
    }

    /// The histogram of energies seen `counts` times, both `[n]`, in any order.
    ///
    /// # Errors
    ///
    /// Unequal lengths, or an energy that is not finite.
    pub fn of_counts(energies: &[f64], counts: &[u64]) -> Result<Self, EstimatorError> {
        if energies.len() != counts.len() {
            return Err(EstimatorError::LengthMismatch { expected: energies.len(), found: counts.len() });
        }
        check_finite(energies)?;
        // adding 0 makes one level of 0 and -0
        let mut pairs: Vec<(f64, u64)> =
            energies.iter().map(|e| e + 0.0).zip(counts.iter().copied()).filter(|(_, n)| *n > 0).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut new = Self { energies: Vec::new(), counts: Vec::new() };
        for (energy, n) in pairs {
            match (new.energies.last(), new.counts.last_mut()) {
                (Some(last), Some(count)) if *last == energy => *count += n,
                _ => {
                    new.energies.push(energy);
                    new.counts.push(n);
                }
            }
        }
        Ok(new)
    }

    /// The energies seen, `[n_levels]`.
    #[must_use]
    pub fn energies(&self) -> &[f64] {
        &self.energies
    }

    /// How often, `[n_levels]`.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    fn total(&self) -> f64 {
        self.counts.iter().sum::<u64>() as f64
    }
}

/// Energies with the logarithms of their estimated degeneracies: the visited part of the spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelWeights {
    energies: Vec<f64>,
    ln_weights: Vec<f64>,
    counts: Vec<f64>,
    ln_z: Vec<f64>,
}

impl LevelWeights {
    /// The energies seen, `[n_levels]`, rising.
    #[must_use]
    pub fn energies(&self) -> &[f64] {
        &self.energies
    }

    /// ln g of each energy, `[n_levels]`: `ln n - ln sum_k N_k exp(f_k - beta_k E)` with n the number of samples at E. Up
    /// to one constant, unless a ln Z was known.
    #[must_use]
    pub fn ln_weights(&self) -> &[f64] {
        &self.ln_weights
    }

    /// ln Z of each state, `[K]`, with the same constant.
    #[must_use]
    pub fn ln_z(&self) -> &[f64] {
        &self.ln_z
    }

    /// Kish's number of effective samples (sum w)^2 / sum w^2 that support a target ensemble.
    ///
    /// `ln_boltzmann`: the logarithm of the target's weight of an energy, up to a constant. Below a few hundred the target
    /// is an extrapolation: only the tails of the histograms reach it.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::estimators::{DensityOfStates, EnergyHistogram};
    /// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
    /// let infinite = EnergyHistogram::of_counts(&[0.0, 1.0], &[500, 500])?;
    /// let found = DensityOfStates::solve(&[0.0], &[vec![infinite]], None)?;
    /// let (beta, levels) = (20.0, found.levels());
    /// assert!((levels.effective_samples(|_| 0.0) - 1000.0).abs() < 1e-9);
    /// assert!((levels.effective_samples(|e| -(beta * e)) - 500.0).abs() < 1e-3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn effective_samples(&self, ln_boltzmann: impl Fn(f64) -> f64) -> f64 {
        let terms = || self.energies.iter().zip(&self.ln_weights).map(|(e, ln_g)| ln_g + ln_boltzmann(*e));
        let sum = ln_sum_exp(terms().collect::<Vec<_>>());
        let squares = ln_sum_exp(terms().zip(&self.counts).map(|(x, n)| 2.0 * x - n.ln()).collect::<Vec<_>>());
        (2.0 * sum - squares).exp()
    }
}

/// The density of states from K canonical runs, with the same for every block of the runs left out.
///
/// The caller makes a spectrum of the level weights and reads U, S, C and F off it at any temperature, and does the same
/// without each block: [`super::jackknife_of`] turns these numbers into one with its error. One run is Ferrenberg and
/// Swendsen's single-histogram method, several are their multiple-histogram method, which is the multistate acceptance
/// ratio ([`Mbar`]) of u_k = beta_k E.
///
/// # Examples
///
/// ```
/// use gibbs::estimators::{DensityOfStates, EnergyHistogram, jackknife_of};
/// # fn main() -> Result<(), gibbs::estimators::EstimatorError> {
/// // levels 0 and 1 counted at beta = 0 and beta = ln 3, two blocks each
/// let block = |low, high| EnergyHistogram::of_counts(&[0.0, 1.0], &[low, high]);
/// let blocks = [vec![block(260, 240)?, block(240, 260)?], vec![block(370, 130)?, block(380, 120)?]];
/// let found = DensityOfStates::solve(&[0.0, 3f64.ln()], &blocks, Some((0, 2f64.ln())))?;
/// let ln_g = jackknife_of(found.levels().ln_weights()[0], &[
///     found.without_block()[0].ln_weights()[0],
///     found.without_block()[1].ln_weights()[0],
/// ])?;
/// assert!(ln_g.value.abs() < 0.01); // one state at E = 0
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// A. M. Ferrenberg and R. H. Swendsen, Phys. Rev. Lett. 61, 2635 (1988), doi:10.1103/PhysRevLett.61.2635; 63, 1195 (1989),
/// doi:10.1103/PhysRevLett.63.1195.
#[derive(Clone, Debug)]
pub struct DensityOfStates {
    levels: LevelWeights,
    without_block: Vec<LevelWeights>,
    overlap_gap: f64,
}

impl DensityOfStates {
    /// Solves with all blocks, then from there without block 0 of every run, without block 1, and so on.
    ///
    /// `betas`: `[K]`, any finite numbers, in units of one over the energy's. `blocks`: for each run the histograms of its
    /// B consecutive blocks of equally many sweeps, long compared with tau_int; B may be 1 (then nothing is left out).
    /// `known`: a run of which ln Z is known, with its value: at beta = 0 it is the logarithm of the number of states, and
    /// the weights are then absolute ln g. Without it they are relative to ln Z = 0 of run 0.
    ///
    /// # Errors
    ///
    /// No run, unequal numbers, a beta or ln Z that is not finite, a block without samples, runs that do not overlap
    /// ([`EstimatorError::StatesDisconnected`]), or equations that do not converge.
    pub fn solve(
        betas: &[f64],
        blocks: &[Vec<EnergyHistogram>],
        known: Option<(usize, f64)>,
    ) -> Result<Self, EstimatorError> {
        if betas.len() != blocks.len() {
            return Err(EstimatorError::LengthMismatch { expected: betas.len(), found: blocks.len() });
        }
        check_finite(betas)?;
        let n_blocks = blocks.first().map_or(0, Vec::len);
        for run in blocks {
            if run.len() != n_blocks {
                return Err(EstimatorError::LengthMismatch { expected: n_blocks, found: run.len() });
            }
            if run.iter().any(|block| block.energies.is_empty()) {
                return Err(EstimatorError::TooFew { needed: 1, found: 0 });
            }
        }
        let anchor = known.unwrap_or((0, 0.0));
        if anchor.0 >= betas.len() {
            return Err(EstimatorError::NoSuchState { index: anchor.0, n_states: betas.len() });
        }
        check_finite(&[anchor.1])?;

        let mut energies: Vec<f64> = blocks.iter().flatten().flat_map(|block| block.energies.iter().copied()).collect();
        energies.sort_unstable_by(f64::total_cmp);
        energies.dedup();
        // measured from the lowest energy, so that a common offset costs no digits
        let lowest = energies.first().copied().unwrap_or(0.0);
        let reduced: Vec<f64> =
            betas.iter().flat_map(|beta| energies.iter().map(move |e| beta * (e - lowest))).collect();
        let seen = SeenLevels { betas, energies, lowest, anchor };
        let indexed: Vec<Vec<Vec<(usize, f64)>>> =
            blocks.iter().map(|run| run.iter().map(|block| seen.indexed(block)).collect()).collect();

        let drawn: Vec<Vec<(usize, f64)>> = indexed.iter().map(|run| seen.merged(run)).collect();
        let samples = MbarSamples::drawn(&reduced, seen.energies.len(), drawn)?;
        let mbar = Mbar::solve(&samples)?;
        let mut counts = vec![0.0; seen.energies.len()];
        indexed.iter().flatten().flatten().for_each(|(level, n)| counts[*level] += n);
        let f = mbar.free_energies();
        let levels = seen.weights(mbar.ln_mixture(), &counts, f);

        let mut without_block = Vec::new();
        if n_blocks > 1 {
            let mut recounted = Recounted::new(&reduced, f);
            for b in 0..n_blocks {
                let mut counts = counts.clone();
                indexed.iter().flat_map(|run| &run[b]).for_each(|(level, n)| counts[*level] -= n);
                let n_samples: Vec<f64> = blocks
                    .iter()
                    .map(|run| run.iter().enumerate().filter(|(i, _)| *i != b).map(|(_, block)| block.total()).sum())
                    .collect();
                let (f, ln_mixture) = recounted.solve(&n_samples, &counts)?;
                without_block.push(seen.weights(&ln_mixture, &counts, &f));
            }
        }
        Ok(Self { levels, without_block, overlap_gap: mbar.overlap_gap() })
    }

    /// From all blocks.
    #[must_use]
    pub fn levels(&self) -> &LevelWeights {
        &self.levels
    }

    /// Without block b, `[n_blocks]`; empty if there is only one block. A level seen in one block only is missing there.
    #[must_use]
    pub fn without_block(&self) -> &[LevelWeights] {
        &self.without_block
    }

    /// How well the runs overlap, as [`Mbar::overlap_gap`].
    #[must_use]
    pub fn overlap_gap(&self) -> f64 {
        self.overlap_gap
    }
}

/// All energies seen, and what fixes the constants.
struct SeenLevels<'a> {
    betas: &'a [f64],
    energies: Vec<f64>,
    lowest: f64,
    anchor: (usize, f64),
}

impl SeenLevels<'_> {
    /// A histogram by level.
    fn indexed(&self, histogram: &EnergyHistogram) -> Vec<(usize, f64)> {
        let level = |energy: &f64| self.energies.partition_point(|e| e < energy);
        histogram.energies.iter().zip(&histogram.counts).map(|(energy, n)| (level(energy), *n as f64)).collect()
    }

    /// The blocks of a run in one, by level.
    fn merged(&self, blocks: &[Vec<(usize, f64)>]) -> Vec<(usize, f64)> {
        let mut all: Vec<(usize, f64)> = blocks.concat();
        all.sort_unstable_by_key(|(level, _)| *level);
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        all
    }

    /// ln g of the levels that have samples; f_k are those of energies measured from the lowest.
    fn weights(&self, ln_mixture: &[f64], counts: &[f64], f: &[f64]) -> LevelWeights {
        let (state, ln_z) = self.anchor;
        // ln Z_k = -f_k - beta_k E_lowest + constant
        let constant = ln_z + f[state] + self.betas[state] * self.lowest;
        let seen = (0..counts.len()).filter(|&level| counts[level] > 0.0);
        let (mut energies, mut ln_weights, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for level in seen {
            energies.push(self.energies[level]);
            ln_weights.push(counts[level].ln() - ln_mixture[level] + constant);
            kept.push(counts[level]);
        }
        let ln_z = f.iter().zip(self.betas).map(|(f, beta)| constant - f - beta * self.lowest).collect();
        LevelWeights { energies, ln_weights, counts: kept, ln_z }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::jackknife_of;
    use crate::estimators::synthetic::rng;
    use rand_distr::{Binomial, Distribution};

    const SPINS: u64 = 20;

    /// Energies of 20 free spins, E = number up: g = binomial(20, E), and at beta each spin is up with 1/(1 + e^beta).
    fn spins(beta: f64, n: usize, case: u64) -> Vec<f64> {
        let up = Binomial::new(SPINS, 1.0 / (1.0 + beta.exp())).unwrap();
        let mut rng = rng(case);
        (0..n).map(|_| up.sample(&mut rng) as f64).collect()
    }

    fn blocks(series: &[f64], n_blocks: usize, offset: f64) -> Vec<EnergyHistogram> {
        let shifted: Vec<f64> = series.iter().map(|e| e + offset).collect();
        shifted.chunks_exact(series.len() / n_blocks).map(|block| EnergyHistogram::of_series(block).unwrap()).collect()
    }

    fn ln_binomial(k: u64) -> f64 {
        (1..=k).map(|i| ((SPINS - k + i) as f64 / i as f64).ln()).sum()
    }

    #[test]
    fn degeneracies_of_free_spins() {
        let betas = [0.0, 0.6, 1.4];
        let runs = |offset: f64| -> Vec<Vec<EnergyHistogram>> {
            (1..).zip(betas).map(|(case, beta)| blocks(&spins(beta, 20_000, case), 40, offset)).collect()
        };
        let ln_states = SPINS as f64 * 2f64.ln();
        let found = DensityOfStates::solve(&betas, &runs(0.0), Some((0, ln_states))).unwrap();
        assert_eq!(found.without_block().len(), 40);
        let ln_z = |beta: f64| SPINS as f64 * (1.0 + f64::exp(-beta)).ln();
        for (k, beta) in betas.into_iter().enumerate().skip(1) {
            let deleted: Vec<f64> = found.without_block().iter().map(|levels| levels.ln_z()[k]).collect();
            let estimate = jackknife_of(found.levels().ln_z()[k], &deleted).unwrap();
            assert!(estimate.z_score(ln_z(beta)).abs() < 4.5, "{estimate} at {beta}");
            assert!(estimate.z_score(ln_z(1.05 * beta)).abs() > 4.5, "negative control: {estimate}");
        }
        for energy in 2..=12u64 {
            let of = |levels: &LevelWeights| {
                let level = levels.energies().iter().position(|e| *e == energy as f64).unwrap();
                levels.ln_weights()[level]
            };
            let deleted: Vec<f64> = found.without_block().iter().map(of).collect();
            let estimate = jackknife_of(of(found.levels()), &deleted).unwrap();
            assert!(estimate.z_score(ln_binomial(energy)).abs() < 4.5, "{energy}: {estimate}");
        }
        // a distant zero of energy moves ln Z by beta times it and leaves ln g
        let far = DensityOfStates::solve(&betas, &runs(1e6), Some((0, ln_states))).unwrap();
        for (a, b) in far.levels().ln_weights().iter().zip(found.levels().ln_weights()) {
            assert!((a - b).abs() < 1e-9);
        }
        assert!((far.levels().ln_z()[2] + 1.4e6 - found.levels().ln_z()[2]).abs() < 1e-8);
    }

    #[test]
    fn a_block_left_out_is_the_solution_without_it() {
        let betas = [0.2, 0.9];
        let runs: Vec<Vec<EnergyHistogram>> =
            (5..).zip(betas).map(|(case, beta)| blocks(&spins(beta, 2000, case), 4, 0.0)).collect();
        let found = DensityOfStates::solve(&betas, &runs, None).unwrap();
        for b in 0..4 {
            let rest: Vec<Vec<EnergyHistogram>> = runs
                .iter()
                .map(|run| run.iter().enumerate().filter(|(i, _)| *i != b).map(|(_, block)| block.clone()).collect())
                .collect();
            let fresh = DensityOfStates::solve(&betas, &rest, None).unwrap();
            let (a, b) = (&found.without_block()[b], fresh.levels());
            assert_eq!(a.energies(), b.energies());
            assert!(a.ln_weights().iter().zip(b.ln_weights()).all(|(a, b)| (a - b).abs() < 1e-9));
            assert!((a.ln_z()[1] - b.ln_z()[1]).abs() < 1e-9);
        }
    }

    #[test]
    fn one_run_is_its_histogram_reweighted() {
        let beta = 0.5;
        let run = EnergyHistogram::of_series(&spins(beta, 5000, 9)).unwrap();
        let found = DensityOfStates::solve(&[beta], &[vec![run.clone()]], None).unwrap();
        assert!(found.without_block().is_empty());
        let pairs = run.energies().iter().zip(run.counts()).zip(found.levels().ln_weights());
        for ((energy, n), ln_g) in pairs {
            assert!((ln_g - (*n as f64 / 5000.0).ln() - beta * energy).abs() < 1e-12);
        }
        let supported = |beta: f64| found.levels().effective_samples(|e| -(beta * e));
        assert!((supported(0.5) - 5000.0).abs() < 1e-6);
        assert!(supported(0.8) > 1000.0 && supported(4.0) < 20.0, "{} {}", supported(0.8), supported(4.0));
    }

    #[test]
    fn refusals() {
        let run = vec![EnergyHistogram::of_series(&[0.0, 1.0]).unwrap()];
        let solve = |betas: &[f64], runs: &[Vec<EnergyHistogram>], known| {
            DensityOfStates::solve(betas, runs, known).map(|_| ()).unwrap_err()
        };
        assert_eq!(solve(&[], &[], None), EstimatorError::NoSuchState { index: 0, n_states: 0 });
        let runs = [run.clone()];
        assert_eq!(solve(&[1.0, 2.0], &runs, None), EstimatorError::LengthMismatch { expected: 2, found: 1 });
        assert!(matches!(solve(&[f64::INFINITY], &runs, None), EstimatorError::NonFinite { .. }));
        assert_eq!(solve(&[1.0], &runs, Some((1, 0.0))), EstimatorError::NoSuchState { index: 1, n_states: 1 });
        assert!(matches!(solve(&[1.0], &runs, Some((0, f64::NAN))), EstimatorError::NonFinite { .. }));
        let empty = vec![EnergyHistogram::of_series(&[]).unwrap()];
        assert_eq!(solve(&[1.0], &[empty], None), EstimatorError::TooFew { needed: 1, found: 0 });
        let apart: Vec<f64> = (0..100).map(f64::from).collect();
        let low = vec![EnergyHistogram::of_series(&apart).unwrap()];
        let high = vec![EnergyHistogram::of_series(&apart.iter().map(|e| e + 500.0).collect::<Vec<_>>()).unwrap()];
        assert!(matches!(solve(&[10.0, -10.0], &[low, high], None), EstimatorError::StatesDisconnected { .. }));
        assert!(EnergyHistogram::of_series(&[f64::NAN]).is_err() && EnergyHistogram::of_counts(&[1.0], &[]).is_err());
    }
}
