"""ReLUs that gave 0 for every sample at every place: no gradient goes through them, so they stay dead."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor import faults
from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, percent, plural

_MANY = 0.4  # of a layer: trained nets have some dead units, a layer that lost so many has lost them to one cause
_WORTH_SAYING = 0.1


def _check(case: Case) -> Iterator[Finding]:
    dead: dict[str, np.ndarray] = {}
    for info in case.inner:
        seen = case.channels.get(info.path)
        if seen is None:
            continue
        found = faults.dead(seen, case.graph.function(info.path))
        if found.any() and (found.all() or (not case.made and case.settled)):
            dead[info.path] = found
    shares = {path: float(found.mean()) for path, found in dead.items()}
    whole = [path for path, share in shares.items() if share == 1]
    many = [path for path, share in shares.items() if _MANY <= share < 1]
    some = [path for path, share in shares.items() if _WORTH_SAYING <= share < _MANY]
    if whole:
        yield _whole(case, whole)
    for paths, severity in ((many, "warning"), (some, "info")):
        if paths:
            yield _found(case, paths, dead, severity)


def _whole(case: Case, paths: list[str]) -> Finding:
    path, seen = paths[0], case.channels[paths[0]]
    more = f" So are {listed(paths[1:])}." if paths[1:] else ""
    return Finding(
        "error",
        path,
        f"All {plural(len(seen.count), 'channel')} of {path!r} are 0 for all {plural(seen.samples, 'sample')}.{more}",
        "Nothing of the input passes this layer, and no gradient comes back: the layers before it cannot learn any more.",
        "Train anew with a smaller learning rate or another initializer, and scaled inputs; or use leaky_relu, which cannot die.",
        {
            "dead": len(seen.count),
            "channels": len(seen.count),
            "share": 1.0,
            "samples": seen.samples,
            "layers": len(paths),
        },
        {"layer": path, "unit": 0, "sample": case.number(0), "panel": "layer"},
        tuple(paths),
    )


def _found(case: Case, paths: list[str], dead: dict[str, np.ndarray], severity: str) -> Finding:
    path = max(paths, key=lambda each: float(dead[each].mean()))
    places, seen = np.flatnonzero(dead[path]), case.channels[path]
    share = len(places) / len(seen.count)
    others = [each for each in paths if each != path]
    more = f" Nearly as many in {listed(others)}." if others else ""
    return Finding(
        severity,  # type: ignore[arg-type]  # one of the two above
        path,
        f"{len(places)} of {len(seen.count)} channels of {path!r} ({percent(share)}) are 0 for all "
        f"{plural(seen.samples, 'sample')}, e.g. {listed([int(place) for place in places])}.{more}",
        "A dead ReLU has no gradient: it never comes back on these data, and its weights are carried for nothing.",
        "Use a smaller learning rate, scaled inputs, he_normal weights, or leaky_relu; if the model is good, a narrower layer.",
        {
            "dead": len(places),
            "channels": len(seen.count),
            "share": share,
            "samples": seen.samples,
            "layers": len(paths),
        },
        {"layer": path, "unit": int(places[0]), "sample": case.number(0), "panel": "unit"},
        (path, *others),
    )


RULE = DoctorRule("dead-relus", _check, needs="run")
