//! Cases with tensors of other types than int8: 16-bit activations, uint8 codes, LSTM; and ONNX Runtime's product.

use super::{Case, Runtime, Tensor};
use fixq::op::{AveragePool2d, Binary, Gate, Lstm, LstmSizes, MaxPool2d, Requantize, int16};
use fixq::product::{self, Matrix, Packed};
use fixq::*;

impl Tensor {
    fn params_as<T: Code>(&self, codes: Codes<T>) -> Params<T> {
        Params::new(self.scale[0] as f32, self.zero_point[0], codes).expect("parameters of a runtime")
    }

    fn params16(&self) -> Params<i16> {
        self.params_as(Codes::INT16)
    }

    fn codes16(&self) -> Vec<i16> {
        self.data.iter().map(|&x| x as i16).collect()
    }

    fn codes_u8(&self) -> Vec<u8> {
        self.data.iter().map(|&x| x as u8).collect()
    }
}

fn floats<T: Into<f64>>(codes: Vec<T>) -> Option<Vec<f64>> {
    Some(codes.into_iter().map(T::into).collect())
}

impl Case {
    /// The name under which results are counted, for cases of this file.
    pub fn wide_name(&self) -> Option<String> {
        let types = [self.input(0).dtype.as_str(), self.out().dtype.as_str()];
        match self.op.as_str() {
            "UNIDIRECTIONAL_SEQUENCE_LSTM" => Some("LSTM".into()),
            "QLINEAR_MATMUL" => Some(self.op.clone()),
            _ if !types.iter().any(|t| ["int16", "uint8"].contains(t)) => None,
            "QUANTIZE" | "DEQUANTIZE" => Some(format!("{} {} to {}", self.op, types[0], types[1])),
            _ => Some(format!("{} {}", self.op, types[0])),
        }
    }

    pub fn evaluate_wide(&self, runtime: Runtime) -> Result<Option<Vec<f64>>, Error> {
        let mut output = vec![0i16; self.out().data.len()];
        let width = runtime.width(&self.op);
        match self.op.as_str() {
            "FULLY_CONNECTED" | "CONV_2D" | "DEPTHWISE_CONV_2D" => {
                let bias = self.input(2);
                return if bias.dtype == "int64" {
                    let bias: Vec<i64> = bias.data.iter().map(|&x| x as i64).collect();
                    Ok(floats(self.layer16(&bias, width)?))
                } else {
                    Ok(floats(self.layer16(&bias.ints(), width)?))
                };
            }
            "AVERAGE_POOL_2D" | "MAX_POOL_2D" => {
                let x = self.input(0);
                let (window, end) = (self.window(self.pair("filter")), self.finish16());
                if self.op == "MAX_POOL_2D" {
                    MaxPool2d::new(x.image(), window, end)?.run(&x.codes16(), &mut output)?;
                } else {
                    AveragePool2d::new(x.image(), window, end)?.run(&x.codes16(), &mut output)?;
                }
            }
            "ADD" | "MUL" => {
                let (a, b, y) = (self.input(0), self.input(1), self.out().params16());
                let shapes = Binary::new(&a.shape(), &b.shape())?;
                let (inputs, end) = ([a.params16(), b.params16()], self.finish16());
                let (a, b) = (a.codes16(), b.codes16());
                if self.op == "ADD" {
                    int16::Add::new(shapes, inputs, y, end)?.run(&a, &b, &mut output)?;
                } else {
                    int16::Mul::new(shapes, inputs, y, end)?.run(&a, &b, &mut output)?;
                }
            }
            "SOFTMAX" => {
                let (x, beta) = (self.input(0), self.params["beta"].as_f64().expect("beta") as f32);
                int16::Softmax::new(x.shape(), x.params16().scale(), beta)?.run(&x.codes16(), &mut output)?;
            }
            "LOGISTIC" => int16::Logistic::new(self.input(0).params16().scale())?
                .run(&self.input(0).codes16(), &mut output)?,
            "TANH" => {
                int16::Tanh::new(self.input(0).params16().scale())?
                    .run(&self.input(0).codes16(), &mut output)?;
            }
            "QUANTIZE" => return self.quantize(),
            "DEQUANTIZE" => {
                let (x, mut reals) = (self.input(0), vec![0.0; output.len()]);
                if x.dtype == "uint8" {
                    dequantize(&x.codes_u8(), x.params_as(Codes::UINT8), &mut reals)?;
                } else {
                    dequantize(&x.codes16(), x.params16(), &mut reals)?;
                }
                return Ok(floats(reals));
            }
            "UNIDIRECTIONAL_SEQUENCE_LSTM" => return Ok(floats(self.lstm(width)?)),
            "QLINEAR_MATMUL" => return Ok(floats(self.qlinear()?)),
            _ => return Ok(None),
        }
        Ok(floats(output))
    }

    fn finish16(&self) -> Output<i16> {
        Output::new(self.out().params16(), self.activation())
    }

    fn layer16<B: int16::Bias>(&self, bias: &[B], width: Width) -> Result<Vec<i16>, Error> {
        let (x, w) = (self.input(0), self.input(1));
        let (input, weights) = (x.codes16(), w.codes());
        let width = if w.scale.len() == 1 { width } else { Width::F64 };
        let of = |scale: &f64| {
            let scales = [x.params16().scale(), *scale as f32];
            Double::factor(Ratio::new(&scales, &[self.out().params16().scale()], width))
        };
        let factors = w.scale.iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let count = *self.out().shape.last().expect("channels");
        let channels = int16::Channels::new(count, Some(bias), &factors, self.finish16())?;
        let mut output = vec![0; self.out().data.len()];
        if self.op == "FULLY_CONNECTED" {
            let inputs = w.shape[1];
            int16::FullyConnected::new(&*weights, [input.len() / inputs, inputs], channels)?
                .run(&input, &mut output)?;
            return Ok(output);
        }
        let window = self.window([w.shape[1], w.shape[2]]);
        if self.op == "CONV_2D" {
            int16::Conv2d::new(&*weights, x.image(), window, x.shape[3] / w.shape[3], channels)?
                .run(&input, &mut output)?;
        } else {
            int16::DepthwiseConv2d::new(&*weights, x.image(), window, channels)?.run(&input, &mut output)?;
        }
        Ok(output)
    }

    fn quantize(&self) -> Result<Option<Vec<f64>>, Error> {
        let (x, y) = (self.input(0), self.out());
        let reals: Vec<f32> = x.data.iter().map(|&x| x as f32).collect();
        let (mut bytes, mut unsigned, mut words) =
            (vec![0i8; y.data.len()], vec![0u8; y.data.len()], vec![0i16; y.data.len()]);
        match (x.dtype.as_str(), y.dtype.as_str()) {
            ("float32", "int16") => quantize::<HalfAwayFromZero, _>(&reals, y.params16(), &mut words)?,
            ("float32", "uint8") => {
                quantize::<HalfAwayFromZero, _>(&reals, y.params_as(Codes::UINT8), &mut unsigned)?;
            }
            ("int8", "int16") => {
                Requantize::<_, _, Double>::new(x.params(), y.params16())?.run(&x.codes(), &mut words)?
            }
            ("int8", "uint8") => Requantize::<_, _, Double>::new(x.params(), y.params_as(Codes::UINT8))?
                .run(&x.codes(), &mut unsigned)?,
            ("uint8", "int8") => Requantize::<_, _, Double>::new(x.params_as(Codes::UINT8), y.params())?
                .run(&x.codes_u8(), &mut bytes)?,
            ("int16", "int8") => {
                Requantize::<_, _, Double>::new(x.params16(), y.params())?.run(&x.codes16(), &mut bytes)?
            }
            ("int16", "int16") => {
                Requantize::<_, _, Double>::new(x.params16(), y.params16())?.run(&x.codes16(), &mut words)?
            }
            _ => return Ok(None),
        }
        Ok(match y.dtype.as_str() {
            "int8" => floats(bytes),
            "uint8" => floats(unsigned),
            _ => floats(words),
        })
    }

    fn lstm(&self, width: Width) -> Result<Vec<i8>, Error> {
        let x = self.input(0);
        let state = self.input(18);
        let (inputs, params) = (x.codes(), [x.params(), state.params()]);
        let weights: Vec<Vec<i8>> = (1..9).map(|i| self.input(i).codes()).collect();
        let biases: Vec<Vec<i32>> = (12..16).map(|i| self.input(i).ints()).collect();
        let scale = |i: usize| self.input(i).scale[0] as f32;
        let gate = |g: usize| {
            let pairs = [(&*weights[g], scale(1 + g)), (&*weights[4 + g], scale(5 + g))];
            Gate::new(pairs, &biases[g], params, width)
        };
        let time_major = self.params["time_major"].as_bool().expect("a flag");
        let (batch, time) = if time_major { (x.shape[1], x.shape[0]) } else { (x.shape[0], x.shape[1]) };
        let sizes = LstmSizes { batch, time, inputs: x.shape[2], states: state.shape[1], time_major };
        let exponent = self.params["exponent"].as_i64().expect("an exponent") as i32;
        let clip = self.params["clip"].as_f64().expect("a clip") as f32;
        let op = Lstm::new(sizes, [gate(0)?, gate(1)?, gate(2)?, gate(3)?], params, exponent, clip)?;
        let mut hidden = vec![params[1].zero_point(); op.state_len()];
        let (mut cell, mut output) = (vec![0; op.state_len()], vec![0; op.output_len()]);
        op.run(&inputs, &mut hidden, &mut cell, &mut output)?;
        Ok(output)
    }

    fn qlinear(&self) -> Result<Vec<i8>, Error> {
        let (a, b, y) = (self.input(0), self.input(1), self.out());
        let ((left, right), [_, columns]) = ((a.codes(), b.codes()), [b.shape[0], b.shape[1]]);
        let matrix = |codes, t: &Tensor| Matrix::new(codes, [t.shape[0], t.shape[1]], t.zero_point[0]);
        let (left, right) = (matrix(&*left, a)?, matrix(&*right, b)?);
        let backend = Backend::best();
        let mut lines = vec![Line::ZERO; product::packed_len(backend, right.rows(), columns)?];
        let packed = Packed::new(backend, &right, &mut lines)?;
        let scales = [a.params().scale(), b.params().scale()];
        let factor = F32HalfEven::factor(Ratio::new(&scales, &[y.params().scale()], Width::F32))?;
        let factors = [factor];
        let end = Output::new(y.params(), Activation::None);
        let channels = Channels::<F32HalfEven>::new(columns, None, &factors, end)?;
        let (mut scratch, mut codes) =
            (vec![0; product::scratch_len(&packed, left.rows())], vec![0; y.data.len()]);
        product::gemm_codes(&left, &packed, &channels, &mut scratch, &mut codes)?;
        Ok(codes)
    }
}
