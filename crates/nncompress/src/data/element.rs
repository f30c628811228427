//! Numbers as files keep them.

/// An array from a file.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) data: Elements,
    /// The length of the file's header.
    pub(super) header: u64,
}

/// The type of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Element {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Element {
    /// Its length in bytes.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The elements in `bytes`; a rest that fills no element is dropped.
    pub(super) const fn decode(self, bytes: Vec<u8>, big_endian: bool) -> Elements {
        Elements { element: self, big_endian, bytes }
    }
}

/// Elements, still as the file keeps them: a byte stays a byte until it is asked for.
#[derive(Debug)]
pub(super) struct Elements {
    element: Element,
    big_endian: bool,
    bytes: Vec<u8>,
}

/// One element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Int(i64),
    Unsigned(u64),
    Single(f32),
    Double(f64),
}

impl Elements {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.element.size()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Number> {
        self.bytes.chunks_exact(self.element.size()).map(|bytes| self.number(bytes))
    }

    fn number(&self, bytes: &[u8]) -> Number {
        let mut word = [0; 8];
        for (place, &byte) in bytes.iter().enumerate() {
            word[if self.big_endian { bytes.len() - 1 - place } else { place }] = byte;
        }
        let word = u64::from_le_bytes(word);
        match self.element {
            Element::U8 | Element::U16 | Element::U32 | Element::U64 => Number::Unsigned(word),
            Element::I8 => Number::Int((word as i8).into()),
            Element::I16 => Number::Int((word as i16).into()),
            Element::I32 => Number::Int((word as i32).into()),
            Element::I64 => Number::Int(word as i64),
            Element::F32 => Number::Single(f32::from_bits(word as u32)),
            Element::F64 => Number::Double(f64::from_bits(word)),
        }
    }
}

impl Number {
    /// The nearest `f32`.
    pub(super) const fn to_f32(self) -> f32 {
        match self {
            Self::Int(x) => x as f32,
            Self::Unsigned(x) => x as f32,
            Self::Single(x) => x,
            Self::Double(x) => x as f32,
        }
    }

    /// The nearest `f64`.
    pub(super) fn to_f64(self) -> f64 {
        match self {
            Self::Int(x) => x as f64,
            Self::Unsigned(x) => x as f64,
            Self::Single(x) => x.into(),
            Self::Double(x) => x,
        }
    }

    /// The number, if it is a whole one from 0 on that fits.
    pub(super) fn to_u32(self) -> Option<u32> {
        match self {
            Self::Int(x) => u32::try_from(x).ok(),
            Self::Unsigned(x) => u32::try_from(x).ok(),
            Self::Single(_) | Self::Double(_) => {
                let x = self.to_f64();
                (x >= 0.0 && x <= f64::from(u32::MAX) && x.trunc() == x).then_some(x as u32)
            }
        }
    }
}
