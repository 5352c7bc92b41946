"""Classes that are rare in the labels, and whether the model finds them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.outputs import Output
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, percent

_TIMES = 8.0  # the most frequent class against the rarest that occurs
_FEWEST = 5  # samples of a class for its recall to say anything
_MISSED = 0.2  # how far its recall lies below that of the most frequent class


def _check(case: Case) -> Iterator[Finding]:
    for output in case.outputs:
        truth, answers = output.true_classes, output.answers
        if truth is None or answers is None:
            continue
        classes, counts = np.unique(truth, return_counts=True)
        if len(classes) > 1 and counts.max() >= _TIMES * counts.min():
            yield _found(case, output, truth, answers)


def _found(case: Case, output: Output, truth: np.ndarray, answers: np.ndarray) -> Finding:
    classes, counts = np.unique(truth, return_counts=True)
    rare, common = int(classes[counts.argmin()]), int(classes[counts.argmax()])
    recalls = {each: float((answers[truth == each] == each).mean()) for each in (rare, common)}
    fewest = int(counts.min())
    missed = not case.untrained and fewest >= _FEWEST and recalls[common] - recalls[rare] > _MISSED
    return Finding(
        "warning" if missed else "info",
        output.info.path,
        f"Class {common} has {int(counts.max())} of {len(truth)} samples, class {rare} {fewest}: {number(counts.max() / fewest)} "
        f"times fewer. The model finds {percent(recalls[rare])} of class {rare} and {percent(recalls[common])} of class {common}.",
        "A model that never says the rare class loses little: accuracy hides it.",
        "Weigh the classes (class_weight in fit), show rare ones more often, and look at recall or balanced accuracy.",
        {"common": common, "common_samples": int(counts.max()), "common_recall": recalls[common],
         "rare": rare, "rare_samples": fewest, "rare_recall": recalls[rare], "samples": len(truth)},
        {"layer": output.info.path, "sample": case.number(int(np.flatnonzero(truth == rare)[0])), "target": rare,
         "panel": "prediction"},
    )  # fmt: skip


RULE = DoctorRule("class-imbalance", _check, needs="labels")
