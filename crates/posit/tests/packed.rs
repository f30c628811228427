//! Packed posits against the bits of their codes, one by one.

use posit::{Packed, Posit, ShapeError, Storage};

fn bit(bytes: &[u8], at: usize) -> u64 {
    u64::from(bytes[at / 8] >> (at % 8)) & 1
}

fn at<const N: u32, const ES: u32, S: Storage>() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ u64::from(N);
    let x: Vec<Posit<N, ES, S>> = (0..300)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Posit::from_word(state.rotate_left(17))
        })
        .collect();
    for len in (0..70).chain([127, 128, 129, 192, 193, 300]) {
        let x = &x[..len];
        let needed = (len * N as usize).div_ceil(8);
        assert_eq!(Packed::<N, ES, S>::bytes(len), Some(needed));
        let mut bytes = vec![0xFF; needed + 3];
        Packed::pack(x, &mut bytes).unwrap();
        assert_eq!(bytes[needed..], [0xFF; 3]);
        for (i, x) in x.iter().enumerate() {
            let code: u64 = (0..N as usize).map(|k| bit(&bytes, i * N as usize + k) << k).sum();
            assert_eq!(x.to_word(), code);
        }
        for spare in [0, 3] {
            let packed = Packed::<N, ES, S>::new(&bytes[..needed + spare], len).unwrap();
            assert!(packed.iter().eq(x.iter().copied()) && packed.iter().len() == len);
            assert_eq!((packed.len(), packed.get(len), packed.is_empty()), (len, None, len == 0));
            let mut out = vec![Posit::ONE; len];
            packed.unpack(&mut out).unwrap();
            assert_eq!(out, x);
            let mut floats = vec![1f32; len];
            packed.to_f32(&mut floats).unwrap();
            assert!(floats.iter().zip(x).all(|(f, x)| f.to_bits() == x.to_f32().to_bits()));
        }
        if needed > 0 {
            assert!(Packed::<N, ES, S>::new(&bytes[..needed - 1], len).is_err());
            let mut short = vec![7; needed - 1];
            assert!(Packed::pack(x, &mut short).is_err() && short.iter().all(|x| *x == 7));
        }
    }
}

#[test]
fn codes_stand_where_the_layout_says() {
    at::<3, 0, u8>();
    at::<5, 0, u8>();
    at::<5, 2, u8>();
    at::<7, 1, u8>();
    at::<8, 2, u8>();
    at::<9, 1, u16>();
    at::<15, 2, u16>();
    at::<16, 1, u16>();
    at::<31, 2, u32>();
    at::<33, 2, u64>();
    at::<63, 3, u64>();
    at::<64, 2, u64>();
}

#[test]
fn the_example_of_the_layout() {
    let x = [5, 1, 7].map(Posit::<3, 0>::from_word);
    let mut bytes = [0; 2];
    Packed::pack(&x, &mut bytes).unwrap();
    assert_eq!(bytes, [0xCD, 0x01]);
}

#[test]
fn lengths_are_checked() {
    let packed = Packed::<5, 0>::new(&[0; 5], 8).unwrap();
    assert_eq!(packed.to_f32(&mut [0.0; 7]), Err(ShapeError::Length { left: 8, right: 7 }));
    assert_eq!(packed.unpack(&mut [Posit::ZERO; 9]), Err(ShapeError::Length { left: 8, right: 9 }));
    assert_eq!(Packed::<64, 2>::bytes(usize::MAX), None);
    assert!(Packed::<64, 2>::new(&[0; 16], usize::MAX).is_err());
}
