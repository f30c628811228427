//! Runs a float network.
//!
//! The network is executed by an inference library behind [`Engine`]; [`RtenEngine`] is the one that is
//! always there. Constants named when the engine is made are *variable*: each run takes their values
//! anew, so that a search can try weights without loading the network again.

use crate::error::Error;
use crate::network::{Tensor, ValueId};

mod rten;

pub use rten::RtenEngine;

/// Samples to run at once: the fastest of 1, 16 and 100 on the networks that were measured.
pub const BATCH: usize = 16;

/// Something that runs a float network.
pub trait Engine: Send + Sync {
    /// Runs the network on `input` (shape `[n, …]`) with these values of the variable constants.
    ///
    /// Gives the values in `capture`, in that order; the network outputs if `capture` is empty. Each run
    /// uses one thread; runs on several threads at once do not wait for each other.
    ///
    /// # Errors
    ///
    /// [`Error::EngineRun`] if a shape does not fit or an operator fails.
    fn run(&self, input: &Tensor, variable: &[Tensor], capture: &[ValueId]) -> Result<Vec<Tensor>, Error>;
}
