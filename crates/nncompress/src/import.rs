//! Model files become [`Network`]s.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use nncompress_runtime::Operator;

use crate::error::Error;
use crate::network::{Constant, Network, Source, ValueId};
use crate::onnx;

mod tidy;

pub(crate) use tidy::compact;

/// How to import.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportOptions {
    /// Let NaN and infinite weights through, with a warning.
    pub allow_nonfinite: bool,
}

/// An imported network.
#[derive(Clone, PartialEq, Debug)]
pub struct Imported {
    /// The network, without `Identity` and `Dropout` nodes.
    pub network: Network,
    /// What is doubtful about the file; each line names it.
    pub warnings: Vec<String>,
}

/// Imports the model in `file`, whose kind its extension tells.
///
/// # Errors
///
/// [`Error::Read`] if the file cannot be read, [`Error::UnsupportedFile`] if its kind is not supported,
/// otherwise as [`import_onnx`].
pub fn import_model(file: &Path, options: &ImportOptions) -> Result<Imported, Error> {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let refuse = |reason: &str| Err(Error::UnsupportedFile { file: file.into(), reason: reason.into() });
    let bytes = fs::read(file).map_err(|source| Error::Read { file: file.into(), source })?;
    match extension.as_deref() {
        Some("onnx") => import_onnx(&bytes, file, options),
        Some("tflite") => refuse(
            "TensorFlow Lite models have no float network; int8 ones are read by eval, inspect and compress; \
             elsewhere export the network as ONNX",
        ),
        _ => refuse("the kind of model is not known by its extension; supported is .onnx"),
    }
}

/// Imports the bytes of an ONNX file; `file` only appears in messages.
///
/// 16-bit and 64-bit floats are converted to `f32`; `Constant` nodes become constants; `Identity` and
/// `Dropout` nodes are removed, except where one joins a network input with a network output.
///
/// # Errors
///
/// The bytes are not a whole ONNX file ([`Error::EmptyFile`], [`Error::Malformed`], [`Error::Model`]); a
/// node is not sound or not supported ([`Error::Node`], [`Error::UnsupportedNode`],
/// [`Error::UnsupportedOperator`]); a tensor is not sound or not supported ([`Error::Tensor`],
/// [`Error::UnsupportedTensor`]); a weight is NaN or infinite and [`ImportOptions::allow_nonfinite`] is not
/// set ([`Error::NonFinite`]).
pub fn import_onnx(bytes: &[u8], file: &Path, options: &ImportOptions) -> Result<Imported, Error> {
    let model = onnx::Model::decode(bytes, file)?;
    let mut warnings = model.warnings;
    let network = onnx::read_network(&model.proto, file, &mut warnings)?;
    for name in unused(&network) {
        warnings.push(format!(
            "{}: the tensor `{}` is read by no node; it is left out",
            file.display(),
            name
        ));
    }
    let network = compact(tidy::bypass(network));
    check_finite(&network, file, options, &mut warnings)?;
    Ok(Imported { network, warnings })
}

/// The names of constants that no node reads and that are no output.
fn unused(network: &Network) -> Vec<String> {
    let mut read: HashSet<ValueId> = network.outputs.iter().copied().collect();
    read.extend(network.nodes.iter().flat_map(|node| node.inputs.iter().copied().flatten()));
    let constants = network.values.iter().enumerate().filter(|(index, value)| {
        matches!(value.source, Source::Constant(_)) && !read.contains(&ValueId(*index as u32))
    });
    constants.map(|(_, value)| value.name.escape_debug().to_string()).collect()
}

/// Refuses constants that are NaN or infinite, or warns of them. The bounds of a `Clip` may be infinite.
fn check_finite(
    network: &Network,
    file: &Path,
    options: &ImportOptions,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let clips = network.nodes.iter().filter(|node| node.operator == Operator::Clip);
    let bounds: HashSet<usize> =
        clips.flat_map(|node| node.inputs.iter().skip(1).flatten().map(|id| id.index())).collect();
    for (index, value) in network.values.iter().enumerate() {
        let Source::Constant(Constant::Float(tensor)) = &value.source else { continue };
        let bound = bounds.contains(&index);
        let strange = tensor.data.iter().position(|x| if bound { x.is_nan() } else { !x.is_finite() });
        let Some(place) = strange else { continue };
        let error = Error::NonFinite {
            file: file.into(),
            tensor: value.name.escape_debug().to_string(),
            index: place,
            value: tensor.data[place],
        };
        if !options.allow_nonfinite {
            return Err(error);
        }
        warnings.push(format!(
            "{}: tensor `{}` has NaN or infinite elements, the first at {place}",
            file.display(),
            value.name.escape_debug()
        ));
    }
    Ok(())
}
