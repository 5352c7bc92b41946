"""tf-keras-vis: eager, on a clone of the model whose last activation is linear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.saliency import Saliency
from tf_keras_vis.scorecam import Scorecam
from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
from tf_keras_vis.utils.scores import CategoricalScore

from tests.benchmarks.peers.target import last_convolution, predicted
from tests.benchmarks.works import CHANNELS, GRAD_CAM, SALIENCY, SCORE_CAM, SMOOTHGRAD

if TYPE_CHECKING:
    from tests.benchmarks.models import Case
    from tests.benchmarks.peers import Timed


def saliency(case: Case) -> Timed:
    explain, score = Saliency(case.model, ReplaceToLinear()), CategoricalScore([predicted(case)])
    return lambda x: explain(score, x)


def grad_cam(case: Case) -> Timed:
    explain, score, layer = (
        Gradcam(case.model, ReplaceToLinear()),
        CategoricalScore([predicted(case)]),
        last_convolution(case),
    )
    return lambda x: explain(score, x, penultimate_layer=layer, expand_cam=False)


def smoothgrad(case: Case) -> Timed:
    explain, score = Saliency(case.model, ReplaceToLinear()), CategoricalScore([predicted(case)])
    return lambda x: explain(score, x, smooth_samples=25, smooth_noise=0.15)


def score_cam(case: Case) -> Timed:
    explain, score, layer = Scorecam(case.model), CategoricalScore([predicted(case)]), last_convolution(case)
    return lambda x: explain(score, x, penultimate_layer=layer, max_N=CHANNELS, expand_cam=False)


WORKS = {
    SALIENCY: (saliency, ""),
    GRAD_CAM: (grad_cam, ""),
    SMOOTHGRAD: (smoothgrad, ""),
    SCORE_CAM: (score_cam, ""),
}
