//! What a convolution or a pool reads at each position: rows of a value, gathered.
//!
//! A value lies as `[elements, samples]`, so a row is one element of all samples and gathering copies whole rows. A
//! convolution of one channel of 3 by 3 with a kernel of 2 by 2 has four positions; tap (0, 0) reads the elements
//! 0, 1, 3, 4, tap (1, 1) the elements 4, 5, 7, 8. What lies in the padding is [`OUTSIDE`].

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Storage, Tensor};
use std::sync::Arc;

/// The row of a tap that lies in the padding.
pub(super) const OUTSIDE: u32 = u32::MAX;

/// A window that slides over an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Window {
    /// Channels, height, width of the image.
    pub input: [usize; 3],
    /// Height and width of what comes out.
    pub output: [usize; 2],
    pub kernel: [usize; 2],
    pub strides: [usize; 2],
    pub dilations: [usize; 2],
    /// Rows above and columns before the image.
    pub begins: [usize; 2],
}

impl Window {
    /// Positions in one channel.
    pub const fn positions(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Taps in one channel.
    pub const fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// The row that a tap reads in a channel at a position.
    fn row(&self, channel: usize, tap: usize, position: usize) -> u32 {
        let [_, height, width] = self.input;
        let at = |axis: usize, step: usize, tap: usize, length: usize| {
            let place = step * self.strides[axis] + tap * self.dilations[axis];
            place.checked_sub(self.begins[axis]).filter(|place| *place < length)
        };
        let y = at(0, position / self.output[1], tap / self.kernel[1], height);
        let x = at(1, position % self.output[1], tap % self.kernel[1], width);
        match (y, x) {
            (Some(y), Some(x)) => ((channel * height + y) * width + x) as u32,
            _ => OUTSIDE,
        }
    }

    /// Rows in the order channel, tap, position: the columns of a convolution.
    pub fn columns(&self) -> Vec<u32> {
        let of_tap = |channel: usize, tap: usize| {
            (0..self.positions()).map(move |position| self.row(channel, tap, position))
        };
        let of_channel =
            |channel: usize| (0..self.taps()).flat_map(move |tap| of_tap(channel, tap)).collect::<Vec<_>>();
        (0..self.input[0]).flat_map(of_channel).collect()
    }

    /// Rows in the order channel, position, tap: what a pool reads for each of its outputs.
    pub fn pools(&self) -> Vec<u32> {
        let of_output = |channel: usize, position: usize| {
            (0..self.taps()).map(move |tap| self.row(channel, tap, position))
        };
        let of_channel = |channel: usize| {
            (0..self.positions())
                .flat_map(move |position| of_output(channel, position).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        };
        (0..self.input[0]).flat_map(of_channel).collect()
    }
}

/// The elements of a tensor of `f32` that lies in one piece.
pub(super) fn with_data<T>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(storage) = &*storage else { candle_core::bail!("the tensor is not on the CPU") };
    Ok(read(piece(storage, layout)?))
}

fn piece<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let data = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&data[start..end]),
        None => candle_core::bail!("the tensor does not lie in one piece"),
    }
}

fn samples(layout: &Layout) -> usize {
    layout.dims().last().copied().unwrap_or(1)
}

/// Copies rows of `[elements, samples]`; those outside are 0.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    pub rows: Arc<Vec<u32>>,
}

impl CustomOp1 for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (data, n) = (piece(storage, layout)?, samples(layout));
        let mut out = vec![0.0f32; self.rows.len() * n];
        for (out, &row) in out.chunks_exact_mut(n.max(1)).zip(self.rows.iter()) {
            if row != OUTSIDE {
                out.copy_from_slice(&data[row as usize * n..(row as usize + 1) * n]);
            }
        }
        Ok((CpuStorage::F32(out), (self.rows.len(), n).into()))
    }

    fn bwd(&self, arg: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (elements, n) = arg.dims2()?;
        let mut sum = vec![0.0f32; elements * n];
        with_data(&grad.contiguous()?, |grad| {
            for (grad, &row) in grad.chunks_exact(n.max(1)).zip(self.rows.iter()) {
                if row != OUTSIDE {
                    let into = &mut sum[row as usize * n..(row as usize + 1) * n];
                    into.iter_mut().zip(grad).for_each(|(into, grad)| *into += grad);
                }
            }
        })?;
        Tensor::from_vec(sum, (elements, n), &Device::Cpu).map(Some)
    }
}

/// The largest of `taps` rows for each output; the gradient goes to the first of the largest.
#[derive(Clone, Debug)]
pub(super) struct MaxPool {
    pub rows: Arc<Vec<u32>>,
    pub taps: usize,
}

impl CustomOp1 for MaxPool {
    fn name(&self) -> &'static str {
        "max-pool"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (data, n) = (piece(storage, layout)?, samples(layout));
        let outputs = self.rows.len() / self.taps;
        let mut out = vec![f32::NEG_INFINITY; outputs * n];
        for (out, rows) in out.chunks_exact_mut(n.max(1)).zip(self.rows.chunks_exact(self.taps)) {
            for &row in rows.iter().filter(|row| **row != OUTSIDE) {
                let read = &data[row as usize * n..(row as usize + 1) * n];
                out.iter_mut().zip(read).for_each(|(out, read)| *out = out.max(*read));
            }
        }
        Ok((CpuStorage::F32(out), (outputs, n).into()))
    }

    fn bwd(&self, arg: &Tensor, result: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (elements, n) = arg.dims2()?;
        let mut sum = vec![0.0f32; elements * n];
        let grad = grad.contiguous()?;
        with_data(arg, |arg| {
            with_data(result, |result| {
                with_data(&grad, |grad| {
                    let lines = result.chunks_exact(n.max(1)).zip(grad.chunks_exact(n.max(1)));
                    for ((result, grad), rows) in lines.zip(self.rows.chunks_exact(self.taps)) {
                        for sample in 0..n {
                            let place = |row: &u32| *row as usize * n + sample;
                            let first = rows
                                .iter()
                                .filter(|row| **row != OUTSIDE)
                                .map(place)
                                .find(|place| arg[*place] == result[sample]);
                            if let Some(first) = first {
                                sum[first] += grad[sample];
                            }
                        }
                    }
                })
            })
        })???;
        Tensor::from_vec(sum, (elements, n), &Device::Cpu).map(Some)
    }
}
