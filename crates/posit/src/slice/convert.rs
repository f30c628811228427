//! Slices of floats to slices of posits and back.

#[cfg(feature = "half")]
use half::{bf16, f16};

#[cfg(feature = "half")]
use super::lane::block::BLOCK;
use super::lane::block::{self, Block, each};
use super::lane::condition;
#[cfg(feature = "half")]
use super::lane::half::{self as halves, Bf16, F16};
use super::map::{Map1, map1};
use super::simd::Vectors;
use crate::{Posit, ShapeError, Storage};

/// The conversion between the types of the two blocks.
struct Convert;

macro_rules! convert {
    ($($float:ident: |$vectors:ident, $x:ident, $out:ident| $to:expr, $from:expr;)*) => {$(
        impl<const N: u32, const ES: u32, S: Storage> Map1<Posit<N, ES, S>, $float> for Convert {
            #[inline(always)]
            fn block(&self, $vectors: impl Vectors, $x: &Block<Posit<N, ES, S>>, $out: &mut Block<$float>) {
                $to
            }
        }
        impl<const N: u32, const ES: u32, S: Storage> Map1<$float, Posit<N, ES, S>> for Convert {
            #[inline(always)]
            fn block(&self, $vectors: impl Vectors, $x: &Block<$float>, $out: &mut Block<Posit<N, ES, S>>) {
                $from
            }
        }
    )*};
}

convert! {
    f32: |vectors, x, out| block::to_f32(vectors, x, out), block::from_f32(vectors, x, out);
    f64: |_vectors, x, out| if condition::f64_holds(N) {
        *out = block::to_f64(x);
    } else {
        each(x, out, Posit::to_f64);
    }, if condition::f64_holds(N) {
        block::from_f64(x, out);
    } else {
        each(x, out, Posit::from_f64);
    };
}

#[cfg(feature = "half")]
convert! {
    f16: |vectors, x, out| {
        let mut words = [0; BLOCK];
        halves::to_half::<F16, N, ES, S>(vectors, x, &mut words);
        each(&words, out, f16::from_bits);
    }, {
        let mut words = [0; BLOCK];
        each(x, &mut words, f16::to_bits);
        halves::from_half::<F16, N, ES, S>(vectors, &words, out);
    };
    bf16: |vectors, x, out| {
        let mut words = [0; BLOCK];
        halves::to_half::<Bf16, N, ES, S>(vectors, x, &mut words);
        each(&words, out, bf16::from_bits);
    }, {
        let mut words = [0; BLOCK];
        each(x, &mut words, bf16::to_bits);
        halves::from_half::<Bf16, N, ES, S>(vectors, &words, out);
    };
}

macro_rules! functions {
    ($($(#[$condition:meta])? $float:ident $to:ident $from:ident;)*) => {$(
        #[doc = concat!("[`Posit::", stringify!($to), "`] of every element.")]
        ///
        /// # Errors
        ///
        /// [`ShapeError::Length`] if the slices differ in length; `out` is left alone then.
        $(#[$condition])?
        pub fn $to<const N: u32, const ES: u32, S: Storage>(
            x: &[Posit<N, ES, S>],
            out: &mut [$float],
        ) -> Result<(), ShapeError> {
            map1(Convert, x, out)
        }

        #[doc = concat!("[`Posit::", stringify!($from), "`] of every element.")]
        ///
        /// # Errors
        ///
        /// [`ShapeError::Length`] if the slices differ in length; `out` is left alone then.
        $(#[$condition])?
        pub fn $from<const N: u32, const ES: u32, S: Storage>(
            x: &[$float],
            out: &mut [Posit<N, ES, S>],
        ) -> Result<(), ShapeError> {
            map1(Convert, x, out)
        }
    )*};
}
functions! {
    f32 to_f32 from_f32;
    f64 to_f64 from_f64;
    #[cfg(feature = "half")] f16 to_f16 from_f16;
    #[cfg(feature = "half")] bf16 to_bf16 from_bf16;
}
