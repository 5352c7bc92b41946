"""kv.arithmetic: the sum behind one unit equals what the model computed, and a rule that cheats is caught."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.rules import RULES
from kerasviz.rules.dense import RULE
from kerasviz.rules.rule import Rule, Sum
from tests.contract.arithmetic_oracle import check, randomised, single, some_units
from tests.contract.helpers import BACKEND, wide_numbers

ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0.0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4)])
def test_a_dense_unit_is_the_sum_of_its_terms(dtype, activation, shape):
    layer = keras.layers.Dense(4, activation=activation, dtype=dtype)
    rounded = "float32" if dtype == "float64" and BACKEND == "torch" else None  # so does Keras
    follows = ACTIVATIONS[activation]
    with wide_numbers():
        probe, x = single(layer, shape)
        for unit in some_units((*shape[:-1], 4), 3):
            found = check(probe, x, layer, unit, activation=follows, linear=activation == "linear", rounded=rounded)
            assert len(found.terms) == shape[-1]


def test_a_fused_softmax_follows_the_whole_row():
    layer = keras.layers.Dense(5, activation="softmax")
    probe, x = single(layer, (6,))
    kernel, bias = (probe.weights(layer)[name].astype(np.float64) for name in ("kernel", "bias"))
    logits = x[0].astype(np.float64) @ kernel + bias
    for unit in range(5):
        found = check(
            probe, x, layer, (unit,), linear=False,
            activation=lambda _, unit=unit: np.exp(logits[unit]) / np.exp(logits).sum(),
        )  # fmt: skip
        assert found.activation == "softmax"
        np.testing.assert_allclose(found.total, logits[unit], rtol=1e-12)


def test_a_rule_that_returns_the_models_value_as_its_total_is_caught(monkeypatch):
    def cheat(job):
        return Sum([job.input().one((0,), 0.0)], bias=float(job.output[job.unit]))

    layer = keras.layers.Dense(4, use_bias=False)
    probe, x = single(layer, (7,))
    monkeypatch.setitem(RULES._objects, "dense", Rule("dense", frozenset({"Dense"}), cheat))
    with pytest.raises(AssertionError):
        assert len(check(probe, x, layer, (1,)).terms) == 7
    assert RULE.name == "dense"


def test_a_wrong_weight_is_seen_in_the_difference(monkeypatch):
    def wrong(job):
        found = RULE.explain(job)
        (block,) = found.blocks
        return Sum([job.input().block(block.index, block.weights[::-1])], found.bias)

    layer = keras.layers.Dense(4)
    probe, x = single(layer, (7,))
    monkeypatch.setitem(RULES._objects, "dense", Rule("dense", frozenset({"Dense"}), wrong))
    assert kv.arithmetic(probe, x, layer, (1,)).agrees is False


def test_a_channel_stands_for_its_strongest_place_and_a_wrong_unit_is_an_error():
    layer = keras.layers.Dense(4)
    probe, x = single(layer, (3, 5))
    output = probe.activations(x)[probe.output_of(layer)][0]
    assert kv.arithmetic(probe, x, layer, 2).unit == (int(np.argmax(np.abs(output[:, 2]))), 2)
    assert kv.arithmetic(probe, x, layer, (-1, -1)).unit == (2, 3)
    for unit in [4, (3, 0), (0,), (0, 0, 0)]:
        with pytest.raises(kv.InputError, match="one index for each axis"):
            kv.arithmetic(probe, x, layer, unit)


def test_two_samples_are_refused():
    layer = keras.layers.Dense(4)
    probe, x = single(layer, (5,))
    with pytest.raises(kv.InputError, match="2 samples"):
        kv.arithmetic(probe, np.concatenate([x, x]), layer, 0)


def test_code_that_nobody_can_see_into_has_no_rule_and_says_why():
    class Dense(keras.layers.Dense):
        def call(self, x):
            return super().call(x) * 2

    for layer, reason in [(keras.layers.Lambda(lambda x: x * 2), "Lambda"), (Dense(3), "its own|of its|class of")]:
        probe, x = single(layer, (5,))
        with pytest.raises(kv.NoRuleError, match=reason):
            kv.arithmetic(probe, x, layer, 0)


def test_nested_models_and_loops_are_walked_through():
    inner = keras.Sequential([keras.layers.Dense(3, activation="relu"), keras.layers.Dense(2)], name="inner")
    inputs = keras.Input((4, 5))
    model = randomised(keras.Model(inputs, keras.layers.TimeDistributed(inner, name="steps")(inputs)))
    probe, x = kv.Probe(model), np.random.default_rng(0).normal(size=(1, 4, 5)).astype("float32")
    first, second = (layer.path for layer in probe.layers if layer.kind == "Dense")
    found = check(probe, x, first, (2, 1), activation=lambda z: max(z, 0.0), linear=False)
    assert {term.path for term in found.terms} == {"input"}
    assert {term.index[0] for term in found.terms} == {2}
    found = check(probe, x, second, (2, 1))
    assert {term.path for term in found.terms} == {first}
    assert check(probe, x, "steps/inner", (2, 1)).terms[0].path == second


def test_what_a_models_own_call_makes_between_layers_is_an_input_of_its_own():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = keras.layers.Dense(4, name="first"), keras.layers.Dense(2, name="second")

        def call(self, x):
            return self.second(keras.ops.square(self.first(x)))

    model = Own()
    model.build((None, 3))
    probe, x = kv.Probe(randomised(model)), np.array([[0.5, -1.0, 2.0]], "float32")
    found = check(probe, x, "second", (1,))
    assert {term.path for term in found.terms} == {"second:inputs"}
    squares = probe.activations(x)["first"][0] ** 2
    np.testing.assert_allclose(probe.activations(x).taken["second:inputs"][0], squares, rtol=1e-6)
