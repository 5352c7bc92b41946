"""NaN and infinity: in the inputs, in the weights, and the first layer and sample where they come up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, plural

_WHY = "Every number that is computed from one that is not finite is not finite either, and so is the loss."


def _check(case: Case) -> Iterator[Finding]:
    yield from _in_inputs(case)
    weights = list(_in_weights(case))
    yield from weights
    if not weights and case.has("run"):
        yield from _in_activations(case)


def _in_inputs(case: Case) -> Iterator[Finding]:
    broken = case.material.not_finite if case.material else ()
    if not broken:
        return
    first, samples = broken[0], len({each.sample for each in broken})
    name = first.path
    yield Finding(
        "error",
        name,
        f"{plural(samples, 'sample')} of the inputs hold{'s' if samples == 1 else ''} numbers that are not finite; "
        f"the first is sample {first.sample} ({first.nans} NaN, {first.infinities} infinite).",
        _WHY + " These samples were left out here.",
        "Find where they come from, drop these samples, or replace the numbers: np.nan_to_num, or the column's mean.",
        {
            "broken_samples": samples,
            "first_sample": first.sample,
            "nans": first.nans,
            "infinities": first.infinities,
            "samples": case.count + samples,
        },
        {"layer": name, "sample": first.sample, "panel": "sample"},
    )


def _in_weights(case: Case) -> Iterator[Finding]:
    bad: dict[str, tuple[str, int, int]] = {}
    for path, operation in case.operations.items():
        if path in bad or not getattr(operation, "weights", ()) or _has_inner(case, path):
            continue
        for name, array in case.weights(path).items():
            floats = np.asarray(array, np.float64) if np.asarray(array).dtype.kind not in "OSUb" else np.zeros(0)
            if not np.isfinite(floats).all():
                bad[path] = (name, int((~np.isfinite(floats)).sum()), floats.size)
                break
    if not bad:
        return
    path, (name, count, size) = next(iter(bad.items()))
    yield Finding(
        "error",
        path,
        f"The weights {name!r} of {path!r} hold {count} numbers that are not finite, of {size}; so do "
        f"{plural(len(bad) - 1, 'other layer')}." if len(bad) > 1 else
        f"The weights {name!r} of {path!r} hold {count} numbers that are not finite, of {size}.",
        _WHY + " Training cannot bring such weights back.",
        "Load the weights from before it happened, and train with a smaller learning rate or clipped gradients "
        "(optimizer with clipnorm=1).",
        {"count": count, "size": size, "layers": len(bad)},
        {"layer": path, "panel": "layer"},
        tuple(bad),
    )  # fmt: skip


def _has_inner(case: Case, path: str) -> bool:
    return any(other.startswith(f"{path}/") for other in case.operations)


def _in_activations(case: Case) -> Iterator[Finding]:
    bad = [info.path for info in case.inner if info.path in case.channels and case.channels[info.path].first_bad >= 0]
    if not bad:
        return
    path, seen, sample = bad[0], case.channels[bad[0]], case.sample_of(bad[0])
    nans, infinities = _in_sample(case, path, sample)
    yield Finding(
        "error",
        path,
        f"The first numbers that are not finite come up in {path!r}: {seen.bad} in {plural(seen.samples, 'sample')}, first in "
        f"sample {sample} ({nans} NaN, {infinities} infinite). "
        + (f"After it: {listed(bad[1:])}." if len(bad) > 1 else "No other layer has any."),
        _WHY,
        "Look at what goes into this layer for this sample: a division by zero, the logarithm of 0, or numbers too "
        "large for the layer's dtype.",
        {"count": seen.bad, "nans": nans, "infinities": infinities, "first_sample": sample, "layers": len(bad),
         "samples": seen.samples},
        {"layer": path, "sample": sample, "panel": "layer"},
        tuple(bad),
    )  # fmt: skip


def _in_sample(case: Case, path: str, sample: int) -> tuple[int, int]:
    """How many NaN and infinities the layer gives for one sample, where it is among those at hand."""
    rows = [] if case.material is None else np.flatnonzero(case.material.numbers == sample).tolist()
    if not rows:
        return 0, 0
    array = case.probe.activations(case.rows(rows), [path])[path].astype(np.float64)
    return int(np.isnan(array).sum()), int(np.isinf(array).sum())


RULE = DoctorRule("non-finite", _check)
