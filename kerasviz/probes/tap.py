"""The tap: for the length of one call of a model, each operation's output passes through a recorder.

`call` is overridden on the operation *instances* (not `__call__`, so that masks stay attached). That
is visible to the whole process: a `fit` that runs eagerly in another thread goes through the override
too. So the override does nothing unless a recorder is active in the caller's own context
(`ContextVar`), and it is counted: two probes on one model share it, the last one out restores.

Rejected: sub-models (need a graph; one trace each), framework hooks (torch only), subclassing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any, Protocol, cast

import keras

from kerasviz.backends.base import Backend
from kerasviz.models.facts import untapped, with_functions
from kerasviz.models.paths import Node, output_path
from kerasviz.probes.masks import keep_mask

__all__ = ["Call", "Recorder", "Substitute", "activation_of", "tap"]

_ABSENT = object()
_active: ContextVar[Recorder | None] = ContextVar("kerasviz_tap", default=None)
_lock = threading.Lock()
_patches: dict[tuple[int, str], _Patch] = {}


class Emit(Protocol):
    """What happens to a tensor on its way: returns the tensor the model goes on with."""

    def __call__(self, key: str, tensor: Any) -> Any: ...


Function = Callable[..., Any]
Substitute = Callable[[Any, Function], Function]
"""From an operation and one of its own functions (its call, its activation) to what runs instead.

What replaces an activation may have a method `before`: what the input goes through before it can be the score's logit.
"""


@dataclass(slots=True, eq=False)
class Call:
    """One call of one operation while it runs, and what it gave."""

    node: Node
    index: int
    order: int
    given: tuple[tuple[Any, ...], dict[str, Any]]  # positional and keyword arguments
    loop: Call | None = None
    raw: list[Any] = field(default_factory=list)
    returned: list[Any] = field(default_factory=list)
    before_activation: Any = None
    steps: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    collected: dict[str, list[Any]] = field(default_factory=dict)
    inside: dict[str, tuple[Call, int]] = field(default_factory=dict)
    inner_steps: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return output_path(self.node.path, self.index, 0)

    @property
    def args(self) -> list[Any]:
        """All arguments, flat. Made when asked for: most calls are only passed."""
        return list(keras.tree.flatten(self.given))

    @property
    def is_loop(self) -> bool:
        return isinstance(self.node.operation, keras.layers.TimeDistributed)


class Recorder:
    """Sees every call of one run. `emit` is asked for each wanted tensor, once per time step in loops.

    Args:
        nodes: the operations to see.
        backend: tells tensors from other things, and what is traced apart.
        emit: takes each wanted tensor and returns what the model goes on with.
        wanted: whether the tensor of a path is wanted.
        alias: give a tensor an identity of its own where an operation hands its input on (dropout):
            needed when it matters what feeds what.

    Attributes:
        substitute: what runs instead of an operation's own call or activation; None: they themselves.
    """

    def __init__(
        self, nodes: Sequence[Node], backend: Backend, emit: Emit, *, wanted: Callable[[str], bool], alias: bool = False
    ) -> None:
        self.nodes = {id(node.operation): node for node in nodes}
        self.calls: list[Call] = []  # in the order they finish: what is inside comes first
        self.records: dict[str, tuple[Call, int, Any]] = {}
        self.step_shapes: dict[str, tuple[int, ...]] = {}
        self.casts: dict[int, tuple[Any, Any]] = {}
        self._backend, self._emit, self._wanted, self._alias = backend, emit, wanted, alias
        self.substitute: Substitute | None = None
        self._here = backend.trace_context()
        self._apart: set[int] = set()
        self._stack: list[Call] = []
        self._counts: dict[int, int] = {}
        self._order = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """The recorded paths, in the order the operations started.

        An operation that also ran apart is left out: what was seen of it would pass for all of it.
        """
        seen = [key for key, (call, _, _) in self.records.items() if id(call.node.operation) not in self._apart]
        return tuple(sorted(seen, key=lambda key: (self.records[key][0].order, self.records[key][1])))

    def through(
        self, operation: Any, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Run one operation and pass its outputs on."""
        original = self.substituted(operation, original)
        if self._backend.trace_context() != self._here:  # a loop or branch that no tensor can leave
            self._apart.add(id(operation))
            return original(*args, **kwargs)
        call = self._begin(self.nodes[id(operation)], args, kwargs)
        self._stack.append(call)
        if type(operation).__name__ == "TorchModuleWrapper":  # a module that works in place takes what was recorded
            args, kwargs = keras.tree.map_structure(_copied, (args, kwargs))
        try:
            outputs = original(*args, **kwargs)
        finally:
            self._stack.pop()
        return self._end(call, outputs)

    def is_dense(self, tensor: Any) -> bool:
        """Whether this tensor can be handed out as an array."""
        return self._backend.is_dense(tensor)

    def substituted(self, operation: Any, original: Function) -> Function:
        """What runs instead of a function of this operation: most often the function itself."""
        return original if self.substitute is None else self.substitute(operation, original)

    def saw_activation(self, operation: Any, tensor: Any) -> None:
        """The input of a layer's own activation function: the logits of a fused softmax."""
        if self._stack and self._stack[-1].node.operation is operation:
            self._stack[-1].before_activation = tensor

    def saw_cast(self, tensor: Any, made: Any) -> None:
        """Mixed precision: a layer works on a copy of its input in another dtype."""
        if made is not tensor and keras.ops.is_tensor(made):
            self.casts[id(made)] = (made, tensor)

    def origin(self, tensor: Any) -> Any:
        """The tensor as the operation before gave it, whatever it was cast to since."""
        while id(tensor) in self.casts:
            tensor = self.casts[id(tensor)][1]
        return tensor

    def producer(self, tensor: Any) -> Call | None:
        """The innermost call whose output this very tensor is, through models and identities."""
        found = None
        while True:
            call = next((c for c in self.calls if any(out is tensor for out in c.returned)), None)
            if call is None or call is found:
                return found
            found = call
            position = next(i for i, out in enumerate(call.returned) if out is tensor)
            if call.raw[position] is tensor:
                return found
            tensor = call.raw[position]

    def _begin(self, node: Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        parent = self._stack[-1] if self._stack else None
        loop = None
        if parent is not None:
            loop = parent if parent.is_loop else parent.loop
            if parent.is_loop and node.operation is parent.node.operation.layer:
                parent.steps += 1  # each step of the loop sees the same first call
                self._counts = dict(parent.counts)
        index = self._counts.get(id(node.operation), 0)
        self._counts[id(node.operation)] = index + 1
        self._order += 1
        call = Call(node, index, self._order, (args, kwargs), loop)
        if call.is_loop:
            call.counts = dict(self._counts)
        return call

    def _end(self, call: Call, outputs: Any) -> Any:
        is_one = keras.ops.is_tensor(outputs)  # soon said: on PyTorch each call is made anew, and trees take long there
        flat = [outputs] if is_one else keras.tree.flatten(outputs)
        call.raw = list(flat)
        for i, tensor in enumerate(flat):
            key = output_path(call.node.path, call.index, i)
            if keras.ops.is_tensor(tensor) and self.is_dense(tensor):
                flat[i] = self._pass(key, call, i, self._own(call, tensor))
        call.returned = flat
        self.calls.append(call)
        if call.is_loop:
            self._stack_steps(call)
        if all(new is old for new, old in zip(flat, call.raw, strict=True)):
            return outputs
        return flat[0] if is_one else keras.tree.pack_sequence_as(outputs, flat)

    def _own(self, call: Call, tensor: Any) -> Any:
        """The tensor, told from what went in where an operation just hands that on."""
        if not self._alias or call.node.is_container or not any(tensor is x for x in call.args):
            return tensor
        return keep_mask(tensor, self._backend.alias(tensor))

    def _pass(self, key: str, call: Call, position: int, tensor: Any) -> Any:
        if not self._wanted(key):
            return tensor
        passed = self._emit(key, tensor)
        if call.loop is None:
            self.records[key] = (call, position, passed)
        else:
            call.loop.collected.setdefault(key, []).append(passed)
            call.loop.inside.setdefault(key, (call, position))
        return passed

    def _stack_steps(self, loop: Call) -> None:
        """What was seen inside the loop, once per step, as (batch, time, …)."""
        for key, steps in loop.collected.items():
            if len(steps) != loop.steps:
                continue  # not called at every step: no honest time axis
            inner = loop.inside[key]
            stacked = keras.ops.stack(steps, axis=1)
            shape = (loop.steps, *loop.inner_steps.get(key, ()))
            if loop.loop is None:
                self.records[key] = (*inner, stacked)
                self.step_shapes[key] = shape
            else:
                loop.loop.inner_steps[key] = shape
                loop.loop.collected.setdefault(key, []).append(stacked)
                loop.loop.inside.setdefault(key, inner)


def _copied(given: Any) -> Any:
    return keep_mask(given, keras.ops.copy(given)) if keras.ops.is_tensor(given) else given


@contextmanager
def tap(recorder: Recorder) -> Iterator[None]:
    """For the length of the block, calls made in this context go through the recorder."""
    if _active.get() is not None:
        raise RuntimeError("Two taps were nested; one recorder sees all. Give the outer one both jobs.")
    operations = [node.operation for node in recorder.nodes.values()]
    policies = {
        id(policy): policy for each in operations if (policy := getattr(each, "dtype_policy", None)) is not None
    }
    operations += policies.values()
    _install(operations)
    token = _active.set(recorder)
    try:
        yield
    finally:
        _active.reset(token)
        _uninstall(operations)


@dataclass(slots=True)
class _Patch:
    """One overridden attribute of one operation; `own` is what its instance dict held before."""

    operation: Any  # kept alive while patched, so that its id stays its own
    own: Any
    users: int


def activation_of(operation: Any) -> Any:
    """A layer's own activation function, whether or not a tap is on it."""
    return untapped(vars(operation).get("activation"))


def _attributes(operation: Any) -> Iterable[tuple[str, Callable[[Any, Any], Any]]]:
    if isinstance(operation, keras.DTypePolicy):
        yield "convert_input", _passing_cast
        return
    call = "quantized_call" if getattr(operation, "quantization_mode", None) is not None else "call"
    yield call, _passing_call
    activation = vars(operation).get("activation")
    if callable(activation) and not isinstance(activation, keras.Layer):  # a layer has a tap of its own
        yield "activation", _passing_activation
        yield "get_config", _plain_config


def _install(operations: Iterable[Any]) -> None:
    with _lock:
        for operation in operations:
            for name, passing in _attributes(operation):
                patch = _patches.get((id(operation), name))
                if patch is not None:
                    patch.users += 1
                    continue
                _patches[id(operation), name] = _Patch(operation, vars(operation).get(name, _ABSENT), 1)
                # Past Keras's (and torch's) attribute tracking: nothing is to notice.
                object.__setattr__(operation, name, passing(operation, getattr(operation, name)))


def _uninstall(operations: Iterable[Any]) -> None:
    with _lock:
        for operation in operations:
            for name in ("call", "quantized_call", "activation", "get_config", "convert_input"):
                patch = _patches.get((id(operation), name))
                if patch is None:
                    continue
                patch.users -= 1
                if patch.users == 0:
                    del _patches[id(operation), name]
                    if patch.own is _ABSENT:
                        object.__delattr__(operation, name)
                    else:
                        object.__setattr__(operation, name, patch.own)


def _passing_call(operation: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        recorder = _active.get()
        if recorder is None or id(operation) not in recorder.nodes:
            return original(*args, **kwargs)
        return recorder.through(operation, original, args, kwargs)

    call.__wrapped__ = original  # type: ignore[attr-defined]  # its signature, for whoever asks
    call.is_tap = True  # type: ignore[attr-defined]  # for `untapped`
    return call


def _passing_cast(_: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    def convert_input(x: Any, *args: Any, **kwargs: Any) -> Any:
        made = original(x, *args, **kwargs)
        recorder = _active.get()
        if recorder is not None:
            recorder.saw_cast(x, made)
        return made

    return convert_input


def _passing_activation(operation: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    def activation(x: Any, *args: Any, **kwargs: Any) -> Any:
        recorder = _active.get()
        if recorder is None:
            return original(x, *args, **kwargs)
        function = recorder.substituted(operation, original)
        x = function.before(x) if hasattr(function, "before") else x
        recorder.saw_activation(operation, x)
        return function(x, *args, **kwargs)

    made = update_wrapper(activation, original, updated=())  # `__wrapped__`: scores.py asks which function it is
    made.is_tap = True  # type: ignore[attr-defined]  # for `untapped`
    return made


def _plain_config(operation: Any, original: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The configuration as it is without the tap: a checkpoint saved meanwhile must name the layer's own activation."""

    def get_config() -> dict[str, Any]:
        plain = with_functions(operation, {"activation": activation_of(operation)})
        own = getattr(original, "__func__", None)
        return cast("dict[str, Any]", original() if own is None else own(plain))

    return get_config
