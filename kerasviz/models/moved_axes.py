"""What axes mean after they were moved, taken away, joined or multiplied: from the layer's settings, never from sizes.

A name is handed on only with its axis. Axes that nobody named stay "axis_2".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["moved_axes", "new_units", "unknown_axes"]

Axes = tuple[str, ...]


def unknown_axes(rank: int) -> Axes:
    """Names for axes whose meaning is not known; a matrix is always batch × unit."""
    if rank == 2:
        return ("batch", "unit")
    return ("batch", *(f"axis_{i}" for i in range(1, rank)))[:rank]


def new_units(axes: Axes) -> Axes:
    """A dense layer on the last axis: of a picture's channels it makes channels, of anything else units."""
    return axes if axes[-1] == "channel" else (*axes[:-1], "unit")


def moved_axes(operation: Any, rank: int, inputs: Sequence[Axes]) -> Axes:
    """The axes of the output; () where this kind of layer is not known here."""
    rule = _RULES.get(type(operation).__name__)
    found = rule(operation, list(inputs)) if rule else ()
    return _distinct(found) if len(found) == rank and found[:1] == ("batch",) else ()


def _distinct(axes: Axes) -> Axes:
    """Axes that are not known are called by where they are now; a second axis of one name is none of the known."""
    return tuple(
        f"axis_{i}" if name in axes[:i] or name.startswith("axis_") or not name else name for i, name in enumerate(axes)
    )


def _permuted(operation: Any, inputs: list[Axes]) -> Axes:
    dims = tuple(getattr(operation, "dims", ()))
    return _picked(inputs, (0, *dims))


def _transposed(operation: Any, inputs: list[Axes]) -> Axes:
    axes = getattr(operation, "axes", None)
    return _picked(inputs, tuple(axes)) if axes is not None else ()


def _picked(inputs: list[Axes], order: tuple[int, ...]) -> Axes:
    if not inputs or sorted(i % len(order) for i in order) != list(range(len(inputs[0]))):
        return ()
    return tuple(inputs[0][i] for i in order)


def _series(*_: Any) -> Axes:
    """Cropping1D, UpSampling1D: they take (batch, steps, channels)."""
    return ("batch", "time", "channel")


def _repeated(*_: Any) -> Axes:
    """RepeatVector: one vector for each step."""
    return ("batch", "time", "unit")


def _reduced(operation: Any, inputs: list[Axes]) -> Axes:
    """Mean, Max, Sum …: what was reduced is gone."""
    axis, axes = getattr(operation, "axis", None), inputs[0] if inputs else ()
    if axis is None or not axes or getattr(operation, "keepdims", False):
        return axes if getattr(operation, "keepdims", False) else ()
    gone = {i % len(axes) for i in (axis if isinstance(axis, list | tuple) else (axis,))}
    return tuple(name for i, name in enumerate(axes) if i not in gone)


def _expanded(operation: Any, inputs: list[Axes]) -> Axes:
    axis, axes = getattr(operation, "axis", None), inputs[0] if inputs else ()
    if not isinstance(axis, int) or not axes:
        return ()
    axis %= len(axes) + 1
    return (*axes[:axis], "", *axes[axis:])


def _split(_: Any, inputs: list[Axes]) -> Axes:
    return inputs[0] if inputs else ()


def _dotted(operation: Any, inputs: list[Axes]) -> Axes:
    """Dot: of each input what is not summed over."""
    axes = getattr(operation, "axes", None)
    pair = (axes, axes) if isinstance(axes, int) else tuple(axes or ())
    if len(inputs) != 2 or len(pair) != 2:
        return ()
    one, other = (
        [name for i, name in enumerate(a) if i not in (0, p % len(a))] for a, p in zip(inputs, pair, strict=True)
    )
    return ("batch", *one, *other)


def _multiplied(_: Any, inputs: list[Axes]) -> Axes:
    """Matmul: rows of the first, columns of the second."""
    if len(inputs) != 2 or len(inputs[0]) != len(inputs[1]) or len(inputs[0]) < 3:
        return ()
    return (*inputs[0][:-1], inputs[1][-1])


def _einsum(operation: Any, inputs: list[Axes]) -> Axes:
    """EinsumDense: letters of the input keep their meaning, one new letter stands for the units."""
    given, _, after = operation.equation.replace(" ", "").partition("->")
    before = given.split(",")[0]
    if "." in operation.equation or not inputs or len(before) != len(inputs[0]):
        return ()
    meaning = dict(zip(before, inputs[0], strict=True))
    new = [letter for letter in after if letter not in meaning]
    if len(new) == 1:
        meaning[new[0]] = "channel" if inputs[0][-1] == "channel" else "unit"
    return tuple(meaning.get(letter, "") for letter in after)


def _mel(*_: Any) -> Axes:
    return ("batch", "frequency", "time")


_RULES: dict[str, Callable[[Any, list[Axes]], Axes]] = {
    "Permute": _permuted,
    "Transpose": _transposed,
    "Cropping1D": _series,
    "UpSampling1D": _series,
    "RepeatVector": _repeated,
    "ExpandDims": _expanded,
    "Stack": _expanded,
    "Split": _split,
    "Dot": _dotted,
    "Matmul": _multiplied,
    "EinsumDense": _einsum,
    "MelSpectrogram": _mel,
    **dict.fromkeys(("Mean", "Max", "Min", "Sum", "Var", "Std", "Prod", "Amax", "Amin"), _reduced),
}
