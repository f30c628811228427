"""Posit against int against codebook at equal bits, by the rule of the factor, rounded and compensated."""
from .. import compare
from .table import Table, groups, mark, markdown, sizes, value

BITS = (4, 5, 6, 8)
# Family, rule, granularity, and the row that it is compared with.
RULES = [
    ("int", "absmax", "tensor", None),
    ("int", "absmax", "channel", None),
    ("int", "mse", "channel", None),
    ("posit", "pow2", "tensor", ("int", "absmax", "tensor")),
    ("posit", "mse", "channel", ("int", "mse", "channel")),
    ("codebook", "absmax", "tensor", ("int", "absmax", "tensor")),
]


def name(family, bits):
    return f"posit<{bits},0>" if family == "posit" else f"{family}{bits}"


def measure(setting, network, family, rule, granularity, bits, compensated):
    flags = ["--scale-rule", rule, "--granularity", granularity]
    return setting.bench.measure(network, name(family, bits), *flags, compensated=compensated, family=family, bits=bits,
                                 scale=rule, granularity=granularity)


def rows(setting):
    found = []
    for network in setting.networks.values():
        if network.name == "mnist_plainconv":
            continue
        setting.bench.float(network)
        items = [(setting, network, *rule[:3], bits, compensated)
                 for rule in RULES for compensated in (False, True) for bits in BITS]
        measured = setting.bench.each(measure, items)
        by_setting = {(row["family"], row["scale"], row["granularity"], row["bits"], row["compensated"]): row
                      for row in measured}
        partners = {rule[:3]: rule[3] for rule in RULES}
        for row in measured:
            partner = partners[(row["family"], row["scale"], row["granularity"])]
            if partner and network.labels:
                other = by_setting[(*partner, row["bits"], row["compensated"])]
                compare.against(row, network.true_classes(), row["_classes"], other["_classes"], "int")
        found += measured
    return found


def render(rows):
    lines = []
    for (network, family, scale, granularity), group in groups(rows, "network", "family", "scale", "granularity").items():
        cells = {(row["compensated"], row["bits"]): value(row) + mark(row, "int") for row in group}
        label = "posit<N,0>" if family == "posit" else f"{family}N"
        lines.append([network, label, f"{scale} {granularity}"]
                     + [cells[key] for key in [(False, b) for b in BITS] + [(True, b) for b in BITS]])
    header = ["network", "format", "factor"] + [f"{b} bits" for b in BITS] + [f"{b}, comp." for b in BITS]
    return markdown(header, lines, 3) + "\n\n" + sizes(rows)


FORMATS = Table("formats", rows, render)
