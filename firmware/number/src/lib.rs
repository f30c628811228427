//! Operations of every kind at the four standard widths, as lines of bits that a device and a host must share.
#![no_std]

use core::fmt::{Result, Write};
use posit::{P8, P16, P32, P64, Quire};

/// Operands from a linear congruence (Knuth's MMIX constants): the same on every machine.
struct Operands(u64);

impl Operands {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The low bits of a congruence have short periods: fold the high half in.
        self.0 ^ (self.0 >> 32)
    }
}

macro_rules! lines {
    ($name:ident, $posit:ty, $bits:ty) => {
        fn $name(out: &mut impl Write, operands: &mut Operands) -> Result {
            let mut quire = Quire::<{ <$posit>::BITS }, { <$posit>::ES }>::ZERO;
            for _ in 0..8 {
                let mut next = || <$posit>::from_bits(operands.next() as $bits);
                let (a, b, c) = (next(), next(), next());
                quire.add_product(a, b);
                for x in [
                    a + b,
                    a - b,
                    a * b,
                    a / b,
                    a.mul_add(b, c),
                    a.sqrt(),
                    a.exp(),
                    b.abs().ln(),
                    c.sin(),
                    a.pow(b),
                    <$posit>::from_f32(a.to_f32()),
                    <$posit>::from_i32(b.to_i32()),
                    quire.to_posit(),
                ] {
                    write!(out, "{:x} ", x)?;
                }
                writeln!(out)?;
            }
            Ok(())
        }
    };
}

lines!(of_p8, P8, u8);
lines!(of_p16, P16, u16);
lines!(of_p32, P32, u32);
lines!(of_p64, P64, u64);

/// Writes all lines.
///
/// # Errors
/// Those of `out`.
pub fn write_lines(out: &mut impl Write) -> Result {
    let mut operands = Operands(2022);
    of_p8(out, &mut operands)?;
    of_p16(out, &mut operands)?;
    of_p32(out, &mut operands)?;
    of_p64(out, &mut operands)
}
