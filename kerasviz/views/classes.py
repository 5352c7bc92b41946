"""What each channel of a layer answers to each class of the labels, over the samples of a scan."""

from __future__ import annotations

import numpy as np

from kerasviz.views.base import LayerView, Panel, Record
from kerasviz.views.order import SCANNED, order_of
from kerasviz.views.sheet import Along, Fact, Sheet, heat, number, sheet

__all__ = ["VIEW"]


def _supports(record: Record) -> int:
    scan = record.around.scan
    return 4 if scan is not None and len(scan.tally.by_class.labels) > 1 else 0


def _build(record: Record, start: int, count: int) -> Panel:  # noqa: ARG001 - all of them are one picture
    scan = record.around.scan
    assert scan is not None  # noqa: S101 - for the type checker: it is supported only so
    labels, means = scan.class_means(record.layer.path)
    names = scan.class_names
    texts = tuple(names[label] if 0 <= label < len(names) else str(label) for label in labels.tolist())
    order, control = order_of(record)
    chosen = record.options.get("unit", -1)
    places = np.arange(means.shape[1]) if order is None else order
    at = int(np.flatnonzero(places == chosen)[0]) if chosen in places else -1
    columns = Along("unit", pick="unit", chosen=at)
    if order is not None:
        columns = Along("unit", labels=tuple(map(str, places.tolist())), chosen=at)
    drawn = heat(
        "class_means", means[:, places], Along("class", labels=texts), columns, title="data_classes", wide=True
    )
    known = scan.statistics(record.layer.path)
    facts = []
    if np.isfinite(known[SCANNED["selectivity"]]).any():
        best = int(np.nanargmax(known["selectivity"]))
        facts = [Fact("data_most_selective", f"{best}: {number(float(known['selectivity'][best]), 2)}")]
    facts.append(Fact("data_scanned", f"{scan.num_samples:,}"))
    return sheet(record, [drawn], [control], facts=facts, code=f"w.scan.class_means({record.layer.path!r})[1]")


VIEW = LayerView(Sheet, _supports, _build, size=lambda _: 1, aspect="classes")
