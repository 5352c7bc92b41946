"""Sigmoids and tanhs that sit at the ends of their range, where they have next to no slope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import ENDS, Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, number, percent, plural

_MANY = 0.6  # of all numbers of a layer: with weights of the usual size it is a few in a hundred


def _check(case: Case) -> Iterator[Finding]:
    ends = {output.info.path for output in case.outputs}
    shares: dict[str, float] = {}
    for info in case.inner:
        seen = case.channels.get(info.path)
        function = case.graph.function(info.path)
        if seen is None or function not in ENDS or info.path in ends or info.output_index or _is_gate(case, info.path):
            continue
        share = float((seen.ends * seen.count).sum() / max(seen.count.sum(), 1))
        if share >= _MANY:
            shares[info.path] = share
    if shares:
        yield _found(case, shares)


def _is_gate(case: Case, path: str) -> bool:
    """Whether it is multiplied with something: a gate is meant to be open or shut."""
    return any(case.graph.by_path[each].kind == "Multiply" for each in case.graph.after(path))


def _found(case: Case, shares: dict[str, float]) -> Finding:
    path = next(iter(shares))
    seen, function = case.channels[path], case.graph.function(path)
    low, high = ENDS[function]
    others = list(shares)[1:]
    more = f" Also saturated: {listed(others)}." if others else ""
    return Finding(
        "warning",
        path,
        f"{percent(shares[path])} of what {path!r} gives is below {number(low)} or above {number(high)}, the ends of its "
        f"{function}, over {plural(seen.samples, 'sample')}.{more}",
        "There the function is flat: what comes in hardly changes what goes out, and hardly any gradient comes back.",
        "Scale the inputs, use smaller initial weights or a smaller learning rate, normalise before the activation, or use "
        "relu in hidden layers.",
        {"share": shares[path], "low": low, "high": high, "layers": len(shares), "samples": seen.samples},
        {"layer": path, "unit": (int(np.argmax(seen.ends)),), "sample": case.number(0), "panel": "layer"},
        tuple(shares),
    )


RULE = DoctorRule("saturated", _check, needs="run")
