//! The nodes of an image.

use crate::constant::{Floats, Ints};
use crate::cursor::{Cursor, Ids};
use crate::{AttributeName, ImageError, Operator, layout};

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct NodeView<'a> {
    /// What it computes.
    pub operator: Operator,
    /// What it reads.
    pub inputs: Inputs<'a>,
    /// What it computes.
    pub outputs: Ids<'a>,
    /// Its attributes.
    pub attributes: Attributes<'a>,
}

impl<'a> NodeView<'a> {
    pub(crate) fn read(cursor: &mut Cursor<'a>, values: u32) -> Result<Self, ImageError> {
        let offset = cursor.offset();
        let code = cursor.u8()?;
        let operator =
            Operator::from_code(code).ok_or(ImageError::Unknown { what: "operator", code, offset })?;
        let inputs = Inputs::read(cursor, values)?;
        let outputs = Ids::read(cursor, values)?;
        let left = cursor.uint()?;
        let attributes = Attributes { rest: *cursor, left };
        for _ in 0..left {
            AttributeView::read(cursor)?;
        }
        Ok(Self { operator, inputs, outputs, attributes })
    }
}

/// The nodes of an image, in the order in which they run.
#[derive(Clone, Copy, Debug)]
pub struct Nodes<'a> {
    pub(crate) rest: Cursor<'a>,
    pub(crate) left: u32,
    pub(crate) values: u32,
}

impl<'a> Iterator for Nodes<'a> {
    type Item = NodeView<'a>;

    fn next(&mut self) -> Option<NodeView<'a>> {
        self.left = self.left.checked_sub(1)?;
        NodeView::read(&mut self.rest, self.values).ok()
    }
}

/// The inputs of a node; `None` for one that is left out.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    rest: Cursor<'a>,
    left: u32,
}

impl<'a> Inputs<'a> {
    fn read(cursor: &mut Cursor<'a>, values: u32) -> Result<Self, ImageError> {
        let left = cursor.uint()?;
        let inputs = Self { rest: *cursor, left };
        for _ in 0..left {
            // 0 is "left out", so indices are stored one higher.
            let offset = cursor.offset();
            let stored = cursor.uint()?;
            if stored > values {
                return Err(ImageError::ValueIndex { index: stored - 1, values, offset });
            }
        }
        Ok(inputs)
    }
}

impl Iterator for Inputs<'_> {
    type Item = Option<u32>;

    fn next(&mut self) -> Option<Option<u32>> {
        self.left = self.left.checked_sub(1)?;
        self.rest.uint().ok().map(|stored| stored.checked_sub(1))
    }
}

/// A network input.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The value that is fed.
    pub value: u32,
    /// Its lengths, outermost first; 0 for one that is chosen at run time.
    pub dims: crate::Dims<'a>,
}

/// The attributes of a node.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    rest: Cursor<'a>,
    left: u32,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (AttributeName, AttributeView<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        AttributeView::read(&mut self.rest).ok()
    }
}

/// The value of an attribute.
#[derive(Clone, Copy, Debug)]
pub enum AttributeView<'a> {
    /// One integer.
    Int(i64),
    /// One number.
    Float(f32),
    /// Several integers.
    Ints(Ints<'a>),
    /// Several numbers.
    Floats(Floats<'a>),
    /// A text.
    Text(&'a str),
}

impl<'a> AttributeView<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<(AttributeName, Self), ImageError> {
        let offset = cursor.offset();
        let code = cursor.u8()?;
        let name =
            AttributeName::from_code(code).ok_or(ImageError::Unknown { what: "attribute", code, offset })?;
        let offset = cursor.offset();
        let value = match cursor.u8()? {
            layout::ATTRIBUTE_INT => Self::Int(cursor.sint()?),
            layout::ATTRIBUTE_FLOAT => Self::Float(cursor.f32()?),
            layout::ATTRIBUTE_INTS => {
                let count = cursor.uint()? as usize;
                Self::Ints(Ints::read(cursor, count)?)
            }
            layout::ATTRIBUTE_FLOATS => {
                let count = cursor.uint()? as usize;
                let bytes = count.checked_mul(4).ok_or(ImageError::Truncated { offset })?;
                Self::Floats(Floats::new(cursor.take(bytes)?))
            }
            layout::ATTRIBUTE_TEXT => Self::Text(text(cursor)?),
            code => return Err(ImageError::Unknown { what: "attribute kind", code, offset }),
        };
        Ok((name, value))
    }
}

pub(crate) fn text<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, ImageError> {
    let length = cursor.uint()? as usize;
    let offset = cursor.offset();
    core::str::from_utf8(cursor.take(length)?).map_err(|_| ImageError::Malformed { what: "text", offset })
}
