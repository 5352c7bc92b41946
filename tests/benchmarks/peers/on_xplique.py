"""xplique: compiled, once per explainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xplique.attributions import GradCAM, IntegratedGradients, Occlusion, Saliency, SmoothGrad

from tests.benchmarks.peers.target import last_convolution, one_hot, window
from tests.benchmarks.works import GRAD_CAM, OCCLUSION, PATH, SALIENCY, SMOOTHGRAD

if TYPE_CHECKING:
    from tests.benchmarks.models import Case
    from tests.benchmarks.peers import Timed


def saliency(case: Case) -> Timed:
    explain, target = Saliency(case.model, batch_size=1), one_hot(case)
    return lambda x: np.asarray(explain(x, target))


def grad_cam(case: Case) -> Timed:
    explain = GradCAM(case.model, batch_size=1, conv_layer=last_convolution(case))
    target = one_hot(case)
    return lambda x: np.asarray(explain(x, target))


def smoothgrad(case: Case) -> Timed:
    explain, target = SmoothGrad(case.model, batch_size=25, nb_samples=25, noise=0.15), one_hot(case)
    return lambda x: np.asarray(explain(x, target))


def integrated_gradients(case: Case) -> Timed:
    explain, target = IntegratedGradients(case.model, batch_size=50, steps=50), one_hot(case)
    return lambda x: np.asarray(explain(x, target))


def occlusion(case: Case) -> Timed:
    size, target = window(case), one_hot(case)
    explain = Occlusion(case.model, batch_size=32, patch_size=size, patch_stride=size // 2)
    return lambda x: np.asarray(explain(x, target))


WORKS = {
    SALIENCY: (saliency, ""),
    GRAD_CAM: (grad_cam, ""),
    SMOOTHGRAD: (smoothgrad, ""),
    PATH: (integrated_gradients, ""),
    OCCLUSION: (occlusion, ""),
}
