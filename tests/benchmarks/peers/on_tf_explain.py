"""tf-explain: one picture (a NumPy grid) per call; the score is the output after its softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tf_explain.core.activations import ExtractActivations
from tf_explain.core.grad_cam import GradCAM
from tf_explain.core.integrated_gradients import IntegratedGradients
from tf_explain.core.smoothgrad import SmoothGrad
from tf_explain.core.vanilla_gradients import VanillaGradients

from tests.benchmarks.peers.target import last_convolution, predicted
from tests.benchmarks.works import ACTIVATIONS, GRAD_CAM, PATH, SALIENCY, SMOOTHGRAD

if TYPE_CHECKING:
    from tests.benchmarks.models import Case
    from tests.benchmarks.peers import Timed


def activations(case: Case) -> Timed:
    layer = last_convolution(case)
    return lambda x: ExtractActivations(batch_size=1).explain((x, None), case.model, [layer])


def saliency(case: Case) -> Timed:
    target = predicted(case)
    return lambda x: VanillaGradients().explain((x, None), case.model, target)


def grad_cam(case: Case) -> Timed:
    target, layer = predicted(case), last_convolution(case)
    return lambda x: GradCAM().explain((x, None), case.model, target, layer, use_guided_grads=False)


def smoothgrad(case: Case) -> Timed:
    target = predicted(case)
    return lambda x: SmoothGrad().explain((x, None), case.model, target, num_samples=25, noise=0.15)


def integrated_gradients(case: Case) -> Timed:
    target = predicted(case)
    return lambda x: IntegratedGradients().explain((x, None), case.model, target, n_steps=50)


WORKS = {
    ACTIVATIONS: (activations, "one layer only: the last convolution"),
    SALIENCY: (saliency, ""),
    GRAD_CAM: (grad_cam, ""),
    SMOOTHGRAD: (smoothgrad, ""),
    PATH: (integrated_gradients, ""),
}
