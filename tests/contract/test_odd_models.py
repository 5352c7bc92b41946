"""Models that are written in ways nobody foresaw: loops, conditions, defaults, wrappers. Right numbers or a clear note."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasviz import Probe
from tests.contract.helpers import BACKEND, assert_close, by_name, numpy, readable
from tests.models import seeded

X = np.random.default_rng(1).standard_normal((3, 4)).astype("float32")


class PythonLoop(keras.Model):
    """One layer called three times by a for loop."""

    def __init__(self):
        super().__init__()
        self.step = layers.Dense(4, activation="tanh", name="step")

    def call(self, x):
        for _ in range(3):
            x = self.step(x)
        return x


class BackendLoop(layers.Layer):
    """A layer called inside a loop of the backend: tensors recorded there cannot leave it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(4, activation="tanh", name="inner")

    def build(self, input_shape):
        self.inner.build((None, input_shape[-1]))

    def call(self, x):
        return ops.map(lambda row: self.inner(row[None])[0], x)


class Condition(layers.Layer):
    """Layers called inside a branch that the backend chooses."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.left = layers.Dense(4, name="left")
        self.right = layers.Dense(4, name="right")

    def build(self, input_shape):
        self.left.build(input_shape)
        self.right.build(input_shape)

    def call(self, x):
        return ops.cond(ops.sum(x) > 0, lambda: self.left(x), lambda: self.right(x))


class TrainsByDefault(keras.Model):
    """A call whose default is training."""

    def __init__(self):
        super().__init__()
        self.drop = layers.Dropout(0.9, name="drop")
        self.dense = layers.Dense(2, name="dense")

    def call(self, x, training=True):  # noqa: FBT002
        return self.dense(self.drop(x, training=training))


class TwoArguments(layers.Layer):
    """A layer with a second tensor by keyword and a Python option."""

    def call(self, x, scale=None, sign=1):
        return x * sign if scale is None else x * scale * sign


class KeywordCalls(keras.Model):
    def __init__(self):
        super().__init__()
        self.gate = layers.Dense(4, activation="sigmoid", name="gate")
        self.times = TwoArguments(name="times")
        self.dense = layers.Dense(2, name="dense")

    def call(self, x):
        return self.dense(self.times(x, scale=self.gate(x), sign=-1))


def test_every_turn_of_a_python_loop_is_a_call(probing):
    model = PythonLoop()
    model(X)
    seeded(model)
    one = model.step(X)
    answer = probing(model).activations(X)
    assert list(answer) == ["step", "step#1", "step#2"]
    assert_close(answer["step"], one)
    assert_close(answer["step#2"], model(X))


@pytest.mark.parametrize("layer", [BackendLoop, Condition])
def test_a_layer_inside_a_loop_or_branch_of_the_backend_does_no_harm(layer, probing):
    x = keras.Input((4,), name="x")
    model = seeded(keras.Model(x, layers.Dense(2, "softmax", name="answer")(layer(name="odd")(x))))
    probe = probing(model)
    for _ in range(3):
        answer = probe.activations(X)
        assert_close(answer["odd"], model.get_layer("odd")(X))
        assert_close(answer["answer"], model(X))
    assert list(answer) == readable(probe)
    for path in set(answer) - {"odd", "answer"}:  # on torch such a loop is Python's: every step is a call of its own
        assert answer[path].shape[0] == 3 or BACKEND == "torch", f"{path}: one step passed off as all"
    gradients = probe.gradients(X, 1)
    assert gradients["input"].any()
    assert np.isfinite(gradients["input"]).all()


def test_training_is_off_even_where_it_is_the_default(probing):
    model = TrainsByDefault()
    model(X)
    probe = probing(seeded(model))
    assert_close(probe.predict(X), model.dense(X))
    assert_close(probe.activations(X)["drop"], X)


def test_tensors_passed_by_keyword_are_followed(probing):
    model = KeywordCalls()
    model(X)
    probe = probing(seeded(model))
    gate = numpy(model.gate(X))
    assert_close(probe.activations(X)["times"], -X * gate)
    gradients = probe.gradients(X, 0)
    weight = numpy(model.dense.kernel)[:, 0]
    assert_close(gradients["times"], np.tile(weight, (3, 1)))
    assert_close(gradients["gate"], -X * weight)


def test_a_layer_with_several_outputs_inside_time_distributed_is_stacked_by_output(probing):
    a = keras.Input((4,))
    low, high = layers.Lambda(lambda v: (v[:, :1], v[:, 1:] * 2), output_shape=((1,), (3,)), name="split")(a), None
    low, high = low
    step = keras.Model(a, layers.Concatenate(name="join")([high, low]), name="step")
    x = keras.Input((2, 4), name="x")
    model = keras.Model(x, layers.TimeDistributed(step, name="each")(x))
    data = np.stack([X, X + 1], axis=1)
    probe = probing(model)
    answer = probe.activations(data)
    assert_close(answer["each/step/split"], data[..., :1])
    assert_close(answer["each/step/split.1"], data[..., 1:] * 2)
    info = by_name(probe)["each/step/split.1"]
    assert (info.output_index, info.output_shape) == (1, (None, 2, 3))


def test_time_distributed_inside_time_distributed_is_stacked_twice(probing):
    inner = layers.TimeDistributed(layers.Dense(2, name="dense"), name="inner")
    x = keras.Input((2, 3, 4), name="x")
    model = keras.Model(x, layers.TimeDistributed(inner, name="outer")(x))
    data = np.random.default_rng(0).standard_normal((2, 2, 3, 4)).astype("float32")
    expected = model(data)
    answer = probing(model).activations(data)
    assert_close(answer["outer"], expected)
    for path in set(answer) - {"outer"}:
        assert_close(answer[path], expected, name=path)


def test_gradients_inside_time_distributed_are_per_step(probing):
    step = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="dense")], name="step")
    x = keras.Input((3, 4), name="x")
    y = layers.Flatten(name="flat")(layers.TimeDistributed(step, name="each")(x))
    model = seeded(keras.Model(x, layers.Dense(2, name="answer")(y)))
    data = np.random.default_rng(0).standard_normal((2, 3, 4)).astype("float32")
    gradients = probing(model).gradients(data, 1)
    expected = np.tile(numpy(model.get_layer("answer").kernel)[:, 1].reshape(1, 3, 2), (2, 1, 1))
    assert_close(gradients["each"], expected)
    assert_close(gradients["each/step/dense"], expected)


def test_a_wrapped_layer_is_found_in_its_wrapper(probing):
    x = keras.Input((4,), name="x")
    wrapped = layers.SpectralNormalization(layers.Dense(3, name="dense"), name="wrapper")
    model = keras.Model(x, wrapped(x))
    model(X)
    before = model.get_weights()
    answer = probing(model).activations(X)
    assert_close(answer["wrapper"], model(X, training=False))
    assert_close(answer["wrapper/dense"], answer["wrapper"])
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_one_input_may_come_by_its_name_where_keras_takes_it(probing):
    x = keras.Input((4,), name="x")
    model = seeded(keras.Model({"x": x}, layers.Dense(2, name="answer")(x)))
    probe = probing(model)
    assert_close(probe.predict({"x": X}), model({"x": X}))
    gradients = probe.gradients({"x": X}, 0)
    assert gradients.connected["input"]


def test_an_optional_input_may_be_missing(probing):
    x, extra = keras.Input((4,), name="x"), keras.Input((4,), name="extra", optional=True)

    class AddIfThere(layers.Layer):
        def call(self, x, extra=None):
            return x if extra is None else x + extra

        def compute_output_shape(self, x_shape, extra_shape=None):  # noqa: ARG002
            return x_shape

    model = keras.Model({"x": x, "extra": extra}, AddIfThere(name="maybe")(x, extra))
    probe = probing(model)
    assert_close(probe.activations({"x": X, "extra": X})["maybe"], 2 * X)
    assert_close(probe.activations({"x": X, "extra": None})["maybe"], X)


def test_a_model_of_one_operation_and_no_layer_is_looked_into(probing):
    x = keras.Input((4,), name="x")
    probe = probing(keras.Model(x, ops.tanh(x)))
    assert_close(probe.activations(X)["tanh"], np.tanh(X))
    assert_close(probe.gradients(X, 2)["tanh"], np.tile([0, 0, 1, 0], (3, 1)))


def test_an_output_that_is_the_input_has_the_identity_as_gradient(probing):
    x = keras.Input((4,), name="x")
    probe = probing(keras.Model(x, layers.Activation("linear", name="same")(x)))
    assert_close(probe.gradients(X, 2)["input"], np.tile([0, 0, 1, 0], (3, 1)))


def test_an_intermediate_layer_may_also_be_an_output(probing):
    x = keras.Input((4,), name="x")
    h = layers.Dense(3, name="h")(x)
    model = seeded(keras.Model(x, [h, layers.Dense(2, name="answer")(h)]))
    probe = probing(model)
    assert_close(probe.gradients(X, (0, 1))["h"], np.tile([0, 1, 0], (3, 1)))
    assert_close(probe.gradients(X, (1, 0))["h"], np.tile(numpy(model.get_layer("answer").kernel)[:, 0], (3, 1)))


def test_an_output_given_twice_is_given_twice(probing):
    x = keras.Input((4,), name="x")
    h = layers.Dense(3, name="h")(x)
    answer = probing(seeded(keras.Model(x, [h, h]))).predict(X)
    assert_close(answer[0], answer[1])


def test_a_quantised_or_adapted_layer_is_looked_into(probing):
    x = keras.Input((4,), name="x")
    model = seeded(keras.Model(x, layers.Dense(2, name="answer")(layers.Dense(8, "relu", name="h")(x))))
    model.get_layer("h").enable_lora(2)
    probe = probing(model)
    assert_close(probe.activations(X)["answer"], model(X))
    assert np.abs(probe.gradients(X, 0)["input"]).max() > 0


def test_a_very_deep_model_is_looked_into(probing):
    x = keras.Input((4,), name="x")
    y = x
    for depth in range(60):
        y = layers.Rescaling(1.01, name=f"step_{depth}")(y)
    answer = probing(keras.Model(x, y)).activations(X)
    assert len(answer) == 60
    assert_close(answer["step_59"], X * 1.01**60, 1e-4)


@pytest.mark.skipif(BACKEND != "torch", reason="no_grad and inference_mode belong to torch")
def test_gradients_do_not_depend_on_the_callers_grad_mode(probing):
    import torch

    x = keras.Input((4,), name="x")
    model = seeded(keras.Model(x, layers.Dense(2, name="answer")(x)))
    expected = probing(model).gradients(X, 0)["input"]
    for mode in (torch.no_grad(), torch.inference_mode()):
        with mode:
            assert_close(probing(model).gradients(X, 0)["input"], expected)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_casts_of_mixed_precision_do_not_hide_what_feeds_a_layer(policy):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, dtype=policy, name="conv")(inputs)
    x = keras.layers.BatchNormalization(dtype="float32", name="norm")(x)
    x = keras.layers.Dropout(0.5, dtype=policy, name="drop")(x)
    x = keras.layers.Add(dtype="float32", name="sum")([x, x])
    model = keras.Model(inputs, keras.layers.Flatten(dtype=policy, name="flat")(x))
    names = [str(layer.dtype_policy) for layer in model.layers]

    fed_by = {layer.path: layer.inputs for layer in Probe(model).layers}

    assert fed_by == {"conv": ("input",), "norm": ("conv",), "drop": ("norm",), "sum": ("drop",), "flat": ("sum",)}
    axes = {layer.path: layer.axes for layer in Probe(model).layers}
    assert axes["drop"] == ("batch", "height", "width", "channel")
    assert not [policy for layer in model.layers for policy in vars(layer.dtype_policy) if policy == "convert_input"]
    assert names == [str(layer.dtype_policy) for layer in model.layers]


def test_a_build_that_made_no_weights_is_finished_by_the_first_real_input():
    """On JAX, `build` of a class of one's own says it is built and leaves its layers without weights."""

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.unused = layers.Dense(4, name="first"), layers.Dense(2, name="unused")

        def call(self, x):
            return ops.square(self.first(x))

    model = Own()
    model.build((None, 3))
    probe, x = Probe(model), np.ones((2, 3), "float32")
    assert "first" in {layer.path for layer in probe.layers}
    for _ in range(3):
        found = probe.activations(x)["first"]
    kernel, bias = model.first.get_weights()
    np.testing.assert_allclose(found, x @ kernel + bias, rtol=1e-6)
    assert probe.num_traces <= 2
