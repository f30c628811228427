//! The shortest decimal that reads back to the same posit.
//!
//! A decimal reads back if it lies between the two borders of the pattern, or on one and the pattern is
//! even. For growing `k` the first `k` digits of the exact value are tried, and the same plus one unit: of
//! all decimals of `k` digits these are the nearest from below and above, so the first `k` for which one
//! of them reads back is the shortest. If both do, the nearer is taken, half to even.
//!
//! `Posit<8, 2>` 0x43 is 1.375 with borders 1.3125 and 1.4375: `1` is too low and `2` too high, `1.3` is
//! too low and `1.4` reads back.

use core::cmp::Ordering;

use super::decimal::Decimal;
use super::magnitude::Magnitude;

/// The digits to print. `maxPos` and `minPos` have one border only.
pub(super) fn shortest(x: Magnitude) -> Decimal {
    let exact = x.value();
    let low = x.below().map(Magnitude::border);
    let high = if x.is_max() { None } else { Some(x.border()) };
    let above = |d: &Decimal| match &low {
        None => !d.digits().is_empty(),
        Some(low) => match d.compare(low) {
            Ordering::Less => false,
            Ordering::Equal => x.is_even(),
            Ordering::Greater => true,
        },
    };
    let below = |d: &Decimal| match &high {
        None => true,
        Some(high) => match d.compare(high) {
            Ordering::Less => true,
            Ordering::Equal => x.is_even(),
            Ordering::Greater => false,
        },
    };
    let mut down = exact.clone();
    let mut up = exact.clone();
    for count in 1..exact.digits().len() {
        down.clone_from(&exact);
        down.truncate(count);
        up.clone_from(&exact);
        up.increment(count);
        match (above(&down), below(&up)) {
            (false, false) => {}
            (true, false) => return down,
            (false, true) => return up,
            (true, true) => {
                down.clone_from(&exact);
                down.round(count);
                return down;
            }
        }
    }
    exact
}
