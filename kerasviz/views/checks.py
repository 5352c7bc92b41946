"""What is recomputed is compared with what the layer itself gave, and the difference is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.views.reduce import as_float
from kerasviz.views.sheet import Fact

__all__ = ["Difference", "compare", "eps_of"]

_EPS = {"bfloat16": 2.0**-7, "float8_e4m3fn": 2.0**-3, "float8_e5m2": 2.0**-2}  # ml_dtypes: unknown to np.finfo


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference of two arrays, and how large rounding alone may make it."""

    found: float
    allowed: float

    @property
    def good(self) -> bool:
        """Whether rounding explains it."""
        return self.found <= self.allowed

    def fact(self, name: str) -> Fact:
        """The difference as it stands beside a picture."""
        sign = "≤" if self.good else ">"
        return Fact(name, f"max |Δ| {self.found:.2g} {sign} {self.allowed:.2g}", good=self.good)


def compare(recomputed: np.ndarray, given: np.ndarray, scale: float) -> Difference:
    """The difference, allowed up to 4 · eps of the given array's type · `scale` (the size of the sums behind it)."""
    allowed = 4 * eps_of(given.dtype) * scale
    if recomputed.shape != given.shape:
        return Difference(float("inf"), allowed)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(recomputed - as_float(given).astype(np.float64))
    same = (recomputed == given) | (np.isnan(recomputed) & np.isnan(as_float(given)))
    worst = float(np.max(np.where(same, 0.0, apart), initial=0.0))
    return Difference(float("inf") if np.isnan(worst) else worst, allowed)


def eps_of(dtype: np.dtype) -> float:
    """The distance from 1 to the next number of a type; 0 where it counts exactly."""
    return _EPS.get(dtype.name, float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0)
