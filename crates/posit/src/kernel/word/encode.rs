//! Exponent and fraction to the nearest pattern, without a branch: the only place where arithmetic rounds.
//!
//! Standard, clause 4.1: the nearest pattern on the *bit string*, ties to the even pattern, saturating at
//! `±maxPos` and `±minPos`; a nonzero value becomes neither zero nor NaR. Two's complement of the string is
//! the string of the negated number, and evenness survives it, so one rule serves both signs.
//!
//! `Posit<8, 2>` of `57.5 = 2^5 * 1.796875`: `r = 1`, `e = 01`, fraction `.110011`. The string behind the
//! sign is `110 01 110011`; 7 bits fit: `1100111|0011`. The next bit is 0, so it stays `0b0_110_01_11`, 56.
//! For 60 the string is `110 01 111`, `1100111|1`: a tie, and the odd pattern moves up to `0b0_110_10_00`, 64.

use super::{Signed, WORD, Word, nar, neg};

/// Rounds `2^exponent * (fraction + t) / 2^(WORD-2)`, where `fraction` is `01.f` or `10.f` in the top bits,
/// and `0 < t < 1` if `sticky` and `t = 0` if not. `sign` is all ones for `10.f` and zero for `01.f`: the
/// caller knows it earlier than the fraction.
#[inline(always)]
pub(super) const fn encode_signed<const N: u32, const ES: u32>(
    sign: Signed,
    exponent: i32,
    fraction: Signed,
    sticky: bool,
) -> Word {
    let scale = exponent ^ sign as i32;
    let body = (fraction as Word) << 2;
    let tail = if ES == 0 { body } else { ((scale as Word) << (WORD - ES)) | (body >> ES) };
    // Bits that leave the tail, or that a shift could lose.
    let below = body & ((1 << (spare::<N>() + ES)) - 1) != 0;
    // N - 1 ones are never moved up, so that there is no carry into the sign.
    round::<N>(scale >> ES, tail, sticky | below) | (sign as Word & nar::<N>())
}

/// Low bits of a tail that count as sticky wherever the regime moves them: they are below the guard for every
/// shift, as bit `j` of the tail is bit `j - 2 - shift` of the string, and `N - 3 < WORD - N`. None if `N` is
/// more than half the word.
#[inline(always)]
pub(crate) const fn spare<const N: u32>() -> u32 {
    if 2 * N <= WORD { N } else { 0 }
}

/// The `N - 1` bits behind the sign of the string `regime e f`, where `e f` is the `tail`, at the top of the
/// word, rounded. `sticky` says that something nonzero follows; the low [`spare`] bits are of that.
#[inline(always)]
pub(crate) const fn round<const N: u32>(regime: i32, tail: Word, sticky: bool) -> Word {
    // All ones for r < 0.
    let zeros = regime >> 31;
    // `10 e f` for r >= 0 and `01 e f` below: one step of the run, its terminator, exponent, fraction.
    let seed = ((1 << (WORD - 1)) | (tail >> 2)) ^ (zeros as Signed as Word & (3 << (WORD - 2)));
    // An arithmetic shift lengthens the run: by r for ones, by -r - 1 for zeros. Of N - 2 steps all bits
    // that are kept are run, which is saturation: ones are followed by their terminator 0 and stay, zeros
    // by their terminator 1, which a sticky bit moves up to 1.
    let run = (regime ^ zeros) as u32;
    let saturates = run >= N - 2;
    let shift = if saturates { N - 2 } else { run };
    let string = (seed as Signed >> shift) as Word;
    // [WORD-N+1, WORD) is kept, bit WORD - N is the guard, everything below is sticky.
    if 2 * N <= WORD {
        let string = string | (sticky | saturates) as Word;
        let half = 1 << (WORD - N);
        (string + (half - 1) + ((string >> (WORD - N + 1)) & 1)) >> (WORD - N + 1)
    } else {
        let below = (tail << (WORD - 2)) | ((seed << 1) << (WORD - 1 - shift)) | ((string << 1) << (N - 1));
        let kept = string >> (WORD - N + 1);
        let guard = (string >> (WORD - N)) & 1;
        kept + (guard & (kept | ((below != 0) | sticky | saturates) as Word))
    }
}

/// Rounds `(-1)^negative * 2^exponent * (significand + t) / 2^(WORD-1)` to the nearest pattern, where
/// `significand` has its top bit set, and `0 < t < 1` if `sticky` and `t = 0` if not.
#[inline(always)]
pub(crate) const fn encode<const N: u32, const ES: u32>(
    negative: bool,
    exponent: i32,
    significand: Word,
    sticky: bool,
) -> Word {
    let low = significand & 1 != 0;
    let magnitude = encode_signed::<N, ES>(0, exponent, (significand >> 1) as Signed, sticky | low);
    if negative { neg::<N>(magnitude) } else { magnitude }
}
