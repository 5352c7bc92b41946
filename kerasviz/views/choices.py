"""What can be chosen: targets by name, and the labels by which samples can be listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Literal

from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.verdict import name_of, verdict_of
from kerasviz.wire.messages import Payload

__all__ = ["MAX_LABELS", "PANEL", "Choices", "LabelCount"]

MAX_LABELS = 100_000  # read
_MOST = 1000  # different ones: more are no classes
_STEP = 2000


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label as it is written, and how many samples have it (None: not counted)."""

    name: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Choices(Payload):
    """What can be chosen: targets by name, and the labels by which samples can be listed.

    `num_targets` is 0 where one index cannot name a target: `targets_off` says why, "one" for a
    single output that is a value, "several" for several outputs or one with more axes.
    `by_margin`: the outputs are classes, so samples can be listed by how sure the model is.
    `by_truth`: and there are labels to compare with.
    """

    num_targets: int
    targets_off: Literal["", "one", "several"]
    class_names: tuple[str, ...]
    by_margin: bool
    by_truth: bool
    labels: tuple[LabelCount, ...]
    kind: ClassVar[str] = "choices"


@dataclass(frozen=True, slots=True)
class ChoicesParams:
    """A sample to learn from what the outputs are."""

    sample: int


def _build(source: Source, params: ChoicesParams) -> Panel:
    samples = source.samples
    label = samples.label(params.sample)
    verdict = verdict_of(source.outputs(params.sample), source.final_activation, samples.class_names, label)
    targets = source.num_targets(params.sample)
    payload = Choices(
        num_targets=targets if targets is not None and targets > 1 else 0,
        targets_off="several" if targets is None else "one" if targets == 1 else "",
        class_names=samples.class_names,
        by_margin=verdict.margin is not None,
        by_truth=verdict.correct is not None,
        labels=_counted(source) if samples.labels_at_hand else _expected(source, params.sample, targets),
    )
    return Panel(payload)


def _counted(source: Source) -> tuple[LabelCount, ...]:
    """The labels there are, in the order of their classes."""
    total = min(source.samples.labels_at_hand, MAX_LABELS)
    counts: Counter[str] = Counter()
    for start in range(0, total, _STEP):
        part = range(start, min(total, start + _STEP))
        if source.samples.read_classes(part):
            source.pause(part.stop, total)
        for index in part:
            classes = source.samples.classes(index)
            if not classes and source.samples.label(index) not in (None, ()):
                return ()  # measured values
            counts.update(classes)
        if len(counts) > _MOST:
            return ()
    places = {name: place for place, name in enumerate(source.samples.class_names)}
    return tuple(LabelCount(name, counts[name]) for name in sorted(counts, key=lambda name: _order(name, places)))


def _order(name: str, places: dict[str, int]) -> tuple[float, float, str]:
    number = float(name) if name.isdecimal() else float("inf")
    return places.get(name, float("inf")), number, name


def _expected(source: Source, sample: int, targets: int | None) -> tuple[LabelCount, ...]:
    """Labels that come with the samples would have to be read with them: the classes there can be."""
    if not source.samples.classes(sample) or targets is None or not 1 < targets <= _MOST:
        return ()
    return tuple(LabelCount(name_of(i, source.samples.class_names), None) for i in range(targets))


PANEL = PanelView(ChoicesParams, Choices, _build)
