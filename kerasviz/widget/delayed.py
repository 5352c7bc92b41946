"""Something that may wait a moment: what changes again meanwhile is told once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

__all__ = ["Delayed"]


class Delayed:
    """Calls `act` with the newest value, `seconds` after the first one that was not told yet.

    Args:
        seconds: How long it may wait.
        act: Called from a thread of its own.
    """

    def __init__(self, seconds: float, act: Callable[[Any], object]) -> None:
        self._seconds = seconds
        self._act = act
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._value: Any = None

    def soon(self, value: Any) -> None:
        """Tell this in a moment, in place of what was to be told."""
        with self._lock:
            self._value = value
            if self._timer is None:
                self._timer = threading.Timer(self._seconds, self._fire)
                self._timer.name = "kerasviz-delayed"
                self._timer.daemon = True
                self._timer.start()

    def drop(self) -> None:
        """What was to be told is not true any more."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def close(self) -> None:
        """Drop it, and wait until the thread has let go of what it would have told."""
        timer = self._timer
        self.drop()
        if timer is not None and timer is not threading.current_thread():
            timer.join(1)

    def _fire(self) -> None:
        with self._lock:
            if self._timer is None:  # dropped in the last moment
                return
            self._timer, value = None, self._value
        self._act(value)
