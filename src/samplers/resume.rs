//! Samplers that can be stored and go on, and what does not fit when they are restored.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::Sampler;
use crate::model::Model;

/// A sampler whose state can be saved and restored: it then goes on bit for bit, if its generator does.
pub trait Resume: Sampler {
    /// Everything that a sampler started alike does not know.
    type Saved: Clone + Send + Serialize + DeserializeOwned;

    /// Its name: what one sampler saved is refused by another.
    const NAME: &'static str;

    /// The present state, with whatever is counted along with it.
    fn save(&self) -> Self::Saved;

    /// Puts a sampler of the same model at the same beta where the other one was saved.
    ///
    /// # Errors
    ///
    /// A state of another model. What it was restored to is then undefined.
    fn restore(&mut self, saved: Self::Saved) -> Result<(), RestoreError>;
}

/// A sampler whose draws are independent: nothing of one is needed for the next, so that its generator says where it stands.
pub trait Independent: Sampler {}

impl<S: Independent> Resume for S {
    type Saved = ();

    const NAME: &'static str = "independent draws";

    fn save(&self) {}

    fn restore(&mut self, (): ()) -> Result<(), RestoreError> {
        Ok(())
    }
}

/// Something stored that does not fit what is to go on from it.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// A state of another model, or of the same at another size.
    #[error("the stored state is none of this model: its size, its values or its counts differ")]
    State,
    /// What another sampler stored.
    #[error("what is stored comes from {found}, and cannot go on by {expected}")]
    Sampler {
        /// The sampler that is to go on.
        expected: &'static str,
        /// The sampler that was stored.
        found: String,
    },
    /// Another number of something.
    #[error("what is stored has {found} {what}, where this run has {expected}")]
    Number {
        /// Of what, in the plural.
        what: &'static str,
        /// How many this run has.
        expected: u64,
        /// How many are stored.
        found: u64,
    },
    /// A part of a run that this run does not have.
    #[error("what is stored is a run in its {found}, which this run does not have")]
    Stage {
        /// The part that is stored.
        found: &'static str,
    },
    /// Temperatures that are stored without one that is asked for.
    #[error("what is stored has no temperature T = {0}")]
    Temperature(crate::units::Temperature),
    /// Records of other temperatures, or of the same in another order.
    #[error("what is stored was recorded at other temperatures, or in another order")]
    Temperatures,
}

impl RestoreError {
    /// Refuses another sampler than `expected`.
    pub(crate) fn unless_same(expected: &'static str, found: &str) -> Result<(), Self> {
        if expected == found { Ok(()) } else { Err(Self::Sampler { expected, found: found.to_owned() }) }
    }

    /// Refuses another number of `what` than `expected`.
    pub(crate) fn unless_equal(what: &'static str, expected: usize, found: usize) -> Result<(), Self> {
        if expected == found {
            Ok(())
        } else {
            Err(Self::Number { what, expected: expected as u64, found: found as u64 })
        }
    }

    /// Refuses a state that is none of `model`.
    pub(crate) fn unless_fits<M: Model>(model: &M, state: &M::State) -> Result<(), Self> {
        if model.fits(state) { Ok(()) } else { Err(Self::State) }
    }
}

/// Exchange, loan and storage of a chain, at the beta of its field `$beta`, by its field `state` and the counters named.
macro_rules! replica_by_state {
    ($name:literal, [$($generics:tt)*] $chain:ty, $state:ty, $($beta:ident).+ $(, $counter:ident: $number:ty)*) => {
        impl<$($generics)*> $crate::samplers::Replica for $chain {
            fn beta(&self) -> $crate::units::Beta {
                self.$($beta).+
            }

            fn exchange(&mut self, other: &mut Self) {
                std::mem::swap(&mut self.state, &mut other.state);
            }
        }

        impl<$($generics)*> $crate::samplers::StateAlone for $chain {
            fn state_mut(&mut self) -> &mut $state {
                &mut self.state
            }
        }

        impl<$($generics)*> $crate::samplers::Resume for $chain {
            type Saved = ($state, $($number),*);

            const NAME: &'static str = $name;

            fn save(&self) -> Self::Saved {
                (self.state.clone(), $(self.$counter),*)
            }

            fn restore(&mut self, saved: Self::Saved) -> Result<(), $crate::samplers::RestoreError> {
                $crate::samplers::RestoreError::unless_fits(self.model, &saved.0)?;
                (self.state, $(self.$counter),*) = saved;
                Ok(())
            }
        }
    };
}
pub(crate) use replica_by_state;
