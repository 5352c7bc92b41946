"""What a check found: plain sentences with a mark, and what to do about the bad ones."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding", "Installation"]

_MARKS = {"good": "✓", "bad": "✗", "note": "·"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about the installation. `state` is "good", "bad" or "note"; `advice` is what to do."""

    state: str
    text: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f"\n    → {self.advice}" if self.advice else ""
        return f"{_MARKS[self.state]} {self.text}{advice}"


@dataclass(frozen=True, slots=True, repr=False)
class Installation:
    """All findings. Printed, or as the last line of a cell, it is a text for people."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken

    @property
    def broken(self) -> tuple[Finding, ...]:
        """What has to be mended."""
        return tuple(finding for finding in self.findings if finding.state == "bad")

    def __repr__(self) -> str:
        count = len(self.broken)
        last = "Nothing is broken." if not count else f"{count} thing{'s are' if count > 1 else ' is'} broken."
        return "\n".join([*map(str, self.findings), "", last])
