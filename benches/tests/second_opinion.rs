//! A second opinion from a peer that shares no code with us or with the oracle: `softposit`, which follows the
//! C reference. Where the two differ the exact oracle decides, and it must decide for us.

use oracle::Generator;
use posit::{P32, Posit};
use softposit::{P8E0, P16E1, P32E2};

type Ours8 = Posit<8, 0>;
type Ours16 = Posit<16, 1>;

/// Compares `+ - * /` and `sqrt` on one pair of patterns.
macro_rules! agree {
    ($ours:ty, $theirs:ty, $word:ty, $a:expr, $b:expr) => {{
        let (a, b) = ($a as $word, $b as $word);
        let (x, y) = (<$ours>::from_bits(a), <$ours>::from_bits(b));
        let (p, q) = (<$theirs>::from_bits(a), <$theirs>::from_bits(b));
        assert_eq!((x + y).to_bits(), (p + q).to_bits(), "{x:?} + {y:?}");
        assert_eq!((x - y).to_bits(), (p - q).to_bits(), "{x:?} - {y:?}");
        assert_eq!((x * y).to_bits(), (p * q).to_bits(), "{x:?} * {y:?}");
        assert_eq!((x / y).to_bits(), (p / q).to_bits(), "{x:?} / {y:?}");
        assert_eq!(x.sqrt().to_bits(), p.sqrt().to_bits(), "sqrt {x:?}");
        assert_eq!(x.to_f64().to_bits(), f64::from(p).to_bits(), "to_f64 {x:?}");
    }};
}

#[test]
fn eight_bits_all_pairs() {
    for pair in 0..=u16::MAX {
        agree!(Ours8, P8E0, u8, pair >> 8, pair);
    }
}

#[test]
fn sixteen_and_thirty_two_bits_directed_pairs() {
    let mut g = Generator::new(7);
    for _ in 0..200_000 {
        let a = g.pattern(16, 1);
        agree!(Ours16, P16E1, u16, a, g.addend(16, 1, a));
        agree!(Ours16, P16E1, u16, a, g.divisor(16, 1, a));
        let a = g.pattern(32, 2);
        agree!(P32, P32E2, u32, a, g.addend(32, 2, a));
        agree!(P32, P32E2, u32, a, g.factor(32, 2, a));
    }
}

/// The peer's fused multiply-add is known to lose a sticky bit; the test prints how often.
#[test]
fn fused_multiply_add_and_the_oracle_where_they_differ() {
    let (mut g, mut differ) = (Generator::new(9), 0);
    let count = 200_000;
    for _ in 0..count {
        let (a, b) = (g.pattern(32, 2), g.pattern(32, 2));
        let c = g.third(32, 2, a, b);
        let [x, y, z] = [a, b, c].map(|p| P32::from_bits(p as u32));
        let [p, q, r] = [a, b, c].map(|p| P32E2::from_bits(p as u32));
        let ours = x.mul_add(y, z).to_bits();
        if ours != p.mul_add(q, r).to_bits() {
            differ += 1;
            assert_eq!(u64::from(ours), oracle::ops::fma(32, 2, a, b, c), "{x:?} * {y:?} + {z:?}");
        }
    }
    println!("softposit's 32-bit fused multiply-add differs on {differ} of {count} directed triples");
}
