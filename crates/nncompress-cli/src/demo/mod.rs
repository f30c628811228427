//! The bundled networks and samples.

mod architecture;

use nncompress::data::{Samples, parse_labels, parse_samples};
use nncompress::error::Error;
use nncompress::network::Network;
use nncompress::preprocess::Preprocess;
use std::path::Path;

/// A bundled network.
pub struct Bundled {
    /// Its name: that of its weight file.
    pub name: &'static str,
    weights: &'static [u8],
    layers: &'static [architecture::Layer],
    input: &'static [usize],
    samples: Set,
}

/// The sample sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Set {
    /// 450 test images of the digits set, 8 by 8, x/16.
    Digits,
    /// The first 1,000 test images of MNIST, 28 by 28, x/255.
    Mnist,
}

/// Every bundled network.
pub const NETWORKS: [Bundled; 5] = [
    Bundled {
        name: "digits_mlp",
        weights: include_bytes!("../../demo/digits_mlp.safetensors"),
        layers: architecture::DIGITS_MLP,
        input: &[64],
        samples: Set::Digits,
    },
    Bundled {
        name: "digits_mlp_bn",
        weights: include_bytes!("../../demo/digits_mlp_bn.safetensors"),
        layers: architecture::DIGITS_MLP_BN,
        input: &[64],
        samples: Set::Digits,
    },
    Bundled {
        name: "mnist_lenet5",
        weights: include_bytes!("../../demo/mnist_lenet5.safetensors"),
        layers: architecture::LENET5,
        input: &[1, 28, 28],
        samples: Set::Mnist,
    },
    Bundled {
        name: "mnist_bnmlp",
        weights: include_bytes!("../../demo/mnist_bnmlp.safetensors"),
        layers: architecture::BNMLP,
        input: &[1, 28, 28],
        samples: Set::Mnist,
    },
    Bundled {
        name: "mnist_bnconv",
        weights: include_bytes!("../../demo/mnist_bnconv.safetensors"),
        layers: architecture::BNCONV,
        input: &[1, 28, 28],
        samples: Set::Mnist,
    },
];

impl Bundled {
    /// The float network, batch norm kept apart.
    pub fn network(&self) -> anyhow::Result<Network> {
        architecture::build(self.name, self.weights, self.layers, self.input)
    }

    /// Its test set, preprocessed and brought to the input of `network`.
    pub fn samples(&self, network: &Network) -> Result<(Samples, Vec<u32>), Error> {
        let (mut samples, labels) = self.samples.read()?;
        samples.fit(network, Path::new(self.samples.files()[0].0))?;
        Preprocess { scale: self.samples.scale(), ..Preprocess::default() }.apply(&mut samples)?;
        Ok((samples, labels))
    }

    /// What the samples are, in words.
    pub const fn description(&self) -> &'static str {
        match self.samples {
            Set::Digits => "digits (8 by 8), the 450 test images",
            Set::Mnist => "MNIST, the first 1,000 test images",
        }
    }
}

impl Set {
    /// The IDX files: images and labels, with their names.
    pub const fn files(self) -> [(&'static str, &'static [u8]); 2] {
        match self {
            Self::Digits => [
                ("digits-images.idx", include_bytes!("../../demo/digits-images.idx")),
                ("digits-labels.idx", include_bytes!("../../demo/digits-labels.idx")),
            ],
            Self::Mnist => [
                (
                    "mnist-t10k-first1000-images.idx.gz",
                    include_bytes!("../../demo/mnist-t10k-first1000-images.idx.gz"),
                ),
                (
                    "mnist-t10k-first1000-labels.idx.gz",
                    include_bytes!("../../demo/mnist-t10k-first1000-labels.idx.gz"),
                ),
            ],
        }
    }

    /// The factor that brings an image to 0..1.
    pub const fn scale(self) -> f64 {
        match self {
            Self::Digits => 1.0 / 16.0,
            Self::Mnist => 1.0 / 255.0,
        }
    }

    /// The test samples and their labels as they stand in the files.
    fn read(self) -> Result<(Samples, Vec<u32>), Error> {
        let [(images_name, images), (labels_name, labels)] = self.files();
        let samples = parse_samples(images, Path::new(images_name))?;
        let labels = parse_labels(labels, Path::new(labels_name))?;
        match self {
            Self::Mnist => Ok((samples, labels)),
            Self::Digits => {
                let rows = include_str!("../../demo/digits-test_idx.txt");
                let rows: Vec<usize> = rows.split_whitespace().filter_map(|row| row.parse().ok()).collect();
                Ok((samples.select(&rows), rows.iter().map(|row| labels[*row]).collect()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NETWORKS;
    use nncompress::evaluate::Evaluator;
    use nncompress::fold::fold_batch_norm;

    /// The accuracies that an independent implementation measured on these files.
    #[test]
    fn every_bundled_network_scores_as_its_manifest_says() {
        let expected = [444, 447, 990, 981, 985];
        for (bundled, expected) in NETWORKS.iter().zip(expected) {
            for network in [bundled.network().unwrap(), fold_batch_norm(bundled.network().unwrap())] {
                let (samples, labels) = bundled.samples(&network).unwrap();
                let evaluator = Evaluator::new(&network, &samples, &labels).unwrap();
                let score = evaluator.score(&network).unwrap();
                assert_eq!((score.correct, score.total), (expected, labels.len()), "{}", bundled.name);
            }
        }
    }
}
