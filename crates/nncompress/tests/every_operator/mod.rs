//! A random int8 network with every operator, on two branches.

use fixq::op::{Padding, Window};
use fixq::{Activation as Fused, Codes, Multiplier, Output, Params};
use nncompress::int8::{Activation, Int8Network, Layer, Node, Operation, Storage};

/// SplitMix64.
pub fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Grows a network node by node, with random weights and parameters.
struct Builder {
    network: Int8Network,
    state: u64,
}

impl Builder {
    fn tensor(&mut self, shape: &[usize]) -> usize {
        let scale = (1 + draw(&mut self.state) % 100) as f32 / 500.0;
        let params = Params::new(scale, draw(&mut self.state) as i32 % 60, Codes::INT8).unwrap();
        let name = format!("t{}", self.network.tensors.len());
        self.network.tensors.push(Activation { name, shape: shape.to_vec(), params });
        self.network.tensors.len() - 1
    }

    fn node(&mut self, operation: Operation, inputs: &[usize], shape: &[usize]) -> usize {
        let output = self.tensor(shape);
        if matches!(operation, Operation::AveragePool(_) | Operation::MaxPool(_) | Operation::Reshape) {
            self.network.tensors[output].params = self.network.tensors[inputs[0]].params;
        }
        let fused = [Fused::None, Fused::Relu, Fused::Relu6][draw(&mut self.state) as usize % 3];
        let end = Output::new(self.network.tensors[output].params, fused);
        let name = format!("{}_{output}", operation.name());
        self.network.nodes.push(Node { name, operation, inputs: inputs.to_vec(), output, end });
        output
    }

    /// Weights of 8 bits, of a few values, of a table of 16 bits, or of 2 bits with blocks left out.
    fn layer(&mut self, outputs: usize, count: usize, kind: Kind) -> Layer {
        const WIDE: [i16; 8] = [-900, -77, -5, 0, 9, 130, 300, 1000];
        let mut draw = || draw(&mut self.state);
        let weight = |random: u64| match kind {
            Kind::Bytes => i16::from(random as i8),
            Kind::Few => (random % 7) as i16 * 30 - 90,
            Kind::Wide => WIDE[random as usize % 8],
            Kind::Pruned => [0, 0, 0, 0, 0, 0, -2, -1, 1][random as usize % 9],
        };
        let weights = (0..count).map(|_| weight(draw())).collect();
        let storage = match kind {
            Kind::Bytes | Kind::Few => Storage::Shortest,
            Kind::Wide => Storage::Coded { bits: 3, entries: Some(WIDE.to_vec()), block: None },
            Kind::Pruned => Storage::Coded { bits: 2, entries: None, block: Some(4) },
        };
        let biases = (0..outputs).map(|_| draw() as i32 % 4000).collect();
        let scales: Vec<f32> = (0..outputs).map(|_| (1 + draw() % 50) as f32 / 20_000.0).collect();
        let factors = scales.iter().map(|&scale| Multiplier::from_real(f64::from(scale)).unwrap()).collect();
        Layer { weights, storage, biases, factors, scales }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Bytes,
    Few,
    Wide,
    Pruned,
}

fn window(kernel: [usize; 2], stride: [usize; 2], dilation: [usize; 2], pads: [[usize; 2]; 2]) -> Window {
    Window { kernel, stride, dilation, padding: Padding::Explicit(pads[0], pads[1]) }
}

/// Every operator; the storage of the weights and all numbers follow from the seed.
pub fn every_operator(seed: u64) -> Int8Network {
    let network = Int8Network { tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![] };
    let mut b = Builder { network, state: seed };
    let (image, side) = (b.tensor(&[2, 6, 5, 4]), b.tensor(&[1, 1, 1, 8]));
    let layer = b.layer(8, 8 * 9 * 4, if seed.is_multiple_of(2) { Kind::Bytes } else { Kind::Wide });
    let same = window([3, 3], [1, 1], [1, 1], [[1, 1], [1, 1]]);
    let first = b.node(Operation::Conv { window: same, groups: 1, layer }, &[image], &[2, 6, 5, 8]);
    let layer = b.layer(8, 8 * 6 * 2, Kind::Few);
    let grouped = window([3, 2], [1, 1], [2, 1], [[2, 2], [1, 0]]);
    let grouped = b.node(Operation::Conv { window: grouped, groups: 2, layer }, &[image], &[2, 6, 5, 8]);
    let sum = b.node(Operation::Add { subtract: false }, &[first, grouped], &[2, 6, 5, 8]);
    let difference = b.node(Operation::Add { subtract: true }, &[sum, side], &[2, 6, 5, 8]);
    let product = b.node(Operation::Mul, &[difference, side], &[2, 6, 5, 8]);
    let layer = b.layer(16, 9 * 16, if seed < 2 { Kind::Bytes } else { Kind::Wide });
    let down = window([3, 3], [2, 2], [1, 1], [[0, 1], [1, 1]]);
    let deep = b.node(Operation::Depthwise { window: down, layer }, &[product], &[2, 3, 3, 16]);
    let cell = window([2, 3], [1, 1], [1, 1], [[1, 0], [1, 1]]);
    let average = b.node(Operation::AveragePool(cell), &[deep], &[2, 3, 3, 16]);
    let largest = b.node(Operation::MaxPool(cell), &[deep], &[2, 3, 3, 16]);
    let joined = b.node(Operation::Concat(3), &[average, largest, deep], &[2, 3, 3, 48]);
    let padded = b.node(Operation::Pad(vec![[0, 0], [1, 0], [0, 2], [0, 0]]), &[joined], &[2, 4, 5, 48]);
    let table = core::array::from_fn(|_| draw(&mut b.state) as i8);
    let mapped = b.node(Operation::Table(Box::new(table)), &[padded], &[2, 4, 5, 48]);
    let mean = b.node(Operation::Mean(vec![1, 2]), &[mapped], &[2, 48]);
    let flat = b.node(Operation::Reshape, &[mean], &[2, 48]);
    let layer = b.layer(10, 480, Kind::Wide);
    let classes = b.node(Operation::FullyConnected { layer }, &[flat], &[2, 10]);
    let layer = b.layer(7, 70, Kind::Pruned);
    let other = b.node(Operation::FullyConnected { layer }, &[classes], &[2, 7]);
    let chances = b.node(Operation::Softmax { beta: 1.0 }, &[classes], &[2, 10]);
    b.network.inputs = vec![image, side];
    b.network.outputs = vec![chances, other, mapped];
    b.network
}
