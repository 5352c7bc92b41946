"""A model with its data, measured when a rule asks, each thing once.

Rules read from here and run nothing of their own where another rule needs the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from kerasviz.data.arrays import map_leaves
from kerasviz.data.model_facts import input_arrays
from kerasviz.doctor.channels import Channels, channels_of, channels_of_scan
from kerasviz.doctor.compiled import losses_of
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.graph import Graph
from kerasviz.doctor.material import Material, read_material
from kerasviz.doctor.outputs import Output, labels_of
from kerasviz.doctor.rule import Need
from kerasviz.errors import InputError
from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.paths import walk
from kerasviz.models.specs import read_specs
from kerasviz.probes.probe import Probe
from kerasviz.probes.question import Question
from kerasviz.probes.targets import OutputInfo
from kerasviz.scanning.scan import Scan

__all__ = ["Case", "Slopes"]

_MOST_NUMBERS = 1e8  # activations that are looked at: a few seconds
_FEWEST = 16  # samples, whatever they cost
_BATCH = 64
_OPEN = 64  # a guess for an axis of any length
_MOST_SLOPES, _SLOPE_SAMPLES = 24, 32


@dataclass(frozen=True, slots=True)
class Slopes:
    """Gradients of the score with respect to the outputs of layers, in the order they run.

    `gradient` and `activation` are medians over the samples of the norms of both, by path.
    """

    gradient: dict[str, float]
    activation: dict[str, float]
    samples: int
    score: str


class Case:
    """What is known of one model and its data.

    Attributes:
        found: what the rules before this one found, by their names.
        step: called between batches; it may raise to end the examination.
        only_batch: the one batch size that the model takes, when it was made for one.
    """

    def __init__(self, probe: Probe, inputs: Any, labels: Any, scan: Scan | None = None) -> None:
        self.probe, self.model, self.scan = probe, probe.model, scan
        self.material: Material | None = None
        self.found: dict[str, list[Finding]] = {}
        self.step: Callable[[], None] = _nothing
        try:
            self.material = read_material(self.model, inputs, labels)
        except InputError:
            if inputs is not None:
                raise
        specs = (read_specs(self.model) or ((), ()))[1]
        self.only_batch = next((spec.batch for spec in specs if spec.batch is not None), None)

    def has(self, need: Need) -> bool:
        """Whether there is what a rule needs."""
        if self.material is None or not self.material.count or self.only_batch is not None:
            return False
        if need == "labels":
            return not self.material.made and bool(self.material.labels)
        return need == "run" or not self.material.made

    @property
    def name(self) -> str:
        return str(self.model.name)

    @property
    def count(self) -> int:
        """How many samples there are."""
        return self.material.count if self.material else 0

    @property
    def made(self) -> bool:
        """Whether the inputs were made, because the user gave none."""
        return self.material is None or self.material.made

    @property
    def note(self) -> str:
        parts = [self.material.note] if self.material else ["no inputs, and none could be made"]
        if self.only_batch is not None:
            parts.append(f"the model takes batches of exactly {self.only_batch}, so it was not run")
        parts += ["not trained yet: every bias is that of a new layer"] if self.untrained else []
        return "; ".join(part for part in parts if part)

    def sample_of(self, path: str) -> int:
        """The first of the user's samples with a number that is not finite in this layer."""
        place = self.channels[path].first_bad
        return place if self.scan is not None and path in self.scan.layers else self.number(place)

    def number(self, row: int) -> int:
        """Which of the user's samples a row of the batch is."""
        return int(self.material.numbers[row]) if self.material else row

    def first(self, count: int) -> Any:
        """The first samples, as the model takes them."""
        return map_leaves(lambda array: array[:count], self.material.x if self.material else None)

    def rows(self, places: list[int]) -> Any:
        """Some of the samples, as the model takes them."""
        return map_leaves(itemgetter(places), self.material.x if self.material else None)

    def input_paths(self) -> list[str]:
        """The paths of the inputs, in the order of what the samples hold."""
        return list(input_arrays(self.first(1), self.model))

    def batches(self, x: Any, count: int) -> Iterator[tuple[Any, int]]:
        """`x` in batches of one size, and how many rows of each are real: the last repeats its last row."""
        size = min(_BATCH, count)
        for start in range(0, count, size):
            self.step()
            rows = np.minimum(np.arange(start, start + size), count - 1)
            yield map_leaves(itemgetter(rows), x), min(size, count - start)

    # The model

    @cached_property
    def question(self) -> Question | None:
        """The samples, ready to be asked about; its score is not read. None where nothing can run."""
        return self.probe.question(self.first(1), target=_no_score) if self.has("run") else None

    @cached_property
    def layers(self) -> tuple[LayerInfo, ...]:
        """Every output that can be looked at, in the order the layers run."""
        if self.question is not None:
            return tuple(self.question.layers.values())
        return self.probe.layers

    @cached_property
    def operations(self) -> dict[str, Any]:
        """Every layer and operation by where it hangs, whether it runs or not."""
        return {node.path: node.operation for node in walk(self.model)}

    @cached_property
    def graph(self) -> Graph:
        return Graph(self.layers, self.operations)

    @property
    def inner(self) -> tuple[LayerInfo, ...]:
        """The layers without the models they hang in."""
        return tuple(self.graph.by_path.values())

    def weights(self, path: str) -> dict[str, np.ndarray]:
        """A layer's weights by their names."""
        return self.probe.weights(path)

    @cached_property
    def untrained(self) -> bool:
        """Whether every bias and every statistic is as in a new layer: then its answers say nothing yet."""
        new = {"bias": (0, 1), "beta": (0,), "moving_mean": (0,), "gamma": (1,), "moving_variance": (1,)}
        told = [
            bool(np.isin(array, new[name.rpartition("/")[2]]).all())
            for path, operation in self.operations.items()
            if getattr(operation, "weights", ()) and getattr(operation, "built", True)
            for name, array in self.weights(path).items()
            if name.rpartition("/")[2] in new
        ]
        return bool(told) and all(told)

    @cached_property
    def settled(self) -> bool:
        """Whether what the layers give says how they work: not before batch normalisation has learned its statistics.

        Until then inference does not normalise, and numbers grow or fade from layer to layer as they never do in training.
        """
        return not self.untrained or not any(info.kind == "BatchNormalization" for info in self.inner)

    # What it gives

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """Each output of the model for all samples."""
        if self.question is None or self.material is None:
            return ()
        infos, found = self.question.outputs, self.predict(self.material.x)
        losses = losses_of(self.model, infos)
        names = tuple(getattr(self.model, "output_names", ()) or ())
        return tuple(
            Output(place, info, values, losses[place], labels_of(self.material.labels, info, place, names))
            for place, (info, values) in enumerate(zip(infos, found, strict=True))
            if info.per_sample
        )

    def predict(self, x: Any) -> list[np.ndarray]:
        """The flat outputs for as many samples as there are."""
        import keras

        parts = [
            [np.asarray(each, np.float64)[:real] for each in keras.tree.flatten(self.probe.predict(batch))]
            for batch, real in self.batches(x, self.count)
        ]
        return [np.concatenate(each) for each in zip(*parts, strict=True)]

    @cached_property
    def studied(self) -> int:
        """How many samples the insides of the model are looked at with."""
        shapes = [info.output_shape for info in self.inner if info.output_shape]
        numbers = sum(math.prod(length or _OPEN for length in shape[1:]) for shape in shapes)
        return min(self.count, max(_FEWEST, int(_MOST_NUMBERS // max(numbers, 1))))

    @cached_property
    def channels(self) -> dict[str, Channels]:
        """What each channel of each layer gave, by path; also of the inputs that are numbers.

        From the scan that was handed over where it watched the layer, else from the first samples.
        """
        found: dict[str, Channels] = {}
        for batch, real in self.batches(self.first(self.studied), self.studied) if self.question else ():
            activations = self.probe.activations(batch)
            for path, array in (activations.inputs | activations).items():
                info = self.graph.by_path.get(path)
                if (info or path in activations.inputs) and array.ndim and array.dtype.kind not in "USO":
                    seen = channels_of(array[:real], info)
                    found[path] = found[path].merged(seen) if path in found else seen
        return found if self.scan is None else found | channels_of_scan(self.scan)

    @property
    def finite(self) -> bool:
        """Whether every number inside the model is finite."""
        return not any(each.first_bad >= 0 for each in self.channels.values())

    # How it answers to changes

    @cached_property
    def slopes(self) -> tuple[Slopes, ...]:
        """For each output, how the score depends on the layers that have weights."""
        return tuple(self._slopes(output) for output in self.outputs)

    def ask(self, output: Output, count: int) -> Question:
        """The score of one output for the first samples: its predicted class, or the mean of the largest ones."""
        return self.probe.question(self.first(min(count, self.count)), target=self.target(output))

    def target(self, output: Output) -> Any:
        """The target that asks for one output."""
        return _target_of(output.info, output.position)

    def _slopes(self, output: Output) -> Slopes:
        count = min(self.count, _SLOPE_SAMPLES)
        question = self.ask(output, count)
        paths = self._weighted()
        answer = question.at_samples(gradients=paths, keep=paths)
        connected = [path for path in paths if path in answer.connected]
        return Slopes(
            {path: _norm(answer.gradients[path], count) for path in connected},
            {path: _norm(answer.activations[path], count) for path in connected},
            count,
            question.score,
        )

    def _weighted(self) -> tuple[str, ...]:
        """Layers with weights, in order; of many, as many as can be asked for at once, with both ends."""
        floats = ("float", "bfloat")
        paths = [
            info.path
            for info in self.inner
            if info.num_parameters
            and not info.output_index
            and not info.loops
            and (info.dtype or "").startswith(floats)
        ]
        places = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), _MOST_SLOPES)).round().astype(int))
        return tuple(paths[place] for place in places)


def _nothing() -> None:
    """Nobody follows."""


def _norm(array: np.ndarray, count: int) -> float:
    """The median over the samples of the norm of each; NaN where most are not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.median(np.sqrt((array.reshape(count, -1).astype(np.float64) ** 2).sum(axis=1))))


def _no_score(outputs: Any) -> Any:
    """Stands where a target has to be: nobody reads it."""
    import keras

    return keras.ops.zeros(keras.ops.shape(keras.tree.flatten(outputs)[0])[:1])


def _target_of(info: OutputInfo, position: int) -> Any:
    """The target that asks for this output: its predicted class, or the mean of the largest over its positions."""
    if len(info.shape) <= 1:
        return None if info.key is None else (info.key,)
    return _mean_of_largest(position)


def _mean_of_largest(position: int) -> Callable[[Any], Any]:
    def score(outputs: Any) -> Any:
        import keras

        ops, tensor = keras.ops, keras.tree.flatten(outputs)[position]
        largest = ops.max(tensor, axis=-1)
        return ops.mean(ops.reshape(largest, (ops.shape(tensor)[0], -1)), axis=-1)

    return score
