//! The exact decimal digits of `m 2^e`, without allocation.
//!
//! Every dyadic number has finitely many decimal digits: `m 2^e` is an integer for `e >= 0`, and
//! `m 2^-f = m 5^f / 10^f`. So one big integer, `m 2^e` or `m 5^f`, holds all the digits.
//! `2^-3 * 7 = 7 * 125 / 1000` has the digits `875` with the point before the first: `0.875`.
//!
//! The longest is a border of `Posit<64, 4>`, at `2^-1008`: 5^1008 has 705 digits, and the significand adds
//! at most 19; there is room for 756.

use core::cmp::Ordering;

/// Nine decimal digits.
const LIMB: u32 = 1_000_000_000;
const LIMBS: usize = 84;
const DIGITS: usize = 9 * LIMBS;

/// `0.d d d d .. * 10^point`: ASCII digits, the first and the last not zero. Never empty.
#[derive(Clone)]
pub(super) struct Decimal {
    digits: [u8; DIGITS],
    len: usize,
    pub(super) point: i32,
}

impl Decimal {
    /// Exact, for `m != 0` and `-1008 <= e <= 1008`.
    pub(super) fn exact(m: u64, e: i32) -> Self {
        let zeros = m.trailing_zeros();
        let (m, e) = (m >> zeros, e + zeros as i32);
        let mut integer = Integer::new(m);
        if e >= 0 {
            integer.multiply_power(2, 29, e as u32);
        } else {
            integer.multiply_power(5, 13, e.unsigned_abs());
        }
        let mut this = Self { digits: [b'0'; DIGITS], len: 0, point: e.min(0) };
        integer.write(&mut this);
        this
    }

    /// The significant digits.
    pub(super) fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or(&[])
    }

    /// Appends a digit and moves the point; leading zeros are left out.
    fn push(&mut self, digit: u8) {
        if self.len == 0 && digit == b'0' {
            return;
        }
        // There is always room, by the bound above.
        if let Some(place) = self.digits.get_mut(self.len) {
            *place = digit;
            self.len += 1;
            self.point += 1;
        }
    }

    /// Drops trailing zeros; the point stays.
    fn trim(&mut self) {
        while self.digits().last() == Some(&b'0') {
            self.len -= 1;
        }
    }

    /// Cuts to the first `count` digits, towards zero.
    pub(super) fn truncate(&mut self, count: usize) {
        self.len = self.len.min(count);
        self.trim();
    }

    /// Adds one unit in the last of the first `count` digits and drops what follows; `count` is at most the
    /// number of digits. 99.5 with `count = 2` becomes 100, that is `1 * 10^2`.
    pub(super) fn increment(&mut self, count: usize) {
        self.len = self.len.min(count);
        while self.digits().last() == Some(&b'9') {
            self.len -= 1;
        }
        match self.digits.get_mut(..self.len).and_then(<[u8]>::last_mut) {
            Some(last) => *last += 1,
            None => {
                self.digits[0] = b'1';
                self.len = 1;
                self.point += 1;
            }
        }
    }

    /// Rounds to the first `count` digits, half to even. Without digits left, the result is zero (no digits)
    /// or one unit above the first digit.
    pub(super) fn round(&mut self, count: usize) {
        if count >= self.len {
            return;
        }
        let odd = self.digits.get(..count).and_then(<[u8]>::last).is_some_and(|digit| digit % 2 == 1);
        match self.tail(count) {
            Ordering::Less => self.truncate(count),
            Ordering::Equal if !odd => self.truncate(count),
            _ => self.increment(count),
        }
    }

    /// The digits from `count` on, compared with half a unit of the digit before.
    pub(super) fn tail(&self, count: usize) -> Ordering {
        match self.digits().get(count..).unwrap_or(&[]).split_first() {
            None => Ordering::Less,
            Some((first, rest)) => {
                first.cmp(&b'5').then(if rest.is_empty() { Ordering::Equal } else { Ordering::Greater })
            }
        }
    }

    /// The order of the values.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        // No digits is zero. Digits compare like text, as there are no trailing zeros.
        (self.len > 0)
            .cmp(&(other.len > 0))
            .then(self.point.cmp(&other.point))
            .then_with(|| self.digits().cmp(other.digits()))
    }
}

/// A positive integer in limbs of nine decimal digits, the lowest first.
struct Integer {
    limbs: [u32; LIMBS],
    len: usize,
}

impl Integer {
    fn new(m: u64) -> Self {
        let mut this = Self { limbs: [0; LIMBS], len: 3 };
        let base = u64::from(LIMB);
        this.limbs[0] = (m % base) as u32;
        this.limbs[1] = (m / base % base) as u32;
        this.limbs[2] = (m / base / base) as u32;
        this
    }

    /// Times `base^power`, in steps of `base^step`, which fits 32 bits.
    fn multiply_power(&mut self, base: u32, step: u32, power: u32) {
        for _ in 0..power / step {
            self.multiply(base.pow(step));
        }
        self.multiply(base.pow(power % step));
    }

    fn multiply(&mut self, factor: u32) {
        // limb * factor + carry < 10^9 * 2^32 < 2^62.
        let mut carry = 0u64;
        for limb in self.limbs.iter_mut().take(self.len) {
            let t = u64::from(*limb) * u64::from(factor) + carry;
            *limb = (t % u64::from(LIMB)) as u32;
            carry = t / u64::from(LIMB);
        }
        // The carry is below 2^32, at most two limbs.
        while carry > 0 && self.len < LIMBS {
            self.limbs[self.len] = (carry % u64::from(LIMB)) as u32;
            carry /= u64::from(LIMB);
            self.len += 1;
        }
    }

    fn write(&self, out: &mut Decimal) {
        for &limb in self.limbs.iter().take(self.len).rev() {
            let mut unit = LIMB / 10;
            while unit > 0 {
                out.push(b'0' + (limb / unit % 10) as u8);
                unit /= 10;
            }
        }
        out.trim();
    }
}
