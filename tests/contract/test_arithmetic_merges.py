"""Sums, products and choices of several inputs: the terms are the inputs' numbers, spread as NumPy spreads them."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kerasviz as kv
from tests.contract.arithmetic_models import depends, last, probed, reached
from tests.contract.arithmetic_oracle import check, some_units
from tests.contract.helpers import wide_numbers

SHAPES = {
    "alike": [(3, 4), (3, 4)],
    "spread": [(3, 4), (1, 4)],
    "spread_both": [(3, 1), (1, 4)],
}
MERGES = {
    "Add": np.add,
    "Subtract": np.subtract,
    "Average": lambda a, b: (a + b) / 2,
    "Multiply": np.multiply,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("kind", MERGES)
def test_a_merge_of_two_is_what_numpy_makes_of_its_terms(kind, shapes, dtype):
    layer = getattr(layers, kind)(dtype=dtype)
    with wide_numbers():
        probe, x = probed(lambda a, b: layer([a, b]), *shapes)
        for unit in some_units((3, 4), 3):
            found = check(probe, x, layer, unit)
            a, b = (operand(found, f"input:x{i}") for i in range(2))
            if kind in ("Maximum", "Minimum"):
                assert len(found.terms) == 1
            else:
                np.testing.assert_allclose(found.computed, MERGES[kind](a, b), rtol=1e-12)
            where = reached(probe, x, last(probe), unit)
            for i, shape in enumerate(shapes):
                at = tuple(0 if n == 1 else place for n, place in zip(shape, unit, strict=True))
                assert np.argwhere(where[f"input:x{i}"]).tolist() == [list(at)]


def operand(found, path):
    """The number of this input in the terms, wherever it stands."""
    for term in found.terms:
        if term.path == path:
            return term.input
        if term.weight_path == path:
            return term.weight
    return None


@pytest.mark.parametrize("kind", MERGES)
def test_a_merge_of_three_adds_up(kind):
    if kind == "Subtract":
        pytest.skip("takes two")
    layer = getattr(layers, kind)()
    probe, x = probed(lambda *inputs: layer(list(inputs)), (5,), (5,), (5,))
    for unit in range(5):
        found = check(probe, x, layer, (unit,))
        values = [array[0, unit].astype("float64") for array in x]
        folds = {"Add": sum(values), "Average": sum(values) / 3, "Multiply": np.prod(values),
                 "Maximum": max(values), "Minimum": min(values)}  # fmt: skip
        np.testing.assert_allclose(found.computed, folds[kind], rtol=1e-12)
        if kind == "Multiply":
            first = found.stages["product of 2"]
            np.testing.assert_allclose(first.computed, values[0] * values[1], rtol=1e-12)
            assert found.terms[0].stage == "product of 2"


CONSTANT = np.array([1.5, -2.0, 0.5, 4.0], "float32")
OPERATIONS = {
    "x + 2": (lambda x: x + 2, lambda a: a + 2),
    "2 - x": (lambda x: 2 - x, lambda a: 2 - a),
    "x * 0.1": (lambda x: x * 0.1, lambda a: a * np.float32(0.1)),
    "x / 3": (lambda x: x / 3, lambda a: a / 3),
    "3 / x": (lambda x: 3 / x, lambda a: 3 / a),
    "x ** 2": (lambda x: x**2, lambda a: a**2),
    "2 ** x": (lambda x: 2.0**x, lambda a: 2.0**a),
    "x % 0.3": (lambda x: ops.mod(x, 0.3), lambda a: np.mod(a, np.float64(np.float32(0.3)))),
    "x // 0.25": (lambda x: x // 0.25, lambda a: a // 0.25),
    "x + array": (lambda x: x + CONSTANT, lambda a: a + CONSTANT),
    "array * x": (lambda x: ops.multiply(CONSTANT, x), lambda a: CONSTANT * a),
    "x - tensor": (lambda x: x - ops.convert_to_tensor(CONSTANT), lambda a: a - CONSTANT),
    "x - tensor with batch": (lambda x: x - ops.convert_to_tensor(CONSTANT[None, None]), lambda a: a - CONSTANT),
    "maximum 0.25": (lambda x: ops.maximum(x, 0.25), lambda a: np.maximum(a, 0.25)),
    "minimum array": (lambda x: ops.minimum(x, CONSTANT), lambda a: np.minimum(a, CONSTANT)),
    "where": (lambda x: ops.where(x > 0, x, -1.0), lambda a: np.where(a > 0, a, -1)),
    "greater": (lambda x: ops.cast(x > 0.25, "float32"), lambda a: (a > 0.25).astype(float)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_with_a_constant(name):
    build, expected = OPERATIONS[name]
    probe, x = probed(build, (3, 4), positive=name == "x // 0.25")
    for path in [layer.path for layer in probe.layers if layer.kind != "Cast"]:
        if probe.activations(x)[path].dtype == bool:
            continue
        for unit in some_units((3, 4), 4):
            found = kv.arithmetic(probe, x, path, unit)
            assert found.agrees, str(found)
            np.testing.assert_allclose(found.computed, expected(x.astype("float64"))[0][unit], rtol=1e-12)
            assert len(found.terms) + (found.bias != 0) >= 1
            for term in found.terms:
                assert term.product == term.input * term.weight
            if name not in ("where", "greater"):
                check(probe, x, path, unit, activation=found.function, linear=False)
                where = reached(probe, x, path, unit)["input"]
                np.testing.assert_array_equal(where, depends(probe.model, x, unit, (0.7, -0.9, 9.0, -9.0))[0])


PAIRS = {
    "a + b": (lambda a, b: a + b, np.add),
    "a - b": (lambda a, b: a - b, np.subtract),
    "a * b": (lambda a, b: a * b, np.multiply),
    "a / b": (lambda a, b: a / b, np.divide),
    "a ** b": (lambda a, b: a**b, np.power),
    "arctan2": (ops.arctan2, np.arctan2),
    "logaddexp": (ops.logaddexp, np.logaddexp),
    "maximum": (ops.maximum, np.maximum),
    "minimum": (ops.minimum, np.minimum),
}


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", PAIRS)
def test_an_operation_of_two_outputs(name, shapes):
    build, expected = PAIRS[name]
    probe, x = probed(build, *shapes, positive=name == "a ** b")
    whole = expected(*(array.astype("float64") for array in x))[0]
    for unit in some_units((3, 4), 3):
        found = kv.arithmetic(probe, x, last(probe), unit)
        np.testing.assert_allclose(found.computed, whole[unit], rtol=1e-12)
        check(probe, x, last(probe), unit, activation=found.function, linear=found.function is None)
        for path, where in reached(probe, x, last(probe), unit).items():
            changed = depends(probe.model, x, unit, (0.5, 5.0, -0.4, -5.0))[int(path[-1])]
            assert np.all(where >= changed)
            assert where.sum() == 1


def test_of_where_the_chosen_number_is_the_term_and_the_condition_counts():
    probe, x = probed(lambda c, a, b: ops.where(c > 0, a, b), (3, 4), (3, 4), (1, 4))
    for unit in some_units((3, 4), 4):
        (term,) = check(probe, x, last(probe), unit).terms
        assert term.path == ("input:x1" if x[0][0][unit] > 0 else "input:x2")
        assert all(array.sum() == 1 for array in reached(probe, x, last(probe), unit).values())


def test_a_number_that_is_not_finite_is_handed_on():
    layer = layers.Maximum()
    probe, x = probed(lambda a, b: layer([ops.log(a), b]), (3,), (3,), positive=True)
    x[0][0] = [0.0, 1e-3, 2.0]
    for unit in range(3):
        with np.errstate(divide="ignore"):
            largest = max(np.log(x[0][0, unit]), x[1][0, unit])
        found = kv.arithmetic(probe, x, layer, (unit,))
        assert found.agrees
        np.testing.assert_allclose(found.computed, largest, rtol=1e-6)
    assert kv.arithmetic(probe, x, "log", (0,)).agrees
    assert kv.arithmetic(probe, x, "log", (0,)).computed == -np.inf


def test_masks_that_a_product_heeds_are_no_guess():
    tokens = keras.Input((4,), dtype="int32")
    embedded = layers.Embedding(5, 3, mask_zero=True)(tokens)
    other = layers.Dense(3)(embedded)
    model = keras.Model(tokens, layers.Multiply(name="product")([embedded, other]))
    probe = kv.Probe(model)
    assert kv.arithmetic(probe, np.array([[1, 2, 3, 4]]), "product", (1, 1)).agrees
    with pytest.raises(kv.NoRuleError, match="masked"):
        kv.arithmetic(probe, np.array([[1, 2, 0, 0]]), "product", (1, 1))
    merged = layers.Add(name="sum")([embedded, other])
    assert kv.arithmetic(kv.Probe(keras.Model(tokens, merged)), np.array([[1, 2, 0, 0]]), "sum", (3, 1)).agrees
