"""The doctor behind the screen: the report of `kv.diagnose`, kept, marked when the weights change, stopped when asked."""

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.data.opening import open_samples
from kerasviz.widget.session import Session
from tests.models import seeded
from tests.unit.widget.conftest import Inbox, request

X = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture(scope="module")
def model():
    """Softmax twice, and two of eight channels dead."""
    hidden = keras.layers.Dense(8, "relu", name="hidden")
    ends = [keras.layers.Dense(2, "softmax", name="scores"), keras.layers.Softmax(name="again")]
    made = seeded(keras.Sequential([keras.Input((6,)), hidden, *ends]))
    hidden.set_weights([hidden.get_weights()[0], np.array([-99.0, *[0.1] * 6, -99.0])])
    return made


@pytest.fixture
def session(model):
    found = Session(kv.Probe(model), open_samples(model, X, Y, class_names=["a", "b"]))
    yield found
    found.close()


def test_the_report_of_the_screen_is_that_of_diagnose(session, model):
    told, inbox = [], Inbox()
    session.on_report = lambda: told.append(session.report)
    session.submit(request("1", "diagnose"), inbox)
    inbox.wait(1, timeout=60)

    payload = inbox.of("1")["payload"]
    plain = kv.diagnose(model, X, Y)
    assert "softmax-twice" in [each.rule for each in plain]
    assert [(each["rule"], each["message"]) for each in payload["findings"]] == [(f.rule, f.message) for f in plain]
    assert told == [session.report]
    assert session.report.findings == plain.findings
    dead = next(each for each in payload["findings"] if each["rule"] == "dead-relus")
    proof = {"layer": "hidden", "unit": 0, "sample": 0, "target": None, "samples": [], "panel": "unit"}
    assert dead["proof"] == proof


def test_a_scan_is_used_as_long_as_it_holds(session, model):
    session.take_scan(kv.scan(model, X[:40], Y[:40], progress=False))
    session.diagnose(_ignored)
    known = {each.rule: each for each in session.report}
    session.forget()
    session.diagnose(_ignored)
    later = {each.rule: each for each in session.report}

    assert known["dead-relus"].evidence["samples"] == 40
    assert later["dead-relus"].evidence["samples"] == 60


def test_it_is_marked_when_the_weights_change_and_stays(session):
    session.diagnose(_ignored)
    before, told = session.report, []
    session.on_report = lambda: told.append(session.diagnosed().stale)
    session.refresh()

    assert told == [True]
    assert session.report is before


def test_stopped_it_leaves_the_report_there_was(session):
    session.diagnose(_ignored)
    before, asked = session.report, []

    def stop(done, total, rule):
        asked.append((done, rule))
        if done == 5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        session.diagnose(stop)

    assert session.report is before
    assert [done for done, _ in dict.fromkeys(asked)] == [0, 1, 2, 3, 4, 5]
    assert asked[0] == (0, "non-finite")


def _ignored(done, total, rule):
    """Nobody follows."""
