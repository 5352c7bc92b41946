"""Inputs whose axes are in another order than the model takes them: BGR for RGB, turned pictures, channels first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.trials import Change, best_trial, only_input
from kerasviz.doctor.wording import number, percent

_SMOOTH = 0.5  # correlation of neighbours along what should be channels: photographs have 0.8 and more along a side
_CHANNELS = (1, 3, 4)


def _check(case: Case) -> Iterator[Finding]:
    array = only_input(case)
    if array is None or array.ndim < 3:
        return
    trial = best_trial(case, _changes(array))
    if trial is not None:
        yield Finding(
            "error",
            "input",
            f"{percent(trial.before)} of the answers are right; with the pictures {trial.name} it is {percent(trial.after)} "
            f"({trial.mended} of {case.count} samples mended, {trial.spoiled} spoiled).",
            "The weights were learned on pictures the other way round.",
            f"Prepare the inputs as in training: here, {trial.name}.",
            {"accuracy": trial.before, "accuracy_changed": trial.after, "mended": trial.mended,
             "spoiled": trial.spoiled, "samples": case.count},
            {"layer": "input", "sample": trial.example, "panel": "sample"},
        )  # fmt: skip
    else:
        yield from _channels(case, array)


def _changes(array: np.ndarray) -> dict[str, Change]:
    """The orders that the shape allows."""
    shape = array.shape[1:]
    found: dict[str, Change] = {"with light and dark exchanged": lambda x: x.max() + x.min() - x}
    if len(shape) == 3 and shape[-1] == 3:
        found["with their channels in the opposite order (RGB, BGR)"] = lambda x: x[..., ::-1]
    if len(shape) >= 2 and shape[0] == shape[1]:
        found["with height and width exchanged"] = lambda x: np.swapaxes(x, 1, 2)
    if len(shape) == 3:
        found["upside down"] = lambda x: x[:, ::-1]
    return found


def _channels(case: Case, array: np.ndarray) -> Iterator[Finding]:
    """A picture with few rows and many channels, whose channels change as smoothly as pixels do."""
    convolution = next(
        (info for info in case.inner if info.kind in ("Conv2D", "SeparableConv2D", "DepthwiseConv2D")), None
    )
    if convolution is None or array.ndim != 4 or not any(path == "input" for path in convolution.inputs):
        return
    last = case.graph.operation(convolution.path).data_format == "channels_last"
    few, many = (array.shape[1], array.shape[-1]) if last else (array.shape[-1], array.shape[1])
    sides = array.shape[2:] if last else array.shape[1:3]
    if few not in _CHANNELS or many <= max(_CHANNELS) or sides[0] != sides[1]:
        return
    smooth = _neighbours(array, -1 if last else 1)
    if smooth < _SMOOTH:
        return
    layout = "channels last" if last else "channels first"
    yield Finding(
        "warning",
        "input",
        f"The samples have the shape {array.shape[1:]}, and {convolution.path!r} works {layout}: it takes them for pictures with "
        f"{many} channels. Neighbours along that axis are as alike as pixels (correlation {number(smooth)}).",
        "A convolution slides over height and width only; here it slides over the colours, and takes columns of pixels for "
        "channels.",
        f"Move the channels: np.moveaxis(x, {'1, -1' if last else '-1, 1'}), and build the model for that shape.",
        {"channels": many, "correlation": smooth, "samples": case.count},
        {"layer": convolution.path, "sample": case.number(0), "panel": "layer"},
    )


def _neighbours(array: np.ndarray, axis: int) -> float:
    """The correlation of numbers that stand side by side along an axis."""
    moved = np.moveaxis(array.astype(np.float64), axis, -1)
    left, right = moved[..., :-1].reshape(-1), moved[..., 1:].reshape(-1)
    if left.std() == 0 or right.std() == 0:
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])


RULE = DoctorRule("input-layout", _check, needs="data")
