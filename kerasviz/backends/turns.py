"""Training and looking take turns, on TensorFlow and torch: an answer is of the weights between two steps.

There a step of training writes the weights in place, some milliseconds long, and a forward in another
thread would read some of them before and some after. So while a probe looks at a model, its
`train_function` (what `fit` and `train_on_batch` call for each step) takes a turn, and each run of a probe does.
Rejected: looking at a copy of the weights, as on JAX (a compiled TensorFlow function reads the variables;
a copy for each answer costs as much memory as the model), and running again when a step came
between (no answer ever where steps are short).
"""

from __future__ import annotations

import functools
import math
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import keras
import numpy as np

from kerasviz.backends.hooks import Hook, attach, detach

__all__ = ["LiveWeights", "Turns"]

_SMALL, _MOST_SMALL = 4096, 16  # numbers in a variable, variables
PATIENCE = 30.0
"""Seconds after which nobody waits any more. What is waited for may itself be waiting for the one who waits (a
step for data that another thread makes with a probe): an answer that may be mixed is better than one that never comes."""


class Turns:
    """A step goes alone, those who look go together; first come, first served, so that neither starves."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: list[int] = []
        self._inside: dict[int, bool] = {}  # thread → whether it goes alone
        self.steps = 0

    @contextmanager
    def take(self, *, alone: bool) -> Iterator[None]:
        """A turn of this thread; within a turn it has already, nothing."""
        me = threading.get_ident()
        if me in self._inside or _is_alien():
            yield
            return
        try:
            self._enter(me, alone=alone)
            yield
        finally:
            with self._changed:
                self._inside.pop(me, None)
                self._changed.notify_all()

    def _enter(self, me: int, *, alone: bool) -> None:
        with self._changed:
            self._queue.append(me)
            try:
                self._changed.wait_for(lambda: self._is_next(me, alone=alone), PATIENCE)
                self._inside[me] = alone
            finally:
                self._queue.remove(me)
                self._changed.notify_all()

    def _is_next(self, me: int, *, alone: bool) -> bool:
        free = not self._inside if alone else not any(self._inside.values())
        return free and self._queue[0] == me


def _is_alien() -> bool:
    """Whether the framework itself started this thread: to feed the very step that would be waited for (`tf.data`)."""
    return isinstance(threading.current_thread(), threading._DummyThread)  # noqa: SLF001 -- documented, not exported


class _Step:
    """A train function that takes a turn each time."""

    def __init__(self, function: Callable[..., Any], turns: Turns) -> None:
        functools.update_wrapper(self, function)
        self.function, self.turns = function, turns

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self.turns.take(alone=True):
            self.turns.steps += 1
            return self.function(*args, **kwargs)


class _Training(Hook):
    """Sees to it that the model's train function takes turns: the present one, and each that Keras makes."""

    def __init__(self, model: Any, name: str) -> None:
        super().__init__(model, name)
        self.turns = Turns()
        self.after(model)

    def after(self, model: Any, watchers: Iterable[Any] = ()) -> None:
        function = vars(model).get("train_function")
        if function is not None and not isinstance(function, _Step):
            _exchange(model, function, _Step(function, self.turns))

    def undo(self, model: Any) -> None:
        super().undo(model)
        step = vars(model).get("train_function")
        if isinstance(step, _Step):
            _exchange(model, step, step.function)


def _exchange(model: Any, old: Any, new: Any) -> None:
    """Put `new` where `old` is, unless `compile` in another thread took it away.

    With subscripts alone, no other thread gets its turn between the comparison and the assignment.
    """
    attributes = vars(model)
    if attributes["train_function"] is old:
        attributes["train_function"] = new


def _size(variable: Any) -> int:
    return math.prod(variable.shape)


class LiveWeights:
    """Weights that compiled functions read from the variables themselves, between two steps of training."""

    def __init__(self, model: Any) -> None:
        self._model = weakref.ref(model)
        training = attach(model, "make_train_function", _Training, self)
        self._turns = training.turns if isinstance(training, _Training) else Turns()

    def mapping(self, values: list[tuple[Any, Any]] | None) -> list[tuple[Any, Any]] | None:
        return values  # None, or the copies that `recover` made

    def turn(self) -> AbstractContextManager[None]:
        return self._turns.take(alone=False)

    def read(self) -> None:
        return None

    def recover(self, error: RuntimeError | ValueError) -> Any:
        return None

    def watch(self) -> Callable[[], bool]:
        """By the steps of training, and by the small variables: who sets weights by hand mostly sets them all."""
        before = self._glance()
        return lambda: self._glance() != before

    def _glance(self) -> tuple[int, list[bytes]]:
        model = self._model()
        variables = sorted(model.variables, key=_size)[:_MOST_SMALL] if model is not None else []
        small = [variable for number, variable in enumerate(variables) if number == 0 or _size(variable) <= _SMALL]
        return self._turns.steps, [np.asarray(keras.ops.convert_to_numpy(each.value)).tobytes() for each in small]

    def close(self) -> None:
        model = self._model()
        if model is not None:
            detach(model, "make_train_function", self)
