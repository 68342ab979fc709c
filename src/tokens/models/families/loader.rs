//! The tensors that a network of candle-transformers asks for, read and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};

use crate::tokens::models::error::LanguageError;
use crate::tokens::models::weights::Weights;

/// Reads the tensors that a network asks for, keeps them, and keeps why one could not be read.
pub(super) struct Loader<'w, 'a> {
    weights: &'w Weights<'a>,
    loaded: Mutex<HashMap<String, Tensor>>,
    failure: Mutex<Option<LanguageError>>,
}

impl<'w, 'a> Loader<'w, 'a> {
    pub(super) fn new(weights: &'w Weights<'a>) -> Arc<Self> {
        Arc::new(Self { weights, loaded: Mutex::default(), failure: Mutex::default() })
    }

    /// Where a network takes its tensors from while it is made.
    pub(super) fn source(self: &Arc<Self>) -> VarBuilder<'_> {
        VarBuilder::from_backend(Box::new(Shared(self.clone())), DType::F32, Device::Cpu)
    }

    /// The tensors read so far, to make the same network again.
    pub(super) fn tensors(&self) -> VarBuilder<'static> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        VarBuilder::from_tensors(loaded, DType::F32, &Device::Cpu)
    }

    /// Why the first tensor that could not be read was refused; candle passes on its text alone.
    pub(super) fn failure(&self) -> Option<LanguageError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

struct Shared<'w, 'a>(Arc<Loader<'w, 'a>>);

impl SimpleBackend for Shared<'_, '_> {
    fn get(&self, shape: Shape, name: &str, _: Init, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        let mut loaded = self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tensor) = loaded.get(name).filter(|tensor| tensor.shape() == &shape) {
            return Ok(tensor.clone());
        }
        match self.0.weights.tensor(name, shape.dims()) {
            Ok(tensor) => {
                loaded.insert(name.to_string(), tensor.clone());
                Ok(tensor)
            }
            Err(error) => {
                let message = error.to_string();
                self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                Err(candle_core::Error::Msg(message))
            }
        }
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> candle_core::Result<Tensor> {
        let shape = self.0.weights.shape(name).unwrap_or_default().to_vec();
        self.get(Shape::from(shape), name, Init::Const(0.0), dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.0.weights.shape(name).is_some()
    }
}
