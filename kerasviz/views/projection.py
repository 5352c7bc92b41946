"""What a layer makes of many samples, as points: alike to the layer is near on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kerasviz.errors import unknown_name
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.colours import RAMP, ColourGroup, grouped
from kerasviz.views.data import colours_of
from kerasviz.views.find import layer_of
from kerasviz.views.reduce import quantise
from kerasviz.views.verdict import name_of
from kerasviz.wire.messages import Domain, Payload

__all__ = ["PANEL", "PointParams", "ProjectedSample", "Projection", "ProjectionParams"]


@dataclass(frozen=True, slots=True)
class Projection(Payload):
    """Points of samples, in two dimensions that a `way` ("pca", "umap", "t-sne") made out of a layer's output.

    `used` numbers of each sample went in: all of its output, or, where `over` names axes, the mean over them. `samples`
    are all there are; `left_out` of those that were taken have values that are not finite. `explained` is the share of the
    variance along each axis, of PCA alone.

    Tensors: `points` float32 (n, 2); `samples` int32 (n,); `levels` uint8 (n,), the number of the group, or without
    groups the level on `domain`, 255 where there is none: a step of `ramp`, from little to much.
    """

    layer: str
    way: str
    colour: str
    samples: int
    left_out: int
    used: int
    over: tuple[str, ...]
    explained: tuple[float, ...]
    groups: tuple[ColourGroup, ...]
    domain: Domain | None
    ramp: tuple[str, ...]
    generation: int
    code: str
    kind: ClassVar[str] = "projection"


@dataclass(frozen=True, slots=True)
class ProjectionParams:
    """Which layer, how ("pca", "umap", "t-sne"), and coloured by what ("label", "predicted", "loss", "")."""

    layer: str
    way: str = "pca"
    colour: str = ""


@dataclass(frozen=True, slots=True)
class ProjectedSample(Payload):
    """Where one sample lies among the points of a projection: null where it cannot be said."""

    sample: int
    at: tuple[float, ...] | None
    kind: ClassVar[str] = "projected_sample"


@dataclass(frozen=True, slots=True)
class PointParams:
    """Which sample, in the projection that was made last of this layer."""

    sample: int
    layer: str
    way: str = "pca"


def _build(source: Source, params: ProjectionParams) -> Panel:
    layer_of(source, params.layer)
    found = source.projection(params.layer, params.way)
    names, domain, levels = _colours(source, params.colour, found.samples)
    payload = Projection(
        layer=params.layer,
        way=params.way,
        colour=params.colour,
        samples=len(source.samples),
        left_out=found.left_out,
        used=found.used,
        over=found.over,
        explained=found.projected.explained,
        groups=names,
        domain=domain,
        ramp=RAMP if domain else (),
        generation=found.generation,
        code=f"w.probe.activations(x, layers=[{params.layer!r}])[{params.layer!r}]",
    )
    points = found.projected.points.astype(np.float32)
    return Panel(payload, {"points": points, "samples": found.samples.astype(np.int32), "levels": levels})


def _colours(
    source: Source, colour: str, samples: np.ndarray
) -> tuple[tuple[ColourGroup, ...], Domain | None, np.ndarray]:
    """Groups by name, or a range of numbers, and of each sample the group or the level."""
    known = {"": "", **{way.name: way.lacks for way in colours_of(source)}}
    if colour not in known:
        raise unknown_name("Colour", colour, known)
    if colour == "" or known[colour]:
        return (), None, np.full(len(samples), 255, np.uint8)
    if colour == "label":
        labels = [source.samples.label(int(i)) for i in samples]
        if all(label is None or isinstance(label, float) for label in labels):
            return _range(np.asarray([np.nan if label is None else label for label in labels], np.float64))
        texts = [source.samples.label_text(int(i)) or "" for i in samples]
        return _groups(texts, source.samples.class_names)
    scan = source.scan_state().scan
    assert scan is not None  # noqa: S101 - the colour would lack it
    outcomes = scan.outcomes
    rows = np.searchsorted(outcomes.samples, samples).clip(0, len(outcomes) - 1)
    inside = outcomes.samples[rows] == samples
    if colour == "loss" or not (outcomes.predicted >= 0).any():
        values = outcomes.loss if colour == "loss" else outcomes.confidence
        return _range(np.where(inside, values[rows], np.nan))
    names = scan.class_names or source.samples.class_names
    classes = np.where(inside, outcomes.predicted[rows], -1)
    return _groups([name_of(int(i), names) if i >= 0 else "" for i in classes], names)


def _groups(names: list[str], order: tuple[str, ...]) -> tuple[tuple[ColourGroup, ...], None, np.ndarray]:
    groups, numbers = grouped(names, order)
    return groups, None, numbers


def _range(values: np.ndarray) -> tuple[tuple[ColourGroup, ...], Domain | None, np.ndarray]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return (), None, np.full(len(values), 255, np.uint8)
    domain = Domain(float(finite.min()), float(finite.max()), signed=False, nans=len(values) - len(finite))
    return (), domain, quantise(values, domain)


def _place(source: Source, params: PointParams) -> Panel:
    at = source.point(params.sample, params.layer, params.way)
    return Panel(ProjectedSample(params.sample, at))


PANEL = PanelView(ProjectionParams, Projection, _build, long=True)
SAMPLE = PanelView(PointParams, ProjectedSample, _place)
