"""Would the model be right more often if its inputs were other numbers? Asked by really trying, with the labels at hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from kerasviz.data.arrays import leaves, replace_leaf
from kerasviz.doctor.case import Case
from kerasviz.doctor.outputs import Output

__all__ = ["Trial", "best_trial", "only_input"]

_GOOD_ENOUGH = 0.9  # accuracy: nothing to look for
_GAIN = 0.1  # of all samples, at least
_AS_GOOD = 0.05  # of the accuracy: then the first, the likeliest, is meant
_SIGMAS = 4.0  # among the answers that change, how far right ones must outnumber wrong ones: chance is 1 in 30,000

Change = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Trial:
    """A change of the inputs after which more answers are right."""

    name: str
    before: float  # accuracy
    after: float
    mended: int  # samples that became right
    spoiled: int  # samples that became wrong
    example: int  # one that became right
    output: Output


def only_input(case: Case) -> np.ndarray | None:
    """The model's only input, where it is numbers; None for several, for texts and for whole numbers."""
    found = list(leaves(case.material.x)) if case.material is not None and case.material.count else []
    taken = [] if case.question is None else list(case.question.inputs.values())
    if len(found) != 1 or found[0].dtype.kind not in "fu" or any(array.dtype.kind != "f" for array in taken):
        return None
    return np.asarray(found[0])


def best_trial(case: Case, changes: Mapping[str, Change]) -> Trial | None:
    """The change that mends most answers, if it mends clearly more than it spoils."""
    array = only_input(case)
    if array is None or not case.has("labels") or case.untrained:
        return None
    found = [trial for output in case.outputs for trial in _trials(case, output, array, changes)]
    best = max((trial.after for trial in found), default=0.0)
    return next((trial for trial in found if trial.after >= best - _AS_GOOD), None)


def _trials(case: Case, output: Output, array: np.ndarray, changes: Mapping[str, Change]) -> list[Trial]:
    truth, answers, accuracy = output.true_classes, output.answers, output.accuracy
    if truth is None or answers is None or accuracy is None or accuracy > _GOOD_ENOUGH:
        return []
    found = []
    for name, change in changes.items():
        changed = replace_leaf(case.first(case.count), 0, change(array.astype(np.float32)))
        values = case.predict(changed)[output.position]
        other = Output(output.position, output.info, values, output.loss, output.labels).answers
        if other is None:
            continue
        mended, spoiled = (other == truth) & (answers != truth), (other != truth) & (answers == truth)
        gain, moved = int(mended.sum()) - int(spoiled.sum()), int(mended.sum() + spoiled.sum())
        if gain >= max(_GAIN * case.count, _SIGMAS * math.sqrt(moved), 1):
            after = float((other == truth).mean())
            example = case.number(int(np.flatnonzero(mended)[0]))
            found.append(Trial(name, accuracy, after, int(mended.sum()), int(spoiled.sum()), example, output))
    return found
