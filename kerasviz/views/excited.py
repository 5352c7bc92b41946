"""Samples of a scan in small, each with the part of it that a unit looked at: the receptive field of its largest number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasviz.data.arrays import leaves
from kerasviz.rules.field import receptive_field
from kerasviz.scanning.scan import Ranked, Scan
from kerasviz.views.base import Source
from kerasviz.views.reduce import as_float, drawable
from kerasviz.views.thumbnails import SmallPictures, Thumbnail

__all__ = ["Excited", "excited"]

_MOST_WORDS = 12

Box = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Excited:
    """One sample, and the unit's largest number in it.

    `place` is where that is, an index of the layer's whole output; () where it was not looked up. `box` is what the unit can
    see from there, as shares of the picture: top, left, bottom, right; () where that is all of it, or not known. `crop` is
    that part as a picture, `words` says it of what is none: steps, features, tokens.
    """

    item: Thumbnail
    value: float
    place: tuple[int, ...] = ()
    box: tuple[float, ...] = ()
    crop: Thumbnail | None = None
    words: str = ""


def excited(  # noqa: PLR0913 - what there is to know of a row of samples
    source: Source, scan: Scan, ranked: Ranked, small: SmallPictures, sample: int, *, look: bool
) -> tuple[Excited, ...]:
    """The samples of a ranking; `sample` is the one on the screen, whose pass tells what can see what.

    A scan keeps the places of the strongest numbers alone: with `look` the others are looked up in the samples' own passes.
    """
    found = []
    axis = scan.layers[ranked.layer].axis - 1
    for number, value, position in zip(ranked.samples, ranked.values, ranked.positions, strict=True):
        source.step(0, 0)
        if not source.samples.has(int(number)):
            continue
        own = position or (_strongest(source, int(number), ranked, axis) if look else ())
        place = (*own[:axis], ranked.channel, *own[axis:]) if own else ()
        found.append(_one(source, small, int(number), float(value), (ranked.layer, place, sample)))
    return tuple(found)


def _strongest(source: Source, sample: int, ranked: Ranked, axis: int) -> tuple[int, ...]:
    """Where a channel is largest in one sample, without the channel's axis; () where there is one place only."""
    whole = source.activations(sample).get(ranked.layer)
    if whole is None or whole.ndim < 3 or not drawable(whole):
        return ()
    values = as_float(np.take(whole[0], ranked.channel, axis=axis))
    best = np.argmax(np.where(np.isfinite(values), values, -np.inf))
    return tuple(int(at) for at in np.unravel_index(best, values.shape))


def _one(
    source: Source, small: SmallPictures, sample: int, value: float, where: tuple[str, tuple[int, ...], int]
) -> Excited:
    layer, place, shown = where
    item = small.add(sample)
    raw = np.asarray(next(leaves(source.samples.raw(sample))))
    box = _box(source, layer, place, _with_such_a_shape(source, raw, sample, shown)) if place else ()
    field = _along_raw(box, raw.shape)
    if not field or all((start, stop) == (0, n) for (start, stop), n in zip(field, raw.shape, strict=True)):
        return Excited(item, value, place, words=_words(source, raw, sample, box) if box and not field else "")
    layout = source.samples.layout(raw)
    if layout is None or item.form != "picture":
        return Excited(item, value, place, _shares(field, raw.shape, item.form), words=_words(source, raw, sample, box))
    seen = np.zeros(raw.shape, bool)
    seen[tuple(slice(*ends) for ends in field)] = True
    rows, columns = (np.flatnonzero(layout.to_picture(seen).any(axis=axes)) for axes in ((1, 2), (0, 2)))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    shares = (top / layout.height, left / layout.width, bottom / layout.height, right / layout.width)
    if (bottom - top, right - left) == (layout.height, layout.width):
        return Excited(item, value, place)
    picture = source.samples.picture(sample)
    crop = None if picture is None else small.add_part(sample, picture[top:bottom, left:right], picture)
    return Excited(item, value, place, shares, crop)


def _with_such_a_shape(source: Source, raw: np.ndarray, sample: int, shown: int) -> int:
    """What a unit can see depends on the shape of the sample alone: the one on the screen does, where it has the same."""
    same = np.shape(next(leaves(source.samples.raw(shown)))) == raw.shape
    return shown if same else sample


def _box(source: Source, layer: str, place: tuple[int, ...], sample: int) -> Box:
    """The receptive field along the axes of the model's first input; () where nothing is known."""
    scene = source.scene(sample)
    whole = scene.output(layer)
    if whole is None or whole.ndim != len(place) or any(i >= n for i, n in zip(place, whole.shape, strict=True)):
        return ()
    field = receptive_field(scene, layer, place)
    first = next(iter(field.inputs), None)
    return () if first is None else field.box(first)


def _along_raw(box: Box, shape: Sequence[int]) -> Box:
    """The box along the axes of the sample as it is kept, which may lack an axis of one; () where they do not correspond."""
    if len(box) == len(shape) + 1:
        box = next((box[:i] + box[i + 1 :] for i in (len(box) - 1, 0) if box[i] == (0, 1)), ())
    fits = len(box) == len(shape) and all(stop <= n for (_, stop), n in zip(box, shape, strict=True))
    return box if fits else ()


def _shares(field: Box, shape: Sequence[int], form: str) -> tuple[float, ...]:
    """Where the field is in a line (time runs to the right) or in a heat map (time runs down)."""
    ends = [(start / n, stop / n) for (start, stop), n in zip(field, shape, strict=True)]
    if form == "line":
        return 0.0, ends[0][0], 1.0, ends[0][1]
    return (ends[0][0], ends[1][0], ends[0][1], ends[1][1]) if form == "heat" and len(ends) == 2 else ()


def _words(source: Source, raw: np.ndarray, sample: int, box: Box) -> str:
    """What lies in the box: the tokens, the features, or from which step to which."""
    if not box:
        return ""
    start, stop = box[0]
    given = next(iter(source.model_inputs(sample).values()))[0]
    names, words = source.samples.feature_names, source.samples.words
    if words and given.ndim == 1 and given.dtype.kind in "iu":
        tokens = [int(token) for token in given[start:stop][:_MOST_WORDS]]
        return " ".join(words[token] if 0 <= token < len(words) else str(token) for token in tokens)
    if raw.ndim == 1 and len(names) == raw.shape[0]:
        return ", ".join(names[start:stop][:_MOST_WORDS])
    return f"[{start}]" if stop - start == 1 else f"[{start} … {stop - 1}]"
