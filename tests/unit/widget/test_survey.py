"""Many samples, predicted batch by batch: the same numbers, in small steps, forgotten when the weights change."""

import threading
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.data.opening import open_samples
from kerasviz.widget.session import Session
from tests.unit.widget.conftest import request

X = np.random.default_rng(3).random((41, 5)).astype(np.float32)
Y = np.arange(41) % 4


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(4)
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, activation="softmax", name="scores")])


@pytest.fixture
def real(model):
    sessions = []

    def make(model=model, x=X, y=Y, **options):
        sessions.append(Session(kv.Probe(model), open_samples(model, x, y, **options)))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


def numpy_scores(model):
    """The model by hand."""
    kernel, bias = (np.asarray(weight, np.float64) for weight in model.get_weights())
    raised = np.exp(X.astype(np.float64) @ kernel + bias)
    return raised / raised.sum(axis=1, keepdims=True)


def listed(session, by):
    return session.panel("listing", {"by": by}).tensors["samples"].tolist()


def test_lists_equal_those_made_by_hand(model, real):
    scores = numpy_scores(model)
    ordered = np.sort(scores, axis=1)
    margin, wrong = ordered[:, -1] - ordered[:, -2], scores.argmax(axis=1) != Y
    session = real()

    assert listed(session, "wrong") == np.flatnonzero(wrong).tolist()
    assert listed(session, "right") == np.flatnonzero(~wrong).tolist()
    assert listed(session, "unsure") == np.argsort(margin).tolist()
    assert listed(session, "mistakes") == [i for i in np.argsort(-margin) if wrong[i]]
    np.testing.assert_allclose([session.verdict(i).margin for i in range(41)], margin, atol=1e-6)


def test_list_is_made_anew_after_training(real):
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, activation="softmax", name="scores")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    session = real(model)
    listed(session, "wrong")
    before = session.generation

    model.optimizer.learning_rate = 5.0
    model.fit(X, Y, epochs=2, verbose=0)

    expected = np.flatnonzero(numpy_scores(model).argmax(axis=1) != Y).tolist()
    assert listed(session, "wrong") == expected
    assert session.generation > before


def test_samples_are_predicted_once(session, probe):
    session.panel("listing", {"by": "wrong"})
    session.panel("listing", {"by": "unsure"})
    session.panel("verdicts", {"samples": [1, 2]})

    assert probe.calls.count("predict") == 1
    session.refresh()
    session.panel("listing", {"by": "wrong"})
    assert probe.calls.count("predict") == 2


def test_verdict_of_a_sample_that_was_looked_at_is_known(session):
    assert session.verdict(1) is None
    session.outputs(1)

    assert session.verdict(1).predicted == 1


@pytest.mark.parametrize("size", [1, 3])
def test_batch_size_that_the_model_declares_is_kept(probe, size):
    probe.model.inputs = [SimpleNamespace(shape=(size, 2), dtype="float32", name="x")]
    sizes = []
    predict = probe.predict
    probe.predict = lambda x: sizes.append(len(x)) or predict(x)
    session = Session(probe, open_samples(probe.model, np.ones((7, 2), np.float32)))
    at = 0
    while at < 7:
        at = session.judge(range(7), at)
    session.close()

    assert set(sizes) == {size}
    assert sum(sizes) >= 7


def test_samples_of_different_shapes_are_predicted_apart(real):
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((None, 2)), layers.GlobalAveragePooling1D(), layers.Dense(2, activation="softmax")]
    )
    x = [np.full((length, 2), length, np.float32) for length in (3, 3, 5, 3)]
    session = real(model, x, [0, 1, 0, 1])

    found = listed(session, "right") + listed(session, "wrong")

    predicted = [int(model.predict(each[None], verbose=0).argmax()) for each in x]
    assert sorted(found) == [0, 1, 2, 3]
    assert [session.verdict(i).predicted for i in range(4)] == predicted


def test_others_go_between_the_batches_of_a_list(probe, inbox):
    session = Session(probe, open_samples(probe.model, np.ones((40, 2), np.float32), np.zeros(40, int)))
    probe.gate = threading.Event()
    session.submit(request("list", "listing", by="wrong", label=""), inbox)
    assert probe.entered.wait(10)
    session.submit(request("1", "overview", sample=3), inbox)
    probe.gate.set()
    inbox.wait(2)
    session.close()

    assert [content["id"] for content in inbox.answers()] == ["1", "list"]
    assert inbox.tensors("list")["samples"].tolist() == list(range(40))


def test_list_that_is_not_wanted_any_more_is_given_up(probe, inbox):
    session = Session(probe, open_samples(probe.model, np.ones((40, 2), np.float32), np.zeros(40, int)))
    probe.gate = threading.Event()
    session.submit(request("list", "listing", by="wrong", label=""), inbox)
    assert probe.entered.wait(10)
    session.cancel("list")
    probe.gate.set()
    (answer,) = inbox.wait(1)
    session.close()

    assert answer["kind"] == "cancelled"
    assert probe.calls.count("predict") == 1


def test_two_lists_at_once_both_end(probe, inbox):
    session = Session(probe, open_samples(probe.model, np.ones((60, 2), np.float32), np.zeros(60, int)))
    session.submit(request("1", "listing", "view 1", by="wrong", label=""), inbox)
    session.submit(request("2", "listing", "view 2", by="unsure", label=""), inbox)
    session.submit(request("3", "choices", "view 1/choices", sample=0), inbox)
    inbox.wait(3)
    session.close()

    assert {content["kind"] for content in inbox.answers()} == {"result"}
    assert inbox.of("3")["payload"]["labels"] == [{"name": "0", "count": 60}]


def test_labels_that_come_with_a_stream_are_read_as_far_as_the_limit(real):
    pairs = [(X[i], Y[i]) for i in range(41)]
    session = real(x=iter_of(pairs), y=None)

    panel = session.panel("listing", {"by": "label", "label": "3"})

    assert panel.tensors["samples"].tolist() == np.flatnonzero(Y == 3).tolist()
    assert (panel.payload.looked, panel.payload.total) == (41, 41)


def iter_of(pairs):
    """A data set that can only be read in order."""

    class Stream:
        def __iter__(self):
            return iter(pairs)

    return Stream()
