"""Training and looking take turns: nobody waits for somebody who waits for him, and Keras finds what it expects."""

import contextlib
import copy
import pickle
import threading

import keras
import numpy as np
import pytest
from keras import layers

from kerasviz import Probe
from kerasviz.backends import turns
from tests.contract.helpers import BACKEND, assert_close
from tests.contract.test_threads import Looker
from tests.models import seeded

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((64, 6)).astype("float32"), RNG.standard_normal((64, 2)).astype("float32")
SAMPLE = X[:2] * 0.5
takes_turns = pytest.mark.skipif(BACKEND == "jax", reason="on JAX arrays do not change, and nobody waits")


@pytest.fixture(autouse=True)
def _endless_patience(monkeypatch):
    """Who waits for himself here waits longer than the test."""
    monkeypatch.setattr(turns, "PATIENCE", 1000.0)


class Stepping(keras.Sequential):
    """Calls `before` in each of its steps."""

    before = staticmethod(lambda: None)

    def train_step(self, *data):
        self.before()
        return super().train_step(*data)


def model_of(kind=keras.Sequential, *, eagerly=False):
    model = kind(
        [keras.Input((6,), name="x"), layers.Dense(5, activation="tanh", name="hidden"), layers.Dense(2, name="out")]
    )
    model.compile(keras.optimizers.SGD(0.05), "mse", run_eagerly=eagerly)
    return seeded(model)


def fit(model, **options):
    return model.fit(X, Y, **{"batch_size": 8, "epochs": 2, "verbose": 0, "shuffle": False, **options})


def within(seconds, work):
    """What `work` gives, in a thread that may hang."""
    found = []

    def run():
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 -- handed to the test
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it hangs"
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def train_function_of(model):
    return vars(model).get("train_function")


def test_a_callback_may_look(probing):
    model, found = model_of(), []
    probe = probing(model)
    look = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: found.append(probe.predict(SAMPLE)))
    with Looker(lambda: probe.predict(SAMPLE)) as looker:
        within(100, lambda: fit(model, callbacks=[look]))
    assert len(found) == 16
    assert not looker.errors
    assert_close(probe.predict(SAMPLE), model(SAMPLE))


@takes_turns
@pytest.mark.parametrize("eagerly", [False, True], ids=["compiled", "eagerly"])
def test_a_train_step_may_look(eagerly, probing):
    model, found = model_of(Stepping, eagerly=eagerly), []
    probe = probing(model)
    model.before = lambda: found.append(probe.activations(SAMPLE)["hidden"])
    with Looker(lambda: probe.predict(SAMPLE)) as looker:
        within(100, lambda: fit(model))
    assert found
    assert all(np.isfinite(value).all() for value in found)
    assert not looker.errors


def test_what_feeds_the_training_may_look(probing):
    """On TensorFlow the generator runs in a thread of `tf.data`, and the step waits for it."""
    model = model_of()
    probe = probing(model)
    probe.gradients(X[:8], 0)

    def batches():
        for start in range(0, 64, 8):
            x = X[start : start + 8]
            yield x + 0.1 * np.sign(probe.gradients(x, 0)["input"]), Y[start : start + 8]

    within(100, lambda: model.fit(batches(), verbose=0))
    assert_close(probe.predict(SAMPLE), model(SAMPLE))


@takes_turns
def test_who_feeds_the_training_from_a_thread_of_his_own_waits_no_longer_than_patience(probing, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.2)
    model, found = model_of(Stepping, eagerly=True), []
    probe = probing(model)

    def from_elsewhere():
        thread = threading.Thread(target=lambda: found.append(probe.predict(SAMPLE)))
        thread.start()
        thread.join(100)

    model.before = from_elsewhere
    within(100, lambda: fit(model, epochs=1))
    assert len(found) == 8


@takes_turns
def test_an_error_in_a_step_ends_the_turn(probing):
    model = model_of(Stepping, eagerly=True)
    probe = probing(model)
    expected = probe.predict(SAMPLE)

    def fail():
        raise RuntimeError("the step failed")

    model.before = fail
    with pytest.raises(RuntimeError, match="the step failed"):
        within(100, lambda: fit(model))
    assert_close(within(100, lambda: probe.predict(SAMPLE)), expected)
    model.before = lambda: None
    within(100, lambda: fit(model))
    assert_close(probe.predict(SAMPLE), model(SAMPLE))


@pytest.mark.parametrize("eagerly", [False, True], ids=["compiled", "eagerly"])
def test_training_goes_on_while_two_never_stop_asking(eagerly, probing):
    alone = model_of(eagerly=eagerly)
    fit(alone)
    model = model_of(eagerly=eagerly)
    one, two = probing(model), probing(model)
    with Looker(lambda: one.activations(SAMPLE)) as first, Looker(lambda: two.gradients(SAMPLE, 1)) as second:
        within(100, lambda: fit(model))
    for looker in (first, second):
        assert not looker.errors
        assert looker.answers
    for a, b in zip(alone.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def steps_while_somebody_looks(probe, train):
    """Whether `train`, in another thread, waits for a look that is under way; both then end."""
    looking, enough, trained = threading.Event(), threading.Event(), threading.Event()

    def look():
        with probe._running().subject.weights.turn():
            looking.set()
            enough.wait(100)

    def step():
        looking.wait(100)
        train()
        trained.set()

    threads = [threading.Thread(target=work, daemon=True) for work in (look, step)]
    for thread in threads:
        thread.start()
    waits = not trained.wait(1.0)
    enough.set()
    for thread in threads:
        thread.join(100)
    assert trained.is_set()
    return waits


@takes_turns
@pytest.mark.parametrize("when", ["before the first fit", "after a fit", "compiled again", "forced", "during a fit"])
def test_a_step_waits_for_a_look_whenever_the_probe_was_made(when, probing):
    model, made = model_of(), []
    if when == "before the first fit":
        made.append(probing(model))
    if when == "during a fit":
        make = keras.callbacks.LambdaCallback(
            on_train_batch_begin=lambda batch, **__: made.append(probing(model)) if batch == 3 else None
        )
        fit(model, epochs=1, callbacks=[make])
    else:
        fit(model, epochs=1)
    probe = made[0] if made else probing(model)
    if when == "compiled again":
        model.compile("sgd", "mse")
    if when == "forced":
        model.make_train_function(force=True)
    model.train_on_batch(X[:8], Y[:8])
    assert steps_while_somebody_looks(probe, lambda: model.train_on_batch(X[:8], Y[:8]))


@takes_turns
def test_the_train_function_is_keras_own_again_when_the_last_probe_closes():
    model = model_of()
    assert train_function_of(model) is None
    early = Probe(model)
    assert train_function_of(model) is None  # Keras makes one only where there is none
    fit(model, epochs=1)
    made = train_function_of(model)
    late = Probe(model)
    assert train_function_of(model) is made  # one turn for all probes
    early.close()
    assert train_function_of(model) is made
    late.close()
    assert train_function_of(model) is made.__wrapped__
    assert "make_train_function" not in vars(model)


@takes_turns
def test_a_probe_closed_in_the_middle_of_a_fit_leaves_nothing():
    model = model_of()
    probe = Probe(model)
    close = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, **__: probe.close() if batch == 3 else None)
    fit(model, callbacks=[close])
    assert not isinstance(train_function_of(model), turns._Step)
    assert "make_train_function" not in vars(model)


def test_a_method_of_the_users_on_the_instance_is_called_and_put_back():
    model, calls = model_of(), []
    make = model.make_train_function

    def mine(*args, **kwargs):
        calls.append(args)
        return make(*args, **kwargs)

    object.__setattr__(model, "make_train_function", mine)
    with contextlib.closing(Probe(model)) as probe:
        fit(model, epochs=1)
        assert_close(probe.predict(SAMPLE), model.predict(SAMPLE, verbose=0))
    assert calls
    assert vars(model)["make_train_function"] is mine


def test_a_trained_model_under_a_probe_is_copied_and_saved_without_our_part(probing, tmp_path):
    model = model_of()
    probe = probing(model)
    fit(model, epochs=1)
    model.save(tmp_path / "model.keras")
    copies = [
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        keras.models.load_model(tmp_path / "model.keras"),
    ]
    for other in copies:
        assert "make_train_function" not in vars(other)
        assert train_function_of(other) is None
        fit(other, epochs=1)
    fit(model, epochs=1)
    for other in copies:
        assert_close(other(SAMPLE), model(SAMPLE))
    assert_close(probe.predict(SAMPLE), model(SAMPLE))
