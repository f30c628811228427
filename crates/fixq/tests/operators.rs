//! Operators on random shapes against definitions in wide integers, and their refusals.

use fixq::op::*;
use fixq::product::{PackedConv2d, PackedDepthwiseConv2d};
use fixq::*;
use proptest::prelude::*;

/// A factor applied by definition: `Double` as two roundings of exact quotients, `Single` as one.
fn rescaled(accumulator: i64, m: Multiplier, double: bool) -> i64 {
    let (mantissa, e) = (i128::from(m.mantissa()), m.exponent());
    let half_up = |numerator: i128, n: u32| (2 * numerator + (1 << n)).div_euclid(2 << n);
    if !double {
        return half_up(i128::from(accumulator) * mantissa, (31 - e).unsigned_abs()) as i64;
    }
    let product = half_up((i128::from(accumulator) << e.max(0)) * mantissa, 31);
    let right = e.min(0).unsigned_abs();
    (half_up(product.abs(), right) * product.signum()) as i64
}

fn code(steps: i64, zero_point: i8) -> i8 {
    (steps + i64::from(zero_point)).clamp(-128, 127) as i8
}

fn params(scale: f32, zero_point: i8) -> Params {
    Params::new(scale, zero_point.into(), Codes::INT8).expect("valid")
}

/// Codes from a seed, all of them equally often.
fn codes(len: usize, seed: u64) -> Vec<i8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as i8
    };
    (0..len).map(|_| next()).collect()
}

/// A multiplier that brings sums of this many products to the range of int8.
fn multiplier(terms: usize, seed: u64) -> Multiplier {
    let real = (1.0 + (seed % 1000) as f64 / 500.0) / (64.0 * (terms.max(1) as f64).sqrt() * 16.0);
    Multiplier::from_real(real).expect("small")
}

#[derive(Clone, Debug)]
struct Layer {
    image: [usize; 4],
    groups: usize,
    depth: usize,
    per_group: usize,
    window: Window,
    zeros: [i8; 2],
    seed: u64,
}

fn layer() -> impl Strategy<Value = Layer> {
    let pair = |high: usize| [1..=high, 1..=high];
    let padding = prop_oneof![
        Just(Padding::Same),
        Just(Padding::Valid),
        (0usize..3, 0usize..3, 0usize..3, 0usize..3)
            .prop_map(|(a, b, c, d)| Padding::Explicit([a, b], [c, d])),
    ];
    let sizes = (1usize..3, 1usize..8, 1usize..8, 1usize..4, 1usize..4, 1usize..4);
    (sizes, pair(4), pair(3), pair(3), padding, any::<[i8; 2]>(), any::<u64>()).prop_map(
        |(
            (batch, height, width, groups, depth, per_group),
            kernel,
            stride,
            dilation,
            padding,
            zeros,
            seed,
        )| Layer {
            image: [batch, height, width, groups * depth],
            groups,
            depth,
            per_group,
            window: Window { kernel, stride, dilation, padding },
            zeros,
            seed,
        },
    )
}

impl Layer {
    /// Padding before the image and size of the output along an axis, from the definitions.
    fn geometry(&self, axis: usize) -> Option<(i64, usize)> {
        let (size, w) = (self.image[1 + axis], &self.window);
        let extent = (w.kernel[axis] - 1) * w.dilation[axis] + 1;
        let fits = |padded: usize| (padded >= extent).then(|| (padded - extent) / w.stride[axis] + 1);
        match w.padding {
            Padding::Valid => Some((0, fits(size)?)),
            Padding::Same => {
                let output = size.div_ceil(w.stride[axis]);
                let missing = ((output - 1) * w.stride[axis] + extent).saturating_sub(size);
                Some(((missing / 2) as i64, output))
            }
            Padding::Explicit(rows, columns) => {
                let [before, after] = if axis == 0 { rows } else { columns };
                Some((before as i64, fits(size + before + after)?))
            }
        }
    }

    /// Convolution by definition, weights `[outputs, kh, kw, depth]`; sums without bias.
    fn convolve(&self, x: &[i8], w: &[i8]) -> Option<(Vec<i64>, [usize; 2])> {
        let [batch, height, width, inputs] = self.image;
        let ((top, rows), (left, columns)) = (self.geometry(0)?, self.geometry(1)?);
        let [kh, kw] = self.window.kernel;
        let mut sums = Vec::new();
        for n in 0..batch {
            for y in 0..rows {
                for x0 in 0..columns {
                    for o in 0..self.groups * self.per_group {
                        let group = o / self.per_group;
                        let mut sum = 0;
                        for (ky, kx, i) in (0..kh)
                            .flat_map(|a| (0..kw).flat_map(move |b| (0..self.depth).map(move |c| (a, b, c))))
                        {
                            let iy = (y * self.window.stride[0] + ky * self.window.dilation[0]) as i64 - top;
                            let ix =
                                (x0 * self.window.stride[1] + kx * self.window.dilation[1]) as i64 - left;
                            if (0..height as i64).contains(&iy) && (0..width as i64).contains(&ix) {
                                let at = ((n * height + iy as usize) * width + ix as usize) * inputs
                                    + group * self.depth
                                    + i;
                                let weight = w[((o * kh + ky) * kw + kx) * self.depth + i];
                                sum += i64::from(weight) * (i64::from(x[at]) - i64::from(self.zeros[0]));
                            }
                        }
                        sums.push(sum);
                    }
                }
            }
        }
        Some((sums, [rows, columns]))
    }
}

/// A convolution packed for every backend against itself as it is.
fn as_products<R: Rounding>(conv: &Conv2d<'_, &[i8], R>, x: &[i8]) {
    let mut want = vec![0; conv.output_len()];
    conv.run(x, &mut want).expect("lengths fit");
    for backend in Backend::ALL.into_iter().filter(|b| b.is_available()) {
        let len = PackedConv2d::packed_len(backend, conv);
        let mut lines = vec![Line::ZERO; len.unwrap_or(0)];
        let packed = PackedConv2d::new(backend, conv, &mut lines);
        assert_eq!(packed.is_ok(), len.is_some());
        let Ok(packed) = packed else { continue };
        let (mut image, mut sums) = (vec![0; packed.image_len()], vec![0; packed.sums_len()]);
        let mut got = vec![0; want.len()];
        packed.run(x, &mut image, &mut sums, &mut got).expect("lengths fit");
        assert_eq!(&got, &want, "{:?}", backend);
    }
}

/// The same for a depthwise convolution.
fn depthwise_as_products<R: Rounding>(conv: &DepthwiseConv2d<'_, &[i8], R>, x: &[i8]) {
    let mut want = vec![0; conv.output_len()];
    conv.run(x, &mut want).expect("lengths fit");
    for backend in Backend::ALL.into_iter().filter(|b| b.is_available()) {
        let len = PackedDepthwiseConv2d::packed_len(conv).expect("one output an input, few taps");
        let mut lines = vec![Line::ZERO; len];
        let packed = PackedDepthwiseConv2d::new(backend, conv, &mut lines).expect("as long as asked for");
        let (mut image, mut sums) = (vec![0; packed.image_len()], vec![0; packed.sums_len()]);
        let mut got = vec![0; want.len()];
        packed.run(x, &mut image, &mut sums, &mut got).expect("lengths fit");
        assert_eq!(&got, &want, "{:?}", backend);
    }
}

/// Weights of 16 bits, read through nothing but `get`.
struct Wide(Vec<i16>);

impl Weights for Wide {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> i32 {
        self.0.get(index).copied().map_or(0, i32::from)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn convolutions(l in layer()) {
        let [kh, kw] = l.window.kernel;
        let outputs = l.groups * l.per_group;
        let (x, w) = (codes(l.image.iter().product(), l.seed), codes(outputs * kh * kw * l.depth, !l.seed));
        let bias: Vec<i32> = codes(outputs, l.seed ^ 1).iter().map(|&b| i32::from(b) * 100).collect();
        let factors: Vec<Multiplier> = (0..outputs as u64).map(|c| multiplier(kh * kw * l.depth, l.seed / 3 + c * 77)).collect();
        let output = Output::new(params(0.1, l.zeros[1]), Activation::None);
        let double = Channels::<Double>::new(outputs, Some(&bias), &factors, output).expect("lengths fit");
        let single = Channels::<Single>::new(outputs, Some(&bias), &factors, output).expect("lengths fit");
        let made = Conv2d::new(&*w, l.image, l.window, l.groups, l.zeros[0], double);
        let Some((sums, size)) = l.convolve(&x, &w) else {
            let refused = matches!(made, Err(Error::BadWindow { .. }));
            prop_assert!(refused);
            return Ok(());
        };
        let conv = made.expect("a window that fits");
        prop_assert_eq!(conv.output_shape(), [l.image[0], size[0], size[1], outputs]);
        prop_assert_eq!(l.window.output([l.image[1], l.image[2]]), Ok(size));
        let mut got = vec![0; sums.len()];
        for is_double in [true, false] {
            if is_double {
                conv.run(&x, &mut got).expect("lengths fit");
            } else {
                Conv2d::new(&*w, l.image, l.window, l.groups, l.zeros[0], single).expect("as before").run(&x, &mut got).expect("lengths fit");
            }
            let want = sums.iter().enumerate().map(|(i, &sum)| {
                let c = i % outputs;
                code(rescaled(sum + i64::from(bias[c]), factors[c], is_double), l.zeros[1])
            });
            prop_assert!(want.eq(got.iter().copied()), "double: {is_double}");
        }
        let single_conv = Conv2d::new(&*w, l.image, l.window, l.groups, l.zeros[0], single).expect("as before");
        as_products(&conv, &x);
        as_products(&single_conv, &x);
        // The same weights, read one by one.
        let mut again = vec![0; got.len()];
        let wide = Wide(w.iter().map(|&w| w.into()).collect());
        Conv2d::new(wide, l.image, l.window, l.groups, l.zeros[0], single).expect("as before").run(&x, &mut again).expect("lengths fit");
        prop_assert_eq!(&again, &got);

        // Depthwise is a convolution with as many groups as inputs, its weights in another order.
        if l.depth == 1 {
            let taps = kh * kw;
            let swapped: Vec<i8> = (0..taps * outputs).map(|i| w[i % outputs * taps + i / outputs]).collect();
            let op = DepthwiseConv2d::new(&*swapped, l.image, l.window, l.zeros[0], single).expect("as before");
            prop_assert_eq!(op.output_shape(), conv.output_shape());
            op.run(&x, &mut again).expect("lengths fit");
            prop_assert_eq!(&again, &got);
            if l.per_group == 1 {
                let two = DepthwiseConv2d::new(&*swapped, l.image, l.window, l.zeros[0], double).expect("as before");
                depthwise_as_products(&op, &x);
                depthwise_as_products(&two, &x);
            }
        }
    }

    #[test]
    fn transposed_convolution_is_the_transpose(l in layer()) {
        // Spread every input over the outputs that its convolution would read it from.
        let window = Window { dilation: [1, 1], ..l.window };
        let l = Layer { window, groups: 1, per_group: 1, ..l };
        let (output, ([kh, kw], inputs)) = ([l.image[1], l.image[2]], (window.kernel, l.depth));
        let (Some((top, height)), Some((left, width))) = (l.geometry(0), l.geometry(1)) else { return Ok(()) };
        let (batch, outputs) = (l.image[0], l.per_group + 1);
        let x = codes(batch * height * width * inputs, l.seed);
        let w = codes(outputs * kh * kw * inputs, !l.seed);
        let mut sums = vec![0i64; batch * output[0] * output[1] * outputs];
        for (i, &value) in x.iter().enumerate() {
            let (c, ix, iy, n) = (i % inputs, i / inputs % width, i / inputs / width % height, i / inputs / width / height);
            for (ky, kx, o) in (0..kh).flat_map(|a| (0..kw).flat_map(move |b| (0..outputs).map(move |c| (a, b, c)))) {
                let oy = (iy * window.stride[0] + ky) as i64 - top;
                let ox = (ix * window.stride[1] + kx) as i64 - left;
                if (0..output[0] as i64).contains(&oy) && (0..output[1] as i64).contains(&ox) {
                    let at = ((n * output[0] + oy as usize) * output[1] + ox as usize) * outputs + o;
                    sums[at] += i64::from(w[((o * kh + ky) * kw + kx) * inputs + c]) * (i64::from(value) - i64::from(l.zeros[0]));
                }
            }
        }
        let factor = [multiplier(kh * kw * inputs, l.seed)];
        let end = Output::new(params(0.1, l.zeros[1]), Activation::None);
        let channels = Channels::<Double>::new(outputs, None, &factor, end).expect("one factor");
        let op = TransposeConv2d::new(&*w, [batch, height, width, inputs], output, window, l.zeros[0], channels).expect("it fits");
        let mut got = vec![0; op.output_len()];
        op.run(&x, &mut got).expect("lengths fit");
        let want = sums.iter().map(|&sum| code(rescaled(sum, factor[0], true), l.zeros[1]));
        prop_assert!(want.eq(got.iter().copied()));
    }

    #[test]
    fn fully_connected_is_a_matrix_product(batch in 0usize..4, inputs in 0usize..40, outputs in 0usize..9, zeros in any::<[i8; 2]>(), seed in any::<u64>()) {
        let (x, w) = (codes(batch * inputs, seed), codes(outputs * inputs, !seed));
        let factor = [multiplier(inputs, seed)];
        let end = Output::new(params(0.5, zeros[1]), Activation::Relu);
        let channels = Channels::<Double>::new(outputs, None, &factor, end).expect("one factor");
        let op = FullyConnected::new(&*w, [batch, inputs], zeros[0], channels).expect("it fits");
        let mut got = vec![0; op.output_len()];
        op.run(&x, &mut got).expect("lengths fit");
        for (i, &got) in got.iter().enumerate() {
            let (b, o) = (i / outputs, i % outputs);
            let sum = (0..inputs).map(|k| i64::from(w[o * inputs + k]) * (i64::from(x[b * inputs + k]) - i64::from(zeros[0]))).sum();
            prop_assert_eq!(got, code(rescaled(sum, factor[0], true), zeros[1]).max(zeros[1]));
        }
        // As a product of activations.
        if inputs > 0 && outputs > 0 && batch > 0 {
            let op = BatchMatMul::<Double>::new([[1, batch, inputs], [1, outputs, inputs]], [false, true], [zeros[0], 0], factor[0], end);
            let mut again = vec![0; got.len()];
            op.expect("it fits").run(&x, &w, &mut again).expect("lengths fit");
            prop_assert_eq!(again, got);
        }
    }

    #[test]
    fn pools(l in layer()) {
        let window = Window { dilation: [1, 1], ..l.window };
        let l = Layer { window, ..l };
        let x = codes(l.image.iter().product(), l.seed);
        let end = Output::new(params(0.5, l.zeros[1]), Activation::None);
        let made = (AveragePool2d::new(l.image, window, end), MaxPool2d::new(l.image, window, end));
        let (Ok(average), Ok(max)) = made else {
            let refused = matches!(made, (Err(Error::BadWindow { .. }), Err(Error::BadWindow { .. })));
            prop_assert!(refused);
            return Ok(());
        };
        let ((top, rows), (left, columns)) = (l.geometry(0).expect("it fits"), l.geometry(1).expect("it fits"));
        let [batch, height, width, channels] = l.image;
        let (mut means, mut maxima) = (vec![0; average.output_len()], vec![0; max.output_len()]);
        average.run(&x, &mut means).expect("lengths fit");
        max.run(&x, &mut maxima).expect("lengths fit");
        for i in 0..means.len() {
            let (c, ox, oy, n) = (i % channels, i / channels % columns, i / channels / columns % rows, i / channels / columns / rows);
            let inside = |o: usize, axis: usize, before: i64, size: usize| {
                (0..window.kernel[axis]).map(move |k| (o * window.stride[axis] + k) as i64 - before).filter(move |p| (0..size as i64).contains(p))
            };
            let cells: Vec<i64> = inside(oy, 0, top, height)
                .flat_map(|y| inside(ox, 1, left, width).map(move |x| (y as usize, x as usize)))
                .map(|(y, z)| i64::from(x[((n * height + y) * width + z) * channels + c]))
                .collect();
            let mean = (cells.iter().sum::<i64>() as f64 / cells.len() as f64).round();
            prop_assert_eq!(f64::from(means[i]), mean);
            prop_assert_eq!(i64::from(maxima[i]), *cells.iter().max().expect("a cell"));
        }
        prop_assert_eq!(batch * rows * columns * channels, means.len());
    }

    #[test]
    fn pad_concat_and_transpose_move_codes(dims in prop::collection::vec(1usize..5, 1..5), pads in prop::collection::vec((0usize..3, 0usize..3), 4), fill in any::<i8>(), seed in any::<u64>()) {
        let shape = Shape::new(&dims).expect("small");
        let rank = dims.len();
        let x = codes(shape.len(), seed);
        let index = |mut i: usize, dims: &[usize]| {
            let mut at = vec![0; dims.len()];
            for d in (0..dims.len()).rev() {
                at[d] = i % dims[d];
                i /= dims[d];
            }
            at
        };
        let offset = |at: &[usize], dims: &[usize]| at.iter().zip(dims).fold(0, |o, (a, d)| o * d + a);

        let pads: Vec<[usize; 2]> = pads.iter().take(rank).map(|&(a, b)| [a, b]).collect();
        let padded: Vec<usize> = dims.iter().zip(&pads).map(|(d, p)| d + p[0] + p[1]).collect();
        let op = Pad::new(shape, &pads, fill).expect("small");
        let mut y = vec![0; op.output_len()];
        op.run(&x, &mut y).expect("lengths fit");
        for (i, &got) in y.iter().enumerate() {
            let at = index(i, &padded);
            let inner: Option<Vec<usize>> = (0..rank).map(|d| at[d].checked_sub(pads[d][0]).filter(|&p| p < dims[d])).collect();
            prop_assert_eq!(got, inner.map_or(fill, |at| x[offset(&at, &dims)]));
        }

        // A rotation of the dimensions that depends on the seed.
        let order: Vec<usize> = (0..rank).map(|d| (d + seed as usize % rank) % rank).collect();
        let turned: Vec<usize> = order.iter().map(|&a| dims[a]).collect();
        let mut z = vec![0; x.len()];
        Transpose::new(shape, &order).expect("a permutation").run(&x, &mut z).expect("lengths fit");
        for (i, &got) in z.iter().enumerate() {
            let (at, mut from) = (index(i, &turned), vec![0; rank]);
            for (d, &a) in order.iter().enumerate() {
                from[a] = at[d];
            }
            prop_assert_eq!(got, x[offset(&from, &dims)]);
        }

        // Twice the same tensor, along the last dimension.
        let axis = rank - 1;
        let op = Concat::new(&[shape, shape], axis).expect("equal shapes");
        let mut two = vec![0; op.output_len()];
        op.run(&[&x, &x], &mut two).expect("lengths fit");
        let rows = x.chunks(dims[axis]).flat_map(|row| row.iter().chain(row)).copied();
        prop_assert!(rows.eq(two.iter().copied()));
    }

    #[test]
    fn tables_stay_near_their_functions(scale in 0.003f32..0.3, out in 0.003f32..0.3, zeros in any::<[i8; 2]>()) {
        let (input, output) = (params(scale, zeros[0]), params(out, zeros[1]));
        let identity: fn(f64) -> f64 = |x| x;
        let tables = [
            (requantize::<Double>(input, output).expect("in range"), identity, output),
            (relu::<Double>(input, output, Width::F64).expect("in range"), |x| x.max(0.0), output),
            (relu6::<Double>(input, output, Width::F64).expect("in range"), |x| x.clamp(0.0, 6.0), output),
            (leaky_relu::<Double>(input, output, 0.25, Width::F64).expect("in range"), |x| if x < 0.0 { x / 4.0 } else { x }, output),
            (logistic::<Double>(input), |x| 1.0 / (1.0 + (-x).exp()), params(1.0 / 256.0, -128)),
            (tanh::<Double>(input), f64::tanh, params(1.0 / 128.0, 0)),
        ];
        for (table, f, end) in tables {
            for x in i8::MIN..=i8::MAX {
                let exact = f(f64::from(input.dequantize(x)));
                let (low, high) = (f64::from(end.range().low()), f64::from(end.range().high()));
                let error = f64::from(end.dequantize(table.get(x))) - exact.clamp(low, high);
                // Half a step for the result, a little for the steps before it; the ends of relu6 are codes.
                prop_assert!(error.abs() <= f64::from(end.scale()) * 1.01, "{x}: off by {error}");
            }
        }
    }
}

#[test]
fn softmax_rows_sum_to_one() {
    for row in [1usize, 2, 10, 100, 1000, 4096] {
        let x = codes(row * 3, row as u64);
        let op = Softmax::<Double>::new(Shape::new(&[3, row]).expect("small"), params(0.05, 3), 1.0)
            .expect("in range");
        let mut y = vec![0; x.len()];
        op.run(&x, &mut y).expect("lengths fit");
        for (x, y) in x.chunks(row).zip(y.chunks(row)) {
            let total: f64 = x.iter().map(|&x| (f64::from(x) * 0.05).exp()).sum();
            for (&x, &y) in x.iter().zip(y) {
                let exact = ((f64::from(x) * 0.05).exp() / total).min(255.0 / 256.0);
                let got = (f64::from(y) + 128.0) / 256.0;
                assert!((got - exact).abs() <= 0.51 / 256.0, "row {row}: {got} for {exact}");
            }
        }
    }
}

#[test]
fn impossible_operators_are_named() {
    let factor = [Multiplier::from_real(0.01).expect("in range")];
    let end = Output::new(params(0.5, 0), Activation::None);
    let channels = |n| Channels::<Double>::new(n, None, &factor, end).expect("one factor");
    let weights = [1i8; 36];
    let window = Window::new([3, 3]);
    let conv = |image, groups, n| Conv2d::new(&weights[..], image, window, groups, 0, channels(n)).err();
    assert_eq!(conv([1, 5, 5, 1], 1, 4), None);
    assert_eq!(conv([1, 2, 5, 1], 1, 4), Some(Error::BadWindow { axis: 0, input: 2 }));
    assert_eq!(conv([1, 5, 5, 2], 1, 4), Some(Error::Length { expected: 72, found: 36 }));
    assert_eq!(conv([1, 5, 5, 3], 2, 4), Some(Error::BadGroups { groups: 2, inputs: 3, outputs: 4 }));
    assert_eq!(conv([1, 5, 5, 1], 0, 4), Some(Error::BadGroups { groups: 0, inputs: 1, outputs: 4 }));
    assert_eq!(conv([usize::MAX, 5, 5, 1], 1, 4), Some(Error::TooLarge));
    let depthwise =
        |inputs, n| DepthwiseConv2d::new(&weights[..], [1, 5, 5, inputs], window, 0, channels(n)).err();
    assert_eq!(depthwise(2, 4), None);
    assert_eq!(depthwise(3, 4), Some(Error::BadGroups { groups: 3, inputs: 3, outputs: 4 }));
    assert_eq!(depthwise(0, 4), Some(Error::BadGroups { groups: 0, inputs: 0, outputs: 4 }));
    let bias = [0; 3];
    let wrong = Channels::<Double>::new(4, Some(&bias), &factor, end).err();
    assert_eq!(wrong, Some(Error::Length { expected: 4, found: 3 }));
    let shape = |dims: &[usize]| Shape::new(dims).expect("small");
    assert_eq!(Binary::new(&shape(&[2, 3]), &shape(&[2, 4])), Err(Error::BadBroadcast { a: 3, b: 4 }));
    assert_eq!(Transpose::new(shape(&[2, 3]), &[0, 0]), Err(Error::BadAxis { axis: 0, rank: 2 }));
    assert_eq!(Transpose::new(shape(&[2, 3]), &[0, 2]), Err(Error::BadAxis { axis: 2, rank: 2 }));
    assert_eq!(Concat::new(&[], 0), Err(Error::Empty));
    assert_eq!(Concat::new(&[shape(&[2, 3]), shape(&[3, 3])], 1), Err(Error::BadBroadcast { a: 2, b: 3 }));
    let mean = |dims: &[usize], axes: &[usize]| {
        Mean::<Double>::new(shape(dims), axes, params(0.1, 0), params(0.1, 0), end).err()
    };
    assert_eq!(mean(&[2, 3], &[2]), Some(Error::BadAxis { axis: 2, rank: 2 }));
    assert_eq!(mean(&[2, 0], &[1]), Some(Error::Empty));
    assert_eq!(Softmax::<Double>::new(shape(&[4097]), params(0.1, 0), 1.0).err(), Some(Error::TooLarge));
    assert!(matches!(
        Softmax::<Double>::new(shape(&[4]), params(0.1, 0), f32::NAN),
        Err(Error::BadFactor { .. })
    ));
    assert!(matches!(
        hard_swish(params(100.0, 0), params(0.01, 0), Width::F64),
        Err(Error::BadFactor { .. })
    ));
}

#[test]
fn buffers_of_another_length_are_refused_before_anything_is_written() {
    let factor = [Multiplier::from_real(0.01).expect("in range")];
    let end = Output::new(params(0.5, 0), Activation::None);
    let channels = Channels::<Double>::new(4, None, &factor, end).expect("one factor");
    let op = FullyConnected::new(&[1i8; 12][..], [2, 3], 0, channels).expect("it fits");
    let mut output = [7; 8];
    assert_eq!(op.run(&[1; 5], &mut output), Err(Error::Length { expected: 6, found: 5 }));
    assert_eq!(op.run(&[1; 6], &mut output[..7]), Err(Error::Length { expected: 8, found: 7 }));
    assert_eq!(output, [7; 8]);
    let shape = Shape::new(&[2, 3]).expect("small");
    let add = AddFactors::new(params(0.1, 0), params(0.2, 0), params(0.3, 0), Width::F64).expect("in range");
    let op = Add::<Double>::new(Binary::new(&shape, &shape).expect("equal"), add, [0, 0], end);
    assert_eq!(op.run(&[0; 6], &[0; 5], &mut [0; 6]), Err(Error::Length { expected: 6, found: 5 }));
    assert_eq!(reshape(&[0; 6], &mut [0; 5]), Err(Error::Length { expected: 6, found: 5 }));
}

/// Layers with more channels than a panel of any backend has, and pixels than a tile.
#[test]
fn wide_convolutions_as_products() {
    for (image, kernel, stride, outputs) in [
        ([1, 3, 31, 5], [3, 3], [1, 2], 70),
        ([2, 14, 13, 33], [1, 1], [1, 1], 49),
        ([1, 4, 40, 2], [2, 5], [1, 1], 16),
        ([1, 9, 9, 64], [3, 3], [2, 1], 33),
    ] {
        let window = Window { stride, padding: Padding::Same, ..Window::new(kernel) };
        let x = codes(image.iter().product(), 3);
        let end = Output::new(params(0.1, 7), Activation::Relu);
        let taps = kernel[0] * kernel[1];
        let weights = codes(outputs * taps * image[3], 4);
        let count = outputs.max(image[3]);
        let bias: Vec<i32> = (0..count as i32).map(|b| (b - 20) * 9999).collect();
        let of = |c: usize| Multiplier::from_real(0.7 / (1u64 << (c % 33)) as f64 * 4.0).expect("small");
        let factors: Vec<Multiplier> = (0..count).map(of).collect();
        let channels =
            |n: usize| Channels::<Double>::new(n, Some(&bias[..n]), &factors[..n], end).expect("lengths fit");
        let conv = Conv2d::new(&*weights, image, window, 1, -128, channels(outputs)).expect("fits");
        as_products(&conv, &x);
        let weights = &weights[..taps * image[3]];
        let conv = DepthwiseConv2d::new(weights, image, window, 127, channels(image[3])).expect("fits");
        depthwise_as_products(&conv, &x);
    }
}
