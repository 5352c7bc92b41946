"""Other libraries on the same work, used as their documentation says: one file each, and one line here.

A file has `WORKS`: for a work's name a function that takes the case and returns what to time (one image in), and a
note. It is imported in a process of its own: a library that cannot be imported, or kills its process, costs its rows
only. Whatever a function raises is that library's result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.measure import in_turn, peak_memory, seconds_of
from tests.benchmarks.works import named

if TYPE_CHECKING:
    from tests.benchmarks.models import Case
    from tests.benchmarks.worker import Effort

Timed = Callable[[np.ndarray], Any]


@dataclass(frozen=True, slots=True)
class Peer:
    """One library: its name on the package index, what it is imported as, the backend it works on."""

    name: str
    module: str
    backend: str = "tensorflow"


PEERS = (
    Peer("keract", "keract"),
    Peer("tf-keras-vis", "tf_keras_vis"),
    Peer("tf-explain", "tf_explain"),
    Peer("xplique", "xplique"),
    Peer("shap", "shap"),
    Peer("captum", "captum", "torch"),
)


def measure_peer(name: str, case: Case, effort: Effort, works: str = "") -> Iterator[dict[str, Any]]:
    """One row per work, or why there is none."""
    peer = next(peer for peer in PEERS if peer.name == name)
    place = {"model": case.name, "backend": peer.backend, "peer": f"{peer.name} {version(peer.name)}"}
    for work, (function, note) in import_module(f"tests.benchmarks.peers.on_{peer.module}").WORKS.items():
        if works not in work:
            continue
        try:
            found = _beside_the_limit(function, work, peer, case, effort)
        except Exception as error:  # noqa: BLE001  # see above
            text = (str(error).strip().splitlines() or [""])[0]
            found = {"failed": f"fails: {type(error).__name__}: {text[:90]}"}
        yield {"work": work, "note": note} | place | found


def _beside_the_limit(
    function: Callable[[Case], Timed], work: str, peer: Peer, case: Case, effort: Effort
) -> dict[str, Any]:
    from tests.benchmarks.by_hand import by_hand

    first = seconds_of(lambda: function(case)(case.x))  # some prepare when they are constructed
    theirs, limit = function(case), named(work).limit(by_hand(peer.backend), case.model)
    for side in (limit, theirs):
        side(case.x)
    steady = in_turn(
        lambda: lambda: limit(case.x), lambda: lambda: theirs(case.x), seconds=effort.seconds, least=effort.least
    )
    memory = [peak_memory(lambda: limit(case.x)), peak_memory(lambda: theirs(case.x))]
    return {"steady": asdict(steady) | {"ratio": steady.ratio}, "first_call": first, "memory": memory}
