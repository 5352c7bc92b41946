"""Small pictures of samples, for the strip beside the slider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from kerasviz.data.arrays import leaves
from kerasviz.errors import InputError
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.picture import pixels_of
from kerasviz.views.reduce import as_float, domain_of, drawable, mosaic, quantise
from kerasviz.wire.messages import Domain, Payload

__all__ = ["MOST", "PANEL", "Thumbnail", "Thumbnails", "check_samples"]

MOST = 100  # of one answer
SIDE = 48
_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One sample in small: where its picture is inside the tensor `pictures`, and its label.

    A "picture" is (height, width, depth) pixels; a "line" is a series of `width` values and "heat" a
    mosaic of numbers, both levels on `domain`; "text" is the beginning of a text; "none" is nothing.
    """

    sample: int
    form: Literal["picture", "line", "heat", "text", "none"]
    start: int
    height: int
    width: int
    depth: int
    domain: Domain
    text: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Thumbnails(Payload):
    """Small pictures of some samples. Tensor: `pictures` uint8 (n,)."""

    items: tuple[Thumbnail, ...]
    kind: ClassVar[str] = "thumbnails"


@dataclass(frozen=True, slots=True)
class ThumbnailsParams:
    """Which samples."""

    samples: list[int]


def check_samples(samples: Sequence[Any]) -> None:
    """Few enough, and whole numbers."""
    if len(samples) > MOST or not all(type(sample) is int for sample in samples):
        raise InputError(f"Samples {str(samples)[:80]} were asked for. Ask for at most {MOST} whole numbers at once.")


def _build(source: Source, params: ThumbnailsParams) -> Panel:
    check_samples(params.samples)
    items: list[Thumbnail] = []
    pictures: list[np.ndarray] = []
    start = 0
    for done, sample in enumerate(params.samples):
        source.step(done, len(params.samples))
        form, cells, domain, text = _small(source, sample)
        height, width, depth = cells.shape
        label = source.samples.label_text(sample)
        items.append(Thumbnail(sample, form, start, height, width, depth, domain, text, label))
        pictures.append(cells.reshape(-1))
        start += cells.size
    flat = np.concatenate(pictures) if pictures else np.zeros(0, np.uint8)
    return Panel(Thumbnails(tuple(items)), {"pictures": flat})


_Small = tuple[Literal["picture", "line", "heat", "text", "none"], np.ndarray, Domain, str]
_NOTHING = np.zeros((0, 0, 1), np.uint8)
_NO_DOMAIN = Domain(0.0, 0.0, signed=False)


def _small(source: Source, sample: int) -> _Small:
    """The form, the cells (height, width, depth), their range, the text."""
    picture = source.samples.picture(sample)
    if picture is not None:
        pixels, domain = pixels_of(picture, SIDE * SIDE)
        return "picture", pixels, domain, ""
    values = np.asarray(next(leaves(source.samples.raw(sample))))
    if not drawable(values):
        texts = [_readable(item) for item in values.reshape(-1)[:8]]
        return ("text" if texts else "none"), _NOTHING, _NO_DOMAIN, " ".join(texts)[:_LETTERS]
    domain = domain_of(values)
    if values.ndim == 2 and values.shape[1] == 1 and values.shape[0] > 2:
        places = np.linspace(0, len(values) - 1, min(len(values), SIDE)).round().astype(int)
        return "line", quantise(values[places, 0], domain)[None, :, None], domain, ""
    cells = mosaic(as_float(values), SIDE).cells
    return "heat", quantise(cells, domain)[..., None], domain, ""


def _readable(item: Any) -> str:
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)


PANEL = PanelView(ThumbnailsParams, Thumbnails, _build)
