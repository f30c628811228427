"""What puts a network's weights far from 1: batch norm that is folded into them, and inputs in 0..255."""
import os

from .. import compare, onnx_file
from .table import Table, groups, mark, markdown, sizes, value

# Format, rule, granularity.
SETTINGS = [
    ("posit<8,0>", "none", "tensor"), ("posit<8,1>", "none", "tensor"), ("posit<8,2>", "none", "tensor"),
    ("posit<6,2>", "none", "tensor"), ("posit<5,0>", "pow2", "tensor"), ("posit<5,0>", "mse", "channel"),
    ("int8", "absmax", "tensor"), ("int5", "absmax", "tensor"), ("int5", "absmax", "channel"),
]


def flags(format, rule, granularity):
    # Without a factor the standard's rounding, which is what a posit without a factor means.
    rounding = ["--rounding", "standard"] if rule == "none" else []
    return [format, "--scale-rule", rule, "--granularity", granularity, *rounding]


def measure(setting, network, variant, kind, extra):
    keys = dict(variant=variant, scale=kind[1], granularity=kind[2])
    return setting.bench.measure(network, *flags(*kind), *extra, **keys)


def both(setting, name, first, second, extra=((), ())):
    """All settings on two variants of a network, (label, network) each; the second is compared with the first."""
    found = []
    for (label, network), more in zip((first, second), extra):
        setting.bench.float(network)
        found.append(setting.bench.each(measure, [(setting, network, label, kind, more) for kind in SETTINGS]))
    for one, other in zip(*found):
        one["network"] = other["network"] = name
        if "_classes" in one:
            compare.against(other, first[1].true_classes(), other["_classes"], one["_classes"], "variant")
    return found[0] + found[1]


def batch_norm_rows(setting):
    found, networks = [], setting.networks
    for name in ("resnet8", "ds-cnn", "ad", "mnist_bnconv", "mnist_bnmlp", "digits_mlp_bn"):
        network = networks[name]
        found += both(setting, name, ("folded", network), ("kept", network), ((), ("--keep-batch-norm",)))
    network = networks["mnist_plainconv"]
    setting.bench.float(network)
    measured = setting.bench.each(measure, [(setting, network, "absent", kind, ()) for kind in SETTINGS])
    return found + [row | {"network": "mnist_bnconv"} for row in measured]


def scaled_first_layer(setting, network, name, factor, preprocess):
    """The network with the weights that read the input times `factor`: the same function of inputs over `factor`."""
    first = setting.bench.run("inspect", network.model)["layers"][0]["weight"]

    def edit(tensor, _, values):
        if tensor == first:
            for index, weight in enumerate(values):
                values[index] = weight * factor

    path = onnx_file.change(network.model, setting.bench.new(".onnx"), edit)
    return network.like(name, path, preprocess)


def input_rows(setting):
    found, networks = [], setting.networks
    raw = networks["resnet8"]
    unit = scaled_first_layer(setting, raw, "resnet8", 255.0, ["--scale", 1 / 255])
    found += both(setting, "resnet8", ("0..1", unit), ("0..255", raw))
    for name in ("mnist_lenet300", "mnist_lenet5", "mnist_bnconv", "mnist_bnmlp"):
        unit = networks[name]
        raw = scaled_first_layer(setting, unit, name, 1 / 255, [])
        found += both(setting, name, ("0..1", unit), ("0..255", raw))
    return found


def render(column):
    def one(rows):
        lines = []
        for (network, variant), group in groups(rows, "network", "variant").items():
            lines.append([network, variant] + [value(row) + mark(row, "variant") for row in group])
        names = [f"{kind[0].replace('posit<', 'P').rstrip('>')} {kind[1]}{' ch' if kind[2] == 'channel' else ''}"
                 for kind in SETTINGS]
        return markdown(["network", column, *names], lines, 2) + "\n\n" + sizes(rows)
    return one


BATCH_NORM = Table("batch-norm", batch_norm_rows, render("batch norm"))
INPUTS = Table("inputs", input_rows, render("inputs"))
