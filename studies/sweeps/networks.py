"""The networks at hand, each with its samples: where they are, what is done to them, what calibrates.

`ds-cnn`, and the networks on MNIST in their bundled form, are calibrated (without labels) on the samples that they are
judged on, as there are no others.
"""
import os

from . import idx, onnx_file
from .bench import ROOT


class Network:
    def __init__(self, name, model, data, labels, calibrate, preprocess=(), samples=256):
        self.name, self.model, self.data, self.labels = name, model, data, labels
        self.calibrate, self.preprocess, self.samples = calibrate, list(preprocess), samples
        self.float_classes = None
        self._true = self._parts = None

    def test(self):
        """The flags of the test samples."""
        return ["--data", self.data, "--labels", self.labels, *self.preprocess]

    def calibration(self):
        """The flags of the calibration samples."""
        return ["--calibrate", self.calibrate, "--calibration-samples", self.samples, *self.preprocess]

    def true_classes(self):
        if self._true is None:
            self._true = idx.labels(self.labels)
        return self._true

    def parts(self, folder, count=4):
        """The test samples in equal parts, as files."""
        if self._parts is None:
            total = idx.content(self.data)[1][0]
            self._parts = [idx.pick(self.data, f"{folder}/{self.name}-{index}.idx",
                                    range(total * index // count, total * (index + 1) // count))
                           for index in range(count)]
        return self._parts

    def like(self, name, model, preprocess=None):
        """Another model of the same data."""
        preprocess = self.preprocess if preprocess is None else preprocess
        return Network(name, model, self.data, self.labels, self.calibrate, preprocess, self.samples)


BYTE = 1 / 255
MFCC = 0.5847029089927673


def bundled(bench):
    """The networks that come with the command line: nothing else is needed."""
    folder = bench.path("demo")
    bench.run("demo", "--output", bench.path("demo.html"), "--export", folder)

    def path(name):
        return os.path.join(folder, name)

    def mnist(name):
        images = path("mnist-t10k-first1000-images.idx.gz")
        return Network(name, path(f"{name}.onnx"), images, path("mnist-t10k-first1000-labels.idx.gz"), images,
                       ["--scale", BYTE])

    # The bundle has all 1,797 digits; a list beside it says which of them no network was trained on.
    with open(os.path.join(ROOT, "crates", "nncompress-cli", "demo", "digits-test_idx.txt")) as file:
        unseen = [int(number) for number in file.read().split()]
    trained = sorted(set(range(1797)) - set(unseen))
    images, labels = path("digits-images.idx"), path("digits-labels.idx")
    test = idx.pick(images, path("digits-test.idx"), unseen), idx.pick(labels, path("digits-test-labels.idx"), unseen)
    train = idx.pick(images, path("digits-train.idx"), trained)

    def digits(name):
        return Network(name, path(f"{name}.onnx"), *test, train, ["--scale", 1 / 16])

    made = [digits("digits_mlp"), digits("digits_mlp_bn")]
    made += [mnist(name) for name in ("mnist_bnmlp", "mnist_bnconv", "mnist_lenet5")]
    return {network.name: network for network in made}


def at_hand(bench, folder):
    """Every network of the data folder, with the 450 digits that are bundled."""
    def data(*names):
        return os.path.join(folder, *names)

    def model(name):
        return data("models", f"{name}.onnx")

    images, labels = data("mnist", "t10k-images-idx3-ubyte.gz"), data("mnist", "t10k-labels-idx1-ubyte.gz")
    # Two million multiply-adds an image: a fifth of the test set, so that all tables take minutes.
    few = [idx.pick(file, bench.path(name), range(2000)) for file, name in ((images, "t2k.idx"), (labels, "t2k-labels.idx"))]

    def mnist(name, file=None, test=(images, labels)):
        return Network(name, file or model(name), *test, data("mnist", "train-images-idx3-ubyte.gz"), ["--scale", BYTE])

    caffe = onnx_file.lenet5_caffe(data("models", "mnist_lenet5c.safetensors"), bench.path("lenet5c.onnx"))
    first, second = idx.halves(data("ad01_synthetic", "windows1024.idx.gz"), bench.folder)
    words = data("kws01", "mfcc-even500.idx.gz")
    made = [
        Network("resnet8", model("mlperf_ic01_resnet8"), data("cifar10", "test1000-images.nchw.idx.gz"),
                data("cifar10", "test1000-labels.idx.gz"), data("cifar10", "train2000-images.nchw.idx.gz")),
        Network("ds-cnn", model("mlperf_kws01_dscnn"), words, data("kws01", "labels-even500.idx.gz"), words,
                ["--scale", MFCC, "--mean", 83 * MFCC], 500),
        Network("ad", model("mlperf_ad01_autoencoder"), second, None, first, samples=512),
        mnist("mnist_lenet300"), mnist("mnist_lenet5"), mnist("mnist_lenet5c", caffe, few),
        mnist("mnist_bnconv", test=few), mnist("mnist_plainconv", test=few),
        mnist("mnist_bnmlp"),
    ]
    small = bundled(bench)
    made += [small[name] for name in ("digits_mlp", "digits_mlp_bn")]
    return {network.name: network for network in made}
