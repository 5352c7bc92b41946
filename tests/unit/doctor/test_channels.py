"""Rules about what the layers give and how gradients come back: each defect in two models, the numbers counted again."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from tests.unit.doctor.ward import found, noise, output_of, rules, settled


def images(count=40, seed=0):
    return np.random.default_rng(seed).random((count, 8, 8, 1)).astype("float32")


def small_cnn(activation="relu"):
    return settled(
        keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(8, 3, activation=activation, name="conv"),
                layers.Flatten(),
                layers.Dense(12, activation=activation, name="hidden"),
                layers.Dense(3, activation="softmax", name="last"),
            ]
        )
    )


def lively_cnn():
    """One in which every unit answers to something, whatever its random weights are."""
    model = small_cnn()
    put(model.get_layer("conv"), slice(None), 3)
    put(model.get_layer("hidden"), slice(None), 30)
    return model


def put(layer, place, value, name="bias"):
    variable = getattr(layer, name)
    array = np.array(variable)
    array[..., place] = value
    variable.assign(array)


def test_dead_relus_of_a_dense_layer():
    model, x = lively_cnn(), images()
    put(model.get_layer("hidden"), slice(0, 7), -100)
    finding = found("dead-relus", model, x)
    dead = (output_of(model, "hidden", x) == 0).all(axis=0)
    assert (finding.severity, finding.layer) == ("warning", "hidden")
    assert finding.evidence["dead"] == dead.sum() >= 7
    assert finding.evidence["share"] == dead.mean()
    assert finding.evidence["samples"] == 40
    assert dead[finding.view["unit"]]


def relu(x):
    return keras.ops.maximum(x, 0)


@pytest.mark.parametrize("function", [keras.ops.relu, relu])
def test_dead_relus_are_found_by_whatever_function_of_that_name(function):
    model, x = small_cnn(function), images()
    put(model.get_layer("conv"), slice(None), 3)
    put(model.get_layer("hidden"), slice(None), -100)
    assert found("dead-relus", model, x).evidence["dead"] == 12


def test_dead_relus_of_a_whole_convolution():
    x = keras.Input((8, 8, 1))
    h = layers.ReLU(name="relu")(layers.Conv2D(4, 3, name="conv", bias_initializer=keras.initializers.Constant(-9))(x))
    model = keras.Model(x, layers.Dense(2)(layers.Flatten()(h)))
    finding = found("dead-relus", model, images())
    assert (finding.severity, finding.layer, finding.evidence["dead"]) == ("error", "relu", 4)


def test_a_few_dead_units_and_few_samples_are_no_alarm():
    model = lively_cnn()
    put(model.get_layer("hidden"), slice(0, 2), -100)
    assert found("dead-relus", model, images()).severity == "info"
    assert "dead-relus" not in rules(model, images(12))


@pytest.mark.parametrize(("function", "layer"), [("tanh", "hidden"), ("sigmoid", "conv")])
def test_saturated_activations(function, layer):
    model, x = small_cnn(function), images()
    kernel = model.get_layer(layer).kernel
    kernel.assign(kernel * 300)
    finding = found("saturated", model, x)
    values = output_of(model, layer, x)
    low, high = (-0.99, 0.99) if function == "tanh" else (0.01, 0.99)
    assert (finding.severity, finding.layer) == ("warning", layer)
    assert finding.evidence["share"] == pytest.approx(np.mean((values < low) | (values > high)))


def test_gates_may_be_shut():
    x = keras.Input((6,))
    gate = layers.Dense(6, activation="sigmoid", bias_initializer=keras.initializers.Constant(-20))(x)
    assert "saturated" not in rules(keras.Model(x, layers.Dense(2)(layers.Multiply()([x, gate]))), noise(20, 6))


def test_constant_channels_inside_and_at_the_end():
    inside, x = small_cnn("tanh"), images()
    put(inside.get_layer("conv"), slice(0, 3), 0, "kernel")
    finding = found("constant-channels", inside, x)
    values = output_of(inside, "conv", x)
    assert (finding.severity, finding.layer, finding.evidence["constant"]) == ("warning", "conv", 3)
    assert finding.evidence["value"] == pytest.approx(values[0, 0, 0, finding.view["unit"]])
    end = small_cnn()
    put(end.get_layer("last"), slice(None), 0, "kernel")
    finding = found("constant-channels", end, x)
    assert (finding.severity, finding.layer, finding.evidence["share"]) == ("error", "last", 1)


def test_channels_that_repeat_others():
    same = settled(
        keras.Sequential(
            [
                keras.Input((6,)),
                layers.Dense(8, activation="tanh", kernel_initializer="ones", name="copies"),
                layers.Dense(3, name="last"),
            ]
        )
    )
    same.get_layer("copies").bias.assign(np.zeros(8))
    finding = found("duplicate-channels", same, noise(20, 6))
    assert (finding.severity, finding.layer, finding.evidence["copies"]) == ("warning", "copies", 7)

    model, x = lively_cnn(), images()
    for name in ("kernel", "bias"):
        array = np.array(getattr(model.get_layer("conv"), name))
        array[..., 5] = array[..., 2]
        getattr(model.get_layer("conv"), name).assign(array)
    finding = found("duplicate-channels", model, x)
    values = output_of(model, "conv", x)
    assert (finding.layer, finding.evidence["copy"], finding.evidence["original"]) == ("conv", 5, 2)
    assert np.array_equal(values[..., finding.evidence["copy"]], values[..., finding.evidence["original"]])


def deep(activation, scale=1.0, depth=14, width=16):
    stack = [layers.Dense(width, activation=activation, name=f"hidden_{i}") for i in range(depth)]
    model = settled(keras.Sequential([keras.Input((6,)), *stack, layers.Dense(3, name="last")]))
    for layer in stack:
        layer.kernel.assign(layer.kernel * scale)
    return model


def gradient_norm(model, layer, x):
    """The median over the samples of the gradient of the largest logit, by TensorFlow alone."""
    import tensorflow as tf

    inner = model.get_layer(layer).output
    value, rest = keras.Model(model.inputs, inner)(x), keras.Model(inner, model.outputs[0])
    with tf.GradientTape() as tape:
        tape.watch(value)
        score = tf.reduce_sum(tf.reduce_max(tf.reshape(rest(value), (len(x), -1)), axis=-1))
    gradient = tape.gradient(score, value).numpy().reshape(len(x), -1)
    return np.median(np.linalg.norm(gradient, axis=1)), np.median(
        np.linalg.norm(np.asarray(value).reshape(len(x), -1), axis=1)
    )


def deep_cnn(activation, scale=1.0, depth=9):
    stack = [layers.Conv2D(4, 3, padding="same", activation=activation, name=f"conv_{i}") for i in range(depth)]
    model = settled(
        keras.Sequential(
            [keras.Input((8, 8, 1)), *stack, layers.GlobalAveragePooling2D(), layers.Dense(2, name="last")]
        )
    )
    for layer in stack[1:]:
        layer.kernel.assign(layer.kernel * scale)
    return model


@pytest.mark.parametrize(("model", "x"), [(deep("sigmoid"), noise(20, 6)), (deep_cnn("sigmoid", depth=12), images(20))])
def test_gradients_that_vanish(model, x):
    finding = found("vanishing-gradients", model, x)
    assert (finding.severity, finding.layer) == ("warning", model.layers[0].name)
    gradient, activation = gradient_norm(model, finding.layer, x)
    assert finding.evidence["gradient"] == pytest.approx(gradient, rel=1e-3)
    assert finding.evidence["activation"] == pytest.approx(activation, rel=1e-3)
    assert finding.evidence["share"] < 1e-4


@pytest.mark.parametrize(("model", "x"), [(deep("relu", 8.0, 8), noise(20, 6)), (deep_cnn("relu", 8.0), images(20))])
def test_gradients_that_explode(model, x):
    finding = found("exploding-gradients", model, x)
    assert finding.severity == "warning"
    gradient, _ = gradient_norm(model, finding.layer, x)
    last = 1.0  # the score is one of the last layer's numbers
    assert finding.evidence["gradient"] == pytest.approx(gradient, rel=1e-3)
    assert finding.evidence["times"] == pytest.approx(gradient / last, rel=1e-3)
    assert finding.evidence["times"] > 1e4


def test_a_deep_model_with_relus_keeps_its_gradients():
    model = deep("relu", 1.5)
    assert not rules(model, noise(40, 6)) & {"vanishing-gradients", "exploding-gradients"}


def test_an_input_that_nothing_depends_on():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    h = layers.Concatenate()([layers.Dense(4)(a), layers.Rescaling(0.0)(layers.Dense(4)(b))])
    model = settled(keras.Model([a, b], layers.Dense(2)(h)))
    finding = found("ignored-input", model, [noise(20, 4), noise(20, 3, seed=1)])
    assert (finding.severity, finding.layer, finding.evidence["inputs"]) == ("error", "input:b", 1)

    tokens, other = keras.Input((5,), dtype="int32", name="tokens"), keras.Input((2,), name="other")
    words = layers.GlobalAveragePooling1D()(layers.Embedding(9, 3, embeddings_initializer="ones")(tokens))
    model = settled(keras.Model([tokens, other], layers.Dense(2)(layers.Concatenate()([words, other]))))
    finding = found("ignored-input", model, [np.random.default_rng(0).integers(0, 9, (20, 5)), noise(20, 2)])
    assert finding.layer == "input:tokens"


def test_columns_without_an_effect():
    model = small = settled(
        keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu", name="h"), layers.Dense(2)])
    )
    kernel = np.array(small.get_layer("h").kernel)
    kernel[[1, 4]] = 0
    small.get_layer("h").kernel.assign(kernel)
    x = noise(30, 6)
    finding = found("ignored-input", model, x)
    changed = x.copy()
    changed[:, [1, 4]] = np.roll(x[:, [1, 4]], 1, axis=0)
    assert (finding.severity, finding.layer, finding.view["unit"]) == ("warning", "input", 1)
    assert finding.evidence["columns"] == 2
    assert np.array_equal(model.predict(x, verbose=0), model.predict(changed, verbose=0))


def test_a_layer_that_a_far_smaller_one_could_replace():
    rng = np.random.default_rng(0)
    thin = settled(
        keras.Sequential(
            [keras.Input((64,)), layers.Dense(64, activation="relu", name="big"), layers.Dense(2, name="last")]
        )
    )
    thin.get_layer("big").kernel.assign(np.outer(rng.normal(size=64), rng.normal(size=64)) / 8)

    x = keras.Input((40,))
    idle = layers.Rescaling(1e-6)(layers.Dense(2, name="out")(layers.Dense(80, activation="relu", name="big")(x)))
    side = settled(keras.Model(x, layers.Add()([layers.Dense(2, name="last")(x), idle])))
    for model, width in ((thin, 64), (side, 40)):
        finding = found("oversized-layer", model, noise(40, width))
        parameters = model.get_layer("big").count_params()
        assert (finding.severity, finding.layer) == ("warning", "big")
        assert finding.evidence["parameters"] == parameters
        assert finding.evidence["share_of_parameters"] == parameters / model.count_params()
        kernel = np.array(model.get_layer("big").kernel)
        u, s, v = np.linalg.svd(kernel, full_matrices=False)
        rank = finding.evidence["rank"]
        before = kv.Probe(model).question(noise(40, width))
        old = before.scores
        model.get_layer("big").kernel.assign((u[:, :rank] * s[:rank]) @ v[:rank])
        target = before.indices[:, 0]
        new = kv.Probe(model).question(noise(40, width), target).scores
        moved = np.sqrt(((new - old) ** 2).mean()) / old.std()
        assert finding.evidence["change_of_the_scores"] == pytest.approx(moved, abs=1e-5)
        assert moved < 0.01


def test_a_large_layer_that_is_needed_is_no_fault(digits_mlp, digits):
    assert digits_mlp.get_layer("hidden").count_params() > 0.8 * digits_mlp.count_params()
    assert "oversized-layer" not in rules(digits_mlp, digits[0][1400:])
