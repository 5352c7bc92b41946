"""The model with other weights than its own: for asking what an answer owes to what was learned.

Nothing is written into the model. A run takes values from a mapping (`keras.StatelessScope`) in place of its
variables, so there is nothing to put back when a run ends early. Rejected: `keras.models.clone_model`, which
fails on subclassed models and holds every layer twice, and setting weights and putting them back, which
training in another thread would see, and an interrupt would leave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from kerasviz.backends.base import Backend
from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.paths import Node, layer_path

__all__ = ["OtherWeights", "variables_by_layer"]


class OtherWeights:
    """Values of its own for the variables of a model. Takes the place of the model's `Weights`.

    Args:
        backend: holds the values.
        variables: all of the model's.
        arrays: what they start as.
        by_layer: which variables (by position) belong to which layer, in the order the layers run.
    """

    def __init__(
        self,
        backend: Backend,
        variables: Sequence[Any],
        arrays: Sequence[np.ndarray],
        by_layer: Mapping[str, tuple[int, ...]],
    ) -> None:
        self._backend, self._variables = backend, list(variables)
        self._held = [backend.hold(array, None) for array in arrays]
        self.arrays, self.by_layer = list(arrays), dict(by_layer)

    def put(self, position: int, array: np.ndarray) -> None:
        """Another value for one variable, of the same shape and dtype."""
        self.arrays[position] = array
        self._held[position] = self._backend.hold(array, self._held[position])

    def mapping(self, values: Any) -> list[tuple[Any, Any]]:
        held = self._held if values is None else values
        return list(zip(self._variables, map(self._backend.alias, held), strict=True))

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()  # training writes other values

    def read(self) -> list[Any]:
        return self._held

    def recover(self, _: RuntimeError | ValueError) -> None:
        return None

    def watch(self) -> Callable[[], bool]:
        return lambda: False  # nobody else has them

    def close(self) -> None:
        self._held.clear()


def variables_by_layer(
    variables: Sequence[Any], nodes: Sequence[Node], layers: Mapping[str, LayerInfo]
) -> dict[str, tuple[int, ...]]:
    """The weights of each layer that runs, in the order they run last; each weight at the innermost layer that has it."""
    place = {id(variable): position for position, variable in enumerate(variables)}
    owner: dict[int, str] = {}
    for node in nodes:  # what is inside comes after
        if node.path in layers:
            for variable in getattr(node.operation, "weights", ()):  # without the seeds of random layers
                owner[place[id(variable)]] = node.path
    last_first = dict.fromkeys(layer_path(path) for path in reversed(list(layers)))
    found = {}
    for path in reversed(list(last_first)):
        own = tuple(position for position, name in owner.items() if name == path)
        if own:
            found[path] = own
    return found
