"""Marks on the cards: counted by hand, and meaning what the doctor's rules mean."""

import numpy as np

from kerasviz.views.marks import PANEL
from kerasviz.views.scanned import NoParams
from tests.fake_scans import scan_of
from tests.fakes import FakeLayer, FakeSource

RNG = np.random.default_rng(3)


def marked(values, kind="Dense", settings=None, count=40):
    layer = FakeLayer("layer", kind, (None, values.shape[1]), ("batch", "unit"), num_parameters=8)
    source = FakeSource((layer, FakeLayer("scores", "Dense", (None, 3))), layer_settings={"layer": settings or {}})
    source.samples.count = count
    scores = FakeLayer("scores", "Dense", (None, 3), ("batch", "unit"))
    source.scan = scan_of({"layer": (layer, values), "scores": (scores, RNG.random((count, 3)).astype(np.float32))})
    source.activations = lambda sample: {"layer": values[sample : sample + 1]}
    found = PANEL.build(source, NoParams()).payload
    assert found.samples == count
    return next((each for each in found.layers if each.path == "layer"), None)


def test_dead_constant_and_equal_channels_are_counted_once_each():
    values = RNG.random((40, 6)).astype(np.float32) + 0.1
    values[:, 1] = 0
    values[:, 2] = 0.75
    values[:, 4] = values[:, 3]

    found = marked(values, settings={"activation": "relu"})

    assert (found.channels, found.dead, found.constant, found.copies, found.saturated) == (6, 1, 1, 1, 0)


def test_zeros_of_what_is_no_relu_are_constant_not_dead():
    values = RNG.random((40, 3)).astype(np.float32)
    values[:, 0] = 0

    found = marked(values, settings={"activation": "linear"})

    assert (found.dead, found.constant) == (0, 1)


def test_on_few_samples_nobody_is_called_dead():
    values = RNG.random((20, 3)).astype(np.float32)
    values[:, 0] = 0

    assert marked(values, settings={"activation": "relu"}, count=20) is None


def test_sigmoids_at_their_ends_are_saturated():
    values = np.where(RNG.random((40, 4)) < 0.9, 0.999, 0.5).astype(np.float32) - RNG.random((40, 4)) * 1e-4
    picked = np.unique(np.linspace(0, 39, 16).astype(int))

    found = marked(values.astype(np.float32), settings={"activation": "sigmoid"})

    assert found.saturated == (values[picked] > 0.99).mean()


def test_a_healthy_layer_has_no_mark_and_a_scan_of_other_weights_gives_none():
    assert marked(RNG.normal(size=(40, 5)).astype(np.float32)) is None

    source = FakeSource.golden()
    source.scan_is_stale = True

    assert PANEL.build(source, NoParams()).payload.layers == ()
