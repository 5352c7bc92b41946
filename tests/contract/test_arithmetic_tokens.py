"""Embeddings and categories: the row that the token chooses, the bin, the count."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kerasviz as kv
from tests.contract.arithmetic_models import last, probed, reached
from tests.contract.arithmetic_oracle import check, randomised, some_units
from tests.contract.helpers import wide_numbers


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", [layers.Embedding, layers.ReversibleEmbedding])
def test_a_token_chooses_its_row(kind, dtype):
    layer = kind(5, 3, dtype=dtype)
    with wide_numbers():
        probe, x = probed(layer, (4,), dtype="int32")
        for unit in some_units((4, 3), 4):
            found = check(probe, x, layer, unit)
            (term,) = found.terms
            token = int(x[0, unit[0]])
            assert (term.path, term.index, term.input) == ("input", unit[:1], 1.0)
            assert (term.weight_path, term.weight_index) == ("embeddings", (token, unit[1]))
            assert found.error == 0.0
            assert np.argwhere(reached(probe, x, last(probe), unit)["input"]).tolist() == [[unit[0]]]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("cap", [None, 2.0])
def test_back_from_units_to_tokens(tied, cap):
    layer = layers.ReversibleEmbedding(5, 3, tie_weights=tied, logit_soft_cap=cap, name="words")
    inputs = keras.Input((4,), dtype="int32")
    probe = kv.Probe(randomised(keras.Model(inputs, layer(layer(inputs), reverse=True))))
    x = np.array([[0, 3, 4, 1]])
    weights = probe.weights("words#1")
    table = weights["embeddings"].T if tied else weights["reverse_embeddings"]
    logits = probe.activations(x)["words"][0].astype("float64") @ table.astype("float64")
    for unit in some_units((4, 5), 3):
        found = check(
            probe, x, "words#1", unit, linear=cap is None, activation=cap and (lambda z: np.tanh(z / cap) * cap)
        )
        np.testing.assert_allclose(found.total, logits[unit], rtol=1e-9)
        assert {term.path for term in found.terms} == {"words"}
        assert np.argwhere(reached(probe, x, "words#1", unit)["words"])[:, 0].tolist() == [unit[0]] * 3


BOUNDS = (-0.5, 0.1, 0.7)


def test_a_number_falls_into_its_bin():
    layer = layers.Discretization(BOUNDS)
    probe, x = probed(layer, (6,))
    x[0, 0] = np.float32(0.1)
    for unit in range(6):
        found = kv.arithmetic(probe, x, layer, (unit,))
        assert found.agrees
        assert found.computed == np.searchsorted(np.float32(BOUNDS), x[0, unit], side="right")


ENCODINGS = {
    "count": (lambda: layers.CategoryEncoding(5, output_mode="count"), lambda t: np.bincount(t, minlength=5)),
    "multi_hot": (lambda: layers.CategoryEncoding(5), lambda t: np.bincount(t, minlength=5).clip(0, 1)),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_categories_of_a_row_are_counted(name):
    make, expected = ENCODINGS[name]
    probe, x = probed(make(), (6,), dtype="int32")
    for unit in range(5):
        found = kv.arithmetic(probe, x, last(probe), (unit,))
        assert found.agrees
        assert found.computed == expected(x[0])[unit]
        assert [term.input for term in found.terms] == sorted((x[0] == unit).astype(float), reverse=True)
        assert reached(probe, x, last(probe), (unit,))["input"].all()


@pytest.mark.parametrize("axis", [-1, 1])
def test_one_hot_is_one_at_the_token(axis):
    probe, x = probed(lambda x: ops.one_hot(x, 5, axis=axis), (4,), dtype="int32")
    whole = np.eye(5)[x[0]] if axis == -1 else np.eye(5)[x[0]].T
    for unit in some_units(whole.shape, 4):
        found = kv.arithmetic(probe, x, last(probe), unit)
        assert found.agrees
        assert found.computed == whole[unit]
        assert reached(probe, x, last(probe), unit)["input"].sum() == 1


def test_a_category_of_one_number_is_one_hot():
    probe, x = probed(layers.CategoryEncoding(5, output_mode="one_hot"), (1,), dtype="int32")
    for unit in range(5):
        found = kv.arithmetic(probe, x, last(probe), (unit,))
        assert found.agrees
        assert found.computed == float(x[0, 0] == unit)
        assert reached(probe, x, last(probe), (unit,))["input"].all()
