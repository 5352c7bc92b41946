"""Expressions laid out as black and ruff would: on one line where it fits, else broken at a bracket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["WIDTH", "Chain", "Expression", "Group", "Named", "flat", "laid_out", "quoted"]

WIDTH = 100
_STEP = 4


@dataclass(frozen=True, slots=True)
class Group:
    """Something in brackets: a call, a list, a tuple, a dict."""

    opening: str
    items: tuple[Expression, ...]
    closing: str
    is_tuple: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """`name=value` of a call or `"key": value` of a dict."""

    head: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Chain:
    """Brackets one after the other: `layers.Dense(3)(x)`."""

    groups: tuple[Group, ...]


Expression = str | Group | Named | Chain


def quoted(text: str) -> str:
    """A string literal in double quotes, as formatters write them."""
    literal = repr(text)
    if literal.startswith("'") and '"' not in literal:
        literal = f'"{literal[1:-1]}"'
    return literal


def flat(expression: Expression) -> str:
    """The expression on one line."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, Named):
        return expression.head + flat(expression.value)
    if isinstance(expression, Chain):
        return "".join(flat(group) for group in expression.groups)
    inside = ", ".join(flat(item) for item in expression.items)
    comma = "," if expression.is_tuple and len(expression.items) == 1 else ""
    return f"{expression.opening}{inside}{comma}{expression.closing}"


def laid_out(expression: Expression, before: str = "", after: str = "", indent: int = 0) -> list[str]:
    """The lines of `before` + expression + `after`, none longer than `WIDTH` where that can be had."""
    line = " " * indent + before + flat(expression) + after
    if len(line) <= WIDTH or isinstance(expression, str):
        return [line]
    if isinstance(expression, Named):
        return laid_out(expression.value, before + expression.head, after, indent)
    if isinstance(expression, Chain):
        return _chain(expression.groups, before, after, indent)
    return _broken(expression, before, after, indent)


def _chain(groups: Sequence[Group], before: str, after: str, indent: int) -> list[str]:
    """Broken at the last bracket where the line up to there fits, else at the first that holds something."""
    first = next((number for number, group in enumerate(groups) if group.items), 0)
    last = len(groups) - 1
    if indent + len(before) + sum(len(flat(group)) for group in groups[:-1]) < WIDTH:
        first = last
    before += "".join(flat(group) for group in groups[:first])
    after = "".join(flat(group) for group in groups[first + 1 :]) + after
    return _broken(groups[first], before, after, indent)


def _broken(group: Group, before: str, after: str, indent: int) -> list[str]:
    inner = " " * (indent + _STEP)
    inside = inner + ", ".join(flat(item) for item in group.items)
    if len(inside) <= WIDTH:
        lines = [inside]
    else:
        comma = "," if len(group.items) > 1 or group.is_tuple else ""
        lines = [line for item in group.items for line in laid_out(item, after=comma, indent=indent + _STEP)]
    return [" " * indent + before + group.opening, *lines, " " * indent + group.closing + after]
