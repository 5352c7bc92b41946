"""What a saved notebook shows where nothing draws widgets: the layers as a picture, and words."""

import base64
import io

import keras
import numpy as np
import pytest
from PIL import Image

import kerasviz as kv
from kerasviz.views.base import Panel
from kerasviz.views.overview import Mosaic, Overview
from kerasviz.widget.still import still_of
from kerasviz.wire.messages import Domain
from tests.unit.widget.conftest import X

VIEW = "application/vnd.jupyter.widget-view+json"


def drawn(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def overview(levels, *, signed=False):
    mosaics, start = [], 0
    for each in levels:
        height, width = each.shape
        mosaics.append(Mosaic("a", start, height, width, Domain(-1.0 * signed, 1, signed), 1, 1, 1, 1))
        start += each.size
    flat = np.concatenate([each.reshape(-1) for each in levels]) if levels else np.zeros(0, np.uint8)
    return Panel(Overview(0, tuple(mosaics)), {"mosaics": flat})


@pytest.fixture
def predicted(w):
    """A widget whose first prediction is there, and whose model nobody else uses."""
    assert w._stage.predicted.wait(30)
    with w._session.lock:
        yield w


def test_hosts_without_widgets_get_a_picture_and_words(predicted, model):
    bundle = predicted._repr_mimebundle_()

    scores = keras.ops.convert_to_numpy(model(X[:1, ..., None]))[0]
    assert bundle[VIEW]["model_id"] == predicted.model_id
    assert drawn(base64.b64decode(bundle["image/png"])).ndim == 3
    assert f"data:image/png;base64,{bundle['image/png']}" in bundle["text/html"]
    assert "tiny" in bundle["text/html"]
    assert f"{'abc'[scores.argmax()]}: {scores.max():.4g}" in bundle["text/html"]
    assert "Run this notebook" in bundle["text/html"]
    predicted.language = "zh"
    assert "运行此 notebook" in predicted._repr_mimebundle_()["text/html"]


def test_displaying_runs_no_model(w, monkeypatch):
    assert w._stage.predicted.wait(30)
    w._session.forget()
    w._stage.digest = {**w._stage.digest, "sample": 5}  # of another sample than the one on the screen

    def refuse(*_, **__):
        raise AssertionError

    monkeypatch.setattr(w._session, "panel", refuse)
    bundle = w._repr_mimebundle_()

    assert "image/png" not in bundle
    assert "<img" not in bundle["text/html"]
    assert VIEW in bundle


def test_names_of_a_model_are_no_html(bundle):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    w = kv.ExplainerWidget(model, np.eye(3, dtype=np.float32))
    w._stage.title = "<script>alert(1)</script>"

    assert "<script" not in w._repr_mimebundle_()["text/html"]
    w.close()


def test_a_cell_is_a_square_of_its_colour():
    levels = np.array([[0, 254], [127, 255]], np.uint8)

    page = drawn(still_of(overview([levels])))

    assert page.shape == (112, 112, 3)
    corners = page[20, 20], page[20, 80], page[80, 20], page[80, 80]
    assert [each.tolist() for each in corners[:2]] == [[0x44, 0x01, 0x54], [0xFD, 0xE7, 0x25]]
    assert corners[3].tolist() == [128, 128, 128]  # not finite
    assert page[5, 5].tolist() == [255, 255, 255]


def test_numbers_of_both_signs_are_red_and_blue_about_white():
    page = drawn(still_of(overview([np.array([[0, 127, 254]], np.uint8)], signed=True)))
    middle = page[page.shape[0] // 2]

    assert middle[16].tolist() == [0x67, 0x00, 0x1F]
    assert middle[55].tolist() == [0xF7, 0xF7, 0xF7]
    assert middle[95].tolist() == [0x05, 0x30, 0x61]


def test_of_many_layers_some_are_shown_in_two_rows():
    many = [np.full((100, 300), i, np.uint8) for i in range(60)]

    assert drawn(still_of(overview(many))).shape == (212, 812, 3)
    assert still_of(overview([])) == b""
