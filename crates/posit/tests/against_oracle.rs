//! Every operation against exact arithmetic that shares no code with this crate.
//!
//! Exhaustive where the domain is small, directed inputs elsewhere: random patterns hardly ever come near a
//! border between two posits, and the borders are where rounding goes wrong. Each test prints how many cases
//! it compared; `cargo test -p posit --test against_oracle -- --nocapture` shows them.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use oracle::{Generator, decode::mask, ieee, nar, ops};
use posit::{Posit, Storage, Supported};

/// The operations of one format, on patterns in the low bits of a word.
#[derive(Clone, Copy)]
struct Format {
    n: u32,
    es: u32,
    add: fn(u64, u64) -> u64,
    sub: fn(u64, u64) -> u64,
    mul: fn(u64, u64) -> u64,
    div: fn(u64, u64) -> u64,
    from_f64: fn(f64) -> u64,
    to_f64: fn(u64) -> f64,
    from_f32: fn(f32) -> u64,
    to_f32: fn(u64) -> f32,
}

fn format<const N: u32, const ES: u32, S: Storage>() -> Format {
    fn of<const N: u32, const ES: u32, S: Storage>(bits: u64) -> Posit<N, ES, S> {
        Posit::from_word(bits)
    }
    Format {
        n: N,
        es: ES,
        add: |a, b| (of::<N, ES, S>(a) + of(b)).to_word(),
        sub: |a, b| (of::<N, ES, S>(a) - of(b)).to_word(),
        mul: |a, b| (of::<N, ES, S>(a) * of(b)).to_word(),
        div: |a, b| (of::<N, ES, S>(a) / of(b)).to_word(),
        from_f64: |x| Posit::<N, ES, S>::from_f64(x).to_word(),
        to_f64: |a| of::<N, ES, S>(a).to_f64(),
        from_f32: |x| Posit::<N, ES, S>::from_f32(x).to_word(),
        to_f32: |a| of::<N, ES, S>(a).to_f32(),
    }
}

macro_rules! formats {
    ($($n:literal)*) => { [$(formats!(@ $n 0 1 2 3 4)),*].concat() };
    (@ $n:literal $($es:literal)*) => {
        [$(format::<$n, $es, <posit::Format<$n, $es> as Supported>::Storage>()),*]
    };
}

/// All formats: N in 3..=64, ES in 0..=4.
fn all() -> Vec<Format> {
    formats!(3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38
        39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64)
}

/// Counts cases and mismatches of one format; says the first few of them.
struct Tally {
    format: Format,
    cases: u64,
    wrong: u64,
}

impl Tally {
    fn same(&mut self, what: &str, inputs: [u64; 2], got: u64, want: u64) {
        self.cases += 1;
        if got != want {
            self.wrong += 1;
            if self.wrong <= 3 {
                let Format { n, es, .. } = self.format;
                eprintln!(
                    "<{n},{es}> {what} {:#x} {:#x}: got {got:#x}, want {want:#x}",
                    inputs[0], inputs[1]
                );
            }
        }
    }

    fn arithmetic(&mut self, a: u64, b: u64) {
        let Format { n, es, .. } = self.format;
        let f = self.format;
        self.same("add", [a, b], (f.add)(a, b), ops::add(n, es, a, b));
        self.same("sub", [a, b], (f.sub)(a, b), ops::sub(n, es, a, b));
        self.same("mul", [a, b], (f.mul)(a, b), ops::mul(n, es, a, b));
        self.same("div", [a, b], (f.div)(a, b), ops::div(n, es, a, b));
    }

    fn of_f64(&mut self, x: f64) {
        let Format { n, es, .. } = self.format;
        self.same("from f64", [x.to_bits(), 0], (self.format.from_f64)(x), ieee::posit_of_f64(n, es, x));
    }

    fn of_f32(&mut self, x: f32) {
        let Format { n, es, .. } = self.format;
        let want = ieee::posit_of_f64(n, es, f64::from(x));
        self.same("from f32", [x.to_bits().into(), 0], (self.format.from_f32)(x), want);
    }

    fn as_floats(&mut self, a: u64) {
        let Format { n, es, .. } = self.format;
        let (got, want) = ((self.format.to_f64)(a), ieee::posit_to_f64(n, es, a));
        if !(got.is_nan() && want.is_nan()) {
            self.same("to f64", [a, 0], got.to_bits(), want.to_bits());
        }
        let (got, want) = ((self.format.to_f32)(a), ieee::posit_to_f32(n, es, a));
        if !(got.is_nan() && want.is_nan()) {
            self.same("to f32", [a, 0], got.to_bits().into(), want.to_bits().into());
        }
        assert_eq!((self.format.to_f64)(a).is_nan(), a == nar(n), "only NaR is NaN");
    }
}

/// Runs `work` on every item, on all cores, and asserts that nothing differed.
fn run<T: Sync>(name: &str, items: &[T], work: impl Fn(&T) -> Tally + Sync) {
    let (next, cases, wrong) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let tally = work(item);
                    cases.fetch_add(tally.cases, Ordering::Relaxed);
                    wrong.fetch_add(tally.wrong, Ordering::Relaxed);
                }
            });
        }
    });
    let (cases, wrong) = (cases.into_inner(), wrong.into_inner());
    println!("{name}: {cases} cases, {wrong} mismatches");
    assert!(cases > 0 && wrong == 0, "{name}: {wrong} of {cases} differ");
}

fn tally(format: Format) -> Tally {
    Tally { format, cases: 0, wrong: 0 }
}

fn up_to(n: u32) -> Vec<Format> {
    all().into_iter().filter(|f| f.n <= n).collect()
}

#[test]
fn every_pattern_decodes_and_encodes_back() {
    run("patterns, N <= 16", &up_to(16), |&format| {
        let mut t = tally(format);
        for bits in 0..=mask(format.n) {
            t.as_floats(bits);
            // A posit of 16 bits is an f64: there and back is the identity.
            t.same("round trip", [bits, 0], (format.from_f64)((format.to_f64)(bits)), bits);
        }
        t
    });
}

#[test]
fn patterns_of_wide_formats() {
    run("patterns, N > 16", &all()[70..], |&format| {
        let mut t = tally(format);
        let mut g = Generator::new(u64::from(format.n * 8 + format.es));
        for _ in 0..3000 {
            t.as_floats(g.pattern(format.n, format.es));
        }
        // Fractions of all ones carry into the exponent, where a wide format has more bits than a float.
        for shift in 0..format.n {
            t.as_floats(mask(format.n) >> shift);
            t.as_floats((mask(format.n) >> shift) & !1);
            t.as_floats((mask(format.n) >> shift).wrapping_neg() & mask(format.n));
        }
        t
    });
}

#[test]
fn all_pairs_up_to_8_bits() {
    run("add sub mul div, all pairs, N <= 8", &up_to(8), |&format| {
        let mut t = tally(format);
        for a in 0..=mask(format.n) {
            for b in 0..=mask(format.n) {
                t.arithmetic(a, b);
            }
        }
        t
    });
}

/// Directed pairs in batches: a quarter drawn freely, the rest so that a result falls next to a border.
fn pairs(name: &str, formats: &[Format], count: u64) {
    const BATCH: u64 = 2000;
    let batches: Vec<(Format, u64)> =
        formats.iter().flat_map(|&f| (0..count / BATCH).map(move |i| (f, i))).collect();
    run(name, &batches, |&(format, batch)| {
        let Format { n, es, .. } = format;
        let mut t = tally(format);
        let mut g = Generator::new(batch << 16 | u64::from(n << 8 | es));
        for i in 0..BATCH {
            let a = g.pattern(n, es);
            let b = match i % 4 {
                0 => g.pattern(n, es),
                1 => g.addend(n, es, a),
                2 => g.factor(n, es, a),
                _ => g.divisor(n, es, a),
            };
            t.arithmetic(a, b);
        }
        t
    });
}

fn pick(n: u32, es: u32) -> Vec<Format> {
    all().into_iter().filter(|f| f.n == n && f.es == es).collect()
}

#[test]
fn a_million_pairs_of_16_bits() {
    pairs("add sub mul div, 10^6 pairs, <16,1>", &pick(16, 1), 1_000_000);
    pairs("add sub mul div, 10^6 pairs, <16,2>", &pick(16, 2), 1_000_000);
}

#[test]
fn a_million_pairs_of_32_bits() {
    pairs("add sub mul div, 10^6 pairs, <32,2>", &pick(32, 2), 1_000_000);
}

#[test]
fn a_million_pairs_of_64_bits() {
    pairs("add sub mul div, 10^6 pairs, <64,2>", &pick(64, 2), 1_000_000);
}

#[test]
fn pairs_of_every_format() {
    pairs("add sub mul div, 4000 pairs each, N 9..=64", &all()[30..], 4_000);
}

#[test]
fn floats_on_and_beside_every_border() {
    run("from f64 and f32, all borders, N <= 12", &up_to(12), |&format| {
        let mut t = tally(format);
        // Between the patterns p and p + 1 lies the posit "p followed by a 1".
        for p in 0..=mask(format.n) {
            let Some(border) = oracle::dyadic(format.n + 1, format.es, 2 * p + 1) else { continue };
            let x = ieee::to_f64(border);
            assert_eq!(ieee::of_f64(x), Some(border), "a border is an f64");
            for x in [x.next_down(), x, x.next_up()] {
                t.of_f64(x);
            }
            let x = ieee::to_f32(border);
            for x in [x.next_down(), x, x.next_up()] {
                t.of_f32(x);
            }
        }
        t
    });
}

#[test]
fn floats_of_every_kind() {
    run("from f64 and f32, every format", &all(), |&format| {
        let mut t = tally(format);
        let mut g = Generator::new(u64::from(format.n << 8 | format.es));
        let special = [0.0, f64::INFINITY, f64::NAN, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1.0, 1e300, 1e-300];
        for x in special {
            for x in [x, -x] {
                t.of_f64(x);
                t.of_f32(x as f32);
            }
        }
        for _ in 0..1000 {
            t.of_f64(f64::from_bits(g.next_u64()));
            t.of_f32(f32::from_bits(g.next_u64() as u32));
            let near = ieee::to_f64(g.border(format.n, format.es));
            for x in [near.next_down(), near, near.next_up()] {
                t.of_f64(x);
                t.of_f32(x as f32);
            }
        }
        t
    });
}
