"""Models that say what they take, without Keras; data sets of every protocol, without a framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Tensor:
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    name: str = "x"


@dataclass
class Model:
    """`Model((28, 28, 1))`, `Model([(3,), (4,)])`, `Model(None)` for one that does not say."""

    shape: Any
    dtype: str = "float32"
    layers: list[Any] = field(default_factory=list)
    output_shape: Any = (None, 10)
    name: str = "model"
    built: bool = False

    def __post_init__(self) -> None:
        shapes = self.shape if isinstance(self.shape, list) else [self.shape]
        self.inputs = (
            None if self.shape is None else [Tensor((None, *s), self.dtype, f"in_{i}") for i, s in enumerate(shapes)]
        )
        self.outputs = [Tensor(self.output_shape)] if isinstance(self.output_shape, tuple) else None


class TfData:
    """What tf.data shows of itself: element_spec, cardinality, iteration."""

    element_spec = None

    def __init__(self, elements: list[Any], cardinality: int | None = None) -> None:
        self.elements = elements
        self.read = 0
        self._cardinality = len(elements) if cardinality is None else cardinality

    def cardinality(self) -> int:
        return self._cardinality

    def __iter__(self) -> Any:
        for element in self.elements:
            self.read += 1
            yield element


class PyDataset:
    """Batches by index, as `keras.utils.PyDataset` gives them."""

    def __init__(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        self.x, self.y, self.batch_size = x, y, batch_size
        self.read: list[int] = []

    def __len__(self) -> int:
        return (len(self.x) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        self.read.append(index)
        part = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[part], self.y[part]


class MapDataset:
    """(x, y) by index, as a torch Dataset gives them."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        return self.x[index], int(self.y[index])
