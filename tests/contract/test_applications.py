"""One architecture of every family in keras.applications, without weights, at the smallest input it takes.

All are listed on torch, where they are built fastest: the graph is Keras's own, whatever computes it. Activations and gradients of all layers are
asked of two of them (of one on JAX, where building a model operation by operation takes up to half a minute).
"""

import keras
import numpy as np
import pytest
from keras import applications, layers

from tests.contract.helpers import BACKEND, by_name, oracle, readable

FAMILIES = {  # a family: its smallest member, and the side of the smallest picture it takes
    "convnext": (applications.ConvNeXtTiny, 32),
    "densenet": (applications.DenseNet121, 32),
    "efficientnet": (applications.EfficientNetB0, 32),
    "efficientnet_v2": (applications.EfficientNetV2B0, 32),
    "inception_resnet_v2": (applications.InceptionResNetV2, 75),
    "inception_v3": (applications.InceptionV3, 75),
    "mobilenet": (applications.MobileNet, 32),
    "mobilenet_v2": (applications.MobileNetV2, 32),
    "mobilenet_v3": (applications.MobileNetV3Small, 32),
    "nasnet": (applications.NASNetMobile, 32),
    "resnet": (applications.ResNet50, 32),
    "resnet_v2": (applications.ResNet50V2, 32),
    "vgg": (applications.VGG16, 32),
    "xception": (applications.Xception, 71),
}
LISTED = {  # Keras builds no NASNet on torch
    "tensorflow": ["mobilenet_v3", "nasnet"],
    "jax": ["mobilenet_v3"],
    "torch": [family for family in FAMILIES if family != "nasnet"],
}[BACKEND]
COMPUTED = ["mobilenet_v3"] if BACKEND == "jax" else ["mobilenet_v3", "convnext"]
DIFFERENTIATED = ["mobilenet_v3"] if BACKEND == "jax" else ["mobilenet_v3", "resnet"]


def small(family):
    make, side = FAMILIES[family]
    options = {"classifier_activation": "softmax", "classes": 10}
    model = make(weights=None, input_shape=(side, side, 3), **options)
    return model, np.random.default_rng(0).uniform(0, 255, (1, side, side, 3)).astype("float32")


def operations(model):
    return [op for op in model.operations if not isinstance(op, layers.InputLayer)]


@pytest.mark.parametrize("family", LISTED)
def test_every_operation_of_the_family_is_listed(family, probing):
    model, _ = small(family)
    info = by_name(probing(model))
    tops = [path for path, one in info.items() if not one.parent]
    assert len(tops) == len(operations(model))
    assert {info[path].name for path in tops} == {op.name for op in operations(model)}
    assert sum(one.is_operation for one in info.values()) == sum(
        not isinstance(op, layers.Layer) for op in operations(model)
    )


@pytest.mark.parametrize("family", COMPUTED)
def test_activations_of_the_family_equal_a_sub_model(family, probing):
    model, x = small(family)
    chosen = operations(model)[:: max(1, len(operations(model)) // 12)]
    expected = oracle(keras.Model(model.inputs, [op.output for op in chosen]), x)
    probe = probing(model)
    answer = probe.activations(x)
    assert list(answer) == readable(probe)
    for op, value in zip(chosen, expected, strict=True):
        np.testing.assert_allclose(answer[op.name], value, rtol=2e-3, atol=2e-4 * max(1e-3, np.abs(value).max()))


@pytest.mark.parametrize("family", DIFFERENTIATED)
def test_gradients_of_the_family_are_finite_and_reach_the_input(family, probing):
    model, x = small(family)
    gradients = probing(model).gradients(x)
    assert gradients.connected["input"]
    assert all(np.isfinite(value).all() for value in gradients.values())
    assert gradients["input"].any()
    # the last layer holds the softmax, and what the logit does not pass through says so
    assert [path for path, connected in gradients.connected.items() if not connected] == ["predictions"]
