"""Channels that give one and the same number for every sample at every place, and are not dead ReLUs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor import faults
from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, number, percent, plural

_MANY = 0.25  # of a layer


def _check(case: Case) -> Iterator[Finding]:
    found: dict[str, np.ndarray] = {}
    for info in case.inner if case.settled else ():
        seen = case.channels.get(info.path)
        if seen is None or info.loops or case.graph.hands_on(info.path):
            continue
        constant = faults.constant(seen, case.graph.function(info.path))
        share = float(constant.mean())
        if share >= _MANY and share > _share_before(case, info.path) and not _softmax_of_one(case, info.path):
            found[info.path] = constant
    outputs = set() if case.untrained else {output.info.path for output in case.outputs}
    for severity, paths in (
        ("error", [path for path in found if path in outputs and found[path].all()]),
        ("warning", [path for path in found if not found[path].all() or path not in outputs]),
    ):
        if paths:
            yield _found(case, paths, found, severity)


def _share_before(case: Case, path: str) -> float:
    """The largest share of constant channels in what comes in: a layer may only hand on what is said of another."""
    before = [case.channels[each] for each in case.graph.by_path[path].inputs if each in case.channels]
    return max((float(each.constant.mean()) for each in before), default=1.0)


def _softmax_of_one(case: Case, path: str) -> bool:
    return case.graph.function(path) == "softmax" and len(case.channels[path].count) == 1


def _found(case: Case, paths: list[str], found: dict[str, np.ndarray], severity: str) -> Finding:
    path = paths[0]
    seen, places = case.channels[path], np.flatnonzero(found[path])
    value = float(seen.maximum[places[0]])
    share = len(places) / len(seen.count)
    more = f" Others: {listed(paths[1:])}." if paths[1:] else ""
    return Finding(
        severity,  # type: ignore[arg-type]  # one of two
        path,
        f"{len(places)} of {len(seen.count)} channels of {path!r} ({percent(share)}) give one and the same number for all "
        f"{plural(seen.samples, 'sample')}, e.g. channel {int(places[0])} gives {number(value)}.{more}",
        "Such a channel says nothing about the input"
        + (": the model gives the same answer to everything." if severity == "error" else "; it acts as a second bias."),
        "Look at its weights: all zero, clipped or rounded away, or fed by a layer that is dead. Initialise it anew.",
        {"constant": len(places), "channels": len(seen.count), "share": share, "value": value, "layers": len(paths),
         "samples": seen.samples},
        {"layer": path, "unit": int(places[0]), "sample": case.number(0), "panel": "unit"},
        tuple(paths),
    )  # fmt: skip


RULE = DoctorRule("constant-channels", _check, needs="run")
