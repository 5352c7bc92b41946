"""Which units of a late layer mattered: each is set to 0 and the model run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasviz.attribution import METHODS
from kerasviz.models.layer_info import LayerInfo
from kerasviz.words.answer import Answer
from kerasviz.words.facts import Fact, Sentence, Several, Word
from kerasviz.words.removal import before_fact
from kerasviz.words.subject import Subject

__all__ = ["is_head", "units_of"]

_TRIED = 16
_TOLD = 3
_LEAST = 2


def units_of(answer: Answer) -> list[Sentence]:
    """The units whose loss costs the answer most, of those that were tried; nothing where no layer has several."""
    subject = answer.subject
    info = _layer(subject)
    if info is None:
        return []
    axis = _unit_axis(info)
    activations = subject.question.at_samples(keep=(info.path,)).activations[info.path]
    count = int(activations.shape[axis])
    gaps, tried, code = _candidates(subject, info, axis, count)
    found = subject.without([{info.path: _index(axis, info, unit)} for unit in tried])
    column = answer.read(found.outputs, found.scores)[:, answer.about if answer.has_classes else 0]
    order = np.argsort(column, kind="stable")
    order = order[: int(np.sum(column < answer.value))][:_TOLD]
    gaps["name"] = answer.name if answer.has_classes else Word("the_value")
    some = "" if len(tried) < count else "_all"
    if not len(order):
        return [Sentence(f"units_none{some}", gaps | {"before": before_fact(answer)})]
    taken = answer.number_code(answer.outputs_code(code), ":", answer.about if answer.has_classes else None)
    ranked = f"({taken}).argsort(kind='stable')"
    lefts = tuple(
        Fact(f"left_without_unit_{rank + 1}", float(column[i]), answer.unit, f"np.sort({taken})[{rank}]")
        for rank, i in enumerate(order)
    )
    units = tuple(
        Fact(f"unit_{rank + 1}", tried[i], "unit", f"{gaps['tried'].call.removeprefix('len')}[{ranked}[{rank}]]")
        for rank, i in enumerate(order)
    )
    gaps |= {"before": before_fact(answer), "units": Several(units), "lefts": Several(lefts)}
    return [Sentence(("units" if len(order) > 1 else "units_one") + some, gaps)]


def _candidates(subject: Subject, info: LayerInfo, axis: int, count: int) -> tuple[dict[str, Any], list[int], str]:
    """All units, or those with the largest gradient x activation; and the code that tries them."""
    layer = Fact("layer", info.path, "layer", f"kv.Probe(model).output_of({info.path!r})")
    index = ["i" if place == axis - 1 else ":" for place in range(len(info.output_shape or ()) - 1)]
    text = f"np.s_[{', '.join(index)}]"
    if count <= _TRIED:
        units = f"range({count})"
        tried = list(range(count))
    else:
        values = np.asarray(METHODS.get("gradient-x-activation")()(subject.question, info.path).values)[0]
        others = tuple(each for each in range(values.ndim) if each != axis - 1)
        strength = np.abs(values.sum(axis=others) if others else values)
        tried = sorted(int(i) for i in np.argsort(-strength, kind="stable")[:_TRIED])
        units = str(tried)
    gaps: dict[str, Any] = {"layer": layer, "tried": Fact("units_tried", len(tried), "count", f"len({units})")}
    shape = f"kv.Probe(model).activations(x, [{info.path!r}])[{info.path!r}].shape[{axis}]"
    gaps["count"] = Fact("units_of_the_layer", count, "count", shape)
    return gaps, tried, subject.without_each_code(info.path, text, units)


def _index(axis: int, info: LayerInfo, unit: int) -> tuple[Any, ...]:
    rank = len(info.output_shape or ()) - 1
    return tuple(unit if place == axis - 1 else slice(None) for place in range(rank))


def _unit_axis(info: LayerInfo) -> int:
    """Along which axis the units lie."""
    named = [place for place, axis in enumerate(info.axes) if axis in ("channel", "unit") and place]
    return named[-1] if named else len(info.axes) - 1


def _layer(subject: Subject) -> LayerInfo | None:
    """The last layer with weights before the one that the answer is read from, that the answer depends on."""
    question = subject.question
    layers = [info for info in question.layers.values() if _fits(info) and not is_head(question.layers, info.path)]
    paths = tuple(info.path for info in layers)
    if layers and (question.output is None or question.output.key is not None):  # some may be another answer's
        connected = question.at_samples(gradients=paths).connected
        own = str(getattr(subject.asked.target, "layer", ""))
        layers = [info for info in layers if info.path in connected and info.path != own]
    return layers[-1] if layers else None


def _fits(info: LayerInfo) -> bool:
    is_float = (info.dtype or "").startswith(("float", "bfloat"))
    shape = info.output_shape or ()
    wide = len(shape) > 1 and len(info.axes) == len(shape) and (shape[_unit_axis(info)] or 0) >= _LEAST
    return (
        is_float and wide and bool(info.num_parameters) and not (info.is_container or info.loops or info.output_index)
    )


def is_head(layers: Mapping[str, LayerInfo], path: str) -> bool:
    """Whether nothing with weights comes after it: then its units are the classes."""
    reached = {path}
    for info in layers.values():  # in the order they run
        if not reached.isdisjoint(info.inputs):
            if info.num_parameters and not info.is_container:
                return False
            reached.add(info.path)
    return True
