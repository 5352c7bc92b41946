"""The stage: traits out, messages in and out; every message is answered, bad values change nothing."""

import json

import pytest

from kerasviz.errors import KerasvizError
from kerasviz.widget.stage import StageWidget

TRAITS = {
    "sample", "num_samples", "layer", "unit", "target", "status", "theme", "language", "texts", "title", "revision", "digest", "closed",
}  # fmt: skip


def send(stage, name, request_id="1", **params):
    stage._receive(
        stage, {"v": 1, "id": request_id, "kind": "request", "slot": name, "name": name, "params": params}, []
    )


def test_traits_are_those_that_the_front_end_reads(stage):
    synced = {name for name in stage.keys if not name.startswith("_")}

    assert synced >= TRAITS
    assert (stage.sample, stage.num_samples, stage.layer, stage.unit, stage.target) == (0, 6, "conv", 0, None)
    assert (stage.title, stage.revision, stage.closed) == ("fake", 0, False)
    json.dumps(stage.digest)


def test_a_language_brings_its_sentences(stage):
    assert stage.texts == {"layer": "Layer"}

    stage.language = "zh"
    assert stage.texts == {"layer": "层"}

    stage.language = "en"
    assert stage.texts == {"layer": "Layer"}


def test_request_is_answered_with_a_payload_and_its_buffers(stage, inbox):
    send(stage, "layer", sample=2, layer="conv")
    inbox.wait(1)

    assert inbox.of("1")["payload"]["kind"] == "feature_maps"
    assert inbox.tensors("1")["maps"].shape == (3, 4, 6)


def test_set_changes_the_state_at_once_and_is_answered(stage, inbox):
    send(stage, "set", layer="series", unit=3, sample=4, target=2)

    assert (stage.sample, stage.layer, stage.unit, stage.target) == (4, "series", 3, 2)
    assert inbox.of("1")["payload"] == {"kind": "done"}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"sample": 6}, "There are 6 samples: 0 … 5"),
        ({"sample": -1}, "Choose one of those"),
        ({"sample": "1"}, "must be a whole number"),
        ({"layer": "cnv"}, "Nearest: 'conv'"),
        ({"unit": 3}, "Layer 'conv' has the units 0 … 2"),
        ({"layer": "scores", "unit": 3}, "Layer 'scores' has the units 0 … 2"),
        ({"target": 3}, "The model tells 3 apart: 0 … 2"),
        ({"smple": 1}, "Setting 'smple' does not exist. Nearest: 'sample'"),
        ({"sample": 2, "unit": 99}, "unit=99 was set"),
    ],
)
def test_bad_set_is_refused_and_the_old_state_stays(stage, inbox, params, message):
    before = {name: getattr(stage, name) for name in TRAITS - {"status", "digest"}}

    send(stage, "set", **params)

    assert inbox.of("1")["kind"] == "failure"
    assert message in inbox.of("1")["message"]
    assert {name: getattr(stage, name) for name in before} == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"v": 7, "id": "1", "kind": "request"}, "speaks protocol 7"),
        ({"v": 1, "id": "1", "kind": "hello"}, "kind 'hello'"),
        (
            {"v": 1, "id": "1", "kind": "request", "slot": "a", "name": "nothing", "params": {}},
            "Request 'nothing' does not exist",
        ),
    ],
)
def test_message_that_is_not_of_the_protocol_is_answered_with_a_failure(stage, inbox, content, message):
    stage._receive(stage, content, [])

    assert message in inbox.wait(1)[0]["message"]
    assert inbox.answers()[0]["id"] == "1"


def test_layer_without_that_unit_takes_its_first(stage):
    stage.layer, stage.unit = "series", 3

    stage.layer = "conv"

    assert stage.unit == 0


def test_digest_has_the_layers_and_the_last_scores(stage):
    stage.sample = 2
    stage._session.close()  # ends the queue: what was asked is done or given up
    stage._predicted(stage_panel(stage, 2))

    assert stage.digest["model_name"] == "fake"
    assert stage.digest["layers"][0] == {"path": "conv", "kind": "Conv2D", "shape": [None, 4, 6, 3]}
    assert stage.digest["prediction"][0] == {"name": "2", "value": 0.75}
    assert stage.digest["sample"] == 2


def stage_panel(stage, sample):
    from kerasviz.views import PANELS
    from tests.fakes import FakeSource, scores_of

    view = PANELS.get("prediction")
    return view.build(FakeSource(out=scores_of(sample), final_activation="softmax"), view.params(sample))


def test_refresh_asks_for_everything_again(stage, probe):
    stage._session.activations(0)

    stage.refresh()
    stage._session.activations(0)

    assert stage.revision == 1
    assert probe.calls.count("activations") == 2


def test_closed_stage_tells_the_screen_and_refuses_changes(stage, inbox):
    stage.closed = True
    send(stage, "set", sample=1)

    assert stage.sample == 0
    assert inbox.answers() == []


def test_missing_bundle_is_a_clear_error(session, monkeypatch):
    monkeypatch.delattr(StageWidget, "_esm", raising=False)

    with pytest.raises(KerasvizError, match=r"front end is missing.*widget\.js.*make build"):
        StageWidget(session)


def test_missing_sentences_are_a_clear_error(session, bundle, tmp_path):
    (tmp_path / "en.json").unlink()

    with pytest.raises(KerasvizError, match=r"front end is missing.*en\.json.*make build"):
        StageWidget(session)


def test_repr_is_short(stage):
    assert repr(stage) == "<StageWidget of 'fake'>"
