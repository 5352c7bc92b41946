"""Sigmoids and tanhs that sit at the ends of their range, where they have next to no slope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.channels import by_channel
from kerasviz.doctor.faults import ENDS, SATURATED, beyond
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, number, percent, plural


def _check(case: Case) -> Iterator[Finding]:
    last = {output.info.path for output in case.outputs}
    paths = [
        info.path
        for info in case.inner
        if case.graph.function(info.path) in ENDS
        and not (info.path in last or info.output_index or _is_gate(case, info.path))
    ]
    shares = _shares(case, [path for path in paths if _reaches_an_end(case, path)])
    many = {path: share for path, share in shares.items() if float(share.mean()) >= SATURATED}
    if many:
        yield _found(case, many)


def _reaches_an_end(case: Case, path: str) -> bool:
    seen = case.channels.get(path)
    low, high = ENDS[case.graph.function(path)]
    return seen is not None and bool(seen.count.any()) and bool(seen.minimum.min() < low or seen.maximum.max() > high)


def _shares(case: Case, paths: list[str]) -> dict[str, np.ndarray]:
    """The share of each channel's numbers that are beyond the ends."""
    shares: dict[str, np.ndarray] = {}
    count = 0
    for batch, real in case.batches(case.first(case.studied), case.studied) if paths else ():
        activations = case.probe.activations(batch, paths)
        count += real
        for path in paths:
            values = by_channel(activations[path][:real], case.graph.by_path[path])
            share = beyond(values, case.graph.function(path)).mean(axis=0) * real
            shares[path] = shares.get(path, 0) + share
    return {path: total / count for path, total in shares.items()}


def _is_gate(case: Case, path: str) -> bool:
    """Whether it is multiplied with something: a gate is meant to be open or shut."""
    return any(case.graph.by_path[each].kind == "Multiply" for each in case.graph.after(path))


def _found(case: Case, shares: dict[str, np.ndarray]) -> Finding:
    path = next(iter(shares))
    function, share = case.graph.function(path), float(shares[path].mean())
    low, high = ENDS[function]
    others = list(shares)[1:]
    more = f" Also saturated: {listed(others)}." if others else ""
    return Finding(
        "warning",
        path,
        f"{percent(share).capitalize()} of what {path!r} gives is below {number(low)} or above {number(high)}, the ends of its "
        f"{function}, over {plural(case.studied, 'sample')}.{more}",
        "There the function is flat: what comes in hardly changes what goes out, and hardly any gradient comes back.",
        "Scale the inputs, use smaller initial weights or a smaller learning rate, normalise before the activation, or use "
        "relu in hidden layers.",
        {"share": share, "low": low, "high": high, "layers": len(shares), "samples": case.studied},
        {"layer": path, "unit": int(shares[path].argmax()), "sample": case.number(0), "panel": "layer"},
        tuple(shares),
    )


RULE = DoctorRule("saturated", _check, needs="run")
