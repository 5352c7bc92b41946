"""A fact: something measured, and the call that measures it again. A sentence: which facts are told, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Fact", "Missing", "Sentence", "Several", "Word"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was measured.

    Attributes:
        name: what it is, "probability", "runner_up" …
        value: the number (or the name of a layer) as it was measured, not rounded.
        unit: "%" for shares and probabilities, whose value is 0 … 1; "points" for a difference of such; "class", "feature",
            "token", "unit", "layer", "input" for what is called by a number or a name; "count"; "" for a plain number.
        call: an expression that gives the value again, where `kv`, `np`, `model` and `x` are what they are in a notebook
            (and `target`, `baseline`, `scan`, if such were passed that cannot be written down).
        text: how the text says it, once it was said.
    """

    name: str
    value: Any
    unit: str
    call: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the language's own, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Several:
    """Facts that are told one after the other: a, b and c."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a language's table, and what stands in its gaps."""

    key: str
    gaps: Mapping[str, Fact | Word | Several | Sentence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that could not be measured, and why."""

    what: str
    reason: str
