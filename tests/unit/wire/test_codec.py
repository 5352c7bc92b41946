import json
from dataclasses import dataclass
from typing import Literal

import pytest

from kerasviz.errors import ProtocolError
from kerasviz.views.prediction import ClassScore, Prediction
from kerasviz.wire.codec import encode_message, encode_payload, messages_in, read_message, read_params
from kerasviz.wire.messages import PROTOCOL, Cancel, Failure, Request

REQUEST = {
    "v": PROTOCOL, "id": "a:1", "kind": "request", "slot": "a/layer", "name": "layer", "params": {"sample": 0},
}  # fmt: skip


@dataclass(frozen=True)
class Params:
    sample: int
    mode: Literal["a", "b"] = "a"
    target: int | None = None


def test_request_and_cancel_are_read():
    assert read_message(REQUEST) == Request(**REQUEST)
    assert read_message({"v": PROTOCOL, "id": "a:1", "kind": "cancel"}) == Cancel(PROTOCOL, "a:1", "cancel")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "sent a NoneType"),
        ("request", "sent a str"),
        ({}, "speaks protocol None"),
        (REQUEST | {"v": 99}, "speaks protocol 99, the kernel 1"),
        (REQUEST | {"kind": "result"}, "kind 'result' arrived"),
        (REQUEST | {"id": 5}, "'id' is 5. It must be str"),
        (REQUEST | {"params": []}, "'params' is"),
        (REQUEST | {"slott": ""}, "Field 'slott' does not exist. Nearest: 'slot'"),
        ({k: v for k, v in REQUEST.items() if k != "slot"}, "'slot' is missing"),
    ],
)
def test_anything_else_is_a_protocol_error_that_says_what_to_do(content, message):
    with pytest.raises(ProtocolError, match=message) as caught:
        read_message(content)

    assert "Reload the page" in str(caught.value)


def test_params_have_defaults():
    assert read_params(Params, {"sample": 2}, what="x") == Params(2)
    assert read_params(Params, {"sample": 2, "target": 1, "mode": "b"}, what="x") == Params(2, "b", 1)


@pytest.mark.parametrize("values", [{"sample": True}, {"sample": 1.0}, {"sample": None}, {"sample": 1, "target": "a"}, {"sample": 1, "mode": "c"}])  # fmt: skip
def test_params_of_the_wrong_type_are_refused(values):
    with pytest.raises(ProtocolError, match="It must be"):
        read_params(Params, values, what="request 'x'")


def test_payload_is_json_also_with_numbers_that_are_not_finite():
    payload = Prediction(0, "logit", (ClassScore(0, "a", float("nan")),), 1, None, None, None, None)

    plain = encode_payload(payload)

    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["kind"] == "prediction"
    assert plain["scores"] == [{"index": 0, "name": "a", "value": None}]


def test_messages_of_one_moment_come_as_one():
    with_tensors = REQUEST | {"tensors": [{}, {}]}
    batch = {"v": PROTOCOL, "kind": "batch", "messages": [REQUEST, with_tensors, 7, with_tensors]}
    nothing = {"v": PROTOCOL, "kind": "batch", "messages": None}

    assert messages_in(batch, [b"a", b"b", b"c"]) == [
        (REQUEST, []),
        (with_tensors, [b"a", b"b"]),
        (7, []),
        (with_tensors, [b"c"]),
    ]
    assert messages_in(REQUEST) == [(REQUEST, ())]
    assert messages_in(nothing) == [(nothing, ())]


def test_message_has_its_protocol_and_kind():
    assert encode_message(Failure("1", "E", "m")) == {
        "id": "1", "error": "E", "message": "m", "detail": "", "kind": "failure", "v": PROTOCOL,
    }  # fmt: skip
