"""`python -m tests.tools.coverage` writes kerasviz/views/COVERAGE.md: which views each layer gets.

The first table is made from a small real instance of every class in keras.layers, in seconds, and tested. The second
counts the layers of every architecture in keras.applications (without weights, at the smallest input), which takes
minutes and much memory: each is built in a process of its own. `--layers` leaves the second as it stands. Both are made
on TensorFlow, where every class exists.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from keras import applications

import kerasviz
from kerasviz import Probe
from kerasviz.views import LAYER_VIEWS
from kerasviz.views.around import AroundLayer
from kerasviz.views.base import LayerLike
from kerasviz.views.head import record_of
from kerasviz.views.layer import views_for
from kerasviz.views.scanned import ScanState
from tests.tools.coverage_file import DIVIDER, not_alone, rows_apart, write
from tests.tools.layer_cases import CASES, classes, model_of

__all__ = ["FILE", "architecture_lines", "layer_lines", "main", "views_of"]

FILE = Path(kerasviz.__file__).parent / "views" / "COVERAGE.md"
GENERAL = "tensor"
SIDES = (32, 71, 75, 331)  # the smallest that an architecture takes is tried first

TITLE = """# Which view each layer gets

Made by `python -m tests.tools.coverage` (`--layers`: the first table only). A layer has aspects, which are tabs on the
screen; each is drawn by the view that fits best, here as *aspect: view*, the one that is shown first in bold. The view
`tensor` is the general one, for arrays whose axes nobody names.
"""


class Still:
    """A source that knows a probe's layers and no sample: enough to choose views by."""

    def __init__(self, probe: Probe) -> None:
        self.probe, self.layers = probe, probe.layers

    def activations(self, _: int) -> Mapping[str, np.ndarray]:
        return {layer.path: _empty(layer) for layer in self.layers}

    def model_inputs(self, _: int) -> Mapping[str, np.ndarray]:
        return {}

    def settings(self, path: str) -> Mapping[str, Any]:
        return self.probe.settings(path)

    def scan_state(self) -> ScanState:
        return ScanState(None)


def _empty(layer: LayerLike) -> np.ndarray:
    """An array of the layer's shape that takes no memory."""
    shape = tuple(1 if length is None else length for length in layer.output_shape or ())
    dtype = np.dtype("float32" if (layer.dtype or "").startswith("bfloat") else layer.dtype or "float32")
    return np.broadcast_to(np.zeros((), object if dtype.kind in "SU" else dtype), shape)


def views_of(probe: Probe) -> dict[str, dict[str, str]]:
    """By path, the aspects of each layer and the names of their views, the first shown first."""
    source, names = Still(probe), {id(view): name for name, view in LAYER_VIEWS.all().items()}
    found = {}
    for layer in source.layers:
        if layer.note:
            continue
        record = record_of(layer, _empty(layer), 0)
        around = AroundLayer(source, layer, 0, None)
        record = type(record)(layer, 0, record.values, record.axes, record.shape, record.own_axes, around=around)
        found[layer.path] = {aspect: names[id(view)] for aspect, view in views_for(record).items()}
    return found


def layer_lines() -> list[str]:
    """A row for each class of keras.layers."""
    lines = ["## keras.layers", "", "| layer | views |", "|---|---|"]
    for name in classes():
        if name in CASES:
            probe = Probe(model_of(CASES[name]))
            lines.append(f"| {name} | {_row(views_of(probe)['layer'])} |")
            probe.close()
    return lines + not_alone()


def _row(aspects: Mapping[str, str]) -> str:
    first, *others = (f"{aspect}: {view}" for aspect, view in aspects.items())
    return ", ".join([f"**{first}**", *others])


def architecture_lines(names: list[str]) -> list[str]:
    """A row for each architecture, each made in its own process."""
    lines = [
        DIVIDER, "",
        "How many layers are shown first with which view, how many have a view of what they did to their input, and how",
        "many have nothing for their output but the general tensor view.", "",
        "| architecture | layers | shown first | with input and output | only the general view |", "|---|---|---|---|---|",
    ]  # fmt: skip
    return lines + rows_apart("tests.tools.coverage", names)


def architecture_row(name: str) -> str:
    """Counts over one architecture's layers."""
    views = views_of(Probe(_smallest(getattr(applications, name))))
    first = Counter(next(iter(aspects.values())) for aspects in views.values())
    both = sum(bool({"change", "in_out", "training"} & aspects.keys()) for aspects in views.values())
    general = sum(aspects.get("output") == GENERAL for aspects in views.values())
    shown = ", ".join(f"{view} {count}" for view, count in first.most_common())
    return f"| {name} | {len(views)} | {shown} | {both} | {general} |"


def _smallest(make: Any) -> Any:
    """The architecture without weights, at the smallest picture that it takes."""
    for side in SIDES:
        try:
            return make(weights=None, input_shape=(side, side, 3))
        except ValueError as error:
            if "at least" not in str(error) and "negative dimension" not in str(error).lower():
                raise
    message = f"{make.__name__} takes none of the sizes {SIDES}."
    raise ValueError(message)


def architectures() -> list[str]:
    """The functions of keras.applications that make a model."""
    made = [name for name in dir(applications) if name[0].isupper() and callable(getattr(applications, name))]
    return [name for name in made if "weights" in inspect.signature(getattr(applications, name)).parameters]


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        print(architecture_row(arguments[1]))
        return
    write(FILE, [TITLE, *layer_lines()], lambda: architecture_lines(architectures()), keep="--layers" in arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
