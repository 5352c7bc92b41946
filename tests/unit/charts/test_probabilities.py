"""The chart of the model's answer: small float32 arrays, names that differ, everything closed in the end."""

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from kerasviz.charts import CHARTS
from kerasviz.charts.base import close_figure
from kerasviz.views.base import Panel
from kerasviz.views.prediction import ClassScore, Prediction

CHART = CHARTS.get("probabilities")


@pytest.fixture
def figure():
    figure = CHART.make()
    yield figure
    close_figure(figure)


def prediction(*scores, quantity="probability", total=None):
    return Prediction(
        4, quantity, tuple(ClassScore(*score) for score in scores), total or len(scores), None, None, None, None
    )


def shown(*scores, language="en", **facts):
    return Panel(prediction(*scores, **facts)), language


def test_bars_are_in_the_order_of_the_classes_and_the_strongest_stands_out(figure):
    CHART.update(figure, *shown((2, "owl", 0.7), (0, "cat", 0.2), (1, "dog", 0.1)))

    bars = figure.marks[0]
    assert list(bars.x) == ["cat", "dog", "owl"]
    assert bars.y.dtype == np.float32
    assert len(set(bars.colors)) == 2
    assert bars.colors[2] != bars.colors[0] == bars.colors[1]
    assert (bars.scales["y"].min, bars.scales["y"].max) == (0, 1)
    assert figure.title == "Class probabilities of sample 4"


def test_values_have_a_scale_of_their_own(figure):
    CHART.update(figure, *shown((0, "0", -3.0), quantity="value"))

    assert figure.marks[0].scales["y"].min is None
    assert figure.title.startswith("Outputs")


def test_nan_is_named_and_the_largest_of_many_are_said_to_be(figure):
    CHART.update(figure, *shown((1, "1", 0.5), (0, "0", None), total=1000))

    assert list(figure.marks[0].x) == ["0 (NaN)", "1"]
    assert np.isfinite(figure.marks[0].y).all()
    assert figure.title.endswith("(2 largest of 1000)")


def test_equal_and_long_names_stay_apart(figure):
    CHART.update(figure, *shown((0, "a very long name of a class", 0.5), (1, "a very long name of an owl", 0.4)))

    assert len(set(figure.marks[0].x)) == 2
    assert all(len(name) <= 20 for name in figure.marks[0].x)


def test_closing_a_figure_closes_its_parts():
    before = set(_instances)

    close_figure(CHART.make())

    assert set(_instances) == before
