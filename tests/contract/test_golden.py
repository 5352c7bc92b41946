"""The same golden numbers on every backend: written by NumPy (numpy_nets.py), not by one of the backends.

Tolerance: activations 1e-5 and gradients 3e-5, relative to the largest number of the array; float32 rounding through up
to six layers was measured at a third of that.
"""

import json

import keras
import numpy as np
import pytest
from keras import layers

from tests.contract.helpers import assert_close
from tests.contract.numpy_nets import EPSILON, GOLDEN, NETS, golden, numbers

ACTIVATIONS, GRADIENTS = 1e-5, 3e-5


def dense(x):
    h = layers.Dense(4, "tanh", name="hidden")(x)
    h = layers.Dense(4, "gelu", name="gelu")(h)
    return layers.Dense(3, "softmax", name="answer")(h)


def conv(x):
    h = layers.Conv2D(3, 3, strides=2, padding="same", name="conv")(x)
    h = layers.BatchNormalization(epsilon=EPSILON, name="norm")(h)
    h = layers.ReLU(name="relu")(h)
    h = layers.Add(name="residual")([h, layers.Conv2D(3, 3, padding="same", name="second")(h)])
    return layers.Dense(3, "softmax", name="answer")(layers.GlobalAveragePooling2D(name="mean")(h))


def lstm(x):
    h = layers.LSTM(4, return_sequences=True, name="lstm")(x)
    return layers.Dense(1, "sigmoid", name="answer")(layers.GlobalAveragePooling1D(name="mean")(h))


def gru(x):
    return layers.Dense(2, name="answer")(layers.GRU(4, name="gru")(x))


def attention(x):
    h = layers.Add(name="add")([layers.MultiHeadAttention(2, 3, name="attention")(x, x), x])
    h = layers.LayerNormalization(epsilon=EPSILON, name="norm")(h)
    return layers.Dense(3, "softmax", name="answer")(layers.GlobalMaxPooling1D(name="max")(h))


KERAS = {"dense": dense, "conv": conv, "lstm": lstm, "gru": gru, "attention": attention}


def same_net(name):
    x, weights = numbers(name)
    inputs = keras.Input(x.shape[1:], name="x")
    model = keras.Model(inputs, KERAS[name](inputs))
    model.set_weights(weights)
    return model, x


@pytest.fixture(scope="module")
def table():
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NETS)
def test_activations_are_the_golden_numbers(name, table, probing):
    model, x = same_net(name)
    answer = probing(model).activations(x)
    expected = table[name]["activations"]
    for path in expected.keys() - {"input", "logits"}:
        assert_close(answer[path], np.array(expected[path]), ACTIVATIONS, path)


@pytest.mark.parametrize("name", NETS)
def test_gradients_are_the_golden_numbers(name, table, probing):
    model, x = same_net(name)
    target = 1 if name == "lstm" else 0  # one sigmoid unit: 1 is the logit
    gradients = probing(model).gradients(x, target)
    assert_close(gradients.scores, np.array(table[name]["activations"]["logits"])[:, 0], ACTIVATIONS)
    for path, expected in table[name]["gradients"].items():
        assert_close(gradients[path], np.array(expected), GRADIENTS, path)


def test_the_golden_file_is_what_numpy_computes(table):
    fresh = golden()
    for name, parts in table.items():
        for part, arrays in parts.items():
            for path, values in arrays.items():
                np.testing.assert_allclose(values, fresh[name][part][path], rtol=1e-6, atol=1e-8)
