//! How the kept tokens of a pipeline are found without the thresholds of them all, and at which temperatures.

use super::engine::TemperatureOrder;
use super::kind::{Ties, TruncationKind};
use super::pipeline::Pipeline;
use super::single::Truncation;
use crate::units::Beta;

/// The shortest way to the kept tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shortcut {
    /// All tokens are kept.
    KeepAll,
    /// One truncation, by which every token is kept or cut by itself.
    OneTruncation(Truncation, Ties),
    /// A truncation that keeps few tokens without the probabilities of the others, then the rest of the pipeline on these.
    ShortList(Truncation, Ties, Pipeline),
    /// The thresholds of all tokens are needed: no way is shorter.
    AllThresholds,
}

impl Pipeline {
    pub(crate) fn shortcut(&self) -> Shortcut {
        let Some((first, rest)) = self.stages.split_first() else { return Shortcut::KeepAll };
        let Truncation { kind, .. } = first.truncation;
        if first.exceeds || first.ties != kind.own_ties() && kind != TruncationKind::TopK {
            return Shortcut::AllThresholds;
        }
        if rest.is_empty() {
            return Shortcut::OneTruncation(first.truncation, first.ties);
        }
        let keeps_few = matches!(kind, TruncationKind::TopK | TruncationKind::MinP);
        if !keeps_few || rest.iter().any(|stage| stage.of_the_whole) {
            return Shortcut::AllThresholds;
        }
        Shortcut::ShortList(first.truncation, first.ties, Self { stages: rest.to_vec(), ..self.clone() })
    }

    /// The beta that the truncations see where the ensemble has `beta`. None for truncations at negative temperatures:
    /// there the thresholds go by distances from the highest level, which round in another way than logits of the other
    /// sign.
    pub(crate) fn upright(&self, beta: Beta) -> Option<f64> {
        (self.stages.is_empty() || beta.get() >= 0.0).then(|| self.seen(beta).get())
    }

    /// Whether all of `n` tied most likely tokens are kept at T = 0.
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
