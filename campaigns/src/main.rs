//! Campaigns: the functions of `posit` against MPFR. Usage in `scripts/campaign-functions`.

mod border;
mod formats;
mod reference;

use formats::One;
use std::time::Instant;

/// All inputs of all functions of one argument.
fn exhaustive(n: u32, es: u32, functions: &[One], only: Option<&str>) {
    for &(name, ours, theirs) in functions {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let start = Instant::now();
        let mut wrong = 0u64;
        for x in 0..1u64 << n {
            let result = ours(x);
            let argument = reference::number(n, es, x);
            let (right, v) = reference::verdict(n, es, result, 96, &mut reference::unary(theirs, &argument));
            if !right {
                wrong += 1;
                if wrong <= 3 {
                    eprintln!("{name} <{n},{es}> {x:#x}: {result:#x}, MPFR {v:.20}");
                }
            }
        }
        println!("{name} | <{n},{es}> | {} | {wrong} | {:.1}", 1u64 << n, start.elapsed().as_secs_f64());
    }
}

macro_rules! formats {
    ($n:expr, $es:expr, $f:ident: $($N:literal)*) => {
        match ($n, $es) {
            $(($N, 0) => formats::$f::<$N, 0>(), ($N, 1) => formats::$f::<$N, 1>(), ($N, 2) => formats::$f::<$N, 2>(),
              ($N, 3) => formats::$f::<$N, 3>(), ($N, 4) => formats::$f::<$N, 4>(),)*
            _ => panic!("no such format"),
        }
    };
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |i: usize| arguments.get(i).and_then(|s| s.parse::<u32>().ok());
    match arguments.get(1).map(String::as_str) {
        Some("unary") => {
            let (from, to) = (number(2).expect("N from"), number(3).expect("N to"));
            for n in from..=to {
                for es in 0..=4 {
                    let functions = formats!(n, es, unary: 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
                    exhaustive(n, es, &functions, arguments.get(4).map(String::as_str));
                }
            }
        }
        _ => eprintln!("campaigns unary FROM TO [FUNCTION]"),
    }
}
