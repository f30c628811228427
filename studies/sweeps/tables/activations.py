"""Activations in int8 against posits of 8 bits, and in fewer bits; weights stay float."""
from .. import compare
from .table import Table, groups, mark, markdown, sizes, value

FORMATS = [family for bits in (8, 5) for family in (f"int{bits}", *(f"posit<{bits},{es}>" for es in (0, 1, 2)))]
# Samples that are judged: the evaluation is a plain loop.
NETWORKS = {"resnet8": 500, "ds-cnn": 500, "ad": 512, "mnist_lenet300": 2000, "mnist_lenet5": 2000, "mnist_bnconv": 1000}


def rows(setting):
    found = []
    for name, first in NETWORKS.items():
        network = setting.networks[name]
        test = network.test() if network.labels else ["--data", network.data]
        measured = setting.bench.study("activations", network.model, *test, "--calibrate", network.calibrate,
                                       "--first", first, "--formats", *FORMATS)
        labels = network.true_classes()[:first] if network.labels else None
        classes = {row["format"]: row["classes"] for row in measured}
        for row in measured:
            bits = "".join(filter(str.isdigit, row["format"].split(",")[0]))
            made = dict(network=name, format=row["format"], bits=bits and int(bits), output_sqnr=row["output_sqnr"])
            if labels:
                made |= compare.scored(labels, row["classes"])
                compare.against(made, labels, row["classes"], classes["float"])
                if row["format"].startswith("posit"):
                    compare.against(made, labels, row["classes"], classes[f"int{bits}"], "int")
            else:
                made["n"] = first
            found.append(made)
    return found


def render(rows):
    lines = []
    for (network, bits), group in groups(rows, "network", "bits").items():
        if not bits:
            continue
        plain = [row for row in rows if row["network"] == network and row["format"] == "float"][0]
        cells = [(f"{value(row)}{mark(row, 'int')} · " if "accuracy" in row else "") + f"{row['output_sqnr']:.1f} dB" for row in group]
        lines.append([network, value(plain) if "accuracy" in plain else "", bits, *cells])
    header = ["network", "float", "bits", "int, affine", "posit, es 0", "es 1", "es 2"]
    return markdown(header, lines) + "\n\n" + sizes([row for row in rows if "accuracy" in row])


ACTIVATIONS = Table("activations", rows, render)
