//! What ends an operator: the factor of the channel, the zero point, the activation.

use crate::error::check_length;
use crate::round::Round;
use crate::simd::{Backend, END, End, Line, TILE, Tile, plain, vectorised};
use crate::{Code, Error, HalfAwayFromZero, Params, Rounding};

/// An activation that is fused into an operator: it clamps the codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// All codes.
    #[default]
    None,
    /// max(0, x).
    Relu,
    /// min(max(0, x), 6).
    Relu6,
    /// min(max(−1, x), 1).
    ReluN1To1,
}

/// The zero point of the output and the codes that its activation allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output<T = i8> {
    zero_point: T,
    low: T,
    high: T,
}

impl<T: Code> Output<T> {
    /// The output with these parameters, clamped by the activation.
    ///
    /// The ends of the activation are quantized half away from zero with a division in `f32`, as in
    /// TensorFlow Lite.
    #[must_use]
    pub fn new(params: Params<T>, activation: Activation) -> Self {
        let code = |real: f32| {
            let steps = HalfAwayFromZero::round_f32(real / params.scale()) as i32;
            T::saturating_from(steps.saturating_add(params.zero_point().into()))
        };
        let (lowest, highest) = (T::saturating_from(T::LOWEST), T::saturating_from(T::HIGHEST));
        let (low, high) = match activation {
            Activation::None => (lowest, highest),
            Activation::Relu => (code(0.0), highest),
            Activation::Relu6 => (code(0.0), code(6.0)),
            Activation::ReluN1To1 => (code(-1.0), code(1.0)),
        };
        Self { zero_point: params.zero_point(), low, high }
    }

    /// The output as an image stores it: no float is needed. Codes are clamped to `low..=high`; if `low` lies
    /// above `high`, every code is `high`.
    #[must_use]
    pub const fn from_codes(zero_point: T, low: T, high: T) -> Self {
        Self { zero_point, low, high }
    }

    /// The zero point.
    #[must_use]
    pub const fn zero_point(self) -> T {
        self.zero_point
    }

    /// The lowest code that leaves the operator.
    #[must_use]
    pub const fn low(self) -> T {
        self.low
    }

    /// The highest code that leaves the operator.
    #[must_use]
    pub const fn high(self) -> T {
        self.high
    }

    /// The code of a value in steps of the output scale: zero point added, clamped.
    #[must_use]
    #[inline]
    pub fn code(self, steps: i32) -> T {
        self.code_of(steps.saturating_add(self.zero_point.into()))
    }

    /// A code that has the output's parameters already, clamped.
    #[must_use]
    #[inline]
    pub fn clamp(self, code: T) -> T {
        self.code_of(code.into())
    }

    /// An integer with the output's scale and zero point, clamped.
    #[inline]
    pub(crate) fn code_of(self, code: i32) -> T {
        T::from_i32(code.max(self.low.into()).min(self.high.into()))
    }
}

/// What turns the accumulator of an output channel into a code: bias, factor, output.
#[derive(Clone, Copy, Debug)]
pub struct Channels<'a, R: Rounding> {
    bias: Option<&'a [i32]>,
    factors: &'a [R::Factor],
    output: Output,
    count: usize,
}

impl<'a, R: Rounding> Channels<'a, R> {
    /// `count` channels, each with its bias and factor, or all with the one factor.
    ///
    /// # Errors
    /// [`Error::Length`] if there is a bias whose length is not `count`, or if the number of factors is
    /// neither 1 nor `count`.
    pub const fn new(
        count: usize,
        bias: Option<&'a [i32]>,
        factors: &'a [R::Factor],
        output: Output,
    ) -> Result<Self, Error> {
        let biases = match bias {
            Some(bias) => bias.len(),
            None => count,
        };
        if let Err(error) = check_length(count, biases) {
            return Err(error);
        }
        match factors {
            [_] => {}
            _ => {
                if let Err(error) = check_length(count, factors.len()) {
                    return Err(error);
                }
            }
        }
        Ok(Self { bias, factors, output, count })
    }

    /// The number of channels.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The code of an accumulator of channel `channel`.
    ///
    /// Sums wrap in an `i32`, as on the device. A channel that does not exist gets the code of 0.
    #[must_use]
    #[inline]
    pub fn code(&self, channel: usize, accumulator: i32) -> i8 {
        let bias = self.bias.and_then(|b| b.get(channel)).copied().unwrap_or(0);
        let factor = if self.factors.len() == 1 { self.factors.first() } else { self.factors.get(channel) };
        let steps = factor.map_or(0, |&factor| R::apply(accumulator.wrapping_add(bias), factor));
        self.output.code(steps)
    }

    /// The codes of the accumulators of neighbouring channels, from `first` on; stops at the shorter slice.
    #[inline]
    pub fn codes(&self, first: usize, accumulators: &[i32], codes: &mut [i8]) {
        let backend = Backend::best();
        let end = if let [factor] = self.factors { R::double(*factor) } else { None };
        match end {
            Some(end) if backend.finishes() => self.codes_alike(backend, end, first, accumulators, codes),
            _ => requantize(self, first, accumulators, codes),
        }
    }

    /// The codes where all channels have one factor: sums with their biases are rows of 16 that end alike.
    fn codes_alike(
        &self,
        backend: Backend,
        [mantissa, left, right]: [i32; 3],
        first: usize,
        sums: &[i32],
        codes: &mut [i8],
    ) {
        let mut bias = self.bias.map(|bias| bias.get(first..).unwrap_or(&[]));
        let mut tile: Tile = [[0; TILE[1]]; TILE[0]];
        let (sums, codes) = (sums.chunks(16 * TILE[0]), codes.chunks_mut(16 * TILE[0]));
        for ((sums, codes), first) in sums.zip(codes).zip((first..).step_by(16 * TILE[0])) {
            let biases = bias.map_or(usize::MAX, <[i32]>::len);
            let whole = sums.len().min(codes.len()).min(biases) / 16;
            let (these, others) = bias.unwrap_or(&[]).split_at_checked(16 * whole).unwrap_or_default();
            bias = bias.map(|_| others);
            let largest = rows_of(sums, these, whole, &mut tile);
            let is_plain = plain([0, mantissa, left, right], largest.into());
            let lines = [0, mantissa, left, right, is_plain.into()].map(|lane| Line([lane; 16]));
            backend.finish(&self.end(&lines), &tile, whole, [16, 16], codes);
            for (i, (code, &sum)) in codes.iter_mut().zip(sums).enumerate().skip(16 * whole) {
                *code = self.code(first + i, sum);
            }
        }
    }
}

impl<R: Rounding> Channels<'_, R> {
    /// Whether the rounding is one that an [`End`] has.
    pub(crate) fn has_end(&self) -> bool {
        self.factors.first().and_then(|&factor| R::double(factor)).is_some()
    }

    /// Fills the lines of an [`End`] for the channels from `first` on, whose sums are at most `largest`.
    pub(crate) fn lines_of_end(&self, first: usize, largest: u64, lines: &mut [Line]) {
        for (block, lines) in lines.chunks_exact_mut(END).enumerate() {
            let mut all_plain = true;
            for lane in 0..16 {
                let channel = first + block * 16 + lane;
                let bias = self.bias.and_then(|b| b.get(channel)).copied().unwrap_or(0);
                let factor =
                    if self.factors.len() == 1 { self.factors.first() } else { self.factors.get(channel) };
                // A channel that does not exist is like its neighbours.
                let end = factor.and_then(|&f| R::double(f)).unwrap_or([0, 0, 1]);
                let end = [bias, end[0], end[1], end[2]];
                all_plain &= plain(end, largest);
                for (Line(line), part) in lines.iter_mut().zip(end) {
                    if let Some(to) = line.get_mut(lane) {
                        *to = part;
                    }
                }
            }
            if let Some(line) = lines.last_mut() {
                *line = Line([i32::from(all_plain); 16]);
            }
        }
    }

    /// The end with these lines.
    pub(crate) fn end<'l>(&self, lines: &'l [Line]) -> End<'l> {
        let zero_point = i32::from(self.output.zero_point);
        let [low, high] = [self.output.low, self.output.high].map(|end| i32::from(end) - zero_point);
        End { lines, low, high, zero_point }
    }

    /// The codes of neighbouring pixels, whose accumulators of all channels lie side by side.
    #[inline]
    pub(crate) fn pixels(&self, accumulators: &[i32], codes: &mut [i8]) {
        requantize_pixels(self, accumulators, codes);
    }
}

vectorised! {
    /// Rows of 16 sums with their biases, which may be missing, and a number that none of them exceeds.
    fn rows_of(sums: &[i32], bias: &[i32], rows: usize, tile: &mut Tile) -> u32 {
        let mut bits = 0;
        let mut biases = bias.chunks_exact(16);
        for (row, sums) in tile.iter_mut().zip(sums.chunks_exact(16)).take(rows) {
            let bias = biases.next().unwrap_or(&[0; 16]);
            for ((to, &sum), &bias) in row.iter_mut().zip(sums).zip(bias) {
                *to = sum.wrapping_add(bias);
                bits |= to.unsigned_abs();
            }
        }
        bits
    }
}

vectorised! {
    fn requantize_pixels<R: Rounding>(channels: &Channels<'_, R>, sums: &[i32], codes: &mut [i8]) {
        let count = channels.count.max(1);
        for (sums, codes) in sums.chunks_exact(count).zip(codes.chunks_exact_mut(count)) {
            requantize_all(channels, 0, sums, codes);
        }
    }
}

vectorised! {
    fn requantize<R: Rounding>(channels: &Channels<'_, R>, first: usize, sums: &[i32], codes: &mut [i8]) {
        requantize_all(channels, first, sums, codes);
    }
}

/// Loops without a choice inside, which compilers vectorise.
#[inline(always)]
fn requantize_all<R: Rounding>(channels: &Channels<'_, R>, first: usize, sums: &[i32], codes: &mut [i8]) {
    let Channels { bias, factors, output, .. } = *channels;
    let range = first..first.saturating_add(sums.len().min(codes.len()));
    match (factors, factors.get(range.clone()), bias.and_then(|b| b.get(range))) {
        ([factor], _, Some(bias)) => {
            for ((code, &sum), &bias) in codes.iter_mut().zip(sums).zip(bias) {
                *code = output.code(R::apply(sum.wrapping_add(bias), *factor));
            }
        }
        (_, Some(factors), Some(bias)) => {
            for (((code, &sum), &bias), &factor) in codes.iter_mut().zip(sums).zip(bias).zip(factors) {
                *code = output.code(R::apply(sum.wrapping_add(bias), factor));
            }
        }
        _ => {
            for (channel, (code, &sum)) in (first..).zip(codes.iter_mut().zip(sums)) {
                *code = channels.code(channel, sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Codes, Double, Multiplier};

    /// Codes of every length against single ones, one factor for all or one for each.
    #[test]
    fn codes_equal_single_channels() {
        let mut state = 3u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32 as i32
        };
        let bias: [i32; 450] = core::array::from_fn(|_| word() >> 16);
        let output = Output::new(Params::unit(Codes::INT8), Activation::Relu6);
        for (exponent, shift) in [(-9, 14), (-9, 0), (0, 20), (2, 24)] {
            let factors: [Multiplier; 450] = core::array::from_fn(|_| {
                Multiplier::from_parts(word() & i32::MAX, exponent).unwrap_or(Multiplier::ZERO)
            });
            let sums: [i32; 450] = core::array::from_fn(|_| word() >> shift);
            for (factors, bias) in
                [(&factors[..], Some(&bias[..])), (&factors[7..8], Some(&bias)), (&factors[7..8], None)]
            {
                let Ok(channels) = Channels::<Double>::new(450, bias, factors, output) else { continue };
                for (first, count) in (0..40).flat_map(|n| [(n, n), (450 - n, n), (1, 190 + n)]) {
                    let mut codes = [0; 450];
                    channels.codes(first, &sums[..count], &mut codes);
                    for (i, &sum) in sums[..count].iter().enumerate() {
                        assert_eq!(codes[i], channels.code(first + i, sum), "{exponent} {first} {count} {i}");
                    }
                    assert!(codes[count..].iter().all(|&code| code == 0));
                }
            }
        }
    }

    /// The end beside a product against that of a channel: every shift, sums at the ends and beside halves.
    #[test]
    fn ends_equal_single_channels() {
        let mut state = 1u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32 as i32
        };
        for (exponent, largest) in (-31..=31).flat_map(|e| [(e, (1u64 << 30) - 2001), (e, 1 << 31)]) {
            let factors: [Multiplier; 16] = core::array::from_fn(|i| {
                let mantissa = [1 << 30, i32::MAX, word() & i32::MAX | 1 << 30][i % 3];
                Multiplier::from_parts(mantissa, exponent).unwrap_or(Multiplier::ZERO)
            });
            let bias: [i32; 16] = core::array::from_fn(|_| word() % 2000);
            let params = Params::new(1.0, word() % 128, Codes::INT8).unwrap_or(Params::unit(Codes::INT8));
            let output =
                Output::new(params, if exponent % 2 == 0 { Activation::Relu } else { Activation::None });
            let Ok(channels) = Channels::<Double>::new(16, Some(&bias), &factors, output) else { continue };
            let mut lines = [Line::ZERO; END];
            channels.lines_of_end(0, largest, &mut lines);
            let mut tile: Tile = [[0; TILE[1]]; TILE[0]];
            for sums in &mut tile {
                for (sum, bias) in sums.iter_mut().zip(bias) {
                    let bound = largest.min(i32::MAX as u64) as i32;
                    // Beside a half of the last bit that is shifted out, at the ends, anywhere.
                    let near = (word() % 600 * 2 + 1).wrapping_shl((-exponent).clamp(0, 31) as u32);
                    let near = near.wrapping_add(word() % 3).wrapping_sub(bias);
                    *sum = [near, bound, -bound, word() % bound][word() as usize % 4].clamp(-bound, bound);
                }
            }
            for backend in Backend::ALL.into_iter().filter(|b| b.is_available() && b.finishes()) {
                for (rows, count) in [(12, 16), (7, 16), (12, 5), (1, 1)] {
                    let mut codes = [99i8; 12 * 20];
                    backend.finish(&channels.end(&lines), &tile, rows, [count, 20], &mut codes);
                    for (at, &code) in codes.iter().enumerate() {
                        let (row, channel) = (at / 20, at % 20);
                        let inside = row < rows && channel < count;
                        let expected = if inside { channels.code(channel, tile[row][channel]) } else { 99 };
                        assert_eq!(code, expected, "{backend:?} {exponent} {largest} {}", tile[row][channel]);
                    }
                }
            }
        }
    }
}
