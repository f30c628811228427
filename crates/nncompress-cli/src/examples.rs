//! What `--help` of a command ends with: lines to copy. Files are those of `nncompress demo --export bundled`.

pub const PROGRAM: &str = "\
First steps:
  nncompress demo --export bundled
  cd bundled
  nncompress search mnist_lenet5.onnx --calibrate mnist-t10k-first1000-images.idx.gz --scale 0.00392156862745098 \\
      --output found --max-drop 0.5
Each command ends its --help with examples.";

pub const INSPECT: &str = "\
Example:
  nncompress inspect mnist_lenet5.onnx";

pub const EVAL: &str = "\
Example:
  nncompress eval mnist_lenet5.onnx --data mnist-t10k-first1000-images.idx.gz \\
      --labels mnist-t10k-first1000-labels.idx.gz --scale 0.00392156862745098";

pub const COMPRESS: &str = "\
Examples:
  nncompress compress mnist_lenet5.onnx -o lenet.ncm --format posit6_0 --scale-rule mse
  nncompress compress mnist_lenet5.onnx -o lenet.ncm --format int4 --granularity channel --sparsity 0.5
  nncompress compress network_int8.tflite -o network.ncm";

pub const LOWER: &str = "\
Examples:
  nncompress lower mnist_lenet5.onnx --calibrate mnist-t10k-first1000-images.idx.gz --scale 0.00392156862745098 -o int8.ncm
  nncompress lower found/best.ncm --calibrate mnist-t10k-first1000-images.idx.gz --scale 0.00392156862745098 \\
      -o device.ncm
  nncompress export device.ncm --to c -o sources";

#[cfg(feature = "finetune")]
pub const FINETUNE: &str = "\
Examples:
  nncompress finetune mnist_lenet5.onnx --train-data mnist-t10k-first1000-images.idx.gz \\
      --labels mnist-t10k-first1000-labels.idx.gz --scale 0.00392156862745098 --max-bytes 9k -o tuned.ncm
  nncompress finetune mnist_lenet5.onnx --train-data mnist-t10k-first1000-images.idx.gz \\
      --labels mnist-t10k-first1000-labels.idx.gz --scale 0.00392156862745098 --plan found -o tuned.ncm";

pub const EXPORT: &str = "\
Examples:
  nncompress export network.ncm --to c -o network-c
  nncompress export lenet.ncm --to onnx -o lenet-onnx";

pub const IMPORT: &str = "\
Example:
  nncompress export lenet.ncm --to training -o trained
  nncompress import lenet.ncm --weights trained/lenet.safetensors -o tuned.ncm";

pub const SEARCH: &str = "\
Examples:
  nncompress search mnist_lenet5.onnx --calibrate mnist-t10k-first1000-images.idx.gz --scale 0.00392156862745098 \\
      --output found --max-bytes 20k
  nncompress search mnist_lenet5.onnx --output swept --data mnist-t10k-first1000-images.idx.gz \\
      --labels mnist-t10k-first1000-labels.idx.gz --scale 0.00392156862745098 --formats int4 posit5_0 --max-drop 1
  nncompress search mnist_lenet5.onnx --output part1 --shard 1/4";

pub const MERGE: &str = "\
Example:
  nncompress merge part1/candidates-1-of-2.txt part2/candidates-2-of-2.txt --output found";

pub const COMPLETIONS: &str = "\
Examples:
  nncompress completions bash > ~/.local/share/bash-completion/completions/nncompress
  nncompress completions zsh > ~/.zfunc/_nncompress";

pub const MAN: &str = "\
Example:
  nncompress man -o ~/.local/share/man/man1";

/// All of them.
#[cfg(test)]
pub const ALL: &[&str] = &[
    PROGRAM,
    INSPECT,
    EVAL,
    COMPRESS,
    LOWER,
    #[cfg(feature = "finetune")]
    FINETUNE,
    EXPORT,
    IMPORT,
    SEARCH,
    MERGE,
    COMPLETIONS,
    MAN,
];
