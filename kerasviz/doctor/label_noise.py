"""Samples whose label the model is sure is wrong, while it is right nearly everywhere else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.outputs import Output
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import listed, number, percent, plural

_SURE, _UNLIKELY = 0.9, 0.05  # probability of the answer, and of the label
_SKILLED = 0.7  # accuracy: below it the model is in no position to doubt a label
_MANY = 0.02  # of all samples: more than a good model's own confident mistakes


def _check(case: Case) -> Iterator[Finding]:
    for output in case.outputs:
        if output.accuracy is not None and output.accuracy >= _SKILLED:
            yield from _found(case, output)


def _found(case: Case, output: Output) -> Iterator[Finding]:
    shares, truth, answers = output.probabilities, output.true_classes, output.answers
    if shares is None or truth is None or answers is None:
        return
    rows = np.arange(len(truth))
    suspect = (shares[rows, answers] >= _SURE) & (shares[rows, truth] <= _UNLIKELY)
    places = np.flatnonzero(suspect)
    if not len(places):
        return
    places = places[np.argsort(shares[places, truth[places]], kind="stable")]
    worst, share = int(places[0]), len(places) / len(truth)
    sample, shown = case.number(worst), listed([case.number(int(place)) for place in places])
    have, namely = ("has", "") if len(places) == 1 else ("have", f", e.g. {shown}")
    yield Finding(
        "warning" if share >= _MANY and len(places) > 1 else "info",
        output.info.path,
        f"{plural(len(places), 'sample')} of {len(truth)} ({100 * share:.1f} %) {have} a label that the model is sure is "
        f"wrong{namely}. Sample {sample} is labelled "
        f"{int(truth[worst])}; the model says {int(answers[worst])} with {percent(float(shares[worst, answers[worst]]))} "
        f"and gives the label {number(float(shares[worst, truth[worst]]))}.",
        f"With {percent(float(output.accuracy or 0))} of its answers right, the model has a point: such labels are often "
        "mistakes, and each one pulls the weights the wrong way.",
        "Look at these samples and correct or drop the labels that are wrong. Those that are right are the hard cases.",
        {"suspects": len(places), "share": share, "accuracy": float(output.accuracy or 0), "first_sample": sample,
         "label": int(truth[worst]), "answer": int(answers[worst]),
         "probability_of_answer": float(shares[worst, answers[worst]]),
         "probability_of_label": float(shares[worst, truth[worst]]), "samples": len(truth)},
        {"layer": output.info.path, "sample": sample, "target": int(answers[worst]), "panel": "prediction",
         "filter": [case.number(int(place)) for place in places]},
    )  # fmt: skip


RULE = DoctorRule("label-noise", _check, needs="labels")
