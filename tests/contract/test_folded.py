"""Normalisation folded into the layer before it gives what the model gives, and is not where somebody could tell."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from kerasviz.probes.folded import Foldable
from tests.contract.helpers import assert_close, numpy
from tests.models import seeded

ROWS = 12
KINDS = {
    "Dense": (layers.Dense, (5,), {"units": 4}),
    "Conv1D": (layers.Conv1D, (9, 3), {"filters": 4, "kernel_size": 3}),
    "Conv2D": (layers.Conv2D, (6, 5, 3), {"filters": 4, "kernel_size": 3, "strides": 2}),
    "Conv3D": (layers.Conv3D, (5, 4, 4, 2), {"filters": 3, "kernel_size": 2}),
    "Conv1DTranspose": (layers.Conv1DTranspose, (4, 3), {"filters": 4, "kernel_size": 3}),
    "Conv2DTranspose": (layers.Conv2DTranspose, (3, 4, 2), {"filters": 3, "kernel_size": 2, "strides": 2}),
    "Conv3DTranspose": (layers.Conv3DTranspose, (3, 2, 2, 2), {"filters": 3, "kernel_size": 2}),
    "DepthwiseConv1D": (layers.DepthwiseConv1D, (9, 3), {"kernel_size": 3, "depth_multiplier": 2}),
    "DepthwiseConv2D": (layers.DepthwiseConv2D, (6, 5, 3), {"kernel_size": 3, "depth_multiplier": 2}),
}


class OwnConv(layers.Conv2D):
    def call(self, x):
        return super().call(x) + 1


class OwnModel(keras.Model):
    """What its layer gives goes to the normalisation, and past it where no layer sees it."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = layers.Conv2D(3, 2, name="conv"), layers.BatchNormalization(name="norm")
        self.last = layers.Dense(2, name="answer")

    def call(self, x):
        y = self.conv(x)
        return self.last(keras.ops.mean(self.norm(y) + y, axis=(1, 2)))


def finished(x, *outputs):
    """A model with numbers in all of its weights, so that no normalisation leaves anything as it was."""
    return with_statistics(seeded(keras.Model(x, list(outputs) if len(outputs) > 1 else outputs[0])))


def with_statistics(model):
    rng = np.random.default_rng(3)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 2, w.shape).astype("float32") for w in layer.get_weights()])
    return model


def answer(y):
    y = layers.ReLU()(y)
    return layers.Dense(3, activation="softmax", name="answer")(layers.Flatten()(y))


def one(kind, **more):
    cls, shape, options = KINDS[kind]
    x = keras.Input(shape)
    return finished(x, answer(layers.BatchNormalization(name="norm")(cls(**options, **more, name="first")(x))))


def image():
    return keras.Input((6, 6, 2))


def conv(x, **more):
    return layers.Conv2D(3, 3, name="conv", **more)(x)


def norm(y, **more):
    return layers.BatchNormalization(name="norm", **more)(y)


def given_away():
    x = image()
    y = conv(x)
    return finished(x, answer(norm(y)), y)


def taken_twice():
    x = image()
    y = conv(x)
    return finished(x, answer(layers.Add()([y, norm(y)])))


def shared():
    x = image()
    layer = layers.Conv2D(2, 3, padding="same", name="conv")
    return finished(x, answer(layers.Add()([norm(layer(x)), layer(x)])))


def chain(after, **more):
    x = image()
    return finished(x, answer(after(conv(x, **more))))


NOT_FOLDED = {
    "an output of the model": given_away,
    "taken by another layer too": taken_twice,
    "called twice": shared,
    "an activation between": lambda: chain(norm, activation="tanh"),
    "another axis": lambda: chain(lambda y: norm(y, axis=1)),
    "a layer of one's own": lambda: finished(x := image(), answer(norm(OwnConv(3, 3, name="conv")(x)))),
    "a model of one's own": OwnModel,
    "another dtype inside": lambda: chain(norm, dtype="mixed_bfloat16"),
}


def points(model, rows=ROWS):
    shape = (6, 6, 2) if isinstance(model, OwnModel) else model.input_shape[1:]
    return np.random.default_rng(1).standard_normal((rows, *shape)).astype("float32")


def asked(question, x, **more):
    return question.at(np.zeros(len(x), int), {"input": x}, gradients=("input",), **more)


def both(probe, x, target=1, **more):
    """Folded and not: the answers, and how many pairs were folded."""
    folding, plain = probe.question(x[:1], target), probe.question(x[:1], target)
    plain._discovery = replace(plain._discovery, foldable=Foldable())
    count = len(folding._discovery.foldable.without(more.get("keep", ())).pairs)
    return asked(folding, x, **more), asked(plain, x, **more), count, folding


def odds(model, x):
    """exp of the logit of class 1, over that of the first sample, by the model alone."""
    *_, hidden = [y := x, *[y := layer(y) for layer in model.layers[1:-1]]]
    kernel, bias = model.layers[-1].get_weights()
    logits = (numpy(hidden) @ kernel + bias)[:, 1]
    return np.exp(logits - logits[0])


def assert_same(found, expected, tolerance=2e-5):
    assert_close(found.scores, expected.scores, tolerance)
    assert_close(found.gradients["input"], expected.gradients["input"], tolerance)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_and_its_normalisation_run_as_one_and_give_what_the_model_gives(kind, use_bias, probing):
    model = one(kind, use_bias=use_bias)
    probe, x = probing(model), points(model)
    found, expected, count, question = both(probe, x)
    assert count == 1
    assert_same(found, expected)
    assert_close(np.exp(found.scores - found.scores[0]), odds(model, x), 1e-4)
    asked(question, x)  # now the class is known
    traces = question._runner.num_traces
    model.set_weights([w * 1.5 for w in model.get_weights()])  # followed without a new trace
    changed = asked(question, x)
    assert question._runner.num_traces == traces
    assert_same(changed, both(probe, x)[1])
    assert np.abs(changed.scores - found.scores).max() > 1e-3


@pytest.mark.parametrize("case", NOT_FOLDED)
def test_it_is_left_alone_where_somebody_could_tell(case, probing):
    model = NOT_FOLDED[case]()
    x = points(model)
    if not model.built:
        model(x)
        with_statistics(model)
    target = (0, 1) if case == "an output of the model" else 1
    found, expected, count, _ = both(probing(model), x, target)
    assert count == 0
    assert_same(found, expected)


def test_a_normalisation_that_trains_by_its_own_call_is_asked_as_the_model_is(probing):
    x = image()
    model = finished(x, answer(layers.BatchNormalization(name="norm")(conv(x), training=True)))
    given = points(model)
    found, expected, _, _ = both(probing(model), given)
    assert_same(found, expected)
    assert_close(np.exp(found.scores - found.scores[0]), odds(model, given), 1e-4)


def test_what_is_looked_at_is_what_the_model_computes(probing):
    model = one("Conv2D")
    probe, x = probing(model), points(model)
    for path, count in (("first", 0), ("norm", 1)):
        found, expected, folded, _ = both(probe, x, keep=(path,))
        assert folded == count
        assert_same(found, expected)
        assert_close(found.activations[path], probe.activations(x)[path], 2e-5)


def test_models_inside_models_are_folded_too(probing):
    x = image()
    inner = keras.Model(x, norm(conv(x)), name="inner")
    outer = image()
    model = finished(outer, answer(inner(outer)))
    found, expected, count, _ = both(probing(model), points(model))
    assert count == 1
    assert_same(found, expected)
    assert both(probing(model), points(model), keep=("inner",))[2] == 0
