"""Where a format's range and the weights' meet: factors off by powers of two, exponent bits, rounding, outliers."""
import statistics

from .. import compare, idx, onnx_file
from .table import Table, groups, mark, markdown, sizes, value

SHIFTS = 6


def scale_rows(setting):
    """The program `scales` in the place of the command line, which fits every factor."""
    formats = ["int8", "posit<8,0>", "posit<8,1>", "posit<8,2>", "int5", "posit<5,0>", "posit<5,1>", "posit<5,2>"]
    found = []
    for name in ("resnet8", "ds-cnn", "mnist_lenet5"):
        network = setting.networks[name]
        labels = network.true_classes()
        measured = setting.bench.study("scales", network.model, *network.test(), "--shifts", SHIFTS, "--formats", *formats)
        fitted = {row["format"]: row["classes"] for row in measured if row["shift"] == 0}
        for row in measured:
            made = dict(network=name, format=row["format"], shift=row["shift"], **compare.scored(labels, row["classes"]))
            compare.against(made, labels, row["classes"], fitted[row["format"]], "fitted")
            found.append(compare.against(made, labels, row["classes"], fitted["float"]))
    return found


def scale_render(rows):
    shifts = range(-SHIFTS, SHIFTS + 1)
    lines = []
    for (network, format), group in groups(rows, "network", "format").items():
        if format == "float":
            continue
        cells = {row["shift"]: value(row, 1) for row in group}
        # The widest run of factors around the fitted one that no paired test tells from it.
        worse = {row["shift"] for row in group if row["p_fitted"] < 0.05 and row["lost_from_fitted"] > row["gained_from_fitted"]}
        low = next((k for k in range(0, -SHIFTS - 1, -1) if k in worse), -SHIFTS - 1) + 1
        high = next((k for k in range(0, SHIFTS + 1) if k in worse), SHIFTS + 1) - 1
        lines.append([network, format] + [cells[k] for k in shifts] + [high - low])
    header = ["network", "format"] + [f"2^{k}" if k else "fitted" for k in shifts] + ["octaves"]
    return markdown(header, lines, 2) + "\n\n" + sizes(rows)


ES_NETWORKS = ("resnet8", "ds-cnn", "ad", "mnist_lenet300", "mnist_lenet5", "mnist_bnconv")
# Of two rules that differ in the rounding alone the standard's comes first.
ES_RULES = [("none", "tensor", "standard"), ("pow2", "tensor", "standard"), ("pow2", "tensor", "to-zero"),
            ("mse", "channel", "to-zero")]


def es_measure(setting, network, n, es, rule, granularity, rounding):
    flags = ["--scale-rule", rule, "--granularity", granularity, "--rounding", rounding]
    return setting.bench.measure(network, f"posit<{n},{es}>", *flags, bits=n, es=es, scale=rule, granularity=granularity,
                                 rounding=rounding)


def es_rows(setting):
    found = []
    for name in ES_NETWORKS:
        network = setting.networks[name]
        setting.bench.float(network)
        items = [(setting, network, n, es, *rule) for n in (4, 5, 6, 8) for es in (0, 1, 2) for rule in ES_RULES]
        measured = setting.bench.each(es_measure, items)
        for index, row in enumerate(measured):
            if row["rounding"] == "to-zero" and row["scale"] == "pow2" and "_classes" in row:
                standard = measured[index - 1]
                compare.against(row, network.true_classes(), row["_classes"], standard["_classes"], "standard")
        found += measured
    return found


def es_render(rows):
    rows = [row for row in rows if row["rounding"] == "to-zero" or row["scale"] == "none"]
    lines = []
    for (network, scale, granularity), group in groups(rows, "network", "scale", "granularity").items():
        cells = {(row["bits"], row["es"]): value(row, 1) for row in group}
        lines.append([network, scale if scale == "none" else f"{scale} {granularity}"]
                     + [cells[n, es] for n in (4, 5, 6, 8) for es in (0, 1, 2)])
    header = ["network", "factor"] + [f"<{n},{es}>" for n in (4, 5, 6, 8) for es in (0, 1, 2)]
    return markdown(header, lines, 2) + "\n\n" + sizes(rows)


def rounding_render(rows):
    rows = [row for row in rows if row["scale"] == "pow2"]
    lines = []
    for (network, rounding), group in groups(rows, "network", "rounding").items():
        cells = {(row["bits"], row["es"]): value(row, 1) + mark(row, "standard") for row in group}
        lines.append([network, "never to zero" if rounding == "standard" else "to zero"]
                     + [cells[n, es] for n in (4, 5, 6, 8) for es in (0, 1, 2)])
    header = ["network", "rounding"] + [f"<{n},{es}>" for n in (4, 5, 6, 8) for es in (0, 1, 2)]
    return markdown(header, lines, 2) + "\n\n" + sizes(rows)


OUTLIERS = (0, 8, 16, 32, 64)
OUTLIER_FORMATS = [
    (f"int{bits}", *rule) for bits in (8, 5) for rule in (("absmax", "tensor"), ("mse", "tensor"), ("absmax", "channel"))
] + [("posit<8,0>", "pow2", "tensor"), ("posit<8,2>", "none", "tensor"), ("posit<5,0>", "pow2", "tensor"),
     ("posit<5,1>", "pow2", "tensor"), ("codebook5", "absmax", "tensor")]


def outlier_rows(setting):
    """A weight of the first layer of LeNet-300 that reads the upper left pixel, which is 0 in every image: whatever it is,
    the float network computes the same."""
    network = setting.networks["mnist_lenet300"]
    for file in (network.data, network.calibrate):
        _, shape, body = idx.content(file)
        assert not any(body[::shape[1] * shape[2]]), f"{file}: the first pixel is not always 0"
    setting.bench.float(network)
    found = []
    for sigmas in OUTLIERS:
        seen = {}

        def edit(name, shape, values):
            if name == "fc1.weight":
                assert list(shape) == [300, 784]
                seen["sigma"] = statistics.pstdev(values)
                seen["largest"] = max(map(abs, values)) / seen["sigma"]
                if sigmas:
                    values[0] = sigmas * seen["sigma"]

        model = onnx_file.change(network.model, setting.bench.new(".onnx"), edit)
        changed = network.like("mnist_lenet300", model)
        setting.bench.float(changed)
        assert changed.float_classes == network.float_classes
        keys = dict(sigmas=sigmas, largest_of_the_others=round(seen["largest"], 2))

        def measure(format, rule, granularity):
            rounding = ["--rounding", "standard"] if rule == "none" else []
            flags = ["--scale-rule", rule, "--granularity", granularity, *rounding]
            return setting.bench.measure(changed, format, *flags, scale=rule, granularity=granularity, **keys)

        found += setting.bench.each(measure, OUTLIER_FORMATS)
    return found


def outlier_render(rows):
    lines = []
    for (format, scale, granularity), group in groups(rows, "format", "scale", "granularity").items():
        rule = scale if scale == "none" else f"{scale} {granularity}"
        lines.append([format, rule] + [value(row) + mark(row, "float") for row in group])
    header = ["format", "factor", "none"] + [f"{k} σ" for k in OUTLIERS[1:]]
    largest = rows[0]["largest_of_the_others"]
    return markdown(header, lines, 2) + f"\n\n{sizes(rows)} The layer's own largest weight is {largest:.1f} σ."


SCALES = Table("scales", scale_rows, scale_render)
EXPONENTS = Table("exponents", es_rows, es_render)
ROUNDING = Table("rounding", None, rounding_render, of="exponents")
OUTLIERS_TABLE = Table("outliers", outlier_rows, outlier_render)
