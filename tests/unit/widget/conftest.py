"""A session on a fake probe and a place where its answers arrive; a widget on a real small model."""

from __future__ import annotations

import threading
from typing import Any

import keras
import numpy as np
import pytest

import kerasviz as kv
from kerasviz.data.opening import open_samples
from kerasviz.widget.session import Session
from kerasviz.widget.stage import StageWidget
from kerasviz.wire.messages import PROTOCOL, Request
from kerasviz.wire.tensors import decode_tensors
from tests.fakes import FakeProbe, inputs

X = np.random.default_rng(0).random((6, 8, 8), np.float32)
Y = np.array([0, 1, 2, 0, 1, 2])


class Inbox:
    """Collects messages; `wait(n)` until n of them are final answers."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, Any], list[Any]]] = []
        self._changed = threading.Condition()

    def __call__(self, content: dict[str, Any], buffers: list[Any] | None = None) -> None:
        with self._changed:
            self.messages.append((content, list(buffers or [])))
            self._changed.notify_all()

    def answers(self) -> list[dict[str, Any]]:
        return [content for content, _ in self.messages if content["kind"] not in ("progress", "partial")]

    def parts(self) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
        """What was shown before the answers: payloads and tensors."""
        found = [(content, buffers) for content, buffers in self.messages if content["kind"] == "partial"]
        return [(each["payload"], decode_tensors(each["tensors"], buffers)) for each, buffers in found]

    def wait(self, count: int, timeout: float = 10) -> list[dict[str, Any]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.answers()) >= count, timeout), self.messages
            return self.answers()

    def of(self, request_id: str) -> dict[str, Any]:
        (found,) = [content for content in self.answers() if content["id"] == request_id]
        return found

    def tensors(self, request_id: str) -> dict[str, np.ndarray]:
        (found,) = [m for m in self.messages if m[0]["id"] == request_id and m[0]["kind"] == "result"]
        return decode_tensors(found[0]["tensors"], found[1])


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def probe():
    return FakeProbe()


@pytest.fixture
def session(probe):
    session = Session(probe, open_samples(probe.model, inputs(), [0, 1, 2, 0, 1, 0]))
    yield session
    if probe.gate is not None:
        probe.gate.set()
    session.close()


def request(request_id: str, name: str, slot: str | None = None, **params: Any) -> Request:
    return Request(PROTOCOL, request_id, "request", slot or name, name, params)


@pytest.fixture
def bundle(monkeypatch, tmp_path):
    """A stand-in for the front end, so that these tests need no Node."""
    (tmp_path / "en.json").write_text('{"layer": "Layer"}', encoding="utf-8")
    (tmp_path / "zh.json").write_text('{"layer": "层"}', encoding="utf-8")
    monkeypatch.setattr("kerasviz.widget.stage._STATIC", tmp_path)
    monkeypatch.setattr(StageWidget, "_esm", "export default {}", raising=False)
    monkeypatch.setattr(StageWidget, "_css", "", raising=False)


@pytest.fixture
def stage(session, bundle, inbox, monkeypatch):
    """A stage whose messages arrive in `inbox`."""
    stage = StageWidget(session)
    monkeypatch.setattr(stage, "send", inbox)
    yield stage
    session.close()
    stage.close()


@pytest.fixture(scope="session")
def model():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="scores"),
        ],
        name="tiny",
    )


@pytest.fixture
def w(model, bundle):
    """A widget on a real small model."""
    widget = kv.ExplainerWidget(model, X, Y, class_names=["a", "b", "c"])
    yield widget
    widget.close()
