//! A pattern taken apart and put together in 32-bit lanes: no branch, no table, no leading-zero count.
//!
//! `Posit<8, 2>` pattern `0b0_110_01_11`, 56, at the top of the word: behind the sign stands the regime
//! `110`, a run of two ones, so `regime = 1`; `body` is what follows, `01 11 000..`, at the top again.

/// The fields of a magnitude.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// `r`, within `±(N-2)`.
    pub(super) regime: i32,
    /// `ES` exponent bits and the fraction at the top of the word; bits past the end are zero.
    pub(super) body: u32,
    /// Whether the pattern is zero or NaR. Then `body` is zero and `regime` means nothing.
    pub(super) special: bool,
}

/// Splits a pattern of at most 32 bits that is aligned to the top of the word, zeros below.
#[inline(always)]
pub(super) fn split(aligned: i32) -> Fields {
    // Zero and NaR are their own magnitudes and leave nothing behind the sign.
    let rest = (aligned.wrapping_abs() as u32) << 1;
    let ones = (rest as i32) >> 31;
    // As many leading zeros as the run is long: at least 1, and at most 31, because the lowest bit of
    // `rest` is zero, so it ends a run of ones, and a run of zeros ends in a one unless `rest` is zero.
    let zeros = rest ^ ones as u32;
    // The leading one without a one behind it: as a float it rounds, but never to the next power of two.
    // So the exponent field is that of bit 31 - run: 127 + 31 - run.
    let lead = (zeros & !(zeros >> 1)) as i32;
    let field = (lead as f32).to_bits() >> 23;
    // Run and terminator leave, run + 1 <= 32 bits; the shift is 159 if `rest` is zero.
    let body = rest.checked_shl(159 - field).unwrap_or(0);
    // -run = field - 158. A run of zeros is r = -run, one of ones r = run - 1 = !(-run).
    let regime = (field as i32 - 158) ^ ones;
    Fields { regime, body, special: rest == 0 }
}

/// The `N`-bit pattern nearest to `2^exponent * (1 + fraction / 2^32)`.
///
/// `|exponent| <= (N-2) 2^ES`, and `fraction` does not matter where the two are equal. The lowest bit of
/// `fraction` may stand for anything nonzero below it: `N <= 32` keeps at most 30 bits and the guard.
#[inline(always)]
pub(super) fn join<const N: u32, const ES: u32>(exponent: i32, fraction: u32) -> u32 {
    let regime = exponent >> ES;
    let e = exponent as u32 & ((1 << ES) - 1);
    // `10 e f` for r >= 0 and `01 e f` below: an arithmetic shift lengthens the run by r, or by -r - 1, at
    // most by N - 2.
    let seed = if regime < 0 { 1 << 30 } else { 1 << 31 };
    let string = seed | (e << (30 - ES)) | (fraction >> (2 + ES));
    let lost = fraction << (30 - ES);
    let shift = (regime ^ (regime >> 31)) as u32 & 31;
    // [33-N, 32) of the shifted string is kept, bit 32-N is the guard, all below is sticky.
    if N <= 16 {
        // What is below bit 32-N before the shift is below it afterwards. It is gathered in bit 31-N,
        // which at most N - 2 places lower is still in the word: 31 - N - (N - 2) = 33 - 2N >= 1.
        let below = (1 << (32 - N)) - 1;
        let sticky = ((string & below) | lost) != 0;
        let string = (string & !below) | (u32::from(sticky) << (31 - N));
        let shifted = ((string as i32) >> shift) as u32;
        // Half a unit less one, and one more if the kept part is odd. No carry leaves the word: the
        // largest string is N - 1 ones and a zero.
        let odd = (shifted >> (33 - N)) & 1;
        (shifted + below + odd) >> (33 - N)
    } else {
        let shifted = ((string as i32) >> shift) as u32;
        let lost = lost | ((string << 1) << (31 - shift)) | if N < 32 { shifted << (N % 32) } else { 0 };
        let kept = shifted >> (33 - N);
        let guard = (shifted >> (32 - N)) & 1;
        kept + (guard & (kept | u32::from(lost != 0)))
    }
}
