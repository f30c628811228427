//! Samples in the order of a seed, moved and mirrored.

use crate::data::Samples;

/// The numbers of a seed: SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Copy, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// A stream of its own for each pair.
    pub const fn new(seed: u64, stream: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// From 0 up to, not including, `end`. The bias of the product is below 2^-32.
    pub fn below(&mut self, end: usize) -> usize {
        (((self.next() >> 32) * end as u64) >> 32) as usize
    }

    /// The numbers from 0 to `count` in a random order (Fisher and Yates).
    pub fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for end in (1..count).rev() {
            order.swap(end, self.below(end + 1));
        }
        order
    }
}

/// What is done to a sample on its way into a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Augmentation {
    /// An image moves by at most so many rows and as many columns; what comes in is 0.
    pub shift: usize,
    /// Every second image is mirrored left to right.
    pub mirror: bool,
}

/// Samples with these numbers as `[elements, samples]`.
pub(super) fn batch(
    samples: &Samples,
    numbers: &[usize],
    augmentation: Augmentation,
    random: &mut Random,
) -> Vec<f32> {
    let (size, n) = (samples.sample_len(), numbers.len());
    let width = samples.shape.last().copied().unwrap_or(1).max(1);
    let image = samples.shape.len() > 2;
    let height = if image { samples.shape[samples.shape.len() - 2].max(1) } else { 1 };
    let mut out = vec![0.0f32; size * n];
    for (place, number) in numbers.iter().enumerate() {
        let sample = &samples.data[number * size..(number + 1) * size];
        let span = 2 * augmentation.shift + 1;
        let (down, right) = (random.below(span), random.below(span));
        let mirrored = random.below(2) == 1 && augmentation.mirror;
        if !image || augmentation == Augmentation::default() {
            sample.iter().enumerate().for_each(|(element, x)| out[element * n + place] = *x);
            continue;
        }
        for (line, row) in sample.chunks_exact(width).enumerate() {
            let Some(y) = (line % height + down).checked_sub(augmentation.shift).filter(|y| *y < height)
            else {
                continue;
            };
            let start = (line / height * height + y) * width;
            for (column, x) in row.iter().enumerate() {
                let column = if mirrored { width - 1 - column } else { column };
                let Some(to) = (column + right).checked_sub(augmentation.shift).filter(|to| *to < width)
                else {
                    continue;
                };
                out[(start + to) * n + place] = *x;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Augmentation, Random, batch};
    use crate::data::Samples;

    #[test]
    fn an_order_holds_every_number_once() {
        let order = Random::new(1, 2).order(1000);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        assert_ne!(order, sorted);
        assert_ne!(order, Random::new(1, 3).order(1000));
        assert_eq!(order, Random::new(1, 2).order(1000));
    }

    #[test]
    fn moved_and_mirrored_images_keep_what_stays_inside() {
        // A point in the middle of 5 by 5 stays inside whatever happens.
        let mut data = vec![0.0; 25];
        data[12] = 1.0;
        let samples = Samples { shape: vec![1, 1, 5, 5], data };
        let augmentation = Augmentation { shift: 2, mirror: true };
        let mut random = Random::new(7, 0);
        let mut seen = vec![0.0f32; 25];
        for _ in 0..500 {
            let moved = batch(&samples, &[0], augmentation, &mut random);
            assert_eq!(moved.iter().sum::<f32>(), 1.0);
            seen.iter_mut().zip(moved).for_each(|(seen, x)| *seen += x);
        }
        assert!(seen.iter().all(|count| *count > 0.0), "{seen:?}");
    }
}
