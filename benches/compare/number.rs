//! Ours, the rivals and the hardware's `f32` behind one set of names, on plain patterns.

use benches::row::Word;

/// The operations that every row needs of every library. Conversions of patterns cost nothing.
pub trait Number: Copy {
    const LIBRARY: &'static str;
    type Word: Word;
    fn of(pattern: Self::Word) -> Self;
    fn word(self) -> Self::Word;
    fn add(self, rhs: Self) -> Self;
    fn mul(self, rhs: Self) -> Self;
    fn div(self, rhs: Self) -> Self;
    fn sqrt(self) -> Self;
    fn of_f32(x: f32) -> Self;
    fn f32(self) -> f32;
}

/// Fused multiply-add; fast-posit has none.
pub trait Fused: Number {
    fn mul_add(self, b: Self, c: Self) -> Self;
}

/// Products into a quire, and out of it.
pub trait Accumulate: Number {
    type Quire;
    fn zero() -> Self::Quire;
    fn add_product(q: &mut Self::Quire, a: Self, b: Self);
    fn read(q: &Self::Quire) -> Self;
}

macro_rules! number {
    ($t:ty, $library:literal, $word:ty; $pattern:ident => $of:expr; $x:ident => $to:expr; $f:ident => $of_f32:expr; $y:ident => $f32:expr; $z:ident => $sqrt:expr) => {
        impl Number for $t {
            const LIBRARY: &'static str = $library;
            type Word = $word;
            #[inline(always)]
            fn of($pattern: $word) -> Self {
                $of
            }
            #[inline(always)]
            fn word(self) -> $word {
                let $x = self;
                $to
            }
            #[inline(always)]
            fn add(self, rhs: Self) -> Self {
                self + rhs
            }
            #[inline(always)]
            fn mul(self, rhs: Self) -> Self {
                self * rhs
            }
            #[inline(always)]
            fn div(self, rhs: Self) -> Self {
                self / rhs
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                let $z = self;
                $sqrt
            }
            #[inline(always)]
            fn of_f32($f: f32) -> Self {
                $of_f32
            }
            #[inline(always)]
            fn f32(self) -> f32 {
                let $y = self;
                $f32
            }
        }
    };
}

macro_rules! ours {
    ($($t:ty, $word:ty, $n:literal;)*) => {$(
        number!($t, "posit", $word; p => <$t>::from_bits(p); x => x.to_bits(); f => <$t>::from_f32(f); y => y.to_f32(); z => <$t>::sqrt(z));
        impl Fused for $t {
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                <$t>::mul_add(self, b, c)
            }
        }
        impl Accumulate for $t {
            type Quire = posit::Quire<$n, 2>;
            fn zero() -> Self::Quire {
                posit::Quire::ZERO
            }
            #[inline(always)]
            fn add_product(q: &mut Self::Quire, a: Self, b: Self) {
                q.add_product(a, b);
            }
            #[inline(always)]
            fn read(q: &Self::Quire) -> Self {
                q.to_posit()
            }
        }
    )*};
}
ours! {
    posit::P8, u8, 8;
    posit::P16, u16, 16;
    posit::P32, u32, 32;
    posit::P64, u64, 64;
}

macro_rules! fast_posit {
    ($($t:ident, $word:ty, $signed:ty, $quire:ident;)*) => {$(
        number!(fast_posit::$t, "fast-posit", $word; p => Self::from_bits(p as $signed); x => x.to_bits() as $word;
            f => fast_posit::RoundFrom::round_from(f); y => fast_posit::RoundInto::round_into(y); z => fast_posit::$t::sqrt(z));
        impl Accumulate for fast_posit::$t {
            type Quire = fast_posit::$quire;
            fn zero() -> Self::Quire {
                fast_posit::$quire::ZERO
            }
            #[inline(always)]
            fn add_product(q: &mut Self::Quire, a: Self, b: Self) {
                q.add_prod(a, b);
            }
            #[inline(always)]
            fn read(q: &Self::Quire) -> Self {
                fast_posit::RoundInto::round_into(q)
            }
        }
    )*};
}
fast_posit! {
    p8, u8, i8, q8;
    p16, u16, i16, q16;
    p32, u32, i32, q32;
    p64, u64, i64, q64;
}

macro_rules! softposit {
    ($($t:ty, $library:literal, $word:ty;)*) => {$(
        number!($t, $library, $word; p => <$t>::from_bits(p); x => x.to_bits(); f => <$t>::from_f32(f); y => y.to_f32(); z => <$t>::sqrt(z));
        impl Fused for $t {
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                <$t>::mul_add(self, b, c)
            }
        }
    )*};
}
softposit! {
    // The only 16-bit posit of a Rust rival that has a fused multiply-add: one exponent bit, not two.
    softposit::P16E1, "softposit P16E1", u16;
    softposit::P32E2, "softposit", u32;
}

impl Accumulate for softposit::P32E2 {
    type Quire = softposit::Q32;
    fn zero() -> Self::Quire {
        softposit::Q32::init()
    }
    #[inline(always)]
    fn add_product(q: &mut Self::Quire, a: Self, b: Self) {
        q.add_product(a, b);
    }
    #[inline(always)]
    fn read(q: &Self::Quire) -> Self {
        q.to_posit()
    }
}

number!(f32, "f32", u32; p => Self::from_bits(p); x => x.to_bits(); f => f; y => y; z => Self::sqrt(z));

impl Fused for f32 {
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        // Without the instruction the library's function is called, which is no scale; round twice then.
        if cfg!(target_feature = "fma") { Self::mul_add(self, b, c) } else { self * b + c }
    }
}
