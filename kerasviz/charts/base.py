"""What a chart is: a figure that is made once, and brought up to date from payloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kerasviz.views.base import Panel
from kerasviz.wire.messages import Payload

__all__ = ["Chart", "Choose", "Filter", "Follow", "close_figure"]

Filter = Mapping[str, Any] | None  # as the stage has it: the samples, and how they were chosen
Choose = Callable[[Filter], None]
Follow = Callable[[Filter], None]


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Chart:
    """`make()` gives an empty bqplot figure; `update(figure, panel, language)` shows a panel with such a payload in it.

    `inside`: it stands in that panel, in place of the drawing of that name, from the first such panel on. Else it
    stands below the stage once somebody has asked for it. `shows(payload)`: whether it has anything to show of it.
    `connect(figure, choose)`: what is selected in the figure becomes the filter of the samples; gives what has to be told
    when the filter is another one.
    """

    payload: type[Payload] | tuple[type[Payload], ...]
    make: Callable[[], Any]
    update: Callable[[Any, Panel, str], None]
    inside: bool = False
    shows: Callable[[Any], bool] = _always
    connect: Callable[[Any, Choose], Follow] | None = None


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
    for part in (*parts.values(), figure.interaction, figure.scale_x, figure.scale_y, figure.layout, figure):
        if part is not None:
            part.close()
