"""The scan of a widget's samples: on the long worker, cancelled it keeps what it has, and others are refused."""

import threading

import numpy as np
import pytest

import kerasviz
from kerasviz.data.opening import open_samples
from kerasviz.errors import InputError
from kerasviz.widget.scans import SampleBatches
from kerasviz.widget.session import Session
from tests.fake_probe import FakeModel
from tests.unit.widget.conftest import request


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, "relu", name="hidden"), keras.layers.Dense(2, "softmax", name="out")]
    )


X = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def scanning(model):
    session = Session(kerasviz.Probe(model), open_samples(model, X, Y))
    yield session
    session.close()


def test_batches_are_the_samples_in_order_with_their_labels_also_by_name():
    samples = open_samples(FakeModel(), X[:5, :2], ["b", "a", "b", "b", "a"], class_names=("a", "b"))

    batches = SampleBatches(samples, 2)

    assert len(batches) == 3
    np.testing.assert_array_equal(batches[2][0], X[4:5, :2])
    np.testing.assert_array_equal(batches[0][1], [1, 0])


def test_samples_of_several_lengths_come_one_by_one():
    model = FakeModel()
    model.inputs[0].shape = (None, None)
    samples = open_samples(model, [np.zeros(2, np.float32), np.ones(3, np.float32)])

    batches = SampleBatches(samples, 64)

    assert [batches[i][0].shape for i in range(len(batches))] == [(1, 2), (1, 3)]


def test_scan_of_the_screen_equals_kv_scan(scanning, inbox, model):
    told = []
    scanning.on_scan = lambda: told.append(scanning.scan)
    scanning.submit(request("1", "run_scan"), inbox)
    inbox.wait(1)

    assert inbox.of("1")["payload"]["scanned"] == 200
    assert told == [scanning.scan]
    other = kerasviz.scan(model, X, Y, progress=False)
    np.testing.assert_array_equal(scanning.scan.tally.moments.mean, other.tally.moments.mean)
    np.testing.assert_array_equal(scanning.scan.top("hidden", 1).samples, other.top("hidden", 1).samples)
    assert scanning.scan.accuracy == other.accuracy
    scanning.take_scan(other)
    assert scanning.scan is other


def test_others_are_answered_while_it_runs_and_cancelled_it_keeps_what_it_has(scanning, inbox, monkeypatch):
    first, go = threading.Event(), threading.Event()
    batch = SampleBatches.__getitem__

    def slow(self, number):
        if number == 1:
            first.set()
            assert go.wait(10)
        return batch(self, number)

    monkeypatch.setattr(SampleBatches, "__getitem__", slow)
    scanning.submit(request("1", "run_scan"), inbox)
    assert first.wait(60)
    scanning.submit(request("2", "unit", sample=3, layer="hidden", unit=0), inbox)
    inbox.wait(1)
    assert [answer["id"] for answer in inbox.answers()] == ["2"]
    scanning.cancel("1")
    go.set()
    inbox.wait(2)

    found = inbox.of("1")["payload"]
    assert (found["scanned"], found["complete"], found["stopped"]) == (128, False, "cancelled")
    assert scanning.scan.num_samples == 128


def test_other_weights_make_it_stale(scanning):
    scanning.panel("run_scan", {})
    assert not scanning.scan_state().stale

    scanning.forget()

    assert scanning.scan_state().stale


def test_a_scan_of_another_model_or_of_other_samples_is_refused(scanning, model):
    import keras

    other = keras.models.clone_model(model)
    with pytest.raises(InputError, match="another model"):
        scanning.take_scan(kerasviz.scan(other, X, progress=False))
    with pytest.raises(InputError, match="other samples"):
        scanning.take_scan(kerasviz.scan(model, X[::-1], progress=False))
    with pytest.raises(InputError, match="here are 200"):
        scanning.take_scan(kerasviz.scan(model, np.concatenate([X, X]), progress=False))
    with pytest.raises(InputError, match="A scan is needed"):
        scanning.take_scan("a scan")
    assert scanning.scan is None


def test_trait_of_the_widget_follows_the_screen_and_takes_a_scan(model, bundle):
    w = kerasviz.ExplainerWidget(model, X, Y)
    seen = []
    w.observe(lambda change: seen.append(change["new"]), "scan")
    assert w.scan is None

    w._session.panel("run_scan", {})
    made = w.scan
    w.scan = given = kerasviz.scan(model, X, Y, progress=False)
    with pytest.raises(InputError):
        w.scan = 3
    w.scan = None

    assert seen == [made, given, None]
    assert made.num_samples == 200
    assert w._stage.scanned == 3
    w.close()
