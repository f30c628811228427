"""A part of every sweep on the bundled networks, in seconds: whether committed figures still hold."""
from . import formats, ranges, zeros
from .table import Table, markdown, sizes, value

# The engine adds in another order on another processor: that may turn a sample or two whose two largest outputs are
# nearly equal. Bytes of images that no sample took part in are the same everywhere.
TURNED = 2


def rows(setting):
    found = []
    for name in ("digits_mlp_bn", "mnist_bnconv", "mnist_lenet5"):
        network = setting.networks[name]
        setting.bench.float(network)
        items = [(setting, network, *rule[:3], bits, False) for rule in formats.RULES for bits in (4, 5)]
        found += setting.bench.each(formats.measure, items)
    network = setting.networks["mnist_bnconv"]
    items = [(setting, network, 5, es, *rule) for es in (0, 2) for rule in ranges.ES_RULES]
    found += setting.bench.each(ranges.es_measure, items)
    items = [(setting, setting.networks["mnist_lenet5"], "posit<4,0>", share, offset)
             for share in (0.5, 0.8) for offset in (False, True)]
    found += setting.bench.each(zeros.sparsity_measure, items)
    return found


def render(rows):
    lines = []
    for row in rows:
        settings = [f"{row.get('scale', 'mse')} {row.get('granularity', 'channel')}"]
        settings += ["never to zero"] if row.get("rounding") == "standard" else []
        settings += [f"{100 * row['sparsity']:.0f} % pruned"] if "sparsity" in row else []
        settings += ["offset"] if row.get("offset") else []
        settings += ["compensated"] if row["compensated"] else []
        lines.append([row["network"], row["format"], ", ".join(settings), row["bytes"], value(row)])
    return markdown(["network", "format", "setting", "bytes", "accuracy %"], lines, 3) + "\n\n" + sizes(rows)


def moved(committed, measured):
    """What is no longer as committed, in words."""
    keys = ("network", "format", "scale", "granularity", "rounding", "sparsity", "offset", "compensated")

    def key(row):
        return tuple(row.get(name) for name in keys)

    old, new = ({key(row): row for row in rows} for rows in (committed, measured))
    said = [f"{one} is no longer measured" for one in old.keys() - new.keys()]
    said += [f"{one} is not committed" for one in new.keys() - old.keys()]
    for one in old.keys() & new.keys():
        before, after = old[one], new[one]
        if not before["compensated"] and before["bytes"] != after["bytes"]:
            said.append(f"{one}: {before['bytes']} bytes are now {after['bytes']}")
        if abs(before["bytes"] - after["bytes"]) > before["bytes"] / 200:
            said.append(f"{one}: {before['bytes']} bytes are now {after['bytes']}")
        if abs(before["correct"] - after["correct"]) > TURNED:
            said.append(f"{one}: {before['correct']} right classes are now {after['correct']}")
    return said


QUICK = Table("quick", rows, render)
