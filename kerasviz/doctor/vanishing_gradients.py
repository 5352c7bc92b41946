"""Gradients that are lost on their way back to the first layers.

What is measured is |gradient| × |activation|: how far the score moves when a layer's output changes by a share of
itself. Scaling a layer up and the next one down leaves it as it is, and so does a batch normalisation that has not
learned its statistics yet; a flat activation function does not.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case, Slopes
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, plural

_LOST = 1e-4  # of the strongest layer: at float32 and usual learning rates the first layers do not move


def _check(case: Case) -> Iterator[Finding]:
    if not case.finite or not case.settled:
        return
    for slopes in case.slopes:
        yield from _found(case, slopes)


def _found(case: Case, slopes: Slopes) -> Iterator[Finding]:
    effects = {path: slopes.gradient[path] * slopes.activation[path] for path in slopes.gradient}
    known = {path: effect for path, effect in effects.items() if np.isfinite(effect)}
    strongest = max(known, key=lambda path: known[path], default="")
    if not strongest or not known[strongest]:
        return
    weak = [path for path, effect in known.items() if 0 < effect < _LOST * known[strongest]]
    if not weak or list(known).index(weak[0]) > list(known).index(strongest):
        return
    path = weak[0]
    share = known[path] / known[strongest]
    yield Finding(
        "warning",
        path,
        f"The gradient of the score fades on its way back: at {path!r} its effect (gradient × activation, "
        f"{_product(slopes, path)}) is {number(share)} of that at {strongest!r} ({_product(slopes, strongest)}), and it is "
        f"below {number(_LOST)} of it in {plural(len(weak), 'layer')}.",
        "So far back a layer gets next to nothing to learn from and stays as it was initialised.",
        "Use relu and he_normal weights in place of sigmoid or tanh, normalise between layers, add shortcuts, or make the model "
        "shallower.",
        {
            "gradient": slopes.gradient[path],
            "activation": slopes.activation[path],
            "strongest_gradient": slopes.gradient[strongest],
            "strongest_activation": slopes.activation[strongest],
            "share": share,
            "layers": len(weak),
            "samples": slopes.samples,
        },
        {"layer": path, "sample": case.number(0), "panel": "layer"},
        tuple(weak),
    )


def _product(slopes: Slopes, path: str) -> str:
    return f"{number(slopes.gradient[path])} × {number(slopes.activation[path])}"


RULE = DoctorRule("vanishing-gradients", _check, needs="run")
