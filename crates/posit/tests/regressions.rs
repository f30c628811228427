//! Bugs that other posit libraries had, by class; patterns and correct values confirmed with exact
//! rationals. Text and integers have theirs in `text.rs` and `integers.rs`.

use posit::{P8, P8E0, P16, P16E1, P32, P64, Posit};

/// Fields split by the wrong width; opposite signs never returned.
#[test]
fn addition_below_32_bits() {
    for (a, b, sum) in [(0x01, 0x03, 0x03), (0x02, 0xFD, 0xFD)] {
        assert_eq!(P8::from_bits(a) + P8::from_bits(b), P8::from_bits(sum));
    }
    for (a, b, sum) in [(0x9097, 0x5FBD, 0x9115), (0xC51E, 0x22E2, 0xC67A)] {
        assert_eq!(P16::from_bits(a) + P16::from_bits(b), P16::from_bits(sum));
    }
}

/// Not rounded on the bit string next to minPos; a shift by -1 with one exponent bit left.
#[test]
fn addition_next_to_the_ends_of_posit32() {
    for (a, b, sum) in [
        (0x0000_0003, 0x0000_0001, 0x0000_0003),
        (0x0000_0001, 0xFFFF_FFFC, 0xFFFF_FFFC),
        (0xFFFF_FFFD, 0xFFFF_FFFE, 0xFFFF_FFFD),
    ] {
        assert_eq!(P32::from_bits(a) + P32::from_bits(b), P32::from_bits(sum));
    }
}

/// Sticky bits overwritten or lost in the fused operation.
#[test]
fn fused_multiply_add() {
    for (a, b, c, r) in [
        (0x4000_0000, 0xDD15_3FBB, 0x3384_FE64, 0x30CA_4E53),
        (0xCC88_5766, 0x2000_0000, 0xEE27_89C9, 0xE4CE_0E25),
        (0xD53E_D48C, 0x4000_0000, 0x4A9C_A742, 0x49F0_948B),
        (0x1EF2_A157, 0x1000_0000, 0x07E4_0DBB, 0x09A0_B611),
        (0x8000_0001, 0xD000_0000, 0x4818_046B, 0x7FFF_FFFF),
    ] {
        let [a, b, c] = [a, b, c].map(P32::from_bits);
        assert_eq!(a.mul_add(b, c), P32::from_bits(r), "{a:?} {b:?} {c:?}");
        assert_eq!(b.mul_add(a, c), P32::from_bits(r), "{a:?} {b:?} {c:?}");
    }
    for (a, b, c, r) in [
        (0x7680, 0x6128, 0x0001, 0x7B9D),
        (0x7980, 0x70B0, 0x0001, 0x7E81),
        (0x0710, 0x7FFA, 0x003C, 0x7FC9),
        (0x7FC8, 0xFA1B, 0xFFFC, 0x828D),
    ] {
        let [a, b, c] = [a, b, c].map(P16::from_bits);
        assert_eq!(a.mul_add(b, c), P16::from_bits(r), "{a:?} {b:?} {c:?}");
    }
}

/// An addend far below a tie, at odd widths. 64768 = 253 * 2^8, 3060 = 255 * 12, 65536000 = 125 * 2^19.
#[test]
fn fused_multiply_add_at_odd_widths() {
    fn two_to<const N: u32, S: posit::Storage>(e: i32) -> Posit<N, 2, S> {
        Posit::from_f64(2f64.powi(e))
    }
    let x = Posit::<14, 2>::from_f64(253.0).mul_add(two_to(8), two_to(-48));
    assert_eq!(x.to_bits(), 0x1EFF);
    let x = Posit::<15, 2>::from_f64(-255.0).mul_add(Posit::from_f64(12.0), -two_to(-52));
    assert_eq!(x.to_bits(), 0x4481);
    let x = P16::from_f64(-125.0).mul_add(two_to(19), -two_to(-50));
    assert_eq!(x.to_bits(), 0x80C1);
}

/// Low bits of the float not counted as sticky.
#[test]
fn floats_lose_no_sticky_bit() {
    assert_eq!(P16E1::from_f32(f32::from_bits(0x4D00_00D7)).to_bits(), 0x7FFF);
    for (x, bits) in
        [(0xBECD_0000_0000_0001, 0xFFE1), (0x3E92_0000_0000_0001, 0x0009), (0x3EC1_0000_0000_0001, 0x0019)]
    {
        assert_eq!(P16E1::from_f64(f64::from_bits(x)).to_bits(), bits);
    }
    for (x, bits) in [
        (0x398A_0000_0000_0001, 0x0000_0017),
        (0x4750_0000_0000_0001, 0x7FFF_FFFF),
        (0x433F_FFA0_0000_0001, 0x7FFE_3FFF),
    ] {
        assert_eq!(P32::from_f64(f64::from_bits(x)).to_bits(), bits);
    }
}

/// A carry out of the fraction halved the result.
#[test]
fn posit64_to_f64_carries() {
    for (bits, x) in
        [(0x57FF_FFFF_FFFF_FFFE, 8.0), (0x47FF_FFFF_FFFF_FFFF, 2.0), (0x7F5F_FFFF_FFFF_FFFF, 134_217_728.0)]
    {
        assert_eq!(P64::from_bits(bits).to_f64(), x);
    }
    assert_eq!(Posit::<64, 3>::from_bits(0xEE00_0000_0000_0002).to_f64(), -(2f64.powi(-15)));
}

/// A panic below the range of the float.
#[test]
fn wide_formats_below_and_above_f32() {
    assert_eq!(Posit::<64, 4>::MIN_POSITIVE.to_f64(), 2f64.powi(-992));
    assert_eq!(Posit::<64, 4>::MIN_POSITIVE.to_f32().to_bits(), 0);
    assert_eq!((-Posit::<64, 4>::MIN_POSITIVE).to_f32().to_bits(), 0x8000_0000);
    assert_eq!(P64::MAX.to_f32(), f32::INFINITY);
    assert_eq!(P64::from_f64(2f64.powi(-140)).to_f32(), 2f32.powi(-140));
    assert_eq!(P64::from_f64(2f64.powi(-150)).to_f32(), 0.0);
    assert_eq!(P64::from_f64(1.5 * 2f64.powi(-150)).to_f32().to_bits(), 1);
}

/// 10 / 2 was 4.
#[test]
fn division() {
    for (a, q) in [(0x5A00_0000, 0x5200_0000), (0x7DF4_2400, 0x7D74_2400), (0x8052_329B, 0x8062_329B)] {
        assert_eq!(P32::from_bits(a) / P32::from_bits(0x4800_0000), P32::from_bits(q));
        let wide = P64::from_bits(u64::from(a) << 32) / P64::from_bits(0x4800_0000 << 32);
        assert_eq!(wide, P64::from_bits(u64::from(q) << 32));
    }
}

/// One operation in `f64` or `f32`, rounded a second time.
#[test]
fn one_float_operation_rounds_twice() {
    let p = P32::from_bits;
    assert_eq!(p(0x4297_35A3) * p(0x440C_59F5), p(0x47F3_2A5B));
    assert_eq!(p(0x4134_F06B) * p(0x4364_3C43), p(0x451C_25AB));
    assert_eq!(p(0x4252_6A3F) / p(0x40C5_C7FD), p(0x4169_B3FF));
    assert_eq!(p(0x47FE_EDB8) / p(0x40C5_C7FD), p(0x4696_4C01));
    assert_eq!(p(0x1663_8A9A).sqrt(), p(0x264C_605B));
    for (x, root) in [(0x2FFF, 0x37FF), (0x3FFF, 0x3FFF), (0x4FFF, 0x47FF), (0x5FFF, 0x4FFF)] {
        assert_eq!(P16::from_bits(x).sqrt().to_bits(), root);
    }
    assert_eq!(P16E1::from_bits(0x2829) * P16E1::from_bits(0x2419), P16E1::from_bits(0x172D));
    assert_eq!(P16E1::from_bits(0x0A0B) / P16E1::from_bits(0x123F), P16E1::from_bits(0x22DF));
}

/// `ceil` of 0 and of -1; rounding lost the sign; NaR became infinite.
#[test]
fn rounding_to_an_integer() {
    assert_eq!(P8E0::ZERO.ceil(), P8E0::ZERO);
    assert_eq!(P32::ZERO.ceil(), P32::ZERO);
    assert_eq!(P32::NEG_ONE.ceil(), P32::NEG_ONE);
    assert_eq!(P8::from_bits(0x81).nearest_int(), P8::from_bits(0x81));
    assert_eq!(P8::NAR.nearest_int(), P8::NAR);
    assert!(P8::NAR.to_f64().is_nan());
}

/// The ends of the range, clauses 4.1 and 5.4.
#[test]
fn the_ends_saturate() {
    assert_eq!(P16::MIN_POSITIVE * P16::MIN_POSITIVE, P16::MIN_POSITIVE);
    assert_eq!(P16::MAX + P16::MAX, P16::MAX);
    assert_eq!(P8::from_f64(1e9), P8::MAX);
    assert_eq!(P8::from_f64(2f64.powi(22)).to_bits(), 0x7E);
    assert_eq!(P8::from_f64(2f64.powi(23)).to_bits(), 0x7F);
    assert_eq!(P8::MAX.next(), P8::NAR);
    assert_eq!(P8::NAR.next(), P8::MIN);
    assert_eq!(P8::MIN.prior(), P8::NAR);
    assert_eq!(P8::NAR.prior(), P8::MAX);
    assert_eq!(P8::ZERO / P8::ZERO, P8::NAR);
    assert_eq!(P8::ONE / P8::ZERO, P8::NAR);
}
