//! arbitrary: every pattern, NaR too.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::{Posit, Storage};

impl<'a, const N: u32, const ES: u32, S: Storage> Arbitrary<'a> for Posit<N, ES, S> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u64::arbitrary(u).map(Self::from_word)
    }

    fn size_hint(depth: usize) -> (usize, Option<usize>) {
        u64::size_hint(depth)
    }
}
