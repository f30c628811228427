//! rand: uniform numbers of `[0, 1)`, of a range, and its inclusive form.

use rand::distr::uniform::{Error, SampleBorrow, SampleUniform, UniformSampler};
use rand::distr::{Distribution, StandardUniform};
use rand::{Rng, RngExt};

use crate::kernel::unpacked::encode_wide;
use crate::{Posit, Storage};

/// Posits of `[1/2, 1)` are multiples of `2^-bits`: their sign and regime take three bits of the `N`.
const fn bits(n: u32, es: u32) -> u32 {
    (n - 2).saturating_sub(es)
}

/// Uniform over the multiples of `2^-k` in `[0, 1)`, where `2^-k` is the distance of the posits of
/// `[1/2, 1)`; never 1, as for floats. All these multiples are posits. In the few formats where exponent bits
/// are cut off in `[1/2, 1)`, a uniform real number rounded to the nearest posit below 1.
impl<const N: u32, const ES: u32, S: Storage> Distribution<Posit<N, ES, S>> for StandardUniform {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Posit<N, ES, S> {
        let bits = match const { bits(N, ES) } {
            0 => 64,
            bits => bits,
        };
        let word: u64 = rng.random();
        let multiple = u128::from(word >> (64 - bits));
        if multiple == 0 {
            return Posit::ZERO;
        }
        Posit::pattern(encode_wide::<N, ES>(false, -(bits as i32), multiple, false)).min(Posit::ONE.prior())
    }
}

/// Uniform in a range: `low + (high - low) u`, rounded once, within the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniformPosit<P> {
    low: P,
    scale: P,
    last: P,
}

impl<const N: u32, const ES: u32, S: Storage> SampleUniform for Posit<N, ES, S> {
    type Sampler = UniformPosit<Self>;
}

impl<const N: u32, const ES: u32, S: Storage> UniformSampler for UniformPosit<Posit<N, ES, S>> {
    type X = Posit<N, ES, S>;

    fn new<B1, B2>(low: B1, high: B2) -> Result<Self, Error>
    where
        B1: SampleBorrow<Self::X> + Sized,
        B2: SampleBorrow<Self::X> + Sized,
    {
        let (low, high) = (*low.borrow(), *high.borrow());
        // NaR stays in place, for its own error.
        let last = if high.is_nar() { high } else { high.prior() };
        if low == high && !low.is_nar() { Err(Error::EmptyRange) } else { Self::new_inclusive(low, last) }
    }

    fn new_inclusive<B1, B2>(low: B1, high: B2) -> Result<Self, Error>
    where
        B1: SampleBorrow<Self::X> + Sized,
        B2: SampleBorrow<Self::X> + Sized,
    {
        let (low, last) = (*low.borrow(), *high.borrow());
        if low.is_nar() || last.is_nar() {
            return Err(Error::NonFinite);
        }
        if low > last { Err(Error::EmptyRange) } else { Ok(Self { low, scale: last - low, last }) }
    }

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Self::X {
        let u: Self::X = rng.random();
        u.mul_add(self.scale, self.low).clamp(self.low, self.last)
    }
}
