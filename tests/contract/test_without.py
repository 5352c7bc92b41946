"""`kv.without` against Keras itself on samples changed by hand, on every backend."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasviz as kv
from tests.contract.helpers import assert_close, oracle
from tests.models import ZOO, seeded


@pytest.fixture(scope="module")
def cnn():
    model = ZOO["sequential_cnn"].build()
    return model, kv.Probe(model), ZOO["sequential_cnn"].inputs(2)


def test_parts_of_an_input_are_really_replaced(cnn):
    model, probe, x = cnn
    boxed, rowed, dotted = x.copy(), x.copy(), x.copy()
    boxed[:, 2:5, 3:6], rowed[:, 0], dotted[:, 1, 2] = 0, 0, 0
    mask = np.zeros((8, 8, 1), bool)
    mask[1, 2] = True

    found = kv.without(probe, x, np.s_[2:5, 3:6], [0], mask)

    outputs = found.outputs.reshape(2, 3, 5)  # sample after sample
    for place, changed in enumerate((boxed, rowed, dotted)):
        assert_close(outputs[:, place], oracle(model, changed))
    whole = oracle(model, x)
    best = whole.argmax(axis=1)
    assert_close(found.scores_before, whole[[0, 1], best])
    assert_close(found.scores.reshape(2, 3), outputs[[0, 1], :, best])
    np.testing.assert_allclose(found.shares, [9 / 64, 8 / 64, 1 / 64] * 2)


def test_units_of_a_layer_are_set_to_zero_and_parts_are_still_computed_anew(cnn):
    model, probe, x = cnn
    kernel, bias = model.get_layer("conv").get_weights()
    dark = seeded(keras.models.clone_model(model))
    kernel[..., 1], bias[1] = 0, 0
    dark.get_layer("conv").set_weights([kernel, bias])
    covered = x.copy()
    covered[:, :2] = 0.5

    found = kv.without(probe, x, {"conv": np.s_[..., 1]}, np.s_[:2], baseline=0.5)

    assert_close(found.outputs[::2], oracle(dark, x))
    assert_close(found.outputs[1::2], oracle(model, covered))


def test_inputs_are_named_and_outputs_keep_their_structure():
    case = ZOO["dicts"]
    model, x = case.build(), case.inputs(2)
    changed = {name: array.copy() for name, array in x.items()}
    changed["image"][:, 1:3], changed["meta"][:, 2] = 0, 0

    found = kv.without(model, x, {"image": np.s_[1:3], "input:meta": np.s_[2]}, target=case.target)

    expected = oracle(model, changed)
    assert set(found.outputs) == set(expected)
    for name, array in expected.items():
        assert_close(found.outputs[name], array)


def test_a_token_goes_at_its_embedding():
    words, head = layers.Embedding(7, 3, name="words"), layers.Dense(2, activation="softmax")
    model = seeded(keras.Sequential([keras.Input((4,), dtype="int32"), words, layers.Flatten(), head]))
    vectors = keras.ops.convert_to_numpy(words.embeddings)[[1, 5, 2, 6]]
    vectors[1] = 0

    found = kv.without(model, np.array([[1, 5, 2, 6]]), np.s_[1])

    rest = keras.Sequential([keras.Input((4, 3)), layers.Flatten(), head])
    assert_close(found.outputs, oracle(rest, vectors[None]))


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ((), "Nothing was named"),
        ((np.s_[9],), r"one sample has the shape \(8, 8, 1\)"),
        (({"con": np.s_[0]},), "Nearest: 'conv'"),
        (({"conv": np.s_[0], "input": np.s_[0]},), "at once"),
    ],
)
def test_what_cannot_be_taken_away_is_said(cnn, where, told):
    _, probe, x = cnn

    with pytest.raises(kv.KerasvizError, match=told):
        kv.without(probe, x, *where)
