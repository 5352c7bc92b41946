"""What a chart is: a figure that is made once, and brought up to date from payloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kerasviz.views.base import Panel
from kerasviz.wire.messages import Payload

__all__ = ["Chart", "close_figure"]


@dataclass(frozen=True, slots=True)
class Chart:
    """`make()` gives an empty bqplot figure; `update(figure, panel, language)` shows a panel with such a payload in it.

    `inside`: it stands in that panel, in place of the drawing of that name, from the first such panel on. Else it
    stands below the stage once somebody has asked for it.
    """

    payload: type[Payload]
    make: Callable[[], Any]
    update: Callable[[Any, Panel, str], None]
    inside: bool = False


def close_figure(figure: Any) -> None:
    """Close a figure and everything it is made of: bqplot leaves its parts open."""
    parts: dict[int, Any] = {}
    for piece in (*figure.marks, *figure.axes):
        scales = getattr(piece, "scales", None) or {}
        tooltip = getattr(piece, "tooltip", None)
        near = (getattr(piece, "scale", None), tooltip, getattr(tooltip, "layout", None))
        for part in (piece, *near, *scales.values()):
            if part is not None:
                parts[id(part)] = part
    for part in (*parts.values(), figure.scale_x, figure.scale_y, figure.layout, figure):
        if part is not None:
            part.close()
