//! The lines over semihosting.
#![no_std]
#![no_main]

use cortex_m_semihosting::{debug, hio};
use panic_semihosting as _;

#[cortex_m_rt::entry]
fn main() -> ! {
    let done = hio::hstdout().is_ok_and(|mut out| number::write_lines(&mut out).is_ok());
    debug::exit(if done { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {}
}
