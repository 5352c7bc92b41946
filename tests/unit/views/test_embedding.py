"""Neighbours in a table, and tokens that it does not have."""

import numpy as np
import pytest

from kerasviz.views.embedding import neighbours
from kerasviz.views.layer import PANEL, LayerParams
from tests.fakes import FakeLayer, FakeSource

RANDOM = np.random.default_rng(3)


def embedding_panel(table, tokens, **options):
    tokens = np.asarray(tokens)
    layers = (
        FakeLayer("ids", "Identity", (None, len(tokens)), ("batch", "unit"), dtype="float32"),
        FakeLayer("tokens", "Embedding", (None, len(tokens), 2), ("batch", "time", "unit"), inputs=("ids",)),
    )
    inside = np.clip(tokens, 0, len(table) - 1)
    values = {"ids": tokens[None].astype(np.float32), "tokens": table[inside][None]}
    source = FakeSource(layers=layers, values=values, layer_weights={"tokens": {"embeddings": table}})
    return PANEL.build(source, LayerParams(0, "tokens", options={"aspect": "embedding"} | options))


@pytest.mark.parametrize("token", [0, 57, 199])
def test_neighbours_are_the_nearest_in_direction(token):
    table = RANDOM.normal(size=(200, 6)).astype(np.float32)

    ids, cosines = neighbours(table, token, 10)

    exact = np.array([np.dot(row, table[token]) for row in table.astype(np.float64)])
    exact /= np.linalg.norm(table.astype(np.float64), axis=1) * np.linalg.norm(table[token].astype(np.float64))
    wanted = [i for i in np.argsort(-exact) if i != token][:10]
    assert ids.tolist() == wanted
    np.testing.assert_allclose(cosines, exact[wanted], atol=1e-7)


def test_equal_neighbours_come_by_their_number_however_many_there_are():
    table = np.tile(np.float32([0.1, 0.7, -0.3]), (500, 1)) * RANDOM.uniform(0.5, 2, (500, 1)).astype(np.float32)
    table = np.tile(table[:1], (500, 1))

    ids, cosines = neighbours(table, 3, 5)

    assert ids.tolist() == [0, 1, 2, 4, 5]
    np.testing.assert_allclose(cosines, 1)


def test_rows_of_zeros_and_nans_are_nobodys_neighbours():
    table = np.float32([[1, 0], [0, 0], [1, 1], [np.nan, 1], [-1, 0]])

    assert neighbours(table, 0, 9)[0].tolist() == [2, 4]
    assert neighbours(table, 1, 9)[0].tolist() == []


def test_tokens_outside_the_table_are_told():
    table = RANDOM.normal(size=(5, 2)).astype(np.float32)

    panel = embedding_panel(table, [1, 7, -1], position=1)

    facts = {fact.name: fact for fact in panel.payload.facts}
    assert facts["outside_tokens"].value == "2 / 3"
    assert facts["looked_up"].good
    assert panel.payload.notes == ("embedding_outside",)
    assert [figure.name for figure in panel.payload.figures] == ["rows"]


def test_a_row_that_is_not_the_tables_is_seen():
    table = RANDOM.normal(size=(5, 2)).astype(np.float32)
    panel = embedding_panel(table, [1, 2])
    assert {fact.name: fact.good for fact in panel.payload.facts}["looked_up"]

    source_table = table.copy()
    source_table[1] += 1e-3
    layers = (
        FakeLayer("ids", "Identity", (None, 1), ("batch", "unit")),
        FakeLayer("tokens", "Embedding", (None, 1, 2), ("batch", "time", "unit"), inputs=("ids",)),
    )
    values = {"ids": np.float32([[1]]), "tokens": table[[1]][None]}
    source = FakeSource(layers=layers, values=values, layer_weights={"tokens": {"embeddings": source_table}})

    panel = PANEL.build(source, LayerParams(0, "tokens", options={"aspect": "embedding"}))

    assert {fact.name: fact.good for fact in panel.payload.facts}["looked_up"] is False
