//! Samples and labels from files: IDX and `.npy`, plain or compressed with gzip.
//!
//! The kind of a file is told by its first bytes, not by its name.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;
use crate::network::{Network, Source, Tensor};

mod element;
mod idx;
mod npy;

use element::{Array, Element};

/// Files of more axes are refused.
const MAX_RANK: usize = 8;

/// Samples: the first axis counts them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Samples {
    /// Lengths, outermost first; there is at least one. Their product is `data.len()`.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub data: Vec<f32>,
}

impl Samples {
    /// The number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of elements of one sample.
    #[must_use]
    pub fn sample_len(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// The samples from `start` up to, not including, `end`, both cut down to what there is: a tensor of
    /// shape `[end - start, …]`.
    #[must_use]
    pub fn range(&self, start: usize, end: usize) -> Tensor {
        let end = end.min(self.len());
        let start = start.min(end);
        let size = self.sample_len();
        let mut shape = self.shape.clone();
        if let Some(count) = shape.first_mut() {
            *count = end - start;
        }
        Tensor { shape, data: self.data[start * size..end * size].to_vec() }
    }

    /// The samples with these numbers, in this order; numbers that are too large are passed over.
    #[must_use]
    pub fn select(&self, numbers: &[usize]) -> Self {
        let size = self.sample_len();
        let kept = || numbers.iter().filter(|number| **number < self.len());
        let mut shape = self.shape.clone();
        if let Some(count) = shape.first_mut() {
            *count = kept().count();
        }
        Self {
            shape,
            data: kept().flat_map(|number| &self.data[number * size..(number + 1) * size]).copied().collect(),
        }
    }

    /// Drops all but the first `count` samples.
    pub fn truncate(&mut self, count: usize) {
        if count < self.len() {
            self.data.truncate(count * self.sample_len());
            self.shape[0] = count;
        }
    }

    /// Reshapes the samples to the input of `network`, such as `[n, 28, 28]` to `[n, 1, 28, 28]` or to
    /// `[n, 784]`. The order of the elements stays. `file` only appears in the error.
    ///
    /// # Errors
    ///
    /// [`Error::SampleShape`] if a sample has another number of elements than the input, or if the input
    /// leaves several lengths open and the samples do not settle them.
    pub fn fit(&mut self, network: &Network, file: &Path) -> Result<(), Error> {
        let input = network.inputs.first().and_then(|id| network.values.get(id.index()));
        let Some((name, Source::Input { shape: wanted })) = input.map(|value| (&value.name, &value.source))
        else {
            return Err(Error::EngineLoad { reason: "it has no input".into() });
        };
        match fitted(&self.shape, wanted) {
            Some(shape) => {
                self.shape = shape;
                Ok(())
            }
            None => Err(Error::SampleShape {
                file: file.into(),
                input: name.clone(),
                expected: shape_text(wanted),
                found: self.shape.get(1..).unwrap_or_default().to_vec(),
            }),
        }
    }
}

/// The shape `have` of samples brought to an input of shape `want`, if the elements fit.
fn fitted(have: &[usize], want: &[Option<usize>]) -> Option<Vec<usize>> {
    let (&count, sample) = have.split_first()?;
    let (&batch, want) = want.split_first()?;
    if batch.is_some_and(|batch| batch == 0 || !count.is_multiple_of(batch)) {
        return None;
    }
    let size: usize = sample.iter().product();
    let open = want.iter().filter(|length| length.is_none()).count();
    let known = want.iter().flatten().try_fold(1_usize, |product, &length| product.checked_mul(length))?;
    let shape: Vec<usize> = if open == 0 {
        (known == size).then(|| want.iter().copied().flatten().collect())?
    } else if want.len() == sample.len() {
        // Axis by axis: an open length takes the sample's.
        let fits = want.iter().zip(sample).all(|(want, have)| want.is_none_or(|want| want == *have));
        fits.then(|| sample.to_vec())?
    } else if open == 1 && known > 0 && size.is_multiple_of(known) {
        want.iter().map(|length| length.unwrap_or(size / known)).collect()
    } else {
        return None;
    };
    Some(core::iter::once(count).chain(shape).collect())
}

/// A shape as errors show it, such as `[N, 1, 28, 28]`.
fn shape_text(shape: &[Option<usize>]) -> String {
    let lengths: Vec<String> =
        shape.iter().map(|length| length.map_or_else(|| "N".into(), |length| length.to_string())).collect();
    format!("[{}]", lengths.join(", "))
}

/// Reads samples from an IDX or `.npy` file, plain or in gzip.
///
/// # Errors
///
/// [`Error::Read`], [`Error::EmptyFile`], [`Error::Malformed`] with the byte at which the file breaks (in
/// a compressed file, of what it unpacks to), or [`Error::UnsupportedFile`]. A file without samples is
/// malformed.
pub fn read_samples(file: &Path) -> Result<Samples, Error> {
    samples(read_array(file)?, file)
}

/// As [`read_samples`], from bytes; `file` only appears in errors.
///
/// # Errors
///
/// Those of [`read_samples`] but [`Error::Read`].
pub fn parse_samples(bytes: &[u8], file: &Path) -> Result<Samples, Error> {
    samples(array_from(bytes, file)?, file)
}

fn samples(array: Array, file: &Path) -> Result<Samples, Error> {
    let Array { shape, data, header } = array;
    if shape.is_empty() || data.is_empty() {
        let reason = format!("there are no samples: the shape is {shape:?}");
        return Err(Error::Malformed { file: file.into(), offset: header, reason });
    }
    Ok(Samples { shape, data: data.iter().map(|x| x.to_f32()).collect() })
}

/// Reads labels, class numbers from 0 on, from an IDX or `.npy` file, plain or in gzip; axes of length 1
/// behind the first are allowed.
///
/// # Errors
///
/// As [`read_samples`]; [`Error::Label`] for a label that is negative, no whole number, or too large.
pub fn read_labels(file: &Path) -> Result<Vec<u32>, Error> {
    labels(read_array(file)?, file)
}

/// As [`read_labels`], from bytes; `file` only appears in errors.
///
/// # Errors
///
/// Those of [`read_labels`] but [`Error::Read`].
pub fn parse_labels(bytes: &[u8], file: &Path) -> Result<Vec<u32>, Error> {
    labels(array_from(bytes, file)?, file)
}

fn labels(array: Array, file: &Path) -> Result<Vec<u32>, Error> {
    let Array { shape, data, header } = array;
    if shape.first() != Some(&data.len()) || data.is_empty() {
        let reason = format!("labels must have one axis, but the shape is {shape:?}");
        return Err(Error::Malformed { file: file.into(), offset: header, reason });
    }
    data.iter()
        .enumerate()
        .map(|(index, label)| {
            label.to_u32().ok_or_else(|| Error::Label { file: file.into(), index, value: label.to_f64() })
        })
        .collect()
}

/// Checks that there is a label for each sample.
///
/// # Errors
///
/// [`Error::LabelCount`] if the numbers differ.
pub fn check_labels(samples: &Samples, data: &Path, labels: &[u32], file: &Path) -> Result<(), Error> {
    if samples.len() == labels.len() {
        return Ok(());
    }
    Err(Error::LabelCount {
        data: data.into(),
        file: file.into(),
        samples: samples.len(),
        labels: labels.len(),
    })
}

/// Reads an array from a file, whatever the format.
fn read_array(file: &Path) -> Result<Array, Error> {
    let opened = File::open(file).map_err(|source| Error::Read { file: file.into(), source })?;
    array_from(opened, file)
}

/// Reads an array, whatever the format.
fn array_from(mut opened: impl Read, file: &Path) -> Result<Array, Error> {
    let unreadable = |source: io::Error| Error::Read { file: file.into(), source };
    let mut start = Vec::new();
    opened.by_ref().take(2).read_to_end(&mut start).map_err(unreadable)?;
    if start.is_empty() {
        return Err(Error::EmptyFile { file: file.into() });
    }
    let zipped = start == [0x1f, 0x8b];
    let whole = io::Cursor::new(start).chain(io::BufReader::new(opened));
    let source: Box<dyn Read> =
        if zipped { Box::new(flate2::read::MultiGzDecoder::new(whole)) } else { Box::new(whole) };
    let mut reader = Reader { file, source, offset: 0 };
    let mut magic = [0; 4];
    reader.exact(&mut magic, "the header")?;
    match magic {
        [0, 0, kind, rank] => idx::read(&mut reader, kind, rank),
        npy::MAGIC => npy::read(&mut reader),
        _ => Err(Error::UnsupportedFile {
            file: file.into(),
            reason: format!("it starts with the bytes {magic:02x?}, neither IDX (0, 0, type, axes) nor .npy"),
        }),
    }
}

/// A source of bytes that knows where it is.
struct Reader<'a> {
    file: &'a Path,
    source: Box<dyn Read + 'a>,
    offset: u64,
}

impl Reader<'_> {
    fn malformed(&self, reason: String) -> Error {
        Error::Malformed { file: self.file.into(), offset: self.offset, reason }
    }

    /// Fills `buffer`; `part` is what it holds.
    fn exact(&mut self, buffer: &mut [u8], part: &str) -> Result<(), Error> {
        let bytes = self.up_to(buffer.len() as u64, part)?;
        buffer.copy_from_slice(&bytes);
        Ok(())
    }

    /// Reads `length` bytes. Memory grows with what the file holds, not with what its header claims.
    fn up_to(&mut self, length: u64, part: &str) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let got = self.source.by_ref().take(length).read_to_end(&mut bytes);
        self.offset += bytes.len() as u64;
        match got {
            Ok(_) if bytes.len() as u64 == length => Ok(bytes),
            Err(source) if !damaged(&source) => Err(Error::Read { file: self.file.into(), source }),
            Err(source) => Err(self.malformed(format!("the compressed data are damaged or cut ({source})"))),
            Ok(_) => Err(self.malformed(format!(
                "the file ends inside {part}: {length} bytes were expected, {} are there",
                bytes.len()
            ))),
        }
    }

    /// Reads the elements of an array of this shape, which must end the file.
    fn array(&mut self, shape: Vec<usize>, element: Element, big_endian: bool) -> Result<Array, Error> {
        let header = self.offset;
        let size = element.size();
        let bytes = shape
            .iter()
            .try_fold(size as u64, |product, &length| product.checked_mul(length as u64))
            .filter(|&bytes| bytes < u64::MAX / 2 && usize::try_from(bytes).is_ok())
            .ok_or_else(|| {
                self.malformed(format!("the shape {shape:?} has more elements than can be counted"))
            })?;
        let bytes = self.up_to(bytes, "the data")?;
        let mut more = [0];
        match self.source.read(&mut more) {
            Ok(0) => {}
            Ok(_) => {
                return Err(self
                    .malformed(format!("the file goes on behind the data that its shape {shape:?} needs")));
            }
            Err(source) if damaged(&source) => {
                return Err(self.malformed(format!("the compressed data are damaged or cut ({source})")));
            }
            Err(source) => return Err(Error::Read { file: self.file.into(), source }),
        }
        Ok(Array { shape, data: element.decode(bytes, big_endian), header })
    }
}

/// Whether an error of reading comes from damaged gzip data rather than from the system.
fn damaged(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}
