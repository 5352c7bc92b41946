"""Rows of an embedding and their neighbours are those of its table."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.contract.views import RANDOM, Panels, facts, scramble


@pytest.fixture
def panel_of():
    panels = Panels()
    yield panels
    panels.close()


def test_rows_are_the_tokens_own_and_neighbours_are_the_nearest(panel_of):
    model = scramble(keras.Sequential([keras.Input((4,)), layers.Embedding(30, 8, name="tokens")]))
    table = model.get_weights()[0].astype("float64")

    panel = panel_of(model, np.array([[3, 29, 3, 7]]), "tokens", "embedding", position=1)

    np.testing.assert_array_equal(panel.tensors["rows"], table[[3, 29, 3, 7]].astype("float32"))
    cosines = table @ table[29] / np.linalg.norm(table, axis=1) / np.linalg.norm(table[29])
    order = [int(i) for i in np.argsort(-cosines) if i != 29][:16]
    (near,) = [figure for figure in panel.payload.figures if figure.name == "near"]
    assert near.axes[0].labels == tuple(map(str, order))
    np.testing.assert_allclose(panel.tensors["near"], cosines[order], atol=1e-6)
    assert facts(panel)["looked_up"].good
    assert facts(panel)["token"].value == "29"


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="Keras looks words up with TensorFlow")
@pytest.mark.parametrize("learned", [False, True])
def test_words_of_a_vocabulary_are_shown(panel_of, learned):
    if learned:
        lookup = layers.TextVectorization(output_sequence_length=3)
        lookup.adapt(["the cat", "the dog"])
    else:
        lookup = layers.TextVectorization(output_sequence_length=3, vocabulary=["the", "cat", "dog"])
    inputs = keras.Input((), dtype="string")
    model = keras.Model(inputs, layers.Embedding(lookup.vocabulary_size(), 4, name="tokens")(lookup(inputs)))
    number = lookup.get_vocabulary().index("dog")

    panel = panel_of(model, np.array(["the dog"], dtype=object), "tokens", "embedding", position=1)

    assert facts(panel)["token"].value == f"{number} dog"
    assert panel.payload.figures[0].axes[0].labels[1] == f"{number} dog"


def test_a_sentence_of_fifty_thousand_words_is_answered(panel_of):
    model = keras.Sequential([keras.Input((3,)), layers.Embedding(50_000, 300, name="tokens")])
    table = RANDOM.normal(size=(50_000, 300)).astype("float32")
    table[40_000] = 3 * table[17]
    model.set_weights([table])

    panel = panel_of(model, np.array([[17, 1, 2]]), "tokens", "embedding")

    (near,) = [figure for figure in panel.payload.figures if figure.name == "near"]
    assert near.axes[0].labels[0] == "40000"
    assert panel.tensors["near"][0] == pytest.approx(1)
