//! The lines on the host.

use fixq::Multiplier;
use network::{CHANNELS, CODES, WORDS};

fn main() {
    let mut text = String::new();
    let (mut codes, mut biases) = (vec![0; CODES], vec![0; CHANNELS]);
    let (mut factors, mut words) = (vec![Multiplier::ZERO; CHANNELS], vec![0; WORDS]);
    if let Err(failure) = network::write_outputs(&mut codes, &mut biases, &mut factors, &mut words, &mut text)
    {
        eprintln!("{failure:?}");
        std::process::exit(1);
    }
    print!("{text}");
}
