"""Methods about a layer."""

from __future__ import annotations

from kerasviz.probes.question import Question

__all__ = ["no_layer"]


def no_layer(name: str, question: Question, layer: str | None) -> str | None:
    """Why a method that is about a layer has none to work on."""
    floats = [info.path for info in question.layers.values() if (info.dtype or "").startswith(("float", "bfloat"))]
    if layer is None:
        return (
            f"{name!r} attributes the units of a layer; none was given. Choose one: layer={floats[-1]!r}, for example."
        )
    if layer not in floats:
        dtype = question.layers[layer].dtype if layer in question.layers else None
        return f"{name!r} needs a gradient, and layer {layer!r} has none (its dtype is {dtype}). Choose another layer."
    return None
