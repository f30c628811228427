//! The value of a pattern, twice: bit by bit from the definition, and by the standard's closed formula.
//!
//! Worked example, posit⟨8, 1⟩ `0_110_1_101`: sign 0; the regime is a run of k = 2 ones ended by a 0, so
//! r = 1; exponent e = 1; fraction 5/8. The value is (1 + 5/8) · 2^(2·1 + 1) = 13. Bits that fall off the
//! end read as 0.

use crate::Dyadic;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

/// Panics unless the format is one of `N` in `2..=64`, `ES` in `0..=4`.
pub(crate) fn check_format(n: u32, es: u32) {
    assert!((2..=64).contains(&n) && es <= 4, "posit<{n},{es}>: need N in 2..=64 and ES in 0..=4");
}

/// The pattern of NaR, "not a real": a one followed by zeros.
///
/// # Panics
/// If `n` is not in `2..=64`.
#[must_use]
pub fn nar(n: u32) -> u64 {
    check_format(n, 0);
    1 << (n - 1)
}

/// The mask of the low `n` bits.
///
/// # Panics
/// If `n` is not in `2..=64`.
#[must_use]
pub fn mask(n: u32) -> u64 {
    check_format(n, 0);
    u64::MAX >> (64 - n)
}

/// The value of a pattern as a fraction, `None` for NaR; read by [`dyadic`].
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
#[must_use]
pub fn value(n: u32, es: u32, bits: u64) -> Option<BigRational> {
    dyadic(n, es, bits).map(Dyadic::to_rational)
}

/// The value of a pattern as `m · 2^e`, `None` for NaR; read bit by bit from the definition.
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
#[must_use]
pub fn dyadic(n: u32, es: u32, bits: u64) -> Option<Dyadic> {
    check_format(n, es);
    read(n, es, u128::from(bits & mask(n)))
}

/// Reads a pattern of up to 65 bits: rounding to 64 bits asks for posits of 65.
pub(crate) fn read(n: u32, es: u32, bits: u128) -> Option<Dyadic> {
    if bits == 0 {
        return Some(Dyadic::ZERO);
    }
    if bits == 1 << (n - 1) {
        return None;
    }
    let negative = bits >> (n - 1) == 1;
    let magnitude = if negative { (1 << n) - bits } else { bits };
    let bit = |position: u32| position < n && magnitude >> (n - 1 - position) & 1 == 1;

    let mut position = 1;
    while position < n && bit(position) == bit(1) {
        position += 1;
    }
    let run = position as i32 - 1;
    let regime = if bit(1) { run - 1 } else { -run };
    position += 1; // the bit that ends the run

    let mut exponent = 0;
    for _ in 0..es {
        exponent = 2 * exponent + i32::from(bit(position));
        position += 1;
    }
    exponent += regime << es;

    let mut significand: i128 = 1;
    while position < n {
        significand = 2 * significand + i128::from(bit(position));
        exponent -= 1;
        position += 1;
    }
    Some(Dyadic::new(if negative { -significand } else { significand }, exponent))
}

/// The value of a pattern by the closed formula of the standard (section 3.3.3), `None` for NaR:
/// `((1 − 3s) + f) · 2^((1 − 2s)(2^ES r + e + s))`, with all fields read from the bits *as they stand*, also
/// for negative numbers.
///
/// # Panics
/// If `n` is not in `2..=64` or `es` not in `0..=4`.
#[must_use]
pub fn value_by_formula(n: u32, es: u32, bits: u64) -> Option<BigRational> {
    check_format(n, es);
    let text = format!("{:0width$b}", bits & mask(n), width = n as usize);
    let (sign, body) = text.split_at(1);
    let s = i32::from(sign == "1");
    if !body.contains('1') {
        return (s == 0).then(|| BigRational::from_integer(BigInt::ZERO));
    }
    let lead = body.chars().next().unwrap_or('0');
    let k = body.chars().take_while(|&c| c == lead).count();
    let r = if lead == '1' { k as i32 - 1 } else { -(k as i32) };
    let mut rest = body.chars().skip(k + 1);
    let e = (0..es).fold(0, |e, _| 2 * e + i32::from(rest.next() == Some('1')));
    let half = BigRational::new(BigInt::one(), BigInt::from(2));
    let (f, _) = rest.fold((BigRational::from_integer(BigInt::ZERO), half.clone()), |(f, weight), c| {
        let f = if c == '1' { f + &weight } else { f };
        (f, weight * &half)
    });
    let power = (1 - 2 * s) * ((r << es) + e + s);
    let base = BigRational::from_integer(BigInt::from(2));
    Some((f + BigRational::from_integer(BigInt::from(1 - 3 * s))) * num_traits::Pow::pow(base, power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_decoders_agree() {
        let mut count = 0;
        for es in 0..=4 {
            for n in 2..=12 {
                for bits in 0..1 << n {
                    assert_eq!(value(n, es, bits), value_by_formula(n, es, bits), "<{n},{es}> {bits:#x}");
                    count += 1;
                }
            }
            let mut g = crate::Generator::new(7);
            for n in 13..=64 {
                for _ in 0..200 {
                    let bits = g.pattern(n, es);
                    assert_eq!(value(n, es, bits), value_by_formula(n, es, bits), "<{n},{es}> {bits:#x}");
                    count += 1;
                }
            }
        }
        println!("decoders: {count} patterns, 0 mismatches");
    }

    #[test]
    fn known_values() {
        let of = |n, es, bits| dyadic(n, es, bits);
        assert_eq!(of(8, 1, 0b0110_1101), Some(Dyadic::new(13, 0)));
        assert_eq!(of(8, 2, 0x7F), Some(Dyadic::new(1, 24)));
        assert_eq!(of(8, 2, 0x7E), Some(Dyadic::new(1, 20)));
        assert_eq!(of(8, 0, 0x7F), Some(Dyadic::new(1, 6)));
        assert_eq!(of(16, 1, 0x7FFF), Some(Dyadic::new(1, 28)));
        assert_eq!(of(16, 2, 0x0001), Some(Dyadic::new(1, -56)));
        assert_eq!(of(32, 2, 0x7FFF_FFFF), Some(Dyadic::new(1, 120)));
        assert_eq!(of(64, 2, 0x7FFF_FFFF_FFFF_FFFF), Some(Dyadic::new(1, 248)));
        for n in 3..=64 {
            assert_eq!(of(n, 2, 1 << (n - 2)), Some(Dyadic::new(1, 0)));
            assert_eq!(of(n, 2, 3 << (n - 2)), Some(Dyadic::new(-1, 0)));
            assert_eq!(of(n, 2, nar(n)), None);
            assert_eq!(of(n, 2, 0), Some(Dyadic::ZERO));
        }
        // The standard allows two bits: 0, 1, NaR, -1.
        assert_eq!(
            [0, 1, 2, 3].map(|p| of(2, 2, p).map(|x| x.mantissa())),
            [Some(0), Some(1), None, Some(-1)]
        );
    }
}
