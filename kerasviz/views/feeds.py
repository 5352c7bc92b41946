"""Where one number goes: the outputs that take it, and how much of the target's score flows through each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from kerasviz.rules.flow import flows
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.calculation import job_for, number
from kerasviz.views.empty import Empty
from kerasviz.views.find import layer_of
from kerasviz.wire.messages import Payload, TargetName

__all__ = ["PANEL", "Feed", "Feeds", "FeedsParams"]

MOST = 48


@dataclass(frozen=True, slots=True)
class Feed:
    """What goes through one output: the number × weight × slope × gradient = share of the score."""

    path: str
    layer_kind: str
    index: tuple[int, ...]
    weight: float | None
    slope: float | None
    gradient: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Feeds(Payload):
    """Where the number at `unit` goes, strongest first.

    `total` is gradient × value, all that flows through it; `rest` is what is not in `feeds`, of the `num_outputs` that
    take it and of layers that do more with it than sum. `gradient` is None where the number lies behind the score.
    `unknown` are the layers that take it and have no rule. `score` says what the score is.
    """

    path: str
    layer_kind: str
    sample: int
    unit: tuple[int, ...]
    target: TargetName
    score: str
    value: float | None
    gradient: float | None
    total: float | None
    rest: float | None
    num_outputs: int
    feeds: tuple[Feed, ...]
    unknown: tuple[str, ...]
    code: str = "w.flows"
    kind: ClassVar[str] = "feeds"


@dataclass(frozen=True, slots=True)
class FeedsParams:
    """Which number, as in `CalculationParams`, and for which target's score."""

    sample: int
    layer: str
    unit: int
    place: list[int] | None = None
    target: TargetName = None
    options: dict[str, Any] = field(default_factory=dict)


def _build(source: Source, params: FeedsParams) -> Panel:
    job = job_for(source, params)
    if job is None:
        layer = layer_of(source, params.layer)
        return Panel(Empty(layer.path, layer.note or "It gave no numbers for this sample."))
    scene, unit = source.scene(params.sample), (*job.prefix, *job.unit)
    gradients = source.gradients(params.sample, params.target)
    logit = source.logit(params.sample, params.target)
    found = flows(scene, params.layer, unit, gradients, logit, MOST)
    feeds = tuple(
        Feed(
            flow.path, scene.kind(flow.path), flow.index, number(flow.weight), number(flow.slope), number(flow.gradient),
            number(flow.share),
        )
        for flow in found.flows
    )  # fmt: skip
    payload = Feeds(
        path=params.layer,
        layer_kind=job.kind,
        sample=params.sample,
        unit=unit,
        target=params.target,
        score=getattr(gradients, "score", ""),
        value=number(found.value),
        gradient=number(found.gradient),
        total=number(found.total),
        rest=number(found.rest),
        num_outputs=found.num_outputs,
        feeds=feeds,
        unknown=found.unknown,
    )
    return Panel(payload)


PANEL = PanelView(FeedsParams, Feeds, _build)
