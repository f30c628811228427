//! ndarray: an array and a scalar in one expression.

use ndarray::ScalarOperand;

use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> ScalarOperand for Posit<N, ES, S> {}
