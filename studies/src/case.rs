//! A network with its test part, as the programs of this package are given it.

use clap::Args;
use nncompress::data::{Samples, read_labels, read_samples};
use nncompress::fold::fold_batch_norm;
use nncompress::import::{ImportOptions, import_model};
use nncompress::network::Network;
use nncompress::preprocess::Preprocess;
use std::path::{Path, PathBuf};

/// A network whose batch norm has been folded, with samples and labels that fit it.
#[derive(Debug)]
pub struct Case {
    /// The network.
    pub network: Network,
    /// The samples.
    pub samples: Samples,
    /// The class of each sample; none where there are no classes.
    pub labels: Vec<u32>,
}

impl Case {
    /// Reads a model and the first `limit` samples.
    ///
    /// # Errors
    /// Those of the files.
    pub fn load(
        model: &Path,
        samples: &Path,
        labels: Option<&Path>,
        limit: usize,
        preprocess: &Preprocess,
    ) -> anyhow::Result<Self> {
        let network = fold_batch_norm(import_model(model, &ImportOptions::default())?.network);
        let samples = read(&network, samples, limit, preprocess)?;
        let mut labels = labels.map(read_labels).transpose()?.unwrap_or_default();
        labels.truncate(limit);
        Ok(Self { network, samples, labels })
    }
}

fn read(network: &Network, file: &Path, limit: usize, preprocess: &Preprocess) -> anyhow::Result<Samples> {
    let mut samples = read_samples(file)?;
    samples.truncate(limit);
    preprocess.apply(&mut samples)?;
    samples.fit(network, file)?;
    Ok(samples)
}

/// A case, as flags name it.
#[derive(Args, Debug)]
pub struct CaseFlags {
    /// The model (.onnx).
    model: PathBuf,
    /// The test samples.
    #[arg(long)]
    data: PathBuf,
    /// Their labels.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Factor on every input element.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Subtracted after that.
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    mean: f64,
    /// Take the first samples only.
    #[arg(long, default_value_t = usize::MAX)]
    first: usize,
}

impl CaseFlags {
    /// Reads the files.
    ///
    /// # Errors
    /// Those of [`Case::load`].
    pub fn load(&self) -> anyhow::Result<Case> {
        Case::load(&self.model, &self.data, self.labels.as_deref(), self.first, &self.preprocess())
    }

    /// Other samples for the same network.
    ///
    /// # Errors
    /// Those of the file.
    pub fn samples(&self, network: &Network, file: &Path, limit: usize) -> anyhow::Result<Samples> {
        read(network, file, limit, &self.preprocess())
    }

    fn preprocess(&self) -> Preprocess {
        Preprocess { scale: self.scale, mean: vec![self.mean], ..Preprocess::default() }
    }
}
