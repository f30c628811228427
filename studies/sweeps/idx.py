"""IDX files: bytes 0, 0, type, rank; lengths as big-endian u32; the elements."""
import gzip, math, struct

WIDTHS = {0x08: 1, 0x09: 1, 0x0B: 2, 0x0C: 4, 0x0D: 4, 0x0E: 8}


def content(path):
    """Header fields and body: type, shape, bytes of the elements."""
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rb") as file:
        data = file.read()
    kind, rank = data[2], data[3]
    shape = struct.unpack(f">{rank}I", data[4:4 + 4 * rank])
    return kind, shape, data[4 + 4 * rank:]


def labels(path, limit=None):
    """Classes as a list of integers."""
    kind, _, body = content(path)
    assert WIDTHS[kind] == 1, f"{path}: labels of more than a byte"
    return list(body[:limit])


def pick(source, path, numbers):
    """Writes the samples with these numbers."""
    kind, shape, body = content(source)
    size = WIDTHS[kind] * math.prod(shape[1:])
    with open(path, "wb") as file:
        file.write(bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", len(numbers), *shape[1:]))
        file.write(b"".join(body[number * size:(number + 1) * size] for number in numbers))
    return path


def halves(source, folder):
    """The first and the second half of the samples, as two files."""
    count = content(source)[1][0]
    return [pick(source, f"{folder}/{name}.idx", range(begin, end))
            for name, begin, end in (("first", 0, count // 2), ("second", count // 2, count))]
