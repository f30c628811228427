"""The programs that measure: the command line, and those of the package `studies`."""
import itertools, json, os, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

from . import compare

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


class Bench:
    """Builds the programs, keeps a scratch folder, and measures images."""

    def __init__(self, folder, tested=False):
        """Builds for release; `tested` takes the command line as the tests of the workspace use it, which
        builds nothing where they have run."""
        if tested:
            build = ["test", "--workspace", "--no-run"]
        else:
            bins = [word for name in ("nncompress", "activations", "scales", "storage") for word in ("--bin", name)]
            build = ["build", "--release", "-p", "nncompress-cli", "-p", "studies", *bins]
        subprocess.run(["cargo", *build, "--quiet", "--locked"], cwd=ROOT, check=True)
        target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
        self.programs = os.path.join(target, "debug" if tested else "release")
        self.folder = folder
        self.numbers = itertools.count()
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def each(self, work, items):
        """The rows of all items, in their order: as many at a time as there are cores, a thread each."""
        return list(self.pool.map(lambda item: work(*item), items))

    def new(self, ending):
        """A file that nothing else writes."""
        return self.path(f"{next(self.numbers)}{ending}")

    def run(self, *arguments):
        """One command of the command line; its answer."""
        command = [os.path.join(self.programs, "nncompress"), *map(str, arguments), "--json", "--quiet", "--threads", "1"]
        return json.loads(self._output(command))

    def study(self, program, *arguments):
        """The rows that a program of `studies` prints."""
        command = [os.path.join(self.programs, program), *map(str, arguments)]
        return [json.loads(line) for line in self._output(command).splitlines()]

    def example(self, package, name):
        """What an example prints."""
        return self._output(["cargo", "run", "--quiet", "--release", "--locked", "--manifest-path",
                             os.path.join(ROOT, "Cargo.toml"), "-p", package, "--example", name])

    @staticmethod
    def _output(command):
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if answer.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{answer.stderr}")
        return answer.stdout

    def path(self, name):
        return os.path.join(self.folder, name)

    # --- networks

    def classes(self, network, file):
        """The class of each test sample."""
        out = self.new(".txt")
        self.run("eval", file, "--predictions", out, *network.test())
        with open(out) as lines:
            classes = [int(line) for line in lines]
        os.remove(out)
        return classes

    def float(self, network):
        """The classes of the float network; its outputs are the reference where there are no labels."""
        if network.float_classes is None and network.labels:
            network.float_classes = self.classes(network, network.model)
        return network.float_classes

    def image(self, network, format, *flags, compensated=False):
        """Writes an image; the answer of `compress` and the file."""
        file = self.new(".ncm")
        samples = network.calibration() if compensated else []
        made = self.run("compress", network.model, "-o", file, "--force", "--format", format, *flags, *samples)
        return made, file

    def measure(self, network, format, *flags, compensated=False, **keys):
        """A row: bytes of the image, and its accuracy beside the float network's, or its output error."""
        made, file = self.image(network, format, *flags, compensated=compensated)
        row = dict(network=network.name, format=format, compensated=compensated, **keys, bytes=made["bytes"])
        row = self.score(network, file, row, [flag for flag in flags if flag == "--keep-batch-norm"])
        os.remove(file)
        return row

    def score(self, network, file, row, reference=()):
        """Adds the figures of an image to a row; the classes themselves stand under `_classes`. `reference`: the flags that
        its model was read with."""
        if not network.labels:
            return row | self.distance(network, file, reference)
        classes = self.classes(network, file)
        labels = network.true_classes()
        row |= compare.scored(labels, classes)
        compare.against(row, labels, classes, self.float(network))
        return row | {"_classes": classes}

    def distance(self, network, file, reference):
        """The signal-to-noise ratio of the outputs, and its standard error from four parts of the samples."""
        def over(samples):
            return self.run("eval", file, "--data", samples, "--reference", network.model, *reference)

        whole = over(network.data)
        parts = [over(part)["output_sqnr"] for part in network.parts(self.folder)]
        mean = sum(parts) / len(parts)
        spread = sum((part - mean) ** 2 for part in parts) / (len(parts) - 1) / len(parts)
        return dict(output_sqnr=round(whole["output_sqnr"], 4), n=whole["samples"], standard_error=round(spread**0.5, 4))
