"""What can be chosen about a picture: read from a record's options, and offered as controls."""

from __future__ import annotations

from collections.abc import Sequence

from kerasviz.views.base import Control, Record

__all__ = ["choice", "place"]


def choice(record: Record, name: str, values: Sequence[str]) -> tuple[str, Control]:
    """One of `values`, the first where nothing (or something unknown) was chosen; and its control."""
    wanted = record.options.get(name)
    chosen = values.index(wanted) if wanted in values else 0
    return values[chosen], Control(name, "choice", chosen, len(values), tuple(values))


def place(record: Record, name: str, count: int, default: int = 0) -> tuple[int, Control]:
    """A place among `count`, the last one where that is too far; and its control."""
    wanted = record.options.get(name, default)
    number = wanted if isinstance(wanted, int) and not isinstance(wanted, bool) else default
    chosen = min(max(0, number), max(0, count - 1))
    return chosen, Control(name, "slider", chosen, count)
