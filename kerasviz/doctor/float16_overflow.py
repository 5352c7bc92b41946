"""Layers that compute in float16 and come near its largest number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, number, percent, plural

_LARGEST = float(np.finfo(np.float16).max)  # 65504
_NEAR = (
    0.25  # of it: a sample four times as strong is infinite, and sums inside the layer may be larger than what it gives
)


def _check(case: Case) -> Iterator[Finding]:
    shares: dict[str, float] = {}
    for info in case.inner:
        seen = case.channels.get(info.path)
        if seen is None or info.dtype != "float16" or not seen.count.any():
            continue
        share = float(max(np.abs(seen.minimum).max(), np.abs(seen.maximum).max())) / _LARGEST
        if share >= _NEAR and seen.first_bad < 0:
            shares[info.path] = share
    if not shares:
        return
    path = max(shares, key=lambda each: shares[each])
    seen = case.channels[path]
    strength = np.maximum(np.abs(seen.minimum), np.abs(seen.maximum))
    others = [each for each in shares if each != path]
    more = f" Also near it: {listed(others)}." if others else ""
    yield Finding(
        "warning",
        path,
        f"{path!r} computes in float16 and gives up to {number(float(strength.max()))}, {percent(shares[path])} of the largest number "
        f"that float16 has ({_LARGEST:.0f}), over {plural(seen.samples, 'sample')}.{more}",
        "A somewhat stronger input overflows to infinity, and everything after it is NaN.",
        "Let this layer compute in float32 (dtype='float32'), use mixed_bfloat16, or normalise before it.",
        {"maximum": float(strength.max()), "share": shares[path], "layers": len(shares), "samples": seen.samples},
        {"layer": path, "unit": int(strength.argmax()), "sample": case.number(0), "panel": "layer"},
        (path, *others),
    )


RULE = DoctorRule("float16-overflow", _check, needs="run")
