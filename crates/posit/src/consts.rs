//! The constants of `core::f64::consts`, each the nearest posit.
//!
//! All are irrational: the first 64 bits and a sticky bit decide the rounding in every format, which needs
//! at most 63. In `Posit<8, 2>`, `π = 2^1 * 1.1001001..` has the string `10 01 1001|001..`: 3.25 is
//! `0x4D`, 3 is `0x4C`, and the nearest is `0x4D`.

use crate::kernel::unpacked::encode;
use crate::{Posit, Storage};

macro_rules! constants {
    ($($name:ident $exponent:literal $significand:literal $doc:literal;)*) => {
        impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {$(
            #[doc = concat!($doc, ", rounded once.")]
            pub const $name: Self = Self::pattern(encode::<N, ES>(false, $exponent, $significand, true));
        )*}
    };
}
constants! {
    PI 1 0xC90F_DAA2_2168_C234 "π";
    TAU 2 0xC90F_DAA2_2168_C234 "2π, the full circle";
    E 1 0xADF8_5458_A2BB_4A9A "Euler's number e";
    FRAC_PI_2 0 0xC90F_DAA2_2168_C234 "π/2";
    FRAC_PI_3 0 0x860A_91C1_6B9B_2C23 "π/3";
    FRAC_PI_4 -1 0xC90F_DAA2_2168_C234 "π/4";
    FRAC_PI_6 -1 0x860A_91C1_6B9B_2C23 "π/6";
    FRAC_PI_8 -2 0xC90F_DAA2_2168_C234 "π/8";
    FRAC_1_PI -2 0xA2F9_836E_4E44_1529 "1/π";
    FRAC_2_PI -1 0xA2F9_836E_4E44_1529 "2/π";
    FRAC_2_SQRT_PI 0 0x906E_BA82_14DB_688D "2/sqrt(π)";
    SQRT_2 0 0xB504_F333_F9DE_6484 "sqrt(2)";
    FRAC_1_SQRT_2 -1 0xB504_F333_F9DE_6484 "1/sqrt(2)";
    LN_2 -1 0xB172_17F7_D1CF_79AB "ln(2)";
    LN_10 1 0x935D_8DDD_AAA8_AC16 "ln(10)";
    LOG2_E 0 0xB8AA_3B29_5C17_F0BB "log2(e)";
    LOG10_E -2 0xDE5B_D8A9_3728_7195 "log10(e)";
    LOG2_10 1 0xD49A_784B_CD1B_8AFE "log2(10)";
    LOG10_2 -2 0x9A20_9A84_FBCF_F798 "log10(2)";
}
