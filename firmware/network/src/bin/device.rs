//! The lines over semihosting.
#![no_std]
#![no_main]

use cortex_m::singleton;
use cortex_m_semihosting::{debug, hio};
use fixq::Multiplier;
use network::{CHANNELS, CODES, IMAGE, INPUTS, WORDS};
use panic_semihosting as _;

fn run() -> Option<()> {
    let codes = singleton!(: [i8; CODES] = [0; CODES])?;
    let biases = singleton!(: [i32; CHANNELS] = [0; CHANNELS])?;
    let factors = singleton!(: [Multiplier; CHANNELS] = [Multiplier::ZERO; CHANNELS])?;
    let words = singleton!(: [u32; WORDS] = [0; WORDS])?;
    network::write_outputs([IMAGE, INPUTS], codes, biases, factors, words, &mut hio::hstdout().ok()?).ok()
}

#[cortex_m_rt::entry]
fn main() -> ! {
    debug::exit(if run().is_some() { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {}
}
