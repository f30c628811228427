//! Fine-tuning: weights learn to lie on the codes that an image stores.
//!
//! The network runs with the weights that an image of its codes would decode to; gradients pass straight through to the
//! weights behind them. Codes are those of a plan, with its grids and zeros held, or multiples of a step that learns too,
//! chosen under a price of bits: the price rises until the image keeps to a limit of bytes, so pruning is gradual and
//! what counts most for the loss keeps its bits. A part of the samples is held out; what is returned is the image that
//! does best on it, scored as it is shipped.
//!
//! Matrix products and derivatives are those of `candle`. With the same seed, inputs and machine the same bytes come out,
//! on any number of threads, and also after a stop and a resumption.

mod adam;
mod batches;
mod checkpoint;
mod graph;
mod layer;
mod loss;
mod price;
mod shrink;
mod window;

pub use batches::Augmentation;

use crate::data::Samples;
use crate::error::Error;
use crate::evaluate::{Evaluator, Score};
use crate::image::{decode, encode_layers};
use crate::network::{Network, ValueId};
use crate::quantize::Layer;
use crate::scale::to_bfloat16;
use adam::{Adam, Moments};
use batches::{Random, batch};
use candle_core::{Device, Tensor, Var};
use graph::{Graph, constants, failed};
use layer::{Coding, Trained, size};
use loss::Loss;
use std::collections::HashMap;
use std::path::Path;

/// Steps between two looks at the size of the image.
const LOOK: u64 = 50;

/// How often a price is doubled or halved at a look.
const DOUBLINGS: usize = 8;

/// How finely a price is sought between two: to a twelfth of an octave.
const HALVINGS: usize = 3;

/// How to fine-tune.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Options {
    /// How often every training sample is seen.
    pub epochs: usize,
    /// Samples of one step.
    pub batch: usize,
    /// The size of the first steps in parts of a layer's weights; it falls to a hundredth along half a cosine.
    pub learning_rate: f64,
    /// The largest image; without it bits have no price.
    pub max_bytes: Option<usize>,
    /// The share of the epochs in which the limit of bytes comes down to [`max_bytes`](Self::max_bytes).
    pub ramp: f64,
    /// The first step of a layer is the root mean square of its weights times 2^(quarters/4).
    pub quarters: f64,
    /// The share of the loss that compares with the teacher, 0 to 1; the rest compares with the labels.
    pub distill: f64,
    /// What scores are divided by before they are compared with the teacher's.
    pub temperature: f64,
    /// The share of the samples that is held out, above 0 and below 1.
    pub hold_out: f64,
    /// Epochs without a better image, after the limit of bytes is reached, that end the training.
    pub patience: usize,
    /// What is done to samples.
    pub augmentation: Augmentation,
    /// The seed of every random choice.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            epochs: 20,
            batch: 64,
            learning_rate: 0.01,
            max_bytes: None,
            ramp: 0.6,
            quarters: 2.0,
            distill: 0.5,
            temperature: 2.0,
            hold_out: 0.1,
            patience: 10,
            augmentation: Augmentation::default(),
            seed: 1,
        }
    }
}

/// What is trained from what.
#[derive(Clone, Debug)]
pub struct Task {
    /// The network to begin with.
    pub network: Network,
    /// The network whose outputs are imitated.
    pub teacher: Network,
    /// The layers of a plan: their grids and factors are held, and their zeros too if `masks` says so. Without them the
    /// layers get steps.
    pub plan: Option<Vec<Layer>>,
    /// Whether the zeros of the plan are held.
    pub masks: bool,
    /// Samples, brought to the input of the network.
    pub samples: Samples,
    /// Their classes.
    pub labels: Vec<u32>,
}

/// An image on the way.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    /// The image.
    pub image: Vec<u8>,
    /// What it scores on the samples that are held out.
    pub score: Score,
    /// The epoch, counted from 1, after which it was taken; 0 before the first.
    pub epoch: usize,
}

/// How far the training is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Progress {
    /// Steps that were made.
    pub step: u64,
    /// Steps of all epochs.
    pub steps: u64,
    /// The mean loss since the epoch began.
    pub loss: f64,
    /// The bytes of the image when it was last looked at; 0 before.
    pub bytes: usize,
}

/// What an epoch came to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: usize,
    /// The mean loss.
    pub loss: f64,
    /// The bytes of the image.
    pub bytes: usize,
    /// What the image scores on the samples that are held out.
    pub score: Score,
    /// Whether it is the best so far.
    pub best: bool,
}

/// A bias in training.
#[derive(Clone, Debug)]
struct Bias {
    value: ValueId,
    latent: Vec<f32>,
    moments: Moments,
    /// What steps of the training are parts of: the larger root mean square of the first biases and the weights.
    size: f32,
}

/// A network in training.
#[derive(Debug)]
pub struct Trainer {
    task: Task,
    options: Options,
    graph: Graph,
    teacher: Teacher,
    layers: Vec<Trained>,
    biases: Vec<Bias>,
    train: Vec<usize>,
    held: (Samples, Vec<u32>),
    /// Steps that were made.
    step: u64,
    /// Epochs that were ended.
    epoch: usize,
    /// What a bit is worth, in units of loss.
    price: f64,
    bytes: usize,
    first_bytes: usize,
    best: Option<Snapshot>,
    /// Epochs since the best.
    waited: usize,
}

/// The network that is imitated, with its weights.
#[derive(Debug)]
struct Teacher {
    graph: Graph,
    parameters: HashMap<ValueId, Tensor>,
}

impl Trainer {
    /// Prepares the training.
    ///
    /// # Errors
    /// [`Error::Untrainable`] with the node whose operator is not known here, [`Error::PlanLength`] and
    /// [`Error::PlanShape`] if the plan is for another network, [`Error::LabelRange`], [`Error::Training`] if no samples
    /// are left to train on or to hold out, or if the networks do not have the same inputs and classes.
    pub fn new(task: Task, options: Options) -> Result<Self, Error> {
        let graph = Graph::new(&task.network)?;
        let teacher = Teacher::new(&task.teacher)?;
        if (graph.classes, graph.elements) != (teacher.graph.classes, teacher.graph.elements) {
            return Err(Error::Training {
                reason: format!(
                    "the network has {} inputs and {} classes, its teacher {} and {}",
                    graph.elements, graph.classes, teacher.graph.elements, teacher.graph.classes
                ),
            });
        }
        if let Some(&label) = task.labels.iter().find(|label| **label as usize >= graph.classes) {
            return Err(Error::LabelRange { label, classes: graph.classes });
        }
        let (train, held) = split(&task, &options)?;
        let layers = prepared(&task, &options)?;
        let biases = biases(&task.network);
        let mut made = Self {
            graph,
            teacher,
            layers,
            biases,
            train,
            held,
            step: 0,
            epoch: 0,
            price: 0.0,
            bytes: 0,
            first_bytes: 0,
            best: None,
            waited: 0,
            options,
            task,
        };
        made.first_bytes = made.image()?.len();
        made.bytes = made.first_bytes;
        Ok(made)
    }

    /// The best image so far that keeps to the limit of bytes.
    #[must_use]
    pub const fn best(&self) -> Option<&Snapshot> {
        self.best.as_ref()
    }

    /// Epochs that were ended.
    #[must_use]
    pub const fn epochs(&self) -> usize {
        self.epoch
    }

    /// Samples that are trained on, and samples that are held out.
    #[must_use]
    pub fn samples(&self) -> [usize; 2] {
        [self.train.len(), self.held.1.len()]
    }

    /// Whether all epochs are over, or the last of them brought nothing better.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.epoch >= self.options.epochs || self.waited >= self.options.patience
    }

    /// Steps of one epoch.
    #[must_use]
    pub fn steps_of_epoch(&self) -> u64 {
        self.train.len().div_ceil(self.options.batch.max(1)) as u64
    }

    /// How far the training is, 0 to 1.
    fn share(&self) -> f64 {
        self.step as f64 / (self.steps_of_epoch() * self.options.epochs as u64).max(1) as f64
    }

    /// Sees every training sample once, in an order of its own; `progress` is called after each step.
    ///
    /// # Errors
    /// [`Error::Training`] if the training library fails or the loss is not finite; those of the encoder and of the
    /// engine.
    pub fn epoch(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<Epoch, Error> {
        let mut random = Random::new(self.options.seed, self.epoch as u64 + 1);
        let order = random.order(self.train.len());
        let steps = self.steps_of_epoch() * self.options.epochs as u64;
        let (mut sum, mut seen) = (0.0, 0usize);
        for numbers in order.chunks(self.options.batch.max(1)) {
            let numbers: Vec<usize> = numbers.iter().map(|number| self.train[*number]).collect();
            let loss = self.train_on(&numbers, &mut random)?;
            if !loss.is_finite() {
                return Err(Error::Training {
                    reason: format!(
                        "the loss is {loss} at step {}; a smaller learning rate may help",
                        self.step
                    ),
                });
            }
            sum += loss * numbers.len() as f64;
            seen += numbers.len();
            progress(Progress { step: self.step, steps, loss: sum / seen as f64, bytes: self.bytes });
        }
        self.look()?;
        self.epoch += 1;
        let image = self.image()?;
        self.bytes = image.len();
        let score = self.score(&image)?;
        let fits = self.options.max_bytes.is_none_or(|most| image.len() <= most);
        let better = |best: &Snapshot| (score.correct, best.image.len()) > (best.score.correct, image.len());
        let best = fits && self.best.as_ref().is_none_or(better);
        self.waited = if best || self.share() < self.options.ramp { 0 } else { self.waited + 1 };
        if best {
            self.best = Some(Snapshot { image, score, epoch: self.epoch });
        }
        Ok(Epoch { epoch: self.epoch, loss: sum / seen.max(1) as f64, bytes: self.bytes, score, best })
    }

    /// One step on these samples; their loss before it.
    fn train_on(&mut self, numbers: &[usize], random: &mut Random) -> Result<f64, Error> {
        self.code();
        let half = 0.5 * (1.0 + (core::f64::consts::PI * self.share()).cos());
        let rate = self.options.learning_rate * (0.01 + 0.99 * half);
        self.step += 1;
        let input = batch(&self.task.samples, numbers, self.options.augmentation, random);
        let labels: Vec<u32> = numbers.iter().map(|number| self.task.labels[*number]).collect();
        let shape = (self.graph.elements, numbers.len());
        let input = Tensor::from_vec(input, shape, &Device::Cpu).map_err(failed)?;
        let teacher = if self.options.distill > 0.0 { self.teacher.scores(&input)? } else { Vec::new() };
        let (loss, gradients) = self.gradients(input, &teacher, &labels).map_err(failed)?;
        let adam = Adam::new(rate, self.step);
        let (weights, biases) = gradients.split_at(self.layers.len());
        for (layer, gradient) in self.layers.iter_mut().zip(weights) {
            layer.step(gradient, &adam);
        }
        for (bias, gradient) in self.biases.iter_mut().zip(biases) {
            adam.step(&mut bias.latent, gradient, &mut bias.moments, bias.size);
        }
        if self.step.is_multiple_of(LOOK) {
            self.look()?;
        }
        Ok(loss)
    }

    /// The loss of a batch, and its gradient by the values of every layer, then of every bias.
    fn gradients(
        &self,
        input: Tensor,
        teacher: &[f32],
        labels: &[u32],
    ) -> candle_core::Result<(f64, Vec<Vec<f32>>)> {
        let values = self.layers.iter().map(|layer| (layer.value, layer.shape.clone(), layer.values.clone()));
        let biases = self.biases.iter().map(|bias| (bias.value, vec![bias.latent.len()], bias.values()));
        let variables: Vec<(ValueId, Var)> = values
            .chain(biases)
            .map(|(id, shape, data)| Ok((id, Var::from_vec(data, shape, &Device::Cpu)?)))
            .collect::<candle_core::Result<_>>()?;
        let parameters = variables.iter().map(|(id, variable)| (*id, variable.as_tensor().clone())).collect();
        let scores = self.graph.run(input, &parameters)?;
        let loss =
            Loss { distill: self.options.distill as f32, temperature: self.options.temperature as f32 };
        let (loss, gradient) = window::with_data(&scores.contiguous()?, |s| loss.of(s, teacher, labels))?;
        // The derivative of this sum is what the derivative of the loss is.
        let gradient = Tensor::from_vec(gradient, scores.shape(), &Device::Cpu)?;
        let store = scores.mul(&gradient)?.sum_all()?.backward()?;
        let of = |(_, variable): &(ValueId, Var)| match store.get(variable) {
            Some(gradient) => window::with_data(&gradient.contiguous()?, <[f32]>::to_vec),
            None => Ok(vec![0.0; variable.elem_count()]),
        };
        Ok((loss, variables.iter().map(of).collect::<candle_core::Result<_>>()?))
    }

    fn code(&mut self) {
        self.layers.iter_mut().for_each(Trained::code);
    }

    fn reprice(&mut self) {
        let adam = Adam::new(0.0, self.step.max(1));
        self.layers.iter_mut().for_each(|layer| layer.reprice(&adam));
    }

    /// The limit of bytes at this point of the ramp: from the first image's to the last, fast at first.
    fn limit(&self, most: usize) -> f64 {
        let done = (self.share() / self.options.ramp.max(1e-9)).min(1.0);
        let goal = 0.985 * most as f64;
        goal * (self.first_bytes as f64 / goal).max(1.0).powf((1.0 - done).powi(2))
    }

    /// Looks at the image's size, and sets the price at which it keeps to the limit of this moment.
    fn look(&mut self) -> Result<(), Error> {
        self.code();
        self.reprice();
        let Some(most) = self.options.max_bytes else { return Ok(()) };
        let limit = self.limit(most) as usize;
        if self.price == 0.0 {
            self.price = self.first_price();
        }
        // Doubled or halved until the limit lies between, then cut in half a few times.
        let (mut price, mut bytes) = (self.price, self.bytes_at(self.price)?);
        let up = bytes > limit;
        let factor = if up { 2.0 } else { 0.5 };
        let mut other = price;
        for _ in 0..DOUBLINGS {
            if (bytes > limit) != up {
                break;
            }
            other = price;
            price *= factor;
            bytes = self.bytes_at(price)?;
        }
        let (mut low, mut high) = if up { (other, price) } else { (price, other) };
        for _ in 0..HALVINGS {
            let middle = (low * high).sqrt();
            if self.bytes_at(middle)? > limit { low = middle } else { high = middle }
        }
        self.price = high;
        self.bytes = self.bytes_at(high)?;
        Ok(())
    }

    /// A price at which a bit is worth a thousandth of a step's square in the middle of the layers.
    fn first_price(&self) -> f64 {
        let squares = self.layers.iter().filter_map(|layer| match &layer.coding {
            Coding::Steps(steps) => Some(steps.curvature * f64::from(steps.step()).powi(2)),
            _ => None,
        });
        let (count, sum) = squares.fold((0usize, 0.0), |(count, sum), square| (count + 1, sum + square));
        1e-3 * sum / count.max(1) as f64
    }

    /// The bytes of the image whose codes are chosen at a price.
    fn bytes_at(&mut self, price: f64) -> Result<usize, Error> {
        self.layers.iter_mut().for_each(|layer| layer.set_price(price));
        self.code();
        Ok(self.image()?.len())
    }

    /// The network with the codes as they are, and the layers.
    fn image(&self) -> Result<Vec<u8>, Error> {
        let mut network = self.task.network.clone();
        for layer in &self.layers {
            if let Some(tensor) = shrink::float_mut(&mut network, layer.value) {
                tensor.data.clone_from(&layer.values);
            }
        }
        for bias in &self.biases {
            if let Some(tensor) = shrink::float_mut(&mut network, bias.value) {
                tensor.data = bias.values();
            }
        }
        let layers: Vec<Layer> = self.layers.iter().map(Trained::layer).collect();
        let (network, layers) = shrink::shrink(network, &layers)?;
        encode_layers(&network, &layers.iter().collect::<Vec<_>>())
    }

    /// The score of an image on the samples that are held out.
    fn score(&self, image: &[u8]) -> Result<Score, Error> {
        let network = decode(image, Path::new("image"))?;
        Evaluator::new(&network, &self.held.0, &self.held.1)?.score(&network)
    }
}

impl Bias {
    /// As an image stores them.
    fn values(&self) -> Vec<f32> {
        self.latent.iter().map(|bias| to_bfloat16(*bias)).collect()
    }
}

impl Teacher {
    fn new(network: &Network) -> Result<Self, Error> {
        let graph = Graph::new(network)?;
        let parameters = constants(network, &network.parameters())?;
        Ok(Self { graph, parameters })
    }

    fn scores(&self, input: &Tensor) -> Result<Vec<f32>, Error> {
        let scores = self.graph.run(input.clone(), &self.parameters).and_then(|scores| scores.contiguous());
        window::with_data(&scores.map_err(failed)?, <[f32]>::to_vec).map_err(failed)
    }
}

/// The numbers of the samples that are trained on, and the samples that are held out.
fn split(task: &Task, options: &Options) -> Result<(Vec<usize>, (Samples, Vec<u32>)), Error> {
    let count = task.samples.len().min(task.labels.len());
    let order = Random::new(options.seed, 0).order(count);
    let held = (options.hold_out * count as f64).round() as usize;
    if held == 0 || held >= count {
        return Err(Error::Training {
            reason: format!("{held} of {count} samples are held out; both parts need at least one"),
        });
    }
    let (held, train) = order.split_at(held);
    let labels = held.iter().map(|number| task.labels[*number]).collect();
    Ok((train.to_vec(), (task.samples.select(held), labels)))
}

/// The layers with what their codes are chosen from.
fn prepared(task: &Task, options: &Options) -> Result<Vec<Trained>, Error> {
    let places = task.network.weight_layers();
    if let Some(plan) = task.plan.as_ref().filter(|plan| plan.len() != places.len()) {
        return Err(Error::PlanLength { expected: places.len(), found: plan.len() });
    }
    let mut layers = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let Some(tensor) = task.network.float_constant(place.value) else { continue };
        let of_plan = task.plan.as_ref().and_then(|plan| plan.get(index));
        let count = of_plan.map(|layer| match layer {
            Layer::Coded(coded) => coded.codes.len(),
            Layer::Float(tensor) => tensor.data.len(),
        });
        if let Some(found) = count.filter(|count| *count != tensor.data.len()) {
            let layer = task.network.nodes[place.node].name.clone();
            return Err(Error::PlanShape { layer, expected: tensor.data.len(), found });
        }
        layers.push(match of_plan {
            None => Trained::with_steps(place.value, tensor, options.quarters),
            Some(Layer::Coded(coded)) => {
                let coding = Coding::Plan { layer: coded.clone(), masks: task.masks };
                Trained::new(place.value, tensor, coding)
            }
            Some(Layer::Float(plan)) => {
                let mask = plan.data.iter().map(|weight| !task.masks || *weight != 0.0).collect();
                Trained::new(place.value, tensor, Coding::Float { mask })
            }
        });
    }
    Ok(layers)
}

/// The biases of the weight layers.
fn biases(network: &Network) -> Vec<Bias> {
    let layers = network.weight_layers();
    let bias = |layer: &crate::network::WeightLayer| {
        let value = network.nodes[layer.node].inputs.get(2).copied().flatten()?;
        let latent = network.float_constant(value)?.data.clone();
        let size = size(&latent).max(size(&network.float_constant(layer.value)?.data));
        Some(Bias { value, moments: Moments::new(latent.len()), latent, size })
    };
    let mut biases: Vec<Bias> = Vec::new();
    for bias in layers.iter().filter_map(bias) {
        if !biases.iter().any(|known| known.value == bias.value) {
            biases.push(bias);
        }
    }
    biases
}
