"""The golden messages: fresh, complete, and read as they were meant. The front end reads the same files."""

import json

import numpy as np
import pytest

from kerasviz.views import PAYLOADS
from kerasviz.wire.messages import MESSAGES
from kerasviz.wire.tensors import decode_tensors
from tests.wire import make_golden

MESSAGE_FILES = make_golden.messages()


def test_golden_messages_are_fresh():
    assert make_golden.main(["--check"]) == 0, "run `make gen`"


def test_every_payload_and_every_answer_has_a_golden_message():
    contents = [content for content, _ in MESSAGE_FILES.values()]

    assert {content["payload"]["kind"] for content in contents if "payload" in content} == {p.kind for p in PAYLOADS}
    answers = {
        getattr(message, "kind", None) for message in MESSAGES if isinstance(getattr(message, "kind", None), str)
    }
    assert {content["kind"] for content in contents} >= answers | {"result", "failure", "cancelled", "progress"}


@pytest.mark.parametrize("name", MESSAGE_FILES)
def test_golden_message_decodes_to_the_arrays_it_was_made_of(name):
    content = json.loads((make_golden.GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    data = memoryview((make_golden.GOLDEN / f"{name}.bin").read_bytes())
    headers, buffers, start = content.get("tensors", []), [], 0
    for header in headers:
        size = int(np.prod(header["shape"])) * np.dtype(header["dtype"]).itemsize
        buffers.append(data[start : start + size])
        start += size

    decoded = decode_tensors(headers, buffers)

    assert start == data.nbytes
    arrays = MESSAGE_FILES[name][1]
    assert list(decoded) == list(arrays)
    for key, array in arrays.items():
        np.testing.assert_array_equal(decoded[key], array, strict=True)
