"""Two computations timed in turn, so that whatever else the machine does hits both alike."""

from __future__ import annotations

import gc
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of both sides: medians, and the ratio also of the fastest runs (less noise, less honest)."""

    limit: float
    ours: float
    least_ratio: float
    repeats: int

    @property
    def ratio(self) -> float:
        return self.ours / self.limit


Ready = Callable[[], Any]  # what is timed
Prepare = Callable[[], Ready]  # what makes it ready for one single run, untimed


def in_turn(limit: Prepare, ours: Prepare, *, seconds: float, least: int, most: int = 200) -> Timing:
    """A B, B A, A B, … for about `seconds`, at least `least` times each."""
    times: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + seconds
    while len(times[0]) < least or (time.perf_counter() < end and len(times[0]) < most):
        order = (0, 1) if len(times[0]) % 2 == 0 else (1, 0)
        for side in order:
            times[side].append(seconds_of((limit, ours)[side]()))
    return Timing(median(times[0]), median(times[1]), min(times[1]) / min(times[0]), len(times[0]))


def seconds_of(ready: Ready) -> float:
    """One run by the clock; what it takes to free the result is not counted."""
    start = time.perf_counter()
    result = ready()
    elapsed = time.perf_counter() - start
    del result
    return elapsed


def peak_memory(function: Callable[[], Any]) -> float:
    """The most memory, in MB, that the process held while this ran; all of its life where the system can't reset it."""
    gc.collect()
    status = Path("/proc/self/status")
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        function()
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    function()
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text(encoding="ascii"))
    return int(found.group(1)) * 1024 / 1e6 if found else 0.0
