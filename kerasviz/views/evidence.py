"""An attribution as pictures: over an image, under a curve, as bars with names, as words.

Numbers are drawn as they are: channels are put together by a choice that is named on the screen, maps of
layers are stretched linearly, and nothing is scaled, clipped or made positive behind the reader's back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from kerasviz.attribution.explained import Explained
from kerasviz.attribution.spatial import resize
from kerasviz.views.base import Source
from kerasviz.views.picture import pixels_of
from kerasviz.views.reduce import as_float, domain_of, pool, pool_factor
from kerasviz.views.words import tokens_of
from kerasviz.wire.messages import Domain

__all__ = ["CHANNELS", "Evidence", "Shown", "evidence", "reduced"]

CHANNELS = ("sum", "max-abs", "mean-abs")
MAX_CELLS = 144_000  # of all maps together: float32
MAX_PIXELS = 360 * 360  # of all inputs together
MAX_CURVES = 6
MAX_PLACES = 4096
_POSITIONS = ("depth", "height", "width", "time", "position")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One picture: of an input, or of a layer, drawn over an input where it has the positions for it.

    `shape` and `axes` are the attribution's own, without the batch. `domain` is the picture's colour scale, symmetric
    where signs count; `low` and `high` the ends of the attribution's own numbers. `over` is the input
    it is drawn over; `stretched` the positions that a layer's map had before. Of a volume or a film one slice is drawn:
    the one at `index` of its first positions, which have the `lengths`; the colours are those of the whole.
    `several`: the numbers of some channels were put together for each place.

    Tensors, i being its place: `values{i}` float32 (height, width) or (places,); `input{i}`, what it lies over: uint8
    (height, width, 1 or 3) on `input_domain`, or float32 (channels, places) of a series, or (places,) of a table.
    """

    name: str
    form: Literal["image", "series", "bars", "tokens"]
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    domain: Domain
    low: float
    high: float
    labels: tuple[str, ...] = ()
    over: str = ""
    stretched: tuple[int, ...] = ()
    index: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()
    pooled: int = 1
    left_out: int = 0
    several: bool = False
    input_domain: Domain | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture and its arrays: the values, what they lie over, and the whole that they are a slice of."""

    facts: dict[str, Any]
    values: np.ndarray
    under: np.ndarray | None = None
    volume: np.ndarray | None = None

    @property
    def whole(self) -> np.ndarray:
        return self.values if self.volume is None else self.volume


def reduced(values: np.ndarray, axes: tuple[int, ...], channels: str) -> np.ndarray:
    """Some axes put together: the sum keeps signs and totals; "max-abs" and "mean-abs" are sizes.

    Where there is one number for each place anyhow, it stays as it is.
    """
    if all(values.shape[axis] == 1 for axis in axes):
        return values.squeeze(axes)
    if channels == "sum":
        found: np.ndarray = values.sum(axis=axes, dtype=np.float64)
    else:
        found = np.abs(values).max(axis=axes) if channels == "max-abs" else np.abs(values).mean(axis=axes)
    return found


def evidence(
    source: Source, explained: Explained, sample: int, channels: str, index: Sequence[int] = ()
) -> tuple[list[Evidence], dict[str, np.ndarray]]:
    """The pictures of an attribution, and their tensors; of volumes the slice at `index`, else the strongest."""
    attribution = explained.attribution
    given = attribution.values
    arrays = list(given.values()) if isinstance(given, dict) else [given]
    cells, pixels = MAX_CELLS // max(1, len(arrays)), MAX_PIXELS // max(1, len(arrays))
    pictures, tensors = [], {}
    for place, (name, axes, array) in enumerate(zip(attribution.names, explained.axes, arrays, strict=True)):
        own = np.asarray(array)[0]
        shown = _shown(_Subject(source, sample, name, axes, own, channels, pixels, tuple(index)))
        signed = attribution.signed and (channels == "sum" or float(np.min(shown.whole, initial=0)) < 0)
        values, pooled = _fitted(shown.values, cells)
        tensors[f"values{place}"] = values.astype(np.float32)
        if shown.under is not None:
            tensors[f"input{place}"] = shown.under
        pictures.append(
            Evidence(
                name=name, shape=own.shape, axes=axes, domain=_domain(shown.whole, signed=signed), low=float(own.min()),
                high=float(own.max()), pooled=pooled, several=_several(own, axes, shown),
                left_out=max(0, shown.values.size - values.size) if values.ndim == 1 else 0, **shown.facts,
            )
        )  # fmt: skip
    return pictures, tensors


@dataclass(frozen=True, slots=True)
class _Subject:
    """One array of values, and whose it is."""

    source: Source
    sample: int
    name: str
    axes: tuple[str, ...]
    values: np.ndarray
    channels: str
    pixels: int
    index: tuple[int, ...] = ()

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        return {key: np.asarray(array) for key, array in self.source.model_inputs(self.sample).items()}

    @property
    def positions(self) -> tuple[int, ...]:
        """The axes that are positions."""
        return tuple(i for i, axis in enumerate(self.axes) if axis in _POSITIONS)

    def over_positions(self) -> np.ndarray:
        """One number a position."""
        others = tuple(axis for axis in range(self.values.ndim) if axis not in self.positions)
        return reduced(self.values, others, self.channels)


def _shown(subject: _Subject) -> Shown:
    inputs = subject.inputs
    if subject.name in inputs:
        return _of_input(subject, subject.name, inputs[subject.name][0])
    for key, array in inputs.items():
        found = _over(subject, key, array[0])
        if found is not None:
            return found
    return _of_layer(subject)


def _of_input(subject: _Subject, key: str, given: np.ndarray) -> Shown:
    picture, values = _picture(subject, key), subject.values
    flat = None if picture is None else _as_picture(values, picture.shape[:2])
    if picture is not None and flat is not None:
        return _image(subject, key, reduced(flat, (2,), subject.channels), picture)
    if picture is not None and len(subject.positions) == 2:  # `preprocess` makes another size of it
        found = subject.over_positions()
        return _image(subject, key, _stretched(found, picture.shape[:2]), picture, found.shape)
    words = tokens_of(subject.source, subject.sample, key)
    if words and values.ndim == 1 and len(words) == len(values):
        return Shown(
            {"form": "tokens", "labels": words[:MAX_PLACES], "over": key}, reduced(values, (), subject.channels)
        )
    if values.ndim == 1:
        numbers = as_float(given).reshape(-1) if given.dtype.kind in "biuf" else None
        under = None if numbers is None else numbers[:MAX_PLACES].astype(np.float32)
        facts = {"form": "bars", "labels": _features(subject, len(values)), "over": key}
        return Shown(facts, reduced(values, (), subject.channels), under)
    positions = subject.positions or tuple(range(values.ndim - 1))
    return _by_positions(subject, positions, key, given)


def _by_positions(subject: _Subject, positions: tuple[int, ...], key: str, given: np.ndarray | None) -> Shown:
    others = tuple(axis for axis in range(subject.values.ndim) if axis not in positions)
    values = reduced(subject.values, others, subject.channels)
    if values.ndim == 1:
        under = None
        if given is not None and given.shape == subject.values.shape and given.dtype.kind in "biuf":
            curves = np.moveaxis(as_float(given), positions[0], -1).reshape(-1, len(values))
            under = curves[:MAX_CURVES, :MAX_PLACES].astype(np.float32)
        return Shown({"form": "series", "over": key if under is not None else ""}, values, under)
    return _slice(subject, values, key, given, others) if values.ndim > 2 else Shown({"form": "image"}, values)


def _slice(subject: _Subject, volume: np.ndarray, key: str, given: np.ndarray | None, others: tuple[int, ...]) -> Shown:
    """Of a volume or a film one slice: the one that is asked for, else the one that did most."""
    lengths, values = volume.shape[:-2], volume
    index: tuple[int, ...] = ()
    for place, length in enumerate(lengths):
        sizes = np.abs(values).sum(axis=tuple(range(1, values.ndim)))
        wanted = subject.index[place] if place < len(subject.index) else -1
        index += (wanted if 0 <= wanted < length else int(sizes.argmax()),)
        values = values[index[-1]]
    facts: dict[str, Any] = {"form": "image", "index": index, "lengths": lengths}
    if given is None or given.shape != subject.values.shape or given.dtype.kind not in "biuf":
        return Shown(facts, values, None, volume)
    picture = np.moveaxis(given, others, range(-len(others), 0)).reshape(*volume.shape, -1)
    if picture.shape[-1] not in (1, 3):
        return Shown(facts, values, None, volume)
    pixels, domain = pixels_of(picture[index], subject.pixels, picture)
    return Shown({**facts, "over": key, "input_domain": domain}, values, pixels, volume)


def _over(subject: _Subject, key: str, given: np.ndarray) -> Shown | None:
    """A layer's map over an input: stretched over the pixels or steps, or word by word."""
    positions = subject.positions
    if not positions or subject.values.size == 0:
        return None
    values = subject.over_positions()
    picture = _picture(subject, key)
    if picture is not None and values.ndim == 2:
        return _image(subject, key, _stretched(values, picture.shape[:2]), picture, values.shape)
    words = tokens_of(subject.source, subject.sample, key)
    if values.ndim == 1 and words and len(words) == len(values):
        return Shown({"form": "tokens", "labels": words[:MAX_PLACES], "over": key}, values)
    if values.ndim == 1 and given.ndim == 2 and picture is None and given.dtype.kind in "biuf":
        under = as_float(given).T[:MAX_CURVES, :MAX_PLACES].astype(np.float32)
        stretched = _stretched(values, given.shape[:1])
        return Shown({"form": "series", "over": key, "stretched": values.shape}, stretched, under)
    return None


def _of_layer(subject: _Subject) -> Shown:
    """A layer whose places are nobody else's."""
    if subject.values.ndim <= 1 or not subject.positions:
        return Shown({"form": "bars"}, reduced(subject.values.reshape(-1), (), subject.channels))
    return _by_positions(subject, subject.positions, "", None)


def _image(
    subject: _Subject, key: str, values: np.ndarray, picture: np.ndarray, stretched: tuple[int, ...] = ()
) -> Shown:
    pixels, domain = pixels_of(picture, subject.pixels)
    return Shown({"form": "image", "over": key, "stretched": stretched, "input_domain": domain}, values, pixels)


def _as_picture(values: np.ndarray, size: tuple[int, ...]) -> np.ndarray | None:
    """Values of an image as (height, width, channels), channels first or last or none."""
    height, width = size
    if values.shape[:2] == (height, width):
        return values.reshape(height, width, -1)
    if values.shape[-2:] == (height, width):
        return np.moveaxis(values.reshape(-1, height, width), 0, -1)
    return None


def _picture(subject: _Subject, key: str) -> np.ndarray | None:
    """The sample as a person keeps it, where that is a picture."""
    keys = list(subject.inputs)
    try:
        picture: np.ndarray | None = subject.source.samples.picture(subject.sample, keys.index(key))
    except IndexError:  # `preprocess` makes several inputs of one
        return None
    return picture


def _features(subject: _Subject, count: int) -> tuple[str, ...]:
    names = subject.source.samples.feature_names
    return tuple(names)[:MAX_PLACES] if len(names) == count else ()


def _stretched(values: np.ndarray, lengths: tuple[int, ...]) -> np.ndarray:
    """Linear interpolation to new lengths, as class activation maps are drawn everywhere."""
    return resize(values.astype(np.float64), lengths, range(values.ndim))


def _several(values: np.ndarray, axes: tuple[str, ...], shown: Shown) -> bool:
    """Whether several numbers stand behind each place of the picture."""
    channels = [length for length, axis in zip(values.shape, axes, strict=True) if axis in ("channel", "unit")]
    drawn = shown.facts["form"] in ("image", "series")
    return drawn and (
        max(channels, default=1) > 1 or ("stretched" not in shown.facts and values.size > shown.whole.size)
    )


def _fitted(values: np.ndarray, cells: int) -> tuple[np.ndarray, int]:
    """Not more cells than there is room for: the strongest of each block; and how many one stands for."""
    if values.ndim < 2:
        return values[:MAX_PLACES], 1
    k = pool_factor(values.shape, cells)
    return pool(values, k), k * k


def _domain(values: np.ndarray, *, signed: bool) -> Domain:
    """The colours of an attribution: symmetric about 0 where it has signs, from 0 on where it is a share or a size."""
    found = domain_of(values)
    if found.signed:
        return found
    if not signed:
        return replace(found, low=0.0)
    return Domain(-max(found.high, 0.0), max(found.high, 0.0), signed=True, nans=found.nans, infs=found.infs)
