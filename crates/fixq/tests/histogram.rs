//! Streaming histograms, and the ranges that are found in them.

use fixq::{Codes, Error, HalfToEven, Histogram, MeanMinMax, Params, Range, Symmetry};

const BINS: usize = 4096;

/// xorshift64*, uniform in (0, 1).
fn uniform(state: &mut u64) -> f64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    ((state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

fn normal(count: usize) -> Vec<f32> {
    let mut s = 1;
    (0..count)
        .map(|_| {
            let radius = (-2.0 * uniform(&mut s).ln()).sqrt();
            (radius * (core::f64::consts::TAU * uniform(&mut s)).cos()) as f32
        })
        .collect()
}

fn laplace(count: usize) -> Vec<f32> {
    let mut s = 2;
    let signed = |s: &mut u64| if uniform(s) < 0.5 { 1.0 } else { -1.0 };
    (0..count).map(|_| (signed(&mut s) * -uniform(&mut s).ln()) as f32).collect()
}

fn histogram<const B: usize>(values: &[f32]) -> Histogram<B> {
    let mut histogram = Histogram::new();
    histogram.update(values).unwrap();
    histogram
}

#[test]
fn order_and_grouping_do_not_matter() {
    let mut values = normal(3000);
    values.extend([0.0, -0.0, 1e-30, -1e-30, 1e-44, -1e-44, 700.0, -3000.0, 0.125, -0.125]);
    let whole = histogram::<64>(&values);
    // The definition: the floor of x by the width.
    for (bin, &count) in whole.counts().iter().enumerate() {
        let inside = |x: &&f32| (f64::from(**x) / whole.width()).floor() == bin as f64 - 32.0;
        assert_eq!(count, values.iter().filter(inside).count() as u64, "{bin}");
    }
    for size in [1, 7, 1000] {
        let (mut forwards, mut merged) = (Histogram::<64>::new(), Histogram::<64>::new());
        for batch in values.chunks(size) {
            forwards.update(batch).unwrap();
        }
        for batch in values.rchunks(size) {
            merged.merge(&histogram(batch));
        }
        assert_eq!(forwards, whole);
        assert_eq!(merged, whole);
    }
    assert!(values.iter().all(|x| f64::from(x.abs()) < whole.width() * 32.0));
    assert!(whole.width() * 16.0 <= 3000.0);
}

#[test]
fn percentiles_are_those_of_the_sorted_values() {
    let mut values = normal(20_001);
    let found = histogram::<BINS>(&values);
    values.sort_by(f32::total_cmp);
    for share in [0.0, 0.5, 0.9, 0.99, 0.9999, 1.0] {
        let range = found.percentile(share).unwrap();
        let cut = ((1.0 - share) / 2.0 * values.len() as f64) as usize;
        let (low, high) = (values[cut], values[values.len() - 1 - cut]);
        let near = |a: f32, b: f32| f64::from((a - b).abs()) <= found.width() * 1.01;
        assert!(near(range.low(), low) && near(range.high(), high), "{share}: {range:?} {low} {high}");
    }
    assert_eq!(found.percentile(1.5), Err(Error::BadShare { share: 1.5 }));
    assert!(matches!(found.percentile(f64::NAN), Err(Error::BadShare { .. })));
}

/// The optimum by quadrature, in units of the deviation (normal) or the scale (Laplace).
#[test]
fn least_squares_finds_the_known_clips() {
    let normal = histogram::<1024>(&normal(200_000));
    let laplace = histogram::<1024>(&laplace(200_000));
    for (bits, of_normal, of_laplace) in [(3, 1.95, 3.48), (4, 2.48, 4.83), (6, 3.28, 7.35)] {
        let codes = Codes::restricted(bits).unwrap();
        for (name, found, expected) in [("normal", &normal, of_normal), ("laplace", &laplace, of_laplace)] {
            let clip = found.least_squares(codes, Symmetry::Symmetric).unwrap().absolute_maximum();
            assert!((clip / expected - 1.0).abs() < 0.12, "{name}, {bits} bits: {clip}, not {expected}");
        }
    }
}

#[test]
fn least_squares_is_never_worse_by_its_measure() {
    let mut values = laplace(20_000);
    values.extend([40.0, -55.0]);
    let found = histogram::<512>(&values);
    for bits in [2, 4, 8] {
        let codes = Codes::signed(bits).unwrap();
        let params = |range: Range| Params::asymmetric::<HalfToEven>(range, codes);
        let least = found.squared_error(params(found.least_squares(codes, Symmetry::Asymmetric).unwrap()));
        assert!(least <= found.squared_error(params(found.seen().range().unwrap())));
        let groups = 1 << (bits - 1);
        assert!(least <= found.squared_error(params(found.least_divergent(groups).unwrap())) * 1.02);
        let entropy = |range| found.entropy(params(range));
        let greatest = found.greatest_entropy(codes, Symmetry::Asymmetric).unwrap();
        assert!(entropy(greatest) >= entropy(found.seen().range().unwrap()));
        assert!(entropy(greatest) <= f64::from(bits));
    }
}

/// Four values on four codes, each as often: two bits.
#[test]
fn entropy_of_codes() {
    let found = histogram::<BINS>(&[-2.0, -1.0, 0.0, 1.0]);
    let params = Params::new(1.0, 0, Codes::signed(2).unwrap()).unwrap();
    assert!((found.entropy(params) - 2.0).abs() < 1e-12);
    let one = Params::new(100.0, 0, Codes::signed(2).unwrap()).unwrap();
    assert_eq!(found.entropy(one), 0.0);
}

#[test]
fn means_of_batches() {
    let mut seen = MeanMinMax::new();
    assert_eq!(seen.range(), Err(Error::Empty));
    seen.update(&[-1.0, 3.0]).unwrap();
    seen.update(&[]).unwrap();
    let mut other = MeanMinMax::new();
    other.update(&[-3.0, 0.0, 4.0]).unwrap();
    assert_eq!(other.update(&[1.0, f32::NAN]), Err(Error::NotFinite { index: 1 }));
    seen.merge(&other);
    assert_eq!(seen.range(), Range::new(-2.0, 3.5));
    let old = Range::new(-1.0, 1.0).unwrap();
    assert_eq!(old.blend(Range::new(-3.0, 2.0).unwrap(), 0.5), Range::new(-2.0, 1.5).unwrap());
    assert_eq!(old.blend(Range::new(-3.0, 2.0).unwrap(), f32::NAN), old);
}

#[test]
fn nothing_seen_is_named() {
    let mut empty = Histogram::<BINS>::new();
    assert_eq!(empty.percentile(0.99), Err(Error::Empty));
    assert_eq!(empty.least_divergent(128), Err(Error::Empty));
    assert_eq!(empty.least_squares(Codes::INT8, Symmetry::Symmetric), Err(Error::Empty));
    assert_eq!(empty.update(&[1.0, f32::INFINITY]), Err(Error::NotFinite { index: 1 }));
    assert_eq!(empty, Histogram::new());
    empty.update(&[0.0, 0.0]).unwrap();
    assert_eq!(empty.percentile(0.5), Range::new(0.0, 0.0));
}
