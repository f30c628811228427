//! Square roots.

use super::{Ball, Bound};

impl<const L: usize> Ball<L> {
    /// `sqrt(|self|)`.
    ///
    /// A relative error `a <= 1/4` of the radicand makes at most `0.54 a` of the root, whose significand is at
    /// most `sqrt 2` times as large: no more units than the radicand has.
    pub(in crate::functions) const fn sqrt(self) -> Self {
        if self.is_zero() {
            return Self::ZERO;
        }
        if !self.bound.is_below(Self::BITS - 3) {
            return Self::lost();
        }
        // 2^exponent A / 2^63 with an even exponent has the root 2^(exponent / 2) sqrt(A 2^63) / 2^63.
        let radicand = (self.top() as u128) << (63 + (self.exponent & 1));
        let root = radicand.isqrt();
        let start = Self::of_top(false, self.exponent >> 1, root as u64);
        if L == 1 {
            let bound = self.bound.plus(Bound::units((root * root != radicand) as u64));
            return Self { bound, ..start };
        }
        // Heron's rule (s + x / s) / 2 turns a relative error d into d^2 / 2. The start is within 2^-62,
        // the next within 2^-125 for two limbs, the one after within 2^-247, as far as the limbs go. So the
        // rule itself adds less than a unit to the last step, and the bound of that step holds for any `s`.
        let x = self.abs();
        let steps = if L == 2 { 2 } else { 3 };
        let mut root = start;
        let mut i = 0;
        while i < steps {
            let point = root.point();
            root = point.add(x.div(point)).scale(-1).blur(1);
            i += 1;
        }
        root
    }
}
