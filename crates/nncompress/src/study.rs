//! A network under study: its layers prepared, and the way back from what was chosen for each layer to a network
//! and an image.

use crate::calibrate::Statistics;
use crate::compensate::{Candidate, Prepared};
use crate::error::Error;
use crate::image::encode_layers;
use crate::network::{Constant, Network, Source, ValueId, WeightLayer};
use crate::plan::Choice;
use crate::quantize::Layer;
use crate::reference::Reference;
use crate::scale::to_bfloat16;
use rayon::prelude::*;

/// A float network with its layers prepared for compression.
#[derive(Debug)]
pub struct Study {
    network: Network,
    places: Vec<WeightLayer>,
    layers: Vec<Prepared>,
    biases: Vec<Option<ValueId>>,
}

impl Study {
    /// Prepares the weight layers of `network`; without statistics nothing is compensated or corrected.
    #[must_use]
    pub fn new(network: Network, statistics: Option<&Statistics>) -> Self {
        let places = network.weight_layers();
        let prepare = |(index, place): (usize, &WeightLayer)| {
            let moments = statistics.and_then(|s| s.layers.get(index)).and_then(Option::as_ref);
            let channels = network.float_constant(place.value)?.shape.get(place.channel_axis).copied()?;
            let bias = moments.and_then(|_| network.bias_of(place, channels));
            let absorbed = bias.is_some() || moments.is_some() && network.is_normalized(place);
            Some((Prepared::new(&network, place, moments, absorbed)?, bias))
        };
        let prepared: Vec<_> = places.par_iter().enumerate().filter_map(prepare).collect();
        let (layers, biases) = prepared.into_iter().unzip();
        Self { network, places, layers, biases }
    }

    /// The float network.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The layers, in the order of [`Network::weight_layers`].
    #[must_use]
    pub fn layers(&self) -> &[Prepared] {
        &self.layers
    }

    /// A layer under a choice.
    #[must_use]
    pub fn candidate(&self, layer: usize, choice: &Choice) -> Candidate {
        self.layers[layer].quantize(choice)
    }

    /// The network with these contents of its layers, and biases that make up for what they do to the means; `None`
    /// keeps a layer as it is. Biases are rounded to numbers whose lower half is 0.
    #[must_use]
    pub fn network_with(&self, contents: &[Option<&Layer>]) -> Network {
        let mut network = self.network.clone();
        for (index, content) in contents.iter().enumerate() {
            let Some(content) = content else { continue };
            let values = content.values();
            if let Some(bias) = self.biases[index] {
                let correction = self.layers[index].bias_correction(&values);
                if let Some(data) = float_mut(&mut network, bias) {
                    for (row, value) in data.iter_mut().enumerate() {
                        let moved = f64::from(*value) + correction.as_ref().map_or(0.0, |by| by[row]);
                        *value = to_bfloat16(moved as f32);
                    }
                }
            }
            if let Some(data) = float_mut(&mut network, self.places[index].value) {
                *data = values;
            }
        }
        network
    }

    /// The network with these contents of all its layers, its biases corrected as by
    /// [`network_with`](Self::network_with), and its batch normalisations [estimated
    /// anew](Reference::renormalize) if there are samples to do it on.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn compressed(&self, contents: &[&Layer], reference: Option<&Reference>) -> Result<Network, Error> {
        let mut network =
            self.network_with(&contents.iter().map(|content| Some(*content)).collect::<Vec<_>>());
        if let Some(reference) = reference {
            reference.renormalize(&mut network)?;
        }
        Ok(network)
    }

    /// The image of [`compressed`](Self::compressed).
    ///
    /// # Errors
    /// Those of the engine and of the encoder.
    pub fn image(&self, contents: &[&Layer], reference: Option<&Reference>) -> Result<Vec<u8>, Error> {
        encode_layers(&self.compressed(contents, reference)?, contents)
    }
}

fn float_mut(network: &mut Network, id: ValueId) -> Option<&mut Vec<f32>> {
    match &mut network.values.get_mut(id.index())?.source {
        Source::Constant(Constant::Float(tensor)) => Some(&mut tensor.data),
        _ => None,
    }
}
