//! Compresses trained networks.

pub mod network;
