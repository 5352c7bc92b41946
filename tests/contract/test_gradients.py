"""Gradients equal central finite differences in float64, and closed forms where there are any."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from tests.contract.helpers import BACKEND, assert_close, dense_softmax, numpy, oracle, readable, wide_if, zoo
from tests.models import ZOO, seeded

STEP = 1e-6
DIFFERENCE = 2e-5  # relative; measured below 1e-6 on all backends
DIFFERENTIABLE = [
    *("sequential_cnn", "branches", "operations", "nested", "subclassed", "shared", "lists", "dicts", "tuples"),
    *("subclassed_dicts", "several_outputs", "recurrent", "time_distributed", "attention", "conv1d", "conv2d"),
    *("conv3d", "channels_first", "any_size", "crash_convolution", "norms", "random_layers", "preprocessing"),
]
NOT_IN_FLOAT64 = {  # what Keras computes in float32 whatever it is asked, or what a backend has no float64 kernel for
    "tensorflow": {"conv3d", "channels_first", "preprocessing"},  # MaxPool3D, Conv2D in NCHW, image resizing
    "jax": {"attention"},  # jax.nn.dot_product_attention
    "torch": set(),
}


def as_float64(x):
    return keras.tree.map_structure(lambda array: array.astype("float64"), x)


def pick(outputs, target):
    """One number per sample: the target of the outputs, read by NumPy."""
    outputs = numpy(outputs)
    if isinstance(outputs, list | tuple | dict):
        return outputs[target[0]][(slice(None), *target[1:])]
    return outputs[(slice(None), *(target if isinstance(target, tuple) else (target,)))]


def slope(function, x, direction):
    """The central difference of function(x) along a direction; x and direction may be structures."""
    shifted = [keras.tree.map_structure(lambda a, d: a + s * STEP * d, x, direction) for s in (1, -1)]  # noqa: B023
    return (function(shifted[0]) - function(shifted[1])) / (2 * STEP)


def along(gradient, direction):
    """Per sample: the inner product of gradient and direction."""
    return (gradient * direction).reshape(len(gradient), -1).sum(axis=1)


@pytest.mark.parametrize("name", [name for name in DIFFERENTIABLE if name not in NOT_IN_FLOAT64[BACKEND]])
def test_input_gradients_equal_finite_differences(name, probing, float64):
    case = ZOO[name]
    model, x, rng = case.build(), as_float64(case.inputs(2)), np.random.default_rng(3)
    target = 1 if case.target is None else case.target
    found = probing(model).gradients(x, target, layers=(), score="output")
    for _ in range(2):
        direction = keras.tree.map_structure(lambda array: rng.standard_normal(array.shape), x)
        expected = slope(lambda value: pick(oracle(model, value), target), x, direction)
        flat = keras.tree.flatten(direction)
        assert len(found) == len(flat)
        named = {f"input:{key}": value for key, value in direction.items()} if isinstance(x, dict) else None
        pairs = named.items() if named else zip(found, flat, strict=True)
        actual = sum(along(found[path], one) for path, one in pairs)
        np.testing.assert_allclose(actual, expected, rtol=DIFFERENCE, atol=1e-8)
    assert_close(found.scores, pick(oracle(model, x), target), 1e-10)


def rest_of(model, index, value):
    value = ops.convert_to_tensor(value)
    for layer in model.layers[index + 1 :]:
        value = layer(value, training=False) if isinstance(layer, layers.BatchNormalization) else layer(value)
    return value


def test_inner_gradients_equal_finite_differences_of_the_rest_of_the_model(probing, float64):
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 3, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.Activation("gelu", name="gelu"),
            layers.Dropout(0.5, name="dropout"),
            layers.AveragePooling2D(2, name="pool"),
            layers.Reshape((4, 3), name="reshape"),
            layers.GRU(4, return_sequences=True, name="gru"),
            layers.Flatten(name="flatten"),
            layers.Dense(4, activation="tanh", name="hidden"),
            layers.Dense(3, name="answer"),
        ]
    )
    seeded(model)
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, 6, 6, 2))
    probe = probing(model)
    activations, gradients = probe.activations(x), probe.gradients(x, target=2)
    assert list(gradients) == ["input", *[layer.name for layer in model.layers]]
    for index, layer in enumerate(model.layers):
        direction = rng.standard_normal(activations[layer.name].shape)
        expected = slope(lambda value: numpy(rest_of(model, index, value))[:, 2], activations[layer.name], direction)  # noqa: B023
        actual = along(gradients[layer.name], direction)
        np.testing.assert_allclose(actual, expected, rtol=DIFFERENCE, atol=1e-8, err_msg=layer.name)
        assert gradients.connected[layer.name]


def test_gradients_inside_a_nested_model_equal_finite_differences(probing, float64):
    case = ZOO["nested"]
    model, x, rng = case.build(), as_float64(case.inputs(2)), np.random.default_rng(3)
    middle = model.get_layer("middle")
    inner = middle.get_layer("inner")
    probe = probing(model)
    first = probe.activations(x)["middle/dense"]
    gradients = probe.gradients(x, 1, score="output")
    direction = rng.standard_normal(first.shape)
    rest = lambda value: numpy(model.get_layer("dense")(inner(ops.convert_to_tensor(value)) + 1.0))[:, 1]  # noqa: E731
    np.testing.assert_allclose(
        along(gradients["middle/dense"], direction), slope(rest, first, direction), rtol=DIFFERENCE
    )
    for same in ("middle/add", "middle"):
        assert_close(gradients[same], gradients["middle/inner/dense"], 1e-12)


def test_each_call_of_a_shared_layer_has_its_own_gradient(probing):
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal((3, 3)).astype("float32")
    layer = layers.Dense(3, use_bias=False, name="shared")
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layer(layer(layer(x))))
    layer.set_weights([kernel])
    unit = np.eye(3)[1]
    gradients = probing(model).gradients(rng.standard_normal((2, 3)).astype("float32"), 1)
    chain = [np.linalg.matrix_power(kernel.astype("float64"), power) @ unit for power in range(4)]
    for path, expected in zip(("shared#2", "shared#1", "shared", "input"), chain, strict=True):
        assert_close(gradients[path], np.tile(expected, (2, 1)), name=path)


def test_a_residual_through_dropout_keeps_two_gradients_apart(probing):
    """Dropout returns its very input when it is not training: the tensor is one, the places are two."""
    x = keras.Input((4,), name="x")
    h = layers.Dense(4, name="h")(x)
    dropped = layers.Dropout(0.5, name="dropout")(h)
    same = layers.Activation("linear", name="linear")(dropped)
    y = layers.Dense(1, use_bias=False, name="y")(layers.Add(name="add")([same, h]))
    model = seeded(keras.Model(x, y))
    weight = numpy(model.get_layer("y").kernel)[:, 0]
    gradients = probing(model).gradients(np.ones((2, 4), "float32"))
    for path, times in {"h": 2, "dropout": 1, "linear": 1, "add": 1}.items():
        assert_close(gradients[path], np.tile(times * weight, (2, 1)), name=path)


def test_a_residual_around_a_dropout_of_the_input_keeps_two_gradients_apart(probing):
    x = keras.Input((4,), name="x")
    model = seeded(keras.Model(x, layers.Dense(1, name="y")(layers.Dropout(0.5, name="dropout")(x) + x)))
    weight = numpy(model.get_layer("y").kernel)[:, 0]
    gradients = probing(model).gradients(np.ones((1, 4), "float32"))
    assert_close(gradients["input"], 2 * weight[None])
    assert_close(gradients["dropout"], weight[None])


@zoo()
def test_gradients_of_all_layers_have_the_shape_of_the_activations(case, looked_into):
    with wide_if(case):
        (_, probe), x = looked_into(case), case.inputs()
        activations, gradients = probe.activations(x), probe.gradients(x, case.target)
        assert isinstance(gradients, dict)
        inputs = [path for path in gradients if path not in activations]
        assert [path for path in gradients if path in activations] == readable(probe)
        assert list(gradients)[: len(inputs)] == inputs
        flat = x.items() if isinstance(x, dict) else [(None, value) for value in keras.tree.flatten(x)]
        for path, (name, value) in zip(sorted(inputs), sorted(flat, key=lambda pair: str(pair[0])), strict=True):
            assert path == (f"input:{name}" if name else path)
            assert gradients[path].shape == value.shape
            assert gradients.connected[path] == case.differentiable
        for path, value in activations.items():
            assert gradients[path].shape == value.shape, path
            assert np.isfinite(gradients[path].astype("float64")).all(), path
        assert gradients.connected.keys() == gradients.keys()
        assert gradients.scores.shape == (3,)
        for path, connected in gradients.connected.items():
            assert connected or not gradients[path].any(), path


@pytest.mark.parametrize("name", ["sequential_cnn", "subclassed", "recurrent", "norms", "shared", "attention"])
def test_gradients_are_per_sample(name, looked_into):
    case = ZOO[name]
    (_, probe), x = looked_into(case), case.inputs()
    batch = probe.gradients(x, case.target)
    for row in range(3):
        one = probe.gradients(x[row], case.target)
        for path, value in one.items():
            assert_close(value, batch[path][row : row + 1], 5e-5, path)


@pytest.mark.parametrize("name", ["several_outputs", "tuples", "lists"])
def test_what_does_not_reach_the_score_is_zero_and_says_so(name, looked_into):
    case = ZOO[name]
    (_, probe), x = looked_into(case), case.inputs()
    gradients = probe.gradients(x, (0, 1), score="output")
    other = {"several_outputs": "high", "tuples": "two", "lists": "second"}[name]
    assert not gradients.connected[other]
    assert not gradients[other].any()
    answer = {"several_outputs": "low", "tuples": "one", "lists": "first"}[name]
    assert gradients.connected[answer]


def test_a_stopped_gradient_is_zero_and_says_so(probing):
    x = keras.Input((4,), name="x")
    h = layers.Dense(3, name="h")(x)
    stopped = layers.Lambda(ops.stop_gradient, output_shape=(3,), name="stop")(h)
    model = keras.Model(x, layers.Dense(2, name="answer")(stopped))
    gradients = probing(model).gradients(np.ones((2, 4), "float32"), 0)
    assert not gradients["input"].any()
    assert not gradients["h"].any()
    assert gradients.connected["stop"]
    assert gradients["stop"].any()
    if BACKEND != "jax":  # on JAX a stopped gradient is a zero like any other
        assert not gradients.connected["input"]
        assert not gradients.connected["h"]


def test_whole_numbers_as_input_have_no_gradient_and_the_embedding_has(probing):
    case = ZOO["masked_embedding"]
    gradients = probing(case.build()).gradients(case.inputs(), 1)
    assert not gradients.connected["input"]
    assert not gradients["input"].any()
    assert gradients.connected["embedding"]
    assert np.abs(gradients["embedding"]).max() > 0


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
def test_gradients_in_mixed_precision_are_those_of_the_float32_twin(name, probing):
    case = ZOO[name]
    twin = keras.models.clone_model(
        case.build(), clone_function=lambda layer: type(layer).from_config(layer.get_config() | {"dtype": "float32"})
    )
    twin.set_weights(case.build().get_weights())
    x = case.inputs()
    exact = probing(twin).gradients(x, 1)
    near = probing(case.build()).gradients(x, 1)
    for path, value in near.items():
        assert_close(value.astype("float32"), exact[path], 4 * case.tolerance, path)


def test_a_gradient_that_is_not_finite_is_shown_not_hidden(probing):
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Dense(1, kernel_initializer="ones", name="sum")(ops.sqrt(x)))
    gradients = probing(model).gradients(np.array([[0.0, 1.0, 4.0]], "float32"))
    assert not np.isfinite(gradients["input"][0, 0])
    assert_close(gradients["input"][0, 1:], np.array([0.5, 0.25]))


def test_only_the_layers_asked_for_are_given(probing):
    case = ZOO["sequential_cnn"]
    probe, x = probing(case.build()), case.inputs()
    everything = probe.gradients(x, 1)
    assert list(probe.gradients(x, 1, layers=())) == ["input"]
    some = probe.gradients(x, 1, layers=["dense", "conv"])
    assert sorted(some) == ["conv", "dense", "input"]
    for path, value in some.items():
        assert_close(value, everything[path], name=path)


def test_gradients_belong_to_the_numbers_the_model_sees(probing):
    model, kernel, _ = dense_softmax(activation=None)
    for dtype in ("float64", "int32", "uint8"):
        gradients = probing(model).gradients(np.ones((2, 4), dtype), 2)
        assert_close(gradients["input"], np.tile(kernel[:, 2], (2, 1)))
        assert gradients.connected["input"]


@pytest.mark.skipif(BACKEND != "torch", reason="modules of torch")
@pytest.mark.parametrize("is_frozen", [False, True])
@pytest.mark.parametrize("in_place", [False, True])
def test_a_module_of_torch_that_works_in_place_and_a_part_that_records_nothing(is_frozen, in_place, probing):
    import torch

    class Mixed(keras.Model):
        def __init__(self):
            super().__init__()
            self.backbone, self.head = keras.layers.Dense(4, name="backbone"), keras.layers.Dense(2, name="head")
            self.relu = keras.layers.TorchModuleWrapper(torch.nn.ReLU(inplace=in_place), name="relu")

        def call(self, x):
            with torch.set_grad_enabled(not is_frozen):
                found = self.backbone(x)
            return self.head(self.relu(found))

    keras.utils.set_random_seed(0)
    model = Mixed()
    x = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    model(x)
    expected = numpy(model.backbone(x))
    probe = probing(model)

    np.testing.assert_array_equal(probe.activations(x)["backbone"], expected)
    for asked in (["backbone"], None):
        gradients = probe.gradients(x, target=1, layers=asked)
        kernel = keras.ops.convert_to_numpy(model.head.kernel)[:, 1]
        np.testing.assert_allclose(gradients["backbone"], kernel * (expected > 0), rtol=1e-6)
