"""Rules about how the layers hang together, and about numbers that must not be there."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from tests.unit.doctor.ward import found, noise, rules


def test_no_activation_between_two_dense_layers():
    model = keras.Sequential(
        [keras.Input((16,)), layers.Dense(32, name="first"), layers.Dropout(0.2), layers.Dense(4, name="second")]
    )
    finding = found("missing-activation", model, noise(8, 16))
    assert (finding.severity, finding.layer, finding.layers) == ("warning", "first", ("first", "second"))
    assert finding.evidence == {"width_in": 16, "width_between": 32, "width_out": 4, "parameters": 16 * 32 + 32}


def test_no_activation_between_two_convolutions():
    x = keras.Input((8, 8, 3))
    h = layers.BatchNormalization()(layers.Conv2D(12, 3, name="first")(x))
    model = keras.Model(x, layers.Conv2D(6, 3, activation="relu", name="second")(h))
    finding = found("missing-activation", model)
    assert (finding.layer, finding.layers) == ("first", ("first", "second"))
    assert finding.evidence["width_in"] == 3 * 3 * 3


def test_bottlenecks_shortcuts_and_activations_are_no_missing_activation():
    x = keras.Input((16,))
    bent = layers.Dense(16, activation="relu")(x)
    thin = layers.Dense(16, activation="relu")(layers.Dense(2)(bent))  # a factor of low rank
    split = layers.Dense(16)(thin)  # goes two ways
    model = keras.Model(x, layers.Dense(3)(layers.Add()([layers.Activation("tanh")(split), split])))
    assert "missing-activation" not in rules(model)
    pointwise = keras.Sequential(
        [keras.Input((4, 4, 8)), layers.Conv2D(8, 1), layers.BatchNormalization(), layers.Conv2D(24, 1)]
    )
    assert "missing-activation" not in rules(pointwise)


def test_a_model_made_for_one_batch_size_is_judged_by_its_structure():
    x = keras.Input(batch_shape=(4, 6))
    model = keras.Model(x, layers.Dense(3)(layers.Dense(9, name="first")(x)))
    report = kv.diagnose(model, noise(8, 6))
    assert [(each.rule, each.layer) for each in report] == [("missing-activation", "first")]
    assert "batches of exactly 4" in str(report)


class Forgetful(keras.Model):
    def __init__(self):
        super().__init__()
        self.used = layers.Dense(5, activation="relu", name="used")
        self.forgotten = layers.Dense(7, name="forgotten")
        self.drop = layers.Dropout(0.5, name="drop")
        self.last = layers.Dense(2, name="last")
        self.forgotten.build((None, 4))

    def call(self, x):
        return self.last(self.used(x))


class Inner(keras.layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.one = layers.Dense(3, name="one")
        self.two = layers.Dense(3, name="two")

    def build(self, shape):
        self.one.build(shape)
        self.two.build(shape)

    def call(self, x):
        return self.one(x)


def test_layers_that_are_never_called():
    model = Forgetful()
    findings = [f for f in kv.diagnose(model, noise(8, 4)).findings if f.rule == "unused-layers"]
    assert [(f.severity, f.layer) for f in findings] == [("warning", "forgotten"), ("info", "drop")]
    assert findings[0].evidence["parameters"] == 4 * 7 + 7
    assert findings[0].evidence["all_parameters"] == model.count_params()
    before = np.asarray(model(noise(8, 4)))
    model.forgotten.kernel.assign(model.forgotten.kernel + 1)
    assert findings[0].evidence["change_of_the_outputs"] == np.abs(np.asarray(model(noise(8, 4))) - before).max()


def test_a_layer_that_is_never_called_inside_another():
    model = keras.Sequential([keras.Input((4,)), Inner(name="block"), layers.Dense(2)])
    finding = found("unused-layers", model)
    assert (finding.layer, finding.layers) == ("block/two", ("block/two",))
    assert finding.evidence["parameters"] == 4 * 3 + 3


def test_layers_that_are_called_are_not_unused():
    x = keras.Input((6, 4))
    h = layers.TimeDistributed(layers.Dense(3))(layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x))
    model = keras.Model(x, layers.MultiHeadAttention(2, 3)(h, h))
    assert "unused-layers" not in rules(model)


def test_numbers_in_the_weights_that_are_not_finite():
    for build in (lambda: layers.Dense(4, name="broken"), lambda: layers.LSTM(4, name="broken")):
        first = layers.Reshape((2, 3)) if "LSTM" in str(build()) else layers.Dense(6)
        model = keras.Sequential([keras.Input((6,)), first, build(), layers.Dense(2, name="last")])
        variable = model.get_layer("broken").weights[0]
        array = np.array(variable)
        array[0, :3] = np.nan
        variable.assign(array)
        finding = found("non-finite", model, noise(8, 6))
        assert (finding.severity, finding.layer, finding.evidence["count"]) == ("error", "broken", 3)
        assert finding.evidence["size"] == array.size


def test_the_first_layer_and_sample_that_are_not_finite():
    x = keras.Input((3,))
    model = keras.Model(x, layers.Dense(2)(keras.ops.log(layers.Dense(3, name="first")(x))))
    model.get_layer("first").set_weights([np.eye(3), np.zeros(3)])
    data = np.abs(noise(10, 3)) + 0.1
    data[6, 1] = 0  # its logarithm is −∞
    finding = found("non-finite", model, data)
    assert (finding.layer, finding.view["sample"]) == ("log", 6)
    assert (finding.evidence["infinities"], finding.evidence["nans"], finding.evidence["first_sample"]) == (1, 0, 6)


def test_a_model_whose_dtype_overflows_is_not_finite():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="big", dtype="float16"), layers.Dense(2)])
    model.get_layer("big").set_weights([np.full((4, 3), 60000.0), np.zeros(3)])
    finding = found("non-finite", model, np.ones((5, 4)))
    assert (finding.layer, finding.evidence["count"], finding.evidence["infinities"]) == ("big", 15, 3)


def test_inputs_that_are_not_finite_are_named_and_left_out():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, activation="softmax")])
    data = noise(12, 3)
    data[4, 0], data[9, 2] = np.nan, np.inf
    report = kv.diagnose(model, data, np.arange(12) % 2)
    (finding,) = [each for each in report if each.rule == "non-finite"]
    assert (finding.layer, finding.evidence["broken_samples"], finding.evidence["first_sample"]) == ("input", 2, 4)
    assert report.samples == 10
    assert "2 left out" in report.note


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_float16_near_its_end(policy):
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Conv2D(2, 2, name="big", dtype=policy) if policy == "float16" else layers.Identity(),
            layers.Flatten(),
            layers.Dense(3, name="big" if policy != "float16" else "last", dtype=policy),
        ]
    )
    layer = model.get_layer("big")
    layer.set_weights(
        [np.full(layer.kernel.shape, 30000.0 / np.prod(layer.kernel.shape[:-1])), np.ones(layer.bias.shape)]
    )
    if policy == "float16":
        model.get_layer("last").set_weights([np.full((18, 3), 1e-3), np.zeros(3)])
    finding = found("float16-overflow", model, np.ones((5, 4, 4, 1)))
    largest = float(np.abs(output_of_big(model)).max())
    assert (finding.severity, finding.layer) == ("warning", "big")
    assert finding.evidence["maximum"] == pytest.approx(largest)
    assert finding.evidence["share"] == pytest.approx(largest / 65504)


def output_of_big(model):
    part = keras.Model(model.inputs, model.get_layer("big").output)
    return np.asarray(part(np.ones((5, 4, 4, 1))), np.float64)


def test_the_same_numbers_in_float32_are_no_risk():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    model.layers[0].set_weights([np.full((4, 3), 10000.0), np.ones(3)])
    assert "float16-overflow" not in rules(model, np.ones((5, 4)))
