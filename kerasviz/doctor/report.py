"""The doctor's report: what was found, the worst first, and what was not looked at."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasviz.doctor.finding import SEVERITIES, Finding
from kerasviz.doctor.wording import measured

if TYPE_CHECKING:
    from kerasviz.doctor.case import Case

__all__ = ["Report"]

_WORDS = {"error": "error", "warning": "warning", "info": "remark"}
_COLOURS = {"error": "#c0392b", "warning": "#8a5a00", "info": "#2b6cb0"}


@dataclass(frozen=True, slots=True)
class Report:
    """What the doctor found.

    Attributes:
        model: its name.
        findings: the worst first, then in the order of the layers.
        samples: how many samples were looked at.
        note: what has to be known of them: that they were made, or that some were left out.
        rules: the names of all rules.
        skipped: rules that could not be asked, and why.
    """

    model: str
    findings: tuple[Finding, ...]
    samples: int
    note: str
    rules: tuple[str, ...]
    skipped: Mapping[str, str]

    @classmethod
    def of(cls, case: Case, findings: Sequence[Finding], rules: tuple[str, ...], skipped: Mapping[str, str]) -> Report:
        """The report of a case: the findings in order."""
        order = {info.path: place for place, info in enumerate(case.layers)}
        ranked = sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), order.get(f.layer, -1)))
        return cls(case.name, tuple(ranked), case.count, case.note, rules, dict(skipped))

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        return {severity: sum(f.severity == severity for f in self.findings) for severity in SEVERITIES}

    def __str__(self) -> str:
        parts = [self._headline(), *map(str, self.findings)]
        if self.skipped:
            parts.append("Not looked at: " + "; ".join(self.not_looked_at()) + ".")
        return "\n\n".join(parts)

    def _headline(self) -> str:
        counts = [f"{count} {_WORDS[name]}{'s' if count != 1 else ''}" for name, count in self.counts.items() if count]
        found = ", ".join(counts) or "nothing to complain about"
        seen = f"{self.samples} samples" if self.samples != 1 else "1 sample"
        note = f" ({self.note})" if self.note else ""
        asked = len(self.rules) - len(self.skipped)
        return f"{self.model!r}: {found}. {asked} rules, {seen}{note}."

    def not_looked_at(self) -> tuple[str, ...]:
        """The rules that could not be asked, with the reason."""
        reasons: dict[str, list[str]] = {}
        for rule, reason in self.skipped.items():
            reasons.setdefault(reason, []).append(rule)
        return tuple(f"{', '.join(names)} ({reason})" for reason, names in reasons.items())

    def _repr_html_(self) -> str:
        rows = "".join(map(_row, self.findings))
        skipped = f"<p><small>Not looked at: {html.escape('; '.join(self.not_looked_at()))}.</small></p>"
        return f"<div><p>{html.escape(self._headline())}</p>{rows}{skipped if self.skipped else ''}</div>"


def _row(finding: Finding) -> str:
    numbers = ", ".join(f"{name} {measured(value)}" for name, value in finding.evidence.items())
    badge = f"background:{_COLOURS[finding.severity]};color:#fff;border-radius:3px;padding:0 .4em"
    head = f"<b style='{badge}'>{_WORDS[finding.severity]}</b> {html.escape(finding.rule)}"
    place = f" · <code>{html.escape(finding.layer)}</code>" if finding.layer else ""
    return (
        f"<details open style='margin:0 0 .8em'><summary>{head}{place}: {html.escape(finding.message)}</summary>"
        f"<div style='margin-left:1.2em'>{html.escape(finding.why)} <b>{html.escape(finding.advice)}</b>"
        f"<br><small>{html.escape(numbers)}</small></div></details>"
    )
