"""Samples in another order, or only some of them: by label, by right or wrong, by how sure the model is."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import ClassVar

import numpy as np

from kerasviz.errors import KerasvizError, unknown_name
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.choices import MAX_LABELS
from kerasviz.views.verdict import NO_VERDICT, Verdict
from kerasviz.wire.messages import Payload

__all__ = ["LIMIT", "PANEL", "Listing"]

LIMIT = 10_000  # samples that are predicted
WAYS = ("label", "right", "wrong", "unsure", "mistakes")
_STEP = 2000  # labels read between two pauses
_FEW = 50  # the same where a sample has to be read for its label


@dataclass(frozen=True, slots=True)
class Listing(Payload):
    """Which samples, in which order. Tensor: `samples` int32 (n,).

    `by` is "label" (those labelled `label`), "right", "wrong", "unsure" (the smallest margin between
    the two largest outputs first) or "mistakes" (wrong ones, the largest margin first). The first
    `looked` of `total` samples were looked at, with the weights of `generation`.
    """

    by: str
    label: str
    looked: int
    total: int
    generation: int
    kind: ClassVar[str] = "listing"


@dataclass(frozen=True, slots=True)
class ListingParams:
    """How to list, and by which label."""

    by: str
    label: str = ""


def _build(source: Source, params: ListingParams) -> Panel:
    if params.by not in WAYS:
        raise unknown_name("Way to list samples", params.by, WAYS)
    generation = source.generation
    if params.by == "label":
        found, looked = _labelled(source, params.label)
    else:
        looked = _judge(source, generation)
        found = _chosen(params.by, [(i, source.verdict(i) or NO_VERDICT) for i in range(looked)])
    payload = Listing(params.by, params.label, looked, len(source.samples), generation)
    return Panel(payload, {"samples": np.asarray(found, np.int32)})


def _labelled(source: Source, label: str) -> tuple[list[int], int]:
    samples = source.samples
    limit = max(LIMIT, min(samples.labels_at_hand, MAX_LABELS))
    step = _STEP if samples.labels_at_hand else _FEW
    looked = 0
    while looked < limit and samples.has(looked):
        total = min(limit, len(samples))
        part = range(looked, min(total, looked + step))
        looked = part.stop
        if samples.read_classes(part):
            source.pause(looked, total)
    return [index for index in range(looked) if label in samples.classes(index)], looked


def _judge(source: Source, generation: int) -> int:
    """Predict the first samples, batch by batch; how many there were."""
    at = 0
    while at < LIMIT and source.samples.has(at):
        total = min(LIMIT, len(source.samples))
        at = source.judge(range(total), at)
        if source.generation != generation:
            raise KerasvizError(
                "The model was trained while its predictions were gathered, so they do not belong together. "
                "The samples were not listed. Choose again when the training has ended."
            )
        if at < total:  # else nothing may have been new, and two that pause for each other never end
            source.pause(at, total)
    return at


def _chosen(by: str, judged: list[tuple[int, Verdict]]) -> list[int]:
    if by in ("right", "wrong"):
        return [i for i, verdict in judged if verdict.correct is (by == "right")]
    margins = [(i, v.margin) for i, v in judged if v.margin is not None and (by == "unsure" or v.correct is False)]
    return [i for i, _ in sorted(margins, key=itemgetter(1), reverse=by == "mistakes")]


PANEL = PanelView(ListingParams, Listing, _build)
