//! 8-bit arithmetic by tables against exact arithmetic: all pairs.

use oracle::ops;
use posit::{Posit, Storage};

fn all_pairs<const ES: u32>() {
    let of = Posit::<8, ES, u8>::from_word;
    for a in 0..256 {
        for b in 0..256 {
            assert_eq!((of(a) + of(b)).to_word(), ops::add(8, ES, a, b), "{a:#x} + {b:#x}, ES {ES}");
            assert_eq!((of(a) - of(b)).to_word(), ops::sub(8, ES, a, b), "{a:#x} - {b:#x}, ES {ES}");
            assert_eq!((of(a) * of(b)).to_word(), ops::mul(8, ES, a, b), "{a:#x} * {b:#x}, ES {ES}");
            assert_eq!((of(a) / of(b)).to_word(), ops::div(8, ES, a, b), "{a:#x} / {b:#x}, ES {ES}");
        }
    }
}

#[test]
fn every_exponent_width() {
    all_pairs::<0>();
    all_pairs::<1>();
    all_pairs::<2>();
    all_pairs::<3>();
    all_pairs::<4>();
}

/// Wider storage, other widths, and constants.
#[test]
fn what_shares_the_code() {
    fn three<const N: u32, S: Storage>() -> u64 {
        let one = Posit::<N, 2, S>::ONE;
        (one + one + one).to_word()
    }
    assert_eq!(three::<8, u8>(), 0x4C);
    assert_eq!(three::<8, u32>(), 0x4C);
    assert_eq!(three::<16, u16>(), 0x4C00);
    const THIRD: Posit<8, 0> = Posit::ONE.div(Posit::from_f64(3.0));
    assert_eq!(THIRD.to_f64(), 0.328125);
}
