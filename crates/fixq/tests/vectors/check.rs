//! Checks operators against vectors that a runtime wrote: each case is one operator with all of its tensors.
//!
//! A file holds `{"tflite_micro": version, "cases": [{op, inputs, output, params, tensors}, ..]}`; the output
//! tensor is what TensorFlow Lite for Microcontrollers computed, `litert_ref` and `litert_xnnpack`, where
//! present, what LiteRT's reference kernels and XNNPACK computed from the same inputs.

mod wide;

use fixq::op::*;
use fixq::*;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A file of vectors.
#[derive(Deserialize)]
pub struct File {
    pub tflite_micro: String,
    pub cases: Vec<Case>,
}

/// One operator: its tensors by index, and those that it reads and writes.
#[derive(Clone, Deserialize)]
pub struct Case {
    pub op: String,
    #[serde(default)]
    pub case: usize,
    pub params: Value,
    pub inputs: Vec<i64>,
    pub output: usize,
    pub tensors: Vec<Tensor>,
    pub litert_ref: Option<Vec<f64>>,
    pub litert_xnnpack: Option<Vec<f64>>,
}

#[derive(Clone, Deserialize)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub dtype: String,
    pub scale: Vec<f64>,
    pub zero_point: Vec<i32>,
    #[serde(default)]
    pub data: Vec<f64>,
}

impl Tensor {
    fn params_of(&self, channel: usize) -> Params {
        let zero_point = self.zero_point.get(channel).copied().unwrap_or(0);
        Params::new(self.scale[channel] as f32, zero_point, Codes::INT8).expect("parameters of a runtime")
    }

    fn params(&self) -> Params {
        self.params_of(0)
    }

    fn zero(&self) -> i8 {
        self.params().zero_point()
    }

    fn codes(&self) -> Vec<i8> {
        self.data.iter().map(|&x| x as i8).collect()
    }

    fn ints(&self) -> Vec<i32> {
        self.data.iter().map(|&x| x as i32).collect()
    }

    fn image(&self) -> [usize; 4] {
        self.shape.clone().try_into().expect("an image")
    }

    fn shape(&self) -> Shape {
        Shape::new(&self.shape).expect("a small shape")
    }
}

/// Whose arithmetic is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runtime {
    /// TFLM since October 2026: every ratio of scales in f64.
    Tflm,
    /// TFLM before: some of them in f32.
    TflmBefore,
    /// LiteRT's reference kernels.
    LiteRt,
    /// XNNPACK.
    Xnnpack,
    /// ONNX Runtime.
    Onnx,
}

impl Runtime {
    fn width(self, op: &str) -> Width {
        match (self, op) {
            (Self::TflmBefore, "FULLY_CONNECTED" | "BATCH_MATMUL" | "UNIDIRECTIONAL_SEQUENCE_LSTM")
            | (Self::LiteRt, "BATCH_MATMUL") => Width::F32Product,
            (Self::TflmBefore, "SUB" | "RELU" | "LEAKY_RELU" | "HARD_SWISH")
            | (Self::LiteRt, "RELU" | "RELU6" | "LEAKY_RELU" | "PRELU" | "MUL" | "HARD_SWISH") => Width::F32,
            _ => Width::F64,
        }
    }
}

impl Case {
    fn input(&self, i: usize) -> &Tensor {
        &self.tensors[self.inputs[i] as usize]
    }

    fn optional(&self, i: usize) -> Option<&Tensor> {
        self.inputs.get(i).filter(|&&t| t >= 0).map(|&t| &self.tensors[t as usize])
    }

    fn out(&self) -> &Tensor {
        &self.tensors[self.output]
    }

    fn usizes(&self, key: &str) -> Vec<usize> {
        let list = self.params[key].as_array().expect("a list");
        list.iter().map(|v| v.as_u64().expect("a size") as usize).collect()
    }

    fn pair(&self, key: &str) -> [usize; 2] {
        self.usizes(key).try_into().expect("two sizes")
    }

    fn activation(&self) -> Activation {
        match self.params["activation"].as_str() {
            Some("RELU") => Activation::Relu,
            Some("RELU6") => Activation::Relu6,
            Some("RELU_N1_TO_1") => Activation::ReluN1To1,
            _ => Activation::None,
        }
    }

    fn finish(&self) -> Output {
        let output = Output::new(self.out().params(), self.activation());
        if let Some(low) = self.params["act_min"].as_i64().filter(|_| !self.op.starts_with("RELU")) {
            let high = self.params["act_max"].as_i64();
            assert_eq!(
                (i64::from(output.low()), Some(i64::from(output.high()))),
                (low, high),
                "activation range"
            );
        }
        output
    }

    fn window(&self, kernel: [usize; 2]) -> Window {
        let dilation = if self.params["dilation"].is_null() { [1, 1] } else { self.pair("dilation") };
        let padding = if self.params["padding"] == "SAME" { Padding::Same } else { Padding::Valid };
        Window { kernel, stride: self.pair("stride"), dilation, padding }
    }

    /// The multipliers that the vectors name must be those that this crate derives.
    fn same_multipliers(&self, params: &Value, got: &[Multiplier]) {
        let want = |key: &str| {
            params[key].as_array().expect("a list").iter().map(|v| v.as_i64().expect("an integer"))
        };
        assert!(
            want("multiplier").eq(got.iter().map(|m| i64::from(m.mantissa()))),
            "mantissas: {params} {got:?}"
        );
        assert!(want("shift").eq(got.iter().map(|m| i64::from(m.exponent()))), "exponents: {params} {got:?}");
    }

    fn same(&self, key: &str, got: i32) {
        assert_eq!(self.params[key].as_i64(), Some(got.into()), "{key}");
    }

    /// Fully connected and the convolutions.
    fn weighted<R: Rounding>(&self, width: Width, check: bool) -> Result<Vec<i8>, Error> {
        let transposed = self.op == "TRANSPOSE_CONV";
        let x = self.input(if transposed { 2 } else { 0 });
        let (w, bias) = (self.input(1), self.optional(if transposed { 3 } else { 2 }));
        let (input, weights, bias) = (x.codes(), w.codes(), bias.map(Tensor::ints));
        let scales: Vec<Params> = (0..w.scale.len()).map(|c| w.params_of(c)).collect();
        let width = if scales.len() == 1 { width } else { Width::F64 };
        let ratio =
            |w: &Params| Ratio::new(&[x.params().scale(), w.scale()], &[self.out().params().scale()], width);
        let factors = scales.iter().map(|w| R::factor(ratio(w))).collect::<Result<Vec<_>, _>>()?;
        if check {
            let got = scales.iter().map(|w| Double::factor(ratio(w))).collect::<Result<Vec<_>, _>>()?;
            self.same_multipliers(&self.params, &got);
        }
        let count = *self.out().shape.last().expect("channels");
        let channels = Channels::<R>::new(count, bias.as_deref(), &factors, self.finish())?;
        let mut output = vec![0; self.out().data.len()];
        let image = || x.image();
        let kernel = || self.window([w.shape[1], w.shape[2]]);
        match self.op.as_str() {
            "FULLY_CONNECTED" => {
                let inputs = w.shape[1];
                FullyConnected::new(&*weights, [input.len() / inputs, inputs], x.zero(), channels)?
                    .run(&input, &mut output)?;
            }
            "CONV_2D" => {
                let groups = x.shape[3] / w.shape[3];
                Conv2d::new(&*weights, image(), kernel(), groups, x.zero(), channels)?
                    .run(&input, &mut output)?;
            }
            "DEPTHWISE_CONV_2D" => {
                DepthwiseConv2d::new(&*weights, image(), kernel(), x.zero(), channels)?
                    .run(&input, &mut output)?;
            }
            _ => {
                let size = [self.out().shape[1], self.out().shape[2]];
                TransposeConv2d::new(&*weights, image(), size, kernel(), x.zero(), channels)?
                    .run(&input, &mut output)?;
            }
        }
        Ok(output)
    }

    fn mul<R: Rounding>(&self, width: Width) -> Result<Vec<i8>, Error> {
        let (a, b) = (self.input(0), self.input(1));
        let shapes = Binary::new(&a.shape(), &b.shape())?;
        let mut output = vec![0; shapes.output_len()];
        Mul::<R>::new(shapes, [a.params(), b.params()], self.out().params(), self.finish(), width)?.run(
            &a.codes(),
            &b.codes(),
            &mut output,
        )?;
        Ok(output)
    }

    fn add(&self, runtime: Runtime) -> Result<Vec<i8>, Error> {
        let (a, b, y) = (self.input(0), self.input(1), self.out().params());
        let shapes = Binary::new(&a.shape(), &b.shape())?;
        let mut output = vec![0; shapes.output_len()];
        let (x, z, zeros) = (a.codes(), b.codes(), [a.zero(), b.zero()]);
        if runtime == Runtime::Xnnpack {
            let op = XnnAdd::new(shapes, [a.params(), b.params()], self.op == "SUB", y, self.finish())?;
            op.run(&x, &z, &mut output)?;
            return Ok(output);
        }
        let factors = AddFactors::new(a.params(), b.params(), y, runtime.width(&self.op))?;
        if runtime <= Runtime::TflmBefore {
            self.same_multipliers(&self.params["in1"], &[factors.a]);
            self.same_multipliers(&self.params["in2"], &[factors.b]);
            self.same_multipliers(&self.params["out"], &[factors.sum]);
        }
        match self.op.as_str() {
            "ADD" => Add::<Double>::new(shapes, factors, zeros, self.finish()).run(&x, &z, &mut output)?,
            _ => Sub::<Double>::new(shapes, factors, zeros, self.finish()).run(&x, &z, &mut output)?,
        }
        Ok(output)
    }

    fn reduce(&self) -> Result<Vec<i8>, Error> {
        let x = self.input(0);
        let rank = x.shape.len() as i64;
        let axes = self.params["axis"].as_array().expect("a list");
        let axes: Vec<usize> =
            axes.iter().map(|a| a.as_i64().expect("an axis").rem_euclid(rank) as usize).collect();
        let mut output = vec![0; self.out().data.len()];
        if self.op == "MEAN" {
            let op = Mean::<Double>::new(x.shape(), &axes, x.params(), self.out().params(), self.finish())?;
            self.same_multipliers(&self.params, &[op.factor()]);
            op.run(&x.codes(), &mut output)?;
        } else {
            Sum::<Double>::new(x.shape(), &axes, x.params(), self.out().params(), self.finish())?
                .run(&x.codes(), &mut output)?;
        }
        Ok(output)
    }

    fn unary(&self, runtime: Runtime) -> Result<Table, Error> {
        let (x, y, width) = (self.input(0).params(), self.out().params(), runtime.width(&self.op));
        match self.op.as_str() {
            "RELU" => relu::<Double>(x, y, width),
            "RELU6" if runtime == Runtime::LiteRt => relu6::<Double>(x, y, width),
            "RELU6" => Ok(relu6_clamp(x)),
            "LEAKY_RELU" => {
                let alpha = self.params["alpha"].as_f64().expect("a slope") as f32;
                leaky_relu::<Double>(x, y, alpha, width)
            }
            "LOGISTIC" => Ok(logistic::<Double>(x)),
            "TANH" => Ok(tanh::<Double>(x)),
            "HARD_SWISH" => hard_swish(x, y, width),
            _ => requantize::<Double>(x, y),
        }
    }

    /// The output as this crate computes it; `None` if it does not offer this runtime's operator.
    fn evaluate(&self, runtime: Runtime) -> Result<Option<Vec<f64>>, Error> {
        let floats = |codes: Vec<i8>| Some(codes.into_iter().map(f64::from).collect());
        let width = runtime.width(&self.op);
        let mut output = vec![0i8; self.out().data.len()];
        if runtime == Runtime::Xnnpack {
            return Ok(match self.op.as_str() {
                "FULLY_CONNECTED" | "CONV_2D" | "DEPTHWISE_CONV_2D" => {
                    floats(self.weighted::<F32HalfEven>(width, false)?)
                }
                "MUL" => floats(self.mul::<F32HalfEven>(width)?),
                "ADD" | "SUB" => floats(self.add(runtime)?),
                _ => None,
            });
        }
        match self.op.as_str() {
            "FULLY_CONNECTED" if runtime == Runtime::LiteRt => {
                return Ok(floats(self.weighted::<F64Away>(width, false)?));
            }
            "FULLY_CONNECTED" | "CONV_2D" | "DEPTHWISE_CONV_2D" | "TRANSPOSE_CONV" => {
                return Ok(floats(self.weighted::<Double>(width, runtime <= Runtime::TflmBefore)?));
            }
            "ADD" | "SUB" => return Ok(floats(self.add(runtime)?)),
            "MUL" => return Ok(floats(self.mul::<Double>(width)?)),
            // LiteRT has a float table for these two, and its sum of int8 is wrong by its own account.
            "LOGISTIC" | "TANH" | "SUM" if runtime == Runtime::LiteRt => return Ok(None),
            "MEAN" | "SUM" => return Ok(floats(self.reduce()?)),
            "MAXIMUM" | "MINIMUM" => {
                let (a, b) = (self.input(0), self.input(1));
                let which = if self.op == "MAXIMUM" { Extremum::Maximum } else { Extremum::Minimum };
                which.run(&Binary::new(&a.shape(), &b.shape())?, &a.codes(), &b.codes(), &mut output)?;
            }
            "AVERAGE_POOL_2D" | "MAX_POOL_2D" => {
                let x = self.input(0);
                let image = x.image();
                let window = self.window(self.pair("filter"));
                if self.op == "MAX_POOL_2D" {
                    MaxPool2d::new(image, window, self.finish())?.run(&x.codes(), &mut output)?;
                } else {
                    AveragePool2d::new(image, window, self.finish())?.run(&x.codes(), &mut output)?;
                }
            }
            "SOFTMAX" => {
                let x = self.input(0);
                let beta = self.params["beta"].as_f64().expect("beta") as f32;
                let op = Softmax::<Double>::new(x.shape(), x.params(), beta)?;
                self.same_multipliers(&self.params, &[op.factor()]);
                self.same("diff_min", op.lowest_difference());
                op.run(&x.codes(), &mut output)?;
            }
            "PRELU" => {
                let (x, alpha) = (self.input(0), self.input(1));
                let alphas = alpha.codes();
                Prelu::<Double>::new(x.params(), &alphas, alpha.params(), self.out().params(), width)?
                    .run(&x.codes(), &mut output)?;
            }
            "QUANTIZE" if self.input(0).dtype == "float32" => {
                let reals: Vec<f32> = self.input(0).data.iter().map(|&x| x as f32).collect();
                quantize::<HalfAwayFromZero, _>(&reals, self.out().params(), &mut output)?;
            }
            "DEQUANTIZE" => {
                let mut reals = vec![0.0; output.len()];
                dequantize(&self.input(0).codes(), self.input(0).params(), &mut reals)?;
                return Ok(Some(reals.into_iter().map(f64::from).collect()));
            }
            "RELU" | "RELU6" | "LEAKY_RELU" | "LOGISTIC" | "TANH" | "HARD_SWISH" | "QUANTIZE" => {
                self.unary(runtime)?.run(&self.input(0).codes(), &mut output)?;
            }
            "PAD" | "PADV2" => {
                let pads = self.input(1).ints();
                let pads: Vec<[usize; 2]> = pads.chunks(2).map(|p| [p[0] as usize, p[1] as usize]).collect();
                let code = self.optional(2).map_or(self.out().zero(), |t| t.codes()[0]);
                Pad::new(self.input(0).shape(), &pads, code)?.run(&self.input(0).codes(), &mut output)?;
            }
            "CONCATENATION" => {
                let tensors: Vec<&Tensor> = (0..self.inputs.len()).map(|i| self.input(i)).collect();
                let shapes: Vec<Shape> = tensors.iter().map(|t| t.shape()).collect();
                let codes: Vec<Vec<i8>> = tensors.iter().map(|t| t.codes()).collect();
                let codes: Vec<&[i8]> = codes.iter().map(|c| &c[..]).collect();
                let axis = self.params["axis"].as_i64().expect("an axis").rem_euclid(shapes[0].rank() as i64);
                Concat::new(&shapes, axis as usize)?.run(&codes, &mut output)?;
            }
            "RESHAPE" => reshape(&self.input(0).codes(), &mut output)?,
            "BATCH_MATMUL" => {
                let (a, b) = (self.input(0), self.input(1));
                let shape = |t: &Tensor| t.shape.clone().try_into().expect("three dimensions");
                let transposed = ["adj_x", "adj_y"].map(|key| self.params[key].as_bool().expect("a flag"));
                let scales = [a.params().scale(), b.params().scale()];
                let factor = Double::factor(Ratio::new(&scales, &[self.out().params().scale()], width))?;
                let zeros = [a.zero(), b.zero()];
                BatchMatMul::<Double>::new([shape(a), shape(b)], transposed, zeros, factor, self.finish())?
                    .run(&a.codes(), &b.codes(), &mut output)?;
            }
            _ => return Ok(None),
        }
        Ok(floats(output))
    }
}

/// Values compared and values that differ, by runtime and operator.
pub type Tally = BTreeMap<(Runtime, String), (u64, u64)>;

/// Compares every case of a file with every runtime that it has the outputs of.
pub fn check(file: &File, tally: &mut Tally) -> Result<(), String> {
    let date = file.tflite_micro.split("dev").nth(1).and_then(|d| d.get(..8)).unwrap_or("0");
    let tflm = if date >= "20261013" { Runtime::Tflm } else { Runtime::TflmBefore };
    for case in &file.cases {
        let tflm = if case.op == "QLINEAR_MATMUL" { Runtime::Onnx } else { tflm };
        let name = case.wide_name();
        let wanted = [
            (tflm, Some(&case.out().data)),
            (Runtime::LiteRt, case.litert_ref.as_ref()),
            (Runtime::Xnnpack, case.litert_xnnpack.as_ref()),
        ];
        for (runtime, want) in wanted {
            let Some(want) = want else { continue };
            let evaluated = match name {
                Some(_) => case.evaluate_wide(runtime),
                None => case.evaluate(runtime),
            };
            let got = evaluated.map_err(|e| format!("{} case {}: {e}", case.op, case.case))?;
            let Some(got) = got else { continue };
            let count = tally.entry((runtime, name.clone().unwrap_or_else(|| case.op.clone()))).or_default();
            count.0 += want.len() as u64;
            let wrong = got.iter().zip(want).filter(|(a, b)| a != b).count();
            if wrong > 0 && count.1 == 0 {
                let at = got.iter().zip(want).position(|(a, b)| a != b).unwrap_or(0);
                eprintln!(
                    "{runtime:?} {} case {}: first of {wrong} at {at}: got {}, want {}",
                    case.op, case.case, got[at], want[at]
                );
            }
            count.1 += wrong as u64 + u64::from(got.len() != want.len());
        }
    }
    Ok(())
}
