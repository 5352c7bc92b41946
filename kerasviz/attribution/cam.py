"""Class activation maps: what every one of them shares. A map is as large as the layer it is taken at."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from kerasviz.attribution.base import Found, Method, option
from kerasviz.attribution.region import SPATIAL, Region
from kerasviz.attribution.spatial import resize
from kerasviz.errors import unknown_name
from kerasviz.models.layer_info import LayerInfo
from kerasviz.probes.question import Question

__all__ = [
    "ClassActivationMap",
    "axes_of_layer",
    "input_lengths",
    "last_spatial_layer",
    "no_positions",
    "over_input",
]

_FEATURES = ("channel", "unit")
_NOT_USUAL = re.compile(
    r".*(Pooling|Dropout|Padding|Cropping|UpSampling|Reshape|Permute|Embedding|Random).*|Normalization|Rescaling"
)


@dataclass(frozen=True, kw_only=True)
class ClassActivationMap(Method):
    """Base: a map over the positions of one layer, from its activations and the score's gradients there."""

    family = "maps"
    produces = "layer-map"
    signed = False
    relu: bool = option(True, "Only what speaks for it")

    def supports(self, question: Question, layer: str | None = None) -> str | None:
        return no_positions(self.name, question, layer)

    def default_layer(self, question: Question) -> str | None:
        return last_spatial_layer(question)

    def explain(self, region: Region) -> Found:
        layer = region.places[0].key
        wanted = (layer,) if self.needs_gradient else ()
        answer = region.question.at_samples(gradients=wanted, keep=(layer,))
        activations = answer.activations[layer]
        _, channel = axes_of_layer(region.question.layers[layer])
        gradients = answer.gradients.get(layer, activations)
        if channel not in (-1, activations.ndim - 1):
            activations, gradients = (np.moveaxis(a, channel, -1) for a in (activations, gradients))
        found = self.combine(*(a.astype(np.float32, copy=False) for a in (activations, gradients)))
        return Found({layer: np.maximum(found, 0) if self.relu else found})

    def combine(self, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        """The map, (batch, *positions), from two arrays (batch, *positions, channel)."""
        raise NotImplementedError


def axes_of_layer(info: LayerInfo) -> tuple[tuple[int, ...], int]:
    """Which axes of a layer's output are positions, and which is the channel."""
    positions = tuple(i for i, axis in enumerate(info.axes) if axis in SPATIAL)
    channel = next((i for i, axis in enumerate(info.axes) if axis in _FEATURES), -1)
    return positions, channel


def last_spatial_layer(question: Question) -> str | None:
    """The last layer that has positions and is not only pooling or padding: where these maps are usually taken."""
    candidates = [info for info in question.layers.values() if _is_candidate(info)]
    with_channel = [info for info in candidates if "channel" in info.axes]
    return (with_channel or candidates)[-1].path if candidates else None


def no_positions(name: str, question: Question, layer: str | None) -> str | None:
    """Why there is no map of this layer."""
    if layer is None:
        return (
            f"{name!r} needs a layer with positions (height and width, or time); this model has none. "
            "Use 'integrated-gradients' or 'saliency'."
        )
    if layer not in question.layers:
        raise unknown_name("The layer", layer, question.layers)
    info = question.layers[layer]
    if _has_map(info):
        return None
    choice = last_spatial_layer(question)
    advice = f"Choose one that has, e.g. {choice!r}, or use" if choice else "Use"
    return (
        f"Layer {layer!r} cannot be explained with {name!r}: it has no positions and channels (output shape "
        f"{info.output_shape}, axes {', '.join(info.axes)}). {advice} 'integrated-gradients'."
    )


def _has_map(info: LayerInfo) -> bool:
    positions, channel = axes_of_layer(info)
    known = len(positions) + 2 == len(info.axes)  # nothing else: one map is all there is
    return bool(positions) and channel > 0 and known and (info.dtype or "").startswith(("float", "bfloat"))


def _is_candidate(info: LayerInfo) -> bool:
    flat = info.is_container or _NOT_USUAL.fullmatch(info.kind) is not None
    return _has_map(info) and not flat and any((length or 2) > 1 for length in (info.output_shape or ())[1:-1])


def input_lengths(region: Region, key: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of an input that are positions, and their lengths."""
    axes = region.spatial_axes(key)
    return axes, tuple(region.question.inputs[key].shape[axis] for axis in axes)


def over_input(region: Region, key: str, maps: np.ndarray) -> np.ndarray:
    """A map (batch, *positions) stretched over an input: broadcastable to it, one number for all its channels."""
    axes, lengths = input_lengths(region, key)
    stretched = resize(maps, lengths, range(1, maps.ndim))
    others = [axis for axis in range(1, region.question.inputs[key].ndim) if axis not in axes]
    return np.expand_dims(stretched, tuple(others))
