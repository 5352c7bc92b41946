"""A recurrent layer read out of its surroundings: cells, inputs, mask and first states, and what went on inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.rules.recurrent_maths import CELLS, STATES, Cell, Steps, run
from kerasviz.views.base import Record
from kerasviz.views.checks import Difference, compare
from kerasviz.views.masks import mask_behind, masks_given, own_order

__all__ = ["Half", "Reading", "cells_of", "halves", "read"]


@dataclass(frozen=True)
class Half:
    """One recurrent layer: the layer itself, or one direction of a Bidirectional one."""

    name: str  # "" or "forward", "backward"
    settings: Mapping[str, Any]
    path: str  # of its weights and its output, within the layer; "" for the layer itself


@dataclass(frozen=True)
class Reading:
    """What went on inside, in the order the steps were taken; one entry for each cell.

    `mask` is in that order too. `difference` is None where the layer's own output is not known.
    """

    steps: tuple[Steps, ...]
    backwards: bool
    mask: np.ndarray | None
    initial: bool
    difference: Difference | None


def halves(record: Record) -> tuple[Half, ...]:
    """The recurrent layers that a layer consists of; () where it is none that is known here."""
    if record.layer.kind in CELLS:
        return (Half("", record.around.settings, ""),)
    settings = record.around.settings if record.layer.kind in ("RNN", "Bidirectional") else {}
    if record.layer.kind == "RNN":
        return (Half("", settings, ""),) if _cell_settings(settings) else ()
    named = (("forward", settings.get("layer") or {}), ("backward", settings.get("backward_layer") or {}))
    if not all(half.get("class_name") in CELLS or _cell_settings(half) for _, half in named):
        return ()
    return tuple(Half(name, half, str(half["name"])) for name, half in named)


def _kind(settings: Mapping[str, Any]) -> str:
    """The kind of a cell's or a layer's settings: "LSTM" of an LSTMCell; "" if it is not known here."""
    kind = str(settings.get("class_name", "")).removesuffix("Cell")
    return kind if kind in CELLS else ""


def _cell_settings(settings: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The settings of the cells in an RNN layer; () if one is not known here."""
    cell = settings.get("cell") or {}
    cells: Sequence[Mapping[str, Any]] = cell["cells"] if cell.get("class_name") == "StackedRNNCells" else (cell,)
    return tuple(cells) if all(_kind(each) for each in cells) else ()


def cells_of(record: Record, half: Half) -> tuple[Cell, ...]:
    """The cells with the weights as the layer computes with them; () if its weights are not the usual ones."""
    weights = {
        name.removeprefix(f"{half.path}/"): array
        for name, array in record.around.weights.items()
        if not half.path or name.startswith(f"{half.path}/")
    }
    inner = _cell_settings(half.settings)
    if not inner:
        kind = record.layer.kind if not half.path else half.settings["class_name"]
        inner = ({**half.settings, "class_name": kind, "name": ""},)
    found = tuple(_cells(inner, weights, record.around.activation.dtype))
    return found if len(found) == len(inner) else ()


def _cells(inner: Sequence[Mapping[str, Any]], weights: Mapping[str, np.ndarray], dtype: np.dtype) -> Iterator[Cell]:
    taken: dict[str, int] = {}
    for each in inner:
        name = str(each.get("name", ""))
        taken[name] = taken.get(name, 0) + 1
        own = _own_weights(weights, name, f"~{taken[name]}" if taken[name] > 1 else "")
        cast = {leaf: array.astype(dtype).astype(np.float64) for leaf, array in own.items()}
        kernel, recurrent = cast.get("kernel"), cast.get("recurrent_kernel")
        if kernel is None or recurrent is None or recurrent.shape[1] != CELLS[_kind(each)] * recurrent.shape[0]:
            return
        functions = (str(each.get("activation") or "linear"), str(each.get("recurrent_activation") or "linear"))
        yield Cell(
            _kind(each), kernel, recurrent, cast.get("bias"), *functions, reset_after=bool(each.get("reset_after"))
        )


def _own_weights(weights: Mapping[str, np.ndarray], name: str, mark: str) -> dict[str, np.ndarray]:
    """The weights of the cell of a name, the second of that name having the mark "~2"."""
    own = {}
    for path, array in weights.items():
        parent, _, leaf = path.rpartition("/")
        plain = leaf.partition("~")[0]
        if leaf == plain + mark and name in ("", parent.rpartition("/")[2]):
            own[plain] = array
    return own


def read(record: Record, half: Half, cells: Sequence[Cell]) -> Reading | None:
    """What went on inside; None where what fed the layer is not known."""
    given = [own_order(each) for each in record.around.inputs]
    dtype = record.around.activation.dtype
    if not given or given[0].ndim != 2 or given[0].shape[1] != cells[0].kernel.shape[0] or given[0].dtype.kind == "b":
        return None
    sequence = given[0].astype(dtype).astype(np.float64)
    states = [each.astype(dtype).astype(np.float64) for each in given[1:] if each.shape == (cells[0].units,)]
    backwards = bool(half.settings.get("go_backwards"))
    initial = _initial(states, half, cells)
    output = _output(record, half)
    masks = [mask for mask in masks_given(record) if mask.shape == (len(sequence),)]
    best = _attempt(cells, sequence, masks[0] if masks else None, initial, backwards, output)
    if not masks and best.difference is not None and not best.difference.good:
        behind = mask_behind(record)
        if behind is not None and behind.shape == (len(sequence),):
            other = _attempt(cells, sequence, behind, initial, backwards, output)
            best = other if other.difference is not None and other.difference.good else best
    return best


def _initial(states: Sequence[np.ndarray], half: Half, cells: Sequence[Cell]) -> tuple[np.ndarray, ...]:
    """The first states of one layer or direction among the layer's inputs; one tensor may have been given for all."""
    count = STATES[cells[0].kind]
    total = count * (2 if half.name else 1)
    if len(cells) > 1 or len(states) not in (1, total):
        return ()
    full = list(states) * (total if len(states) == 1 else 1)
    return tuple(full[-count:] if half.name == "backward" else full[:count])


def _output(record: Record, half: Half) -> np.ndarray | None:
    """What the layer, or the direction, gave, in the order of its steps."""
    own = record.around.activation
    if not half.path:
        return own
    if half.path in record.around.parts:
        part: np.ndarray = record.around.parts[half.path][0]
        return part
    if record.around.settings.get("merge_mode") != "concat":
        return None
    middle = own.shape[-1] // 2
    if half.name == "forward":
        return own[..., :middle]
    return own[::-1, middle:] if own.ndim == 2 else own[..., middle:]


def _attempt(  # noqa: PLR0913, PLR0917 - what a run consists of
    cells: Sequence[Cell], sequence: np.ndarray, mask: np.ndarray | None,
    initial: tuple[np.ndarray, ...], backwards: bool, output: np.ndarray | None,  # noqa: FBT001
) -> Reading:  # fmt: skip
    taken, skipped = (sequence[::-1], None if mask is None else mask[::-1]) if backwards else (sequence, mask)
    found: list[Steps] = []
    for cell in cells:
        found.append(run(cell, taken, skipped, initial))
        taken = found[-1].hidden
    scale = max(steps.scale for steps in found)
    difference = None if output is None else _difference(found[-1].hidden, skipped, output, scale)
    return Reading(tuple(found), backwards, skipped, bool(initial), difference)


def _difference(hidden: np.ndarray, mask: np.ndarray | None, output: np.ndarray, scale: float) -> Difference:
    """Against the output; at masked steps a layer gives its state, zeros, or zeros until its first real step."""
    possible = [hidden]
    if mask is not None:
        possible += [np.where(shown[:, None], hidden, 0) for shown in (mask, np.maximum.accumulate(mask))]
    wanted = possible if output.ndim == 2 else [each[-1] for each in possible]
    return min((compare(each, output, scale) for each in wanted), key=lambda difference: difference.found)
