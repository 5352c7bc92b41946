"""kv.flow: the shares of the outputs that take a number add up to gradient × number."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from tests.contract.arithmetic_oracle import randomised, some_units


def dense_net(last="softmax"):
    inputs = keras.Input((5,))
    hidden = layers.Dense(6, activation="tanh", name="hidden")(inputs)
    return randomised(keras.Model(inputs, layers.Dense(4, activation=last, name="out")(hidden)))


X = np.random.default_rng(0).normal(size=(1, 5)).astype("float32")


@pytest.mark.parametrize("last", ["softmax", "linear"])
def test_shares_add_up_and_each_is_weight_times_slope_times_gradient(last):
    probe = kv.Probe(dense_net(last))
    target = 2 if last == "softmax" else (2,)
    found = kv.flow(probe, X, "input", (3,), target)
    gradients = probe.gradients(X, target)
    kernel = probe.weights("hidden")["kernel"]
    hidden = probe.activations(X)["hidden"][0].astype(np.float64)
    np.testing.assert_allclose(found.total, float(gradients["input"][0, 3]) * X[0, 3], rtol=1e-6)
    assert found.num_outputs == len(found.flows) == 6
    assert found.rest == pytest.approx(0, abs=1e-6)
    for flow in found.flows:
        (unit,) = flow.index
        assert flow.path == "hidden"
        assert flow.weight == kernel[3, unit]
        assert flow.slope == pytest.approx(1 - hidden[unit] ** 2, rel=1e-4)
        assert flow.gradient == pytest.approx(float(gradients["hidden"][0, unit]), rel=1e-6)
        assert flow.share == pytest.approx(X[0, 3] * flow.weight * flow.slope * flow.gradient)
    assert [abs(f.share) for f in found.flows] == sorted((abs(f.share) for f in found.flows), reverse=True)


def test_before_a_fused_softmax_only_the_targets_logit_takes_it():
    probe = kv.Probe(dense_net())
    found = kv.flow(probe, X, "hidden", (1,), 3)
    (only,) = found.flows
    assert (only.path, only.index, only.slope, only.gradient) == ("out", (3,), 1.0, 1.0)
    assert only.weight == probe.weights("out")["kernel"][1, 3]
    np.testing.assert_allclose(found.total, only.share, rtol=1e-5)


def test_one_sigmoid_unit_has_two_sides():
    inputs = keras.Input((5,))
    model = randomised(keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="out")(inputs)))
    for_one, against = (kv.flow(model, X, "input", (0,), side) for side in (1, 0))
    assert for_one.total == pytest.approx(-against.total)
    assert for_one.flows[0].share == pytest.approx(-against.flows[0].share)
    assert for_one.rest == pytest.approx(0, abs=1e-6)


def test_the_number_that_the_score_is_made_of_lies_behind_it():
    found = kv.flow(dense_net(), X, "out", (1,), 1)
    assert found.gradient is None
    assert found.flows == ()


def residual_net():
    x = keras.Input((9, 9, 2))
    h = layers.Conv2D(3, 3, strides=2, padding="same", activation="relu", name="conv")(x)
    a = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(h)
    h = layers.Add(name="add")([a, h])
    h = layers.ReLU(name="relu")(h)
    h = layers.Concatenate(name="both")(
        [layers.MaxPooling2D(2, name="max")(h), layers.AveragePooling2D(2, name="mean")(h)]
    )
    h = layers.Flatten(name="flat")(h)
    return randomised(keras.Model(x, layers.Dense(3, activation="softmax", name="out")(h)))


def test_through_convolutions_branches_and_pooling_nothing_is_lost():
    probe, x = kv.Probe(residual_net()), np.random.default_rng(3).normal(size=(1, 9, 9, 2)).astype("float32")
    gradients = probe.gradients(x, 1)
    shapes = {path: array.shape[1:] for path, array in probe.activations(x).items()} | {"input": (9, 9, 2)}
    seen = 0
    for path in ["input", "conv", "depthwise", "add", "relu", "max", "mean", "both", "flat"]:
        for unit in some_units(shapes[path], 4):
            found = kv.flow(probe, x, path, unit, 1)
            assert found.unknown == ()
            np.testing.assert_allclose(found.total, float(gradients[path][0][unit]) * found.value, rtol=1e-5, atol=1e-7)
            assert sum(flow.share for flow in found.flows) == pytest.approx(found.total, rel=1e-3, abs=1e-5)
            seen += found.total != 0
    assert seen > 20
