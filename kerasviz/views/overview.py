"""A small mosaic of every layer's activations for one sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasviz.views.base import LayerLike, Panel, PanelView, Source
from kerasviz.views.head import record_of
from kerasviz.views.reduce import MAX_BYTES, domain_of, drawable, mosaic, quantise
from kerasviz.wire.messages import Domain, Payload

__all__ = ["PANEL", "Mosaic", "Overview"]

MAX_SIDE = 48
MIN_SIDE = 8


@dataclass(frozen=True, slots=True)
class Mosaic:
    """Where one card's small picture is inside the tensor `mosaics` (a flat uint8 array).

    It shows the first `shown` of `total` units (or slices of two axes), pooled to fit: a cell is the strongest of those
    it stands for. A picture of maps has `rows` x `columns` tiles.
    """

    path: str
    start: int
    height: int
    width: int
    domain: Domain
    shown: int
    total: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Overview(Payload):
    """A mosaic of every layer's activations for one sample. Tensor: `mosaics` uint8 (n,).

    A layer without a mosaic has nothing to draw for this sample.
    """

    sample: int
    mosaics: tuple[Mosaic, ...]
    kind: ClassVar[str] = "overview"


@dataclass(frozen=True, slots=True)
class OverviewParams:
    """Which sample."""

    sample: int


def _build(source: Source, params: OverviewParams) -> Panel:
    activations = source.activations(params.sample)
    layers = [layer for layer in source.layers if layer.path in activations and drawable(activations[layer.path])]
    side = max(MIN_SIDE, min(MAX_SIDE, math.isqrt(MAX_BYTES * 9 // 10 // max(1, len(layers)))))
    mosaics: list[Mosaic] = []
    pictures: list[np.ndarray] = []
    start = 0
    for done, layer in enumerate(layers):
        source.step(done, len(layers))
        found, picture = _mosaic(layer, activations[layer.path], params.sample, side, start)
        mosaics.append(found)
        pictures.append(picture)
        start += picture.size
    flat = np.concatenate(pictures) if pictures else np.zeros(0, np.uint8)
    return Panel(Overview(params.sample, tuple(mosaics)), {"mosaics": flat})


def _mosaic(layer: LayerLike, activation: np.ndarray, sample: int, side: int, start: int) -> tuple[Mosaic, np.ndarray]:
    record = record_of(layer, activation, sample)
    domain = domain_of(record.values)
    small = mosaic(record.values, side, channels_last=record.axes[-1:] in (("channel",), ("unit",)))
    height, width = small.cells.shape
    found = Mosaic(layer.path, start, height, width, domain, small.shown, small.total, small.rows, small.columns)
    return found, quantise(small.cells, domain).reshape(-1)


PANEL = PanelView(OverviewParams, Overview, _build)
