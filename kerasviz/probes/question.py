"""`Question`: one score of some samples, asked at many points. What attribution methods are made of.

A method says at which points (mixtures with a baseline, noisy copies, masked copies) it wants scores,
gradients or activations; here they become as few compiled calls as memory allows, with one trace for
all batch sizes where the backend can and few where it cannot. Points may be inputs or the outputs of
layers, which are then given to the model instead of what it computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import keras
import numpy as np

from kerasviz.models.info import input_axes
from kerasviz.models.inputs import Prepared
from kerasviz.models.layer_info import LayerInfo
from kerasviz.probes.attention import attention_paths
from kerasviz.probes.discovery import Discovery
from kerasviz.probes.folded import Folded
from kerasviz.probes.folding import Folds
from kerasviz.probes.other_weights import OtherWeights, variables_by_layer
from kerasviz.probes.programs import Asked, Backward, CallSpec, Forward, Subject
from kerasviz.probes.relevance import folds_of, is_softmax, without_a_rule
from kerasviz.probes.relus import has_relus
from kerasviz.probes.runner import Runner
from kerasviz.probes.tap import Substitute
from kerasviz.probes.targets import OutputInfo, Target
from kerasviz.probes.unit_targets import Unit, resolve_unit

__all__ = ["Answer", "Points", "Preview", "Question"]

Points = Mapping[str, np.ndarray]
Preview = Callable[[int, int, Callable[[], Any]], None]
_MEMORY = 2.8e9  # bytes of activations at once: in half as many rows, large networks take a tenth longer
_FREED = 2  # a pass without gradients forgets activations on its way: so many times the rows fit
_MOST_ROWS = 256
_SHARE = 8  # the samples come along in a call that is at least so many times as large
_STEP = 8  # where each batch size is compiled apart, only multiples of this are used


@dataclass(frozen=True, slots=True)
class Answer:
    """What one pass gave, row by row."""

    scores: np.ndarray  # (rows,) float32 or float64
    indices: np.ndarray  # (rows, axes of the output) int32: where the scores were read
    activations: dict[str, np.ndarray]  # by path, (rows, …)
    gradients: dict[str, np.ndarray]  # by path, (rows, …)
    connected: frozenset[str]  # the paths that the scores depend on at all
    outputs: Any = None  # the model's outputs, in its own structure, when asked for


class Question:
    """The score of each of some samples, and what it depends on.

    Args:
        runner: runs compiled programs on the model.
        call: how the model is called.
        prepared: the samples.
        discovery: what is known of the model.
        target: the constant part, the indices (batch, axes; -1: the predicted one), and the only
            batch size that the model takes, if there is one.
    """

    def __init__(
        self,
        runner: Runner,
        call: CallSpec,
        prepared: Prepared,
        discovery: Discovery,
        target: tuple[Target, np.ndarray, int | None],
    ) -> None:
        self._runner, self._call, self._prepared = runner, call, prepared
        self._target, self._given, self._only_batch = target
        self._indices: np.ndarray | None = None
        self._scores: np.ndarray | None = None
        self._discovery = discovery
        self.layers: dict[str, LayerInfo] = discovery.by_path
        self.inputs = {
            key: array for key, array in zip(call.input_keys, prepared.arrays, strict=True) if array is not None
        }
        self.size = prepared.batch_size
        self.score = ""  # which tensor the score is read from; known after the first pass
        self.changed = False  # whether the weights did between two batches
        self.origin: Any = None  # what the asker wants to find again with the answer
        self.batch_size: int | None = None  # rows at once; None: by memory
        self.progress: Callable[[int, int], None] | None = None  # called with rows done and rows in all
        self.preview: Preview | None = None  # called with points done, points in all, and what makes the answer so far

    @property
    def indices(self) -> np.ndarray:
        """The index each sample's score is read at, the predicted ones found: (batch, axes)."""
        if self._indices is None:
            self.at_samples()
        return self._indices  # type: ignore[return-value]  # at_samples sets it

    @property
    def scores(self) -> np.ndarray:
        """Each sample's score, (batch,)."""
        if self._scores is None:
            self.at_samples()
        return self._scores  # type: ignore[return-value]  # at_samples sets it

    @property
    def attention(self) -> tuple[str, ...]:
        """Where attention weights are, when asked for with the rule `exposed`."""
        run = [path for path in attention_paths(self._runner.subject.nodes) if path.rpartition("/")[0] in self.layers]
        order = list(self.layers)
        return tuple(sorted(run, key=lambda path: order.index(path.rpartition("/")[0])))

    @property
    def only_batch(self) -> int | None:
        """The one batch size that the model takes, when it was made for one."""
        return self._only_batch

    @property
    def output(self) -> OutputInfo | None:
        """The output that the score is read from; None where it is a function's, or a unit's."""
        is_plain = not self._target.layer and self._target.function is None
        return self._discovery.outputs[self._target.position] if is_plain else None

    @property
    def squashed(self) -> bool:
        """Whether the score is what a final softmax or sigmoid gives."""
        if self._target.layer:
            return is_softmax(self._runner.subject.nodes, self._target.layer)
        return self._target.score == "output" and any(info.squash for info in self._discovery.outputs)

    def without_a_rule(self, *, by_weight: bool = False) -> list[str]:
        """The layers that relevance cannot be handed back through; `by_weight`: with changed weights."""
        subject = self._runner.subject
        return without_a_rule(subject.model, subject.nodes, self.layers, by_weight=by_weight)

    @property
    def folds(self) -> Folds:
        """Which normalisations are part of the layer with weights before them."""
        return folds_of(self._runner.subject.nodes, self.layers)

    @property
    def has_relus(self) -> bool:
        return has_relus(self._runner.subject.nodes)

    def rows_at_once(self, *, gradients: bool) -> int:
        """How many rows one call takes, with gradients or without."""
        return self._only_batch or self.batch_size or self._rows_that_fit(gradients=gradients)

    def axes(self, key: str) -> tuple[str, ...]:
        """What the axes of an input or of a layer's output mean."""
        return self.layers[key].axes if key in self.layers else self._input_axes[key]

    @cached_property
    def _input_axes(self) -> dict[str, tuple[str, ...]]:
        operations = [node.operation for node in self._runner.subject.nodes]
        return {key: input_axes(operations, array.ndim) for key, array in self.inputs.items()}

    def at_samples(
        self, *, gradients: tuple[str, ...] = (), keep: tuple[str, ...] = (), rule: Substitute | None = None
    ) -> Answer:
        """The samples as they are."""
        parts = []
        for rows, _ in self.batches(1, reports=bool(gradients or keep)):
            given = self._given if self._indices is None else self._indices
            parts.append(self._pass(rows, {}, Asked(gradients, keep, (), rule), (given[rows],)))
        answer = _joined(parts)
        self._indices, self._scores = answer.indices, answer.scores
        return answer

    def at(  # noqa: PLR0913  # what a pass may give
        self,
        rows: np.ndarray,
        points: Points,
        *,
        gradients: tuple[str, ...] = (),
        keep: tuple[str, ...] = (),
        rule: Substitute | None = None,
        outputs: bool = False,
    ) -> Answer:
        """Other points: row i is sample `rows[i]` with `points[key][i]` in place of its input or activation `key`.

        One compiled call: `batches` says how many rows fit. Samples whose predicted class is not known yet come along.
        """
        replaced = tuple(key for key in points if key not in self._call.input_keys)
        asked = Asked(gradients, keep, replaced, rule, anchored=True, outputs=outputs)
        if rule is None and len(rows) >= _SHARE:
            folds = self._discovery.foldable.without((*gradients, *keep, *replaced, self._target.layer))
            asked = replace(asked, rule=Folded(folds) if folds.pairs else None)
        return self._at(rows, points, asked)

    def _at(self, rows: np.ndarray, points: Points, asked: Asked) -> Answer:
        unknown = self._indices is None
        if (
            unknown
            and not (asked.replace or asked.outputs)
            and not self._only_batch
            and self.size <= len(rows) // _SHARE
            and self._all_in(rows)
        ):
            return self._with_samples(rows, points, asked)
        return self._pass(rows, points, asked, (self.indices[rows], np.arange(len(rows), dtype=np.int32)))

    def with_inputs(self, inputs: Points) -> Question:
        """The same scores, at the indices found here, of other samples: as many, in place of these."""
        pairs = zip(self._call.input_keys, self._prepared.arrays, strict=True)
        arrays = tuple(None if array is None else inputs.get(key, array) for key, array in pairs)
        return self._again(self._runner, Prepared(arrays, self._prepared.structure, self.size))

    def of_unit(self, unit: Unit) -> Question:
        """What a unit of a layer gives for the same samples."""
        path = unit.layer

        def actual() -> tuple[int, ...]:
            shape: tuple[int, ...] = self.at_samples(keep=(path,)).activations[path].shape
            return shape

        target, indices = resolve_unit(unit, self.layers[path], self.size, actual)
        return self._again(self._runner, self._prepared, target, indices)

    def of_output(self) -> Question:
        """The output itself, at the indices found here, in place of the logit before it."""
        if self._target.layer or self._target.function or not any(info.squash for info in self._discovery.outputs):
            return self
        return self._again(self._runner, self._prepared, replace(self._target, score="output"))

    def with_other_weights(self) -> tuple[Question, OtherWeights]:
        """The same scores, at the indices found here, with weights that can be changed; the model's stay as they are."""
        subject = self._runner.subject
        variables = subject.model.variables
        by_layer = variables_by_layer(variables, subject.nodes, self.layers)
        weights = OtherWeights(subject.backend, variables, self._runner.read(variables), by_layer)
        runner = Runner(Subject(subject.model, subject.backend, weights, subject.nodes))
        return self._again(runner, self._prepared), weights

    @property
    def outputs(self) -> tuple[OutputInfo, ...]:
        """What the model gives."""
        return self._discovery.outputs

    def in_training(self) -> tuple[list[np.ndarray], tuple[str, ...]]:
        """The outputs of these samples as in training, and the paths that ran: dropout at work, statistics of the batch.

        What layers learn in such a call stays in its scope. One mask for dropout, the same each time.
        """
        subject = self._runner.subject
        apart = Subject(subject.model, subject.backend, subject.weights, subject.nodes, training=True)

        def make() -> Forward:
            return Forward(apart, self._call, None, outputs=True)

        with subject.backend.own_randomness():
            program, tensors = Runner(apart).compiled("training", make, self._prepared)
        given = tensors[len(program.keys) :]
        return [subject.backend.to_numpy(tensor) for tensor in given], program.keys

    def _again(
        self, runner: Runner, prepared: Prepared, target: Target | None = None, indices: np.ndarray | None = None
    ) -> Question:
        about = (target or self._target, self.indices if indices is None else indices, self._only_batch)
        again = Question(runner, self._call, prepared, self._discovery, about)
        again.batch_size, again.progress = self.batch_size, self.progress
        return again

    def _all_in(self, rows: np.ndarray) -> bool:
        return self.size == 1 or len(np.unique(rows)) == self.size

    def _with_samples(self, rows: np.ndarray, points: Points, asked: Asked) -> Answer:
        """The samples themselves in front: the others take the class that is predicted for theirs."""
        size = self.size
        anchors = np.concatenate([np.arange(size), rows])
        whole = {key: np.concatenate([self.inputs[key], array]) for key, array in points.items()}
        answer = self._pass(anchors, whole, asked, (self._given[anchors], anchors.astype(np.int32)))
        self._indices, self._scores = answer.indices[:size], answer.scores[:size]
        return Answer(
            answer.scores[size:],
            answer.indices[size:],
            {key: array[size:] for key, array in answer.activations.items()},
            {key: array[size:] for key, array in answer.gradients.items()},
            answer.connected,
        )

    def batches(
        self, times: int, *, reports: bool = True, gradients: bool = True
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """`times` rows for each sample, sample after sample, in equal batches: (sample, step) of each row."""
        total = self.size * times
        most = self.rows_at_once(gradients=gradients)
        length = most if self._only_batch else math.ceil(total / math.ceil(total / most))
        changed = self._runner.subject.weights.watch() if reports and total > length else None
        for start in range(0, total, length):
            rows = np.arange(start, min(start + length, total))
            yield rows // times, rows % times
            if reports and self.progress is not None:
                self.progress(int(rows[-1]) + 1, total)
        self.changed = self.changed or (changed is not None and changed())

    def _pass(self, rows: np.ndarray, points: Points, asked: Asked, about: tuple[np.ndarray, ...]) -> Answer:
        """`about`: the indices, and the anchors if asked."""
        count, fill = len(rows), self._padding(len(rows))
        prepared = self._prepared
        if asked.anchored or fill or count != self.size:  # else they are the samples, as they are
            pairs = zip(self._call.input_keys, prepared.arrays, strict=True)
            given = [points[key] if key in points else None if a is None else a[rows] for key, a in pairs]
            arrays = [None if a is None else _padded(a, fill) for a in given]
            prepared = Prepared(tuple(arrays), prepared.structure, count + fill)
        first = [_padded(array, fill) for array in (*about, *(points[key] for key in asked.replace))]

        def make() -> Backward:
            return Backward(self._runner.subject, self._call, asked, self._target)

        run = self._runner.backward if asked.gradients else self._runner.forward
        program, tensors = run((asked, self._target), make, prepared, *first)
        self.score = program.score_name
        scores, used, *found = (_first(self._runner.subject.backend.to_numpy(tensor), count) for tensor in tensors)
        kept = dict(zip(asked.keep, found, strict=False))
        before = len(found) - len(program.keys)
        gradients = dict(zip(program.keys, found[before:], strict=True))
        whole = found[len(kept) : before]
        outputs = keras.tree.pack_sequence_as(program.output_structure, whole) if asked.outputs else None
        return Answer(scores, used, kept, gradients, program.connected, outputs)

    def _padding(self, count: int) -> int:
        """How many rows to add so that few batch sizes are compiled."""
        if self._only_batch:
            return self._only_batch - count
        needed = self._runner.subject.backend.traces_each_size and count > _STEP
        return -count % _STEP if needed else 0

    def _rows_that_fit(self, *, gradients: bool) -> int:
        numbers = self._discovery.num_activations - self._discovery.num_spared
        bytes_at_once = 4 * numbers / (1 if gradients else _FREED)
        return int(min(_MOST_ROWS, max(1, _MEMORY // max(bytes_at_once, 1))))


def _first(array: Any, count: int) -> np.ndarray:
    rows: np.ndarray = array[:count] if array.ndim else array  # an output may be one number for all
    return rows


def _padded(array: np.ndarray, fill: int) -> np.ndarray:
    return np.concatenate([array, np.repeat(array[-1:], fill, axis=0)]) if fill else array


def _joined(parts: list[Answer]) -> Answer:
    """Several answers, one after the other."""
    if len(parts) == 1:
        return parts[0]

    def join(name: str) -> dict[str, np.ndarray]:
        return {key: np.concatenate([getattr(part, name)[key] for part in parts]) for key in getattr(parts[0], name)}

    return Answer(
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.indices for part in parts]),
        join("activations"),
        join("gradients"),
        parts[0].connected,
    )
