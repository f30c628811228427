//! ONNX files: decoded and encoded again they keep their bytes.

use std::fs;
use std::path::{Path, PathBuf};

use nncompress::Error;
use nncompress::import::{ImportOptions, import_onnx};
use nncompress::onnx::messages::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TypeProto,
};
use nncompress::onnx::{Model, to_onnx};
use prost::Message as _;

/// The models that are kept beside the repository; none if they are not there.
fn models() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/models");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return Vec::new();
    };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files.filter(|file| file.extension().is_some_and(|extension| extension == "onnx")).collect()
}

#[test]
fn every_model_keeps_its_bytes() {
    for file in models() {
        let bytes = fs::read(&file).unwrap();
        let model = Model::decode(&bytes, &file).unwrap();
        assert_eq!(model.warnings, [""; 0], "{}", file.display());
        assert!(model.encode() == bytes, "{} changed", file.display());
    }
}

#[test]
fn an_exported_model_imports_to_the_same_network() {
    for file in models() {
        let imported = import_onnx(&fs::read(&file).unwrap(), &file, &ImportOptions::default()).unwrap();
        assert_eq!(imported.warnings, [""; 0]);
        let again = to_onnx(&imported.network, &[]);
        let again = import_onnx(&again, &file, &ImportOptions::default()).unwrap();
        assert_eq!(again.network.nodes.len(), imported.network.nodes.len());
        assert_eq!(again.network.weight_layers().len(), imported.network.weight_layers().len());
        let weights = |network: &nncompress::network::Network| -> Vec<_> {
            let layers = network.weight_layers();
            layers.iter().map(|layer| network.float_constant(layer.value).unwrap().clone()).collect()
        };
        assert!(weights(&again.network) == weights(&imported.network), "{}", file.display());
    }
}

#[test]
fn explicit_defaults_stay_present() {
    let attribute =
        AttributeProto { name: Some("axis".into()), i: Some(0), r#type: Some(2), ..Default::default() };
    let node = NodeProto { attribute: vec![attribute], domain: Some(String::new()), ..Default::default() };
    let tensor = TensorProto { dims: vec![0, 3], data_location: Some(0), ..Default::default() };
    let graph = GraphProto { node: vec![node], initializer: vec![tensor], ..Default::default() };
    let model = ModelProto {
        model_version: Some(0),
        doc_string: Some(String::new()),
        graph: Some(Box::new(graph)),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(0) }],
        ..Default::default()
    };
    let bytes = model.encode_to_vec();
    let decoded = Model::decode(&bytes, Path::new("m.onnx")).unwrap();
    assert_eq!(decoded.proto, model);
    assert_eq!(decoded.encode(), bytes);
}

#[test]
fn unknown_fields_are_reported() {
    let mut bytes = ModelProto { ir_version: Some(8), ..Default::default() }.encode_to_vec();
    bytes.extend([0xfa, 0x07, 3, b'n', b'e', b'w']); // Field 127, three bytes.
    let decoded = Model::decode(&bytes, Path::new("new.onnx")).unwrap();
    assert_eq!(decoded.warnings.len(), 1);
    assert!(decoded.warnings[0].contains("new.onnx: 6 of 8 bytes"), "{}", decoded.warnings[0]);
}

fn refused(bytes: &[u8]) -> String {
    let error = Model::decode(bytes, Path::new("bad.onnx")).unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    error.to_string()
}

#[test]
fn damage_is_named_with_its_byte() {
    assert!(refused(&[0x08]).contains("at byte 1: "));
    assert!(refused(&[0x08, 8, 0x3a, 0x7f, 0]).contains("at byte 2: "));
    assert!(
        refused(&[0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1])
            .contains("at byte 2")
    );
    assert!(refused(b"this is no model").contains("at byte "));
    assert!(refused(&[0xff; 12]).contains("more than 10 bytes"));
    let empty = Model::decode(&[], Path::new("e.onnx")).unwrap_err();
    assert!(matches!(empty, Error::EmptyFile { .. }));
    assert_eq!(empty.to_string(), "e.onnx: the file is empty");
}

#[test]
fn endless_nesting_and_floods_of_messages_are_refused() {
    let mut kind = TypeProto::default();
    for _ in 0..200 {
        let inner = nncompress::onnx::messages::SequenceType { elem_type: Some(Box::new(kind)) };
        kind = TypeProto { sequence_type: Some(inner), ..Default::default() };
    }
    let info = nncompress::onnx::messages::ValueInfoProto { r#type: Some(kind), ..Default::default() };
    let graph = GraphProto { input: vec![info], ..Default::default() };
    let bytes = ModelProto { graph: Some(Box::new(graph)), ..Default::default() }.encode_to_vec();
    assert!(refused(&bytes).contains("nested deeper"));

    let graph = GraphProto { node: vec![NodeProto::default(); 300_000], ..Default::default() };
    let bytes = ModelProto { graph: Some(Box::new(graph)), ..Default::default() }.encode_to_vec();
    assert!(refused(&bytes).contains("more messages"));
}
