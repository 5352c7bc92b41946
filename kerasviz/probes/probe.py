"""`Probe`: activations and gradients of any Keras model, as NumPy, without changing the model.

The first pass over a model tells what runs, in which order, of what shape (`discovery`); after that
the two computations of `programs` are run by `runner`. Gradients on TensorFlow are only ever compiled.
"""

from __future__ import annotations

import threading
from typing import Any, cast

import keras
import numpy as np

from kerasviz import backends
from kerasviz.errors import NotCompilableError, unknown_name
from kerasviz.models.facts import settings_of, weight_names
from kerasviz.models.info import number_of_parameters
from kerasviz.models.inputs import ModelInputs, Prepared
from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.made import made_inputs
from kerasviz.models.paths import layer_path, walk
from kerasviz.models.select import select_paths
from kerasviz.probes.answers import Activations, Gradients, is_float, zeros_of
from kerasviz.probes.checks import check_model, explained
from kerasviz.probes.discovery import Discovery
from kerasviz.probes.programs import Asked, Backward, CallSpec, Forward, Subject
from kerasviz.probes.question import Question
from kerasviz.probes.runner import Runner
from kerasviz.probes.sweeper import Sweeper
from kerasviz.probes.tap import activation_of
from kerasviz.probes.targets import Target, resolve_target, simple_indices
from kerasviz.probes.unit_targets import Unit, resolve_unit
from kerasviz.probes.watched import watched_layers

__all__ = ["Probe"]


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
        check_model(model)
        self.model = model
        self.backend = backends.current()
        self._lock = threading.RLock()
        self._runner: Runner | None = None
        self._earlier_traces = 0
        self._was_called = False
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
        (path,) = select_paths([layer], self._by_layer.values(), self._by_layer)
        return path

    def output_of(self, layer: Any) -> str:
        """The path of the one layer output that is meant, checked against what the model computes."""
        known = self._discovery.layers if self._discovery else self.layers
        selected = self._select(layer)
        if selected is None or len(selected) != 1:
            raise unknown_name("One layer called", layer, [info.path for info in known])
        return selected[0]

    def weights(self, layer: Any) -> dict[str, np.ndarray]:
        """A layer's weights as they are now, by their names within it: "kernel", "bias", "query/kernel"."""
        named = dict(weight_names(self._operation(layer)))
        return dict(zip(named, self._running().read(list(named.values())), strict=True))

    def all_weights(self) -> list[np.ndarray]:
        """All weights of the model as they are now, in its own order."""
        return self._running().read(self.model.weights)

    def settings(self, layer: Any) -> dict[str, Any]:
        """How a layer is configured (strides, units, activation …), as plain values."""
        return settings_of(self._operation(layer))

    def predict(self, x: Any) -> Any:
        """The model's outputs as NumPy, in the model's own structure."""
        prepared = self._prepare(x)
        program, _, outputs = self._forward(prepared, (), outputs=True)
        return keras.tree.pack_sequence_as(program.output_structure, outputs)

    def activations(self, x: Any, layers: Any = None) -> Activations:
        """Outputs of layers, by path. `layers`: None for all, or paths, layer objects, a compiled pattern."""
        prepared = self._prepare(x)
        program, keys, arrays = self._forward(prepared, layers, outputs=False)
        inputs = self._call_spec(prepared).named(prepared.arrays)
        return Activations(dict(zip(keys, arrays, strict=True)), inputs, program.taken)

    def gradients(self, x: Any, target: Any = None, layers: Any = None, score: str = "auto") -> Gradients:
        """Gradients of each sample's score with respect to the inputs and to layers' outputs.

        Args:
            x: one sample or a batch.
            target: what to explain; None for the predicted class. An index, one index per sample, an index
                into several or larger outputs as a tuple, a function of the outputs, or `kerasviz.unit(layer, index)`.
            layers: as in `activations`; None for all, () for the inputs alone.
            score: "auto", the logit before a final softmax or sigmoid where there is one; "output", the output.
        """
        prepared = self._prepare(x)
        program, tensors = self._first_backward(prepared, target, layers, score) or self._backward(
            prepared, target, layers, score
        )
        discovery = self._discovered(prepared)
        selected = self._select(layers)
        scores, used, *found = map(self.backend.to_numpy, tensors)
        gradients = dict(zip(program.keys, found, strict=True))
        arrays = {
            key: gradients[key] if key in gradients else np.zeros(array.shape, np.float32)
            for key, array in self._call_spec(prepared).named(prepared.arrays).items()
        }
        for info in discovery.layers:
            if selected is None or info.path in selected:
                array = gradients.get(info.path)
                arrays[info.path] = zeros_of(info, prepared.batch_size) if array is None else array
        connected = {key: key in program.connected for key in arrays}
        return Gradients(arrays, connected, program.score_name, scores, used, program.squashed)

    def question(self, x: Any, target: Any = None, score: str = "auto") -> Question:
        """The score of these samples, to be asked again and again at other points: what attribution methods stand on."""
        prepared = self._prepare(x)
        discovery = self._discovered(prepared)
        constant, indices = self._resolved(target, discovery, prepared, score)
        only = next((spec.batch for spec in self._inputs.specs or () if spec.batch is not None), None)
        return Question(self._running(), self._call_spec(prepared), prepared, discovery, (constant, indices, only))

    def sweeper(self, x: Any, layers: Any = None) -> Sweeper:
        """What goes over many batches and reduces them on the way; `x` is the first sample. For `kerasviz.scan`."""
        prepared = self._prepare(x, finite=False)
        discovery = self._discovered(prepared)
        watches = watched_layers(layers, discovery, self._nodes, self._by_layer)
        return Sweeper(self._running(), self._inputs, self._call_spec(prepared), discovery, watches)

    def warm(self, x: Any, *, gradients: bool = False) -> None:
        """Compile now what the next calls of `activations` (and of `gradients`) on such an `x` will need."""
        prepared = self._prepare(x)
        self._discovered(prepared)
        for _ in range(2):  # the first pass may run un-compiled
            self._forward(prepared, None, outputs=False)
        if gradients:
            self.gradients(x)

    def refresh(self) -> None:
        """Learn the model anew: needed after an attribute of a layer was changed that compiled functions hold."""
        self._reset()

    def close(self) -> None:
        """Free compiled functions and let go of the model's hooks. The next call starts afresh."""
        with self._lock:
            if self._runner is not None:
                self._earlier_traces += self._runner.num_traces
                self._runner.close()
            self._runner = None

    @property
    def num_traces(self) -> int:
        """How often the model was traced for a compiled function."""
        return self._earlier_traces + (self._runner.num_traces if self._runner else 0)

    # What the model is

    def _reset(self) -> None:
        with self._lock:
            self.close()
            self._nodes = walk(self.model)
            self._structure = self._fingerprint()
            self._by_layer = {id(node.operation): node.path for node in self._nodes}
            self._inputs = ModelInputs(self.model)
            self._discovery: Discovery | None = None
            if self._is_built():
                self._running()

    def _running(self) -> Runner:
        with self._lock:
            if self._runner is None:
                weights = self.backend.weights(self.model)
                self._subject = Subject(self.model, self.backend, weights, self._nodes)
                self._runner = Runner(self._subject)
            return self._runner

    def _operation(self, layer: Any) -> Any:
        """The layer that a path names, whichever of its calls or outputs is meant."""
        by_path = {node.path: node.operation for node in self._nodes}
        if isinstance(layer, str):
            layer = layer if layer in by_path else layer_path(layer)
        (path,) = select_paths([layer], by_path, self._by_layer)
        return by_path[path]

    def _has_own_code(self) -> bool:
        """Whether layers hang in a class that is not Keras's: its `call` may do anything with them."""
        parents = [self.model, *(node.operation for node in self._nodes if node.is_container)]
        return any(not type(parent).__module__.startswith("keras.") for parent in parents)

    def _fingerprint(self) -> tuple[int, ...]:
        """What a compiled function stands on and a user may change: layers, their activations, how many weights.

        LoRA and quantisation add weights to layers that are there; swapping an activation is a common trick.
        """
        layers = [number for layer in getattr(self.model, "layers", ()) for number in (id(layer), len(layer.weights))]
        activations = [id(activation_of(node.operation)) for node in self._nodes]
        return (*layers, *activations)

    def _check_structure(self) -> None:
        """A layer was added or taken away: everything learned is void."""
        if self._structure != self._fingerprint():
            self.refresh()

    def _is_built(self) -> bool:
        """Whether all weights are there: `model.build` of a class of one's own may leave its layers without."""
        if not self.model.built or self._was_called or not self._has_own_code():
            return bool(self.model.built)
        return all(getattr(node.operation, "built", True) for node in self._nodes)

    def _static_layers(self) -> tuple[LayerInfo, ...]:
        return tuple(
            LayerInfo(
                node.path, node.operation.name, type(node.operation).__name__, None, None, number_of_parameters(node.operation),
                (), node.parent, is_operation=node.is_operation, is_container=node.is_container,
                note="The model is not built yet: shapes are known after its first input.",
            )
            for node in self._nodes
        )  # fmt: skip

    def _prepare(self, x: Any, *, finite: bool = True) -> Prepared:
        self._check_structure()
        prepared = self._inputs.prepare(x, finite=finite)
        if not self._is_built():
            self._build(prepared)
            prepared = self._inputs.prepare(x, finite=finite)
        elif not self._inputs.known:
            self._discover_unknown(prepared)
        self._inputs.learn(prepared)
        return prepared

    def _build(self, prepared: Prepared) -> None:
        """The model's first call ever makes its weights."""
        with self._lock:
            tensors = [None if a is None else self.backend.to_tensor(a) for a in prepared.arrays]
            with explained():
                self.model(keras.tree.pack_sequence_as(prepared.structure, tensors), training=False)
            self._was_called = True
            self._reset()

    def _discover_unknown(self, prepared: Prepared) -> None:
        """A model that does not say what it takes: whether this fits is known when it ran."""
        with explained():
            self._inputs.learn(prepared)
            try:
                self._discover(prepared)
            except Exception:  # whatever it was: what was learnt of an input that does not fit is taken back
                self._inputs = ModelInputs(self.model)
                raise

    def _call_spec(self, prepared: Prepared) -> CallSpec:
        return CallSpec(prepared.structure, tuple(spec.key for spec in self._inputs.specs or ()))

    def _discovered(self, prepared: Prepared) -> Discovery:
        discovery = self._discovery
        if discovery is None:
            discovery = self._discover(prepared)[0].discovery
        return cast(Discovery, discovery)

    def _discover(self, prepared: Prepared) -> tuple[Forward, list[Any]]:
        """One pass with everything recorded: its values where the backend computes them, its facts anywhere."""
        runner = self._running()

        def make() -> Forward:
            return Forward(self._subject, self._call_spec(prepared), None, outputs=True, learn=True)

        try:
            # Own code may call layers inside `keras.ops.map` and the like: eagerly they would be seen once a turn,
            # compiled they cannot be seen at all. One answer for all calls: the compiled one.
            once = not (self.backend.eager_first and self._has_own_code())
            program, tensors = runner.once(make(), prepared) if once else runner.compiled("learn", make, prepared)
        except NotCompilableError:
            program, tensors = runner.once(make(), prepared)
        self._discovery = program.discovery
        return program, tensors

    def _select(self, layers: Any) -> tuple[str, ...] | None:
        if layers is None:
            return None
        loops = [node.path for node in self._nodes if isinstance(node.operation, keras.layers.RNN)]
        known = [info.path for info in self._discovery.layers] if self._discovery else []
        return select_paths(layers, known, self._by_layer, inside_loops=loops)

    def _backward(self, prepared: Prepared, target: Any, layers: Any, score: str) -> tuple[Backward, list[Any]]:
        discovery = self._discovered(prepared)
        constant, indices = self._resolved(target, discovery, prepared, score)
        selected = self._select(layers)
        differentiable = tuple(
            info.path
            for info in discovery.layers
            if is_float(info.dtype) and (selected is None or info.path in selected)
        )

        def make() -> Backward:
            call = self._call_spec(prepared)
            return Backward(self._subject, call, Asked((*call.input_keys, *differentiable)), constant)

        return self._running().backward((differentiable, constant), make, prepared, indices)

    def _resolved(self, target: Any, discovery: Discovery, prepared: Prepared, score: str) -> tuple[Target, np.ndarray]:
        if not isinstance(target, Unit):
            return resolve_target(target, discovery.outputs, prepared.batch_size, score)
        path = self.output_of(target.layer)
        return resolve_unit(
            target, discovery.by_path[path], prepared.batch_size,
            lambda: self._forward(prepared, [path], outputs=False)[2][0].shape,
        )  # fmt: skip

    def _first_backward(
        self, prepared: Prepared, target: Any, layers: Any, score: str
    ) -> tuple[Backward, list[Any]] | None:
        """Gradients of a model that was never run: the trace of the program is also its discovery."""
        indices = simple_indices(target, prepared.batch_size)
        everything = layers is None
        if self._discovery is not None or indices is None or not (everything or layers == ()):
            return None
        if not self.backend.eager_first:  # JAX: looking at a model is abstract, and costs little
            return None
        learned: list[tuple[Discovery, Target]] = []

        def learn(discovery: Discovery) -> Target:
            constant, _ = resolve_target(target, discovery.outputs, prepared.batch_size, score)
            learned.append((discovery, constant))
            return constant

        def make() -> Backward:
            call = self._call_spec(prepared)
            asked = Asked(None if everything else call.input_keys)
            return Backward(self._subject, call, asked, None, learn=learn)

        key, runner = object(), self._running()
        found = runner.backward(key, make, prepared, indices)
        self._discovery, constant = learned[-1]
        floats = tuple(info.path for info in self._discovery.layers if is_float(info.dtype))
        differentiable = floats if everything else ()
        found[0].settle(differentiable)
        runner.refile(key, (differentiable, constant))
        return found

    def _forward(
        self, prepared: Prepared, layers: Any, *, outputs: bool
    ) -> tuple[Forward, tuple[str, ...], list[np.ndarray]]:
        """The program that ran, the paths asked for, and their arrays; then the outputs if asked, else what was taken."""
        runner = self._running()
        program = tensors = None
        if self._discovery is None:
            program, tensors = self._discover(prepared)
        paths = self._select(layers)
        if program is None or tensors is None or not self.backend.eager_first:

            def make() -> Forward:
                taken = self._discovered(prepared).taken if paths is None else None
                return Forward(self._subject, self._call_spec(prepared), paths, outputs=outputs, taken=taken)

            program, tensors = runner.forward((paths, outputs), make, prepared)
        else:
            runner.has_run((paths, outputs), prepared)  # the pass that discovered it was the first
        place = {key: i for i, key in enumerate(program.keys)}
        keys = tuple(key for key in program.keys if paths is None or key in paths)
        chosen = [tensors[place[key]] for key in keys]
        beside = len(program.keys) + len(program.taken)
        if outputs:
            chosen += tensors[beside:]
        elif paths is None:
            keys += tuple(program.taken)
            chosen += tensors[len(program.keys) : beside]
        return program, keys, [self.backend.to_numpy(tensor) for tensor in chosen]
