"""What the model says of the samples in sight, in one word each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.thumbnails import check_samples
from kerasviz.wire.messages import Payload

__all__ = ["PANEL", "SampleVerdict", "Verdicts"]


@dataclass(frozen=True, slots=True)
class SampleVerdict:
    """The class the model names, and whether it is the true one (None: no question)."""

    sample: int
    predicted: str | None
    correct: bool | None


@dataclass(frozen=True, slots=True)
class Verdicts(Payload):
    """What is known of some samples, with the weights of `generation`.

    Where a forward takes its time, nothing is predicted for this alone.
    """

    generation: int
    items: tuple[SampleVerdict, ...]
    kind: ClassVar[str] = "verdicts"


@dataclass(frozen=True, slots=True)
class VerdictsParams:
    """Which samples."""

    samples: list[int]


def _build(source: Source, params: VerdictsParams) -> Panel:
    check_samples(params.samples)
    at = 0
    while source.quick and at < len(params.samples):
        at = source.judge(params.samples, at)
        if at < len(params.samples):
            source.pause(at, len(params.samples))
    known = [(sample, source.verdict(sample)) for sample in params.samples]
    items = tuple(SampleVerdict(sample, each.name, each.correct) for sample, each in known if each is not None)
    return Panel(Verdicts(source.generation, items))


PANEL = PanelView(VerdictsParams, Verdicts, _build)
