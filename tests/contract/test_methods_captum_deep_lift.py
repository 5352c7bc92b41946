"""captum's numbers for DeepLIFT: the same weights in a torch module, and the same baselines."""

import keras
import numpy as np
import pytest

import kerasviz as kv

if keras.backend.backend() != "torch":
    pytest.skip("captum explains torch modules", allow_module_level=True)

import torch
from captum import attr

from tests.contract.test_methods_captum import TARGET, assert_parity, first, last
from tests.contract.test_methods_lrp import dense_net
from tests.contract.torch_twins import image_models


@pytest.fixture(scope="module")
def images():
    model, _, x = image_models()
    probe = kv.Probe(model)
    yield probe, x
    probe.close()


def test_deep_lift_through_maximum_pooling(images):
    """No activation right before or after the pooling: there captum 0.9's own delta is far from 0 (ours is not)."""
    _, x = images
    kinds = keras.layers
    model = keras.Sequential(
        [
            keras.Input((9, 9, 2)),
            kinds.Conv2D(4, 3, name="conv"),
            kinds.MaxPooling2D(2),
            kinds.Permute((3, 1, 2)),  # as torch flattens it
            kinds.Flatten(),
            kinds.Dense(6, activation="relu", name="hidden"),
            kinds.Dense(3, name="answer"),
        ]
    )
    rng, nn = np.random.default_rng(8), torch.nn
    model.set_weights([rng.standard_normal(w.shape).astype("float32") / 2 for w in model.get_weights()])
    conv, hidden, answer = nn.Conv2d(2, 4, 3), nn.Linear(36, 6), nn.Linear(6, 3)
    for module, name in ((conv, "conv"), (hidden, "hidden"), (answer, "answer")):
        kernel, bias = model.get_layer(name).get_weights()
        kernel = kernel.transpose((3, 2, 0, 1) if kernel.ndim == 4 else (1, 0))
        module.weight.data, module.bias.data = torch.from_numpy(kernel.copy()), torch.from_numpy(bias)
    twin = nn.Sequential(conv, nn.MaxPool2d(2), nn.Flatten(), hidden, nn.ReLU(), answer)
    base = rng.standard_normal(x.shape).astype("float32")
    theirs, delta = attr.DeepLift(twin).attribute(
        first(x).requires_grad_(), first(base), target=TARGET, return_convergence_delta=True
    )
    assert delta.abs().max() < 1e-4
    assert_parity(kv.attribute(model, x, "deep-lift", target=TARGET, baseline=base).values, last(theirs))


def test_deep_lift_is_complete_where_captum_is_not(images):
    probe, x = images
    base = np.random.default_rng(8).standard_normal(x.shape).astype("float32")
    found = kv.attribute(probe, x, "deep-lift", target=TARGET, baseline=base)
    assert np.abs(found.delta).max() <= 1e-4 * np.abs(found.scores - found.baseline_scores).max()


def dense_twins():
    """(Keras model, torch module, samples)."""
    model, x = dense_net("softmax", bias=True)
    nn = torch.nn
    twin = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 3))
    for mine, layer in zip(twin[::2], [layer for layer in model.layers if layer.weights], strict=True):
        kernel, bias = layer.get_weights()
        mine.weight.data, mine.bias.data = torch.from_numpy(np.ascontiguousarray(kernel.T)), torch.from_numpy(bias)
    return model, twin, x


def test_deep_lift():
    model, twin, x = dense_twins()
    base = np.random.default_rng(4).standard_normal(x.shape).astype("float32")
    theirs = attr.DeepLift(twin).attribute(torch.from_numpy(x), torch.from_numpy(base), target=[2, 0, 1, 1])
    ours = kv.attribute(model, x, "deep-lift", target=[2, 0, 1, 1], baseline=base)
    assert_parity(ours.values, theirs.detach().numpy())


@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_deep_lift_averaged_over_baselines(batch_size):
    """Of the inputs, of a layer, and for one unit."""
    model, twin, x = dense_twins()
    background = np.random.default_rng(4).standard_normal((9, 5)).astype("float32")
    given, target = (torch.from_numpy(x), torch.from_numpy(background)), [2, 0, 1, 1]
    options = {"baseline": "samples", "background": background, "batch_size": batch_size}
    relu = model.layers[3].name

    ours = kv.attribute(model, x, "deep-lift", target=target, **options)
    assert_parity(ours.values, attr.DeepLiftShap(twin).attribute(*given, target=target).detach().numpy())
    assert np.abs(ours.delta).max() <= 1e-5 * np.abs(ours.scores - ours.baseline_scores).max()
    assert_parity(ours.baseline_scores, twin(given[1]).mean(dim=0)[target].detach().numpy())
    theirs = attr.LayerDeepLiftShap(twin, twin[1]).attribute(*given, target=target)
    assert_parity(kv.attribute(model, x, "deep-lift", target=target, layer="tanh", **options).values, last(theirs))
    theirs = attr.NeuronDeepLiftShap(twin, twin[3]).attribute(given[0], 2, given[1])
    assert_parity(kv.attribute(model, x, "deep-lift", target=kv.unit(relu, 2), **options).values, last(theirs))
