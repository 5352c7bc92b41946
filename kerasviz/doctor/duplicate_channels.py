"""Channels of a layer that give the same numbers as another one: equal weights stay equal however long one trains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor import faults
from kerasviz.doctor.case import Case
from kerasviz.doctor.channels import Channels, by_channel
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, percent, plural

_MANY = 0.1  # of a layer's channels
_ROWS = 16  # samples that are compared number by number
_FEWEST = 4  # samples


def _check(case: Case) -> Iterator[Finding]:
    likely = [info for info in case.inner if faults.has_own_weights(info) and _look_alike(case.channels.get(info.path))]
    if not likely or case.count < _FEWEST or not case.settled:
        return
    rows = min(case.count, _ROWS)
    activations = case.probe.activations(case.first(rows), [info.path for info in likely])
    found = {info.path: faults.copies(by_channel(activations[info.path], info)) for info in likely}
    many = {
        path: pairs for path, pairs in found.items() if len(pairs) >= max(1, _MANY * len(case.channels[path].count))
    }
    if many:
        yield _found(case, many, rows)


def _keys(seen: Channels) -> np.ndarray:
    """Three numbers that equal channels have in common, rounded; constant channels are left out as NaN."""
    size = np.maximum(np.abs(seen.minimum), np.abs(seen.maximum))
    keys = np.stack([seen.mean, seen.minimum, seen.maximum], axis=1) / np.where(size == 0, 1, size)[:, None]
    keys = np.concatenate([keys, np.log(np.where(size == 0, 1, size))[:, None]], axis=1)
    keys[seen.constant | (seen.count == 0)] = np.nan
    return keys


def _look_alike(seen: Channels | None) -> bool:
    """Whether enough channels have the same statistics to be worth comparing."""
    if seen is None or len(seen.count) < 2:
        return False
    keys = _keys(seen)
    ordered = keys[np.lexsort(keys.T)]
    alike = (np.abs(np.diff(ordered, axis=0)) < 1e-3).all(axis=1)  # NaN is like nothing
    return bool(alike.any())


def _found(case: Case, many: dict[str, dict[int, int]], rows: int) -> Finding:
    path = next(iter(many))
    pairs, channels = many[path], len(case.channels[path].count)
    copy, original = next(iter(pairs.items()))
    others = list(many)[1:]
    more = f" Also in {listed(others)}." if others else ""
    return Finding(
        "warning",
        path,
        f"{len(pairs)} of {channels} channels of {path!r} ({percent(len(pairs) / channels)}) repeat another one: channel {copy} "
        f"gives the same numbers as channel {original} for {plural(rows, 'sample')}.{more}",
        "Channels with equal weights get equal gradients: they stay copies of each other and count as one.",
        "Initialise the weights at random (a constant initializer makes all channels equal), or make the layer narrower.",
        {"copies": len(pairs), "channels": channels, "share": len(pairs) / channels, "copy": copy, "original": original,
         "layers": len(many), "samples": rows},
        {"layer": path, "unit": copy, "sample": case.number(0), "panel": "unit"},
        tuple(many),
    )  # fmt: skip


RULE = DoctorRule("duplicate-channels", _check, needs="run")
