"""What a chart is: a figure that is made once, and brought up to date from payloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kerasviz.wire.messages import Payload

__all__ = ["Chart", "close_figure"]


@dataclass(frozen=True, slots=True)
class Chart:
    """`make()` gives an empty bqplot figure; `update(figure, payload)` shows a payload of that kind in it."""

    payload: type[Payload]
    make: Callable[[], Any]
    update: Callable[[Any, Any], None]


def close_figure(figure: Any) -> None:
    """Close a figure and everything it is made of: bqplot leaves its parts open."""
    parts: dict[int, Any] = {}
    for piece in (*figure.marks, *figure.axes):
        scales = getattr(piece, "scales", None) or {}
        for part in (piece, getattr(piece, "scale", None), *scales.values()):
            if part is not None:
                parts[id(part)] = part
    for part in (*parts.values(), figure.scale_x, figure.scale_y, figure.layout, figure):
        if part is not None:
            part.close()
