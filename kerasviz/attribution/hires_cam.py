"""HiResCAM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import option
from kerasviz.attribution.cam import ClassActivationMap

__all__ = ["HiResCam"]


@dataclass(frozen=True, kw_only=True)
class HiResCam(ClassActivationMap):
    """Where a layer's activations speak for or against the score, each with its own gradient: Σ_c g_c · A_c.

    Draelos & Carin 2020, https://arxiv.org/abs/2011.08891. At the last convolution of a network that ends in one linear
    layer, the map sums to the score less the bias; further down it is a linear guess.
    """

    name = "hires-cam"
    signed = True
    relu: bool = option(False, "Only what speaks for it")

    def combine(self, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        total: np.ndarray = (gradients * activations).sum(axis=-1)
        return total
