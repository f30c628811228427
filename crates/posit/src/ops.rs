//! The operators of `core::ops`, for values and references; each calls the inherent `const fn`.

use core::iter::Product;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};

use crate::{Posit, Storage};

macro_rules! operator {
    ($($trait:ident $method:ident, $assign:ident $assign_method:ident;)*) => {$(
        impl<const N: u32, const ES: u32, S: Storage> $trait for Posit<N, ES, S> {
            type Output = Self;
            #[inline]
            fn $method(self, rhs: Self) -> Self {
                Self::$method(self, rhs)
            }
        }
        impl<const N: u32, const ES: u32, S: Storage> $trait<&Self> for Posit<N, ES, S> {
            type Output = Self;
            #[inline]
            fn $method(self, rhs: &Self) -> Self {
                Self::$method(self, *rhs)
            }
        }
        impl<const N: u32, const ES: u32, S: Storage> $trait<Posit<N, ES, S>> for &Posit<N, ES, S> {
            type Output = Posit<N, ES, S>;
            #[inline]
            fn $method(self, rhs: Posit<N, ES, S>) -> Posit<N, ES, S> {
                Posit::$method(*self, rhs)
            }
        }
        impl<const N: u32, const ES: u32, S: Storage> $trait for &Posit<N, ES, S> {
            type Output = Posit<N, ES, S>;
            #[inline]
            fn $method(self, rhs: Self) -> Posit<N, ES, S> {
                Posit::$method(*self, *rhs)
            }
        }
        impl<const N: u32, const ES: u32, S: Storage> $assign for Posit<N, ES, S> {
            #[inline]
            fn $assign_method(&mut self, rhs: Self) {
                *self = Self::$method(*self, rhs);
            }
        }
        impl<const N: u32, const ES: u32, S: Storage> $assign<&Self> for Posit<N, ES, S> {
            #[inline]
            fn $assign_method(&mut self, rhs: &Self) {
                *self = Self::$method(*self, *rhs);
            }
        }
    )*};
}
operator! {
    Add add, AddAssign add_assign;
    Sub sub, SubAssign sub_assign;
    Mul mul, MulAssign mul_assign;
    Div div, DivAssign div_assign;
    Rem rem, RemAssign rem_assign;
}

impl<const N: u32, const ES: u32, S: Storage> Neg for Posit<N, ES, S> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self::neg(self)
    }
}

impl<const N: u32, const ES: u32, S: Storage> Neg for &Posit<N, ES, S> {
    type Output = Posit<N, ES, S>;
    #[inline]
    fn neg(self) -> Posit<N, ES, S> {
        Posit::neg(*self)
    }
}

/// Multiplies from left to right and rounds each step.
impl<const N: u32, const ES: u32, S: Storage> Product for Posit<N, ES, S> {
    fn product<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ONE, Self::mul)
    }
}

impl<'a, const N: u32, const ES: u32, S: Storage> Product<&'a Self> for Posit<N, ES, S> {
    fn product<I: Iterator<Item = &'a Self>>(iter: I) -> Self {
        iter.copied().product()
    }
}
