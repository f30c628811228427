"""What zeros bring and cost: pruning with and without a gap around zero, and how codes are stored."""
import os

from .. import compare
from .table import Table, groups, mark, markdown, sizes, value

SPARSITIES = (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
PRUNED = ("resnet8", "ds-cnn", "mnist_lenet300", "mnist_lenet5", "mnist_lenet5c")


def sparsity_measure(setting, network, format, sparsity, offset):
    flags = ["--scale-rule", "mse", "--granularity", "channel", "--sparsity", sparsity] + ["--offset"] * offset
    return setting.bench.measure(network, format, *flags, compensated=True, sparsity=sparsity, offset=offset)


def sparsity_rows(setting):
    found = []
    for name in PRUNED:
        network = setting.networks[name]
        setting.bench.float(network)
        items = [(setting, network, format, sparsity, offset)
                 for format in ("int4", "posit<4,0>") for offset in (False, True) for sparsity in SPARSITIES]
        measured = setting.bench.each(sparsity_measure, items)
        by_setting = {(row["format"], row["sparsity"]): row for row in measured if not row["offset"]}
        for row in measured:
            if row["offset"]:
                plain = by_setting[row["format"], row["sparsity"]]
                compare.against(row, network.true_classes(), row["_classes"], plain["_classes"], "plain")
        found += measured
    return found


def sparsity_render(rows):
    lines = []
    for (network, format, offset), group in groups(rows, "network", "format", "offset").items():
        cells = [f"{value(row)}{mark(row, 'plain')} ({row['bytes'] / 1000:.1f})" for row in group]
        lines.append([network, format, "yes" if offset else "no", *cells])
    header = ["network", "format", "offset"] + [f"{100 * share:.0f} %" for share in SPARSITIES]
    return markdown(header, lines, 3) + "\n\n" + sizes(rows)


STORED_FORMATS = ("int4", "int5", "int8", "posit<4,0>", "posit<5,0>", "posit<8,0>", "codebook4")


def storage_rows(setting):
    found = []
    for network in setting.networks.values():
        if network.name == "mnist_plainconv":
            continue
        layers = setting.bench.study("storage", network.model, "--sparsities", 0, 0.5, 0.9, "--formats", *STORED_FORMATS)
        for (format, sparsity), group in groups(layers, "format", "sparsity").items():
            total = {key: sum(layer[key] for layer in group) for key in ("weights", "factors", "packed", "bitmap", "smallest")}
            found.append(dict(network=network.name, format=format, sparsity=sparsity, **total,
                              entropy_coded_layers=sum(layer["entropy"] for layer in group), layers=len(group)))
    return found


# The page shows these; the rows hold all.
STORED_SHOWN = ("resnet8", "ds-cnn", "ad", "mnist_lenet300", "mnist_lenet5c"), ("int5", "int8", "posit<5,0>", "codebook4")


def storage_render(rows):
    lines = []
    rows = [row for row in rows if row["network"] in STORED_SHOWN[0] and row["format"] in STORED_SHOWN[1]]
    for (network, format), group in groups(rows, "network", "format").items():
        cells = []
        for row in group:
            cells += [f"{8 * row[key] / row['weights']:.2f}" for key in ("packed", "bitmap", "smallest")]
        # Packed codes take the same whatever is zero.
        lines.append([network, format, cells[0], cells[1], cells[2], cells[4], cells[5], cells[7], cells[8]])
    header = ["network", "format", "fixed length", "bitmap", "coded", "50 %: bitmap", "coded", "90 %: bitmap", "coded"]
    weights = ", ".join(f"{network} {group[0]['weights']:,}" for (network,), group in groups(rows, "network").items())
    return markdown(header, lines, 2) + f"\n\nBits a weight, factors and tables included. Weights: {weights}."


def factor_rows(setting):
    found = []
    vww = os.path.join(setting.data, "models", "mlperf_vww01_mobilenetv1_025.onnx")
    for name, model in (("ds-cnn", setting.networks["ds-cnn"].model), ("vww", vww), ("resnet8", setting.networks["resnet8"].model)):
        formats = ["--formats", "int4", "int8"]
        by_channel = setting.bench.study("storage", model, "--granularity", "channel", *formats)
        by_tensor = setting.bench.study("storage", model, "--granularity", "tensor", *formats)
        pairs = [dict(row, saved=row["packed"] - other["packed"]) for row, other in zip(by_channel, by_tensor)]
        for (format, depthwise), group in groups(pairs, "format", "depthwise").items():
            total = {key: sum(layer[key] for layer in group) for key in ("weights", "factors", "packed", "saved")}
            found.append(dict(network=name, format=format, depthwise=depthwise, layers=len(group), **total))
    return found


def factor_render(rows):
    lines = []
    for row in rows:
        kind = "depthwise" if row["depthwise"] else "others"
        lines.append([row["network"], kind, row["format"], f"{row['weights']:,}", f"{row['factors']:,}", f"{row['packed']:,}",
                      f"{row['saved']:,}", f"{8 * row['saved'] / row['weights']:.2f}", f"{100 * row['saved'] / row['packed']:.1f} %"])
    header = ["network", "layers", "format", "weights", "factors", "bytes", "of them factors", "bits a weight", "share"]
    return markdown(header, lines, 3)


def synthetic_rows(setting):
    """The second table that the example prints, cell by cell."""
    tables = setting.bench.example("nncompress", "dead_zone").split("\n\n")
    return [dict(cells=[cell.strip() for cell in line.strip("|").split("|")])
            for line in tables[1].splitlines() if not line.startswith("|---")]


def synthetic_render(rows):
    return markdown(rows[0]["cells"], [row["cells"] for row in rows[1:]], 3)


SYNTHETIC = Table("dead-zone", synthetic_rows, synthetic_render)
SPARSITY = Table("sparsity", sparsity_rows, sparsity_render)
STORAGE = Table("storage", storage_rows, storage_render)
FACTORS = Table("factors", factor_rows, factor_render)
