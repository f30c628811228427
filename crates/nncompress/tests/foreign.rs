//! Networks as PyTorch exports them (`scripts/foreign-networks` made the files): a decoder of transposed convolutions, a
//! classifier of LSTM and GRU layers, and a transformer. They compute what PyTorch computed, and go through the
//! search like any other.

use nncompress::calibrate::calibrate;
use nncompress::cost::Work;
use nncompress::data::{Samples, read_samples};
use nncompress::engine::{Engine, RtenEngine};
use nncompress::fold::fold_batch_norm;
use nncompress::format::Format;
use nncompress::image::decode;
use nncompress::import::{ImportOptions, import_model};
use nncompress::joint::{Candidates, Joint, Key, Shard, choices, try_choices};
use nncompress::matrix::Matrix;
use nncompress::network::{Network, Tensor};
use nncompress::runtime::Operator;
use nncompress::study::Study;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(name)
}

struct Foreign {
    network: Network,
    samples: Samples,
    outputs: Samples,
}

fn load(name: &str) -> Foreign {
    let imported = import_model(&file(&format!("{name}.onnx")), &ImportOptions::default()).unwrap();
    let mut samples = read_samples(&file(&format!("{name}-samples.npy"))).unwrap();
    samples.fit(&imported.network, Path::new(name)).unwrap();
    let outputs = read_samples(&file(&format!("{name}-outputs.npy"))).unwrap();
    Foreign { network: fold_batch_norm(imported.network), samples, outputs }
}

fn run(network: &Network, input: &Tensor) -> Vec<f32> {
    RtenEngine::new(network, &[]).unwrap().run(input, &[], &[]).unwrap().remove(0).data
}

const NAMES: [&str; 3] = ["decoder", "recurrent", "transformer"];

#[test]
fn they_compute_what_pytorch_computed() {
    for name in NAMES {
        let Foreign { network, samples, outputs } = load(name);
        let found = run(&network, &samples.range(0, outputs.len()));
        let largest = outputs.data.iter().fold(0f32, |largest, x| largest.max(x.abs()));
        assert_eq!(found.len(), outputs.data.len(), "{name}");
        for (a, b) in found.iter().zip(&outputs.data) {
            assert!((a - b).abs() <= 2e-5 * largest, "{name}: {a} {b}");
        }
    }
}

/// Every weight layer is found, and the search ends with an image that decodes to what was measured.
#[test]
fn the_search_goes_through() {
    for (name, expected) in NAMES.into_iter().zip([
        [(Operator::ConvTranspose, 3), (Operator::Gemm, 1), (Operator::Conv, 1)],
        [(Operator::Lstm, 4), (Operator::Gru, 2), (Operator::Gemm, 1)],
        // Two layers of a transformer: queries, keys and values in one, the way out, and two of the feed-forward part.
        [(Operator::MatMul, 7), (Operator::Gemm, 3), (Operator::Conv, 0)],
    ]) {
        let Foreign { network, samples, .. } = load(name);
        let layers = network.weight_layers();
        for (operator, count) in expected {
            let found = layers.iter().filter(|layer| network.nodes[layer.node].operator == operator).count();
            assert_eq!(found, count, "{name}: {operator:?}");
        }
        let statistics = calibrate(&network, &samples).unwrap();
        let seen: Vec<bool> = layers.iter().map(|layer| Matrix::of(&network, layer).is_some()).collect();
        let choices = choices(&[Format::Int { bits: 4 }, Format::Posit { n: 5, es: 0 }], &[0.0], &[]);
        let key = Key::new(&network, Some(&samples), &choices).unwrap();
        let work = Work::of(&network);
        let study = Study::new(network.clone(), Some(&statistics));
        for ((layer, prepared), seen) in layers.iter().zip(study.layers()).zip(seen) {
            let transposed = network.nodes[layer.node].operator == Operator::ConvTranspose;
            assert_eq!((prepared.is_calibrated(), seen), (!transposed, !transposed), "{name}");
        }
        let none = Candidates::new(key, layers.len(), choices.len(), "");
        let candidates = try_choices(&study, &choices, &work, none, Shard::WHOLE, &|_| ());
        let joint = Joint::new(study, Some(&samples), &choices, &candidates).unwrap();
        let front = joint.front(6, &|| ()).unwrap();
        let middle = usize::midpoint(front[0].bytes, front[front.len() - 1].bytes);
        let plan = joint.at_most(middle, &|| ()).unwrap().unwrap();
        let image = joint.image(&plan.places).unwrap();
        assert_eq!(image.len(), plan.bytes, "{name}");
        let back = decode(&image, Path::new("x.ncm")).unwrap();
        assert_eq!(joint.reference().unwrap().error(&back).unwrap(), plan.error, "{name}");
        let sqnr = joint.reference().unwrap().output_sqnr(&back).unwrap();
        assert!(sqnr > 15.0, "{name}: {sqnr} dB at {} bytes", plan.bytes);
        // The image runs by itself, not only as new weights of the network that it came from.
        let input = samples.range(0, 4);
        let alone = run(&back, &input);
        assert_eq!(alone, run(&joint.network(&plan.places).unwrap(), &input), "{name}");
    }
}

/// What an LSTM's or GRU's weights multiply is seen: the inputs for both directions, and each direction's own states.
#[test]
fn moments_of_a_recurrence_are_those_of_its_states() {
    let Foreign { network, samples, .. } = load("recurrent");
    let statistics = calibrate(&network, &samples).unwrap();
    let engine = RtenEngine::new(&network, &[]).unwrap();
    for (index, layer) in network.weight_layers().iter().enumerate() {
        let node = &network.nodes[layer.node];
        if !matches!(node.operator, Operator::Lstm | Operator::Gru) {
            continue;
        }
        let states = node.inputs[2] == Some(layer.value);
        let value = if states { node.outputs[0] } else { node.inputs[0].unwrap() };
        let seen = engine.run(&samples.range(0, samples.len()), &[], &[value]).unwrap().remove(0);
        let columns = *seen.shape.last().unwrap();
        let directions = if states { seen.shape[1] } else { 1 };
        let moments = statistics.layers[index].as_ref().unwrap();
        assert_eq!(moments.parts().len(), directions);
        for direction in 0..directions {
            let rows: Vec<&[f32]> = seen
                .data
                .chunks(columns)
                .enumerate()
                .filter(|(row, _)| !states || row / seen.shape[2] % directions == direction)
                .map(|(_, row)| row)
                .collect();
            assert_eq!(moments.rows(), rows.len() as u64);
            for (column, mean) in moments.mean(direction).iter().enumerate() {
                let expected = rows.iter().map(|row| f64::from(row[column])).sum::<f64>() / rows.len() as f64;
                assert!((mean - expected).abs() < 1e-5, "{mean} {expected}");
            }
        }
    }
}
