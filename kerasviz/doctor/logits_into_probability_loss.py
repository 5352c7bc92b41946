"""A loss that expects probabilities gets numbers that are none: Keras trains it silently, and badly."""

from __future__ import annotations

from collections.abc import Iterator

from kerasviz.doctor.case import Case
from kerasviz.doctor.finding import Finding
from kerasviz.doctor.outputs import SUMS_TO_ONE, Output
from kerasviz.doctor.rule import DoctorRule
from kerasviz.doctor.wording import number, percent


def _check(case: Case) -> Iterator[Finding]:
    for output in case.outputs:
        if output.loss and output.loss.kind != "other" and not output.loss.from_logits and _is_linear(case, output):
            yield from _found(case, output)


def _is_linear(case: Case, output: Output) -> bool:
    path = case.graph.origin(output.info.path)
    return output.info.squash is None and path in case.graph.by_path and case.graph.function(path) == "linear"


def _found(case: Case, output: Output) -> Iterator[Finding]:
    rows, loss = output.rows, output.loss
    low, high = float(rows.min()), float(rows.max())
    sums = float(output.is_distribution.mean()) if loss and loss.kind == "categorical" else 1.0
    inside = low >= -SUMS_TO_ONE and high <= 1 + SUMS_TO_ONE
    if (inside and sums == 1) or loss is None:
        return
    activation = "softmax" if loss.kind == "categorical" else "sigmoid"
    path = case.graph.origin(output.info.path)
    yield Finding(
        "error",
        path,
        f"{output.name} is the plain sum of {path!r} (no {activation}), from {number(low)} to {number(high)}; the loss "
        f"{loss.name!r} expects probabilities."
        + (f" {percent(sums)} of the rows sum to 1." if loss.kind == "categorical" else ""),
        "Keras does not complain: it scales or clips the numbers into 0 … 1 and takes them for probabilities. What is clipped "
        "has no gradient, and training stalls at a poor answer.",
        f"Compile with from_logits=True, e.g. loss=keras.losses.{_CLASSES.get(loss.name, loss.name)}(from_logits=True)"
        f", or give {path!r} activation={activation!r}. Not both.",
        {
            "minimum": low,
            "maximum": high,
            "share_of_rows_summing_to_one": float(output.is_distribution.mean()),
            "samples": case.count,
        },
        {"layer": path, "sample": case.number(0), "panel": "prediction"},
    )


_CLASSES = {
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy",
}

RULE = DoctorRule("logits-into-probability-loss", _check, needs="run")
