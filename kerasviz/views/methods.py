"""The menu of attribution methods: what each is for, whether it fits this model, how long it will take."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from kerasviz.attribution import METHODS
from kerasviz.attribution.chinese import LABELS, WORDS
from kerasviz.attribution.chinese_reasons import in_chinese
from kerasviz.attribution.explained import Asked
from kerasviz.errors import KerasvizError
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.wire.messages import Payload, TargetName

if TYPE_CHECKING:
    from kerasviz.attribution.base import Method, Option
    from kerasviz.probes.question import Question

__all__ = ["PANEL", "MethodChoice", "Methods", "OptionControl", "Words", "words_of"]

_LINK = re.compile(r"https?://[^\s]+?(?=[.,;:]?(?:\s|$))")


@dataclass(frozen=True, slots=True)
class OptionControl:
    """One option as a control: a list of `choices`, a tick, or a number between `low` and `high`.

    `value` is the default; a number whose default is null (or a word) is found by the method itself.
    """

    name: str
    label: str
    form: Literal["choice", "toggle", "number", "whole"]
    value: str | float | bool | None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What a method shows, where it comes from, and when not to trust it: its docstring, taken apart."""

    shows: str
    paper: str
    link: str
    trust: str


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """One method: `refused` says why it does not fit this model; `seconds` is an estimate, null when nothing is known."""

    name: str
    family: str
    refused: str
    seconds: float | None
    needs_layer: bool
    takes_layer: bool
    default_layer: str
    options: tuple[OptionControl, ...]
    words: Words


@dataclass(frozen=True, slots=True)
class Methods(Payload):
    """All methods, by family as they stand in the menu."""

    sample: int
    methods: tuple[MethodChoice, ...]
    kind: ClassVar[str] = "methods"


@dataclass(frozen=True, slots=True)
class MethodsParams:
    """For which sample and target; `layer` is the one on the screen. `measure`: find out how fast the model is first."""

    sample: int
    target: TargetName = None
    layer: str = ""
    measure: bool = False
    language: str = "en"
    options: dict[str, Any] = field(default_factory=dict)


def words_of(method: type[Method], language: str = "en") -> Words:
    """What a method says of itself, in another language where that is known."""
    words = _english(method)
    shows, trust = WORDS.get(method.name, ("", "")) if language == "zh" else ("", "")
    return replace(words, shows=shows or words.shows, trust=trust or words.trust)


def _english(method: type) -> Words:
    """The docstring of a method: its first paragraph, then the paper with its link, and what follows that."""
    text = cleandoc(method.__doc__ or "")
    first, _, rest = (" ".join(part.split()) for part in text.partition("\n\n"))
    found = _LINK.search(rest)
    if found is None:
        return Words(first, "", "", rest)
    trust = rest[found.end() :].lstrip(".,;: ")
    return Words(
        first,
        rest[: found.start()].rstrip(", "),
        found.group(),
        trust[:1].upper() + trust[1:] if trust[:1].isascii() else trust,
    )


def control_of(option: Option, language: str = "en") -> OptionControl:
    """How an option is chosen on the screen."""
    form: Literal["choice", "toggle", "number", "whole"] = "number"
    choices = tuple(map(str, option.choices)) if len(option.choices) > 1 else ()
    if isinstance(option.default, bool):
        form = "toggle"
    elif choices:
        form = "choice"
    elif isinstance(option.default, int | str) or (option.default is None and not isinstance(option.low, float)):
        form = "whole"
    label = LABELS.get(option.label, option.label) if language == "zh" else option.label
    return OptionControl(option.name, label, form, option.default, option.low, option.high, choices)


def _build(source: Source, params: MethodsParams) -> Panel:
    question: Question | KerasvizError
    try:
        question = source.question(params.sample, params.target)
        if params.measure:
            source.measure(params.sample, params.target)
    except KerasvizError as error:  # no target, for example: then no method can explain it
        question = error
    choices = tuple(_choice(source, name, question, params) for name in METHODS.names())
    return Panel(Methods(params.sample, choices))


def _choice(source: Source, name: str, question: Question | KerasvizError, params: MethodsParams) -> MethodChoice:
    source.step(0, 0)
    cls = METHODS.get(name)
    refused, layer, seconds = "", "", None
    if isinstance(question, KerasvizError):
        refused = str(question)
    else:
        method = cls()
        layer = method.default_layer(question) or ""
        refused = method.supports(question, params.layer if cls.needs_layer else layer or None) or ""
        if not refused:
            seconds = _estimate(source, name, params)
    refused = in_chinese(refused) if params.language == "zh" else refused
    options = tuple(control_of(option, params.language) for option in cls.options())
    return MethodChoice(
        name=name, family=cls.family, refused=refused, seconds=seconds, needs_layer=cls.needs_layer,
        takes_layer=cls.takes_layer, default_layer=layer, options=options, words=words_of(cls, params.language),
    )  # fmt: skip


def _estimate(source: Source, name: str, params: MethodsParams) -> float | None:
    asked = Asked(params.sample, name, params.target, params.layer)
    try:
        return source.estimate(asked)
    except KerasvizError:  # what is wrong is said when it is asked for
        return None


PANEL = PanelView(MethodsParams, Methods, _build, long=True)
