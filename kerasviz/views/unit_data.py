"""One unit over all samples: those that excite it most, least and usually, its histogram, its response to each class."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from kerasviz.errors import InputError
from kerasviz.scanning.scan import Scan
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.excited import Excited, excited
from kerasviz.views.find import activation_of, layer_of
from kerasviz.views.head import record_of
from kerasviz.views.reduce import as_float, domain_of, drawable
from kerasviz.views.sheet import Along, Drawn, Fact, Figure, bars, number
from kerasviz.views.thumbnails import SmallPictures
from kerasviz.wire.messages import Payload

__all__ = ["CLASSES", "HISTOGRAM", "PANEL", "UnitData", "UnitDataParams"]

CLASSES, HISTOGRAM = "response per class", "histogram"  # figures; the chart of the first is called so too
_BINS = 40
_MOST_CLASSES = 24


@dataclass(frozen=True, slots=True)
class UnitData(Payload):
    """What a unit did with the samples of the scan. Tensors: `pictures` uint8 (n,), and one for each figure, by its name.

    `watched`: the scan looked at this layer; else nothing else is known. `value` is the unit's largest number for the sample
    on the screen. `top`, `bottom` and `typical` go by that number. `stale`: the weights have changed since.
    """

    path: str
    unit: int
    sample: int
    watched: bool
    stale: bool = False
    value: float | None = None
    top: tuple[Excited, ...] = ()
    typical: tuple[Excited, ...] = ()
    bottom: tuple[Excited, ...] = ()
    figures: tuple[Figure, ...] = ()
    facts: tuple[Fact, ...] = ()
    classes: int = 0
    code: str = ""
    kind: ClassVar[str] = "unit_data"


@dataclass(frozen=True, slots=True)
class UnitDataParams:
    """Which unit; the sample on the screen is marked among the others."""

    sample: int
    layer: str
    unit: int
    options: dict[str, Any] = field(default_factory=dict)


def _build(source: Source, params: UnitDataParams) -> Panel:
    state, layer = source.scan_state(), layer_of(source, params.layer)
    scan = state.scan
    if scan is None:
        raise InputError("A unit was to be shown over the data. There is no scan of them. Scan the data first.")
    plain = UnitData(layer.path, params.unit, params.sample, watched=False, stale=state.stale)
    if layer.path not in scan.layers or not 0 <= params.unit < scan.layers[layer.path].channels:
        return Panel(plain)
    value, small, at = _value(source, params), SmallPictures(source), (layer.path, params.unit)
    top, typical, bottom = (
        excited(source, scan, ranked, small, params.sample, look=source.quick and not state.stale)
        for ranked in (scan.top(*at), scan.typical(*at), scan.bottom(*at))
    )
    drawn = [*_histogram(scan, at, value), *_classes(source, scan, params)]
    payload = UnitData(
        path=layer.path, unit=params.unit, sample=params.sample, watched=True, stale=state.stale, value=value,
        top=top, typical=typical, bottom=bottom, figures=tuple(each.figure for each in drawn),
        facts=tuple(_facts(source, scan, at)), classes=len(scan.class_means(layer.path)[0]),
        code=f"w.scan.top({layer.path!r}, {params.unit})",
    )  # fmt: skip
    tensors = {each.figure.name: each.values.astype(np.float32) for each in drawn}
    return Panel(payload, {"pictures": small.flat, **tensors})


def _value(source: Source, params: UnitDataParams) -> float | None:
    """The unit's largest number for the sample on the screen, as the scan takes it."""
    activation = activation_of(source, params.sample, params.layer)
    if activation is None or not drawable(activation):
        return None
    values = record_of(layer_of(source, params.layer), activation, params.sample).values
    own = as_float(values[..., params.unit] if values.ndim else values)
    finite = own[np.isfinite(own)]
    return float(finite.max()) if finite.size else None


def _histogram(scan: Scan, at: tuple[str, int], value: float | None) -> list[Drawn]:
    """How often which number comes; the bin of the sample on the screen is marked."""
    if scan.tally.sketch is None:
        return []
    known = scan.statistics(at[0])
    counts, edges = scan.histogram(*at, bins=_round_edges(float(known["min"][at[1]]), float(known["max"][at[1]])))
    total, width = counts.sum(), float(edges[1] - edges[0])
    chosen = -1
    if value is not None and edges[0] <= value <= edges[-1]:
        chosen = min(len(counts) - 1, int(np.searchsorted(edges, value, side="right")) - 1)
    along = Along("value", float(edges[0]) + width / 2, width, chosen=chosen)
    shares = counts / total if total else counts
    return [bars(HISTOGRAM, shares, along, title="data_histogram", plain=True)]


def _round_edges(low: float, high: float) -> np.ndarray:
    """Edges of bins that are round numbers, about as many as there is room for."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return np.linspace(0.0, 1.0, 2)
    rough = (high - low or abs(low) or 1.0) / _BINS
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(each for each in (1, 2, 5, 10) if each * power >= rough * (1 - 1e-9))
    first = math.floor(low / step)
    last = max(first + 1, math.ceil(high / step))
    return np.arange(first, last + 1) * step


def _classes(source: Source, scan: Scan, params: UnitDataParams) -> list[Drawn]:
    """The mean over the samples of each class; of many classes the strongest, in their order. The sample's own is marked."""
    labels, means = scan.class_means(params.layer)
    if not len(labels):
        return []
    own = means[:, params.unit]
    best = np.sort(np.argsort(-np.nan_to_num(own, nan=-np.inf), kind="stable")[:_MOST_CLASSES])
    names = source.samples.class_names
    texts = tuple(names[label] if 0 <= label < len(names) else str(label) for label in labels[best].tolist())
    label = source.samples.label(params.sample)
    places: list[int] = np.flatnonzero(labels[best] == label).tolist() if isinstance(label, int) else []
    along = Along("class", labels=texts, chosen=places[0] if places else -1)
    return [bars(CLASSES, own[best], along, title="data_classes", domain=domain_of(own[best]), plain=True)]


def _facts(source: Source, scan: Scan, at: tuple[str, int]) -> list[Fact]:
    known = {name: column[at[1]] for name, column in scan.statistics(at[0]).items()}
    facts = [Fact(name, number(float(known[name]))) for name in ("mean", "std", "min", "max") if _finite(known[name])]
    if _finite(known["zeros"]):
        facts.append(Fact("data_zeros", f"{float(known['zeros']):.1%}"))
    if known["nonfinite"]:
        facts.append(Fact("data_nonfinite", str(int(known["nonfinite"])), good=False))
    if _finite(known.get("selectivity", math.nan)):
        label, names = int(known["favourite_class"]), source.samples.class_names
        name = names[label] if 0 <= label < len(names) else str(label)
        facts.append(Fact("data_selectivity", number(float(known["selectivity"]), 2)))
        facts.append(Fact("data_favourite", name))
    if scan.tally.sketch is not None and scan.counted(at[0]) < 0.999:
        facts.append(Fact("data_counted", f"{scan.counted(at[0]):.1%}"))
    return facts


def _finite(value: Any) -> bool:
    return math.isfinite(float(value))


PANEL = PanelView(UnitDataParams, UnitData, _build)
