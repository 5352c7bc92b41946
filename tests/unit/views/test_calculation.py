"""The panel of one number: terms in order, groups that add up, windows, and what is not known."""

import numpy as np
import pytest

from kerasviz.rules.result import Block, Stage, Terms
from kerasviz.rules.scene import Scene
from kerasviz.views import PANELS
from kerasviz.views.calculation import CalculationParams
from kerasviz.views.terms import pack
from tests.fake_probe import FakeProbe
from tests.fakes import FakeSource


def build(**params):
    return PANELS.get("calculation").build(FakeSource.golden(), CalculationParams(sample=0, **params))


@pytest.fixture
def panel():
    return build(layer="mix", unit=1, place=[2, 3, 0])


def test_terms_are_products_in_order_of_strength_and_add_up(panel):
    source, found = FakeSource.golden(), panel.payload
    kernel, bias = source.weights("mix")["kernel"], source.weights("mix")["bias"]
    conv = source.activations(0)["conv"][0, 2, 3]
    products = conv.astype(np.float64) * kernel[:, 1]
    np.testing.assert_allclose(panel.tensors["products"], sorted(products, key=lambda p: -abs(p)), rtol=1e-6)
    assert found.total == pytest.approx(products.sum() + bias[1])
    assert found.computed == max(found.total, 0)
    assert (found.unit, found.activation, found.num_terms, found.rest) == ((2, 3, 1), "relu", 3, 0)


def test_the_models_own_number_stands_beside_it(panel):
    found = panel.payload
    assert found.value == 1.0
    assert found.error == pytest.approx(found.computed - 1)
    assert found.agrees is False


def test_groups_add_their_terms_up(panel):
    sums = np.bincount(panel.tensors["group"], panel.tensors["products"])
    np.testing.assert_allclose(sums, [group.sum for group in panel.payload.groups], rtol=1e-6)
    assert [group.channel for group in panel.payload.groups] == list(panel.tensors["index"][:, 2])


def test_windows_show_the_plane_of_the_strongest_term_framed(panel):
    (window,) = panel.payload.windows
    conv = FakeSource.golden().activations(0)["conv"][0]
    np.testing.assert_array_equal(panel.tensors["window0"], conv[..., window.place[2]])
    assert (window.start, window.stop) == ((2, 3), (3, 4))
    assert (window.rows_axis, window.columns_axis) == (0, 1)


def test_without_a_place_it_is_the_strongest():
    assert build(layer="mix", unit=0).payload.unit == (0, 0, 0)
    assert build(layer="mix", unit=0, place=[9, 9, 9]).payload.unit == (0, 0, 0)


def test_code_of_ones_own_is_not_guessed_at():
    found = build(layer="own", unit=0).payload
    assert "mine" in found.no_rule
    assert [source.path for source in found.sources] == ["conv"]
    assert found.total is None
    assert found.value is not None


def test_columns_of_a_table_keep_their_names():
    block = Block("input", np.array([[1], [0]]), np.float32([2, 1]), np.float32([3, 5]))
    scene = Scene(FakeProbe(), {}, {"input": np.float32([[1, 2]])}, {}, "fake")
    sum_ = Stage(Terms([block]))

    named, fewer = (pack(sum_, scene, columns).sources[0].names for columns in (("age", "size"), ("age",)))

    assert (named, fewer) == (("age", "size"), ())


def test_a_layer_without_numbers_says_so():
    assert build(layer="silent", unit=0).payload.kind == "empty"
