"""The layer panel: each kind of layer gets its view, within budget, also when the values are odd."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from kerasviz.errors import InputError, UnknownNameError
from kerasviz.views import LAYER_VIEWS, PANELS, PAYLOADS
from kerasviz.views.head import record_of
from kerasviz.views.layer import PANEL, LayerParams, views_for
from kerasviz.views.reduce import MAX_BYTES
from tests.fakes import FakeLayer

SHAPES = {
    "feature_maps": ((1, 8, 9, 5), ("height", "width", "channel")),
    "time_units": ((1, 7, 5), ("time", "unit")),
    "units": ((1, 5), ("unit",)),
    "tensor": ((1, 2, 7, 5), ("axis_1", "axis_2", "axis_3")),
}


def panel_of(record, start=0, count=64):
    return views_for(record)["output"].build(record, start, count)


def size_of(panel):
    return sum(array.nbytes for array in panel.tensors.values())


@pytest.mark.parametrize(("path", "kind"), [("conv", "feature_maps"), ("series", "time_units"), ("scores", "units"), ("cube", "tensor"), ("text", "empty"), ("silent", "empty"), ("block", "units")])  # fmt: skip
def test_layer_gets_the_view_of_its_kind(source, path, kind):
    assert PANEL.build(source, LayerParams(0, path)).payload.kind == kind


def test_channels_first_is_drawn_like_channels_last(record):
    last = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)

    one = panel_of(record(last, "height", "width", "channel"))
    other = panel_of(record(np.moveaxis(last, -1, 1), "channel", "height", "width"))

    np.testing.assert_array_equal(one.tensors["maps"], other.tensors["maps"])
    assert other.payload.head.shape == (4, 2, 3)
    assert other.payload.head.axes == ("channel", "height", "width")
    assert one.payload.head.num_units == other.payload.head.num_units == 4


def test_feature_maps_have_one_scale_and_their_own_figures(record):
    values = np.stack([np.full((4, 4), 1.0), np.full((4, 4), 3.0)], axis=-1)[None].astype(np.float32)
    values[0, 0, 0, 1] = np.nan

    panel = panel_of(record(values, "height", "width", "channel"))

    assert panel.tensors["maps"][:, 1, 1].tolist() == [0, 254]
    assert panel.tensors["maximum"].tolist() == [1, 3]
    assert panel.tensors["mean"].tolist() == [1, 3]
    assert panel.payload.head.domain.nans == 1
    assert panel.payload.pooled == 1


def test_later_maps_keep_the_colours_of_the_first(record):
    values = np.arange(100, dtype=np.float32).reshape(1, 1, 1, 100) * np.ones((1, 2, 2, 1), np.float32)

    first, later = (panel_of(record(values, "height", "width", "channel"), start, 50) for start in (0, 50))

    assert first.payload.head.domain == later.payload.head.domain
    assert later.payload.start == 50
    assert later.tensors["maps"].shape == (50, 2, 2)
    assert first.tensors["maps"].max() < later.tensors["maps"].min()


def test_at_most_64_maps_are_sent(record):
    assert len(panel_of(record(np.zeros((1, 2, 2, 500)), "height", "width", "channel"), 0, 500).tensors["maps"]) == 64


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((1, 512, 512, 64), ("height", "width", "channel")),
        ((1, 1, 1, 10_000), ("height", "width", "channel")),
        ((1, 3000, 1500), ("time", "unit")),
        ((1, 1_000_000), ("unit",)),
        ((1, 2, 2000, 2000), ("head", "query", "key")),
    ],
)
def test_large_layers_stay_within_the_budget_and_say_that_they_are_pooled(record, shape, axes):
    panel = panel_of(record(np.zeros(shape, np.float32), *axes))

    assert size_of(panel) <= MAX_BYTES
    if max(shape[1:-1], default=0) > 200:
        assert panel.payload.pooled > 1


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0])
def test_views_survive_odd_values(record, kind, value):
    shape, axes = SHAPES[kind]

    panel = panel_of(record(np.full(shape, value, np.float32), *axes))

    assert panel.payload.kind == kind
    assert all(array.dtype in (np.uint8, np.float32) for array in panel.tensors.values())


@pytest.mark.parametrize("kind", SHAPES)
def test_views_survive_an_empty_output(record, kind):
    shape, axes = SHAPES[kind]

    panel = panel_of(record(np.zeros((1, 0, *shape[2:]), np.float32), *axes))

    assert panel.payload.kind == "empty"
    assert "empty for this sample" in panel.payload.reason


def test_reason_of_an_empty_panel_is_the_layers_own(source):
    assert PANEL.build(source, LayerParams(0, "silent")).payload.reason == "It runs inside a loop."
    assert "object values" in PANEL.build(source, LayerParams(0, "text")).payload.reason


def test_tensor_slices_count_through_the_leading_axes(source):
    panel = PANEL.build(source, LayerParams(0, "cube", options={"axis_1": 1}))

    assert panel.payload.index == (1,)
    assert panel.tensors["map"].shape == (3, 4)


def test_wrong_layer_and_start_beyond_the_end_are_errors(source):
    with pytest.raises(UnknownNameError, match=r"Layer 'cnv' does not exist. Nearest: 'conv'"):
        PANEL.build(source, LayerParams(0, "cnv"))
    with pytest.raises(InputError, match=r"Units from 3 on were asked of layer 'conv'. It has 3"):
        PANEL.build(source, LayerParams(0, "conv", start=3))


def test_output_whose_batch_was_folded_away_is_drawn_whole(record):
    folded = record(np.zeros((6, 4), np.float32), "unit")

    assert folded.values.shape == (6, 4)
    assert panel_of(folded).payload.kind == "tensor"


def test_payload_kinds_are_different_and_every_view_is_among_them():
    kinds = [payload.kind for payload in PAYLOADS]

    assert len(kinds) == len(set(kinds))
    assert {view.payload for view in LAYER_VIEWS.all().values()} <= set(PAYLOADS)
    sample_panels = {"choices", "listing", "thumbnails", "verdicts"}
    assert (
        set(PANELS.names())
        == {"network", "overview", "prediction", "layer", "unit", "calculation", "feeds", "makers"}
        | {"attribution", "methods", "evaluation", "told", "data", "projection", "projected_sample"}
        | {"scan", "run_scan", "unit_data", "marks", "diagnose", "findings"}
        | sample_panels
    )


def test_attention_opens_at_the_query_that_chose_most_among_the_keys_it_may_see():
    head = np.float32([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.01, 0.01, 0.98, 0], [0, 0, 0.5, 0.5]])
    layer = FakeLayer("att.1", "MultiHeadAttention", (None, 1, 4, 4), ("batch", "head", "query", "key"))
    record = replace(record_of(layer, head[None, None], 0), around=SimpleNamespace(activation=head[None], inputs=()))
    panels = [
        LAYER_VIEWS.get("attention").build(replace(record, options=options), 0, 1) for options in ({}, {"query": 1})
    ]

    opened, chosen = (next(each for each in panel.payload.figures if each.name == "attended") for panel in panels)

    np.testing.assert_array_equal(panels[0].tensors["attended"], head[2])
    np.testing.assert_array_equal(panels[1].tensors["attended"], head[1])
    assert (opened.title, chosen.title) == ("decided_query", "this_query")


@pytest.mark.parametrize(
    "mask", [np.ones((3, 3), bool), np.tri(3, dtype=np.float32), None], ids=["flags", "numbers", "none"]
)
def test_attention_calls_queries_and_keys_by_the_tokens_behind_them(mask):
    words = {"a": ("the", "cat", "sat"), "b": ("le", "chat")}
    head = np.full((1, 3, 2), 0.5, np.float32)
    layer = FakeLayer("att.1", "MultiHeadAttention", (None, 1, 3, 2), ("batch", "head", "query", "key"))

    def axes(scores, *inputs):
        records = [
            SimpleNamespace(layer=SimpleNamespace(path=path), values=values, axes=(), own_axes=())
            for path, values in inputs
        ]
        around = SimpleNamespace(
            activation=scores, inputs=tuple(records), words=lambda path, n: words[path] if n == len(words[path]) else ()
        )
        panel = LAYER_VIEWS.get("attention").build(replace(record_of(layer, scores[None], 0), around=around), 0, 1)
        return {each.name: tuple(axis.labels for axis in each.axes) for each in panel.payload.figures}

    a, b = ("a", np.zeros((3, 5))), ("b", np.zeros((2, 5)))
    given = [] if mask is None else [("mask", mask)]

    assert axes(head, a, b) == {"scores": (words["a"], words["b"]), "attended": (words["b"],)}
    assert axes(np.full((1, 3, 3), 1 / 3, np.float32), a, *given)["scores"] == (words["a"], words["a"])
    assert axes(head, b, a)["scores"] == ((), ())
