"""The limits: what a person who knows the backend well would write for one model, with nothing else in mind.

One module per backend, each with the same functions: `make(model)` gives a function of one NumPy image that returns
NumPy, compiled where the backend compiles, weights read at every call. They know a lot that kerasviz cannot assume:
one functional model, each layer called once, a last `Dense` with a fused softmax, the layer wanted.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def by_hand(backend: str) -> Any:
    """The module of one backend."""
    return import_module(f"tests.benchmarks.by_hand.on_{backend}")
