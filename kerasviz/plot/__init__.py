"""Figures for papers and slides, by matplotlib (`pip install "kerasviz[plot]"`): `kv.plot.maps(model, x, "conv")`.

Each function gives a `matplotlib.figure.Figure`; `path="map.svg"` also writes it (PNG, SVG or PDF). pyplot and its
state are not touched, so nothing pops up and nothing has to be closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasviz.errors import BackendError

if TYPE_CHECKING:
    from kerasviz.plot.evidence_figure import attribution
    from kerasviz.plot.map_figure import maps
    from kerasviz.plot.network_figure import network
    from kerasviz.plot.page import board
    from kerasviz.plot.sum_figure import arithmetic
    from kerasviz.plot.tree_figure import tree

__all__ = ["arithmetic", "attribution", "board", "maps", "network", "tree"]

_MODULES = {
    "arithmetic": "sum_figure",
    "attribution": "evidence_figure",
    "board": "page",
    "maps": "map_figure",
    "network": "network_figure",
    "tree": "tree_figure",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'kerasviz.plot' has no attribute {name!r}")
    from importlib import import_module

    try:
        value = getattr(import_module(f"kerasviz.plot.{_MODULES[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise BackendError(
            f"kv.plot.{name} was asked for. Figures are drawn by matplotlib, which is not installed. "
            'Run: pip install "kerasviz[plot]".'
        ) from error
    globals()[name] = value
    return value
