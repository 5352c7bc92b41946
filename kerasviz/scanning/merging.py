"""Two scans into one: as one pass over all of their samples would give it."""

from __future__ import annotations

import numpy as np

from kerasviz.errors import InputError
from kerasviz.scanning.moments import Moments
from kerasviz.scanning.outcomes import Outcomes
from kerasviz.scanning.scan import InputRange, Scan

__all__ = ["merge"]


def merge(one: Scan, other: Scan) -> Scan:
    """Both together."""
    _check(one, other)
    stopped = "; ".join(dict.fromkeys(part for part in (one.stopped, other.stopped) if part))
    first = {key: one.nonfinite_inputs.get(key, sample) for key, sample in other.nonfinite_inputs.items()}
    bad = one.nonfinite_inputs | {key: min(sample, other.nonfinite_inputs[key]) for key, sample in first.items()}
    forms = {form for form in (one.labels_are, other.labels_are) if form}
    return Scan(
        one.tally.merged(other.tally),
        one.layers if set(one.layers) <= set(other.layers) else other.layers,
        model_name=one.model_name,
        fingerprint=one.fingerprint,
        num_samples=one.num_samples + other.num_samples,
        complete=one.complete and other.complete,
        stopped=stopped,
        outcomes=Outcomes.joined([one.outcomes, other.outcomes]),
        inputs=_ranges(one.inputs, other.inputs),
        skipped=tuple(sorted({*one.skipped, *other.skipped}, key=lambda each: each.start)),
        nonfinite_inputs=bad,
        loss=one.loss or other.loss,
        loss_compiled=one.loss_compiled or other.loss_compiled,
        labels_are=forms.pop() if len(forms) == 1 else "",
        num_classes=max(one.num_classes, other.num_classes),
        class_names=one.class_names or other.class_names,
        notes=tuple(dict.fromkeys((*one.notes, *other.notes))),
        pictures=one.pictures | other.pictures,
    )


def _check(one: Scan, other: Scan) -> None:
    if one.fingerprint != other.fingerprint:
        raise InputError(
            f"Scans of {one.model_name!r} with different weights were passed. Both must be of one model, as it was at one moment. "
            "Scan both parts with the same weights."
        )
    mine, others = one.tally.columns.watches, other.tally.columns.watches
    if mine != others:
        differ = sorted({watch.path for watch in mine} ^ {watch.path for watch in others})
        raise InputError(
            f"The scans watched different layers ({', '.join(map(repr, differ[:4]))} …). Both must watch the same. "
            "Scan both parts with the same layers=."
        )
    shapes = [[len(ranking.values) for ranking in (each.tally.top, each.tally.bottom)] for each in (one, other)]
    if shapes[0] != shapes[1]:
        raise InputError(
            f"The scans keep {len(one.tally.top.values)} and {len(other.tally.top.values)} samples a channel. Both must keep "
            "as many. Scan both parts with the same top_k=."
        )
    if len(np.intersect1d(one.outcomes.samples, other.outcomes.samples)):
        shared = int(np.intersect1d(one.outcomes.samples, other.outcomes.samples)[0])
        raise InputError(
            f"Both scans have a sample {shared}. Each sample must be in one of them. Pass start= to the scan of a part: the "
            "number of its first sample."
        )


def _ranges(one: dict[str, InputRange], other: dict[str, InputRange]) -> dict[str, InputRange]:
    return {key: _range(one.get(key), other.get(key)) for key in dict.fromkeys((*one, *other))}


def _range(one: InputRange | None, other: InputRange | None) -> InputRange:
    found = [_moments(each) for each in (one, other) if each is not None]
    moments = found[0] if len(found) == 1 else found[0].merged(found[1])
    return InputRange.of(moments)


def _moments(each: InputRange) -> Moments:
    return Moments.single(each.count, each.nonfinite, each.mean, each.std**2 * each.count, (each.min, each.max), -1)
