"""Gradients that grow on their way back, until a training step throws the first layers out of all bounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case, Slopes
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, plural

_EXPLODED = 1e4  # times the gradient at the last layer: a step that suits one end is wrong for the other


def _check(case: Case) -> Iterator[Finding]:
    if not case.finite or not case.settled:
        return
    for slopes in case.slopes:
        yield from _found(case, slopes)


def _found(case: Case, slopes: Slopes) -> Iterator[Finding]:
    known = {path: size for path, size in slopes.gradient.items() if np.isfinite(size) and size > 0}
    if len(known) < 2:
        return
    last = list(known)[-1]
    strong = [path for path, size in known.items() if size > _EXPLODED * known[last]]
    if not strong:
        return
    path = max(strong, key=lambda each: known[each])
    times = known[path] / known[last]
    yield Finding(
        "warning",
        path,
        f"The gradient of the score grows on its way back: at {path!r} it is {number(known[path])}, {number(times)} times that "
        f"at {last!r} ({number(known[last])}); above {number(_EXPLODED)} times in {plural(len(strong), 'layer')}.",
        "One training step moves the first layers far too much: the loss jumps, and ends in infinity or NaN.",
        "Use smaller initial weights (he_normal, glorot_uniform), normalise between layers, or clip the gradients "
        "(optimizer with clipnorm=1).",
        {
            "gradient": known[path],
            "last_gradient": known[last],
            "times": times,
            "layers": len(strong),
            "samples": slopes.samples,
        },
        {"layer": path, "sample": case.number(0), "panel": "layer"},
        tuple(strong),
    )


RULE = DoctorRule("exploding-gradients", _check, needs="run")
