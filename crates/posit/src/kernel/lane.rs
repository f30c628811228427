//! Which float lane gives the correctly rounded result of an operation.
//!
//! With `p = N - ES - 2` the most significant bits of a posit and `2^R`, `R = (N-2) 2^ES`, the largest one:
//! every posit is a multiple of `2^-R`, every product of two a multiple of `2^-2R`. So no lane is ever
//! subnormal, and no error of a lane underflows, where the range conditions below hold.
//!
//! For `P16`, `p = 12` and `R = 56`: products have 24 bits and lie within `2^±112`, so they are exact in
//! `f32`. For `P32`, `p = 28`: products have 56 bits, three more than `f64`.

/// How an operation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// One operation in `f32`, then the rounding of the posit.
    F32,
    /// One operation in `f64`, then the rounding of the posit.
    F64,
    /// In `f64` with its exact error, rounded to odd. A number of 53 bits rounded to odd rounds to a posit
    /// as the exact number does, as the borders have at most `p + 1 <= 31 < 53 - 1` bits (Boldo and
    /// Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd").
    Odd,
    /// One element at a time in integers.
    Scalar,
}

/// Whether floats are those of IEEE 754, in hardware: not so on x86 without SSE2 and on microcontrollers.
pub(super) const FLOATS: bool = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));

/// Bits of a significand, at most.
pub(super) const fn significant(n: u32, es: u32) -> u32 {
    if n > es + 3 { n - es - 2 } else { 1 }
}

const fn range(n: u32, es: u32) -> u32 {
    (n - 2) << es
}

/// To `f32`, and from it. Every posit is a normal `f32`; wider ones than 24 bits are rounded.
pub(crate) const fn f32_holds(n: u32, es: u32) -> bool {
    FLOATS && n <= 32 && range(n, es) <= 126
}

/// To `f32` without rounding.
#[cfg(feature = "half")]
pub(crate) const fn f32_exact(n: u32, es: u32) -> bool {
    f32_holds(n, es) && significant(n, es) <= 24
}

/// To `f64`, and from it: exact for all 32 bits, as 480 <= 1022 and 30 <= 53.
pub(crate) const fn f64_holds(n: u32) -> bool {
    FLOATS && n <= 32
}

/// Addition and subtraction: for each pair of exponents the sum is exact, or the smaller operand and the
/// error of the lane stay short of the next border, as precision tapers. The test below enumerates them.
pub(crate) const fn sum(n: u32, es: u32) -> Lane {
    if !f64_holds(n) {
        Lane::Scalar
    } else if n <= 16 && range(n, es) < 126 {
        Lane::F32
    } else if n <= 31 || es <= 2 {
        Lane::F64
    } else {
        Lane::Odd
    }
}

/// Multiplication, whose exact product is in the lane, and division, whose quotient differs from a border
/// `t` by `|a - b t| / b`, a nonzero multiple of `1 / (b 2^p)` and so more than half a unit of the lane.
pub(crate) const fn product(n: u32, es: u32) -> Lane {
    if !f64_holds(n) {
        Lane::Scalar
    } else if 2 * significant(n, es) <= 24 && 2 * range(n, es) <= 126 {
        Lane::F32
    } else if 2 * significant(n, es) <= 53 {
        Lane::F64
    } else {
        Lane::Odd
    }
}

/// The square root: `|x - t^2|` is at least one unit for a border `t`. `core` has no square root of floats.
#[cfg(feature = "std")]
pub(crate) const fn sqrt(n: u32, es: u32) -> Lane {
    if !f64_holds(n) {
        Lane::Scalar
    } else if significant(n, es) <= 11 && range(n, es) <= 126 {
        Lane::F32
    } else if significant(n, es) <= 25 {
        Lane::F64
    } else {
        Lane::Odd
    }
}

/// Fused multiply-add: an exact product and a sum rounded to odd. `F32` and `F64` say where the product is
/// exact, and the sum, below `2^(2R + 1)`, within range.
pub(crate) const fn mul_add(n: u32, es: u32) -> Lane {
    match product(n, es) {
        Lane::F32 if 2 * range(n, es) == 126 => Lane::F64,
        lane => lane,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Lane, sum};
    use std::vec::Vec;

    /// Fraction bits, and low exponent bits that are cut off, of the positive posits of `2^exponent` and less
    /// than twice it; `None` if there are none. `Posit<8, 2>`: 2, 0 at exponent 4 (`0 110 00 ff`), and 0, 2
    /// at exponent 24, the largest (`0 1111111`).
    fn layout(n: u32, es: u32, exponent: i32) -> Option<(u32, u32)> {
        let regime = exponent >> es;
        let run = if regime < 0 { 1 - regime } else { 2 + regime };
        let left = (n - 1).saturating_sub(run.unsigned_abs());
        let cut = es.saturating_sub(left);
        (exponent.trailing_zeros() >= cut).then(|| (left.saturating_sub(es), cut))
    }

    /// Whether a lane of `precision` bits serves every pair of exponents `a >= b`, in units of `2^(a - 100)`:
    /// half a unit of the last place is at least `2^(100 - 53)`, and a border is more than `2^(100 - 33)`
    /// away, so a `b` below `a - 100` may count as `a - 100`.
    fn serves(n: u32, es: u32, precision: u32) -> bool {
        let range = (n as i32 - 2) << es;
        let exists = |exponent: &i32| layout(n, es, *exponent).is_some();
        let all: Vec<i32> = (-range..=range).filter(exists).collect();
        let one = 1u128 << 100;
        all.iter().enumerate().all(|(at, a)| {
            let (fraction, cut) = layout(n, es, *a).unwrap_or_default();
            // To the border above any posit of this exponent; none is above the largest.
            let up = match cut {
                _ if *a == range => u128::MAX,
                0 => one >> (fraction + 1),
                _ => (one << (1 << (cut - 1))) - one,
            };
            // To the border below any, which is nearest at 2^a or within; below the smallest it is zero.
            let below = at.checked_sub(1).and_then(|at| layout(n, es, all[at]));
            let down = match below {
                None => one,
                Some((fraction, 0)) => one >> (fraction + 2),
                Some((_, cut)) => one - (one >> (1 << (cut - 1))),
            };
            let down = if cut == 0 { down.min(one >> (fraction + 1)) } else { down };
            all[..=at].iter().all(|b| {
                let least = layout(n, es, *b).map_or(*b, |(f, _)| (b - f as i32).min(a - fraction as i32));
                // Less than 2^(b + 1), and the error of a result below 2^(a + 2), or 2^(a + 1).
                let small = 2u128 << (b - a + 100).max(0);
                let exact = |bits: i32| bits - least <= precision as i32;
                (exact(a + 2) || small + (one >> (precision - 1)) <= up)
                    && (exact(a + 1) || small + (one >> precision) <= down)
            })
        })
    }

    #[test]
    fn every_pair_of_exponents_is_served_by_the_lane_of_its_sum() {
        for n in 3..=32 {
            for es in 0..=4 {
                match sum(n, es) {
                    Lane::F32 => assert!(serves(n, es, 24), "{n} {es}"),
                    Lane::F64 => assert!(serves(n, es, 53), "{n} {es}"),
                    // Nothing is computed with its error that need not be.
                    Lane::Odd => assert!(!serves(n, es, 53), "{n} {es}"),
                    Lane::Scalar => {}
                }
            }
        }
        assert!(!serves(32, 2, 24));
    }
}
