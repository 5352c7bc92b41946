"""torch: a run is written down, operation by operation, and done again without the Python around it.

Keras on torch walks through its layers anew in each call; beside the arithmetic of one sample that is half of the time.
One run, backward pass included, becomes a `torch.fx` graph of the very operations that ran, so the numbers are the same
bit for bit. It stands for the run only while all that was read on the way is as it was (`_Basis`), and only if it could
be seen: code that is not Keras's is never written down, nor is what takes numbers out of tensors, draws numbers by
chance, or has a length that hangs on numbers. What cannot be written down or done again runs as it always did.

Rejected: `torch.compile` (wants a C++ compiler, and a minute), `make_fx` (patches `torch.nn.Module` under all threads while
it traces, and takes ten times as long), `torch.jit.trace` (on its way out, and silent where control flow hangs on numbers).
"""

from __future__ import annotations

import logging
import math
import operator
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import fx
from torch.backends import cuda
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from kerasviz.backends.base import Snapshot

__all__ = ["Replay"]

_LOG = logging.getLogger(__name__)

Tensor = Any
Inputs = Sequence[Tensor | None]
Run = Callable[[Any, Inputs], list[Tensor]]
_LONG = 0.3  # seconds: of a run that takes longer, the Python in it is a small part
_MOST_TRIES = 8  # what changes again and again is not written down for ever
_MOST_OPERATIONS = 8000  # ResNet50 forward and backward has 2500
_MOST_BYTES = 1e9  # all that a run makes is kept while it is written
_LEAVES = frozenset(
    {"numpy", "tolist", "item", "__array__", "__dlpack__", "__bool__", "__int__", "__float__", "__index__"}
)


class _ChangedError(RuntimeError):
    """What autograd raises when training writes to a weight between the passes."""


class Replay:
    """`run(weights, inputs)`, as it is until it was written down and found to give the same for other inputs.

    Args:
        run: gives a list of tensors.
        look: what else it reads, as it is now; None where that is not known.
    """

    def __init__(self, run: Run, look: Callable[[], Snapshot | None]) -> None:
        self._run, self._look = run, look
        self._basis: _Basis | None = None
        self._tries = 0
        self._is_refused = False

    def __call__(self, weights: Any, inputs: Inputs) -> list[Tensor]:
        basis = None if weights is not None or self._is_refused else self._now(inputs)
        if basis is None:
            return self._run(weights, inputs)
        written = basis.written
        if written is not None:
            proven = written.is_proven_for(inputs)
            return self._again(written, inputs) if proven else self._prove(basis, written, inputs)
        return self._run_timed(basis, inputs) if basis.fastest > _LONG else self._write(basis, inputs)

    def _now(self, inputs: Inputs) -> _Basis | None:
        """What a run stands on: as it was, or as it is now; None where that is not to be known."""
        try:
            if _is_watched():
                return None
            basis = self._basis
            if basis is None or not basis.holds(inputs):
                self._basis = basis = self._anew(inputs)
        except Exception:  # noqa: BLE001  # what cannot be compared runs as usual, and all with a torch that lacks a name used here
            self._refuse()
            return None
        return basis

    def _anew(self, inputs: Inputs) -> _Basis | None:
        self._tries += 1
        self._is_refused = self._tries > _MOST_TRIES
        snapshot = None if self._is_refused else self._look()
        return None if snapshot is None else _Basis(snapshot, inputs)

    def _run_timed(self, basis: _Basis, inputs: Inputs) -> list[Tensor]:
        start = time.perf_counter()
        tensors = self._run(None, inputs)
        basis.fastest = min(basis.fastest, time.perf_counter() - start)
        return tensors

    def _write(self, basis: _Basis, inputs: Inputs) -> list[Tensor]:
        writer = _Writer(inputs)
        try:
            with _Leaks(writer), writer, torch.autograd.set_multithreading_enabled(False):
                tensors = self._run(None, inputs)
            if basis.holds(inputs):  # still
                basis.written = writer.finished(tensors)
                self._is_refused = basis.written is None
        except Exception:  # noqa: BLE001  # what only fails while it is written runs as usual; what fails anyway says so there
            self._refuse()
            return self._run(None, inputs)
        return tensors

    def _prove(self, basis: _Basis, written: _Written, inputs: Inputs) -> list[Tensor]:
        """Both ways, once: what cannot be seen while it is written shows here."""
        before = written.versions()
        tensors = self._run(None, inputs)
        try:
            is_right = all(map(_is_same, tensors, written(inputs)))
            if written.versions() == before and basis.holds(inputs):
                self._is_refused |= not is_right
                self._tries = 0
                written.prove(inputs)
        except _ChangedError:
            pass  # training stepped in: that says nothing, the next run is compared
        except Exception:  # noqa: BLE001  # the plain run is there, and is the answer
            self._refuse()
        return tensors

    def _again(self, written: _Written, inputs: Inputs) -> list[Tensor]:
        try:
            return written(inputs)
        except _ChangedError:
            raise
        except Exception:  # noqa: BLE001  # what only fails when it is done again runs as usual; what fails anyway says so there
            self._refuse()
            return self._run(None, inputs)

    def _refuse(self) -> None:
        """From now on it runs as usual; who wants to know why asks `logging` for debugging."""
        self._is_refused = True
        _LOG.debug("A run is not replayed.", exc_info=True)


def _is_watched() -> bool:
    """Whether something around this call changes what operations do, or wants to see each layer run."""
    hooked = torch.nn.modules.module._has_any_global_hook()  # noqa: SLF001  # there is no public way to ask
    modes = torch._C._len_torch_dispatch_stack() + torch._C._len_torch_function_stack()  # noqa: SLF001
    casts = torch._C._is_any_autocast_enabled()  # noqa: SLF001
    return bool(hooked or modes or casts or torch.is_anomaly_enabled())


def _is_same(tensor: Tensor, other: Tensor) -> bool:
    if tensor.shape != other.shape or tensor.dtype != other.dtype:
        return False
    both_nan = (tensor != tensor) & (other != other)  # noqa: PLR0124  # NaN is what differs from itself
    return bool(((tensor == other) | both_nan).all())


class _Basis:
    """What a run stands on: what its layers are like, where weights lie, of what kind the inputs are. And the run, written."""

    def __init__(self, snapshot: Snapshot, inputs: Inputs) -> None:
        self._snapshot, self._inputs = snapshot, list(map(_kind, inputs))
        self._around = self._surroundings()
        self.fastest = math.inf  # seconds
        self.written: _Written | None = None

    def holds(self, inputs: Inputs) -> bool:
        same = list(map(_kind, inputs)) == self._inputs and self._surroundings() == self._around
        return same and self._snapshot.holds()

    def _surroundings(self) -> list[Any]:
        """Where the weights lie, and which kernels of attention may be used."""
        tensors = [variable.value for variable in self._snapshot.variables]
        attention = [f() for f in (cuda.flash_sdp_enabled, cuda.mem_efficient_sdp_enabled, cuda.math_sdp_enabled)]
        return [*attention, *((tensor.data_ptr(), *_kind(tensor)) for tensor in tensors)]


def _kind(tensor: Tensor | None) -> tuple[Any, ...]:
    return () if tensor is None else (tensor.shape, tensor.stride(), tensor.dtype, tensor.device)


class _Written:
    """A graph, and the tensors from before that it reads: weights and constants."""

    def __init__(self, graph: fx.Graph, inputs: Inputs, read: Sequence[Tensor]) -> None:
        code = graph.python_code("self")
        scope = dict(code.globals)
        exec(code.src, scope)  # noqa: S102  # a GraphModule does so too, and never lets go of the text
        self._run = partial(scope["forward"], None)
        self._read = [tensor.detach() for tensor in read]
        self._first = [None if tensor is None else tensor.clone() for tensor in inputs]
        self._is_known = self._is_proven = False

    def __call__(self, inputs: Inputs) -> list[Tensor]:
        with torch.inference_mode(mode=False), torch.no_grad():
            before = self.versions()
            tensors: list[Tensor] = self._run(*(tensor for tensor in inputs if tensor is not None), *self._read)
        if self.versions() != before:
            raise _ChangedError("A weight was modified by an inplace operation while the model ran.")
        return tensors

    def versions(self) -> int:
        """Another number when something was written to what the graph reads."""
        return sum(tensor._version for tensor in self._read)  # noqa: SLF001  # how torch counts writes, documented

    def prove(self, inputs: Inputs) -> None:
        """It gave what the run gave: that says something of these inputs, and of all others if they are others."""
        self._is_known = True
        self._is_proven |= not self._are_first(inputs)

    def is_proven_for(self, inputs: Inputs) -> bool:
        return self._is_proven or (self._is_known and self._are_first(inputs))

    def _are_first(self, inputs: Inputs) -> bool:
        pairs = zip(self._first, inputs, strict=True)
        return all(mine is None or torch.equal(mine, tensor) for mine, tensor in pairs)


class _Leaks(TorchFunctionMode):  # type: ignore[misc]  # torch has no types here
    """Sees numbers leave for Python or NumPy: what is made of them would not be made again."""

    def __init__(self, writer: _Writer) -> None:
        super().__init__()
        self._writer = writer

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in _LEAVES:
            self._writer.refuse()
        return func(*args, **(kwargs or {}))


class _Writer(TorchDispatchMode):  # type: ignore[misc]  # torch has no types here
    """Writes down each operation below autograd: those of the forward pass, then those of the backward one.

    Each tensor it meets is known by its identity: an operation gave it (`_made`: where such tensors lie), or it was there
    before (`_outside`), and then it enters the graph. All are kept until the end, so that no other gets their identity.
    """

    def __init__(self, inputs: Inputs) -> None:
        super().__init__()
        self._inputs = inputs
        self._graph = fx.Graph()
        self._nodes: dict[int, fx.Node] = {}
        self._kept: list[Tensor] = []
        self._made: set[int] = set()
        self._outside: set[int] = set()
        self._read: list[Tensor] = []
        self._room = _MOST_BYTES
        given = [tensor for tensor in inputs if tensor is not None]
        self._is_refused = len(set(map(id, given))) < len(given)
        for tensor in given:
            self._last = self._enter(tensor)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        found = func(*args, **kwargs)
        if not self._is_refused:
            self._write(func, args, kwargs, found)
        return found

    def refuse(self) -> None:
        """It cannot be done again: what was kept is let go."""
        self._is_refused = True
        self._graph = fx.Graph()
        for held in (self._nodes, self._kept, self._made, self._outside, self._read):
            held.clear()

    def finished(self, tensors: Sequence[Any]) -> _Written | None:
        """The run as a graph; None where it cannot be done again."""
        if self._is_refused or not all(id(tensor) in self._nodes for tensor in tensors):
            return None
        read = set(map(_place, self._read))
        is_handed_on = any(_place(tensor) in read for tensor in tensors)  # each answer has to be a tensor of its own
        if is_handed_on or any(tensor.is_inference() for tensor in self._read):  # these do not count their versions
            return None
        self._graph.output([self._nodes[id(tensor)] for tensor in tensors])
        return _Written(self._graph, self._inputs, self._read)

    def _write(self, func: Any, args: Any, kwargs: Any, found: Any) -> None:
        given = [x for x in pytree.tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        is_strange = any(self._is_strange(tensor) for tensor in given)
        is_full = self._room < 0 or len(self._nodes) > _MOST_OPERATIONS
        if is_strange or is_full or not _can_be_repeated(func, args, kwargs):
            return self.refuse()
        nodes = {id(tensor): self._node(tensor) for tensor in given}
        if any(_place(x) in self._outside for x in _changed_by(func, args, kwargs)):
            return self.refuse()
        args, kwargs = pytree.tree_map_only(torch.Tensor, lambda x: nodes[id(x)], (args, kwargs))
        return self._name(found, self._graph.call_function(func, tuple(args), kwargs))

    def _is_strange(self, tensor: Tensor) -> bool:
        """Whether it came in past the operations that are seen."""
        is_new = id(tensor) not in self._nodes
        return is_new and (type(tensor) not in (torch.Tensor, torch.nn.Parameter) or _place(tensor) in self._made)

    def _name(self, found: Any, node: fx.Node) -> None:
        """The tensors that an operation gave."""
        if isinstance(found, torch.Tensor):
            self._nodes[id(found)] = node
            self._kept.append(found)
            place = _place(found)
            if place and place not in self._outside and place not in self._made:
                self._made.add(place)
                self._room -= found.untyped_storage().nbytes()
        elif isinstance(found, list | tuple):
            for position, each in enumerate(found):
                if isinstance(each, torch.Tensor):
                    self._name(each, self._graph.call_function(operator.getitem, (node, position)))

    def _node(self, tensor: Tensor) -> fx.Node:
        """Where a tensor comes from: an operation before, or from outside."""
        if id(tensor) not in self._nodes:
            self._read.append(tensor)
            with self._graph.inserting_after(self._last):
                self._last = self._enter(tensor)
        return self._nodes[id(tensor)]

    def _enter(self, tensor: Tensor) -> fx.Node:
        node = self._nodes[id(tensor)] = self._graph.placeholder(f"given_{len(self._nodes)}")
        self._kept.append(tensor)
        self._outside.add(_place(tensor))
        return node


def _place(tensor: Tensor) -> int:
    """Where its numbers lie, whichever view of them it is."""
    place: int = tensor.untyped_storage().data_ptr()
    return place


def _arguments(func: Any, args: Any, kwargs: Any) -> list[tuple[Any, Any]]:
    """What the operation's schema says of each argument, and the argument."""
    schema = func._schema.arguments  # noqa: SLF001  # there is no public way to ask
    given = [args[i] if i < len(args) else kwargs.get(each.name, each.default_value) for i, each in enumerate(schema)]
    return list(zip(schema, given, strict=True))


def _changed_by(func: Any, args: Any, kwargs: Any) -> list[Tensor]:
    """The tensors that an operation changes in place."""
    pairs = _arguments(func, args, kwargs)
    changed = [value for each, value in pairs if each.alias_info is not None and each.alias_info.is_write]
    return [x for x in pytree.tree_leaves(changed) if isinstance(x, torch.Tensor)]


def _can_be_repeated(func: Any, args: Any, kwargs: Any) -> bool:
    """Whether an operation gives the same, and of the same shape, for the same numbers; dropout of nothing does."""
    if torch.Tag.nondeterministic_seeded in func.tags:
        return any(each.name == "dropout_p" and value == 0 for each, value in _arguments(func, args, kwargs))
    return torch.Tag.data_dependent_output not in func.tags and torch.Tag.dynamic_output_shape not in func.tags
