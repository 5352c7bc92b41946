"""The pieces of a functional model that the hand-written functions are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def operations(model: Any) -> list[Any]:
    """Everything that runs, in order: layers, and operations that are not layers."""
    return [op for op in model.operations if not isinstance(op, keras.layers.InputLayer)]


def all_outputs(model: Any) -> tuple[list[str], Any]:
    """The names of all operations, and a model with all their outputs."""
    found = operations(model)
    return [op.name for op in found], keras.Model(model.inputs, [op.output for op in found])


def head(model: Any) -> Any:
    """The last layer: a Dense whose softmax is fused, so that logits are its input times its kernel."""
    dense = operations(model)[-1]
    if not isinstance(dense, keras.layers.Dense):
        raise TypeError(
            f"{model.name!r} ends in a {type(dense).__name__}; a Dense was expected. Write its limit by hand."
        )
    return dense


def last_convolution(model: Any) -> Any:
    """Where Grad-CAM looks."""
    return [op for op in operations(model) if isinstance(op, keras.layers.Conv2D)][-1]


def path(num_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre positions from 0 to 1 and their weights."""
    places, weights = np.polynomial.legendre.leggauss(num_steps)
    return ((1 + places) / 2).astype("float32"), (weights / 2).astype("float32")


def noise(shape: tuple[int, ...], copies: int) -> np.ndarray:
    """The normal numbers that kerasviz draws, so that both sides compute the same; here they are drawn beforehand."""
    blocks = [
        np.random.default_rng((0, 0, i)).standard_normal((min(32, copies - 32 * i), *shape), np.float32)
        for i in range(-(-copies // 32))
    ]
    return np.concatenate(blocks)


def windows(shape: tuple[int, ...]) -> np.ndarray:
    """What a window of an eighth, moved by half of itself, leaves of an image: (windows, height, width, 1)."""
    size, found = round(shape[0] / 8), []
    starts = range(0, shape[0] - size + size // 2, size // 2)
    for i in starts:
        for j in starts:
            mask = np.ones((*shape[:2], 1), "float32")
            mask[i : i + size, j : j + size] = 0
            found.append(mask)
    return np.stack(found)


def sweep(step: Callable[[np.ndarray], tuple[np.ndarray, ...]], x: np.ndarray, batch: int) -> dict[str, np.ndarray]:
    """Mean and 9 strongest samples of every channel; `step` gives the outputs, and maxima and means by sample and channel.

    Only channels in which a batch beats the ninth so far are merged.
    """
    surest, total = [], 0.0
    best, samples = np.zeros((0, 0)), np.zeros((0, 0), int)
    for start in range(0, len(x), batch):
        outputs, largest, means = step(x[start : start + batch])
        surest.append(outputs.max(axis=1))
        total = total + means.sum(axis=0)
        if not start:
            best, samples = np.full((9, largest.shape[1]), -np.inf, "float32"), np.full((9, largest.shape[1]), -1)
        columns = np.flatnonzero(largest.max(axis=0) > best[-1])
        joined = np.concatenate([best[:, columns], largest[:, columns]])
        numbers = np.broadcast_to(np.arange(start, start + len(largest))[:, None], (len(largest), len(columns)))
        order = np.argpartition(-joined, 8, axis=0)[:9]
        order = np.take_along_axis(order, np.argsort(-np.take_along_axis(joined, order, axis=0), axis=0), axis=0)
        best[:, columns] = np.take_along_axis(joined, order, axis=0)
        samples[:, columns] = np.take_along_axis(np.concatenate([samples[:, columns], numbers]), order, axis=0)
    return {"surest": np.concatenate(surest), "mean": np.sort(total / len(x)), "ninth": np.sort(best[-1])}
