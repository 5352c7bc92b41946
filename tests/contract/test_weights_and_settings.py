"""`probe.weights` and `probe.settings`: what a layer is, on every backend."""

import keras
import numpy as np
import pytest

from kerasviz.errors import UnknownNameError
from kerasviz.probes.probe import Probe


@pytest.fixture
def model():
    inputs = keras.Input((4, 6))
    shared = keras.layers.Dense(6, name="shared")
    attention = keras.layers.MultiHeadAttention(2, 3, name="attention")
    x = shared(shared(inputs))
    x = keras.layers.Bidirectional(keras.layers.LSTM(5), name="both")(attention(x, x))
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name="out")(x))


def test_weights_are_the_layers_variables_by_name(model):
    probe = Probe(model)

    out = model.get_layer("out")
    np.testing.assert_array_equal(probe.weights("out")["kernel"], keras.ops.convert_to_numpy(out.kernel))
    np.testing.assert_array_equal(probe.weights(out)["bias"], keras.ops.convert_to_numpy(out.bias))
    assert {"query/kernel", "attention_output/bias"} <= set(probe.weights("attention"))
    assert {name.rpartition("/")[2] for name in probe.weights("both")} == {"kernel", "recurrent_kernel", "bias"}
    assert len(probe.weights("both")) == 6


def test_second_call_has_the_weights_of_the_first(model):
    probe = Probe(model)

    np.testing.assert_array_equal(probe.weights("shared#1")["kernel"], probe.weights("shared")["kernel"])


def test_weights_are_copies_of_this_moment(model):
    probe = Probe(model)
    before = probe.weights("out")["bias"]

    model.get_layer("out").bias.assign([1.0, 2.0])

    np.testing.assert_array_equal(before, [0, 0])
    np.testing.assert_array_equal(probe.weights("out")["bias"], [1, 2])


def test_weights_are_there_after_training(model):
    probe = Probe(model)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(np.ones((8, 4, 6), np.float32), np.zeros(8), verbose=0)

    np.testing.assert_array_equal(probe.weights("out")["bias"], keras.ops.convert_to_numpy(model.get_layer("out").bias))


def test_settings_are_plain_values(model):
    probe = Probe(model)

    assert probe.settings("out")["activation"] == "softmax"
    assert probe.settings("attention")["num_heads"] == 2
    assert probe.settings("both")["layer"]["units"] == 5
    assert probe.settings("both")["layer"]["class_name"] == "LSTM"


def test_custom_layer_without_settings_has_none():
    class Odd(keras.layers.Layer):
        def __init__(self, function):
            super().__init__(name="odd")
            self.function = function

        def call(self, x):
            return self.function(x)

    probe = Probe(keras.Sequential([keras.Input((2,)), Odd(lambda x: 3 * x)]))

    assert probe.settings("odd") == {}
    assert probe.weights("odd") == {}
    with pytest.raises(UnknownNameError):
        probe.weights("even")
