//! Arithmetic on patterns, each result rounded once by the question of [`mod@crate::nearest`].
//!
//! NaR in gives NaR out; so do a division by zero and the root of a negative number (standard, section 5).

use crate::decode::{dyadic, nar};
use crate::nearest::{nearest_by_dyadic, nearest_dyadic, nearest_sum};
use core::cmp::Ordering;

/// `a + b`.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn add(n: u32, es: u32, a: u64, b: u64) -> u64 {
    match (dyadic(n, es, a), dyadic(n, es, b)) {
        (Some(a), Some(b)) => nearest_sum(n, es, &[a, b]),
        _ => nar(n),
    }
}

/// `a − b`.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn sub(n: u32, es: u32, a: u64, b: u64) -> u64 {
    match (dyadic(n, es, a), dyadic(n, es, b)) {
        (Some(a), Some(b)) => nearest_sum(n, es, &[a, -b]),
        _ => nar(n),
    }
}

/// `a · b`.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn mul(n: u32, es: u32, a: u64, b: u64) -> u64 {
    match (dyadic(n, es, a), dyadic(n, es, b)) {
        (Some(a), Some(b)) => nearest_dyadic(n, es, a * b),
        _ => nar(n),
    }
}

/// `a / b`: compares `a` with `y · b`.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn div(n: u32, es: u32, a: u64, b: u64) -> u64 {
    match (dyadic(n, es, a), dyadic(n, es, b)) {
        (Some(a), Some(b)) => match b.sign() {
            Ordering::Equal => nar(n),
            Ordering::Greater => nearest_by_dyadic(n, es, |y| a.cmp(&(y * b))),
            Ordering::Less => nearest_by_dyadic(n, es, |y| a.cmp(&(y * b)).reverse()),
        },
        _ => nar(n),
    }
}

/// `a · b + c`, rounded once.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn fma(n: u32, es: u32, a: u64, b: u64, c: u64) -> u64 {
    match (dyadic(n, es, a), dyadic(n, es, b), dyadic(n, es, c)) {
        (Some(a), Some(b), Some(c)) => nearest_sum(n, es, &[a * b, c]),
        _ => nar(n),
    }
}

/// The square root: compares `x` with `y²`.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn sqrt(n: u32, es: u32, x: u64) -> u64 {
    match dyadic(n, es, x) {
        Some(x) if x.sign().is_ge() => nearest_by_dyadic(n, es, |y| match y.sign() {
            Ordering::Less => Ordering::Greater,
            _ => x.cmp(&(y * y)),
        }),
        _ => nar(n),
    }
}

/// Conversion between formats: the nearest posit⟨n, es⟩ of a posit⟨from_n, from_es⟩.
///
/// # Panics
/// On a format outside `N` in `2..=64`, `ES` in `0..=4`.
#[must_use]
pub fn convert(n: u32, es: u32, from_n: u32, from_es: u32, x: u64) -> u64 {
    dyadic(from_n, from_es, x).map_or(nar(n), |x| nearest_dyadic(n, es, x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{nearest, value};

    /// The same operations on fractions, computed and then rounded.
    #[test]
    fn agree_with_computed_fractions() {
        let mut g = crate::Generator::new(11);
        let mut count = 0;
        for es in 0..=4 {
            for n in [2, 3, 5, 8, 13, 16, 31, 32, 33, 63, 64] {
                for _ in 0..60 {
                    let (pa, pb, pc) = (g.pattern(n, es), g.pattern(n, es), g.pattern(n, es));
                    let (Some(a), Some(b), Some(c)) = (value(n, es, pa), value(n, es, pb), value(n, es, pc))
                    else {
                        assert!([pa, pb, pc].contains(&nar(n)));
                        continue;
                    };
                    let case = format!("<{n},{es}> {pa:#x} {pb:#x} {pc:#x}");
                    assert_eq!(add(n, es, pa, pb), nearest(n, es, &(&a + &b)), "add {case}");
                    assert_eq!(sub(n, es, pa, pb), nearest(n, es, &(&a - &b)), "sub {case}");
                    assert_eq!(mul(n, es, pa, pb), nearest(n, es, &(&a * &b)), "mul {case}");
                    assert_eq!(fma(n, es, pa, pb, pc), nearest(n, es, &(&a * &b + &c)), "fma {case}");
                    let quotient = if pb == 0 { nar(n) } else { nearest(n, es, &(&a / &b)) };
                    assert_eq!(div(n, es, pa, pb), quotient, "div {case}");
                    count += 5;
                }
            }
        }
        println!("operations: {count} cases, 0 mismatches");
    }

    /// Patterns on which published libraries were wrong; the right results were confirmed independently.
    #[test]
    fn known_patterns() {
        let cases: [(&str, u64, u64); 31] = [
            ("p8e2 add", add(8, 2, 0x01, 0x03), 0x03),
            ("p8e2 add", add(8, 2, 0x02, 0xFD), 0xFD),
            ("p16e2 add", add(16, 2, 0x9097, 0x5FBD), 0x9115),
            ("p16e2 add", add(16, 2, 0xC51E, 0x22E2), 0xC67A),
            ("p32e2 add", add(32, 2, 0x0000_0003, 0x0000_0001), 0x0000_0003),
            ("p32e2 add", add(32, 2, 0x0000_0001, 0xFFFF_FFFC), 0xFFFF_FFFC),
            ("p32e2 add", add(32, 2, 0xFFFF_FFFD, 0xFFFF_FFFE), 0xFFFF_FFFD),
            ("p32e2 fma", fma(32, 2, 0x4000_0000, 0xDD15_3FBB, 0x3384_FE64), 0x30CA_4E53),
            ("p32e2 fma", fma(32, 2, 0xCC88_5766, 0x2000_0000, 0xEE27_89C9), 0xE4CE_0E25),
            ("p32e2 fma", fma(32, 2, 0xD53E_D48C, 0x4000_0000, 0x4A9C_A742), 0x49F0_948B),
            ("p32e2 fma", fma(32, 2, 0x1EF2_A157, 0x1000_0000, 0x07E4_0DBB), 0x09A0_B611),
            ("p32e2 fma", fma(32, 2, 0x8000_0001, 0xD000_0000, 0x4818_046B), 0x7FFF_FFFF),
            ("p16e2 fma", fma(16, 2, 0x7680, 0x6128, 0x0001), 0x7B9D),
            ("p16e2 fma", fma(16, 2, 0x7980, 0x70B0, 0x0001), 0x7E81),
            ("p16e2 fma", fma(16, 2, 0x0710, 0x7FFA, 0x003C), 0x7FC9),
            ("p16e2 fma", fma(16, 2, 0x7FC8, 0xFA1B, 0xFFFC), 0x828D),
            ("p32e2 div", div(32, 2, 0x5A00_0000, 0x4800_0000), 0x5200_0000),
            ("p32e2 div", div(32, 2, 0x7DF4_2400, 0x4800_0000), 0x7D74_2400),
            ("p32e2 div", div(32, 2, 0x8052_329B, 0x4800_0000), 0x8062_329B),
            ("p64e2 div", div(64, 2, 0x5A00_0000 << 32, 0x4800_0000 << 32), 0x5200_0000 << 32),
            ("p32e2 mul", mul(32, 2, 0x4297_35A3, 0x440C_59F5), 0x47F3_2A5B),
            ("p32e2 mul", mul(32, 2, 0x4134_F06B, 0x4364_3C43), 0x451C_25AB),
            ("p32e2 div", div(32, 2, 0x4252_6A3F, 0x40C5_C7FD), 0x4169_B3FF),
            ("p32e2 div", div(32, 2, 0x47FE_EDB8, 0x40C5_C7FD), 0x4696_4C01),
            ("p32e2 sqrt", sqrt(32, 2, 0x1663_8A9A), 0x264C_605B),
            ("p16e2 sqrt", sqrt(16, 2, 0x2FFF), 0x37FF),
            ("p16e2 sqrt", sqrt(16, 2, 0x5FFF), 0x4FFF),
            ("p16e1 mul", mul(16, 1, 0x2829, 0x2419), 0x172D),
            ("p16e1 div", div(16, 1, 0x0A0B, 0x123F), 0x22DF),
            ("p16e2 div by 0", div(16, 2, 0x4000, 0), 0x8000),
            ("p16e2 sqrt(-1)", sqrt(16, 2, 0xC000), 0x8000),
        ];
        for (what, got, want) in cases {
            assert_eq!(got, want, "{what}: {got:#x}, want {want:#x}");
        }
    }
}
