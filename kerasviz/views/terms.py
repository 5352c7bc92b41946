"""The terms of a sum as arrays for the browser: the strongest ones, and all of them added up per channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kerasviz.rules.result import Block, Stage
from kerasviz.rules.scene import Scene

__all__ = ["Group", "Packed", "TermSource", "pack"]

MAX_TERMS = 4096
MAX_GROUPS = 2048
MAX_NAMES = 4096


@dataclass(frozen=True, slots=True)
class TermSource:
    """Where terms have their inputs from: a layer or input, or (`stage`) an inner result; `function` was applied to them.

    `layer_kind` is "" for what no layer gave: an input of the model, an argument. `axes` are those of an index.
    `names` are what the places of a row are called: the columns of a table. `weight_stage` is the inner result that the weights are. "{0}", "{1}" in the name of a stage stand for a term's index.
    """

    path: str
    layer_kind: str = ""
    axes: tuple[str, ...] = ()
    stage: str = ""
    function: str = ""
    weight_path: str = ""
    weight_stage: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The terms of one channel of one source, added up."""

    source: int
    channel: int
    count: int
    sum: float


@dataclass(frozen=True, slots=True)
class Packed:
    """What travels of a sum's terms."""

    sources: tuple[TermSource, ...]
    groups: tuple[Group, ...]
    tensors: Mapping[str, np.ndarray]
    rest: float


def pack(sum_: Stage, scene: Scene, columns: tuple[str, ...] = ()) -> Packed:
    """The strongest terms in order, and the groups of all, strongest first. `columns`: what a table calls its own."""
    blocks = sum_.terms.blocks
    keys = [_source(block, scene, columns) for block in blocks]
    sources = tuple(dict.fromkeys(keys))
    source_of = np.array([sources.index(key) for key in keys], np.int32)
    groups, group_of = _groups(blocks, source_of, scene)
    order = sum_.terms.order[:MAX_TERMS]
    lengths = [len(block) for block in blocks]
    sources_all = np.repeat(source_of, lengths) if blocks else np.zeros(0, np.int32)
    tensors = {
        "inputs": sum_.terms.inputs[:MAX_TERMS].astype(np.float32),
        "weights": sum_.terms.weights[:MAX_TERMS].astype(np.float32),
        "products": sum_.terms.products[:MAX_TERMS].astype(np.float32),
        "source": sources_all[order].astype(np.int32),
        "group": group_of[order].astype(np.int32),
        "index": _padded([block.index for block in blocks], lengths)[order],
        "weight_index": _padded([block.weight_index for block in blocks], lengths)[order],
    }
    return Packed(sources, groups, tensors, float(sum_.terms.products[MAX_TERMS:].sum()))


def _source(block: Block, scene: Scene, columns: tuple[str, ...]) -> TermSource:
    path = block.path
    given = scene.inputs.get(path)
    names = columns[:MAX_NAMES] if given is not None and given.shape[1:] == (len(columns),) else ()
    return TermSource(
        path, scene.kind(path), scene.axes(path), block.stage, block.function, block.weight_path, block.weight_stage, names
    )  # fmt: skip


def _groups(blocks: tuple[Block, ...], source_of: np.ndarray, scene: Scene) -> tuple[tuple[Group, ...], np.ndarray]:
    """Terms per (source, channel); -1 for terms of a source without channels."""
    keys = []
    for block, source in zip(blocks, source_of, strict=True):
        axis = scene.channel_axis(block.path)
        several = axis is not None and block.index.shape[1] > 1
        channels = block.index[:, axis] if several and axis is not None else np.full(len(block), -1)
        keys.append(np.stack([np.full(len(block), source), channels], axis=1))
    if not keys:
        return (), np.zeros(0, np.int32)
    flat = np.concatenate(keys)
    found, inverse = np.unique(flat, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    products = np.concatenate([block.products for block in blocks])
    sums, counts = np.bincount(inverse, products, len(found)), np.bincount(inverse, minlength=len(found))
    order = np.argsort(-np.abs(np.nan_to_num(sums)), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    groups = [Group(int(found[i, 0]), int(found[i, 1]), int(counts[i]), float(np.nan_to_num(sums[i]))) for i in order]
    numbers = place[inverse]
    return tuple(groups[:MAX_GROUPS]), np.where(numbers < MAX_GROUPS, numbers, -1)


def _padded(parts: list[np.ndarray | None], lengths: list[int]) -> np.ndarray:
    """Indices of different ranks as one array, what is missing -1."""
    width = max([1, *(part.shape[1] for part in parts if part is not None)])
    found = np.full((sum(lengths), width), -1, np.int32)
    start = 0
    for part, length in zip(parts, lengths, strict=True):
        if part is not None:
            found[start : start + length, : part.shape[1]] = part
        start += length
    return found
