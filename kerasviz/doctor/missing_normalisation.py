"""Large or very unequal inputs that go straight into weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, percent

_LARGE = 10.0  # root mean square: Keras's initial weights are made for inputs of about 1
_UNEQUAL = 100.0  # the widest column against the narrowest, in standard deviations
_COPES = 0.9  # accuracy, or explained share of the variance: the model has learned to live with it
_NORMALISES = frozenset(
    "Rescaling Normalization BatchNormalization LayerNormalization GroupNormalization RMSNormalization "
    "UnitNormalization".split()
)


def _check(case: Case) -> Iterator[Finding]:
    if case.found.get("input-range"):
        return  # the scale is wrong for these weights: that is said there
    for path, seen in case.channels.items():
        if path in case.graph.by_path or not case.graph.consumers(path):
            continue
        following = list(case.graph.after(path))
        kinds = {case.graph.by_path[each].kind for each in following}
        if kinds & (_NORMALISES | {"Embedding"}) or not kinds:
            continue
        size = float(np.sqrt(np.mean(seen.mean**2 + seen.std**2)))
        columns = seen.std[seen.std > 0]
        table = len(case.graph.by_path[following[0]].output_shape or ()) == 2 and len(columns) > 1
        unequal = float(columns.max() / columns.min()) if table else 1.0
        large = size > _LARGE and not _normalised_after(case, following)
        if large or unequal > _UNEQUAL:
            yield _found(case, path, following[0], (size, unequal), large=large)


def _normalised_after(case: Case, following: list[str]) -> bool:
    """Whether the first layers' sums are normalised before anything else happens to them."""
    return all(
        case.graph.function(path) == "linear"
        and {case.graph.by_path[each].kind for each in case.graph.after(path)} <= _NORMALISES
        for path in following
    )


def _found(case: Case, path: str, first: str, sizes: tuple[float, float], *, large: bool) -> Finding:
    seen, after = case.channels[path], case.channels[first]
    size, unequal = sizes
    fits = [output.fit for output in case.outputs if output.fit is not None]
    copes = bool(fits) and min(fits) >= _COPES
    low, high = float(seen.minimum.min()), float(seen.maximum.max())
    said = (
        f"The inputs run from {number(low)} to {number(high)} (root mean square {number(size)}) and go straight into {first!r}"
        if large
        else f"One column of the inputs varies {number(unequal)} times as much as another, and both go straight into {first!r}"
    )
    evidence = {
        "minimum": low,
        "maximum": high,
        "rms": size,
        "widest_over_narrowest": unequal,
        "rms_after_first_layer": float(np.sqrt(np.mean(after.mean**2 + after.std**2))),
        "samples": seen.samples,
    }
    if fits:
        evidence["fit"] = min(fits)
    return Finding(
        "info" if copes else "warning",
        path,
        f"{said}, whose outputs have a root mean square of {number(evidence['rms_after_first_layer'])}."
        + (f" The model copes: {percent(min(fits))} right." if copes else ""),
        "Initial weights, biases and learning rates are made for inputs of about 1: large ones saturate, small columns are "
        "drowned, and training is slow or unstable.",
        "Put keras.layers.Rescaling(1/255) (pictures) or keras.layers.Normalization() with adapt(x) (tables) first, and "
        "train again.",
        evidence,
        {"layer": first, "sample": case.number(0), "panel": "layer"},
    )


RULE = DoctorRule("missing-normalisation", _check, needs="data")
