"""Views: NumPy in, small payloads out. They know no framework, no browser and no chart.

`LAYER_VIEWS` draw what one layer did with one sample; `PANELS` answer the browser's requests.
A new one is one file plus one line here, or an entry point of another package in the groups
`kerasviz.views` and `kerasviz.panels`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasviz.registry import Registry
from kerasviz.wire.messages import Done, Payload

if TYPE_CHECKING:
    from kerasviz.views.base import LayerView, PanelView

    PAYLOADS: tuple[type[Payload], ...]

__all__ = ["LAYER_VIEWS", "PANELS", "PAYLOADS"]

LAYER_VIEWS: Registry[LayerView] = Registry(
    "view",
    {
        "feature-maps": "kerasviz.views.feature_maps:VIEW",
        "units": "kerasviz.views.units:VIEW",
        "time-units": "kerasviz.views.time_units:VIEW",
        "tensor": "kerasviz.views.tensor:VIEW",
        "empty": "kerasviz.views.empty:VIEW",
        "weights": "kerasviz.views.weights:VIEW",
        "gates": "kerasviz.views.gates:VIEW",
        "attention": "kerasviz.views.attention:VIEW",
        "embedding": "kerasviz.views.embedding:VIEW",
        "normalisation": "kerasviz.views.normalisation:VIEW",
        "activation": "kerasviz.views.activation:VIEW",
        "mapping": "kerasviz.views.mapping:VIEW",
        "dropout": "kerasviz.views.dropout:VIEW",
        "classes": "kerasviz.views.classes:VIEW",
        "in-out": "kerasviz.views.in_out:VIEW",
    },
    group="kerasviz.views",
)

PANELS: Registry[PanelView] = Registry(
    "request",
    {
        "network": "kerasviz.views.network:PANEL",
        "overview": "kerasviz.views.overview:PANEL",
        "prediction": "kerasviz.views.prediction:PANEL",
        "layer": "kerasviz.views.layer:PANEL",
        "unit": "kerasviz.views.unit:PANEL",
        "calculation": "kerasviz.views.calculation:PANEL",
        "feeds": "kerasviz.views.feeds:PANEL",
        "attribution": "kerasviz.views.attribution:PANEL",
        "evaluation": "kerasviz.views.evaluation:PANEL",
        "told": "kerasviz.views.told:PANEL",
        "methods": "kerasviz.views.methods:PANEL",
        "makers": "kerasviz.views.makers:PANEL",
        "marks": "kerasviz.views.marks:PANEL",
        "unit_data": "kerasviz.views.unit_data:PANEL",
        "scan": "kerasviz.views.scanned:FACTS",
        "run_scan": "kerasviz.views.scanned:RUN",
        "findings": "kerasviz.views.findings:FACTS",
        "diagnose": "kerasviz.views.findings:RUN",
        "data": "kerasviz.views.data:PANEL",
        "projection": "kerasviz.views.projection:PANEL",
        "projected_sample": "kerasviz.views.projection:SAMPLE",
        "choices": "kerasviz.views.choices:PANEL",
        "listing": "kerasviz.views.listing:PANEL",
        "thumbnails": "kerasviz.views.thumbnails:PANEL",
        "verdicts": "kerasviz.views.verdicts:PANEL",
    },
    group="kerasviz.panels",
)


def __getattr__(name: str) -> Any:
    if name != "PAYLOADS":
        message = f"module 'kerasviz.views' has no attribute {name!r}"
        raise AttributeError(message)
    panels = [panel.payload for panel in PANELS.all().values() if panel.payload]
    return (Done, *dict.fromkeys([*panels, *(view.payload for view in LAYER_VIEWS.all().values())]))
