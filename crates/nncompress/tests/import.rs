//! What the importer accepts, and the error that each kind of bad model gets.

use std::path::Path;

use nncompress::Error;
use nncompress::fold::fold_batch_norm;
use nncompress::import::{ImportOptions, Imported, import_onnx};
use nncompress::network::{Constant, Network, Source};
use nncompress::onnx::messages::{
    AttributeProto, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, Segment,
    StringStringEntryProto, TensorProto, TensorShapeProto, TensorType, TypeProto, ValueInfoProto, data_type,
};
use nncompress::onnx::to_onnx;
use nncompress::runtime::Operator;
use proptest::prelude::*;
use prost::Message as _;

fn node(operator: &str, name: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    NodeProto {
        op_type: Some(operator.into()),
        name: Some(name.into()),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: outputs.iter().map(|&name| name.into()).collect(),
        ..NodeProto::default()
    }
}

fn tensor(name: &str, dims: &[i64], data: &[f32]) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: dims.to_vec(),
        data_type: Some(data_type::FLOAT),
        raw_data: Some(data.iter().flat_map(|x| x.to_le_bytes()).collect()),
        ..TensorProto::default()
    }
}

fn declared(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = dims.iter().map(|&length| Dimension {
        dim_value: (length > 0).then_some(length),
        dim_param: (length == 0).then(|| "N".into()),
        ..Dimension::default()
    });
    let shape = Some(TensorShapeProto { dim: dim.collect() });
    let tensor_type = Some(TensorType { elem_type: Some(data_type::FLOAT), shape });
    let kind = Some(TypeProto { tensor_type, ..TypeProto::default() });
    ValueInfoProto { name: Some(name.into()), r#type: kind, ..ValueInfoProto::default() }
}

/// `y = relu(x · w + b)`, two inputs, three outputs.
fn small() -> ModelProto {
    let graph = GraphProto {
        name: Some("small".into()),
        node: vec![node("Gemm", "dense", &["x", "w", "b"], &["sum"]), node("Relu", "relu", &["sum"], &["y"])],
        initializer: vec![
            tensor("w", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            tensor("b", &[3], &[0.5, -0.5, 0.0]),
        ],
        input: vec![declared("x", &[0, 2])],
        output: vec![declared("y", &[0, 3])],
        ..GraphProto::default()
    };
    ModelProto {
        ir_version: Some(8),
        graph: Some(Box::new(graph)),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(13) }],
        ..ModelProto::default()
    }
}

fn import(model: &ModelProto) -> Result<Imported, Error> {
    import_onnx(&model.encode_to_vec(), Path::new("m.onnx"), &ImportOptions::default())
}

/// The small model with a change to its graph.
fn changed(change: impl FnOnce(&mut GraphProto)) -> ModelProto {
    let mut model = small();
    change(model.graph.as_deref_mut().unwrap());
    model
}

fn network(change: impl FnOnce(&mut GraphProto)) -> Network {
    import(&changed(change)).unwrap().network
}

/// The error of a changed model; it names the file and all of `parts`.
fn refused(parts: &[&str], change: impl FnOnce(&mut GraphProto)) -> Error {
    let error = import(&changed(change)).unwrap_err();
    let text = error.to_string();
    for part in parts.iter().chain(&["m.onnx"]) {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    error
}

fn operators(network: &Network) -> Vec<Operator> {
    network.nodes.iter().map(|node| node.operator).collect()
}

fn floats(network: &Network, name: &str) -> Vec<f32> {
    match &network.values.iter().find(|value| value.name == name).unwrap().source {
        Source::Constant(Constant::Float(tensor)) => tensor.data.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn the_small_model() {
    let Imported { network, warnings } = import(&small()).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert_eq!(operators(&network), [Operator::Gemm, Operator::Relu]);
    assert_eq!(network.name, "small");
    assert_eq!(network.opset, 13);
    assert_eq!(network.value(network.inputs[0]).source, Source::Input { shape: vec![None, Some(2)] });
    assert_eq!(network.value(network.outputs[0]).name, "y");
    assert_eq!(network.weight_layers().len(), 1);
    assert_eq!(floats(&network, "w"), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn a_model_cut_at_any_byte_is_refused() {
    let bytes = small().encode_to_vec();
    for length in 0..bytes.len() {
        let error =
            import_onnx(&bytes[..length], Path::new("cut.onnx"), &ImportOptions::default()).unwrap_err();
        let known = matches!(error, Error::EmptyFile { .. } | Error::Malformed { .. } | Error::Model { .. });
        assert!(known && error.to_string().contains("cut.onnx"), "{length}: {error}");
    }
}

#[test]
fn operators_that_are_not_supported_are_named() {
    let error = refused(&["`nms`", "`NonMaxSuppression`", "ai.onnx", "opset 13", "1 more node"], |graph| {
        graph.node.push(node("NonMaxSuppression", "nms", &["y"], &["z"]));
        graph.node.push(node("Loop", "", &["z"], &["u"]));
    });
    assert!(error.is_unsupported());
    let foreign = refused(&["`Relu_1`", "com.example", "opset 0"], |graph| {
        graph.node[1].domain = Some("com.example".into());
        graph.node[1].name = None;
    });
    assert!(foreign.is_unsupported());
}

#[test]
fn weights_that_are_not_finite_are_named() {
    for (x, text) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let change =
            |graph: &mut GraphProto| graph.initializer[0] = tensor("w", &[2, 3], &[0.0, 0.0, 0.0, x, x, 0.0]);
        let error = refused(&["`w`", &format!("element 3 is {text}"), "--allow-nonfinite"], change);
        assert!(matches!(error, Error::NonFinite { index: 3, .. }));
        let bytes = changed(change).encode_to_vec();
        let allowed =
            import_onnx(&bytes, Path::new("m.onnx"), &ImportOptions { allow_nonfinite: true }).unwrap();
        assert!(allowed.warnings[0].contains("`w`"), "{:?}", allowed.warnings);
    }
}

#[test]
fn bounds_of_clip_may_be_infinite() {
    let network = network(|graph| {
        graph.node[1] = node("Clip", "clip", &["sum", "least", "most"], &["y"]);
        graph.initializer.push(tensor("least", &[], &[0.0]));
        graph.initializer.push(tensor("most", &[], &[f32::INFINITY]));
    });
    assert_eq!(operators(&network), [Operator::Gemm, Operator::Clip]);
}

#[test]
fn every_way_to_keep_numbers() {
    let read = |data: TensorProto| {
        let data = TensorProto { name: Some("b".into()), dims: vec![3], ..data };
        floats(&network(|graph| graph.initializer[1] = data), "b")
    };
    let kind = |number| TensorProto { data_type: Some(number), ..TensorProto::default() };
    let expected = [0.5, -2.0, 0.0];
    assert_eq!(read(TensorProto { float_data: expected.to_vec(), ..kind(data_type::FLOAT) }), expected);
    assert_eq!(read(TensorProto { double_data: vec![0.5, -2.0, 0.0], ..kind(data_type::DOUBLE) }), expected);
    let half = [0x3800_u16, 0xc000, 0];
    let raw = |bits: [u16; 3]| Some(bits.iter().flat_map(|x| x.to_le_bytes()).collect());
    let typed = |bits: [u16; 3]| bits.map(i32::from).to_vec();
    assert_eq!(read(TensorProto { raw_data: raw(half), ..kind(data_type::FLOAT16) }), expected);
    assert_eq!(read(TensorProto { int32_data: typed(half), ..kind(data_type::FLOAT16) }), expected);
    let upper = [0x3f00_u16, 0xc000, 0];
    assert_eq!(read(TensorProto { raw_data: raw(upper), ..kind(data_type::BFLOAT16) }), expected);
    assert_eq!(read(TensorProto { int32_data: typed(upper), ..kind(data_type::BFLOAT16) }), expected);
}

#[test]
fn integers_become_shapes() {
    let read = |data: TensorProto| {
        let network = network(|graph| {
            graph.node[1] = node("Reshape", "reshape", &["sum", "shape"], &["y"]);
            graph.initializer.push(TensorProto { name: Some("shape".into()), dims: vec![2], ..data });
        });
        let shape = network.nodes[1].inputs[1].unwrap();
        match &network.value(shape).source {
            Source::Constant(Constant::Int { shape, data }) => (shape.clone(), data.clone()),
            other => panic!("{other:?}"),
        }
    };
    let kind = |number| TensorProto { data_type: Some(number), ..TensorProto::default() };
    let expected = (vec![2], vec![-1, 3]);
    assert_eq!(read(TensorProto { int64_data: vec![-1, 3], ..kind(data_type::INT64) }), expected);
    assert_eq!(read(TensorProto { int32_data: vec![-1, 3], ..kind(data_type::INT32) }), expected);
    let raw = [-1_i64, 3].iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(read(TensorProto { raw_data: Some(raw), ..kind(data_type::INT64) }), expected);
}

#[test]
fn tensors_whose_shape_type_and_data_disagree() {
    let with = |dims: &[i64], change: fn(&mut TensorProto)| {
        let mut bad = tensor("w", dims, &[0.0; 6]);
        change(&mut bad);
        move |graph: &mut GraphProto| graph.initializer[0] = bad
    };
    let nothing: fn(&mut TensorProto) = |_| {};
    refused(&["`w`", "28 elements of 4 bytes but 24 bytes"], with(&[4, 7], nothing));
    refused(&["`w`", "negative"], with(&[-2, -3], nothing));
    refused(&["`w`", "more elements than can be counted"], with(&[i64::MAX, i64::MAX], nothing));
    refused(&["`w`", "more elements than can be counted"], with(&[i64::MAX, 8, 0], nothing));
    refused(&["`w`", "bytes are given"], with(&[i64::MAX], nothing));
    refused(&["`w`", "9 axes"], with(&[1; 9], nothing));
    refused(&["`w`", "6 elements but 0 are given"], with(&[2, 3], |tensor| tensor.raw_data = None));
    refused(&["`w`", "twice"], with(&[2, 3], |tensor| tensor.float_data = vec![0.0; 6]));
    let unsupported =
        |parts: &[&str], change| assert!(refused(parts, with(&[2, 3], change)).is_unsupported());
    unsupported(&["`w`", "STRING (8)"], |tensor| tensor.data_type = Some(8));
    unsupported(&["`w`", "UNDEFINED (0)"], |tensor| tensor.data_type = None);
    unsupported(&["`w`", "an unknown type (-7)"], |tensor| tensor.data_type = Some(-7));
    unsupported(&["`w`", "in another file", "onnx.save"], |tensor| {
        let place =
            StringStringEntryProto { key: Some("location".into()), value: Some("../../etc/passwd".into()) };
        tensor.external_data.push(place);
        tensor.data_location = Some(1);
    });
    unsupported(&["`w`", "segment"], |tensor| {
        tensor.segment = Some(Segment { begin: Some(0), end: Some(3) })
    });
}

#[test]
fn graphs_that_do_not_hold_together() {
    refused(&["`relu`", "`lost` is neither computed nor given"], |graph| {
        graph.node[1].input = vec!["lost".into()]
    });
    refused(&["`z` is computed by no node"], |graph| graph.output[0].name = Some("z".into()));
    refused(&["`w` is defined twice"], |graph| graph.initializer.push(tensor("w", &[1], &[0.0])));
    refused(&["`sum` is defined twice"], |graph| graph.node[1].output = vec!["sum".into()]);
    refused(&["cycle"], |graph| graph.node[0].input[2] = "y".into());
    refused(&["no input"], |graph| graph.input.clear());
    refused(&["no output"], |graph| graph.output.clear());
    refused(&["`dense`", "takes 2 to 3 inputs, not 1"], |graph| graph.node[0].input.truncate(1));
    refused(&["`dense`", "takes 2 to 3 inputs, not 4"], |graph| graph.node[0].input.push("x".into()));
    refused(&["`relu`", "no output"], |graph| graph.node[1].output.clear());
    let long = "n".repeat(1_000_000);
    let error = refused(&["neither computed nor given"], |graph| graph.node[1].input = vec![long]);
    assert!(error.to_string().len() < 300);
    refused(&["\\u{1b}"], |graph| graph.node[1].input = vec!["\x1b[31m".into()]);
}

#[test]
fn models_without_their_parts() {
    let message = |model: &ModelProto| import(model).unwrap_err().to_string();
    assert!(message(&ModelProto { graph: None, ..small() }).contains("no graph"));
    assert!(message(&ModelProto { opset_import: vec![], ..small() }).contains("opset_import"));
    let set = |version| vec![OperatorSetIdProto { domain: None, version: Some(version) }];
    let old = import(&ModelProto { opset_import: set(6), ..small() }).unwrap_err();
    assert!(old.is_unsupported() && old.to_string().contains("operator set 6"), "{old}");
    let new = import(&ModelProto { opset_import: set(99), ..small() }).unwrap();
    assert!(new.warnings[0].contains("newer"), "{:?}", new.warnings);
}

#[test]
fn inputs_must_be_float_tensors_with_a_shape() {
    let retyped = |change: fn(&mut TypeProto)| {
        move |graph: &mut GraphProto| change(graph.input[0].r#type.as_mut().unwrap())
    };
    let shapeless =
        refused(&["`x`", "no shape"], retyped(|kind| kind.tensor_type.as_mut().unwrap().shape = None));
    assert!(shapeless.is_unsupported());
    refused(&["`x`", "INT64"], retyped(|kind| kind.tensor_type.as_mut().unwrap().elem_type = Some(7)));
    refused(&["`x`", "not a tensor"], retyped(|kind| kind.tensor_type = None));
    refused(&["`x`", "9 axes"], |graph| graph.input[0] = declared("x", &[1; 9]));
}

#[test]
fn attributes_that_are_not_supported_are_named() {
    let with =
        |attribute: AttributeProto| move |graph: &mut GraphProto| graph.node[0].attribute.push(attribute);
    let named = |name: &str| AttributeProto { name: Some(name.into()), ..AttributeProto::default() };
    let int = |name: &str| AttributeProto { i: Some(1), r#type: Some(2), ..named(name) };
    assert!(refused(&["`dense`", "Gemm", "\"colour\""], with(int("colour"))).is_unsupported());
    refused(&["`dense`", "\"alpha\"", "type 5"], with(AttributeProto { r#type: Some(5), ..named("alpha") }));
    refused(&["`dense`", "\"mode\"", "no value"], with(AttributeProto { r#type: Some(3), ..named("mode") }));
    refused(&["`dense`", "\"transB\" is given twice"], |graph| {
        graph.node[0].attribute.extend([int("transB"), int("transB")]);
    });
    refused(&["`dense`", "training"], |graph| {
        graph.node[0] = node("BatchNormalization", "dense", &["x", "b", "b", "b", "b"], &["sum"]);
        graph.node[0].attribute.push(int("training_mode"));
    });
}

#[test]
fn identity_and_dropout_are_removed() {
    let bypassed = network(|graph| {
        graph.node[1].input = vec!["second".into()];
        graph.node.insert(1, node("Identity", "i", &["sum"], &["first"]));
        graph.node.insert(2, node("Dropout", "d", &["first", "ratio"], &["second", "mask"]));
        graph.node.push(node("Identity", "last", &["y"], &["z"]));
        graph.initializer.push(tensor("ratio", &[], &[0.5]));
        graph.output[0].name = Some("z".into());
    });
    assert_eq!(operators(&bypassed), [Operator::Gemm, Operator::Relu]);
    assert_eq!(bypassed.value(bypassed.outputs[0]).name, "z");
    assert_eq!(bypassed.nodes[1].outputs, bypassed.outputs);
    assert_eq!(bypassed.values.len(), 5);

    let through = network(|graph| graph.node = vec![node("Identity", "i", &["x"], &["y"])]);
    assert_eq!(operators(&through), [Operator::Identity]);
    let masked = refused(&["`d`", "mask"], |graph| {
        graph.node[1] = node("Dropout", "d", &["sum"], &["dropped", "mask"]);
        graph.node.push(node("Relu", "r", &["mask"], &["y"]));
    });
    assert!(masked.is_unsupported());
}

#[test]
fn constant_nodes_and_listed_initializers_are_constants() {
    let network = network(|graph| {
        graph.initializer.pop();
        let value = AttributeProto {
            name: Some("value".into()),
            t: Some(Box::new(tensor("", &[3], &[7.0, 8.0, 9.0]))),
            r#type: Some(4),
            ..AttributeProto::default()
        };
        graph.node.push(NodeProto { attribute: vec![value], ..node("Constant", "c", &[], &["b"]) });
        graph.input.push(declared("w", &[2, 3]));
    });
    assert_eq!(operators(&network), [Operator::Gemm, Operator::Relu]);
    assert_eq!(network.inputs.len(), 1);
    assert_eq!(floats(&network, "b"), [7.0, 8.0, 9.0]);
}

#[test]
fn nodes_out_of_order_are_sorted_with_a_warning() {
    let imported = import(&changed(|graph| graph.node.reverse())).unwrap();
    assert_eq!(operators(&imported.network), [Operator::Gemm, Operator::Relu]);
    assert!(imported.warnings[0].contains("topological"), "{:?}", imported.warnings);
}

#[test]
fn unused_tensors_are_left_out_with_a_warning() {
    let imported =
        import(&changed(|graph| graph.initializer.push(tensor("spare", &[1], &[f32::NAN])))).unwrap();
    assert_eq!(imported.network.values.len(), 5);
    assert!(imported.warnings[0].contains("`spare`"), "{:?}", imported.warnings);
}

#[test]
fn softmax_before_set_13_gets_its_axis() {
    let mut model = changed(|graph| graph.node[1] = node("Softmax", "softmax", &["sum"], &["y"]));
    model.opset_import[0].version = Some(11);
    let imported = import(&model).unwrap();
    assert_eq!(imported.network.nodes[1].int(nncompress::runtime::AttributeName::Axis, 99), 1);
    assert_eq!(imported.warnings, [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn damaged_models_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = small().encode_to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(imported) = import_onnx(&bytes, Path::new("m.onnx"), &ImportOptions::default()) {
            let network = fold_batch_norm(imported.network);
            let again = import_onnx(&to_onnx(&network, &[]), Path::new("again.onnx"), &ImportOptions::default());
            prop_assert_eq!(again.unwrap().network, network);
        }
    }
}
