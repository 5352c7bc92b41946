"""In and out, and the map between them; for layers of any kind without one."""

import numpy as np
import pytest

from kerasviz.views.layer import PANEL, LayerParams
from kerasviz.views.reduce import MAX_BYTES
from tests.unit.views.changing import IMAGE, X, checks, facts, figure, panel_of, source_of


def pool_by_hand(x):
    return x.reshape(1, 3, 2, -1, 2, 4).max(axis=(2, 4))


def test_pooling_marks_the_window_and_the_cell_that_won():
    x = X[:, :, :4]

    settings = {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid", "data_format": "channels_last"}
    panel = panel_of(
        "MaxPooling2D", x, pool_by_hand(x), options={"aspect": "in_out", "height": 2, "width": 1, "unit": 3}, **settings
    )

    window, cell = figure(panel, "input_0").marks
    assert (window.form, window.row, window.column, window.rows, window.columns) == ("window", 4, 2, 2, 2)
    block = x[0, 4:6, 2:4, 3]
    assert (cell.row - 4, cell.column - 2) == np.unravel_index(block.argmax(), (2, 2))
    assert checks(panel) == {"recomputed": True}
    assert facts(panel)["from_cells"] == "in_0[4:6, 2:4, 3]"
    assert facts(panel)["output_cell"].startswith("output[2, 1, 3] = ")
    assert panel.tensors["winners"].sum() == 6
    assert panel.tensors["winners"][cell.row, cell.column] == 1


def test_pooling_that_does_not_hold_says_so():
    x = X[:, :, :4]
    settings = {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid", "data_format": "channels_last"}

    panel = panel_of("MaxPooling2D", x, pool_by_hand(x) + 1, options={"aspect": "in_out"}, **settings)

    assert checks(panel) == {"recomputed": False}
    assert panel.payload.notes == ("map_does_not_hold",)


def test_padding_outlines_what_is_not_padding():
    y = np.pad(X, ((0, 0), (1, 1), (2, 2), (0, 0)))

    panel = panel_of(
        "ZeroPadding2D", X, y, padding=((1, 1), (2, 2)), data_format="channels_last", options={"aspect": "in_out", "height": 0}
    )  # fmt: skip

    (edge,) = figure(panel, "output").marks
    assert (edge.form, edge.row, edge.column, edge.rows, edge.columns) == ("edge", 1, 2, 6, 5)
    assert facts(panel)["from_cells"] == "only_padding"
    assert figure(panel, "input_0").marks == ()


def test_flatten_shows_the_map_its_cell_came_from():
    panel = panel_of("Flatten", X, X.reshape(1, -1), own=("unit",), options={"aspect": "in_out", "unit": 47})

    row, column, channel = np.unravel_index(47, X.shape[1:])
    np.testing.assert_array_equal(panel.tensors["input_0"], X[0, :, :, channel])
    (mark,) = figure(panel, "input_0").marks
    assert (mark.row, mark.column) == (row, column)
    assert facts(panel)["from_cells"] == f"in_0[{row}, {column}, {channel}]"


def test_flatten_of_channels_first_follows_the_models_own_order():
    own = np.moveaxis(X, -1, 1)  # (1, channel, height, width)
    source = source_of("Flatten", own, own.reshape(1, -1), axes=("channel", "height", "width"), own=("unit",))

    panel = PANEL.build(source, LayerParams(0, "it", options={"aspect": "in_out", "unit": 47}))

    channel, row, column = np.unravel_index(47, own.shape[1:])
    np.testing.assert_array_equal(panel.tensors["input_0"], own[0, channel])
    (mark,) = figure(panel, "input_0").marks
    assert (mark.row, mark.column) == (row, column)
    assert facts(panel)["from_cells"] == f"in_0[{channel}, {row}, {column}]"


def test_concatenate_has_bands_and_follows_the_unit():
    other = X[..., :2] * 3

    panel = panel_of(
        "Concatenate", [X, other], np.concatenate([X, other], axis=-1), axis=-1, options={"aspect": "in_out", "unit": 5}
    )

    assert panel.tensors["bands"].tolist() == [[0, 0, 0, 0, 1, 1]]
    assert figure(panel, "bands").axes[1].labels[5] == "in_1[1]"
    np.testing.assert_array_equal(panel.tensors["input_1"], other[0, :, :, 1])
    assert figure(panel, "input_0").marks == ()


def test_add_tells_the_share_of_each_input():
    panel = panel_of("Add", [X, -3 * X], X - 3 * X, options={"aspect": "in_out", "height": 1, "width": 2})

    np.testing.assert_allclose(panel.tensors["shares"], [0.25, 0.75], rtol=1e-6)
    scales = {figure(panel, name).domain for name in ("input_0", "input_1", "output")}
    assert len(scales) == 1
    assert checks(panel) == {"recomputed": True}


def test_a_join_with_a_constant_is_shown_and_nothing_is_claimed():
    panel = panel_of("Add", X, X + 1, options={"aspect": "in_out"})

    assert panel.payload.notes == ("map_unknown",)
    assert checks(panel) == {}
    np.testing.assert_array_equal(panel.tensors["input_0"], X[0, :, :, 0])


def test_layers_of_any_kind_have_input_and_output_side_by_side():
    y = np.where(X > 0, X, 2 * X)

    panel = panel_of("Mine", X, y, axes=("axis_1", "axis_2", "axis_3"), options={"axis_1": 3})

    assert panel.payload.head.aspect == "in_out"
    np.testing.assert_array_equal(panel.tensors["input_0"], X[0, 3])
    np.testing.assert_array_equal(panel.tensors["output"], y[0, 3])
    assert facts(panel)["unchanged"] == f"{(X > 0).mean():.1%}"


def test_text_input_is_named_and_not_drawn():
    words = np.array([["a", "b"]], dtype=object)

    panel = panel_of("Lookup", words, np.array([[1, 2]]), axes=("unit",), options={"aspect": "in_out"})

    assert list(panel.tensors) == ["output"]
    assert facts(panel)["input"] == "in_0 · 2 object"


@pytest.mark.parametrize("shape", [(1, 1000, 1000, 3), (1, 100_000), (1, 2000, 3000)])
def test_large_arrays_stay_within_the_budget(shape):
    x = np.zeros(shape, np.float32)
    axes = {4: IMAGE, 3: ("time", "unit"), 2: ("unit",)}[len(shape)]

    for kind, aspect in (("Identity", "in_out"), ("ReLU", "change"), ("Dropout", "training"), ("Reshape", "in_out")):
        panel = panel_of(kind, x, x, axes=axes, rate=0.5, noise_shape=None, options={"aspect": aspect})
        assert 0 < sum(array.nbytes for array in panel.tensors.values()) <= MAX_BYTES
