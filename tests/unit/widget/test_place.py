"""One number of a layer's output can be chosen: `w.unit = (3, 4, 5)`, and the sum behind it is there as data."""

import numpy as np
import pytest
from traitlets import TraitError

import kerasviz as kv
from tests.unit.widget.conftest import X


def test_a_full_index_chooses_a_place_and_a_number_its_strongest(w):
    w.unit = (2, 3, 1)
    assert (w.unit, w._stage.unit, w._stage.place) == ((2, 3, 1), 1, [2, 3, 1])
    w.unit = 2
    assert (w.unit, w._stage.unit, w._stage.place) == (2, 2, None)


def test_the_slider_moves_the_place_to_another_unit_and_a_layer_starts_anew(w):
    w.unit = (2, 3, 1)
    w._stage.unit = 3
    assert w.unit == (2, 3, 3)
    w.layer = "scores"
    assert (w.unit, w._stage.place) == (0, None)


def test_a_place_that_is_not_there_is_refused_and_the_old_one_stays(w):
    w.unit = (2, 3, 1)
    for bad in [(6, 0, 0), (0, 0), (0, 0, 4), (-1, 0, 0), (0.5, 0, 0)]:
        with pytest.raises(TraitError, match="unit="):
            w.unit = bad
        assert w.unit == (2, 3, 1)


def test_the_stage_and_the_widget_stay_in_step_both_ways(w):
    seen = []
    w.observe(lambda change: seen.append(change["new"]), "unit")
    w._stage.unit, w._stage.place = 2, [1, 1, 2]
    assert w.unit == (1, 1, 2)
    assert seen[-1] == (1, 1, 2)


def test_the_arithmetic_is_that_of_the_chosen_number(w):
    w.layer, w.unit = "scores", 1
    found = w.arithmetic
    probe = w.probe
    assert (found.layer, found.unit) == ("scores", (1,))
    expected = kv.arithmetic(probe, X[:1, ..., None], "scores", (1,))
    assert found.total == expected.total
    assert found.value == pytest.approx(float(w.activations["scores"][0, 1]))
    assert found.agrees


def test_where_the_chosen_number_goes_adds_up_to_gradient_times_activation(w):
    w.layer, w.unit = "flat", (70,)
    found = w.flows
    assert found.total == pytest.approx(float(w.gradients["flat"][0, 70] * w.activations["flat"][0, 70]), abs=1e-7)
    assert sum(flow.share for flow in found.flows) == pytest.approx(found.total, abs=1e-6)


def test_the_receptive_field_is_traced_to_the_input(w):
    panel = w._session.panel("calculation", {"sample": 0, "layer": "flat", "unit": 70})
    (traced,) = [window for window in panel.payload.windows if window.traced]
    row, column = divmod(70 // 4, 6)
    assert (traced.path, traced.exact) == ("input", True)
    assert (traced.start, traced.stop) == ((row, column), (row + 3, column + 3))
    name = f"window{panel.payload.windows.index(traced)}"
    np.testing.assert_array_equal(panel.tensors[name], X[0])


def test_the_kernel_of_a_convolution_is_a_picture_of_its_own(w):
    w.layer = "conv"
    panel = w._session.panel("calculation", {"sample": 0, "layer": "conv", "unit": 2, "place": [3, 3, 2]})
    (kernel,) = [window for window in panel.payload.windows if window.weights]
    plane = panel.tensors[f"window{panel.payload.windows.index(kernel)}"]
    np.testing.assert_array_equal(plane, w.probe.weights("conv")["kernel"][:, :, 0, 2])
    assert (kernel.place[2:], kernel.axes[:2]) == ((0, 2), ("height", "width"))
