"""Inputs on another scale than the weights expect: 0 … 255 for 0 … 1, divided twice, not what was adapted to.

The weights say what they expect in three ways: a Rescaling or Normalization layer, the statistics of the first
BatchNormalization, and, with labels, how many answers become right on another scale.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.norms import gaps
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.trials import Change, Trial, best_trial
from kerasviz.doctor.wording import number, percent

_DARK = 0.02  # after a Rescaling all of the range is within this: bytes divided by 255 twice
_BYTES = 2.0  # larger: no longer 0 … 1 with some noise
_BRIGHT = 10.0  # after a Rescaling: numbers that nobody rescales to
_FAR = 5.0  # standard deviations after a Normalization
_COLUMNS = 0.25  # of its columns that are far off: a few may be odd in any data
_CURED = 1 / 3  # of the wrong answers: less may be luck, with a model that something else is wrong with
_UNLIKE = (
    20.0  # times the standard deviation that the first BatchNormalization has kept: 255 passes it, contrast does not
)


def _standard(x: np.ndarray) -> np.ndarray:
    axes = 0 if x.ndim == 2 else None  # columns each, pictures as a whole
    scaled: np.ndarray = (x - x.mean(axis=axes)) / (x.std(axis=axes) + 1e-6)
    return scaled


def changes_for(low: float, high: float) -> dict[str, Change]:
    """The usual other scales of numbers between these, the likeliest first."""
    standard: dict[str, Change] = {"scaled to mean 0 and standard deviation 1": _standard}
    if high > _BYTES:
        return {
            "divided by 255": lambda x: x / 255,
            "scaled from 0 … 255 to −1 … 1": lambda x: x / 127.5 - 1,
        } | standard
    if low < 0:
        return {
            "scaled from −1 … 1 to 0 … 1": lambda x: (x + 1) / 2,
            "scaled from −1 … 1 to 0 … 255": lambda x: (x + 1) * 127.5,
        } | standard
    return {
        "scaled from 0 … 1 to −1 … 1": lambda x: 2 * x - 1,
        "multiplied by 255": lambda x: x * 255,
    } | standard


def _check(case: Case) -> Iterator[Finding]:
    seen = case.channels.get("input")
    trial = best_trial(case, changes_for(float(seen.minimum.min()), float(seen.maximum.max()))) if seen else None
    if trial is not None and trial.after - trial.before >= _CURED * (1 - trial.before):
        yield _mended(case, trial)
        return
    declared = list(_declared(case))
    yield from declared
    if not declared:
        yield from _first_statistics(case)


def _mended(case: Case, trial: Trial) -> Finding:
    seen = case.channels["input"]
    low, high = float(seen.minimum.min()), float(seen.maximum.max())
    return Finding(
        "error",
        "input",
        f"The inputs run from {number(low)} to {number(high)}, and {percent(trial.before)} of the answers are right; {trial.name} "
        f"it is {percent(trial.after)} ({trial.mended} of {case.count} samples mended, {trial.spoiled} spoiled).",
        "The weights were learned on numbers of another scale, so the first layer gets sums it has never seen.",
        f"Prepare the inputs as in training: here, {trial.name}. Better still, put that step into the model.",
        {"minimum": low, "maximum": high, "accuracy": trial.before, "accuracy_changed": trial.after,
         "mended": trial.mended, "spoiled": trial.spoiled, "samples": case.count},
        {"layer": "input", "sample": trial.example, "panel": "sample"},
    )  # fmt: skip


def _declared(case: Case) -> Iterator[Finding]:
    """What a Rescaling or Normalization at the start makes of the inputs."""
    for info in case.inner:
        if info.kind not in ("Rescaling", "Normalization") or not all(path.startswith("input") for path in info.inputs):
            continue
        seen = case.channels.get(info.path)
        if seen is None:
            continue
        low, high = float(seen.minimum.min()), float(seen.maximum.max())
        spread = float(np.median(seen.std))
        odd = (np.abs(seen.mean) > _FAR) | (seen.std > _UNLIKE) | ((seen.std < 1 / _UNLIKE) & (seen.std > 0))
        if info.kind == "Rescaling":
            wrong = 0 < high - low < _DARK or max(abs(low), abs(high)) > _BRIGHT
        else:
            wrong = float(odd.mean()) >= _COLUMNS
        if wrong:
            yield Finding(
                "warning",
                info.path,
                f"After {info.path!r} ({info.kind}) the inputs run from {number(low)} to {number(high)}, with a standard "
                f"deviation of about {number(spread)} within a channel.",
                "The layer is there to bring the inputs to about 0 … 1 or to standard deviation 1, and these are far off: "
                "it was made for inputs of another scale, or they were scaled before already.",
                "Pass the inputs as they are before any scaling, or take the layer out.",
                {
                    "minimum": low,
                    "maximum": high,
                    "std": spread,
                    "odd_channels": int(odd.sum()),
                    "samples": seen.samples,
                },
                {"layer": info.path, "sample": case.number(0), "panel": "layer"},
            )


def _first_statistics(case: Case) -> Iterator[Finding]:
    found = gaps(case)
    if not found or found[0].fresh:
        return
    gap = found[0]
    if 1 / _UNLIKE < gap.ratio < _UNLIKE:
        return
    seen = case.channels.get("input")
    evidence = {"std_ratio": gap.ratio, "mean_shift": gap.shift, "samples": gap.samples}
    span = ""
    if seen is not None:
        evidence |= {"minimum": float(seen.minimum.min()), "maximum": float(seen.maximum.max())}
        span = f" The inputs run from {number(evidence['minimum'])} to {number(evidence['maximum'])}."
    yield Finding(
        "error",
        gap.path,
        f"What comes into {gap.path!r}, the first batch normalisation, varies {number(gap.ratio)} times as much as in "
        f"training.{span}",
        "The kept statistics are those of the training data: these inputs are on another scale, and every later layer gets "
        "numbers it has never seen.",
        "Prepare the inputs as in training: bytes divided by 255 or not, the same preprocessing function.",
        evidence,
        {"layer": gap.path, "sample": case.number(0), "panel": "layer"},
    )


RULE = DoctorRule("input-range", _check, needs="data")
