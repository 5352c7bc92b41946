"""What excited a unit: of each of its strongest samples the part that the unit can depend on, exactly."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.data.opening import open_samples
from kerasviz.errors import InputError
from kerasviz.probes.probe import Probe
from kerasviz.rules.field import Box, receptive_field
from kerasviz.rules.scene import Scene
from kerasviz.scanning.scan import Ranked, Scan

__all__ = ["Crop", "crops", "crops_of"]


@dataclass(frozen=True, eq=False, slots=True)
class Crop:
    """The receptive field of a unit in one sample.

    Attributes:
        sample: its number.
        value: what the unit gave.
        unit: its index in the layer's output, without the batch.
        boxes: by "input" (or "input:NAME"), from where up to where the field goes along each axis; () where it is empty.
        arrays: by the same, what is in the box.
        exact: whether nothing else than these boxes was looked at, and their corners at least were.
    """

    sample: int
    value: float
    unit: tuple[int, ...]
    boxes: dict[str, Box]
    arrays: dict[str, np.ndarray]
    exact: bool


def crops(  # noqa: PLR0913  # what a scan was made of
    scan: Scan, model_or_probe: Any, inputs: Any, unit: tuple[str, int], *, preprocess: Any, start: int
) -> list[Crop]:
    """The crops of a channel's strongest samples; `inputs` are the data set that was scanned, numbered from `start`."""
    layer, channel = unit
    ranked = scan.top(layer, channel)
    if len(ranked.samples) and min(ranked.samples) < start:
        raise InputError(
            f"Sample {min(ranked.samples)} is one of the strongest, and these inputs start at {start}. "
            "Give all inputs that were scanned."
        )
    given = isinstance(model_or_probe, Probe)
    with nullcontext(model_or_probe) if given else closing(Probe(model_or_probe)) as probe:
        samples = open_samples(probe.model, inputs, preprocess=preprocess)
        batches = [samples.model_input(int(sample) - start) for sample in ranked.samples]
        return crops_of(probe, batches, ranked, scan.layers[layer].axis)


def crops_of(probe: Probe, batches: list[Any], ranked: Ranked, axis: int) -> list[Crop]:
    """The same for samples at hand, each a batch of one, as they were ranked.

    Args:
        probe: of the model.
        batches: the samples.
        ranked: where in them the channel is largest.
        axis: of the layer's channels, the batch being axis 0.
    """
    found = []
    for batch, sample, value, position in zip(batches, ranked.samples, ranked.values, ranked.positions, strict=True):
        activations = probe.activations(batch)
        at = position or _largest_at(activations[ranked.layer][0], axis - 1, ranked.channel)
        unit = (*at[: axis - 1], ranked.channel, *at[axis - 1 :])
        scene = Scene(probe, activations, activations.inputs, activations.taken, probe.backend.name)
        field = receptive_field(scene, ranked.layer, unit)
        boxes = {path: field.box(path) for path in field.inputs}
        arrays = {
            path: scene.inputs[path][0][tuple(slice(*ends) for ends in box)] for path, box in boxes.items() if box
        }
        exact = all(field.is_exact(path) for path in boxes)
        found.append(Crop(int(sample), float(value), unit, boxes, arrays, exact))
    return found


def _largest_at(values: np.ndarray, axis: int, channel: int) -> tuple[int, ...]:
    """Where a channel is largest in one sample; () in a layer without positions."""
    its = np.moveaxis(values, axis, -1)[..., channel]
    at = np.argmax(np.where(np.isfinite(its), its, -np.inf))
    return tuple(int(index) for index in np.unravel_index(at, its.shape))
