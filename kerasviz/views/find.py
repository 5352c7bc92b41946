"""Look a layer and its activation up in a source, with good errors."""

from __future__ import annotations

import numpy as np

from kerasviz.errors import unknown_name
from kerasviz.views.base import LayerLike, Source

__all__ = ["activation_of", "layer_of"]


def layer_of(source: Source, path: str) -> LayerLike:
    """The layer at `path`; a wrong path is an error that names the nearest."""
    found = next((layer for layer in source.layers if layer.path == path), None)
    if found is None:
        raise unknown_name("Layer", path, [layer.path for layer in source.layers])
    return found


def activation_of(source: Source, sample: int, path: str) -> np.ndarray | None:
    """What the layer gave for the sample, or None when it gave no tensor."""
    return source.activations(sample).get(path)
