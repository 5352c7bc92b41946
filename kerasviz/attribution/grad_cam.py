"""Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.cam import ClassActivationMap

__all__ = ["GradCam"]


@dataclass(frozen=True, kw_only=True)
class GradCam(ClassActivationMap):
    """Where a layer's channels speak for the score: ReLU(Σ_c mean gradient of channel c · activation of channel c).

    Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391. One weight for a whole channel: a channel that speaks for the
    score here and against it there is averaged away, so the map can point where nothing was used (see 'hires-cam').
    """

    name = "grad-cam"

    def combine(self, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        shape = activations.shape
        maps = activations.reshape(shape[0], -1, shape[-1])
        count = maps.shape[1]
        share = np.full(count, 1 / count, np.float32)
        weights = share @ gradients.reshape(maps.shape)  # their mean, one number a channel
        total: np.ndarray = (maps @ weights[..., None]).reshape(shape[:-1])
        return total
