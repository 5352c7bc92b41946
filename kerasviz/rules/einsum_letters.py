"""Letters for the axes of two arrays and of the sum of their products, without the batch."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

from kerasviz.rules.rule import NoRule

__all__ = ["Letters", "letters_of_dot", "letters_of_einsum", "letters_of_matmul", "letters_of_tensordot"]

_MIXES = "It mixes samples."


@dataclass(frozen=True, slots=True)
class Letters:
    """One letter for each axis of the arrays and of the result."""

    given: tuple[str, str]
    result: str


def letters_of_einsum(equation: str, one: int, other: int, result: int) -> Letters:
    """From an equation, with "..." written out; the ranks count the batch where there is one."""
    before, arrow, after = equation.replace(" ", "").partition("->")
    parts = before.split(",")
    if not arrow or len(parts) != 2:
        raise NoRule("Its equation is not of two arrays with a result.")
    free = [letter for letter in string.ascii_letters if letter not in equation]
    first, second, last = (
        _written_out(part, rank, free) for part, rank in zip((*parts, after), (one, other, result), strict=True)
    )
    return _without_batch(first, second, last)


def _written_out(part: str, rank: int, free: list[str]) -> str:
    """Axes of "..." count from the right, so that they are spread."""
    left, dots, right = part.partition("...")
    hidden = rank - len(left) - len(right)
    if hidden < 0 or (hidden and not dots):
        raise NoRule("Its equation does not fit to what it was given.")
    return left + "".join(free[hidden - 1 - i] for i in range(hidden)) + right


def letters_of_matmul(one: int, other: int) -> Letters:
    """Rows × columns, for all the axes before."""
    if one < 2 or other < 2:
        raise NoRule("It multiplies a single row.")
    axes = string.ascii_letters[3 : 3 + max(one, other) - 2]
    first, second = axes[len(axes) - one + 2 :] + "ab", axes[len(axes) - other + 2 :] + "bc"
    return _without_batch(first, second, axes + "ac")


def letters_of_dot(axes: Any, one: int, other: int) -> Letters:
    """The layer Dot: one axis of each, for every sample; the axes count the batch."""
    left, right = (axes, axes) if isinstance(axes, int) else axes
    first, second = list(string.ascii_letters[:one]), list(string.ascii_letters[one : one + other])
    if left % one == 0 or right % other == 0:
        raise NoRule(_MIXES)
    second[0], second[right % other] = first[0], first[left % one]
    gone = first[left % one]
    result = "".join(letter for letter in [*first, *second[1:]] if letter != gone)
    return _without_batch("".join(first), "".join(second), result)


def letters_of_tensordot(axes: Any, one: int, other: int) -> Letters:
    """Some axes of each are summed over, in pairs."""
    if isinstance(axes, int):
        pairs = list(zip(range(one - axes, one), range(axes), strict=True))
    else:
        left, right = ([each] if isinstance(each, int) else list(each) for each in axes)
        pairs = [(a % one, b % other) for a, b in zip(left, right, strict=True)]
    first = string.ascii_letters[:one]
    second = list(string.ascii_letters[one : one + other])
    for a, b in pairs:
        second[b] = first[a]
    gone = {first[a] for a, _ in pairs}
    result = "".join(letter for letter in [*first, *second] if letter not in gone)
    return _without_batch(first, "".join(second), result)


def _without_batch(one: str, other: str, result: str) -> Letters:
    """The result's first axis is the batch; what lacks it has none."""
    batch = result[:1]
    if not batch or any(batch in part[1:] for part in (one, other, result)):
        raise NoRule(_MIXES)
    return Letters((one.removeprefix(batch), other.removeprefix(batch)), result[1:])
