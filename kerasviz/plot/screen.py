"""What a widget shows, as a figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasviz import plot
from kerasviz.errors import unknown_name
from kerasviz.plot.map_figure import draw_values
from kerasviz.plot.style import finished, styled
from kerasviz.plot.subject import channels_last, layer_info

__all__ = ["picture"]


def picture(widget: Any, panel: str, *, path: Any, dpi: float) -> Any:
    """The figure of one panel of an `ExplainerWidget`."""
    panels: dict[str, Callable[[], Any]] = {
        "layer": lambda: _layer(widget, path, dpi),
        "attribution": lambda: plot.attribution(widget.attribution, path=path, dpi=dpi),
        "arithmetic": lambda: plot.arithmetic(widget.arithmetic, path=path, dpi=dpi),
        "network": lambda: plot.network(widget.probe, path=path, dpi=dpi),
    }
    if panel not in panels:
        raise unknown_name("Panel", panel, panels)
    return panels[panel]()


def _layer(widget: Any, path: Any, dpi: float) -> Any:
    info = layer_info(widget.probe, widget.layer)
    values, axes = channels_last(np.asarray(widget.activations[info.path][0]), info.axes[1:])
    with styled():
        return finished(draw_values(info, values, axes), path, dpi)
