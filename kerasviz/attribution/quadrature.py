"""Where on the way from 0 to 1 an integral is sampled, and with what weights."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

__all__ = ["RULES", "Rule", "quadrature", "spread"]

Rule = Literal["gauss-legendre", "riemann-left", "riemann-right", "riemann-middle", "riemann-trapezoid"]
RULES: tuple[Rule, ...] = ("gauss-legendre", "riemann-left", "riemann-right", "riemann-middle", "riemann-trapezoid")


_GOLDEN = (np.sqrt(5) - 1) / 2


def spread(count: int) -> np.ndarray:
    """0 … count - 1 in an order in which every beginning lies evenly between the ends."""
    order: np.ndarray = np.argsort(np.argsort(np.arange(1, count + 1) * _GOLDEN % 1))
    return order


@lru_cache(maxsize=8)
def quadrature(rule: Rule, num_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and weights, each (num_steps,); the weights sum to 1."""
    if rule == "gauss-legendre":
        places, weights = np.polynomial.legendre.leggauss(num_steps)
        return (1 + places) / 2, weights / 2
    weights = np.full(num_steps, 1 / num_steps)
    steps = np.arange(num_steps)
    if rule == "riemann-left":
        return steps / num_steps, weights
    if rule == "riemann-right":
        return (steps + 1) / num_steps, weights
    if rule == "riemann-middle" or num_steps == 1:
        return (steps + 0.5) / num_steps, weights
    weights = np.full(num_steps, 1 / (num_steps - 1))
    weights[[0, -1]] /= 2
    return np.linspace(0, 1, num_steps), weights
