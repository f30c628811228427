//! A histogram of weights with the grid drawn under it: a hand-written path of about a kilobyte.

use super::Layer;
use core::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 90.0;
const BINS: usize = 96;

/// The drawing as an SVG element.
pub fn histogram(layer: &Layer) -> String {
    let largest = layer.weights.iter().fold(0.0f32, |max, weight| max.max(weight.abs()));
    let reach = f64::from(if largest > 0.0 { largest } else { 1.0 }) * 1.02;
    let x = |value: f64| (value + reach) / (2.0 * reach) * WIDTH;
    let mut counts = [0u32; BINS];
    for weight in &layer.weights {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to BINS here")]
        let bin = (x(f64::from(*weight)) / WIDTH * BINS as f64) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    let highest = f64::from(counts.iter().copied().max().unwrap_or(1).max(1));
    let mut path = format!("M0 {HEIGHT}");
    for (bin, count) in counts.iter().enumerate() {
        let left = bin as f64 / BINS as f64 * WIDTH;
        // The square root keeps thin tails visible.
        let top = HEIGHT - (f64::from(*count) / highest).sqrt() * (HEIGHT - 4.0);
        let _ = write!(path, "L{left:.0} {top:.1}h{:.2}", WIDTH / BINS as f64);
    }
    let _ = write!(path, "L{WIDTH} {HEIGHT}Z");
    let mut ticks = String::new();
    for value in layer.grid.iter().map(|value| f64::from(*value)).filter(|value| value.abs() <= reach) {
        let _ = write!(ticks, "M{:.1} {}v10", x(value), HEIGHT + 4.0);
    }
    format!(
        "<svg class=\"histogram\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"weights of {}\">\
         <path class=\"bars\" d=\"{path}\"/><path class=\"ticks\" d=\"{ticks}\"/>\
         <text x=\"0\" y=\"{y}\">{:.3}</text><text x=\"{mid}\" y=\"{y}\" text-anchor=\"middle\">0</text>\
         <text x=\"{WIDTH}\" y=\"{y}\" text-anchor=\"end\">{:.3}</text></svg>",
        HEIGHT + 30.0,
        super::page::escape(&layer.name),
        -reach,
        reach,
        y = HEIGHT + 28.0,
        mid = WIDTH / 2.0,
    )
}
