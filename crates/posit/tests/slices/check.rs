//! Checks of slices against the methods of one posit, bit for bit.

use core::fmt::Debug;
use std::sync::Mutex;

use posit::slice::{self, Backend};
use posit::{Posit, ShapeError, Storage};

/// Runs a check on every backend that the machine has; one test at a time, as the choice is global.
pub fn on_every_backend(check: impl Fn()) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock();
    for backend in [Backend::Portable, Backend::Neon, Backend::Avx2, Backend::Avx512] {
        if slice::force(Some(backend)) {
            check();
        } else {
            println!("skipped: the machine has no {backend:?}");
        }
    }
    assert!(slice::force(None));
}

/// xorshift64*, from a fixed seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

pub fn same<T: PartialEq + Debug>(
    out: &[T],
    what: &str,
    inputs: impl Fn(usize) -> String,
    expected: impl Fn(usize) -> T,
) {
    for (i, x) in out.iter().enumerate() {
        let e = expected(i);
        assert!(*x == e, "{what} of {}: {x:?}, not {e:?}", inputs(i));
    }
}

pub type Unary<T> = (&'static str, fn(&[T], &mut [T]) -> Result<(), ShapeError>, fn(T) -> T);
pub type Binary<T> = (&'static str, fn(&[T], &[T], &mut [T]) -> Result<(), ShapeError>, fn(T, T) -> T);
pub type P<const N: u32, const ES: u32, S> = Posit<N, ES, S>;

pub fn unary<const N: u32, const ES: u32, S: Storage>(x: &[P<N, ES, S>]) {
    let mut out = vec![P::<N, ES, S>::ONE; x.len()];
    let operations: [Unary<P<N, ES, S>>; 3] =
        [("neg", slice::neg, P::neg), ("abs", slice::abs, P::abs), ("sqrt", slice::sqrt, P::sqrt)];
    for (name, on_slices, on_one) in operations {
        on_slices(x, &mut out).unwrap();
        same(&out, name, |i| format!("{:?}", x[i]), |i| on_one(x[i]));
    }
    let (mut f, mut d) = (vec![0f32; x.len()], vec![0f64; x.len()]);
    slice::to_f32(x, &mut f).unwrap();
    slice::to_f64(x, &mut d).unwrap();
    for (i, x) in x.iter().enumerate() {
        assert!(f[i].to_bits() == x.to_f32().to_bits(), "f32 of {x:?}: {:e}, not {:e}", f[i], x.to_f32());
        assert!(d[i].to_bits() == x.to_f64().to_bits(), "f64 of {x:?}: {:e}, not {:e}", d[i], x.to_f64());
    }
    #[cfg(feature = "half")]
    {
        use half::{bf16, f16};
        let (mut h, mut b) = (vec![f16::ZERO; x.len()], vec![bf16::ZERO; x.len()]);
        slice::to_f16(x, &mut h).unwrap();
        slice::to_bf16(x, &mut b).unwrap();
        for (i, x) in x.iter().enumerate() {
            assert!(h[i].to_bits() == x.to_f16().to_bits(), "f16 of {x:?}: {:?}, not {:?}", h[i], x.to_f16());
            assert!(
                b[i].to_bits() == x.to_bf16().to_bits(),
                "bf16 of {x:?}: {:?}, not {:?}",
                b[i],
                x.to_bf16()
            );
        }
    }
}

pub fn floats<const N: u32, const ES: u32, S: Storage>(x: &[f64]) {
    let mut out = vec![P::<N, ES, S>::ONE; x.len()];
    slice::from_f64(x, &mut out).unwrap();
    same(&out, "from_f64", |i| format!("{:e}", x[i]), |i| P::from_f64(x[i]));
    let x: Vec<f32> = x.iter().map(|x| *x as f32).collect();
    slice::from_f32(&x, &mut out).unwrap();
    same(&out, "from_f32", |i| format!("{:e}", x[i]), |i| P::from_f32(x[i]));
}

pub fn binary<const N: u32, const ES: u32, S: Storage>(a: &[P<N, ES, S>], b: &[P<N, ES, S>]) {
    let mut out = vec![P::<N, ES, S>::ONE; a.len()];
    let operations: [Binary<P<N, ES, S>>; 6] = [
        ("add", slice::add, P::add),
        ("sub", slice::sub, P::sub),
        ("mul", slice::mul, P::mul),
        ("div", slice::div, P::div),
        ("min", slice::min, P::min),
        ("max", slice::max, P::max),
    ];
    for (name, on_slices, on_one) in operations {
        on_slices(a, b, &mut out).unwrap();
        same(&out, name, |i| format!("{:?} {:?}", a[i], b[i]), |i| on_one(a[i], b[i]));
    }
    let mut order = vec![core::cmp::Ordering::Equal; a.len()];
    slice::total_cmp(a, b, &mut order).unwrap();
    same(&order, "total_cmp", |i| format!("{:?} {:?}", a[i], b[i]), |i| a[i].total_cmp(b[i]));
    if let Some(factor) = b.first() {
        slice::scale(a, *factor, &mut out).unwrap();
        same(&out, "scale", |i| format!("{:?} {factor:?}", a[i]), |i| a[i].mul(*factor));
    }
}

pub fn ternary<const N: u32, const ES: u32, S: Storage>(
    a: &[P<N, ES, S>],
    b: &[P<N, ES, S>],
    c: &[P<N, ES, S>],
) {
    let mut out = vec![P::<N, ES, S>::ONE; a.len()];
    slice::mul_add(a, b, c, &mut out).unwrap();
    same(&out, "mul_add", |i| format!("{:?} {:?} {:?}", a[i], b[i], c[i]), |i| a[i].mul_add(b[i], c[i]));
}

pub fn all<const N: u32, const ES: u32, S: Storage>() -> Vec<P<N, ES, S>> {
    (0..1 << N).map(P::from_word).collect()
}

/// Every border between patterns, the floats beside it and beside the patterns, and the ends of the floats.
pub fn borders<const N: u32, const ES: u32>(patterns: impl Iterator<Item = u64>) -> Vec<f64> {
    let mut out = vec![
        0.0,
        -0.0,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        5e-324,
        1e-310,
        1e-40,
        f64::MAX,
    ];
    for pattern in patterns {
        // The pattern with a one appended, as a wider posit; and the pattern itself. For 64 bits there is no
        // wider one, and these are two others.
        for wide in [2 * pattern, 2 * pattern + 1] {
            let x = Posit::<64, ES, u64>::from_word(wide << 63u32.saturating_sub(N)).to_f64();
            let bits = x.to_bits();
            let single = (x as f32).to_bits();
            out.extend([x, -x, f64::from_bits(bits - 1), f64::from_bits(bits + 1)]);
            // Below the least f32 it is zero, and the float before that a NaN.
            out.extend([single.wrapping_sub(1), single + 1].map(|bits| f64::from(f32::from_bits(bits))));
        }
    }
    out
}

/// A check of formats: storage, then widths for an exponent width.
macro_rules! formats {
    ($f:ident: $($s:ty, $es:literal: $($n:literal)*;)*) => {$($(
        $f::<$n, $es, $s>();
    )*)*};
}
pub(crate) use formats;
