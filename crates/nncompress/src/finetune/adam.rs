//! Adam: a step of about the learning rate in the direction that the gradients agree on (Kingma and Ba, 2015).

/// Share of the last mean that stays.
const FIRST: f32 = 0.9;
/// Share of the last mean square that stays.
const SECOND: f32 = 0.999;

/// Mean and mean square of the gradients of some parameters.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Moments {
    pub mean: Vec<f32>,
    pub square: Vec<f32>,
}

/// What is common to all parameters of a step.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Adam {
    rate: f32,
    /// The means begin at 0; these bring them to size.
    first: f32,
    second: f32,
}

impl Adam {
    /// For the step with this number, counted from 1.
    pub fn new(rate: f64, step: u64) -> Self {
        let whole = |share: f32| 1.0 / (1.0 - f64::from(share).powf(step as f64)) as f32;
        Self { rate: rate as f32, first: whole(FIRST), second: whole(SECOND) }
    }

    /// The mean square of the gradients, from a moment.
    pub const fn mean_square(&self, square: f32) -> f32 {
        square * self.second
    }

    /// The learning rate.
    pub const fn rate(&self) -> f32 {
        self.rate
    }

    /// Moves `values`, which are of about this `size`, against `gradient`.
    pub fn step(&self, values: &mut [f32], gradient: &[f32], moments: &mut Moments, size: f32) {
        let rate = self.rate * size;
        let moments = moments.mean.iter_mut().zip(&mut moments.square);
        for ((value, gradient), (mean, square)) in values.iter_mut().zip(gradient).zip(moments) {
            *mean += (1.0 - FIRST) * (gradient - *mean);
            *square += (1.0 - SECOND) * (gradient * gradient - *square);
            *value -= rate * *mean * self.first / ((*square * self.second).sqrt() + 1e-12);
        }
    }
}

impl Moments {
    /// Of `count` parameters that have seen no gradient.
    pub fn new(count: usize) -> Self {
        Self { mean: vec![0.0; count], square: vec![0.0; count] }
    }
}

#[cfg(test)]
mod tests {
    use super::{Adam, Moments};

    /// The first step is the learning rate in parts of the size, whatever the size of the gradient.
    #[test]
    fn the_first_step_by_hand() {
        let (mut values, mut moments) = (vec![1.0, 1.0, 1.0], Moments::new(3));
        Adam::new(0.1, 1).step(&mut values, &[5.0, -0.01, 0.0], &mut moments, 1.0);
        for (value, wanted) in values.iter().zip([0.9, 1.1, 1.0]) {
            assert!((value - wanted).abs() < 1e-4, "{values:?}");
        }
    }
}
