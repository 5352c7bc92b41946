"""Layer-wise relevance propagation against the rule written out in NumPy, and conserved where it has to be."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from tests.contract.helpers import assert_close, assert_unchanged, fingerprint
from tests.models import ZOO

CHANGES = {  # what hands out shares in place of kernel and bias
    "epsilon": lambda kernel, bias: (kernel, bias),
    "gamma": lambda kernel, bias: (kernel + 0.4 * np.maximum(kernel, 0), bias),
    "z-plus": lambda kernel, bias: (np.maximum(kernel, 0), 0 * bias),
}


def handed_back(model, x, target, epsilon, rule="epsilon"):
    """One rule, dense layer by dense layer, for ReLU and tanh alike."""
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    values, sums = [x.astype("float64")], []
    for layer in dense:
        kernel, bias = (a.astype("float64") for a in layer.get_weights())
        sums.append(values[-1] @ kernel + bias)
        values.append(np.tanh(sums[-1]) if layer.name == "tanh" else np.maximum(sums[-1], 0))
    relevance = np.zeros_like(sums[-1])
    relevance[:, target] = sums[-1][:, target]
    for layer, value in zip(dense[::-1], values[-2::-1], strict=True):
        kernel, bias = CHANGES[rule](*(a.astype("float64") for a in layer.get_weights()))
        z = value @ kernel + bias
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


@pytest.mark.parametrize("rule", ["gamma", "z-plus"])
@pytest.mark.parametrize("epsilon", [1e-6, 0.5])
def test_lrp_hands_shares_out_by_other_weights(rule, epsilon):
    model, x = dense_net("softmax", bias=True)
    x = np.abs(x)
    found = kv.attribute(model, x, "lrp", target=1, rule=rule, epsilon=epsilon, gamma=0.4)
    assert_close(found.values, handed_back(model, x, 1, epsilon, rule), 5e-4)
    assert_close(found.scores, kv.attribute(model, x, "saliency", target=1).scores)
    assert found.options["rule"] == rule


def test_with_gamma_zero_it_is_the_epsilon_rule_and_the_model_is_left_alone(probing):
    case = ZOO["sequential_cnn"]
    model, x = case.build(), case.inputs(2)
    probe = probing(model)
    plain = kv.attribute(probe, x, "lrp", epsilon=1e-3)
    before = fingerprint(model)
    assert_close(kv.attribute(probe, x, "lrp", rule="gamma", gamma=0.0, epsilon=1e-3).values, plain.values, 1e-4)
    other = kv.attribute(probe, x, "lrp", rule="gamma", gamma=2.0, epsilon=1e-3).values
    assert np.abs(other - plain.values).max() > 1e-2 * np.abs(other).max()
    assert_unchanged(before, fingerprint(model))
    model.set_weights([2 * w for w in model.get_weights()])  # the other weights follow the model's
    fresh = kv.attribute(model, x, "lrp", rule="gamma", gamma=2.0, epsilon=1e-3)
    assert_close(kv.attribute(probe, x, "lrp", rule="gamma", gamma=2.0, epsilon=1e-3).values, fresh.values)


def images_net(inner="sigmoid"):
    """Convolutions, both poolings, and an activation inside; all that comes in is positive."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.DepthwiseConv2D(2, activation="relu"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(5, activation=inner, name="inner"),
            layers.Dense(3, activation="softmax", name="answer"),
        ]
    )
    rng = np.random.default_rng(1)
    model.set_weights([rng.standard_normal(w.shape).astype("float32") for w in model.get_weights()])
    return model, rng.random((2, 8, 8, 2)).astype("float32")


@pytest.mark.parametrize("rule", ["epsilon", "gamma", "z-plus"])
def test_relevance_is_conserved_through_convolutions_poolings_and_a_sigmoid_inside(rule, probing):
    """Without biases by any rule; z⁺ leaves them out: there a ReLU that is on in spite of its bias has what to hand on."""
    model, x = images_net("relu" if rule == "z-plus" else "sigmoid")
    against = -0.1 if rule == "z-plus" else 0
    lean = 0.3 if rule == "z-plus" else 0  # so that ReLUs are on
    model.set_weights([w + lean if w.ndim > 1 else against * np.abs(w) for w in model.get_weights()])
    probe = probing(model)
    for layer in (None, "conv", "pool", "inner"):
        found = kv.attribute(probe, x, "lrp", target=1, rule=rule, layer=layer, epsilon=1e-9)
        sums = found.values.reshape(2, -1).sum(axis=1)
        assert_close(sums, found.scores, 2e-3)
        if rule == "z-plus":
            assert (found.values * np.sign(found.scores).reshape(-1, *(1,) * (found.values.ndim - 1))).min() >= -1e-6


def normalised(*, folded):
    """Layers that batch normalisation follows; `folded`: the same model with other weights instead."""
    rng = np.random.default_rng(3)
    image = x = keras.Input((6, 6, 2))
    kinds = [
        layers.Conv2D(3, 2, use_bias=folded),
        layers.DepthwiseConv2D(2, depth_multiplier=2),
        layers.Conv2DTranspose(4, 2),
        layers.Dense(5),
    ]
    for layer in kinds:
        x = layer(x)
        weights = [rng.standard_normal(w.shape) / 2 for w in layer.get_weights()[: 2 - (layer is kinds[0])]]
        count = x.shape[-1]
        gamma, beta, mean = np.array([[0], [1.5], [0]]) + rng.standard_normal((3, count))  # so that ReLUs are on
        variance = rng.uniform(0.5, 2, count)
        if folded:
            scale = gamma / np.sqrt(variance + 1e-3)
            kernel = weights[0]
            bias = weights[1] if len(weights) > 1 else 0
            outputs = {"DepthwiseConv2D": kernel.shape[2:], "Conv2DTranspose": (count, 1)}.get(
                type(layer).__name__, count
            )
            layer.set_weights([kernel * scale.reshape(outputs), (bias - mean) * scale + beta])
        else:
            layer.set_weights(weights)
            norm = layers.BatchNormalization()
            x = norm(x)
            norm.set_weights([gamma, beta, mean, variance])
        x = layers.ReLU()(x)
    answer = layers.Dense(3, activation="softmax")
    model = keras.Model(image, answer(layers.GlobalAveragePooling2D()(x)))
    answer.set_weights([rng.standard_normal(w.shape) for w in answer.get_weights()])
    return model, rng.random((2, 6, 6, 2)).astype("float32")


def test_batch_normalisation_is_part_of_the_layer_before_it():
    (model, x), (same, _) = normalised(folded=False), normalised(folded=True)
    assert_close(model.predict(x, verbose=0), same.predict(x, verbose=0), 1e-4)
    for options in ({"epsilon": 0.2}, {"rule": "gamma", "gamma": 0.5}, {"rule": "z-plus"}):
        expected = kv.attribute(same, x, "lrp", target=1, **options).values
        assert np.abs(expected).max() > 1e-3
        assert_close(kv.attribute(model, x, "lrp", target=1, **options).values, expected, 1e-4)
    given = keras.Input((4,))
    alone = keras.Model(given, layers.Dense(2)(layers.BatchNormalization(name="alone")(layers.ReLU()(given))))
    with pytest.raises(kv.MethodError, match=r"'alone' \(BatchNormalization that is not right after"):
        kv.attribute(alone, np.ones((1, 4)), "lrp", rule="gamma")
    assert kv.attribute(alone, np.ones((1, 4)), "lrp").values.any()


def test_a_rule_that_changes_weights_needs_layers_with_one_kernel():
    x = keras.Input((8, 2))
    model = keras.Model(x, layers.Dense(2)(layers.Flatten()(layers.SeparableConv1D(3, 3, name="two")(x))))
    given = np.ones((1, 8, 2), "float32")
    assert kv.attribute(model, given, "lrp").values.shape == given.shape
    with pytest.raises(kv.MethodError, match=r"no rule 'gamma' for 'two' \(SeparableConv1D\).*Use 'integrated"):
        kv.attribute(model, given, "lrp", rule="gamma")
    with pytest.raises(kv.OptionError, match="one of 'epsilon', 'gamma', 'z-plus'"):
        kv.attribute(model, given, "lrp", rule="alpha-beta")


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
    many = np.random.default_rng(9).standard_normal((6, 5)).astype("float32")
    options = {"baseline": "samples", "background": many, "batch_size": batch_size}
    mean = np.mean([lifted(model, x, np.repeat(b[None], 4, axis=0), 1) for b in many], axis=0)
    assert_close(kv.attribute(model, x, "deep-lift", target=1, **options).values, mean, 2e-4)


def test_deep_lift_gives_a_maximum_to_where_it_was_and_where_it_is():
    """max(3, 1, 0) against max(2, 5, 0): falls from 5 at the second; rises to nothing."""
    x = keras.Input((3, 1), name="x")
    model = keras.Model(x, layers.Flatten()(layers.MaxPooling1D(3)(x)))
    for sample, base, expected in (
        ([3, 1, 0], [2, 5, 0], [0, -2, 0]),
        ([3, 1, 0], [2, 0, 0], [1, 0, 0]),
        ([3, 1, 0], [0, 2, 0], [1, 0, 0]),
        ([0, 1, 4], [2, 0, 0], [0, 0, 2]),
        ([1, 1, 0], [1, 3, 0], [0, -2, 0]),
    ):
        given = np.array(sample, "float32").reshape(1, 3, 1)
        found = kv.attribute(model, given, "deep-lift", target=0, baseline=np.array(base, "float32").reshape(3, 1))
        assert_close(found.values[0, :, 0], np.array(expected), 1e-5)


def pooled(kind):
    """A small net with one way of taking maxima, and its samples."""
    shape = {"MaxPooling1D": (7, 2), "GlobalMaxPooling2D": (4, 5, 2), "MaxPooling3D": (4, 4, 4, 1), "max": (6, 3)}[kind]
    x = keras.Input(shape)
    h = layers.Dense(3, activation="relu")(x)
    if kind == "max":
        h = keras.ops.max(h, axis=1)
    elif kind == "MaxPooling1D":
        h = layers.MaxPooling1D(3, strides=2, padding="same")(h)
    else:
        h = getattr(layers, kind)()(h)
    model = keras.Model(x, layers.Dense(2, activation="softmax")(layers.Flatten()(h)))
    rng = np.random.default_rng(3)
    model.set_weights([rng.standard_normal(w.shape).astype("float32") for w in model.get_weights()])
    return model, rng.standard_normal((3, *shape)).astype("float32")


@pytest.mark.parametrize("kind", ["MaxPooling1D", "GlobalMaxPooling2D", "MaxPooling3D", "max", "a sigmoid inside"])
def test_deep_lift_is_complete_through_all_that_picks(kind):
    model, x = images_net() if kind == "a sigmoid inside" else pooled(kind)
    found = kv.attribute(model, x, "deep-lift", target=1, baseline=x[::-1] * 0.7)
    assert np.abs(found.delta).max() <= 1e-4 * max(1, np.abs(found.scores - found.baseline_scores).max())
    assert np.any(found.values)
