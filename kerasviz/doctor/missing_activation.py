"""Two linear layers in a row with nothing between them: together they can do no more than one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.rule import DoctorRule

_LINEAR = frozenset("Dense Conv1D Conv2D Conv3D".split())
# Between them: what keeps the map linear at inference.
_BETWEEN = frozenset(
    "BatchNormalization AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling1D "
    "GlobalAveragePooling2D GlobalAveragePooling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D".split()
)


def _check(case: Case) -> Iterator[Finding]:
    for info in case.inner:
        if not _is_linear(case, info.path) or case.graph.function(info.path) != "linear":
            continue
        following = _following(case, info.path)
        if following is None:
            continue
        first, second = case.graph.operation(info.path), case.graph.operation(following)
        wide, middle, narrow = _width_in(first), _width_out(first), _width_out(second)
        if wide is None or middle < min(wide, narrow) or (_is_pointwise(first) and _is_pointwise(second)):
            continue  # a bottleneck, as mobile nets have it too: thin layers in place of a thick one are known and useful
        yield Finding(
            "warning",
            info.path,
            f"Nothing bends the numbers between {info.path!r} ({wide} → {middle}) and {following!r} "
            f"(→ {narrow}): neither has an activation there.",
            "A linear map of a linear map is a linear map: the two layers can learn nothing that the second alone could "
            f"not, and {info.path!r} costs {case.graph.by_path[info.path].num_parameters} parameters.",
            f"Give {info.path!r} an activation, e.g. activation='relu', or remove it.",
            {
                "width_in": wide,
                "width_between": middle,
                "width_out": narrow,
                "parameters": case.graph.by_path[info.path].num_parameters,
            },
            {"layer": info.path, "panel": "layer"},
            (info.path, following),
        )


def _is_linear(case: Case, path: str) -> bool:
    info = case.graph.by_path.get(path)
    return info is not None and info.kind in _LINEAR and info.package == "keras"


def _is_pointwise(layer: Any) -> bool:
    """A convolution with a window of one pixel."""
    return len(layer.kernel.shape) > 2 and math.prod(layer.kernel.shape[:-2]) == 1


def _following(case: Case, path: str) -> str | None:
    """The linear layer that alone takes this output, with nothing but linear maps between them."""
    consumers = case.graph.consumers(path)
    if len(consumers) != 1:
        return None
    (consumer,) = consumers
    if _is_linear(case, consumer):
        return consumer
    info = case.graph.by_path[consumer]
    passes = case.graph.hands_on(consumer) or (info.kind in _BETWEEN and info.package == "keras")
    return _following(case, consumer) if passes else None


def _width_in(layer: Any) -> int | None:
    """What one unit sums over: the window and the channels."""
    kernel = getattr(layer, "kernel", None)
    return None if kernel is None else math.prod(kernel.shape[:-1])


def _width_out(layer: Any) -> int:
    return int(layer.kernel.shape[-1])


RULE = DoctorRule("missing-activation", _check)
