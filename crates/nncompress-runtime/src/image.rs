//! The header, and the one pass that verifies everything behind it.

use crate::constant::{Bfloat16s, Coded, ConstantView, Content, Floats, Ints};
use crate::cursor::{Cursor, Ids};
use crate::graph::{Input, NodeView, Nodes, text};
use crate::reader::Reader;
use crate::{ImageError, layout};

/// A verified image. Nothing is copied: it borrows the file's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    bytes: &'a [u8],
    /// The graph's name.
    pub name: &'a str,
    /// The operator set of ONNX's default domain that the nodes follow.
    pub opset: u32,
    /// How many values the graph has.
    pub values: u32,
    /// What is read at the end.
    pub outputs: Ids<'a>,
    inputs: Cursor<'a>,
    input_count: u32,
    nodes: Nodes<'a>,
    constants: Constants<'a>,
}

impl<'a> Image<'a> {
    /// Verifies a file: header, length, checksum, and every index, shape and bound behind it.
    ///
    /// # Errors
    /// An [`ImageError`] that names what is wrong and the offset.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ImageError> {
        header(bytes, layout::VERSION)?;
        let mut cursor = Cursor::new(bytes, layout::HEADER);
        let name = text(&mut cursor)?;
        let opset = cursor.uint()?;
        let values = cursor.uint()?;
        let input_count = cursor.uint()?;
        let inputs = cursor;
        for _ in 0..input_count {
            read_input(&mut cursor, values)?;
        }
        let outputs = Ids::read(&mut cursor, values)?;
        let node_count = cursor.uint()?;
        let nodes = Nodes { rest: cursor, left: node_count, values };
        for _ in 0..node_count {
            NodeView::read(&mut cursor, values)?;
        }
        let constant_count = cursor.uint()?;
        let constants = Constants { rest: cursor, left: constant_count, values };
        for _ in 0..constant_count {
            read_constant(&mut cursor, values)?;
        }
        match cursor.remaining() {
            0 => Ok(Self { bytes, name, opset, values, outputs, inputs, input_count, nodes, constants }),
            count => Err(ImageError::Trailing { count, offset: cursor.offset() }),
        }
    }

    /// The length of the file: *the* size of the network.
    #[must_use]
    pub const fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The network's inputs.
    pub fn inputs(&self) -> impl Iterator<Item = Input<'a>> + use<'a> {
        let (mut cursor, values) = (self.inputs, self.values);
        (0..self.input_count).map_while(move |_| read_input(&mut cursor, values).ok())
    }

    /// The operations, in the order in which they run.
    #[must_use]
    pub const fn nodes(&self) -> Nodes<'a> {
        self.nodes
    }

    /// The constants.
    #[must_use]
    pub const fn constants(&self) -> Constants<'a> {
        self.constants
    }
}

/// The constants of an image.
#[derive(Clone, Copy, Debug)]
pub struct Constants<'a> {
    rest: Cursor<'a>,
    left: u32,
    values: u32,
}

impl<'a> Iterator for Constants<'a> {
    type Item = ConstantView<'a>;

    fn next(&mut self) -> Option<ConstantView<'a>> {
        self.left = self.left.checked_sub(1)?;
        read_constant(&mut self.rest, self.values).ok()
    }
}

/// Checks the header of an image of this version, behind which nothing is read.
pub(crate) fn header(bytes: &[u8], version: u16) -> Result<(), ImageError> {
    let mut reader = Reader::new(bytes, 0);
    if reader.take(4) != layout::MAGIC {
        reader.fail(ImageError::NotAnImage);
    }
    let found = reader.u16();
    if found != version {
        reader.fail(ImageError::Version { found });
    }
    let flags = reader.u16();
    if flags != 0 {
        reader.out_of_range("flags", flags.into(), 6);
    }
    let declared = reader.u32();
    if declared as usize != bytes.len() {
        reader.fail(ImageError::Length { declared, actual: bytes.len() });
    }
    let declared = reader.u32();
    let actual = layout::checksum(reader.rest());
    if declared != actual {
        reader.fail(ImageError::Checksum { declared, actual });
    }
    reader.result()
}

fn read_input<'a>(cursor: &mut Cursor<'a>, values: u32) -> Result<Input<'a>, ImageError> {
    let value = cursor.value(values)?;
    let (dims, _) = cursor.shape()?;
    Ok(Input { value, dims })
}

fn read_constant<'a>(cursor: &mut Cursor<'a>, values: u32) -> Result<ConstantView<'a>, ImageError> {
    let value = cursor.value(values)?;
    let (dims, elements) = cursor.shape()?;
    let offset = cursor.offset();
    let content = match cursor.u8()? {
        layout::FLOAT => {
            let bytes = elements.checked_mul(4).ok_or(ImageError::Truncated { offset })?;
            Content::Float(Floats::new(cursor.take(bytes)?))
        }
        layout::BFLOAT16 => {
            let bytes = elements.checked_mul(2).ok_or(ImageError::Truncated { offset })?;
            Content::Bfloat16(Bfloat16s::new(cursor.take(bytes)?))
        }
        layout::INT => Content::Int(Ints::read(cursor, elements)?),
        layout::CODED => Content::Coded(Coded::read(cursor, dims, elements)?),
        code => return Err(ImageError::Unknown { what: "constant kind", code, offset }),
    };
    Ok(ConstantView { value, elements, dims, content })
}
