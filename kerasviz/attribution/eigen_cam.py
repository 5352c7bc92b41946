"""Eigen-CAM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.cam import ClassActivationMap

__all__ = ["EigenCam"]


@dataclass(frozen=True, kw_only=True)
class EigenCam(ClassActivationMap):
    """What a layer sees most of: its activations along their first principal direction, A · v₁.

    Muhammad & Yeasin 2020, https://arxiv.org/abs/2008.00299. It knows nothing of the score: the same map for every
    target. The direction's sign is chosen so that most of the map is positive.
    """

    name = "eigen-cam"
    needs_gradient = False
    targeted = False

    def combine(self, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        flat = activations.reshape(len(activations), -1, activations.shape[-1]).astype(np.float64)
        _, _, directions = np.linalg.svd(flat, full_matrices=False)
        found = (flat @ directions[:, 0, :, None])[..., 0]
        upright: np.ndarray = found * np.where(found.sum(axis=1, keepdims=True) < 0, -1, 1)
        return upright.reshape(activations.shape[:-1])
