"""A sample compared with a scan: against NumPy, and with samples that are planted to be unusual."""

import numpy as np
import pytest
from keras import Input, Sequential, layers

import kerasviz as kv
from tests.models import seeded
from tests.narratives import check, fact


@pytest.fixture(scope="module")
def scanned():
    model = seeded(Sequential([Input((4,)), layers.Dense(6, "relu", name="hidden"), layers.Dense(3, "softmax")]))
    x = np.random.default_rng(0).random((60, 4), np.float32)
    probe = kv.Probe(model)
    outputs = probe.predict(x)
    return probe, x, outputs, kv.scan(probe, x, outputs.argmax(axis=1), progress=False)


def test_an_ordinary_sample_is_told_to_be_so(scanned):
    probe, x, outputs, scan = scanned

    told = kv.narrate(probe, x[5], scan=scan, length="page")

    assert "## Compared with the data" in told
    assert fact(told, "share_less_sure").value == pytest.approx((outputs.max(axis=1) < outputs[5].max()).mean())
    assert fact(told, "share_of_these_right").value == 1.0
    assert fact(told, "channels_beyond").value == 0
    assert fact(told, "farthest_layer").value == "hidden"
    assert "Its input goes from" not in told
    check(told, probe, x[5], scan=scan)


def test_an_input_and_a_unit_that_the_scan_never_saw_are_named(scanned):
    probe, x, _, scan = scanned
    strange = np.array([9.0, 0.5, 0.5, 0.5], np.float32)
    before = probe.activations(x, ["hidden"])["hidden"]
    here = probe.activations(strange, ["hidden"])["hidden"][0]

    told = kv.narrate(probe, strange, scan=scan, length="page", language="zh")

    away = np.divide(here - before.mean(axis=0), before.std(axis=0), out=np.zeros(6), where=before.std(axis=0) > 0)
    assert fact(told, "farthest_unit").value == np.abs(away).argmax()
    assert fact(told, "standard_deviations_away").value == pytest.approx(np.abs(away).max(), rel=1e-3)
    assert "不寻常的是hidden层" in told
    assert fact(told, "largest_input").value == 9
    assert fact(told, "channels_beyond").value >= (here > before.max(axis=0)).sum() > 0
    check(told, probe, strange, scan=scan)


def test_values_of_a_regression_are_compared_too():
    model = seeded(Sequential([Input((3,)), layers.Dense(1)]))
    x = np.random.default_rng(1).random((20, 3), np.float32)
    probe = kv.Probe(model)
    values = probe.predict(x)[:, 0]

    told = kv.narrate(probe, x[3], scan=kv.scan(probe, x, progress=False))

    assert fact(told, "share_smaller").value == pytest.approx((values < values[3]).mean())


def test_a_scan_of_other_weights_is_refused(scanned):
    _, x, _, scan = scanned
    other = seeded(Sequential([Input((4,)), layers.Dense(6, "relu"), layers.Dense(3, "softmax")]), seed=2)

    with pytest.raises(kv.InputError, match="whose weights are not the model's"):
        kv.narrate(other, x[0], scan=scan)
