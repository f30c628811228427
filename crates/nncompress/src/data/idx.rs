//! IDX: two zero bytes, the type, the number of axes, their lengths as big-endian `u32`, the data.

use super::element::{Array, Element};
use super::{MAX_RANK, Reader};
use crate::error::Error;

/// Reads what follows the first four bytes.
pub(super) fn read(reader: &mut Reader, kind: u8, rank: u8) -> Result<Array, Error> {
    let element = match kind {
        0x08 => Element::U8,
        0x09 => Element::I8,
        0x0b => Element::I16,
        0x0c => Element::I32,
        0x0d => Element::F32,
        0x0e => Element::F64,
        _ => {
            return Err(Error::Malformed {
                file: reader.file.into(),
                offset: 2,
                reason: format!("{kind:#04x} is no type of an IDX file (08, 09, 0b, 0c, 0d or 0e)"),
            });
        }
    };
    if usize::from(rank) > MAX_RANK {
        return Err(Error::Malformed {
            file: reader.file.into(),
            offset: 3,
            reason: format!("it has {rank} axes; at most {MAX_RANK} are supported"),
        });
    }
    let mut shape = Vec::with_capacity(rank.into());
    for _ in 0..rank {
        let mut length = [0; 4];
        reader.exact(&mut length, "the header")?;
        shape.push(u32::from_be_bytes(length) as usize);
    }
    reader.array(shape, element, true)
}
