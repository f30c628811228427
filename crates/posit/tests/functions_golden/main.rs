//! The functions against results that MPFR has confirmed: hashes over all inputs of small formats, and the
//! hardest of many inputs of the 32-bit and 64-bit formats. `campaigns golden` writes the table.

mod table;

use posit::Posit;

type One = fn(u64) -> u64;

/// A function of one argument by name.
fn one<const N: u32, const ES: u32>(name: &str) -> One {
    macro_rules! pick {
        ($($f:ident)*) => {
            match name {
                $(stringify!($f) => |x| Posit::<N, ES, u64>::from_word(x).$f().to_word(),)*
                _ => panic!("{name}"),
            }
        };
    }
    pick! {
        exp exp_m1 exp2 exp2_m1 exp10 exp10_m1 ln ln_1p log2 log2_1p log10 log10_1p
        sin cos tan sin_pi cos_pi tan_pi asin acos atan asin_pi acos_pi atan_pi
        sinh cosh tanh asinh acosh atanh logistic
    }
}

/// A function of two posits by name.
fn two<const N: u32, const ES: u32>(name: &str) -> fn(u64, u64) -> u64 {
    macro_rules! pick {
        ($($f:ident)*) => {
            match name {
                $(stringify!($f) => |x, y| {
                    Posit::<N, ES, u64>::from_word(x).$f(Posit::from_word(y)).to_word()
                },)*
                _ => panic!("{name}"),
            }
        };
    }
    pick! { pow hypot atan2 atan2_pi }
}

/// A function of a posit and an integer by name.
fn integer<const N: u32, const ES: u32>(name: &str) -> fn(u64, i32) -> u64 {
    macro_rules! pick {
        ($($f:ident)*) => {
            match name {
                $(stringify!($f) => |x, n| Posit::<N, ES, u64>::from_word(x).$f(n).to_word(),)*
                _ => panic!("{name}"),
            }
        };
    }
    pick! { powi compound root_n }
}

macro_rules! formats {
    ($n:expr, $es:expr, $f:ident($name:expr): $($N:literal $ES:literal),*) => {
        match ($n, $es) {
            $(($N, $ES) => $f::<$N, $ES>($name),)*
            format => panic!("{format:?}"),
        }
    };
}

/// FNV-1a, 8 bytes a result.
fn hash(results: impl Iterator<Item = u64>) -> u64 {
    results
        .flat_map(u64::to_le_bytes)
        .fold(0xCBF2_9CE4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[test]
fn all_inputs_of_one_argument() {
    for &(name, n, es, expected) in table::ONE {
        let f = formats!(n, es, one(name): 8 0, 8 2, 10 3, 12 1, 16 1, 16 2);
        assert_eq!(hash((0..1 << n).map(f)), expected, "{name} of <{n}, {es}>");
    }
}

#[test]
fn all_inputs_of_two_arguments() {
    for &(name, n, es, expected) in table::TWO {
        let f = formats!(n, es, two(name): 5 4, 6 4, 8 0, 8 2);
        let results = (0..1 << n).flat_map(|x| (0..1 << n).map(move |y| f(x, y)));
        assert_eq!(hash(results), expected, "{name} of <{n}, {es}>");
    }
}

#[test]
fn all_inputs_with_an_integer() {
    for &(name, n, es, expected) in table::INTEGER {
        let f = formats!(n, es, integer(name): 5 4, 8 0, 8 2, 10 1);
        let results = (0..1 << n).flat_map(|x| (-40..=40).map(move |k| f(x, k)));
        assert_eq!(hash(results), expected, "{name} of <{n}, {es}>");
    }
}

#[test]
fn results_next_to_a_border() {
    for &(name, n, x, expected, nearness) in table::HARD {
        let f = formats!(n, 2, one(name): 32 2, 64 2);
        assert_eq!(f(x), expected, "{name} of {x:#x}, 2^-{nearness} from a border");
    }
}
