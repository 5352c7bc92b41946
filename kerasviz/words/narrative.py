"""`Narrative`: a text that knows where each of its numbers comes from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from string import Formatter
from typing import Any, Self

from kerasviz.words.facts import Fact, Missing, Sentence, Several, Word
from kerasviz.words.language import Language, Names

__all__ = ["Narrative", "Writer"]


class Narrative(str):
    """A text made of measured facts. It is a plain `str`.

    Attributes:
        facts: what is told, in the order of the text.
        spans: (start, stop, place in `facts`) of each fact's text; outside of these no number is of the sample.
        language: of the text.
        missing: what could not be measured, and why.
    """

    __slots__ = ("facts", "language", "missing", "spans")

    facts: tuple[Fact, ...]
    spans: tuple[tuple[int, int, int], ...]
    language: str
    missing: tuple[Missing, ...]

    def __new__(
        cls,
        text: str,
        facts: Iterable[Fact] = (),
        spans: Iterable[tuple[int, int, int]] = (),
        *,
        language: str = "en",
        missing: Iterable[Missing] = (),
    ) -> Self:
        made = super().__new__(cls, text)
        made.facts, made.spans = tuple(facts), tuple(spans)
        made.language, made.missing = language, tuple(missing)
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self.facts, self.spans

    def _repr_markdown_(self) -> str:
        return str(self)


class Writer:
    """Writes sentences and keeps book of the facts in them."""

    def __init__(self, language: Language, names: Names) -> None:
        self._language, self._names = language, names
        self._parts: list[str] = []
        self._length = 0
        self._facts: dict[tuple[str, str, Any], int] = {}
        self._told: list[Fact] = []
        self._spans: list[tuple[int, int, int]] = []

    def say(self, sentence: Sentence) -> None:
        """One sentence, its gaps filled."""
        for literal, gap, _, _ in Formatter().parse(self._language.sentences[sentence.key]):
            self.add(literal)
            if gap:
                self._fill(sentence.gaps[gap])

    def say_all(self, sentences: Sequence[Sentence], between: str | None = None) -> None:
        """Several, one after the other."""
        for place, sentence in enumerate(sentences):
            if place:
                self.add(self._language.space if between is None else between)
            self.say(sentence)

    def add(self, text: str) -> None:
        """Text that holds no fact."""
        self._parts.append(text)
        self._length += len(text)

    def done(self, name: str, missing: Iterable[Missing] = ()) -> Narrative:
        """The text."""
        return Narrative("".join(self._parts), self._told, self._spans, language=name, missing=missing)

    def _fill(self, value: Fact | Word | Several | Sentence) -> None:
        if isinstance(value, Sentence):
            self.say(value)
        elif isinstance(value, Word):
            self.add(self._language.words[value.key])
        elif isinstance(value, Fact):
            self._tell(value, self._language.text(value, self._names))
        else:
            texts = [self._language.text(fact, self._names) for fact in value.facts]
            between = self._language.list_of(texts)[1::2]
            for fact, text, after in zip(value.facts, texts, between, strict=True):
                self._tell(fact, text)
                self.add(after)

    def _tell(self, fact: Fact, text: str) -> None:
        key = (fact.name, fact.call, fact.unit)
        if key not in self._facts:
            self._facts[key] = len(self._told)
            self._told.append(dataclasses.replace(fact, text=text))
        self._spans.append((self._length, self._length + len(text), self._facts[key]))
        self.add(text)
