"""Runs programs: the first time un-compiled where that is faster, then compiled once per signature.

A compiled program reads the weights when it runs, so training in between costs no new trace. One
sample gets a program of its own (the fastest); all other batch sizes share one where the backend can.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import keras
import numpy as np

from kerasviz.backends.base import Signature, TensorSpec
from kerasviz.errors import KerasvizError, NotCompilableError
from kerasviz.models.inputs import Prepared
from kerasviz.probes.programs import Backward, Forward, Subject
from kerasviz.probes.sweep import Sweep

__all__ = ["Runner"]

_MOST_PROGRAMS = 32
_MOST_TRIES = 3

P = TypeVar("P", Forward, Backward, Sweep)


class Runner:
    """The compiled programs of one model."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self._backend = subject, subject.backend
        self._lock = threading.RLock()
        self._programs: OrderedDict[tuple[Any, ...], tuple[Any, Callable[..., Any]]] = OrderedDict()
        self._seen: set[Hashable] = set()
        self._needs_batch_size = False
        self._only_eager = False
        self.num_traces = 0

    def forward(
        self, key: Hashable, make: Callable[[], P], prepared: Prepared, *first: np.ndarray
    ) -> tuple[P, list[Any]]:
        """Run a forward program; a key never seen runs un-compiled on backends where that is faster."""
        if self._only_eager or (self._backend.eager_first and not self.has_run(key, prepared)):
            return self.once(make(), prepared, *first)
        try:
            program, tensors = self._run_compiled(key, make, prepared, *first)
        except NotCompilableError:
            self._only_eager = True
            program, tensors = self.once(make(), prepared, *first)
        return program, tensors

    def backward(
        self, key: Hashable, make: Callable[[], Backward], prepared: Prepared, *first: np.ndarray
    ) -> tuple[Backward, list[Any]]:
        """Run a backward program: always compiled."""
        program, tensors = self._run_compiled(key, make, prepared, *first)
        return program, tensors

    def refile(self, old: Hashable, new: Hashable) -> None:
        """A program made before its key could be known gets it."""
        with self._lock:
            for key in [key for key in self._programs if key[0] is old]:
                self._programs[new, *key[1:]] = self._programs.pop(key)

    def has_run(self, key: Hashable, prepared: Prepared) -> bool:
        """Whether this was asked before for such inputs: then it is worth compiling."""
        seen = (key, prepared.structure_key, self._batch(prepared), _shapes(prepared.arrays))
        known = seen in self._seen
        self._seen.add(seen)
        return known

    def compiled(self, key: Hashable, make: Callable[[], Forward], prepared: Prepared) -> tuple[Forward, list[Any]]:
        """Run a forward program compiled from the first time on."""
        program, tensors = self._run_compiled(key, make, prepared)
        return program, tensors

    def sweep(
        self, key: Hashable, make: Callable[[], Sweep], prepared: Prepared, *first: np.ndarray
    ) -> tuple[Sweep, list[Any]]:
        """Run a pass over a batch: compiled from the first time on, for there will be more of them."""
        if not self._only_eager:
            try:
                program, tensors = self._run_compiled(key, make, prepared, *first)
            except NotCompilableError:
                self._only_eager = True
            else:
                return program, tensors
        return self.once(make(), prepared, *first)

    def once(self, program: P, prepared: Prepared, *first: np.ndarray) -> tuple[P, list[Any]]:
        """Run it un-compiled (on JAX: abstractly, for the facts alone)."""
        tensors = self._run(lambda values, *given: self._backend.run(program, values, given), prepared, *first)
        return program, tensors

    def read(self, variables: Sequence[Any]) -> list[np.ndarray]:
        """Copies of these variables of the model, as they are now."""

        def copies(values: Any) -> list[np.ndarray]:
            held = {id(variable): value for variable, value in self.subject.weights.mapping(values) or ()}

            def value(variable: Any) -> Any:  # only where it is not held: training may have taken it
                if id(variable) in held:
                    return held[id(variable)]
                return variable.value

            return [np.array(keras.ops.convert_to_numpy(value(each))) for each in variables]

        found: list[np.ndarray] = self._with_weights(copies)
        return found

    def close(self) -> None:
        """Forget all programs and let go of the model's weights."""
        with self._lock:
            self._programs.clear()
            self._seen.clear()
        self.subject.weights.close()

    def _run_compiled(
        self, key: Hashable, make: Callable[[], Any], prepared: Prepared, *first: np.ndarray
    ) -> tuple[Any, list[Any]]:
        batch = self._batch(prepared)
        try:
            program, compiled = self._compiled(key, make, prepared, first, batch)
        except (TypeError, ValueError) as error:
            if batch is not None or isinstance(error, KerasvizError):
                raise
            # The model's call needs the batch size as a number: one program per size.
            self._needs_batch_size = True
            program, compiled = self._compiled(key, make, prepared, first, prepared.batch_size)
        return program, self._run(compiled, prepared, *first)

    def _compiled(
        self,
        key: Hashable,
        make: Callable[[], Any],
        prepared: Prepared,
        first: tuple[np.ndarray, ...],
        batch: int | None,
    ) -> tuple[Any, Callable[..., Any]]:
        whole_key = (key, prepared.structure_key, batch, _shapes((*first, *prepared.arrays)))
        with self._lock:
            if whole_key not in self._programs:
                extra = tuple(
                    TensorSpec((_rows(array, prepared, batch), *array.shape[1:]), str(array.dtype)) for array in first
                )
                signature = (*extra, *_signature(prepared, batch))
                program = make()
                self.num_traces += 1
                self._programs[whole_key] = (program, self._backend.compile(program, signature, program.snapshot))
                while len(self._programs) > _MOST_PROGRAMS:
                    self._programs.popitem(last=False)
            self._programs.move_to_end(whole_key)
            return self._programs[whole_key]

    def _run(self, function: Callable[..., Any], prepared: Prepared, *first: np.ndarray) -> Any:
        """Run on the weights of this moment; again if training in another thread took them away meanwhile."""
        tensors = [a if a is None else self._backend.to_tensor(a) for a in (*first, *prepared.arrays)]
        return self._with_weights(lambda values: function(values, *tensors))

    def _with_weights(self, use: Callable[[Any], Any]) -> Any:
        weights = self.subject.weights
        with weights.turn():
            values = weights.read()
            for _ in range(_MOST_TRIES):
                try:
                    return use(values)
                except (RuntimeError, ValueError) as error:  # JAX raises either, by when it notices
                    values = weights.recover(error)
                    if values is None:
                        raise
            return use(values)

    def _batch(self, prepared: Prepared) -> int | None:
        """The batch dimension of the signature: None is any."""
        any_size = self._backend.dynamic_batch and prepared.batch_size > 1 and not self._needs_batch_size
        return None if any_size else prepared.batch_size


def _rows(array: np.ndarray, prepared: Prepared, batch: int | None) -> int | None:
    """The first axis of what goes in beside the inputs: a row for each sample, or one for all."""
    return batch if len(array) == prepared.batch_size else len(array)


def _signature(prepared: Prepared, batch: int | None) -> Signature:
    return tuple(None if a is None else TensorSpec((batch, *a.shape[1:]), _dtype_name(a)) for a in prepared.arrays)


def _shapes(arrays: Sequence[np.ndarray | None]) -> tuple[Any, ...]:
    return tuple(None if a is None else (a.shape[1:], _dtype_key(a)) for a in arrays)


def _dtype_key(array: np.ndarray) -> Any:
    """What a program depends on; texts of any length are one."""
    return array.dtype if array.dtype.kind in "fiub" else _dtype_name(array)


def _dtype_name(array: np.ndarray) -> str:
    return "string" if array.dtype.kind in "USO" else str(array.dtype)
