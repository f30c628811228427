"""Trains small networks on tables in float, and writes them with their test parts, for the bin `arithmetic`.

usage: python tabular.py FOLDER SPLITS          needs scikit-learn, numpy, onnx

Each of SPLITS random splits gives a third of the samples to the test (Iris 50, WDBC 190, as Deep Positron has it).
Networks are trained on standardised inputs. `NAME-SPLIT-scaled` takes those; `NAME-SPLIT-raw` takes the inputs as they
were measured, with the standardisation folded into its first layer: the same function in exact arithmetic.
`mushroom` stands in for the data set of that name, which has no package: 22 categorical attributes as 117 columns
of 0 and 1, and a label that follows one attribute, but for some kinds of it, where two others decide.
"""
import struct, sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

KINDS = [6, 4, 10, 2, 9, 2, 2, 2, 12, 2, 5, 4, 4, 9, 9, 1, 4, 3, 5, 9, 6, 7]  # 117 columns


def mushroom():
    draw = np.random.default_rng(0)
    kinds = np.stack([draw.integers(0, count, 8124) for count in KINDS], axis=1)
    label = np.where(kinds[:, 4] < 6, kinds[:, 4] < 3, (kinds[:, 19] < 4) ^ (kinds[:, 8] < 5))
    columns = [kinds[:, i] == kind for i, count in enumerate(KINDS) for kind in range(count)]
    return np.stack(columns, axis=1).astype(np.float64), label.astype(int)


def idx(path, kind, array):
    head = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(head + array.tobytes())


def model(path, layers, inputs):
    nodes, constants, last = [], [], "input"
    for i, (weights, bias) in enumerate(layers):
        for name, array in (("w", weights.T), ("b", bias)):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), f"{name}{i}"))
        nodes.append(helper.make_node("Gemm", [last, f"w{i}", f"b{i}"], [f"sum{i}"], name=f"fc{i}", transB=1))
        last = f"sum{i}"
        if i + 1 < len(layers):
            nodes.append(helper.make_node("Relu", [last], [f"relu{i}"], name=f"relu{i}"))
            last = f"relu{i}"
    tensor = lambda name, n: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", n])
    graph = helper.make_graph(nodes, "mlp", [tensor("input", inputs)], [tensor(last, layers[-1][0].shape[1])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def main():
    folder, splits = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    iris, wdbc = load_iris(), load_breast_cancer()
    for name, (x, y), hidden in (
        ("iris", (iris.data, iris.target), 10), ("wdbc", (wdbc.data, wdbc.target), 16), ("mushroom", mushroom(), 20)
    ):
        for split in range(splits):
            train, test, t, label = train_test_split(x, y, test_size=1 / 3, random_state=split, stratify=y)
            mean, deviation = train.mean(axis=0), train.std(axis=0) + (train.std(axis=0) == 0)
            fit = MLPClassifier((hidden,), alpha=1e-2, max_iter=2000, random_state=split).fit((train - mean) / deviation, t)
            layers = list(zip(fit.coefs_, fit.intercepts_))
            if layers[-1][0].shape[1] == 1:  # one logistic output as two classes
                weights, bias = layers[-1]
                layers[-1] = (np.hstack([-weights, weights]) / 2, np.hstack([-bias, bias]) / 2)
            weights, bias = layers[0]
            raw = [(weights / deviation[:, None], bias - (mean / deviation) @ weights)] + layers[1:]
            for kind, inputs, stack in (("scaled", (test - mean) / deviation, layers), ("raw", test, raw)):
                stem = folder / f"{name}-{split}-{kind}"
                model(stem.with_suffix(".onnx"), stack, x.shape[1])
                idx(stem.with_suffix(".idx"), 0x0D, inputs.astype(">f4"))
            idx(folder / f"{name}-{split}-labels.idx", 0x08, label.astype(np.uint8))
            print(name, split, fit.n_iter_, f"{fit.score((test - mean) / deviation, label):.4f}", flush=True)


main()
