"""Layer-wise relevance propagation against the rule written out in NumPy, and conserved where it has to be."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from tests.contract.helpers import assert_close
from tests.models import ZOO


def handed_back(model, x, target, epsilon):
    """The ε rule, dense layer by dense layer, for ReLU and tanh alike."""
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    values, sums = [x.astype("float64")], []
    for layer in dense:
        kernel, bias = (a.astype("float64") for a in layer.get_weights())
        sums.append(values[-1] @ kernel + bias)
        values.append(np.tanh(sums[-1]) if layer.name == "tanh" else np.maximum(sums[-1], 0))
    relevance = np.zeros_like(sums[-1])
    relevance[:, target] = sums[-1][:, target]
    for layer, value, z in zip(dense[::-1], values[-2::-1], sums[::-1], strict=True):
        kernel = layer.get_weights()[0].astype("float64")
        shares = relevance / (z + epsilon * np.where(z < 0, -1, 1))
        relevance = value * (shares @ kernel.T)
    return relevance


def dense_net(activation, *, bias, seed=0):
    x = keras.Input((5,), name="x")
    h = layers.Dense(6, activation="tanh", name="tanh")(x)
    h = layers.ReLU()(layers.Dense(6, name="relu")(h))
    model = keras.Model(x, layers.Dense(3, activation=activation, name="answer")(h))
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal(w.shape).astype("float32") for w in model.get_weights()]
    model.set_weights([w if bias or w.ndim > 1 else 0 * w for w in weights])
    return model, rng.standard_normal((4, 5)).astype("float32")


@pytest.mark.parametrize("activation", ["softmax", None])
@pytest.mark.parametrize("epsilon", [1e-6, 0.5])
def test_lrp_is_the_epsilon_rule_in_every_layer_also_the_last(activation, epsilon):
    model, x = dense_net(activation, bias=True)
    found = kv.attribute(model, x, "lrp", target=1, epsilon=epsilon)
    assert_close(found.values, handed_back(model, x, 1, epsilon), 2e-4)
    logits = kv.attribute(model, x, "saliency", target=1)
    assert_close(found.scores, logits.scores)  # the rule changes gradients, not the score


def test_relevance_is_conserved_without_biases_at_the_input_and_at_a_layer():
    model, x = dense_net("softmax", bias=False)
    for layer in (None, "relu", "tanh"):
        found = kv.attribute(model, x, "lrp", target=2, layer=layer, epsilon=1e-9)
        assert_close(found.values.sum(axis=1), found.scores, 1e-3)


def test_layers_without_a_rule_are_named():
    for name, kind in {
        "recurrent": "LSTM",
        "attention": "EinsumDense",
        "branches": "Multiply",
        "subclassed": "call of its own",
    }.items():
        case = ZOO[name]
        with pytest.raises(kv.MethodError, match=rf"no rule for .*{kind}"):
            kv.attribute(case.build(), case.inputs(), "lrp", target=case.target)
    model, x = dense_net("softmax", bias=True)
    with pytest.raises(kv.MethodError, match="hands back a logit"):
        kv.attribute(model, x, "lrp", score="output")


def lifted(model, x, base, target):
    """The rescale rule in NumPy, dense layer by dense layer."""
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    slopes, values = [], [x.astype("float64"), base.astype("float64")]
    for layer in dense:
        kernel, bias = (a.astype("float64") for a in layer.get_weights())
        sums = [value @ kernel + bias for value in values]
        values = [np.tanh(z) if layer.name == "tanh" else np.maximum(z, 0) for z in sums]
        slopes.append((values[0] - values[1]) / (sums[0] - sums[1]))
    slopes[-1] = np.eye(slopes[-1].shape[1])[[target] * len(x)]
    multiplier = slopes[-1]
    for layer, slope in zip(dense[:0:-1], slopes[-2::-1], strict=True):
        multiplier = multiplier @ layer.get_weights()[0].T * slope
    return (x - base) * (multiplier @ dense[0].get_weights()[0].T)


@pytest.mark.parametrize("batch_size", [None, 3])
def test_deep_lift_is_the_rescale_rule_and_complete(batch_size):
    model, x = dense_net("softmax", bias=True)
    base = np.random.default_rng(9).standard_normal(5).astype("float32")
    found = kv.attribute(model, x, "deep-lift", target=1, baseline=base, batch_size=batch_size)
    assert_close(found.values, lifted(model, x, np.repeat(base[None], 4, axis=0), 1), 2e-4)
    assert np.abs(found.delta).max() <= 1e-4 * np.abs(found.scores).max()
    same = kv.attribute(model, x, "deep-lift", target=1, baseline=x)
    assert not np.any(same.values)


def test_deep_lift_refuses_maximum_pooling():
    with pytest.raises(kv.MethodError, match="no rule for 'pool'"):
        kv.attribute(ZOO["sequential_cnn"].build(), ZOO["sequential_cnn"].inputs(1), "deep-lift")
