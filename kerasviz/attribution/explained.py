"""What a screen asks of an attribution, and what it has to know to draw the answer. Needs no framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasviz.attribution.base import Attribution
    from kerasviz.wire.messages import TargetName

__all__ = ["Asked", "Explained"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Why this target for this sample, by which method.

    `layer` is the one on the screen: `options["layer"]` says whether it is meant ("chosen"), or another one is.
    """

    sample: int
    method: str
    target: TargetName = None
    layer: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explained:
    """One attribution, and how it came about.

    Attributes:
        attribution: of a batch of one.
        axes: what the axes of each array of values mean, without the batch axis; in the order of `attribution.names`.
        seconds: how long it took.
        background: how many of the samples it was compared with because nothing else was given.
        rows: how many model runs it took, about; 0 while it is under way.
        changed: whether the model's weights changed meanwhile.
    """

    attribution: Attribution
    axes: tuple[tuple[str, ...], ...]
    seconds: float
    background: int = 0
    rows: int = 0
    changed: bool = False
