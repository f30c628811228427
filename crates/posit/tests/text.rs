//! Decimal text: shortest printing that reads back, exact precision, reading of any length.

use oracle::Generator;
use posit::{P8, P8E0, P16, P16E1, P32, P64, ParsePositError, Posit, Storage};
use proptest::prelude::*;

/// Printing reads back, and no decimal with one digit less does.
fn shortest<const N: u32, const ES: u32, S: Storage>(x: Posit<N, ES, S>) {
    for text in [format!("{x}"), format!("{x:e}"), format!("{x:E}")] {
        assert_eq!(text.parse(), Ok(x), "{text}");
        if !x.is_nar() {
            assert_eq!(oracle::nearest_decimal(N, ES, &text), Some(x.to_word()), "{text}");
        }
    }
    if x.is_nar() || x.is_zero() {
        return;
    }
    let scientific = format!("{:e}", x.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap();
    let digits: String = digits.chars().filter(|c| *c != '.').collect();
    if digits.len() > 1 {
        // All candidates of one digit less, around the printed digits.
        let short: u64 = digits[..digits.len() - 1].parse().unwrap();
        let scale = exponent.parse::<i32>().unwrap() - digits.len() as i32 + 2;
        for candidate in short.saturating_sub(1)..=short + 2 {
            let text = format!("{candidate}e{scale}");
            assert_ne!(text.parse(), Ok(x.abs()), "{text} is shorter than {scientific}");
        }
    }
}

#[test]
fn every_pattern_up_to_10_bits_prints_the_shortest_text_that_reads_back() {
    fn at<const N: u32, const ES: u32, S: Storage>() {
        for p in 0..1 << N {
            shortest(Posit::<N, ES, S>::from_word(p));
        }
    }
    macro_rules! formats {
        ($($s:ty: $($n:literal)*;)*) => {$($(
            at::<$n, 0, $s>(); at::<$n, 1, $s>(); at::<$n, 2, $s>(); at::<$n, 3, $s>(); at::<$n, 4, $s>();
        )*)*};
    }
    formats! { u8: 3 4 5 6 7 8; u16: 9 10; }
}

#[test]
fn directed_patterns_of_wide_formats_print_and_read_back() {
    fn at<const N: u32, const ES: u32, S: Storage>(count: u32) {
        let mut generator = Generator::new(u64::from(64 * ES + N));
        for _ in 0..count {
            shortest(Posit::<N, ES, S>::from_word(generator.pattern(N, ES)));
        }
        for p in [1, 2, (1 << (N - 1)) - 1, (1 << (N - 1)) - 2, 1 << (N - 1), (1 << (N - 1)) + 1] {
            shortest(Posit::<N, ES, S>::from_word(p));
        }
    }
    at::<16, 1, u16>(1000);
    at::<16, 2, u16>(1000);
    at::<32, 2, u32>(1000);
    at::<64, 0, u64>(200);
    at::<64, 2, u64>(500);
    at::<64, 4, u64>(200);
    at::<63, 3, u64>(100);
}

#[test]
fn precision_is_exact_and_half_to_even_as_f64_prints() {
    // Every posit of 16 bits is an f64, whose formatting in `core` is exact.
    for p in 0..1 << 16 {
        let x = P16E1::from_word(p);
        if x.is_nar() {
            continue;
        }
        let y = x.to_f64();
        for precision in [0, 1, 3, 17, 40] {
            assert_eq!(format!("{x:.precision$}"), format!("{y:.precision$}"));
            assert_eq!(format!("{x:.precision$e}"), format!("{y:.precision$e}"));
        }
        if p % 64 == 0 {
            assert_eq!(
                format!("{x:+20.3}|{x:<20.1}|{x:*^20.2}|{x:020.4}"),
                format!("{y:+20.3}|{y:<20.1}|{y:*^20.2}|{y:020.4}")
            );
            assert_eq!(format!("{x:>25.3e}|{x:025.3E}"), format!("{y:>25.3e}|{y:025.3E}"));
        }
    }
}

#[test]
fn borders_written_out_in_full_and_a_trifle_beside_them() {
    fn at<const N: u32, const ES: u32, S: Storage>(count: u32) {
        let mut generator = Generator::new(u64::from(N + ES));
        let zero = oracle::Dyadic::new(0, 0).to_rational();
        for _ in 0..count {
            let border = generator.border(N, ES).to_rational();
            // Exact digits: the denominator is a power of two.
            let mut scaled = if border < zero { -border } else { border };
            let mut places = 0i64;
            while !scaled.is_integer() {
                scaled *= oracle::Dyadic::new(10, 0).to_rational();
                places += 1;
            }
            let digits = scaled.to_string();
            let below = (scaled - oracle::Dyadic::new(1, 0).to_rational()).to_string();
            for text in [
                format!("{digits}e-{places}"),
                format!("{digits}.{}1e-{places}", "0".repeat(2000)),
                format!("{below}.{}e-{places}", "9".repeat(2000)),
                format!("0.000{digits}e{}", 3 + digits.len() as i64 - places),
            ] {
                let Some(expected) = oracle::nearest_decimal(N, ES, &text) else { panic!("{text}") };
                assert_eq!(text.parse::<Posit<N, ES, S>>().unwrap().to_word(), expected, "{text}");
            }
        }
    }
    at::<8, 0, u8>(100);
    at::<8, 2, u8>(100);
    at::<16, 1, u16>(100);
    at::<32, 2, u32>(100);
    at::<64, 2, u64>(60);
}

#[test]
fn text_that_is_refused() {
    use ParsePositError::{Empty, NoDigits, NoExponent, Unexpected};
    for (text, error) in [
        ("", Empty),
        ("+", NoDigits),
        ("-.", NoDigits),
        ("1e", NoExponent),
        ("1e+", NoExponent),
        (" 1", Unexpected { offset: 0 }),
        ("1_0", Unexpected { offset: 1 }),
        ("--1", Unexpected { offset: 1 }),
        ("1.2.3", Unexpected { offset: 3 }),
        ("1e5.0", Unexpected { offset: 3 }),
        ("inf", Unexpected { offset: 0 }),
        ("nan", Unexpected { offset: 0 }),
        ("1e5é", Unexpected { offset: 3 }),
        ("0x10", Unexpected { offset: 1 }),
    ] {
        assert_eq!(text.parse::<P32>(), Err(error), "{text}");
    }
}

#[test]
fn unusual_text_that_is_read() {
    for (text, x) in
        [("1.", 1.0), (".5", 0.5), ("+2", 2.0), ("-0", 0.0), ("0e999999999999999999999", 0.0), ("007", 7.0)]
    {
        assert_eq!(text.parse(), Ok(P16::from_f64(x)), "{text}");
    }
    assert_eq!("1e99999999999999999999".parse(), Ok(P64::MAX));
    assert_eq!("-1e-99999999999999999999".parse(), Ok(P64::MIN_POSITIVE.neg()));
    assert_eq!("NaR".parse(), Ok(P8::NAR));
    assert_eq!(format!("{:>5}|{:<5}|{:.0}", P8::NAR, P8::NAR, P8::NAR), "  NaR|NaR  |NaR");
    assert_eq!(format!("{:05}|{:^6.1e}|{0:-^7}", P8::NAR, P8::NAR), "  NaR| NaR  |--NaR--");
    assert_eq!(P8::MAX.to_string(), "20000000");
    assert_eq!(P8::ZERO.to_string(), "0");
    assert_eq!(format!("{:e}", P8::ZERO), "0e0");
}

/// Class 13 of the peers' bugs: reading through `f64`.
#[test]
fn regression_text_through_f64() {
    assert_eq!("-0.8828125000000000000000000000000000000001".parse(), Ok(P8E0::from_bits(0xC7)));
    assert_eq!("92160.0000000000000001".parse(), Ok(P16E1::from_bits(0x7FC7)));
    assert_eq!("28.198364377021789550781250000001".parse(), Ok(P32::from_bits(0x630C_B201)));
}

proptest! {
    #[test]
    fn any_decimal_is_read_to_the_nearest(text in "[+-]?[0-9]{1,30}(\\.[0-9]{0,40})?(e[+-]?[0-9]{1,2})?") {
        macro_rules! check {
            ($($n:literal $es:literal;)*) => {$(
                let expected = oracle::nearest_decimal($n, $es, &text).unwrap();
                prop_assert_eq!(text.parse::<Posit<$n, $es>>().unwrap().to_word(), expected);
            )*};
        }
        check! { 6 0; 8 2; 16 1; 16 2; 32 2; 64 2; 64 4; }
    }
}
