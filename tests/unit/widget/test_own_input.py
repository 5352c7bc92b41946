"""What was drawn, typed or shown reaches the model exactly, becomes the sample, or changes nothing."""

import threading

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.errors import InputError
from kerasviz.wire.tensors import encode_tensors

RNG = np.random.default_rng(3)


def send_own(stage, values=None, request_id="1", *, slot="own", **params):
    """As the browser sends it."""
    headers, buffers = encode_tensors({} if values is None else {"values": values})
    tensors = [{"name": h.name, "dtype": h.dtype, "shape": list(h.shape), "scale": None, "offset": None} for h in headers]  # fmt: skip
    params = {"sample": 0, "input": "x", **params}
    message = {"v": 1, "id": request_id, "kind": "request", "slot": slot, "name": "own_input", "params": params, "tensors": tensors}  # fmt: skip
    stage._receive(stage, message, buffers)


def test_typed_numbers_become_the_sample(stage, inbox):
    send_own(stage, np.float32([2.5, -1]), maker="numbers", note="typed")
    inbox.wait(1)

    assert inbox.of("1")["payload"] == {"kind": "done"}
    assert stage.sample == -1
    samples = stage._session.samples
    np.testing.assert_array_equal(samples.raw(-1), np.float32([2.5, -1]), strict=True)
    assert samples.note(-1) == "typed"
    np.testing.assert_array_equal(stage._session.activations(-1)["conv"], stage._session.probe.activations(np.float32([[2.5, -1]]))["conv"])  # fmt: skip


def test_newest_wins_and_those_between_are_given_up(stage, inbox, probe):
    probe.gate = threading.Event()
    send_own(stage, np.float32([1, 1]), "1", maker="numbers")
    probe.entered.wait(10)
    for i in range(2, 6):
        send_own(stage, np.float32([i, i]), str(i), maker="numbers")
    probe.gate.set()
    inbox.wait(5)

    kinds = [inbox.of(str(i))["kind"] for i in range(1, 6)]
    assert kinds == ["result", "cancelled", "cancelled", "cancelled", "result"]
    np.testing.assert_array_equal(stage._session.samples.raw(stage.sample), [5, 5])


def test_cancelled_input_does_not_become_the_sample(stage, inbox, probe):
    probe.gate = threading.Event()
    send_own(stage, np.float32([1, 1]), maker="numbers")
    probe.entered.wait(10)
    stage._receive(stage, {"v": 1, "id": "1", "kind": "cancel"}, [])
    probe.gate.set()
    inbox.wait(1)

    assert inbox.of("1")["kind"] == "cancelled"
    assert stage.sample == 0


@pytest.mark.parametrize(
    ("values", "params", "message"),
    [
        (np.float32([1, 2, 3]), {"maker": "numbers"}, "3 numbers were given for input 'x'. It takes 2"),
        (None, {"maker": "numbers"}, "none came"),
        (np.float32([1, 2]), {"maker": "draw"}, "'draw' does not exist"),
        (np.float32([1, 2]), {"maker": "numbers", "sample": -9}, "There are: none"),
        (np.float32([1, 2]), {"maker": "numbers", "level": 1}, "Field 'level' does not exist"),
    ],
)
def test_bad_input_is_answered_with_a_reason_and_the_old_sample_stays(stage, inbox, values, params, message):
    send_own(stage, values, **params)
    inbox.wait(1)

    assert inbox.of("1")["kind"] == "failure"
    assert message in inbox.of("1")["message"]
    stage._session.close()  # the worker has ended
    assert (stage.sample, stage.status) == (0, "idle")


def test_input_the_model_fails_on_is_forgotten(stage, inbox, probe):
    stage._session.activations(0)
    probe.error = ValueError("no such thing")

    send_own(stage, np.float32([1, 2]), maker="numbers")
    inbox.wait(1)

    assert "no such thing" in inbox.of("1")["message"]
    assert stage.sample == 0
    assert not stage._session.samples.has(-1)


def test_announced_buffers_that_did_not_come_are_an_error(stage, inbox):
    header = {"name": "values", "dtype": "float32", "shape": [2]}
    content = {"v": 1, "id": "1", "kind": "request", "slot": "own", "name": "own_input", "params": {"sample": 0, "input": "x", "maker": "numbers"}}  # fmt: skip

    stage._receive(stage, content | {"tensors": [header]}, [])
    stage._receive(stage, content | {"id": "2", "tensors": [header | {"shape": "2"}]}, [])
    inbox.wait(2)

    assert "1 tensors were announced and 0 buffers came" in inbox.of("1")["message"]
    assert "must be a list of lengths" in inbox.of("2")["message"]


# ------------------------------------------------------------------------------- real models


@pytest.fixture
def widget(bundle, inbox, monkeypatch):
    opened = []

    def make(model, *args, **options):
        w = kv.ExplainerWidget(model, *args, **options)
        monkeypatch.setattr(w._stage, "send", inbox)
        opened.append(w)
        return w

    yield make
    for w in opened:
        w.close()


def small_cnn():
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(2, 3, name="conv"), layers.Flatten(), layers.Dense(3, "softmax")]
    )


def test_drawing_reaches_the_model_exactly_and_is_predicted(widget, inbox):
    model = small_cnn()
    w = widget(model)
    (name,) = (state.form.name for state in w._session.input_forms(0))
    picture = RNG.random((8, 8, 1), dtype=np.float32)

    send_own(w._stage, picture, input=name, maker="draw", note="drawn")
    inbox.wait(1)

    assert w.sample == -1
    np.testing.assert_array_equal(w._session.samples.model_input(-1)[0], picture, strict=True)
    np.testing.assert_allclose(np.asarray(w.prediction), model.predict(picture[None], verbose=0), atol=1e-6)
    panel = w._session.panel("prediction", {"sample": -1})
    assert (panel.payload.input_note, panel.payload.label) == ("drawn", None)
    w.sample = 0
    assert w.prediction.sample == 0
    w.sample = -1
    assert w.prediction.sample == -1


def test_preprocess_is_applied_to_what_was_drawn(widget, inbox):
    model = small_cnn()
    w = widget(model, np.full((3, 8, 8), 9, np.uint8), preprocess=lambda x: x[..., None].astype("float32") / 255)
    picture = RNG.integers(0, 256, (8, 8, 1)).astype(np.float32)

    send_own(w._stage, picture, input="input", maker="draw")
    inbox.wait(1)

    np.testing.assert_allclose(np.asarray(w.prediction), model.predict(picture[None] / 255, verbose=0), atol=1e-6)
    np.testing.assert_array_equal(w._session.samples.picture(-1), picture.astype(np.uint8), strict=True)


def test_typed_text_goes_through_preprocess(widget, inbox):
    model = keras.Sequential([keras.Input((2,), dtype="int32"), keras.layers.Embedding(9, 3), keras.layers.Flatten()])
    words = {"good": 1, "bad": 2, "film": 3}
    w = widget(model, ["good film", "bad film", "film bad"], preprocess=lambda x: np.array([[words[i] for i in str(t).split()] for t in x]))  # fmt: skip

    send_own(w._stage, input="input", maker="text", text="bad good")
    send_own(w._stage, request_id="2", slot="other", input="input", maker="text", text="not known")
    inbox.wait(2)

    np.testing.assert_array_equal(w._session.samples.model_input(-1), [[2, 1]])
    assert w.sample == -1
    assert "KeyError" in inbox.of("2")["message"]


def test_two_inputs_keep_what_was_made_for_the_other(widget, inbox):
    a, b = keras.Input((4, 4, 1), name="a"), keras.Input((3,), name="b")
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(a), b])
    model = keras.Model([a, b], keras.layers.Dense(2, name="scores")(joined))
    w = widget(model)
    picture = RNG.random((4, 4, 1), dtype=np.float32)

    send_own(w._stage, picture, input="a", maker="draw")
    inbox.wait(1)
    send_own(w._stage, np.float32([1, 2, 3]), "2", input="b", maker="numbers", sample=w.sample)
    inbox.wait(2)

    expected = model.predict([picture[None], np.float32([[1, 2, 3]])], verbose=0)
    np.testing.assert_allclose(np.asarray(w.prediction), expected, atol=1e-5)


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="only TensorFlow takes text")
def test_typed_text_is_what_the_model_reads(widget, inbox):
    vectorize = keras.layers.TextVectorization(vocabulary=["cat", "dog"], output_sequence_length=4)
    model = keras.Sequential(
        [keras.Input((1,), dtype="string"), vectorize, keras.layers.Embedding(4, 2), keras.layers.Flatten(), keras.layers.Dense(2, name="scores")]
    )  # fmt: skip
    w = widget(model)
    (state,) = w._session.input_forms(0)
    assert state.form.makers == ("text",)

    send_own(w._stage, input=state.form.name, maker="text", text="dog cat dog")
    inbox.wait(1)

    np.testing.assert_array_equal(w.activations[vectorize.name], [[3, 2, 3, 0]])
    assert w.prediction.sample == -1


def test_show_puts_an_input_of_its_own_on_the_screen(widget):
    model = small_cnn()
    w = widget(model, np.zeros((2, 8, 8, 1), np.float32))
    picture = RNG.random((8, 8, 1), dtype=np.float32)

    w.show(picture)

    assert w.sample == -1
    np.testing.assert_allclose(np.asarray(w.prediction), model.predict(picture[None], verbose=0), atol=1e-6)
    with pytest.raises(InputError, match=r"A sample of shape \(3, 3\)"):
        w.show([[1, 2, 3]] * 3)
    assert w.sample == -1
    with pytest.raises(InputError, match=r"0 … 1, and of your own -1. Choose"):
        w.sample = -2
