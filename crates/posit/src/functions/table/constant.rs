//! Single constants. Written by `scripts/function-tables`.

use super::{Constant, above};

/// `ln 2`.
#[rustfmt::skip]
pub(in crate::functions) static LN_2: Constant =
    above(-1, [0xB17217F7D1CF79AB, 0xC9E3B39803F2F6AF, 0x40F343267298B62D,
        0x8A0D175B8BAAFA2B, 0xE7B876206DEBAC98, 0x559552FB4AFA1B10]);

/// `ln 10`.
#[rustfmt::skip]
pub(in crate::functions) static LN_10: Constant =
    above(1, [0x935D8DDDAAA8AC16, 0xEA56D62B82D30A28, 0xE28FECF9DA5DF90E,
        0x83C61E8201F02D72, 0x962F02D7B1A8105C, 0xCC70CBC02C5F0D68]);

/// `1 / ln 2`.
#[rustfmt::skip]
pub(in crate::functions) static LOG2_E: Constant =
    above(0, [0xB8AA3B295C17F0BB, 0xBE87FED0691D3E88, 0xEB577AA8DD695A58,
        0x8B25166CD1A13247, 0xDE1C43F755176CD6, 0x24D92F75C16BE0B3]);

/// `1 / ln 10`.
#[rustfmt::skip]
pub(in crate::functions) static LOG10_E: Constant =
    above(-2, [0xDE5BD8A937287195, 0x355BAAAFAD33DC32, 0x3EE3460245C9A202,
        0x3A3F2D44F78EA53C, 0x75424EFA1402F3F2, 0x92235592C6464A15]);

/// `log10 2`.
#[rustfmt::skip]
pub(in crate::functions) static LOG10_2: Constant =
    above(-2, [0x9A209A84FBCFF798, 0x8F8959AC0B7C9178, 0x26AD30C543D1F349,
        0x8A5E6F26B7CC63CB, 0x286A2D81919FABD0, 0x9E5CBC733471BD12]);

/// `pi`.
#[rustfmt::skip]
pub(in crate::functions) static PI: Constant =
    above(1, [0xC90FDAA22168C234, 0xC4C6628B80DC1CD1, 0x29024E088A67CC74,
        0x020BBEA63B139B22, 0x514A08798E3404DD, 0xEF9519B3CD3A431B]);

/// `1 / pi`.
#[rustfmt::skip]
pub(in crate::functions) static ONE_OVER_PI: Constant =
    above(-2, [0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041,
        0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0, 0x06492EEA09D1921C]);
