//! Float networks as int8 ones: near the float engine, with the image's own weights, and refused by name.

mod float_networks;
mod shared_models;

use float_networks::{Builder, flattened, images, samples};
use nncompress::data::{read_labels, read_samples};
use nncompress::evaluate::Evaluator;
use nncompress::fold::fold_batch_norm;
use nncompress::format::Format;
use nncompress::image::{decode, encode};
use nncompress::import::{ImportOptions, import_onnx};
use nncompress::int8::{self, Operation, Storage};
use nncompress::lower::{Codings, Options, RangeRule, StorageRule, lower, lower_nearest, output_sqnr};
use nncompress::network::Network;
use nncompress::plan::{Choice, Plan};
use nncompress::preprocess::Preprocess;
use nncompress::prune::Scope;
use nncompress::runtime::Operator;
use shared_models::shared;
use std::path::Path;

const RULES: [RangeRule; 4] =
    [RangeRule::MinMax, RangeRule::Percentile, RangeRule::LeastDivergent, RangeRule::LeastSquares];

/// 8 bits of activations and weights in each layer: what the rest of the network makes of it stays 20 dB below.
#[test]
fn outputs_are_near_those_of_the_float_engine() {
    for seed in 0..3 {
        for (network, bound) in [(images(seed), 25.0), (flattened(seed), 28.0)] {
            let samples = samples(&network, 48, seed);
            for range in RULES {
                let options = Options { range, ..Options::default() };
                let lowered = lower(&network, &Codings::default(), &samples, &options).unwrap();
                for lowered in [&lowered, &int8::shrink(&lowered).network] {
                    let sqnr = output_sqnr(&network, &int8::encode(lowered).unwrap(), &samples).unwrap();
                    // The divergence cuts off what is rare, and is the worst of the four in this measure.
                    let bound = if range == RangeRule::LeastDivergent { 8.0 } else { bound };
                    assert!(sqnr > bound, "{} {seed} {range:?}: {sqnr} dB", network.nodes.len());
                }
            }
        }
    }
}

fn plan(network: &Network, format: Format, sparsity: f64) -> Vec<u8> {
    let plan = Plan::uniform(network, Choice { sparsity, ..Choice::usual(format) }, Scope::Layer);
    encode(network, &plan).unwrap()
}

/// Every integer times its step is the weight that the image stands for.
#[test]
fn weights_are_those_of_the_image() {
    let formats = [
        "int2",
        "int4",
        "int8",
        "posit4_0",
        "posit5_0",
        "posit8_0",
        "posit5_1",
        "posit4_2",
        "codebook1",
        "codebook3",
    ];
    for (seed, format) in (0..).zip(formats) {
        let format: Format = format.parse().unwrap();
        let float = flattened(seed);
        for (sparsity, storage) in [(0.0, StorageRule::Fastest), (0.7, StorageRule::Smallest)] {
            let image = plan(&float, format, sparsity);
            let network = decode(&image, Path::new("image")).unwrap();
            let samples = samples(&network, 20, seed);
            let codings = Codings::of_image(&image, Path::new("image")).unwrap();
            let options = Options { storage, ..Options::default() };
            let lowered = lower(&network, &codings, &samples, &options).unwrap();
            let layers = network.weight_layers();
            let mut seen = 0;
            for (node, layer) in
                lowered.nodes.iter().filter(|node| node.operation.layer().is_some()).zip(&layers)
            {
                let made = node.operation.layer().unwrap();
                if storage == StorageRule::Fastest {
                    let bits = format.bits().max(2);
                    let coded =
                        matches!(made.storage, Storage::Coded { bits: b, block: None, .. } if b == bits);
                    assert!(
                        coded || (format.bits() == 8 && made.storage == Storage::Bytes),
                        "{:?}",
                        made.storage
                    );
                }
                let mut expected = network.float_constant(layer.value).unwrap().data.clone();
                let depth = made.weights.len() / made.biases.len();
                let mut found: Vec<f32> = (0..made.weights.len())
                    .map(|place| f32::from(made.weights[place]) * made.scales[place / depth])
                    .collect();
                let most = expected.iter().fold(0f32, |most, weight| most.max(weight.abs()));
                // Orders differ; the sets of weights do not.
                expected.sort_by(f32::total_cmp);
                found.sort_by(f32::total_cmp);
                for (expected, found) in expected.iter().zip(&found) {
                    assert!((expected - found).abs() <= most / 30_000.0, "{format}: {expected} {found}");
                }
                seen += 1;
            }
            assert_eq!(seen, 3);
            // And where they stand is as near as the activations let it.
            let sqnr = output_sqnr(&network, &int8::encode(&lowered).unwrap(), &samples).unwrap();
            assert!(sqnr > 25.0, "{format}: {sqnr} dB");
        }
    }
}

/// A factor for each block of inputs is none that a device has: such weights become int8, and so do wide posits.
#[test]
fn weights_that_a_device_cannot_have_become_int8() {
    let float = flattened(5);
    let blocks = Choice { granularity: "block8".parse().unwrap(), ..Choice::usual("int5".parse().unwrap()) };
    for choice in [blocks, Choice::usual("posit12_1".parse().unwrap())] {
        let image = encode(&float, &Plan::uniform(&float, choice, Scope::Layer)).unwrap();
        let network = decode(&image, Path::new("image")).unwrap();
        let samples = samples(&network, 20, 5);
        let codings = Codings::of_image(&image, Path::new("image")).unwrap();
        let options = Options { storage: StorageRule::Fastest, ..Options::default() };
        let lowered = lower(&network, &codings, &samples, &options).unwrap();
        let layers: Vec<_> = lowered.nodes.iter().filter_map(|node| node.operation.layer()).collect();
        assert!(layers.iter().all(|layer| layer.storage == Storage::Bytes), "{choice}");
        let sqnr = output_sqnr(&network, &int8::encode(&lowered).unwrap(), &samples).unwrap();
        assert!(sqnr > 25.0, "{choice}: {sqnr} dB");
    }
}

#[test]
fn biases_and_clamps_disappear_into_their_layers() {
    let network = flattened(1);
    let lowered =
        lower(&network, &Codings::default(), &samples(&network, 8, 1), &Options::default()).unwrap();
    let names: Vec<&str> = lowered.nodes.iter().map(|node| node.operation.name()).collect();
    // The transposition of the input moves nothing; 0.5 - x is a table.
    assert_eq!(names, ["CONV_2D", "RESHAPE", "FULLY_CONNECTED", "TABLE", "TABLE", "FULLY_CONNECTED"]);
    assert_eq!(lowered.tensors[0].shape, [1, 5, 6, 2]);
    let relu = &lowered.nodes[0];
    assert_eq!((relu.end.low(), relu.end.high()), (relu.end.zero_point(), 127));
}

#[test]
fn what_has_no_int8_form_is_named() {
    let refused = |make: fn(&mut Builder, nncompress::network::ValueId) -> nncompress::network::ValueId| {
        let (mut builder, input) = Builder::new(&[2, 4, 4], 3);
        let output = make(&mut builder, input);
        builder.network.outputs = vec![output];
        let network = builder.network;
        let error =
            lower(&network, &Codings::default(), &samples(&network, 2, 1), &Options::default()).unwrap_err();
        assert!(error.is_unsupported(), "{error}");
        error.to_string()
    };
    let text = refused(|b, x| b.node(Operator::Div, &[x, x], &[]));
    assert!(text.contains("`Div_0` (Div)") && text.contains("no int8 quotient"), "{text}");
    let text = refused(|b, x| {
        let c = b.with(&[2, 4, 4], |x| x);
        b.node(Operator::Add, &[x, c], &[])
    });
    assert!(text.contains("`Add_0` (Add)") && text.contains("one number a channel"), "{text}");
    let text = refused(|b, x| {
        let weights = b.weights(&[2, 3, 2, 2], 8);
        b.node(Operator::ConvTranspose, &[x, weights], &[])
    });
    assert!(text.contains("(ConvTranspose)") && text.contains("no int8 operator"), "{text}");
}

/// A network outside the repository with samples; nothing if either is missing.
fn known(
    model: &str,
    data: [&str; 3],
    preprocess: &Preprocess,
) -> Option<(Network, [nncompress::data::Samples; 2], Vec<u32>)> {
    let (file, bytes) = shared(model)?;
    let folder = file.parent()?.parent()?.to_owned();
    let imported = import_onnx(&bytes, &file, &ImportOptions::default()).unwrap();
    let network = fold_batch_norm(imported.network);
    let read = |name: &str| {
        let mut samples = read_samples(&folder.join(name)).unwrap();
        samples.fit(&network, &file).unwrap();
        preprocess.apply(&mut samples).unwrap();
        samples
    };
    let calibration = read(data[0]);
    let every: Vec<usize> = (0..128).map(|index| index * calibration.len() / 128).collect();
    let labels = if data[2].is_empty() { vec![] } else { read_labels(&folder.join(data[2])).unwrap() };
    Some((network.clone(), [calibration.select(&every), read(data[1])], labels))
}

#[test]
fn known_networks_keep_their_accuracy() {
    let raw = Preprocess::default();
    let byte = Preprocess { scale: 1.0 / 255.0, ..Preprocess::default() };
    let step = 0.584_702_908_992_767_3;
    let mfcc = Preprocess { scale: step, mean: vec![83.0 * step], ..Preprocess::default() };
    let mnist = [
        "mnist/train-images-idx3-ubyte.gz",
        "mnist/t10k-images-idx3-ubyte.gz",
        "mnist/t10k-labels-idx1-ubyte.gz",
    ];
    let cifar = [
        "cifar10/train2000-images.nchw.idx.gz",
        "cifar10/test1000-images.nchw.idx.gz",
        "cifar10/test1000-labels.idx.gz",
    ];
    let words = ["kws01/mfcc-even500.idx.gz", "kws01/mfcc-even500.idx.gz", "kws01/labels-even500.idx.gz"];
    let cases = [
        ("mlperf_ic01_resnet8.onnx", cifar, &raw, 1.0),
        ("mlperf_kws01_dscnn.onnx", words, &mfcc, 1.0),
        ("mnist_lenet300.onnx", mnist, &byte, 0.2),
        ("mnist_lenet5.onnx", mnist, &byte, 0.2),
    ];
    for (model, data, preprocess, points) in cases {
        let Some((network, [calibration, test], labels)) = known(model, data, preprocess) else { continue };
        let (_, lowered) =
            lower_nearest(&network, &Codings::default(), &calibration, &Options::default()).unwrap();
        let image = int8::encode(&lowered).unwrap();
        let float = Evaluator::new(&network, &test, &labels).unwrap().score(&network).unwrap();
        let int8 = int8::score(&image, &test, &labels, Path::new(model)).unwrap();
        println!("{model}: {:.2} % of {:.2} %", int8.accuracy(), float.accuracy());
        assert!(int8.accuracy() >= float.accuracy() - points, "{model}: {int8:?} of {float:?}");
    }
}

#[test]
fn the_auto_encoder_keeps_its_outputs() {
    let data = ["ad01_synthetic/windows1024.idx.gz", "ad01_synthetic/windows1024.idx.gz", ""];
    let Some((network, [calibration, test], _)) =
        known("mlperf_ad01_autoencoder.onnx", data, &Preprocess::default())
    else {
        return;
    };
    let (_, lowered) =
        lower_nearest(&network, &Codings::default(), &calibration, &Options::default()).unwrap();
    let sqnr = output_sqnr(&network, &int8::encode(&lowered).unwrap(), &test).unwrap();
    assert!(sqnr > 35.0, "{sqnr} dB");
    let layers =
        lowered.nodes.iter().filter(|node| matches!(node.operation, Operation::FullyConnected { .. }));
    assert_eq!((layers.count(), lowered.nodes.len()), (10, 10));
}
