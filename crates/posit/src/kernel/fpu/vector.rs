//! Multiplication, clause 5.4, without branches and tables, in 32-bit lanes as far as it goes: a loop of it
//! becomes vector code where zeros are counted in vectors.

/// All ones below zero; the regime; `e` and the fraction at the top of the word.
#[inline(always)]
const fn split<const N: u32>(pattern: u32) -> (u32, i32, u32) {
    let aligned = pattern << (32 - N);
    let sign = (aligned as i32 >> 31) as u32;
    let body = (aligned ^ sign).wrapping_sub(sign) << 1;
    // The run less one.
    let run = (body ^ (body << 1) | 1).leading_zeros();
    let zeros = !(body as i32 >> 31);
    (sign, run as i32 ^ zeros, (body << 2) << run)
}

/// What takes the place of a product of zero or NaR.
#[inline(always)]
const fn special<const N: u32>(a: u32, b: u32, product: u32) -> u32 {
    let nar = 1 << (N - 1);
    let product = if (a == 0) | (b == 0) { 0 } else { product };
    if (a == nar) | (b == nar) { nar } else { product }
}

/// The magnitude as `f32`, exactly.
#[inline(always)]
const fn magnitude<const N: u32, const ES: u32>(pattern: u32) -> f32 {
    let (_, regime, rest) = split::<N>(pattern);
    let exponent = ((regime << (23 + ES)) as u32).wrapping_add(127 << 23);
    f32::from_bits(exponent.wrapping_add(rest >> (9 - ES)))
}

/// `a * b`; NaR if either is. `N <= 16`, with products exact in `f32`.
#[inline(always)]
pub(in crate::kernel) const fn narrow<const N: u32, const ES: u32>(a: u32, b: u32) -> u32 {
    let sign = (((a ^ b) << (32 - N)) as i32 >> 31) as u32;
    let bits = (magnitude::<N, ES>(a) * magnitude::<N, ES>(b)).to_bits() as i32;
    // Saturated on the integers, whose order is that of the floats.
    let range = ((N - 2) << ES) as i32;
    let (least, most) = ((127 - range) << 23, (127 + range) << 23);
    let bits = if bits < least { least } else { bits };
    let bits = if bits > most { most } else { bits };
    let l = bits - (127 << 23);
    let run = ((l >> (23 + ES)) ^ (l >> 31)) as u32;
    let tail = ((l as u32) << (7 - ES)) & (u32::MAX >> 2);
    let seed = tail | if l < 0 { 1 << 30 } else { 2 << 30 };
    // A product has 2 p - 1 bits of fraction. Where it could leave the word, what is below the guard for every
    // run is gathered in the bit below that.
    let p = if N > ES + 3 { N - ES - 2 } else { 1 };
    let seed = if ES + 2 * p + N > 33 {
        let low = u32::MAX >> N;
        (seed & !low) | ((tail & low != 0) as u32) << (31 - N)
    } else {
        seed
    };
    let string = (seed as i32 >> (run & 31)) as u32;
    let odd = (string >> (33 - N)) & 1;
    let rounded = (string + (u32::MAX >> N) + odd) >> (33 - N);
    special::<N>(a, b, (rounded ^ sign).wrapping_sub(sign) & (u32::MAX >> (32 - N)))
}

/// `a * b`; NaR if either is. `N <= 32` and `N > ES + 3`.
#[inline(always)]
pub(in crate::kernel) const fn wide<const N: u32, const ES: u32>(a: u32, b: u32) -> u32 {
    let ((sign_a, regime_a, rest_a), (sign_b, regime_b, rest_b)) = (split::<N>(a), split::<N>(b));
    // Fraction bits at most.
    let f = N - ES - 3;
    let significand_a = (rest_a << ES) >> (32 - f) | 1 << f;
    let significand_b = (rest_b << ES) >> (32 - f) | 1 << f;
    let product = significand_a as u64 * significand_b as u64;
    let carry = (product >> (2 * f + 1)) as u32;
    // The fraction at the top of the word, then 32 bits of it with all below as the lowest bit.
    let fraction = if carry != 0 { product << (63 - 2 * f) } else { (product << 1) << (63 - 2 * f) };
    let fraction = (fraction >> 32) as u32 | (fraction as u32 != 0) as u32;
    let e = if ES == 0 { 0 } else { (rest_a >> (32 - ES)) + (rest_b >> (32 - ES)) };
    let exponent = ((regime_a + regime_b) << ES) + (e + carry) as i32;
    // At the upper end nothing behind the regime is kept, at the lower one the fraction of ES = 0.
    let range = ((N - 2) << ES) as i32;
    let fraction = if ES == 0 && exponent < -range { 0 } else { fraction };
    let exponent = if exponent < -range { -range } else { exponent };
    let exponent = if exponent > range { range } else { exponent };
    let regime = exponent >> ES;
    let seed = if regime < 0 { 1 << 30 } else { 1 << 31 };
    let seed = seed | (exponent as u32 & ((1 << ES) - 1)) << (30 - ES) | fraction >> (2 + ES);
    let run = (regime ^ (regime >> 31)) as u32 & 31;
    let string = (seed as i32 >> run) as u32;
    // [33-N, 32) is kept, bit 32-N is the guard; below it, and what left the word, is sticky.
    let sticky = fraction << (30 - ES) | (seed << 1) << (31 - run) | (string << 1) << (N - 1);
    let kept = string >> (33 - N);
    let guard = (string >> (32 - N)) & 1;
    let rounded = kept + (guard & (kept | (sticky != 0) as u32));
    let sign = sign_a ^ sign_b;
    special::<N>(a, b, (rounded ^ sign).wrapping_sub(sign) & (u32::MAX >> (32 - N)))
}
