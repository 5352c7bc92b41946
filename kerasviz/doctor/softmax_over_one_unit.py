"""A softmax over a single unit gives 1, whatever comes in."""

from __future__ import annotations

from collections.abc import Iterator

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule


def _check(case: Case) -> Iterator[Finding]:
    for info in case.inner:
        shape = info.output_shape
        if (
            not shape
            or shape[-1] != 1
            or case.graph.function(info.path) != "softmax"
            or not _last_axis(case, info.path)
        ):
            continue
        seen = case.channels.get(info.path) if case.has("run") else None
        evidence = {"units": 1} | (
            {"minimum": float(seen.minimum[0]), "maximum": float(seen.maximum[0]), "samples": seen.samples}
            if seen
            else {}
        )
        yield Finding(
            "error",
            info.path,
            f"{info.path!r} applies a softmax to one unit: it gives exactly 1 for every sample.",
            "A softmax shares 1 out among the units; a single unit always gets all of it, and its gradient is 0.",
            "For two classes use activation='sigmoid' with a binary loss, or two units with the softmax.",
            evidence,
            {"layer": info.path, "panel": "layer"},
        )


def _last_axis(case: Case, path: str) -> bool:
    return getattr(case.graph.operation(path), "axis", -1) == -1


RULE = DoctorRule("softmax-over-one-unit", _check)
