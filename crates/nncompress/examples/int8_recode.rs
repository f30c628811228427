//! Writes the image of an int8 model with other weights, as `scripts/firmware-bench` measures them.
//!
//! ```text
//! int8_recode MODEL.tflite CODES IMAGE [SAMPLES]     CODES: bytes, int4, posit4, posit5, ..., +half, +shrink
//! ```
//!
//! `+half` leaves out half of the blocks of eight weights, `+shrink` the channels that carry nothing. With samples, how
//! far the outputs are from those of the model's own weights is printed too.

use core::error::Error;
use nncompress::data::read_samples;
use nncompress::int8::{Session, WeightCodes, encode, import, quantize_input, recode, shrink};
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, codes, image, samples @ ..] = &*arguments else {
        return Err("MODEL CODES IMAGE are needed".into());
    };
    let mut network = import(&fs::read(model)?, model.as_ref())?;
    let mut parts = codes.split('+');
    let name = parts.next().unwrap_or_default();
    let (mut block, number) = (None, |name: &str| name.parse::<u32>());
    for part in parts {
        match part {
            "half" => block = Some((8, 0.5)),
            "shrink" => network = shrink(&network).network,
            _ => return Err(format!("unknown: {part}").into()),
        }
    }
    let codes = match (name, name.strip_prefix("int"), name.strip_prefix("posit")) {
        ("bytes", ..) => WeightCodes::Bytes,
        (_, Some(bits), _) => WeightCodes::Integers(number(bits)?),
        (.., Some(bits)) => WeightCodes::Posits { n: number(bits)?, es: 0 },
        _ => return Err(format!("unknown codes: {name}").into()),
    };
    let bytes = encode(&recode(&network, codes, block)?)?;
    println!("{} bytes", bytes.len());
    if let Some(samples) = samples.first() {
        println!("output SQNR {:.2} dB", sqnr(&encode(&network)?, &bytes, samples.as_ref())?);
    }
    fs::write(image, bytes)?;
    Ok(())
}

/// The signal-to-noise ratio of an image's first output against that of another one, in dB.
fn sqnr(model: &[u8], recoded: &[u8], file: &Path) -> Result<f64, Box<dyn Error>> {
    let (mut own, mut other) = (Session::new(model, file)?, Session::new(recoded, file)?);
    let (input, output) = (own.program().inputs().next(), own.program().outputs().next());
    let (Some(input), Some(output)) = (input, output) else { return Err("no input or no output".into()) };
    let (mut signal, mut noise) = (0.0, 0.0);
    for sample in quantize_input(&read_samples(file)?, &input, file)?.chunks_exact(input.place.length) {
        for (own, other) in own.run(&[sample])?[0].iter().zip(&other.run(&[sample])?[0]) {
            signal += (f64::from(*own) - f64::from(output.zero_point)).powi(2);
            noise += (f64::from(*own) - f64::from(*other)).powi(2);
        }
    }
    Ok(10.0 * f64::log10(signal / noise))
}
