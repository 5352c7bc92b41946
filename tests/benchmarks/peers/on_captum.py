"""captum: hooks on torch modules, which on this backend Keras layers are too.

At home it is with torch's own layers, so the MNIST model gets a twin made of them: there the time beside a Keras model
is mostly what Keras costs per layer. The large models are handed over as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum.attr import IntegratedGradients, LayerActivation, LayerGradCam, NoiseTunnel, Occlusion, Saliency

from tests.benchmarks.peers.target import predicted, window
from tests.benchmarks.peers.torch_twin import module_of, tensor
from tests.benchmarks.works import ACTIVATIONS, GRAD_CAM, OCCLUSION, PATH, SALIENCY, SMOOTHGRAD

if TYPE_CHECKING:
    from tests.benchmarks.models import Case
    from tests.benchmarks.peers import Timed


def activations(case: Case) -> Timed:
    module, layers, _ = module_of(case)
    activation = LayerActivation(module, layers)
    return lambda x: [t.detach().numpy() for t in activation.attribute(tensor(case, x))]


def saliency(case: Case) -> Timed:
    explain, target = Saliency(module_of(case)[0]), predicted(case)
    return lambda x: explain.attribute(tensor(case, x).requires_grad_(), target=target, abs=False).numpy()


def grad_cam(case: Case) -> Timed:
    module, _, convolution = module_of(case)
    explain, target = LayerGradCam(module, convolution), predicted(case)
    return lambda x: explain.attribute(tensor(case, x), target=target, relu_attributions=True).detach().numpy()


def smoothgrad(case: Case) -> Timed:
    explain, target = NoiseTunnel(Saliency(module_of(case)[0])), predicted(case)
    options = {"nt_type": "smoothgrad", "nt_samples": 25, "nt_samples_batch_size": 5, "stdevs": 0.15, "abs": False}
    return lambda x: explain.attribute(tensor(case, x), target=target, **options).detach().numpy()


def integrated_gradients(case: Case) -> Timed:
    explain, target = IntegratedGradients(module_of(case)[0]), predicted(case)
    return lambda x: (
        explain.attribute(tensor(case, x), target=target, n_steps=50, internal_batch_size=10).detach().numpy()
    )


def occlusion(case: Case) -> Timed:
    explain, target, side = Occlusion(module_of(case)[0]), predicted(case), window(case)
    channels = case.x.shape[-1]
    sizes, strides = (side, side, channels), (side // 2, side // 2, channels)
    if case.name == "mnist":
        sizes, strides = (sizes[2], *sizes[:2]), (strides[2], *strides[:2])
    options = {"sliding_window_shapes": sizes, "strides": strides, "perturbations_per_eval": 16}
    return lambda x: explain.attribute(tensor(case, x), target=target, **options).detach().numpy()


TWIN = "MNIST: a twin in plain torch"
WORKS = {
    ACTIVATIONS: (activations, TWIN),
    SALIENCY: (saliency, TWIN),
    GRAD_CAM: (grad_cam, TWIN + "; else takes height for channels"),
    SMOOTHGRAD: (smoothgrad, TWIN),
    PATH: (integrated_gradients, TWIN),
    OCCLUSION: (occlusion, TWIN),
}
