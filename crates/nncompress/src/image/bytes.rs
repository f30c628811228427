//! What every image is made of: the header, and numbers whose length depends on their size.

use crate::error::Error;
use nncompress_runtime::layout;

/// The image of a version whose bytes behind the header are `body`.
pub(crate) fn finish(body: &[u8], version: u16) -> Result<Vec<u8>, Error> {
    let length = u32::try_from(body.len() + layout::HEADER)
        .map_err(|_| Error::ImageTooLarge { what: "image", length: body.len() })?;
    let mut image = Vec::with_capacity(body.len() + layout::HEADER);
    image.extend(layout::MAGIC);
    image.extend(version.to_le_bytes());
    image.extend(0u16.to_le_bytes());
    image.extend(length.to_le_bytes());
    image.extend(layout::checksum(body).to_le_bytes());
    image.extend(body);
    Ok(image)
}

/// Appends seven bits a byte, lowest first, bit 7 set on all but the last.
pub(crate) fn leb128(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}
