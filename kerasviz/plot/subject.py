"""What a figure is about: a model or probe, samples, one layer's values."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasviz.data.arrays import leaves
from kerasviz.errors import InputError
from kerasviz.models.layer_info import LayerInfo
from kerasviz.probes.probe import Probe

__all__ = ["arrays_of", "as_probe", "channels_last", "layer_info", "layer_values", "outputs_of"]


def as_probe(model: Any) -> Probe:
    """A probe of the model; one that is passed is used."""
    return model if isinstance(model, Probe) else Probe(model)


def layer_info(probe: Probe, layer: Any) -> LayerInfo:
    """The layer that is meant."""
    path = probe.output_of(layer)
    return next(info for info in probe.layers if info.path == path)


def layer_values(probe: Probe, x: Any, layer: Any, sample: int) -> tuple[LayerInfo, np.ndarray, tuple[str, ...]]:
    """One sample's output of a layer, channels last, with the names of its axes."""
    values = next(iter(probe.activations(x, [layer]).values()))
    info = layer_info(probe, layer)
    if not -len(values) <= sample < len(values):
        raise InputError(f"sample={sample} was passed for {len(values)} samples. Choose one of 0 … {len(values) - 1}.")
    return info, *channels_last(np.asarray(values[sample]), info.axes[1:])


def channels_last(one: np.ndarray, axes: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """One sample's values with the channels at the end."""
    if "channel" in axes and axes[-1] != "channel":
        place = axes.index("channel")
        one, axes = np.moveaxis(one, place, -1), (*axes[:place], *axes[place + 1 :], "channel")
    return one, axes


def outputs_of(probe: Probe, x: Any, batch_size: int = 256) -> np.ndarray:
    """The model's outputs for all samples, (samples, outputs) float64; a single output only."""
    import keras

    count = len(arrays_of(x)[0])
    parts = [
        probe.predict(keras.tree.map_structure(lambda array, at=at: array[at : at + batch_size], x))
        for at in range(0, count, batch_size)
    ]
    first = parts[0]
    if isinstance(first, dict | list | tuple) or np.ndim(first) > 2:
        raise InputError(
            f"The model {probe.model.name!r} gives several outputs, or one with more than one axis. This figure is about "
            "one number or one row of class scores for each sample. Pass a model that ends in the output you mean."
        )
    found: np.ndarray = np.concatenate(parts).astype(np.float64)
    return found.reshape(count, -1)


def arrays_of(x: Any) -> list[np.ndarray]:
    """The arrays in `x`, in the model's order."""
    return [np.asarray(array) for array in leaves(x)]
