//! `nncompress-runtime`: an image of any bytes is verified, then walked to its last weight.

use nncompress_runtime::{Content, Image};

/// Any bytes in, a sum of all weights out.
#[unsafe(no_mangle)]
pub extern "C" fn c_image(bytes: &[u8]) -> f32 {
    let Ok(image) = Image::parse(bytes) else { return 0.0 };
    let mut memory = [0; 4096];
    let mut sum = image.nodes().fold(0.0, |sum, node| {
        sum + node.inputs.flatten().sum::<u32>() as f32 + node.attributes.count() as f32
    });
    for constant in image.constants() {
        match constant.content {
            Content::Coded(coded) => sum += coded.values(&mut memory).into_iter().flatten().sum::<f32>(),
            Content::Float(floats) => sum += floats.sum::<f32>(),
            Content::Bfloat16(halves) => sum += halves.sum::<f32>(),
            Content::Int(ints) => sum += ints.count() as f32,
        }
    }
    sum + image.inputs().map(|input| input.dims.len() as f32).sum::<f32>()
}
