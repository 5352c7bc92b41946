"""What happens to the answer when the part that carried the evidence is really taken away, and when others are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.words.answer import Answer
from kerasviz.words.evidence import Evidence
from kerasviz.words.facts import Fact, Sentence, Word

__all__ = ["Removal", "how_words", "removal_of", "way"]

_CONTROLS = 8


@dataclass(frozen=True, slots=True)
class Removal:
    """What happens without it, and how that is told."""

    sentences: tuple[Sentence, ...]
    short: Sentence


def removal_of(answer: Answer, evidence: Evidence) -> Removal:
    """Run the model without that part, and without as much elsewhere."""
    subject = answer.subject
    place = evidence.place(evidence.index)
    others = _others(evidence, np.random.default_rng(subject.asked.seed))
    found = subject.without([place, *others])
    rows = answer.read(found.outputs, found.scores)
    code = answer.outputs_code(subject.without_code([place]))
    left = answer.number_fact("left_without_it", rows[:1], code)
    gaps: dict[str, Any] = {"replaced": _replaced(subject.asked.baseline), "part": Word(_part_word(evidence))}
    gaps |= {"name": _name(answer), "left": left, "before": before_fact(answer), "what": evidence.what}
    sentence, short = _told(answer, (rows[:1], code), gaps)
    sentences = [sentence]
    if others:
        sentences.append(_control(answer, evidence, (rows, others, left)))
    return Removal(tuple(sentences), short)


def _told(answer: Answer, after: tuple[np.ndarray, str], gaps: dict[str, Any]) -> tuple[Sentence, Sentence]:
    """Whether the answer is another one then, or how its number moves."""
    (rows, code), left = after, gaps["left"]
    if not (answer.has_classes and answer.is_predicted):
        return Sentence(f"value_{way(answer.value, left.value)}", gaps), Sentence("without_value", gaps)
    new = answer.best_fact("class_without_it", rows, code)
    number = answer.number_fact("value_of_that_class", rows, code, (0, int(new.value)))
    gaps = gaps | {"new": new, "new_value": number}
    if new.value != answer.best:
        return Sentence("becomes", gaps), Sentence("without_becomes", gaps)
    return Sentence(f"stays_{way(answer.value, left.value)}", gaps), Sentence("without_stays", gaps)


def way(before: float, after: float) -> str:
    """Which way a number went, as far as one that reads four digits can see."""
    if abs(after - before) <= 5e-4 * max(abs(before), abs(after)):
        return "same"
    return "falls" if after < before else "rises"


def before_fact(answer: Answer) -> Fact:
    """The number as it is."""
    subject = answer.subject
    code = subject.predict_code
    if answer.kind == "score":
        code = f"kv.Probe(model).gradients(x{subject.target_code}, layers=(), score='output').scores"
    return answer.number_fact("probability" if answer.unit == "%" else "value", answer.rows, code)


def _control(answer: Answer, evidence: Evidence, after: tuple[np.ndarray, list[dict[str, Any]], Fact]) -> Sentence:
    """The same at random places."""
    rows, others, left = after
    subject = answer.subject
    code = answer.outputs_code(subject.without_code(others))
    column = rows[1:, answer.about if answer.has_classes else 0]
    number = answer.number_code(code, ":", answer.about if answer.has_classes else None)
    mean = Fact("left_without_random_parts", float(column.mean()), answer.unit, f"({number}).mean()")
    count = Fact("random_parts", len(others), "count", f"len({subject.without_code(others)}.shares)")
    better = left.value < column.mean()
    area = evidence.form in ("box", "span")
    key = "control_area" if area else f"control_{evidence.form}" + ("_one" if len(evidence.index) == 1 else "")
    gaps = {"count": count, "mean": mean, "name": _name(answer)}
    return Sentence(key if better else "control_no_better", gaps | {"control": Sentence(key, gaps)})


def how_words(answer: Answer) -> Sentence:
    """How all this was measured."""
    subject = answer.subject
    method = Fact("method", subject.asked.method, "method", f"{subject.attribute_code}.method")
    return Sentence("how", {"method": method, "replaced": _replaced(subject.asked.baseline)})


def _others(evidence: Evidence, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Random parts of the same size: boxes anywhere else, or other features."""
    if evidence.form in ("features", "tokens"):
        rest = np.setdiff1d(np.arange(int(np.prod(evidence.shape))), evidence.index)
        size = len(evidence.index)
        if len(rest) < size or not evidence.rank:
            return []
        sets = {tuple(sorted(map(int, rng.choice(rest, size, replace=False)))) for _ in range(4 * _CONTROLS)}
        return [evidence.place(list(each)) for each in _some(sorted(sets), rng)]
    sizes = [part.stop - part.start for part in evidence.index]
    drawn: set[tuple[int, ...]] = set()
    for _ in range(4 * _CONTROLS):
        starts = [int(rng.integers(length - size + 1)) for length, size in zip(evidence.shape, sizes, strict=True)]
        drawn.add(tuple(starts))
    drawn.discard(tuple(part.start for part in evidence.index))
    picked = _some(sorted(drawn), rng)
    return [evidence.place(tuple(slice(a, a + n) for a, n in zip(each, sizes, strict=True))) for each in picked]


def _some(drawn: list[tuple[int, ...]], rng: np.random.Generator) -> list[tuple[int, ...]]:
    return [drawn[i] for i in rng.permutation(len(drawn))[:_CONTROLS]]


def _name(answer: Answer) -> Fact | Word:
    return answer.name if answer.has_classes else Word("the_value")


def _replaced(baseline: Any) -> Word:
    names = ("zero", "blur", "mean")
    return Word(f"replaced_{baseline}" if isinstance(baseline, str) and baseline in names else "replaced_given")


def _part_word(evidence: Evidence) -> str:
    index = evidence.index
    if evidence.form in ("features", "tokens"):
        return f"part_{evidence.form if len(index) > 1 else evidence.form[:-1]}"
    if evidence.form == "span":
        return "part_span" if index[0].stop - index[0].start > 1 else "part_step"
    return "part_box" if len(index) == 2 else "part_block"
