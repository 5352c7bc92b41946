"""The layer panel: of the aspects that a layer has the chosen one, drawn by the view that fits best."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from kerasviz.errors import InputError
from kerasviz.views import LAYER_VIEWS
from kerasviz.views.around import AroundLayer
from kerasviz.views.base import LayerHead, LayerView, Panel, PanelView, Record, Source
from kerasviz.views.controls import choice
from kerasviz.views.empty import Empty
from kerasviz.views.find import activation_of, layer_of
from kerasviz.views.head import record_of
from kerasviz.views.reduce import MAX_MAPS
from kerasviz.wire.messages import TargetName

__all__ = ["PANEL", "SHOWN", "LayerParams", "record_for", "views_for"]

SHOWN = ("activations", "gradients")


@dataclass(frozen=True, slots=True)
class LayerParams:
    """Which layer, for which sample, from which unit on; `options` is what was chosen of the picture's controls."""

    sample: int
    layer: str
    start: int = 0
    count: int = MAX_MAPS
    target: TargetName = None
    options: dict[str, Any] = field(default_factory=dict)


def views_for(record: Record) -> dict[str, LayerView]:
    """The best view of each aspect this layer has, the most telling aspect first."""
    best: dict[str, tuple[int, LayerView]] = {}
    for view in LAYER_VIEWS.all().values():
        priority = view.supports(record)
        if priority > best.get(view.aspect, (0, view))[0]:
            best[view.aspect] = (priority, view)
    ordered = sorted(best.items(), key=lambda item: -item[1][0])
    return {aspect: view for aspect, (_, view) in ordered}


def record_for(source: Source, params: Any) -> Record | None:
    """The layer's record for a request: its activation, or its gradient where that was chosen."""
    layer = layer_of(source, params.layer)
    activation = activation_of(source, params.sample, params.layer)
    if activation is None:
        return None
    around = AroundLayer(source, layer, params.sample, params.target)
    record = replace(record_of(layer, activation, params.sample), options=params.options, around=around)
    if _has_gradient(record) and params.options.get("show") == "gradients":
        return replace(record, values=around.gradient)
    return record


def _has_gradient(record: Record) -> bool:
    return (record.layer.dtype or "").startswith(("float", "bfloat"))


def _build(source: Source, params: LayerParams) -> Panel:
    record = record_for(source, params)
    if record is None:
        layer = layer_of(source, params.layer)
        return Panel(Empty(layer.path, layer.note or "It gave no tensor for this sample."))
    views = views_for(record)
    wanted = params.options.get("aspect")
    aspect = wanted if wanted in views else next(iter(views))
    view = views[aspect]
    if aspect != "output":  # the others are about what the layer did, whatever its own picture shows
        record = replace(record, values=record.around.activation)
    first, size = max(0, params.start), view.size(record)
    if first and first >= size:
        message = (
            f"Units from {first} on were asked of layer {params.layer!r}. It has {size}. Ask for a smaller 'start'."
        )
        raise InputError(message)
    panel = view.build(record, first, max(1, params.count))
    head = getattr(panel.payload, "head", None)
    if not isinstance(head, LayerHead):
        return panel
    return replace(panel, payload=replace(panel.payload, head=_completed(head, record, tuple(views), aspect)))  # type: ignore[call-arg]


def _completed(head: LayerHead, record: Record, aspects: tuple[str, ...], aspect: str) -> LayerHead:
    """The head with what every layer has: its aspects, activations or gradients, and the line of code."""
    controls, shown = head.controls, SHOWN[0]
    if aspect == "output" and _has_gradient(record):
        shown, control = choice(record, "show", SHOWN)
        controls = (control, *controls)
    code = head.code or f"w.{shown}[{head.path!r}]"
    return replace(head, aspects=aspects, aspect=aspect, controls=controls, code=code)


PANEL = PanelView(LayerParams, None, _build)
