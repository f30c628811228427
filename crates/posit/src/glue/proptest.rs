//! proptest: `any::<P16>()` gives every pattern, each length of the regime with equal weight.

use core::ops::Range;

use proptest::arbitrary::{Arbitrary, StrategyFor, any};
use proptest::strategy::{Map, Strategy};

use crate::{Posit, Storage};

/// A word, how far it is shifted down, and whether it is inverted then.
type Words = (StrategyFor<u64>, Range<u32>, StrategyFor<bool>);

/// All patterns, zero and NaR too; zeros and ones run from the sign on, so that small and large
/// magnitudes are as frequent as those near 1. Shrinks towards zero.
impl<const N: u32, const ES: u32, S: Storage> Arbitrary for Posit<N, ES, S> {
    type Parameters = ();
    type Strategy = Map<Words, fn((u64, u32, bool)) -> Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        (any::<u64>(), 64 - N..65, any::<bool>()).prop_map(|(word, shift, invert)| {
            let run = if shift < 64 { word >> shift } else { 0 };
            Self::from_word(if invert { !run } else { run })
        })
    }
}
