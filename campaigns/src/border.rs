//! The question of clause 4.1 put to an interval: do all of its numbers round to this pattern?
//!
//! Nothing is rounded here. The borders of a pattern `p` are the posits of one more bit `2 p - 1` and
//! `2 p + 1`; a number on a border belongs to the even pattern.

use core::cmp::Ordering::{self, Equal, Greater, Less};
use gmp_mpfr_sys::mpfr;
use rug::Float;

/// `m * 2^e` of a positive pattern of `n <= 65` bits, from the definition.
pub fn value(n: u32, es: u32, pattern: u128) -> (u64, i64) {
    let body = pattern << (129 - n);
    let first = body >> 127;
    let run = if first == 1 { (!body).leading_zeros() } else { body.leading_zeros() }.min(n - 1);
    let r = if first == 1 { i64::from(run) - 1 } else { -i64::from(run) };
    let rest = body.checked_shl(run + 1).unwrap_or(0);
    let e = if es == 0 { 0 } else { (rest >> (128 - es)) as i64 };
    let fraction = rest << es;
    // At most 62 bits of fraction remain.
    let significand = (1 << 63) | (fraction >> 65) as u64;
    let zeros = significand.trailing_zeros();
    (significand >> zeros, (r << es) + e - 63 + i64::from(zeros))
}

/// Where `v` is, seen from the numbers that round to `pattern`, which is not NaR.
pub fn side(n: u32, es: u32, pattern: u64, v: &Float) -> Ordering {
    let sign = v.cmp0().expect("no NaN");
    if pattern == 0 {
        return sign;
    }
    let top = 1u64 << (n - 1);
    if pattern > top {
        let mask = u64::MAX >> (64 - n);
        let negated = -v.clone();
        return side(n, es, pattern.wrapping_neg() & mask, &negated).reverse();
    }
    if sign != Greater {
        return Less;
    }
    let compare = |border: u128| {
        let (m, e) = value(n + 1, es, border);
        unsafe { mpfr::cmp_ui_2exp(v.as_raw(), m, e) }.cmp(&0)
    };
    let even = pattern.is_multiple_of(2);
    if pattern > 1 {
        match compare(2 * u128::from(pattern) - 1) {
            Less => return Less,
            Equal if !even => return Less,
            _ => {}
        }
    }
    if pattern < top - 1 {
        match compare(2 * u128::from(pattern) + 1) {
            Greater => return Greater,
            Equal if !even => return Greater,
            _ => {}
        }
    }
    Equal
}

/// How near `v` is to a border of `pattern`, relative to `v`, as a power of two.
pub fn nearness(n: u32, es: u32, pattern: u64, v: &Float) -> i32 {
    let top = 1u64 << (n - 1);
    let (p, v) = if pattern > top {
        (pattern.wrapping_neg() & (u64::MAX >> (64 - n)), -v.clone())
    } else {
        (pattern, v.clone())
    };
    if p <= 1 || p >= top - 1 {
        return 0;
    }
    let mut nearest = 0;
    for border in [2 * u128::from(p) - 1, 2 * u128::from(p) + 1] {
        let (m, e) = value(n + 1, es, border);
        let mut b = Float::with_val(v.prec(), m);
        unsafe { mpfr::mul_2si(b.as_raw_mut(), b.as_raw(), e, mpfr::rnd_t::RNDN) };
        let d: Float = (v.clone() - b) / &v;
        nearest = nearest.min(d.get_exp().unwrap_or(-10000));
    }
    nearest
}
