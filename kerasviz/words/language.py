"""A language: a table of sentences with gaps, and how it writes numbers and lists."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kerasviz.words.facts import Fact

__all__ = ["Language", "Names", "plain_number"]


@dataclass(frozen=True, slots=True)
class Names:
    """What the user calls things that have a number: classes, features, tokens of this sample."""

    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        sentences: sentences with gaps, by key: "The model says {name}."
        words: single words, by key.
        percent: how a share is written: "{} %".
        less, more: before what is too small or too large to be told from 0 or 100 %.
        comma: between the members of a list.
        last: before its last member.
        space: between two sentences.
    """

    sentences: Mapping[str, str]
    words: Mapping[str, str]
    percent: str = "{} %"
    less: str = "< "
    more: str = "> "
    comma: str = ", "
    last: str = " and "
    space: str = " "
    methods: Mapping[str, str] = field(default_factory=dict)
    """Methods that have a name in this language."""

    def text(self, fact: Fact, names: Names) -> str:
        """How a fact is written."""
        if fact.unit == "%":
            return self._share(fact.value)
        if fact.unit == "points":
            return self.words["points"].format(plain_number(fact.value * 100, decimals=1))
        known = {"class": names.classes, "feature": names.features, "token": names.tokens}.get(fact.unit)
        if known is not None:
            return self._called(fact, known)
        if fact.unit == "method":
            return self.methods.get(fact.value, str(fact.value).replace("-", " "))
        if isinstance(fact.value, tuple):
            return "(" + ", ".join(map(str, fact.value)) + ")"
        return fact.value if isinstance(fact.value, str) else plain_number(fact.value)

    def list_of(self, texts: Sequence[str]) -> list[str]:
        """Members and what stands between them, in turn."""
        between = [self.comma] * (len(texts) - 2) + [self.last] * (len(texts) > 1)
        return [part for pair in zip(texts, [*between, ""], strict=True) for part in pair]

    def _share(self, share: float) -> str:
        percent = share * 100
        if 0 < percent < 0.05:
            return self.less + self.percent.format("0.1")
        if 99.95 < percent < 100:
            return self.more + self.percent.format("99.9")
        return self.percent.format(plain_number(percent, decimals=1))

    def _called(self, fact: Fact, known: Sequence[str]) -> str:
        if 0 <= fact.value < len(known):
            return self.words["quoted"].format(known[fact.value]) if fact.unit == "token" else known[fact.value]
        return self.words[fact.unit].format(fact.value)


def plain_number(value: float, *, decimals: int | None = None) -> str:
    """Four significant digits, or so many decimals, with a real minus."""
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if decimals is not None:
        text = f"{value:.{decimals}f}"
        text = text.lstrip("-") if float(text) == 0 else text
    elif value.is_integer() and abs(value) < 1e6:
        text = str(int(value))
    else:
        text = f"{value:.4g}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("-", "−")
