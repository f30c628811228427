//! The lines on the host.

use fixq::Multiplier;
use network::{CHANNELS, CODES};

fn main() {
    let mut text = String::new();
    let (mut codes, mut biases) = (vec![0; CODES], vec![0; CHANNELS]);
    let mut factors = vec![Multiplier::ZERO; CHANNELS];
    if let Err(failure) = network::write_outputs(&mut codes, &mut biases, &mut factors, &mut text) {
        eprintln!("{failure:?}");
        std::process::exit(1);
    }
    print!("{text}");
}
