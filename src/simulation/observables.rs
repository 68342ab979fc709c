//! What a run measures: values of states, their means, and functions of means.

use std::sync::Arc;

use super::estimates::{JACKKNIFE_BLOCKS, Judged, heat_capacity_of};
use super::recorder::Recorded;
use super::{Changes, KnownObservable, Observable, Row, SamplerName, SimulationError, Status, Unsettled};
use crate::ensemble::Thermo;
use crate::estimators::{Estimate, EstimatorError, Replicas};
use crate::model::Exact;
use crate::units::{Beta, Temperature};

/// Writes values of a state, given its energy.
type Record<'a, S> = Arc<dyn Fn(f64, &S, &mut [f64]) + Send + Sync + 'a>;
/// A function of beta and of the means of all columns.
type Function<'a> = Arc<dyn Fn(Beta, &[f64]) -> f64 + Send + Sync + 'a>;

/// The weight of a state in the canonical ensemble over that in the sampled one, by its energy.
type Weight<'a> = Arc<dyn Fn(f64) -> f64 + Send + Sync + 'a>;

#[derive(Clone)]
enum Of<'a> {
    /// The mean of a column.
    Mean(usize),
    Function {
        of: Function<'a>,
        /// Whether a value that is no finite number is left out instead of refused.
        may_be_undefined: bool,
    },
}

/// What is recorded of each state, and which rows are made of it.
///
/// Column 0 is the energy, whose mean U and fluctuation C always come first. Every further column is a value of the state, recorded
/// after each sweep; a quantity is the mean of a column, or a function of the means of all columns, whose error comes from the jackknife.
///
/// # Examples
///
/// ```
/// use gibbs::simulation::{Observable, Observables};
/// use gibbs::units::Dimension;
/// // The states are lists of spins: their sum M, and the fluctuation beta (<M^2> - <M>^2).
/// let sum = |spins: &Vec<i8>| spins.iter().map(|&s| f64::from(s)).sum::<f64>();
/// let observables = Observables::new()
///     .mean(Observable::extensive("magnetization", Dimension::Number), sum)
///     .column(move |spins| sum(spins).powi(2))
///     .function(Observable::extensive("susceptibility", Dimension::InverseEnergy), |beta, means| {
///         beta.get() * (means[2] - means[1] * means[1])
///     });
/// assert_eq!(observables.n_columns(), 3);
/// ```
pub struct Observables<'a, S: ?Sized> {
    records: Vec<(std::ops::Range<usize>, Record<'a, S>)>,
    n_columns: usize,
    quantities: Vec<(KnownObservable<'a>, Of<'a>)>,
    reweighted: Option<Reweighted<'a>>,
}

/// How samples of another ensemble become canonical ones.
#[derive(Clone)]
struct Reweighted<'a> {
    weight: Weight<'a>,
    /// Energies are recorded from here, so that their squares do not cancel.
    origin: f64,
}

/// Columns before those of the values of a state, where samples are reweighted: E, r, r E and r E^2.
const MOMENTS: usize = 4;

impl<S: ?Sized> Clone for Observables<'_, S> {
    fn clone(&self) -> Self {
        Self {
            records: self.records.clone(),
            n_columns: self.n_columns,
            quantities: self.quantities.clone(),
            reweighted: self.reweighted.clone(),
        }
    }
}

impl<S: ?Sized> std::fmt::Debug for Observables<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.quantities().map(|observable| observable.name).collect();
        f.debug_struct("Observables").field("quantities", &names).finish_non_exhaustive()
    }
}

impl<S: ?Sized> Default for Observables<'_, S> {
    fn default() -> Self {
        Self { records: Vec::new(), n_columns: 1, quantities: Vec::new(), reweighted: None }
    }
}

impl<'a, S: ?Sized> Observables<'a, S> {
    /// The energy alone: U and C.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column and a row for its mean.
    #[must_use]
    pub fn mean(
        mut self,
        observable: impl Into<KnownObservable<'a>>,
        value: impl Fn(&S) -> f64 + Send + Sync + 'a,
    ) -> Self {
        self.quantities.push((observable.into(), Of::Mean(self.n_columns)));
        self.column(value)
    }

    /// Adds a column of a function of the energy and a row for its mean.
    #[must_use]
    pub fn mean_of_energy(
        mut self,
        observable: impl Into<KnownObservable<'a>>,
        value: impl Fn(f64) -> f64 + Send + Sync + 'a,
    ) -> Self {
        self.quantities.push((observable.into(), Of::Mean(self.n_columns)));
        self.columns(1, move |energy, _, values| values[0] = value(energy))
    }

    /// Adds a column for functions of means.
    #[must_use]
    pub fn column(self, value: impl Fn(&S) -> f64 + Send + Sync + 'a) -> Self {
        self.columns(1, move |_, state, values| values[0] = value(state))
    }

    /// Adds `n` columns that are computed together from the energy and the state.
    #[must_use]
    pub fn columns(mut self, n: usize, record: impl Fn(f64, &S, &mut [f64]) + Send + Sync + 'a) -> Self {
        self.records.push((self.n_columns..self.n_columns + n, Arc::new(record)));
        self.n_columns += n;
        self
    }

    /// Adds a row for the mean of a column that was added before.
    #[must_use]
    pub fn mean_of_column(mut self, observable: impl Into<KnownObservable<'a>>, column: usize) -> Self {
        self.quantities.push((observable.into(), Of::Mean(column)));
        self
    }

    /// Adds a row for a function of beta and of the means of all columns `[n_columns]`, at temperatures other than 0.
    #[must_use]
    pub fn function(
        mut self,
        observable: impl Into<KnownObservable<'a>>,
        of: impl Fn(Beta, &[f64]) -> f64 + Send + Sync + 'a,
    ) -> Self {
        self.quantities.push((observable.into(), Of::Function { of: Arc::new(of), may_be_undefined: false }));
        self
    }

    /// The same for a function that may be no finite number, and has no row then: the cumulant of a magnetization that never left 0,
    /// for example.
    #[must_use]
    pub fn function_where_defined(
        mut self,
        observable: impl Into<KnownObservable<'a>>,
        of: impl Fn(Beta, &[f64]) -> f64 + Send + Sync + 'a,
    ) -> Self {
        self.quantities.push((observable.into(), Of::Function { of: Arc::new(of), may_be_undefined: true }));
        self
    }

    /// The same of samples that are not canonical: `weight` says how much likelier a state of some energy is in the canonical ensemble, up
    /// to a constant; `origin` is about the mean energy.
    ///
    /// Column 0 is still the sampled energy; after it come the weight r, r E and r E^2 (from `origin`), and r times every value.
    pub(super) fn reweighted(self, weight: impl Fn(f64) -> f64 + Send + Sync + 'a, origin: f64) -> Self {
        Self { reweighted: Some(Reweighted { weight: Arc::new(weight), origin }), ..self }
    }

    /// Number of recorded columns, the energy included.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.n_columns + self.reweighted.as_ref().map_or(0, |_| MOMENTS - 1)
    }

    /// Writes all columns of a state, `[n_columns]`, and returns its weight.
    pub(super) fn record(&self, energy: f64, state: &S, values: &mut [f64]) -> f64 {
        values[0] = energy;
        // A column that is not written is refused, not repeated.
        values[1..].fill(f64::NAN);
        let Some(Reweighted { weight, origin }) = &self.reweighted else {
            self.record_values(energy, state, values);
            return 1.0;
        };
        let r = weight(energy);
        let from_origin = energy - origin;
        self.record_values(energy, state, &mut values[MOMENTS - 1..]);
        values[1..MOMENTS].copy_from_slice(&[r, r * from_origin, r * from_origin * from_origin]);
        values[MOMENTS..].iter_mut().for_each(|value| *value *= r);
        r
    }

    fn record_values(&self, energy: f64, state: &S, values: &mut [f64]) {
        for (range, record) in &self.records {
            record(energy, state, &mut values[range.clone()]);
        }
    }

    /// U.
    pub(super) fn energy(&self, replicas: &Replicas) -> Result<Estimate, EstimatorError> {
        match &self.reweighted {
            None => replicas.mean(0),
            Some(Reweighted { origin, .. }) => {
                replicas.jackknife(JACKKNIFE_BLOCKS, |means| origin + means[2] / means[1])
            }
        }
    }

    /// Var(E).
    fn variance(&self, replicas: &Replicas) -> Result<Estimate, EstimatorError> {
        match &self.reweighted {
            None => replicas.variance(0, JACKKNIFE_BLOCKS),
            Some(_) => {
                replicas.jackknife(JACKKNIFE_BLOCKS, |means| means[3] / means[1] - (means[2] / means[1]).powi(2))
            }
        }
    }

    /// A function of beta and the canonical means of the columns of values.
    fn function_of_means(
        &self,
        replicas: &Replicas,
        beta: Beta,
        of: impl Fn(Beta, &[f64]) -> f64,
    ) -> Result<Estimate, EstimatorError> {
        let Some(Reweighted { origin, .. }) = &self.reweighted else {
            return replicas.jackknife(JACKKNIFE_BLOCKS, |means| of(beta, means));
        };
        replicas.jackknife(JACKKNIFE_BLOCKS, |means| {
            let energy = origin + means[2] / means[1];
            let values = means[MOMENTS..].iter().map(|mean| mean / means[1]);
            of(beta, &std::iter::once(energy).chain(values).collect::<Vec<f64>>())
        })
    }

    /// Changes of the column that a quantity is made of; of several, those of the one that changed least, but for columns that are constant.
    fn changes(&self, of: &Of<'_>, beta: Beta, recorded: &Recorded) -> Changes {
        let changes = &recorded.changes;
        let (false, Of::Function { of, .. }) = (self.reweighted.is_some(), of) else {
            return match of {
                Of::Mean(column) if self.reweighted.is_none() => changes[*column],
                Of::Mean(_) | Of::Function { .. } => changes[0],
            };
        };
        let value = of(beta, &recorded.last);
        let depends_on = |column: usize| {
            let mut others = recorded.last.clone();
            others[column] += 1.0 + others[column].abs();
            // A value that is no number differs from itself, too.
            of(beta, &others) != value
        };
        let moving = (0..changes.len()).filter(|&k| changes[k].n > 0 && depends_on(k)).map(|k| changes[k]);
        moving.min_by_key(|changes| changes.n).unwrap_or(changes[0])
    }

    /// What is measured beside the energy.
    pub(super) fn quantities(&self) -> impl Iterator<Item = Observable> {
        self.quantities.iter().map(|(quantity, _)| quantity.observable)
    }

    /// U, C and all other quantities from what was recorded, beside exact values.
    pub(super) fn rows(
        &self,
        (temperature, sampler): (Temperature, SamplerName),
        recorded: &Recorded,
        unsettled: Option<Unsettled>,
        exact: Option<&(dyn Exact + Sync)>,
    ) -> Result<Vec<Row>, SimulationError> {
        let beta = temperature.beta();
        let thermo: Option<Thermo> = exact.and_then(|exact| exact.thermo(beta).ok());
        let row = |observable, changes, estimate, exact| -> Result<Row, EstimatorError> {
            let (estimate, status) = Judged { unsettled, events: Status::of_changes(changes) }.of(estimate)?;
            Ok(Row::new((temperature, sampler), observable, estimate, exact, status))
        };
        let changes = &recorded.changes;
        let replicas = &recorded.replicas;
        let variance = heat_capacity_of(self.variance(replicas), beta);
        let mut rows = vec![
            row(Observable::ENERGY, changes[0], self.energy(replicas), thermo.map(|t| t.energy))?,
            row(Observable::HEAT_CAPACITY, changes[0], variance, thermo.map(|t| t.heat_capacity))?,
        ];
        for (quantity, of) in &self.quantities {
            let estimate = match of {
                Of::Mean(column) if self.reweighted.is_none() => replicas.mean(*column),
                Of::Mean(column) => self.function_of_means(replicas, beta, |_, means| means[*column]),
                Of::Function { .. } if !beta.get().is_finite() => continue,
                Of::Function { of, may_be_undefined } => match self.function_of_means(replicas, beta, &**of) {
                    Err(EstimatorError::NonFiniteFunction { .. }) if *may_be_undefined => continue,
                    estimate => estimate,
                },
            };
            rows.push(row(quantity.observable, self.changes(of, beta, recorded), estimate, quantity.exact(beta))?);
        }
        Ok(rows)
    }
}
