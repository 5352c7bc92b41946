"""`Probe`: activations and gradients of any Keras model, as NumPy, without changing the model.

The first pass over a model that was never seen runs un-compiled where that is faster (TensorFlow);
compiled programs are made on the second use, cached, and read the weights when they run, so that
training in between costs no new trace. Gradients are always compiled (see backends/tensorflow.py).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from kerasviz import backends
from kerasviz.backends.base import Signature, TensorSpec
from kerasviz.errors import UnsupportedModelError
from kerasviz.models.info import LayerInfo, number_of_parameters
from kerasviz.models.inputs import ModelInputs, Prepared
from kerasviz.models.made import made_inputs
from kerasviz.models.paths import walk
from kerasviz.models.select import select_paths
from kerasviz.probes.discovery import Discovery
from kerasviz.probes.programs import Backward, Forward, Subject
from kerasviz.probes.targets import resolve_target

__all__ = ["Gradients", "Probe"]

_MOST_PROGRAMS = 32


class Gradients(dict[str, np.ndarray]):
    """Gradients by path, per sample; "input" (or "input:NAME" each) comes first.

    Attributes:
        connected: by path, whether the score depends on it at all; where not, the gradient is zeros.
        score: which tensor the score was read from.
        scores: the score of each sample, (batch,).
        target: the index or indices each score was read at, (batch, axes of the output).
    """

    def __init__(self, arrays: dict[str, np.ndarray], connected: dict[str, bool], score: str, scores: np.ndarray, target: np.ndarray) -> None:
        super().__init__(arrays)
        self.connected, self.score, self.scores, self.target = connected, score, scores, target


class Probe:
    """Looks inside a Keras model: layers, activations, gradients.

    The model is neither copied nor changed, and may be trained between (or during) calls.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="out")])
        >>> probe = Probe(model)
        >>> [layer.path for layer in probe.layers]
        ['out']
        >>> probe.activations(np.ones((1, 3)))["out"].shape
        (1, 2)
    """

    def __init__(self, model: Any) -> None:
        _check_model(model)
        self.model = model
        self.backend = backends.current()
        self._lock = threading.RLock()
        self._subject: Subject | None = None
        self.num_traces = 0
        self._reset()

    def __repr__(self) -> str:
        return f"<Probe of {self.model.name!r} on {self.backend.name}>"

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        """Every tensor that can be looked at, in the order the layers run.

        A model that was never built is listed as it hangs, without shapes, until its first input.
        """
        self._check_structure()
        if self._discovery is None:
            if not self._is_built():
                return self._static_layers()
            self._discover(self._inputs.prepare(made_inputs(self._inputs, self.model)))
        return self._discovery.layers if self._discovery else ()

    def path_of(self, layer: Any) -> str:
        """Where a layer hangs."""
        (path,) = select_paths([layer], self._by_layer.values(), self._by_layer) or ()
        return path

    def predict(self, x: Any) -> Any:
        """The model's outputs as NumPy, in the model's own structure."""
        prepared = self._prepare(x)
        _, outputs, structure = self._forward(prepared, (), outputs=True)
        return keras.tree.pack_sequence_as(structure, outputs)

    def activations(self, x: Any, layers: Any = None) -> dict[str, np.ndarray]:
        """Outputs of layers, by path. `layers`: None for all, or paths, layer objects, a compiled pattern."""
        prepared = self._prepare(x)
        keys, arrays, _ = self._forward(prepared, layers, outputs=False)
        return dict(zip(keys, arrays, strict=True))

    def gradients(self, x: Any, target: Any = None, layers: Any = None, score: str = "auto") -> Gradients:
        """Gradients of each sample's score with respect to the inputs and to layers' outputs.

        Args:
            x: one sample or a batch.
            target: what to explain; None for the predicted class. An index, one index per sample, an index
                into several or larger outputs as a tuple, or a function of the outputs.
            layers: as in `activations`; None for all, () for the inputs alone.
            score: "auto", the logit before a final softmax or sigmoid where there is one; "output", the output.
        """
        prepared = self._prepare(x)
        discovery = self._discovered(prepared)
        constant, indices = resolve_target(target, discovery.outputs, prepared.batch_size, score)
        paths = self._select(layers)
        if paths is None:
            paths = tuple(info.path for info in discovery.layers)
        floats = tuple(p for p in paths if _is_float(self._dtypes[p]))
        inputs = self._input_keys(prepared)
        batch = self._batch_dimension(prepared.batch_size)
        signature = (TensorSpec((batch, indices.shape[1]), "int32"), *self._signature(prepared, batch))

        def make() -> Backward:
            return Backward(self._subject_now(), prepared.structure, inputs, floats, constant)

        program, compiled = self._compiled(("backward", floats, constant, str(prepared.structure), signature), make, signature)
        tensors = self._run(compiled, self.backend.to_tensor(indices), *self._tensors(prepared))
        scores, used, *found = [self.backend.to_numpy(tensor) for tensor in tensors]
        gradients = dict(zip(program.keys, found, strict=True))
        arrays = {key: gradients.get(key, _zeros(array)) for key, array in zip(inputs, prepared.arrays, strict=True) if array is not None}
        shapes = {info.path: info.output_shape or () for info in discovery.layers}
        for path in paths:
            arrays[path] = gradients[path] if path in gradients else np.zeros((prepared.batch_size, *(d or 0 for d in shapes[path][1:])), np.float32)
        connected = {key: key in program.connected for key in arrays}
        return Gradients(arrays, connected, program.score_name, scores, used)

    def warm(self, x: Any) -> None:
        """Compile now what the next calls on such an `x` will need."""
        prepared = self._prepare(x)
        self._discovered(prepared)
        for _ in range(2):
            self._forward(prepared, None, outputs=False)

    def close(self) -> None:
        """Free compiled functions and let go of the model's hooks."""
        with self._lock:
            if self._subject is not None:
                self._subject.weights.close()
            self._subject = None
            self._programs.clear()
            self._seen.clear()

    # What the model is

    def _reset(self) -> None:
        with self._lock:
            if self._subject is not None:
                self._subject.weights.close()
            self._structure = self._fingerprint()
            self._nodes = walk(self.model)
            self._by_layer = {id(node.operation): node.path for node in self._nodes}
            self._inputs = ModelInputs(self.model)
            self._discovery: Discovery | None = None
            self._dtypes: dict[str, str | None] = {}
            self._programs: OrderedDict[Any, tuple[Any, Callable[..., Any]]] = OrderedDict()
            self._seen: set[Any] = set()
            self._subject = None
            if self._is_built():
                self._subject_now()

    def _subject_now(self) -> Subject:
        with self._lock:
            if self._subject is None:
                self._subject = Subject(self.model, self.backend, self.backend.weights(self.model), self._nodes)
            return self._subject

    def _fingerprint(self) -> tuple[int, ...]:
        return tuple(map(id, getattr(self.model, "layers", ())))

    def _check_structure(self) -> None:
        """A layer was added or taken away: everything learned is void."""
        if self._structure != self._fingerprint():
            self._reset()

    def _is_built(self) -> bool:
        return bool(self.model.built)

    def _static_layers(self) -> tuple[LayerInfo, ...]:
        return tuple(
            LayerInfo(
                node.path, node.operation.name, type(node.operation).__name__, None, None, number_of_parameters(node.operation),
                (), node.parent, is_operation=node.is_operation, is_container=node.is_container,
                note="The model is not built yet: shapes are known after its first input.",
            )
            for node in self._nodes
        )  # fmt: skip

    def _prepare(self, x: Any) -> Prepared:
        self._check_structure()
        prepared = self._inputs.prepare(x)
        if not self._is_built():
            with self._lock:
                one = [None if a is None else self.backend.to_tensor(a[:1]) for a in prepared.arrays]
                self.model(keras.tree.pack_sequence_as(prepared.structure, one), training=False)
                self._reset()
            prepared = self._inputs.prepare(x)
        self._inputs.learn(prepared)
        return prepared

    def _discovered(self, prepared: Prepared) -> Discovery:
        if self._discovery is None:
            self._discover(prepared)
        if self._discovery is None:  # pragma: no cover - _discover sets it or raises
            raise AssertionError
        return self._discovery

    def _discover(self, prepared: Prepared) -> tuple[Forward, list[Any]]:
        """One pass with everything recorded: its values where the backend computes them, its facts anywhere."""
        program = Forward(self._subject_now(), prepared.structure, None, outputs=True)
        values = self.backend.run(program, self._subject_now().weights.read(), self._tensors(prepared))
        with self._lock:
            self._discovery = program.discovery
            self._dtypes = {info.path: info.dtype for info in self._discovery.layers} if self._discovery else {}
        return program, values

    def _select(self, layers: Any) -> tuple[str, ...] | None:
        loops = [node.path for node in self._nodes if isinstance(node.operation, keras.layers.RNN)]
        return select_paths(layers, self._dtypes, self._by_layer, inside_loops=loops)

    # Running it

    def _forward(self, prepared: Prepared, layers: Any, *, outputs: bool) -> tuple[tuple[str, ...], list[np.ndarray], Any]:
        """Keys, arrays (activations, then outputs), and the outputs' structure."""
        batch = self._batch_dimension(prepared.batch_size)
        signature = self._signature(prepared, batch)
        if self._discovery is None:
            program, values = self._discover(prepared)
            if self.backend.eager_first:
                self._seen.add(signature)
                return self._choose(program, values, self._select(layers), outputs=outputs)
        paths = self._select(layers)
        key = ("forward", paths, outputs, str(prepared.structure), signature)

        def make() -> Forward:
            return Forward(self._subject_now(), prepared.structure, paths, outputs=outputs)

        if self.backend.eager_first and key not in self._programs and signature not in self._seen:
            self._seen.add(signature)
            program = make()
            tensors = self.backend.run(program, self._subject_now().weights.read(), self._tensors(prepared))
        else:
            program, compiled = self._compiled(key, make, signature)
            tensors = self._run(compiled, *self._tensors(prepared))
        keys = program.keys if paths is None else tuple(k for k in paths if k in program.keys)
        order = {k: i for i, k in enumerate(program.keys)}
        chosen = [tensors[order[k]] for k in keys] + list(tensors[len(program.keys) :])
        return keys, [self.backend.to_numpy(tensor) for tensor in chosen], program.output_structure

    def _choose(self, program: Forward, values: list[Any], paths: tuple[str, ...] | None, *, outputs: bool) -> tuple[tuple[str, ...], list[np.ndarray], Any]:
        """From a pass that recorded everything, what was asked for."""
        keys = program.keys if paths is None else paths
        order = {k: i for i, k in enumerate(program.keys)}
        chosen = [values[order[k]] for k in keys] + (values[len(program.keys) :] if outputs else [])
        return keys, [self.backend.to_numpy(tensor) for tensor in chosen], program.output_structure

    def _compiled(self, key: Any, make: Callable[[], Any], signature: Signature) -> tuple[Any, Callable[..., Any]]:
        with self._lock:
            if key not in self._programs:
                program = make()
                self._programs[key] = (program, self._compile(program, signature))
                while len(self._programs) > _MOST_PROGRAMS:
                    self._programs.popitem(last=False)
            self._programs.move_to_end(key)
            return self._programs[key]

    def _compile(self, program: Any, signature: Signature) -> Callable[..., Any]:
        self.num_traces += 1
        return self.backend.compile(program, signature)

    def _run(self, compiled: Callable[..., Any], *tensors: Any) -> Any:
        weights = self._subject_now().weights
        values = weights.read()
        for _ in range(3):
            try:
                return compiled(values, *tensors)
            except RuntimeError as error:
                values = weights.recover(error)
                if values is None:
                    raise
        return compiled(values, *tensors)

    def _batch_dimension(self, batch_size: int) -> int | None:
        """One sample gets a program of its own (the fastest); other sizes share one where the backend can."""
        return None if self.backend.dynamic_batch and batch_size > 1 else batch_size

    def _signature(self, prepared: Prepared, batch: int | None) -> Signature:
        return tuple(None if a is None else TensorSpec((batch, *a.shape[1:]), _dtype_name(a)) for a in prepared.arrays)

    def _tensors(self, prepared: Prepared) -> list[Any]:
        return [None if array is None else self.backend.to_tensor(array) for array in prepared.arrays]

    def _input_keys(self, prepared: Prepared) -> Sequence[str]:
        specs = self._inputs.specs or ()
        return tuple(spec.key for spec in specs)


def _check_model(model: Any) -> None:
    if isinstance(model, keras.Layer):
        return
    module = type(model).__module__.partition(".")[0]
    if module in ("tf_keras", "keras"):
        raise UnsupportedModelError(
            f"A {type(model).__name__} of {module!r} was passed: Keras 2, or no model. kerasviz looks into models of Keras 3. "
            "Build or load the model with `import keras` (unset TF_USE_LEGACY_KERAS), then pass that one."
        )
    if module == "torch" or any(base.__module__.startswith("torch.nn") for base in type(model).__mro__):
        raise UnsupportedModelError(
            f"A torch module ({type(model).__name__}) was passed; a Keras 3 model was expected. "
            "Wrap it with keras.layers.TorchModuleWrapper inside a keras.Model (on the torch backend)."
        )
    raise UnsupportedModelError(
        f"A {type(model).__name__} was passed; a Keras 3 model (keras.Model or keras.Layer) was expected. Pass the model itself."
    )


def _is_float(dtype: str | None) -> bool:
    return dtype is not None and (dtype.startswith(("float", "bfloat")))


def _dtype_name(array: np.ndarray) -> str:
    return "string" if array.dtype.kind in "USO" else str(array.dtype)


def _zeros(array: np.ndarray) -> np.ndarray:
    return np.zeros(array.shape, array.dtype if array.dtype.kind == "f" else np.float32)
