"""The part of a session that examines its model: the doctor's report, kept, and marked once the weights change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from kerasviz.data.samples import Samples
from kerasviz.doctor.examine import diagnose
from kerasviz.doctor.report import Report
from kerasviz.scanning.gathering import fingerprint_of
from kerasviz.scanning.scan import Scan
from kerasviz.views.findings import Diagnosed

__all__ = ["Examining"]


class Examining:
    """Holds the report, and makes it."""

    probe: Any
    samples: Samples
    _compute: threading.RLock
    _generation: int
    _closed: bool
    _report: Report | None = None
    _examined_at = 0
    on_report: Callable[[], None] | None = None
    """Told when there is another report, or the weights are not those of the report any more."""

    def _check_fresh(self) -> None:
        raise NotImplementedError

    def scan_that_holds(self) -> Scan | None:
        raise NotImplementedError

    @property
    def report(self) -> Report | None:
        """The last report, whatever has become of the weights since."""
        return self._report

    def diagnosed(self) -> Diagnosed:
        """The report, and whether the weights have changed since."""
        with self._compute:
            self._check_fresh()
            return Diagnosed(self._report, self._report is not None and self._examined_at != self._generation)

    def diagnose(self, progress: Callable[[int, int, str], None]) -> None:
        """Ask every rule; what `progress` raises ends it, and the report there was stays."""
        with self._compute:
            self._check_fresh()
            generation, known = self._generation, self.scan_that_holds()
        found = diagnose(self.probe, self.samples, scan=self._usable(known), progress=progress)
        with self._compute:
            self._check_fresh()
            self._report, self._examined_at = found, generation
            self._tell_report()

    def _usable(self, known: Scan | None) -> Scan | None:
        """A scan with all that the doctor reads of channels, and of the weights as they are: not all changes are noticed."""
        if known is None or not known.has_moments or known.fingerprint != fingerprint_of(self.probe.all_weights()):
            return None
        return known

    def _tell_report(self) -> None:
        if self.on_report is not None and not self._closed and self._report is not None:
            self.on_report()
