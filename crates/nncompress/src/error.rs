//! What can go wrong, one variant a cause.

use nncompress_runtime::ImageError;
use std::io;
use std::path::PathBuf;

/// An error of this crate; its text names the file and the place, and where it helps what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be opened or read.
    #[error("cannot read {}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file has no bytes.
    #[error("{}: the file is empty", file.display())]
    EmptyFile {
        /// The file.
        file: PathBuf,
    },
    /// No importer reads this kind of file.
    #[error("{}: {reason}", file.display())]
    UnsupportedFile {
        /// The file.
        file: PathBuf,
        /// Why, and what to do instead.
        reason: String,
    },
    /// The bytes of a file do not follow its format.
    #[error("{}: at byte {offset}: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Where, counted from 0; in a compressed file, in what it unpacks to.
        offset: u64,
        /// What was expected and what was found.
        reason: String,
    },
    /// A model lacks a part that it must have, or has it twice.
    #[error("{}: {reason}", file.display())]
    Model {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A node uses an operator that is not supported.
    #[error(
        "{}: node `{node}` uses the operator `{operator}` of {domain} (opset {opset}), which is not \
         supported{}",
        file.display(), more(*others)
    )]
    UnsupportedOperator {
        /// The file.
        file: PathBuf,
        /// The node.
        node: String,
        /// The operator.
        operator: String,
        /// The operator's set.
        domain: String,
        /// The version of that set, 0 if the file does not name one.
        opset: i64,
        /// How many further nodes use operators that are not supported.
        others: usize,
    },
    /// A node uses a supported operator in a way that is not.
    #[error("{}: node `{node}` ({operator}): {reason}", file.display())]
    UnsupportedNode {
        /// The file.
        file: PathBuf,
        /// The node.
        node: String,
        /// The operator.
        operator: String,
        /// What is not supported.
        reason: String,
    },
    /// A node breaks the rules of its operator or of the graph.
    #[error("{}: node `{node}`: {reason}", file.display())]
    Node {
        /// The file.
        file: PathBuf,
        /// The node.
        node: String,
        /// What is wrong.
        reason: String,
    },
    /// A tensor's shape, type and data do not agree.
    #[error("{}: tensor `{tensor}`: {reason}", file.display())]
    Tensor {
        /// The file.
        file: PathBuf,
        /// The tensor.
        tensor: String,
        /// What is wrong.
        reason: String,
    },
    /// A tensor is of a type, or kept in a way, that is not supported.
    #[error("{}: tensor `{tensor}`: {reason}", file.display())]
    UnsupportedTensor {
        /// The file.
        file: PathBuf,
        /// The tensor.
        tensor: String,
        /// What is not supported, and what to do instead.
        reason: String,
    },
    /// A weight is NaN or infinite.
    #[error(
        "{}: tensor `{tensor}`: element {index} is {value}; weights must be finite \
         (--allow-nonfinite lets them through)",
        file.display()
    )]
    NonFinite {
        /// The file.
        file: PathBuf,
        /// The tensor.
        tensor: String,
        /// The first such element, counted from 0 in row-major order.
        index: usize,
        /// Its value.
        value: f32,
    },
    /// Samples cannot be fed to a network.
    #[error("{}: samples of shape {found:?} do not fit the network input `{input}` of shape {expected}", file.display())]
    SampleShape {
        /// The file of the samples.
        file: PathBuf,
        /// The input.
        input: String,
        /// Its shape.
        expected: String,
        /// The shape of one sample.
        found: Vec<usize>,
    },
    /// There are not as many labels as samples.
    #[error("{} holds {samples} samples but {} holds {labels} labels", data.display(), file.display())]
    LabelCount {
        /// The file of the samples.
        data: PathBuf,
        /// The file of the labels.
        file: PathBuf,
        /// How many samples there are.
        samples: usize,
        /// How many labels there are.
        labels: usize,
    },
    /// A label is not a whole number from 0 on.
    #[error("{}: label {index} is {value}, which is not a class number", file.display())]
    Label {
        /// The file.
        file: PathBuf,
        /// Which label, counted from 0.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// The preprocessing does not fit the samples or cannot be computed.
    #[error("preprocessing: {reason}")]
    Preprocess {
        /// What is wrong.
        reason: String,
    },
    /// The float engine does not take the network.
    #[error("the float engine does not take the network: {reason}")]
    EngineLoad {
        /// What it says.
        reason: String,
    },
    /// The float engine failed while it ran the network.
    #[error("the float engine failed: {reason}")]
    EngineRun {
        /// What it says.
        reason: String,
    },
    /// The bytes of an image are not sound.
    #[error("{}: {source}", file.display())]
    Image {
        /// The file.
        file: PathBuf,
        /// What the reader says.
        source: ImageError,
    },
    /// The graph of an image does not hang together.
    #[error("{}: value {value} has no source, or more than one; write the image again", file.display())]
    ImageGraph {
        /// The file.
        file: PathBuf,
        /// The value.
        value: u32,
    },
    /// A node of an int8 network cannot be run as it stands.
    #[error("int8 node `{node}`: {source}")]
    Int8 {
        /// The node.
        node: String,
        /// What its operator says.
        source: fixq::Error,
    },
    /// A node of a float network has no int8 form.
    #[error("node `{node}` ({operator}) cannot be lowered to int8: {reason}")]
    Lower {
        /// The node.
        node: String,
        /// Its operator, as ONNX calls it.
        operator: &'static str,
        /// Why.
        reason: String,
    },
    /// The weights of an int8 node cannot be stored as it asks for.
    #[error("int8 node `{node}`: {reason}; choose another storage or other weights")]
    WeightStorage {
        /// The node.
        node: String,
        /// What does not fit.
        reason: String,
    },
    /// A step of an int8 image cannot be written in another language with the same results.
    #[error("step {step}: {reason}; the image itself runs on the runtime crate")]
    Export {
        /// The step, counted from 0.
        step: usize,
        /// Why.
        reason: String,
    },
    /// A length does not fit the image format.
    #[error("{what}: a length of {length} does not fit an image, whose lengths have 32 bits")]
    ImageTooLarge {
        /// What has that length.
        what: &'static str,
        /// The length.
        length: usize,
    },
    /// A plan or a set of weights is for another network.
    #[error("the network has {expected} weight layers, but {found} are given")]
    PlanLength {
        /// How many weight layers the network has.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// A file of candidates is of another search.
    #[error(
        "{}: these candidates are of another search: the model, the samples, the formats or the version differ",
        file.display()
    )]
    OtherCandidates {
        /// The file.
        file: PathBuf,
    },
    /// A search was to end with candidates that nobody tried.
    #[error("{missing} candidates are missing; give the other shards too")]
    MissingCandidates {
        /// How many.
        missing: usize,
    },
    /// A plan is for a layer of another size.
    #[error(
        "layer `{layer}` has {expected} weights, but the plan is for {found}; give the plan of this network"
    )]
    PlanShape {
        /// The node that reads the weights.
        layer: String,
        /// Its weights.
        expected: usize,
        /// Those of the plan.
        found: usize,
    },
    /// A node of a float network cannot be trained.
    #[error("node `{node}` ({operator}) cannot be trained: {reason}")]
    Untrainable {
        /// The node.
        node: String,
        /// Its operator, as ONNX calls it.
        operator: &'static str,
        /// Why.
        reason: String,
    },
    /// A training cannot begin or go on.
    #[error("training: {reason}")]
    Training {
        /// Why.
        reason: String,
    },
    /// A checkpoint is of another training.
    #[error(
        "{}: this checkpoint is of another training: the model, the teacher, the plan, the samples or the flags \
         differ; give another file or remove it",
        file.display()
    )]
    OtherCheckpoint {
        /// The file.
        file: PathBuf,
    },
    /// A share of weights is none.
    #[error("the sparsity {found} is not between 0 and 1")]
    Sparsity {
        /// What was given.
        found: f64,
    },
    /// A label names a class that the network does not have.
    #[error("a label is {label}, but the network has {classes} outputs, 0 to {}", classes.saturating_sub(1))]
    LabelRange {
        /// The label.
        label: u32,
        /// The number of outputs.
        classes: usize,
    },
}

/// The end of [`Error::UnsupportedOperator`].
fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => " (nor is that of 1 more node)".into(),
        n => format!(" (nor are those of {n} more nodes)"),
    }
}

impl Error {
    /// Whether the input is sound but asks for something that is not supported: an operator, a type of
    /// tensor, a kind of file.
    #[must_use]
    pub const fn is_unsupported(&self) -> bool {
        matches!(
            self,
            Self::UnsupportedFile { .. }
                | Self::UnsupportedOperator { .. }
                | Self::UnsupportedNode { .. }
                | Self::UnsupportedTensor { .. }
                | Self::Lower { .. }
                | Self::Untrainable { .. }
        )
    }
}
