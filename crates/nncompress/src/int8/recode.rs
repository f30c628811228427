//! int8 weights to codes of fewer bits: integers, or posits as integers. Activations stay as they are.
//!
//! *Every output keeps its real weights as near as its grid lets it, by a step of its own.* With the step `t` a weight
//! `w` becomes the entry `g` nearest to `w / t`; the layer's sum is `t` times the new one, so `t` goes into the
//! factor of the output, and its bias is divided by `t`.

use super::{Int8Network, Layer, Operation, Storage};
use crate::error::Error;
use fixq::Multiplier;
use nncompress_runtime::CodeFormat;

/// The codes of weights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WeightCodes {
    /// int8 weights as they are, one byte each: what runs fastest.
    Bytes,
    /// Two's complement integers of so many bits, 2 to 8.
    Integers(u32),
    /// posit<n, es> of at most 8 bits, whose values are integers of at most 16 bits in units of the smallest.
    Posits {
        /// Bits of a code.
        n: u32,
        /// Exponent bits.
        es: u32,
    },
}

/// Writes the weights of all layers in `codes`. With `block`, the blocks of so many weights of a row that are
/// smallest against their row are left out, up to the given share of them.
///
/// # Errors
/// [`Error::WeightStorage`] if the codes do not exist or their values need more than 16 bits.
pub fn recode(
    network: &Int8Network,
    codes: WeightCodes,
    block: Option<(u8, f64)>,
) -> Result<Int8Network, Error> {
    let mut network = network.clone();
    for node in &mut network.nodes {
        let refused = |reason| Error::WeightStorage { node: node.name.clone(), reason };
        let (layer, depthwise) = match &mut node.operation {
            Operation::Conv { layer, .. } | Operation::FullyConnected { layer } => (layer, false),
            Operation::Depthwise { layer, .. } => (layer, true),
            _ => continue,
        };
        if let (Some((length, share)), false) = (block, depthwise) {
            prune(layer, usize::from(length.max(1)), share);
        }
        let (bits, entries) = match codes {
            WeightCodes::Bytes => {
                layer.storage = Storage::Bytes;
                continue;
            }
            WeightCodes::Integers(bits) => (bits, None),
            WeightCodes::Posits { n, es } => (n, Some(posits(n, es).map_err(refused)?)),
        };
        let block = block.filter(|_| !depthwise).map(|(length, _)| length);
        let grid = entries.clone().unwrap_or_else(|| {
            let most = 1i16 << (bits.clamp(2, 8) - 1);
            (1 - most..most).collect()
        });
        fit(layer, &grid, depthwise);
        layer.storage = Storage::Coded { bits, entries, block };
    }
    Ok(network)
}

/// The values of all posits, in units of the smallest.
fn posits(n: u32, es: u32) -> Result<Vec<i16>, String> {
    if !(3..=8).contains(&n) || !CodeFormat::posit_is_valid(n, es) {
        return Err(format!("posit<{n}, {es}> has no codes of 3 to 8 bits"));
    }
    let format = CodeFormat::Posit { n, es };
    let smallest = format.value(1);
    let integer = |code: u16| {
        let units = format.value(code) / smallest;
        // Units are integers, powers of two apart from the smallest: the quotient is exact.
        if units.abs() <= f32::from(i16::MAX) {
            Ok(units as i16)
        } else {
            Err(format!("the largest posit<{n}, {es}> is {units} times its smallest; 32767 is possible"))
        }
    };
    (0..1 << n).map(integer).collect()
}

/// Sets the blocks to 0 whose squares are least against those of their row.
fn prune(layer: &mut Layer, length: usize, share: f64) {
    let row = layer.weights.len() / layer.biases.len().max(1);
    for weights in layer.weights.chunks_mut(row.max(1)) {
        let mut blocks: Vec<(i64, usize)> = weights
            .chunks(length)
            .map(|block| block.iter().map(|&weight| i64::from(weight) * i64::from(weight)).sum())
            .zip(0..)
            .collect();
        blocks.sort_unstable();
        let count = (blocks.len() as f64 * share) as usize;
        for &(_, index) in blocks.iter().take(count) {
            weights.chunks_mut(length).nth(index).into_iter().flatten().for_each(|weight| *weight = 0);
        }
    }
}

/// Brings every output to the grid with the step of the least squared error.
fn fit(layer: &mut Layer, grid: &[i16], depthwise: bool) {
    let mut grid: Vec<f64> = grid.iter().copied().map(f64::from).collect();
    grid.sort_by(f64::total_cmp);
    let (outputs, count) = (layer.biases.len(), layer.weights.len());
    let depth = count / outputs.max(1);
    let nearest = |value: f64| {
        let above = grid.partition_point(|&entry| entry < value);
        let (below, above) = (grid[above.saturating_sub(1)], grid[above.min(grid.len() - 1)]);
        if value - below <= above - value { below } else { above }
    };
    for output in 0..outputs {
        let at = |i: usize| if depthwise { i * outputs + output } else { output * depth + i };
        let weights: Vec<f64> = (0..depth).map(|i| f64::from(layer.weights[at(i)])).collect();
        let most = weights.iter().fold(0f64, |most, weight| most.max(weight.abs()));
        if most == 0.0 {
            continue;
        }
        // From a grid that reaches the largest weight to one that cuts it at a quarter, or, of posits, whose steps
        // are finest near the middle, whose largest entry is never used.
        let steps = (0..48).map(|i| most / grid[grid.len() - 1] * 2f64.powf(f64::from(i) / 8.0 - 2.0));
        let error = |step: f64| weights.iter().map(|&w| (w - step * nearest(w / step)).powi(2)).sum::<f64>();
        let Some((_, step)) = steps.map(|step| (error(step), step)).min_by(|a, b| a.0.total_cmp(&b.0)) else {
            continue;
        };
        for (i, &weight) in weights.iter().enumerate() {
            layer.weights[at(i)] = nearest(weight / step) as i16;
        }
        let factor = layer.factors[output];
        let real = f64::from(factor.mantissa()) * 2f64.powi(factor.exponent() - 31) * step;
        // A factor of a layer is far below 2^31 / 127.
        layer.factors[output] = Multiplier::from_real(real).unwrap_or(factor);
        layer.scales[output] = (f64::from(layer.scales[output]) * step) as f32;
        let bias = f64::from(layer.biases[output]) / step;
        layer.biases[output] = bias.round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32;
    }
}

#[cfg(test)]
mod tests {
    use super::posits;

    #[test]
    fn posits_are_integers() {
        // -8 to 7 by their codes: 0, 1/8 ... of posit<5, 0> in eighths.
        let five = posits(5, 0).unwrap();
        assert_eq!(five[..16], [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 24, 32, 64]);
        assert_eq!(five[16..20], [0, -64, -32, -24]);
        assert_eq!(posits(8, 0).unwrap().iter().max(), Some(&4096));
        assert_eq!(posits(5, 1).unwrap().iter().max(), Some(&4096));
        assert!(posits(6, 1).unwrap_err().contains("65536"));
        assert!(posits(9, 0).is_err());
    }
}
