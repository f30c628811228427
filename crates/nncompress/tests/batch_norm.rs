//! Batch normalisation that is kept: its statistics follow what compression does to what it normalises.

use nncompress::calibrate::calibrate;
use nncompress::data::Samples;
use nncompress::format::Format;
use nncompress::image::decode;
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::plan::Choice;
use nncompress::quantize::Layer;
use nncompress::reference::Reference;
use nncompress::runtime::{AttributeName, Operator};
use nncompress::study::Study;
use std::path::Path;

struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn tensor(&mut self, shape: &[usize], scale: f32) -> Tensor {
        let count: usize = shape.iter().product();
        Tensor { shape: shape.to_vec(), data: (0..count).map(|_| self.next() * scale).collect() }
    }
}

/// Three convolutions without bias, each with a batch normalisation and a ReLU, then a `Gemm`.
fn network() -> Network {
    let mut random = Random(5);
    let shape = vec![None, Some(3), Some(8), Some(8)];
    let mut values = vec![Value { name: "input".into(), source: Source::Input { shape } }];
    let mut nodes = Vec::new();
    let mut last = ValueId(0);
    let mut add = |operator, constants: Vec<Tensor>, attributes: Vec<(AttributeName, Attribute)>| {
        let mut inputs = vec![Some(last)];
        for tensor in constants {
            inputs.push(Some(ValueId(values.len() as u32)));
            let source = Source::Constant(Constant::Float(tensor));
            values.push(Value { name: format!("c{}", values.len()), source });
        }
        last = ValueId(values.len() as u32);
        values.push(Value { name: format!("y{}", values.len()), source: Source::Node });
        let name = format!("n{}", nodes.len());
        nodes.push(Node { name, operator, inputs, outputs: vec![last], attributes });
    };
    for (inputs, outputs) in [(3, 12), (12, 12), (12, 8)] {
        let weight = random.tensor(&[outputs, inputs, 3, 3], 0.4);
        add(Operator::Conv, vec![weight], vec![(AttributeName::KernelShape, Attribute::Ints(vec![3, 3]))]);
        let positive = |random: &mut Random| {
            let mut tensor = random.tensor(&[outputs], 0.4);
            tensor.data.iter_mut().for_each(|x| *x += 1.0);
            tensor
        };
        let (scale, shift) = (positive(&mut random), random.tensor(&[outputs], 0.5));
        let (mean, variance) = (random.tensor(&[outputs], 0.5), positive(&mut random));
        add(Operator::BatchNormalization, vec![scale, shift, mean, variance], vec![]);
        add(Operator::Relu, vec![], vec![]);
    }
    add(Operator::Flatten, vec![], vec![]);
    add(Operator::Gemm, vec![random.tensor(&[32, 5], 0.3), random.tensor(&[5], 0.1)], vec![]);
    let (inputs, outputs) = (vec![ValueId(0)], vec![last]);
    Network { name: "normalised".into(), opset: 13, values, nodes, inputs, outputs }
}

fn samples(count: usize, seed: u64) -> Samples {
    let tensor = Random(seed).tensor(&[count, 3, 8, 8], 1.0);
    let data = tensor.data.windows(3).map(|w| w.iter().sum::<f32>() + 0.4).chain([0.0, 0.0]).collect();
    Samples { shape: tensor.shape, data }
}

fn contents(study: &Study, format: Format) -> Vec<Layer> {
    (0..study.layers().len()).map(|layer| study.candidate(layer, &Choice::usual(format)).layer).collect()
}

/// Judged on other samples than those that the statistics are estimated on.
#[test]
fn the_output_error_falls() {
    let network = network();
    let (seen, unseen) = (samples(64, 11), samples(96, 12));
    let reference = Reference::new(&network, &seen).unwrap();
    let judge = Reference::new(&network, &unseen).unwrap();
    for calibrated in [false, true] {
        let statistics = calibrated.then(|| calibrate(&network, &seen).unwrap());
        let study = Study::new(network.clone(), statistics.as_ref());
        for (format, at_most) in [(Format::Int { bits: 3 }, 0.85), (Format::Posit { n: 4, es: 0 }, 0.85)] {
            let contents = contents(&study, format);
            let contents: Vec<&Layer> = contents.iter().collect();
            let before = judge.error(&study.compressed(&contents, None).unwrap()).unwrap();
            let after = judge.error(&study.compressed(&contents, Some(&reference)).unwrap()).unwrap();
            assert!(after < at_most * before, "{format}, {calibrated}: {before} became {after}");
            let image = study.image(&contents, Some(&reference)).unwrap();
            let back = decode(&image, Path::new("x.ncm")).unwrap();
            assert_eq!(judge.error(&back).unwrap(), after, "{format}");
        }
    }
}

/// Without compression the statistics stay what they are, up to their rounding to 16 bits, however few the samples.
#[test]
fn nothing_moves_without_compression() {
    let network = network();
    let reference = Reference::new(&network, &samples(2, 3)).unwrap();
    let mut same = network.clone();
    reference.renormalize(&mut same).unwrap();
    for (before, after) in network.parameters().iter().zip(same.parameters()) {
        let (before, after) = (network.float_constant(*before).unwrap(), same.float_constant(after).unwrap());
        // Later ones see what the rounding of earlier ones does.
        assert!(before.data.iter().zip(&after.data).all(|(a, b)| (a - b).abs() <= 0.02 * a.abs().max(0.2)));
    }
    assert!(reference.error(&same).unwrap() < 1e-4);
}
