//! A network for programs that do not run this crate: C99 and Rust sources of an int8 image, or ONNX.
//!
//! What is exported is read from the image, not from the model that it was made from: the file that is shipped
//! decides.

mod c;
mod onnx;
mod rust;

pub use c::to_c;
pub use onnx::to_qdq;
pub use rust::to_rust;

use crate::error::Error;

/// A file of an export: its path inside the export's folder, and its bytes.
pub type File = (String, Vec<u8>);

/// A name made of letters, digits and underscores for what is exported; it does not start with a digit.
/// Other characters become underscores, letters small.
#[must_use]
pub fn identifier(name: &str) -> String {
    let mut made: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if made.is_empty() || made.starts_with(|c: char| c.is_ascii_digit()) {
        made.insert_str(0, "network_");
    }
    made
}

fn refuse(step: usize, reason: impl Into<String>) -> Error {
    Error::Export { step, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn identifiers() {
        assert_eq!(identifier("ResNet-8"), "resnet_8");
        assert_eq!(identifier("8bit"), "network_8bit");
        assert_eq!(identifier(""), "network_");
        assert_eq!(identifier("größe"), "gr__e");
    }
}
