//! The operations of this machine against the integer kernel, bit for bit. On machines that use the integer
//! kernel for everything there is nothing to compare.
//!
//! The tests that are not ignored are a part of each; `scripts/campaign-posit` runs the whole.

use posit::{P16, P16E1, P32, Posit, Storage, integer};
use std::time::Instant;

/// Compares + - * / on one pair.
#[inline(always)]
fn binary<const N: u32, const ES: u32, S: Storage>(a: Posit<N, ES, S>, b: Posit<N, ES, S>) {
    assert_eq!(a + b, integer::add(a, b), "{a:?} + {b:?}");
    assert_eq!(a - b, integer::add(a, -b), "{a:?} - {b:?}");
    assert_eq!(a * b, integer::mul(a, b), "{a:?} * {b:?}");
    assert_eq!(a / b, integer::div(a, b), "{a:?} / {b:?}");
}

/// All pairs, NaR among them.
fn pairs<const N: u32, const ES: u32, S: Storage>() -> u64 {
    for a in 0..1_u64 << N {
        for b in 0..1_u64 << N {
            binary::<N, ES, S>(Posit::from_word(a), Posit::from_word(b));
        }
    }
    1 << (2 * N)
}

/// All square roots and conversions to `f32`.
fn unary<const N: u32, const ES: u32, S: Storage>() -> u64 {
    for a in 0..1_u64 << N {
        let a = Posit::<N, ES, S>::from_word(a);
        assert_eq!(a.sqrt(), integer::sqrt(a), "{a:?}");
        assert_eq!(a.to_f32().to_bits(), integer::to_f32(a).to_bits(), "{a:?}");
    }
    1 << N
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A pattern: uniform, or of few significant bits, or next to such a one.
    fn pattern<const N: u32, const ES: u32, S: Storage>(&mut self) -> Posit<N, ES, S> {
        let (x, kind) = (self.next() >> (64 - N), self.next() >> 32);
        let few = x & !((1 << ((kind >> 8) % u64::from(N))) - 1);
        Posit::from_word(match kind % 4 {
            0 | 1 => x,
            2 => few,
            _ => few.wrapping_add(kind >> 4 & 2).wrapping_sub(1),
        })
    }
}

/// Random pairs, and pairs whose result is next to a border: a border between two patterns taken apart into a
/// sum, a product and a quotient, as nearly as posits can.
fn directed<const N: u32, const ES: u32, S: Storage>(seed: u64, rounds: u64) -> u64 {
    let mut random = Random(seed);
    for _ in 0..rounds {
        let (a, b) = (random.pattern::<N, ES, S>(), random.pattern::<N, ES, S>());
        assert_eq!(a.to_f32().to_bits(), integer::to_f32(a).to_bits(), "{a:?}");
        binary(a, b);
        binary(a, -b);
        binary(b.next(), -a);
        // Results near `a`, from below and above.
        let (difference, quotient, product) = (integer::add(a, -b), integer::div(a, b), integer::mul(a, b));
        for b in [b, b.next()] {
            binary(difference, b);
            binary(quotient, b);
            binary(product, b);
        }
    }
    rounds * 9
}

/// Random triples, and triples whose product nearly cancels or is a border, with a third that is small.
fn triples<const N: u32, const ES: u32, S: Storage>(seed: u64, rounds: u64) -> u64 {
    let mut random = Random(seed);
    let check = |a: Posit<N, ES, S>, b, c| {
        assert_eq!(a.mul_add(b, c), integer::mul_add(a, b, c), "{a:?} * {b:?} + {c:?}");
    };
    for _ in 0..rounds {
        let [a, b, c] = [(); 3].map(|()| random.pattern::<N, ES, S>());
        let (product, small) = (integer::mul(a, b), Posit::from_word(random.next() % 16));
        check(a, b, c);
        for c in [-product, -product.next(), -product.prior(), small, -small] {
            check(a, b, c);
        }
        // The border above `a`, nearly: half of the sum of two neighbours.
        check(integer::add(a, a.next()), Posit::from_f64(0.5), small);
        check(integer::add(a, a.next()), Posit::from_f64(0.5), -small);
    }
    rounds * 8
}

macro_rules! all_formats {
    ($check:ident $x:tt: $($s:ty: $($n:literal)*;)*) => {
        0 $($(
            + $check::<$n, 0, $s>$x + $check::<$n, 1, $s>$x + $check::<$n, 2, $s>$x
            + $check::<$n, 3, $s>$x + $check::<$n, 4, $s>$x
        )*)*
    };
}

#[test]
fn all_pairs_up_to_8_bits() {
    let n = all_formats!(pairs(): u8: 3 4 5 6 7 8;);
    println!("{n}");
}

#[test]
fn all_roots_and_floats_up_to_16_bits() {
    let n = all_formats!(unary(): u8: 3 4 5 6 7 8; u16: 9 10 11 12 13 14 15 16;);
    println!("{n}");
}

#[test]
fn directed_pairs_of_every_format() {
    let n = all_formats!(directed(9, 200): u8: 3 5 6 7 8; u16: 9 10 11 12 13 14 15 16;
        u32: 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32;);
    println!("{n}");
}

#[test]
fn directed_pairs_and_triples_of_the_named_formats() {
    directed::<8, 0, u8>(1, 20_000);
    directed::<16, 1, u16>(2, 20_000);
    directed::<16, 2, u16>(3, 20_000);
    directed::<32, 2, u32>(4, 100_000);
    triples::<8, 2, u8>(5, 20_000);
    triples::<16, 1, u16>(6, 20_000);
    triples::<16, 2, u16>(7, 20_000);
    triples::<32, 2, u32>(8, 100_000);
}

/// Quotients and products of P32 that lie so near a border that the nearest `f64` is one.
#[test]
fn a_nearest_f64_on_a_border_does_not_decide() {
    for (a, b, quotient) in
        [(0x4252_6A3F, 0x40C5_C7FD, 0x4169_B3FF), (0x47FE_EDB8, 0x40C5_C7FD, 0x4696_4C01_u32)]
    {
        let (a, b) = (P32::from_bits(a), P32::from_bits(b));
        assert_eq!((a / b).to_bits(), quotient);
        assert_eq!((-a / b).to_bits(), quotient.wrapping_neg());
    }
    for (a, b, product) in
        [(0x4297_35A3, 0x440C_59F5, 0x47F3_2A5B), (0x4134_F06B, 0x4364_3C43, 0x451C_25AB_u32)]
    {
        let (a, b) = (P32::from_bits(a), P32::from_bits(b));
        assert_eq!((a * b).to_bits(), product);
        assert_eq!((a * -b).to_bits(), product.wrapping_neg());
    }
}

/// Prints the line of docs/arithmetic.md.
fn campaign(what: &str, cases: impl FnOnce() -> u64) {
    let start = Instant::now();
    let cases = cases();
    println!("| {what} | {cases} | 0 | {} s |", start.elapsed().as_secs());
}

#[test]
#[ignore = "minutes"]
fn campaign_pairs_up_to_12_bits() {
    campaign(
        "N 3..=12, ES 0..=4: + - * /, all pairs",
        || all_formats!(pairs(): u8: 3 4 5 6 7 8; u16: 9 10 11 12;),
    );
}

#[test]
#[ignore = "minutes"]
fn campaign_p16() {
    campaign("`P16`: + - * /, all pairs", pairs::<16, 2, u16>);
}

#[test]
#[ignore = "minutes"]
fn campaign_p16e1() {
    campaign("`P16E1`: + - * /, all pairs", pairs::<16, 1, u16>);
}

#[test]
#[ignore = "minutes"]
fn campaign_p32() {
    campaign("`P32`: + - * /, random and directed pairs", || directed::<32, 2, u32>(11, 150_000_000));
    campaign("every N to 32, ES 0..=4: + - * /, random and directed pairs", || {
        all_formats!(directed(12, 200_000): u16: 13 14 15 16;
            u32: 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32;)
    });
}

#[test]
#[ignore = "minutes"]
fn campaign_fma() {
    campaign("`P16`: a b + c, random and directed triples", || triples::<16, 2, u16>(13, 130_000_000));
    campaign("`P32`: a b + c, random and directed triples", || triples::<32, 2, u32>(14, 130_000_000));
}

#[test]
#[ignore = "minutes"]
fn campaign_p32_unary() {
    campaign("`P32`: sqrt, to `f32`, all patterns", unary::<32, 2, u32>);
}

#[test]
fn the_formats_that_are_compared() {
    // Where everything is integers, a test of one against the other proves nothing.
    assert_eq!(P16::ONE + P16::ONE, integer::add(P16::ONE, P16::ONE));
    assert_eq!(P16E1::ONE / P16E1::ONE, integer::div(P16E1::ONE, P16E1::ONE));
}
