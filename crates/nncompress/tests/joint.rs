//! Calibration against the engine itself, and the joint search from end to end on a small network.

use nncompress::calibrate::{Statistics, calibrate};
use nncompress::compensate::Prepared;
use nncompress::cost::Work;
use nncompress::data::Samples;
use nncompress::engine::{Engine, RtenEngine};
use nncompress::format::Format;
use nncompress::image::{decode, layer_size};
use nncompress::joint::{Candidates, Joint, Key, Shard, choices, try_choices};
use nncompress::network::{Attribute, Constant, Network, Node, Source, Tensor, Value, ValueId};
use nncompress::plan::{Choice, Pattern};
use nncompress::quantize::Layer;
use nncompress::runtime::{AttributeName, Operator};
use nncompress::scale::{Fit, Granularity, ScaleRule};
use nncompress::study::Study;
use std::path::Path;

struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn tensor(&mut self, shape: &[usize], scale: f32) -> Tensor {
        let count: usize = shape.iter().product();
        Tensor { shape: shape.to_vec(), data: (0..count).map(|_| self.next() * scale).collect() }
    }
}

/// A convolution with stride, uneven padding and dilation, a depthwise one, a pooled grouped one, and a `Gemm` whose
/// weights stand on their side: 2 x 9 x 8 to 5 numbers.
fn network() -> Network {
    let mut random = Random(3);
    let mut values = vec![Value {
        name: "input".into(),
        source: Source::Input { shape: vec![None, Some(2), Some(9), Some(8)] },
    }];
    let mut nodes = Vec::new();
    let mut last = ValueId(0);
    let mut add = |operator, constants: Vec<Tensor>, attributes: Vec<(AttributeName, Attribute)>| {
        let mut inputs = vec![Some(last)];
        for tensor in constants {
            inputs.push(Some(ValueId(values.len() as u32)));
            let name = format!("c{}", values.len());
            values.push(Value { name, source: Source::Constant(Constant::Float(tensor)) });
        }
        last = ValueId(values.len() as u32);
        values.push(Value { name: format!("y{}", values.len()), source: Source::Node });
        nodes.push(Node {
            name: format!("n{}", nodes.len()),
            operator,
            inputs,
            outputs: vec![last],
            attributes,
        });
    };
    let ints = |name, values: &[i64]| (name, Attribute::Ints(values.to_vec()));
    add(
        Operator::Conv,
        vec![random.tensor(&[6, 2, 3, 2], 0.5), random.tensor(&[6], 0.1)],
        vec![
            ints(AttributeName::KernelShape, &[3, 2]),
            ints(AttributeName::Strides, &[2, 1]),
            ints(AttributeName::Pads, &[1, 0, 2, 1]),
            ints(AttributeName::Dilations, &[1, 2]),
        ],
    );
    add(Operator::Relu, vec![], vec![]);
    add(
        Operator::Conv,
        vec![random.tensor(&[6, 1, 3, 3], 0.5), random.tensor(&[6], 0.1)],
        vec![
            ints(AttributeName::KernelShape, &[3, 3]),
            (AttributeName::Group, Attribute::Int(6)),
            (AttributeName::AutoPad, Attribute::Text("SAME_UPPER".into())),
        ],
    );
    add(
        Operator::Conv,
        vec![random.tensor(&[4, 3, 1, 1], 0.7), random.tensor(&[4], 0.1)],
        vec![ints(AttributeName::KernelShape, &[1, 1]), (AttributeName::Group, Attribute::Int(2))],
    );
    add(Operator::Relu, vec![], vec![]);
    add(Operator::Flatten, vec![], vec![]);
    let features = 4 * 5 * 7;
    add(Operator::Gemm, vec![random.tensor(&[features, 5], 0.2), random.tensor(&[5], 0.1)], vec![]);
    Network { name: "small".into(), opset: 13, values, nodes, inputs: vec![ValueId(0)], outputs: vec![last] }
}

fn samples(count: usize) -> Samples {
    let mut random = Random(11);
    let tensor = random.tensor(&[count, 2, 9, 8], 1.0);
    // Neighbours depend on each other, as in images.
    let data = tensor.data.windows(3).map(|w| w.iter().sum::<f32>() + 0.3).chain([0.0, 0.0]).collect();
    Samples { shape: tensor.shape, data }
}

/// The change of the outputs that the second moments predict for a change of weights is the one that the engine
/// sees: position by position, with padding, strides, dilations and groups. What a layer of zeros loses
/// is the mean square of its outputs.
#[test]
fn second_moments_are_those_of_the_engine() {
    let network = network();
    let samples = samples(40);
    let statistics = calibrate(&network, &samples).unwrap();
    let layers = network.weight_layers();
    assert_eq!(layers.len(), 4);
    for (index, layer) in layers.iter().enumerate() {
        let moments = statistics.layers[index].as_ref().unwrap();
        let mut silent = network.clone();
        let bias = network.nodes[layer.node].inputs[2].unwrap();
        let Source::Constant(Constant::Float(tensor)) = &mut silent.values[bias.index()].source else {
            panic!()
        };
        tensor.data.fill(0.0);
        let engine = RtenEngine::new(&silent, &[]).unwrap();
        let outputs = network.nodes[layer.node].outputs.clone();
        let output = engine.run(&samples.range(0, 40), &[], &outputs).unwrap().remove(0);
        let channels = output.shape[1];
        let positions = output.data.len() / channels;
        let sum: f64 = output.data.iter().map(|y| f64::from(*y).powi(2)).sum();
        let prepared = Prepared::new(&network, layer, Some(moments), false).unwrap();
        let seen = sum / positions as f64;
        assert!((prepared.energy() - seen).abs() < 1e-4 * seen, "{index}: {} {seen}", prepared.energy());
        assert_eq!(moments.rows(), positions as u64, "every position of a small network is taken");
    }
}

#[test]
fn statistics_merge() {
    let network = network();
    let all = samples(32);
    let half = |start: usize| {
        let part = all.range(start, start + 16);
        calibrate(&network, &Samples { shape: part.shape, data: part.data }).unwrap()
    };
    let whole = calibrate(&network, &all).unwrap();
    let mut merged: Statistics = half(0);
    merged.merge(&half(16));
    assert_eq!(merged.samples, 32);
    for (a, b) in merged.layers.iter().flatten().zip(whole.layers.iter().flatten()) {
        assert_eq!((a.rows(), a.range, &a.magnitudes), (b.rows(), b.range, &b.magnitudes));
        for part in 0..a.parts().len() {
            for (x, y) in a.covariance(part).iter().zip(b.covariance(part)) {
                assert!((x - y).abs() < 1e-5, "{x} {y}");
            }
        }
    }
}

fn joint(samples: &Samples) -> Joint {
    let network = network();
    let statistics = calibrate(&network, samples).unwrap();
    let formats = [
        Format::Int { bits: 3 },
        Format::Int { bits: 5 },
        Format::Posit { n: 4, es: 0 },
        Format::Codebook { bits: 3 },
    ];
    let choices = choices(&formats, &[0.0, 0.5], &[Pattern { keep: 2, of: 4 }]);
    let work = Work::of(&network);
    let key = Key::new(&network, Some(samples), &choices).unwrap();
    let study = Study::new(network, Some(&statistics));
    let none = Candidates::new(key, study.layers().len(), choices.len(), "");
    let candidates = try_choices(&study, &choices, &work, none, Shard::WHOLE, &|_| ());
    Joint::new(study, Some(samples), &choices, &candidates).unwrap()
}

/// For every plan of the front and at limits between: the bytes predicted are the bytes written, decoding gives the
/// very network whose output error was measured, and zeros stay zeros.
#[test]
fn what_is_predicted_is_what_is_written() {
    let samples = samples(64);
    let joint = joint(&samples);
    let mut plans = joint.front(8, &|| ()).unwrap();
    assert!(plans.len() > 3);
    for pair in plans.windows(2) {
        assert!(pair[0].bytes <= pair[1].bytes);
    }
    let middle = usize::midpoint(plans[0].bytes, plans[plans.len() - 1].bytes);
    for limit in [middle, middle + 37, plans[0].bytes] {
        let plan = joint.at_most(limit, &|| ()).unwrap().unwrap();
        assert!(plan.bytes <= limit);
        plans.push(plan);
    }
    assert!(joint.at_most(10, &|| ()).unwrap().is_none());
    for plan in &plans {
        let image = joint.image(&plan.places).unwrap();
        assert_eq!(image.len(), plan.bytes);
        assert_eq!(joint.bytes(&plan.places), plan.bytes);
        let (scored, back) =
            (joint.network(&plan.places).unwrap(), decode(&image, Path::new("x.ncm")).unwrap());
        for (a, b) in scored.parameters().iter().zip(back.parameters()) {
            let bits = |network: &Network, id| -> Vec<u32> {
                network.float_constant(id).unwrap().data.iter().map(|x: &f32| x.to_bits()).collect()
            };
            assert_eq!(bits(&scored, *a), bits(&back, b));
        }
        assert_eq!(joint.reference().unwrap().error(&back).unwrap(), plan.error);
    }
}

/// The same bytes and figures for any number of threads.
#[test]
fn threads_change_nothing() {
    let samples = samples(48);
    let made = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let joint = joint(&samples);
            let plan = joint.at_most(900, &|| ()).unwrap().unwrap();
            (joint.image(&plan.places).unwrap(), plan)
        })
    };
    assert_eq!(made(1), made(4));
}

/// The layers' own errors alone do not know what a layer counts: with the errors of all layers added up as they
/// are, the plan for the same bytes is worse at the output than the one that the search finds.
#[test]
fn the_layers_errors_alone_mis_rank_plans() {
    use nncompress::allocate::{Offer, knapsack};
    let samples = samples(64);
    let joint = joint(&samples);
    let offers: Vec<Vec<Offer>> = joint
        .tried()
        .iter()
        .map(|tried| tried.iter().map(|t| Offer { bytes: t.bytes, error: t.error }).collect())
        .collect();
    let base = joint.bytes(&[0, 0, 0, 0]) - joint.tried().iter().map(|tried| tried[0].bytes).sum::<usize>();
    let (mut worse, mut rounds) = (0, 0);
    for limit in [700usize, 750, 800, 850, 900, 950] {
        let Some(places) = knapsack(&offers, limit - base) else { continue };
        let proxy = joint.measure(places).unwrap();
        let found = joint.at_most(limit, &|| ()).unwrap().unwrap();
        rounds += 1;
        worse += usize::from(proxy.error > 1.02 * found.error);
        assert!(found.error <= 1.1 * proxy.error, "{limit}: {} {}", found.error, proxy.error);
    }
    assert!(rounds >= 4 && 2 * worse > rounds, "{worse} of {rounds}");
}

/// A mask leaves exact zeros whatever the format, and about as many as were asked for; N:M leaves at most N.
#[test]
fn zero_stays_zero() {
    let network = network();
    let statistics = calibrate(&network, &samples(32)).unwrap();
    let study = Study::new(network, Some(&statistics));
    let layer = 3;
    for format in
        [Format::Int { bits: 3 }, Format::Posit { n: 5, es: 1 }, Format::Codebook { bits: 3 }, Format::Float]
    {
        for offset in [false, true] {
            let base = Choice {
                scale: ScaleRule::Real(Fit::LeastSquares),
                granularity: Granularity::Channel,
                offset,
                ..Choice::usual(format)
            };
            let masked = Choice { sparsity: 0.7, ..base };
            let mask = study.layers()[layer].mask(&masked).unwrap();
            let candidate = study.candidate(layer, &masked);
            let values = candidate.layer.values();
            assert!(mask.iter().zip(&values).all(|(kept, value)| *kept || value.to_bits() == 0), "{masked}");
            let removed = mask.iter().filter(|kept| !**kept).count() as f64 / mask.len() as f64;
            assert!((removed - 0.7).abs() < 0.02, "{removed}");
            assert!(layer_size(&candidate.layer).bytes > 0 && candidate.error.is_finite());

            let patterned = Choice { pattern: Some(Pattern { keep: 2, of: 4 }), ..base };
            let Layer::Coded(coded) = study.candidate(layer, &patterned).layer else { continue };
            // The weights stand on their side: [140, 5], so that neighbours are five apart.
            for output in 0..5 {
                let column: Vec<bool> = (0..140).map(|input| coded.mask[input * 5 + output]).collect();
                assert!(column.chunks(4).all(|block| block.iter().filter(|kept| **kept).count() <= 2));
            }
        }
    }
}

/// With an offset the survivors of pruning are met better, in the error that counts.
#[test]
fn the_offset_pays_after_pruning() {
    let network = network();
    let statistics = calibrate(&network, &samples(64)).unwrap();
    let study = Study::new(network, Some(&statistics));
    for format in [Format::Int { bits: 3 }, Format::Posit { n: 4, es: 0 }] {
        let base = Choice {
            scale: ScaleRule::Real(Fit::LeastSquares),
            granularity: Granularity::Channel,
            sparsity: 0.8,
            ..Choice::usual(format)
        };
        let pruned = study.candidate(3, &Choice { format: Format::Float, ..base }).error;
        let plain = study.candidate(3, &base).error - pruned;
        let offset = study.candidate(3, &Choice { offset: true, ..base }).error - pruned;
        assert!(offset < plain, "{format}: {offset} {plain}");
    }
}
