"""Rules about what comes out and the loss it goes into: each defect planted in two models, the numbers counted again."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.unit.doctor.ward import found, noise, rules

LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def dense(units, activation=None, width=6, **options):
    return keras.Sequential([keras.Input((width,)), layers.Dense(units, activation=activation, name="last", **options)])


def test_logits_into_a_loss_that_expects_probabilities():
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10, name="last")]
    )
    model.compile("adam", loss="sparse_categorical_crossentropy")
    x = np.random.default_rng(0).random((20, 28, 28)).astype("float32")
    finding = found("logits-into-probability-loss", model, x)
    y = model.predict(x, verbose=0)
    assert (finding.severity, finding.layer) == ("error", "last")
    assert finding.evidence["minimum"] == pytest.approx(y.min(), rel=1e-4)
    assert finding.evidence["maximum"] == pytest.approx(y.max(), rel=1e-4)
    assert finding.evidence["share_of_rows_summing_to_one"] == 0
    assert finding.evidence["samples"] == 20
    assert "from_logits=True" in finding.advice
    assert found("logits-into-probability-loss", model).evidence["samples"] == 8  # made inputs will do


def test_logits_of_one_of_two_outputs_into_a_binary_loss():
    x = keras.Input((4,))
    h = layers.Dense(8, activation="relu")(x)
    model = keras.Model(x, {"kind": layers.Dense(1, name="side")(h), "size": layers.Dense(1, name="size")(h)})
    model.compile("adam", loss={"kind": keras.losses.BinaryCrossentropy(), "size": "mse"})
    data = noise(16, 4)
    finding = found("logits-into-probability-loss", model, data)
    assert finding.layer == "side"
    assert finding.evidence["minimum"] == pytest.approx(float(model.predict(data, verbose=0)["kind"].min()), rel=1e-4)
    assert "sigmoid" in finding.advice


@pytest.mark.parametrize("loss", [LOGITS, "mse", None])
def test_logits_where_they_belong_are_no_fault(loss):
    model = dense(3)
    if loss:
        model.compile("adam", loss=loss)
    assert "logits-into-probability-loss" not in rules(model, noise(16, 6))


@pytest.mark.parametrize(
    ("units", "activation", "loss", "limit"),
    [
        (5, "softmax", LOGITS, np.e / (np.e + 4)),
        (1, "sigmoid", keras.losses.BinaryCrossentropy(from_logits=True), 1 / (1 + np.exp(-1))),
    ],
)
def test_probabilities_into_a_loss_that_expects_logits(units, activation, loss, limit):
    model = dense(units, activation)
    model.compile("adam", loss=loss)
    x = noise(16, 6)
    finding = found("probabilities-into-logits-loss", model, x)
    y = model.predict(x, verbose=0)
    again = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True) if units > 1 else 1 / (1 + np.exp(-y))
    # On TensorFlow Keras computes the loss from the logits all the same, and the finding says so.
    right = np.float32(-np.log(y if units > 1 else 1 - y)[:, 0].mean())
    assert model.evaluate(x, np.zeros((16, 1)), verbose=0) == pytest.approx(right, rel=1e-4)
    assert (finding.severity, finding.layer) == ("warning", "last")
    assert "takes the logits back" in finding.message
    assert finding.evidence["largest_output"] == pytest.approx(y.max(), rel=1e-4)
    assert finding.evidence["largest_after_the_loss"] == pytest.approx(again.max(), rel=1e-4)
    assert finding.evidence["largest_possible"] == pytest.approx(limit)
    assert finding.view["sample"] == y.max(axis=1).argmax()


def test_softmax_twice():
    first = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="softmax", name="last"), layers.Softmax()])
    x = keras.Input((6,))
    h = layers.Dropout(0.1)(layers.Dense(4, activation="softmax", name="last")(x))
    second = keras.Model(x, layers.Activation("softmax", name="softmax")(h))
    for model in (first, second):
        data = noise(12, 6)
        finding = found("softmax-twice", model, data)
        y = model.predict(data, verbose=0)
        assert (finding.severity, finding.layer, finding.layers[1]) == ("error", model.layers[-1].name, "last")
        assert finding.evidence["maximum"] == pytest.approx(y.max(), rel=1e-4)
        assert finding.evidence["minimum"] == pytest.approx(y.min(), rel=1e-4)


def test_softmax_over_one_unit():
    second = keras.Sequential([keras.Input((6,)), layers.Dense(1), layers.Softmax(name="last")])
    for model in (dense(1, "softmax"), second):
        finding = found("softmax-over-one-unit", model, noise(12, 6))
        assert (finding.severity, finding.layer) == ("error", "last")
        assert finding.evidence["minimum"] == finding.evidence["maximum"] == 1


def test_sigmoids_where_one_class_is_right():
    by_loss = dense(5, "sigmoid")
    by_loss.compile("adam", loss="categorical_crossentropy")
    by_labels = keras.Sequential(
        [keras.Input((6, 1)), layers.Conv1D(4, 2), layers.Flatten(), layers.Dense(5, activation="sigmoid", name="last")]
    )
    by_labels.compile("adam", loss="binary_crossentropy")
    x, y = noise(40, 6), np.eye(5)[np.arange(40) % 5]
    for model, severity in ((by_loss, "error"), (by_labels, "warning")):
        finding = found("sigmoid-for-exclusive-classes", model, x, y)
        sums = model.predict(x, verbose=0).sum(axis=1)
        assert (finding.severity, finding.layer) == (severity, "last")
        assert finding.evidence["mean_sum"] == pytest.approx(sums.mean(), rel=1e-4)
        assert finding.evidence["largest_sum"] == pytest.approx(sums.max(), rel=1e-4)
        assert finding.view["sample"] == np.abs(sums - 1).argmax()


def test_sigmoids_with_several_right_classes_are_no_fault():
    model = dense(5, "sigmoid")
    model.compile("adam", loss="binary_crossentropy")
    labels = (np.random.default_rng(0).random((40, 5)) < 0.5).astype("float32")
    assert "sigmoid-for-exclusive-classes" not in rules(model, noise(40, 6), labels)


def test_outputs_that_sum_to_something_else():
    relu = dense(4, "relu")
    relu.compile("adam", loss="sparse_categorical_crossentropy")
    halved = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="softmax"), layers.Rescaling(0.5)])
    halved.compile("adam", loss="categorical_crossentropy")
    for model in (relu, halved):
        x = noise(24, 6)
        finding = found("outputs-not-summing-to-one", model, x)
        sums = model.predict(x, verbose=0).sum(axis=1)
        assert (finding.severity, finding.layer) == ("error", model.layers[-1].name)
        assert finding.evidence["share_of_rows"] == np.mean(np.abs(sums - 1) > 0.01)
        assert finding.evidence["smallest_sum"] == pytest.approx(sums.min(), abs=1e-6)
        assert finding.evidence["largest_sum"] == pytest.approx(sums.max(), rel=1e-4)


@pytest.mark.filterwarnings("ignore:The labels run from 1")
def test_labels_that_name_classes_the_model_does_not_have():
    model = dense(4, "softmax")
    finding = found("labels-do-not-fit", model, noise(24, 6), np.arange(24) % 4 + 1)
    assert (finding.severity, finding.layer, finding.view["sample"]) == ("error", "last", 3)
    assert (finding.evidence["outside"], finding.evidence["largest"], finding.evidence["classes"]) == (6, 4, 4)
    assert "labels - 1" in finding.advice
    steps = keras.Sequential([keras.Input((5, 2)), layers.LSTM(3, return_sequences=True), layers.Dense(3, name="tags")])
    steps.compile("adam", LOGITS)
    labels = np.zeros((10, 5), int)
    labels[7, 2] = 9
    finding = found("labels-do-not-fit", steps, noise(10, 5, 2), labels)
    assert (finding.layer, finding.view["sample"], finding.evidence["outside"]) == ("tags", 7, 1)


def test_a_proper_head_has_nothing_to_complain_about():
    softmax, sigmoid = dense(4, "softmax"), dense(1, "sigmoid")
    softmax.compile("adam", loss="sparse_categorical_crossentropy")
    sigmoid.compile("adam", loss="binary_crossentropy")
    assert rules(softmax, noise(24, 6)) == rules(sigmoid, noise(24, 6)) == set()
