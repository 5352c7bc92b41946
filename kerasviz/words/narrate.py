"""`narrate`: one sample of one model in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from kerasviz.attribution.base import Attribution
from kerasviz.data.samples import INPUT_KINDS
from kerasviz.errors import MethodError, unknown_name
from kerasviz.probes.probe import Probe
from kerasviz.words import LANGUAGES
from kerasviz.words.answer import Answer, answer_of, first_words, margin_words
from kerasviz.words.compared import check_scan, compared_with
from kerasviz.words.evidence import Evidence, attributed, check_method, evidence_of
from kerasviz.words.facts import Fact, Missing, Sentence, Word
from kerasviz.words.language import Names
from kerasviz.words.layer_units import units_of
from kerasviz.words.narrative import Narrative, Writer
from kerasviz.words.removal import how_words, removal_of
from kerasviz.words.subject import Asked, Subject
from kerasviz.words.tokens import tokens_of
from kerasviz.words.trust import trust_of

if TYPE_CHECKING:
    from kerasviz.scanning.scan import Scan

__all__ = ["Length", "narrate"]

Length = Literal["line", "paragraph", "page"]
_NO_GRADIENT = "feature-ablation"
_LENGTHS: tuple[str, ...] = get_args(Length)


def narrate(  # noqa: PLR0913  # what one may say about it
    model_or_probe: Any,
    x: Any,
    *,
    language: str = "en",
    length: Length = "paragraph",
    target: Any = None,
    method: str = "integrated-gradients",
    baseline: Any = "zero",
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    words: Sequence[str] | None = None,
    scan: Scan | None = None,
    input_kind: str | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Narrative:
    """What the model says of a sample and why, in sentences made of measured facts only.

    Args:
        model_or_probe: a Keras model, or a `Probe` of it: with that, compiled functions are used again.
        x: one sample, or a batch of one.
        language: "en" or "zh".
        length: "line", "paragraph", or "page", which is Markdown.
        target: what to explain, as in `kerasviz.attribute`; None for the predicted class.
        method: which attribution says where the evidence is.
        baseline: what parts are replaced by when they are taken away, as in `kerasviz.without`.
        class_names: what the classes are called.
        feature_names: what the columns of a table are called; None: what a DataFrame calls them.
        words: what tokens are called, by their numbers; None: the model's own vocabulary, where it has one.
        scan: what `kerasviz.scan` gathered of the model; with it, what is unusual about the sample is told.
        input_kind: "image", "series", "tabular" or "text"; None: seen from the shape.
        seed: draws the random parts that it is compared with.
        progress: called now and then with how many parts are done, of how many; may raise to stop.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> print(narrate(model, np.array([3.0, 1.0]), length="line", feature_names=["size", "age"]))
        4; without size: 1.
    """
    if length not in _LENGTHS:
        raise unknown_name("The length", length, _LENGTHS)
    spoken = LANGUAGES.get(language)
    _check_kind(input_kind)
    probe = model_or_probe if isinstance(model_or_probe, Probe) else Probe(model_or_probe)
    try:
        subject = Subject(probe, x, Asked(target, method, baseline, input_kind, seed), progress)
        told = _measured(subject, length, scan)
        names = Names(
            tuple(map(str, class_names or ())),
            tuple(map(str, getattr(x, "columns", ()) if feature_names is None else feature_names)),
            tokens_of(subject, told.key, words),
        )
        return _written(told, Writer(spoken, names), language, length)
    finally:
        if probe is not model_or_probe:
            probe.close()


@dataclass(slots=True)
class _Told:
    """What there is to tell, part by part."""

    answer: list[Sentence] = field(default_factory=list)
    evidence: list[Sentence] = field(default_factory=list)
    removal: list[Sentence] = field(default_factory=list)
    units: list[Sentence] = field(default_factory=list)
    compared: list[Sentence] = field(default_factory=list)
    trust: list[Sentence] = field(default_factory=list)
    how: list[Sentence] = field(default_factory=list)
    short: list[Sentence] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    key: str = ""  # the input the evidence is in


def _measured(subject: Subject, length: str, scan: Scan | None) -> _Told:
    """Everything a text of this length needs."""
    told, parts = _Told(), 1 if length == "line" else 4
    if scan is not None:
        check_scan(subject, scan)
    answer = _settled(answer_of(subject))
    if not np.isfinite(answer.rows).all():
        return _not_finite(answer)
    told.answer = first_words(answer)
    told.short = [Sentence(f"short_{told.answer[-1].key}", told.answer[-1].gaps)]
    attribution, found = _evidence(answer, told)
    subject.step(1, parts)
    if isinstance(found, Evidence):
        told.key, told.evidence = found.key, list(found.sentences)
        removal = removal_of(answer, found)
        told.removal, told.short = list(removal.sentences), [*told.short, removal.short]
    else:
        told.evidence = found
    told.short.append(Sentence("end"))
    if length == "line":
        return told
    subject.step(2, parts)
    told.units = units_of(answer)
    subject.step(3, parts)
    if attribution is not None and told.key:
        told.trust, missing = trust_of(answer, attribution, thorough=length == "page")
        told.missing += missing
    if scan is not None:
        told.compared = compared_with(answer, scan, thorough=length == "page")
    if length == "page":
        told.answer += margin_words(answer)
        told.evidence += found.exact if isinstance(found, Evidence) else ()
        told.how = [how_words(answer)]
    return told


def _settled(answer: Answer) -> Answer:
    """Where several classes are as good as equal, one pass may find another best than the next: then the first says it."""
    subject = answer.subject
    if subject.asked.target is not None or answer.is_predicted or not np.isfinite(answer.rows).all():
        return answer
    return answer_of(subject.about(answer.best))


def _evidence(answer: Answer, told: _Told) -> tuple[Attribution | None, Evidence | list[Sentence]]:
    """By the method asked for; where no gradient gets through, by one that needs none."""
    subject = answer.subject
    check_method(subject.asked.method)
    reason: Missing | None = None
    found: Evidence | list[Sentence] = []
    for method in dict.fromkeys([subject.asked.method, _NO_GRADIENT]):
        subject.asked = dataclasses.replace(subject.asked, method=method)
        try:
            attribution = attributed(subject)
        except MethodError as error:
            reason = reason or Missing("evidence", str(error))
            continue
        found = evidence_of(answer, attribution)
        if isinstance(found, Evidence) or any(np.any(each) for each in _arrays(attribution)):
            return attribution, found
    if not found and reason is not None:
        told.missing.append(reason)
    return None, found


def _arrays(attribution: Attribution) -> list[Any]:
    values = attribution.values
    return list(values.values()) if isinstance(values, dict) else [values]


def _not_finite(answer: Answer) -> _Told:
    """NaN or infinity: there is nothing to explain, and that is what is said."""
    code = answer.outputs_code(answer.subject.predict_code) if answer.kind == "score" else ""
    rows = answer.rows
    taken = code or answer.row_code(answer.subject.predict_code, 0)
    gaps: dict[str, Any] = {
        "broken": Fact("not_finite", int((~np.isfinite(rows[0])).sum()), "count", f"(~np.isfinite({taken})).sum()"),
        "count": Fact("outputs", rows.shape[1], "count", f"np.size({taken})"),
    }
    return _Told(answer=[Sentence("not_finite", gaps)], short=[Sentence("not_finite", gaps)])


def _written(told: _Told, writer: Writer, language: str, length: str) -> Narrative:
    if length == "line":
        writer.say_all(told.short, "")
    elif length == "paragraph":
        writer.say_all([*told.answer, *told.evidence, *told.removal, *told.units, *told.compared, *told.trust])
    else:
        _page(told, writer)
    return writer.done(language, told.missing)


def _page(told: _Told, writer: Writer) -> None:
    """Markdown: a heading and a list for each part that was measured."""
    missing = [Sentence("missing", {"what": Word(f"missing_{each.what}")}) for each in told.missing]
    parts = {
        "answer": told.answer, "evidence": told.evidence, "removal": told.removal, "units": told.units,
        "compared": told.compared,
        "trust": told.trust, "missing": missing, "how": told.how,
    }  # fmt: skip
    for place, (name, sentences) in enumerate((name, each) for name, each in parts.items() if each):
        writer.add("\n\n" if place else "")
        writer.add("## ")
        writer.say(Sentence(f"heading_{name}"))
        for sentence in sentences:
            writer.add("\n" if sentence is not sentences[0] else "\n\n")
            writer.add("- ")
            writer.say(sentence)
    writer.add("\n")


def _check_kind(input_kind: str | None) -> None:
    if input_kind is not None and input_kind not in INPUT_KINDS:
        raise unknown_name("Input kind", input_kind, INPUT_KINDS)
