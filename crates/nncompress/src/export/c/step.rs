//! What each step needs in C: the functions, its constants, and the call.

use super::data::{Constant, braces, constant_name, number};
use crate::error::Error;
use crate::export::refuse;
use fixq::{Multiplier, Output, Weights};
use nncompress_runtime::Program;
use nncompress_runtime::program::{Axis, Field, Layer, Operation, Pair, Place, Step};
use std::collections::BTreeSet;

/// A group of functions of the source file, in the order in which they need each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    Scale,
    Window,
    Channels,
    Weights { wide: bool },
    Conv { wide: bool },
    Depthwise { wide: bool },
    Pool,
    Walk,
    Add,
    Mul,
    Mean,
    Pad,
    Softmax,
}

impl Part {
    /// The functions. Those that read weights exist for weights of 8 and of 16 bits.
    pub(super) fn text(self) -> String {
        let (text, wide) = match self {
            Self::Scale => (include_str!("scale.c"), false),
            Self::Window => (include_str!("window.c"), false),
            Self::Channels => (include_str!("channels.c"), false),
            Self::Weights { wide } => (include_str!("weights.c"), wide),
            Self::Conv { wide } => (include_str!("conv.c"), wide),
            Self::Depthwise { wide } => (include_str!("depthwise.c"), wide),
            Self::Pool => (include_str!("pool.c"), false),
            Self::Walk => (include_str!("walk.c"), false),
            Self::Add => (include_str!("add.c"), false),
            Self::Mul => (include_str!("mul.c"), false),
            Self::Mean => (include_str!("mean.c"), false),
            Self::Pad => (include_str!("pad.c"), false),
            Self::Softmax => (include_str!("softmax.c"), false),
        };
        let mut text = text.replace("@WEIGHT@", weight_type(wide));
        for name in ["weights", "weights_of", "conv", "depthwise"] {
            text = text.replace(&format!("@{name}@"), &function(name, wide));
        }
        text
    }
}

fn weight_type(wide: bool) -> &'static str {
    if wide { "int16_t" } else { "int8_t" }
}

fn function(name: &str, wide: bool) -> String {
    if wide { format!("{name}_16") } else { name.to_owned() }
}

/// The steps of a program.
pub(super) struct Steps {
    pub(super) parts: BTreeSet<Part>,
    /// The longest row of packed weights of 8 and of 16 bits.
    pub(super) room: [usize; 2],
    /// The operator's name, its constants, and the call.
    pub(super) list: Vec<(&'static str, Vec<Constant>, String)>,
}

impl Steps {
    pub(super) fn new(program: &Program<'_>) -> Result<Self, Error> {
        let mut steps = Self { parts: BTreeSet::new(), room: [0; 2], list: Vec::new() };
        if i32::try_from(program.codes()).is_err() {
            return Err(refuse(0, "the codes of a run have no 31-bit indices"));
        }
        for (index, step) in program.steps().enumerate() {
            let translated = steps.translate(index, &step)?;
            steps.list.push(translated);
        }
        Ok(steps)
    }

    fn need(&mut self, parts: &[Part]) {
        self.parts.extend(parts);
    }

    fn translate(
        &mut self,
        index: usize,
        step: &Step<'_>,
    ) -> Result<(&'static str, Vec<Constant>, String), Error> {
        let at = |place: &Place| format!("codes + {}", place.offset);
        let places: Vec<String> = step.inputs().iter().chain([&step.output()]).map(at).collect();
        let places = places.join(", ");
        let named = |name: &str| constant_name(index, name);
        Ok(match step.operation() {
            Operation::Conv { field, layer } => {
                let (groups, zero_point) = (field.groups, field.zero_point);
                let kernel = field.taps() * (field.channels / groups.max(1));
                let weights = Weighted::new(index, layer, kernel, |output, tap| output * kernel + tap)?;
                let mut constants = vec![images(index, field, layer.outputs())?];
                let [w, room] = self.layer(index, weights, layer, &mut constants);
                self.need(&[Part::Conv { wide: w }]);
                let call = format!(
                    "{}({places}, &{}, {groups}, {zero_point}, &{}, &{}, {});",
                    function("conv", w),
                    named("images"),
                    named("weights"),
                    named("channels"),
                    room_name(w, room)
                );
                ("conv", constants, call)
            }
            Operation::Depthwise { field, layer } => {
                let (kernel, outputs, zero_point) = (field.taps(), layer.outputs(), field.zero_point);
                // The weights of an output are brought together.
                let weights = Weighted::new(index, layer, kernel, |output, tap| tap * outputs + output)?;
                let mut constants = vec![images(index, field, outputs)?];
                let [w, room] = self.layer(index, weights, layer, &mut constants);
                self.need(&[Part::Depthwise { wide: w }]);
                let call = format!(
                    "{}({places}, &{}, {zero_point}, &{}, &{}, {});",
                    function("depthwise", w),
                    named("images"),
                    named("weights"),
                    named("channels"),
                    room_name(w, room)
                );
                ("depthwise", constants, call)
            }
            Operation::FullyConnected { field, layer } => {
                let (inputs, zero_point) = (field.channels, field.zero_point);
                let weights = Weighted::new(index, layer, inputs, |output, tap| output * inputs + tap)?;
                let mut constants = vec![images(index, field, layer.outputs())?];
                let [w, room] = self.layer(index, weights, layer, &mut constants);
                self.need(&[Part::Conv { wide: w }]);
                let call = format!(
                    "{}({places}, &{}, 1, {zero_point}, &{}, &{}, {});",
                    function("conv", w),
                    named("images"),
                    named("weights"),
                    named("channels"),
                    room_name(w, room)
                );
                ("fully connected", constants, call)
            }
            Operation::Add(operator) => {
                self.need(&[Part::Scale, Part::Walk, Part::Add]);
                let factors = operator.factors();
                let factors = [factors.a, factors.b, factors.sum];
                let pair = pair(operator, &factors);
                (
                    "add",
                    vec![Constant::structure("pair", "pair", &pair)],
                    format!("add({places}, &{}, 0);", named("pair")),
                )
            }
            Operation::Sub(operator) => {
                self.need(&[Part::Scale, Part::Walk, Part::Add]);
                let factors = operator.factors();
                let factors = [factors.a, factors.b, factors.sum];
                let pair = pair(operator, &factors);
                (
                    "sub",
                    vec![Constant::structure("pair", "pair", &pair)],
                    format!("add({places}, &{}, 1);", named("pair")),
                )
            }
            Operation::Mul(operator) => {
                self.need(&[Part::Scale, Part::Walk, Part::Mul]);
                let pair = pair(operator, &[operator.factor()]);
                let constant = Constant::structure("factors", "factors", &pair);
                ("mul", vec![constant], format!("mul({places}, &{});", named("factors")))
            }
            Operation::AveragePool { field, end } => {
                self.need(&[Part::Scale, Part::Window, Part::Pool]);
                bounded(index, field.taps(), 129)?;
                let constants = vec![images(index, field, field.channels)?, ending_constant(*end)];
                let call = format!("pool({places}, &{}, &{}, 0);", named("images"), named("end"));
                ("average pool", constants, call)
            }
            Operation::MaxPool { field, end } => {
                self.need(&[Part::Scale, Part::Window, Part::Pool]);
                let constants = vec![images(index, field, field.channels)?, ending_constant(*end)];
                let call = format!("pool({places}, &{}, &{}, 1);", named("images"), named("end"));
                ("max pool", constants, call)
            }
            Operation::Softmax(operator) => {
                self.need(&[Part::Scale, Part::Softmax]);
                let (row, factor) = (operator.row(), operator.factor());
                let rows = step.output().length.checked_div(row).unwrap_or(0);
                let call = format!(
                    "softmax({places}, {rows}, {row}, {}, {}, {});",
                    factor.mantissa(),
                    factor.exponent(),
                    number(operator.lowest_difference())
                );
                ("softmax", Vec::new(), call)
            }
            Operation::Table(bytes) => {
                let entries: &[i8] = bytemuck::cast_slice(bytes);
                let constant = Constant::array("int8_t", "table", entries, |entry| entry.to_string());
                let (input, output, length) =
                    (step.inputs()[0].offset, step.output().offset, step.output().length);
                let call = format!(
                    "for (int32_t i = 0; i < {length}; i++)\n        \
                     codes[{output} + i] = {}[codes[{input} + i] + 128];",
                    named("table")
                );
                ("table", vec![constant], call)
            }
            Operation::Mean(operator) => {
                self.need(&[Part::Scale, Part::Walk, Part::Mean]);
                let terms: usize = operator.reduced().iter().product();
                bounded(index, terms, 256)?;
                let factor = operator.factor();
                let reduction = [
                    step.output().length.to_string(),
                    terms.to_string(),
                    braces(operator.kept()),
                    braces(operator.reduced()),
                    braces(operator.strides()),
                    operator.zero_point().to_string(),
                    factor.mantissa().to_string(),
                    factor.exponent().to_string(),
                    ending(operator.output()),
                ];
                let constant = Constant::structure("reduction", "reduction", &reduction);
                ("mean", vec![constant], format!("mean({places}, &{});", named("reduction")))
            }
            Operation::Pad(operator) => {
                self.need(&[Part::Walk, Part::Pad]);
                let constants = vec![
                    Constant::array("int32_t", "dims", &operator.dims(), |dim| dim.to_string()),
                    Constant::array("int32_t", "strides", &operator.strides(), |stride| stride.to_string()),
                ];
                let call = format!(
                    "pad({places}, {}, {}, {}, {}, {}, {});",
                    step.inputs()[0].length,
                    named("dims"),
                    named("strides"),
                    operator.offset(),
                    step.output().length,
                    operator.code()
                );
                ("pad", constants, call)
            }
            Operation::Concat(operator) => {
                let (rows, mut offset) = (operator.rows(), step.output().offset);
                let width = step.output().length.checked_div(rows).unwrap_or(0);
                let mut loops = Vec::new();
                for input in step.inputs() {
                    let length = input.length.checked_div(rows).unwrap_or(0);
                    loops.push(format!(
                        "for (int32_t i = 0; i < {}; i++)\n        \
                         codes[{offset} + i / {l} * {width} + i % {l}] = codes[{} + i];",
                        input.length,
                        input.offset,
                        l = length.max(1)
                    ));
                    offset += length;
                }
                ("concat", Vec::new(), loops.join("\n    "))
            }
        })
    }

    /// The constants of a layer: its weights, dense or packed, and its channels. Tells whether the weights are
    /// wide, and whether they need room.
    fn layer(
        &mut self,
        index: usize,
        weights: Weighted,
        layer: &Layer<'_>,
        constants: &mut Vec<Constant>,
    ) -> [bool; 2] {
        let named = |name: &str| constant_name(index, name);
        let wide = weights.wide();
        let values =
            |name, values: &[i16]| Constant::array(weight_type(wide), name, values, |v| v.to_string());
        let packed = weights.packed();
        match &packed {
            Some((table, bits, codes)) => {
                constants.push(values("values", table));
                constants.push(Constant::array("uint8_t", "codes", codes, |code| code.to_string()));
                let fields = [named("values"), named("codes"), bits.to_string()];
                constants.push(Constant::structure(&function("weights", wide), "weights", &fields));
                let room = &mut self.room[usize::from(wide)];
                *room = (*room).max(weights.kernel);
            }
            None => {
                constants.push(values("values", &weights.values));
                let fields = [named("values"), "0".to_owned(), "0".to_owned()];
                constants.push(Constant::structure(&function("weights", wide), "weights", &fields));
            }
        }
        self.need(&[Part::Scale, Part::Window, Part::Channels, Part::Weights { wide }]);
        let biases: Vec<i32> = layer.biases().collect();
        let mut factors: Vec<Multiplier> = layer.factors().collect();
        let one = factors.windows(2).all(|pair| pair[0] == pair[1]);
        if one {
            factors.truncate(1);
        }
        let mantissas: Vec<i32> = factors.iter().map(|factor| factor.mantissa()).collect();
        let exponents: Vec<i32> = factors.iter().map(|factor| factor.exponent()).collect();
        constants.push(Constant::array("int32_t", "biases", &biases, number));
        constants.push(Constant::array("int32_t", "mantissas", &mantissas, number));
        constants.push(Constant::array("int8_t", "exponents", &exponents, number));
        let fields = [
            named("biases"),
            named("mantissas"),
            named("exponents"),
            i32::from(!one).to_string(),
            ending(layer.end()),
        ];
        constants.push(Constant::structure("channels", "channels", &fields));
        [wide, packed.is_some()]
    }
}

/// The weights of a layer, one row of `kernel` for each output.
struct Weighted {
    values: Vec<i16>,
    kernel: usize,
}

impl Weighted {
    /// Brings the weights into rows, and refuses sums that may not fit: `place` is where the weight of an output
    /// and a tap lies.
    fn new(
        index: usize,
        layer: &Layer<'_>,
        kernel: usize,
        place: impl Fn(usize, usize) -> usize,
    ) -> Result<Self, Error> {
        let weights = layer.weights();
        let mut values = Vec::with_capacity(weights.len());
        for (output, bias) in layer.biases().enumerate() {
            let mut bound = i64::from(bias).abs();
            for tap in 0..kernel {
                let weight = weights.get(place(output, tap));
                // The sum of w x and z times that of w: each below 128 |w|.
                bound = bound.saturating_add(256 * i64::from(weight).abs());
                values.push(
                    i16::try_from(weight).map_err(|_| refuse(index, "a weight has more than 16 bits"))?,
                );
            }
            if bound > i64::from(i32::MAX) {
                return Err(refuse(index, format!("the sum of output {output} may not fit 32 bits")));
            }
        }
        bounded(index, values.len(), 8)?;
        Ok(Self { values, kernel })
    }

    fn wide(&self) -> bool {
        self.values.iter().any(|&value| i8::try_from(value).is_err())
    }

    /// A table of the values that occur, the bits of an index, and the packed indices, if that is smaller than
    /// the weights as they are.
    fn packed(&self) -> Option<(Vec<i16>, u32, Vec<u8>)> {
        let table: Vec<i16> = self.values.iter().copied().collect::<BTreeSet<i16>>().into_iter().collect();
        let bits = usize::BITS - table.len().saturating_sub(1).leading_zeros();
        let bits = bits.max(1);
        let width = if self.wide() { 2 } else { 1 };
        // One more byte, so that an index may be read from two bytes wherever it lies.
        let bytes = (self.values.len() * bits as usize).div_ceil(8) + 1;
        if bits > 8 || bytes + table.len() * width >= self.values.len() * width {
            return None;
        }
        let mut codes = vec![0u8; bytes];
        for (index, value) in self.values.iter().enumerate() {
            let code = table.binary_search(value).unwrap_or(0) as u32;
            let (byte, shift) = (index * bits as usize / 8, index * bits as usize % 8);
            let pair = code << shift;
            codes[byte] |= pair as u8;
            codes[byte + 1] |= (pair >> 8) as u8;
        }
        Some((table, bits, codes))
    }
}

fn room_name(wide: bool, room: bool) -> String {
    if room { format!("room_{}", weight_type(wide)) } else { "0".to_owned() }
}

/// `count` terms of less than `each` fit 31 bits.
fn bounded(index: usize, count: usize, each: usize) -> Result<(), Error> {
    match count.checked_mul(each).map(i32::try_from) {
        Some(Ok(_)) => Ok(()),
        _ => Err(refuse(index, format!("{count} terms may not fit 32 bits"))),
    }
}

fn images(index: usize, field: &Field, outputs: usize) -> Result<Constant, Error> {
    let (batch, inputs) = (field.batch, field.channels);
    let span = |axis: &Axis| {
        let &Axis { input, kernel, stride, dilation, before, output, .. } = axis;
        // The furthest coordinate that is formed, padding and rounding included.
        let reach = output.checked_mul(stride)?.checked_add(kernel.checked_mul(dilation)?)?;
        i32::try_from(reach.checked_add(before)?.checked_add(input)?.checked_add(dilation)?).ok()?;
        Some(braces([input, kernel, stride, dilation, before, output]))
    };
    match (span(&field.axes[0]), span(&field.axes[1])) {
        (Some(rows), Some(columns)) => {
            let fields = [rows, columns, batch.to_string(), inputs.to_string(), outputs.to_string()];
            Ok(Constant::structure("images", "images", &fields))
        }
        _ => Err(refuse(index, "the coordinates of the window have more than 31 bits")),
    }
}

fn pair(pair: &Pair, factors: &[Multiplier]) -> Vec<String> {
    let [a, b] = pair.strides();
    let mut fields = vec![
        pair.output_len().to_string(),
        braces(pair.dims()),
        braces([braces(a), braces(b)]),
        braces(pair.zero_points()),
    ];
    let mantissas = factors.iter().map(|factor| factor.mantissa());
    let exponents = factors.iter().map(|factor| factor.exponent());
    if factors.len() == 1 {
        fields.extend(mantissas.chain(exponents).map(|part| part.to_string()));
    } else {
        fields.extend([braces(mantissas), braces(exponents)]);
    }
    fields.push(ending(pair.output()));
    fields
}

fn ending(end: Output) -> String {
    braces([end.zero_point(), end.low(), end.high()])
}

fn ending_constant(end: Output) -> Constant {
    let fields = [end.zero_point(), end.low(), end.high()].map(|code| code.to_string());
    Constant::structure("ending", "end", &fields)
}
