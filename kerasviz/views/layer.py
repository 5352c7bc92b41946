"""The layer panel: takes the view with the highest priority for what the layer gave."""

from __future__ import annotations

from dataclasses import dataclass

from kerasviz.errors import InputError
from kerasviz.views import LAYER_VIEWS
from kerasviz.views.base import LayerView, Panel, PanelView, Record, Source
from kerasviz.views.empty import Empty
from kerasviz.views.find import activation_of, layer_of
from kerasviz.views.head import record_of
from kerasviz.views.reduce import MAX_MAPS

__all__ = ["PANEL", "LayerParams", "view_for"]


@dataclass(frozen=True, slots=True)
class LayerParams:
    """Which layer, for which sample, from which unit on."""

    sample: int
    layer: str
    start: int = 0
    count: int = MAX_MAPS


def view_for(record: Record) -> LayerView:
    """The view with the highest priority for this record."""

    def priority(view: LayerView) -> int:
        return view.supports(record)

    return max(LAYER_VIEWS.all().values(), key=priority)


def _build(source: Source, params: LayerParams) -> Panel:
    layer = layer_of(source, params.layer)
    activation = activation_of(source, params.sample, params.layer)
    if activation is None:
        return Panel(Empty(layer.path, layer.note or "It gave no tensor for this sample."))
    record = record_of(layer, activation, params.sample)
    view = view_for(record)
    first, size = max(0, params.start), view.size(record)
    if first and first >= size:
        message = f"Units from {first} on were asked of layer {layer.path!r}. It has {size}. Ask for a smaller 'start'."
        raise InputError(message)
    return view.build(record, first, max(1, params.count))


PANEL = PanelView(LayerParams, None, _build)
