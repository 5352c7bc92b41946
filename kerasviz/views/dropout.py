"""What a dropout or noise layer would do in training: nothing of it happens now, so one example draw is applied."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kerasviz.views.base import LayerView, Panel, Record
from kerasviz.views.controls import place
from kerasviz.views.kinds import NOISES
from kerasviz.views.pictures import choose, common, cut, drawn_axes, in_own_layout, picture
from kerasviz.views.reduce import as_float, drawable
from kerasviz.views.sheet import Fact, Sheet, sheet
from kerasviz.wire.messages import Domain

__all__ = ["VIEW", "Draw", "draw"]

DRAWS = 32
_ALPHA = -1.6732632423543772 * 1.0507009873554805  # where SELU ends on the left


@dataclass(frozen=True, slots=True)
class Draw:
    """One example: `mask` is 1 where a value is kept (or the noise itself), `result` what training would pass on."""

    mask: np.ndarray
    result: np.ndarray
    drops: bool


def draw(kind: str, values: np.ndarray, settings: Mapping[str, Any], seed: int) -> Draw | None:
    """What the layer would do to one sample in its own layout; None where its settings are not understood."""
    random = np.random.default_rng(seed)
    values = as_float(values)
    if kind == "GaussianNoise":
        noise = random.normal(0.0, _number(settings, "stddev"), values.shape)
        return Draw(noise, values + noise, drops=False)
    rate = _number(settings, "rate")
    if not 0 <= rate < 1:
        return None
    if kind == "GaussianDropout":
        noise = random.normal(1.0, math.sqrt(rate / (1 - rate)), values.shape)
        return Draw(noise, values * noise, drops=False)
    shape = _noise_shape(kind, values.shape, settings)
    if shape is None:
        return None
    kept = np.broadcast_to(random.random(shape) >= rate, values.shape)
    if kind == "AlphaDropout":
        factor = ((1 - rate) * (1 + rate * _ALPHA**2)) ** -0.5
        result = factor * np.where(kept, values, _ALPHA) - factor * _ALPHA * rate
    else:
        result = np.where(kept, values / (1 - rate), 0)
    return Draw(kept.astype(np.float32), result, drops=True)


def _number(settings: Mapping[str, Any], name: str) -> float:
    value = settings.get(name)
    return float(value) if isinstance(value, int | float) else math.nan


def _noise_shape(kind: str, shape: tuple[int, ...], settings: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Which axes are drawn for themselves; along those of length 1 all cells share one fate."""
    if kind.startswith("Spatial"):
        channel = 0 if settings.get("data_format") == "channels_first" else len(shape) - 1
        return tuple(length if axis == channel else 1 for axis, length in enumerate(shape))
    wanted = settings.get("noise_shape")
    if wanted is None:
        return shape
    if not isinstance(wanted, tuple) or len(wanted) != len(shape) + 1:
        return None
    found = tuple(length if want is None else want for want, length in zip(wanted[1:], shape, strict=True))
    return found if all(f in (1, length) for f, length in zip(found, shape, strict=True)) else None


def _supports(record: Record) -> int:
    return 8 if record.layer.kind in NOISES and drawable(record.values) else 0


def _build(record: Record, _start: int, _count: int) -> Panel:
    seed, drawing = place(record, "draw", DRAWS)
    found = draw(record.layer.kind, in_own_layout(record), record.around.settings, seed)
    if found is None:
        return sheet(record, (), notes=("draw_unknown",))
    rank, drawn = record.values.ndim, drawn_axes(record)
    at, controls = choose(record, [axis for axis in range(rank) if axis not in drawn])
    mask, result = (_like(record, array) for array in (found.mask, found.result))
    scale = common([cut(record, at), cut(result, at)])
    shown = Domain(0, 1, signed=False) if found.drops else None
    figures = [
        picture("now", record, at, title="passed_on_now", domain=scale),
        picture("mask", mask, at, title="kept_cells" if found.drops else "noise", domain=shown),
        picture("training", result, at, title="in_training", domain=scale),
    ]
    return sheet(record, figures, [drawing, *controls], facts=_facts(record, found), notes=("only_in_training",))


def _like(record: Record, own: np.ndarray) -> Record:
    """An array in the model's layout as a record's values."""
    values = own.transpose([record.own_axes.index(name) for name in record.axes])
    return replace(record, values=values.astype(np.float32))


def _facts(record: Record, found: Draw) -> list[Fact]:
    settings = record.around.settings
    facts = [Fact(name, f"{settings[name]}") for name in ("rate", "stddev") if name in settings]
    if found.drops:
        facts.append(Fact("expected_dropped", f"{_number(settings, 'rate'):.1%}"))
        facts.append(Fact("dropped_here", f"{np.mean(found.mask == 0):.1%}"))
    else:
        facts.append(Fact("deviation_here", f"{found.mask.std():.4g}"))
    before = next((each for each in record.around.inputs if each.shape == record.shape), None)
    if before is not None:
        same = bool(np.array_equal(as_float(before.values), as_float(record.values), equal_nan=True))
        facts.append(Fact("now_unchanged", "" if same else "≠", good=same))
    return facts


VIEW = LayerView(Sheet, _supports, _build, aspect="training")
