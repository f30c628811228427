//! NumPy's `.npy`: magic, version, length of a header, the header (a Python dictionary), the data.

use super::element::{Array, Element};
use super::{MAX_RANK, Reader};
use crate::error::Error;

/// The first four of the six bytes of the magic.
pub(super) const MAGIC: [u8; 4] = *b"\x93NUM";

/// NumPy writes headers of some hundred bytes; longer ones are refused.
const MAX_HEADER: u32 = 65_536;

/// Reads what follows the first four bytes.
pub(super) fn read(reader: &mut Reader) -> Result<Array, Error> {
    let mut start = [0; 4];
    reader.exact(&mut start, "the header")?;
    let [b'P', b'Y', major @ 1..=3, _] = start else {
        return Err(reader.malformed("not a .npy file of version 1, 2 or 3".into()));
    };
    let mut length = [0; 4];
    let width = if major == 1 { 2 } else { 4 };
    reader.exact(&mut length[..width], "the header")?;
    let length = u32::from_le_bytes(length);
    if length > MAX_HEADER {
        return Err(
            reader.malformed(format!("the header claims {length} bytes; at most {MAX_HEADER} are read"))
        );
    }
    let header = reader.up_to(length.into(), "the header")?;
    let header = String::from_utf8_lossy(&header);
    let header =
        Header::parse(&header).map_err(|reason| reader.malformed(format!("in the header: {reason}")))?;
    let unsupported = |reason: String| Error::UnsupportedFile { file: reader.file.into(), reason };
    if header.fortran && header.shape.len() > 1 {
        return Err(unsupported(
            "its data are in Fortran order, which is not supported; save numpy.ascontiguousarray(x)".into(),
        ));
    }
    let Some((element, big_endian)) = element(&header.descr) else {
        return Err(unsupported(format!(
            "its type {:?} is not supported; save it as float32, uint8 or int64",
            header.descr
        )));
    };
    reader.array(header.shape, element, big_endian)
}

/// The type that a description such as `<f4` names, and whether it is big-endian.
fn element(descr: &str) -> Option<(Element, bool)> {
    let (order, kind) = descr.split_at_checked(1)?;
    let element = match kind {
        "u1" | "b1" => Element::U8,
        "i1" => Element::I8,
        "u2" => Element::U16,
        "i2" => Element::I16,
        "u4" => Element::U32,
        "i4" => Element::I32,
        "u8" => Element::U64,
        "i8" => Element::I64,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => return None,
    };
    match order {
        "<" | "|" => Some((element, false)),
        ">" => Some((element, true)),
        _ => None,
    }
}

/// The header: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
#[derive(PartialEq, Debug)]
struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(text: &str) -> Result<Self, String> {
        let field = |key: &str| {
            let (_, rest) =
                text.split_once(&format!("'{key}':")).ok_or_else(|| format!("the key '{key}' is missing"))?;
            Ok::<_, String>(rest.trim_start())
        };
        let descr = field("descr")?.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
        let descr = descr.ok_or("'descr' is not a simple type")?.0.to_string();
        let fortran = match field("fortran_order")? {
            rest if rest.starts_with("True") => true,
            rest if rest.starts_with("False") => false,
            _ => return Err("'fortran_order' is neither True nor False".into()),
        };
        let shape = field("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let lengths = shape.ok_or("'shape' is not a tuple")?.0;
        let lengths = lengths.split(',').map(str::trim).filter(|length| !length.is_empty());
        let shape = lengths
            .map(|length| length.parse().map_err(|_| format!("'shape' holds {length:?}, which is no length")))
            .collect::<Result<Vec<usize>, _>>()?;
        if shape.len() > MAX_RANK {
            return Err(format!("it has {} axes; at most {MAX_RANK} are supported", shape.len()));
        }
        Ok(Self { descr, fortran, shape })
    }
}

#[cfg(test)]
mod tests {
    use super::Header;

    #[test]
    fn headers() {
        let header = Header::parse("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  \n");
        assert_eq!(header, Ok(Header { descr: "<f4".into(), fortran: false, shape: vec![3, 4] }));
        let scalar = Header::parse("{'descr': '|u1', 'fortran_order': True, 'shape': (), }");
        assert_eq!(scalar, Ok(Header { descr: "|u1".into(), fortran: true, shape: vec![] }));
        for bad in [
            "",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
        ] {
            assert!(Header::parse(bad).is_err(), "{bad}");
        }
    }
}
