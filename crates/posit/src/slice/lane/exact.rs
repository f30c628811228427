//! Error-free transformations: an operation of the lane, and what it lost, rounded to odd.
//!
//! All of this is exact by the lengths of the operands and needs no fused multiply-add, so it is the same on
//! every machine. An operand of an `Odd` lane has at most 30 significant bits.

macro_rules! transformations {
    ($name:ident, $float:ty, $bits:ty) => {
        /// At one width.
        pub(in crate::slice) mod $name {
            /// `x + error` rounded to odd: truncated towards zero, with the lowest bit set unless exact.
            /// `|error|` is less than the distance to the neighbours of `x`.
            #[inline(always)]
            pub(in crate::slice) fn odd(x: $float, error: $float) -> $float {
                // Written so that a NaN error, of a lane that is infinite or NaN, changes nothing.
                let inexact = ((error < 0.0) | (error > 0.0)) as $bits;
                let bits = x.to_bits();
                // An error that points to zero: the truncated number is the one below `x` in magnitude.
                let inward = ((bits ^ error.to_bits()) >> (<$bits>::BITS - 1)) & inexact;
                <$float>::from_bits(bits.wrapping_sub(inward) | inexact)
            }

            /// The rounded sum and its error (Knuth).
            #[inline(always)]
            pub(in crate::slice) fn two_sum(a: $float, b: $float) -> ($float, $float) {
                let sum = a + b;
                let from_b = sum - a;
                let from_a = sum - from_b;
                (sum, (a - from_a) + (b - from_b))
            }

            /// `a + b` rounded to odd.
            #[inline(always)]
            pub(in crate::slice) fn sum(a: $float, b: $float) -> $float {
                let (sum, error) = two_sum(a, b);
                odd(sum, error)
            }
        }
    };
}
transformations!(narrow, f32, u32);
transformations!(wide, f64, u64);

/// The leading `BITS` of 53 significant bits, towards zero.
#[inline(always)]
fn leading<const BITS: u32>(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & (u64::MAX << (53 - BITS)))
}

/// The rounded product and its error, of factors of at most 30 bits.
#[inline(always)]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    // 23 and at most 7 bits of `b`: both partial products are exact, 30 + 23 and 30 + 7 bits.
    let upper = leading::<23>(b);
    let (x, y) = (a * upper, a * (b - upper));
    let product = x + y;
    (product, y - (product - x))
}

/// `a * b` rounded to odd.
#[inline(always)]
pub(in crate::slice) fn product(a: f64, b: f64) -> f64 {
    let (product, error) = two_product(a, b);
    wide::odd(product, error)
}

/// `a / b` truncated or rounded to 46 bits, then to odd by the sign of the remainder.
#[inline(always)]
pub(in crate::slice) fn quotient(a: f64, b: f64) -> f64 {
    let quotient = leading::<46>(a / b);
    // Halves of 23 bits, whose products with `b` have 53. The first difference has at most 53 - 22 bits, as
    // the leading ones cancel, and the second is less than b 2^-45 of the quotient, a multiple of 2^-75.
    let upper = leading::<23>(quotient);
    let remainder = (a - upper * b) - (quotient - upper) * b;
    wide::odd(quotient, if b < 0.0 { -remainder } else { remainder })
}

/// `sqrt(x)` rounded to 52 bits, then to odd by the sign of the remainder.
#[cfg(feature = "std")]
#[inline(always)]
pub(in crate::slice) fn sqrt(x: f64) -> f64 {
    let root = leading::<52>(x.sqrt());
    // (u + l)^2 with halves of 26 bits: u^2, 2 u l and l^2 are exact, and after each subtraction the leading
    // bits have cancelled: what is left of 1 is less than 2^-24, 2^-50, 2^-50, in multiples of 2^-50, 2^-76,
    // 2^-102.
    let upper = leading::<26>(root);
    let lower = root - upper;
    wide::odd(root, ((x - upper * upper) - 2.0 * upper * lower) - lower * lower)
}

/// `a * b + c` rounded to odd (Boldo and Melquiond, figure 4, with the last rounding to odd, too).
#[inline(always)]
pub(in crate::slice) fn mul_add(a: f64, b: f64, c: f64) -> f64 {
    let (product, product_error) = two_product(a, b);
    let (low, low_error) = wide::two_sum(c, product_error);
    let (high, high_error) = wide::two_sum(product, low);
    wide::sum(high, wide::sum(low_error, high_error))
}
