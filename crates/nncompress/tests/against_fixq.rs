//! Integer grids against `fixq`, which shares no code with them: the same factors, and the same codes but
//! where a quotient lies so close to a tie that `f32` and `f64` division fall on different sides.

use fixq::{Axis, Codes, HalfAwayFromZero, Params};
use nncompress::format::Format;
use nncompress::network::Tensor;
use nncompress::plan::Choice;
use nncompress::quantize::quantize;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn absmax_per_channel_is_what_fixq_computes(rows in 1usize..6, columns in 1usize..9, bits in 2u32..=8, seed in prop::collection::vec(-2f32..2.0, 54)) {
        let data = seed[..rows * columns].to_vec();
        let weights = Tensor { shape: vec![rows, columns], data: data.clone() };
        let ours = quantize(&weights, 0, &Choice::usual(Format::Int { bits }), &vec![true; data.len()]).unwrap();

        let axis = Axis::new(&[rows, columns], 0).unwrap();
        let codes = Codes::restricted(bits).unwrap();
        let mut params = vec![Params::unit(codes); rows];
        axis.symmetric(&data, codes, &mut params).unwrap();
        let mut theirs = vec![0i8; data.len()];
        axis.quantize::<HalfAwayFromZero>(&data, &params, &mut theirs).unwrap();

        for (row, params) in params.iter().enumerate() {
            prop_assert_eq!(ours.scales.factor(row), params.scale());
        }
        let table = ours.grid.decode_table();
        for (index, (code, other)) in ours.codes.iter().zip(&theirs).enumerate() {
            let quotient = f64::from(data[index]) / f64::from(params[index / columns].scale());
            let to_tie = ((quotient.abs() % 1.0) - 0.5).abs();
            let same = table[usize::from(*code)] == f32::from(*other);
            prop_assert!(same || to_tie < 1e-5, "{quotient}: {code} and {other}");
        }
    }
}
