import threading

import keras
import numpy as np
import pytest
from keras import layers

from kerasviz import backends
from kerasviz.models.paths import walk
from kerasviz.probes.tap import Recorder, tap
from tests.models import ZOO, seeded


def recorder_of(model, emit=lambda _, tensor: tensor, wanted=lambda _: True):
    return Recorder(walk(model), backends.current(), emit, wanted=wanted)


def small():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, "relu", name="a"), layers.Dense(2, name="b")])
    return seeded(model), np.ones((2, 3), "float32")


def test_a_tap_records_every_output_by_path():
    model, x = small()
    recorder = recorder_of(model)
    with tap(recorder):
        model(x)
    assert list(recorder.records) == ["a", "b"]


def test_what_is_emitted_is_what_the_model_goes_on_with():
    model, x = small()
    zeros = lambda key, tensor: tensor * 0 if key == "a" else tensor  # noqa: E731
    with tap(recorder_of(model, zeros)):
        answer = model(x)
    expected = np.tile(model.get_layer("b").get_weights()[1], (2, 1))
    np.testing.assert_allclose(answer, expected, rtol=1e-6)


def test_after_the_block_nothing_is_left_on_the_layers():
    model, x = small()
    activation = model.get_layer("a").activation
    with tap(recorder_of(model)):
        model(x)
        assert "call" in vars(model.get_layer("a"))
    for layer in model.layers:
        assert "call" not in vars(layer)
    assert model.get_layer("a").activation is activation


def test_after_an_exception_nothing_is_left_on_the_layers():
    model, x = small()

    def fail(key, _):
        raise RuntimeError(key)

    with pytest.raises(RuntimeError, match="a"), tap(recorder_of(model, fail)):
        model(x)
    assert all("call" not in vars(layer) for layer in model.layers)
    model(x)


def test_a_call_that_the_user_has_set_on_the_instance_comes_back():
    model, x = small()
    layer = model.get_layer("a")
    mine = lambda inputs: inputs[:, :2]  # noqa: E731
    object.__setattr__(layer, "call", mine)
    recorder = recorder_of(model)
    with tap(recorder):
        model(x)
    assert vars(layer)["call"] is mine
    np.testing.assert_allclose(recorder.records["a"][2], x[:, :2])


def test_another_thread_goes_through_untouched():
    model, x = small()
    recorder, seen = recorder_of(model, lambda _, tensor: tensor * 0), []
    with tap(recorder):
        thread = threading.Thread(target=lambda: seen.append(np.asarray(model(np.ones((5, 3), "float32")))))
        thread.start()
        thread.join()
    assert not recorder.records
    np.testing.assert_allclose(seen[0], model(np.ones((5, 3), "float32")), rtol=1e-6)
    assert x is not None


def test_two_taps_in_two_threads_end_in_either_order():
    model, x = small()
    inside, leave = threading.Event(), threading.Event()

    def other():
        with tap(recorder_of(model)):
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=other)
    with tap(recorder_of(model)):
        thread.start()
        assert inside.wait(30)
    assert "call" in vars(model.get_layer("a"))  # the other one still needs it
    leave.set()
    thread.join()
    assert "call" not in vars(model.get_layer("a"))
    model(x)


def test_nested_taps_are_refused():
    model, _ = small()
    with tap(recorder_of(model)), pytest.raises(RuntimeError), tap(recorder_of(model)):
        pass
    assert "call" not in vars(model.get_layer("a"))


def test_calls_of_a_shared_layer_are_numbered():
    case = ZOO["shared"]
    recorder = recorder_of(model := case.build())
    with tap(recorder):
        model(case.inputs())
    assert {"shared", "shared#1", "shared#2", "enc", "enc#1", "enc/dense#1"} <= set(recorder.records)


def test_only_wanted_tensors_are_recorded():
    model, x = small()
    recorder = recorder_of(model, wanted=lambda key: key == "b")
    with tap(recorder):
        model(x)
    assert list(recorder.records) == ["b"]
