//! The lines on the host: of the built-in network, or `network-host IMAGE INPUTS`.

use fixq::Multiplier;
use network::{CHANNELS, CODES, IMAGE, INPUTS, WORDS};
use std::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<Vec<u8>> = env::args_os().skip(1).map(fs::read).collect::<Result<_, _>>()?;
    let network = match &*files {
        [] => [IMAGE, INPUTS],
        [image, inputs] => [&**image, &**inputs],
        _ => return Err("give an image and its inputs, or nothing".into()),
    };
    let mut text = String::new();
    let (mut codes, mut biases) = (vec![0; CODES], vec![0; CHANNELS]);
    let (mut factors, mut words) = (vec![Multiplier::ZERO; CHANNELS], vec![0; WORDS]);
    network::write_outputs(network, &mut codes, &mut biases, &mut factors, &mut words, &mut text)
        .map_err(|failure| format!("{failure:?}"))?;
    print!("{text}");
    Ok(())
}
