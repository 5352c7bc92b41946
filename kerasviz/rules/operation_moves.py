"""Operations of functional graphs that only move numbers; what their call took beside tensors is in `arguments`."""

from __future__ import annotations

import numpy as np

from kerasviz.rules.moves import NOTHING, Mover, Route, whole_numbers

__all__ = ["OPERATION_MOVES"]

Numbers = list[np.ndarray]


def _get_item(route: Route, numbers: Numbers) -> np.ndarray | None:
    key = tuple(route.arguments.get("key", ()))
    if not key or (key[0] is not Ellipsis and key[0] != slice(None)):
        return None  # samples are chosen, or made
    if not all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in key):
        return None
    try:
        found: np.ndarray = numbers[0][key]
    except IndexError:  # a list of places was taken apart
        return None
    return found


def _slice(route: Route, numbers: Numbers) -> np.ndarray | None:
    starts, lengths = whole_numbers(list(route.arguments.get("start_indices", ()))), route.settings.get("shape", ())
    if len(starts) != numbers[0].ndim or len(lengths) != numbers[0].ndim or starts[0] != 0:
        return None
    ends = [None if length == -1 else start + length for start, length in zip(starts, lengths, strict=True)]
    return numbers[0][tuple(slice(start, end) for start, end in zip(starts, ends, strict=True))]


def _take(route: Route, numbers: Numbers) -> np.ndarray | None:
    axis, given = route.settings.get("axis"), route.arguments.get("indices", ())
    if not isinstance(axis, int) or axis % numbers[0].ndim == 0 or not len(given):
        return None
    if len(given) == 1 and isinstance(given[0], np.ndarray):
        places = given[0].astype(np.int64)
    elif whole_numbers(list(given)):
        alone = len(given) == 1 and len(route.shape) + 1 < numbers[0].ndim
        places = np.asarray(given[0] if alone else list(given))
    else:
        return None
    length = numbers[0].shape[axis]
    if np.any(places < -length) or np.any(places >= length):
        return None
    return np.take(numbers[0], places, axis=axis)


def _split(route: Route, numbers: Numbers) -> np.ndarray | None:
    axis, at = route.settings.get("axis"), route.settings.get("indices_or_sections")
    if not isinstance(axis, int) or axis % numbers[0].ndim == 0:
        return None
    parts = np.array_split(numbers[0], at if isinstance(at, int) else list(whole_numbers(at)), axis=axis)
    if route.output >= len(parts):
        return None
    part: np.ndarray = parts[route.output]
    return part


def _unstack(route: Route, numbers: Numbers) -> np.ndarray | None:
    axis = route.settings.get("axis")
    if not isinstance(axis, int) or axis % numbers[0].ndim == 0:
        return None
    found: np.ndarray = np.take(numbers[0], route.output, axis=axis)
    return found


def _tile(route: Route, numbers: Numbers) -> np.ndarray | None:
    repeats = whole_numbers(route.settings.get("repeats"))
    return np.tile(numbers[0], repeats) if repeats else None


def _roll(route: Route, numbers: Numbers) -> np.ndarray | None:
    axis, shift = whole_numbers(route.settings.get("axis")), whole_numbers(route.settings.get("shift"))
    if not axis or not shift or any(each % numbers[0].ndim == 0 for each in axis):
        return None
    return np.roll(numbers[0], shift * len(axis) if len(shift) == 1 else shift, axis)


def _swapped(route: Route, numbers: Numbers) -> np.ndarray | None:
    return np.swapaxes(numbers[0], int(route.settings["axis1"]), int(route.settings["axis2"]))


def _axis_moved(route: Route, numbers: Numbers) -> np.ndarray | None:
    return np.moveaxis(numbers[0], route.settings["source"], route.settings["destination"])


def _turned(route: Route, numbers: Numbers) -> np.ndarray | None:
    axes = whole_numbers(route.settings.get("axes"))
    if len(axes) != 2 or any(axis % numbers[0].ndim == 0 for axis in axes):
        return None
    return np.rot90(numbers[0], int(route.settings["k"]), (axes[0], axes[1]))


def _spread(route: Route, numbers: Numbers) -> np.ndarray | None:
    """Broadcasting."""
    return np.broadcast_to(numbers[0], (1, *route.shape)) if numbers[0].ndim <= len(route.shape) + 1 else None


def _triangle(route: Route, numbers: Numbers) -> np.ndarray | None:
    """Half of each matrix, and zeros."""
    keep = np.tril if route.kind == "Tril" else np.triu
    mask = keep(np.ones(numbers[0].shape[-2:], bool), int(route.settings["k"]))
    return np.where(mask, numbers[0], NOTHING) if numbers[0].ndim > 2 else None


def _depth_to_space(route: Route, numbers: Numbers) -> np.ndarray | None:
    """Blocks of channels become blocks of a picture."""
    size, cells = int(route.settings["block_size"]), _channels_last(route, numbers[0])
    _, height, width, channels = cells.shape
    apart = cells.reshape(1, height, width, size, size, channels // size**2).transpose(0, 1, 3, 2, 4, 5)
    return _own_layout(route, apart.reshape(1, height * size, width * size, -1))


def _space_to_depth(route: Route, numbers: Numbers) -> np.ndarray | None:
    size, cells = int(route.settings["block_size"]), _channels_last(route, numbers[0])
    _, height, width, channels = cells.shape
    apart = cells.reshape(1, height // size, size, width // size, size, channels).transpose(0, 1, 3, 2, 4, 5)
    return _own_layout(route, apart.reshape(1, height // size, width // size, -1))


def _channels_last(route: Route, cells: np.ndarray) -> np.ndarray:
    return np.moveaxis(cells, 1, -1) if route.settings.get("data_format") == "channels_first" else cells


def _own_layout(route: Route, cells: np.ndarray) -> np.ndarray:
    return np.moveaxis(cells, -1, 1) if route.settings.get("data_format") == "channels_first" else cells


def _joined(route: Route, numbers: Numbers) -> np.ndarray | None:
    rank = numbers[0].ndim
    axis = {"Hstack": 1, "Vstack": 0, "Dstack": 2}[route.kind]
    return np.concatenate(numbers, axis=axis) if axis and rank > axis else None


OPERATION_MOVES: dict[str, Mover] = {
    "GetItem": _get_item,
    "Slice": _slice,
    "Take": _take,
    "Split": _split,
    "ArraySplit": _split,
    "Unstack": _unstack,
    "Tile": _tile,
    "Roll": _roll,
    "Swapaxes": _swapped,
    "Moveaxis": _axis_moved,
    "Rot90": _turned,
    "BroadcastTo": _spread,
    "Tril": _triangle,
    "Triu": _triangle,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "Hstack": _joined,
    "Vstack": _joined,
    "Dstack": _joined,
}
