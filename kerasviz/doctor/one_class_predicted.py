"""A classifier that gives every sample the same class, although the labels name several."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import percent, plural

_FEWEST = 16
_ALL = 0.98  # of the answers: one class as good as always
_SPARE = 0.1  # of the labels that must be of other classes, above what the answers leave for them


def _check(case: Case) -> Iterator[Finding]:
    if case.untrained:
        return  # nothing learned, nothing to tell apart
    for output in case.outputs:
        answers, truth = output.answers, output.true_classes
        if answers is None or truth is None or case.count < _FEWEST:
            continue
        classes, counts = np.unique(answers, return_counts=True)
        favourite = int(classes[counts.argmax()])
        share, right = float(counts.max() / len(answers)), float((truth == favourite).mean())
        if share < _ALL or right > share - _SPARE:
            continue
        wrong = int(np.flatnonzero((truth != favourite) & (answers == favourite))[0])
        yield Finding(
            "error",
            output.info.path,
            f"{'All' if share == 1 else percent(share) + ' of the'} {plural(len(answers), 'answer')} are class {favourite}; {percent(right)} of the labels are. The labels name "
            f"{len(np.unique(truth))} classes.",
            "The model has found that always saying the same is the cheapest: it tells nothing apart.",
            "Check that inputs and labels belong together and are shuffled, scale the inputs, lower the learning rate, and see "
            "what the other findings say about the last layers.",
            {"class": favourite, "share_of_answers": share, "share_of_labels": right,
             "classes_in_labels": len(np.unique(truth)), "samples": len(answers)},
            {"layer": output.info.path, "sample": case.number(wrong), "target": favourite, "panel": "prediction"},
        )  # fmt: skip


RULE = DoctorRule("one-class-predicted", _check, needs="labels")
