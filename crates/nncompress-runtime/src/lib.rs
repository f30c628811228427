#![no_std]
//! Reads compressed network images.
