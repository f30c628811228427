"""What scripts/bench-int8-peers measures: products, quantization, whole models; minimum of many passes."""
import sys, time
import numpy as np
import onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(1)


def least(work, seconds=1.0):
    """Nanoseconds of the fastest call."""
    work()
    end, best = time.perf_counter() + seconds, float("inf")
    while time.perf_counter() < end:
        start = time.perf_counter_ns()
        work()
        best = min(best, time.perf_counter_ns() - start)
    return best


def session(nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, "g", inputs, outputs, [numpy_helper.from_array(v, k) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def bound(model, feed):
    """A call without copies in or out."""
    binding = model.io_binding()
    for name, value in feed.items():
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(value))
    for output in model.get_outputs():
        binding.bind_output(output.name, "cpu")
    return lambda: model.run_with_iobinding(binding)


TYPES = {"s8": (np.int8, TensorProto.INT8, -128, 128), "u8": (np.uint8, TensorProto.UINT8, 0, 256)}


def product(a, b, m, k, n):
    (ta, pa, *ends_a), (tb, _, *ends_b) = TYPES[a], TYPES[b]
    left, right = random.integers(*ends_a, (m, k), ta), random.integers(*ends_b, (k, n), tb)
    node = helper.make_node("MatMulInteger", ["a", "b"], ["y"])
    info = helper.make_tensor_value_info
    model = session([node], [info("a", pa, [m, k])], [info("y", TensorProto.INT32, [m, n])], {"b": right})
    result = model.run(None, {"a": left})[0]
    wrong = int((result != left.astype(np.int64) @ right.astype(np.int64)).sum())
    return least(bound(model, {"a": left})), wrong


def row(name, nanoseconds, note=""):
    print(f"| {name} | {nanoseconds:.3f} | {note} |", flush=True)


print("| work | ns | |\n|---|---:|---|")
for m, k, n in [(256,) * 3, (512,) * 3, (1024,) * 3, (1, 1024, 1024)]:
    for a, b in [("s8", "s8"), ("u8", "s8"), ("u8", "u8")]:
        time_, wrong = product(a, b, m, k, n)
        row(f"ONNX Runtime {a} · {b}, {m} × {k} × {n}", time_, f"{wrong} of {m * n} sums wrong" if wrong else "exact")
    x, y = random.standard_normal((m, k), np.float32), random.standard_normal((k, n), np.float32)
    out = np.empty((m, n), np.float32)
    row(f"NumPy (OpenBLAS) f32, {m} × {k} × {n}", least(lambda: np.matmul(x, y, out)))

COUNT = 1 << 16
info = helper.make_tensor_value_info
constants = {"s": np.float32(0.0117), "z": np.int8(3)}
for op, value, to in [
    ("QuantizeLinear", random.standard_normal(COUNT, np.float32), TensorProto.INT8),
    ("DequantizeLinear", random.integers(-128, 128, COUNT, np.int8), TensorProto.FLOAT),
]:
    source = TensorProto.FLOAT if op == "QuantizeLinear" else TensorProto.INT8
    model = session([helper.make_node(op, ["x", "s", "z"], ["y"])], [info("x", source, [COUNT])], [info("y", to, [COUNT])], constants)
    row(f"ONNX Runtime {op}, 64 Ki, a value", least(bound(model, {"x": value})) / COUNT)

for path in sys.argv[1:]:
    data = open(path, "rb").read()
    name = path.rsplit("/", 1)[-1]
    from ai_edge_litert import interpreter as litert
    from tflite_micro.python.tflite_micro import runtime
    lite = litert.Interpreter(model_content=data, num_threads=1)
    lite.allocate_tensors()
    detail = lite.get_input_details()[0]
    sample = random.integers(-128, 128, detail["shape"]).astype(detail["dtype"])
    lite.set_tensor(detail["index"], sample)
    row(f"LiteRT with XNNPACK, {name}", least(lite.invoke))
    micro = runtime.Interpreter.from_bytes(data)
    micro.set_input(sample, 0)
    row(f"tflite-micro, {name}", least(micro.invoke, 3.0))
