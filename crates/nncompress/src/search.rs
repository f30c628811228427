//! A grid search over plans: each is encoded, its image scored, and the Pareto front of bytes against
//! accuracy kept.

use crate::error::Error;
use crate::evaluate::{Evaluator, Score};
use crate::format::Format;
use crate::image::encode;
use crate::network::Network;
use crate::plan::{Choice, Plan};
use crate::prune::Scope;
use crate::scale::{Fit, Granularity, ScaleRule};
use rayon::prelude::*;

/// A plan that was tried.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// What every layer was written as.
    pub choice: Choice,
    /// The length of its image.
    pub bytes: usize,
    /// The accuracy of its image.
    pub score: Score,
}

/// The choices that [`run`] tries when nobody says otherwise: each format with its usual scale and with
/// a least-squares factor for each channel, times each sparsity. `float` is tried once at each
/// sparsity.
#[must_use]
pub fn default_choices(formats: &[Format], sparsities: &[f64]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for &sparsity in sparsities {
        for &format in formats {
            let usual = Choice { sparsity, ..Choice::usual(format) };
            choices.push(usual);
            if matches!(format, Format::Int { .. } | Format::Posit { .. }) {
                let scale = ScaleRule::Real(Fit::LeastSquares);
                choices.push(Choice { scale, granularity: Granularity::Channel, ..usual });
            }
        }
    }
    choices
}

/// Encodes and scores `network` under each choice, in parallel; the result has the order of `choices`
/// whatever the number of threads. `done` is called after each.
///
/// # Errors
/// Those of [`encode`] and of the engine.
pub fn run(
    network: &Network,
    evaluator: &Evaluator,
    choices: &[Choice],
    scope: Scope,
    done: &(dyn Fn(&Point) + Sync),
) -> Result<Vec<Point>, Error> {
    let try_one = |choice: &Choice| {
        let image = encode(network, &Plan::uniform(network, *choice, scope))?;
        let point = Point { choice: *choice, bytes: image.len(), score: evaluator.score_image(&image)? };
        done(&point);
        Ok(point)
    };
    choices.par_iter().map(try_one).collect()
}

/// The points that no other beats: indices into `points`, the smallest image first. Of points equal in
/// both bytes and accuracy the first one stands.
#[must_use]
pub fn front(points: &[Point]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|&i| (points[i].bytes, core::cmp::Reverse(points[i].score.correct), i));
    let mut front: Vec<usize> = Vec::new();
    for index in order {
        let better =
            front.last().is_none_or(|&last| points[index].score.correct > points[last].score.correct);
        if better {
            front.push(index);
        }
    }
    front
}

/// What a plan must keep to.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Constraint {
    /// The largest image.
    pub max_bytes: Option<usize>,
    /// The lowest accuracy, in per cent.
    pub min_accuracy: Option<f64>,
}

/// The point of `front` to take: with a floor on accuracy the smallest image above it, else the most
/// accurate one under the limit of bytes, else the one of the knee: the smallest within one standard
/// error of the best. `None` if nothing keeps to the constraint.
#[must_use]
pub fn pick(points: &[Point], front: &[usize], constraint: Constraint) -> Option<usize> {
    let fits = |index: &usize| constraint.max_bytes.is_none_or(|limit| points[*index].bytes <= limit);
    let accurate = |index: &usize, floor: f64| points[*index].score.accuracy() >= floor - 1e-9;
    let mut candidates = front.iter().copied().filter(fits);
    if let Some(floor) = constraint.min_accuracy {
        return candidates.find(|index| accurate(index, floor));
    }
    if constraint.max_bytes.is_some() {
        return candidates.next_back();
    }
    let best = points[*front.last()?].score;
    let floor = best.accuracy() - best.standard_error();
    front.iter().copied().find(|index| accurate(index, floor))
}

#[cfg(test)]
mod tests {
    use super::{Constraint, Point, front, pick};
    use crate::evaluate::Score;
    use crate::plan::Choice;
    use proptest::prelude::*;

    fn point(bytes: usize, correct: usize) -> Point {
        Point { choice: Choice::FLOAT, bytes, score: Score { correct, total: 1000 } }
    }

    #[test]
    fn front_and_pick_by_hand() {
        let points = [point(400, 990), point(100, 900), point(200, 980), point(150, 890), point(100, 900)];
        assert_eq!(front(&points), [1, 2, 0]);
        let pick =
            |max_bytes, min_accuracy| pick(&points, &[1, 2, 0], Constraint { max_bytes, min_accuracy });
        assert_eq!(pick(None, Some(95.0)), Some(2));
        assert_eq!(pick(Some(250), None), Some(2));
        assert_eq!(pick(Some(99), None), None);
        assert_eq!(pick(Some(150), Some(95.0)), None);
        assert_eq!(pick(None, None), Some(0));
    }

    proptest! {
        #[test]
        fn every_point_is_on_the_front_or_beaten(raw in prop::collection::vec((1usize..20, 0usize..20), 0..40)) {
            let points: Vec<Point> = raw.iter().map(|&(bytes, correct)| point(bytes, correct)).collect();
            let front = front(&points);
            let beats = |a: &Point, b: &Point| a.bytes <= b.bytes && a.score.correct >= b.score.correct;
            for (index, candidate) in points.iter().enumerate() {
                prop_assert!(front.contains(&index) || front.iter().any(|&i| beats(&points[i], candidate)));
            }
            for pair in front.windows(2) {
                prop_assert!(points[pair[0]].bytes < points[pair[1]].bytes);
                prop_assert!(points[pair[0]].score.correct < points[pair[1]].score.correct);
            }
        }
    }
}
