//! `{:?}` shows the format, the pattern and the value, `{:#?}` the fields of the pattern.

use core::fmt::{self, Debug, Formatter};

use crate::kernel;
use crate::{Posit, Storage};

/// A field of a pattern: so many bits, most significant first.
struct Field {
    bits: u64,
    width: u32,
}

impl Debug for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.width == 0 {
            return f.write_str("-");
        }
        write!(f, "{:01$b}", self.bits, self.width as usize)
    }
}

/// The fields of a pattern (clause 3), as they stand in it; bits that have no room are left out.
struct Fields {
    sign: Field,
    regime: Field,
    exponent: Field,
    fraction: Field,
}

impl Fields {
    fn of(pattern: u64, n: u32, es: u32) -> Self {
        let mut left = n;
        let mut take = |width: u32| {
            let width = width.min(left);
            left -= width;
            let bits = if width == 0 { 0 } else { (pattern >> left) & kernel::mask(width) };
            Field { bits, width }
        };
        let sign = take(1);
        // The run behind the sign, aligned to the top; it ends at its terminator or at the last bit.
        let body = pattern << (64 - n) << 1;
        let run = if body >> 63 != 0 { (!body).leading_zeros() } else { body.leading_zeros() };
        Self { sign, regime: take(run.saturating_add(1)), exponent: take(es), fraction: take(64) }
    }
}

/// `Posit<8, 2>(0x67 = 56)`, pattern and value; with `#`, the sign, regime, exponent and fraction bits of the pattern.
///
/// ```
/// # use posit::P8;
/// let x = P8::from_f64(56.0);
/// assert_eq!(format!("{x:?}"), "Posit<8, 2>(0x67 = 56)");
/// assert_eq!(
///     format!("{x:#?}"),
///     "Posit<8, 2> {\n    sign: 0,\n    regime: 110,\n    exponent: 01,\n    fraction: 11,\n}"
/// );
/// ```
impl<const N: u32, const ES: u32, S: Storage> Debug for Posit<N, ES, S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let pattern = self.to_word();
        write!(f, "Posit<{N}, {ES}>")?;
        if !f.alternate() {
            return write!(f, "({pattern:#01$x} = {0})", *self, N.div_ceil(4) as usize + 2);
        }
        let fields = Fields::of(pattern, N, ES);
        f.debug_struct("")
            .field("sign", &fields.sign)
            .field("regime", &fields.regime)
            .field("exponent", &fields.exponent)
            .field("fraction", &fields.fraction)
            .finish()
    }
}
