"""Questions of the screen and the session's answers, as long as there is room for them."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any, Protocol

from kerasviz.errors import KerasvizError
from kerasviz.views.base import Panel
from kerasviz.wire.codec import encode_message, encode_payload
from kerasviz.wire.messages import Failure
from kerasviz.wire.tensors import encode_tensors

__all__ = ["Answerer", "Full", "Recording"]


class Answerer(Protocol):
    """What answers: a session."""

    def panel(self, name: str, params: Mapping[str, Any], /) -> Panel: ...


class Full(Exception):  # noqa: N818 - not an error: what is there is kept
    """Raised when an answer does not fit any more."""


class Recording:
    """Answers by what was asked; equal answers and equal buffers are kept once.

    Args:
        session: What answers.
        room: How many bytes the answers may take, compressed. None: any number.
    """

    def __init__(self, session: Answerer, room: int | None = None) -> None:
        self.room = room
        self.asked: list[tuple[str, dict[str, Any], int]] = []
        self.answers: list[dict[str, Any]] = []
        self.buffers: list[bytes] = []
        self._session = session
        self._numbers: dict[str, int] = {}
        self._places: dict[bytes, int] = {}
        self._text, self._bytes = _Meter(), _Meter()

    @property
    def size(self) -> int:
        """Bytes of all that is kept, compressed."""
        return self._text.size + self._bytes.size

    def answer(self, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Ask, and keep the answer: its payload, or its failure. `Full` when it does not fit."""
        key = _key(name, params)
        if key in self._numbers:
            return self.answers[self._numbers[key]]
        answer, buffers = self._ask(name, params)
        new = [buffer for buffer in buffers if _digest(buffer) not in self._places]
        self._take(json.dumps([name, dict(params), answer]).encode(), b"".join(new))
        for buffer in new:
            self._places[_digest(buffer)] = len(self.buffers)
            self.buffers.append(buffer)
        answer["buffers"] = [self._places[_digest(buffer)] for buffer in buffers]
        self.answers.append(answer)
        self._note(name, params, len(self.answers) - 1)
        return answer

    def also(self, name: str, params: Mapping[str, Any], same: Mapping[str, Any]) -> None:
        """Another question with the answer that the same one has with other parameters."""
        if _key(name, params) not in self._numbers:
            self._note(name, params, self._numbers[_key(name, same)])

    def has(self, name: str, params: Mapping[str, Any]) -> bool:
        """Whether this was asked."""
        return _key(name, params) in self._numbers

    def values(self, answer: Mapping[str, Any], tensor: str) -> bytes:
        """The bytes of a tensor of an answer; none where it has no such tensor."""
        names = [header["name"] for header in answer["tensors"]]
        return self.buffers[answer["buffers"][names.index(tensor)]] if tensor in names else b""

    def _ask(self, name: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        try:
            panel = self._session.panel(name, params)
        except KerasvizError as error:  # as on the screen: it says why
            failure = encode_message(Failure("", type(error).__name__, str(error)))
            return {"failure": failure, "tensors": []}, []
        headers, buffers = encode_tensors(panel.tensors)
        tensors = [
            {"name": h.name, "dtype": h.dtype, "shape": h.shape, "scale": h.scale, "offset": h.offset} for h in headers
        ]
        return {"payload": encode_payload(panel.payload), "tensors": tensors}, [bytes(buffer) for buffer in buffers]

    def _take(self, text: bytes, data: bytes) -> None:
        before = self._text, self._bytes
        self._text, self._bytes = (meter.with_(more) for meter, more in zip(before, (text, data), strict=True))
        if self.room is not None and self.size > self.room:
            self._text, self._bytes = before  # something smaller may fit
            raise Full

    def _note(self, name: str, params: Mapping[str, Any], number: int) -> None:
        self._numbers[_key(name, params)] = number
        self.asked.append((name, dict(params), number))


class _Meter:
    """How long a stream is, compressed."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj()
        self.size = 0

    def with_(self, data: bytes) -> _Meter:
        """The same with more; this one stays."""
        found = _Meter()
        found._packer = self._packer.copy()
        found.size = self.size + len(found._packer.compress(data)) + len(found._packer.flush(zlib.Z_SYNC_FLUSH))
        return found


def _key(name: str, params: Mapping[str, Any]) -> str:
    return json.dumps([name, dict(params)], sort_keys=True)


def _digest(buffer: bytes) -> bytes:
    return hashlib.blake2b(buffer, digest_size=16).digest()
