"""One squashing right after another: softmax of a softmax, sigmoid of a softmax."""

from __future__ import annotations

from collections.abc import Iterator

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number

_SQUASHES = frozenset({"softmax", "sigmoid"})
_PLAIN = frozenset("Softmax Activation Sigmoid".split())  # does nothing else: what comes in is what it squashes


def _check(case: Case) -> Iterator[Finding]:
    graph = case.graph
    for info in case.inner:
        if info.kind not in _PLAIN or graph.function(info.path) not in _SQUASHES:
            continue
        first = graph.before(info.path)
        if first not in graph.by_path or graph.function(first) not in _SQUASHES:
            continue
        seen = case.channels.get(info.path) if case.has("run") else None
        before = case.channels.get(first) if case.has("run") else None
        evidence: dict[str, float] = {"samples": 0}
        measured = ""
        if seen is not None and before is not None:
            low, high = float(seen.minimum.min()), float(seen.maximum.max())
            evidence = {
                "minimum": low,
                "maximum": high,
                "maximum_before": float(before.maximum.max()),
                "samples": seen.samples,
            }
            measured = f": what it gives lies between {number(low)} and {number(high)}"
        again, once = graph.function(info.path), graph.function(first)
        yield Finding(
            "error",
            info.path,
            f"{info.path!r} applies a {again} to what the {once} of {first!r} gave{measured}.",
            "The second squashing takes numbers that already lie between 0 and 1: the answers become nearly equal, "
            "and the gradients small.",
            f"Remove {info.path!r}, or give {first!r} no activation.",
            evidence,
            {"layer": info.path, "panel": "layer"},
            (info.path, first),
        )


RULE = DoctorRule("softmax-twice", _check)
