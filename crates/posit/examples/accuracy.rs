//! Draws how many decimal digits each 16-bit format keeps, over the size of the number, as SVG.
//!
//! `cargo run -p posit --features half --example accuracy > docs/accuracy.svg`
//!
//! The height at `x` is `-log10` of the largest relative error of rounding a number of `[x, 2 x)`, found by
//! rounding 257 numbers of the interval; `f16` and `bf16` by the crate `half`.

use half::{bf16, f16};
use posit::{P16, P16E1};

const LEFT: f64 = 46.0;
const TOP: f64 = 16.0;
const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 300.0;
/// Powers of two shown.
const RANGE: i32 = 62;
/// Digits shown.
const DIGITS: f64 = 5.0;

/// Digits kept in `[2^e, 2^(e+1))`, or none where the format has no numbers there.
fn digits(e: i32, round: impl Fn(f64) -> f64) -> Option<f64> {
    let worst = (0..=256)
        .map(|i| 2f64.powi(e) * (1.0 + f64::from(i) / 257.0 + 1e-4))
        .map(|x| ((round(x) - x) / x).abs())
        .fold(0.0, f64::max);
    Some(-worst.log10()).filter(|d| *d > 0.1)
}

fn place(e: f64, digits: f64) -> (f64, f64) {
    let x = LEFT + WIDTH * (e + f64::from(RANGE)) / (2.0 * f64::from(RANGE));
    (x, TOP + HEIGHT * (1.0 - digits / DIGITS))
}

fn curve(name: &str, colour: &str, row: f64, round: impl Fn(f64) -> f64) {
    let mut path = String::new();
    let mut down = true;
    for e in -RANGE..RANGE {
        let Some(d) = digits(e, &round) else {
            down = true;
            continue;
        };
        let ((x0, y), (x1, _)) = (place(f64::from(e), d), place(f64::from(e + 1), d));
        let step = if down { 'M' } else { 'L' };
        path += &format!("{step}{x0:.1} {y:.1}L{x1:.1} {y:.1}");
        down = false;
    }
    println!(r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>"#);
    let (x, y) = (LEFT + WIDTH - 150.0, TOP + 14.0 + 18.0 * row);
    println!(r#"<path d="M{x} {y}h24" stroke="{colour}" stroke-width="3"/>"#);
    println!(r#"<text x="{}" y="{}">{name}</text>"#, x + 32.0, y + 4.0);
}

fn main() {
    println!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="sans-serif" font-size="12">"#,
        LEFT + WIDTH + 14.0,
        TOP + HEIGHT + 44.0
    );
    println!(r#"<rect width="100%" height="100%" fill="white"/>"#);
    for d in 0..=DIGITS as i32 {
        let (x, y) = place(f64::from(-RANGE), f64::from(d));
        println!(r##"<path d="M{x} {y}h{WIDTH}" stroke="#ddd"/>"##);
        println!(r#"<text x="{}" y="{}" text-anchor="end">{d}</text>"#, x - 6.0, y + 4.0);
    }
    for e in (-60..=60).step_by(10) {
        let (x, y) = place(f64::from(e), 0.0);
        println!(r##"<path d="M{x} {y}v5" stroke="#888"/>"##);
        println!(r#"<text x="{x}" y="{}" text-anchor="middle">2^{e}</text>"#, y + 18.0);
    }
    let middle = TOP + HEIGHT + 36.0;
    println!(
        r#"<text x="{}" y="{middle}" text-anchor="middle">size of the number</text>"#,
        LEFT + WIDTH / 2.0
    );
    println!(
        r#"<text x="12" y="{}" transform="rotate(-90 12 {0})" text-anchor="middle">digits kept</text>"#,
        TOP + HEIGHT / 2.0
    );
    curve("Posit&lt;16, 2&gt;", "#1f77b4", 0.0, |x| P16::from_f64(x).to_f64());
    curve("Posit&lt;16, 1&gt;", "#2ca02c", 1.0, |x| P16E1::from_f64(x).to_f64());
    curve("f16", "#d62728", 2.0, |x| f16::from_f64(x).to_f64());
    curve("bf16", "#9467bd", 3.0, |x| bf16::from_f64(x).to_f64());
    println!("</svg>");
}
