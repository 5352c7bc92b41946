"""The arithmetic of pooling, reductions and resizing, on random layers."""

import itertools

import keras
import numpy as np
import pytest

import kerasviz as kv
from tests.contract.arithmetic_oracle import check, single, some_units
from tests.contract.helpers import BACKEND, wide_numbers

L = keras.layers
LAST, FIRST = "channels_last", "channels_first"
CASES = [
    (1, (9, 3), {"pool_size": 3}),
    (1, (8, 3), {"pool_size": 3, "strides": 2, "padding": "same"}),
    (1, (9, 3), {"pool_size": 2, "strides": 1, "padding": "same"}),
    (2, (7, 6, 2), {"pool_size": (2, 3), "strides": (1, 2)}),
    (2, (7, 6, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
    (2, (7, 7, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
    (2, (6, 5, 2), {"pool_size": (2, 4), "strides": (2, 1), "padding": "same"}),
    (3, (4, 5, 6, 2), {"pool_size": 2, "strides": (1, 2, 2), "padding": "same"}),
    (3, (4, 5, 6, 2), {"pool_size": (2, 3, 2)}),
]


def laid_out(shape, data_format):
    return shape if data_format == LAST else (shape[-1], *shape[:-1])


def output_of(probe, x, layer):
    return probe.activations(x)[probe.output_of(layer)][0]


def window(size, stride, length, count, at):
    """The cells along one axis, also those outside, and whether as many hang out on both sides."""
    hang = max(0, (count - 1) * stride + size - length)  # 0 without padding
    return [at * stride - hang // 2 + tap for tap in range(size)], hang % 2


def cells_of(layer, shape, output, unit):
    """Every cell of the unit's window as often as it is counted, and its weight."""
    axes = range(len(shape) - 1) if layer.data_format == LAST else range(1, len(shape))
    found = [
        window(size, stride, shape[axis], output.shape[axis], unit[axis])
        for axis, size, stride in zip(axes, layer.pool_size, layer.strides, strict=True)
    ]
    repeats = BACKEND == "torch" and any(odd for _, odd in found)
    along = {}
    for axis, (cells, _) in zip(axes, found, strict=True):
        inside = [c for c in cells if 0 <= c < shape[axis]]
        along[axis] = [min(max(c, 0), shape[axis] - 1) for c in cells] if repeats else inside
    return list(itertools.product(*(along.get(axis, [unit[axis]]) for axis in range(len(shape)))))


@pytest.mark.parametrize("data_format", [LAST, FIRST])
@pytest.mark.parametrize("what", ["Max", "Average"])
@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_window_of_pooling(number, what, data_format):
    rank, shape, settings = CASES[number]
    layer = getattr(L, f"{what}Pooling{rank}D")(**settings, data_format=data_format)
    probe, x = single(layer, laid_out(shape, data_format))
    output = output_of(probe, x, layer)
    for unit in some_units(output.shape, 4, seed=number):
        found = check(probe, x, layer, unit)
        cells = cells_of(layer, x.shape[1:], output, unit)
        assert {term.index for term in found.terms} == set(cells)
        for term in found.terms:
            share = cells.count(term.index) / len(cells)
            expected = float(term.input == found.value) if what == "Max" else share
            np.testing.assert_allclose(term.weight, expected, rtol=1e-12)
            assert term.weight_path == ""
        if what == "Max":
            assert found.error == 0


@pytest.mark.parametrize("dtype", ["float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize(
    "name", ["MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "AdaptiveAveragePooling2D"]
)
def test_other_dtypes(name, dtype):
    settings = {"pool_size": 3, "padding": "same"} if name[0] in "MA" and "Ad" not in name else {}
    settings |= {"output_size": (3, 2)} if "Adaptive" in name else {}
    layer = getattr(L, name)(**settings, dtype=dtype)
    with wide_numbers():
        probe, x = single(layer, (7, 8, 3))
        for unit in some_units(output_of(probe, x, layer).shape, 2):
            narrow = dtype == "float64" and name.startswith("Global") and BACKEND != "tensorflow"  # so does Keras
            check(probe, x, layer, unit, rounded="float32" if narrow else None)


@pytest.mark.parametrize("data_format", [LAST, FIRST])
@pytest.mark.parametrize("what", ["Max", "Average"])
@pytest.mark.parametrize("shape", [(9, 3), (5, 4, 2), (3, 4, 2, 2)])
def test_pooling_over_whole_axes_and_over_parts_of_them(shape, what, data_format):
    rank = len(shape) - 1
    counts = (4, 3, 2)[:rank]
    for layer in [
        getattr(L, f"Global{what}Pooling{rank}D")(data_format=data_format),
        getattr(L, f"Global{what}Pooling{rank}D")(data_format=data_format, keepdims=True),
        getattr(L, f"Adaptive{what}Pooling{rank}D")(counts, data_format=data_format),
    ]:
        probe, x = single(layer, laid_out(shape, data_format))
        output = output_of(probe, x, layer)
        for unit in some_units(output.shape, 2):
            found = check(probe, x, layer, unit)
            inputs = [term.input for term in found.terms]
            assert found.value == pytest.approx(max(inputs) if what == "Max" else np.mean(inputs), rel=1e-5)
            if "Global" in type(layer).__name__:
                assert len(found.terms) == np.prod(shape[:-1])
            else:
                axes = range(rank) if data_format == LAST else range(1, rank + 1)
                spans = [span(n, count, unit[axis]) for n, count, axis in zip(shape, counts, axes, strict=False)]
                assert len(found.terms) == np.prod([len(s) for s in spans])
                assert {tuple(t.index[a] for a in axes) for t in found.terms} == set(itertools.product(*spans))


def span(length, count, at):
    return range(int(np.floor(at * length / count)), int(np.ceil((at + 1) * length / count)))


def test_the_first_of_equals_is_chosen_and_infinite_candidates_are_left_out():
    layer = L.MaxPooling1D(4)
    inputs = keras.Input((4, 1))
    probe = kv.Probe(keras.Model(inputs, layer(keras.ops.log(inputs))))
    found = check(probe, np.array([[[1.0], [2.0], [2.0], [0.0]]], "float32"), layer, (0, 0))
    assert (found.terms[0].index, found.terms[0].weight) == ((1, 0), 1.0)
    assert sum(term.weight for term in found.terms) == 1
    found = check(probe, np.array([[[0.0], [2.0], [3.0], [0.5]]], "float32"), layer, (0, 0))
    assert {term.index for term in found.terms} == {(1, 0), (2, 0), (3, 0)}
    assert "left out" in found.note


@pytest.mark.parametrize("data_format", [LAST, FIRST])
def test_a_mask_says_which_steps_the_mean_is_of(data_format):
    tokens = keras.Input((5,), dtype="int32")
    hidden = L.Embedding(10, 3, mask_zero=True)(tokens)
    if data_format == FIRST:
        features = L.Permute((2, 1))(hidden)
        mask = keras.ops.not_equal(tokens, 0)
    pool = L.GlobalAveragePooling1D(data_format=data_format)
    model = keras.Model(tokens, pool(hidden) if data_format == LAST else pool(features, mask=mask))
    probe = kv.Probe(model)
    x = np.array([[4, 0, 2, 7, 0]])
    found = check(probe, x, pool, (1,))
    axis = 0 if data_format == LAST else 1
    assert {term.index[axis] for term in found.terms} == {0, 2, 3}
    assert {term.weight for term in found.terms} == {1 / 3}
    assert "3 of 5" in found.note
    found = kv.arithmetic(probe, np.zeros((1, 5), int), pool, (1,))
    assert np.isnan(found.value)
    assert np.isnan(found.computed)
    assert found.agrees


@pytest.mark.parametrize("name", ["mean", "sum", "max", "min", "amax", "amin"])
@pytest.mark.parametrize(("axis", "keepdims"), [(1, False), ((1, -1), True), ((2, 3), False), (-1, True)])
def test_operations_over_whole_axes(name, axis, keepdims):
    inputs = keras.Input((3, 4, 2))
    probe = kv.Probe(keras.Model(inputs, getattr(keras.ops, name)(inputs, axis=axis, keepdims=keepdims)))
    x = np.random.default_rng(0).normal(size=(1, 3, 4, 2)).astype("float32")
    path = probe.layers[0].path
    expected = getattr(np, name)(x.astype(float), axis=axis, keepdims=keepdims)[0]
    for unit in some_units(expected.shape, 2):
        found = check(probe, x, path, unit)
        np.testing.assert_allclose(found.total, expected[unit], rtol=1e-6)
        taken = axis if isinstance(axis, tuple) else (axis,)
        assert len(found.terms) == np.prod([x.shape[a] for a in taken])


def test_operations_of_pooling():
    inputs = keras.Input((7, 6, 2))
    x = np.random.default_rng(0).normal(size=(1, 7, 6, 2)).astype("float32")
    for outputs, count in [
        (keras.ops.max_pool(inputs, 2, strides=2), 4),
        (keras.ops.average_pool(inputs, (3, 2), strides=1), 6),
        (keras.ops.adaptive_average_pool(inputs, (2, 3)), 8),
    ]:
        probe = kv.Probe(keras.Model(inputs, outputs))
        assert len(check(probe, x, probe.layers[0].path, (1, 1, 1)).terms) == count


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16"])
@pytest.mark.parametrize("data_format", [LAST, FIRST])
def test_resized_pictures(data_format, dtype, interpolation):
    with wide_numbers():
        for make in [
            lambda **kw: L.UpSampling2D((2, 3), interpolation=interpolation, **kw),
            lambda **kw: L.Resizing(5, 9, interpolation=interpolation, **kw),
            lambda **kw: L.Resizing(11, 3, interpolation=interpolation, **kw),
        ]:
            layer = make(dtype=dtype, data_format=data_format)
            probe, x = single(layer, laid_out((6, 7, 2), data_format))
            for unit in some_units(output_of(probe, x, layer).shape, 4):
                found = check(probe, x, layer, unit, linear=False)
                assert sum(term.weight for term in found.terms) == pytest.approx(1)
                assert len(found.terms) <= (1 if interpolation == "nearest" else 4)
                assert interpolation == "bilinear" or found.error == 0


def test_a_large_picture_is_mixed_within_the_same_bound():
    for dtype in ["float32", "mixed_float16"]:
        layer = L.Resizing(100, 3, dtype=dtype)
        probe, x = single(layer, (333, 2, 1))
        for at in (0, 3, 50, 98, 99):
            found = check(probe, x, layer, (at, 1, 0), linear=False)
            assert found.bound < (0.02 if "16" in dtype else 1e-3)


def test_nearest_takes_the_same_cells_as_the_backend_at_all_sizes():
    for length, count in [(5, 5), (7, 3), (3, 7), (10, 4), (4, 10), (13, 29), (30, 7), (224, 100)]:
        layer = L.Resizing(count, 2, interpolation="nearest")
        probe, _ = single(layer, (length, 2, 1))
        x = np.arange(length, dtype="float32").repeat(2).reshape(1, length, 2, 1)
        output = output_of(probe, x, layer)
        for at in range(0, count, max(1, count // 10)):
            (term,) = kv.arithmetic(probe, x, layer, (at, 0, 0)).terms
            assert term.input == output[at, 0, 0]


def test_what_mixes_in_other_ways_has_no_rule():
    for layer in [
        L.Resizing(4, 4, interpolation="bicubic"),
        L.Resizing(4, 5, crop_to_aspect_ratio=True),
        L.UpSampling2D(2, interpolation="bicubic"),
    ]:
        probe, x = single(layer, (6, 6, 1))
        with pytest.raises(kv.NoRuleError, match=r"bicubic|more than"):
            kv.arithmetic(probe, x, layer, (0, 0, 0))


def test_the_operation_that_resizes():
    inputs = keras.Input((6, 6, 3))
    probe = kv.Probe(keras.Model(inputs, keras.ops.image.resize(inputs, (4, 9))))
    x = np.random.default_rng(0).normal(size=(1, 6, 6, 3)).astype("float32")
    for unit in some_units((4, 9, 3), 2):
        check(probe, x, probe.layers[0].path, unit, linear=False)
