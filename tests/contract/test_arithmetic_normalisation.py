"""Normalising layers: factor, mean and variance are NumPy's, and the sum is the model's."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kerasviz as kv
from tests.contract.arithmetic_models import depends, last, probed, reached
from tests.contract.arithmetic_oracle import TAKE_AS_GIVEN, array_at, cast, check, probe_dtype, some_units
from tests.contract.helpers import BACKEND, wide_numbers

IMAGE = (3, 4, 6)
NARROW = {} if BACKEND == "tensorflow" else {"float64": "float32"}  # what Keras makes of float64 elsewhere
DTYPES = ["float32", "float64", "mixed_float16", "mixed_bfloat16"]


def taken(probe, x, path):
    """The input in float64, as the layer takes it; layer and group normalisation cast nothing."""
    if any(info.kind in TAKE_AS_GIVEN for info in probe.layers):
        return array_at(probe.activations(x), "input").astype("float64")
    values, dtype = array_at(probe.activations(x), "input"), probe_dtype(probe, path)
    return np.vectorize(lambda value: cast(value, dtype))(values)


def stages_hold(found):
    """Every inner result that a term names is its number."""
    for term in found.terms:
        if term.stage and not term.function:
            assert term.input == found.stages[term.stage].computed
        if term.weight_stage:
            assert term.weight == found.stages[term.weight_stage].computed


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("parts", [{}, {"scale": False}, {"center": False}])
def test_a_batch_normalisation_uses_the_moving_statistics(axis, parts, dtype):
    layer = layers.BatchNormalization(axis=axis, epsilon=0.01, dtype=dtype, **parts)
    with wide_numbers():
        probe, x = probed(layer, IMAGE)
        weights = {name: array.astype("float64") for name, array in probe.weights(layer).items()}
        for unit in some_units(IMAGE, 3):
            found = check(probe, x, layer, unit, rounded=NARROW.get(dtype))
            at = unit[2 if axis == -1 else 0]
            factor = weights.get("gamma", np.ones(9))[at] / np.sqrt(weights["moving_variance"][at] + 0.01)
            np.testing.assert_allclose(term_of(found, unit).weight, factor, rtol=1e-6)
            np.testing.assert_allclose(found.stages["mean"].computed, weights["moving_mean"][at], rtol=1e-6)
            assert found.bias == pytest.approx(weights.get("beta", np.zeros(9))[at])
            stages_hold(found)


def term_of(found, unit):
    return next(term for term in found.terms if term.path and term.index == unit)


LAYERS = {
    "layer": (lambda d: layers.LayerNormalization(epsilon=0.01, dtype=d), (2,)),
    "layer_of_two_axes": (lambda d: layers.LayerNormalization(axis=(2, 3), dtype=d), (1, 2)),
    "layer_of_the_first": (lambda d: layers.LayerNormalization(axis=1, dtype=d), (0,)),
    "layer_plain": (lambda d: layers.LayerNormalization(scale=False, center=False, dtype=d), (2,)),
    "group": (lambda d: layers.GroupNormalization(3, epsilon=0.01, dtype=d), "groups of 2"),
    "instance": (lambda d: layers.GroupNormalization(-1, dtype=d), "groups of 1"),
    "group_first": (lambda d: layers.GroupNormalization(1, axis=1, dtype=d), (0, 1, 2)),
}

if BACKEND == "torch":
    del LAYERS["layer_of_the_first"]  # Keras hands it to a kernel of PyTorch's that takes the last axes only


def among(x, unit, over):
    """The numbers that are normalised together."""
    if isinstance(over, str):
        size = int(over[-1])
        first = unit[2] // size * size
        return x[:, :, first : first + size]
    return x[tuple(slice(None) if axis in over else place for axis, place in enumerate(unit))]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("offset", [0.0, 40.0])
def test_mean_and_variance_are_those_of_the_sample(name, dtype, offset):
    make, over = LAYERS[name]
    with wide_numbers():
        probe, x = probed(make(dtype), IMAGE)
        x = x + np.float32(offset)
        own = taken(probe, x, last(probe))
        for unit in some_units(IMAGE, 3):
            found = check(probe, x, last(probe), unit, linear=False)
            numbers = among(own, unit, over)
            assert len(found.stages["mean"].terms) == len(found.stages["variance"].terms) == numbers.size
            np.testing.assert_allclose(found.stages["mean"].computed, numbers.mean(), rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(found.stages["variance"].computed, numbers.var(), rtol=1e-9, atol=1e-12)
            assert 0 < found.bound < (0.25 if "16" in dtype or offset else 1e-3)
            stages_hold(found)
            if dtype == "float32" and not offset:
                where = reached(probe, x, last(probe), unit)["input"]
                np.testing.assert_array_equal(where, depends(probe.model, x, unit)[0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [-1, (2, 3)])
def test_a_root_mean_square_is_of_the_row(axis, dtype):
    layer = layers.RMSNormalization(axis=axis, epsilon=0.01, dtype=dtype)
    with wide_numbers():
        probe, x = probed(layer, IMAGE)
        own = taken(probe, x, last(probe))
        over = tuple(each % 4 - 1 for each in np.atleast_1d(axis))
        for unit in some_units(IMAGE, 3):
            found = check(probe, x, layer, unit, rounded=NARROW.get(dtype))
            square = (among(own, unit, over) ** 2).mean()
            np.testing.assert_allclose(found.stages["mean square"].computed, square, rtol=1e-9)
            np.testing.assert_allclose(found.stages["1 / deviation"].computed, 1 / np.sqrt(square + 0.01), rtol=1e-9)
            stages_hold(found)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [-1, (1, 2)])
def test_a_unit_normalisation_divides_by_the_length(axis, dtype):
    layer = layers.UnitNormalization(axis=axis, dtype=dtype)
    with wide_numbers():
        probe, x = probed(layer, IMAGE)
        own = taken(probe, x, last(probe))
        over = tuple(each % 4 - 1 for each in np.atleast_1d(axis))
        for unit in some_units(IMAGE, 3):
            found = check(probe, x, layer, unit, rounded=NARROW.get(dtype) if BACKEND == "torch" else None)
            length = np.linalg.norm(among(own, unit, over))
            np.testing.assert_allclose(term_of(found, unit).weight, 1 / length, rtol=1e-9)
            assert {term.weight_path for term in found.stages["square of the length"].terms} == {"input"}
            if dtype == "float32":
                where = reached(probe, x, last(probe), unit)["input"]
                np.testing.assert_array_equal(where, depends(probe.model, x, unit)[0])


def test_a_row_of_zeros_stays_zero():
    layer = layers.UnitNormalization()
    probe, x = probed(layer, (3, 4))
    x[0, 1] = 0.0
    assert check(probe, x, layer, (1, 2)).computed == 0.0


GAMMA, BETA = np.array([0.5, -1.0, 2.0, 1.5], "float32"), np.array([0.25, 0.0, -1.0, 3.0], "float32")
OPERATIONS = {
    "layer": lambda x: ops.layer_normalization(x, GAMMA, BETA, epsilon=0.01),
    "layer of a tensor": lambda x: ops.layer_normalization(x, ops.convert_to_tensor(GAMMA), None, axis=-1),
    "rms": lambda x: ops.rms_normalization(x, scale=GAMMA, axis=-1, epsilon=0.01),
    "unit": lambda x: ops.normalize(x, axis=-1),
    "batch": lambda x: ops.batch_normalization(x, BETA, GAMMA**2, axis=-1, offset=BETA, scale=GAMMA, epsilon=0.01),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_normalises_with_what_it_was_given(name):
    probe, x = probed(OPERATIONS[name], (3, 4))
    for unit in some_units((3, 4), 4):
        found = check(probe, x, last(probe), unit)
        stages_hold(found)
        where = reached(probe, x, last(probe), unit)["input"]
        np.testing.assert_array_equal(where, depends(probe.model, x, unit)[0])


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
@pytest.mark.parametrize("scale", [1 / 255, [0.5, 2.0, -1.0, 0.1, 3.0, 1.0]])
def test_rescaling_is_one_product(scale, dtype):
    layer = layers.Rescaling(scale, offset=-0.5, dtype=dtype)
    probe, x = probed(layer, IMAGE)
    for unit in some_units(IMAGE, 3):
        (term,) = check(probe, x, layer, unit).terms
        expected = np.broadcast_to(scale, IMAGE)[unit]
        assert term.weight == cast(np.float64(expected), probe_dtype(probe, last(probe)))


def test_whole_numbers_are_rescaled():
    layer = layers.Rescaling(1 / 255)
    probe, x = probed(layer, IMAGE, dtype="uint8")
    for unit in some_units(IMAGE, 3):
        assert check(probe, x, layer, unit).terms[0].input == float(x[0][unit])


STATISTICS = {
    "channel": ({"mean": [0.5, -1.0, 2.0, 0.0, 1.0, 3.0], "variance": [1.0, 4.0, 0.25, 2.0, 0.5, 9.0]}, lambda u: u[2]),
    "all": ({"axis": None, "mean": 0.5, "variance": 4.0}, lambda _: 0),
    "rows": ({"axis": 1, "mean": [0.5, -1.0, 2.0], "variance": [1.0, 4.0, 0.25]}, lambda u: u[0]),
    "back": ({"invert": True, "mean": [0.5] * 6, "variance": [4.0] * 6}, lambda u: u[2]),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16"])
@pytest.mark.parametrize("name", STATISTICS)
def test_a_normalization_layer_uses_its_statistics(name, dtype):
    settings, place = STATISTICS[name]
    layer = layers.Normalization(dtype=dtype, **settings)
    with wide_numbers():
        probe, x = probed(layer, IMAGE)
        mean, variance = (np.atleast_1d(settings[key]) for key in ("mean", "variance"))
        for unit in some_units(IMAGE, 3):
            found = check(probe, x, layer, unit, rounded=NARROW.get(dtype) if BACKEND == "torch" else None)
            root = np.sqrt(variance[place(unit)])
            expected = root if settings.get("invert") else 1 / root
            np.testing.assert_allclose(term_of(found, unit).weight, expected, rtol=2e-3 if "16" in dtype else 1e-7)
            np.testing.assert_allclose(found.stages["mean"].computed, mean[place(unit)], rtol=1e-3)
            stages_hold(found)


def test_what_was_learned_from_data_is_a_weight():
    layer = layers.Normalization(axis=(1, 3))
    data = np.random.default_rng(1).normal(2.0, 3.0, (20, *IMAGE)).astype("float32")
    layer.adapt(data)
    inputs = keras.Input(IMAGE)
    probe = kv.Probe(keras.Model(inputs, layer(inputs)))
    for unit in some_units(IMAGE, 3):
        found = check(probe, data[:1], layer, unit)
        np.testing.assert_allclose(found.stages["mean"].computed, data.mean(axis=(0, 2))[unit[0], unit[2]], rtol=1e-4)
        (term,) = found.stages["variance"].terms
        assert (term.weight_path, term.weight_index) == ("variance", (unit[0], unit[2]))


def test_spectral_normalisation_hands_on_what_its_layer_gives():
    layer = layers.SpectralNormalization(layers.Dense(3, name="dense"))
    probe, x = probed(layer, (4,))
    wrapped = next(path for path in (info.path for info in probe.layers) if path.endswith("/dense"))
    (term,) = check(probe, x, layer, (1,)).terms
    assert (term.path, term.index) == (wrapped, (1,))
    assert len(check(probe, x, wrapped, (1,)).terms) == 4
