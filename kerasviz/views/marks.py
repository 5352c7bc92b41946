"""Marks for the cards of the network: channels that a scan found dead, constant, copies of others, or saturated.

What these words mean is the doctor's (`kerasviz.doctor.faults`). Copies are compared by their largest numbers in the samples
that the scan drew; whether a sigmoid is saturated is looked up in some samples, for a histogram does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from kerasviz.doctor import faults
from kerasviz.doctor.channels import Channels, by_channel, channels_of_scan
from kerasviz.doctor.graph import named_function
from kerasviz.scanning.scan import Scan
from kerasviz.views.base import LayerLike, Panel, PanelView, Source
from kerasviz.views.reduce import as_float
from kerasviz.views.scanned import NoParams
from kerasviz.wire.messages import Payload

__all__ = ["PANEL", "LayerMarks", "Marks"]

_LOOKED_AT = 16  # samples, for what is saturated
_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM", "RNN", "Bidirectional")


@dataclass(frozen=True, slots=True)
class LayerMarks:
    """How many of a layer's channels do nothing of use; `saturated` is the share of its numbers, 0 where that is no worry."""

    path: str
    channels: int
    dead: int = 0
    constant: int = 0
    copies: int = 0
    saturated: float = 0.0


@dataclass(frozen=True, slots=True)
class Marks(Payload):
    """The layers that have something to be marked, over so many samples; none without a scan of the present weights."""

    samples: int
    layers: tuple[LayerMarks, ...]
    kind: ClassVar[str] = "marks"


_KNOWN: WeakKeyDictionary[Scan, Marks] = WeakKeyDictionary()


def _build(source: Source, _: NoParams) -> Panel:
    state = source.scan_state()
    if state.scan is None or state.stale:
        return Panel(Marks(0, ()))
    if state.scan not in _KNOWN:
        _KNOWN[state.scan] = _marks(source, state.scan)
    return Panel(_KNOWN[state.scan])


def _marks(source: Source, scan: Scan) -> Marks:
    known, found = channels_of_scan(scan), []
    layers = [layer for layer in source.layers if layer.path in known]
    functions = {layer.path: named_function(layer.kind, source.settings(layer.path)) for layer in layers}
    flat = _saturated(source, scan, {path: name for path, name in functions.items() if name in faults.ENDS})
    for done, layer in enumerate(layers):
        source.step(done, len(layers))
        one = _of_layer(scan, layer, known[layer.path], functions[layer.path], flat.get(layer.path, 0.0))
        if one.dead or one.constant or one.copies or one.saturated:
            found.append(one)
    return Marks(scan.num_samples, tuple(found))


def _of_layer(scan: Scan, layer: LayerLike, seen: Channels, function: str, saturated: float) -> LayerMarks:
    some = scan.tally.some.values[:, scan.tally.columns.slices[layer.path]]
    idle = faults.dead(seen, function) | faults.constant(seen, function)
    copies = faults.copies(some) if len(some) and faults.has_own_weights(layer) else {}
    return LayerMarks(
        layer.path,
        len(seen.count),
        int(faults.dead(seen, function).sum()),
        int(faults.constant(seen, function).sum()),
        sum(not idle[channel] for channel in copies),
        saturated,
    )


def _saturated(source: Source, scan: Scan, functions: dict[str, str]) -> dict[str, float]:
    """The shares of numbers beyond the ends, where they are many; the answer of a model is meant to be sure."""
    kinds = {layer.path: layer for layer in source.layers}
    last = next(reversed(scan.layers), "")
    paths = [path for path in functions if path != last and not kinds[path].kind.startswith(_RECURRENT)]
    samples = scan.outcomes.samples if len(scan.outcomes) else np.arange(scan.num_samples)
    if not paths or not len(samples):
        return {}
    picked = np.unique(np.linspace(0, len(samples) - 1, _LOOKED_AT).astype(int))
    shares: dict[str, list[float]] = {path: [] for path in paths}
    for sample in samples[picked].tolist():
        activations = source.activations(sample)
        for path in paths:
            if path in activations:
                values = by_channel(as_float(activations[path]))
                shares[path].append(float(faults.beyond(values, functions[path]).mean()))
    means = {path: float(np.mean(each)) for path, each in shares.items() if each}
    return {path: share for path, share in means.items() if share >= faults.SATURATED}


PANEL = PanelView(NoParams, Marks, _build)
