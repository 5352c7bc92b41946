"""Softmax: logits above, probabilities below, of one place at a time."""

from __future__ import annotations

import numpy as np

from kerasviz.views.base import Panel, Record
from kerasviz.views.checks import compare
from kerasviz.views.kinds import OVER_AN_AXIS
from kerasviz.views.pictures import choose
from kerasviz.views.reduce import as_float
from kerasviz.views.sheet import Along, Fact, bars, number, sheet
from kerasviz.wire.messages import Domain

__all__ = ["is_softmax", "softmax_panel"]

MAX_BARS = 1024


def is_softmax(record: Record) -> bool:
    """Whether it is one, of one axis (several at once are drawn like other activations)."""
    kind, settings = record.layer.kind, record.around.settings
    named = kind in OVER_AN_AXIS or (kind == "Activation" and settings.get("activation") in ("softmax", "log_softmax"))
    return named and record.values.ndim > 0 and _axis(record) is not None


def _axis(record: Record) -> int | None:
    """The axis of the values that adds up to 1; settings count the batch, in the model's own layout."""
    axis, rank = record.around.settings.get("axis", -1), record.values.ndim
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    if not isinstance(axis, int) or not -rank <= axis <= rank or axis == 0:
        return None
    return record.axes.index(record.own_axes[axis % (rank + 1) - 1])


def softmax_panel(record: Record, before: Record) -> Panel:
    """Both as bars, the recomputation as a check."""
    axis = _axis(record)
    assert axis is not None  # noqa: S101 - `is_softmax` was asked
    at, controls = choose(record, [i for i in range(record.values.ndim) if i != axis])
    line = tuple(slice(None) if i == axis else place for i, place in enumerate(at))
    logits, given = (as_float(each.values[line]) for each in (before, record))
    is_log = "og" in str(record.around.settings.get("activation", record.layer.kind))
    along = Along(record.axes[axis])
    domain = None if is_log else Domain(0, 1, signed=False)
    title = "log_probabilities" if is_log else "probabilities"
    figures = [
        bars("logits", logits[:MAX_BARS], along, title="logit", wide=True),
        bars("probabilities", given[:MAX_BARS], along, title=title, domain=domain, wide=True),
    ]
    whole = _softmax(as_float(before.values), axis, is_log=is_log)
    check = compare(whole, record.values, float(np.abs(whole).max(initial=1.0)) * (1 + _largest(before.values)))
    best = int(np.argmax(given)) if given.size else 0
    total = np.exp(given.astype(np.float64)).sum() if is_log else given.sum(dtype=np.float64)
    facts = [
        check.fact("recomputed"),
        Fact("sum", f"{total:.6g}"),
        Fact("largest", f"{best}: {number(given[best], 5)}"),
        Fact("entropy", f"{_entropy(given, is_log=is_log):.4g} bit"),
    ]
    notes = [] if check.good else ["does_not_hold"]
    if logits.size > MAX_BARS:
        notes.append("first_shown")
    return sheet(record, figures, controls, facts=facts, notes=notes)


def _softmax(values: np.ndarray, axis: int, *, is_log: bool) -> np.ndarray:
    with np.errstate(all="ignore"):
        shifted = values.astype(np.float64) - values.max(axis=axis, keepdims=True)
        total = np.exp(shifted).sum(axis=axis, keepdims=True)
        found: np.ndarray = shifted - np.log(total) if is_log else np.exp(shifted) / total
        return found


def _largest(values: np.ndarray) -> float:
    """An exponent's rounding is as large as the exponent."""
    found = as_float(values)
    return float(np.abs(found[np.isfinite(found)]).max(initial=0.0))


def _entropy(given: np.ndarray, *, is_log: bool) -> float:
    shares = np.exp(given.astype(np.float64)) if is_log else given.astype(np.float64)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())
