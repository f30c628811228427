#![no_std]
//! int8 affine quantization.
