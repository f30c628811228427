#![no_std]
//! Posits: `Posit<N, ES>`.
