//! One row: one operation of ours beside its rivals, checked, then timed batch by batch in turn.

use core::hint::black_box;
use core::time::Duration;
use std::time::Instant;

use crate::data::{ARRAYS, COUNT, TOTAL};
use crate::report::{Measured, Measurement};

/// A batch is about this long: many of them fit between two interruptions of the machine.
const BATCH: Duration = Duration::from_micros(200);
/// At least 40 batches; the least of them counts.
const BATCHES: usize = 60;

/// An input or a result that has a pattern.
pub trait Bits: Copy {
    /// The pattern in the low bits.
    fn bits(self) -> u64;
}

macro_rules! bits {
    ($($t:ty: $x:ident => $bits:expr;)*) => {$(
        impl Bits for $t {
            #[inline]
            fn bits(self) -> u64 {
                let $x = self;
                $bits
            }
        }
    )*};
}
bits! {
    u8: x => u64::from(x);
    u16: x => u64::from(x);
    u32: x => u64::from(x);
    u64: x => x;
    f32: x => u64::from(x.to_bits());
    f64: x => x.to_bits();
}

/// The integer that a pattern is kept in; a chain passes it on.
pub trait Word: Bits + Default + 'static {
    /// `self ^ (last & mask)`: `self` for a mask of zero, which the compiler does not know.
    fn after(self, last: Self, mask: Self) -> Self;
}

macro_rules! word {
    ($($t:ty)*) => {$(
        impl Word for $t {
            #[inline(always)]
            fn after(self, last: Self, mask: Self) -> Self {
                self ^ (last & mask)
            }
        }
    )*};
}
word!(u8 u16 u32 u64);

/// The arrays of a slice in turn; a slice that is shorter than an array is one itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn(usize);

impl Turn {
    /// Goes on to the next array.
    pub const fn advance(&mut self) {
        self.0 = (self.0 + 1) % ARRAYS;
    }

    /// The array whose turn it is.
    #[must_use]
    pub fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let start = if all.len() < TOTAL { 0 } else { self.0 * COUNT };
        black_box(&all[start..all.len().min(start + COUNT)])
    }
}

/// One implementation of the row's operation; a pass handles one array.
pub struct Run<'a> {
    library: &'static str,
    pass: Box<dyn FnMut() + 'a>,
    results: Vec<u64>,
}

impl core::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Run").field("library", &self.library).finish_non_exhaustive()
    }
}

impl<'a> Run<'a> {
    /// Anything: `pass` handles one array, `results` is what it computes of the first.
    pub fn new(library: &'static str, results: Vec<u64>, pass: impl FnMut() + 'a) -> Self {
        Self { library, pass: Box::new(pass), results }
    }

    /// Throughput of a function of one argument: independent elements.
    pub fn each1<A: Copy, O: Bits + 'a>(
        library: &'static str,
        a: &'a [A],
        f: impl Fn(A) -> O + Copy + 'a,
    ) -> Self {
        let mut turn = Turn::default();
        let mut out: Vec<O> = turn.of(a).iter().map(|a| f(*a)).collect();
        let results = out.iter().map(|x| x.bits()).collect();
        Self::new(library, results, move || {
            turn.advance();
            for (o, a) in out.iter_mut().zip(turn.of(a)) {
                *o = f(*a);
            }
            black_box(out.as_mut_slice());
        })
    }

    /// Throughput of a function of two arguments: independent elements.
    pub fn each2<A: Copy, O: Bits + 'a>(
        library: &'static str,
        a: &'a [A],
        b: &'a [A],
        f: impl Fn(A, A) -> O + Copy + 'a,
    ) -> Self {
        let mut turn = Turn::default();
        let mut out: Vec<O> = turn.of(a).iter().zip(b).map(|(a, b)| f(*a, *b)).collect();
        let results = out.iter().map(|x| x.bits()).collect();
        Self::new(library, results, move || {
            turn.advance();
            for ((o, a), b) in out.iter_mut().zip(turn.of(a)).zip(turn.of(b)) {
                *o = f(*a, *b);
            }
            black_box(out.as_mut_slice());
        })
    }

    /// Throughput of a function of three arguments: independent elements.
    pub fn each3<A: Copy, O: Bits + 'a>(
        library: &'static str,
        [a, b, c]: [&'a [A]; 3],
        f: impl Fn(A, A, A) -> O + Copy + 'a,
    ) -> Self {
        let mut turn = Turn::default();
        let mut out: Vec<O> = turn.of(a).iter().zip(b).zip(c).map(|((a, b), c)| f(*a, *b, *c)).collect();
        let results = out.iter().map(|x| x.bits()).collect();
        Self::new(library, results, move || {
            turn.advance();
            for (((o, a), b), c) in out.iter_mut().zip(turn.of(a)).zip(turn.of(b)).zip(turn.of(c)) {
                *o = f(*a, *b, *c);
            }
            black_box(out.as_mut_slice());
        })
    }

    /// Latency of a function of one argument: each input depends on the last result.
    pub fn chain1<W: Word>(library: &'static str, a: &'a [W], f: impl Fn(W) -> W + Copy + 'a) -> Self {
        let mut turn = Turn::default();
        let results = turn.of(a).iter().map(|a| f(*a).bits()).collect();
        Self::new(library, results, move || {
            turn.advance();
            let mask = black_box(W::default());
            black_box(turn.of(a).iter().fold(mask, |last, a| f(a.after(last, mask))));
        })
    }

    /// Latency of a function of two arguments: the first depends on the last result.
    pub fn chain2<W: Word>(
        library: &'static str,
        a: &'a [W],
        b: &'a [W],
        f: impl Fn(W, W) -> W + Copy + 'a,
    ) -> Self {
        let mut turn = Turn::default();
        let results = turn.of(a).iter().zip(b).map(|(a, b)| f(*a, *b).bits()).collect();
        Self::new(library, results, move || {
            turn.advance();
            let mask = black_box(W::default());
            let pairs = turn.of(a).iter().zip(turn.of(b));
            black_box(pairs.fold(mask, |last, (a, b)| f(a.after(last, mask), *b)));
        })
    }

    fn time(&mut self, times: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..times {
            (self.pass)();
        }
        start.elapsed()
    }
}

/// What a row should reach, as a ratio to the best rival of the same run or as a bound in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// Nothing is asked of it.
    Open,
    /// The best rival's time over ours, with the compiler's default target.
    Ratio(f64),
    /// The same, compiled for the machine at hand.
    RatioNative(f64),
    /// At most so many nanoseconds, with the compiler's default target.
    Nanoseconds(f64),
}

/// One operation on one kind of inputs.
#[derive(Debug)]
pub struct Row<'a> {
    /// Operation, manner and format: `add latency P16`.
    pub name: String,
    /// `random` or `weights`.
    pub inputs: &'static str,
    /// Elements of one pass, which its time is divided by.
    pub elements: usize,
    /// What is asked of it.
    pub reach: Reach,
    /// The results of the first array, by the oracle or by a path that is tested against it.
    pub expected: Vec<u64>,
    /// The implementation that is measured.
    pub ours: Run<'a>,
    /// Those it is measured against; may be empty.
    pub rivals: Vec<Run<'a>>,
    /// The same in the hardware's `f32`, as a scale; not a rival.
    pub scale: Option<Run<'a>>,
}

/// Rows that are asked for, and what was measured.
#[derive(Debug)]
pub struct Suite {
    filter: String,
    measured: Vec<Measurement>,
}

impl Suite {
    /// Takes rows whose name contains the filter.
    #[must_use]
    pub const fn new(filter: String) -> Self {
        Self { filter, measured: Vec::new() }
    }

    /// Whether a row of this name is asked for; ask before building expensive inputs.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }

    /// Checks and times a row.
    ///
    /// # Panics
    ///
    /// If our results are not the expected ones: a wrong result has no speed.
    pub fn row(&mut self, mut row: Row<'_>) {
        if !self.wants(&row.name) {
            return;
        }
        if let Some(at) =
            (0..row.expected.len()).find(|i| row.ours.results.get(*i) != Some(&row.expected[*i]))
        {
            let (result, expected) = (row.ours.results.get(at), row.expected[at]);
            panic!("{}: element {at} is {result:x?}, expected {expected:#x}", row.name);
        }
        let mut runs: Vec<&mut Run<'_>> = core::iter::once(&mut row.ours).chain(&mut row.rivals).collect();
        runs.extend(row.scale.as_mut());
        let times: Vec<u32> = runs
            .iter_mut()
            .map(|run| {
                run.time(1);
                let pass = run.time(1).as_nanos().max(1);
                u32::try_from(BATCH.as_nanos().div_ceil(pass)).unwrap_or(1)
            })
            .collect();
        let mut least = vec![f64::INFINITY; runs.len()];
        for _ in 0..BATCHES {
            for ((run, times), least) in runs.iter_mut().zip(&times).zip(&mut least) {
                let each = run.time(*times).as_secs_f64() * 1e9 / f64::from(*times) / row.elements as f64;
                *least = least.min(each);
            }
        }
        let scale = row.scale.is_some().then(|| least[least.len() - 1]);
        let rivals = row
            .rivals
            .iter()
            .zip(&least[1..])
            .map(|(run, ns)| Measured {
                library: run.library.to_owned(),
                ns: *ns,
                wrong: run.results.iter().zip(&row.expected).filter(|(a, b)| a != b).count(),
            })
            .collect();
        let measurement = Measurement {
            row: row.name,
            inputs: row.inputs.to_owned(),
            ours_ns: least[0],
            rivals,
            scale_ns: scale,
            reach: match row.reach {
                Reach::Ratio(x) | Reach::RatioNative(x) => Some(x),
                Reach::Open | Reach::Nanoseconds(_) => None,
            },
            reach_ns: if let Reach::Nanoseconds(x) = row.reach { Some(x) } else { None },
            native: matches!(row.reach, Reach::RatioNative(_)),
        };
        eprintln!("{}", measurement.line());
        self.measured.push(measurement);
    }

    /// What was measured, in the order of the rows.
    #[must_use]
    pub fn finish(self) -> Vec<Measurement> {
        self.measured
    }
}
