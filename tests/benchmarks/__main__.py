"""`python -m tests.benchmarks`: starts one process per model and backend, prints one table."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks.footprint import footprint
from tests.benchmarks.peers import PEERS, Peer
from tests.benchmarks.table import peer_table, table

BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}  # name → what has to be installed


def main() -> None:
    """Measure and print; interrupted, print what there is."""
    options = _options()
    ours: list[dict[str, Any]] = []
    peers: list[dict[str, Any]] = []
    try:
        for row in _rows(options):
            (peers if "peer" in row else ours).append(row)
            if options.json:
                options.json.write_text(json.dumps({"ours": ours, "peers": peers}, indent=1), encoding="utf-8")
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
    print(footprint(), "", table(ours), _LEGEND, sep="\n")
    if peers:
        print("", peer_table(peers), sep="\n")


def _rows(options: Any) -> Iterator[dict[str, Any]]:
    """Ours on every backend, then the peers."""
    for backend in options.backends:
        if find_spec(BACKENDS[backend]) is None:
            yield {"work": "all", "model": "", "backend": backend, "failed": "not installed"}
            continue
        for model in options.models:
            yield from _measured(options, backend, model)
    for model in options.models if options.peers else ():
        for peer in PEERS:
            yield from _peer(options, peer, model)


_LEGEND = """
limit: the same mathematics hand-written in one compiled function (torch: eager), timed in turn with ours; medians.
least: the same ratio of the fastest runs. first: the first call on a model never seen, beside an eager forward
(activations; on JAX compiling the forward) or tracing the hand-written function once (gradients).
MB: the most the process held during one call, in brackets during the limit's. noise?: the fastest runs reached it.
The limits are meant for TensorFlow; JAX and torch are reported beside it."""


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--models", type=_names, default=["mnist", "mobilenet", "resnet", "mobilenet-96"])
    parser.add_argument("--backends", type=_names, default=list(BACKENDS))
    parser.add_argument("--works", default="", help="only those whose name contains this")
    parser.add_argument(
        "--peers", action="store_true", help="also other libraries on the same work (pip install '.[bench]')"
    )
    parser.add_argument("--quick", action="store_true", help="a glance: few repeats")
    parser.add_argument("--json", type=Path, help="also write every number to this file")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one model on one backend")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _peer(options: Any, peer: Peer, model: str) -> Iterator[dict[str, Any]]:
    if find_spec(peer.module) is None or find_spec(BACKENDS[peer.backend]) is None:
        yield {"work": "all", "model": model, "backend": peer.backend, "peer": peer.name, "failed": "not installed"}
    else:
        yield from _measured(options, peer.backend, model, peer.name)


def _measured(options: Any, backend: str, model: str, peer: str | None = None) -> Iterator[dict[str, Any]]:
    """The results of one process, as far as it came, and a row that says why it did not come further."""
    start = time.perf_counter()
    print(f"… {model} on {backend}" + (f", {peer}" if peer else ""), end="", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / "results.jsonl"
        failure = _run(options, backend, [f"--model={model}", f"--into={into}", *([f"--peer={peer}"] if peer else [])])
        if into.exists():
            yield from map(json.loads, into.read_text(encoding="utf-8").splitlines())
    print(f" {time.perf_counter() - start:.0f} s", file=sys.stderr)
    if failure:
        named = {"peer": peer} if peer else {}
        yield {"work": "the rest", "model": model, "backend": backend, "failed": failure} | named


def _run(options: Any, backend: str, arguments: list[str]) -> str:
    """Why the worker failed; "" if it did not."""
    command = [sys.executable, "-m", "tests.benchmarks.worker", f"--works={options.works}", *arguments]
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    # torch's threads spin while they wait: with anything else on the machine, seconds are lost at random.
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if options.quick:
        command.append("--quick")
    try:
        done = subprocess.run(
            command,
            env=environment,
            timeout=options.timeout,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {options.timeout:.0f} s"
    if done.returncode == 0:
        return ""
    lines = done.stderr.strip().splitlines() or [""]
    return f"killed by signal {-done.returncode}" if done.returncode < 0 else f"fails: {lines[-1][:150]}"


if __name__ == "__main__":
    main()
