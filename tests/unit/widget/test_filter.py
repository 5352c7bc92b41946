"""Only some samples are walked through: named in Python, chosen in a chart, or by what a scan found of them."""

import numpy as np
import pytest
from traitlets import TraitError

import kerasviz as kv
from kerasviz.errors import InputError
from tests.unit.widget.conftest import X, Y


def test_the_filter_keeps_its_order_and_moves_the_sample_into_it(w):
    w.filter = [5, 2, 5]

    assert (w.filter, w.sample) == ((5, 2), 5)
    w.sample = 2
    w.filter = np.array([False, False, True, False, True, False])
    assert (w.filter, w.sample) == ((2, 4), 2)
    w.filter = None
    assert (w.filter, w.sample) == (None, 2)


@pytest.mark.parametrize(
    ("value", "said"), [([], "nothing to show"), ([6], "0 … 5"), ([-1], "0 … 5"), ("ab", "numbers"), (3, "numbers")]
)
def test_what_is_no_filter_is_refused_and_the_old_one_stays(w, value, said):
    w.filter = [1]

    with pytest.raises(TraitError, match=said):
        w.filter = value

    assert w.filter == (1,)


@pytest.mark.parametrize("by", ["points", "doctor"])
def test_who_chose_the_samples_is_kept(w, by):
    w._stage.filter = {"by": by, "samples": [4, 2]}

    assert (w.filter, w.sample) == ((4, 2), 4)
    assert w._stage.filter == {"by": by, "samples": [4, 2]}


def test_cells_need_a_scan_and_name_its_samples(w, model):
    with pytest.raises(InputError, match="Scan the data"):
        w._stage.filter = {"by": "cells", "cells": [[0, 1]]}
    w.scan = kv.scan(w.probe, X[..., None], Y, progress=False)
    said = model.predict(X[..., None], verbose=0).argmax(axis=1)
    cell = [int(Y[0]), int(said[0])]

    w._stage.filter = {"by": "cells", "cells": [cell]}

    assert list(w.filter) == np.flatnonzero((cell[0] == Y) & (said == cell[1])).tolist()
    assert w._stage.filter["names"] == [["abc"[i] for i in cell]]
    w._stage.filter = {"by": "order", "name": "unsure"}
    assert sorted(w.filter) == list(range(6))


def test_an_empty_cell_of_the_chart_is_refused_with_a_message(w, model):
    w.scan = kv.scan(w.probe, X[..., None], Y, progress=False)
    w._show_charts(w._session.panel("data", {}))
    cells = w.charts["confusion"].marks[0]
    empty = np.argwhere(w.scan.confusion == 0)[0].tolist()

    cells.selected = [empty]

    assert w.filter is None
    assert "nothing to show" in w._stage.refused
    full = np.argwhere(w.scan.confusion)[0].tolist()
    cells.selected = [full]
    assert (len(w.filter), w._stage.refused) == (w.scan.confusion[*full], "")
    w.filter = [3]
    assert cells.selected is None


def test_points_are_a_layers_own_pca_and_the_current_sample_has_a_place(w):
    panel = w._session.panel("projection", {"layer": "conv", "colour": "label"})
    values = np.concatenate([w.probe.activations(X[i : i + 1, ..., None], layers=["conv"])["conv"] for i in range(6)])
    wide = values.reshape(6, -1).astype(np.float64)
    wide -= wide.mean(axis=0)
    left, sizes, _ = np.linalg.svd(wide, full_matrices=False)

    points = panel.tensors["points"]

    np.testing.assert_allclose(np.abs(points), np.abs(left[:, :2] * sizes[:2]), atol=1e-4)
    np.testing.assert_allclose(panel.payload.explained, (sizes**2 / (sizes**2).sum())[:2], rtol=1e-4)
    assert [panel.payload.groups[level].name for level in panel.tensors["levels"]] == ["abc"[i] for i in Y]
    w.show(X[3])
    at = w._session.panel("projected_sample", {"sample": w.sample, "layer": "conv"}).payload.at
    np.testing.assert_allclose(at, points[3], atol=1e-4)
