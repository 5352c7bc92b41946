"""The charts of all samples: cells and points as the payloads have them; what is selected in them filters, and back."""

import itertools
import re
from types import SimpleNamespace

import numpy as np
import pytest

from kerasviz.charts import CHARTS
from kerasviz.charts.base import close_figure
from kerasviz.charts.confusion import shades
from kerasviz.views.base import Panel
from kerasviz.views.colours import ColourGroup
from kerasviz.views.data import Confusion
from kerasviz.views.projection import ProjectedSample
from kerasviz.wire.messages import Domain

TABLE = np.array([[5, 0, 1], [2, 7, 0], [0, 0, 0]], np.float32)
POINTS = np.array([[0, 1], [2, 3], [4, 5.5]], np.float32)
SAMPLES = np.array([3, 8, 12], np.int32)


@pytest.fixture
def made(request):
    """A chart, its figure, what it asks for, and what tells it the filter."""
    chart = CHARTS.get(request.param)
    figure = chart.make()
    asked = []
    follow = chart.connect(figure, asked.append)
    yield SimpleNamespace(chart=chart, figure=figure, asked=asked, follow=follow)
    close_figure(figure)


def confusion_panel():
    payload = SimpleNamespace(confusion=Confusion((4, 7, 9), ("cat", "dog", "owl"), 3, ()))
    return Panel(payload, {"confusion": TABLE})


def map_panel(groups=(), domain=None, explained=(0.5, 0.25)):
    payload = SimpleNamespace(groups=groups, domain=domain, explained=explained)
    levels = np.array([0, 1, 0] if groups else [0, 100, 255], np.uint8)
    return Panel(payload, {"points": POINTS, "samples": SAMPLES, "levels": levels})


def test_right_and_wrong_ones_have_scales_of_their_own():
    found = shades(TABLE)

    assert (np.diag(found)[:2] < 0).all()
    assert found[1, 0] == 1 > found[0, 2] > 0
    assert (found[TABLE == 0] == 0).all()


def luminance(color):
    parts = np.asarray(color, float) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("made", ["confusion"], indirect=True)
@pytest.mark.parametrize(
    ("page", "text"), [([255] * 3, [28, 32, 39]), ([17, 19, 23], [232, 234, 238]), ([17] * 3, [255] * 3)]
)
def test_the_text_of_the_page_is_read_on_every_cell(made, page, text):
    assert made.figure.marks[1].colors == ["var(--kv-text, gray)"]
    ends = [
        np.array(re.findall(r"[\d.]+", color), float) for color in made.figure.marks[0].scales["color"].colors
    ]  # red, green, blue, opacity

    shades = [a + (b - a) * t for a, b in itertools.pairwise(ends) for t in np.linspace(0, 1, 40)]
    cells = luminance([shade[:3] * shade[3] + np.array(page) * (1 - shade[3]) for shade in shades])

    both = np.stack([cells, np.full_like(cells, luminance(text))])
    assert ((both.max(axis=0) + 0.05) / (both.min(axis=0) + 0.05)).min() >= 4.5


@pytest.mark.parametrize("made", ["confusion"], indirect=True)
def test_a_cell_that_is_selected_asks_for_its_samples(made):
    made.chart.update(made.figure, confusion_panel(), "en")
    cells, counts = made.figure.marks
    assert not made.figure.display_toolbar  # it would lie on the cells at the upper right
    assert (list(cells.row), list(cells.column)) == (["cat", "dog", "owl"],) * 2
    written = {(y, x): int(text) for x, y, text in zip(counts.x, counts.y, counts.text, strict=True)}
    assert written == {("cat", "cat"): 5, ("cat", "owl"): 1, ("dog", "cat"): 2, ("dog", "dog"): 7}

    cells.selected = [[1, 0]]

    assert made.asked == [{"by": "cells", "cells": [[7, 4]]}]
    made.follow({"by": "cells", "cells": [[4, 9]], "samples": [1]})
    np.testing.assert_array_equal(cells.selected, [[0, 2]])
    made.asked.clear()
    cells._handle_custom_msg({"event": "element_click", "data": {"row": "owl", "column": "dog"}}, [])
    assert made.asked == [{"by": "cells", "cells": [[9, 7]]}]


@pytest.mark.parametrize("made", ["projection", "predicted and true"], indirect=True)
def test_points_that_are_drawn_around_ask_for_their_samples(made):
    panel = map_panel()
    panel.payload.span = Domain(0.0, 6.0, signed=False)
    made.chart.update(made.figure, panel, "en")
    points = made.figure.marks[0]
    np.testing.assert_array_equal(np.stack([points.x, points.y], axis=1), POINTS)

    points.selected = np.array([0, 2], np.uint32)

    assert made.asked == [{"by": "points", "samples": [3, 12]}]
    made.asked.clear()
    points.selected = None
    points.selected = np.zeros(0, np.uint32)
    assert made.asked == []
    made.follow({"by": "python", "samples": [8, 99]})
    np.testing.assert_array_equal(points.selected, [1])
    made.follow(None)
    assert points.selected is None


@pytest.mark.parametrize("made", ["projection"], indirect=True)
def test_a_line_is_taken_back_when_other_points_are_chosen_and_then_clears_nothing(made):
    made.chart.update(made.figure, map_panel(), "en")
    points, taken = made.figure.marks[0], []
    made.figure.interaction.send = lambda content, *_: taken.append(content["type"])
    points.selected = np.array([0, 2], np.uint32)
    made.follow(made.asked.pop())
    assert taken == []

    made.follow({"by": "points", "samples": [8]})
    points.selected = np.zeros(0, np.uint32)

    assert (taken, made.asked) == (["reset"], [])
    np.testing.assert_array_equal(points.selected, [1])


@pytest.mark.parametrize("made", ["projection"], indirect=True)
def test_points_have_the_colours_of_their_groups_and_the_sample_a_ring(made):
    groups = (ColourGroup("a", "#ff0000", 2), ColourGroup("b", "#0000ff", 1))
    made.chart.update(made.figure, map_panel(groups), "en")
    points, ring = made.figure.marks
    assert points.colors == ["#ff0000", "#0000ff", "#ff0000"]
    assert "50.0%" in made.figure.axes[0].label

    made.chart.update(made.figure, map_panel(domain=Domain(0.0, 1.0, signed=False), explained=()), "zh")
    assert len(set(points.colors)) == 3
    assert made.figure.axes[0].label == ""

    made.chart.update(made.figure, Panel(ProjectedSample(5, (1.0, 2.0))), "en")
    assert (list(ring.x), list(ring.y)) == ([1.0], [2.0])
    made.chart.update(made.figure, Panel(ProjectedSample(5, None)), "en")
    assert len(ring.x) == 0
