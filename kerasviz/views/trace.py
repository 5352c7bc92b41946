"""Which cells of its inputs made a cell of a layer's output, for layers that only move, choose or join numbers.

A trace stands on the layer's settings and is checked: it carries the output that it would give, which the view
compares with what the layer gave. Arrays and places are the model's own, without the batch axis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Box", "Job", "Place", "Trace"]

Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A block of cells of one input."""

    input: int
    start: Place
    stop: Place

    @classmethod
    def cell(cls, number: int, at: Sequence[int]) -> Box:
        return cls(number, tuple(at), tuple(i + 1 for i in at))

    def of(self, array: np.ndarray) -> np.ndarray:
        """The numbers in it."""
        return array[tuple(slice(*ends) for ends in zip(self.start, self.stop, strict=True))]


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an output comes from.

    `output` is the output recomputed; `scale` the size of what was added up for it (0: it was only moved).
    `boxes(place)` are the cells that one cell of the output was made of. `rule` says how: "copy",
    "max", "min", "mean", "+", "−", "×", "÷", "·" (a sum of products), "~" (a weighted mean).
    `instead` is another rule that some backends have for the same settings: the layer's numbers tell which
    it was. `kept` is the block of the input that was kept (cropping), `inside` the block of the output that is
    not padding.
    """

    output: np.ndarray
    boxes: Callable[[Place], tuple[Box, ...]]
    rule: str = "copy"
    scale: float = 0.0
    kept: Box | None = None
    inside: Box | None = None
    instead: Trace | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What a trace is made from; `shape` is the output's."""

    kind: str
    settings: Mapping[str, Any]
    inputs: tuple[np.ndarray, ...]
    shape: Place

    def spatial(self, array: np.ndarray) -> tuple[int, ...]:
        """The axes of an input that are neither batch nor channels."""
        first = self.settings.get("data_format") == "channels_first"
        return tuple(range(1, array.ndim)) if first else tuple(range(array.ndim - 1))
