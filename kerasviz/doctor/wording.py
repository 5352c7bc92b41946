"""Numbers and lists as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["listed", "measured", "number", "percent", "plural"]

_MOST = 3


def percent(share: float) -> str:
    """0.123 → "12 %"; never "0 %" or "100 %" for what is not."""
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def number(value: float) -> str:
    """Three digits, plainly where that is short, with the signs of the screen: -8.94e-05 → "−8.94e−5"."""
    digits, _, power = f"{value:.3g}".replace("-", "−").partition("e")
    return f"{digits}e{power.replace('+', '').replace('−0', '−').lstrip('0')}" if power else digits


def measured(value: object) -> str:
    """A number of the evidence."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def plural(count: int, noun: str, many: str = "") -> str:
    """How many of what: "1 layer", "2 layers"."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"


def listed(names: Sequence[object]) -> str:
    """The first few names."""
    shown = ", ".join(repr(name) if isinstance(name, str) else str(name) for name in names[:_MOST])
    return f"{shown} and {len(names) - _MOST} more" if len(names) > _MOST else shown
