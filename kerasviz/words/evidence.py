"""Which part of the sample carried the evidence, by an attribution: a box, a span, features or tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kerasviz.attribution import METHODS
from kerasviz.attribution.base import Attribution, Origin
from kerasviz.errors import MethodError
from kerasviz.words.answer import Answer
from kerasviz.words.facts import Fact, Sentence, Several, Word
from kerasviz.words.places import SHARE, place_name, smallest_box, strongest
from kerasviz.words.subject import Subject, index_text

__all__ = ["Evidence", "attributed", "check_method", "evidence_of"]

Form = Literal["box", "span", "features", "tokens"]
_KINDS = {"image": 2, "series": 1, "tabular": 0}
_PICTURE = 8  # a matrix of floats with sides at least so long, of which nothing else is known, is taken for a picture


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the evidence is, and what is said of it.

    Attributes:
        form: what kind of part it is.
        places: the whole part first, as `kv.without` takes it.
        key: the input it is in.
        index: the part as an index into the map of positions: slices of a box, numbers of features.
        axes: which axes of a sample are positions.
        rank: how many axes a sample of this input has.
        shape: how many positions there are along each.
        what: how the part is called: words for it with their facts.
        sentences: about it.
        exact: where exactly it is.
    """

    form: Form
    key: str
    index: Any
    axes: tuple[int, ...]
    rank: int
    shape: tuple[int, ...]
    what: Sentence
    sentences: tuple[Sentence, ...]
    exact: tuple[Sentence, ...] = ()

    def place(self, index: Any) -> dict[str, Any]:
        """A part like this one elsewhere, for `kv.without`."""
        if self.form in ("features", "tokens"):
            return {self.key: index if self.rank else ...}
        parts: list[Any] = [slice(None)] * self.rank
        for axis, part in zip(self.axes, index, strict=True):
            parts[axis] = part
        while parts and parts[-1] == slice(None):
            parts.pop()
        return {self.key: tuple(parts) or ...}


@dataclass(frozen=True, slots=True)
class _Map:
    """The values of one input, one for each position, and the code that gives them."""

    key: str
    values: np.ndarray  # positions
    code: str
    axes: tuple[int, ...]
    rank: int
    form: Form

    @property
    def held(self) -> float:
        """All positive evidence in it."""
        return float(self.values.clip(0).sum())


def attributed(subject: Subject) -> Attribution:
    """The attribution, by the method that was asked for."""
    question, asked = subject.question, subject.asked
    cls = METHODS.get(asked.method)
    question.origin = Origin(subject.probe.model, subject.probe, (subject.x, asked.target, "auto"))
    options = {option.name for option in cls.options()}
    given = {"baseline": asked.baseline} if "baseline" in options else {}
    return cls.with_options(given)(question)


def check_method(name: str) -> None:
    """Whether sentences can be made of what a method gives."""
    cls = METHODS.get(name)
    if not cls.signed or cls.produces != "input-map":
        raise MethodError(
            f"The method {name!r} was given; one that says for each part of the input whether it speaks for or against the "
            "answer was expected. Choose 'integrated-gradients', 'deep-lift', 'lrp' or 'feature-ablation', for example."
        )


def evidence_of(answer: Answer, attribution: Attribution) -> Evidence | list[Sentence]:
    """Where the evidence is; only sentences where there is none."""
    subject = answer.subject
    maps = [_map(subject, attribution, name) for name in attribution.names]
    total = sum(each.held for each in maps)
    method = Fact("method", attribution.method, "method", f"{subject.attribute_code}.method")
    gaps: dict[str, Any] = {"method": method, "name": _named(answer)}
    if not total > 0:
        return [Sentence("no_evidence" + _suffix(answer), gaps)]
    held = [each.held for each in maps]
    best = maps[int(np.argmax(held))]
    sentences = []
    if len(maps) > 1:
        codes = [f"({each.code}).clip(0).sum()" for each in maps]
        share = Fact("share_of_the_input", best.held / total, "%", f"{codes[maps.index(best)]} / ({' + '.join(codes)})")
        name = best.key.partition(":")[2] or best.key
        call = f"{list(attribution.names)!r}[np.argmax([{', '.join(codes)}])].partition(':')[2]"
        which = Fact("strongest_input", name, "input", call)
        sentences.append(Sentence("strongest_input", gaps | {"input": which, "share": share}))
    return _part(answer, best, (gaps, sentences))


def _part(answer: Answer, best: _Map, begun: tuple[dict[str, Any], list[Sentence]]) -> Evidence:
    gaps, sentences = begun
    positive = best.values.clip(0)
    chosen: Any
    key: str
    if best.form in ("features", "tokens"):
        chosen = strongest(positive)
        facts = _each(best, chosen)
        held, key = f"[{chosen}]", best.form
        what = Sentence(f"what_{best.form}" + ("" if len(chosen) > 1 else "_one"), {"which": Several(facts)})
    else:
        chosen = smallest_box(positive)
        held = f"[{index_text(chosen)}]"
        what, key = _area(best, chosen)
    code = f"(a := ({best.code}).clip(0)){held}.sum() / a.sum()"
    share = Fact("share_of_the_evidence", float(positive[chosen].sum() / positive.sum()), "%", code)
    sentence = Sentence(key + _suffix(answer), gaps | dict(what.gaps) | {"share": share, "what": what})
    told = (*sentences, sentence, *_lowers(answer, best, gaps))
    exact = (Sentence("rows_and_columns", what.gaps),) if key == "box" else ()
    return Evidence(best.form, best.key, chosen, best.axes, best.rank, best.values.shape, what, told, exact)


def _lowers(answer: Answer, best: _Map, gaps: dict[str, Any]) -> list[Sentence]:
    """What speaks against it most: of a table, where it has a name."""
    against = best.values.clip(max=0)
    if best.form != "features" or not against.any():
        return []
    place = int(against.argmin())
    code = f"({best.code})"
    which = Fact("strongest_against", place, "feature", f"{code}.argmin()")
    share = Fact(
        "share_of_the_negative_evidence", float(against[place] / against.sum()), "%",
        f"(a := {code}.clip(max=0)).min() / a.sum()",
    )  # fmt: skip
    return [Sentence("against" + _suffix(answer), gaps | {"which": which, "share": share})]


def _each(best: _Map, chosen: list[int]) -> tuple[Fact, ...]:
    unit = "feature" if best.form == "features" else "token"
    return tuple(
        Fact(f"strongest_{unit}_{rank + 1}", place, unit, f"(-({best.code})).argsort(kind='stable')[{rank}]")
        for rank, place in enumerate(chosen)
    )


def _area(best: _Map, box: tuple[slice, ...]) -> tuple[Sentence, str]:
    """How a box is called, and the sentence it goes into."""
    shape = best.values.shape
    sizes = [part.stop - part.start for part in box]
    size = Fact(
        "share_of_the_positions", float(np.prod(sizes) / np.prod(shape)), "%",
        f"{' * '.join(map(str, sizes))} / ({best.code}).size",
    )  # fmt: skip
    found = f"kv.smallest_box(({best.code}).clip(0), {SHARE})"
    gaps: dict[str, Any] = {"size": size}
    for axis, part in enumerate(box):
        gaps[f"first{axis}"] = Fact(f"first_{axis}", part.start, "count", f"{found}[{axis}].start")
        gaps[f"last{axis}"] = Fact(f"last_{axis}", part.stop - 1, "count", f"{found}[{axis}].stop - 1")
    if len(box) == 2:
        gaps["place"] = Word(place_name(box, shape))
    kind = {1: "span", 2: "box"}.get(len(box), "block")
    kind += "_one" if len(box) == 1 and sizes == [1] else ""
    return Sentence(f"what_{kind}", gaps), kind


def _map(subject: Subject, attribution: Attribution, name: str) -> _Map:
    """One number a position: channels are added up."""
    given = attribution.values
    code, values = f"{subject.attribute_code}.values", given
    if isinstance(given, dict):
        code, values = f"{code}[{name!r}]", given[name]
    own = np.asarray(values)[0]
    place = next(each for each in subject.region.places if each.name == name)
    if own.ndim == 0:  # one number a sample
        return _Map(name, own.reshape(1), f"{code}[:1]", (), 0, "tokens" if place.summed else "features")
    form, axes = _form(subject, place.key, own, is_token=place.summed and own.ndim == 1)
    others = tuple(axis for axis in range(own.ndim) if axis not in axes)
    code += "[0]" + (f".sum(axis={others})" if others else "")
    return _Map(name, own.sum(axis=others) if others else own, code, axes, own.ndim, form)


def _form(subject: Subject, key: str, own: np.ndarray, *, is_token: bool) -> tuple[Form, tuple[int, ...]]:
    """What kind of part is looked for, and along which axes."""
    if is_token:
        return "tokens", (0,)
    wanted = _KINDS.get(subject.asked.input_kind or "")
    axes = tuple(axis - 1 for axis in subject.region.spatial_axes(key))
    named = subject.question.axes(key)
    is_picture = own.ndim == 2 and min(own.shape) >= _PICTURE and not {"time", "width"} & set(named)
    if own.ndim == 2 and (wanted == 2 or (wanted is None and is_picture)):
        axes = (0, 1)
    if wanted == 0 or not axes or own.ndim < 2:
        return ("features", (0,)) if own.ndim == 1 else ("box", tuple(range(own.ndim)))
    return ("span" if len(axes) == 1 else "box"), axes


def _named(answer: Answer) -> Any:
    return answer.name if answer.has_classes else Word("it")


def _suffix(answer: Answer) -> str:
    return "" if answer.has_classes else "_value"
