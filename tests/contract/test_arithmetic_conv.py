"""The arithmetic of convolutions of all kinds, on random layers."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from tests.contract.arithmetic_oracle import EPS, check, single, some_units
from tests.contract.helpers import BACKEND, wide_numbers

L = keras.layers
LAST, FIRST = "channels_last", "channels_first"
# kind, shape of a sample (channels last), settings; as channels first where the backend can
CASES = [
    ("Conv1D", (9, 3), {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}),
    ("Conv1D", (9, 4), {"filters": 6, "kernel_size": 4, "padding": "same", "strides": 2, "groups": 2}),
    ("Conv1D", (10, 3), {"filters": 2, "kernel_size": 3, "dilation_rate": 3}),
    ("Conv2D", (7, 6, 3), {"filters": 4, "kernel_size": 3, "padding": "same"}),
    ("Conv2D", (7, 6, 3), {"filters": 4, "kernel_size": (2, 4), "strides": (3, 2), "padding": "same"}),
    ("Conv2D", (8, 9, 2), {"filters": 3, "kernel_size": (3, 2), "strides": 2, "use_bias": False}),
    ("Conv2D", (9, 9, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": (2, 3), "padding": "same"}),
    ("Conv2D", (6, 6, 6), {"filters": 9, "kernel_size": 3, "groups": 3, "padding": "same", "strides": 2}),
    ("Conv3D", (4, 5, 6, 2), {"filters": 3, "kernel_size": (2, 3, 2), "strides": (1, 2, 2), "padding": "same"}),
    ("DepthwiseConv1D", (8, 3), {"kernel_size": 3, "depth_multiplier": 2, "padding": "same"}),
    ("DepthwiseConv2D", (7, 6, 3), {"kernel_size": (3, 2), "depth_multiplier": 3, "padding": "same"}),
    ("DepthwiseConv2D", (9, 9, 3), {"kernel_size": 3, "strides": 2, "dilation_rate": 2, "padding": "same"}),
    ("DepthwiseConv2D", (9, 9, 3), {"kernel_size": 3, "dilation_rate": 2, "use_bias": False}),
    ("Conv1DTranspose", (5, 3), {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}),
    ("Conv1DTranspose", (5, 3), {"filters": 4, "kernel_size": 5, "strides": 3, "padding": "valid"}),
    ("Conv1DTranspose", (5, 3), {"filters": 2, "kernel_size": 2, "strides": 4, "padding": "same"}),
    ("Conv2DTranspose", (4, 5, 2), {"filters": 3, "kernel_size": (3, 4), "strides": (2, 3), "padding": "same"}),
    ("Conv2DTranspose", (4, 4, 2), {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 1, "padding": "same"}),
    ("Conv2DTranspose", (4, 4, 2), {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 1, "padding": "valid"}),
    ("Conv2DTranspose", (4, 5, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}),
    ("Conv2DTranspose", (4, 5, 2), {"filters": 3, "kernel_size": 2, "padding": "valid", "use_bias": False}),
    ("Conv3DTranspose", (2, 3, 3, 2), {"filters": 2, "kernel_size": (2, 3, 3), "strides": 2, "padding": "same"}),
]  # fmt: skip


def made(kind, shape, settings, data_format, dtype="float32", **more):
    """A probe and a sample; None where this backend cannot run the layer."""
    layer = getattr(L, kind)(**settings, **more, data_format=data_format, dtype=dtype)
    shape = shape if data_format == LAST else (shape[-1], *shape[:-1])
    try:
        probe, x = single(layer, shape)
        probe.activations(x)
    except Exception:  # each backend has an error of its own for what it cannot do
        if BACKEND != "tensorflow":
            raise
        return None
    return probe, x, layer


def output_of(probe, x, layer):
    return probe.activations(x)[probe.output_of(layer)][0]


@pytest.mark.parametrize("data_format", [LAST, FIRST])
@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_unit_is_the_sum_of_what_its_window_sees(number, data_format):
    kind, shape, settings = CASES[number]
    found = made(kind, shape, settings, data_format)
    if found is None:
        pytest.skip("this backend cannot run it")
    probe, x, layer = found
    output = output_of(probe, x, layer)
    most = int(np.prod(layer.kernel_size)) * (1 if "Depthwise" in kind else shape[-1] // settings.get("groups", 1))
    for unit in some_units(output.shape, 3, seed=number):
        terms = check(probe, x, layer, unit).terms
        assert len(terms) <= most
        assert {term.weight_path for term in terms} <= {"kernel"}
        assert len({term.index for term in terms}) == len(terms) == len({term.weight_index for term in terms})


def test_a_window_inside_the_picture_sees_the_whole_kernel_and_one_in_the_corner_less():
    probe, x, layer = made("Conv2D", (7, 6, 3), {"filters": 4, "kernel_size": 3, "padding": "same"}, LAST)
    assert len(check(probe, x, layer, (3, 3, 0)).terms) == 27
    assert len(check(probe, x, layer, (0, 0, 0)).terms) == 12
    assert len(check(probe, x, layer, (0, 3, 0)).terms) == 18


@pytest.mark.parametrize("kind", ["Conv1D", "DepthwiseConv2D", "Conv2D", "Conv2DTranspose", "SeparableConv2D"])
def test_the_bias_stands_where_keras_adds_it(kind):
    """On TensorFlow it goes along the last axis when that is as long as the bias, even with channels first."""
    shape, settings = ((3, 3) if "1D" in kind else (4, 3, 3)), {"kernel_size": 2, "padding": "same"}
    found = made(kind, shape, settings if "Depthwise" in kind else settings | {"filters": 3}, FIRST)
    if found is None:
        pytest.skip("this backend cannot run it")
    probe, x, layer = found
    for unit in [(0, 2), (2, 0), (1, 1)]:
        unit = unit if "1D" in kind else (unit[0], 1, unit[1])  # noqa: PLW2901
        if BACKEND == "tensorflow" and kind in ("Conv1D", "Conv2D"):  # there it depends on what was compiled
            with pytest.raises(kv.NoRuleError, match="compiled"):
                kv.arithmetic(probe, x, layer, unit)
            continue
        found = check(probe, x, layer, unit, linear=kind != "SeparableConv2D")
        assert found.bias == probe.weights(layer)["bias"][unit[-1 if BACKEND == "tensorflow" else 0]]


@pytest.mark.parametrize("dtype", ["float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("number", [1, 3, 7, 8, 10, 16])
def test_other_dtypes(number, dtype):
    kind, shape, settings = CASES[number]
    with wide_numbers():
        found = made(kind, shape, settings, LAST, dtype)
        if found is None:
            pytest.skip("this backend cannot run it")
        probe, x, layer = found
        for unit in some_units(output_of(probe, x, layer).shape, 2):
            check(probe, x, layer, unit)


@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D", "Conv2DTranspose", "SeparableConv2D"])
@pytest.mark.parametrize("data_format", [LAST, FIRST])
def test_a_fused_softmax_goes_along_the_last_axis(kind, data_format):
    settings = {"kernel_size": 3, "padding": "same"} | ({} if "Depthwise" in kind else {"filters": 4})
    for activation in ["softmax", "tanh"]:
        found = made(kind, (5, 6, 3), settings, data_format, activation=activation)
        if found is None:
            pytest.skip("this backend cannot run it")
        probe, x, layer = found
        plain = getattr(L, kind)(**settings, data_format=data_format)
        twin = keras.Sequential([keras.Input(x.shape[1:]), plain])
        plain.set_weights(layer.get_weights())
        logits = keras.ops.convert_to_numpy(twin(x))[0].astype(np.float64)
        for unit in some_units(logits.shape, 2):
            found = kv.arithmetic(probe, x, layer, unit)
            row = np.exp(logits[unit[:-1]])
            expected = row[unit[-1]] / row.sum() if activation == "softmax" else np.tanh(logits[unit])
            np.testing.assert_allclose(found.total, logits[unit], rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(found.computed, expected, rtol=1e-4)
            assert found.activation == activation
            assert found.agrees


SEPARABLE = [
    ("SeparableConv1D", (9, 3), {"filters": 4, "kernel_size": 3, "depth_multiplier": 2, "padding": "same", "strides": 2}),
    ("SeparableConv1D", (9, 3), {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "use_bias": False}),
    ("SeparableConv2D", (7, 6, 3), {"filters": 4, "kernel_size": (3, 2), "depth_multiplier": 2, "padding": "same"}),
    ("SeparableConv2D", (7, 7, 2), {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}),
    ("SeparableConv2D", (9, 9, 2), {"filters": 3, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("data_format", [LAST, FIRST])
@pytest.mark.parametrize("number", range(len(SEPARABLE)))
def test_a_separable_unit_mixes_stages_of_single_channels(number, data_format, dtype):
    if dtype != "float32" and number % 2:
        return
    kind, shape, settings = SEPARABLE[number]
    with wide_numbers():
        found = made(kind, shape, settings, data_format, dtype)
        if found is None:
            pytest.skip("this backend cannot run it")
        probe, x, layer = found
        for unit in some_units(output_of(probe, x, layer).shape, 2):
            check_separable(probe, x, layer, unit, shape[-1] * settings.get("depth_multiplier", 1))


def check_separable(probe, x, layer, unit, channels):
    found = check(probe, x, layer, unit, linear=False)
    assert len(found.terms) == len(found.stages) == channels
    assert {term.weight_path for term in found.terms} == {"pointwise_kernel"}
    size = abs(found.bias)
    for term in found.terms:
        stage = found.stages[term.stage]
        assert term.input == stage.computed
        np.testing.assert_allclose(stage.computed, sum(t.input * t.weight for t in stage.terms), rtol=1e-12)
        number = int(term.stage.split()[1])
        axis = -1 if layer.data_format == LAST else 0
        assert term.weight_index[-2:] == (number, unit[axis])
        assert {t.weight_path for t in stage.terms} == {"depthwise_kernel"}
        assert {t.index[axis] for t in stage.terms} == {number // layer.depth_multiplier}
        size += abs(term.weight) * sum(abs(t.product) for t in stage.terms) + abs(term.product)
    assert abs(found.error) <= 4 * EPS[layer.compute_dtype] * size


def test_the_operation_with_a_constant_kernel():
    kernel = np.random.default_rng(1).normal(size=(3, 3, 4, 2)).astype("float32")
    inputs = keras.Input((6, 7, 4))
    probe = kv.Probe(keras.Model(inputs, keras.ops.conv(inputs, kernel, strides=(3, 1), padding="valid")))
    x = np.random.default_rng(0).normal(size=(1, 6, 7, 4)).astype("float32")
    found = check(probe, x, probe.layers[0].path, (1, 2, 1))
    weights = {term.index: term.weight for term in found.terms}
    assert weights == {
        (3 + i, 2 + j, c): kernel[i, j, c, 1] for i in range(3) for j in range(3) for c in range(4)
    }  # fmt: skip
    variable = keras.Variable(kernel)
    probe = kv.Probe(keras.Model(inputs, keras.ops.conv(inputs, variable)))
    with pytest.raises(kv.NoRuleError, match="cannot be seen"):
        kv.arithmetic(probe, x, probe.layers[0].path, (1, 2, 1))
