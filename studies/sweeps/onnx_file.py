"""ONNX files, read, changed and written field by field: no package that would have to be installed.

A message of protocol buffers is a list of fields (number, wire type, content); what is not looked at is written back as
it was. Numbers of fields are those of onnx.proto: a model holds its graph in 7, a graph its nodes in 1 and its
initializers in 5, a tensor its dims in 1, its name in 8 and its bytes in 9.
"""
import array, json, struct, sys


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, content):
    """One field: an integer, or bytes, text or a message behind its length."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else bytes(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def fields(data):
    """The fields of a message: (number, wire type, content), content an integer or bytes."""
    place, found = 0, []

    def number():
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            content = number()
        else:
            length = number() if kind == 2 else {1: 8, 5: 4}[kind]
            content, place = data[place:place + length], place + length
        found.append((key >> 3, kind, content))
    return found


def message(found):
    """The bytes of fields.

    >>> sample = field(1, 300) + field(2, "name") + b"\\x1d\\x00\\x00\\x80\\x3f"
    >>> fields(sample)
    [(1, 0, 300), (2, 2, b'name'), (3, 5, b'\\x00\\x00\\x80?')]
    >>> message(fields(sample)) == sample
    True
    """
    def one(number, kind, content):
        if kind in (0, 2):
            return field(number, content)
        return varint(number << 3 | kind) + content
    return b"".join(one(*entry) for entry in found)


def floats(body):
    values = array.array("f", body)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def change(source, path, edit):
    """Copies a model; `edit(name, shape, values)` may change the values of each float initializer in place, or return
    others."""
    with open(source, "rb") as file:
        model = fields(file.read())

    def tensor(content):
        inside = fields(content)
        by_number = {number: content for number, _, content in inside}
        if by_number.get(2) != 1 or 9 not in by_number:
            return content
        shape = []
        for number, kind, content_ in inside:
            if number == 1:
                shape += [content_] if kind == 0 else _packed(content_)
        values = floats(by_number[9])
        values = edit(by_number[8].decode(), shape, values) or values
        if sys.byteorder == "big":
            values.byteswap()
        return message([(n, k, values.tobytes() if n == 9 else c) for n, k, c in inside])

    def graph(content):
        return message([(n, k, tensor(c) if n == 5 else c) for n, k, c in fields(content)])

    with open(path, "wb") as file:
        file.write(message([(n, k, graph(c) if n == 7 else c) for n, k, c in model]))
    return path


def _packed(content):
    """Integers that lie in one field."""
    values, value, shift = [], 0, 0
    for byte in content:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            values.append(value)
            value = shift = 0
    return values


def safetensors(path):
    """The tensors of a file by name: shape and bytes."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    return {name: (entry["shape"], body[slice(*entry["data_offsets"])])
            for name, entry in header.items() if name != "__metadata__"}


def lenet5_caffe(source, path):
    """The LeNet-5 of Caffe (431,080 parameters), which is kept as safetensors only."""
    tensors = safetensors(source)

    def tensor(name):
        shape, body = tensors[name]
        dims = b"".join(field(1, length) for length in shape)
        return field(5, dims + field(2, 1) + field(8, name) + field(9, body))

    def node(operator, inputs, output, **attributes):
        content = b"".join(field(1, name) for name in inputs) + field(2, output) + field(3, output) + field(4, operator)
        for name, value in attributes.items():
            ints = isinstance(value, list)
            body = b"".join(field(8, x) for x in value) if ints else field(3, value)
            content += field(5, field(1, name) + body + field(20, 7 if ints else 2))
        return field(1, content)

    def info(number, name, dims):
        shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
        return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))))

    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    graph = b"".join([
        node("Conv", ["input", "conv1.weight", "conv1.bias"], "conv1", kernel_shape=[5, 5]),
        node("MaxPool", ["conv1"], "pool1", **pool),
        node("Conv", ["pool1", "conv2.weight", "conv2.bias"], "conv2", kernel_shape=[5, 5]),
        node("MaxPool", ["conv2"], "pool2", **pool),
        node("Flatten", ["pool2"], "flat", axis=1),
        node("Gemm", ["flat", "fc1.weight", "fc1.bias"], "fc1", transB=1),
        node("Relu", ["fc1"], "relu"),
        node("Gemm", ["relu", "fc2.weight", "fc2.bias"], "output", transB=1),
        field(2, "lenet5"),
        *[tensor(name) for name in tensors],
        info(11, "input", ["N", 1, 28, 28]),
        info(12, "output", ["N", 10]),
    ])
    with open(path, "wb") as file:
        file.write(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13)))
    return path
