"""LayerCAM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.cam import ClassActivationMap

__all__ = ["LayerCam"]


@dataclass(frozen=True, kw_only=True)
class LayerCam(ClassActivationMap):
    """Where a layer's activations speak for the score: ReLU(Σ_c ReLU(g_c) · A_c), fine enough for early layers.

    Jiang et al. 2021, https://doi.org/10.1109/TIP.2021.3089943. What speaks against the score is left out.
    """

    name = "layer-cam"

    def combine(self, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        total: np.ndarray = (np.maximum(gradients, 0) * activations).sum(axis=-1)
        return total
