//! The loss and its gradient: cross-entropy with the labels and with what a teacher says.

/// What counts as right.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Loss {
    /// The share of the teacher, 0 to 1.
    pub distill: f32,
    /// What scores are divided by before the teacher's and the student's are compared.
    pub temperature: f32,
}

/// Scores `[classes, samples]`, sample after sample.
fn column(scores: &[f32], samples: usize, sample: usize) -> impl Iterator<Item = f32> {
    scores.iter().skip(sample).step_by(samples.max(1)).copied()
}

/// e^x over their sum, of the scores over a temperature.
fn softmax(scores: impl Iterator<Item = f32>, temperature: f32) -> Vec<f32> {
    let scores: Vec<f32> = scores.map(|score| score / temperature).collect();
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = scores.iter().map(|score| (score - top).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

impl Loss {
    /// The mean loss over a batch and its gradient by each score. The teacher's share is `T²` times the cross-entropy
    /// at temperature `T`, so that its gradient does not shrink with `T` (Hinton and others, 2015).
    pub fn of(&self, scores: &[f32], teacher: &[f32], labels: &[u32]) -> (f64, Vec<f32>) {
        let n = labels.len();
        let mut gradient = vec![0.0f32; scores.len()];
        let mut loss = 0.0f64;
        for (sample, label) in labels.iter().enumerate() {
            let hard = softmax(column(scores, n, sample), 1.0);
            loss -= f64::from((1.0 - self.distill) * hard[*label as usize].max(1e-30).ln());
            let mut by_score: Vec<f32> = hard.iter().map(|p| (1.0 - self.distill) * p).collect();
            by_score[*label as usize] -= 1.0 - self.distill;
            if self.distill > 0.0 {
                let t = self.temperature;
                let soft = softmax(column(scores, n, sample), t);
                let wanted = softmax(column(teacher, n, sample), t);
                for (class, (soft, wanted)) in soft.iter().zip(&wanted).enumerate() {
                    loss -= f64::from(self.distill * t * t * wanted * soft.max(1e-30).ln());
                    by_score[class] += self.distill * t * (soft - wanted);
                }
            }
            for (class, by_score) in by_score.iter().enumerate() {
                gradient[class * n + sample] = by_score / n as f32;
            }
        }
        (loss / n.max(1) as f64, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::Loss;

    /// Against differences of the loss itself.
    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let scores = [0.3f32, -1.0, 2.0, 0.5, 0.1, -0.4];
        let teacher = [1.0f32, 0.0, 3.0, -0.5, 0.2, 0.9];
        let labels = [2, 0];
        let loss = Loss { distill: 0.4, temperature: 2.0 };
        let (_, gradient) = loss.of(&scores, &teacher, &labels);
        for index in 0..scores.len() {
            let moved = |by: f32| {
                let mut scores = scores;
                scores[index] += by;
                loss.of(&scores, &teacher, &labels).0
            };
            let difference = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((difference - f64::from(gradient[index])).abs() < 1e-3, "{index}: {difference}");
        }
    }
}
