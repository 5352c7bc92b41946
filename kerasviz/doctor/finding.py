"""What a rule of the doctor found: where, how bad, the numbers, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["SEVERITIES", "Finding", "Severity"]

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes:
        severity: "error": the model cannot work as it is; "warning": it costs quality, or probably is a mistake;
            "info": worth knowing.
        layer: the path where it is, "input" (or "input:NAME"), or "" for the model as a whole.
        message: what was found, with its numbers.
        why: why it matters.
        advice: what to do.
        evidence: the numbers, by name; `samples` is how many were looked at.
        view: what proves it in the widget: values for its traits `layer`, `unit`, `sample`, `target` and
            `filter` (all samples that it is about), and the `panel` to look at.
        layers: all places, where there are several; `layer` is the first.
        rule: the name of the rule.
    """

    severity: Severity
    layer: str
    message: str
    why: str
    advice: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    rule: str = ""

    def __str__(self) -> str:
        place = f" · {self.layer}" if self.layer else ""
        return f"{self.severity}: {self.rule}{place}\n  {self.message}\n  {self.why}\n  {self.advice}"
