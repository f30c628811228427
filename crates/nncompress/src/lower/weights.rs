//! The weights of a layer as a device multiplies them: integers, and for each output what one of them is worth.

use super::Options;
use crate::error::Error;
use crate::int8::{Layer, Storage, weight_bytes};
use crate::network::ValueId;
use fixq::Multiplier;
use nncompress_runtime::{CodeFormat, Content, Image};
use std::collections::BTreeMap;
use std::path::Path;

/// What a code of a layer is worth, and the factors behind it.
#[derive(Clone, PartialEq, Debug)]
struct Coding {
    bits: u32,
    /// Whether a code is its own value.
    integer: bool,
    /// The value of each code, `2^bits` of them.
    values: Vec<f32>,
    /// One, or one for each index of `axis`.
    factors: Vec<f32>,
    axis: Option<usize>,
}

/// How the weights of an image are coded, of those that have at most 8 bits. All others become int8.
#[derive(Clone, Debug, Default)]
pub struct Codings {
    of: BTreeMap<ValueId, Coding>,
}

impl Codings {
    /// Those of a float image.
    ///
    /// # Errors
    /// [`Error::Image`] if the bytes are not a sound image.
    pub fn of_image(bytes: &[u8], file: &Path) -> Result<Self, Error> {
        let image = Image::parse(bytes).map_err(|source| Error::Image { file: file.to_owned(), source })?;
        let mut of = BTreeMap::new();
        for constant in image.constants() {
            let Content::Coded(coded) = constant.content else { continue };
            let bits = coded.format.bits().max(2);
            // A device has one factor an output: weights whose inputs differ in theirs become int8.
            if bits > 8 || coded.block().is_some() {
                continue;
            }
            let axis = coded.scale.axis();
            let groups = axis.map_or(1, |axis| {
                let mut dims = constant.dims;
                dims.nth(axis).map_or(1, |length| length as usize)
            });
            let coding = Coding {
                bits,
                integer: matches!(coded.format, CodeFormat::Int { .. }),
                values: (0..1 << bits).map(|code| coded.format.value(code)).collect(),
                factors: (0..groups).map(|group| coded.scale.factor(group)).collect(),
                axis,
            };
            of.insert(ValueId(constant.value), coding);
        }
        Ok(Self { of })
    }
}

/// A layer of real weights, in the order of its operator, that is to be written in integers.
pub(super) struct Real<'a> {
    pub node: &'a str,
    /// The constant whose coding is kept, if it has one.
    pub value: Option<ValueId>,
    /// The axis of the outputs in the network's constant.
    pub axis: usize,
    /// What the network multiplies all weights by.
    pub alpha: f64,
    pub weights: Vec<f32>,
    /// Of each weight, its output.
    pub outputs: Vec<usize>,
    pub biases: Vec<f32>,
    /// Rows of weights as an image stores them.
    pub rows: usize,
    /// The scales of the input and of the output.
    pub scales: [f32; 2],
}

impl Real<'_> {
    /// The layer in integers. Sums fit 32 bits: whatever the input, an output's weights times 255 and its bias stay
    /// below 2^31.
    pub fn layer(&self, codings: &Codings, options: &Options) -> Result<Layer, Error> {
        let coding = self.value.and_then(|value| codings.of.get(&value));
        let coding = coding.filter(|coding| coding.axis.is_none_or(|axis| axis == self.axis));
        let (integers, mut steps, entries) = match coding {
            Some(coding) => self.coded(coding),
            None => self.int8(),
        };
        let mut weights = integers;
        let input = f64::from(self.scales[0]);
        let count = self.biases.len();
        let mut biases = vec![0; count];
        for output in 0..count {
            let bias = f64::from(self.biases[output]);
            // Beside such a bias the weights are worth less than a step of the output: the output is constant.
            if (bias / (input * steps[output])).abs() >= f64::from(1 << 30) {
                steps[output] = bias.abs() / input / f64::from(1 << 24);
                let own = weights.iter_mut().zip(&self.outputs).filter(|(_, of)| **of == output);
                own.for_each(|(weight, _)| *weight = 0);
            }
            biases[output] = (bias / (input * steps[output])).round() as i32;
        }
        let factor = |step: &f64| {
            let real = input * step / f64::from(self.scales[1]);
            Multiplier::from_real(real).map_err(|source| Error::Int8 { node: self.node.into(), source })
        };
        let factors = steps.iter().map(factor).collect::<Result<_, _>>()?;
        let scales = steps.iter().map(|step| *step as f32).collect();
        let bits = coding.map_or(8, |coding| coding.bits);
        let mut layer = Layer { weights, storage: Storage::Bytes, biases, factors, scales };
        layer.storage = options.storage(&layer, self.rows, bits, entries, self.node)?;
        Ok(layer)
    }

    /// Symmetric int8, the largest magnitude of an output on 127.
    fn int8(&self) -> (Vec<i16>, Vec<f64>, Option<Vec<i16>>) {
        let mut largest = vec![0f32; self.biases.len()];
        for (weight, &output) in self.weights.iter().zip(&self.outputs) {
            largest[output] = largest[output].max(weight.abs());
        }
        let step = |&most: &f32| if most > 0.0 { f64::from(most) / 127.0 } else { 1.0 };
        let steps: Vec<f64> = largest.iter().map(step).collect();
        let integer = |(weight, &output): (&f32, &usize)| (f64::from(*weight) / steps[output]).round() as i16;
        let integers = self.weights.iter().zip(&self.outputs).map(integer).collect();
        (integers, steps.iter().map(|step| step * self.alpha).collect(), None)
    }

    /// The image's own codes. Posits are integers in units of the smallest; other values, and posits whose sums would
    /// not fit, are rounded to the finest unit that lets them.
    fn coded(&self, coding: &Coding) -> (Vec<i16>, Vec<f64>, Option<Vec<i16>>) {
        let count = self.biases.len();
        let factor =
            |output: usize| f64::from(coding.factors[if coding.axis.is_some() { output } else { 0 }]);
        // A weight is the product of a factor and one of the values, rounded to f32: the nearest value is that one.
        let mut sorted: Vec<f32> = coding.values.clone();
        sorted.sort_by(f32::total_cmp);
        let value = |(weight, &output): (&f32, &usize)| {
            let quotient = f64::from(*weight) / factor(output);
            let above = sorted.partition_point(|value| f64::from(*value) < quotient);
            let near = [above.saturating_sub(1), above.min(sorted.len() - 1)].map(|place| sorted[place]);
            let distance = near.map(|value| (f64::from(value) - quotient).abs());
            if distance[0] <= distance[1] { near[0] } else { near[1] }
        };
        let values: Vec<f32> = self.weights.iter().zip(&self.outputs).map(value).collect();
        let steps = |unit: f64| (0..count).map(|output| factor(output) * unit * self.alpha).collect();
        if coding.integer {
            let integers = values.iter().map(|value| *value as i16).collect();
            // Eight bits are bytes.
            return (integers, steps(1.0), None);
        }
        let mut sums = vec![0f64; count];
        for (value, &output) in values.iter().zip(&self.outputs) {
            sums[output] += f64::from(value.abs()) * 255.0;
        }
        // Codes that no weight has may be worth anything.
        let largest = values.iter().fold(0f32, |most, value| most.max(value.abs()));
        let smallest = coding.values.iter().map(|value| value.abs()).filter(|value| *value > 0.0);
        let exact = f64::from(smallest.fold(f32::INFINITY, f32::min));
        let fits = |unit: f64| f64::from(largest) / unit <= f64::from(i16::MAX);
        let whole = values.iter().all(|value| (f64::from(*value) / exact).fract() == 0.0);
        let bound = sums.iter().fold(0f64, |most, sum| most.max(*sum)) / f64::from(1 << 30);
        let unit = if whole && fits(exact) && exact >= bound {
            exact
        } else {
            bound.max(f64::from(largest) / f64::from(i16::MAX)).max(f64::MIN_POSITIVE)
        };
        // Where the largest code is beyond 16 bits no weight has it, and it saturates.
        let entry = |value: &f32| (f64::from(*value) / unit).round() as i16;
        let integers = values.iter().map(entry).collect();
        (integers, steps(unit), Some(coding.values.iter().map(entry).collect()))
    }
}

/// How an image stores the weights of a lowered layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StorageRule {
    /// In the fewest bytes: bytes, a dictionary, codes, or codes with a bitmap of the blocks that are not zero.
    #[default]
    Smallest,
    /// As the fastest loops read them: bytes or codes, without dictionary and bitmap.
    Fastest,
}

impl Options {
    fn storage(
        &self,
        layer: &Layer,
        rows: usize,
        bits: u32,
        entries: Option<Vec<i16>>,
        node: &str,
    ) -> Result<Storage, Error> {
        let plain = bits == 8 && entries.is_none();
        let coded = |block| Storage::Coded { bits, entries: entries.clone(), block };
        if self.storage == StorageRule::Fastest {
            return Ok(if plain { Storage::Bytes } else { coded(None) });
        }
        let mut forms = vec![coded(None)];
        // A depthwise convolution's row is a tap: blocks of neighbouring channels serve it as well.
        forms.extend([1, 2, 4, 8, 16].map(|block| coded(Some(block))));
        if layer.weights.iter().all(|weight| i8::try_from(*weight).is_ok()) {
            forms.insert(0, Storage::Shortest);
        }
        let mut best: Option<(usize, Storage)> = None;
        for storage in forms {
            let bytes = weight_bytes(&Layer { storage: storage.clone(), ..layer.clone() }, rows, node)?;
            if best.as_ref().is_none_or(|(least, _)| bytes < *least) {
                best = Some((bytes, storage));
            }
        }
        Ok(best.map_or(Storage::Bytes, |(_, storage)| storage))
    }
}
