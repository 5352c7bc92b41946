"""The chart of the classes shows what the panel has."""

import numpy as np

from kerasviz.charts.base import close_figure
from kerasviz.charts.classes import CHART
from kerasviz.charts.look import BLUE, ORANGE
from kerasviz.views.unit_data import CLASSES, PANEL, UnitDataParams
from tests.fakes import FakeSource


def test_bars_are_the_means_of_the_classes_and_the_own_class_stands_out():
    panel = PANEL.build(FakeSource.golden(), UnitDataParams(0, "conv", 1))
    figure = CHART.make()

    CHART.update(figure, panel, "en")

    bars = figure.marks[0]
    assert list(bars.x) == ["cat", "dog"]
    np.testing.assert_array_equal(bars.y, panel.tensors[CLASSES])
    assert bars.colors == [BLUE, ORANGE]  # sample 0 is of class 1
    assert figure.title == "conv[1]"
    close_figure(figure)
