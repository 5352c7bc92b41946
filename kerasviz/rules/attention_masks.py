"""Who may attend to whom: the masks and settings of an attention layer's call, for one query."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.attention_maths import Mask
from kerasviz.rules.recurrent_reading import seen_mask
from kerasviz.rules.rule import Job, NoRule

__all__ = ["allowed_of", "listed_masks", "structure"]


def allowed_of(
    job: Job, head: int, query: tuple[int, ...], shape: tuple[tuple[int, ...], tuple[int, ...]]
) -> np.ndarray:
    """Which keys a query of a projected head may look at, (keys,); `shape`: of the queries, and of the keys."""
    names = ("query_mask", "key_mask", "value_mask")
    masks = {name: mask for name in names if (mask := seen_mask(job, name)) is not None}
    plain = len(query) == len(shape[0]) == len(shape[1]) == 1
    if not plain and (masks or job.constants.get("use_causal_mask") or job.settings.get("sliding_window")):
        raise NoRule("It has a mask along one axis, but attends along others.")
    queries, keys = (int(np.prod(each)) for each in shape)
    may = np.ones(keys, bool)
    if plain:
        may &= structure(job, queries, keys)[query[0]]
        for name, mask in masks.items():
            may &= mask[query[0]] if name == "query_mask" else mask
    given = seen_mask(job, "attention_mask")
    if given is not None:
        may &= _given(given, head, query, shape)
    return may


def structure(job: Job, queries: int, keys: int) -> np.ndarray:
    """What the settings allow whatever the input, (query, key)."""
    causal = bool(job.constants.get("use_causal_mask") or job.settings.get("is_causal"))
    window = int(job.settings.get("sliding_window") or 0)
    return Mask(causal, window=window).allowed(0, queries, keys)


def _given(
    mask: np.ndarray, head: int, query: tuple[int, ...], shape: tuple[tuple[int, ...], tuple[int, ...]]
) -> np.ndarray:
    """The row of a mask that was given, (query, key) or (head, query, key)."""
    wanted = (*shape[0], *shape[1])
    while mask.ndim < len(wanted) + 1:
        if mask.ndim < len(wanted):
            raise NoRule("Its attention mask has no axis for the samples.")
        mask = mask[None]
    if mask.ndim > len(wanted) + 1 or any(n not in (1, m) for n, m in zip(mask.shape[1:], wanted, strict=True)):
        raise NoRule("Its attention mask has a shape that is not one of queries and keys.")
    of_head = np.broadcast_to(mask[min(head, len(mask) - 1)], wanted)
    found: np.ndarray = of_head[query].reshape(-1)
    return found


def listed_masks(job: Job) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The masks of query and value of a layer that takes its inputs as a list."""
    found: list[np.ndarray | None] = []
    for argument in job.layer.arguments:
        if argument.name == "mask":
            operand = next((o for o in job.operands if o.name == "mask" and o.path == argument.path), None)
            if argument.is_tensor and operand is None:
                raise NoRule("It was given a mask that cannot be seen.")
            found.append(operand.values.astype(bool) if argument.is_tensor and operand else None)
    found += [None, None]
    return found[0], found[1]
