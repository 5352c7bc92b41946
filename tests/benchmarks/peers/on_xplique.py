"""xplique: compiled, once per explainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from xplique.attributions import GradCAM, Saliency

from tests.benchmarks.peers.target import last_convolution, one_hot
from tests.benchmarks.works import GRAD_CAM, SALIENCY

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


WORKS = {SALIENCY: (saliency, ""), GRAD_CAM: (grad_cam, "")}
