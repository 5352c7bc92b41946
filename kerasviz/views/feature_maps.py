"""Maps of a layer with two spatial axes: convolution, pooling, normalisation over images or volumes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasviz.views.base import Control, LayerHead, LayerView, Panel, Record
from kerasviz.views.controls import choice, place
from kerasviz.views.head import head_of
from kerasviz.views.order import order_of
from kerasviz.views.reduce import MAX_BYTES, MAX_MAPS, as_float, domain_of, pool, pool_factor, quantise
from kerasviz.wire.messages import Domain, Payload

__all__ = ["SCALES", "VIEW", "FeatureMaps", "slice_of"]

SCALES = ("this_layer", "each_map", "whole_network")


@dataclass(frozen=True, slots=True)
class FeatureMaps(Payload):
    """Maps `start … start+n`, in the chosen order, of a layer with two spatial axes.

    Tensors: `maps` uint8 (n, height, width), each on its own domain from `low` to `high` float32 (n,),
    which is `head.domain` for all unless every map has a scale of its own; `minimum`, `maximum`, `mean`
    float32 (n,) over the finite values of the whole map, NaN where there is none. `order` int32 lists all
    units as they stand on the screen; it is left out where that is by number. `pooled` is
    how many cells of the layer one cell of a map stands for (1 = all): it shows the strongest
    of them (largest magnitude, sign kept). Where there are axes before height and width, the maps are
    the slice that their sliders choose.
    """

    head: LayerHead
    start: int
    pooled: int
    signed: bool
    kind: ClassVar[str] = "feature_maps"


def _supports(record: Record) -> int:
    spatial = record.axes[-3:] == ("height", "width", "channel")
    return 10 if spatial or (record.values.ndim == 3 and record.axes[-1:] == ("channel",)) else 0


def slice_of(record: Record) -> tuple[np.ndarray, tuple[int, ...], list[Control]]:
    """The values at the places of the leading axes' sliders: (height, width, channel), the places, the sliders."""
    values, places, sliders = record.values, [], []
    for name, length in zip(record.axes, record.values.shape[:-3], strict=False):
        index, control = place(record, name, length)
        places.append(index)
        sliders.append(control)
    return values[tuple(places)], tuple(places), sliders


def _build(record: Record, start: int, count: int) -> Panel:
    values, _, sliders = slice_of(record)
    order, ordering = order_of(record)
    scope, scaling = choice(record, "scale", SCALES)
    head = head_of(
        record, *sliders, ordering, scaling, domain=record.around.network if scope == "whole_network" else None
    )
    end = start + min(count, MAX_MAPS)
    maps = np.moveaxis(values if order is None else values[..., order[start:end]], -1, 0)
    maps = maps[start:end] if order is None else maps
    extra = 0 if order is None else order.nbytes
    k = pool_factor(maps.shape, (MAX_BYTES - 24 * len(maps) - extra) // max(1, len(maps)))
    drawn = pool(maps, k)
    domains = [domain_of(each) for each in maps] if scope == "each_map" else [head.domain] * len(maps)
    signed = any(domain.signed for domain in domains) or head.domain.signed
    tensors = {"maps": _quantised(drawn, domains, signed=signed), **_ends(domains, signed=signed), **_statistics(maps)}
    if order is not None:
        tensors["order"] = order
    return Panel(FeatureMaps(head, start, k * k, signed), tensors)


def _quantised(maps: np.ndarray, domains: list[Domain], *, signed: bool) -> np.ndarray:
    """All at once where they share a domain."""
    if len(set(map(id, domains))) <= 1:
        return quantise(maps, domains[0]) if domains else maps.astype(np.uint8)
    return np.stack(
        [quantise(one, _symmetric(domain, signed=signed)) for one, domain in zip(maps, domains, strict=True)]
    )


def _symmetric(domain: Domain, *, signed: bool) -> Domain:
    """A layer with any negative value is drawn on signed scales throughout: a colour then means one sign everywhere."""
    if not signed or domain.signed:
        return domain
    return Domain(-domain.high, domain.high, signed=True, nans=domain.nans, infs=domain.infs)


def _ends(domains: list[Domain], *, signed: bool) -> dict[str, np.ndarray]:
    ends = [_symmetric(domain, signed=signed) for domain in domains]
    with np.errstate(over="ignore"):
        return {
            "low": np.array([domain.low for domain in ends], np.float32),
            "high": np.array([domain.high for domain in ends], np.float32),
        }


def _statistics(maps: np.ndarray) -> dict[str, np.ndarray]:
    """Extremes and mean of each map's finite values."""
    flat = as_float(maps).reshape(len(maps), math.prod(maps.shape[1:]))
    finite = np.isfinite(flat)
    some = finite.any(axis=1)
    safe = np.where(finite, flat, 0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        figures = {
            "minimum": np.where(finite, flat, np.inf).min(axis=1),
            "maximum": np.where(finite, flat, -np.inf).max(axis=1),
            "mean": safe.sum(axis=1, dtype=np.float64) / finite.sum(axis=1),
        }
        return {name: np.where(some, values, np.nan).astype(np.float32) for name, values in figures.items()}


VIEW = LayerView(FeatureMaps, _supports, _build)
