"""A page whose tables stand between markers, `<!-- NAME: command -->` and `<!-- /NAME -->`, and their rows beside it."""
import json, os, re


def shown(row):
    """A row without what is too long to keep."""
    return {key: value for key, value in row.items() if not key.startswith("_")}


def write_rows(path, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        lines = ",\n".join(json.dumps(shown(row), ensure_ascii=False) for row in rows)
        file.write(f"[\n{lines}\n]\n")


def read_rows(path):
    with open(path) as file:
        return json.load(file)


def fill(path, name, table):
    """Puts a table between its markers."""
    with open(path) as file:
        text = file.read()
    pattern = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    text, count = pattern.subn(lambda found: f"{found[1]}{table}\n{found[2]}", text)
    if count != 1:
        raise ValueError(f"{path} has {count} places for the table {name}")
    with open(path, "w") as file:
        file.write(text)
