"""Dropout where it harms: on the outputs, at work at inference, or so strong that the model cannot answer in training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.data.arrays import map_leaves
from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.outputs import Output
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, number, percent

_KINDS = frozenset("Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout".split())
_ROWS = 128
_SAME = 1e-4  # relative: more than rounding
_KNOWS, _FALL = (
    0.6,
    0.3,
)  # accuracy at inference, and how much of it dropout may take: half-rate dropout takes about 0.1


def _check(case: Case) -> Iterator[Finding]:
    yield from _random(case)
    dropouts = [info.path for info in case.inner if info.kind in _KINDS and _rate(case, info.path) > 0]
    if not dropouts or case.question is None:
        return
    for output in case.outputs:
        changed = _in_training(case, output)
        last = _on_output(case, output)
        if last:
            yield _on_the_outputs(case, output, last, changed)
        else:
            yield from _too_strong(case, output, dropouts, changed)


def _rate(case: Case, path: str) -> float:
    return float(getattr(case.graph.operation(path), "rate", 0.0) or 0.0)


def _random(case: Case) -> Iterator[Finding]:
    """One sample several times in a batch: the answers must be the same."""
    same = case.probe.predict(map_leaves(lambda array: np.repeat(array[:1], 4, axis=0), case.first(1)))
    import keras

    spreads = []
    for each in keras.tree.flatten(same):
        array = np.asarray(each, np.float64)
        if array.ndim and len(array) == 4 and np.isfinite(array).all():
            spreads.append(float(np.abs(array - array[:1]).max() / (np.abs(array).max() or 1.0)))
    if not spreads or max(spreads) <= _SAME:
        return
    names = [info.path for info in case.inner if info.kind in _KINDS or info.kind.startswith(("Gaussian", "Random"))]
    yield Finding(
        "warning",
        names[0] if names else "",
        f"The answers are random: the same sample four times in a batch gives outputs that differ by up to "
        f"{percent(max(spreads))} of the largest." + (f" Random layers: {listed(names)}." if names else ""),
        "A prediction should not depend on chance, and nothing that is measured can be repeated.",
        "Do not call dropout or noise with training=True in the model's own call; pass the call's `training` on.",
        {"relative_difference": max(spreads), "samples": 1},
        {"layer": names[0] if names else "", "sample": case.number(0), "panel": "prediction"},
        tuple(names),
    )


def _in_training(case: Case, output: Output) -> np.ndarray:
    """What the output gives for the first samples with dropout at work."""
    count = min(case.count, _ROWS)
    outputs, _ = case.ask(output, count).in_training()
    return np.asarray(outputs[output.position], np.float64)


def _on_output(case: Case, output: Output) -> str:
    """A dropout after the last weights; "" where there is none."""
    graph, path = case.graph, output.info.path
    while path in graph.by_path and not graph.by_path[path].num_parameters:
        if graph.by_path[path].kind in _KINDS:
            return path
        inputs = graph.by_path[path].inputs
        if len(inputs) != 1 or not (graph.hands_on(path) or graph.function(path)):
            return ""
        path = inputs[0]
    return ""


def _on_the_outputs(case: Case, output: Output, path: str, changed: np.ndarray) -> Finding:
    usual = output.values[: len(changed)]
    moved = float(np.abs(changed - usual).mean() / (np.abs(usual).mean() or 1.0))
    rate = _rate(case, path)
    return Finding(
        "warning",
        path,
        f"{path!r} (rate {number(rate)}) drops numbers of the answer itself: no weights come after it. In training the outputs "
        f"move by {percent(moved)} of their size.",
        "Dropout trains a layer to spread what it knows over many units. The units of an answer stand for themselves: dropping "
        "them is only noise in the loss.",
        f"Remove {path!r}, or put it before the last layer with weights.",
        {"rate": rate, "relative_change_in_training": moved, "samples": len(changed)},
        {"layer": path, "sample": case.number(0), "panel": "layer"},
    )


def _too_strong(case: Case, output: Output, dropouts: list[str], changed: np.ndarray) -> Iterator[Finding]:
    """With labels: how much of what the model knows is left with dropout at work."""
    truth, before = output.true_classes, output.answers
    if truth is None or before is None or case.made or any(info.kind == "BatchNormalization" for info in case.inner):
        return  # batch statistics differ in training too: what is dropout's cannot be told
    answers = Output(output.position, output.info, changed, output.loss, None).answers
    if answers is None:
        return
    count = len(changed)
    knows = float((before[:count] == truth[:count]).mean())
    left = float((answers == truth[:count]).mean())
    if knows < _KNOWS or knows - left < _FALL:
        return
    rates = {path: _rate(case, path) for path in dropouts}
    worst = max(rates, key=lambda path: rates[path])
    yield Finding(
        "warning",
        worst,
        f"At inference {percent(knows)} of the answers are right, with dropout at work, as in training, {percent(left)}. The "
        f"strongest is {worst!r} (rate {number(rates[worst])}).",
        "So much is dropped that the loss of training says little about the model, and it learns slowly.",
        "Lower the rate (0.2 … 0.5), or make the layer before it wider.",
        {"accuracy": knows, "accuracy_in_training": left, "rate": rates[worst], "samples": count},
        {"layer": worst, "sample": case.number(0), "panel": "layer"},
        tuple(dropouts),
    )


RULE = DoctorRule("dropout-differences", _check, needs="run")
