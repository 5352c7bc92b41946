"""How the browser's messages come in while a cell runs: past the cell, and each request once.

The notebook sends them to a shell of their own (a subshell), as soon as there is one; what came before, it sends again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

__all__ = ["Arrivals", "past_the_cell"]

_KEPT = 2000  # ids: what comes later than so many others is not held up any more


class Arrivals:
    """Remembers which requests have come. The copies may come on two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_new(self, request_id: str) -> bool:
        """Whether this is the first of its copies."""
        with self._lock:
            if request_id in self._seen:
                return False
            self._seen[request_id] = None
            if len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
            return True


def past_the_cell(comm: Any) -> None:
    """Have messages go to the shell that the browser names.

    From ipykernel 7.4 on they go to the one that spoke last on this comm: after a cell made or changed the widget that is
    the main shell, where they wait until no cell runs. That is for cells that wait for an answer of the browser; none does here.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _, named: named  # noqa: SLF001  # there is no public way
