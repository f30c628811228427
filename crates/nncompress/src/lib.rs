//! Compresses trained networks.
