//! How the kept tokens of a pipeline can be told without an order of them all, and at which temperatures.

use super::{Pipeline, TemperatureOrder, Ties, Truncation, TruncationKind};
use crate::units::Beta;

/// The way to the kept tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Route {
    /// All are.
    Whole,
    /// One truncation, which judges every token by itself.
    One(Truncation, Ties),
    /// One that keeps few tokens and does not ask for the others, then the rest of the pipeline on them.
    Few(Truncation, Ties, Pipeline),
    /// All admissions.
    Listed,
}

impl Pipeline {
    pub(crate) fn route(&self) -> Route {
        let Some((first, rest)) = self.stages.split_first() else { return Route::Whole };
        let Truncation { kind, .. } = first.truncation;
        if first.exceeds || first.ties != kind.own_ties() && kind != TruncationKind::TopK {
            return Route::Listed;
        }
        if rest.is_empty() {
            return Route::One(first.truncation, first.ties);
        }
        let asks_for_few = matches!(kind, TruncationKind::TopK | TruncationKind::MinP);
        if !asks_for_few || rest.iter().any(|stage| stage.of_the_whole) {
            return Route::Listed;
        }
        Route::Few(first.truncation, first.ties, Self { stages: rest.to_vec(), ..self.clone() })
    }

    /// beta of the truncations where the ensemble has `beta`. None for truncations at negative temperatures: energies are
    /// measured from the lowest level, and distances from the highest round as the admissions' do.
    pub(crate) fn upright(&self, beta: Beta) -> Option<f64> {
        (self.stages.is_empty() || beta.get() >= 0.0).then(|| self.seen(beta).get())
    }

    /// Whether at T = 0 none of `n` tied most likely tokens is lost.
    pub(crate) fn keeps_ties(&self, n: usize) -> bool {
        self.stages.iter().all(|stage| match stage.truncation.kind {
            TruncationKind::TopP => n == 1,
            TruncationKind::TopK => n == 1 || stage.ties == Ties::Together,
            TruncationKind::Typical => {
                self.temperature == TemperatureOrder::First && (n == 1 || stage.ties == Ties::Together)
            }
            _ => true,
        })
    }
}
