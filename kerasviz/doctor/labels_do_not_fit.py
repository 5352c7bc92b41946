"""Labels that name classes which the model does not have: counted from 1, or of another data set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, plural


def _check(case: Case) -> Iterator[Finding]:
    for output in case.outputs:
        labels, width = output.labels, output.width
        categorical = output.info.squash == "softmax" or (output.loss is not None and output.loss.kind == "categorical")
        if labels is None or not categorical or width < 2 or labels.dtype.kind not in "iu" or labels.shape[-1] == width:
            continue
        outside = (labels < 0) | (labels >= width)
        if not outside.any():
            continue
        low, high = int(labels.min()), int(labels.max())
        row = int(np.flatnonzero(outside.reshape(len(labels), -1).any(axis=1))[0])
        shifted = low == 1 and high == width
        yield Finding(
            "error",
            output.info.path,
            f"{plural(int(outside.sum()), 'label')} of {labels.size} name{'s' if outside.sum() == 1 else ''} a class that "
            f"{output.info.path!r} does not have: the labels run from {number(low)} to {number(high)}, the classes from 0 to "
            f"{width - 1}. The first is sample {case.number(row)}.",
            "The loss of such a sample is NaN or an error, and all other labels may be shifted too.",
            "Count from 0: pass labels - 1." if shifted else "Give the last layer as many units as there are classes, or "
            "correct the labels.",
            {"outside": int(outside.sum()), "smallest": low, "largest": high, "classes": width, "samples": case.count},
            {"layer": output.info.path, "sample": case.number(row), "panel": "prediction"},
        )  # fmt: skip


RULE = DoctorRule("labels-do-not-fit", _check, needs="labels")
