//! Sign, exponent and significand to the nearest pattern: the only place where arithmetic rounds.
//!
//! Standard, clause 4.1: the nearest pattern on the *bit string*, ties to the even pattern, saturating at
//! `±maxPos` and `±minPos`; a nonzero value becomes neither zero nor NaR.
//!
//! `Posit<8, 2>` of `57.5 = 2^5 * 1.796875`: `r = 1`, `e = 01`, fraction `.110011`. The string behind the
//! sign is `110 01 110011`; 7 bits fit: `1100111|0011`. The next bit is 0, so it stays `0b0_110_01_11`, 56.
//! For 60 the string is `110 01 111`, `1100111|1`: a tie, and the odd pattern moves up to `0b0_110_10_00`, 64.

use super::{Signed, WORD, Word, neg};

/// Rounds `(-1)^negative * 2^exponent * (significand + t) / 2^(BITS-1)` to the nearest pattern, where
/// `significand` has its top bit set, and `0 < t < 1` if `sticky` and `t = 0` if not.
#[inline]
pub(crate) const fn encode<const N: u32, const ES: u32>(
    negative: bool,
    exponent: i32,
    significand: Word,
    sticky: bool,
) -> Word {
    let limit = ((N - 2) << ES) as i32;
    let magnitude = if exponent >= limit {
        (1 << (N - 1)) - 1
    } else if exponent < -limit {
        1
    } else {
        round::<N, ES>(exponent, significand, sticky)
    };
    if negative { neg::<N>(magnitude) } else { magnitude }
}

/// The nearest magnitude for `-(N-2) 2^ES <= exponent < (N-2) 2^ES`; at least 1, at most `2^(N-1) - 1`.
const fn round<const N: u32, const ES: u32>(exponent: i32, significand: Word, sticky: bool) -> Word {
    let regime = exponent >> ES;
    let e = (exponent & ((1 << ES) - 1)) as Word;
    // `10 e f` for r >= 0 and `01 e f` below: one step of the run, its terminator, exponent, fraction. The
    // low 1 + ES bits of the fraction leave at the bottom; they are below the guard bit, as the guard is
    // in bit WORD - N of a string whose first two bits are regime: that needs WORD - 1 - (1 + ES) bits of
    // fraction at most.
    let seed: Word = if regime >= 0 { 1 << (WORD - 1) } else { 1 << (WORD - 2) };
    let fraction = significand << 1;
    let string = seed | (e << (WORD - 2 - ES)) | (fraction >> (2 + ES));
    let mut lost = fraction << (WORD - 2 - ES);
    // An arithmetic shift lengthens the run: by r for ones, by -r - 1 for zeros; at most N - 3.
    let shift = if regime >= 0 { regime as u32 } else { (-regime - 1) as u32 };
    lost |= (string << 1) << (WORD - 1 - shift);
    let string = (string as Signed >> shift) as Word;
    // [WORD-N+1, WORD) is kept, bit WORD-N is the guard, everything below is sticky.
    let kept = string >> (WORD - N + 1);
    let guard = (string >> (WORD - N)) & 1;
    lost |= (string << 1) << (N - 1);
    let up = guard & (kept | (lost != 0) as Word | sticky as Word);
    // r <= N - 3 ends in its terminator 0, so a carry stops at maxPos; r >= -(N-2) has its one, so
    // `kept` is not zero.
    kept + up
}
