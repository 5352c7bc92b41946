"""The charts of the checks: the very numbers of `kv.evaluate`, in the colours that the key names."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.attribution.explained import Asked
from kerasviz.charts import CHARTS
from kerasviz.charts.base import close_figure
from kerasviz.data.opening import open_samples
from kerasviz.views import PANELS
from kerasviz.views.base import Panel
from kerasviz.widget.session import Session

NAMES = ("deletion and insertion", "randomised weights")


@pytest.fixture(scope="module")
def checked():
    """What was found, and the panel of it."""
    keras.utils.set_random_seed(0)
    layers = [keras.Input((6, 6, 1)), keras.layers.Conv2D(2, 3, name="conv"), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax", name="scores")])
    session = Session(kv.Probe(model), open_samples(model, np.random.default_rng(0).random((2, 6, 6, 1), np.float32)))
    asked = {"sample": 1, "method": "gradient-x-input"}
    panel = session.panel("evaluation", asked)
    found = session.evaluate(Asked(**asked))
    session.close()
    return found, panel


@pytest.fixture(params=NAMES)
def chart(request):
    figure = CHARTS.get(request.param).make()
    yield request.param, figure
    close_figure(figure)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_chart_of_the_checks_shows_what_was_found(chart, checked, language):
    (name, figure), (found, panel) = chart, checked
    CHARTS.get(name).update(figure, panel, language)

    mark, key = figure.marks[0], figure.marks[-1]
    if name == NAMES[0]:
        curves = found.curves
        expected = np.stack([curves.deletion[0], curves.insertion[0], curves.random[0]])
        np.testing.assert_allclose(mark.x, curves.shares, atol=1e-7)
        areas = (curves.deletion_area[0], curves.insertion_area[0], curves.random_area[0])
        assert [float(text.split()[-1]) for text in key.text] == pytest.approx(areas, rel=5e-3)
        np.testing.assert_array_equal(np.asarray(figure.marks[1].y).reshape(3, -1), mark.y)
    else:
        expected = np.stack([found.weights.rank_correlation[0], found.weights.structure[0]])
        assert list(mark.x) == [stage[0] for stage in found.weights.layers] == ["scores", "conv"]
    np.testing.assert_allclose(mark.y, expected, atol=1e-6)
    assert mark.y.dtype == np.float32
    assert (key.text[0][0].isascii()) == (language == "en")

    mark.colors = ["#123456", *mark.colors[1:]]
    assert key.colors[0] == "#123456"


def test_what_could_not_be_checked_leaves_an_empty_chart(chart, checked):
    name, figure = chart
    CHARTS.get(name).update(figure, checked[1], "en")
    empty = PANELS.get("evaluation").payload(1, "lime", figures=(), facts=(), notes=(), code="")

    CHARTS.get(name).update(figure, Panel(empty), "en")

    assert figure.marks[0].y.size == 0
    assert len(figure.marks[-1].text) == 0


def test_closing_frees_all_parts():
    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    for name in CHARTS.names():
        close_figure(CHARTS.get(name).make())

    assert set(_instances) == before
