"""The two computations of the engine, as functions of weights and inputs that a backend can compile.

`Forward` records activations; `Backward` gives scores, their gradients with respect to activations and
inputs, and the activations themselves, in one pass. A program is traced once per signature of its inputs; its Python part runs only then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import keras

from kerasviz.backends.base import Backend, Differentiated, Mark, Weights
from kerasviz.models.paths import Node
from kerasviz.probes.arguments import Places, taken_tensors
from kerasviz.probes.discovery import Discovery, discover
from kerasviz.probes.masks import keep_mask
from kerasviz.probes.scores import Squash, logits_of
from kerasviz.probes.snapshot import Snapshot, snapshot_of
from kerasviz.probes.tap import Emit, Recorder, Substitute, tap
from kerasviz.probes.targets import Target, score_outputs
from kerasviz.probes.unit_targets import unit_score

__all__ = ["Asked", "Backward", "CallSpec", "Forward", "Subject"]


class _Outermost(keras.Layer):  # type: ignore[misc]  # Keras has no types
    """Makes the model's call an inner one.

    The outermost layer of a call clears the losses of everything in it when it starts; a probe that
    did that while an eager `fit` runs in another thread would take its regularisation away.
    """

    def call(self, _: None, run: Callable[[], Any]) -> Any:
        """Whatever `run` gives."""
        return run()


class Subject:
    """The model under study: calls it so that nothing in it changes."""

    def __init__(
        self, model: Any, backend: Backend, weights: Weights, nodes: Sequence[Node], *, training: bool = False
    ) -> None:
        self.model, self.backend, self.weights, self.nodes = model, backend, weights, nodes
        self._training = training
        self._outermost = _Outermost(name="kerasviz", autocast=False)

    def call(self, structure: Any, inputs: Sequence[Any], weights: Any, recorder: Recorder | None) -> Any:
        """The model's outputs; state that layers update in their call stays in the scope."""

        def run() -> Any:
            return self.model(keras.tree.pack_sequence_as(structure, list(inputs)), training=self._training)

        with keras.StatelessScope(state_mapping=self.weights.mapping(weights)):
            if recorder is None:
                return self._outermost(None, run=run)
            with tap(recorder):
                return self._outermost(None, run=run)

    def snapshot(self) -> Snapshot | None:
        """What a run reads beside its inputs, as it is now; None where that is not known."""
        return None if self._training else snapshot_of(self.model, self.nodes)

    def recorder(self, emit: Emit, wanted: Callable[[str], bool], *, alias: bool = False) -> Recorder:
        return Recorder(self.nodes, self.backend, emit, wanted=wanted, alias=alias)


@dataclass(frozen=True, slots=True)
class CallSpec:
    """How the model is called: the structure of its inputs and how each is addressed."""

    structure: Any
    input_keys: tuple[str, ...]

    def named(self, arrays: Sequence[Any]) -> dict[str, Any]:
        """The inputs that were given, by how they are addressed."""
        return {key: array for key, array in zip(self.input_keys, arrays, strict=True) if array is not None}


class Forward:
    """`program(weights, *inputs)` → the wanted activations, what was `taken` and, if asked, the outputs, as a flat list.

    With `learn`, the run also yields a `discovery`: which layers ran, what feeds what, and what they took beside.
    """

    def __init__(  # noqa: PLR0913  # what a pass may give
        self,
        subject: Subject,
        call: CallSpec,
        paths: Sequence[str] | None,
        *,
        outputs: bool,
        taken: Places | None = None,
        learn: bool = False,
    ) -> None:
        self._subject, self._structure, self._input_keys = subject, call.structure, call.input_keys
        self._outputs, self._learn = outputs, learn
        self._paths = None if paths is None else frozenset(paths)
        self.keys: tuple[str, ...] = ()
        self.discovery: Discovery | None = None
        self.taken: Places = taken or {}
        self.output_structure: Any = None
        self.traces = 0

    def snapshot(self) -> Snapshot | None:
        """What it reads beside its arguments, as it is now."""
        return None if self._learn else self._subject.snapshot()

    def __call__(self, weights: Any, *inputs: Any) -> list[Any]:
        self.traces += 1
        paths = self._paths

        def keep(key: str, tensor: Any) -> Any:  # noqa: ARG001  # recorded as it is
            return tensor

        recorder = self._subject.recorder(keep, lambda key: paths is None or key in paths, alias=self._learn)
        outputs = self._subject.call(self._structure, inputs, weights, recorder if paths is None or paths else None)
        self.keys = recorder.keys
        tensors = [recorder.records[key][2] for key in self.keys]
        flat = keras.tree.flatten(outputs)
        self.output_structure = keras.tree.map_structure(lambda _: 0, outputs)
        if self._learn:
            given = dict(zip(self._input_keys, inputs, strict=True))
            self.discovery = discover(self._subject.model, recorder, given, outputs)
            self.taken = self.discovery.taken
        tensors += taken_tensors(recorder, self.taken)
        return tensors + flat if self._outputs else tensors


@dataclass(frozen=True, slots=True)
class Asked:
    """What a `Backward` is to give beside the scores, by path. Hashable: part of the key of a compiled function.

    Nothing to differentiate makes it a forward pass.
    """

    gradients: tuple[str, ...] | None = ()
    """Layers and inputs; None: everything that has a gradient."""
    keep: tuple[str, ...] = ()
    """Activations to return."""
    replace: tuple[str, ...] = ()
    """Activations that are given instead of computed, in this order."""
    rule: Substitute | None = None
    """What runs instead of operations: other gradients of ReLUs, for example. Hashable."""
    anchored: bool = False
    """Whether each row says which row's predicted class it takes."""
    outputs: bool = False
    """Whether to return the model's outputs too."""


class Backward:
    """`program(weights, indices, anchors if asked, *replacements, *inputs)` → scores, indices, activations, outputs, gradients.

    Args:
        subject: the model.
        call: how it is called.
        asked: what to give.
        target: what the score is; None: `learn` says it.
        learn: for a model never run before: takes what the trace discovers of it and says the target.
    """

    def __init__(
        self,
        subject: Subject,
        call: CallSpec,
        asked: Asked,
        target: Target | None,
        *,
        learn: Callable[[Discovery], Target] | None = None,
    ) -> None:
        self._subject, self._structure, self._input_keys = subject, call.structure, call.input_keys
        self._asked, self._target, self._learn = asked, target, learn
        self.keys: tuple[str, ...] = ()
        self.connected: frozenset[str] = frozenset()
        self.score_name = ""
        self.squashed = ""
        self.output_structure: Any = None
        self.traces = 0

    def snapshot(self) -> Snapshot | None:
        """What it reads beside its arguments, as it is now; a function of the user's own may read anything."""
        own = self._learn is not None or self._target is None or self._target.function is not None
        return None if own else self._subject.snapshot()

    def __call__(self, weights: Any, indices: Any, *given: Any) -> list[Any]:
        self.traces += 1
        anchors, given = (given[0], given[1:]) if self._asked.anchored else (None, given)
        replaced = dict(zip(self._asked.replace, given, strict=False))
        inputs = dict(zip(self._input_keys, given[len(replaced) :], strict=True))
        marks = _Marks(self._marked, replaced)
        recorders: list[Recorder] = []

        def score(mark: Mark) -> tuple[Any, Any]:  # JAX asks twice: for the shapes, then for the gradients
            emit = marks.start(mark)
            marked = {key: None if x is None else emit(key, x) for key, x in inputs.items()}
            recorder = self._recorder(emit)
            recorders.append(recorder)
            outputs = self._subject.call(self._structure, list(marked.values()), weights, recorder)
            if self._learn is not None:
                self._target = self._learn(discover(self._subject.model, recorder, marked, outputs))
            total, extra = self._score(recorder, outputs, indices, anchors)
            self.output_structure = keras.tree.map_structure(lambda _: 0, outputs)
            whole = keras.tree.flatten(outputs) if self._asked.outputs else []
            return total, [*extra, *(recorder.records[key][2] for key in self._asked.keep), *whole]

        found = self._differentiated(score)
        gradients = marks.join(found.gradients, recorders[-1].step_shapes)
        self.keys = tuple(gradients)
        self.connected = marks.connected(found.connected)
        return [*found.extra, *gradients.values()]

    def settle(self, paths: Sequence[str]) -> None:
        """What was to be learned is known."""
        self._learn, self._asked = None, Asked((*self._input_keys, *paths))

    def _differentiated(self, score: Callable[[Mark], tuple[Any, Any]]) -> Differentiated:
        if self._asked.gradients == ():
            return Differentiated({}, score(lambda _, tensor: tensor)[1], frozenset())
        return self._subject.backend.differentiate(score)

    def _recorder(self, emit: Emit) -> Recorder:
        recorder = self._subject.recorder(emit, self._recorded, alias=self._learn is not None)
        recorder.substitute = self._asked.rule
        return recorder

    def _marked(self, key: str) -> bool:
        gradients = self._asked.gradients
        return gradients is None or key in gradients

    def _recorded(self, key: str) -> bool:
        scored = self._target is not None and key == self._target.layer
        asked = self._marked(key) or key in self._asked.keep or key in self._asked.replace
        return self._learn is not None or scored or asked

    def _score(self, recorder: Recorder, outputs: Any, indices: Any, anchors: Any) -> tuple[Any, Any]:
        target = cast(Target, self._target)
        if target.layer:
            self.score_name = (
                f"a unit of {target.layer!r}" if not any(target.summed) else f"a sum over {target.layer!r}"
            )
            total, *extra = unit_score(target, recorder.records[target.layer][2], indices)
            return total, extra
        squashes = [logits_of(recorder, output) for output in keras.tree.flatten(outputs)]
        self.score_name = _score_name(target, squashes)
        self.squashed = _squashed(target, squashes)
        logits, argmax = [s and s.logits for s in squashes], self._subject.backend.argmax
        total, *extra = score_outputs(target, outputs, logits, (indices, anchors), argmax)
        return total, extra


def _squashed(target: Target, squashes: Sequence[Squash | None]) -> str:
    """The layer before whose softmax or sigmoid the score is read."""
    squash = None if target.function is not None or target.score != "auto" else squashes[target.position]
    return squash.path if squash is not None else ""


def _score_name(target: Target, squashes: Sequence[Squash | None]) -> str:
    if target.function is not None:
        return f"{getattr(target.function, '__name__', 'function')} of the outputs"
    squash = squashes[target.position]
    if target.score == "auto" and squash is not None:
        return f"the input of the {squash.kind} of {squash.path!r}"
    return "the output" if len(squashes) == 1 else f"output {target.position}"


class _Marks:
    """Names for what is differentiated: one mark per tensor, one per time step inside a loop.

    A replaced tensor is replaced before it is marked.
    """

    def __init__(self, wanted: Callable[[str], bool], replaced: Mapping[str, Any]) -> None:
        self._wanted, self._replaced = wanted, replaced
        self._names: dict[str, list[str]] = {}

    def start(self, mark: Mark) -> Emit:
        """A fresh run: what passes a tensor through `mark` if it can have a gradient."""
        self._names.clear()

        def emit(key: str, tensor: Any) -> Any:
            if key in self._replaced:
                tensor = keep_mask(tensor, self._replaced[key])
            is_float = keras.backend.is_float_dtype(keras.backend.standardize_dtype(tensor.dtype))
            if not is_float or not self._wanted(key):
                return tensor
            names = self._names.setdefault(key, [])
            names.append(f"{key}\0{len(names)}")
            return keep_mask(tensor, mark(names[-1], tensor))

        return emit

    def join(self, gradients: dict[str, Any], step_shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
        """One gradient per path: what was marked once per time step becomes (batch, time, …)."""
        ops = keras.ops
        joined: dict[str, Any] = {}
        for key, names in self._names.items():
            if key not in step_shapes:
                joined[key] = gradients[names[0]]
                continue
            stacked = ops.stack([gradients[name] for name in names], axis=1)
            shape = ops.shape(stacked)
            joined[key] = ops.reshape(stacked, (shape[0], *step_shapes[key], *shape[2:]))
        return joined

    def connected(self, marks: frozenset[str]) -> frozenset[str]:
        """The paths of which any mark is connected to the score."""
        return frozenset(key for key, names in self._names.items() if not marks.isdisjoint(names))
