"""What the doctor found: the last report, and the examination itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from kerasviz.doctor.wording import measured
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.sheet import Fact
from kerasviz.wire.messages import Payload

if TYPE_CHECKING:
    from kerasviz.doctor.finding import Finding
    from kerasviz.doctor.report import Report

__all__ = ["FACTS", "RUN", "Diagnosed", "Findings", "FoundFault", "Proof"]


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The last report, and whether the weights have changed since."""

    report: Report | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """What to look at: what is null stays as it is; `layer` "" too. `panel` is where on the screen it is seen.

    `samples` are all that it is about: the others are left out.
    """

    layer: str
    unit: int | None
    sample: int | None
    target: int | None
    samples: tuple[int, ...]
    panel: Literal["layer", "unit", "prediction", "overview", "sample", "weights"]


@dataclass(frozen=True, slots=True)
class FoundFault:
    """One finding; `layers` are all places where it is."""

    severity: Literal["error", "warning", "info"]
    rule: str
    layers: tuple[str, ...]
    message: str
    why: str
    advice: str
    evidence: tuple[Fact, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Findings(Payload):
    """The report: the worst first. `rules` were asked, `skipped` were not, with the reason. `there`: there is a report."""

    there: bool
    stale: bool = False
    findings: tuple[FoundFault, ...] = ()
    rules: int = 0
    samples: int = 0
    note: str = ""
    skipped: tuple[str, ...] = ()
    kind: ClassVar[str] = "findings"


@dataclass(frozen=True, slots=True)
class NoParams:
    """Nothing is to be said."""


def findings_of(source: Source) -> Findings:
    """The last report as it is shown."""
    state = source.diagnosed()
    report = state.report
    if report is None:
        return Findings(there=False)
    return Findings(
        there=True,
        stale=state.stale,
        findings=tuple(_shown(source, each) for each in report.findings),
        rules=len(report.rules) - len(report.skipped),
        samples=report.samples,
        note=report.note,
        skipped=report.not_looked_at(),
    )


def _shown(source: Source, finding: Finding) -> FoundFault:
    layers = finding.layers or ((finding.layer,) if finding.layer else ())
    evidence = tuple(Fact(name, measured(value)) for name, value in finding.evidence.items())
    return FoundFault(
        finding.severity, finding.rule, layers, finding.message, finding.why, finding.advice, evidence,
        _proof(source, finding.view),
    )  # fmt: skip


def _proof(source: Source, view: Any) -> Proof:
    """What of it there is on this screen: an input is no layer, the sample shows it."""
    layer, panel = str(view.get("layer", "")), view.get("panel", "overview")
    known = layer in {each.path for each in source.layers}
    if layer and not known and panel != "prediction":
        panel = "sample" if layer.startswith("input") else "overview"
    sample = view.get("sample")
    return Proof(
        layer=layer if known else "",
        unit=view.get("unit") if known else None,
        sample=sample if sample is not None and source.samples.has(sample) else None,
        target=view.get("target"),
        samples=tuple(number for number in view.get("filter", ()) if source.samples.has(number)),
        panel=panel,
    )


def _facts(source: Source, _: NoParams) -> Panel:
    return Panel(findings_of(source))


def _run(source: Source, _: NoParams) -> Panel:
    source.diagnose()
    return Panel(findings_of(source))


FACTS = PanelView(NoParams, Findings, _facts)
RUN = PanelView(NoParams, Findings, _run, long=True)
