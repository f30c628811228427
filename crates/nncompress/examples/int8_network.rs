//! Builds an int8 network in code, without a file of any training library, and writes its image and inputs for the
//! firmware that runs it.
//!
//! ```text
//! cargo run -p nncompress --example int8_network -- firmware/network
//! ```

use core::error::Error;
use fixq::op::{Padding, Window};
use fixq::{Activation as Clamp, Codes, Multiplier, Output, Params};
use nncompress::int8::{Activation, Int8Network, Layer, Node, Operation, Storage, encode};
use std::{fs, path::Path};

/// Numbers of a linear congruence (Knuth's MMIX constants).
struct Draws(u64);

impl Draws {
    /// Uniform in `-bound..=bound`.
    fn next(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64) % (2 * bound + 1) - bound
    }
}

/// A layer of `outputs` rows of `inputs` weights. The spread of a sum of products of uniform codes sets the factor,
/// so that the outputs fill their range.
fn layer(draws: &mut Draws, outputs: usize, inputs: usize) -> Result<Layer, fixq::Error> {
    let factor = 0.6 / (74.0 * (inputs as f64).sqrt());
    let factors = (0..outputs).map(|o| Multiplier::from_real(factor * (1.0 + 0.1 * o as f64)));
    Ok(Layer {
        weights: (0..outputs * inputs).map(|_| draws.next(127) as i16).collect(),
        storage: Storage::Shortest,
        biases: (0..outputs).map(|_| draws.next(4000) as i32).collect(),
        factors: factors.collect::<Result<_, _>>()?,
        scales: vec![0.01; outputs],
    })
}

fn network() -> Result<Int8Network, fixq::Error> {
    let draws = &mut Draws(2026);
    let params = Params::new(0.05, 0, Codes::INT8)?;
    let ends = [Clamp::None, Clamp::Relu].map(|clamp| Output::new(params, clamp));
    let scores = Params::new(1.0 / 256.0, -128, Codes::INT8)?;
    let same = |kernel: usize, stride: usize| Window {
        stride: [stride; 2],
        padding: Padding::Same,
        ..Window::new([kernel; 2])
    };
    let steps = [
        (Operation::Conv { window: same(3, 2), groups: 1, layer: layer(draws, 8, 9)? }, vec![1, 8, 8, 8], 1),
        (Operation::Depthwise { window: same(3, 1), layer: layer(draws, 8, 9)? }, vec![1, 8, 8, 8], 1),
        (Operation::Conv { window: same(1, 1), groups: 1, layer: layer(draws, 8, 8)? }, vec![1, 8, 8, 8], 0),
        (Operation::Add { subtract: false }, vec![1, 8, 8, 8], 1),
        (Operation::MaxPool(Window { stride: [2; 2], ..Window::new([2; 2]) }), vec![1, 4, 4, 8], 0),
        (
            Operation::Conv { window: same(3, 1), groups: 1, layer: layer(draws, 16, 72)? },
            vec![1, 4, 4, 16],
            1,
        ),
        (Operation::AveragePool(Window::new([4; 2])), vec![1, 1, 1, 16], 0),
        (Operation::Reshape, vec![1, 16], 0),
        (Operation::FullyConnected { layer: layer(draws, 10, 16)? }, vec![1, 10], 0),
        (Operation::Softmax { beta: 1.0 }, vec![1, 10], 0),
    ];
    let mut tensors = vec![Activation { name: "image".to_owned(), shape: vec![1, 16, 16, 1], params }];
    let mut nodes = Vec::new();
    let last = steps.len();
    for (index, (operation, shape, clamp)) in steps.into_iter().enumerate() {
        let name = format!("{}_{index}", operation.name());
        let (params, end) = if index + 1 == last {
            (scores, Output::new(scores, Clamp::None))
        } else {
            (params, ends[clamp])
        };
        // The sum adds the depthwise layer's input to the pointwise one's output.
        let inputs = if matches!(operation, Operation::Add { .. }) { vec![index, 1] } else { vec![index] };
        tensors.push(Activation { name: name.clone(), shape, params });
        nodes.push(Node { name, operation, inputs, output: index + 1, end });
    }
    Ok(Int8Network { tensors, nodes, inputs: vec![0], outputs: vec![last] })
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("the folder that demo.ncm and demo.inputs are written to")?;
    let network = network()?;
    let image = encode(&network)?;
    let mut draws = Draws(7);
    let inputs: Vec<u8> = (0..20 * 256).map(|_| draws.next(127) as u8).collect();
    fs::write(Path::new(&folder).join("demo.ncm"), &image)?;
    fs::write(Path::new(&folder).join("demo.inputs"), inputs)?;
    println!(
        "{} bytes, {} weights, {} multiply-adds",
        image.len(),
        network.weights(),
        network.multiply_adds()
    );
    Ok(())
}
