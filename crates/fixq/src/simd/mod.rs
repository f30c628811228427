//! Instruction sets, and the inner loops that are written for them.
//!
//! *Every backend gives the same sums.* Products of two 8-bit codes need 16 bits and a sign, so the x86
//! instruction that adds two products of bytes in 16 bits (`vpmaddubsw`) saturates: 255 · 127 · 2 = 64770. It is
//! not used here. `vpmaddwd` multiplies 16-bit numbers and adds two products in 32 bits; `vpdpbusd` adds four
//! products of bytes in 32 bits. Both are exact.
//!
//! With the feature `std` the best backend is found at run time; without it, it is the best one that the
//! compiler was told to assume (`-C target-feature`).

/// A function whose loops the compiler vectorises once for each instruction set; the best one runs.
///
/// Results do not depend on it: neither fused multiply-adds nor reordered float sums are ever introduced.
macro_rules! vectorised {
    ($(#[$attribute:meta])* $visible:vis fn $name:ident $(<$($g:ident: $bound:path),+>)? ($($x:ident: $t:ty),* $(,)?)
        $(-> $out:ty)? $body:block) => {
        $(#[$attribute])*
        #[inline]
        $visible fn $name $(<$($g: $bound),+>)? ($($x: $t),*) $(-> $out)? {
            // Inlined into each of the others, so compiled for its features.
            #[inline(always)]
            fn body $(<$($g: $bound),+>)? ($($x: $t),*) $(-> $out)? $body

            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "calls a function that needs features")]
            {
                #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
                fn avx512 $(<$($g: $bound),+>)? ($($x: $t),*) $(-> $out)? { body $(::<$($g),+>)? ($($x),*) }

                #[target_feature(enable = "avx2")]
                fn avx2 $(<$($g: $bound),+>)? ($($x: $t),*) $(-> $out)? { body $(::<$($g),+>)? ($($x),*) }

                if $crate::Backend::Avx512Vnni.is_available() {
                    // SAFETY: this backend needs AVX2 and AVX-512 F, BW and VL, too.
                    return unsafe { avx512 $(::<$($g),+>)? ($($x),*) };
                }
                if $crate::Backend::Avx2.is_available() {
                    // SAFETY: AVX2 is all that is asked for.
                    return unsafe { avx2 $(::<$($g),+>)? ($($x),*) };
                }
            }
            body $(::<$($g),+>)? ($($x),*)
        }
    };
}
pub(crate) use vectorised;

/// Whether the CPU has a feature: asked at run time with `std`, at compile time without.
#[cfg(all(target_arch = "x86_64", feature = "std"))]
macro_rules! has {
    ($($name:tt)*) => { $(std::is_x86_feature_detected!($name))&&* };
}
#[cfg(all(target_arch = "x86_64", not(feature = "std")))]
macro_rules! has {
    ($($name:tt)*) => { $(cfg!(target_feature = $name))&&* };
}

use crate::{Code, Params, Round};

#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
#[allow(unsafe_code, reason = "intrinsics")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "intrinsics")]
mod x86;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
use neon as vectors;
#[cfg(target_arch = "x86_64")]
use x86 as vectors;

/// The names of the instructions that a product runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Plain Rust, which compilers vectorise.
    Portable,
    /// `vpmaddwd` on 256 bits: 16 multiply-adds an instruction.
    Avx2,
    /// `vpdpbusd` on 256 bits: 32 multiply-adds an instruction. AVX-VNNI has it, and so has AVX-512 VNNI with VL.
    AvxVnni,
    /// `vpdpbusd` on 512 bits: 64 multiply-adds an instruction.
    Avx512Vnni,
    /// `smlal` of aarch64: 4 multiply-adds an instruction.
    Neon,
}

/// A cache line of 16 words; a packed matrix is kept in these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Line(pub(crate) [i32; 16]);

impl Line {
    /// A line of zeros, to fill a buffer with.
    pub const ZERO: Self = Self([0; 16]);
}

/// Rows and columns of the largest tile.
pub(crate) const TILE: [usize; 2] = [12, 32];
/// The sums of a tile, of which a backend uses the first rows and columns.
pub(crate) type Tile = [[i32; TILE[1]]; TILE[0]];

/// The channel in lane `lane` of a line of pairs of taps: 256-bit instructions interleave halves of 128 bits.
pub(crate) const fn interleaved(lane: usize) -> usize {
    (lane & 3) | (lane & 4) << 1 | (lane & 8) >> 1
}

/// Pairs of taps on 16 channels: the 32 bytes of pixel `r` under a tap lie at `r · pixel` from the tap's offset; `right`
/// has a line of weights for each pair, its lanes [`interleaved`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taps<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) pixel: usize,
    pub(crate) pairs: &'a [[usize; 2]],
    pub(crate) right: &'a [Line],
}

/// What ends sums that are rounded as [`Double`](crate::Double) does: five lines for 16 channels, the biases, mantissas,
/// left and right shifts, and ones if the channels are [`plain`]; then steps are clamped to `low..=high` and the zero
/// point is added.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "read by intrinsics"))]
pub(crate) struct End<'a> {
    pub(crate) lines: &'a [Line],
    pub(crate) low: i32,
    pub(crate) high: i32,
    pub(crate) zero_point: i32,
}

/// Lines of an [`End`] for 16 channels.
pub(crate) const END: usize = 5;

/// Whether the end of a channel needs no shift to the left, one to the right, and twice the sum with its bias, of at
/// most `largest`, fits 31 bits.
pub(crate) fn plain([bias, _, left, right]: [i32; 4], largest: u64) -> bool {
    left == 0 && (1..=29).contains(&right) && largest.saturating_add(u64::from(bias.unsigned_abs())) < 1 << 30
}

/// Pixels of an image side by side, or rows of a matrix, and the packed columns that they meet.
///
/// The lanes of pixel `r` at step `k` of segment `s` are the four bytes at `r · pixel + s · segment + 4 k`: codes of a
/// window's row lie side by side, so nothing is copied. `right` has `steps` steps for each segment, and sums of a column
/// start from its lane of `start`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strip<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) pixel: usize,
    pub(crate) segment: usize,
    pub(crate) segments: usize,
    pub(crate) steps: usize,
    pub(crate) start: &'a [Line],
    pub(crate) right: &'a [Line],
}

#[cfg(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little")
))]
impl Strip<'_> {
    /// Whether all lanes of `rows` pixels and all columns exist.
    fn fits(&self, rows: usize, lines: usize) -> bool {
        let last = |count: usize, stride: usize| count.checked_sub(1).and_then(|n| n.checked_mul(stride));
        let start = last(rows, self.pixel).zip(last(self.segments, self.segment));
        let start = start.and_then(|(a, b)| a.checked_add(b));
        let end = self.steps.checked_mul(4).zip(start).and_then(|(a, b)| a.checked_add(b));
        let right = self.steps.checked_mul(self.segments).and_then(|n| n.checked_mul(lines));
        let columns = lines <= self.start.len() && right.is_some_and(|n| n <= self.right.len());
        columns && end.is_some_and(|end| end <= self.bytes.len())
    }
}

/// Asks for the cache lines of these words before they are written.
#[inline(always)]
pub(crate) fn prefetch(words: &[i32]) {
    #[cfg(target_arch = "x86_64")]
    x86::prefetch(words);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = words;
}

/// Codes of a byte, where the CPU has a loop of its own for them; see [`Params::quantize`]. The scale's reciprocal is a
/// normal number.
///
/// Whether it was done.
pub(crate) fn quantize<R: Round, T: Code>(reals: &[f32], params: Params<T>, codes: &mut [T]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if size_of::<T>() == 1 && Backend::Avx512Vnni.is_available() {
        // SAFETY: this backend needs AVX-512 F, BW, DQ and VL, and a code has one byte.
        #[allow(unsafe_code, reason = "calls a function that needs features")]
        unsafe {
            x86::quantize::<R, T>(reals, params, codes);
        }
        return true;
    }
    let _ = (reals, params, codes);
    false
}

/// An 8-bit code and what makes it a signed byte.
pub trait Byte: Copy + 'static {
    /// The bits to turn over: `u8` becomes `i8` minus 128 by its top bit.
    const FLIP: u8;
    /// The code, minus 128 if it is unsigned.
    fn signed(self) -> i8;
}

impl Byte for i8 {
    const FLIP: u8 = 0;
    #[inline]
    fn signed(self) -> i8 {
        self
    }
}

impl Byte for u8 {
    const FLIP: u8 = 0x80;
    #[inline]
    fn signed(self) -> i8 {
        (self ^ 0x80) as i8
    }
}

impl Backend {
    /// All of them, the slowest first.
    pub const ALL: [Self; 5] = [Self::Portable, Self::Neon, Self::Avx2, Self::AvxVnni, Self::Avx512Vnni];

    /// Whether this CPU can run it.
    #[must_use]
    #[inline]
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Portable => true,
            Self::Avx2 => has!("avx2"),
            // In either encoding.
            Self::AvxVnni => {
                let (vex, evex) = (has!("avxvnni"), has!("avx512f" "avx512vl" "avx512vnni"));
                has!("avx2") && (vex || evex)
            }
            Self::Avx512Vnni => has!("avx2" "avx512f" "avx512bw" "avx512dq" "avx512vl" "avx512vnni"),
            Self::Neon => false,
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let neon = cfg!(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"));
            self == Self::Portable || self == Self::Neon && neon
        }
    }

    /// The fastest that this CPU can run.
    #[must_use]
    #[inline]
    pub fn best() -> Self {
        let order = [Self::Avx512Vnni, Self::AvxVnni, Self::Avx2, Self::Neon];
        order.into_iter().find(|b| b.is_available()).unwrap_or(Self::Portable)
    }

    /// Rows of a tile.
    pub(crate) const fn rows(self) -> usize {
        match self {
            Self::Portable => 4,
            Self::Avx2 | Self::AvxVnni | Self::Neon => 6,
            Self::Avx512Vnni => 12,
        }
    }

    /// Cache lines of the right matrix that a step reads; a line has the lanes of 16 columns.
    pub(crate) const fn lines(self) -> usize {
        match self {
            Self::Portable | Self::Avx2 | Self::AvxVnni | Self::Neon => 1,
            Self::Avx512Vnni => 2,
        }
    }

    /// Codes in a 32-bit lane: two of 16 bits, or four bytes, unsigned on the left and signed on the right.
    pub(crate) const fn lane(self) -> usize {
        match self {
            Self::Portable | Self::Avx2 | Self::Neon => 2,
            Self::AvxVnni | Self::Avx512Vnni => 4,
        }
    }

    /// The sums of `rows` pixels with `lines · 16` packed columns; see [`Strip`].
    #[inline]
    pub(crate) fn strip(self, strip: &Strip<'_>, rows: usize, lines: usize, tile: &mut Tile) {
        #[cfg(any(
            target_arch = "x86_64",
            all(target_arch = "aarch64", target_feature = "neon", target_endian = "little")
        ))]
        if self != Self::Portable && self.is_available() {
            return vectors::strip(self, strip, rows, lines, tile);
        }
        portable::strip(strip, rows, lines, tile);
    }

    /// The sums of 16 channels of `rows` pixels; see [`Taps`].
    #[inline]
    pub(crate) fn taps(self, taps: &Taps<'_>, rows: usize, tile: &mut Tile) {
        #[cfg(any(
            target_arch = "x86_64",
            all(target_arch = "aarch64", target_feature = "neon", target_endian = "little")
        ))]
        if self != Self::Portable && self.is_available() {
            return vectors::taps(taps, rows, tile);
        }
        portable::taps(taps, rows, tile);
    }

    /// Whether [`finish`](Self::finish) does anything.
    pub(crate) fn finishes(self) -> bool {
        cfg!(target_arch = "x86_64") && self != Self::Portable
    }

    /// The codes of `rows` rows of sums: `count` of each, `stride` apart in `codes`.
    #[inline]
    pub(crate) fn finish(
        self,
        end: &End<'_>,
        tile: &Tile,
        rows: usize,
        [count, stride]: [usize; 2],
        codes: &mut [i8],
    ) {
        #[cfg(target_arch = "x86_64")]
        if self != Self::Portable && self.is_available() {
            x86::finish(self, end, tile, rows, [count, stride], codes);
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (end, tile, rows, count, stride, codes);
    }

    /// `sums[r] += Σ weights[start + r·stride + i] · (x[i] − zero_point)`, both sides as signed bytes.
    ///
    /// Weights beyond the end count as 0.
    #[inline]
    pub(crate) fn dots<W: Byte, X: Byte>(
        self,
        weights: &[W],
        [start, stride]: [usize; 2],
        x: &[X],
        zero_point: i32,
        sums: &mut [i32],
    ) {
        #[cfg(any(
            target_arch = "x86_64",
            all(target_arch = "aarch64", target_feature = "neon", target_endian = "little")
        ))]
        if self != Self::Portable && self.is_available() {
            let last = (sums.len().max(1) - 1).checked_mul(stride).and_then(|n| n.checked_add(start));
            if last.and_then(|n| n.checked_add(x.len())).is_some_and(|end| end <= weights.len()) {
                return vectors::dots(self, weights, [start, stride], x, zero_point, sums);
            }
        }
        portable::dots(weights, [start, stride], x, zero_point, sums);
    }
}
