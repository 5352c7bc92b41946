"""How the layers of a model hang together, and what function each applies last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kerasviz.models.layer_info import LayerInfo
from kerasviz.models.paths import layer_path
from kerasviz.probes.tap import activation_of

__all__ = ["Graph", "named_function"]

_SNAKE = {
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax",
    "LogSoftmax": "log_softmax", "HardSigmoid": "hard_sigmoid", "LogSigmoid": "log_sigmoid",
}  # fmt: skip
_HANDS_ON = frozenset(
    "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise Identity "
    "ActivityRegularization Reshape Flatten Permute RepeatVector Cast Masking".split()
)


def named_function(kind: str, settings: Mapping[str, Any]) -> str:
    """The function of a layer or operation that is nothing else; of another one the activation that it names."""
    if kind == "ReLU":
        plain = not settings.get("negative_slope") and not settings.get("threshold")
        return ("relu" if settings.get("max_value") is None else "relu6") if plain else "leaky_relu"
    name = str(settings.get("activation") or "")
    return _SNAKE.get(kind) or name.removesuffix(" (own)")  # what it does to the numbers is measured


class Graph:
    """What feeds what.

    Args:
        layers: the outputs that can be looked at; containers are left aside.
        operations: by the path where they hang.
    """

    def __init__(self, layers: Sequence[LayerInfo], operations: Mapping[str, Any]) -> None:
        self.by_path = {info.path: info for info in layers if not info.is_container}
        self._operations = operations
        self._consumers: dict[str, list[str]] = {}
        for info in self.by_path.values():
            for path in info.inputs:
                self._consumers.setdefault(path, []).append(info.path)

    def operation(self, path: str) -> Any:
        """The layer or operation that gives this output."""
        return self._operations[layer_path(path)]

    def consumers(self, path: str) -> list[str]:
        """What takes this output."""
        return self._consumers.get(path, [])

    def function(self, path: str) -> str:
        """The function that a layer applies to each number, or to each row, at its end: "relu"; "linear" for none.

        "" where that cannot be said: a class that is not of Keras, or one that does more than that.
        """
        info = self.by_path[path]
        operation = self.operation(path)
        if info.package != "keras":
            return ""
        if info.kind == "ReLU" or info.kind in _SNAKE:
            return named_function(info.kind, vars(operation))
        activation = activation_of(operation)
        if activation is None:
            return "linear" if info.kind in _HANDS_ON else ""
        return str(getattr(activation, "__name__", "") or _SNAKE.get(type(activation).__name__, ""))

    def hands_on(self, path: str) -> bool:
        """Whether it gives the numbers on that it took, at inference, maybe in another order."""
        info = self.by_path[path]
        own = info.kind in _HANDS_ON or (info.kind == "Activation" and self.function(path) == "linear")
        return own and info.package == "keras"

    def origin(self, path: str) -> str:
        """The output that is handed on here, maybe through several layers; this one, where it makes its own numbers."""
        while path in self.by_path and self.hands_on(path) and len(self.by_path[path].inputs) == 1:
            path = self.by_path[path].inputs[0]
        return path

    def before(self, path: str) -> str:
        """The output that comes in here, through layers that only hand on; "" where there are several or none."""
        inputs = self.by_path[path].inputs
        if len(inputs) != 1:
            return ""
        (source,) = inputs
        if source not in self.by_path:
            return source
        return self.before(source) if self.hands_on(source) else source

    def after(self, path: str) -> Iterator[str]:
        """What takes this output, through layers that only hand on."""
        for consumer in self.consumers(path):
            if self.hands_on(consumer):
                yield from self.after(consumer)
            else:
                yield consumer
