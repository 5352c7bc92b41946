"""How far a scan has come: a bar by tqdm, or a function of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Progress", "progress_of"]


class Progress(Protocol):
    """Told how many samples are done."""

    def at(self, done: int) -> None: ...
    def close(self) -> None: ...


class _Told:
    """Calls a function; which may raise to stop."""

    def __init__(self, function: Callable[[int, int | None], None] | None, count: int | None) -> None:
        self._function, self._count = function, count

    def at(self, done: int) -> None:
        if self._function is not None:
            self._function(done, self._count)

    def close(self) -> None:
        """There is nothing to tidy up."""


class _Bar:
    """A bar in the notebook or the terminal; gone once the scan is done."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def at(self, done: int) -> None:
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def progress_of(wanted: Any, count: int | None) -> Progress:
    """What to tell: a function, a bar (none without tqdm), or nobody."""
    if callable(wanted):
        return _Told(wanted, count)
    if wanted:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return _Told(None, count)
        return _Bar(tqdm(total=count, unit=" samples", desc="scan", leave=False))
    return _Told(None, count)
