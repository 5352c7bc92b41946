"""Scores and targets: closed forms on one dense layer, whose logits are x @ kernel + bias."""

import re

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasviz import Probe
from kerasviz.errors import KerasvizError, TargetError
from tests.contract.helpers import assert_close, dense_softmax, numpy
from tests.models import ZOO, seeded

X = np.random.default_rng(2).standard_normal((3, 4)).astype("float32")


class OwnSoftmax(keras.Model):
    """A subclassed classifier; the softmax is fused or a layer of its own."""

    def __init__(self, fused):
        super().__init__()
        self.dense = layers.Dense(3, activation="softmax" if fused else None, name="dense")
        self.last = None if fused else layers.Softmax(name="last")

    def call(self, x):
        x = self.dense(x)
        return x if self.last is None else self.last(x)


def chosen_by(gradients):
    """The class of every sample."""
    return np.asarray(gradients.target).reshape(-1).tolist()


def separate(last):
    x = keras.Input((4,), name="x")
    return keras.Model(x, last(layers.Dense(3, name="dense")(x)))


def nested_head():
    head = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax", name="dense")], name="head")
    return keras.Sequential([keras.Input((4,), name="x"), layers.Dropout(0.3), head])


CLASSIFIERS = {
    "fused": lambda: dense_softmax()[0],
    "fused function": lambda: dense_softmax(activation=ops.softmax)[0],
    "softmax layer": lambda: separate(layers.Softmax(name="last")),
    "activation layer": lambda: separate(layers.Activation("softmax", name="last")),
    "float32 activation": lambda: separate(layers.Activation("softmax", dtype="float32", name="last")),
    "operation": lambda: separate(ops.softmax),
    "sigmoids fused": lambda: dense_softmax(activation="sigmoid")[0],
    "sigmoids separate": lambda: separate(layers.Activation("sigmoid", name="last")),
    "sigmoid operation": lambda: separate(ops.sigmoid),
    "nested head": nested_head,
    "subclassed fused": lambda: OwnSoftmax(fused=True),
    "subclassed separate": lambda: OwnSoftmax(fused=False),
}


@pytest.fixture(scope="module")
def classifier():
    """classifier(name): a probe of the model with known weights, and its kernel and bias; made once."""
    made = {}

    def get(name):
        if name not in made:
            model, (_, kernel, bias) = CLASSIFIERS[name](), dense_softmax()
            model(X)
            model.set_weights([kernel.astype("float32"), bias.astype("float32")])
            made[name] = Probe(model), kernel, bias
        return made[name]

    yield get
    for probe, *_ in made.values():
        probe.close()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_auto_is_the_logit_before_the_last_softmax_or_sigmoid(name, classifier):
    probe, kernel, bias = classifier(name)
    gradients = probe.gradients(X, 2)
    assert_close(gradients["input"], np.tile(kernel[:, 2], (3, 1)))
    assert_close(gradients.scores, (X @ kernel + bias)[:, 2])
    assert re.search(r"logit|softmax|sigmoid", gradients.score)
    assert re.search(r"'(head/)?(dense|last|softmax|sigmoid)'", gradients.score)
    assert set(chosen_by(gradients)) == {2}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_without_a_target_the_predicted_class_is_explained(name, classifier):
    probe, kernel, bias = classifier(name)
    best = (X @ kernel + bias).argmax(axis=1)
    gradients = probe.gradients(X)
    assert_close(gradients["input"], kernel[:, best].T)
    assert chosen_by(gradients) == best.tolist()


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if "sigmoid" not in name])
def test_output_is_the_derivative_of_the_probability(name, classifier):
    probe, kernel, bias = classifier(name)
    logits = (X @ kernel + bias).astype("float64")
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = p[:, 1:2] * (kernel[:, 1][None] - p @ kernel.T)
    gradients = probe.gradients(X, 1, score="output")
    assert_close(gradients["input"], expected)
    assert_close(gradients.scores, p[:, 1])
    assert not re.search(r"logit|softmax|sigmoid", gradients.score)


def test_the_score_at_the_layer_of_a_fused_softmax_is_that_of_the_output_it_gives(classifier):
    """The tensor after a fused softmax does not lie on the way to the logit: no gradient, and it says so."""
    probe, _, _ = classifier("fused")
    gradients = probe.gradients(X, 1)
    assert not gradients.connected["dense"]
    assert not gradients["dense"].any()
    assert_close(probe.gradients(X, 1, score="output")["dense"], np.tile([0, 1, 0], (3, 1)))


@pytest.mark.parametrize("last", ["fused", "layer", "operation"])
def test_one_sigmoid_unit_has_two_sides(last, probing):
    kernel, bias = np.array([[1.0], [-2.0], [0.5], [3.0]]), np.array([0.1])
    x = keras.Input((4,), name="x")
    y = layers.Dense(1, activation="sigmoid" if last == "fused" else None, name="unit")(x)
    y = {"fused": lambda v: v, "layer": layers.Activation("sigmoid"), "operation": ops.sigmoid}[last](y)
    model = keras.Model(x, y)
    model.set_weights([kernel, bias])
    logit = (X @ kernel + bias)[:, 0]
    assert (logit > 0).any()
    assert (logit < 0).any()
    probe = probing(model)

    plus, minus, seen = (probe.gradients(X, target) for target in (1, 0, None))

    assert_close(plus["input"], np.tile(kernel[:, 0], (3, 1)))
    assert_close(minus["input"], -plus["input"])
    assert_close(plus.scores, logit)
    assert_close(minus.scores, -logit)
    assert_close(seen["input"], np.sign(logit)[:, None] * kernel[:, 0])
    assert_close(seen.scores, np.abs(logit))
    assert chosen_by(seen) == (logit > 0).astype(int).tolist()
    with pytest.raises(TargetError, match="2"):
        probe.gradients(X, 2)


def test_one_sigmoid_unit_scored_by_its_output_gives_the_probability_of_the_side(probing):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid", name="unit")])
    seeded(model)
    p = numpy(model(X))[:, 0]
    slope = (p * (1 - p))[:, None] * numpy(model.layers[0].kernel)[:, 0]
    probe = probing(model)
    assert_close(probe.gradients(X, 1, score="output")["input"], slope)
    assert_close(probe.gradients(X, 0, score="output")["input"], -slope)


def test_regression_is_scored_by_its_output(probing):
    model, kernel, bias = dense_softmax(units=1, activation=None)
    for target in (None, 0):
        gradients = probing(model).gradients(X, target)
        assert_close(gradients["input"], np.tile(kernel[:, 0], (3, 1)))
        assert_close(gradients.scores, (X @ kernel + bias)[:, 0])
        assert not re.search(r"logit|softmax|sigmoid", gradients.score)


def test_an_inner_softmax_is_not_taken_for_the_last_one(probing):
    x = keras.Input((4,), name="x")
    weight = layers.Dense(4, activation="softmax", name="gate")(x)
    model = seeded(keras.Model(x, layers.Dense(3, name="answer")(layers.Multiply(name="gated")([x, weight]))))
    gradients = probing(model).gradients(X, 1)
    assert_close(gradients.scores, numpy(model(X))[:, 1])
    assert gradients.connected["gate"]


@pytest.mark.parametrize("kind", [list, np.array])
def test_every_sample_may_have_its_own_target(kind, classifier):
    probe, kernel, bias = classifier("fused")
    gradients = probe.gradients(X, kind([2, 0, 1]))
    assert_close(gradients["input"], kernel[:, [2, 0, 1]].T)
    assert_close(gradients.scores, (X @ kernel + bias)[range(3), [2, 0, 1]])
    assert chosen_by(gradients) == [2, 0, 1]


def test_numpy_integers_are_targets(classifier):
    probe, kernel, _ = classifier("fused")
    assert_close(probe.gradients(X, np.int64(1))["input"], np.tile(kernel[:, 1], (3, 1)))


@pytest.mark.parametrize("target", [3, -1, 99, [0, 1], [0, 1, 3], "dense", 1.5, (0, 1), np.zeros((3, 3), int)])
def test_a_target_that_does_not_exist_is_refused(target, classifier):
    probe, _, _ = classifier("fused")
    with pytest.raises(TargetError) as caught:
        probe.gradients(X, target)
    assert "3" in str(caught.value)


def test_a_score_that_does_not_exist_is_refused(classifier):
    probe, _, _ = classifier("fused")
    with pytest.raises(KerasvizError, match=r"logits.*auto.*output"):
        probe.gradients(X, 1, score="logits")


@pytest.mark.parametrize(
    ("name", "choices"), [("dicts", ("kind", "size")), ("lists", ("0", "1")), ("tuples", ("0", "1"))]
)
def test_several_outputs_need_a_target_and_the_error_lists_the_choices(name, choices, probing):
    case = ZOO[name]
    with pytest.raises(TargetError) as caught:
        probing(case.build()).gradients(case.inputs())
    assert all(choice in str(caught.value) for choice in choices)


def test_an_output_of_rank_3_needs_a_target_and_the_error_says_its_shape(probing):
    case = ZOO["attention"]
    probe, x = probing(case.build()), case.inputs()
    with pytest.raises(TargetError, match=r"5.*3"):
        probe.gradients(x)
    for wrong in ((5, 0), (0, 3), (0,), 1):
        with pytest.raises(TargetError):
            probe.gradients(x, wrong)
    assert_close(probe.gradients(x, (2, 1)).scores, probe.predict(x)[:, 2, 1])


@pytest.mark.parametrize("name", ["dicts", "subclassed_dicts"])
def test_outputs_in_a_dict_are_chosen_by_name(name, probing):
    case = ZOO[name]
    model, x = case.build(), case.inputs()
    probe = probing(model)
    best = probe.predict(x)["kind"].argmax(axis=1)
    named, chosen = probe.gradients(x, "kind"), probe.gradients(x, ("kind", int(best[0])))
    for path in named:
        assert_close(named[path][:1], chosen[path][:1], name=path)
    assert re.search(r"(logit|softmax).*'kinds?'", chosen.score)
    assert_close(probe.gradients(x, "size").scores, probe.predict(x)["size"][:, 0])
    for wrong in ("sort", ("sort", 0), ("kind", 3), ("kind", 0, 0)):
        with pytest.raises(TargetError, match="kind"):
            probe.gradients(x, wrong)


def test_outputs_in_a_list_are_chosen_by_index(probing):
    case = ZOO["tuples"]
    model, x = case.build(), case.inputs()
    probe, h = probing(model), None
    h = numpy(model.get_layer("h")(x))
    logits = h @ numpy(model.get_layer("two").kernel) + numpy(model.get_layer("two").bias)
    assert_close(probe.gradients(x, (1, 1)).scores, logits[:, 1])
    assert_close(probe.gradients(x, (0, 2)).scores, probe.predict(x)[0][:, 2])
    assert_close(probe.gradients(x, 1).scores, logits.max(axis=1))
    for wrong in ((2, 0), (0, 3), 2):
        with pytest.raises(TargetError):
            probe.gradients(x, wrong)


@pytest.mark.parametrize(
    "function",
    [lambda y: y[:, 0] - 2 * y[:, 1], lambda y: ops.sum(y[:, 0] - 2 * y[:, 1])],
    ids=["one number per sample", "one number"],
)
def test_a_function_of_the_outputs_is_a_target(function, probing):
    model, kernel, _ = dense_softmax(activation=None)
    gradients = probing(model).gradients(X, function)
    assert_close(gradients["input"], np.tile(kernel[:, 0] - 2 * kernel[:, 1], (3, 1)))
    assert_close(gradients["dense"], np.tile([1, -2, 0], (3, 1)))


def test_a_function_gets_the_outputs_in_the_structure_of_the_model(probing):
    case = ZOO["dicts"]
    model, x = case.build(), case.inputs()
    gradients = probing(model).gradients(x, lambda outputs: outputs["kind"][:, 0] * outputs["size"][:, 0])
    answer = probing(model).predict(x)
    assert_close(gradients.scores, answer["kind"][:, 0] * answer["size"][:, 0])
    assert gradients.connected["kind"]
    assert gradients.connected["size"]


def test_a_function_of_another_shape_is_refused(probing):
    model, _, _ = dense_softmax()
    with pytest.raises(TargetError, match="3"):
        probing(model).gradients(X, lambda outputs: outputs)


@pytest.mark.parametrize("batch", [1, 3])
def test_class_ruled_out_by_an_infinite_logit_leaves_the_others_their_gradients(batch, probing):
    head, kernel, bias = dense_softmax(activation=None)
    ruled_out = np.array([0, -np.inf, 0], "float32")
    model = keras.Model(head.inputs, layers.Softmax(name="last")(head.outputs[0] + ruled_out))

    gradients = probing(model).gradients(X[:batch], target=2)

    assert_close(gradients["input"], np.tile(kernel[:, 2], (batch, 1)))
    assert_close(gradients.scores, X[:batch] @ kernel[:, 2] + bias[2])
