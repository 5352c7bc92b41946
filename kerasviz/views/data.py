"""What the model makes of all samples that were scanned: right and wrong, and which of them are worth a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from kerasviz.data.projection import WAYS, missing
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.mistakes import MOST_WALKED, Order, form_of, orders
from kerasviz.views.sheet import Fact, number
from kerasviz.views.verdict import name_of, quantity_of
from kerasviz.wire.messages import Domain, Payload

if TYPE_CHECKING:
    from kerasviz.scanning.scan import Scan

__all__ = ["PANEL", "Confusion", "Data", "DataParams", "MixUp", "Offer", "SampleRow", "colours_of"]

CLASSES = 20  # that a confusion matrix shows
IN_ROW = 12
MIXUPS = 8
MOST_POINTS = 2000


@dataclass(frozen=True, slots=True)
class MixUp:
    """A label, another class that was predicted, the names of both, and how often."""

    label: int
    predicted: int
    names: tuple[str, str]
    count: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """The classes of a confusion matrix: their numbers, their names, and how many classes there are in all.

    Where there are too many, they are the ones with the most mistakes. `mixups` are of all classes, the most frequent first.
    """

    classes: tuple[int, ...]
    names: tuple[str, ...]
    total: int
    mixups: tuple[MixUp, ...]


@dataclass(frozen=True, slots=True)
class RowItem:
    """One sample of a row: its label and what was predicted, as they are written, and what it is ordered by."""

    sample: int
    label: str | None
    predicted: str
    value: float


@dataclass(frozen=True, slots=True)
class SampleRow:
    """The first samples of an order.

    "mistakes", "sure", "unsure" are by the lead of the largest output over the second, "loss" by the loss, "errors" by the
    distance to the label. `of`, `of_name`: all were predicted to be this class (-1, ""). The order has `total` samples, of
    which the first `walked` can be walked through.
    """

    name: Literal["mistakes", "sure", "unsure", "loss", "errors"]
    of: int
    of_name: str
    items: tuple[RowItem, ...]
    total: int
    walked: int


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to choose, and the package it lacks, or "scan" where it needs one ("": it can be chosen)."""

    name: str
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Data(Payload):
    """What a scan says of the samples. `form` is "" where there is no scan.

    Tensors: `confusion` float32 (label, predicted), how many samples, of `confusion.classes`; of numbers `points`
    float32 (n, 2), label and prediction, at most 2,000 of them, and `samples` int32 (n,), whose they are.

    `quantity` is what the outputs are: "probability", "logit" or "value". `ways` and `colours` are of the projection.
    """

    form: Literal["classes", "numbers", "unlabelled", "several", "none", ""]
    scanned: int
    samples: int
    stale: bool
    quantity: str
    confusion: Confusion | None
    rows: tuple[SampleRow, ...]
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    span: Domain | None
    ways: tuple[Offer, ...]
    colours: tuple[Offer, ...]
    code: str = "w.scan"
    kind: ClassVar[str] = "data"


@dataclass(frozen=True, slots=True)
class DataParams:
    """Nothing is to be said."""


def _build(source: Source, _: DataParams) -> Panel:
    state = source.scan_state()
    scan, total = state.scan, len(source.samples)
    ways, colours = tuple(Offer(way, missing(way)) for way in WAYS), colours_of(source)
    if scan is None:
        return Panel(Data("", 0, total, False, "value", None, (), (), (), None, ways, colours))  # noqa: FBT003
    names = scan.class_names or source.samples.class_names
    form, table = form_of(scan), _table(scan)
    span, tensors = _numbers(scan) if form == "numbers" else (None, {})
    confusion = None if table is None else _confusion(table, names)
    if table is not None and confusion is not None:
        tensors["confusion"] = table[np.ix_(confusion.classes, confusion.classes)].astype(np.float32)
    payload = Data(
        form=form,
        scanned=scan.num_samples,
        samples=total,
        stale=state.stale,
        quantity=_quantity(scan, source),
        confusion=confusion,
        rows=tuple(_row(scan, order, names) for order in orders(scan)),
        facts=tuple(_facts(scan, table)),
        notes=scan.notes,
        span=span,
        ways=ways,
        colours=colours,
    )
    return Panel(payload, tensors)


def colours_of(source: Source) -> tuple[Offer, ...]:
    """What the points of a projection can be coloured by."""
    scan = source.scan_state().scan
    labelled = any(source.samples.label(i) is not None for i in range(min(3, len(source.samples))))
    predicted = scan is not None and len(scan.outcomes) > 0
    losses = scan is not None and bool(np.isfinite(scan.losses).any())
    lacks_labels = "" if labelled else "labels"
    return (
        Offer("label", lacks_labels),
        Offer("predicted", "" if predicted else "scan"),
        Offer("loss", "" if losses else ("scan" if scan is None else "labels")),
    )


def _table(scan: Scan) -> np.ndarray | None:
    table = scan.confusion if form_of(scan) == "classes" else None
    return None if table is None or len(table) < 2 else table


def _confusion(table: np.ndarray, names: tuple[str, ...]) -> Confusion:
    """All classes, or those that take part in the most mistakes, in the order of their numbers."""
    wrong = table - np.diag(np.diag(table))
    mistakes = wrong.sum(axis=0) + wrong.sum(axis=1)
    shown = sorted(np.argsort(-mistakes, kind="stable")[:CLASSES].tolist())
    order = np.argsort(-wrong, axis=None, kind="stable")[:MIXUPS]
    pairs = [divmod(int(i), len(table)) for i in order]
    mixups = tuple(
        MixUp(label, predicted, (name_of(label, names), name_of(predicted, names)), int(wrong[label, predicted]))
        for label, predicted in pairs
        if wrong[label, predicted]
    )
    return Confusion(tuple(shown), tuple(name_of(i, names) for i in shown), len(table), mixups)


def _row(scan: Scan, order: Order, names: tuple[str, ...]) -> SampleRow:
    items = [_shown(scan, int(row), float(value), names) for row, value in zip(order.rows, order.values, strict=True)]
    of_name = name_of(order.of, names) if order.of >= 0 else ""
    total = len(order.rows)
    return SampleRow(order.name, order.of, of_name, tuple(items[:IN_ROW]), total, min(total, MOST_WALKED))  # type: ignore[arg-type]


def _shown(scan: Scan, row: int, value: float, names: tuple[str, ...]) -> RowItem:
    known = scan.outcomes
    label, predicted = float(known.labels[row]), int(known.predicted[row])
    classes = predicted >= 0
    written = None if np.isnan(label) else name_of(int(label), names) if classes else number(label)
    said = name_of(predicted, names) if classes else number(float(known.confidence[row]))
    return RowItem(int(known.samples[row]), written, said, value)


def _quantity(scan: Scan, source: Source) -> str:
    """What the largest outputs are, as the rest of the screen calls them."""
    outputs = scan.outcomes.outputs
    if outputs is None or not len(outputs) or not outputs.shape[1]:
        return "value"
    label = 0 if scan.labels_are in ("classes", "one-hot") else None
    return quantity_of(outputs[0], source.final_activation, source.samples.class_names, label)


def _facts(scan: Scan, table: np.ndarray | None) -> list[Fact]:
    facts, known = [], scan.outcomes
    if table is not None and table.sum():
        right, total = int(np.trace(table)), int(table.sum())
        facts.append(Fact("accuracy", f"{right / total:.2%} ({right:,} / {total:,})"))
    if form_of(scan) == "numbers":
        errors = np.abs(known.confidence - known.labels)
        facts.append(Fact("mean_error", number(float(np.nanmean(errors)))))
    losses = known.loss[np.isfinite(known.loss)]
    if len(losses):
        facts.append(Fact("mean_loss", number(float(losses.mean()))))
    return facts


def _numbers(scan: Scan) -> tuple[Domain | None, dict[str, np.ndarray]]:
    """Label and prediction of some samples evenly out of all, and the range of both."""
    known = scan.outcomes
    rows = np.flatnonzero(np.isfinite(known.labels) & np.isfinite(known.confidence))
    if not len(rows):
        return None, {}
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).round().astype(int))]
    points = np.stack([known.labels[rows], known.confidence[rows]], axis=1)
    span = Domain(float(points.min()), float(points.max()), signed=False)
    return span, {"points": points.astype(np.float32), "samples": known.samples[rows].astype(np.int32)}


PANEL = PanelView(DataParams, Data, _build)
