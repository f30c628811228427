//! The results of 8-bit operations, all of them: 64 KiB an operation and an exponent width, behind a feature.
//!
//! A table is made when a crate that uses it is compiled: the operation in `f64`, and the place of its result
//! among the borders between posits. A border is the pattern of one more bit between two of them, and from it
//! the even one is taken (clause 4.1): between `P8` `0x7E`, 2^20, and `0x7F`, 2^24, it is `Posit<9, 2>`
//! `0x0FD`, 2^22. The kernel takes no part in it.
//!
//! An `f64` lies on the same side of a border as the exact result: significands have `p <= 6` bits, so that
//! products are exact, and so are sums unless one part is too small to matter; a quotient `a / b` that is not
//! a border differs from it by `1 / (b 2^(p+1))` or more, and half a unit in the last place is less.

use crate::Posit;

/// Rows of the first operand, columns of the second.
type Table = [u8; 1 << 16];

const NAR: u8 = 0x80;

#[derive(Clone, Copy)]
enum Operation {
    Add,
    Mul,
    Div,
}

/// The tables of `Posit<N, ES>`: none unless `N` is 8.
pub(crate) struct Tables<const N: u32, const ES: u32>;

impl<const N: u32, const ES: u32> Tables<N, ES> {
    pub(crate) const ADD: Option<&'static Table> = Self::some(Self::SUMS);
    pub(crate) const MUL: Option<&'static Table> = Self::some(Self::PRODUCTS);
    pub(crate) const DIV: Option<&'static Table> = Self::some(Self::QUOTIENTS);

    const SUMS: &'static Table = &Self::build(Operation::Add);
    const PRODUCTS: &'static Table = &Self::build(Operation::Mul);
    const QUOTIENTS: &'static Table = &Self::build(Operation::Div);

    /// The values of the patterns `0..128`.
    const VALUES: [f64; 128] = {
        let mut values = [0.0; 128];
        let mut a = 0;
        while a < 128 {
            values[a] = Posit::<8, ES, u8>::from_bits(a as u8).to_f64();
            a += 1;
        }
        values
    };

    /// The borders above the patterns `1..127`.
    const BORDERS: [f64; 128] = {
        let mut borders = [0.0; 128];
        let mut a = 1;
        while a < 127 {
            borders[a] = Posit::<9, ES, u16>::from_bits(2 * a as u16 + 1).to_f64();
            a += 1;
        }
        borders
    };

    const fn some(table: &'static Table) -> Option<&'static Table> {
        if N == 8 { Some(table) } else { None }
    }

    /// Whether a magnitude belongs to a pattern above this one, of `1..127`.
    const fn is_above(magnitude: f64, pattern: u8) -> bool {
        let border = Self::BORDERS[pattern as usize];
        magnitude > border || magnitude == border && pattern % 2 == 1
    }

    /// The nearest pattern; the search begins at the last one that was found.
    const fn nearest(x: f64, last: &mut u8) -> u8 {
        if x == 0.0 {
            return 0;
        }
        let (magnitude, mut pattern) = (x.abs(), *last);
        while pattern < 127 && Self::is_above(magnitude, pattern) {
            pattern += 1;
        }
        while pattern > 1 && !Self::is_above(magnitude, pattern - 1) {
            pattern -= 1;
        }
        *last = pattern;
        if x < 0.0 { pattern.wrapping_neg() } else { pattern }
    }

    const fn build(operation: Operation) -> Table {
        // Where nothing is written an operand is NaR.
        let mut table = [NAR; 1 << 16];
        let (mut last, mut other) = (1, 1);
        let mut a = 0_u8;
        while N == 8 && a < 128 {
            let mut b = 0_u8;
            while b < 128 {
                let (x, y) = (Self::VALUES[a as usize], Self::VALUES[b as usize]);
                // Of a and b, a and -b, -a and b, -a and -b.
                let results = match operation {
                    Operation::Add => {
                        let (sum, difference) =
                            (Self::nearest(x + y, &mut last), Self::nearest(x - y, &mut other));
                        [sum, difference, difference.wrapping_neg(), sum.wrapping_neg()]
                    }
                    Operation::Mul => signs(Self::nearest(x * y, &mut last)),
                    Operation::Div => signs(if b == 0 { NAR } else { Self::nearest(x / y, &mut last) }),
                };
                let (minus_a, minus_b) = (a.wrapping_neg(), b.wrapping_neg());
                table[at(a, b)] = results[0];
                table[at(a, minus_b)] = results[1];
                table[at(minus_a, b)] = results[2];
                table[at(minus_a, minus_b)] = results[3];
                b += 1;
            }
            a += 1;
        }
        table
    }
}

/// The result of two positive operands with the signs of the others.
const fn signs(result: u8) -> [u8; 4] {
    let negative = result.wrapping_neg();
    [result, negative, negative, result]
}

const fn at(a: u8, b: u8) -> usize {
    u16::from_be_bytes([a, b]) as usize
}

/// The result of two patterns.
#[inline(always)]
pub(crate) const fn look_up(table: &Table, a: u64, b: u64) -> u64 {
    table[at(a as u8, b as u8)] as u64
}
