"""What the arithmetic of one unit is: terms, bias, total, activation, and what the model itself computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

import numpy as np

__all__ = ["Arithmetic", "Block", "Stage", "Term", "Terms"]

Index = tuple[int, ...]
_SHOWN = 12  # terms in a printout


@dataclass(frozen=True, slots=True)
class Term:
    """One product of the sum.

    Attributes:
        path: whose output the input is: a layer's path, "input", "input:NAME"; "" for an inner result (see `stage`).
        index: which number of it, without the batch axis.
        input: that number, as the layer took it.
        weight: what it was multiplied with.
        product: input × weight.
        weight_path: where the weight is from: the name of a variable of the layer ("kernel"), or the path of another
            layer where two outputs are multiplied; "" where it follows from the layer's settings.
        weight_index: which number of that.
        stage: the inner result that the input is, by its name in `Arithmetic.stages`; "" beside path "": a number that
            is not taken apart further.
        function: what was applied to the input before: "exp", "tanh"; "" for nothing.
        weight_stage: the inner result that the weight is, where two of them are multiplied: a gate.
    """

    path: str
    index: Index
    input: float
    weight: float
    product: float
    weight_path: str = ""
    weight_index: Index = ()
    stage: str = ""
    function: str = ""
    weight_stage: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Terms whose inputs come from one place, as arrays of one length n.

    `index` is (n, axes) int; `weight_index` (n, axes of the weight) or None. In `function` is what was applied to the
    numbers at `path` to make `inputs`; for inner results `path` is "" (or where the model shows them) and `stage` their
    name: one for the whole block, or with "{0}", "{1}" for the numbers of each term's index.
    """

    path: str
    index: np.ndarray
    inputs: np.ndarray
    weights: np.ndarray
    weight_path: str = ""
    weight_index: np.ndarray | None = None
    stage: str = ""
    function: str = ""
    weight_stage: str = ""

    @property
    def products(self) -> np.ndarray:
        """Inputs × weights, in float64."""
        found: np.ndarray = self.inputs.astype(np.float64) * self.weights.astype(np.float64)
        return found

    def __len__(self) -> int:
        return len(self.inputs)

    def term(self, at: int) -> Term:
        """One of the terms."""
        value, weight = float(self.inputs[at]), float(self.weights[at])
        of = () if self.weight_index is None else tuple(map(int, self.weight_index[at]))
        index = tuple(map(int, self.index[at]))
        return Term(
            self.path, index, value, weight, value * weight, self.weight_path, of, self.stage.format(*index),
            self.function, self.weight_stage.format(*index),
        )  # fmt: skip


class Terms(Sequence[Term]):
    """All terms of a sum, strongest first; each is made when it is asked for, so a million of them cost little.

    `products`, `inputs` and `weights` are arrays in the same order.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = tuple(block for block in blocks if len(block))
        self._starts = np.cumsum([0, *(len(block) for block in self.blocks)])

    @overload
    def __getitem__(self, at: int) -> Term: ...
    @overload
    def __getitem__(self, at: slice) -> list[Term]: ...
    def __getitem__(self, at: int | slice) -> Term | list[Term]:
        if isinstance(at, slice):
            return [self._term(int(place)) for place in self.order[at]]
        return self._term(int(self.order[at]))

    def __iter__(self) -> Iterator[Term]:
        return (self._term(int(place)) for place in self.order)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __repr__(self) -> str:
        return f"<{len(self)} terms, strongest first>"

    @cached_property
    def order(self) -> np.ndarray:
        """Places in the blocks, one after the other, by the size of their products."""
        size = np.abs(self._joined("products"))
        return np.argsort(-np.where(np.isnan(size), np.inf, size), kind="stable")

    @cached_property
    def products(self) -> np.ndarray:
        """Input × weight of each term."""
        return self._sorted("products")

    @cached_property
    def inputs(self) -> np.ndarray:
        """The input of each term."""
        return self._sorted("inputs")

    @cached_property
    def weights(self) -> np.ndarray:
        """The weight of each term."""
        return self._sorted("weights")

    def _sorted(self, name: str) -> np.ndarray:
        found: np.ndarray = self._joined(name)[self.order]
        return found

    def block_of(self, place: int) -> tuple[Block, int]:
        """The block that a place of `order` lies in, and where in it."""
        number = int(np.searchsorted(self._starts, place, side="right")) - 1
        return self.blocks[number], place - int(self._starts[number])

    def _term(self, place: int) -> Term:
        block, at = self.block_of(place)
        return block.term(at)

    def _joined(self, name: str) -> np.ndarray:
        parts = [np.asarray(getattr(block, name), np.float64) for block in self.blocks]
        return np.concatenate(parts) if parts else np.zeros(0)


@dataclass(frozen=True, eq=False)
class Stage:
    """One sum on the way: activation(Σ input × weight + bias).

    `function` is what follows the sum (None: nothing). `value` is what the model itself computed, where that can be
    seen from outside; `bound` how far `computed` may be from it by rounding alone.
    """

    terms: Terms
    bias: float = 0.0
    activation: str = "linear"
    function: Callable[[float], float] | None = None
    value: float | None = None
    bound: float = 0.0
    note: str = ""

    @cached_property
    def total(self) -> float:
        """The sum of all products and the bias, in float64."""
        return float(np.sum(self.terms.products) + self.bias)

    @cached_property
    def computed(self) -> float:
        """activation(total)."""
        return self.total if self.function is None else float(self.function(self.total))

    @property
    def magnitude(self) -> float:
        """Σ |products| + |bias|: what rounding is measured against."""
        return float(np.sum(np.abs(self.terms.products)) + abs(self.bias))

    @property
    def error(self) -> float:
        """Computed − value."""
        if self.value is None:
            return float("nan")
        return 0.0 if self.computed == self.value else self.computed - self.value  # infinities are equal too

    @property
    def agrees(self) -> bool | None:
        """Whether the model computed the same, up to rounding; None where that cannot be seen."""
        if self.value is None:
            return None
        both_nan = np.isnan(self.computed) and np.isnan(self.value)
        return bool(both_nan or abs(self.error) <= self.bound)


@dataclass(frozen=True, eq=False)
class Arithmetic(Stage):
    """Where one number of a layer's output comes from.

    Attributes:
        layer: the layer's path.
        kind: its class.
        unit: which number, without the batch axis.
        rule: the rule that was used.
        terms: input × weight, strongest first. `bias`, `total` (their sum in float64), `activation`, `computed`.
        value: what the model computed, `error` = computed − value, `bound` what rounding explains of it.
        stages: inner results by name, in the order they are computed: gates, means, scores.
        names: what the places of the model's input are called, where it came as a table with names.
    """

    layer: str = ""
    kind: str = ""
    unit: Index = ()
    rule: str = ""
    stages: Mapping[str, Stage] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Arithmetic of {self.layer!r} {list(self.unit)}: {len(self.terms)} terms, {self.computed:.6g}>"

    def __str__(self) -> str:
        lines = [f"{self.layer}{list(self.unit)} = {self.value:.6g}   ({self.kind}, rule {self.rule!r})"]
        for term in self.terms[:_SHOWN]:
            of = term.stage or self._place(term)
            of = f"{term.function}({of})" if term.function else of
            by = f"{term.weight_path}{list(term.weight_index)}" if term.weight_path else term.weight_stage
            of = f"{of} × {by}" if by else of
            lines.append(f"  {term.input:>12.6g} × {term.weight:>12.6g} = {term.product:>12.6g}   {of}")
        rest = len(self.terms) - _SHOWN
        if rest > 0:
            lines.append(f"  … {rest} more = {float(np.sum(self.terms.products[_SHOWN:])):.6g}")
        lines.append(f"  {f'+ bias {self.bias:.6g} ' if self.bias else ''}= {self.total:.6g}")
        if self.function is not None:
            lines.append(f"  {self.activation} → {self.computed:.6g}")
        said = "✓ the model computed the same" if self.agrees else f"✗ the model computed {self.value:.6g}"
        return "\n".join([*lines, f"  {said}, difference {self.error:.2g}"])

    def _place(self, term: Term) -> str:
        named = self.names and term.path.split(":")[0] == "input" and len(term.index) == 1
        return self.names[term.index[0]] if named else f"{term.path}{list(term.index) if term.path else ''}"
