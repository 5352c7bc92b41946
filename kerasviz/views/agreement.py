"""Whether what a view computed equals what the layer computed, as a fact on the screen."""

from __future__ import annotations

import numpy as np

from kerasviz.views.sheet import Fact

__all__ = ["agreement", "eps_of", "number"]

_EPS = {"bfloat16": 2.0**-7, "float8_e4m3fn": 2.0**-3, "float8_e5m2": 2.0**-2}  # NumPy does not know these


def number(value: float, digits: int = 4) -> str:
    """A number as it stands in a text, with a real minus."""
    return f"{value:.{digits}g}".replace("-", "−")


def eps_of(dtype: np.dtype) -> float:
    """The distance from 1 to the next number of this type; 0 for whole numbers."""
    if dtype.name in _EPS:
        return _EPS[dtype.name]
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0


def agreement(computed: np.ndarray, given: np.ndarray, scale: float) -> Fact:
    """The largest difference, and whether it is within 4 · eps · `scale` (the size of what was added up)."""
    if computed.shape != given.shape:
        return Fact("recomputed", f"{computed.shape} ≠ {given.shape}", good=False)
    ours, theirs = computed.astype(np.float64), given.astype(np.float64)
    with np.errstate(invalid="ignore"):
        difference = np.where((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)), 0.0, np.abs(ours - theirs))
    worst = float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0))
    allowed = 4 * eps_of(given.dtype) * scale
    limit = f" (≤ {number(allowed, 2)})" if allowed else ""
    return Fact("recomputed", f"± {number(worst, 2)}{limit}", good=worst <= allowed)
