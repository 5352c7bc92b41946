"""The scan of the samples: what is known of it, and the pass itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kerasviz.scanning.scan import Scan
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.wire.messages import Payload

__all__ = ["FACTS", "RUN", "ScanFacts", "ScanParams", "ScanState"]


@dataclass(frozen=True, slots=True)
class ScanState:
    """The last scan, whether the weights have changed since, and how many seconds another one may take (None: not known)."""

    scan: Scan | None = None
    stale: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ScanFacts(Payload):
    """What is known of the scan. `samples` are all there are, `scanned` those it went over; 0: there is none yet.

    `seconds`: another one takes about so long, null where nobody knows. `stale`: the weights have changed since.
    """

    samples: int
    scanned: int
    seconds: float | None
    stale: bool = False
    complete: bool = True
    stopped: str = ""
    every_layer: bool = False
    layers: int = 0
    labelled: bool = False
    notes: tuple[str, ...] = ()
    kind: ClassVar[str] = "scan"


@dataclass(frozen=True, slots=True)
class NoParams:
    """Nothing is to be said."""


@dataclass(frozen=True, slots=True)
class ScanParams:
    """Whether every layer is watched, or what a person would look at."""

    every_layer: bool = False


def facts_of(source: Source) -> ScanFacts:
    """The facts as they are now."""
    state, count = source.scan_state(), len(source.samples)
    scan = state.scan
    if scan is None:
        return ScanFacts(count, 0, state.seconds)
    return ScanFacts(
        samples=count,
        scanned=scan.num_samples,
        seconds=state.seconds,
        stale=state.stale,
        complete=scan.complete and scan.num_samples >= count,
        stopped=scan.stopped,
        layers=len(scan.layers),
        every_layer=all(layer.path in scan.layers for layer in source.layers if layer.output_shape),
        labelled=len(scan.tally.by_class.labels) > 0,
        notes=scan.notes,
    )


def _facts(source: Source, _: NoParams) -> Panel:
    return Panel(facts_of(source))


def _run(source: Source, params: ScanParams) -> Panel:
    source.run_scan(every_layer=params.every_layer)
    return Panel(facts_of(source))


FACTS = PanelView(NoParams, ScanFacts, _facts)
RUN = PanelView(ScanParams, ScanFacts, _run, long=True)
