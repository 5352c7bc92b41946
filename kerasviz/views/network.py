"""The list of layers, in the order they run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from kerasviz.views.base import LayerLike, Panel, PanelView, Source
from kerasviz.wire.messages import Payload

__all__ = ["PANEL", "Card", "Network"]


@dataclass(frozen=True, slots=True)
class Card:
    """One layer of the network, as the overview shows it; nothing here depends on the sample.

    `inputs` are the paths that feed it ("input…" for the model's own), `multiply_adds` and
    `memory` (bytes of its output) are of one sample; None where they are not known.
    """

    path: str
    name: str
    layer_kind: str
    output_shape: tuple[int | None, ...] | None
    num_parameters: int
    depth: int
    parent: str
    is_operation: bool = False
    is_container: bool = False
    note: str = ""
    inputs: tuple[str, ...] = ()
    multiply_adds: int | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Network(Payload):
    """The list of layers, in the order they run.

    `inputs_made`: the user gave no inputs.
    """

    model_name: str
    cards: tuple[Card, ...]
    inputs_made: bool = False
    kind: ClassVar[str] = "network"


@dataclass(frozen=True, slots=True)
class NetworkParams:
    """None: there is one network."""


def _build(source: Source, _params: NetworkParams) -> Panel:
    parents = {layer.path: layer.parent for layer in source.layers}
    cards = tuple(_card(layer, parents) for layer in source.layers)
    return Panel(Network(source.model_name, cards, source.samples.made))


def _card(layer: LayerLike, parents: dict[str, str]) -> Card:
    return Card(
        path=layer.path,
        name=layer.name,
        layer_kind=layer.kind,
        output_shape=layer.output_shape,
        num_parameters=layer.num_parameters,
        depth=_depth(layer, parents),
        parent=layer.parent,
        is_operation=layer.is_operation,
        is_container=layer.is_container,
        note=layer.note,
        inputs=layer.inputs,
        multiply_adds=layer.multiply_adds,
        memory=_memory(layer),
    )


_WIDTHS = {"bool": 1, "float8_e4m3fn": 1, "float8_e5m2": 1, "bfloat16": 2}


def _memory(layer: LayerLike) -> int | None:
    """Bytes of one sample's output."""
    if layer.output_shape is None or layer.dtype is None:
        return None
    lengths = [length for length in layer.output_shape[1:] if length is not None]
    digits = layer.dtype.lstrip("abcdefghijklmnopqrstuvwxyz")
    width = _WIDTHS.get(layer.dtype) or (int(digits) // 8 if digits.isdigit() else 0)
    known = width and len(lengths) == len(layer.output_shape[1:])
    return math.prod(lengths) * width if known else None


def _depth(layer: LayerLike, parents: dict[str, str]) -> int:
    """How many containers it hangs in."""
    depth, parent = 0, layer.parent
    while parent and depth < 64:
        depth, parent = depth + 1, parents.get(parent, "")
    return depth


PANEL = PanelView(NetworkParams, Network, _build)
