//! The command line, as clap reads it.

use crate::examples;
use clap::{Args, Parser, Subcommand};
use nncompress::format::Format;
use nncompress::grid::Rounding;
use nncompress::joint::Shard;
use nncompress::lower::{RangeRule, StorageRule};
use nncompress::plan::Pattern;
use nncompress::prune::Scope;
use nncompress::scale::{Granularity, ScaleRule};
use std::path::PathBuf;

/// Compresses trained networks for microcontrollers: posits, small integers and pruning.
///
/// Exit codes: 0 done; 1 a file could not be read or written, or is damaged; 2 wrong usage; 3 no plan
/// keeps to the constraint; 4 the model or an operator is not supported.
#[derive(Parser, Debug)]
#[command(name = "nncompress", version, propagate_version = true, after_help = examples::PROGRAM)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: Common,
}

/// Flags of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Everywhere")]
pub struct Common {
    /// Print one JSON object on standard output; everything for people goes to standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress bars and no notes.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Threads to use; all cores if not given.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Seed of every random choice (which samples `--samples` draws).
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Compress the bundled networks and print what became of them. Needs no arguments and no network.
    Demo(Demo),
    /// List the number formats.
    Formats,
    /// Show the layers of a model or an image.
    Inspect(Inspect),
    /// Measure the accuracy of a model or an image.
    Eval(Eval),
    /// Write a model as an image, one setting for all layers unless told otherwise.
    Compress(Compress),
    /// Try many settings and write the front of bytes against accuracy. With --calibrate, and with no samples at all,
    /// each layer gets its own setting; an interrupted search of that kind goes on where it was, from candidates.txt in
    /// its folder.
    Search(Box<Search>),
    /// Join the parts of a search that ran with --shard, and end it: the same files as from one run.
    Merge(Merge),
    /// Turn a model or a float image into an int8 image, which devices run: the weights as the image codes them, int8 for
    /// those of a model, activations int8 by ranges seen on samples.
    Lower(Lower),
    /// Train a network so that its weights lie on the codes of an image: on those of a plan, or on fewer and fewer until
    /// the image keeps to a limit of bytes. An interrupted training goes on where it was, from a file beside the output.
    #[cfg(feature = "finetune")]
    Finetune(Box<Finetune>),
    /// Write an image as C99 or Rust sources for a device, as an ONNX model, or as weights, masks and grids to train
    /// elsewhere.
    Export(Export),
    /// Write an image anew with weights that were trained elsewhere.
    Import(Import),
    /// Print what a shell needs to complete commands and flags.
    Completions(Completions),
    /// Write the manual, a page for each command.
    Man(Man),
}

#[derive(Args, Debug)]
pub struct Demo {
    /// Where the report goes; an older report there is replaced.
    #[arg(long, short, value_name = "FILE", default_value = "nncompress-demo.html")]
    pub output: PathBuf,
    /// Also write the networks as ONNX and the samples as IDX into this new folder, to play with.
    #[arg(long, value_name = "DIR")]
    pub export: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = examples::INSPECT)]
pub struct Inspect {
    /// The model (.onnx, int8 .tflite) or image (.ncm).
    pub file: PathBuf,
    #[command(flatten)]
    pub model: Model,
}

#[derive(Args, Debug)]
#[command(after_help = examples::EVAL)]
pub struct Eval {
    /// The model (.onnx, int8 .tflite) or image (.ncm).
    pub file: PathBuf,
    #[command(flatten)]
    pub model: Model,
    /// The samples: IDX (.idx, -ubyte; .gz too) or .npy.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The labels: IDX or .npy, one integer a sample.
    #[arg(long, value_name = "FILE", required_unless_present = "reference")]
    pub labels: Option<PathBuf>,
    /// A model of the same network: how far the outputs are from its outputs is measured too.
    #[arg(long, value_name = "MODEL")]
    pub reference: Option<PathBuf>,
    /// Write the class of each sample to this file, one a line; an older file there is replaced.
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub predictions: Option<PathBuf>,
    #[command(flatten)]
    pub preprocess: PreprocessFlags,
}

#[derive(Args, Debug)]
#[command(after_help = examples::COMPRESS)]
pub struct Compress {
    /// The model (.onnx; int8 .tflite, which is written without loss).
    pub file: PathBuf,
    /// The image to write (.ncm).
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the image if it exists.
    #[arg(long)]
    pub force: bool,
    /// Do everything but write the image.
    #[arg(long)]
    pub dry_run: bool,
    /// The number format; `nncompress formats` lists them.
    #[arg(long, short, value_name = "FORMAT", default_value = "int8")]
    pub format: Format,
    /// Another format for the layers whose node or weight name matches (`*` and `?` are wildcards);
    /// may be repeated, the last match counts.
    #[arg(long, value_name = "NAME=FORMAT", value_parser = layer_format)]
    pub layer: Vec<(String, Format)>,
    /// Leave the layers that match as they are; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub exclude: Vec<String>,
    #[command(flatten)]
    pub choice: ChoiceFlags,
    /// The share of weights that become zero, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub sparsity: f64,
    /// Whether the smallest weights are sought in each layer or over all of them: layer, global.
    #[arg(long, value_name = "SCOPE", default_value = "layer")]
    pub prune: Scope,
    /// At most N of every M weights of neighbouring inputs survive, such as 2:4.
    #[arg(long, value_name = "N:M", conflicts_with = "sparsity")]
    pub pattern: Option<Pattern>,
    #[command(flatten)]
    pub calibration: Calibration,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub data: OptionalData,
}

#[derive(Args, Debug)]
#[command(after_help = examples::LOWER)]
pub struct Lower {
    /// The model (.onnx), or a float image (.ncm) that `compress` or `search` wrote.
    pub file: PathBuf,
    /// The int8 image to write (.ncm).
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the image if it exists.
    #[arg(long)]
    pub force: bool,
    /// Samples without labels, IDX or .npy, that show what range each activation has.
    #[arg(long, value_name = "FILE")]
    pub calibrate: PathBuf,
    /// How many of them to use, evenly spread over the file.
    #[arg(long, value_name = "N", default_value = "256")]
    pub calibration_samples: usize,
    /// What range the codes of an activation cover: min-max, percentile (99.99 %), kl, mse [default: the one of min-max,
    /// percentile and mse that brings the outputs nearest to float].
    #[arg(long, value_name = "RULE")]
    pub range: Option<RangeRule>,
    /// How weights are stored: smallest, fastest (without dictionaries and bitmaps).
    #[arg(long, value_name = "RULE", default_value = "smallest")]
    pub storage: StorageRule,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub data: OptionalData,
}

#[cfg(feature = "finetune")]
#[derive(Args, Debug)]
#[command(after_help = examples::FINETUNE)]
pub struct Finetune {
    /// The model (.onnx), or a float image (.ncm) to go on from.
    pub file: PathBuf,
    /// The image to write (.ncm).
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the image if it exists.
    #[arg(long)]
    pub force: bool,
    /// The samples to train on: IDX (.idx, -ubyte; .gz too) or .npy.
    #[arg(long, value_name = "FILE")]
    pub train_data: PathBuf,
    /// Their labels: IDX or .npy, one integer a sample.
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,
    /// An image of the same network, or the folder of a search: its formats and factors are held, and its zeros.
    /// Without it every layer gets integers with a step that is trained.
    #[arg(long, value_name = "PLAN", conflicts_with = "max_bytes")]
    pub plan: Option<PathBuf>,
    /// Let the zeros of the plan become other codes.
    #[arg(long, requires = "plan")]
    pub free_zeros: bool,
    /// The largest image: bits get a price that rises until it is kept to. `k` and `M` count 1024 and 1024 * 1024.
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub max_bytes: Option<usize>,
    /// The model whose outputs are imitated; the one to begin with if not given.
    #[arg(long, value_name = "MODEL")]
    pub teacher: Option<PathBuf>,
    /// Where the training is kept while it runs; beside the output, with `.checkpoint` behind its name, if not given.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// How often every sample is seen.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub epochs: usize,
    /// Samples of one step.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub batch: usize,
    /// The size of the first steps in parts of a layer's weights; it falls to a hundredth along half a cosine.
    #[arg(long, value_name = "RATE", default_value_t = 0.01, value_parser = positive)]
    pub learning_rate: f64,
    /// The share of the epochs in which the limit comes down to --max-bytes.
    #[arg(long, value_name = "SHARE", default_value_t = 0.6, value_parser = share)]
    pub ramp: f64,
    /// The first distance of two codes: the root mean square of a layer's weights times 2^(N/4).
    #[arg(long, value_name = "N", default_value_t = 2.0, allow_hyphen_values = true, value_parser = quarters)]
    pub step: f64,
    /// The share of the loss that compares with the teacher's outputs; the rest compares with the labels.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = share)]
    pub distill: f64,
    /// What outputs are divided by before they are compared with the teacher's.
    #[arg(long, value_name = "T", default_value_t = 2.0, value_parser = positive)]
    pub temperature: f64,
    /// The share of the samples that is held out, to judge by.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    pub hold_out: f64,
    /// Epochs without a better image that end the training, once the limit is reached.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub patience: usize,
    /// Move images by up to so many rows and columns.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub shift: usize,
    /// Mirror every second image left to right.
    #[arg(long)]
    pub mirror: bool,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub preprocess: PreprocessFlags,
}

#[derive(Args, Debug)]
#[command(after_help = examples::EXPORT)]
pub struct Export {
    /// The image (.ncm).
    pub file: PathBuf,
    /// What to write: c and rust for int8 images alone, training for images that compute with floats, onnx for any.
    #[arg(long, value_name = "TARGET")]
    pub to: Target,
    /// The folder to write; it is made if it does not exist.
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// What the files and functions are called; the name of the image if not given.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The folder of a checkout of this repository, whose crates an exported crate depends on by path. Without it, by
    /// version.
    #[arg(long, value_name = "DIR")]
    pub runtime_path: Option<PathBuf>,
    /// Replace the files of an earlier export in that folder.
    #[arg(long)]
    pub force: bool,
}

/// What an image is exported to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Target {
    /// One header and one source file of C99.
    C,
    /// A crate.
    Rust,
    /// A model with the weights of the image, those of an int8 image behind QuantizeLinear and DequantizeLinear.
    Onnx,
    /// Weights, masks and grids as safetensors, and a description as JSON; `import` is the way back.
    Training,
}

#[derive(Args, Debug)]
#[command(after_help = examples::IMPORT)]
pub struct Import {
    /// The image (.ncm) that was exported with `--to training`.
    pub file: PathBuf,
    /// The trained weights (.safetensors), called as in that export.
    #[arg(long, value_name = "FILE")]
    pub weights: PathBuf,
    /// The image to write (.ncm).
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the image if it exists.
    #[arg(long)]
    pub force: bool,
    /// Let the zeros of the image become other codes.
    #[arg(long)]
    pub free_zeros: bool,
}

#[derive(Args, Debug)]
#[command(after_help = examples::COMPLETIONS)]
pub struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
#[command(after_help = examples::MAN)]
pub struct Man {
    /// The folder to write; it is made if it does not exist.
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Replace the pages in that folder.
    #[arg(long)]
    pub force: bool,
}

#[derive(Args, Debug)]
#[command(after_help = examples::SEARCH)]
pub struct Search {
    /// The model (.onnx).
    pub file: PathBuf,
    /// The folder to write: run.json, front.csv, report.html and best.ncm.
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Replace the files of an earlier search in that folder.
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub calibration: Calibration,
    /// Formats to try, separated by spaces or by repeating the flag [default: a sweep of int, posit and codebook].
    #[arg(long, value_name = "FORMAT", num_args = 1..)]
    pub formats: Vec<Format>,
    /// Sparsities to try.
    #[arg(long, value_name = "SHARE", num_args = 1.., value_parser = share, default_values_t = [0.0, 0.3, 0.5])]
    pub sparsities: Vec<f64>,
    /// Whether the smallest weights are sought in each layer or over all of them: layer, global.
    #[arg(long, value_name = "SCOPE", default_value = "layer")]
    pub prune: Scope,
    /// The largest image that may be picked; `k` and `M` count 1024 and 1024 * 1024 bytes.
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub max_bytes: Option<usize>,
    /// The most instructions of the weight layers for one sample, by an estimate for a Cortex-M4 without SIMD.
    #[arg(long, value_name = "N")]
    pub max_instructions: Option<u64>,
    /// How many points below float the picked image may be.
    #[arg(long, value_name = "POINTS", conflicts_with = "min_accuracy")]
    pub max_drop: Option<f64>,
    /// The lowest accuracy that may be picked, in per cent.
    #[arg(long, value_name = "PERCENT")]
    pub min_accuracy: Option<f64>,
    /// Patterns of N of M weights to try, such as 2:4. Needs --calibrate.
    #[arg(long, value_name = "N:M", num_args = 1.., requires = "calibrate")]
    pub patterns: Vec<Pattern>,
    /// Try the K-th of N parts of the candidates only, and write them to candidates-K-of-N.txt in the folder, for
    /// `nncompress merge`.
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub data: OptionalData,
}

#[derive(Args, Debug)]
#[command(after_help = examples::MERGE)]
pub struct Merge {
    /// The files of candidates, one from each shard. The flags of the search stand in them; its files are read again,
    /// by the names that were given then.
    #[arg(required = true)]
    pub shards: Vec<PathBuf>,
    /// The folder to write: run.json, front.csv, report.html and best.ncm.
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Replace the files of an earlier search in that folder.
    #[arg(long)]
    pub force: bool,
}

/// Samples without labels that show what the layers' inputs look like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Calibration")]
pub struct Calibration {
    /// Samples to calibrate on, IDX or .npy, without labels: errors are weighed by what the inputs do with them,
    /// later weights make up for earlier ones, and biases are corrected. A search then chooses for each layer.
    #[arg(long, value_name = "FILE")]
    pub calibrate: Option<PathBuf>,
    /// How many of them to use, evenly spread over the file.
    #[arg(long, value_name = "N", default_value = "256", requires = "calibrate")]
    pub calibration_samples: usize,
}

/// How a weight is put on its grid.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Weights")]
pub struct ChoiceFlags {
    /// The factor between weight and grid: none, pow2, pow2-absmax, absmax, mse [default: what serves the format best].
    #[arg(long, value_name = "RULE")]
    pub scale_rule: Option<ScaleRule>,
    /// What shares a factor: tensor, channel [default: what serves the format best].
    #[arg(long, value_name = "WHAT")]
    pub granularity: Option<Granularity>,
    /// What becomes of weights below half of the smallest posit: to-zero, standard (never zero).
    #[arg(long, value_name = "MODE", default_value = "to-zero")]
    pub rounding: Rounding,
    /// Leave a gap around zero between the values, fitted to what pruning leaves.
    #[arg(long)]
    pub offset: bool,
    /// The price of a bit of entropy against square error in the choice of integer codes; 1 is a fair one.
    #[arg(long, value_name = "PRICE", default_value_t = 0.0, value_parser = price)]
    pub rate: f64,
}

/// How a model file is read.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Model")]
pub struct Model {
    /// Keep batch normalisation apart instead of folding it into the weights before it.
    #[arg(long)]
    pub keep_batch_norm: bool,
    /// Accept NaN and infinite weights. Without it they are refused.
    #[arg(long)]
    pub allow_nonfinite: bool,
}

/// Labelled samples.
#[derive(Args, Clone, Debug)]
pub struct Data {
    /// The samples: IDX (.idx, -ubyte; .gz too) or .npy.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The labels: IDX or .npy, one integer a sample.
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,
    #[command(flatten)]
    pub preprocess: PreprocessFlags,
}

/// Labelled samples, or none.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Labelled samples")]
pub struct OptionalData {
    /// The samples: IDX (.idx, -ubyte; .gz too) or .npy. Without them no accuracy is measured.
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub data: Option<PathBuf>,
    /// The labels: IDX or .npy, one integer a sample.
    #[arg(long, value_name = "FILE", requires = "data")]
    pub labels: Option<PathBuf>,
    #[command(flatten)]
    pub preprocess: PreprocessFlags,
}

/// What is done to a sample before the network sees it: (x * scale - mean) / std.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Labelled samples")]
pub struct PreprocessFlags {
    /// Factor on every input element, such as 0.00392156862745098 for x/255 [default: 1].
    #[arg(long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub scale: Option<f64>,
    /// Subtracted after scaling: one number, or one for each channel with commas between.
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', allow_hyphen_values = true)]
    pub mean: Vec<f64>,
    /// Divisor after that: one number, or one for each channel with commas between.
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    pub std: Vec<f64>,
    /// Use this many samples, drawn by the seed.
    #[arg(long, value_name = "N")]
    pub samples: Option<usize>,
}

fn layer_format(text: &str) -> Result<(String, Format), String> {
    let (name, format) = text.rsplit_once('=').ok_or("expected NAME=FORMAT")?;
    format.parse().map(|format| (name.to_owned(), format)).map_err(|error| format!("{error}"))
}

fn shard(text: &str) -> Result<Shard, String> {
    text.parse().map_err(str::to_owned)
}

fn price(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(price) if (0.0..=100.0).contains(&price) => Ok(price),
        _ => Err("expected a number from 0 to 100".to_owned()),
    }
}

#[cfg(feature = "finetune")]
fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (1e-9..=1e9).contains(&number) => Ok(number),
        _ => Err("expected a number above 0".to_owned()),
    }
}

#[cfg(feature = "finetune")]
fn quarters(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (-40.0..=40.0).contains(&number) => Ok(number),
        _ => Err("expected a number from -40 to 40".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

fn bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1 << 10),
        Some(b'M') => (&text[..text.len() - 1], 1 << 20),
        _ => (text, 1),
    };
    let count: usize =
        digits.parse().map_err(|_| "expected a number of bytes, such as 40000 or 32k".to_owned())?;
    count.checked_mul(unit).ok_or_else(|| "too many bytes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Arguments, bytes, layer_format, share};
    use crate::examples;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    /// Every line that `--help` offers to copy.
    #[test]
    fn examples_parse() {
        let mut count = 0;
        for text in examples::ALL {
            let lines = text.replace("\\\n", " ");
            for line in lines.lines().filter(|line| line.starts_with("  nncompress ")) {
                let words = line.split('>').next().unwrap_or_default().split_whitespace();
                assert!(Arguments::try_parse_from(words).is_ok(), "{line}");
                count += 1;
            }
        }
        assert!(count > 10, "{count}");
    }

    #[test]
    fn values_by_hand() {
        assert_eq!(bytes("32k"), Ok(32768));
        assert_eq!(bytes("2M"), Ok(2 << 20));
        assert_eq!(bytes("17"), Ok(17));
        assert!(bytes("k").is_err() && bytes("").is_err() && bytes("-1").is_err());
        assert!(share("1.5").is_err() && share("nan").is_err());
        assert_eq!(layer_format("a=b=int4").unwrap().0, "a=b");
        assert!(layer_format("fc1").is_err() && layer_format("fc1=int99").is_err());
    }
}
