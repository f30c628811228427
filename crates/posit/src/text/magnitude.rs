//! A positive posit with its format as values: what it is worth, and where the next one begins.
//!
//! By clause 4.1 the border between the patterns `u` and `u + 1` is the posit of one more bit whose pattern
//! is `u` followed by a 1. In `Posit<8, 2>`, above `0x7E = 2^20` it is the 9-bit pattern `0b0_1111_1110_1`,
//! which is `2^22` and no arithmetic midpoint of `2^20` and `2^24`.

use super::decimal::Decimal;

/// A pattern in `[1, 2^(n-1))` of `n` bits with `es` exponent bits.
#[derive(Clone, Copy)]
pub(super) struct Magnitude {
    pub(super) pattern: u64,
    pub(super) n: u32,
    pub(super) es: u32,
}

impl Magnitude {
    /// The exact decimal digits of the value.
    pub(super) fn value(self) -> Decimal {
        let (m, e) = dyadic(u128::from(self.pattern), self.n, self.es);
        Decimal::exact(m, e)
    }

    /// The exact decimal digits of the border to the next larger pattern.
    pub(super) fn border(self) -> Decimal {
        let (m, e) = dyadic(2 * u128::from(self.pattern) + 1, self.n + 1, self.es);
        Decimal::exact(m, e)
    }

    /// The pattern below, if it is not zero.
    pub(super) fn below(self) -> Option<Self> {
        if self.pattern == 1 { None } else { Some(Self { pattern: self.pattern - 1, ..self }) }
    }

    /// Whether this is the largest pattern.
    pub(super) fn is_max(self) -> bool {
        self.pattern == (1 << (self.n - 1)) - 1
    }

    /// Whether a border belongs to this pattern.
    pub(super) fn is_even(self) -> bool {
        self.pattern % 2 == 0
    }
}

/// A positive `n`-bit pattern, `n <= 65`, as `m 2^e`.
fn dyadic(pattern: u128, n: u32, es: u32) -> (u64, i32) {
    let body = pattern << (128 - n) << 1;
    let ones = body >> 127 != 0;
    let run = if ones { (!body).leading_zeros() } else { body.leading_zeros() };
    let regime = if ones { run as i32 - 1 } else { -(run as i32) };
    let rest = body << run << 1;
    let e = (rest >> 124 >> (4 - es)) as i32;
    // At most 62 bits of fraction are left, so a 64-bit significand holds them.
    let significand = (1 << 63) | ((rest << es) >> 65) as u64;
    (significand, (regime << es) + e - 63)
}
