"""Results as one table that a person reads: ratios first, a verdict last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Result = dict[str, Any]
HEADS = (
    "work",
    "model",
    "backend",
    "limit s",
    "ours s",
    "ratio",
    "least",
    "first: limit s",
    "ours s",
    "ratio",
    "MB (limit)",
    "verdict",
)
PEER_HEADS = ("work", "model", "peer", "limit s", "peer s", "ratio", "first s", "MB", "note")


def table(results: Iterable[Result]) -> str:
    """Ours beside the limit."""
    return _lines(HEADS, [_row(result) for result in results])


def peer_table(results: Iterable[Result]) -> str:
    """The peers beside the same limit; what they cannot do is said in the note."""
    return _lines(PEER_HEADS, [_peer_row(result) for result in results])


def verdict(result: Result) -> str:
    """ "ok", or what is missed; "—" where nothing was promised."""
    if result.get("failed"):
        return str(result["failed"])
    if result["differs"]:
        return f"not the same computation: {result['differs']}"
    checks = [("", result["steady"], result["wanted"]), ("first ", result["first"], result["first_wanted"])]
    promised = [(name, timing, wanted) for name, timing, wanted in checks if timing and wanted]
    missed = [_missed(name, timing, wanted) for name, timing, wanted in promised if timing["ratio"] > wanted]
    return ", ".join(missed) or ("ok" if promised else "—")


def _missed(name: str, timing: dict[str, float], wanted: float) -> str:
    """With a word when the fastest runs did reach it: then the machine was busy, not we were slow."""
    return f"{name}{timing['ratio']:.2f} > {wanted:g}" + (" (noise?)" if timing["least_ratio"] <= wanted else "")


def _row(result: Result) -> list[str]:
    place = [result["work"], result["model"], result["backend"]]
    if result.get("failed"):
        return [*place, *[""] * 8, verdict(result)]
    steady, first, memory = result["steady"], result["first"], result["memory"]
    once = [seconds(first["limit"]), seconds(first["ours"]), times(first["ratio"])] if first else [""] * 3
    return [
        *place, seconds(steady["limit"]), seconds(steady["ours"]), times(steady["ratio"]), times(steady["least_ratio"]),
        *once, f"{memory[1]:.0f} ({memory[0]:.0f})" if memory else "", verdict(result),
    ]  # fmt: skip


def _peer_row(result: Result) -> list[str]:
    place = [result["work"], result["model"], result["peer"]]
    if result.get("failed"):
        return [*place, *[""] * 5, str(result["failed"])]
    steady = result["steady"]
    return [
        *place, seconds(steady["limit"]), seconds(steady["ours"]), times(steady["ratio"]), seconds(result["first_call"]),
        f"{result['memory'][1]:.0f}", result["note"],
    ]  # fmt: skip


def seconds(value: float) -> str:
    """Three digits that mean something: .00123, .0456, 1.23."""
    return (
        f"{value:.2f}"
        if value >= 1
        else f"{value:.3f}"[1:]
        if value >= 0.1
        else f"{value:.5f}"[1 : 6 if value >= 0.01 else 7]
    )


def times(value: float) -> str:
    """A ratio."""
    return f"{value:.2f} ×" if value < 10 else f"{value:.0f} ×"


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need; text to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    text = (0, 1, 2, len(heads) - 1)

    def line(cells: Sequence[str]) -> str:
        padded = [c.ljust(w) if i in text else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "  ".join(padded).rstrip()

    return "\n".join([line(heads), "  ".join("─" * width for width in widths), *map(line, rows)])
