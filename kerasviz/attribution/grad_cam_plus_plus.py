"""Grad-CAM++."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.cam import ClassActivationMap

__all__ = ["GradCamPlusPlus"]


@dataclass(frozen=True, kw_only=True)
class GradCamPlusPlus(ClassActivationMap):
    """Grad-CAM that weights positions, so that several objects count: ReLU(Σ_c A_c · Σ α · ReLU(∂score/∂A_c)).

    Chattopadhay et al. 2018, https://arxiv.org/abs/1710.11063; α = g² / (2 g² + Σ A · g³), as for a score under an
    exponential (whose factor, the same for all channels, is left out). α has no meaning where its divisor is near zero.
    """

    name = "grad-cam-plus-plus"

    def combine(self, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        squared, cubed = gradients**2, gradients**3
        positions = tuple(range(1, activations.ndim - 1))
        divisor = 2 * squared + activations.sum(axis=positions, keepdims=True) * cubed
        alphas = np.divide(squared, divisor, out=np.zeros_like(squared), where=divisor != 0)
        weights = (alphas * np.maximum(gradients, 0)).sum(axis=positions, keepdims=True)
        total: np.ndarray = (weights * activations).sum(axis=-1)
        return total
