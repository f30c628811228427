//! Samples and labels from files, sound and damaged.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use nncompress::Error;
use nncompress::data::{Samples, check_labels, read_labels, read_samples};
use nncompress::network::{Network, Source, Value, ValueId};
use proptest::prelude::*;
use tempfile::TempDir;

/// A file in a folder of its own, removed at the end.
struct Temporary(PathBuf, #[expect(dead_code, reason = "removes the folder")] TempDir);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        Self(file, folder)
    }
}

fn idx(kind: u8, shape: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|length| length.to_be_bytes()));
    bytes.extend(data);
    bytes
}

fn npy(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn samples(name: &str, bytes: &[u8]) -> Result<Samples, Error> {
    read_samples(&Temporary::new(name, bytes).0)
}

#[test]
fn every_type_of_idx() {
    let read = |name: &str, kind, data: &[u8]| samples(name, &idx(kind, &[2], data)).unwrap().data;
    assert_eq!(read("u8", 0x08, &[1, 255]), [1.0, 255.0]);
    assert_eq!(read("i8", 0x09, &[1, 255]), [1.0, -1.0]);
    assert_eq!(read("i16", 0x0b, &[0x01, 0x00, 0xff, 0xfe]), [256.0, -2.0]);
    assert_eq!(read("i32", 0x0c, &[0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff]), [65536.0, -1.0]);
    let floats: Vec<u8> = [1.5_f32, -0.25].iter().flat_map(|x| x.to_be_bytes()).collect();
    assert_eq!(read("f32", 0x0d, &floats), [1.5, -0.25]);
    let doubles: Vec<u8> = [1.5_f64, -0.25].iter().flat_map(|x| x.to_be_bytes()).collect();
    assert_eq!(read("f64", 0x0e, &doubles), [1.5, -0.25]);
}

#[test]
fn every_type_of_npy() {
    let read =
        |name: &str, descr, data: &[u8]| samples(name, &npy(descr, "False", "(2,)", data)).unwrap().data;
    assert_eq!(read("nu1", "|u1", &[1, 255]), [1.0, 255.0]);
    assert_eq!(read("ni1", "|i1", &[1, 255]), [1.0, -1.0]);
    assert_eq!(read("ni4", "<i4", &[0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff]), [65536.0, -1.0]);
    assert_eq!(
        read("ni8", "<i8", &[2, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]),
        [2.0, -1.0]
    );
    let floats: Vec<u8> = [1.5_f32, -0.25].iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(read("nf4", "<f4", &floats), [1.5, -0.25]);
    let floats: Vec<u8> = [1.5_f32, -0.25].iter().flat_map(|x| x.to_be_bytes()).collect();
    assert_eq!(read("nf4be", ">f4", &floats), [1.5, -0.25]);
    let doubles: Vec<u8> = [1.5_f64, -0.25].iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(read("nf8", "<f8", &doubles), [1.5, -0.25]);
}

#[test]
fn fortran_order_and_strange_types_are_refused() {
    let fortran = samples("fortran", &npy("|u1", "True", "(2, 2)", &[0; 4])).unwrap_err();
    assert!(fortran.to_string().contains("ascontiguousarray"), "{fortran}");
    let complex = samples("complex", &npy("<c8", "False", "(1,)", &[0; 8])).unwrap_err();
    assert!(complex.is_unsupported() && complex.to_string().contains("<c8"), "{complex}");
    let text = samples("text", b"label,pixel\n").unwrap_err();
    assert!(text.is_unsupported() && text.to_string().contains("neither IDX"), "{text}");
}

#[test]
fn a_missing_and_an_empty_file_are_named() {
    let missing = read_samples(Path::new("no/such/file.idx")).unwrap_err();
    assert!(matches!(missing, Error::Read { .. }));
    assert!(missing.to_string().starts_with("cannot read no/such/file.idx: "), "{missing}");
    let empty = samples("empty.idx", &[]).unwrap_err();
    assert!(matches!(empty, Error::EmptyFile { .. }) && empty.to_string().contains("empty.idx"), "{empty}");
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    for (name, whole) in [
        ("cut.idx", idx(0x0d, &[2, 3], &[7; 24])),
        ("cut.npy", npy("<f4", "False", "(2, 3)", &[7; 24])),
        ("cut.gz", gzip(&idx(0x0d, &[2, 3], &[7; 24]))),
    ] {
        assert_eq!(samples(name, &whole).unwrap().shape, [2, 3]);
        for length in 0..whole.len() {
            let error = samples(name, &whole[..length]).unwrap_err();
            let known = matches!(
                error,
                Error::EmptyFile { .. } | Error::Malformed { .. } | Error::UnsupportedFile { .. }
            );
            assert!(known && error.to_string().contains(name), "{length}: {error}");
        }
    }
    let short = samples("short.idx", &idx(0x08, &[2, 3], &[7; 5])).unwrap_err().to_string();
    assert!(
        short.contains("at byte 17: the file ends inside the data: 6 bytes were expected, 5 are there"),
        "{short}"
    );
}

#[test]
fn a_file_that_goes_on_is_refused() {
    for (name, bytes) in
        [("long.idx", idx(0x08, &[2], &[7; 3])), ("long.gz", gzip(&idx(0x08, &[2], &[7; 300_000])))]
    {
        let error = samples(name, &bytes).unwrap_err();
        assert!(error.to_string().contains("at byte 10: the file goes on"), "{error}");
    }
}

#[test]
fn lengths_that_lie_allocate_nothing() {
    for shape in [vec![u32::MAX; 8], vec![u32::MAX; 2], vec![u32::MAX, 0, u32::MAX, u32::MAX]] {
        let error = samples("lie.idx", &idx(0x0e, &shape, &[1; 9])).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
    let ranks = samples("ranks.idx", &idx(0x08, &[1; 9], &[1])).unwrap_err().to_string();
    assert!(ranks.contains("at byte 3: it has 9 axes"), "{ranks}");
    let kind = samples("kind.idx", &idx(0x0a, &[1], &[1])).unwrap_err().to_string();
    assert!(kind.contains("at byte 2: 0x0a is no type"), "{kind}");
    let none = samples("none.idx", &idx(0x08, &[0, 28, 28], &[])).unwrap_err().to_string();
    assert!(none.contains("no samples"), "{none}");
}

#[test]
fn labels_are_whole_numbers() {
    let read = |name: &str, bytes: &[u8]| read_labels(&Temporary::new(name, bytes).0);
    assert_eq!(read("l.idx", &idx(0x08, &[3], &[0, 9, 2])).unwrap(), [0, 9, 2]);
    assert_eq!(read("l2.idx", &idx(0x08, &[3, 1], &[0, 9, 2])).unwrap(), [0, 9, 2]);
    let negative = read("l3.idx", &idx(0x09, &[3], &[0, 9, 255])).unwrap_err();
    assert!(negative.to_string().contains("label 2 is -1"), "{negative}");
    let half: Vec<u8> = [1.0_f32, 0.5].iter().flat_map(|x| x.to_be_bytes()).collect();
    assert!(read("l4.idx", &idx(0x0d, &[2], &half)).unwrap_err().to_string().contains("label 1 is 0.5"));
    assert!(read("l5.idx", &idx(0x08, &[2, 2], &[0; 4])).unwrap_err().to_string().contains("one axis"));
}

#[test]
fn labels_must_be_as_many_as_samples() {
    let samples = Samples { shape: vec![2, 1], data: vec![0.0; 2] };
    check_labels(&samples, Path::new("x.idx"), &[1, 2], Path::new("y.idx")).unwrap();
    let error = check_labels(&samples, Path::new("x.idx"), &[1], Path::new("y.idx")).unwrap_err();
    assert_eq!(error.to_string(), "x.idx holds 2 samples but y.idx holds 1 labels");
}

/// A network whose input has this shape.
fn taking(shape: &[Option<usize>]) -> Network {
    let value = Value { name: "input".into(), source: Source::Input { shape: shape.to_vec() } };
    Network { values: vec![value], inputs: vec![ValueId(0)], ..Network::default() }
}

#[test]
fn samples_are_reshaped_to_the_input() {
    let fit = |have: &[usize], want: &[Option<usize>]| {
        let mut samples = Samples { shape: have.to_vec(), data: vec![0.0; have.iter().product()] };
        samples.fit(&taking(want), Path::new("x.idx")).map(|()| samples.shape)
    };
    let some = Some::<usize>;
    assert_eq!(fit(&[5, 28, 28], &[None, some(1), some(28), some(28)]).unwrap(), [5, 1, 28, 28]);
    assert_eq!(fit(&[5, 28, 28], &[None, some(784)]).unwrap(), [5, 784]);
    assert_eq!(fit(&[5, 8, 8], &[some(1), some(64)]).unwrap(), [5, 64]);
    assert_eq!(fit(&[5, 3, 8, 8], &[None, some(3), None, None]).unwrap(), [5, 3, 8, 8]);
    assert_eq!(fit(&[5, 64], &[None, some(1), some(8), None]).unwrap(), [5, 1, 8, 8]);
    let error = fit(&[5, 28, 28], &[None, some(3), some(32), some(32)]).unwrap_err().to_string();
    assert_eq!(
        error,
        "x.idx: samples of shape [28, 28] do not fit the network input `input` of shape [N, 3, 32, 32]"
    );
    assert!(fit(&[5, 64], &[None, None, None]).is_err());
    assert!(fit(&[5, 64], &[]).is_err());
}

proptest! {
    #[test]
    fn idx_gives_back_what_was_written(
        data in prop::collection::vec(any::<u8>(), 1..200), cut in 1_usize..9, zipped: bool,
    ) {
        let columns = cut.min(data.len());
        let rows = data.len() / columns;
        let data = &data[..rows * columns];
        let plain = idx(0x08, &[rows as u32, columns as u32], data);
        let name = format!("property-{rows}-{columns}-{zipped}");
        let read = samples(&name, &if zipped { gzip(&plain) } else { plain }).unwrap();
        prop_assert_eq!(&read.shape, &[rows, columns]);
        prop_assert!(read.data.iter().zip(data).all(|(x, &y)| *x == f32::from(y)));
        let tensor = read.range(1, rows + 5);
        prop_assert_eq!(tensor.shape, [rows - 1, columns]);
        prop_assert_eq!(&tensor.data, &read.data[columns..]);
    }

    #[test]
    fn any_bytes_give_samples_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..64), start in 0..4) {
        let magic: &[u8] = [&[0, 0, 8, 1][..], b"\x93NUMPY\x01\x00", &[0x1f, 0x8b, 8, 0], &[]][start as usize];
        bytes.splice(0..0, magic.iter().copied());
        if let Ok(samples) = samples(&format!("any-{start}"), &bytes) {
            prop_assert_eq!(samples.shape.iter().product::<usize>(), samples.data.len());
        }
    }
}
