"""One model and its samples: one forward per sample, from any thread, answered exactly once."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from kerasviz.data.opening import open_samples
from kerasviz.errors import InputError
from kerasviz.widget.session import Session
from tests.fakes import LAYERS, FakeProbe, inputs
from tests.unit.widget.conftest import request


def test_every_panel_of_a_sample_costs_one_forward(session, probe, inbox):
    asked = [
        request("1", "network"),
        request("2", "overview", sample=3),
        request("3", "layer", sample=3, layer="conv"),
        request("4", "unit", sample=3, layer="conv", unit=1),
    ]
    for each in asked:
        session.submit(each, inbox)
    inbox.wait(4)

    assert [inbox.of(each.id)["payload"]["kind"] for each in asked] == ["network", "overview", "feature_maps", "unit"]
    assert probe.calls.count("activations") == 1
    np.testing.assert_array_equal(inbox.tensors("4")["values"], session.activations(3)["conv"][0, ..., 1])


def test_outputs_come_from_the_same_forward_where_the_last_layer_is_the_output(probe):
    output = SimpleNamespace(path="scores", output=object(), activation=None)
    probe.model.layers, probe.model.outputs = [output], [output.output]
    probe.model.output_shape, probe.model.inputs = (
        (None, 3),
        [SimpleNamespace(shape=(None, 2), dtype="float32", name="x")],
    )
    session = Session(probe, open_samples(probe.model, inputs()))

    assert session.outputs(1).argmax() == 1
    session.activations(1)

    assert probe.calls == ["activations"]
    session.close()


def test_forward_is_never_run_by_two_threads_at_once(session, probe, inbox):
    probe.gate = threading.Event()
    session.submit(request("1", "overview", sample=0), inbox)
    assert probe.entered.wait(10)
    threading.Timer(0.05, probe.gate.set).start()

    found = session.activations(1)

    assert found["conv"].shape == (1, 4, 6, 3)
    assert inbox.wait(1)[0]["kind"] == "result"


def test_slider_that_moves_fast_shows_the_last_position(session, probe, inbox):
    probe.gate = threading.Event()
    for sample in range(6):
        session.submit(request(str(sample), "overview", sample=sample), inbox)
        if sample == 0:
            assert probe.entered.wait(10)
    probe.gate.set()
    inbox.wait(6)

    kinds = {content["id"]: content["kind"] for content in inbox.answers()}
    assert kinds == {
        "0": "result",
        "1": "cancelled",
        "2": "cancelled",
        "3": "cancelled",
        "4": "cancelled",
        "5": "result",
    }


def test_cancel_gives_up_the_running_job(session, probe, inbox):
    probe.gate = threading.Event()
    session.submit(request("1", "overview", sample=0), inbox)
    assert probe.entered.wait(10)

    session.cancel("1")
    probe.gate.set()

    assert inbox.wait(1) == [{"id": "1", "kind": "cancelled", "v": 1}]


@pytest.mark.parametrize(
    ("name", "params", "error", "message"),
    [
        ("layr", {}, "UnknownNameError", "Request 'layr' does not exist. Nearest: 'layer'"),
        ("layer", {"sample": 0}, "ProtocolError", "'layer' is missing"),
        ("layer", {"sample": "0", "layer": "conv"}, "ProtocolError", "'sample' is '0'. It must be int"),
        ("layer", {"sample": 0, "layer": "cnv"}, "UnknownNameError", "Layer 'cnv' does not exist"),
        ("overview", {"sample": 99}, "InputError", "There are 6: 0 … 5"),
        ("unit", {"sample": 0, "layer": "conv", "unit": 9}, "InputError", "It has units 0 … 2"),
    ],
)
def test_wrong_request_is_answered_with_a_failure(session, inbox, name, params, error, message):  # noqa: PLR0917
    session.submit(request("1", name, **params), inbox)

    (answer,) = inbox.wait(1)
    assert (answer["kind"], answer["error"]) == ("failure", error)
    assert message in answer["message"]


def test_model_that_fails_is_reported_and_the_session_lives_on(session, probe, inbox):
    probe.error = RuntimeError("resource exhausted")
    session.submit(request("1", "overview", sample=0), inbox)
    (failure,) = inbox.wait(1)
    probe.error = None
    session.submit(request("2", "overview", sample=0), inbox)
    inbox.wait(2)

    assert failure["message"] == "RuntimeError: resource exhausted"
    assert "Traceback" in failure["detail"]
    assert inbox.of("2")["kind"] == "result"


def test_idle_time_is_used_to_compile_once_per_shape(session, probe, inbox):
    session.submit(request("1", "overview", sample=0), inbox)
    assert probe.warmed.wait(10)
    session.submit(request("2", "overview", sample=1), inbox)
    inbox.wait(2)
    session.close()

    assert probe.calls.count("warm") == 2  # to compile, and to see how long a forward takes


def test_memory_of_earlier_samples_is_bounded_and_the_last_is_kept(probe):
    one = sum(array.nbytes for array in FakeProbe().activations(inputs()[:1]).values())
    session = Session(probe, open_samples(probe.model, inputs()), cache_bytes=2 * one)
    probe.calls.clear()

    for sample in (0, 1, 2, 2, 1, 0):
        session.activations(sample)
    assert probe.calls.count("activations") == 4

    session._cache_bytes = 0
    session.activations(3)
    session.activations(3)
    assert probe.calls.count("activations") == 5
    session.close()


def test_training_and_forget_make_the_activations_new(session, probe):
    steps = SimpleNamespace(value=0)
    probe.model = SimpleNamespace(
        optimizer=SimpleNamespace(iterations=SimpleNamespace(numpy=lambda: np.int64(steps.value)))
    )
    session.activations(0)
    probe.calls.clear()

    session.activations(0)
    steps.value = 10
    session.activations(0)
    session.activations(0)
    session.forget()
    session.activations(0)

    assert probe.calls == ["activations", "activations"]


def test_listener_hears_of_layers_that_become_known(probe, inbox):
    heard = threading.Event()
    session = Session(probe, open_samples(probe.model, inputs()))
    session.listen(on_facts=heard.set)
    probe.layers = LAYERS[:2]

    session.submit(request("1", "network"), inbox)

    assert heard.wait(10)
    session.close()


def test_close_frees_everything_twice_is_once_and_later_requests_are_answered(session, probe, inbox):
    session.submit(request("1", "overview", sample=0), inbox)
    inbox.wait(1)

    session.close()
    session.close()
    session.submit(request("2", "overview", sample=0), inbox)

    assert probe.closed
    assert inbox.of("2")["kind"] == "cancelled"
    assert not session._activations
    with pytest.raises(InputError, match="was closed"):
        session.activations(0)
