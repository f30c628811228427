//! The decisions that a level is made of, and what each of them depends on.

use super::BinaryCoder;

/// An adaptive probability: the mean of a fast and a slow estimate, both of which begin as plain averages.
#[derive(Clone, Copy, Debug)]
pub struct Probability {
    /// In units of `2^-16`.
    fast: u16,
    slow: u16,
    /// Decisions seen, up to the memory of the slow estimate.
    seen: u8,
}

/// The weights of decision `n` in the two estimates, in units of `2^-14`: `1 / (n + 1.5)`, an average that begins with
/// half a decision each way, until the estimate's memory is full.
const WEIGHTS: [[u16; 2]; 256] = {
    let mut weights = [[0; 2]; 256];
    let mut n = 0;
    while n < weights.len() {
        let (fast, slow) = (if n < FAST { n } else { FAST }, if n < SLOW { n } else { SLOW });
        weights[n] = [(((1 << 17) / (2 * fast + 3)) >> 2) as u16, (((1 << 17) / (2 * slow + 3)) >> 2) as u16];
        n += 1;
    }
    weights
};
/// The memories of the two estimates, in decisions.
const FAST: usize = 48;
const SLOW: usize = 250;

impl Probability {
    /// A probability is a number of this many bits.
    pub(super) const BITS: u32 = 15;
    /// One half.
    pub const HALF: Self = Self { fast: 1 << 15, slow: 1 << 15, seen: 0 };

    /// The probability of a one in units of `2^-15`: from 1 to `2^15 - 1`.
    #[must_use]
    pub const fn of_one(self) -> u32 {
        let sum = (self.fast as u32 + self.slow as u32) >> 2;
        if sum == 0 { 1 } else { sum }
    }

    /// Moves towards what was seen.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "a mean of two numbers of 16 bits")]
    pub fn adapt(&mut self, bit: bool) {
        let target = i32::from(u16::from(bit).wrapping_neg());
        // At most 2^16 times 2^14 / 1.5, below 2^30.
        let step = |estimate: u16, weight: u16| {
            (i32::from(estimate) + (((target - i32::from(estimate)) * i32::from(weight)) >> 14)) as u16
        };
        let [fast, slow] = WEIGHTS[usize::from(self.seen)];
        self.fast = step(self.fast, fast);
        self.slow = step(self.slow, slow);
        self.seen += u8::from(usize::from(self.seen) < SLOW);
    }
}

/// The two levels to the left.
#[derive(Clone, Copy, Debug)]
pub struct Neighbours {
    left: i16,
    second: i16,
}

impl Neighbours {
    /// Those of the first level of a row.
    pub const NONE: Self = Self { left: 0, second: 0 };

    const fn nonzero(self) -> usize {
        (self.left != 0) as usize + (self.second != 0) as usize
    }

    /// How large the neighbours are, by the bits of both magnitudes.
    const fn size(self) -> usize {
        // By the sum of both lengths, which is at most 32.
        const SIZES: [u8; 64] = {
            let mut sizes = [4; 64];
            let starts = [(7, 3), (4, 2), (2, 1), (0, 0)];
            let mut sum = 0;
            while sum < 10 {
                let mut start = 0;
                while sum < starts[start].0 {
                    start += 1;
                }
                sizes[sum] = starts[start].1;
                sum += 1;
            }
            sizes
        };
        SIZES[(bits(self.left.unsigned_abs()) + bits(self.second.unsigned_abs())) & 63] as usize
    }

    const fn sign(self) -> usize {
        match self.left {
            0 => 0,
            1.. => 1,
            _ => 2,
        }
    }
}

/// The number of bits of a magnitude: 0 for 0, 3 for 4 to 7.
const fn bits(magnitude: u16) -> usize {
    (u16::BITS - magnitude.leading_zeros()) as usize
}

/// All contexts of a tensor.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// By neighbours that are not zero, and zeros above.
    zero: [[Probability; 6]; 3],
    /// By the sign to the left.
    negative: [Probability; 3],
    /// Is the magnitude longer than so many bits? By the size of the neighbours.
    longer: [[Probability; 16]; 5],
    /// The bits below the leading one, by length: the first three as a tree, the others together.
    mantissa: [[Probability; 8]; 16],
}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}

impl Model {
    /// Nothing seen.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            zero: [[Probability::HALF; 6]; 3],
            negative: [Probability::HALF; 3],
            longer: [[Probability::HALF; 16]; 5],
            mantissa: [[Probability::HALF; 8]; 16],
        }
    }

    /// Codes one level, returns it, and moves its neighbours on. A reader's `level` is ignored. Levels are between
    /// `-(2^15 - 1)` and `2^15 - 1`. `zeros_above` counts the zeros of the column, up to 255.
    ///
    /// Level -6 is: not zero; negative; longer than one bit, longer than two, not longer than three; then, below
    /// the leading one of `110`, the bits 1 and 0.
    #[inline]
    pub fn level(
        &mut self,
        coder: &mut impl BinaryCoder,
        neighbours: &mut Neighbours,
        zeros_above: &mut u8,
        level: i16,
    ) -> i16 {
        const ABOVE: [u8; 16] = [0, 1, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5];
        let above = usize::from(ABOVE[usize::from((*zeros_above).min(15))]);
        let zero = coder.decide(&mut self.zero[neighbours.nonzero()][above], level == 0);
        let level = if zero { 0 } else { self.nonzero(coder, *neighbours, level) };
        *zeros_above = if zero { zeros_above.saturating_add(1) } else { 0 };
        *neighbours = Neighbours { left: level, second: neighbours.left };
        level
    }

    #[inline]
    fn nonzero(&mut self, coder: &mut impl BinaryCoder, neighbours: Neighbours, level: i16) -> i16 {
        let negative = coder.decide(&mut self.negative[neighbours.sign()], level < 0);
        let magnitude = level.unsigned_abs();
        let mut length = 1;
        let longer = &mut self.longer[neighbours.size()];
        while length < 15 && coder.decide(&mut longer[length], bits(magnitude) > length) {
            length += 1;
        }
        let mantissa = &mut self.mantissa[length & 15];
        let mut value: u16 = 1;
        for place in (0..length - 1).rev() {
            // Nodes 1 to 7 are the first three bits: the value so far is their path behind a leading one.
            let node = if value < 8 { usize::from(value) } else { 0 };
            let bit = coder.decide(&mut mantissa[node], magnitude >> place & 1 == 1);
            value = value << 1 | u16::from(bit);
        }
        // At most 15 bits, so the sign has room; two's complement turns it without a branch on the sign.
        let (value, sign) = (value as i16, -i16::from(negative));
        (value ^ sign) - sign
    }
}
