"""A person's own inputs: each gets a number below 0, and the last few are kept.

A number always means the same input, so that nothing computed for one can be taken for another's.
Rejected: one place, -1, that is written over (every cache and every answer under way would need a
revision beside the number).
"""

from __future__ import annotations

import threading
from typing import Any

from kerasviz.errors import InputError

__all__ = ["OwnSamples"]

KEPT = 64


class OwnSamples:
    """Own inputs by number: -1, -2, …; safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Any, str]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def add(self, raw: Any, note: str) -> int:
        """Keep one more, without a batch axis; gives its number."""
        with self._lock:
            self._count += 1
            self._kept[-self._count] = (raw, note)
            self._kept.pop(KEPT - self._count, None)
            return -self._count

    def drop(self, index: int) -> None:
        """Forget one that turned out not to fit."""
        with self._lock:
            self._kept.pop(index, None)

    def raw(self, index: int) -> Any:
        """The input as it was made."""
        return self._of(index)[0]

    def note(self, index: int) -> str:
        """How it was made."""
        return self._of(index)[1]

    def __contains__(self, index: int) -> bool:
        return index in self._kept

    def __str__(self) -> str:
        """The numbers there are, for messages."""
        return ", ".join(map(str, list(self._kept)))

    def _of(self, index: int) -> tuple[Any, str]:
        found = self._kept.get(index)
        if found is None:
            raise InputError(
                f"Sample {index}, an input of your own, was asked for. There are: {str(self) or 'none'}. "
                f"Only the last {KEPT} are kept. Make it again."
            )
        return found
