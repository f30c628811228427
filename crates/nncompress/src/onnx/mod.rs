//! ONNX files: the messages, a network made from them, and them made from a network.
//!
//! ```no_run
//! use nncompress::onnx::Model;
//! let bytes = std::fs::read("model.onnx")?;
//! let model = Model::decode(&bytes, "model.onnx".as_ref())?;
//! assert_eq!(model.encode(), bytes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::Path;

use prost::Message as _;

use crate::error::Error;

mod attribute;
mod defaults;
mod export;
mod graph;
pub mod messages;
mod order;
pub(crate) mod rank;
mod tensor;
mod wire;

pub use export::{to_model, to_onnx};
pub(crate) use graph::read_network;

/// A decoded ONNX file.
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    /// What the file says.
    pub proto: messages::ModelProto,
    /// What was noticed while it was read.
    pub warnings: Vec<String>,
}

impl Model {
    /// Decodes the bytes of `file` (the path only appears in errors).
    ///
    /// Fields that are unknown here are dropped; if there are any, [`Model::warnings`] says so.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyFile`], or [`Error::Malformed`] with the byte at which the structure breaks.
    pub fn decode(bytes: &[u8], file: &Path) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(Error::EmptyFile { file: file.into() });
        }
        wire::check(bytes).map_err(|fault| Error::Malformed {
            file: file.into(),
            offset: fault.offset as u64,
            reason: format!("not a valid ONNX file: {}", fault.reason),
        })?;
        let proto = messages::ModelProto::decode(bytes).map_err(|error| Error::Malformed {
            file: file.into(),
            offset: 0,
            reason: format!("not a valid ONNX file: {error}"),
        })?;
        let mut warnings = Vec::new();
        let length = proto.encoded_len();
        if length != bytes.len() {
            warnings.push(format!(
                "{}: {} of {} bytes are not understood (a newer or unusual ONNX writer); they are ignored",
                file.display(),
                bytes.len().abs_diff(length),
                bytes.len()
            ));
        }
        Ok(Self { proto, warnings })
    }

    /// The bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.proto.encode_to_vec()
    }
}
