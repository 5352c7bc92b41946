"""`without`: what the model says when parts of a sample, or units of a layer, are really taken away.

Attributions foretell; this one runs the model again. What is taken away is replaced: parts of an input by a
baseline, units of a layer by 0. A model cannot be asked about nothing, so the baseline is part of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasviz.attribution.baselines import baseline_of
from kerasviz.attribution.region import Maps, Region
from kerasviz.errors import InputError, UnknownNameError, unknown_name
from kerasviz.probes.probe import Probe
from kerasviz.probes.question import Question

__all__ = ["Without", "without", "without_of"]


@dataclass(frozen=True, slots=True)
class Without:
    """What the model says without some parts.

    Attributes:
        outputs: the model's outputs without them, as `Probe.predict` gives them; a row for each sample and each `where`.
        scores: (rows,) the target's score without them.
        scores_before: (batch,) the target's score of the samples as they are.
        target: (batch, axes of the output) the index the scores are read at; the class predicted before.
        score: which tensor the scores are read from.
        shares: (rows,) how much was replaced, of all the numbers of the inputs (or layers) that are named.
    """

    outputs: Any
    scores: np.ndarray
    scores_before: np.ndarray
    target: np.ndarray
    score: str
    shares: np.ndarray


def without(  # noqa: PLR0913  # what one may say about it
    model_or_probe: Any,
    x: Any,
    *where: Any,
    baseline: Any = "zero",
    target: Any = None,
    score: str = "output",
    background: Any = None,
    seed: int = 0,
) -> Without:
    """The model's answer with parts of `x`, or units of layers, really taken away.

    Args:
        model_or_probe: a Keras model, or a `Probe` of it.
        x: one sample or a batch.
        *where: what to take away, as an index into one sample: `np.s_[2:9, 3:7]`, a list of columns, an array of bools.
            A dict of such by input or by layer, where there are several inputs, or to set units of a layer to 0:
            `{"conv2d": np.s_[..., 5]}`. Of several `where`, each is tried for itself.
        baseline: what parts of an input are replaced by: "zero", "mean", "blur", "random-sample", a number or an array.
            Tokens are replaced at their embedding.
        target: whose score is read; None for the class predicted before.
        score: "output", or "auto" for the logit before a final softmax or sigmoid.
        background: other samples, for "mean" and "random-sample".
        seed: draws the random sample.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> without(model, np.array([1.0, 2, 4]), np.s_[1:], np.s_[0]).outputs
        array([[1.],
               [6.]], dtype=float32)
    """
    probe = model_or_probe if isinstance(model_or_probe, Probe) else Probe(model_or_probe)
    try:
        question = probe.question(x, target, score)
        if not where:
            raise InputError(
                "Nothing was named to take away; an index into one sample was expected. Pass one: kv.without(model, x, np.s_[0])."
            )
        return without_of(question, where, (baseline, background, seed))
    finally:
        if probe is not model_or_probe:
            probe.close()


def without_of(question: Question, where: tuple[Any, ...], base: tuple[Any, Any, int]) -> Without:
    """The same for a question; `base`: the baseline, other samples, and the seed."""
    import keras

    gone = [_masks(question, each) for each in where]
    count = question.size * len(gone)
    scores, shares, parts = np.zeros(count, question.scores.dtype), np.zeros(count), []
    for keys in dict.fromkeys(tuple(masks) for masks in gone):  # what is not replaced must be computed
        steps = [step for step, masks in enumerate(gone) if tuple(masks) == keys]
        start = Region(question).at_samples(keys)
        bases = _bases(question, start, base)
        for samples, some in question.batches(len(steps), gradients=False):
            masks = [gone[steps[step]] for step in some]
            points = {key: _points(key, masks, samples, (start[key], bases[key])) for key in keys}
            answer = question.at(samples, points, outputs=True)
            rows = samples * len(gone) + np.array(steps)[some]
            scores[rows], shares[rows] = answer.scores, [_share(each) for each in masks]
            parts.append((rows, answer.outputs))
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))

    def joined(*arrays: np.ndarray) -> np.ndarray:
        return np.concatenate(arrays)[order] if arrays[0].ndim else arrays[-1]

    outputs = keras.tree.map_structure(joined, *(outputs for _, outputs in parts))
    return Without(outputs, scores, question.scores, question.indices, question.score, shares)


def _points(key: str, masks: list[Maps], samples: np.ndarray, values: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Row by row the sample with the baseline where it is gone."""
    start, base = values
    points: np.ndarray = np.where(np.stack([each[key] for each in masks]), base[samples], start[samples])
    return points


def _share(masks: Maps) -> float:
    return sum(int(mask.sum()) for mask in masks.values()) / max(1, sum(mask.size for mask in masks.values()))


def _masks(question: Question, where: Any) -> Maps:
    """What goes, by the place where it is replaced: True in the shape of one sample."""
    region = Region(question)
    named = where if isinstance(where, Mapping) else {_only(question): where}
    found: Maps = {}
    for name, index in named.items():
        key = _input_of(question, str(name))
        places = [place.key for place in region.sources if place.name == key] if key else [_layer_of(question, name)]
        for place, array in region.at_samples(places).items():
            mask = np.zeros(array.shape[1:], bool)
            try:
                mask[_index(index, mask.shape)] = True
            except IndexError as error:
                raise InputError(
                    f"The index {index!r} was given for {name!r}, of which one sample has the shape {array.shape[1:]}: {error}. "
                    "Pass an index into one sample, without the batch: np.s_[2:9, 3:7], for example."
                ) from None
            found[place] = found.get(place, False) | mask
    _check_apart(question, named, found)
    return found


def _check_apart(question: Question, named: Mapping[Any, Any], found: Maps) -> None:
    """What is replaced in one place decides what the next would be."""
    own = {place.key for place in Region(question).sources}
    if len(found) > 1 and not set(found) <= own:
        raise InputError(
            f"Parts of {', '.join(map(repr, named))} were to be taken away at once; units of one layer, or parts of inputs, were "
            "expected. Name one layer, or the inputs alone."
        )


def _index(index: Any, shape: tuple[int, ...]) -> Any:
    """An array of bools without the last axis (the channels) is meant for all of it."""
    given = np.asarray(index) if isinstance(index, list | np.ndarray) else None
    if given is not None and given.dtype == bool and given.shape == (*shape[:-1], 1):
        return given[..., 0]
    return index


def _only(question: Question) -> str:
    if len(question.inputs) == 1:
        return next(iter(question.inputs))
    raise InputError(
        f"An index was given for a model with the inputs {', '.join(map(repr, question.inputs))}; a dict by input was expected. "
        f"Say which is meant: {{{next(iter(question.inputs))!r}: np.s_[…]}}."
    )


def _input_of(question: Question, name: str) -> str:
    return next((key for key in question.inputs if name in (key, key.partition(":")[2])), "")


def _layer_of(question: Question, name: Any) -> str:
    path = str(name)
    if path not in question.layers:
        raise UnknownNameError(str(unknown_name("The input or layer", name, [*question.inputs, *question.layers])))
    dtype = question.layers[path].dtype or ""
    if not dtype.startswith(("float", "bfloat")):
        raise InputError(
            f"Units of {path!r} were to be taken away; that layer gives {dtype}, and only floats can be set to 0. "
            "Choose a layer after it."
        )
    return path


def _bases(question: Question, start: Maps, base: tuple[Any, Any, int]) -> Maps:
    """What inputs are replaced by; units of a layer by 0."""
    region = Region(question)
    inputs = start.keys() & {place.key for place in region.sources}
    given = baseline_of(region, *base) if inputs else {}
    return {key: given[key] if key in inputs else np.zeros_like(array) for key, array in start.items()}
