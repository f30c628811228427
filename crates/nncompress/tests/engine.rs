//! The float engine: variable weights are heard, values are captured, and the accuracy of known networks
//! comes out to the last image.

use std::fs;
use std::path::{Path, PathBuf};

use nncompress::data::{Samples, check_labels, read_labels, read_samples};
use nncompress::engine::{BATCH, Engine, RtenEngine};
use nncompress::import::{ImportOptions, import_model};
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::preprocess::Preprocess;
use nncompress_runtime::{AttributeName, Operator};

/// `y = relu(x · wᵀ + b)` with two inputs and three outputs.
fn small() -> Network {
    let value = |name: &str, source| Value { name: name.into(), source };
    let float = |shape: &[usize], data: &[f32]| {
        Source::Constant(Constant::Float(Tensor { shape: shape.to_vec(), data: data.to_vec() }))
    };
    let node = |name: &str, operator, inputs: &[u32], output| Node {
        name: name.into(),
        operator,
        inputs: inputs.iter().map(|&id| Some(ValueId(id))).collect(),
        outputs: vec![ValueId(output)],
        attributes: vec![],
    };
    let mut gemm = node("y", Operator::Gemm, &[0, 1, 2], 3);
    gemm.attributes.push((AttributeName::TransB, Attribute::Int(1)));
    Network {
        name: "small".into(),
        values: vec![
            value("x", Source::Input { shape: vec![None, Some(2)] }),
            value("w", float(&[3, 2], &[1.0, 2.0, 3.0, 4.0, -5.0, -6.0])),
            value("b", float(&[3], &[0.5, 0.0, 0.0])),
            value("sum", Source::Node),
            value("y", Source::Node),
        ],
        // The first node bears the name of the second one's output.
        nodes: vec![gemm, node("relu", Operator::Relu, &[3], 4)],
        inputs: vec![ValueId(0)],
        outputs: vec![ValueId(4)],
        opset: 13,
    }
}

fn input() -> Tensor {
    Tensor { shape: vec![1, 2], data: vec![1.0, 1.0] }
}

#[test]
fn a_variable_weight_is_heard() {
    let network = small();
    let engine = RtenEngine::new(&network, &[ValueId(1)]).unwrap();
    let weight = network.float_constant(ValueId(1)).unwrap().clone();
    let zero = Tensor { data: vec![0.0; 6], ..weight.clone() };
    let run = |weight: Tensor| engine.run(&input(), &[weight], &[]).unwrap().remove(0);
    assert_eq!(run(weight), Tensor { shape: vec![1, 3], data: vec![3.5, 7.0, 0.0] });
    assert_eq!(run(zero).data, [0.5, 0.0, 0.0]);
}

#[test]
fn any_value_can_be_captured() {
    let network = small();
    let engine = RtenEngine::new(&network, &[ValueId(2)]).unwrap();
    let bias = Tensor { shape: vec![3], data: vec![0.0, 0.0, 1.0] };
    let ids = [4, 3, 0, 1, 2, 3].map(ValueId);
    let values = engine.run(&input(), core::slice::from_ref(&bias), &ids).unwrap();
    assert_eq!(values[0].data, [3.0, 7.0, 0.0]);
    assert_eq!(values[1].data, [3.0, 7.0, -10.0]);
    assert_eq!(values[2], input());
    assert_eq!(&values[3], network.float_constant(ValueId(1)).unwrap());
    assert_eq!(values[4], bias);
    assert_eq!(values[5], values[1]);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let network = small();
    let engine = RtenEngine::new(&network, &[ValueId(1)]).unwrap();
    let weight = network.float_constant(ValueId(1)).unwrap();
    let message = |input: Tensor, variable: &[Tensor], capture: &[ValueId]| {
        engine.run(&input, variable, capture).unwrap_err().to_string()
    };
    let wide = Tensor { shape: vec![1, 3], data: vec![0.0; 3] };
    assert!(message(wide, core::slice::from_ref(weight), &[]).contains("[1, 3]"));
    let short = Tensor { shape: vec![2, 2], data: vec![0.0; 3] };
    assert!(message(short, core::slice::from_ref(weight), &[]).contains("3 elements"));
    assert!(message(input(), &[], &[]).contains("0 variable constants"));
    let turned = Tensor { shape: vec![2, 3], ..weight.clone() };
    assert!(message(input(), &[turned], &[]).contains("`w`"));
    assert!(message(input(), core::slice::from_ref(weight), &[ValueId(9)]).contains("no value 9"));
    assert!(RtenEngine::new(&network, &[ValueId(3)]).is_err());
    assert!(RtenEngine::new(&Network { inputs: vec![], ..small() }, &[]).is_err());
    let mut lost = small();
    lost.outputs = vec![ValueId(77)];
    assert!(RtenEngine::new(&lost, &[]).is_err());
}

#[test]
fn runs_on_many_threads_agree() {
    let engine = RtenEngine::new(&small(), &[]).unwrap();
    let expected = engine.run(&input(), &[], &[]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                (0..20).for_each(|_| assert_eq!(engine.run(&input(), &[], &[]).unwrap(), expected))
            });
        }
    });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    pool.install(|| {
        use rayon::prelude::*;
        (0..500).into_par_iter().for_each(|_| assert_eq!(engine.run(&input(), &[], &[]).unwrap(), expected));
    });
}

fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.join("models").is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

/// How many samples a network labels right, on two threads.
fn correct(model: &str, data: &str, labels: &str, preprocess: &Preprocess) -> Option<(usize, usize)> {
    let shared = shared()?;
    let imported = import_model(&shared.join("models").join(model), &ImportOptions::default()).unwrap();
    let (data, label_file) = (shared.join(data), shared.join(labels));
    let mut samples = read_samples(&data).unwrap();
    let labels = read_labels(&label_file).unwrap();
    check_labels(&samples, &data, &labels, &label_file).unwrap();
    samples.fit(&imported.network, &data).unwrap();
    preprocess.apply(&mut samples).unwrap();
    let engine = RtenEngine::new(&imported.network, &[]).unwrap();
    let half = samples.len() / 2;
    let right = std::thread::scope(|scope| {
        let first = scope.spawn(|| right(&engine, &samples, &labels, 0, half));
        right(&engine, &samples, &labels, half, labels.len()) + first.join().unwrap()
    });
    Some((right, labels.len()))
}

fn right(engine: &RtenEngine, samples: &Samples, labels: &[u32], start: usize, end: usize) -> usize {
    let mut right = 0;
    for at in (start..end).step_by(BATCH) {
        let batch = samples.range(at, (at + BATCH).min(end));
        let output = engine.run(&batch, &[], &[]).unwrap().remove(0);
        let classes = output.data.len() / batch.shape[0];
        for (scores, &label) in output.data.chunks(classes).zip(&labels[at..]) {
            let best = (0..classes).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
            right += usize::from(best == label as usize);
        }
    }
    right
}

#[test]
fn resnet8_on_cifar10() {
    let (data, labels) = ("cifar10/test1000-images.nchw.idx.gz", "cifar10/test1000-labels.idx.gz");
    let Some(score) = correct("mlperf_ic01_resnet8.onnx", data, labels, &Preprocess::default()) else {
        return;
    };
    assert_eq!(score, (881, 1000));
}

#[test]
fn lenet5_on_mnist() {
    let (data, labels) = ("mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz");
    let preprocess = Preprocess { scale: 1.0 / 255.0, ..Preprocess::default() };
    let Some(score) = correct("mnist_lenet5.onnx", data, labels, &preprocess) else { return };
    assert_eq!(score, (9912, 10_000));
}

#[test]
fn dscnn_on_speech_commands() {
    let (data, labels) = ("kws01/mfcc-even500.idx.gz", "kws01/labels-even500.idx.gz");
    let preprocess = Preprocess { scale: 1.0, mean: vec![83.0], std: vec![1.0 / 0.584_702_908_992_767_3] };
    let Some(score) = correct("mlperf_kws01_dscnn.onnx", data, labels, &preprocess) else { return };
    assert_eq!(score, (452, 500));
}

#[test]
fn a_missing_model_and_an_unknown_kind_are_named() {
    let error = import_model(Path::new("no/such.onnx"), &ImportOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot read no/such.onnx"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    for (name, reason) in [("m.tflite", "no float network"), ("m.pt", "by its extension")] {
        let file = folder.path().join(name);
        fs::write(&file, b"x").unwrap();
        let error = import_model(&file, &ImportOptions::default()).unwrap_err();
        assert!(error.is_unsupported() && error.to_string().contains(reason), "{error}");
    }
}
