//! Rounding to an integer, clause 5.2 (`nearestInt`, `ceil`, `floor`) and as `f32` has it.
//!
//! A posit with a fraction has integers for neighbours that are posits too, so the result is exact.

use super::{WORD, Word, decode, encode, nar};

/// What to do with a fraction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    NearestEven,
    NearestAway,
    Down,
    Up,
    Truncate,
}

/// `nearestInt`: half to even.
#[inline]
pub(crate) const fn nearest_int<const N: u32, const ES: u32>(x: Word) -> Word {
    integral::<N, ES>(x, Mode::NearestEven)
}

/// To the nearest, half away from zero.
#[inline]
pub(crate) const fn round<const N: u32, const ES: u32>(x: Word) -> Word {
    integral::<N, ES>(x, Mode::NearestAway)
}

/// `floor`: the largest integer not above.
#[inline]
pub(crate) const fn floor<const N: u32, const ES: u32>(x: Word) -> Word {
    integral::<N, ES>(x, Mode::Down)
}

/// `ceil`: the least integer not below.
#[inline]
pub(crate) const fn ceil<const N: u32, const ES: u32>(x: Word) -> Word {
    integral::<N, ES>(x, Mode::Up)
}

/// Towards zero.
#[inline]
pub(crate) const fn trunc<const N: u32, const ES: u32>(x: Word) -> Word {
    integral::<N, ES>(x, Mode::Truncate)
}

const fn integral<const N: u32, const ES: u32>(pattern: Word, mode: Mode) -> Word {
    if pattern == 0 || pattern == nar::<N>() {
        return pattern;
    }
    let x = decode::<N, ES>(pattern);
    if x.exponent >= WORD as i32 - 1 {
        return pattern;
    }
    // Below 1/2 the guard bit is gone as well; only "not zero" is left.
    let (kept, guard, lost) = if x.exponent < -1 {
        (0, false, true)
    } else {
        // 1 <= drop <= WORD bits are fraction.
        let drop = (WORD as i32 - 1 - x.exponent) as u32;
        (
            (x.significand >> 1) >> (drop - 1),
            (x.significand >> (drop - 1)) & 1 != 0,
            (x.significand << 1) << (WORD - drop) != 0,
        )
    };
    let up = match mode {
        Mode::NearestEven => guard && (lost || kept & 1 != 0),
        Mode::NearestAway => guard,
        Mode::Down => x.negative && (guard || lost),
        Mode::Up => !x.negative && (guard || lost),
        Mode::Truncate => false,
    };
    let integer = kept + up as Word;
    if integer == 0 {
        return 0;
    }
    let zeros = integer.leading_zeros();
    encode::<N, ES>(x.negative, (WORD - 1 - zeros) as i32, integer << zeros, false)
}
