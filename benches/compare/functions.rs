//! Elementary functions of P32.
//!
//! The one Rust rival that has them is softposit; its results are not correctly rounded, so it is shown with
//! the number of elements on which it is wrong.

use benches::data::{COUNT, TOTAL, patterns, weights};
use benches::row::{Bits, Reach, Row, Run, Suite};
use posit::P32;
use softposit::P32E2;

macro_rules! function {
    ($suite:ident, $f:ident, $title:literal, $reach:expr, $inputs:expr) => {
        for (kind, a) in $inputs {
            let name = concat!($title, " P32");
            if $suite.wants(name) {
                $suite.row(Row {
                    name: name.to_owned(),
                    inputs: kind,
                    elements: COUNT,
                    reach: if kind == "random" { $reach } else { Reach::Open },
                    // Held against MPFR by scripts/campaign-functions.
                    expected: a
                        .iter()
                        .take(COUNT)
                        .map(|x| P32::from_bits(*x).$f().to_bits().bits())
                        .collect(),
                    ours: Run::each1("posit", &a, |x| P32::from_bits(x).$f().to_bits()),
                    rivals: vec![Run::each1("softposit", &a, |x| P32E2::from_bits(x).$f().to_bits())],
                    scale: Some(Run::each1("f32", &a, |x| f32::from_bits(x).$f())),
                });
            }
        }
    };
}

/// All rows of this file.
pub fn rows(suite: &mut Suite) {
    let all = || patterns(6, 32, TOTAL).into_iter().map(P32::from_word);
    let normal = || weights(6, TOTAL).into_iter().map(P32::from_f64);
    let bits = |x: P32| x.to_bits();
    function!(
        suite,
        exp,
        "exp",
        Reach::Ratio(9.0),
        [("random", all().map(bits).collect::<Vec<u32>>()), ("weights", normal().map(bits).collect())]
    );
    // Logarithms of magnitudes.
    function!(
        suite,
        ln,
        "ln",
        Reach::Ratio(9.0),
        [
            ("random", all().map(|x| x.abs().to_bits()).collect::<Vec<u32>>()),
            ("weights", normal().map(|x| x.abs().to_bits()).collect())
        ]
    );
}
