//! Tables and vectors of a flatbuffer, by their place in the schema; nothing is read past the end.
//!
//! planus checks every offset where it is followed. What it does not know is how much a file may claim in
//! all: offsets may point many times at one place, so that a small file describes a large tree. [`Reader`]
//! therefore counts what is copied out, and stops at a few times the length of the file.

use crate::error::Error;
use core::cell::Cell;
use planus::errors::ErrorKind;
use planus::table_reader::Table;
use planus::{SliceWithStartOffset, TableRead, Vector, VectorRead};
use std::path::{Path, PathBuf};

/// A file that is being read, and what it may still be expanded to.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    file: PathBuf,
    budget: Cell<usize>,
}

/// A table of the schema type `kind`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'r, 'a> {
    reader: &'r Reader<'a>,
    table: Table<'a>,
    kind: &'static str,
    offset: usize,
}

/// A vector of offsets to tables.
#[derive(Clone, Copy, Debug)]
struct Tables<'a> {
    buffer: SliceWithStartOffset<'a>,
    first: usize,
    count: usize,
}

impl<'a> TableRead<'a> for Tables<'a> {
    fn from_buffer(buffer: SliceWithStartOffset<'a>, offset: usize) -> Result<Self, ErrorKind> {
        let relative = <u32 as TableRead>::from_buffer(buffer, offset)? as usize;
        let start = offset.checked_add(relative).ok_or(ErrorKind::InvalidOffset)?;
        let count = <u32 as TableRead>::from_buffer(buffer, start)? as usize;
        let first = start + 4; // behind a word that lies in the buffer
        let bytes = count.checked_mul(4).ok_or(ErrorKind::InvalidLength)?;
        if buffer.advance(first)?.len() < bytes {
            return Err(ErrorKind::InvalidLength);
        }
        Ok(Self { buffer, first, count })
    }
}

/// A field that refers to one table.
#[derive(Clone, Copy, Debug)]
struct Reference<'a>(Table<'a>, usize);

impl<'a> TableRead<'a> for Reference<'a> {
    fn from_buffer(buffer: SliceWithStartOffset<'a>, offset: usize) -> Result<Self, ErrorKind> {
        Ok(Self(Table::from_buffer(buffer, offset)?, buffer.offset_from_start.saturating_add(offset)))
    }
}

impl<'a> Reader<'a> {
    /// A file may be expanded to eight times its length: names and shapes are copied, data are not.
    pub(super) fn new(bytes: &'a [u8], file: &Path) -> Self {
        Self { bytes, file: file.into(), budget: Cell::new(bytes.len().saturating_mul(8)) }
    }

    /// The root table, of schema type `kind`.
    pub(super) fn root(&self, kind: &'static str) -> Result<Record<'_, 'a>, Error> {
        let buffer = SliceWithStartOffset { buffer: self.bytes, offset_from_start: 0 };
        let table = Table::from_buffer(buffer, 0).map_err(|error| self.broken(0, kind, "root", &error))?;
        Ok(Record { reader: self, table, kind, offset: 0 })
    }

    /// Counts `bytes` that are about to be copied.
    fn spend(&self, bytes: usize, offset: usize) -> Result<(), Error> {
        let left = self.budget.get().checked_sub(bytes).ok_or_else(|| Error::Malformed {
            file: self.file.clone(),
            offset: offset as u64,
            reason: "the parts of the file overlap: together they are many times longer than the file".into(),
        })?;
        self.budget.set(left);
        Ok(())
    }

    fn broken(&self, offset: usize, kind: &str, field: &str, error: &ErrorKind) -> Error {
        let reason = format!("{kind}.{field}: {}", error.to_string().to_lowercase());
        Error::Malformed { file: self.file.clone(), offset: offset as u64, reason }
    }
}

impl<'r, 'a> Record<'r, 'a> {
    /// An error at this table.
    pub(super) fn malformed(&self, reason: String) -> Error {
        let reason = format!("{}: {reason}", self.kind);
        Error::Malformed { file: self.reader.file.clone(), offset: self.offset as u64, reason }
    }

    fn read<T: TableRead<'a>>(&self, slot: usize, field: &'static str) -> Result<Option<T>, Error> {
        self.table.access(slot, self.kind, field).map_err(|error: planus::Error| {
            let offset = error.source_location.byte_offset;
            self.reader.broken(offset, self.kind, field, &error.error_kind)
        })
    }

    /// A number or truth value; the schema's default where the file leaves it out.
    pub(super) fn scalar<T: TableRead<'a>>(
        &self,
        slot: usize,
        field: &'static str,
        default: T,
    ) -> Result<T, Error> {
        Ok(self.read(slot, field)?.unwrap_or(default))
    }

    /// A text; empty where the file leaves it out.
    pub(super) fn text(&self, slot: usize, field: &'static str) -> Result<String, Error> {
        let text: &str = self.read(slot, field)?.unwrap_or_default();
        self.reader.spend(text.len(), self.offset)?;
        Ok(text.to_owned())
    }

    /// Bytes, which stay where they are.
    pub(super) fn bytes(&self, slot: usize, field: &'static str) -> Result<&'a [u8], Error> {
        Ok(self.read(slot, field)?.unwrap_or_default())
    }

    /// Numbers; none where the file leaves them out.
    pub(super) fn numbers<T: VectorRead<'a>>(
        &self,
        slot: usize,
        field: &'static str,
    ) -> Result<Vec<T>, Error> {
        let Some(vector) = self.read::<Vector<'a, T>>(slot, field)? else { return Ok(Vec::new()) };
        self.reader.spend(vector.len().saturating_mul(size_of::<T>()), self.offset)?;
        Ok(vector.iter().collect())
    }

    /// The table that a field refers to, of schema type `kind`.
    pub(super) fn record(
        &self,
        slot: usize,
        field: &'static str,
        kind: &'static str,
    ) -> Result<Option<Self>, Error> {
        let reference = self.read::<Reference<'a>>(slot, field)?;
        Ok(reference.map(|Reference(table, offset)| Self { reader: self.reader, table, kind, offset }))
    }

    /// The tables of a vector, of schema type `kind`; none where the file leaves it out.
    pub(super) fn records(
        &self,
        slot: usize,
        field: &'static str,
        kind: &'static str,
    ) -> Result<Vec<Self>, Error> {
        let Some(tables) = self.read::<Tables<'a>>(slot, field)? else { return Ok(Vec::new()) };
        self.reader.spend(tables.count.saturating_mul(size_of::<Self>() / 8), self.offset)?;
        let one = |index: usize| {
            let at = tables.first + index * 4;
            let offset = tables.buffer.offset_from_start + at;
            let table = Table::from_buffer(tables.buffer, at)
                .map_err(|error| self.reader.broken(offset, kind, "table", &error))?;
            Ok(Self { reader: self.reader, table, kind, offset })
        };
        (0..tables.count).map(one).collect()
    }
}
