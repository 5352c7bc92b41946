"""A layer with nothing to draw: it says why instead of showing a blank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kerasviz.views.base import LayerView, Panel, Record
from kerasviz.views.reduce import drawable
from kerasviz.wire.messages import Payload

__all__ = ["VIEW", "Empty"]


@dataclass(frozen=True, slots=True)
class Empty(Payload):
    """A layer that has nothing to draw, and why."""

    path: str
    reason: str
    kind: ClassVar[str] = "empty"


def _supports(record: Record) -> int:
    return 0 if drawable(record.values) else 100


def _build(record: Record, _start: int, _count: int) -> Panel:
    if not record.values.size:
        reason = f"Its output is empty for this sample: shape {record.shape}."
    else:
        reason = f"Its output holds {record.values.dtype.name} values, not numbers that can be drawn."
    return Panel(Empty(record.layer.path, reason))


VIEW = LayerView(Empty, _supports, _build)
