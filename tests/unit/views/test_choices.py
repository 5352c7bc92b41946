"""What can be chosen about a layer's picture: order, scale, slices, gradients, aspects."""

import numpy as np
import pytest

from kerasviz.views.layer import PANEL, LayerParams
from kerasviz.views.unit import PANEL as UNIT
from kerasviz.views.unit import UnitParams
from tests.fakes import FakeLayer, FakeSource, gradient_of

RANDOM = np.random.default_rng(1)
MAPS = RANDOM.normal(size=(1, 4, 5, 6)).astype(np.float32)


def source_of(values, *axes):
    shape = (None, *values.shape[1:])
    return FakeSource(layers=(FakeLayer("layer", "Any", shape, ("batch", *axes)),), values={"layer": values})


def panel_of(values=MAPS, axes=("height", "width", "channel"), **options):
    return PANEL.build(source_of(values, *axes), LayerParams(0, "layer", options=options))


def read(panel, name="maps"):
    """The numbers the browser reads from levels."""
    low, high = (panel.tensors[end].reshape(-1, 1, 1) for end in ("low", "high"))
    return low + panel.tensors[name] / 254 * (high - low)


@pytest.mark.parametrize(
    ("order", "figure"),
    [
        ("maximum", lambda maps: maps.max(axis=(0, 1))),
        ("mean", lambda maps: maps.mean(axis=(0, 1))),
        ("variance", lambda maps: maps.var(axis=(0, 1))),
        ("gradient_x_activation", lambda maps: np.abs((maps * gradient_of(MAPS)[0]).sum(axis=(0, 1)))),
    ],
)
def test_maps_are_sorted_strongest_first(order, figure):
    panel = panel_of(order=order)

    expected = np.argsort(-figure(MAPS[0]), kind="stable")
    np.testing.assert_array_equal(panel.tensors["order"], expected)
    np.testing.assert_allclose(read(panel), np.moveaxis(MAPS[0][..., expected], -1, 0), atol=0.02)


def test_units_are_sorted_too_and_units_that_are_not_finite_come_last():
    values = np.array([[1, np.nan, 3, -4]], np.float32)

    panel = panel_of(values, ("unit",), order="maximum")

    assert panel.tensors["order"].tolist() == [2, 0, 3, 1]
    np.testing.assert_array_equal(panel.tensors["values"], [3, 1, -4, np.nan])


def test_every_map_can_have_its_own_scale():
    panel = panel_of(scale="each_map")

    extremes = np.abs(MAPS[0]).max(axis=(0, 1))
    np.testing.assert_allclose(panel.tensors["high"], extremes, rtol=1e-6)
    np.testing.assert_allclose(panel.tensors["low"], -extremes, rtol=1e-6)
    np.testing.assert_allclose(read(panel), np.moveaxis(MAPS[0], -1, 0), atol=0.02)
    assert panel.payload.signed


def test_scale_of_the_whole_network_spans_every_layer():
    source = source_of(MAPS, "height", "width", "channel")
    source = FakeSource(
        layers=(*source.layers, FakeLayer("other")), values=source.values | {"other": np.float32([[9]])}
    )

    panel = PANEL.build(source, LayerParams(0, "layer", options={"scale": "whole_network"}))

    assert (panel.payload.head.domain.low, panel.payload.head.domain.high) == (-9, 9)
    assert set(panel.tensors["high"].tolist()) == {9}


@pytest.mark.parametrize("place", [0, 2])
def test_volumes_are_cut_where_their_slider_stands(place):
    volume = RANDOM.normal(size=(1, 3, 4, 5, 2)).astype(np.float32)
    axes = ("depth", "height", "width", "channel")

    panel = panel_of(volume, axes, depth=place)

    np.testing.assert_allclose(read(panel), np.moveaxis(volume[0, place], -1, 0), atol=0.02)
    unit = UNIT.build(source_of(volume, *axes), UnitParams(0, "layer", 1, options={"depth": place}))
    np.testing.assert_array_equal(unit.tensors["values"], volume[0, place, :, :, 1])
    assert unit.payload.index == (place,)


def test_gradients_are_drawn_in_place_of_activations():
    panel = panel_of(show="gradients")

    np.testing.assert_allclose(read(panel), np.moveaxis(gradient_of(MAPS)[0], -1, 0), atol=0.02)
    assert panel.payload.head.code == "w.gradients['layer']"
    unit = UNIT.build(
        source_of(MAPS, "height", "width", "channel"), UnitParams(0, "layer", 3, options={"show": "gradients"})
    )
    np.testing.assert_array_equal(unit.tensors["values"], gradient_of(MAPS)[0, :, :, 3])


def test_layer_of_whole_numbers_has_no_gradients_to_choose():
    source = FakeSource(layers=(FakeLayer("ids", dtype="int32"),), values={"ids": np.array([[3, 4]], np.int32)})

    panel = PANEL.build(source, LayerParams(0, "ids", options={"show": "gradients"}))

    assert [control.name for control in panel.payload.head.controls] == ["order"]
    np.testing.assert_array_equal(panel.tensors["values"], [3, 4])


@pytest.mark.parametrize(
    "options",
    [{"order": "nonsense"}, {"depth": 99}, {"depth": -3}, {"depth": "x"}, {"aspect": "weights"}, {"scale": 7}],
)
def test_choices_that_this_layer_does_not_have_fall_back(options):
    volume = np.ones((1, 3, 4, 5, 2), np.float32)

    panel = panel_of(volume, ("depth", "height", "width", "channel"), **options)

    assert panel.payload.kind == "feature_maps"
    assert panel.payload.head.aspect == "output"


@pytest.mark.parametrize(
    ("axes", "shape", "expected"),
    [
        (("height", "width", "channel"), (1, 4, 5, 6), lambda values: values[0, :, :, 3]),
        (("channel", "height", "width"), (1, 6, 4, 5), lambda values: values[0, 3]),
        (("depth", "height", "width", "channel"), (1, 2, 4, 5, 6), lambda values: values[0, 1, :, :, 3]),
        (("time", "unit"), (1, 7, 6), lambda values: values[0, :, 3]),
        (("unit",), (1, 6), lambda values: values[0, 3]),
    ],
)
def test_code_of_a_unit_gives_its_numbers(axes, shape, expected):
    values = RANDOM.normal(size=shape).astype(np.float32)
    source = source_of(values, *axes)

    panel = UNIT.build(source, UnitParams(0, "layer", 3, options={"depth": 1}))

    class w:  # noqa: N801 - the widget, as it is called in the line
        activations = source.activations(0)

    given = eval(panel.payload.code, {"w": w})
    np.testing.assert_array_equal(given, expected(values))
    np.testing.assert_array_equal(panel.tensors["values"], np.atleast_1d(given))
