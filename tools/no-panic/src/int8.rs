//! `fixq`: construction and running of every operator.
#![allow(
    clippy::missing_const_for_fn,
    clippy::undocumented_unsafe_blocks,
    reason = "the caller gives slices by pointer and length"
)]

use core::slice::{from_raw_parts as s, from_raw_parts_mut as m};
use fixq::op::*;
use fixq::*;

macro_rules! run { ($($name:ident $t:ty;)*) => {$(#[unsafe(no_mangle)] pub unsafe extern "C" fn $name(o: &$t, a: *const i8, n: usize, b: *mut i8, k: usize) -> bool { unsafe { o.run(s(a, n), m(b, k)).is_ok() } })*} }
run! { c_fc FullyConnected<'static, &'static [i8], Double>; c_fc_s FullyConnected<'static, &'static [i8], Single>; c_fc_f FullyConnected<'static, &'static [i8], F32HalfEven>;
c_conv Conv2d<'static, &'static [i8], Double>; c_dw DepthwiseConv2d<'static, &'static [i8], Double>; c_tr TransposeConv2d<'static, &'static [i8], Double>;
c_avg AveragePool2d; c_max MaxPool2d; c_mean Mean<Double>; c_sum Sum<Double>; c_soft Softmax<Double>; c_table Table; c_pad Pad; c_transpose Transpose; c_prelu Prelu<'static, Double>; }
macro_rules! run2 { ($($name:ident $t:ty;)*) => {$(#[unsafe(no_mangle)] pub unsafe extern "C" fn $name(o: &$t, a: *const i8, n: usize, a2: *const i8, n2: usize, b: *mut i8, k: usize) -> bool { unsafe { o.run(s(a, n), s(a2, n2), m(b, k)).is_ok() } })*} }
run2! { c_add Add<Double>; c_sub Sub<Double>; c_mul Mul<Double>; c_xnn XnnAdd; c_bmm BatchMatMul<Double>; }
#[unsafe(no_mangle)]
pub unsafe extern "C" fn c_concat(o: &Concat, a: &[&[i8]], b: *mut i8, k: usize) -> bool {
    unsafe { o.run(a, m(b, k)).is_ok() }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn c_quant(p: &Params, a: *const f32, n: usize, b: *mut i8, k: usize) -> bool {
    unsafe { quantize::<HalfAwayFromZero, i8>(s(a, n), *p, m(b, k)).is_ok() }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn c_quante(p: &Params, a: *const f32, n: usize, b: *mut i8, k: usize) -> bool {
    unsafe { quantize::<HalfToEven, i8>(s(a, n), *p, m(b, k)).is_ok() }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn c_deq(p: &Params, a: *const i8, n: usize, b: *mut f32, k: usize) -> bool {
    unsafe { dequantize(s(a, n), *p, m(b, k)).is_ok() }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn c_minmax(p: &mut MinMax, a: *const f32, n: usize) -> bool {
    unsafe { p.update(s(a, n)).is_ok() }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_params(a: f32, b: f32, o: &mut Params) -> bool {
    match Range::new(a, b) {
        Ok(r) => {
            *o = Params::asymmetric::<HalfToEven>(r, Codes::INT8);
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_sym(a: f32, b: f32, o: &mut Params) -> bool {
    match Range::new(a, b) {
        Ok(r) => {
            *o = Params::symmetric(r, Codes::INT8_RESTRICTED);
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_mult(a: f64, n: u32, o: &mut Multiplier) -> bool {
    match Multiplier::from_real(a) {
        Ok(r) => {
            *o = r.divided_by(n);
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_hs(a: &Params, b: &Params, o: &mut Table) -> bool {
    match hard_swish(*a, *b, Width::F64) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_log(a: &Params, o: &mut Table) {
    *o = logistic::<Double>(*a);
}
#[unsafe(no_mangle)]
pub extern "C" fn c_tanh(a: &Params, o: &mut Table) {
    *o = tanh::<Double>(*a);
}
#[unsafe(no_mangle)]
pub extern "C" fn c_leaky(a: &Params, b: &Params, x: f32, o: &mut Table) -> bool {
    match leaky_relu::<Double>(*a, *b, x, Width::F32) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_xnew(s: &Binary, a: &Params, b: &Params, c: &Params, o: Output) -> bool {
    XnnAdd::new(*s, [*a, *b], true, *c, o).is_ok()
}
#[unsafe(no_mangle)]
pub extern "C" fn c_shape(d: &[usize], o: &mut Shape) -> bool {
    match Shape::new(d) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_win(d: &Window, i: &[usize; 2], o: &mut [usize; 2]) -> bool {
    match d.output(*i) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_axis(d: &[usize], a: usize, o: &mut Axis) -> bool {
    match Axis::new(d, a) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_axq(x: &Axis, a: &[f32], p: &[Params], o: &mut [i8]) -> bool {
    x.quantize::<HalfToEven>(a, p, o).is_ok()
}
#[unsafe(no_mangle)]
pub extern "C" fn c_axs(x: &Axis, a: &[f32], p: &mut [Params]) -> bool {
    x.symmetric(a, Codes::INT8, p).is_ok()
}
#[unsafe(no_mangle)]
pub extern "C" fn c_bin(a: &Shape, b: &Shape, o: &mut Binary) -> bool {
    match Binary::new(a, b) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_padn(a: &Shape, b: &[[usize; 2]], o: &mut Pad) -> bool {
    match Pad::new(*a, b, 0) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_trn(a: &Shape, b: &[usize], o: &mut Transpose) -> bool {
    match Transpose::new(*a, b) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_catn(a: &[Shape], b: usize, o: &mut Concat) -> bool {
    match Concat::new(a, b) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_convn(
    w: &'static [i8],
    i: &[usize; 4],
    win: &Window,
    g: usize,
    c: &Channels<'static, Double>,
    o: &mut Conv2d<'static, &'static [i8], Double>,
) -> bool {
    match Conv2d::new(w, *i, *win, g, 3, *c) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_dwn(
    w: &'static [i8],
    i: &[usize; 4],
    win: &Window,
    c: &Channels<'static, Double>,
    o: &mut DepthwiseConv2d<'static, &'static [i8], Double>,
) -> bool {
    match DepthwiseConv2d::new(w, *i, *win, 3, *c) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_trcn(
    w: &'static [i8],
    i: &[usize; 4],
    out: &[usize; 2],
    win: &Window,
    c: &Channels<'static, Double>,
    o: &mut TransposeConv2d<'static, &'static [i8], Double>,
) -> bool {
    match TransposeConv2d::new(w, *i, *out, *win, 3, *c) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_pooln(i: &[usize; 4], win: &Window, e: Output, o: &mut AveragePool2d) -> bool {
    match AveragePool2d::new(*i, *win, e) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_meann(
    i: &Shape,
    ax: &[usize],
    a: &Params,
    b: &Params,
    e: Output,
    o: &mut Mean<Double>,
) -> bool {
    match Mean::new(*i, ax, *a, *b, e) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn c_softn(i: &Shape, a: &Params, b: f32, o: &mut Softmax<Double>) -> bool {
    match Softmax::new(*i, *a, b) {
        Ok(r) => {
            *o = r;
            true
        }
        _ => false,
    }
}
