"""Sums of products: EinsumDense, Dot and the operations, with NumPy's einsum beside them."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kerasviz as kv
from tests.contract.arithmetic_models import depends, last, probed, reached
from tests.contract.arithmetic_oracle import check, some_units
from tests.contract.helpers import BACKEND, wide_numbers

EQUATIONS = {
    "dense": ("ab,bc->ac", (5,), (4,), "c"),
    "on steps": ("abc,cd->abd", (3, 4), (None, 5), "d"),
    "dots": ("...x,xy->...y", (3, 4), (3, 5), "y"),
    "heads": ("btd,dhk->bthk", (3, 4), (None, 2, 3), "hk"),
    "back from heads": ("bthk,hkd->btd", (3, 2, 4), (None, 5), None),
    "no sum": ("abc,cd->abcd", (3, 4), (None, 4, 2), None),
    "turned": ("abc,bd->acd", (3, 4), (4, 2), "cd"),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16"])
@pytest.mark.parametrize("name", EQUATIONS)
def test_an_einsum_dense_sums_as_its_equation_says(name, dtype):
    equation, shape, output, bias = EQUATIONS[name]
    layer = layers.EinsumDense(equation, output_shape=output, bias_axes=bias, dtype=dtype)
    rounded = "float32" if dtype == "float64" and BACKEND == "torch" else None
    with wide_numbers():
        probe, x = probed(layer, shape)
        weights = probe.weights(layer)
        whole = np.einsum(equation, x, weights["kernel"])[0] + weights.get("bias", 0)
        for unit in some_units(whole.shape, 3):
            found = check(probe, x, layer, unit, rounded=rounded)
            assert len(found.terms) == products(equation, x, weights["kernel"])
            np.testing.assert_allclose(found.total, whole[unit], rtol=2e-2 if "16" in dtype else 1e-5, atol=1e-2)
            assert found.bias == pytest.approx(np.broadcast_to(weights.get("bias", 0.0), whole.shape)[unit], rel=1e-3)
        if dtype == "float32":
            where = reached(probe, x, last(probe), unit)["input"]
            np.testing.assert_array_equal(where, depends(probe.model, x, unit, (30.0, -20.0))[0])


def products(equation, x, kernel):
    """How many products one number is the sum of: the axes that the result lacks."""
    before, after = equation.replace("...", "bt").split("->")
    one, other = before.split(",")
    sizes = dict(zip(one, x.shape, strict=True)) | dict(zip(other, kernel.shape, strict=True))
    return int(np.prod([n for letter, n in sizes.items() if letter not in after]))


def test_a_fused_softmax_follows_the_row():
    layer = layers.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d", activation="softmax")
    probe, x = probed(layer, (3, 4))
    weights = {name: array.astype("float64") for name, array in probe.weights(layer).items()}
    powers = np.exp(x[0].astype("float64") @ weights["kernel"] + weights["bias"])
    shares = powers / powers.sum(axis=-1, keepdims=True)
    for unit in some_units((3, 5), 3):
        check(probe, x, layer, unit, activation=lambda _, unit=unit: shares[unit], linear=False)


DOTS = {
    "vectors": (1, (5,), (5,)),
    "series": (2, (3, 4), (5, 4)),
    "from the end": (-1, (3, 4), (5, 4)),
    "crossed": ((1, 2), (4, 3), (5, 4)),
    "vector": ((1, 2), (4,), (5, 4)),
    "of more axes": ((3, 1), (2, 3, 4), (4, 5)),
}


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16"])
@pytest.mark.parametrize("name", DOTS)
def test_a_dot_is_the_sum_over_one_axis_of_each(name, dtype, normalize):
    axes, *shapes = DOTS[name]
    layer = layers.Dot(axes, normalize=normalize, dtype=dtype)
    rounded = "float32" if dtype == "float64" and BACKEND == "torch" else None
    with wide_numbers():
        probe, x = probed(lambda a, b: layer([a, b]), *shapes)
        shape = probe.activations(x)[last(probe)][0].shape
        for unit in some_units(shape, 3):
            found = check(probe, x, layer, unit, linear=not normalize, rounded=rounded)
            assert len(found.terms) == (5 if name == "vectors" else 4)
            if normalize:
                lengths = [found.stages[f"1 / length of the {each}"] for each in ("first", "second")]
                row = np.array([term.input for term in lengths[0].terms])
                assert lengths[0].computed == pytest.approx(1 / np.linalg.norm(row), rel=1e-6)
            else:
                assert {term.weight_path for term in found.terms} == {"input:x1"}
        if dtype == "float32":
            for path, where in reached(probe, x, last(probe), unit).items():
                np.testing.assert_array_equal(where, depends(probe.model, x, unit, (30.0, -20.0))[int(path[-1])])


MATRIX = np.random.default_rng(3).normal(size=(4, 2)).astype("float32")
OPERATIONS = {
    "matmul": (ops.matmul, lambda a, b: a @ b, [(3, 4), (4, 5)]),
    "matmul of heads": (ops.matmul, lambda a, b: a @ b, [(2, 3, 4), (2, 4, 5)]),
    "matmul spread": (ops.matmul, lambda a, b: a @ b, [(2, 3, 4), (1, 4, 5)]),
    "matmul with a matrix": (lambda a: ops.matmul(a, MATRIX), lambda a: a @ MATRIX, [(3, 4)]),
    "matmul with a tensor": (lambda a: ops.matmul(a, ops.convert_to_tensor(MATRIX)), lambda a: a @ MATRIX, [(3, 4)]),
    "einsum": (lambda a, b: ops.einsum("bqd,bkd->bqk", a, b), lambda a, b: np.einsum("bqd,bkd->bqk", a, b), [(3, 4), (5, 4)]),
    "einsum with dots": (lambda a: ops.einsum("...d,dk->...k", a, MATRIX), lambda a: a @ MATRIX, [(3, 4)]),
    "tensordot": (lambda a: ops.tensordot(a, MATRIX, axes=1), lambda a: np.tensordot(a, MATRIX, 1), [(3, 4)]),
    "tensordot of pairs": (lambda a: ops.tensordot(a, MATRIX, axes=((1,), (0,))), lambda a: np.tensordot(a, MATRIX, ((1,), (0,))), [(4, 3)]),
    "dot": (lambda a: ops.dot(a, MATRIX), lambda a: np.dot(a, MATRIX), [(3, 4)]),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_sums_products(name):
    build, expected, shapes = OPERATIONS[name]
    probe, x = probed(build, *shapes)
    whole = expected(*(x if isinstance(x, list) else [x]))[0]
    assert whole.shape == probe.activations(x)[last(probe)][0].shape
    for unit in some_units(whole.shape, 3):
        found = check(probe, x, last(probe), unit)
        assert len(found.terms) == 4
        np.testing.assert_allclose(found.total, whole[unit], rtol=1e-5, atol=1e-5)
    for path, where in reached(probe, x, last(probe), unit).items():
        if path.startswith("input"):
            number = int(path[-1]) if path[-1].isdigit() else 0
            np.testing.assert_array_equal(where, depends(probe.model, x, unit, (30.0, -20.0))[number])


@pytest.mark.parametrize(
    "build",
    [lambda a: ops.einsum("bii->bi", a), lambda a: ops.tensordot(a, a, axes=0), lambda a: ops.einsum("bij,bjk,bkl->bil", a, a, a)],
)  # fmt: skip
def test_what_is_no_sum_over_pairs_says_so(build):
    probe, x = probed(build, (3, 3))
    with pytest.raises(kv.NoRuleError):
        kv.arithmetic(probe, x, last(probe), None)
    assert keras
