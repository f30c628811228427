//! Writes the image of an int8 model with other weights, as `scripts/firmware-bench` measures them.
//!
//! ```text
//! int8_recode MODEL.tflite|demo CODES IMAGE     CODES: bytes, int4, posit4, posit5, ..., +half, +shrink
//! ```
//!
//! `+half` leaves out half of the blocks of eight weights, `+shrink` the channels that carry nothing.

use core::error::Error;
use nncompress::int8::{WeightCodes, encode, import, recode, shrink};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, codes, image] = &*arguments else { return Err("MODEL CODES IMAGE are needed".into()) };
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
    fs::write(image, bytes)?;
    Ok(())
}
