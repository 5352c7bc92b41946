"""Activations and functions of one number: the input, and what NumPy says follows it."""

import functools
import math
import pickle

import keras
import numpy as np
import pytest
from keras import activations, layers, ops
from keras.src.applications.convnext import LayerScale  # has no public name

import kerasviz as kv
from tests.contract.arithmetic_models import depends, last, probed, reached
from tests.contract.arithmetic_oracle import array_at, check, probe_dtype, single, some_units
from tests.contract.helpers import wide_numbers

erf = np.vectorize(math.erf)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gelu_tanh(z):
    return 0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))


def elu(alpha):
    return lambda z: z if z > 0 else alpha * math.expm1(z)


def shrunk(by):
    return lambda z: math.copysign(max(abs(z) - by, 0), z)


LAYERS = {
    "relu": (lambda d: layers.ReLU(dtype=d), lambda z: max(z, 0)),
    "relu_of_all_kinds": (
        lambda d: layers.ReLU(max_value=1.5, negative_slope=0.25, threshold=0.5, dtype=d),
        lambda z: min(z, 1.5) if z > 0.5 else 0.25 * (z - 0.5),
    ),
    "relu_threshold": (lambda d: layers.ReLU(threshold=0.75, dtype=d), lambda z: z if z > 0.75 else 0.0),
    "relu6": (lambda d: layers.ReLU(max_value=6, dtype=d), lambda z: min(max(z, 0), 6)),
    "leaky": (lambda d: layers.LeakyReLU(negative_slope=0.25, dtype=d), lambda z: z if z > 0 else 0.25 * z),
    "elu": (lambda d: layers.ELU(alpha=0.5, dtype=d), elu(0.5)),
    "tanh": (lambda d: layers.Activation("tanh", dtype=d), math.tanh),
    "gelu": (lambda d: layers.Activation("gelu", dtype=d), lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2),
    "layer_in_activation": (lambda d: layers.Activation(layers.LeakyReLU(negative_slope=0.5, dtype=d), dtype=d),
                            lambda z: z if z > 0 else 0.5 * z),
}  # fmt: skip
OPERATIONS = {
    "relu": (ops.relu, lambda z: max(z, 0)),
    "relu_with_settings": (lambda x: activations.relu(x, 0.5, 2.0, 0.25),
                           lambda z: min(z, 2) if z > 0.25 else 0.5 * (z - 0.25)),
    "relu6": (ops.relu6, lambda z: min(max(z, 0), 6)),
    "sigmoid": (ops.sigmoid, sigmoid),
    "sparse_sigmoid": (ops.sparse_sigmoid, lambda z: min(max((z + 1) / 2, 0), 1)),
    "softplus": (ops.softplus, lambda z: math.log1p(math.exp(z))),
    "softsign": (ops.softsign, lambda z: z / (1 + abs(z))),
    "soft_shrink": (lambda x: ops.soft_shrink(x, 0.25), shrunk(0.25)),
    "hard_shrink": (lambda x: ops.hard_shrink(x, 1.0), lambda z: z if abs(z) > 1 else 0),
    "sparse_plus": (ops.sparse_plus, lambda z: 0 if z <= -1 else (z + 1) ** 2 / 4 if z < 1 else z),
    "silu": (ops.silu, lambda z: z * sigmoid(z)),
    "squareplus": (lambda x: ops.squareplus(x, b=2), lambda z: (z + math.sqrt(z * z + 2)) / 2),
    "log_sigmoid": (ops.log_sigmoid, lambda z: -math.log1p(math.exp(-z))),
    "leaky": (lambda x: ops.leaky_relu(x, 0.125), lambda z: z if z > 0 else 0.125 * z),
    "hard_sigmoid": (ops.hard_sigmoid, lambda z: min(max(z / 6 + 0.5, 0), 1)),
    "hard_silu": (ops.hard_silu, lambda z: z * min(max(z / 6 + 0.5, 0), 1)),
    "elu": (lambda x: ops.elu(x, 2.0), elu(2.0)),
    "selu": (ops.selu, lambda z: 1.0507009873554805 * elu(1.6732632423543772)(z)),
    "celu": (lambda x: ops.celu(x, 2.0), lambda z: max(z, 0) + 2 * math.expm1(min(z, 0) / 2)),
    "gelu": (lambda x: ops.gelu(x, approximate=True), gelu_tanh),
    "gelu_exact": (lambda x: ops.gelu(x, approximate=False), lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2),
    "tanh_shrink": (ops.tanh_shrink, lambda z: z - math.tanh(z)),
    "hard_tanh": (ops.hard_tanh, lambda z: min(max(z, -1), 1)),
    "threshold": (lambda x: ops.threshold(x, 0.5, -3.0), lambda z: z if z > 0.5 else -3.0),
    "tanh": (ops.tanh, math.tanh),
    "exp": (ops.exp, math.exp),
    "expm1": (ops.expm1, math.expm1),
    "abs": (ops.abs, abs),
    "sign": (ops.sign, np.sign),
    "sin": (ops.sin, math.sin),
    "cos": (ops.cos, math.cos),
    "arctan": (ops.arctan, math.atan),
    "erf": (ops.erf, math.erf),
    "floor": (ops.floor, math.floor),
    "ceil": (ops.ceil, math.ceil),
    "clip": (lambda x: ops.clip(x, -0.5, 0.75), lambda z: min(max(z, -0.5), 0.75)),
}  # fmt: skip
OF_POSITIVE = {
    "log": (ops.log, math.log),
    "log1p": (ops.log1p, math.log1p),
    "log2": (ops.log2, math.log2),
    "log10": (ops.log10, math.log10),
    "sqrt": (ops.sqrt, math.sqrt),
    "rsqrt": (ops.rsqrt, lambda z: 1 / math.sqrt(z)),
    "reciprocal": (ops.reciprocal, lambda z: 1 / z),
}
SHAPE = (3, 12)


def spread(x):
    """Numbers of all sizes: small, near the bends, far out."""
    x[0, 0] = np.linspace(-9, 9, 12)
    x[0, 1] = np.geomspace(1e-4, 5, 12)
    x[0, 2] = -np.geomspace(1e-4, 5, 12)
    return x


def every_unit(probe, x, follows, count=1):
    for unit in np.ndindex(*SHAPE):
        found = check(probe, x, last(probe), unit, activation=follows, linear=False)
        assert [(term.index, term.weight) for term in found.terms] == [(unit, 1.0)][:count]


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", LAYERS)
def test_an_activation_layer_is_a_function_of_its_input(name, dtype):
    make, follows = LAYERS[name]
    with wide_numbers():
        probe, x = probed(make(dtype), SHAPE)
        every_unit(probe, spread(x), follows)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_a_function_of_its_input(name):
    build, follows = OPERATIONS[name]
    probe, x = probed(build, SHAPE)
    every_unit(probe, spread(x), follows)
    where = reached(probe, x, last(probe), (2, 5))["input"]
    assert np.argwhere(where).tolist() == [[2, 5]]


@pytest.mark.parametrize("name", OF_POSITIVE)
def test_an_operation_on_positive_numbers(name):
    build, follows = OF_POSITIVE[name]
    probe, x = probed(build, SHAPE)
    every_unit(probe, np.abs(spread(x)) + 1e-3, follows)


def test_negation_and_squares_are_products():
    probe, x = probed(ops.negative, SHAPE)
    (term,) = check(probe, x, last(probe), (1, 2)).terms
    assert term.weight == -1.0
    probe, x = probed(ops.square, SHAPE)
    (term,) = check(probe, x, last(probe), (1, 2)).terms
    assert (term.weight_path, term.weight_index, term.weight) == ("input", (1, 2), term.input)


@pytest.mark.parametrize("to", ["float16", "int32", "bool"])
def test_a_cast_rounds_or_cuts(to):
    probe, x = probed(lambda x: ops.cast(x, to), SHAPE)
    x = spread(x)
    for unit in some_units(SHAPE, 8):
        found = kv.arithmetic(probe, x, last(probe), unit)
        value = probe.activations(x)[last(probe)][0][unit]
        assert found.value == float(value)
        assert found.agrees
        assert found.computed == (found.terms[0].input if to == "float16" else float(value))


@pytest.mark.parametrize("shared", [None, [1], [1, 2]])
def test_the_slope_of_prelu_is_the_one_of_its_place(shared):
    layer = layers.PReLU(shared_axes=shared)
    probe, x = probed(layer, (3, 4, 2))
    alpha = probe.weights(layer)["alpha"].astype("float64")
    for unit in some_units((3, 4, 2), 6):
        at = tuple(0 if axis + 1 in (shared or []) else place for axis, place in enumerate(unit))
        check(probe, x, layer, unit, activation=lambda z, at=at: max(z, 0) + alpha[at] * min(z, 0), linear=False)
        np.testing.assert_array_equal(reached(probe, x, last(probe), unit)["input"], depends(probe.model, x, unit)[0])


SOFTMAXES = {
    "last": (lambda d: layers.Softmax(dtype=d), (-1,)),
    "first": (lambda d: layers.Softmax(axis=1, dtype=d), (1,)),
    "both": (lambda d: layers.Softmax(axis=(1, 2), dtype=d), (1, 2)),
    "activation": (lambda d: layers.Activation("softmax", dtype=d), (-1,)),
    "operation": (lambda _: lambda x: ops.softmax(x, axis=2), (2,)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", SOFTMAXES)
@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_a_softmax_shares_out_the_powers_of_its_row(name, dtype, scale):
    make, axes = SOFTMAXES[name]
    with wide_numbers():
        probe, x = probed(make(dtype), (4, 3, 5))
        x = x * np.float32(scale)
        path = last(probe)
        first = array_at(probe.activations(x), "input")
        taken = first if name == "operation" else probed_cast(first, probe_dtype(probe, path))
        powers = np.exp(taken.astype("float64") - taken.max())
        shares = powers / powers.sum(axis=tuple(a - 1 if a > 0 else a for a in axes), keepdims=True)
        for unit in some_units((4, 3, 5), 4):
            found = check(probe, x, path, unit, activation=lambda _, unit=unit: shares[unit], linear=False)
            row = found.stages["sum of powers"]
            assert len(row.terms) == int(np.prod([(4, 3, 5)[a - 1 if a > 0 else a] for a in axes]))
            np.testing.assert_allclose(
                np.exp(found.total - found.stages["largest"].total) / row.total, found.computed, rtol=1e-12
            )
            where = reached(probe, x, path, unit)["input"]
            assert sorted(map(tuple, np.argwhere(where))) == sorted(term.index for term in row.terms)


def probed_cast(array, dtype):
    if dtype == "bfloat16":
        import ml_dtypes

        dtype = ml_dtypes.bfloat16
    return array.astype(dtype)


def test_masked_places_have_no_share():
    inputs = keras.Input((4, 5))
    model = keras.Model(inputs, layers.Softmax(axis=-1)(inputs, mask=inputs > 0))
    probe, x = kv.Probe(model), np.random.default_rng(0).normal(size=(1, 4, 5)).astype("float32")
    x[0, 3] = -1.0  # a row without any place
    powers = np.where(x[0] > 0, np.exp(x[0].astype("float64")), 0)
    for unit in np.ndindex(4, 5):
        found = kv.arithmetic(probe, x, "softmax", unit)
        expected = powers[unit] / max(powers[unit[0]].sum(), 1e-300)
        np.testing.assert_allclose(found.computed, expected, rtol=1e-9)
        assert found.agrees, str(found)
        if x[0][unit] > 0:
            assert len(found.stages["sum of powers"].terms) == (x[0, unit[0]] > 0).sum()


@pytest.mark.parametrize("build", [ops.log_softmax, ops.sparsemax])
def test_relatives_of_softmax_hold(build):
    probe, x = probed(build, (3, 6))
    for unit in np.ndindex(3, 6):
        check(probe, x, last(probe), unit, activation=lambda _, unit=unit: build_numpy(build, x[0], unit), linear=False)


def build_numpy(build, x, unit):
    row = x[unit[0]].astype("float64")
    if build is ops.log_softmax:
        return row[unit[1]] - np.log(np.exp(row).sum())
    assert build is ops.sparsemax
    ordered = np.sort(row)[::-1]
    sums = np.cumsum(ordered)
    support = ordered * np.arange(1, len(row) + 1) > sums - 1
    threshold = (sums[support].sum() - 1) / support.sum()  # as Keras has it, not as the paper
    return max(row[unit[1]] - threshold, 0)


def quick_gelu(x):
    return x * ops.sigmoid(1.702 * x)


def relu(x):
    """Not Keras's, by the same name."""
    return ops.maximum(x, -0.5)


def share(x):
    return ops.exp(x) / (1 + ops.sum(ops.exp(x), axis=-1, keepdims=True))


OWN = {
    "quick_gelu": (quick_gelu, lambda row, i: row[i] * sigmoid(1.702 * row[i])),
    "relu (own)": (relu, lambda row, i: max(row[i], -0.5)),
    "<lambda>": (lambda x: 2 * x + 1, lambda row, i: 2 * row[i] + 1),
    "share": (share, lambda row, i: math.exp(row[i]) / (1 + np.exp(row).sum())),
}
OWN_IN = {
    "conv": (lambda f, d: layers.Conv2D(3, 2, activation=f, dtype=d), (4, 5, 2)),
    "separable": (lambda f, d: layers.SeparableConv2D(3, 2, activation=f, dtype=d), (4, 5, 2)),
    "dense": (lambda f, d: layers.Dense(4, activation=f, dtype=d), (3, 5)),
    "einsum": (lambda f, d: layers.EinsumDense("abc,cd->abd", (3, 4), activation=f, dtype=d), (3, 5)),
    "activation": (lambda f, d: layers.Activation(f, dtype=d), (3, 5)),
}


@pytest.mark.parametrize("place", OWN_IN)
@pytest.mark.parametrize("name", OWN)
def test_an_activation_of_ones_own_is_asked_itself(name, place):
    function, of_row = OWN[name]
    make, shape = OWN_IN[place]
    layer = make(function, None)
    probe, x = single(layer, shape)
    shape = layer.output.shape[1:]
    for unit in some_units(shape, 1):
        row = [kv.arithmetic(probe, x, layer, (*unit[:-1], i)).total for i in range(shape[-1])]
        found = kv.arithmetic(probe, x, layer, unit)
        assert found.agrees, str(found)
        assert found.activation == name
        np.testing.assert_allclose(found.computed, of_row(row, unit[-1]), rtol=1e-5, atol=1e-6)


def test_an_activation_of_ones_own_in_half_precision():
    layer = layers.Dense(4, activation=quick_gelu, dtype="mixed_bfloat16")
    probe, x = single(layer, (5,))
    found = kv.arithmetic(probe, x, layer, 2)
    assert found.agrees, str(found)
    assert found.computed == pytest.approx(found.total * sigmoid(1.702 * found.total), rel=2**-6)


class Twice:
    """A callable object, which Keras cannot write down."""

    def __call__(self, x):
        return 2 * x


@functools.wraps(activations.relu)
def loud_relu(x):
    return 3 * activations.relu(x)


@pytest.mark.parametrize(
    ("function", "name", "of"),
    [
        (functools.partial(activations.relu, max_value=0.25), "partial", lambda z: min(max(z, 0), 0.25)),
        (Twice(), "Twice", lambda z: 2 * z),
        (loud_relu, "relu", lambda z: 3 * max(z, 0)),
    ],
)
def test_functions_that_have_no_name_or_that_of_another_are_asked_themselves(function, name, of):
    layer = layers.Conv2D(3, 2, strides=2, activation=function)
    probe, x = single(layer, (4, 5, 2))
    found = kv.arithmetic(probe, x, layer, (1, 0, 2))
    assert found.agrees, str(found)
    assert found.activation == name
    assert found.computed == pytest.approx(of(found.total), rel=1e-5)
    assert pickle.loads(pickle.dumps(probe.settings(layer)))["activation"] == name


@pytest.mark.parametrize(
    "function", [lambda x: ops.softmax(x, axis=1), lambda x: ops.max(ops.reshape(x, (-1, 3, 2, 2)), axis=-1)]
)
def test_an_activation_of_ones_own_that_mixes_other_axes_has_no_rule(function):
    layer = layers.Dense(4, activation=function)
    probe, x = single(layer, (3, 5))
    with pytest.raises(kv.NoRuleError, match=r"depends on more than|does not take numbers along one axis"):
        kv.arithmetic(probe, x, layer, (1, 0))


def hard_sigmoid(x):
    """As Keras 2 had it."""
    return ops.clip(0.2 * x + 0.5, 0, 1)


def test_a_gate_with_a_function_of_ones_own_is_not_taken_for_keras_one_of_that_name():
    layer = layers.LSTM(3, recurrent_activation=hard_sigmoid)
    probe, x = single(layer, (4, 2))
    with pytest.raises(kv.NoRuleError, match=r"hard_sigmoid \(own\)"):
        kv.arithmetic(probe, x, layer, 0)


def test_an_activation_of_ones_own_may_look_at_its_whole_row():
    probe, x = single(layers.Activation(share), (3, 5))
    np.testing.assert_array_equal(reached(probe, x, last(probe), (1, 2))["input"], depends(probe.model, x, (1, 2))[0])


def test_an_activation_of_ones_own_that_takes_no_single_rows_says_so():
    def only_pictures(x):
        if x.shape[1] == 1:
            raise ValueError("a picture, please")
        return x

    layer = layers.Conv2D(3, 2, activation=only_pictures)
    probe, x = single(layer, (4, 5, 2))
    with pytest.raises(kv.NoRuleError, match="does not take numbers along one axis: a picture, please"):
        kv.arithmetic(probe, x, layer, (0, 0, 0))


def test_the_layer_scale_of_convnext_is_a_product_with_its_weight():
    layer = LayerScale(1.0, 4)
    probe, x = single(layer, (3, 4))
    (term,) = check(probe, x, layer, (1, 2)).terms
    assert term.weight_index == (2,)
