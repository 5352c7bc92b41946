"""What a probe answers with: arrays by path, and what belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from kerasviz.models.layer_info import LayerInfo

__all__ = ["Activations", "Gradients", "is_float", "zeros_of"]


class Activations(dict[str, np.ndarray]):
    """Outputs of layers, by path.

    Attributes:
        inputs: what went into the model, by "input" (or "input:NAME" each).
        taken: tensors that layers took and no layer gave, by "dense:inputs", "lstm:mask"; all when all layers were asked for.
    """

    def __init__(self, arrays: dict[str, np.ndarray], inputs: Mapping[str, np.ndarray], taken: Collection[str]) -> None:
        super().__init__((key, array) for key, array in arrays.items() if key not in taken)
        self.inputs = dict(inputs)
        self.taken = {key: arrays[key] for key in taken if key in arrays}


class Gradients(dict[str, np.ndarray]):
    """Gradients by path, per sample; "input" (or "input:NAME" each) comes first.

    Attributes:
        connected: by path, whether the score depends on it at all; where not, the gradient is zeros.
        score: which tensor the score was read from.
        scores: the score of each sample, (batch,).
        target: the index or indices each score was read at, (batch, axes of the output).
        squashed: the layer before whose softmax or sigmoid the score was read; "" where it is the output.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # all that belongs to it
        self,
        arrays: dict[str, np.ndarray],
        connected: dict[str, bool],
        score: str,
        scores: np.ndarray,
        target: np.ndarray,
        squashed: str = "",
    ) -> None:
        super().__init__(arrays)
        self.squashed = squashed
        self.connected, self.score, self.scores, self.target = connected, score, scores, target


def is_float(dtype: str | None) -> bool:
    """Whether there can be a gradient with respect to it."""
    return dtype is not None and (dtype.startswith(("float", "bfloat")))


def zeros_of(info: LayerInfo, batch_size: int) -> np.ndarray:
    """The gradient of a layer whose output is no float: nothing flows through it."""
    shape = (info.output_shape or ())[1:]
    return np.zeros((batch_size, *(length or 1 for length in shape)), np.float32)
