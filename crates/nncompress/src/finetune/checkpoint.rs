//! A training as a file, to go on with after a stop: safetensors, so that other programs can look into it.

use super::adam::Moments;
use super::layer::Coding;
use super::{Snapshot, Trainer};
use crate::error::Error;
use crate::evaluate::Score;
use bytemuck::cast_slice;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;

/// What is no tensor. Floats are kept as their bits: a decimal that is off in the last place would change the bytes that
/// come out.
#[derive(Serialize, Deserialize)]
struct State {
    schema: u32,
    /// Of the task and the options.
    key: String,
    step: u64,
    epoch: usize,
    waited: usize,
    bytes: usize,
    price: u64,
    /// Epoch, correct and all of the best image.
    best: Option<[usize; 3]>,
}

const SCHEMA: u32 = 1;

impl Trainer {
    /// What tells this training from others: the networks, the plan, the samples and the options.
    fn key(&self) -> String {
        let mut hash = Sha256::new();
        let floats = |hash: &mut Sha256, data: &[f32]| {
            hash.update((data.len() as u64).to_le_bytes());
            hash.update(cast_slice::<f32, u8>(data));
        };
        hash.update(format!("{:?} {}", self.options, self.task.masks));
        for network in [&self.task.network, &self.task.teacher] {
            for id in network.parameters() {
                floats(&mut hash, network.float_constant(id).map_or(&[], |tensor| &tensor.data));
            }
            hash.update(format!("{:?}", network.nodes));
        }
        for layer in self.task.plan.iter().flatten() {
            floats(&mut hash, &layer.values());
        }
        floats(&mut hash, &self.task.samples.data);
        hash.update(cast_slice::<u32, u8>(&self.task.labels));
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The training as it stands between two epochs.
    ///
    /// # Errors
    /// [`Error::Training`] if it cannot be written down.
    pub fn checkpoint(&self) -> Result<Vec<u8>, Error> {
        let mut tensors: Vec<(String, Dtype, Vec<u8>)> = Vec::new();
        let mut floats =
            |name: String, data: &[f32]| tensors.push((name, Dtype::F32, cast_slice(data).to_vec()));
        let mut levels = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            floats(format!("layer{index}.weights"), &layer.latent);
            floats(format!("layer{index}.mean"), &layer.moments.mean);
            floats(format!("layer{index}.square"), &layer.moments.square);
            if let Coding::Steps(steps) = &layer.coding {
                let moments = &steps.moments;
                let step = [steps.log, moments.mean[0], moments.square[0], steps.worth, steps.rarity];
                floats(format!("layer{index}.step"), &step);
                // They are of the codes before the last look, and cannot be told from the codes after it.
                floats(format!("layer{index}.prices"), &steps.prices.to_vec());
                levels.push((format!("layer{index}.levels"), Dtype::I16, cast_slice(&steps.levels).to_vec()));
            }
        }
        for (index, bias) in self.biases.iter().enumerate() {
            floats(format!("bias{index}.values"), &bias.latent);
            floats(format!("bias{index}.mean"), &bias.moments.mean);
            floats(format!("bias{index}.square"), &bias.moments.square);
        }
        tensors.extend(levels);
        if let Some(best) = &self.best {
            tensors.push(("best".to_owned(), Dtype::U8, best.image.clone()));
        }
        let state = State {
            schema: SCHEMA,
            key: self.key(),
            step: self.step,
            epoch: self.epoch,
            waited: self.waited,
            bytes: self.bytes,
            price: self.price.to_bits(),
            best: self.best.as_ref().map(|best| [best.epoch, best.score.correct, best.score.total]),
        };
        let unwritten =
            |reason: String| Error::Training { reason: format!("no checkpoint can be made: {reason}") };
        let state = serde_json::to_string(&state).map_err(|error| unwritten(error.to_string()))?;
        let views: Vec<(&str, TensorView<'_>)> = tensors
            .iter()
            .map(|(name, kind, data)| {
                let size = kind.bitsize() / 8;
                Ok((name.as_str(), TensorView::new(*kind, vec![data.len() / size], data)?))
            })
            .collect::<Result<_, safetensors::SafeTensorError>>()
            .map_err(|error| unwritten(error.to_string()))?;
        let metadata = HashMap::from([("nncompress".to_owned(), state)]);
        serialize(views, Some(metadata)).map_err(|error| unwritten(error.to_string()))
    }

    /// Goes on where [`checkpoint`](Self::checkpoint) was called. `file` is named in errors.
    ///
    /// # Errors
    /// [`Error::Model`] if the bytes are no checkpoint, [`Error::OtherCheckpoint`] if they are of another training.
    pub fn restore(&mut self, bytes: &[u8], file: &Path) -> Result<(), Error> {
        let broken = |reason: String| Error::Model { file: file.to_owned(), reason };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| broken(error.to_string()))?;
        let state = header.metadata().as_ref().and_then(|metadata| metadata.get("nncompress"));
        let state = state.ok_or_else(|| broken("this is no checkpoint".into()))?;
        let state: State =
            serde_json::from_str(state).map_err(|error| broken(format!("its state: {error}")))?;
        if state.schema != SCHEMA || state.key != self.key() {
            return Err(Error::OtherCheckpoint { file: file.to_owned() });
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| broken(error.to_string()))?;
        let read = |name: String, count: usize| -> Result<Vec<f32>, Error> {
            let data = raw(&tensors, &name, Dtype::F32, count).map_err(broken)?;
            Ok(data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
        };
        let mut layers = self.layers.clone();
        for (index, layer) in layers.iter_mut().enumerate() {
            let count = layer.latent.len();
            layer.latent = read(format!("layer{index}.weights"), count)?;
            layer.moments = Moments {
                mean: read(format!("layer{index}.mean"), count)?,
                square: read(format!("layer{index}.square"), count)?,
            };
            if let Coding::Steps(steps) = &mut layer.coding {
                let step = read(format!("layer{index}.step"), 5)?;
                (steps.log, steps.worth, steps.rarity) = (step[0], step[3], step[4]);
                steps.moments = Moments { mean: vec![step[1]], square: vec![step[2]] };
                let name = format!("layer{index}.levels");
                let levels = raw(&tensors, &name, Dtype::I16, count).map_err(broken)?;
                steps.levels = levels.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
                let prices = read(format!("layer{index}.prices"), steps.prices.to_vec().len())?;
                steps.prices = steps.prices.with(&prices).unwrap_or_else(|| steps.prices.clone());
            }
        }
        let mut biases = self.biases.clone();
        for (index, bias) in biases.iter_mut().enumerate() {
            let count = bias.latent.len();
            bias.latent = read(format!("bias{index}.values"), count)?;
            bias.moments = Moments {
                mean: read(format!("bias{index}.mean"), count)?,
                square: read(format!("bias{index}.square"), count)?,
            };
        }
        let best = match state.best {
            None => None,
            Some([epoch, correct, total]) => {
                let image = tensors.tensor("best").map_err(|error| broken(error.to_string()))?;
                Some(Snapshot { image: image.data().to_vec(), score: Score { correct, total }, epoch })
            }
        };
        (self.layers, self.biases, self.best) = (layers, biases, best);
        (self.step, self.epoch, self.waited) = (state.step, state.epoch, state.waited);
        (self.bytes, self.price) = (state.bytes, f64::from_bits(state.price));
        Ok(())
    }
}

/// The bytes of a tensor of so many elements.
fn raw<'a>(tensors: &SafeTensors<'a>, name: &str, kind: Dtype, count: usize) -> Result<&'a [u8], String> {
    let tensor = tensors.tensor(name).map_err(|error| error.to_string())?;
    if tensor.dtype() != kind || tensor.shape() != [count] {
        return Err(format!(
            "tensor `{name}` is {:?} of shape {:?}, where {kind:?} of shape [{count}] belongs",
            tensor.dtype(),
            tensor.shape()
        ));
    }
    Ok(tensor.data())
}
