"""Why: what each part of the sample did for the target's score, by one method, and what it is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kerasviz.attribution import METHODS
from kerasviz.attribution.base import COUNTS
from kerasviz.attribution.chinese_reasons import in_chinese
from kerasviz.attribution.explained import Asked, Explained
from kerasviz.errors import unknown_name
from kerasviz.views.base import Panel, PanelView, Source
from kerasviz.views.evidence import CHANNELS, Evidence, evidence
from kerasviz.views.methods import Words, words_of
from kerasviz.views.verdict import name_of
from kerasviz.wire.messages import Payload, TargetName

if TYPE_CHECKING:
    from kerasviz.attribution.base import Method

__all__ = ["PANEL", "Attributed", "AttributionParams", "target_code"]


@dataclass(frozen=True, slots=True)
class Attributed(Payload):
    """An attribution: one picture for each input, and everything a reader must know about it.

    `target_name` is "" where there is but one; without `targeted` the values are the same for every target. `score` is the tensor that the score was read from, at `target`; `value`
    and `baseline_value` are the scores there. `delta` is Σ values - (value - baseline_value), where the method promises
    0. `done` of `total` points were looked at: where that is not all, more is to come. `layer` is what was attributed,
    "" the inputs. `baseline` says in a word what it was compared with; `background` how many samples were taken because
    none were given. `changed`: the weights changed while this was computed. `code` gives the numbers of all points in Python.
    """

    sample: int
    method: str
    family: str
    asked_target: TargetName
    target: tuple[int, ...]
    target_name: str
    targeted: bool
    score: str
    value: float | None
    baseline_value: float | None
    delta: float | None
    layer: str
    baseline: str
    options: dict[str, Any]
    signed: bool
    channels: str
    note: str
    background: int
    changed: bool
    done: int
    total: int
    counted: str
    seconds: float
    pictures: tuple[Evidence, ...]
    words: Words
    code: str
    kind: ClassVar[str] = "attribution"


@dataclass(frozen=True, slots=True)
class AttributionParams:
    """Which sample, target and method. `layer` is the one on the screen; `options` are the method's own, and "layer".

    `channels` says how channels become one number, `index` which slice of a volume is drawn (none: the strongest).
    """

    sample: int
    method: str
    target: TargetName = None
    layer: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    channels: str = "sum"
    index: list[int] = field(default_factory=list)
    language: str = "en"


def _build(source: Source, params: AttributionParams) -> Panel:
    if params.channels not in CHANNELS:
        raise unknown_name("The choice of channels", params.channels, CHANNELS)
    method = METHODS.get(params.method)
    counted, points = _count(method, params.options)

    def drawn(explained: Explained, done: int, total: int) -> Panel:
        pictures, tensors = evidence(source, explained, params.sample, params.channels, params.index)
        payload = Attributed(
            sample=params.sample, method=params.method, family=method.family, asked_target=params.target,
            channels=params.channels, done=done, total=total, counted=counted, pictures=tuple(pictures),
            words=words_of(method, params.language), targeted=method.targeted, code=_code(params), **_facts(source, explained, params),
        )  # fmt: skip
        return Panel(payload, tensors)

    asked = Asked(params.sample, params.method, params.target, params.layer, params.options)
    return drawn(source.attribution(asked, drawn), points, points)


def _count(method: type[Method], options: dict[str, Any]) -> tuple[str, int]:
    """The option that says how many points are looked at, and how many; "" where there is none."""
    for each in method.options():
        if each.name in COUNTS:
            wanted = options.get(each.name, each.default)
            return each.name, wanted if isinstance(wanted, int) else 1
    return "", 1


def _facts(source: Source, explained: Explained, params: AttributionParams) -> dict[str, Any]:
    found = explained.attribution
    target = tuple(int(i) for i in np.asarray(found.target)[0])
    return {
        "target": target,
        "target_name": _target_name(source, params, target),
        "score": found.score,
        "value": _number(found.scores),
        "baseline_value": _number(found.baseline_scores),
        "delta": _number(found.delta),
        "layer": found.layer or "",
        "baseline": _baseline(found.options.get("baseline"), explained),
        "options": {name: value for name, value in found.options.items() if _plain(value)},
        "signed": found.signed,
        "note": in_chinese(found.note) if params.language == "zh" else found.note,
        "background": explained.background,
        "changed": explained.changed,
        "seconds": explained.seconds,
    }


def _target_name(source: Source, params: AttributionParams, target: tuple[int, ...]) -> str:
    if isinstance(params.target, str):
        return params.target
    choices = source.num_targets(params.sample)
    if choices == 1:
        return ""
    named = len(target) == 1 and choices is not None
    return name_of(target[0], source.samples.class_names) if named else ", ".join(map(str, target))


def _number(values: Any) -> float | None:
    if values is None:
        return None
    value = float(np.asarray(values)[0])
    return value if math.isfinite(value) else None


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _baseline(choice: Any, explained: Explained) -> str:
    """What it was compared with, in a word; "" where it was compared with nothing."""
    if isinstance(choice, str):
        return choice
    if choice is not None:
        return "given"
    return "samples" if explained.attribution.baseline is not None and explained.background else ""


def _code(params: AttributionParams) -> str:
    """The line that gives these numbers; `x` is the sample."""
    options = {name: value for name, value in params.options.items() if name != "layer"}
    if params.options.get("layer") == "chosen" or METHODS.get(params.method).needs_layer:
        options["layer"] = params.layer
    elif params.options.get("layer"):
        options["layer"] = params.options["layer"]
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"kv.attribute(w.probe, x, {params.method!r}{target_code(params.target)}{given})"


def target_code(target: TargetName) -> str:
    """The argument that says so."""
    if not isinstance(target, str):
        return "" if target is None else f", target={target}"
    layer, _, index = target.removesuffix("]").rpartition("[")
    tuples = f"({index})" if "," in index else index
    return f", target=kv.unit({layer!r}, {f'np.s_[{index}]' if ':' in index else tuples})"


PANEL = PanelView(AttributionParams, Attributed, _build, long=True)
