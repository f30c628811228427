//! Models and samples, as the flags name them.

use crate::arguments::{Common, Data, Model, OptionalData, PreprocessFlags};
use crate::failure::Failure;
use crate::progress::note;
use anyhow::Context;
use nncompress::data::{Samples, check_labels, read_labels, read_samples};
use nncompress::fold::fold_batch_norm;
use nncompress::image::decode;
use nncompress::import::{ImportOptions, import_model};
use nncompress::network::Network;
use nncompress::preprocess::Preprocess;
use rand::{RngExt, SeedableRng};
use std::path::Path;

/// A network and where it came from.
pub struct Loaded {
    /// The network; from an image, with the weights that the image stands for.
    pub network: Network,
    /// The length of the file.
    pub bytes: usize,
    /// The image's bytes, if it was one.
    pub image: Option<Vec<u8>>,
}

/// Reads a model or an image.
pub fn load(file: &Path, flags: Model, common: &Common) -> Result<Loaded, Failure> {
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ncm")) {
        let image = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let network = decode(&image, file)?;
        return Ok(Loaded { network, bytes: image.len(), image: Some(image) });
    }
    let imported = import_model(file, &ImportOptions { allow_nonfinite: flags.allow_nonfinite })?;
    imported.warnings.iter().for_each(|warning| note(common, warning));
    let bytes = std::fs::metadata(file).map_or(0, |meta| usize::try_from(meta.len()).unwrap_or(usize::MAX));
    let network = if flags.keep_batch_norm { imported.network } else { fold_batch_norm(imported.network) };
    Ok(Loaded { network, bytes, image: None })
}

/// A network that is no image yet.
pub fn load_model(file: &Path, flags: Model, common: &Common) -> Result<Loaded, Failure> {
    let loaded = load(file, flags, common)?;
    match loaded.image {
        Some(_) => Err(Failure::Usage(format!(
            "{} is an image already; give the model that it was made from",
            file.display()
        ))),
        None => Ok(loaded),
    }
}

/// Samples with their labels.
pub struct Labelled {
    pub samples: Samples,
    pub labels: Vec<u32>,
}

/// Reads the samples, brings them to the input of `network`, preprocesses them, and draws a part of them
/// if the flags ask for one.
pub fn labelled(network: &Network, data: &Data, common: &Common) -> Result<Labelled, Failure> {
    read_labelled(data, common, |samples| samples.fit(network, &data.data))
}

/// The same with samples of the shape that their file gives them.
pub fn labelled_as_is(data: &Data, common: &Common) -> Result<Labelled, Failure> {
    read_labelled(data, common, |_| Ok(()))
}

fn read_labelled(
    data: &Data,
    common: &Common,
    fit: impl FnOnce(&mut Samples) -> Result<(), nncompress::Error>,
) -> Result<Labelled, Failure> {
    let mut samples = read_samples(&data.data)?;
    let labels = read_labels(&data.labels)?;
    check_labels(&samples, &data.data, &labels, &data.labels)?;
    fit(&mut samples)?;
    preprocess(&data.preprocess).apply(&mut samples)?;
    Ok(draw(Labelled { samples, labels }, &data.preprocess, common.seed))
}

/// The same where samples may be left out.
pub fn optionally_labelled(
    network: &Network,
    data: &OptionalData,
    common: &Common,
) -> Result<Option<Labelled>, Failure> {
    given(data).map(|data| labelled(network, &data, common)).transpose()
}

/// The same with samples of the shape that their file gives them.
pub fn optionally_labelled_as_is(data: &OptionalData, common: &Common) -> Result<Option<Labelled>, Failure> {
    given(data).map(|data| labelled_as_is(&data, common)).transpose()
}

/// The samples and labels, if both are given.
fn given(data: &OptionalData) -> Option<Data> {
    let preprocess = data.preprocess.clone();
    Some(Data { data: data.data.clone()?, labels: data.labels.clone()?, preprocess })
}

/// Samples without labels, brought to the input of `network` and preprocessed; at most `count`, evenly spread.
pub fn unlabelled(
    network: &Network,
    file: &Path,
    flags: &PreprocessFlags,
    count: usize,
) -> Result<Samples, Failure> {
    let mut samples = read_samples(file)?;
    if count < samples.len() {
        let total = samples.len();
        samples = samples.select(&(0..count).map(|index| index * total / count).collect::<Vec<_>>());
    }
    samples.fit(network, file)?;
    preprocess(flags).apply(&mut samples)?;
    Ok(samples)
}

fn preprocess(flags: &PreprocessFlags) -> Preprocess {
    let mut preprocess = Preprocess { scale: flags.scale.unwrap_or(1.0), ..Preprocess::default() };
    if !flags.mean.is_empty() {
        preprocess.mean.clone_from(&flags.mean);
    }
    if !flags.std.is_empty() {
        preprocess.std.clone_from(&flags.std);
    }
    preprocess
}

/// A part of the samples without replacement, in the order of the file: selection sampling, each sample
/// taken with the probability (still wanted) / (still left).
fn draw(all: Labelled, flags: &PreprocessFlags, seed: u64) -> Labelled {
    let total = all.labels.len();
    let Some(wanted) = flags.samples.filter(|wanted| *wanted < total) else { return all };
    let mut random = rand::rngs::SmallRng::seed_from_u64(seed);
    let mut left = wanted;
    let taken: Vec<usize> = (0..total)
        .filter(|index| {
            let take = random.random_range(0..total - index) < left;
            left -= usize::from(take);
            take
        })
        .collect();
    Labelled {
        samples: all.samples.select(&taken),
        labels: taken.iter().map(|index| all.labels[*index]).collect(),
    }
}
