"""Measures one model on one backend in a process of its own, and appends its results to a file, one JSON a line.

`__main__` starts it: Keras takes its backend once per process, and a process that dies costs only what it measured.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Timing, in_turn, peak_memory
from tests.benchmarks.works import WORKS, Work, disagreement


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look at each pair."""

    seconds: float
    least: int
    first_seconds: float
    first_least: int


FULL, QUICK = Effort(4, 7, 30, 3), Effort(1, 3, 0, 1)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--peer")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--works", default="")
    parser.add_argument("--into", type=Path, required=True)
    options = parser.parse_args()

    from tests.benchmarks.models import Case

    case, effort = Case(options.model), QUICK if options.quick else FULL
    if options.peer:
        from tests.benchmarks.peers import measure_peer

        results = measure_peer(options.peer, case, effort, options.works)
    else:
        results = (
            measure(work, case, effort) for work in WORKS if options.works in work.name and work.is_for(case.name)
        )
    for result in results:
        with options.into.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")


def measure(work: Work, case: Any, effort: Effort) -> dict[str, Any]:
    """One row of the table: the steady state, then the first call on models never seen."""
    import keras

    from tests.benchmarks.by_hand import by_hand

    by = by_hand(keras.config.backend())
    limit, ours = work.limit(by, case.model), work.ours(case.probe, case.model)
    x = work.inputs(case)
    differs = disagreement(case, limit(x), ours(x))
    ours(x)  # the second call compiles
    steady = in_turn(lambda: lambda: limit(x), lambda: lambda: ours(x), seconds=effort.seconds, least=effort.least)
    first = None if work.first_limit is None else first_call(work.first_limit, work, case, by, effort)
    return {
        "work": work.name, "model": case.name, "backend": keras.config.backend(), "differs": differs,
        "wanted": work.wanted, "steady": _summary(steady),
        "first_wanted": work.first_wanted, "first": None if first is None else _summary(first),
        "memory": [peak_memory(lambda: limit(x)), peak_memory(lambda: ours(x))],
    }  # fmt: skip


def first_call(by_hand: Any, work: Work, case: Any, by: Any, effort: Effort) -> Timing:
    """Each time another freshly built model; making the probe is on the clock, making the limit's function is not."""
    from kerasviz import Probe

    def limit() -> Any:
        run = by_hand(by, case.build())
        return lambda: run(case.x)

    def ours() -> Any:
        model = case.build()
        return lambda: work.ours(Probe(model), model)(case.x)

    return in_turn(limit, ours, seconds=effort.first_seconds, least=effort.first_least, most=7)


def _summary(timing: Timing) -> dict[str, Any]:
    return asdict(timing) | {"ratio": timing.ratio}


if __name__ == "__main__":
    main()
