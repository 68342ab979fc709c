//! The observables of a magnetization M: order, response, fluctuation, cumulant.

use std::sync::Arc;

use super::{KnownObservable, Observable, Observables};
use crate::units::{Beta, Dimension};

/// `<M>`.
pub(super) const MAGNETIZATION: Observable = Observable::extensive("magnetization", Dimension::Number);
/// `<|M|>`.
const ABS_MAGNETIZATION: Observable = Observable::extensive("abs_magnetization", Dimension::Number);
pub(super) const SUSCEPTIBILITY: Observable =
    Observable::extensive("susceptibility", Dimension::InverseEnergy).square();
const CONNECTED: Observable = Observable::extensive("connected_susceptibility", Dimension::InverseEnergy).square();
/// Binder's cumulant.
const BINDER: Observable = Observable::intensive("binder", Dimension::Number);

/// How the magnetization of a model behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Magnetization {
    /// Number of its components; `None` where it is no vector, so that no field couples to it.
    pub n_components: Option<u32>,
    /// Whether a field prefers one sign of M. Without one `<M> = 0` is known, and M counts as 0: waiting for a cold chain to turn
    /// round would refuse runs that are long enough for everything else.
    pub in_field: bool,
}

/// Exact moments of the magnetization M of a whole system.
#[derive(Clone, Copy, Debug)]
pub struct ExactMoments {
    /// `<M>`.
    pub magnetization: f64,
    /// `<|M|>`.
    pub abs: f64,
    /// `<M^2>`.
    pub square: f64,
    /// `<M^4>`, where it is known.
    pub fourth: Option<f64>,
}

impl<'a, S: ?Sized> Observables<'a, S> {
    /// Adds `<M>` in a field, `<|M|>`, susceptibilities and Binder's cumulant of a magnetization.
    ///
    /// The susceptibility is the response to a field, `beta (<M^2> - <M>^2)` per component, where `<M> = 0` is known
    /// without a field: a chain that never turned round would make it the connected one,
    /// `beta (<M^2> - <|M|>^2)`, which has a row of its own. What is no vector has the latter only.
    #[must_use]
    pub fn magnetization(
        self,
        magnetization: Magnetization,
        value: impl Fn(&S) -> f64 + Send + Sync + 'a,
        exact: impl Fn(Beta) -> Option<ExactMoments> + Send + Sync + 'a,
    ) -> Self {
        let moments = Arc::new(exact);
        let Magnetization { n_components, in_field } = magnetization;
        let first = self.n_columns();
        let [signed, abs, square, fourth] = [0, 1, 2, 3].map(|k| first + k);
        let mut observables = self.columns(4, move |_, state, values| {
            let m = value(state);
            values.copy_from_slice(&[if in_field { m } else { 0.0 }, m.abs(), m * m, m.powi(4)]);
        });
        if in_field {
            observables =
                observables.mean_of_column(known(&moments, MAGNETIZATION, |m, _| Some(m.magnetization)), signed);
        }
        observables = observables.mean_of_column(known(&moments, ABS_MAGNETIZATION, |m, _| Some(m.abs)), abs);
        if let Some(n) = n_components.map(f64::from) {
            let exact = move |m: ExactMoments, b: f64| Some(b / n * (m.square - m.magnetization.powi(2)));
            observables = observables.function(known(&moments, SUSCEPTIBILITY, exact), move |beta, means| {
                beta.get() / n * (means[square] - means[signed].powi(2))
            });
        }
        let connected = known(&moments, CONNECTED, |m, b| Some(b * (m.square - m.abs * m.abs)));
        let binder = known(&moments, BINDER, |m, _| Some(1.0 - m.fourth? / (3.0 * m.square * m.square)));
        observables
            .function(connected, move |beta, means| beta.get() * (means[square] - means[abs].powi(2)))
            .function_where_defined(binder, move |_, means| 1.0 - means[fourth] / (3.0 * means[square].powi(2)))
    }
}

/// `observable` with an exact value from `moments` and beta.
fn known<'a>(
    moments: &Arc<impl Fn(Beta) -> Option<ExactMoments> + Send + Sync + 'a>,
    observable: Observable,
    exact: impl Fn(ExactMoments, f64) -> Option<f64> + Send + Sync + 'a,
) -> KnownObservable<'a> {
    let moments = Arc::clone(moments);
    observable.known(move |beta| exact(moments(beta)?, beta.get()))
}
