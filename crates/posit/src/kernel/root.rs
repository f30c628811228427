//! Integer square roots without a table or a division.
//!
//! A cubic gives `1 / sqrt(m)` for `m` in `[1, 2)` with a relative error of `d = 2^-11`; a factor
//! `1 / sqrt(2)` serves odd exponents, by arithmetic: a branch on them would be foretold wrongly. With `y` so close to `1 / sqrt(x)`, `s = x y` is as close to the root,
//! and `s + (x - s^2) y / 2` has an error of `2.5 d^2`: of 16 bits, less than a tenth of a unit. For 32 bits a
//! step of Newton, `y (3 - x y^2) / 2`, brings `d` to `1.5 d^2` before that. What is left, with the bits cut
//! off on the way, is at most one unit, which the remainder settles.

/// The cubic is `C0 - t (C1 - t (C2 - t C3))` for `m = 1 + t`, in units of `2^-31`, by Remez' exchange.
const CUBIC: [u64; 4] = [2_146_454_990, 1_037_608_326, 590_514_793, 181_588_578];
/// `1 / sqrt(2)` in units of `2^-31`.
const HALF_ROOT: u64 = 1_518_500_250;

/// `floor(sqrt(x))` for `x` in `[2^30, 2^32)`.
#[inline(always)]
pub(super) const fn root32(x: u32) -> u32 {
    const C: [u32; 4] =
        [(CUBIC[0] >> 16) as u32, (CUBIC[1] >> 16) as u32, (CUBIC[2] >> 16) as u32, (CUBIC[3] >> 16) as u32];
    // t, y in units of 2^-15; x is m 2^31 or m 2^30.
    let odd = x >> 31;
    let t = (x << (2 - odd)) >> 17;
    let y = C[0] - ((t * (C[1] - ((t * (C[2] - ((t * C[3]) >> 15))) >> 15))) >> 15);
    let y = (y * ((1 << 15) - odd * ((1 << 15) - (HALF_ROOT >> 16) as u32))) >> 15;
    // x in units of 2^-14, s in units of 2^-15; it may be 2^16 and more, and its square modulo 2^32: the
    // remainder is below 2^23 in magnitude.
    let s = ((x >> 16) * y) >> 14;
    let r = x.wrapping_sub(s.wrapping_mul(s)) as i32;
    let s = s.wrapping_add_signed(((r >> 8) * y as i32) >> 23);
    let r = x.wrapping_sub(s.wrapping_mul(s)) as i32;
    let above = (r > 2 * s as i32) as u32;
    let below = (r < 0) as u32;
    s + above - below
}

/// `floor(sqrt(x))` for `x` in `[2^62, 2^64)`.
#[inline(always)]
pub(super) const fn root64(x: u64) -> u64 {
    // t, y in units of 2^-31; x is m 2^63 or m 2^62.
    let odd = x >> 63;
    let t = (x << (2 - odd)) >> 33;
    let y = CUBIC[0] - ((t * (CUBIC[1] - ((t * (CUBIC[2] - ((t * CUBIC[3]) >> 31))) >> 31))) >> 31);
    let y = (y * ((1 << 31) - odd * ((1 << 31) - HALF_ROOT))) >> 31;
    // x in units of 2^-29; x y^2 in units of 2^-60 is close to 2^60; y from here on in units of 2^-30.
    let m = x >> 33;
    let y = (y * (((3 << 60) - m * ((y * y) >> 31)) >> 30)) >> 32;
    // s in units of 2^-31; it may be 2^32 and more, and its square modulo 2^64: the remainder is below 2^45
    // in magnitude.
    let s = (m * y) >> 28;
    let r = x.wrapping_sub(s.wrapping_mul(s)) as i64;
    let s = s.wrapping_add_signed(((r >> 15) * y as i64) >> 47);
    let r = x.wrapping_sub(s.wrapping_mul(s)) as i64;
    let above = (r > 2 * s as i64) as u64;
    let below = (r < 0) as u64;
    s + above - below
}

/// `floor(sqrt(x))`.
#[inline(always)]
pub(super) const fn root128(x: u128) -> u128 {
    x.isqrt()
}

#[cfg(test)]
mod tests {
    use super::{root32, root64};

    #[test]
    fn sixteen_bits() {
        // Roots, their squares, and what lies beside them: no other x can go wrong at a border.
        for root in 1_u32 << 15..1 << 16 {
            for x in [root * root, root * root + 1, root * root + root, root * root + 2 * root] {
                assert_eq!(root32(x), root, "{x}");
            }
        }
        for x in (1_u32 << 30..=u32::MAX).step_by(997) {
            assert_eq!(root32(x), x.isqrt(), "{x}");
        }
    }

    #[test]
    fn thirty_two_bits() {
        let mut root = 1_u64 << 31;
        while root < 1 << 32 {
            for x in [root * root, root * root + 1, root * root + root, root * root + 2 * root] {
                assert_eq!(root64(x), root, "{x}");
            }
            root += 5003;
        }
        let last = (1_u64 << 32) - 1;
        assert_eq!([root64(u64::MAX), root64(last * last), root64(last * last - 1)], [last, last, last - 1]);
    }
}
