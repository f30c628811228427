//! The integer kernel at the width that fits `N`: correct on every machine, and what the faster ways are held
//! against.

use super::at_width;

macro_rules! operations {
    ($($name:ident($($x:ident),*);)*) => {$(
        #[inline]
        pub(crate) const fn $name<const N: u32, const ES: u32>($($x: u64),*) -> u64 {
            at_width!($name($($x),*))
        }
    )*};
}
operations! {
    add(a, b);
    mul(a, b);
    div(a, b);
    sqrt(a);
    fma(a, b, c);
}
