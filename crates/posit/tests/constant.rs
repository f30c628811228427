//! Everything that stable Rust allows is `const fn`: the compiler computes these.

use posit::{P8, P16, P32, P64, Posit, Quire};

const THREE: P16 = P16::from_i32(3);
const ARITHMETIC: [P16; 8] = [
    THREE.add(P16::ONE),
    THREE.sub(P16::ONE),
    THREE.mul(THREE),
    P16::ONE.div(P16::from_f32(4.0)),
    THREE.rem(P16::from_f64(2.0)),
    P16::from_u8(16).sqrt(),
    P16::from_u8(16).rsqrt(),
    THREE.mul_add(THREE, P16::NEG_ONE),
];
const ROUNDED: [i32; 5] = {
    let x = P32::from_f64(-2.5);
    [x.floor().to_i32(), x.ceil().to_i32(), x.trunc().to_i32(), x.round().to_i32(), x.nearest_int().to_i32()]
};
const LESS: bool = P8::NAR.compare_less(P8::MIN) && P8::ZERO.max(P8::ONE).compare_equal(P8::ONE);
const SUM: P64 = {
    let mut q = Quire::<64, 2>::ZERO;
    let mut i = 0;
    while i < 1000 {
        q.add_product(P64::from_u64(i), P64::from_u64(i));
        i += 1;
    }
    q.to_posit()
};
const WIDENED: Posit<40, 1> = Posit::from_posit(P8::PI);
const FUNCTIONS: [P32; 3] = [P32::ONE.exp(), P32::NEG_ONE.acos(), P32::from_u8(8).log2()];

#[test]
fn computed_by_the_compiler() {
    assert_eq!(ARITHMETIC.map(P16::to_f64), [4.0, 2.0, 9.0, 0.25, 1.0, 4.0, 0.25, 8.0]);
    assert_eq!(ROUNDED, [-3, -2, -2, -3, -2]);
    const { assert!(LESS) };
    assert_eq!(SUM.to_f64(), 332_833_500.0);
    assert_eq!(WIDENED.to_f64(), 3.25);
    assert_eq!(FUNCTIONS, [P32::E, P32::PI, P32::from_u8(3)]);
}
