//! ndarray: an array and a scalar in one expression, and the statistics that are generic over floats.

use ndarray::{NdFloat, ScalarOperand};

use crate::{Posit, Storage};

impl<const N: u32, const ES: u32, S: Storage> ScalarOperand for Posit<N, ES, S> {}
impl<const N: u32, const ES: u32, S: Storage> NdFloat for Posit<N, ES, S> {}
