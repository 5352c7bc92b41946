"""Running a cell again closes the widgets that the same cell made before.

ipywidgets keeps every widget until it is closed, and with it here a model, its compiled functions
and a thread; nobody closes a widget by hand before running a cell again. The cell's output, where
the old one was shown, is gone by then. Rejected: weak references (ipywidgets and the comm hold
strong ones). Outside of notebooks that name their cells nothing is closed.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any, Protocol

__all__ = ["close_earlier"]


class Closable(Protocol):
    """Anything that can be closed."""

    def close(self) -> None: ...


_made: dict[str, tuple[str, weakref.WeakSet[Any]]] = {}  # cell → (execution, widgets)


def close_earlier(widget: Closable) -> None:
    """Remember that the running cell made `widget`; close what it made when it ran before."""
    cell, execution = _running_cell()
    if not cell:
        return
    before, widgets = _made.get(cell, ("", weakref.WeakSet()))
    if before != execution:
        for old in list(widgets):
            old.close()
        widgets = weakref.WeakSet()
        _made[cell] = (execution, widgets)
    widgets.add(widget)


def _running_cell() -> tuple[str, str]:
    """The cell's and the execution's id, as the notebook sent them; empty outside of one."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    if not isinstance(parent, dict):
        return "", ""
    cell = (parent.get("metadata") or {}).get("cellId")
    return str(cell or ""), str((parent.get("header") or {}).get("msg_id", ""))
