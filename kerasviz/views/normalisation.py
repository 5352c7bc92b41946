"""Before and after a normalising layer: both distributions, scale and offset of each unit, and the chosen unit's maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasviz.views.base import Control, LayerView, Panel, Record
from kerasviz.views.checks import compare
from kerasviz.views.controls import choice
from kerasviz.views.distributions import histograms
from kerasviz.views.kinds import NORMALISATIONS
from kerasviz.views.normalising import normalised
from kerasviz.views.pictures import choose, common, cut, drawn_axes, in_own_layout, option_of, picture
from kerasviz.views.reduce import as_float, drawable
from kerasviz.views.sheet import Along, Drawn, Fact, Sheet, bars, lines, number, sheet
from kerasviz.wire.messages import Domain

__all__ = ["VIEW"]

SCALES = ("each_its_own", "one_for_both")
ALIKE = 16  # ranges that differ by more are drawn on axes of their own
_PARAMETERS = ("gamma", "beta", "scale", "moving_mean", "moving_variance", "mean", "variance")


def _supports(record: Record) -> int:
    return 8 if record.layer.kind in NORMALISATIONS and record.layer.inputs and drawable(record.values) else 0


def _build(record: Record, _start: int, _count: int) -> Panel:
    before = next((each for each in record.around.inputs if drawable(each.values)), None)
    if before is None or before.shape != record.shape:
        return sheet(record, (), notes=("input_not_seen",))
    at, controls = _place(record)
    scale, scaling = choice(record, "range", SCALES)
    figures, parameter = _parameters(record, at)
    slices = [cut(before, at), cut(record, at)]
    domain = common(slices) if scale == SCALES[1] else None
    pictures = [
        picture("before", before, at, title="before", domain=domain, chosen=_chosen(record)),
        picture("after", record, at, title="after", domain=domain, chosen=_chosen(record), pick=record.values.ndim < 3),
    ]
    facts, notes = _facts(record, before)
    return sheet(
        record, [*_distributions(before, record), *pictures, *figures], [*parameter, *controls, scaling],
        facts=[*facts, *_of_unit(record, at)], notes=notes,
    )  # fmt: skip


def _place(record: Record) -> tuple[tuple[int, ...], list[Control]]:
    """Sliders for the unit and for the axes that a picture does not show."""
    rank, drawn = record.values.ndim, drawn_axes(record)
    return choose(record, [axis for axis in range(rank) if axis not in drawn or axis == rank - 1])


def _chosen(record: Record) -> tuple[int, ...]:
    """The unit's column or bar is marked where a picture shows all units."""
    return (record.values.ndim - 1,) if 0 < record.values.ndim < 3 else ()


def _distributions(before: Record, after: Record) -> list[Drawn]:
    """On one axis where the ranges are alike, else each on its own."""
    arrays = {"before": before.values, "after": after.values}
    spans = [
        np.ptp(values[np.isfinite(values)]) if np.isfinite(values).any() else 0
        for values in map(as_float, arrays.values())
    ]
    if max(spans) <= ALIKE * min(spans):
        shares, along = histograms(list(arrays.values()), "value")
        return [_histogram("distribution", shares, along, tuple(arrays))]
    found = []
    for name, values in arrays.items():
        shares, along = histograms([values], "value")
        found.append(_histogram(f"distribution_{name}", shares, along, ("",)))
    return found


def _histogram(name: str, shares: np.ndarray, along: Along, series: Sequence[str]) -> Drawn:
    high = float(shares.max(initial=0.0)) or 1.0
    wide = len(series) > 1
    return lines(name, shares, along, series, title=name, domain=Domain(0, high, signed=False), wide=wide)


def _vectors(record: Record) -> dict[str, np.ndarray]:
    """The weights that have one number for each unit."""
    weights = record.around.weights
    return {name: weights[name] for name in _PARAMETERS if name in weights and weights[name].size == record.num_units}


def _parameters(record: Record, at: Sequence[int]) -> tuple[list[Drawn], list[Control]]:
    vectors = _vectors(record)
    if not vectors or not record.values.ndim:
        return [], []
    name, control = choice(record, "parameter", list(vectors))
    last = record.values.ndim - 1
    along = Along(record.axes[last], pick=option_of(record, last), chosen=at[last])
    return [bars("parameter", vectors[name].reshape(-1), along, title=name, wide=True)], [control]


def _facts(record: Record, before: Record) -> tuple[list[Fact], list[str]]:
    """Mean and deviation of both, and whether the settings and weights give what the layer gave."""
    figures = []
    for name, each in (("before", before), ("after", record)):
        values = as_float(each.values).astype(np.float64)
        finite = values[np.isfinite(values)]
        mean, deviation = (finite.mean(), finite.std()) if finite.size else (np.nan, np.nan)
        figures.append(Fact(f"{name}_mean", f"{number(mean)} ± {number(deviation)}"))
    own = in_own_layout(before)
    found = normalised(record.layer.kind, own, record.around.settings, record.around.weights)
    if found is None:
        return figures, ["not_recomputed"]
    check = compare(found[0], in_own_layout(record), found[1])
    return [*figures, check.fact("recomputed")], [] if check.good else ["does_not_hold"]


def _of_unit(record: Record, at: Sequence[int]) -> list[Fact]:
    """The chosen unit's own numbers, or the layer's where it has one for all."""
    vectors = _vectors(record)
    unit = at[-1] if at else 0
    facts = [Fact(name, number(array.reshape(-1)[unit], 5)) for name, array in vectors.items()]
    settings = record.around.settings
    plain = ("scale", "offset") if record.layer.kind == "Rescaling" else ("epsilon", "groups")
    return facts + [Fact(name, f"{settings[name]}") for name in plain if settings.get(name) is not None]


VIEW = LayerView(Sheet, _supports, _build, aspect="change")
