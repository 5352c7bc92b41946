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
from kerasviz.views.words import named
from kerasviz.wire.messages import Domain, Payload

__all__ = ["MOST", "PANEL", "SIDE", "SmallPictures", "Thumbnail", "Thumbnails", "check_samples", "text_of"]

MOST = 100  # of one answer
SIDE = 48
Form = Literal["picture", "line", "heat", "text", "none"]
_LETTERS = 60
_FEW, _NUMBERS = 32, 4  # a row as long as this is told by its first numbers


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One sample in small: where its picture is inside the tensor `pictures`, and its label.

    A "picture" is (height, width, depth) pixels; a "line" is a series of `width` values and "heat" a
    mosaic of numbers, both levels on `domain`; "text" is how a text, its tokens or a short row of numbers
    begins; "none" is nothing.
    """

    sample: int
    form: Form
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
    small = SmallPictures(source)
    for done, sample in enumerate(params.samples):
        source.step(done, len(params.samples))
        items.append(small.add(sample))
    return Panel(Thumbnails(tuple(items)), {"pictures": small.flat})


class SmallPictures:
    """Small pictures one after the other in one tensor."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._cells: list[np.ndarray] = []
        self._start = 0

    @property
    def flat(self) -> np.ndarray:
        """All of them: uint8 (n,)."""
        return np.concatenate(self._cells) if self._cells else np.zeros(0, np.uint8)

    def add(self, sample: int) -> Thumbnail:
        """A sample in small."""
        return self._put(sample, *_small(self._source, sample))

    def add_part(self, sample: int, part: np.ndarray, whole: np.ndarray) -> Thumbnail:
        """A part of a sample's picture, as bright as it is in the whole."""
        pixels, domain = pixels_of(part, SIDE * SIDE, whole)
        return self._put(sample, "picture", pixels, domain, "")

    def _put(self, sample: int, form: Form, cells: np.ndarray, domain: Domain, text: str) -> Thumbnail:
        height, width, depth = cells.shape
        label = self._source.samples.label_text(sample)
        found = Thumbnail(sample, form, self._start, height, width, depth, domain, text, label)
        self._cells.append(cells.reshape(-1))
        self._start += cells.size
        return found


_Small = tuple[Form, np.ndarray, Domain, str]
_NOTHING = np.zeros((0, 0, 1), np.uint8)
_NO_DOMAIN = Domain(0.0, 0.0, signed=False)


def _small(source: Source, sample: int) -> _Small:
    """The form, the cells (height, width, depth), their range, the text."""
    picture = source.samples.picture(sample)
    if picture is not None:
        pixels, domain = pixels_of(picture, SIDE * SIDE)
        return "picture", pixels, domain, ""
    values = np.asarray(next(leaves(source.samples.raw(sample))))
    if told := text_of(source, sample, _LETTERS) or _numbers(values):
        return "text", _NOTHING, _NO_DOMAIN, told
    if not drawable(values):
        return "none", _NOTHING, _NO_DOMAIN, ""
    domain = domain_of(values)
    if values.ndim == 2 and values.shape[1] == 1 and values.shape[0] > 2:
        places = np.linspace(0, len(values) - 1, min(len(values), SIDE)).round().astype(int)
        return "line", quantise(values[places, 0], domain)[None, :, None], domain, ""
    cells = mosaic(as_float(values), SIDE).cells
    return "heat", quantise(cells, domain)[..., None], domain, ""


def text_of(source: Source, sample: int, letters: int) -> str:
    """How a sample reads that is text or tokens, these by their names; "" for others."""
    values = np.asarray(next(leaves(source.samples.raw(sample))))
    if not drawable(values):
        return " ".join(_readable(item) for item in values.reshape(-1)[:8])[:letters]
    if values.ndim != 1 or values.dtype.kind not in "iu" or all(layer.kind != "Embedding" for layer in source.layers):
        return ""
    tokens = [token or "∅" for token in named(values[:letters], source.samples.words)]
    return ("" if all(len(token) == 1 for token in tokens) else " ").join(tokens)[:letters]


def _numbers(values: np.ndarray) -> str:
    """The first numbers of a short row; "" for one that is better drawn."""
    if values.ndim != 1 or not drawable(values):
        return ""
    if len(values) > _FEW:
        return ""
    shown = [f"{value:.3g}".replace("-", "−") for value in values]
    return "\n".join(shown if len(shown) <= _NUMBERS else [*shown[: _NUMBERS - 1], "…"])


def _readable(item: Any) -> str:
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)


PANEL = PanelView(ThumbnailsParams, Thumbnails, _build)
