//! Forms of multiplication that only some builds use, and square roots, against the integer kernel.

use super::super::{integer, mask};
use super::{mul, sqrt, vector};

/// Every pair to 8 bits, then a lattice of patterns.
fn pairs(n: u32, mut check: impl FnMut(u64, u64)) {
    let step = if n <= 8 { 1 } else { mask(n) / 251 };
    for a in (0..=mask(n)).step_by(step as usize) {
        for b in (0..=mask(n)).step_by(step as usize) {
            // Not only with the low bits of the lattice.
            check(a, b);
            check(a.wrapping_neg() & mask(n), b ^ (step >> 1));
        }
    }
}

fn products<const N: u32, const ES: u32>() {
    pairs(N, |a, b| {
        let product = integer::mul::<N, ES>(a, b);
        if N <= 16 && matches!(super::product(N, ES), super::Lane::F32) {
            assert_eq!(
                u64::from(vector::narrow::<N, ES>(a as u32, b as u32)),
                product,
                "<{N}, {ES}> {a:x} {b:x}"
            );
        }
        if N > ES + 3 {
            assert_eq!(
                u64::from(vector::wide::<N, ES>(a as u32, b as u32)),
                product,
                "<{N}, {ES}> {a:x} {b:x}"
            );
        }
        if mul::fits::<N, ES>() {
            assert_eq!(mul::mul::<N, ES>(a, b), product, "<{N}, {ES}> {a:x} {b:x}");
        }
    });
}

/// A lattice of patterns, and those next to the squares of borders.
fn roots<const N: u32, const ES: u32>() {
    if !sqrt::roots(N, ES) {
        return;
    }
    let check = |a: u64| {
        let a = a & mask(N);
        assert_eq!(sqrt::sqrt::<N, ES>(a), integer::sqrt::<N, ES>(a), "<{N}, {ES}> {a:x}");
    };
    let step = (mask(N) / 2003).max(1);
    for a in (0..=mask(N)).step_by(step as usize) {
        check(a);
        // Below it and above it there are borders; squares of their sides are close to those of theirs.
        let next = (a + 1) & mask(N);
        for square in
            [integer::mul::<N, ES>(a, a), integer::mul::<N, ES>(a, next), integer::mul::<N, ES>(next, next)]
        {
            for a in [square.wrapping_sub(1), square, square + 1] {
                check(a);
            }
        }
    }
}

macro_rules! each_format {
    ($check:ident: $($n:literal)*) => {$(
        $check::<$n, 0>();
        $check::<$n, 1>();
        $check::<$n, 2>();
        $check::<$n, 3>();
        $check::<$n, 4>();
    )*};
}

#[test]
fn products_of_all_forms() {
    each_format!(products: 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
}

#[test]
fn roots_beside_borders() {
    each_format!(roots: 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
}
