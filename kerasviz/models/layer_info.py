"""Plain facts about one output of one layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Argument", "LayerInfo"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing that a layer's call took: a tensor, by where it comes from, or a plain value.

    `path` is a layer's, or "input"; a tensor that no layer gave (a mask, what a model's own `call` made) is
    addressed as "dense:inputs": the argument `inputs` of `dense`. "" is a tensor that cannot be addressed.
    """

    name: str
    path: str = ""
    constant: Any = None
    is_tensor: bool = False


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One tensor that can be looked at: the output of one call of one layer.

    `kind` is the class name; `axes` has one name per axis of `output_shape`, "axis_2" where the
    meaning is not known; `inputs` are the paths that feed this call ("input" for the model's own);
    `multiply_adds` is what one sample costs in the layer itself, None when no rule tells; `note`
    says why the layer cannot be looked into, when it cannot. `arguments` is all that the call took, in order;
    `hands_on` is the output inside a container that it gives as its own; `package` is where the class is
    from, `compute_dtype` what the layer computes in, `loops` how many time loops it runs in.
    """

    path: str
    name: str
    kind: str
    output_shape: tuple[int | None, ...] | None
    dtype: str | None
    num_parameters: int
    axes: tuple[str, ...]
    parent: str
    call_index: int = 0
    output_index: int = 0
    is_operation: bool = False
    is_container: bool = False
    note: str = ""
    inputs: tuple[str, ...] = ()
    multiply_adds: int | None = None
    arguments: tuple[Argument, ...] = ()
    hands_on: str = ""
    package: str = "keras"
    compute_dtype: str | None = None
    loops: int = 0
