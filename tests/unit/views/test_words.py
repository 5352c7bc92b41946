"""What the places of a layer are called that stand for tokens: those of the one input behind it, or nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from kerasviz.views.words import tokens_of, words_behind
from tests.fakes import FakeLayer

WORDS = ("", "the", "cat", " ", "sat", "\n")


def source(words=WORDS, **inputs):
    """Each input has an embedding and a layer after it; `both` joins them all."""
    names = list(inputs)
    layers = [FakeLayer(f"of_{name}", "Embedding", (None, None, 4), (), inputs=(name,)) for name in names]
    layers += [FakeLayer(f"after_{name}", "Dense", (None, None, 4), (), inputs=(f"of_{name}",)) for name in names]
    layers.append(FakeLayer("both", "Add", (None, None, 4), (), inputs=tuple(f"after_{name}" for name in names)))
    return SimpleNamespace(
        layers=tuple(layers),
        samples=SimpleNamespace(words=words),
        model_inputs=lambda _: {name: np.array([ids]) for name, ids in inputs.items()},
        activations=lambda _: {},
        settings=lambda _: {},
    )


def test_places_have_the_words_of_the_input_they_come_from():
    found = source(text=[1, 2, 4], other=[4, 4, 9])

    assert words_behind(found, 0, "after_text", 3) == ("the", "cat", "sat")
    assert words_behind(found, 0, "other", 3) == ("sat [0]", "sat [1]", "9")


def test_white_space_and_nothing_are_signs_but_stay_what_they_are_among_the_tokens():
    found = source(text=[3, 0, 5, 2])

    assert words_behind(found, 0, "both", 4) == ("␣", "∅", "⏎", "cat")
    assert tokens_of(found, 0, "text") == (" ", "", "\n", "cat")


@pytest.mark.parametrize(
    ("found", "path", "count"),
    [
        (source(words=(), text=[1, 2, 4]), "both", 3),
        (source(text=[1, 2, 4]), "both", 5),
        (source(text=[1, 2, 4], other=[4, 4, 1]), "both", 3),
    ],
    ids=["nobody knows words", "another number of places", "of two inputs"],
)
def test_positions_stay_where_it_is_not_known_which_words_they_are(found, path, count):
    assert words_behind(found, 0, path, count) == ()


def test_where_the_graph_does_not_tell_the_only_tokens_are_meant():
    assert words_behind(source(text=[1, 2]), 0, "inside/its/own/call", 2) == ("the", "cat")
