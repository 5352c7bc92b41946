"""Results of one moment go to the browser as one message: each costs the notebook several of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from kerasviz.wire.messages import PROTOCOL

__all__ = ["Outbox"]

_HOLD = 0.01  # seconds that a finished result waits for the next one

Send = Callable[[dict[str, Any], list[Any]], object]


class Outbox:
    """Holds results while others are about to follow; everything else goes at once, in order.

    Args:
        send: Hands content and buffers to the comm.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._held: list[tuple[dict[str, Any], list[Any]]] = []
        self._since = 0.0

    def add(self, content: dict[str, Any], buffers: list[Any] | None = None) -> None:
        """A message from the worker; a result waits for `flush`."""
        with self._lock:
            if not self._held:
                self._since = time.monotonic()
            self._held.append((content, buffers or []))
        if content["kind"] != "result":
            self.flush()

    def flush(self, *, more: bool = False) -> None:
        """Send what is held; if `more` is about to follow, only what has waited long enough."""
        with self._lock:
            if not self._held or (more and time.monotonic() - self._since < _HOLD):
                return
            held, self._held = self._held, []
            if len(held) == 1:
                self._send(*held[0])
            else:
                messages = [content for content, _ in held]
                buffers = [buffer for _, each in held for buffer in each]
                self._send({"v": PROTOCOL, "kind": "batch", "messages": messages}, buffers)
