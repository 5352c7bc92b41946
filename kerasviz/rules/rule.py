"""What a rule is: from one layer's inputs, weights and settings to the sum that one of its units is.

A rule is one file with a `RULE` and one line in `kerasviz/rules/__init__.py`. It never looks at the unit's own value:
that is what it is checked against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from kerasviz.models.facts import OwnFunction
from kerasviz.models.layer_info import LayerInfo
from kerasviz.rules.functions import FUNCTIONS, OF_ROWS, SUBTRACTS, function_of
from kerasviz.rules.result import Block, Index, Stage, Terms

__all__ = ["Facts", "Job", "NoRule", "Operand", "Rule", "Sum", "as_dtype", "bound_of", "eps_of", "stage_of"]


class NoRule(Exception):  # noqa: N818  # an answer, not a failure; it never leaves the package
    """There is no rule for this layer, or not with these settings; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """One tensor that a layer took: the numbers of one sample, in the model's own layout, without the batch axis.

    Inside time loops `prefix` is the step: `values` is what came in at it, and a number's full index starts with it.
    `has_batch` is False for what is the same for all samples.
    """

    name: str
    path: str
    values: np.ndarray
    prefix: Index = ()
    axes: tuple[str, ...] = ()
    has_batch: bool = True

    def block(  # noqa: PLR0913  # what a term is
        self,
        index: np.ndarray,
        weights: np.ndarray | float,
        *,
        weight_path: str = "",
        weight_index: np.ndarray | None = None,
        function: str = "",
        inputs: np.ndarray | None = None,
    ) -> Block:
        """Terms with the numbers at these places, (n, axes); `inputs` where a function was applied to them."""
        index = np.asarray(index, np.int64).reshape(-1, self.values.ndim)
        if inputs is None:
            inputs = self.values[tuple(index.T)].astype(np.float64)
        before = np.broadcast_to(np.array(self.prefix, np.int64), (len(index), len(self.prefix)))
        weights = np.broadcast_to(np.asarray(weights, np.float64), (len(index),))
        whole = np.concatenate([before, index], axis=1)
        return Block(self.path, whole, inputs, weights, weight_path, weight_index, "", function)

    def one(self, index: Sequence[int], weight: float = 1.0) -> Block:
        """A single term."""
        return self.block(np.array([index]), weight)


class Facts(Protocol):
    """What a job looks up when it is asked: the layer's own things, and other layers' outputs."""

    def weights(self, path: str) -> Mapping[str, np.ndarray]: ...
    def settings(self, path: str) -> Mapping[str, Any]: ...
    def output(self, path: str) -> np.ndarray | None:
        """What a layer gave for the sample, without the batch axis."""
        ...

    def layer(self, path: str) -> LayerInfo | None: ...
    @property
    def backend(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Job:
    """One unit of one layer, and all that it may be made of.

    `unit` is its place in `output`; in a time loop both are of one step, `prefix`.
    """

    layer: LayerInfo
    unit: Index
    output: np.ndarray
    operands: tuple[Operand, ...]
    facts: Facts
    prefix: Index = ()
    constants: Mapping[str, Any] = field(default_factory=dict)  # plain arguments of the call, by name

    @property
    def kind(self) -> str:
        return self.layer.kind

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.facts.settings(self.layer.path)

    @property
    def compute_dtype(self) -> str:
        """What the layer computes in: its policy says it; operations compute in what they are given."""
        return self.layer.compute_dtype or str(self.output.dtype)

    @property
    def product_dtype(self) -> str:
        """What products of matrices are rounded in: on PyTorch, Keras makes float32 of float64 there."""
        wide = self.compute_dtype == "float64" and self.facts.backend == "torch"
        return "float32" if wide else self.compute_dtype

    def cast(self, array: np.ndarray, dtype: str | None = None) -> np.ndarray:
        """As the layer casts it, then in float64 so that nothing more is lost."""
        array = np.asarray(array)
        if array.dtype.kind in "biu" and dtype is None:
            return array.astype(np.float64)
        return array.astype(as_dtype(dtype or self.compute_dtype)).astype(np.float64)

    def weight(self, name: str, dtype: str | None = None) -> np.ndarray:
        """A variable as the layer casts it, in float64."""
        return self.cast(self.raw(name), dtype)

    def raw(self, name: str) -> np.ndarray:
        """A variable as it is."""
        weights = self.facts.weights(self.layer.path)
        if name not in weights:
            raise NoRule(f"It has no weight {name!r}.")
        return weights[name]

    def has_weight(self, name: str) -> bool:
        return name in self.facts.weights(self.layer.path)

    def input(self, name: str | None = None) -> Operand:
        """An input by its name in the layer's call, or the only one (masks aside), as the layer casts it."""
        found = [o for o in self.operands if (o.name == name if name else "mask" not in o.name)]
        if len(found) != 1:
            raise NoRule("It was given more than one input." if found else "What went in cannot be seen.")
        return self.cast_operand(found[0])

    def inputs(self) -> list[Operand]:
        """All inputs but masks, as the layer casts them."""
        given = sum(a.is_tensor and "mask" not in a.name for a in self.layer.arguments)
        if given != sum("mask" not in operand.name for operand in self.operands):
            raise NoRule("Not all that went in can be seen.")
        return [self.cast_operand(operand) for operand in self.operands if "mask" not in operand.name]

    def mask(self, name: str = "mask") -> np.ndarray | None:
        """The mask that the layer was given, True where a step counts."""
        found = next((o for o in self.operands if o.name == name), None)
        return None if found is None else found.values.astype(bool)

    def cast_operand(self, operand: Operand) -> Operand:
        values = operand.values
        if values.dtype.kind in "OSU":
            raise NoRule("It takes text.")
        if values.dtype.kind in "fV" and self.layer.compute_dtype and self.kind not in _TAKE_AS_GIVEN:
            values = values.astype(as_dtype(self.compute_dtype), copy=False)
        return replace(operand, values=values)

    def activate(self, name: Any, row: Callable[[], np.ndarray] | None = None, at: int = 0) -> dict[str, Any]:
        """The `activation` and `function` of a stage; `row` gives the totals along the last axis, for softmax and the like."""
        name = name or "linear"
        if isinstance(name, OwnFunction) and row is not None:
            return self._own(name, row, at)
        if isinstance(name, Mapping):  # a layer as an activation, by its settings
            found = function_of(name.get("class_name"), name)
        else:
            found = (name, FUNCTIONS[name]) if isinstance(name, str) and name in FUNCTIONS else None
        if found is None:
            raise NoRule(f"Its activation {name!r} is not one of Keras's.")
        return self.follows(*found, row, at)

    def _own(self, name: OwnFunction, row: Callable[[], np.ndarray], at: int) -> dict[str, Any]:
        """A function of the user's own, asked itself: all the numbers along the last axis, at least in float32."""
        dtype = "float64" if self.compute_dtype == "float64" else "float32"  # a slope is lost in half precision
        totals = np.array(row(), np.float64).reshape((1,) * self.output.ndim + (-1,))

        def function(total: float) -> float:
            given = totals.copy()
            given[..., at] = total
            return float(name(given, dtype)[..., at].item())

        # the row is the first of several: what changes with the others depends on more than it
        rows = totals + np.indices((2,) * self.output.ndim).sum(axis=0)[..., None]
        try:
            beside, alone = name(rows, dtype), function(float(totals[..., at].item()))
        except Exception as error:  # the user's own code: whatever it raises is said to be of it
            raise NoRule(f"Its activation {str(name)!r} does not take numbers along one axis: {error}") from error
        kept = beside.shape == rows.shape and np.isclose(
            beside[(0,) * self.output.ndim][at], alone, rtol=1e-4, atol=1e-6, equal_nan=True
        )
        if not kept:
            raise NoRule(f"Its activation {str(name)!r} depends on more than the numbers along the last axis.")
        return {"activation": str(name), "function": function, "inside": abs}

    def follows(
        self,
        name: str,
        whole: Callable[[np.ndarray], np.ndarray],
        row: Callable[[], np.ndarray] | None = None,
        at: int = 0,
    ) -> dict[str, Any]:
        """What a function after the sum means for a `Sum`, as keyword arguments."""
        if name == "linear":
            return {}

        def function(total: float) -> float:
            with np.errstate(all="ignore"):
                if name not in OF_ROWS or row is None:
                    return float(whole(np.array([total]))[0])
                totals = np.array(row(), np.float64)
                totals[at] = total
                return float(whole(totals)[at])

        return {
            "activation": name,
            "function": function,
            "follows_in": self._function_dtype(name),
            "inside": SUBTRACTS.get(name),
        }

    def _function_dtype(self, name: str) -> str:
        """What functions of one number are rounded in: on JAX and PyTorch, Keras casts float64 to float32 for many.

        TensorFlow's gelu of float64 has the root of 2 in float32.
        """
        wide = self.compute_dtype == "float64" and (self.facts.backend != "tensorflow" or name == "gelu")
        return "float32" if wide else self.compute_dtype


_TAKE_AS_GIVEN = frozenset({"LayerNormalization", "GroupNormalization"})
"""Layers of Keras that do not cast what they take."""


@dataclass(frozen=True, eq=False)
class Sum:
    """What a rule found: blocks of terms and what follows their sum.

    `stages` are inner results by name. `slack` is added to the bound where more is rounded than the sum itself, in
    units of the last place of what it says; rules that only choose or move leave it 0.
    """

    blocks: Sequence[Block]
    bias: float = 0.0
    activation: str = "linear"
    function: Callable[[float], float] | None = None
    stages: Mapping[str, Stage] = field(default_factory=dict)
    slack: float = 0.0
    note: str = ""
    rounding: str | None = None  # the dtype that the sum is rounded in, where that is not the layer's
    follows_in: str | None = None  # the dtype that what follows it is rounded in
    inside: Callable[[float], float] | None = (
        None  # from the sum to how large the numbers are that what follows subtracts
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """How one family of layers computes.

    `kinds` are class names of Keras (or of `package`); `explain(job)` gives the sum, or raises `NoRule` with the reason.
    `reach(job, marked)` tells which numbers the marked outputs (bool, the output's shape) can depend on: one bool array
    for each of `job.inputs()`; None: nobody has worked that out, so it may be all of them.
    """

    name: str
    kinds: frozenset[str]
    explain: Callable[[Job], Sum]
    reach: Callable[[Job, np.ndarray], list[np.ndarray]] | None = None
    package: str = "keras"

    def fits(self, layer: LayerInfo) -> bool:
        """Whether this layer is one of its."""
        return layer.kind in self.kinds and layer.package == self.package


def stage_of(found: Sum, dtype: str, value: float | None = None) -> Stage:
    """An inner result with its bound."""
    stage = Stage(Terms(found.blocks), found.bias, found.activation, found.function, value, note=found.note)
    return replace(stage, bound=bound_of(stage, found, dtype))


def bound_of(stage: Stage, found: Sum, dtype: str) -> float:
    """4 · eps · (Σ|terms| + |bias|) for the sum, through the slope of what follows it, and the rounding of the result."""
    eps, own = eps_of(found.rounding or dtype), eps_of(dtype)
    smallest = _smallest_of(dtype) * (1 + len(stage.terms))  # a product that is smaller may be 0
    reach = 4 * eps * (stage.magnitude + found.slack) + smallest
    given_back = own * abs(stage.computed) if own > eps else 0.0  # summed in a wider dtype, and rounded once to its own
    if stage.function is None:
        return reach + given_back
    with np.errstate(all="ignore"):
        ends = [abs(stage.function(stage.total + sign * reach) - stage.computed) for sign in (-1, 1)]
    last = 4 * eps_of(found.follows_in or dtype)
    inside = found.inside(stage.total) if found.inside else 0.0
    return float(np.nanmax([*ends, 0.0]) + last * max(abs(stage.computed), inside, 2**-24) + smallest + given_back)


def as_dtype(name: str) -> np.dtype:
    """The NumPy dtype of this name; bfloat16 comes with every backend."""
    if name == "bfloat16":
        import ml_dtypes

        found: np.dtype = np.dtype(ml_dtypes.bfloat16)
        return found
    return np.dtype(name)


def eps_of(name: str) -> float:
    """The distance from 1 to the next number of a dtype; whole numbers have none."""
    return {"float16": 2**-10, "bfloat16": 2**-7, "float32": 2**-23, "float64": 2**-52}.get(name, 0.0)


def _smallest_of(name: str) -> float:
    """The smallest number of a dtype that backends tell from 0."""
    return {"float16": 2**-24, "bfloat16": 2**-126, "float32": 2**-126, "float64": 2**-1022}.get(name, 0.0)
