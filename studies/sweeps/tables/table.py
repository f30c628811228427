"""What a table is, and how its cells are written."""
from collections import OrderedDict
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass
class Table:
    """One table of docs/results.md: `rows(setting)` measures, `render(rows)` writes Markdown. A table `of` another one shows
    the same rows otherwise."""
    name: str
    rows: Optional[Callable]
    render: Callable
    of: Optional[str] = None


@dataclass
class Setting:
    """What tables are measured with: programs, networks by name, the data folder."""
    bench: object
    networks: dict
    data: str


def markdown(header, rows, left=1):
    """A table whose first `left` columns are text."""
    rule = ["---"] * left + ["---:"] * (len(header) - left)
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [header, rule, *rows])


def value(row, digits=None):
    """The figure of a row: accuracy in per cent, or the output's signal-to-noise ratio in dB."""
    if "accuracy" in row:
        return f"{row['accuracy']:.{2 if row['n'] > 2000 else 1}f}" if digits is None else f"{row['accuracy']:.{digits}f}"
    return f"{row['output_sqnr']:.1f} dB"


def sizes(rows):
    """The line under a table: how many samples each network was judged on, and the standard errors of its figures."""
    by_network = OrderedDict()
    for row in rows:
        by_network.setdefault(row["network"], []).append(row)
    said = []
    for name, group in by_network.items():
        unit = "points" if "accuracy" in group[0] else "dB"
        errors = [row["standard_error"] for row in group]
        low, high = f"{min(errors):.2f}", f"{max(errors):.2f}"
        said.append(f"{name} {group[0]['n']:,} ({low if low == high else f'{low} to {high}'} {unit})")
    return "Test samples, and the standard error of a figure: " + ", ".join(said) + "."


def groups(rows, *keys):
    """Rows by the values of keys, in the order in which they appear."""
    found = OrderedDict()
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def mark(row, name):
    """A sign where a row is better or worse than its partner by the paired test at 5 %."""
    if row.get(f"p_{name}", 1) >= 0.05:
        return ""
    return " ▲" if row[f"gained_from_{name}"] > row[f"lost_from_{name}"] else " ▼"
