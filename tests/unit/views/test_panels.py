"""Network, overview, unit."""

from itertools import pairwise

import numpy as np
import pytest

from kerasviz.errors import InputError
from kerasviz.views.network import PANEL as NETWORK
from kerasviz.views.network import NetworkParams
from kerasviz.views.overview import PANEL as OVERVIEW
from kerasviz.views.overview import OverviewParams
from kerasviz.views.reduce import MAX_BYTES
from kerasviz.views.unit import PANEL as UNIT
from kerasviz.views.unit import UnitParams
from tests.fakes import LAYERS, FakeLayer


def test_network_lists_the_layers_with_their_depth(source):
    network = NETWORK.build(source, NetworkParams()).payload

    assert network.model_name == "fake"
    assert [card.path for card in network.cards] == [layer.path for layer in LAYERS]
    assert {card.path: card.depth for card in network.cards}["block/hidden"] == 1
    assert network.cards[0].layer_kind == "Conv2D"


def test_network_says_what_feeds_a_layer_and_what_it_costs(source):
    conv, series = NETWORK.build(source, NetworkParams()).payload.cards[:2]

    assert (conv.inputs, series.inputs) == (("input",), ("conv",))
    assert (conv.multiply_adds, series.multiply_adds) == (648, None)


@pytest.mark.parametrize(("shape", "dtype", "memory"), [((None, 4, 6, 3), "float32", 288), ((None, 10), "bfloat16", 20), ((None, 10), "bool", 10), ((None,), "int64", 8), ((None, None, 3), "float32", None), ((None, 1), "string", None), (None, None, None)])  # fmt: skip
def test_network_counts_the_bytes_of_one_samples_output(source, shape, dtype, memory):
    source.layers = (FakeLayer("one", "Layer", shape, dtype=dtype),)

    assert NETWORK.build(source, NetworkParams()).payload.cards[0].memory == memory


def test_overview_puts_every_drawable_layer_into_one_tensor(source):
    panel = OVERVIEW.build(source, OverviewParams(2))

    mosaics, flat = panel.payload.mosaics, panel.tensors["mosaics"]
    assert [m.path for m in mosaics] == ["conv", "series", "cube", "block", "block/hidden", "scores"]
    assert mosaics[0].start == 0
    for this, following in pairwise(mosaics):
        assert following.start == this.start + this.height * this.width
    assert flat.size == mosaics[-1].start + mosaics[-1].height * mosaics[-1].width
    assert flat[mosaics[-1].start :].tolist() == [42, 42, 254]  # 0.125, 0.125, 0.75: the scale begins at 0
    assert source.steps == len(mosaics)


@pytest.mark.parametrize("count", [300, 5000])
def test_overview_of_many_large_layers_stays_within_the_budget(source, count):
    layers = tuple(
        FakeLayer(str(i), "Conv2D", (None, 64, 64, 8), ("batch", "height", "width", "channel")) for i in range(count)
    )
    array = np.zeros((1, 64, 64, 8), np.float32)
    source.layers, source.values = layers[:1], {layer.path: array for layer in layers}
    source.activations = lambda _: source.values
    source.layers = layers

    panel = OVERVIEW.build(source, OverviewParams(0))

    assert len(panel.payload.mosaics) == count
    assert panel.tensors["mosaics"].nbytes <= MAX_BYTES


@pytest.mark.parametrize(("path", "form", "shape"), [("conv", "map", (4, 6)), ("series", "trace", (5,)), ("scores", "value", (1,)), ("cube", "map", (2, 3))])  # fmt: skip
def test_unit_is_a_map_a_trace_or_a_value(source, path, form, shape):
    panel = UNIT.build(source, UnitParams(0, path, 1))

    assert panel.payload.form == form
    assert panel.tensors["values"].shape == shape
    assert panel.tensors["values"].dtype == np.float32


def test_unit_has_the_numbers_of_its_channel_and_the_layers_range(source):
    values = source.activations(1)["conv"][0]

    panel = UNIT.build(source, UnitParams(1, "conv", 2))

    np.testing.assert_array_equal(panel.tensors["values"], values[..., 2])
    assert panel.payload.mean == pytest.approx(values[..., 2].mean())
    assert panel.payload.domain.high == max(values.max(), -values.min())
    assert panel.payload.num_units == 3


def test_large_unit_is_pooled_and_keeps_its_mean(source):
    source.values = {"conv": np.ones((1, 2000, 2000, 3), np.float32)}

    panel = UNIT.build(source, UnitParams(0, "conv", 0))

    assert panel.payload.pooled == 16
    assert panel.tensors["values"].nbytes <= MAX_BYTES
    assert panel.payload.mean == 1


def test_unit_of_nan_has_no_mean(source):
    source.values = {"conv": np.full((1, 4, 6, 3), np.nan, np.float32)}

    assert UNIT.build(source, UnitParams(0, "conv", 0)).payload.mean is None


def test_unit_that_does_not_exist_is_an_error_and_text_is_empty(source):
    with pytest.raises(InputError, match=r"Unit 3 of layer 'conv' was asked for. It has units 0 … 2"):
        UNIT.build(source, UnitParams(0, "conv", 3))
    assert UNIT.build(source, UnitParams(0, "text", 0)).payload.kind == "empty"
