//! An int8 image as one header and one source file of C99: no heap, no float, nothing of the C library but
//! `stdint.h` and `memset`.
//!
//! *Each operator is a function that is written once by hand* (the `.c` files beside this one); the exporter
//! writes the constants of each step and one call, and only the functions that are called. The results are those
//! of the runtime crate, bit for bit.

mod data;
mod step;

use super::File;
use crate::error::Error;
use core::fmt::Write;
use data::array;
use nncompress_runtime::Program;
use nncompress_runtime::program::Port;
use step::{Part, Steps};

/// Writes `NAME.h` and `NAME.c` of a program.
///
/// `name` must be an identifier, as [`identifier`](super::identifier) makes them; every name in the header starts
/// with it.
///
/// # Errors
/// [`Error::Export`] if a sum may not fit 32 bits, where C leaves open what happens, or if an array is too large
/// for 31-bit indices; it names the step.
pub fn to_c(program: &Program<'_>, name: &str) -> Result<Vec<File>, Error> {
    let steps = Steps::new(program)?;
    Ok(vec![
        (format!("{name}.h"), header(program, name).into_bytes()),
        (format!("{name}.c"), source(program, &steps, name).into_bytes()),
    ])
}

fn header(program: &Program<'_>, name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    let mut text = format!(
        "#ifndef {upper}_H\n#define {upper}_H\n\n#include <stdint.h>\n\n\
         /*\n * A network of 8-bit integers. Put the codes of the inputs into `codes`, run, and read the codes of\n\
         \x20* the outputs there: real = scale * (code - zero point). Nothing is kept between runs.\n */\n\n\
         /* Bytes of `codes`. */\n#define {upper}_CODES {}\n",
        program.codes().max(1)
    );
    let kinds = [("INPUT", program.inputs()), ("OUTPUT", program.outputs())];
    for (kind, ports) in kinds {
        for (index, port) in ports.enumerate() {
            let Port { place, dims, scale, zero_point } = port;
            let shape: Vec<String> = dims.map(|length| length.to_string()).collect();
            // The shortest decimal that reads back to the same f32, with a point or an exponent, as C asks.
            let _ = write!(
                text,
                "\n/* {} {index}: {} */\n#define {upper}_{kind}_{index}_OFFSET {}\n\
                 #define {upper}_{kind}_{index}_LENGTH {}\n#define {upper}_{kind}_{index}_SCALE {scale:?}f\n\
                 #define {upper}_{kind}_{index}_ZERO_POINT ({zero_point})\n",
                if kind == "INPUT" { "Input" } else { "Output" },
                shape.join("x"),
                place.offset,
                place.length
            );
        }
    }
    let _ = write!(text, "\nvoid {name}_run(int8_t *codes);\n\n#endif\n");
    text
}

fn source(program: &Program<'_>, steps: &Steps, name: &str) -> String {
    let mut text = format!("#include \"{name}.h\"\n");
    if steps.parts.contains(&Part::Pad) {
        text.push_str("#include <string.h>\n");
    }
    text.push('\n');
    for part in &steps.parts {
        text.push_str(&part.text());
        text.push('\n');
    }
    for (index, (_, constants, _)) in steps.list.iter().enumerate() {
        for constant in constants {
            array(&mut text, index, constant);
        }
    }
    let _ = write!(text, "\nvoid {name}_run(int8_t *codes)\n{{\n");
    for (weight, length) in [("int8_t", steps.room[0]), ("int16_t", steps.room[1])] {
        if length > 0 {
            let _ = writeln!(text, "    {weight} room_{weight}[{length}];");
        }
    }
    for (_, _, call) in &steps.list {
        let _ = writeln!(text, "    {call}");
    }
    if program.steps().next().is_none() {
        text.push_str("    (void)codes;\n");
    }
    text.push_str("}\n");
    text
}
