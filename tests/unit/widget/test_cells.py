"""Running a cell again closes what it made before, and nothing else."""

import sys
from types import SimpleNamespace

import pytest

from kerasviz.widget import cells


class Widget:
    closed = False

    def close(self):
        self.closed = True


@pytest.fixture
def run(monkeypatch):
    """run(cell, execution): make a widget in that execution of that cell."""
    shell = SimpleNamespace(parent=None, get_parent=lambda: shell.parent)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(cells, "_made", {})

    def make(cell, execution):
        shell.parent = {"header": {"msg_id": execution}, "metadata": {"cellId": cell} if cell else {}}
        widget = Widget()
        cells.close_earlier(widget)
        return widget

    return make


def test_running_a_cell_again_closes_all_that_it_made(run):
    first, second = run("a", "1"), run("a", "1")
    assert not first.closed
    assert not second.closed

    third = run("a", "2")

    assert first.closed
    assert second.closed
    assert not third.closed


def test_widgets_of_other_cells_stay_open(run):
    first = run("a", "1")

    run("b", "2")

    assert not first.closed


def test_without_cell_ids_nothing_is_closed(run):
    first = run(None, "1")

    run(None, "2")

    assert not first.closed


def test_outside_of_a_notebook_nothing_happens(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))

    cells.close_earlier(Widget())
