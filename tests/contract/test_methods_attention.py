"""Methods about attention, against weights and gradients written in NumPy."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.attribution import METHODS
from tests.contract.helpers import assert_close
from tests.contract.numpy_nets import softmax

LENGTH, WIDTH = 4, 6


def transformer(dropout=0.0):
    """x + attention, twice, a mean over positions and a linear answer; no norms, so that NumPy stays short."""
    x = keras.Input((LENGTH, WIDTH), name="x")
    layers = keras.layers
    h = x + layers.MultiHeadAttention(2, 3, name="one", dropout=dropout)(x, x)
    h = h + layers.MultiHeadAttention(2, 3, name="two", dropout=dropout)(h, h)
    model = keras.Model(x, layers.Dense(3, name="answer")(layers.GlobalAveragePooling1D()(h)))
    rng = np.random.default_rng(0)
    model.set_weights([rng.standard_normal(w.shape).astype("float32") / 2 for w in model.get_weights()])
    return model, rng.standard_normal((2, LENGTH, WIDTH)).astype("float32")


def by_hand(model, x, deltas=None):
    """(logits, attention weights of both layers) in float64; `deltas` are added to the weights."""
    h, found = x.astype("float64"), []
    for name in ("one", "two"):
        w = [a.astype("float64") for a in model.get_layer(name).get_weights()]
        q, k, v = (np.einsum("btf,fhd->bthd", h, w[2 * n]) + w[2 * n + 1] for n in range(3))
        a = softmax(np.einsum("bqhd,bkhd->bhqk", q, k) / np.sqrt(q.shape[-1])) + (deltas or {}).get(name, 0)
        found.append(a)
        h = h + np.einsum("bqhd,hdf->bqf", np.einsum("bhqk,bkhd->bqhd", a, v), w[6]) + w[7]
    kernel, bias = model.get_layer("answer").get_weights()
    return h.mean(axis=1) @ kernel + bias, found


def gradients_by_hand(model, x, target):
    step, found = 1e-5, []
    for n, name in enumerate(("one", "two")):
        values = np.zeros_like(by_hand(model, x)[1][n])
        for index in np.ndindex(values.shape[1:]):
            delta = np.zeros_like(values)
            delta[(slice(None), *index)] = step
            sides = [by_hand(model, x, {name: sign * delta})[0][:, target] for sign in (1, -1)]
            values[(slice(None), *index)] = (sides[0] - sides[1]) / (2 * step)
        found.append(values)
    return found


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_rollout_is_the_product_of_the_layers(dropout):
    model, x = transformer(dropout)
    _, (one, two) = by_hand(model, x)
    expected = ((two.mean(axis=1) + np.eye(LENGTH)) / 2) @ ((one.mean(axis=1) + np.eye(LENGTH)) / 2)
    found = kv.attribute(model, x, "attention-rollout")
    assert_close(found.values, expected.mean(axis=1), 1e-4)
    assert_close(found.values.sum(axis=1), np.ones(2))
    assert_close(kv.attribute(model, x, "attention-rollout", row=0).values, expected[:, 0], 1e-4)
    assert found.layer == "one"
    assert_close(found.scores, by_hand(model, x)[0].max(axis=1), 1e-4)


def test_attention_x_gradient_follows_what_raised_the_score():
    model, x = transformer()
    _, weights = by_hand(model, x)
    total = np.eye(LENGTH)
    for a, g in zip(weights, gradients_by_hand(model, x, 1), strict=True):
        total = total + np.maximum(a * g, 0).mean(axis=1) @ total
    found = kv.attribute(model, x, "attention-x-gradient", target=1, row=2)
    assert_close(found.values, total[:, 2], 2e-4)


def test_a_model_without_attention_and_a_position_that_is_not_there_are_refused():
    model, x = transformer()
    with pytest.raises(kv.OptionError, match="a position below 4"):
        kv.attribute(model, x, "attention-rollout", row=4)
    plain = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(kv.MethodError, match="this model has none"):
        kv.attribute(plain, np.ones((1, 3)), "attention-rollout")


# It has no ReLU and an operation between its layers, and one method wants a background.
UNFIT = {"guided-backprop", "deconvnet", "guided-grad-cam", "lrp", "deep-lift", "expected-gradients"}


@pytest.fixture(scope="module")
def looked_at():
    model, x = transformer()
    probe = kv.Probe(model)
    yield probe, x
    probe.close()


@pytest.mark.parametrize("method", [method for method in kv.methods() if method not in UNFIT])
def test_a_method_that_says_so_knows_nothing_of_the_target_or_takes_no_layer(method, looked_at):
    probe, x = looked_at
    cls, layer = METHODS.get(method), "one" if METHODS.get(method).needs_layer else None
    counts = {option.name: 4 for option in cls.options() if option.name in ("num_steps", "num_samples")}
    found = [kv.attribute(probe, x, method, target=n, layer=layer, **counts).values for n in (0, 1)]
    assert np.array_equal(*found) == (not cls.targeted)
    if not cls.takes_layer:
        with pytest.raises(kv.MethodError, match="follows all attention layers"):
            kv.attribute(probe, x, method, layer="one")
