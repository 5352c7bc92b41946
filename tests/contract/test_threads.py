"""Two threads look into one model, and a thread looks while another trains: right answers, the same training, no crash."""

import contextlib
import functools
import threading

import keras
import numpy as np
import pytest
from keras import layers

from kerasviz import Probe
from kerasviz.errors import KerasvizError
from tests.contract.helpers import BACKEND, assert_close, numpy
from tests.models import ZOO, seeded

STEPS, BATCH = 12, 16
EPOCHS = {False: 3, True: 2}  # by run_eagerly
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((STEPS * BATCH, 8)).astype("float32"), RNG.integers(0, 3, STEPS * BATCH)
SAMPLE = X[:2] * 0.5


class Looker(threading.Thread):
    """Asks one question after the other until it is told to stop, and keeps what it got."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self.ask, self.stop = ask, threading.Event()
        self.answers, self.errors = [], []
        self.turns = threading.Semaphore(0)

    def run(self):
        while not self.stop.is_set():
            try:
                self.answers.append(self.ask())
            except Exception as error:  # noqa: BLE001 -- every error is counted
                self.errors.append(error)
            self.turns.release()

    def one_whole_turn(self):
        """Waits for a question that is asked and answered from now on: the second to end, the first may be under way."""
        while self.turns.acquire(blocking=False):
            pass
        assert self.turns.acquire(timeout=100)
        assert self.turns.acquire(timeout=100)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.join(120)
        assert not self.is_alive()

    @property
    def answered(self):
        return len(self.answers) / max(1, len(self.answers) + len(self.errors))


class Meet(keras.callbacks.Callback):
    """In the middle of every epoch training waits for one answer, so that a slow machine tests the same as a fast one."""

    def __init__(self, looker):
        super().__init__()
        self.looker = looker

    def on_train_batch_begin(self, batch, logs=None):  # noqa: ARG002
        if batch == STEPS // 2:
            self.looker.one_whole_turn()


class Weights(keras.callbacks.Callback):
    """Remembers the weights at the start and at the end of every epoch, and which epoch is under way."""

    def __init__(self):
        super().__init__()
        self.seen, self.epoch = [], -1

    def on_train_begin(self, logs=None):  # noqa: ARG002
        self.seen = [self.model.get_weights()]

    def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002
        if batch == 0:
            self.epoch += 1  # only now is it sure that nobody could still see the epoch before as the present one

    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002
        self.seen.append(self.model.get_weights())


def classifier():
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(11)
    model = keras.Sequential(
        [
            keras.Input((8,), name="x"),
            layers.Dense(12, activation="relu", name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.3, seed=5, name="dropout"),
            layers.Dense(3, activation="softmax", name="last"),
        ]
    )
    return seeded(model)


def fit(model, *, eagerly, callbacks=()):
    keras.utils.set_random_seed(12)
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", run_eagerly=eagerly)
    model.fit(X, Y, batch_size=BATCH, epochs=EPOCHS[eagerly], verbose=0, callbacks=list(callbacks))
    return model.get_weights()


@functools.cache
def fit_alone(eagerly):
    """The weights after a training at which nobody looks."""
    return fit(classifier(), eagerly=eagerly)


def questions(probe):
    """One after the other: predict, activations, gradients."""
    turn = iter(range(10**9))

    def ask():
        kind = next(turn) % 3
        if kind == 0:
            return {"last": probe.predict(SAMPLE)}
        return probe.activations(SAMPLE) if kind == 1 else dict(probe.gradients(SAMPLE, kind))

    return ask


def ask_and_compare(probe, x, target, turn, wanted):
    predicted, activations, gradients = wanted
    path = list(activations)[turn % len(activations)]
    if turn % 4 == 0:
        assert_close(probe.predict(x), predicted)
    elif turn % 4 == 1:
        assert_close(probe.activations(x, path)[path], activations[path])
    elif turn % 4 == 2:
        assert_close(probe.activations(x[:2])[path], activations[path][:2], 5e-5)
    else:
        assert_close(probe.gradients(x, target)["input"], gradients["input"], 5e-5)


@pytest.mark.parametrize("name", ["sequential_cnn", "time_distributed"])
def test_200_mixed_calls_from_two_threads_are_right(name, probing):
    case = ZOO[name]
    model, x = case.build(), case.inputs()
    probe, wanted = probing(model), {}
    for target in (0, 1):
        wanted[target] = probe.predict(x), probe.activations(x), dict(probe.gradients(x, target))
    errors, done = [], []

    def work(target):
        for turn in range(100):
            try:
                ask_and_compare(probe, x, target, turn, wanted[target])
                done.append(turn)
            except Exception as error:  # noqa: BLE001 -- every error is counted
                errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)

    assert not errors, errors[:3]
    assert len(done) == 200


def test_two_threads_with_a_probe_each_do_not_see_each_others_samples():
    case = ZOO["operations"]
    model = case.build()
    wanted = {size: numpy(model(case.inputs(size))) for size in (2, 5)}
    errors = []

    def work(size):
        probe, x = Probe(model), case.inputs(size)
        for _ in range(25):
            answer = probe.activations(x)
            if {len(value) for value in answer.values()} != {size}:
                errors.append({path: value.shape for path, value in answer.items()})
            if np.abs(answer["softmax"] - wanted[size]).max() > 1e-5:
                errors.append("other numbers")
        probe.close()

    threads = [threading.Thread(target=work, args=(size,)) for size in (2, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    assert not errors, errors[:3]


@pytest.mark.parametrize("eagerly", [False, True], ids=["compiled", "eagerly"])
def test_training_while_somebody_looks_ends_with_the_very_same_weights(eagerly):
    alone = fit_alone(eagerly=eagerly)
    model = classifier()
    probe = Probe(model)

    with Looker(questions(probe)) as looker:
        watched = fit(model, eagerly=eagerly, callbacks=[Meet(looker)])

    for one, other in zip(alone, watched, strict=True):
        np.testing.assert_array_equal(one, other)
    assert looker.answered >= 0.95, looker.errors[:3]
    assert len(looker.answers) >= EPOCHS[eagerly]
    for answer in looker.answers:
        for path, value in answer.items():
            assert len(value) == 2, path  # never the 16 rows of a training batch
            assert np.isfinite(value).all(), path
    assert_close(probe.predict(SAMPLE), model(SAMPLE, training=False))
    probe.close()


def first_layer(weights):
    """The activation of the first layer for the sample, by NumPy."""
    return np.maximum(SAMPLE @ weights[0] + weights[1], 0)


@pytest.mark.parametrize("eagerly", [False, True], ids=["compiled", "eagerly"])
@pytest.mark.parametrize("probed_before", [True, False], ids=["probed before", "first probed while training"])
@pytest.mark.skipif(
    BACKEND != "jax", reason="only on JAX are weights in training out of reach, and a snapshot is shown"
)
def test_a_snapshot_is_no_older_than_one_epoch(eagerly, probed_before):
    model, weights = classifier(), Weights()
    probe = Probe(model)
    if probed_before:
        probe.activations(SAMPLE, "first")

    def ask():
        epoch = weights.epoch
        return epoch, probe.activations(SAMPLE, "first")["first"]

    with Looker(ask) as looker:
        fit(model, eagerly=eagerly, callbacks=[weights, Meet(looker)])

    assert looker.answered >= 0.95, looker.errors[:3]
    known = np.array([first_layer(w) for w in weights.seen])
    during = [(epoch, value) for epoch, value in looker.answers if epoch >= 0]
    assert len(during) >= EPOCHS[eagerly]
    for epoch, value in during:
        distance = np.abs(known - value).reshape(len(known), -1).max(axis=1)
        newest = int(np.flatnonzero(distance < 1e-5).max(initial=-1))
        assert newest >= 0, f"in epoch {epoch}: values of no epoch's end, nearest {distance.min()}"
        assert newest >= epoch, f"in epoch {epoch}: values from the start of epoch {newest}"
    probe.close()


@pytest.mark.parametrize("eagerly", [False, True], ids=["compiled", "eagerly"])
@pytest.mark.skipif(BACKEND == "jax", reason="on JAX a snapshot is shown, see the test above")
def test_an_answer_is_of_the_weights_between_two_steps(eagerly):
    """The weights after every step are known; an answer is what one of them gives, never a mixture."""
    model, known = classifier(), []
    keep = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: known.append(model.get_weights()))
    known.append(model.get_weights())
    probe = Probe(model)

    with Looker(lambda: probe.activations(SAMPLE)) as looker, Looker(lambda: probe.gradients(SAMPLE, 1)) as other:
        fit(model, eagerly=eagerly, callbacks=[keep, Meet(looker), Meet(other)])

    expected = [by_numpy(weights) for weights in known]
    assert_each_is_one_of(
        looker, [{path: value[path] for path in looker.answers[0]} for value in expected], EPOCHS[eagerly]
    )
    twin = classifier()
    with contextlib.closing(Probe(twin)) as probe_of_twin:
        gradients = []
        for weights in known:
            twin.set_weights(weights)
            gradients.append(probe_of_twin.gradients(SAMPLE, 1))
    assert_each_is_one_of(other, gradients, EPOCHS[eagerly])
    probe.close()


def by_numpy(weights):
    """All activations of the classifier for the sample."""
    kernel, bias, gamma, beta, mean, variance, last_kernel, last_bias = (w.astype("float64") for w in weights)
    first = np.maximum(SAMPLE @ kernel + bias, 0)
    norm = (first - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    exp = np.exp(norm @ last_kernel + last_bias)
    return {"first": first, "norm": norm, "dropout": norm, "last": exp / exp.sum(axis=1, keepdims=True)}


def assert_each_is_one_of(looker, moments, at_least):
    assert looker.answered >= 0.95, looker.errors[:3]
    assert len(looker.answers) >= at_least

    def flat(answer):
        assert answer.keys() == moments[0].keys()
        return np.concatenate([answer[path].ravel() for path in moments[0]])

    known = np.array([flat(moment) for moment in moments])
    assert np.abs(np.diff(known, axis=0)).max(axis=1).min() > 1e-4  # else a mixture could not be told
    distances = [float(np.abs(known - flat(answer)).max(axis=1).min()) for answer in looker.answers]
    assert max(distances) < 3e-6


@pytest.mark.skipif(BACKEND != "jax", reason="only on JAX does training take the weights away")
@pytest.mark.parametrize("kind", [RuntimeError, ValueError])
def test_weights_taken_away_in_the_middle_of_a_look_are_replaced_by_the_snapshot(kind, probing, monkeypatch):
    model, errors = classifier(), [kind("INVALID_ARGUMENT: Buffer has been deleted or donated.")]
    probe = probing(model)
    expected = probe.predict(SAMPLE)
    program = probe._running()._programs
    for key, (forward, compiled) in program.items():

        def racing(*args, compiled=compiled):
            if errors:
                raise errors.pop()
            return compiled(*args)

        monkeypatch.setitem(program, key, (forward, racing))
    np.testing.assert_array_equal(probe.predict(SAMPLE), expected)
    assert not errors


def test_a_probe_first_used_while_training_runs_answers():
    """The first answer needs a trace; the trace must not disturb the training, nor the training the trace."""
    alone = fit_alone(eagerly=False)
    model = classifier()
    probe, found = Probe(model), []

    class Ask(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):  # noqa: ARG002
            if epoch == 1:
                self.thread = threading.Thread(target=self.look)
                self.thread.start()

        def look(self):
            found.append((probe.activations(SAMPLE), probe.gradients(SAMPLE, 1)))

    ask = Ask()
    watched = fit(model, eagerly=False, callbacks=[ask])
    ask.thread.join(120)

    assert len(found) == 1
    assert all(np.isfinite(value).all() for part in found[0] for value in part.values())
    for one, other in zip(alone, watched, strict=True):
        np.testing.assert_array_equal(one, other)
    probe.close()


def test_a_probe_made_while_training_runs_answers_or_says_why_not():
    model, found = classifier(), []

    class Ask(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):  # noqa: ARG002
            if batch == 5 and not found:
                probe = Probe(model)
                try:
                    found.append(probe.activations(SAMPLE)["last"])
                except KerasvizError as error:
                    found.append(error)
                probe.close()

    fit(model, eagerly=False, callbacks=[Ask()])
    if isinstance(found[0], KerasvizError):
        assert BACKEND == "jax"
        assert "fit" in str(found[0])
    else:
        assert np.isfinite(found[0]).all()


def test_closing_while_another_thread_looks_ends_in_answers_or_errors_of_ours(probing):
    case = ZOO["sequential_cnn"]
    probe, x = Probe(case.build()), case.inputs()
    expected = probe.predict(x)
    with Looker(lambda: probe.predict(x)) as looker:
        for _ in range(5):
            probe.close()
    for error in looker.errors:
        assert type(error).__module__.startswith("kerasviz"), repr(error)
    for answer in looker.answers:
        assert_close(answer, expected)
