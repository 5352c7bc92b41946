"""Where one number comes from: its terms, strongest first, their sum, and what the model itself computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from kerasviz.errors import NoRuleError
from kerasviz.rules.explain import explain
from kerasviz.rules.result import Arithmetic, Stage
from kerasviz.rules.rule import Job
from kerasviz.rules.scene import Scene
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.empty import Empty
from kerasviz.views.find import activation_of, layer_of
from kerasviz.views.reduce import drawable
from kerasviz.views.terms import Group, TermSource, pack
from kerasviz.views.windowed import Window, windows
from kerasviz.wire.messages import Payload

__all__ = ["PANEL", "Calculation", "CalculationParams", "StageName", "job_for"]

MAX_STAGES = 400


@dataclass(frozen=True, slots=True)
class StageName:
    """An inner result, by name."""

    name: str
    computed: float | None
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Calculation(Payload):
    """One sum: activation(Σ input × weight + bias), for a unit or (`stage`) an inner result of it.

    `unit` is in the model's own layout, `axes` and `shape` are that layout's. `value` is what the model computed (None
    where it cannot be seen), `agrees` whether `computed` is the same within `bound`. `rest` is the sum of the `num_terms`
    that are not sent. `groups` add the terms up per channel of their source. `no_rule` says why there is no sum;
    then `sources` are what went in. `windows` are pictures of where the inputs lie.

    Tensors, n terms, strongest first: `inputs`, `weights`, `products` float32 (n,); `source` (into `sources`) and
    `group` (into `groups`) int32 (n,); `index` and `weight_index` int32 (n, axes), padded with -1; `window0` … float32.
    """

    path: str
    layer_kind: str
    sample: int
    unit: tuple[int, ...]
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    rule: str = ""
    stage: str = ""
    stages: tuple[StageName, ...] = ()
    num_stages: int = 0
    activation: str = "linear"
    bias: float | None = None
    total: float | None = None
    computed: float | None = None
    value: float | None = None
    error: float | None = None
    bound: float | None = None
    agrees: bool | None = None
    num_terms: int = 0
    rest: float | None = None
    sources: tuple[TermSource, ...] = ()
    groups: tuple[Group, ...] = ()
    windows: tuple[Window, ...] = ()
    note: str = ""
    no_rule: str = ""
    code: str = ""
    kind: ClassVar[str] = "calculation"


@dataclass(frozen=True, slots=True)
class CalculationParams:
    """Which number: a unit of a layer at a place (None: where it is strongest); `stage`: an inner result of it."""

    sample: int
    layer: str
    unit: int
    place: list[int] | None = None
    stage: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def job_for(source: Source, params: Any) -> Job | None:
    """The job of the chosen unit; None where the layer gave no numbers."""
    layer = layer_of(source, params.layer)
    found = activation_of(source, params.sample, params.layer)
    if found is None or not drawable(found):
        return None
    scene = source.scene(params.sample)
    axes = layer.axes[1:]
    place = list(params.place or ())
    if len(place) != found.ndim - 1 or any(not 0 <= at < n for at, n in zip(place, found.shape[1:], strict=True)):
        return scene.job(params.layer, params.unit)
    channel = next((axes.index(name) for name in ("channel", "unit") if name in axes), len(place) - 1)
    if place:
        place[channel] = params.unit
    return scene.job(params.layer, tuple(place))


def _build(source: Source, params: CalculationParams) -> Panel:
    job = job_for(source, params)
    if job is None:
        layer = layer_of(source, params.layer)
        return Panel(Empty(layer.path, layer.note or "It gave no numbers for this sample."))
    scene = source.scene(params.sample)
    try:
        found = explain(job)
    except NoRuleError as error:
        return _without(scene, job, params.sample, error.reason)
    name = params.stage if params.stage in found.stages else ""
    return _panel(source, _head(scene, job, params.sample), found, name)


def _panel(source: Source, head: dict[str, Any], whole: Arithmetic, name: str) -> Panel:
    shown: Stage = whole.stages[name] if name else whole
    scene = source.scene(head["sample"])
    packed = pack(shown, scene, source.samples.feature_names)
    pictures, tensors = windows(scene, whole.layer, whole.unit, shown.terms)
    stages = [StageName(each, number(stage.computed), stage.agrees) for each, stage in whole.stages.items()]
    payload = Calculation(
        **head,
        rule=whole.rule,
        stage=name,
        stages=tuple(stages[:MAX_STAGES]),
        num_stages=len(stages),
        activation=shown.activation,
        bias=number(shown.bias),
        total=number(shown.total),
        computed=number(shown.computed),
        value=number(shown.value),
        error=number(shown.error),
        bound=number(shown.bound),
        agrees=shown.agrees,
        num_terms=len(shown.terms),
        rest=number(packed.rest),
        sources=packed.sources,
        groups=packed.groups,
        windows=pictures,
        note=shown.note,
    )
    return Panel(payload, {**packed.tensors, **tensors})


def _without(scene: Scene, job: Job, sample: int, reason: str) -> Panel:
    """What went in and what came out, and why nothing is said of the way between."""
    sources = tuple(TermSource(o.path, scene.kind(o.path), scene.axes(o.path)) for o in job.operands)
    value = number(float(np.asarray(job.output[job.unit])))
    return Panel(Calculation(**_head(scene, job, sample), value=value, sources=sources, no_rule=reason))


def _head(scene: Scene, job: Job, sample: int) -> dict[str, Any]:
    whole = scene.output(job.layer.path)
    shape: Sequence[int] = () if whole is None else whole.shape
    axes = (
        job.layer.axes[1:]
        if len(job.layer.axes) == len(shape) + 1
        else tuple(f"axis_{i + 1}" for i in range(len(shape)))
    )
    return {
        "path": job.layer.path,
        "layer_kind": job.kind,
        "sample": sample,
        "unit": (*job.prefix, *job.unit),
        "axes": axes,
        "shape": tuple(shape),
        "code": "w.arithmetic",
    }


def number(value: float | None) -> float | None:
    """A number as JSON has it: None where it is not finite or not known."""
    return value if value is not None and np.isfinite(value) else None


PANEL = PanelView(CalculationParams, Calculation, _build)
