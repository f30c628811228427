//! What is done to samples before a network sees them.

use crate::data::Samples;
use crate::error::Error;

/// `x' = (x * scale - mean) / std`, computed in `f64` and rounded to `f32` once.
///
/// `mean` and `std` hold one number, or one for each channel: each entry of axis 1, of samples of shape
/// `[n, channels, …]` (apply it after [`Samples::fit`]).
#[derive(Clone, PartialEq, Debug)]
pub struct Preprocess {
    /// Multiplies the samples first.
    pub scale: f64,
    /// Is subtracted next.
    pub mean: Vec<f64>,
    /// Divides at last.
    pub std: Vec<f64>,
}

impl Default for Preprocess {
    /// Changes nothing.
    fn default() -> Self {
        Self { scale: 1.0, mean: vec![0.0], std: vec![1.0] }
    }
}

impl Preprocess {
    /// Applies it in place.
    ///
    /// # Errors
    ///
    /// [`Error::Preprocess`] if a number is not finite, a divisor is 0, or there is neither one number nor
    /// one for each channel.
    pub fn apply(&self, samples: &mut Samples) -> Result<(), Error> {
        self.check()?;
        let channels = if samples.shape.len() > 1 { samples.shape[1] } else { 1 };
        let mean = spread("mean", &self.mean, channels)?;
        let std = spread("std", &self.std, channels)?;
        let inner: usize = samples.shape.iter().skip(2).product();
        if *self == Self::default() || inner == 0 || channels == 0 {
            return Ok(());
        }
        let blocks = samples.data.chunks_exact_mut(inner).zip((0..channels).cycle());
        for (block, channel) in blocks {
            for x in block {
                *x = ((f64::from(*x) * self.scale - mean[channel]) / std[channel]) as f32;
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |reason: String| Err(Error::Preprocess { reason });
        let numbers = self.mean.iter().chain(&self.std).chain(core::iter::once(&self.scale));
        if let Some(x) = numbers.into_iter().find(|x| !x.is_finite()) {
            return refuse(format!("{x} is not finite"));
        }
        if self.std.contains(&0.0) {
            return refuse("a standard deviation is 0".into());
        }
        Ok(())
    }
}

/// One number for each channel.
fn spread(what: &str, numbers: &[f64], channels: usize) -> Result<Vec<f64>, Error> {
    match numbers {
        [x] => Ok(vec![*x; channels]),
        _ if numbers.len() == channels => Ok(numbers.to_vec()),
        _ => Err(Error::Preprocess {
            reason: format!(
                "{} numbers are given for `{what}`, but the samples have {channels} channels (axis 1)",
                numbers.len()
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::Preprocess;
    use crate::data::Samples;

    fn samples() -> Samples {
        Samples { shape: vec![2, 2, 3], data: (0..12_u8).map(f32::from).collect() }
    }

    #[test]
    fn default_changes_nothing() {
        let mut changed = samples();
        Preprocess::default().apply(&mut changed).unwrap();
        assert_eq!(changed, samples());
    }

    #[test]
    fn channels_have_their_own_numbers() {
        let mut changed = samples();
        Preprocess { scale: 2.0, mean: vec![1.0, 10.0], std: vec![0.5] }.apply(&mut changed).unwrap();
        assert_eq!(changed.data, [-2., 2., 6., -8., -4., 0., 22., 26., 30., 16., 20., 24.]);
    }

    #[test]
    fn what_cannot_be_computed_is_refused() {
        let bad = |mean: &[f64], std: &[f64], scale| {
            let preprocess = Preprocess { scale, mean: mean.to_vec(), std: std.to_vec() };
            preprocess.apply(&mut samples()).unwrap_err().to_string()
        };
        assert!(bad(&[0.0; 3], &[1.0], 1.0).contains("2 channels"));
        assert!(bad(&[], &[1.0], 1.0).contains("2 channels"));
        assert!(bad(&[0.0], &[0.0], 1.0).contains("is 0"));
        assert!(bad(&[f64::NAN], &[1.0], 1.0).contains("not finite"));
        assert!(bad(&[0.0], &[1.0], f64::INFINITY).contains("not finite"));
    }
}
