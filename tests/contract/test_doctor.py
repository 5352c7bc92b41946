"""The doctor on each backend: activations, gradients, other weights, the run as in training; and nothing changes."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv


@pytest.fixture(scope="module")
def sick():
    """One model with many defects: dead and copied channels, a flat sigmoid stack, an unused input, dropout on the answer."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    a, b = keras.Input((6, 6, 2), name="a"), keras.Input((3,), name="b")
    h = layers.Conv2D(8, 3, activation="relu", name="conv")(a)
    h = layers.BatchNormalization(name="norm")(h)
    h = layers.Flatten()(h)
    for i in range(10):
        h = layers.Dense(8, activation="sigmoid", name=f"flat_{i}")(h)
    h = layers.Concatenate()([h, layers.Rescaling(0.0)(layers.Dense(2, name="lost")(b))])
    h = layers.Dense(3, name="answer")(h)
    model = keras.Model([a, b], layers.Dropout(0.5, name="drop")(h))
    for layer in model.layers:
        for variable in layer.weights:
            if variable.name == "bias":
                variable.assign(rng.normal(size=variable.shape) * 0.01)
    conv = model.get_layer("conv")
    kernel, bias = rng.normal(0, 0.25, conv.kernel.shape), rng.normal(0, 0.01, 8)  # the same on every backend
    kernel[..., 1], bias[1] = kernel[..., 0], bias[0]
    bias[4:] = -99
    conv.kernel.assign(kernel)
    conv.bias.assign(bias)
    model.get_layer("norm").set_weights([np.ones(8), np.zeros(8), np.full(8, 50.0), np.full(8, 400.0)])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_the_same_findings_on_every_backend_and_nothing_changes(sick):
    rng = np.random.default_rng(1)
    x, y = [rng.random((40, 6, 6, 2)).astype("float32"), rng.random((40, 3)).astype("float32")], np.arange(40) % 3
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in sick.variables]
    report = kv.diagnose(sick, x, y)
    found = {each.rule: each for each in report}
    constant = found.pop("constant-channels")  # which layer is the first depends on the last digit
    assert "rescaling" in constant.layers
    assert {rule: found[rule].layer for rule in found if found[rule].severity != "info"} == {
        "logits-into-probability-loss": "answer",
        "ignored-input": "input:b",
        "input-range": "norm",
        "dropout-differences": "drop",
        "dead-relus": "conv",
        "duplicate-channels": "conv",
        "vanishing-gradients": "conv",
        "one-class-predicted": "drop",
    }
    activations = kv.Probe(sick).activations(x)
    assert found["dead-relus"].evidence["dead"] == (activations["conv"] == 0).all(axis=(0, 1, 2)).sum() == 4
    assert (found["duplicate-channels"].evidence["copy"], found["duplicate-channels"].evidence["original"]) == (1, 0)
    gradients = kv.Probe(sick).gradients([each[:32] for each in x])
    norms = np.linalg.norm(gradients["conv"].reshape(32, -1), axis=1)
    assert found["vanishing-gradients"].evidence["gradient"] == pytest.approx(np.median(norms), rel=1e-3)
    assert found["dropout-differences"].evidence["relative_change_in_training"] > 0.2
    after = [keras.ops.convert_to_numpy(variable) for variable in sick.variables]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert [each.evidence for each in kv.diagnose(sick, x, y)] == [each.evidence for each in report]


class Forgetful(keras.Model):
    """Never calls one of its layers."""

    def __init__(self):
        super().__init__()
        self.used, self.forgotten = (
            layers.Dense(4, activation="softmax", name="used"),
            layers.Dense(5, name="forgotten"),
        )
        self.forgotten.build((None, 7))

    def call(self, x):
        return self.used(x)


def test_a_model_of_ones_own_with_a_layer_that_is_never_called():
    model = Forgetful()
    x = np.random.default_rng(0).normal(size=(24, 7)).astype("float32")
    (finding,) = [each for each in kv.diagnose(model, x, np.arange(24) % 4) if each.rule == "unused-layers"]
    assert (finding.layer, finding.evidence["parameters"]) == ("forgotten", 40)


def test_a_run_as_in_training_is_repeatable_and_draws_nothing_of_the_users(backend):
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(3)]
    )
    x = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
    question = kv.Probe(model).question(x, 0)
    states = [np.array(keras.ops.convert_to_numpy(variable)) for variable in model.variables]
    generator = _torch_state() if backend == "torch" else None
    (first,), paths = question.in_training()
    (second,), _ = question.in_training()
    assert np.array_equal(first, second)
    assert {path.rstrip("_0123456789") for path in paths} == {"dense", "batch_normalization", "dropout"}
    assert all(np.array_equal(a, keras.ops.convert_to_numpy(b)) for a, b in zip(states, model.variables, strict=True))
    assert generator == (_torch_state() if backend == "torch" else None)
    assert np.abs(first - model.predict(x, verbose=0)).max() > 0.01  # on torch, predict itself draws


def _torch_state():
    import torch

    return torch.get_rng_state().tolist()
