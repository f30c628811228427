//! Walks the bytes of an ONNX file before anything is decoded.
//!
//! A stranger's file may be cut, nested without end, or hold millions of empty messages that unpack to
//! a hundred times their size. The walk follows lengths only, allocates nothing, and says at which byte
//! the structure breaks.

/// Messages nested deeper than this are refused.
const MAX_DEPTH: u32 = 64;

/// Where and why the structure breaks.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) reason: String,
}

/// A message whose fields are followed; `Leaf` has none that hold messages.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Training,
    Function,
    Graph,
    Node,
    Attribute,
    Tensor,
    Sparse,
    ValueInfo,
    Type,
    TensorType,
    Sequence,
    Map,
    Shape,
    Leaf,
}

impl Kind {
    /// What the field `tag` of this message holds, if it is a message.
    const fn child(self, tag: u64) -> Option<Self> {
        Some(match (self, tag) {
            (Self::Model, 7) | (Self::Training, 1 | 2) | (Self::Attribute, 6 | 11) => Self::Graph,
            (Self::Model, 20) => Self::Training,
            (Self::Model, 25) => Self::Function,
            (Self::Graph, 1) | (Self::Function, 7) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) | (Self::Sparse, 1 | 2) => Self::Tensor,
            (Self::Graph, 11..=13) | (Self::Function, 12) => Self::ValueInfo,
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Self::Sparse,
            (Self::Node, 5) | (Self::Function, 11) => Self::Attribute,
            (Self::Attribute, 14 | 15) | (Self::ValueInfo, 2) | (Self::Sequence, 1) | (Self::Map, 2) => {
                Self::Type
            }
            (Self::Type, 1 | 8) => Self::TensorType,
            (Self::Type, 4 | 9) => Self::Sequence,
            (Self::Type, 5) => Self::Map,
            (Self::TensorType, 2) => Self::Shape,
            (Self::Model, 8 | 14 | 26)
            | (Self::Training, 3 | 4)
            | (Self::Graph, 14 | 16)
            | (Self::Node, 9 | 10)
            | (Self::Tensor, 3 | 13 | 16)
            | (Self::ValueInfo, 4)
            | (Self::Function, 9 | 14)
            | (Self::Type, 7)
            | (Self::Shape, 1) => Self::Leaf,
            _ => return None,
        })
    }
}

/// Walks a whole file.
pub(super) fn check(bytes: &[u8]) -> Result<(), Fault> {
    // A message unpacks to at most some hundred bytes, so this bounds memory by the length of the file.
    let mut walk = Walk { bytes, messages_left: 100_000 + bytes.len() / 64 };
    walk.message(0, bytes.len(), Kind::Model, 0)
}

struct Walk<'a> {
    bytes: &'a [u8],
    messages_left: usize,
}

impl Walk<'_> {
    /// Walks the fields of a message that fills `[at, end)`.
    fn message(&mut self, mut at: usize, end: usize, kind: Kind, depth: u32) -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault { offset: at, reason: format!("nested deeper than {MAX_DEPTH} messages") });
        }
        match self.messages_left.checked_sub(1) {
            Some(left) => self.messages_left = left,
            None => {
                return Err(Fault {
                    offset: at,
                    reason: "more messages than a file of this length needs".into(),
                });
            }
        }
        while at < end {
            let start = at;
            let (key, next) = self.varint(at, end)?;
            let (tag, wire) = (key >> 3, key & 7);
            if tag == 0 {
                return Err(Fault {
                    offset: start,
                    reason: "a field with number 0; is this an ONNX file?".into(),
                });
            }
            at = match wire {
                0 => self.varint(next, end)?.1,
                1 => skip(start, next, 8, end, tag)?,
                2 => {
                    let (length, body) = self.varint(next, end)?;
                    let stop = skip(start, body, length, end, tag)?;
                    if let Some(child) = kind.child(tag) {
                        self.message(body, stop, child, depth + 1)?;
                    }
                    stop
                }
                5 => skip(start, next, 4, end, tag)?,
                _ => {
                    let reason = format!("field {tag} has the wire type {wire}; is this an ONNX file?");
                    return Err(Fault { offset: start, reason });
                }
            };
        }
        Ok(())
    }

    /// Reads a varint at `at`: its value, and where it ends.
    fn varint(&self, at: usize, end: usize) -> Result<(u64, usize), Fault> {
        let mut value = 0;
        for (i, &byte) in self.bytes[at..end].iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                return Ok((value, at + i + 1));
            }
        }
        let reason =
            if end - at < 10 { "the file ends inside a number" } else { "a number of more than 10 bytes" };
        Err(Fault { offset: at, reason: reason.into() })
    }
}

/// The end of `length` bytes at `at`, if they fit before `end`.
fn skip(start: usize, at: usize, length: u64, end: usize, tag: u64) -> Result<usize, Fault> {
    let left = end - at;
    match usize::try_from(length) {
        Ok(length) if length <= left => Ok(at + length),
        _ => Err(Fault {
            offset: start,
            reason: format!(
                "field {tag} claims {length} bytes but {left} are left; the file is cut or damaged"
            ),
        }),
    }
}
